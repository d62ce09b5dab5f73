//! The phrases of `method`: how a workload was found, or why it could not be. Stable: people filter by them.

// How a call was tied to its workload, strongest first. Class `exact` unless another is named.

/// The caller's access key is the issued one.
pub const ACCESS_KEY: &str = "access key";
/// The caller's principal id and session creation time are those of the issue, to the second.
pub const PRINCIPAL_AND_TIME: &str = "principal id and creation time";
/// The caller's principal id is that of one Pod Identity session; its random UUID makes it unique.
pub const POD_IDENTITY_PRINCIPAL: &str = "principal id of a pod identity session";
/// The same event in another account's trail names its caller.
pub const SHARED_EVENT: &str = "shared event";
/// The event is itself the issue of a workload's credentials.
pub const ISSUED_CREDENTIALS: &str = "issued credentials";
/// The event itself names the subject of the token that STS was given; nothing was issued.
pub const TOKEN_SUBJECT: &str = "subject of the token";
/// Tags that the caller's session brought along: `exact` where only EKS can have set them, else `claimed`.
pub const INCOMING_TAGS: &str = "incoming transitive tags";
/// `inferred`: every issue in the lake with the caller's principal id is for one workload.
pub const PRINCIPAL_ALONE: &str = "principal id";
/// `inferred`: the role's trust policy admits one ServiceAccount of the issuer.
pub const ROLE_TRUST: &str = "only service account in the role's trust policy";
/// `inferred`: one ServiceAccount of the cluster is annotated with the role.
pub const ROLE_ANNOTATION: &str = "only service account annotated with the role";
/// `inferred`: one Pod Identity association gives the role in the cluster that the session's name begins with.
pub const ASSOCIATION: &str = "association of the role";
/// `inferred`: one Pod Identity association has the role as its target.
pub const TARGET_ASSOCIATION: &str = "association with the target role";

// How a pod was found: `pod_method`, strongest first.

/// `exact`: the tags with which EKS Pod Identity issued the session, or a session before it; as sure as they are.
pub const POD_TAGS: &str = "tags of the session";
/// `exact`: the audit log names the pod that the exchanged token was issued for, by the token's id.
pub const POD_TOKEN_ID: &str = "id of the token";
/// `inferred`: one pod of the ServiceAccount had the address, behind one of the user's own VPC endpoints, all through
/// the time in which it was seen.
pub const POD_ADDRESS: &str = "address of the pod";
/// `inferred`: by the audit log one pod held a token of the ServiceAccount then, and no other is known to have lived.
pub const POD_TOKEN: &str = "only pod with a token of the service account";
/// `inferred`: the inventory knows one pod of the ServiceAccount that lived then.
pub const POD_ONLY: &str = "only pod of the service account";
/// `inferred`: the same, of those whose name begins as the Pod Identity session's says.
pub const POD_PREFIX: &str = "only pod of the service account with that beginning";
/// `inferred`: see [`NODE_ONLY_POD`].
pub const POD_ON_NODE: &str = "only pod on the node without a role of its own";
/// `claimed`: the session is named after a live pod of the ServiceAccount; whoever holds the token chose the name.
pub const POD_NAME: &str = "session named after the pod";
/// No pod: several lived then.
pub const POD_SEVERAL: &str = "several pods of the service account";
/// No pod: none is known that lived then.
pub const POD_UNKNOWN: &str = "no pod of the service account is known";
/// No pod: a token of the ServiceAccount was in force that was issued for no pod.
pub const POD_TOKEN_BY_HAND: &str = "a token was issued for no pod";
/// No pod: the issues that the session may be of name different ones.
pub const POD_DISAGREE: &str = "issues name different pods";
/// Appended: the session was asked for or used from the address of another pod too, or from another network.
pub const POD_ELSEWHERE: &str = "; also used from another address";
/// Appended: the session is named after another live pod of the ServiceAccount.
pub const POD_OTHERWISE_NAMED: &str = "; the session is named after another pod";

// What the credentials are, where no workload stands behind them or it cannot be told. Class `none`.

/// An instance's role, in a call that an agent of the node makes.
pub const NODE_AGENT: &str = "node agent";
/// A node's role, in a call that no agent of the node makes: some pod of the node, or who is logged in on it.
pub const NODE_POD: &str = "pod on this node";
/// `inferred`: as [`NODE_POD`], and the inventory knows one pod that was on the node then whose ServiceAccount has no
/// role of its own, the node's agents left out.
pub const NODE_ONLY_POD: &str = "only pod on this node without a role of its own";
/// An EC2 instance's role; of the session, whoever used it, and of calls by an instance that is not known to be a node.
pub const INSTANCE: &str = "credentials of an ec2 instance";
/// A long-lived access key.
pub const USER_KEY: &str = "access key of an iam user";
/// Console sign-in or `sts:GetSessionToken`.
pub const USER_SESSION: &str = "temporary credentials of an iam user";
/// An IAM user without any access key in the event, as in console sign-in events.
pub const USER: &str = "iam user";
/// The account's root user.
pub const ROOT_USER: &str = "root user";
/// `sts:AssumeRoot`.
pub const ASSUMED_ROOT: &str = "assumed root";
/// `sts:GetFederationToken`.
pub const FEDERATED_USER: &str = "federated user";
/// `sts:AssumeRoleWithSAML`.
pub const SAML: &str = "saml identity provider";
/// IAM Identity Center.
pub const IDENTITY_CENTER: &str = "iam identity center";
/// An OpenID Connect provider other than a cluster's.
pub const OTHER_PROVIDER: &str = "identity provider that is not eks";
/// A Lambda function.
pub const LAMBDA: &str = "lambda function";
/// An ECS task.
pub const ECS_TASK: &str = "ecs task";
/// An AWS service, itself or through a role that it assumed.
pub const AWS_SERVICE: &str = "aws service";
/// A session of a service-linked role.
pub const SERVICE_LINKED_ROLE: &str = "service-linked role";

// Why nothing can be told. Class `none`.

/// The issue of these credentials is not in the lake, and the inventory does not help.
pub const NO_ISSUE: &str = "no issue in the lake";
/// As [`NO_ISSUE`], and the inventory leaves several candidates.
pub const NO_ISSUE_SEVERAL: &str = "no issue in the lake, several candidates in the inventory";
/// Issued by Pod Identity without session tags; no association in the inventory fits.
pub const UNTAGGED: &str = "issued without tags, no association in the inventory";
/// Issued by Pod Identity without session tags; several associations fit.
pub const UNTAGGED_SEVERAL: &str = "issued without tags, several associations in the inventory";
/// Several issues of that second have that principal id, for different workloads.
pub const ISSUES_DISAGREE: &str = "several issues in that second disagree";
/// Several issues have that principal id, for different workloads; the event does not say when its session began.
pub const PRINCIPAL_DISAGREES: &str = "several workloads had that principal id";
/// The caller is known by its account and principal id only, and nothing in the lake says more.
pub const OTHER_ACCOUNT: &str = "caller of another account";
/// The chain of sessions comes back to itself.
pub const LOOP: &str = "chain of sessions loops";
/// The chain of sessions has more than [`MAX_HOPS`](super::MAX_HOPS) hops.
pub const TOO_DEEP: &str = "chain of sessions too long";
/// EKS Pod Identity or EC2 asked for a role's credentials and was refused.
pub const REFUSED: &str = "refused, nothing was issued";
/// The holder of a token whose issuer the event does not name.
pub const NO_PROVIDER: &str = "token of an unnamed issuer";
/// A cluster's issuer, and a subject that is no ServiceAccount.
pub const NOT_A_SERVICE_ACCOUNT: &str = "subject is not a service account";
/// The event names no identity of a known kind.
pub const UNKNOWN_IDENTITY: &str = "unknown identity";
