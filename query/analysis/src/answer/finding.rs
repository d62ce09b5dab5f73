//! Findings: what is wrong or worth knowing, with its evidence and what to do about it.

use podtrail_event::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// How bad a finding is, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The log shows credentials in use where what they were issued for is not.
    Critical,
    /// The log suggests misuse, or somebody other than the workload can take its permissions without any further right.
    High,
    /// It takes one more step to misuse, or something that is configured does not work.
    Medium,
    /// More than is needed: tidy up.
    Low,
    /// To know; nothing need be wrong.
    Info,
}

/// What a finding is about. The names are stable: reports and filters are built on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A workload's session was used from a place where its cluster is not.
    SessionUsedElsewhere,
    /// A pod's session was used after the pod's end.
    SessionAfterPodEnd,
    /// A node's session was used off its instance.
    NodeSessionElsewhere,
    /// A ServiceAccount's token was exchanged outside its cluster.
    TokenExchangedElsewhere,
    /// A pod's token was given to EKS by the command line, not by the agent.
    CliPodIdentityCall,
    /// A token was exchanged for a role that the ServiceAccount is not annotated with.
    HandMadeToken,
    /// A user's access key was used from a cluster's addresses.
    StaticKeyFromCluster,
    /// A node's role was used for what no node agent does.
    NodeRoleFallback,
    /// Instance credentials without IMDSv2.
    ImdsV1,
    /// Pods can reach the instance's credentials.
    ImdsHopLimit,
    /// Every ServiceAccount of a cluster may assume the role.
    TrustWithoutSub,
    /// The trusted subject has wildcards.
    TrustWildcardSub,
    /// A wildcard stands where it is taken literally.
    TrustLiteralWildcard,
    /// A token for any audience is accepted.
    TrustWithoutAud,
    /// A role trusts an issuer of no known cluster.
    OrphanedIssuer,
    /// A role trusts an OIDC provider that does not exist.
    MissingOidcProvider,
    /// Any cluster's associations can use the role.
    PodIdentityTrustOpen,
    /// Several workloads share a role.
    SharedRole,
    /// A workload's role is for people or services too.
    MixedUse,
    /// The ServiceAccount `default` has a role.
    DefaultServiceAccount,
    /// The trust policy asks for tags that the association disables.
    SessionTagsDisabled,
    /// A ServiceAccount or association names a role that does not exist.
    MissingRole,
    /// A ServiceAccount or association names a role that does not trust it.
    RoleNotTrusting,
    /// IRSA and Pod Identity are both configured or both used.
    BothMechanisms,
    /// A ServiceAccount has a role and is not used.
    DeadServiceAccount,
    /// An association is not used.
    DeadAssociation,
    /// The inventory says two things of one object.
    ContradictingInventory,
    /// A policy grants by wildcard.
    WildcardGrant,
    /// Most of what is granted is not used.
    UnusedPermissions,
    /// Calls were refused.
    DeniedDemand,
    /// A workload reaches further roles by assuming them.
    RoleChain,
    /// Another account's roles trust the cluster.
    ExternalTrust,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// `<kind>-<12 hexadecimal digits>`: follows from kind and subject alone, so it stays when evidence is added.
    pub id: String,
    /// What it is about.
    pub kind: FindingKind,
    /// How bad it is.
    pub severity: Severity,
    /// One line.
    pub title: String,
    /// The ARN, access key id, instance id or workload that it is about.
    pub subject: String,
    /// The account of the subject.
    pub account: Option<String>,
    /// The cluster concerned: its name, else its issuer id.
    pub cluster: Option<String>,
    /// Workloads concerned, sorted.
    pub workloads: Vec<String>,
    /// Roles concerned, by ARN, sorted.
    pub roles: Vec<String>,
    /// What can happen, or what happened, in plain words.
    pub why: String,
    /// What it rests on.
    pub evidence: Vec<FindingEvidence>,
    /// Time of the first event that shows it; null where configuration alone does.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_seen: Option<Timestamp>,
    /// Time of the last such event.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen: Option<Timestamp>,
    /// What to do.
    pub remedy: Remedy,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct FindingEvidence {
    /// An event that shows it; null where it comes from the inventory.
    pub event_id: Option<String>,
    /// What it shows.
    pub text: String,
}

/// What to do about a finding. Podtrail does none of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Remedy {
    /// In words.
    pub summary: String,
    /// Commands for a POSIX shell.
    pub command: Option<String>,
    /// A document to put in the place of another.
    pub patch: Option<Value>,
    /// What the document replaces.
    pub patch_of: Option<String>,
}

/// How many findings there are of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct SeverityCounts {
    /// Critical ones.
    pub critical: u64,
    /// High ones.
    pub high: u64,
    /// Medium ones.
    pub medium: u64,
    /// Low ones.
    pub low: u64,
    /// Those to know.
    pub info: u64,
}

impl SeverityCounts {
    /// Counts findings.
    pub fn of<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Self {
        let mut counts = Self::default();
        for finding in findings {
            let count = match finding.severity {
                Severity::Critical => &mut counts.critical,
                Severity::High => &mut counts.high,
                Severity::Medium => &mut counts.medium,
                Severity::Low => &mut counts.low,
                Severity::Info => &mut counts.info,
            };
            *count += 1;
        }
        counts
    }
}
