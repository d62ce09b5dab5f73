//! A least-privilege recommendation, with its proof.

use std::collections::BTreeMap;

use podtrail_event::time::Timestamp;
use serde::{Deserialize, Serialize};
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
    /// What was asked for.
    pub options: RecommendOptions,
    /// One for each role, sorted by ARN; empty when there is no use, with the reason in `note`.
    pub recommendations: Vec<RoleRecommendation>,
    /// Roles without a recommendation, sorted by ARN.
    pub unproposed: Vec<Unproposed>,
    /// Why there is nothing to recommend.
    pub note: Option<String>,
}

/// A role for which nothing is recommended.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Unproposed {
    /// The role.
    pub role_arn: String,
    /// Why, and what to do.
    pub why: String,
    /// What was asked for through it and refused.
    pub denied_demand: Vec<Denial>,
}

/// How a recommendation is to be made. The default: all history, nothing kept that was not used, managed policies.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RecommendOptions {
    /// A role with less history than so many days gets no recommendation; 0: any history will do.
    pub min_age_days: u32,
    /// Actions to grant whether used or not: `service:Action`, or `service:Action=ARN` for one resource; without an
    /// ARN the resources are today's, else `*`.
    pub keep: Vec<String>,
    /// Patterns of actions, as `backup:*`: what they cover and is granted today stays, with today's resources.
    pub never_remove: Vec<String>,
    /// What shares a statement.
    pub group: Grouping,
    /// What the proposal is attached as.
    pub attach: PolicyKind,
    /// Write the ServiceAccount's names in resources as the session tags of Pod Identity.
    pub abac: bool,
    /// Limit each service to the VPC endpoints that all its calls came through.
    pub source_vpce: bool,
}

/// Which permissions share a statement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// Those of a service with the same resources and conditions.
    #[default]
    Resources,
    /// Of these, those of one access level (read, list, write, tagging, permissions management).
    Level,
    /// None: one statement for each action.
    Action,
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
    /// What the proposal is attached as: the kind of each of `policies`.
    pub attach: PolicyKind,
    /// The proposed policies.
    pub policies: Vec<PolicyOut>,
    /// Why each statement of `policies` stands there, in their order.
    pub statements: Vec<StatementReason>,
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

/// The evidence of one statement.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct StatementReason {
    /// Name of the policy that it stands in.
    pub policy: String,
    /// Its `Sid`.
    pub sid: String,
    /// Its actions, sorted.
    pub actions: Vec<String>,
    /// The evidence in words.
    pub why: String,
    /// Calls that passed authorisation and that the statement allows.
    pub calls: u64,
    /// Time of the first of them.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_seen: Option<Timestamp>,
    /// Time of the last one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen: Option<Timestamp>,
    /// Up to three of them, the earliest first.
    pub sample_event_ids: Vec<String>,
    /// Its resources that stand for several.
    pub widened: Vec<Widened>,
}

/// Where a policy goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// A managed policy, attached.
    #[default]
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
    /// Why it is kept.
    pub reason: GrantReason,
    /// Resources in the proposal, sorted.
    pub resources: Vec<String>,
    /// Calls; none where it is kept though it was not used.
    pub calls: u64,
    /// Time of the last call.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen: Option<Timestamp>,
}

/// Why an action is in a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GrantReason {
    /// It was used.
    Used,
    /// It stands in `keep`.
    KeepList,
    /// It is granted today and in `never_remove`.
    NeverRemove,
}

/// The kind of policy that refused a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DenialLayer {
    /// The role's own policies.
    Identity,
    /// The policy of the resource.
    Resource,
    /// The session policy.
    Session,
    /// The permissions boundary.
    Boundary,
    /// The policy of the VPC endpoint.
    VpcEndpoint,
    /// A service control policy of the organization.
    ServiceControl,
    /// A resource control policy of the organization.
    ResourceControl,
    /// Neither the message nor what is known of the role says it.
    #[default]
    Unstated,
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
    /// Which kind of policy refused it: as the call's message says, else by evaluating today's policies.
    pub layer: DenialLayer,
    /// Whether a `Deny` refused it, rather than the lack of an `Allow`.
    pub explicit: bool,
    /// The same in words.
    pub reason: String,
    /// The smallest statement that would allow it, for the policy of `layer`; null where none would help.
    #[schema(value_type = Option<Object>)]
    pub statement: Option<Value>,
    /// Why a wider role would not help, or not alone.
    pub why_not: Option<String>,
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
