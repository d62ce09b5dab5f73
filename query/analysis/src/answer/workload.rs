//! Workloads, what they used and what they were granted.

use podtrail_event::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::lineage::{Class, Mechanism};
use crate::usage::Outcome;

/// One row of `GET /api/v1/workloads`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WorkloadRow {
    /// `cluster/namespace/serviceaccount`, with the cluster's ARN where its name is not unique.
    pub id: String,
    /// The cluster's name.
    pub cluster: String,
    /// The cluster's ARN where known.
    pub cluster_arn: Option<String>,
    /// Kubernetes namespace.
    pub namespace: String,
    /// Kubernetes ServiceAccount.
    pub service_account: String,
    /// Mechanisms seen in use (or configured, when never used), sorted.
    pub mechanisms: Vec<Mechanism>,
    /// The weakest class among its counted calls; `none` when it was never seen to call. Calls that only claim to
    /// be of the workload are not its own: they are in no figure here, but among the events.
    pub class: Class,
    /// Roles it used or is configured for, sorted by ARN.
    pub roles: Vec<WorkloadRole>,
    /// Counted calls that passed authorisation.
    pub calls: u64,
    /// Counted calls that were denied.
    pub denied: u64,
    /// Distinct pods seen.
    pub pods: u64,
    /// Time of the first call.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_seen: Option<Timestamp>,
    /// Time of the last call.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen: Option<Timestamp>,
    /// Distinct actions used of those granted. Null where the inventory does not know the role.
    pub used: Option<u64>,
    /// Distinct actions granted.
    pub granted: Option<u64>,
    /// Granted, observable in this trail, and never used.
    pub unused: Option<u64>,
    /// Granted, and this trail cannot show whether they are used.
    pub unobservable: Option<u64>,
    /// Findings that concern it.
    pub findings: u64,
}

/// A role of a workload.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WorkloadRole {
    /// The role's ARN.
    pub role_arn: String,
    /// How many workloads use it or are configured for it, this one included.
    pub shared_by: u64,
    /// The inventory knows its policies.
    pub known: bool,
}

/// `GET /api/v1/workloads/{cluster}/{namespace}/{service_account}`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct WorkloadDetail {
    /// The row.
    pub workload: WorkloadRow,
    /// How it was attributed: distinct methods with their calls, most first.
    pub methods: Vec<(String, u64)>,
    /// One event that proves who it is: the smallest evidence event id.
    pub evidence_event_id: Option<String>,
    /// The window of the lake.
    pub window: super::Window,
    /// How far the lake reaches.
    pub coverage: super::CoverageSummary,
}

/// One row of a workload's usage.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct UsageRow {
    /// The role whose permissions were checked.
    pub role_arn: String,
    /// IAM action.
    pub action: String,
    /// Resource ARN, or `*`.
    pub resource: String,
    /// What became of the calls.
    pub outcome: Outcome,
    /// Number of calls.
    pub calls: u64,
    /// Time of the first call.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_seen: Option<Timestamp>,
    /// Time of the last call.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen: Option<Timestamp>,
    /// One of the calls.
    pub sample_event_id: String,
}

/// The mark of a permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PermissionStatus {
    /// Granted, and seen in use.
    Used,
    /// Granted, this trail would show its use, and none was seen.
    Unused,
    /// Granted, and this trail cannot show its use (a data event that is not logged, or no event at all).
    Unobservable,
    /// Asked for and refused.
    Denied,
    /// Seen in use though no known policy grants it (a policy changed since, or a resource policy grants it).
    UsedNotGranted,
}

/// One row of the `permissions` view.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Permission {
    /// The role.
    pub role_arn: String,
    /// IAM action.
    pub action: String,
    /// The mark.
    pub status: PermissionStatus,
    /// Calls behind the mark: use, or denials; zero otherwise.
    pub calls: u64,
    /// Last of these calls.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen: Option<Timestamp>,
    /// Names of the policies whose statements grant it, sorted.
    pub granted_by: Vec<String>,
    /// Up to five resources seen, sorted; `resource_count` says how many there are.
    pub resources: Vec<String>,
    /// Distinct resources seen.
    pub resource_count: u64,
}
