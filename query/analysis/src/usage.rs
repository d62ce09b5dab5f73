//! Attributed calls, added up: what recommendations are made of.

use std::collections::BTreeMap;

use podtrail_event::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It worked.
    Ok,
    /// Refused by authorisation: demand, not use.
    Denied,
    /// Failed after it passed authorisation: use.
    Error,
}

/// A workload: one ServiceAccount of one cluster. Identity is the cluster's ARN, else its issuer id:
/// clusters of one name are not one cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub struct Workload {
    /// The cluster's EKS name, issuer id, or tagged name.
    pub cluster: String,
    /// The cluster's ARN where known.
    pub cluster_arn: Option<String>,
    /// Kubernetes namespace.
    pub namespace: String,
    /// Kubernetes ServiceAccount.
    pub service_account: String,
}

impl Workload {
    /// Whether an object of the inventory, which names its cluster by ARN, else by name, is of the workload's cluster.
    #[must_use]
    pub fn is_of(&self, cluster: &str) -> bool {
        self.cluster_arn.as_deref() == Some(cluster) || self.cluster == cluster
    }
}

/// One action on one resource by one workload through one role, added up over the window.
#[derive(Debug, Clone, PartialEq)]
pub struct Usage {
    /// Who.
    pub workload: Workload,
    /// The role whose permissions were checked.
    pub role_arn: String,
    /// The IAM action, in the catalog's spelling.
    pub action: String,
    /// The resource ARN that IAM checked, or `*`.
    pub resource: String,
    /// Condition keys that the log proves, e.g. `kms:ViaService`.
    pub conditions: BTreeMap<String, Vec<String>>,
    /// What became of the calls.
    pub outcome: Outcome,
    /// Number of calls.
    pub calls: u64,
    /// Time of the first call.
    pub first_seen: Option<Timestamp>,
    /// Time of the last call.
    pub last_seen: Option<Timestamp>,
    /// The smallest (time, event id) of the calls.
    pub sample_event_id: String,
}
