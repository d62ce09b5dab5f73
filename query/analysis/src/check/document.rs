//! Documents, told apart by content.

use podtrail_iam::lint::{LintKind, lint};
use podtrail_iam::policy::{Policy, PolicyError, PolicyKind};
use serde_json::Value;

use super::changes::{Change, Changes, Document, Edit, RoleRef, Text};
use super::{plan, proposal};
use crate::answer::CheckLint;

const ACCEPTED: &str = "an IAM policy, a trust policy, a Terraform plan as JSON (`terraform show -json PLAN`), \
                        or what `podtrail recommend` prints";

/// A document by the name of its file.
#[derive(Debug, Clone, Copy)]
pub struct File<'t> {
    /// How the user calls it.
    pub name: &'t str,
    /// Its content.
    pub text: &'t str,
}

/// Why a document cannot be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{file}`{}: {problem}; accepted: {accepted}", if pointer.is_empty() { String::new() } else { format!(" at `{pointer}`") })]
pub struct ReadError {
    /// The file.
    pub file: String,
    /// JSON pointer (RFC 6901) into the file; empty for the file itself.
    pub pointer: String,
    /// What was found.
    pub problem: String,
    /// What is accepted there.
    pub accepted: String,
}

/// Reads documents. A bare policy does not say whose it is: it stands for one of `roles`' each.
///
/// # Errors
/// The first document that is none of those accepted, or is wrong in itself, with its place.
pub fn read(files: &[File<'_>], roles: &[String]) -> Result<Changes, ReadError> {
    let mut changes = Changes::default();
    for file in files {
        let value: Value = serde_json::from_str(file.text)
            .map_err(|e| error(file.name, "", &format!("it is no JSON: {e}"), ACCEPTED))?;
        if plan::is_plan(&value) {
            plan::read(file.name, &value, &mut changes)?;
        } else if proposal::is_proposal(&value) {
            proposal::read(file.name, &value, &mut changes)?;
        } else if value.get("Statement").is_some() {
            bare(*file, roles, &mut changes)?;
        } else {
            return Err(error(file.name, "", &format!("it is {}", found(&value)), ACCEPTED));
        }
    }
    Ok(changes)
}

pub(super) fn error(file: &str, pointer: &str, problem: &str, accepted: &str) -> ReadError {
    ReadError {
        file: file.to_owned(),
        pointer: pointer.to_owned(),
        problem: problem.to_owned(),
        accepted: accepted.to_owned(),
    }
}

/// What stands there instead, in words.
fn found(value: &Value) -> String {
    match value {
        Value::Object(map) if map.is_empty() => "an empty object".to_owned(),
        Value::Object(map) => {
            let keys: Vec<String> = map.keys().take(4).map(|key| format!("`{key}`")).collect();
            format!("an object with {}", keys.join(", "))
        }
        Value::Array(items) => match items.first() {
            Some(first) => format!("a list that begins with {}", found(first)),
            None => "an empty list".to_owned(),
        },
        Value::Null => "null".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => "a single value".to_owned(),
    }
}

/// A policy document by itself.
fn bare(file: File<'_>, roles: &[String], out: &mut Changes) -> Result<(), ReadError> {
    let in_policy = |e: PolicyError| error(file.name, &e.pointer, &e.problem, &e.accepted);
    let policy = Policy::parse(file.text).map_err(in_policy)?;
    let has_principal = policy.check(PolicyKind::Identity).is_err() && policy.check(PolicyKind::Resource).is_ok();
    if has_principal && !is_trust(&policy) {
        let problem = "it is a policy of a resource, which no call of the log can be judged by alone";
        return Err(error(file.name, "", problem, ACCEPTED));
    }
    let (kind, lint_kind) = match has_principal {
        true => (PolicyKind::Resource, LintKind::Trust),
        false => (PolicyKind::Identity, LintKind::Managed),
    };
    policy.check(kind).map_err(in_policy)?;
    if roles.is_empty() {
        let problem = "a bare policy does not say whose it is";
        return Err(error(file.name, "", problem, "with it, `--workload` or `--role`"));
    }
    out.lints.extend(lints(file.name, policy.to_json(), lint_kind));
    for arn in roles {
        let role = RoleRef::Arn(arn.clone());
        let document = Document {
            name: file.name.to_owned(),
            text: Text::Known(policy.clone()),
        };
        let only = None;
        let change = match has_principal {
            true => Change::new(file.name, "another trust policy", Edit::Trust { role, document, only }),
            false => Change::new(
                file.name,
                "in place of the role's identity policies",
                Edit::Identity { role, document, only },
            ),
        };
        out.changes.push(change);
    }
    Ok(())
}

/// Whether the policy is about assuming a role.
fn is_trust(policy: &Policy) -> bool {
    let assumes = [
        "sts:AssumeRole",
        "sts:AssumeRoleWithWebIdentity",
        "sts:AssumeRoleWithSAML",
    ];
    let statements = policy.statements();
    statements.is_empty()
        || statements
            .iter()
            .any(|s| assumes.iter().any(|action| s.matches_action(action)))
}

/// The linter's word on a document.
pub(super) fn lints(source: &str, document: &Value, kind: LintKind) -> Vec<CheckLint> {
    let told = lint(document, kind).into_iter().map(|lint| CheckLint {
        source: source.to_owned(),
        code: lint.code.to_owned(),
        severity: serde_json::to_value(lint.severity)
            .ok()
            .and_then(|s| s.as_str().map(str::to_owned))
            .unwrap_or_default(),
        pointer: lint.pointer,
        message: lint.message,
    });
    told.collect()
}
