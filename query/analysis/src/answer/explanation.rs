//! Who stands behind an event, a session or a workload: the chain step by step, and what it rests on.

use podtrail_event::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{CoverageSummary, SessionRow};
use crate::lineage::{Class, Mechanism};

/// `GET /api/v1/explain/{id}`, `podtrail explain ID`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Explanation {
    /// What was asked about.
    pub subject: Subject,
    /// The ServiceAccount behind it; null where none can be named.
    pub workload: Option<WorkloadRef>,
    /// Pod name.
    pub pod: Option<String>,
    /// Pod uid.
    pub pod_uid: Option<String>,
    /// How the chain's root came by its credentials; of a workload, that of most of its sessions.
    pub mechanism: Mechanism,
    /// Trust in the workload; of a workload, the weakest of its calls.
    pub workload_class: Class,
    /// Trust in the pod; of a workload, the strongest of its sessions.
    pub pod_class: Class,
    /// The chain, root first. Of a workload: one chain after another, each begins at the ServiceAccount.
    pub steps: Vec<Step>,
    /// Why no stronger class: a sentence for the workload and one for the pod, each only where it is not exact.
    pub why_not_stronger: Vec<String>,
    /// The same in words, a line for each thing to know.
    pub text: Vec<String>,
    /// Of a workload: its newest sessions, newest first, up to a limit. Otherwise empty.
    pub sessions: Vec<SessionBrief>,
    /// Of a workload: its roles with their calls, most first. Otherwise empty.
    pub roles: Vec<RoleCalls>,
    /// Of a workload: by which methods its calls were attributed, most first. Otherwise empty.
    pub methods: Vec<MethodCalls>,
    /// How far the lake reaches.
    pub coverage: CoverageSummary,
}

/// What an explanation is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Subject {
    /// Its kind.
    pub kind: SubjectKind,
    /// Event id, session id, or `cluster/namespace/serviceaccount`.
    pub id: String,
    /// A title for people.
    pub title: String,
}

/// What can be explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// One API call.
    Event,
    /// One set of credentials.
    Session,
    /// One ServiceAccount.
    Workload,
}

/// A workload by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WorkloadRef {
    /// `cluster/namespace/serviceaccount`, with the cluster's ARN where its name is not unique.
    pub id: String,
    /// The cluster's name, issuer id or tagged name.
    pub cluster: Option<String>,
    /// The cluster's ARN.
    pub cluster_arn: Option<String>,
    /// Namespace.
    pub namespace: String,
    /// ServiceAccount.
    pub service_account: String,
}

/// One arrow of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Step {
    /// Who acts.
    pub from: Party,
    /// On whom, or what comes of it.
    pub to: Party,
    /// `sts:AssumeRoleWithWebIdentity`, `s3:GetObject`, `runs as`, …
    pub action: String,
    /// When; null where the event is not in the lake.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub at: Option<Timestamp>,
    /// The event that shows this step; null where none in the lake does.
    pub evidence_event_id: Option<String>,
    /// Trust in this step.
    pub class: Class,
    /// By what it is known, a phrase as in `activity.method`.
    pub method: String,
    /// The step as a sentence.
    pub text: String,
}

/// An end of an arrow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Party {
    /// Its kind.
    pub kind: PartyKind,
    /// A short name for people.
    pub label: String,
    /// Workload id, pod uid, ARN, session id or service host, by kind; null where none is known.
    pub id: Option<String>,
    /// Of a session: the ARN of its role.
    pub role_arn: Option<String>,
}

/// What an end of an arrow is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    /// A Kubernetes ServiceAccount.
    ServiceAccount,
    /// A pod.
    Pod,
    /// An EC2 instance.
    Node,
    /// An IAM user or a person.
    User,
    /// An AWS service.
    Service,
    /// A role.
    Role,
    /// A role's session.
    Session,
    /// Nobody that could be named.
    Unknown,
}

/// A session of a workload, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SessionBrief {
    /// Session id.
    pub session_id: String,
    /// Its role.
    pub role_arn: Option<String>,
    /// Session name.
    pub session_name: Option<String>,
    /// Time of issue.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub issued_at: Option<Timestamp>,
    /// Pod name.
    pub pod: Option<String>,
    /// Trust in the pod.
    pub pod_class: Class,
    /// How the pod was found, or why none could be named.
    pub pod_method: Option<String>,
    /// Calls made with it.
    pub calls: u64,
}

impl From<SessionRow> for SessionBrief {
    fn from(row: SessionRow) -> Self {
        Self {
            session_id: row.session_id,
            role_arn: row.role_arn,
            session_name: row.session_name,
            issued_at: row.issued_at,
            pod: row.pod,
            pod_class: row.pod_class,
            pod_method: row.pod_method,
            calls: row.calls,
        }
    }
}

/// A role of a workload with the calls made through it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RoleCalls {
    /// The role.
    pub role_arn: String,
    /// Counted calls that passed authorisation.
    pub calls: u64,
    /// Counted calls that were denied.
    pub denied: u64,
    /// Time of the last call.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen: Option<Timestamp>,
}

/// A method of attribution with its calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MethodCalls {
    /// The phrase, as in `activity.method`.
    pub method: String,
    /// The class of these calls.
    pub class: Class,
    /// Counted calls.
    pub calls: u64,
}
