//! Events with their attribution.

use podtrail_event::time::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::lineage::{Class, Mechanism};
use crate::usage::Outcome;

/// One row of `GET /api/v1/events`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EventRow {
    /// `eventID`.
    pub event_id: String,
    /// `eventTime`.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub event_time: Option<Timestamp>,
    /// The account whose trail holds it.
    pub recipient_account_id: Option<String>,
    /// Region.
    pub aws_region: Option<String>,
    /// `s3.amazonaws.com`.
    pub event_source: Option<String>,
    /// `GetObject`.
    pub event_name: Option<String>,
    /// What became of the call.
    pub outcome: Outcome,
    /// What IAM checked.
    pub actions: Vec<String>,
    /// On what.
    pub resources: Vec<String>,
    /// The role whose credentials were used.
    pub role_arn: Option<String>,
    /// The session.
    pub session_id: Option<String>,
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
    /// How it was attributed, or why it could not be.
    pub method: String,
    /// The event that proves the attribution.
    pub evidence_event_id: Option<String>,
    /// False for the second record of one use.
    pub counted: bool,
    /// `errorCode`.
    pub error_code: Option<String>,
}

/// `GET /api/v1/events/{event_id}`: one of the (at most few) records of that id.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct EventDetail {
    /// The row.
    pub event: EventRow,
    /// Role ARNs of the chain, root first.
    pub chain: Vec<String>,
    /// The record's columns as stored, redacted, with the JSON columns opened.
    #[schema(value_type = Object)]
    pub record: Value,
    /// In words: who, by what evidence, why not a stronger class.
    pub explanation: Vec<String>,
}
