//! Trust policies that let in more than the workload, or nobody.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::draft::Draft;
use super::facts::Facts;
use crate::answer::{Remedy, Severity};
use crate::lineage::{Mechanism, issuer};
use crate::recommend::trust_json::{put, tests};
use crate::role_trust::{AUDIENCE, Opening, Trust, all, cluster_of, is_like, set_test, with_statement};
use crate::shell;

/// Tokens of any ServiceAccount are let in.
pub(super) fn without_sub(facts: &Facts<'_>) -> Vec<Draft> {
    openings(facts, |opening| {
        opening
            .subjects()
            .is_empty()
            .then(|| format!("no condition on `{}:sub`", opening.issuer))
    })
    .map(|(trust, bad)| {
        let why = "Whoever can create a pod or ServiceAccount anywhere in the cluster gets the role's permissions.";
        narrowed(facts, &trust, &bad, why)
    })
    .collect()
}

/// The subject is a pattern: worse when it reaches over namespaces.
pub(super) fn wildcard_sub(facts: &Facts<'_>) -> Vec<Draft> {
    openings(facts, |opening| {
        let wild = opening.subjects().into_iter();
        let wild: Vec<String> = wild
            .filter(|(operator, value)| is_like(operator) && value.contains(['*', '?']))
            .map(|(operator, value)| format!("`{operator}` on `{value}`"))
            .collect();
        (!wild.is_empty()).then(|| wild.join(", "))
    })
    .map(|(trust, bad)| {
        let why = "Every ServiceAccount that fits the pattern gets the role's permissions, also one that somebody makes \
                   tomorrow.";
        let mut draft = narrowed(facts, &trust, &bad, why);
        let over_namespaces = |o: &Opening| {
            let namespace = |value: &str| value.strip_prefix("system:serviceaccount:")?.split_once(':').map(|p| p.0.to_owned());
            let wild = o.subjects().into_iter().filter(|(op, v)| is_like(op) && v.contains(['*', '?']));
            wild.into_iter().any(|(_, value)| namespace(value).is_none_or(|ns| ns.contains(['*', '?'])))
        };
        if bad.iter().any(|(opening, _)| over_namespaces(opening)) {
            draft.at_least(Severity::High);
            draft.why.push_str(" The pattern reaches over namespaces.");
        }
        draft
    })
    .collect()
}

/// `*` under an operator that takes it as it is.
pub(super) fn literal_wildcard(facts: &Facts<'_>) -> Vec<Draft> {
    openings(facts, |opening| {
        let claims = opening.subjects().into_iter().chain(opening.audiences());
        let literal: Vec<String> = claims
            .filter(|(operator, value)| !is_like(operator) && value.contains(['*', '?']))
            .map(|(operator, value)| format!("`{operator}` on `{value}`"))
            .collect();
        (!literal.is_empty()).then(|| literal.join(", "))
    })
    .map(|(trust, bad)| {
        let why = "Under this operator `*` and `?` are characters like any other, and no ServiceAccount has such a name: \
                   nobody gets in by this value.";
        narrowed(facts, &trust, &bad, why)
    })
    .collect()
}

/// Any audience is let in that the provider knows.
pub(super) fn without_aud(facts: &Facts<'_>) -> Vec<Draft> {
    openings(facts, |opening| {
        opening
            .audiences()
            .is_empty()
            .then(|| format!("no condition on `{}:aud`", opening.issuer))
    })
    .map(|(trust, bad)| {
        let mut draft = Draft::of_role(&trust.role.arn);
        draft.why = "A token that was made for another of the provider's audiences, and shown to another service, is \
                     accepted too."
            .to_owned();
        let mut document = trust.document.clone();
        for (opening, text) in &bad {
            draft.note(text.clone());
            draft.cluster = cluster_name(facts, &opening.issuer).or(draft.cluster);
            document = with_statement(&document, opening.at, |statement| {
                set_test(statement, &format!("{}:aud", opening.issuer), &[AUDIENCE.to_owned()]);
            });
        }
        draft.workloads = workloads_of(facts, &trust.role.arn);
        let summary = format!("Ask for the audience `{AUDIENCE}`, or the one in the ServiceAccount's annotation.");
        draft.remedy = patch(&trust.role.arn, summary, document);
        draft
    })
    .collect()
}

/// Pod Identity is let in whatever the cluster, namespace and ServiceAccount.
pub(super) fn pod_identity_open(facts: &Facts<'_>) -> Vec<Draft> {
    let conditions = [
        "aws:SourceArn",
        "aws:SourceAccount",
        "aws:SourceOrgId",
        "aws:RequestTag/kubernetes-namespace",
        "aws:RequestTag/kubernetes-service-account",
        "aws:RequestTag/eks-cluster-arn",
        "aws:RequestTag/eks-cluster-name",
    ];
    let mut found = Vec::new();
    for trust in all(facts.inventory) {
        let open = |s: &Value| conditions.iter().all(|key| tests(s, key).is_empty());
        let bad: Vec<(usize, Value)> = trust.pod_identity().into_iter().filter(|(_, s)| open(s)).collect();
        if bad.is_empty() {
            continue;
        }
        let mut draft = Draft::of_role(&trust.role.arn);
        draft.why =
            "Whoever may create Pod Identity associations and pass this role can give it to any ServiceAccount of \
                     any cluster in the account."
                .to_owned();
        draft.note(format!(
            "`{}` may assume it without a condition on cluster, namespace or ServiceAccount",
            crate::role_trust::PODS
        ));
        draft.workloads = workloads_of(facts, &trust.role.arn);
        let own: Vec<_> = facts
            .inventory
            .associations
            .iter()
            .filter(|a| a.role_arn == trust.role.arn)
            .collect();
        let summary = "Name the cluster, and by the session tags the namespace and ServiceAccount.".to_owned();
        draft.remedy = Remedy {
            summary: summary.clone(),
            ..Remedy::default()
        };
        if let ([association], [(at, _)]) = (own.as_slice(), bad.as_slice()) {
            let cluster = facts.inventory.clusters.iter().find(|c| association.is_of(c));
            draft.cluster = Some(association.cluster_name.clone());
            let arn = cluster.map_or_else(|| association.cluster_arn(), |c| c.arn.clone());
            let document = with_statement(&trust.document, *at, |statement| {
                let conditions = statement.entry("Condition").or_insert_with(|| json!({}));
                if let Some(conditions) = conditions.as_object_mut() {
                    put(conditions, "ArnEquals", "aws:SourceArn", json!(arn));
                    if !association.disable_session_tags {
                        put(
                            conditions,
                            "StringEquals",
                            "aws:RequestTag/kubernetes-namespace",
                            json!(association.namespace),
                        );
                        put(
                            conditions,
                            "StringEquals",
                            "aws:RequestTag/kubernetes-service-account",
                            json!(association.service_account),
                        );
                    }
                }
            });
            draft.remedy = patch(&trust.role.arn, summary, document);
        }
        found.push(draft);
    }
    found
}

/// Roles with openings of which something is to be said, and what.
pub(super) fn openings<'a>(
    facts: &Facts<'a>,
    wrong: impl Fn(&Opening) -> Option<String>,
) -> impl Iterator<Item = (Trust<'a>, Vec<(Opening, String)>)> {
    let mut found = Vec::new();
    for trust in all(facts.inventory) {
        let openings = trust.openings(facts.inventory).into_iter();
        let bad: Vec<_> = openings.filter_map(|o| wrong(&o).map(|text| (o, text))).collect();
        if !bad.is_empty() {
            found.push((trust, bad));
        }
    }
    found.into_iter()
}

/// A finding whose cure is to name the ServiceAccounts that are known to use the role.
fn narrowed(facts: &Facts<'_>, trust: &Trust<'_>, bad: &[(Opening, String)], why: &str) -> Draft {
    let role = &trust.role.arn;
    let mut draft = Draft::of_role(role);
    draft.why = why.to_owned();
    let mut document = Some(trust.document.clone());
    for (opening, text) in bad {
        draft.note(text.clone());
        draft.cluster = cluster_name(facts, &opening.issuer).or(draft.cluster);
        let known = subjects(facts, role, &opening.issuer);
        document = document.filter(|_| !known.is_empty()).map(|document| {
            with_statement(&document, opening.at, |statement| {
                set_test(statement, &format!("{}:sub", opening.issuer), &known);
            })
        });
    }
    let users = workloads_of(facts, role);
    for own in facts.workloads.iter().filter(|w| users.contains(&w.id)) {
        for seen in own.uses.iter().filter(|u| u.role_arn == *role) {
            draft.seen(seen.first_seen, seen.last_seen);
        }
    }
    draft.workloads = users;
    draft.remedy = match document {
        Some(document) => patch(
            role,
            "Name the ServiceAccounts that use the role, one by one.".to_owned(),
            document,
        ),
        None => Remedy {
            summary:
                "Name the ServiceAccounts that are to use the role, one by one; neither the log nor the inventory \
                      knows any."
                    .to_owned(),
            ..Remedy::default()
        },
    };
    draft
}

fn patch(role_arn: &str, summary: String, document: Value) -> Remedy {
    Remedy {
        summary,
        command: Some(shell::update_trust(role_arn, &document)),
        patch: Some(document),
        patch_of: Some(format!("the trust policy of {role_arn}")),
    }
}

/// The subjects of an issuer's ServiceAccounts that use the role or are annotated with it, sorted.
fn subjects(facts: &Facts<'_>, role_arn: &str, issuer: &str) -> Vec<String> {
    let cluster = cluster_of(facts.inventory, issuer);
    let id = issuer::eks_issuer(issuer).map(|i| i.id.to_ascii_uppercase());
    let mut found = BTreeSet::new();
    for own in &facts.workloads {
        let here = match cluster {
            Some(c) if own.workload.cluster_arn.is_none() => own.workload.cluster == c.name,
            Some(c) => own.workload.is_of(&c.arn),
            None => Some(own.workload.cluster.to_ascii_uppercase()) == id,
        };
        let uses = |u: &super::RoleUse| u.role_arn == role_arn && u.mechanism == Mechanism::Irsa;
        if here && own.uses.iter().any(uses) {
            found.insert((own.workload.namespace.as_str(), own.workload.service_account.as_str()));
        }
    }
    for account in &facts.inventory.service_accounts {
        let here = cluster.is_some_and(|c| account.cluster == c.arn || account.cluster == c.name);
        if here && account.role_arn.as_deref() == Some(role_arn) {
            found.insert((account.namespace.as_str(), account.name.as_str()));
        }
    }
    let subject = |(namespace, name)| format!("system:serviceaccount:{namespace}:{name}");
    found.into_iter().map(subject).collect()
}

/// The workloads that use a role or are configured for it.
pub(super) fn workloads_of(facts: &Facts<'_>, role_arn: &str) -> BTreeSet<String> {
    let used = facts
        .workloads
        .iter()
        .filter(|w| w.uses.iter().any(|u| u.role_arn == role_arn));
    let mut found: BTreeSet<String> = used.map(|w| w.id.clone()).collect();
    for account in facts
        .inventory
        .service_accounts
        .iter()
        .filter(|s| s.role_arn.as_deref() == Some(role_arn))
    {
        found.extend(
            facts
                .workload(&account.cluster, &account.namespace, &account.name)
                .map(|w| w.id.clone()),
        );
    }
    let of_role =
        |a: &&crate::inventory::Association| a.role_arn == role_arn || a.target_role_arn.as_deref() == Some(role_arn);
    for association in facts.inventory.associations.iter().filter(of_role) {
        let cluster = association.cluster_arn();
        found.extend(
            facts
                .workload(&cluster, &association.namespace, &association.service_account)
                .map(|w| w.id.clone()),
        );
    }
    found
}

/// The name of an issuer's cluster, else its id.
pub(super) fn cluster_name(facts: &Facts<'_>, issuer: &str) -> Option<String> {
    let known = cluster_of(facts.inventory, issuer).map(|c| c.name.clone());
    known.or_else(|| issuer::eks_issuer(issuer).map(|i| i.id.to_owned()))
}
