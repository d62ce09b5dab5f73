//! What each phrase of [`method`] means for the reader: who stands at the root, why no stronger class, and what an
//! inventory would add. One table; a test holds it against every phrase that there is.

use crate::answer::PartyKind;
use crate::lineage::{Class, Mechanism, method};

/// One phrase.
#[derive(Debug, Clone, Copy)]
pub struct Reason {
    /// The phrase.
    pub phrase: &'static str,
    /// Who stands at the root where no ServiceAccount is named.
    pub root: PartyKind,
    /// Why the workload is no more certain, as a sentence; absent where the phrase stands for an exact answer.
    pub why: Option<&'static str>,
    /// What an inventory would add, told where there is none.
    pub inventory: Option<&'static str>,
}

const fn exact(phrase: &'static str) -> Reason {
    Reason {
        phrase,
        root: PartyKind::Unknown,
        why: None,
        inventory: None,
    }
}

const fn reason(phrase: &'static str, root: PartyKind, why: &'static str) -> Reason {
    Reason {
        phrase,
        root,
        why: Some(why),
        inventory: None,
    }
}

const fn and_inventory(reason: Reason, inventory: &'static str) -> Reason {
    Reason {
        inventory: Some(inventory),
        ..reason
    }
}

/// Every phrase.
pub const REASONS: &[Reason] = &[
    exact(method::ACCESS_KEY),
    exact(method::PRINCIPAL_AND_TIME),
    exact(method::POD_IDENTITY_PRINCIPAL),
    exact(method::SHARED_EVENT),
    exact(method::ISSUED_CREDENTIALS),
    exact(method::TOKEN_SUBJECT),
    and_inventory(
        reason(
            method::INCOMING_TAGS,
            PartyKind::Unknown,
            "The tags came along with the caller's session, and nothing in the lake shows that EKS set them: whoever \
             may tag a session can set the same; the trail of the account that issued the first session would tell.",
        ),
        "With the trust policy of the first role, the tags are proof where it trusts EKS Pod Identity alone.",
    ),
    reason(
        method::PRINCIPAL_ALONE,
        PartyKind::Unknown,
        "The event does not say when its session began; every issue in the lake of a session of that name is for this \
         workload, but one that is not in the lake may be for another.",
    ),
    reason(
        method::ROLE_TRUST,
        PartyKind::Unknown,
        "The event that issued the credentials is not in the lake; the role's trust policy admits this ServiceAccount \
         alone, which shows who may hold them and not who did.",
    ),
    reason(
        method::ROLE_ANNOTATION,
        PartyKind::Unknown,
        "The event that issued the credentials is not in the lake; this ServiceAccount alone is annotated with the \
         role, which shows who is meant to hold them and not who did.",
    ),
    reason(
        method::ASSOCIATION,
        PartyKind::Unknown,
        "No issue in the lake names the workload, by tags; one Pod Identity association gives the role in the cluster \
         that the session's name begins with, and leaves this ServiceAccount as the only candidate.",
    ),
    reason(
        method::TARGET_ASSOCIATION,
        PartyKind::Unknown,
        "No issue in the lake names the workload, by tags; one Pod Identity association has the role as its target, \
         and leaves this ServiceAccount as the only candidate.",
    ),
    reason(
        method::INSTANCE,
        PartyKind::Node,
        "The credentials are the instance's: whatever runs on it can use them, and the event does not say what did.",
    ),
    reason(
        method::NODE_AGENT,
        PartyKind::Node,
        "An agent of the node made the call, with the node's own role: no ServiceAccount had a part in it.",
    ),
    reason(
        method::NODE_POD,
        PartyKind::Node,
        "The node's role was used by some pod of the node, or by who is logged in on it, and the event does not say by \
         whom.",
    ),
    reason(
        method::NODE_ONLY_POD,
        PartyKind::Node,
        "The node's role was used; the inventory knows one pod that was on the node then and has no role of its own, but \
         who was logged in on the node could use it as well.",
    ),
    reason(
        method::USER_KEY,
        PartyKind::User,
        "A long-lived key says whose it is and not who holds it: nothing in the event leads to a pod.",
    ),
    reason(
        method::USER_SESSION,
        PartyKind::User,
        "The credentials are a user's, from a sign-in or `sts:GetSessionToken`: no ServiceAccount had a part in them.",
    ),
    reason(
        method::USER,
        PartyKind::User,
        "The event names a user and no credentials: no ServiceAccount had a part in them.",
    ),
    reason(
        method::ROOT_USER,
        PartyKind::User,
        "The account's root user called: no ServiceAccount had a part in it.",
    ),
    reason(
        method::ASSUMED_ROOT,
        PartyKind::User,
        "The credentials are an account's root, assumed from another account: no ServiceAccount had a part in them.",
    ),
    reason(
        method::FEDERATED_USER,
        PartyKind::User,
        "The credentials were issued by `sts:GetFederationToken` for a user of somebody's own: no ServiceAccount had a \
         part in them.",
    ),
    reason(
        method::SAML,
        PartyKind::User,
        "The credentials were given for the word of a SAML identity provider, so to a person: no ServiceAccount had a \
         part in them.",
    ),
    reason(
        method::IDENTITY_CENTER,
        PartyKind::User,
        "The credentials were given by IAM Identity Center, so to a person: no ServiceAccount had a part in them.",
    ),
    and_inventory(
        reason(
            method::OTHER_PROVIDER,
            PartyKind::User,
            "The token is of an identity provider that is not known as a cluster's, so its subject is not taken for a \
             ServiceAccount.",
        ),
        "A self-managed cluster is known by its issuer once the inventory has it.",
    ),
    reason(
        method::LAMBDA,
        PartyKind::Service,
        "A Lambda function called: no ServiceAccount had a part in it.",
    ),
    reason(
        method::ECS_TASK,
        PartyKind::Service,
        "An ECS task called: no ServiceAccount had a part in it.",
    ),
    reason(
        method::AWS_SERVICE,
        PartyKind::Service,
        "An AWS service called, itself or by a role that it may assume: the event does not say for whom.",
    ),
    reason(
        method::SERVICE_LINKED_ROLE,
        PartyKind::Service,
        "An AWS service called by its service-linked role: the event does not say for whom.",
    ),
    and_inventory(
        reason(
            method::NO_ISSUE,
            PartyKind::Unknown,
            "The event that issued these credentials is not in the lake: it is older than the lake, stands in the trail \
             of another account or region, or was not delivered.",
        ),
        "With roles, associations and ServiceAccounts in the inventory, one candidate may be left.",
    ),
    reason(
        method::NO_ISSUE_SEVERAL,
        PartyKind::Unknown,
        "The event that issued these credentials is not in the lake, and by the inventory several ServiceAccounts may \
         have the role.",
    ),
    and_inventory(
        reason(
            method::UNTAGGED,
            PartyKind::Unknown,
            "EKS Pod Identity issued these credentials without session tags, so their issue names no workload, and no \
             association in the inventory fits.",
        ),
        "With the Pod Identity associations in the inventory, one candidate may be left.",
    ),
    reason(
        method::UNTAGGED_SEVERAL,
        PartyKind::Unknown,
        "EKS Pod Identity issued these credentials without session tags, and by the inventory several ServiceAccounts \
         may have the role.",
    ),
    reason(
        method::ISSUES_DISAGREE,
        PartyKind::Unknown,
        "The event names its session by principal and second, and in that second such sessions were issued for several \
         workloads.",
    ),
    reason(
        method::PRINCIPAL_DISAGREES,
        PartyKind::Unknown,
        "The event does not say when its session began, and sessions of that name were issued for several workloads.",
    ),
    reason(
        method::OTHER_ACCOUNT,
        PartyKind::Unknown,
        "The event names its caller by another account alone; that account's trail, which tells more, is not in the \
         lake.",
    ),
    reason(
        method::LOOP,
        PartyKind::Unknown,
        "By their issues in the lake, these sessions were asked for by each other: there is no root to be found.",
    ),
    reason(
        method::TOO_DEEP,
        PartyKind::Unknown,
        "The credentials were passed on more often than is followed.",
    ),
    reason(
        method::REFUSED,
        PartyKind::Service,
        "The request for credentials was refused before anything named a workload.",
    ),
    reason(
        method::NO_PROVIDER,
        PartyKind::Unknown,
        "The event does not name the issuer of the token, so its subject cannot be taken for a ServiceAccount of any \
         cluster.",
    ),
    reason(
        method::NOT_A_SERVICE_ACCOUNT,
        PartyKind::User,
        "The token is of the cluster, but its subject is no ServiceAccount.",
    ),
    reason(
        method::UNKNOWN_IDENTITY,
        PartyKind::Unknown,
        "The event names no identity of a known kind.",
    ),
];

/// What a phrase means.
#[must_use]
pub fn of(phrase: &str) -> Option<&'static Reason> {
    REASONS.iter().find(|reason| reason.phrase == phrase)
}

/// Why the workload is no more certain; nothing where it is exact.
#[must_use]
pub fn workload(phrase: &str, class: Class) -> Option<&'static str> {
    let general = match class {
        Class::Exact => return None,
        Class::Inferred => "No issue in the lake proves it; it is the only candidate that is left.",
        Class::Claimed => "It rests on a name or tag that the caller chose.",
        Class::None => "No credential issue, tag or inventory entry names a workload.",
    };
    Some(of(phrase).and_then(|reason| reason.why).unwrap_or(general))
}

/// One phrase of how a pod was found, or why none could be named, and why that is no more certain; absent where the
/// phrase stands for an exact answer.
pub const PODS: &[(&str, Option<&str>)] = &[
    (
        method::POD_TAGS,
        Some("The pod is named by tags that whoever may tag a session can set."),
    ),
    (method::POD_TOKEN_ID, None),
    (
        method::POD_ADDRESS,
        Some(
            "The issue names no pod; one pod of the ServiceAccount had the address that was seen, behind one of your own \
             VPC endpoints.",
        ),
    ),
    (
        method::POD_TOKEN,
        Some(
            "The issue does not say which token was exchanged; by the audit log one pod alone held one of the \
             ServiceAccount then.",
        ),
    ),
    (
        method::POD_ONLY,
        Some(
            "The issue names no pod; the inventory knows one alone of the ServiceAccount that lived then, and need not \
             know all.",
        ),
    ),
    (
        method::POD_PREFIX,
        Some(
            "The session's name holds the beginning of the pod's alone; the inventory knows one such pod of the \
             ServiceAccount that lived then, and need not know all.",
        ),
    ),
    (
        method::POD_ON_NODE,
        Some("Every pod on a node can use its role; the inventory knows one alone there without a role of its own."),
    ),
    (
        method::POD_NAME,
        Some("The session has the name of a pod that lived then, and whoever holds the token chooses that name."),
    ),
    (
        method::POD_SEVERAL,
        Some("Several pods of the ServiceAccount lived then, and nothing tells which of them it was."),
    ),
    (
        method::POD_UNKNOWN,
        Some("The issue names no pod, and no pod of the ServiceAccount is known that lived then."),
    ),
    (
        method::POD_TOKEN_BY_HAND,
        Some("A token of the ServiceAccount was in force that was issued for no pod, so it need not have been one."),
    ),
    (
        method::POD_DISAGREE,
        Some("The issues that the session may be of name different pods."),
    ),
];

/// What is appended to a phrase of [`PODS`] where other evidence contradicts it, and what that is.
pub const CONTRADICTIONS: &[(&str, &str)] = &[
    (
        method::POD_ELSEWHERE,
        "The session was also asked for or used from the address of another pod, or from another network.",
    ),
    (
        method::POD_OTHERWISE_NAMED,
        "The session is named after another live pod of the ServiceAccount.",
    ),
];

/// Why the pod is no more certain, and what contradicts it; nothing where it is exact, or where nothing hints at a pod.
#[must_use]
pub fn pod(phrase: Option<&str>, mechanism: Mechanism, class: Class, workload_class: Class) -> Vec<&'static str> {
    let phrase = phrase.unwrap_or_default();
    let told = PODS.iter().find(|(pod, _)| {
        phrase
            .strip_prefix(pod)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(';'))
    });
    let why = match told {
        Some((_, why)) if class != Class::Exact => *why,
        _ => without_phrase(mechanism, class, workload_class),
    };
    let contradictions = CONTRADICTIONS.iter().filter(|(added, _)| phrase.contains(added));
    why.into_iter().chain(contradictions.map(|(_, what)| *what)).collect()
}

/// The same where no phrase tells how the pod was found.
fn without_phrase(mechanism: Mechanism, class: Class, workload_class: Class) -> Option<&'static str> {
    match (class, mechanism) {
        (Class::Exact, _) => None,
        (Class::Inferred, _) => Some("Of the pod there is no word in the issue; it is the only one that fits."),
        (Class::Claimed, Mechanism::Irsa) => {
            Some("The session has the name of a pod that lived then, and whoever holds the token chooses that name.")
        }
        (Class::Claimed, _) => Some("The pod is named by tags that whoever may tag a session can set."),
        (Class::None, Mechanism::NodeRole) => {
            Some("Every pod on an instance can use its role, so the event leads to no one pod.")
        }
        (Class::None, _) if workload_class == Class::None => None,
        (Class::None, Mechanism::Irsa) => Some(
            "A token for IRSA names the ServiceAccount and no pod, and the session's name is that of no pod that is \
             known; with `AWS_ROLE_SESSION_NAME` set to the pod's name, it would be claimed.",
        ),
        (Class::None, Mechanism::PodIdentity) => {
            Some("The pod is named by session tags alone, and nothing in the lake shows those of this session.")
        }
        (Class::None, _) => Some("Nothing in the event names a pod."),
    }
}
