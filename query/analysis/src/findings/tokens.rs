//! Tokens and sessions that were not got in the way that pods get them.

use std::collections::BTreeSet;

use super::draft::{Draft, Drafts, count};
use super::facts::{Facts, Place};
use crate::answer::{Remedy, Severity};
use crate::inventory::{Pod, ServiceAccount, Version};
use crate::lineage::Class;
use crate::shell;

/// Clocks differ, and a pod's last call may be logged when it is gone.
const LEEWAY: i64 = 300_000_000;

/// Sessions that outlived their pods in somebody's hands.
pub(super) fn after_pod_end(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    for used in facts
        .pods
        .iter()
        .filter(|u| matches!(u.pod_class, Class::Exact | Class::Inferred))
    {
        let (Some(last), Some(ended)) = (used.last_call, ended(facts, used)) else {
            continue;
        };
        if last.0 <= ended.0.saturating_add(LEEWAY) {
            continue;
        }
        let id = facts.id(&used.workload);
        let draft = drafts.entry(&id, || Draft::of_workload(&id));
        draft.cluster = Some(used.workload.cluster.clone());
        draft.why = "A pod's credentials were used when the pod was gone: they are in other hands.".to_owned();
        let text = format!(
            "pod `{}` ended {ended}; its session `{}` was used until {last}",
            used.pod, used.session_id
        );
        match &used.issue_event_id {
            Some(event) => draft.event(event, (Some(last), Some(last)), text),
            None => {
                draft.note(text);
                draft.seen(Some(last), Some(last));
            }
        }
        draft.remedy = Remedy {
            summary: "Look at what the session did after the pod's end, and from where.".to_owned(),
            command: Some(shell::command(&["podtrail", "explain", &used.session_id])),
            ..Remedy::default()
        };
    }
    drafts.into_vec()
}

/// When the pod ended: by uid, else by the only pod of that name.
fn ended(facts: &Facts<'_>, used: &super::PodUse) -> Option<podtrail_event::time::Timestamp> {
    let here = |pod: &&Pod| {
        used.workload.is_of(&pod.cluster) && pod.namespace == used.workload.namespace && pod.name == used.pod
    };
    let mut named = facts.inventory.pods.iter().filter(here);
    let pod = match &used.pod_uid {
        Some(uid) => named.find(|pod| pod.uid == *uid),
        None => named.next().filter(|_| named.next().is_none()),
    };
    pod?.ended_at
}

/// The agent has no command line: who calls with one holds a pod's token in hand. The client names itself.
pub(super) fn by_hand(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    for call in facts.agents.iter().filter(|c| is_command_line(&c.user_agent)) {
        let role = call.role_arn.as_deref().unwrap_or("unknown role");
        let draft = drafts.entry(role, || Draft::of_role(role));
        draft.why =
            "Somebody on the node took a pod's token and asked EKS for the pod's credentials with the command line."
                .to_owned();
        let node = call.session_name.as_deref().unwrap_or("an unknown instance");
        let from = call.address.as_deref().unwrap_or("an unknown address");
        let text = format!(
            "{} as `{node}` from {from} with `{}`",
            count(call.calls, "call"),
            call.user_agent
        );
        draft.event(&call.sample_event_id, (call.first_seen, call.last_seen), text);
        draft.remedy = Remedy {
            summary: "Find out who was on the node then; replace the node and its pods if nobody of yours was."
                .to_owned(),
            command: Some(shell::command(&["podtrail", "explain", &call.sample_event_id])),
            ..Remedy::default()
        };
    }
    drafts.into_vec()
}

fn is_command_line(user_agent: &str) -> bool {
    user_agent.contains("aws-cli/") || user_agent.contains("command/")
}

/// Exchanges for a role that the ServiceAccount does not name.
pub(super) fn unannotated(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    let versions = facts.inventory.service_account_versions();
    for place in facts.places.iter().filter(|p| p.exchange && !p.refused) {
        let Some((severity, what)) = mismatch(&versions, place) else {
            continue;
        };
        let Some(workload) = &place.workload else { continue };
        let id = facts.id(workload);
        let draft = drafts.entry(&id, || Draft::of_workload(&id));
        draft.at_least(severity);
        draft.cluster = Some(workload.cluster.clone());
        draft.roles.extend(place.role_arn.clone());
        draft.why = "Pods get their role by the annotation. Somebody set the token and role by hand in a pod, made a token with \
                     `kubectl create token`, or changed the ServiceAccount since."
            .to_owned();
        let text = format!(
            "{} from {}",
            count(place.calls, "exchange"),
            place.address.as_deref().unwrap_or("an unknown address")
        );
        draft.event(&place.sample_event_id, (place.first_seen, place.last_seen), text);
        draft.note(what);
        draft.remedy = Remedy {
            summary:
                "See who asked, and from where; then annotate the ServiceAccount, or take it out of the role's trust \
                      policy."
                    .to_owned(),
            command: Some(shell::command(&["podtrail", "explain", &place.sample_event_id])),
            ..Remedy::default()
        };
    }
    drafts.into_vec()
}

/// What the inventory says against the exchange; none where it agrees, or does not know the cluster's ServiceAccounts.
fn mismatch(versions: &[Version<&ServiceAccount>], place: &Place) -> Option<(Severity, String)> {
    let (workload, role) = (place.workload.as_ref()?, place.role_arn.as_ref()?);
    let mut known = versions.iter().filter(|v| workload.is_of(&v.item.cluster)).peekable();
    known.peek()?;
    let is_own = |v: &&Version<&ServiceAccount>| {
        v.item.namespace == workload.namespace && v.item.name == workload.service_account
    };
    let own: Vec<&Version<&ServiceAccount>> = known.filter(is_own).collect();
    // A pod keeps the role that the annotation named when it was made, also after the annotation has changed.
    let before = |v: &Version<&ServiceAccount>| v.from.is_none_or(|from| place.last_seen.is_none_or(|at| from <= at));
    if own.iter().any(|v| v.item.role_arn.as_ref() == Some(role) && before(v)) {
        return None;
    }
    let named: BTreeSet<String> = own
        .iter()
        .filter_map(|v| Some(format!("`{}`", v.item.role_arn.as_ref()?)))
        .collect();
    let named: Vec<String> = named.into_iter().collect();
    Some(match (own.is_empty(), named.is_empty()) {
        (true, _) => (Severity::Low, "the inventory has no such ServiceAccount".to_owned()),
        (_, true) => (Severity::Medium, "the ServiceAccount has no annotation".to_owned()),
        _ => (
            Severity::Medium,
            format!("the ServiceAccount is annotated with {}", named.join(", ")),
        ),
    })
}
