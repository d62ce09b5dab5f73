//! What is wrong, or worth knowing, in what exists and in what happened.
//!
//! [`find`] runs every check of the one registry ([`CHECKS`]) over the [`Facts`]. A check is a function of the facts:
//! no clock (the end of the log stands for now), no order. Severity follows one rule, told with
//! [`Severity`](crate::answer::Severity); a finding's id follows from its kind and subject alone, so the same thing
//! has the same id next week, with more evidence.

mod broken;
mod configuration;
mod dead;
mod draft;
mod egress;
mod facts;
mod issuers;
mod nodes;
mod permissions;
mod places;
mod registry;
mod roles;
#[cfg(test)]
mod tests;
mod tokens;
mod trust;

pub use facts::{
    AgentCalls, ChainUse, Denied, Facts, InstanceUse, NodeCalls, PermissionFacts, Place, PodUse, RoleUse, Scattered,
    WorkloadFacts,
};
pub use registry::{CHECKS, Check};

use crate::answer::Finding;

/// Every finding, sorted by severity, kind and subject. No two have the same kind and subject.
pub fn find(facts: &Facts<'_>) -> Vec<Finding> {
    let of_check = |check: &'static Check| (check.find)(facts).into_iter().map(move |draft| draft.finish(check));
    let mut findings: Vec<Finding> = CHECKS.iter().flat_map(of_check).collect();
    findings.sort_by(|a, b| (a.severity, a.kind, &a.subject).cmp(&(b.severity, b.kind, &b.subject)));
    findings
}
