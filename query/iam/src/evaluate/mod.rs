//! Whether a request is allowed: IAM's evaluation over all its layers, three-valued.
//!
//! The order and the rules are those of the IAM user guide, "Policy evaluation logic":
//!
//! - An explicit Deny in any layer wins.
//! - SCPs: every level given needs an Allow. They do not touch service-linked roles, services,
//!   providers or anonymous callers.
//! - RCPs: the full-access RCP stands at every level, so only a Deny matters. Service-linked roles
//!   are exempt.
//! - Resource policy, same account: an Allow to the session or user itself (or to everyone) grants
//!   whatever identity policies, boundary and session policies leave out; one to the role's ARN is
//!   still limited by boundary and session policies; one to the account grants nothing by itself.
//! - Resource policy, other account: both sides must allow.
//! - KMS keys and role trust: the resource's policy must allow by itself; naming the account hands
//!   the decision to that account's identity policies.
//! - Identity policies, permissions boundary, session policies: each that is given needs an Allow.
//!   A root user is allowed by its identity and has no boundary.
//! - VPC endpoint policy: where given, it needs an Allow.
//! - What AWS manages (its managed policies, the roles of IAM Identity Center, `alias/aws/…`) nobody
//!   else changes: the answer is an implicit deny by the resource's side.
//!
//! Beside the context, these keys are filled in where it lacks them: `aws:PrincipalArn`,
//! `aws:PrincipalAccount`, `aws:PrincipalType`, `aws:PrincipalTag/…`, `aws:PrincipalIsAWSService`,
//! `aws:PrincipalServiceName`, `aws:username` (users) and `aws:ResourceAccount`.

mod condition;
mod decide;
mod explain;
mod managed;
mod principal;
mod request;
mod statement;
#[cfg(test)]
mod tests;
mod truth;

use crate::policy::Policy;

pub use principal::{Principal, PrincipalType};
pub use request::{Context, Request, UnknownKeys};

/// The policies a request is judged by. The default is none at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Layers<'a> {
    /// Attached to the role or user (and the user's groups).
    pub identity: &'a [Policy],
    /// The permissions boundary; empty: none.
    pub boundary: &'a [Policy],
    /// Passed when the session was made; empty: none. One Allow among them is enough.
    pub session: &'a [Policy],
    /// Service control policies by level (root, each OU, account); empty: no organization.
    pub scps: &'a [Vec<Policy>],
    /// Resource control policies by level.
    pub rcps: &'a [Vec<Policy>],
    /// The resource's own policy: bucket, key, queue, trust, …
    pub resource: Option<&'a Policy>,
    /// The policy of the VPC endpoint the request came through; empty: none.
    pub endpoint: &'a [Policy],
    /// The resource's own policy is not known: where `resource` is `None`, take it to leave the
    /// decision to the principal's account. For replaying calls that are known to have passed it.
    pub resource_side_assumed: bool,
}

/// The answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Allowed.
    Allow,
    /// Nothing allows it, or a layer that must allow does not.
    ImplicitDeny,
    /// A Deny statement matches.
    ExplicitDeny,
    /// It hangs on keys that nobody knows.
    Unknown,
}

/// A kind of policy, by the name it has in `simulate`'s input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub enum Layer {
    /// Resource control policies.
    #[serde(rename = "rcps")]
    Rcp,
    /// Service control policies.
    #[serde(rename = "scps")]
    Scp,
    /// The resource's own policy.
    #[serde(rename = "resource_policy")]
    Resource,
    /// Identity policies.
    #[serde(rename = "identity_policies")]
    Identity,
    /// The permissions boundary.
    #[serde(rename = "permissions_boundary")]
    Boundary,
    /// Session policies.
    #[serde(rename = "session_policies")]
    Session,
    /// The VPC endpoint policy.
    #[serde(rename = "vpc_endpoint_policy")]
    Endpoint,
}

/// A statement that had a say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct StatementRef<'a> {
    /// The layer it stands in.
    pub layer: Layer,
    /// The level, for SCPs and RCPs; counted from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<usize>,
    /// The policy within its layer or level, counted from 0.
    pub policy: usize,
    /// The statement within its policy, counted from 0.
    pub statement: usize,
    /// Its `Sid`.
    pub sid: Option<&'a str>,
}

/// The answer with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<'a> {
    /// The answer.
    pub verdict: Verdict,
    /// The layer that decided: that granted, denied, failed to allow first, or cannot be told first.
    pub by: Layer,
    /// The statements that granted, denied, or cannot be told; none for an implicit deny.
    pub statements: Vec<StatementRef<'a>>,
    /// The unknown keys that the answer hangs on, sorted; only for [`Verdict::Unknown`].
    pub missing_keys: Vec<String>,
}

/// Judges a request and says why.
pub fn evaluate<'a>(request: &Request<'_>, layers: &Layers<'a>) -> Decision<'a> {
    explain::decision(request, layers)
}

/// Judges a request without reasons; allocates nothing unless variables are to be filled in.
pub fn verdict(request: &Request<'_>, layers: &Layers<'_>) -> Verdict {
    decide::Findings::of(request, layers).verdict().0
}
