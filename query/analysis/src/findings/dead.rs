//! What is configured and not used.

use podtrail_event::time::Timestamp;

use super::configuration::{
    accounts, association_workload, associations, delete, of_association, unannotate, workload_of,
};
use super::draft::Draft;
use super::facts::Facts;
use crate::answer::Remedy;
use crate::usage::Workload;

/// So long nothing must have been seen, and so long the history must be.
const QUIET_DAYS: i64 = 7;
const DAY: i64 = 86_400_000_000;

/// Annotated ServiceAccounts that nobody runs as.
pub(super) fn service_accounts(facts: &Facts<'_>) -> Vec<Draft> {
    let mut found = Vec::new();
    for account in accounts(facts) {
        let Some(role) = &account.role_arn else { continue };
        let workload = workload_of(facts, account);
        let Some(quiet) = quiet(facts, &workload) else { continue };
        if has_pod(facts, &workload) {
            continue;
        }
        let id = facts.id(&workload);
        let mut draft = Draft::of_workload(&id);
        draft.cluster = Some(workload.cluster.clone());
        draft.roles.insert(role.clone());
        draft.why = format!("{quiet} Whoever can make a pod with this ServiceAccount gets a role that nobody needs.");
        draft.note(format!("annotated with `{role}`"));
        draft.remedy = Remedy {
            summary: "Remove the annotation, then the role if nothing else uses it.".to_owned(),
            command: Some(unannotate(account)),
            ..Remedy::default()
        };
        found.push(draft);
    }
    found
}

/// Associations whose ServiceAccount nobody runs as.
pub(super) fn pod_identity_associations(facts: &Facts<'_>) -> Vec<Draft> {
    let mut found = Vec::new();
    for (association, cluster) in associations(facts) {
        let workload = association_workload(facts, association);
        let Some(quiet) = quiet(facts, &workload) else { continue };
        if has_pod(facts, &workload) {
            continue;
        }
        let mut draft = of_association(facts, association, cluster);
        draft.why = format!("{quiet} Whoever can make a pod with this ServiceAccount gets a role that nobody needs.");
        draft.note(format!("`{}` gives it `{}`", association.arn, association.role_arn));
        draft.remedy = Remedy {
            summary: "Remove the association, then the role if nothing else uses it.".to_owned(),
            command: Some(delete(association)),
            ..Remedy::default()
        };
        found.push(draft);
    }
    found
}

/// How long it is known to have been quiet, in words; none if it was not, or the history is too short to say.
fn quiet(facts: &Facts<'_>, workload: &Workload) -> Option<String> {
    let (from, to) = (facts.window.from?, facts.window.to?);
    let known = facts
        .workloads
        .iter()
        .find(|w| super::facts::same(&w.workload, workload));
    let used = known
        .into_iter()
        .flat_map(|w| w.uses.iter().filter_map(|u| u.last_seen));
    // Who asks in vain is not dead.
    let of_workload = |d: &&super::Denied| d.workload.as_ref().is_some_and(|w| super::facts::same(w, workload));
    let asked = facts.denied.iter().filter(of_workload).filter_map(|d| d.last_seen);
    let last = used.chain(asked).max();
    let days = |since: Timestamp| to.0.saturating_sub(since.0) / DAY;
    match last {
        Some(last) if days(last) >= QUIET_DAYS => {
            Some(format!("Not seen for {} days, up to {}.", days(last), to.date_text()))
        }
        None if days(from) >= QUIET_DAYS => Some(format!(
            "Never seen in the {} days from {} to {} that the lake holds.",
            days(from),
            from.date_text(),
            to.date_text()
        )),
        _ => None,
    }
}

/// Whether the inventory has a pod that still runs as it.
fn has_pod(facts: &Facts<'_>, workload: &Workload) -> bool {
    facts.inventory.pods.iter().any(|pod| {
        workload.is_of(&pod.cluster)
            && pod.namespace == workload.namespace
            && pod.service_account == workload.service_account
            && pod.ended_at.is_none()
    })
}
