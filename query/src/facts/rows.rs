//! The rows of the questions, and what they become.

use podtrail_analysis::findings as to;
use podtrail_analysis::lineage::{Class, Mechanism};
use podtrail_analysis::usage::Workload;
use podtrail_event::time::Timestamp;
use serde::Deserialize;

use crate::workloads::WorkloadColumns;

/// The workload columns of a row that may have none.
#[derive(Deserialize)]
struct Whose {
    cluster: Option<String>,
    cluster_arn: Option<String>,
    namespace: Option<String>,
    service_account: Option<String>,
}

impl From<Whose> for Option<Workload> {
    fn from(row: Whose) -> Self {
        Some(Workload {
            cluster: row.cluster.or_else(|| row.cluster_arn.clone()).unwrap_or_default(),
            cluster_arn: row.cluster_arn,
            namespace: row.namespace?,
            service_account: row.service_account?,
        })
    }
}

/// When and how often.
#[derive(Deserialize)]
struct Seen {
    #[serde(default)]
    calls: u64,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    sample_event_id: String,
}

#[derive(Deserialize)]
pub(super) struct Use {
    #[serde(flatten)]
    workload: WorkloadColumns,
    role_arn: String,
    mechanism: Mechanism,
    calls: u64,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    evidence_event_id: Option<String>,
}

impl Use {
    pub(super) fn split(self) -> (Workload, to::RoleUse) {
        let used = to::RoleUse {
            role_arn: self.role_arn,
            mechanism: self.mechanism,
            calls: self.calls,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            evidence_event_id: self.evidence_event_id,
        };
        (self.workload.into(), used)
    }
}

#[derive(Deserialize)]
pub(super) struct Denied {
    #[serde(flatten)]
    workload: Whose,
    role_arn: String,
    action: String,
    resource: String,
    #[serde(flatten)]
    seen: Seen,
}

impl From<Denied> for to::Denied {
    fn from(row: Denied) -> Self {
        Self {
            workload: row.workload.into(),
            role_arn: row.role_arn,
            action: row.action,
            resource: row.resource,
            calls: row.seen.calls,
            first_seen: row.seen.first_seen,
            last_seen: row.seen.last_seen,
            sample_event_id: row.seen.sample_event_id,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Chain {
    #[serde(flatten)]
    workload: WorkloadColumns,
    chain: Vec<String>,
    sessions: u64,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    issue_event_id: Option<String>,
}

impl From<Chain> for to::ChainUse {
    fn from(row: Chain) -> Self {
        Self {
            workload: row.workload.into(),
            chain: row.chain,
            sessions: row.sessions,
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            issue_event_id: row.issue_event_id,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Node {
    #[serde(flatten)]
    workload: Whose,
    role_arn: String,
    event_source: String,
    #[serde(flatten)]
    seen: Seen,
}

impl From<Node> for to::NodeCalls {
    fn from(row: Node) -> Self {
        Self {
            workload: row.workload.into(),
            role_arn: row.role_arn,
            event_source: row.event_source,
            calls: row.seen.calls,
            first_seen: row.seen.first_seen,
            last_seen: row.seen.last_seen,
            sample_event_id: row.seen.sample_event_id,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Place {
    #[serde(flatten)]
    workload: Whose,
    mechanism: Mechanism,
    role_arn: Option<String>,
    who: Option<String>,
    exchange: bool,
    refused: bool,
    address: Option<String>,
    vpc_endpoint_id: Option<String>,
    #[serde(flatten)]
    seen: Seen,
}

impl From<Place> for to::Place {
    fn from(row: Place) -> Self {
        Self {
            workload: row.workload.into(),
            mechanism: row.mechanism,
            role_arn: row.role_arn,
            who: row.who,
            exchange: row.exchange,
            refused: row.refused,
            address: row.address,
            vpc_endpoint_id: row.vpc_endpoint_id,
            calls: row.seen.calls,
            first_seen: row.seen.first_seen,
            last_seen: row.seen.last_seen,
            sample_event_id: row.seen.sample_event_id,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Scattered {
    #[serde(flatten)]
    workload: WorkloadColumns,
    addresses: String,
    sessions: u64,
    session_id: String,
    #[serde(flatten)]
    seen: Seen,
}

impl From<Scattered> for to::Scattered {
    fn from(row: Scattered) -> Self {
        Self {
            workload: row.workload.into(),
            addresses: row.addresses.split(' ').map(str::to_owned).collect(),
            sessions: row.sessions,
            session_id: row.session_id,
            first_seen: row.seen.first_seen,
            last_seen: row.seen.last_seen,
            sample_event_id: row.seen.sample_event_id,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Pod {
    #[serde(flatten)]
    workload: WorkloadColumns,
    pod: String,
    pod_uid: Option<String>,
    pod_class: Class,
    session_id: String,
    last_call: Option<Timestamp>,
    issue_event_id: Option<String>,
}

impl From<Pod> for to::PodUse {
    fn from(row: Pod) -> Self {
        Self {
            workload: row.workload.into(),
            pod: row.pod,
            pod_uid: row.pod_uid,
            pod_class: row.pod_class,
            session_id: row.session_id,
            last_call: row.last_call,
            issue_event_id: row.issue_event_id,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Agent {
    role_arn: Option<String>,
    session_name: Option<String>,
    user_agent: String,
    address: Option<String>,
    #[serde(flatten)]
    seen: Seen,
}

impl From<Agent> for to::AgentCalls {
    fn from(row: Agent) -> Self {
        Self {
            role_arn: row.role_arn,
            session_name: row.session_name,
            user_agent: row.user_agent,
            address: row.address,
            calls: row.seen.calls,
            first_seen: row.seen.first_seen,
            last_seen: row.seen.last_seen,
            sample_event_id: row.seen.sample_event_id,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Instance {
    role_arn: String,
    instance_id: String,
    #[serde(flatten)]
    seen: Seen,
}

impl From<Instance> for to::InstanceUse {
    fn from(row: Instance) -> Self {
        Self {
            role_arn: row.role_arn,
            instance_id: row.instance_id,
            first_seen: row.seen.first_seen,
            last_seen: row.seen.last_seen,
            sample_event_id: row.seen.sample_event_id,
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Permissions {
    #[serde(flatten)]
    workload: WorkloadColumns,
    role_arn: String,
    used: u64,
    unused: u64,
}

impl From<Permissions> for to::PermissionFacts {
    fn from(row: Permissions) -> Self {
        Self {
            workload: row.workload.into(),
            role_arn: row.role_arn,
            used: row.used,
            unused: row.unused,
        }
    }
}
