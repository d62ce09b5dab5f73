//! The trust policy while both ways are open, and after.

use serde_json::{Map, Value, json};

use super::Plan;
use crate::inventory::Association;
use crate::recommend::trust_json::statements;
use crate::role_trust::{PODS, Trust, is_like, set_test, with_statement};

/// The trust policy with Pod Identity let in beside IRSA, and then with this workload's IRSA taken out.
pub(super) fn during_and_after(plan: &Plan<'_>, trust: &Trust<'_>) -> Option<(Value, Value)> {
    let during = with_pods(plan, trust)?;
    let mut list: Vec<Option<Value>> = statements(Some(&during)).into_iter().map(Some).collect();
    for opening in trust.openings(plan.input.inventory) {
        let ours = plan.cluster.and_then(|c| c.oidc_issuer.as_deref());
        if !ours.is_some_and(|own| own.eq_ignore_ascii_case(&opening.issuer)) {
            continue;
        }
        let key = format!("{}:sub", opening.issuer);
        let subject = plan.subject();
        let exact: Vec<String> = opening
            .subjects()
            .into_iter()
            .map(|(_, value)| value.to_owned())
            .collect();
        let open = opening
            .subjects()
            .iter()
            .any(|(operator, value)| is_like(operator) && value.contains(['*', '?']));
        if open || !exact.contains(&subject) {
            continue;
        }
        let rest: Vec<String> = exact.into_iter().filter(|s| *s != subject).collect();
        let Some(slot) = list.get_mut(opening.at) else { continue };
        if rest.is_empty() {
            *slot = None;
        } else if let Some(statement) = slot.as_mut().and_then(Value::as_object_mut) {
            set_test(statement, &key, &rest);
        }
    }
    let kept: Vec<Value> = list.into_iter().flatten().collect();
    let mut after = during.clone();
    after
        .as_object_mut()?
        .insert("Statement".to_owned(), Value::Array(kept));
    Some((during, after))
}

/// The trust policy with a statement for Pod Identity, unless it lets EKS in for this workload already.
fn with_pods(plan: &Plan<'_>, trust: &Trust<'_>) -> Option<Value> {
    let own = &plan.input.workload.workload;
    let cluster = plan.eks()?;
    let as_list = with_statement(&trust.document, usize::MAX, |_| {});
    let statement = match plan.first_role() {
        // The first role is this ServiceAccount's alone, so it stands for it.
        Some(first) => json!({
            "Effect": "Allow",
            "Principal": { "AWS": first },
            "Action": ["sts:AssumeRole", "sts:TagSession"],
        }),
        None => {
            let association = Association {
                namespace: own.namespace.clone(),
                service_account: own.service_account.clone(),
                ..Association::default()
            };
            if trust.admits_association(&association, cluster) {
                return Some(as_list);
            }
            pods(&cluster.arn, &own.namespace, &own.service_account)
        }
    };
    let mut list = statements(Some(&as_list));
    list.push(statement);
    let mut document = as_list;
    document
        .as_object_mut()?
        .insert("Statement".to_owned(), Value::Array(list));
    Some(document)
}

/// The statement that lets EKS in for one ServiceAccount of one cluster.
pub(super) fn pods(cluster_arn: &str, namespace: &str, service_account: &str) -> Value {
    json!({
        "Effect": "Allow",
        "Principal": { "Service": PODS },
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {
            "ArnEquals": { "aws:SourceArn": cluster_arn },
            "StringEquals": {
                "aws:RequestTag/kubernetes-namespace": namespace,
                "aws:RequestTag/kubernetes-service-account": service_account,
            },
        },
    })
}

/// The trust policy of a role that EKS alone assumes.
pub(super) fn only_pods(cluster_arn: &str, namespace: &str, service_account: &str) -> Value {
    let mut document = Map::new();
    document.insert("Version".to_owned(), json!("2012-10-17"));
    document.insert(
        "Statement".to_owned(),
        json!([pods(cluster_arn, namespace, service_account)]),
    );
    Value::Object(document)
}
