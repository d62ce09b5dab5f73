//! The rows of usage that a role's proposal is made of.

use std::collections::{BTreeMap, BTreeSet};

use podtrail_event::time::Timestamp;

use super::conditions::{Endpoints, SOURCE_VPCE, service};
use super::input::{self, RecommendInput, RoleInput};
use super::replay::{is_own_issue, passed};
use crate::usage::Usage;

/// The rows that this role's policies speak about, in an order of their own: the answer must not
/// depend on how they came.
pub(super) fn ordered<'u>(usage: &'u [Usage], role: &RoleInput<'_>) -> Vec<&'u Usage> {
    let mut rows: Vec<&Usage> = usage
        .iter()
        .filter(|u| !is_own_issue(u, &role.role_arn, role.role))
        .collect();
    rows.sort_by(|a, b| order(a).cmp(&order(b)));
    rows
}

/// The use with the VPC endpoints that it came through, where services are to be limited to them.
pub(super) fn through_endpoints(input: &RecommendInput<'_>, role: &RoleInput<'_>) -> Option<Vec<Usage>> {
    let endpoints = endpoints(input, role);
    if endpoints.is_empty() {
        return None;
    }
    let mut rows = role.usage.clone();
    for row in &mut rows {
        // Which of the endpoints it was is not known, and the condition names them all.
        let through = endpoints.get(service(&row.action)).and_then(|all| all.first());
        if let Some(endpoint) = through.filter(|_| !row.conditions.contains_key("kms:ViaService")) {
            row.conditions.insert(SOURCE_VPCE.to_owned(), vec![endpoint.clone()]);
        }
    }
    Some(rows)
}

/// The services all of whose calls came through VPC endpoints, if they are to be limited to them.
pub(super) fn endpoints(input: &RecommendInput<'_>, role: &RoleInput<'_>) -> Endpoints {
    let mut seen: BTreeMap<&str, BTreeSet<Option<&str>>> = BTreeMap::new();
    for (source, through) in role.endpoints.iter().filter(|_| input.options.source_vpce) {
        let service = input::service(source);
        seen.entry(service)
            .or_default()
            .extend(through.iter().map(Option::as_deref));
    }
    seen.retain(|_, through| !through.contains(&None));
    let named = |through: BTreeSet<Option<&str>>| through.into_iter().flatten().map(str::to_owned).collect();
    seen.into_iter()
        .map(|(service, through)| (service.to_owned(), named(through)))
        .collect()
}

type Order<'u> = (
    &'u str,
    &'u str,
    bool,
    Option<Timestamp>,
    &'u str,
    &'u BTreeMap<String, Vec<String>>,
    u64,
);

fn order(row: &Usage) -> Order<'_> {
    (
        &row.action,
        &row.resource,
        passed(row),
        row.first_seen,
        &row.sample_event_id,
        &row.conditions,
        row.calls,
    )
}
