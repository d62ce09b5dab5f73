//! How much of AWS's API the mapping knows, counted over botocore's operations.
//!
//! What is counted honestly: an operation is mapped when the tables or a rule give it an action that exists, by its name
//! alone. That the action is the one AWS checks is proven by the exception table's sources, not by the count; denied
//! events in a user's own logs prove it call by call (see `confirm`). Operations that need no permission are neither
//! mapped nor unknown.

use std::collections::BTreeMap;

use super::names;
use crate::catalog::{Operation, catalog, matches_ignoring_case, operations};

/// Plain counts over the operation table, and the operations it cannot map, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Gauge {
    /// The day of the action table, `YYYY-MM-DD`.
    pub data_date: &'static str,
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
    /// The unknown operations: reason → service → names, sorted. Reasons: `not_published`,
    /// `decided_by_the_query`, `permissions_of_its_own`, `retired`.
    pub known_unknowns: BTreeMap<&'static str, BTreeMap<&'static str, Vec<&'static str>>>,
    /// botocore services without a known IAM prefix: AWS retired them and their actions.
    pub unknown_services: Vec<&'static str>,
}

/// Operations known to be unknown for a reason of their own: service, operation, reason. All others are
/// [`NOT_PUBLISHED`].
const UNKNOWN: &[(&str, &str, &str)] = &[
    // CloudHSM Classic is closed; its actions left the reference.
    ("cloudhsm", "*", "retired"),
    // FinSpace's data API is governed by its own permission groups, under credentials that FinSpace issues.
    ("finspace-api", "*", "permissions_of_its_own"),
    // Reading, writing or deleting by what the query does; no record carries the query.
    ("neptune-db", "Execute*", "decided_by_the_query"),
    ("neptune-graph", "ExecuteQuery", "decided_by_the_query"),
];

/// The action table of its date has no action that an API reference names for the operation.
const NOT_PUBLISHED: &str = "not_published";

/// Counts. Deterministic: depends on the tables only.
pub fn gauge() -> Gauge {
    let mut gauge = Gauge {
        data_date: catalog().data_date(),
        unknown_services: operations().unknown_services().to_vec(),
        ..Gauge::default()
    };
    for (prefix, list) in operations().services() {
        for operation in list {
            count(&mut gauge, prefix, operation);
        }
    }
    gauge
}

/// Why no action is known for the operation.
fn reason(prefix: &str, operation: &str) -> &'static str {
    UNKNOWN
        .iter()
        .find(|(p, pattern, _)| *p == prefix && matches_ignoring_case(pattern, operation))
        .map_or(NOT_PUBLISHED, |(_, _, reason)| reason)
}

/// Operations whose action is chosen by the statement or members they carry.
pub(super) fn by_parameters(prefix: &str, operation: &str) -> bool {
    prefix == "dynamodb"
        && [
            "BatchExecuteStatement",
            "ExecuteStatement",
            "ExecuteTransaction",
            "TransactWriteItems",
        ]
        .contains(&operation)
}

fn count(gauge: &mut Gauge, prefix: &'static str, operation: &Operation) {
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
        let services = gauge.known_unknowns.entry(reason(prefix, operation.name)).or_default();
        services.entry(prefix).or_default().push(operation.name);
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
