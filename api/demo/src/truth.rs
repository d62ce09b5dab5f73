//! What really happened: the answers that the product must find in the files.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// How a session's root got its credentials. The same words as the product's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mechanism {
    /// IAM roles for service accounts.
    Irsa,
    /// EKS Pod Identity.
    PodIdentity,
    /// An EC2 instance's role.
    NodeRole,
    /// Long-lived keys of an IAM user.
    StaticKey,
    /// Everything else: people, services, other identity providers.
    Other,
}

/// How strong the evidence in the files is. The same words as the product's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Joined to one credential issue.
    Exact,
    /// Inventory leaves one candidate.
    Inferred,
    /// Rests on a name or tag that the caller chose.
    Claimed,
    /// Not to be attributed.
    None,
}

/// What the product must say of one event. A field that is `null` beside a class other than `none`, and a
/// `mechanism`, class or `session_id` that is `null`, is not stated: the files leave it open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventTruth {
    /// The record's `eventID`; `null` for a record that has none.
    pub event_id: Option<String>,
    /// The account whose trail holds the record; `null` when the record does not say.
    pub recipient_account_id: Option<String>,
    /// How the root session got its credentials.
    pub mechanism: Option<Mechanism>,
    /// The cluster's name; of a deleted one, which no inventory names, the issuer id.
    pub cluster: Option<String>,
    /// The EKS cluster's ARN, where tags or the inventory name it.
    pub cluster_arn: Option<String>,
    /// The Kubernetes namespace.
    pub namespace: Option<String>,
    /// The ServiceAccount's name.
    pub service_account: Option<String>,
    /// The pod's name, where `pod_class` is not `none`.
    pub pod: Option<String>,
    /// The class of cluster, namespace and ServiceAccount.
    pub workload_class: Option<Class>,
    /// The class of the pod.
    pub pod_class: Option<Class>,
    /// The access key of the credentials that made the call, also where the record itself leaves it out.
    pub session_id: Option<String>,
    /// False for the second record of one use.
    pub counted: bool,
    /// Who really did it (`cluster/namespace/serviceaccount`), whether or not the files can show it.
    pub actual: Option<String>,
    /// The way to the credentials: a row of the accuracy table.
    pub variant: String,
    /// The situations that the event stands for.
    pub situations: Vec<String>,
}

/// Calls of one action by one role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionTruth {
    /// Counted calls.
    pub calls: u64,
    /// The ARNs that IAM checked, or `*`.
    pub resources: BTreeSet<String>,
}

/// One workload, and what the files show of it with class `exact` or `inferred`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkloadTruth {
    /// The cluster's name; of a deleted one, which no inventory names, the issuer id.
    pub cluster: String,
    /// The EKS cluster's ARN, where the inventory names it.
    pub cluster_arn: Option<String>,
    /// The Kubernetes namespace.
    pub namespace: String,
    /// The ServiceAccount's name.
    pub service_account: String,
    /// How it gets its credentials.
    pub mechanism: Mechanism,
    /// Counted calls that the files attribute to it, issues of its credentials left out.
    pub calls: u64,
    /// Per role ARN and action: calls that passed authorisation.
    pub used: BTreeMap<String, BTreeMap<String, ActionTruth>>,
    /// Per role ARN and action: calls that were refused.
    pub denied: BTreeMap<String, BTreeMap<String, ActionTruth>>,
}

/// A file that cannot be read whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenFile {
    /// Its path in the estate's folder.
    pub path: String,
    /// Records in it that can still be read. They are among the totals.
    pub readable: u64,
    /// Rejects that it must give.
    pub rejects: u64,
}

/// The estate's totals and workloads: the content of `truth.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// The seed that it was made from.
    pub seed: u64,
    /// Start of the trail, `YYYY-MM-DDThh:mm:ssZ`.
    pub from: String,
    /// End of the trail.
    pub to: String,
    /// Readable records in all files, copies included.
    pub records: u64,
    /// Distinct events by (`eventID`, `recipientAccountId`).
    pub distinct: u64,
    /// Copies: `records - distinct`.
    pub duplicates: u64,
    /// Rejects that the broken files must give.
    pub rejects: u64,
    /// The broken files.
    pub broken: Vec<BrokenFile>,
    /// How many distinct events stand for each situation.
    pub situations: BTreeMap<String, u64>,
    /// Every ServiceAccount of the estate that has or uses AWS credentials.
    pub workloads: Vec<WorkloadTruth>,
    /// What is in the Kubernetes audit log.
    pub audit: AuditTruth,
    /// What a review must find; more may be true.
    pub findings: Vec<FindingTruth>,
}

/// The Kubernetes audit log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditTruth {
    /// Events in the files: each request when it was received, and when it was answered.
    pub records: u64,
    /// Events that are stored: those of the answers.
    pub stored: u64,
}

/// One thing that a review must find.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FindingTruth {
    /// The kind, by the product's name.
    pub kind: String,
    /// What it is about: a role's ARN, `cluster/namespace/serviceaccount`, an access key id or an instance id.
    pub about: String,
}
