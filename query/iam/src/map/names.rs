//! From an event's source and name to action names: host aliases, exceptions, API-version suffixes, identity.

use std::collections::HashMap;
use std::sync::OnceLock;

use crate::catalog::catalog;

static HOSTS: &str = include_str!("../../data/hosts.tsv");
static EXCEPTIONS: &str = include_str!("../../data/exceptions.tsv");

/// Calls that need no permission in a policy: prefix, names (`*`: all that have no action of their name), why.
/// Source: the API references; what botocore's models say is signed with a token, or not at all.
const WITHOUT_PERMISSION: &[(&str, &[&str], &str)] = &[
    ("codecatalyst", &["*"], "authorised by the user's CodeCatalyst token"),
    (
        "cognito-idp",
        &[
            "CompleteWebAuthnRegistration",
            "DeleteWebAuthnCredential",
            "GetUserAuthFactors",
            "ListWebAuthnCredentials",
            "StartWebAuthnRegistration",
        ],
        "authorised by the user's access token",
    ),
    (
        "cognito-idp",
        &["GetClientToken"],
        "authorised by the app client's secret",
    ),
    ("dynamodb", &["DescribeEndpoints"], "needs no permission"),
    (
        // Amazon Connect's participant service signs as `execute-api`.
        "execute-api",
        &[
            "CancelParticipantAuthentication",
            "CompleteAttachmentUpload",
            "CreateParticipantConnection",
            "DescribeView",
            "DisconnectParticipant",
            "GetAttachment",
            "GetAuthenticationUrl",
            "GetTranscript",
            "SendEvent",
            "SendMessage",
            "StartAttachmentUpload",
        ],
        "authorised by the participant's token",
    ),
    (
        "sso",
        &["GetRoleCredentials", "ListAccountRoles", "ListAccounts", "Logout"],
        "authorised by the user's access token",
    ),
    (
        "sso-oauth",
        &["CreateToken", "RegisterClient", "StartDeviceAuthorization"],
        "needs no permission",
    ),
    ("sts", &["GetCallerIdentity", "GetSessionToken"], "needs no permission"),
    (
        "sts",
        &["AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"],
        "the role's trust policy alone decides",
    ),
];

/// The IAM prefix for an event source, as `monitoring.amazonaws.com` → `cloudwatch`; none if no such service is known.
pub(crate) fn prefix(event_source: &str) -> Option<&'static str> {
    let host = event_source.trim();
    let label = host
        .strip_suffix(".amazonaws.com")
        .or_else(|| host.strip_suffix(".amazonaws.com.cn"))
        .unwrap_or(host);
    let name = hosts().get(label).copied().unwrap_or(label);
    catalog().service(name).map(|s| s.prefix)
}

/// Why the call needs no permission in an identity policy, if it needs none.
pub(crate) fn without_permission(prefix: &str, event_name: &str) -> Option<&'static str> {
    let covered = |names: &&[&str]| match *names {
        &["*"] => actions(prefix, event_name).is_empty(),
        names => names.contains(&event_name),
    };
    WITHOUT_PERMISSION
        .iter()
        .find(|(p, names, _)| *p == prefix && covered(names))
        .map(|(_, _, why)| *why)
}

/// The event's name without an API version, as `CreateFunction20150331v2` → `CreateFunction`. Only names that mean
/// nothing as they stand are cut: `kafka:CreateClusterV2` is an action of its own.
pub(crate) fn operation<'n>(prefix: &str, event_name: &'n str) -> &'n str {
    if !actions(prefix, event_name).is_empty() || crate::catalog::operations().get(prefix, event_name).is_some() {
        return event_name;
    }
    version_start(event_name)
        .and_then(|at| event_name.get(..at))
        .unwrap_or(event_name)
}

/// Where `\d{8}(v\d+)?$` or `\d{4}_\d{2}_\d{2}$` begins.
fn version_start(name: &str) -> Option<usize> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let tail = |from: usize| Some((from, name.get(from..)?));
    if let Some((at, text)) = name.len().checked_sub(10).and_then(tail) {
        let parts: Vec<&str> = text.split('_').collect();
        if let [year, month, day] = parts.as_slice()
            && [year.len(), month.len(), day.len()] == [4, 2, 2]
            && parts.iter().all(|p| digits(p))
        {
            return (at > 0).then_some(at);
        }
    }
    let dated = match name.rfind('v') {
        Some(v) if name.get(v + 1..).is_some_and(digits) => name.get(..v)?,
        _ => name,
    };
    let at = dated.len().checked_sub(8)?;
    (at > 0 && dated.get(at..).is_some_and(digits)).then_some(at)
}

/// The actions of an operation that do not depend on its parameters: the exception, else the action of the same name,
/// else what AWS's service reference gave.
pub(crate) fn actions(prefix: &str, operation: &str) -> Vec<&'static str> {
    let name = format!("{prefix}:{operation}");
    match exceptions().get(name.as_str()) {
        Some(targets) => existing(targets).collect(),
        None => {
            let action = catalog().is_action(&name).or_else(|| catalog().learned(&name));
            action.into_iter().collect()
        }
    }
}

/// Whether the exception table, and not the name itself, gives the operation's actions.
pub(crate) fn is_exception(prefix: &str, operation: &str) -> bool {
    exceptions().contains_key(format!("{prefix}:{operation}").as_str())
}

/// Whether something other than its name decides the operation's actions: an exception, a rule, that it needs none.
pub(crate) fn is_ruled(prefix: &str, operation: &str) -> bool {
    let free = |names: &[&str]| names == ["*"] || names.contains(&operation);
    is_exception(prefix, operation)
        || WITHOUT_PERMISSION
            .iter()
            .any(|(p, names, _)| *p == prefix && free(names))
        || super::gauge::by_parameters(prefix, operation)
        || prefix == "apigateway"
}

/// Every action that the exception table leads to.
pub(crate) fn exception_targets() -> impl Iterator<Item = &'static str> {
    exceptions().values().copied().flat_map(existing)
}

fn hosts() -> &'static HashMap<&'static str, &'static str> {
    static TABLE: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();
    TABLE.get_or_init(|| rows(HOSTS).collect())
}

/// The table by event; the tables of actions in use decide which targets exist.
fn exceptions() -> &'static HashMap<&'static str, &'static str> {
    static TABLE: OnceLock<HashMap<&'static str, &'static str>> = OnceLock::new();
    TABLE.get_or_init(|| rows(EXCEPTIONS).collect())
}

fn existing(targets: &'static str) -> impl Iterator<Item = &'static str> {
    targets.split(',').filter_map(|t| catalog().is_action(t))
}

/// The two columns of a table, comments and blank lines left out.
pub(crate) fn rows(table: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
}

/// The exception table's text, for tests over the whole of it.
#[cfg(test)]
pub(crate) fn exception_rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    rows(EXCEPTIONS)
}
