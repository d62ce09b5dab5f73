//! Names, and the IAM documents alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::answer::Recommendation;
use crate::usage::Workload;

/// Longest name of a managed policy (IAM user guide, "IAM and AWS STS quotas").
const NAME: usize = 128;

/// The policy documents of a recommendation: the document itself where there is one, else an object
/// of policy name → document.
pub fn iam_documents(recommendation: &Recommendation) -> Value {
    let policies = recommendation.recommendations.iter().flat_map(|r| &r.policies);
    let mut documents: Map<String, Value> = policies
        .map(|p| (p.name.clone(), p.document.clone().unwrap_or_default()))
        .collect();
    match (documents.len(), documents.values_mut().next()) {
        (1, Some(only)) => only.take(),
        _ => Value::Object(documents),
    }
}

/// `cluster/namespace/serviceaccount`.
pub(super) fn workload_id(workload: &Workload) -> String {
    format!(
        "{}/{}/{}",
        workload.cluster, workload.namespace, workload.service_account
    )
}

/// Names the proposed policies by namespace, ServiceAccount and role, with the account where two
/// roles have one name, and a number from the second policy of a role on.
pub(super) fn name_policies(recommendation: &mut Recommendation, workload: &Workload) {
    let mut roles: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for role in &recommendation.recommendations {
        roles
            .entry(role_name(&role.role_arn).to_owned())
            .or_default()
            .insert(role.role_arn.clone());
    }
    for role in &mut recommendation.recommendations {
        let name = role_name(&role.role_arn);
        let mut base = format!("{}-{}-{name}", workload.namespace, workload.service_account);
        if roles.get(name).is_some_and(|arns| arns.len() > 1) {
            base = format!("{base}-{}", role.role_arn.split(':').nth(4).unwrap_or_default());
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
        let base: String = base
            .chars()
            .map(|c| if allowed(c) { c } else { '-' })
            .take(NAME - 4)
            .collect();
        let mut reasons = role.statements.iter_mut();
        for (at, policy) in role.policies.iter_mut().enumerate() {
            policy.name = if at == 0 {
                base.clone()
            } else {
                format!("{base}-{}", at + 1)
            };
            let list = policy
                .document
                .as_ref()
                .and_then(|d| d.get("Statement"))
                .and_then(Value::as_array);
            let own = reasons.by_ref().take(list.map_or(0, Vec::len));
            own.for_each(|reason| reason.policy.clone_from(&policy.name));
        }
    }
}

fn role_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
