//! Roles: whom they serve, and where they lead.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Drafts, count};
use super::facts::{Facts, WorkloadFacts, cluster_key};
use super::trust::workloads_of;
use crate::answer::{Remedy, Severity};
use crate::lineage::issuer;
use crate::role_trust::{all, cluster_of};
use crate::shell;

/// One role for several ServiceAccounts: worse over namespaces and clusters.
pub(super) fn shared(facts: &Facts<'_>) -> Vec<Draft> {
    let mut roles: BTreeSet<&str> = BTreeSet::new();
    roles.extend(facts.workloads.iter().flat_map(|w| direct_roles(facts, w)));
    roles.extend(
        facts
            .inventory
            .service_accounts
            .iter()
            .filter_map(|s| s.role_arn.as_deref()),
    );
    roles.extend(facts.inventory.associations.iter().map(|a| a.role_arn.as_str()));
    let mut found = Vec::new();
    for role in roles {
        let users = workloads_of(facts, role);
        if users.len() < 2 {
            continue;
        }
        let own: Vec<&WorkloadFacts> = facts.workloads.iter().filter(|w| users.contains(&w.id)).collect();
        let clusters: BTreeSet<&str> = own.iter().map(|w| cluster_key(&w.workload)).collect();
        let namespaces: BTreeSet<&str> = own.iter().map(|w| w.workload.namespace.as_str()).collect();
        let mut draft = Draft::of_role(role);
        draft.cluster = own
            .first()
            .filter(|_| clusters.len() == 1)
            .map(|w| w.workload.cluster.clone());
        draft.why = format!(
            "Each of {} workloads can do what any of them needs, and the role's permissions cannot be cut for one alone.",
            users.len()
        );
        if clusters.len() > 1 || namespaces.len() > 1 {
            draft.at_least(Severity::Medium);
            draft.why.push_str(
                " They are in several namespaces or clusters, which shares the permissions across that border.",
            );
        }
        for workload in &own {
            note_use(&mut draft, workload, role);
        }
        draft.remedy = Remedy {
            summary: "Give each workload a role of its own; `podtrail recommend` has what each needs.".to_owned(),
            command: Some(
                users
                    .iter()
                    .map(|id| shell::command(&["podtrail", "recommend", id, "--role", role, "--format", "iam"]))
                    .collect::<Vec<_>>()
                    .join("\n"),
            ),
            ..Remedy::default()
        };
        draft.workloads = users;
        found.push(draft);
    }
    found
}

/// Roles that a workload took directly, not by a chain: whoever a chain leads to is found there by design.
fn direct_roles<'f>(facts: &'f Facts<'_>, workload: &'f WorkloadFacts) -> impl Iterator<Item = &'f str> {
    let chained: BTreeSet<&str> = facts
        .chains
        .iter()
        .filter(|c| super::facts::same(&c.workload, &workload.workload))
        .flat_map(|c| c.chain.iter().skip(1).map(String::as_str))
        .collect();
    workload
        .uses
        .iter()
        .map(|u| u.role_arn.as_str())
        .filter(move |role| !chained.contains(role))
}

fn note_use(draft: &mut Draft, workload: &WorkloadFacts, role: &str) {
    let mut seen = false;
    for used in workload.uses.iter().filter(|u| u.role_arn == role) {
        seen = true;
        let text = format!("`{}` used it", workload.id);
        match &used.evidence_event_id {
            Some(event) => draft.event(event, (used.first_seen, used.last_seen), text),
            None => {
                draft.note(text);
                draft.seen(used.first_seen, used.last_seen);
            }
        }
    }
    if !seen {
        draft.note(format!("`{}` is configured for it", workload.id));
    }
}

/// A role for pods that people, services or other providers may take too.
pub(super) fn mixed(facts: &Facts<'_>) -> Vec<Draft> {
    let mut found = Vec::new();
    for trust in all(facts.inventory) {
        let role = &trust.role.arn;
        if trust.openings(facts.inventory).is_empty() && trust.pod_identity().is_empty() {
            continue;
        }
        // A role that assumes itself, and another workload's role, are no strangers: chains tell of them.
        let mut others = trust.others(facts.inventory);
        others.retain(|other| other != role && workloads_of(facts, other).is_empty());
        if others.is_empty() {
            continue;
        }
        let mut draft = Draft::of_role(role);
        draft.workloads = workloads_of(facts, role);
        draft.why =
            "What the role does is not the workload's alone: use cannot be told apart by role, and whoever is let in \
                     has the workload's permissions."
                .to_owned();
        for other in &others {
            draft.note(format!("`{other}` may assume it"));
        }
        draft.remedy = Remedy {
            summary: "Give people and services a role of their own, and take them out of this trust policy.".to_owned(),
            command: Some(shell::command(&[
                "aws",
                "iam",
                "get-role",
                "--role-name",
                shell::role_name(role),
            ])),
            ..Remedy::default()
        };
        found.push(draft);
    }
    found
}

/// Further roles that a workload took with its own.
pub(super) fn chains(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    for used in facts.chains.iter().filter(|c| c.chain.len() > 1) {
        let id = facts.id(&used.workload);
        let draft = drafts.entry(&id, || Draft::of_workload(&id));
        draft.cluster = Some(used.workload.cluster.clone());
        draft.roles.extend(used.chain.iter().cloned());
        draft.why =
            "Whoever holds the workload's credentials has these roles too. What they grant belongs to what the \
                     workload can do."
                .to_owned();
        let text = format!("{} by {}", count(used.sessions, "session"), used.chain.join(" → "));
        match &used.issue_event_id {
            Some(event) => draft.event(event, (used.first_seen, used.last_seen), text),
            None => draft.note(text),
        }
        draft.remedy = Remedy {
            summary: "Read the further roles with the workload's own; limit who may assume them to this role."
                .to_owned(),
            command: Some(shell::command(&["podtrail", "recommend", &id])),
            ..Remedy::default()
        };
    }
    drafts.into_vec()
}

/// Accounts other than the cluster's whose roles trust its issuer. What they do is in their own trails alone.
pub(super) fn external(facts: &Facts<'_>) -> Vec<Draft> {
    let mut trusting: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut add = |cluster_arn: &str, cluster: &str, role: &str| {
        let (own, other) = (issuer::account_of(cluster_arn), issuer::account_of(role));
        if own.is_some() && other.is_some() && own != other {
            let key = (cluster_arn.to_owned(), cluster.to_owned());
            trusting.entry(key).or_default().insert(role.to_owned());
        }
    };
    for trust in all(facts.inventory) {
        for opening in trust.openings(facts.inventory) {
            if let Some(cluster) = cluster_of(facts.inventory, &opening.issuer) {
                add(&cluster.arn, &cluster.name, &trust.role.arn);
            }
        }
    }
    for own in &facts.workloads {
        let irsa = |u: &&super::RoleUse| u.mechanism == crate::lineage::Mechanism::Irsa;
        let direct: BTreeSet<&str> = direct_roles(facts, own).collect();
        for used in own
            .uses
            .iter()
            .filter(irsa)
            .filter(|u| direct.contains(u.role_arn.as_str()))
        {
            if let Some(arn) = &own.workload.cluster_arn {
                add(arn, &own.workload.cluster, &used.role_arn);
            }
        }
    }
    let finding = |((arn, cluster), roles): ((String, String), BTreeSet<String>)| {
        let mut draft = Draft::of_role(&arn);
        draft.roles = roles;
        draft.cluster = Some(cluster);
        let accounts: BTreeSet<&str> = draft.roles.iter().filter_map(|r| issuer::account_of(r)).collect();
        let blind: Vec<&str> = accounts
            .iter()
            .filter(|a| !facts.trail_accounts.contains(**a))
            .copied()
            .collect();
        draft.why = if blind.is_empty() {
            "Tokens of the cluster open roles elsewhere; the lake holds the trails of these accounts.".to_owned()
        } else {
            format!(
                "Tokens of the cluster open roles elsewhere. STS logs that in the role's account alone, and the lake holds \
                 no trail of {}: such use is not seen here. Any account may trust the cluster's issuer without telling.",
                blind.join(", ")
            )
        };
        let texts: Vec<String> = draft
            .roles
            .iter()
            .map(|role| format!("`{role}` trusts the cluster's issuer"))
            .collect();
        texts.into_iter().for_each(|text| draft.note(text));
        draft.remedy = Remedy {
            summary: "Ingest the trails of these accounts too.".to_owned(),
            ..Remedy::default()
        };
        draft
    };
    trusting.into_iter().map(finding).collect()
}
