//! The values lineage takes and gives.

use podtrail_event::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::TokenRequest;

/// How far an attribution can be trusted, strongest first. A weaker one never replaces a stronger one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Joined to one credential issue, or carries a pod's transitive tags that can be trusted.
    Exact,
    /// No issue in the lake, or one without tags; inventory or history leave exactly one candidate.
    Inferred,
    /// Rests on a name or tag that the caller chose.
    Claimed,
    /// Not attributed; the method says why.
    None,
}

/// How a caller came by its credentials. A chained session keeps its root's mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mechanism {
    /// IAM Roles for Service Accounts: `sts:AssumeRoleWithWebIdentity` with an EKS issuer's token.
    Irsa,
    /// EKS Pod Identity: `sts:AssumeRole` by `pods.eks.amazonaws.com`.
    PodIdentity,
    /// An EC2 instance's role; whether the instance is a cluster's node is the inventory's to say.
    NodeRole,
    /// A long-lived access key of an IAM user.
    StaticKey,
    /// Anything else: people, other services, other identity providers.
    Other,
}

/// The caller of an event as the event names it, [reduced](Caller::reduced) to what tells callers apart: the
/// distinct combination of these columns over all events is what lineage resolves, once each. All fields may be
/// absent; none is an empty text.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Caller {
    /// `userIdentity.type`.
    pub identity_type: Option<String>,
    /// `userIdentity.principalId`.
    pub principal_id: Option<String>,
    /// `userIdentity.arn`.
    pub identity_arn: Option<String>,
    /// `userIdentity.accountId`.
    pub identity_account_id: Option<String>,
    /// `userIdentity.accessKeyId`.
    pub access_key_id: Option<String>,
    /// `userIdentity.userName`; for web identities the token's subject.
    pub user_name: Option<String>,
    /// `userIdentity.invokedBy`.
    pub invoked_by: Option<String>,
    /// `sessionContext.sessionIssuer.arn`: the role with its path.
    pub issuer_arn: Option<String>,
    /// `sessionContext.sessionIssuer.principalId`.
    pub issuer_id: Option<String>,
    /// The session's name.
    pub session_name: Option<String>,
    /// `sessionContext.attributes.creationDate`.
    pub session_created: Option<Timestamp>,
    /// `webIdFederationData.federatedProvider`, or the token's identity provider.
    pub federated_provider: Option<String>,
    /// `sessionContext.ec2RoleDelivery`: `1.0` (IMDSv1) or `2.0` (IMDSv2).
    pub ec2_role_delivery: Option<String>,
    /// `sharedEventID`, kept only for callers of type `AWSAccount`, who can be resolved by nothing else.
    pub shared_event_id: Option<String>,
    /// The access key that the event issues, kept only for `sts:AssumeRole*` by a caller that is not
    /// itself a session or a user: the event is attributed to the workload that it issues for.
    pub issued_access_key_id: Option<String>,
    /// The role asked for, kept in the same cases; it names the role of a denied issue.
    pub requested_role_arn: Option<String>,
    /// The account whose trail holds the events, kept only where the caller names no account.
    pub recipient_account_id: Option<String>,
    /// The [agent of a Kubernetes node](super::node_agent()) that makes such a call, kept only for the credentials of
    /// an EC2 instance: they are the node's, its agents' and its pods' alike.
    pub node_agent: Option<String>,
}

/// One `sts:AssumeRole*` record, successful or not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StsCall {
    /// `eventID`.
    pub event_id: String,
    /// `eventTime`; equal to the issued session's `creationDate`.
    pub event_time: Option<Timestamp>,
    /// `eventName`: `AssumeRole`, `AssumeRoleWithWebIdentity`, `AssumeRoleWithSAML`, `AssumeRoot`.
    pub event_name: String,
    /// The account whose trail holds this record.
    pub recipient_account_id: Option<String>,
    /// `errorCode`; present: nothing was issued.
    pub error_code: Option<String>,
    /// `sharedEventID`: the same call's record in the other account.
    pub shared_event_id: Option<String>,
    /// Who asked: [reduced](Caller::reduced), the same as in [`Evidence::callers`].
    pub caller: Caller,
    /// `requestParameters` as JSON text.
    pub request_parameters: Option<String>,
    /// `responseElements` as JSON text, without the session token.
    pub response_elements: Option<String>,
}

/// A record that shares its event with another account's trail: one use, two records.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SharedCall {
    /// `sharedEventID`.
    pub shared_event_id: String,
    /// `eventID` of this record.
    pub event_id: String,
    /// Who called, as this record says.
    pub caller: Caller,
}

/// From where a caller called: the distinct addresses of its events.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallerSource {
    /// [`caller_key`](super::caller_key) of the caller.
    pub caller_key: String,
    /// `sourceIPAddress`; not always an address.
    pub source_ip: Option<String>,
    /// `vpcEndpointId`.
    pub vpc_endpoint_id: Option<String>,
    /// Time of the first such event.
    pub first_seen: Option<Timestamp>,
    /// Time of the last one.
    pub last_seen: Option<Timestamp>,
}

/// Everything lineage needs to know of the log. The order of the vectors never matters.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Every distinct caller.
    pub callers: Vec<Caller>,
    /// Every `sts:AssumeRole*` record.
    pub sts_calls: Vec<StsCall>,
    /// The records of shared events whose caller is known better than by its account
    /// (type other than `AWSAccount`), for each shared event that also has a record with type `AWSAccount`.
    /// Records in `sts_calls` need not be repeated here.
    pub shared_calls: Vec<SharedCall>,
    /// From where the callers called; it tells pods apart. Of callers with the credentials of an instance all must be
    /// given, or none: they also say when these were used. Of others, those through VPC endpoints are enough.
    pub sources: Vec<CallerSource>,
    /// Tokens that pods were given, from the Kubernetes audit log.
    pub token_requests: Vec<TokenRequest>,
}

/// A cluster, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClusterRef {
    /// The EKS name where the inventory knows it, else the OIDC issuer id or, from tags, the tagged name.
    pub name: Option<String>,
    /// The cluster's ARN, from tags or the inventory.
    pub arn: Option<String>,
    /// Account id: of the ARN, else of the role that the issuer's token was exchanged for.
    pub account: Option<String>,
    /// Region: of the ARN, else of the issuer's host.
    pub region: Option<String>,
}

/// Who a caller is: one row per [`Caller`].
#[derive(Debug, Clone, PartialEq)]
pub struct Attribution {
    /// [`caller_key`](super::caller_key) of the caller.
    pub caller_key: String,
    /// The session whose credentials were used; set when the credentials are known, issue seen or not. An
    /// exchange of a token, and an issue by a service, use no credentials: they have none, though they are
    /// attributed to the workload that they issue for (that session's `issue_event_id` names the event).
    pub session_id: Option<String>,
    /// The role whose credentials were used (session issuer, with its path); of events that use none, the role
    /// that was asked for.
    pub role_arn: Option<String>,
    /// How the root session of the chain came by its credentials.
    pub mechanism: Mechanism,
    /// The workload's cluster.
    pub cluster: ClusterRef,
    /// Kubernetes namespace.
    pub namespace: Option<String>,
    /// Kubernetes ServiceAccount.
    pub service_account: Option<String>,
    /// Pod name.
    pub pod: Option<String>,
    /// Pod uid.
    pub pod_uid: Option<String>,
    /// Trust in cluster + namespace + ServiceAccount.
    pub workload_class: Class,
    /// Trust in the pod.
    pub pod_class: Class,
    /// How the pod was found, or why none could be named, as a short stable phrase; absent where there is no workload.
    /// Evidence that contradicts it, though it is no stronger, follows a semicolon.
    pub pod_method: Option<String>,
    /// How the workload was found, or why it could not be, as a short stable phrase.
    pub method: String,
    /// The event that proves it: the credential issue at the chain's root, which names the workload or says
    /// what else stands there. For a refused token, which STS itself names in the event, the smallest
    /// (time, id) of the events with this caller: each of them is its own evidence.
    pub evidence_event_id: Option<String>,
    /// Role ARNs, root first, ending with `role_arn`.
    pub chain: Vec<String>,
}

/// One session: issued credentials, or credentials seen in use whose issue is not in the lake.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The access key id; without one, `principal id@creation time`.
    pub session_id: String,
    /// Access key id.
    pub access_key_id: Option<String>,
    /// `AROA…:session name`.
    pub principal_id: Option<String>,
    /// The assumed role, with its path where known.
    pub role_arn: Option<String>,
    /// Session name.
    pub session_name: Option<String>,
    /// Time of issue.
    pub issued_at: Option<Timestamp>,
    /// Time of expiry, as issued, else issue + duration.
    pub expires_at: Option<Timestamp>,
    /// As in [`Attribution`].
    pub mechanism: Mechanism,
    /// As in [`Attribution`].
    pub cluster: ClusterRef,
    /// As in [`Attribution`].
    pub namespace: Option<String>,
    /// As in [`Attribution`].
    pub service_account: Option<String>,
    /// As in [`Attribution`].
    pub pod: Option<String>,
    /// As in [`Attribution`].
    pub pod_uid: Option<String>,
    /// As in [`Attribution`].
    pub workload_class: Class,
    /// As in [`Attribution`].
    pub pod_class: Class,
    /// As in [`Attribution`].
    pub pod_method: Option<String>,
    /// The session that asked for this one.
    pub parent_session_id: Option<String>,
    /// Role ARNs, root first.
    pub chain: Vec<String>,
    /// The `sts:AssumeRole*` event that issued it: the smallest (time, id) where several records tell of it.
    pub issue_event_id: Option<String>,
    /// As in [`Attribution`].
    pub method: String,
}

/// What lineage found; both vectors sorted by their key.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Lineage {
    /// Every session.
    pub sessions: Vec<Session>,
    /// One row for each distinct caller of the evidence.
    pub attributions: Vec<Attribution>,
}
