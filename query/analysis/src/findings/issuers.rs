//! Trust in issuers and providers that are not there.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::facts::Facts;
use super::trust::{cluster_name, openings, workloads_of};
use crate::answer::{Remedy, Severity};
use crate::lineage::issuer;
use crate::role_trust::{AUDIENCE, cluster_of};
use crate::shell;

/// The issuer of no cluster that the inventory knows.
pub(super) fn orphaned(facts: &Facts<'_>) -> Vec<Draft> {
    if facts.inventory.clusters.is_empty() {
        return Vec::new();
    }
    let unknown = openings(facts, |opening| {
        let known = cluster_of(facts.inventory, &opening.issuer).is_some();
        (!known).then(|| {
            format!(
                "trusts `{}`, which is the issuer of no cluster in the inventory",
                opening.provider
            )
        })
    });
    unknown
        .map(|(trust, bad)| {
            let mut draft = Draft::of_role(&trust.role.arn);
            let mut used = false;
            for (opening, text) in &bad {
                draft.note(text.clone());
                let id = issuer::eks_issuer(&opening.provider).map(|i| i.id.to_ascii_uppercase());
                for facts in facts
                    .workloads
                    .iter()
                    .filter(|w| Some(w.workload.cluster.to_ascii_uppercase()) == id)
                {
                    for seen in facts.uses.iter().filter(|u| u.role_arn == trust.role.arn) {
                        used = true;
                        draft.workloads.insert(facts.id.clone());
                        draft.cluster = Some(facts.workload.cluster.clone());
                        let text = format!("`{}` assumed it", facts.id);
                        match &seen.evidence_event_id {
                            Some(event) => draft.event(event, (seen.first_seen, seen.last_seen), text),
                            None => draft.note(text),
                        }
                    }
                }
            }
            draft.why = if used {
                draft.at_least(Severity::Medium);
                "A cluster that the inventory does not know takes the role: find out whose it is.".to_owned()
            } else {
                "The cluster is gone, or is not in the inventory. The statement is of no use, and hides who may get in."
                    .to_owned()
            };
            draft.remedy = Remedy {
                summary: "If the cluster is deleted, remove the statement and the provider; if it lives, import its \
                          `aws eks describe-cluster`."
                    .to_owned(),
                command: bad.first().map(|(opening, _)| {
                    shell::command(&[
                        "aws",
                        "iam",
                        "get-open-id-connect-provider",
                        "--open-id-connect-provider-arn",
                        &opening.provider,
                    ])
                }),
                ..Remedy::default()
            };
            draft
        })
        .collect()
}

/// A provider that the account does not have.
pub(super) fn missing_provider(facts: &Facts<'_>) -> Vec<Draft> {
    let known = &facts.inventory.oidc_providers;
    let accounts: BTreeSet<&str> = known.iter().filter_map(|p| issuer::account_of(&p.arn)).collect();
    let missing = openings(facts, |opening| {
        let account = issuer::account_of(&opening.provider)?;
        let exists = known.iter().any(|p| p.arn.eq_ignore_ascii_case(&opening.provider));
        (accounts.contains(account) && !exists).then(|| format!("`{}` does not exist in the account", opening.provider))
    });
    missing
        .map(|(trust, bad)| {
            let mut draft = Draft::of_role(&trust.role.arn);
            draft.why = "STS finds no provider to check the token with: every exchange for this role fails.".to_owned();
            for (opening, text) in &bad {
                draft.note(text.clone());
                draft.cluster = cluster_name(facts, &opening.issuer).or(draft.cluster);
                draft.remedy = Remedy {
                    summary: "Create the provider in the role's account, or remove the statement.".to_owned(),
                    command: Some(shell::command(&[
                        "aws",
                        "iam",
                        "create-open-id-connect-provider",
                        "--url",
                        &format!("https://{}", opening.issuer),
                        "--client-id-list",
                        AUDIENCE,
                    ])),
                    ..Remedy::default()
                };
            }
            draft.workloads = workloads_of(facts, &trust.role.arn);
            draft
        })
        .collect()
}
