//! The move of a workload from IRSA to Pod Identity.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// `GET /api/v1/workloads/{cluster}/{namespace}/{service_account}/migration`: a plan. Podtrail does none of it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Migration {
    /// `cluster/namespace/serviceaccount`.
    pub workload: String,
    /// The role that moves; null where it is not known.
    pub role_arn: Option<String>,
    /// Nothing stands against it.
    pub possible: bool,
    /// What stands against it.
    pub blockers: Vec<String>,
    /// What to do, in this order. Empty where the workload, its role or its cluster is not known well enough.
    pub steps: Vec<MigrationStep>,
    /// The association, as `CreatePodIdentityAssociation` takes it.
    pub association: Option<Value>,
    /// The role's trust policy on the way.
    pub trust_policy: Option<MigrationTrust>,
    /// The association as Terraform.
    pub terraform: Option<String>,
    /// What sessions are called, and what they carry, afterwards.
    pub after: MigrationAfter,
    /// What else to know.
    pub notes: Vec<String>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MigrationStep {
    /// What.
    pub title: String,
    /// Why, and what to look out for.
    pub why: String,
    /// Commands for a POSIX shell.
    pub command: Option<String>,
    /// The document that the command puts in place.
    pub document: Option<Value>,
}

/// A trust policy on the way.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MigrationTrust {
    /// Today.
    pub current: Value,
    /// While both ways are open.
    pub during: Value,
    /// When the move is done.
    pub proposed: Value,
}

/// Sessions after the move.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct MigrationAfter {
    /// The form of session names; EKS chooses them.
    pub session_name_pattern: String,
    /// The tags of each session, which roles assumed with it inherit.
    pub tags: Vec<SessionTag>,
}

/// A session tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionTag {
    /// Key.
    pub key: String,
    /// Value; what differs from pod to pod in angle brackets.
    pub value: String,
}
