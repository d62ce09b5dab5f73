//! How much of AWS's API the mapping knows, counted over botocore's operations.

use super::names;
use crate::catalog::{Operation, catalog, operations};

/// Plain counts over the operation table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Gauge {
    /// Operations of services with a known IAM prefix.
    pub operations: usize,
    /// Of those, the ones that map to an action that exists.
    pub mapped: usize,
    /// Operations that need no permission in a policy.
    pub without_permission: usize,
    /// Operations for which no action is known: reported as unmapped.
    pub unknown: usize,
    /// Mapped operations with an action that can be limited to resources.
    pub resource_level: usize,
    /// Of those, the ones whose parameters fill at least one ARN pattern completely.
    pub full_arn: usize,
    /// botocore services without a known IAM prefix.
    pub unknown_services: usize,
}

/// Counts. Deterministic: depends on the embedded tables only.
pub fn gauge() -> Gauge {
    let mut gauge = Gauge {
        unknown_services: operations().unknown_services().len(),
        ..Gauge::default()
    };
    for (prefix, list) in operations().services() {
        for operation in list {
            count(&mut gauge, prefix, operation);
        }
    }
    gauge
}

/// Operations whose action is chosen by the statement or members they carry.
fn by_parameters(prefix: &str, operation: &str) -> bool {
    prefix == "dynamodb"
        && [
            "BatchExecuteStatement",
            "ExecuteStatement",
            "ExecuteTransaction",
            "TransactWriteItems",
        ]
        .contains(&operation)
}

fn count(gauge: &mut Gauge, prefix: &str, operation: &Operation) {
    gauge.operations += 1;
    let actions = names::actions(prefix, operation.name);
    if names::without_permission(prefix, operation.name).is_some() {
        gauge.without_permission += 1;
    } else if prefix == "apigateway" || by_parameters(prefix, operation.name) {
        gauge.mapped += 1;
        gauge.resource_level += 1;
        gauge.full_arn += 1;
    } else if actions.is_empty() {
        gauge.unknown += 1;
    } else {
        gauge.mapped += 1;
        if actions.iter().any(|a| catalog().has_resource_level(a) == Some(true)) {
            gauge.resource_level += 1;
            gauge.full_arn += usize::from(fills_one(&actions, operation.spec));
        }
    }
}

/// Whether some part of the spec gives an ARN, or every variable of a type of the actions.
fn fills_one(actions: &[&'static str], spec: &str) -> bool {
    spec.split(';')
        .filter(|p| !p.is_empty())
        .any(|part| match part.split_once(':') {
            _ if part.contains('@') => !part.starts_with('?'),
            Some((kind, variables)) => {
                let named: Vec<_> = variables
                    .split(',')
                    .map(|v| v.split('=').next().unwrap_or(v).trim_start_matches('~'))
                    .collect();
                let patterns = actions.iter().flat_map(|a| catalog().arn_patterns(a));
                patterns
                    .filter(|(name, ..)| *name == kind)
                    .any(|(_, pattern, _)| filled(pattern, &named))
            }
            None => false,
        })
}

fn filled(pattern: &str, named: &[&str]) -> bool {
    let variables = pattern.split("${").skip(1).filter_map(|rest| rest.split('}').next());
    variables
        .filter(|v| !["Partition", "Region", "Account"].contains(v))
        .all(|v| named.contains(&v))
}
