//! What `podtrail recommend` prints, read back.

use podtrail_iam::lint::LintKind;
use podtrail_iam::policy::Policy;
use serde_json::Value;

use super::changes::{Change, Changes, Document, Edit, RoleRef, Text};
use super::document::{ReadError, error, lints};

/// Whether a document is a recommendation, or a list of them.
pub(super) fn is_proposal(value: &Value) -> bool {
    let one = |v: &Value| v.get("workload").is_some() && v.get("recommendations").is_some_and(Value::is_array);
    match value {
        Value::Array(items) => items.first().is_some_and(one),
        other => one(other),
    }
}

/// Each proposed policy in place of the role's for that workload, and the proposed trust policy.
pub(super) fn read(file: &str, value: &Value, out: &mut Changes) -> Result<(), ReadError> {
    let (all, root) = match value {
        Value::Array(items) => (items.iter().collect::<Vec<_>>(), true),
        one => (vec![one], false),
    };
    for (at, recommendation) in all.into_iter().enumerate() {
        let place = if root { format!("/{at}") } else { String::new() };
        let workload = text(file, recommendation, "workload", &place)?;
        let roles = recommendation.get("recommendations").and_then(Value::as_array);
        for (at, role) in roles.into_iter().flatten().enumerate() {
            let place = format!("{place}/recommendations/{at}");
            of_role(file, &workload, role, &place, out)?;
        }
        if roles.is_none_or(Vec::is_empty) {
            out.untouched
                .push(format!("{file}: the recommendation for {workload} proposes nothing"));
        }
    }
    Ok(())
}

fn of_role(file: &str, workload: &str, role: &Value, place: &str, out: &mut Changes) -> Result<(), ReadError> {
    let arn = text(file, role, "role_arn", place)?;
    let policies = role.get("policies").and_then(Value::as_array);
    for (at, policy) in policies.into_iter().flatten().enumerate() {
        let place = format!("{place}/policies/{at}");
        let name = text(file, policy, "name", &place)?;
        let kind = policy.get("kind").and_then(Value::as_str).unwrap_or("managed");
        let lint_kind = match kind {
            "inline" => LintKind::Inline,
            "association" => LintKind::Session,
            _ => LintKind::Managed,
        };
        let text = compile(
            file,
            policy.get("document"),
            &format!("{place}/document"),
            lint_kind,
            out,
        )?;
        let (role, document) = (RoleRef::Arn(arn.clone()), Document { name, text });
        let summary = format!("`{}` as proposed for {workload}", document.name);
        let edit = match kind {
            "association" => Edit::Session {
                role,
                document,
                only: workload.to_owned(),
            },
            _ => Edit::Identity {
                role,
                document,
                only: Some(workload.to_owned()),
            },
        };
        out.changes.push(Change::new(file, summary, edit));
    }
    let trust = |side: &str| role.get("trust").and_then(|t| t.get(side)).filter(|d| !d.is_null());
    if let Some(proposed) = trust("proposed").filter(|p| Some(*p) != trust("current")) {
        let place = format!("{place}/trust/proposed");
        let edit = Edit::Trust {
            role: RoleRef::Arn(arn),
            document: Document {
                name: "the proposed trust policy".to_owned(),
                text: compile(file, Some(proposed), &place, LintKind::Trust, out)?,
            },
            only: Some(workload.to_owned()),
        };
        let summary = format!("the trust policy as proposed for {workload}");
        out.changes.push(Change::new(file, summary, edit));
    }
    Ok(())
}

fn text(file: &str, value: &Value, key: &str, place: &str) -> Result<String, ReadError> {
    let found = value.get(key).and_then(Value::as_str);
    found
        .map(str::to_owned)
        .ok_or_else(|| error(file, &format!("{place}/{key}"), "no text stands there", "a text"))
}

fn compile(
    file: &str,
    document: Option<&Value>,
    place: &str,
    kind: LintKind,
    out: &mut Changes,
) -> Result<Text, ReadError> {
    let document = document.unwrap_or(&Value::Null);
    let policy = Policy::from_value(document)
        .map_err(|e| error(file, &format!("{place}{}", e.pointer), &e.problem, &e.accepted))?;
    out.lints.extend(lints(file, document, kind));
    Ok(Text::Known(policy))
}
