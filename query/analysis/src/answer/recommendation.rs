//! A least-privilege recommendation, with its proof.

use std::collections::BTreeMap;

use podtrail_event::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Coverage;
use crate::lineage::Mechanism;

/// Everything recommended for one workload: one recommendation for each role that it used.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Recommendation {
    /// `cluster/namespace/serviceaccount`.
    pub workload: String,
    /// ARN of the workload's cluster, as far as it is known.
    pub cluster_arn: Option<String>,
    /// Mechanisms seen, sorted.
    pub mechanism: Vec<Mechanism>,
    /// The history it rests on.
    pub window: Window,
    /// How far that history reaches.
    pub coverage: Coverage,
    /// One for each role, sorted by ARN; empty when there is no use, with the reason in `note`.
    pub recommendations: Vec<RoleRecommendation>,
    /// Why there is nothing to recommend.
    pub note: Option<String>,
}

/// A span of time, both ends included.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Window {
    /// Start.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// End.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
}

/// What one role should be for one workload.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RoleRecommendation {
    /// The role used today.
    pub role_arn: String,
    /// The proposed policies.
    pub policies: Vec<PolicyOut>,
    /// Today's policies, as far as the inventory knows them, for the diff.
    pub current_policies: Vec<PolicyOut>,
    /// The trust policy, today's and proposed.
    pub trust: Trust,
    /// The proof: history evaluated under the proposal.
    pub replay: Replay,
    /// Actions granted today, by policy statement patterns expanded.
    pub granted: u64,
    /// Actions that the proposal keeps, sorted.
    pub kept: Vec<Grant>,
    /// Granted actions that the proposal removes, sorted.
    pub removed: Vec<String>,
    /// What was asked for and refused; never granted by itself.
    pub denied_demand: Vec<Denial>,
    /// Granted actions whose use this trail cannot show; removed from the proposal, but named.
    pub unobservable: Vec<String>,
    /// Where resources were widened to a pattern.
    pub widened: Vec<Widened>,
    /// What a reader should know before applying it.
    pub warnings: Vec<Warning>,
    /// Up to three sample events for each kept action.
    pub evidence: BTreeMap<String, Vec<String>>,
}

/// Where a policy goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// A managed policy, attached.
    Managed,
    /// Inline in the role.
    Inline,
    /// The session policy of a Pod Identity association.
    Association,
}

/// One policy document.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PolicyOut {
    /// Its name.
    pub name: String,
    /// Where it goes.
    pub kind: PolicyKind,
    /// Size as IAM counts it: without white space.
    pub characters: u64,
    /// The document; null for one of today's that the inventory knows by name only.
    #[schema(value_type = Option<Object>)]
    pub document: Option<Value>,
}

/// A trust policy, today's and proposed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Trust {
    /// Today's document.
    #[schema(value_type = Option<Object>)]
    pub current: Option<Value>,
    /// The proposed document.
    #[schema(value_type = Option<Object>)]
    pub proposed: Option<Value>,
    /// Each change with its reason, or why none is proposed.
    pub why: Vec<String>,
}

/// The history evaluated under the proposal.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Replay {
    /// Calls that passed authorisation in the window.
    pub calls: u64,
    /// Of these, allowed by the proposal.
    pub allowed: u64,
    /// Of these, denied by the proposal; always zero in what is shown as a recommendation.
    pub denied: u64,
    /// Of these, undecided for want of a context key, or because the call maps to no action.
    pub unknown: u64,
    /// The calls behind `denied` and `unknown`.
    pub counterexamples: Vec<ReplayMiss>,
}

/// A call that the proposal denies or cannot decide.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReplayMiss {
    /// IAM action; the event's name where it maps to none.
    pub action: String,
    /// Resource.
    pub resource: String,
    /// `implicit_deny`, `explicit_deny` or `unknown`.
    pub decision: String,
    /// Context keys that were missing.
    pub missing_keys: Vec<String>,
    /// Calls.
    pub calls: u64,
    /// One of them.
    pub sample_event_id: String,
}

/// A kept action with the use that keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Grant {
    /// IAM action.
    pub action: String,
    /// Resources in the proposal, sorted.
    pub resources: Vec<String>,
    /// Calls.
    pub calls: u64,
    /// Time of the last call.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen: Option<Timestamp>,
}

/// A refused demand.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Denial {
    /// IAM action.
    pub action: String,
    /// Resource.
    pub resource: String,
    /// Refused calls.
    pub calls: u64,
    /// Time of the last one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen: Option<Timestamp>,
    /// One of them.
    pub sample_event_id: String,
}

/// Resources replaced by a pattern.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Widened {
    /// How many ARNs stood behind it.
    pub from_count: u64,
    /// The pattern in the proposal.
    pub pattern: String,
    /// Why it was widened.
    pub why: String,
}

/// Something a reader should know before applying a proposal.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Warning {
    /// Stable code, snake case.
    pub code: String,
    /// In words, with what to do.
    pub message: String,
    /// The `Sid` of the statement it is about.
    pub statement: Option<String>,
}
