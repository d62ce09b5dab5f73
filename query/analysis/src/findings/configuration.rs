//! What is configured and works for more than was meant.

use super::draft::{Draft, Drafts};
use super::facts::Facts;
use crate::answer::Remedy;
use crate::inventory::{Association, Cluster, ServiceAccount};
use crate::lineage::Mechanism;
use crate::shell;
use crate::usage::Workload;

/// Characters of a state that are shown.
const STATE: usize = 400;

/// Every pod that names no ServiceAccount runs as `default`.
pub(super) fn default_account(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    for configured in configured(facts)
        .into_iter()
        .filter(|c| c.workload.service_account == "default")
    {
        let draft = drafts.entry(&configured.id, || Draft::of_workload(&configured.id));
        draft.cluster = Some(configured.workload.cluster.clone());
        draft.roles.insert(configured.role_arn.clone());
        draft.why = "Every pod of the namespace that names no ServiceAccount gets the role's permissions.".to_owned();
        draft.note(format!("{} `{}`", configured.how, configured.role_arn));
        draft.remedy = Remedy {
            summary:
                "Give the pods that need the role a ServiceAccount of their own, and take the role from `default`."
                    .to_owned(),
            command: Some(configured.removal),
            ..Remedy::default()
        };
    }
    drafts.into_vec()
}

/// Both ways to credentials at once: which one counts is up to the SDK.
pub(super) fn both(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    for (association, cluster) in associations(facts) {
        let here = |s: &&ServiceAccount| {
            let same_cluster = cluster.is_some_and(|c| s.cluster == c.arn) || s.cluster == association.cluster_name;
            same_cluster && s.namespace == association.namespace && s.name == association.service_account
        };
        let Some(role) = accounts(facts).find(here).and_then(|s| s.role_arn.as_ref()) else {
            continue;
        };
        let id = facts.id(&association_workload(facts, association));
        let draft = drafts.entry(&id, || both_draft(&id));
        draft.cluster = Some(association.cluster_name.clone());
        draft.roles.extend([role.clone(), association.role_arn.clone()]);
        draft.note(format!("annotated with `{role}`"));
        draft.note(format!("`{}` gives it `{}`", association.arn, association.role_arn));
    }
    for own in &facts.workloads {
        let with = |m: Mechanism| own.uses.iter().find(|u| u.mechanism == m);
        let (Some(irsa), Some(pods)) = (with(Mechanism::Irsa), with(Mechanism::PodIdentity)) else {
            continue;
        };
        let draft = drafts.entry(&own.id, || both_draft(&own.id));
        draft.cluster = Some(own.workload.cluster.clone());
        for (used, how) in [(irsa, "IRSA"), (pods, "Pod Identity")] {
            draft.roles.insert(used.role_arn.clone());
            let text = format!("used `{}` by {how}", used.role_arn);
            match &used.evidence_event_id {
                Some(event) => draft.event(event, (used.first_seen, used.last_seen), text),
                None => draft.note(text),
            }
        }
    }
    drafts.into_vec()
}

fn both_draft(id: &str) -> Draft {
    Draft {
        why: "Pods made now are given Pod Identity first, but an SDK takes what stands earlier in its own chain, and pods that \
              run keep what they have: which role is used is not clear from the configuration."
            .to_owned(),
        remedy: Remedy {
            summary: "Finish the move to one of the two; the steps are in `podtrail migrate`.".to_owned(),
            command: Some(shell::command(&["podtrail", "migrate", id])),
            ..Remedy::default()
        },
        ..Draft::of_workload(id)
    }
}

/// What is said of one thing in two ways that cannot both be right.
pub(super) fn contradictions(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    for contradiction in &facts.inventory.history.contradictions {
        let subject = format!("{} {}", contradiction.kind, contradiction.key);
        let draft = drafts.entry(&subject, || Draft {
            subject: subject.clone(),
            why: "Answers for that time may rest on what was not so. Both are kept; the later one counts from its time on."
                .to_owned(),
            remedy: Remedy {
                summary: "Import the inventory once more, all of it, and look where the two came from.".to_owned(),
                ..Remedy::default()
            },
            ..Draft::default()
        });
        for word in &contradiction.words {
            let state: String = word.state.chars().take(STATE).collect();
            let text = format!("said for {}: {state}", word.at);
            match &word.event_id {
                Some(event) => draft.event(event, (Some(word.at), Some(word.at)), text),
                None => {
                    draft.note(text);
                    draft.seen(Some(word.at), Some(word.at));
                }
            }
        }
    }
    drafts.into_vec()
}

/// A workload that the inventory configures for a role.
pub(super) struct Configured {
    pub(super) id: String,
    pub(super) workload: Workload,
    pub(super) role_arn: String,
    /// How, for "… ROLE".
    pub(super) how: String,
    /// The command that takes it away.
    pub(super) removal: String,
}

/// Every workload that is configured for a role.
pub(super) fn configured(facts: &Facts<'_>) -> Vec<Configured> {
    let annotated = accounts(facts).filter_map(|account| {
        let workload = workload_of(facts, account);
        let role_arn = account.role_arn.clone()?;
        Some(Configured {
            id: facts.id(&workload),
            how: "annotated with".to_owned(),
            removal: unannotate(account),
            workload,
            role_arn,
        })
    });
    let associated = associations(facts).flat_map(|(association, _)| {
        let workload = association_workload(facts, association);
        let roles = std::iter::once(&association.role_arn).chain(&association.target_role_arn);
        let one = move |role: &String| Configured {
            id: facts.id(&workload),
            how: format!("`{}` gives it", association.arn),
            removal: delete(association),
            workload: workload.clone(),
            role_arn: role.clone(),
        };
        roles.map(one).collect::<Vec<_>>()
    });
    annotated.chain(associated).collect()
}

/// The ServiceAccounts.
pub(super) fn accounts<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a ServiceAccount> + use<'a> {
    facts.inventory.service_accounts.iter()
}

/// Associations that are there, with their clusters where known.
pub(super) fn associations<'a>(
    facts: &Facts<'a>,
) -> impl Iterator<Item = (&'a Association, Option<&'a Cluster>)> + use<'a> {
    let inventory = facts.inventory;
    let alive = |c: &&Cluster, a: &Association| c.deleted_at.is_none() && a.is_of(c);
    let there = inventory.associations.iter().filter(|a| a.deleted_at.is_none());
    there.map(move |a| (a, inventory.clusters.iter().find(|c| alive(c, a))))
}

/// A ServiceAccount of the inventory as a workload.
pub(super) fn workload_of(facts: &Facts<'_>, account: &ServiceAccount) -> Workload {
    if let Some(known) = facts.workload(&account.cluster, &account.namespace, &account.name) {
        return known.workload.clone();
    }
    let cluster = facts.cluster(&account.cluster);
    Workload {
        cluster: cluster.map_or_else(|| account.cluster.clone(), |c| c.name.clone()),
        cluster_arn: cluster.map(|c| c.arn.clone()).filter(|arn| !arn.is_empty()),
        namespace: account.namespace.clone(),
        service_account: account.name.clone(),
    }
}

/// The workload of an association.
pub(super) fn association_workload(facts: &Facts<'_>, association: &Association) -> Workload {
    let cluster_arn = association.cluster_arn();
    let known = facts.workload(&cluster_arn, &association.namespace, &association.service_account);
    known.map_or_else(
        || Workload {
            cluster: association.cluster_name.clone(),
            cluster_arn: Some(cluster_arn.clone()),
            namespace: association.namespace.clone(),
            service_account: association.service_account.clone(),
        },
        |known| known.workload.clone(),
    )
}

/// A finding about an association.
pub(super) fn of_association(facts: &Facts<'_>, association: &Association, cluster: Option<&Cluster>) -> Draft {
    let mut draft = Draft::of_workload(&facts.id(&association_workload(facts, association)));
    draft.subject = association.arn.clone();
    draft.cluster = Some(cluster.map_or_else(|| association.cluster_name.clone(), |c| c.name.clone()));
    draft.roles.insert(association.role_arn.clone());
    draft.roles.extend(association.target_role_arn.clone());
    draft
}

/// The id in an association's ARN.
pub(super) fn association_id(association: &Association) -> &str {
    association.arn.rsplit('/').next().unwrap_or_default()
}

/// Removes an association.
pub(super) fn delete(association: &Association) -> String {
    shell::command(&[
        "aws",
        "eks",
        "delete-pod-identity-association",
        "--region",
        shell::region(&association.arn),
        "--cluster-name",
        &association.cluster_name,
        "--association-id",
        association_id(association),
    ])
}

/// Takes the role from a ServiceAccount; pods that run keep what they have.
pub(super) fn unannotate(account: &ServiceAccount) -> String {
    let words = [
        "kubectl",
        "annotate",
        "serviceaccount",
        "-n",
        &account.namespace,
        &account.name,
        "eks.amazonaws.com/role-arn-",
    ];
    shell::command(&words)
}
