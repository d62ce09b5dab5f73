//! Sessions and their chains.

use podtrail_event::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::EventRow;
use crate::lineage::{Class, Mechanism};

/// One row of `GET /api/v1/sessions`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SessionRow {
    /// The session's id: its access key id where known.
    pub session_id: String,
    /// The role.
    pub role_arn: Option<String>,
    /// Session name.
    pub session_name: Option<String>,
    /// Time of issue.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub issued_at: Option<Timestamp>,
    /// Time of expiry.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// How the chain's root came by its credentials.
    pub mechanism: Mechanism,
    /// Cluster name.
    pub cluster: Option<String>,
    /// Cluster ARN.
    pub cluster_arn: Option<String>,
    /// Namespace.
    pub namespace: Option<String>,
    /// ServiceAccount.
    pub service_account: Option<String>,
    /// Pod name.
    pub pod: Option<String>,
    /// Trust in the workload.
    pub workload_class: Class,
    /// Trust in the pod.
    pub pod_class: Class,
    /// How the pod was found, or why none could be named; evidence against it follows a semicolon.
    pub pod_method: Option<String>,
    /// The session that asked for this one.
    pub parent_session_id: Option<String>,
    /// Role ARNs, root first.
    pub chain: Vec<String>,
    /// The event that issued the credentials.
    pub issue_event_id: Option<String>,
    /// How it was attributed.
    pub method: String,
    /// Counted calls made with it.
    pub calls: u64,
    /// Of these, denied.
    pub denied: u64,
    /// Time of the last call.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_call: Option<Timestamp>,
}

/// `GET /api/v1/sessions/{session_id}`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SessionDetail {
    /// The session.
    pub session: SessionRow,
    /// The chain, root first, this session last.
    pub hops: Vec<Hop>,
    /// Sessions that were asked for with this one's credentials.
    pub children: Vec<SessionRow>,
    /// Its calls, newest first, up to a limit.
    pub calls: Vec<EventRow>,
}

/// One step of a chain.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Hop {
    /// The session this step issued.
    pub session: SessionRow,
    /// The event that issued it, where it is in the lake.
    pub issue: Option<EventRow>,
}
