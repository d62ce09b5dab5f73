//! `podtrail simulate`: one JSON line in, one JSON line out.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::catalog::catalog;
use crate::evaluate::{Context, Decision, Layers, Principal, Request, UnknownKeys, Verdict, evaluate};
use crate::policy::{Policy, PolicyKind, scalar, strict_json};

const FIELDS: [&str; 14] = [
    "principal",
    "action",
    "resource",
    "resource_account",
    "context",
    "unknown_keys",
    "identity_policies",
    "permissions_boundary",
    "session_policies",
    "scps",
    "rcps",
    "resource_policy",
    "vpc_endpoint_policy",
    "resource_level",
];

/// Judges one situation and answers with one JSON line (no line feed at its end).
///
/// In: `{principal {arn, account, tags}, action, resource, resource_account, context {key: value or
/// list}, unknown_keys [], identity_policies [], permissions_boundary, session_policies [], scps [[…]
/// per level], rcps [[…] per level], resource_policy, vpc_endpoint_policy, resource_level}`; needed
/// are `principal.arn` and `action`, and `resource` is `*` unless given. `resource_level` is false
/// for an action that supports no resource-level permissions; where it is not given, the table of
/// actions says so, and an action it does not know is taken to support them.
///
/// Out: `{decision, by, statements, missing_keys}`, with `ignored` naming fields that mean nothing
/// here, or `{error}`. Never panics.
pub fn simulate_line(line: &str) -> String {
    simulate_line_with(line, |action| catalog().has_resource_level(action).unwrap_or(true))
}

/// [`simulate_line`], with another table that says whether an action (`service:Name`) supports
/// resource-level permissions.
pub fn simulate_line_with(line: &str, resource_level: impl Fn(&str) -> bool) -> String {
    match simulate(line, &resource_level) {
        Ok(answer) => answer.to_string(),
        Err(error) => json!({ "error": error }).to_string(),
    }
}

fn simulate(line: &str, resource_level: &dyn Fn(&str) -> bool) -> Result<Value, String> {
    let value = strict_json::parse(line).map_err(|error| format!("the line does not read as JSON: {error}"))?;
    let fields = Fields(
        value
            .as_object()
            .ok_or("the line is no JSON object; accepted: one object a line")?,
    );
    let action = fields
        .text("action")?
        .ok_or("`action` is missing; accepted: `service:Action`")?;
    if !action.contains(':') || action.contains(['*', '?']) {
        return Err(format!(
            "`action` `{action}` names no action; accepted: `service:Action` without wildcards"
        ));
    }
    let context = fields.context()?;
    let principal = fields.principal(&context)?;
    let flat = |key, kind| fields.documents(key, kind);
    let (scps, rcps) = (
        fields.levels("scps", PolicyKind::Identity)?,
        fields.levels("rcps", PolicyKind::Rcp)?,
    );
    let (identity, session) = (
        flat("identity_policies", PolicyKind::Identity)?,
        flat("session_policies", PolicyKind::Identity)?,
    );
    let boundary = flat("permissions_boundary", PolicyKind::Identity)?;
    let (resource, endpoint) = (
        fields.resource_policy()?,
        flat("vpc_endpoint_policy", PolicyKind::Endpoint)?,
    );
    let request = Request {
        principal: &principal,
        action,
        resource: fields.text("resource")?.unwrap_or("*"),
        resource_account: fields.text("resource_account")?,
        resource_level: fields.flag("resource_level")?.unwrap_or_else(|| resource_level(action)),
        context: &context,
        unknown: &fields.unknown_keys()?,
    };
    let layers = Layers {
        identity: &identity,
        boundary: &boundary,
        session: &session,
        scps: &scps,
        rcps: &rcps,
        resource: resource.as_ref(),
        endpoint: &endpoint,
        resource_side_assumed: false,
    };
    Ok(answer(&evaluate(&request, &layers), &fields.ignored()))
}

fn answer(decision: &Decision<'_>, ignored: &BTreeSet<&str>) -> Value {
    let mut answer = json!({
        "decision": decision.verdict,
        "by": decision.by,
        "statements": decision.statements,
        "missing_keys": decision.missing_keys,
    });
    debug_assert!(decision.verdict == Verdict::Unknown || decision.missing_keys.is_empty());
    if let Some(map) = answer.as_object_mut().filter(|_| !ignored.is_empty()) {
        map.insert("ignored".into(), json!(ignored));
    }
    answer
}

/// The fields of a line. `null` is the same as not given.
struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    fn get(&self, key: &str) -> Option<&'a Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    fn text(&self, key: &str) -> Result<Option<&'a str>, String> {
        let text = |value: &'a Value| value.as_str().filter(|text| !text.is_empty());
        let wrong = |value| format!("`{key}` is `{value}`; accepted: a string that is not empty");
        self.get(key)
            .map(|value| text(value).ok_or_else(|| wrong(value)))
            .transpose()
    }

    fn flag(&self, key: &str) -> Result<Option<bool>, String> {
        let wrong = |value| format!("`{key}` is `{value}`; accepted: true or false");
        self.get(key)
            .map(|value| value.as_bool().ok_or_else(|| wrong(value)))
            .transpose()
    }

    fn list(&self, key: &str) -> Result<&'a [Value], String> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(_) => Err(format!("`{key}` is no list; accepted: a list, `[]` for none")),
        }
    }

    fn ignored(&self) -> BTreeSet<&'a str> {
        self.0
            .keys()
            .map(String::as_str)
            .filter(|key| !FIELDS.contains(key))
            .collect()
    }

    fn context(&self) -> Result<Context, String> {
        let mut context = Context::default();
        let entries = match self.get("context") {
            None => return Ok(context),
            Some(value) => value
                .as_object()
                .ok_or("`context` is no object; accepted: `{key: value or list}`")?,
        };
        for (key, value) in entries {
            let items = match value {
                Value::Null => continue,
                Value::Array(items) => items.as_slice(),
                one => std::slice::from_ref(one),
            };
            let values: Option<Vec<String>> = items.iter().map(scalar).collect();
            let values =
                values.ok_or_else(|| format!("`context` key `{key}`: accepted are strings, numbers and booleans"))?;
            if context.insert(key, values).is_some() {
                return Err(format!(
                    "`context` key `{key}` is given twice; case does not tell keys apart"
                ));
            }
        }
        Ok(context)
    }

    fn principal(&self, context: &Context) -> Result<Principal, String> {
        const ACCEPTED: &str = "accepted: `{arn, account, tags}` with an ARN, a service name or `*`";
        let value = self
            .get("principal")
            .ok_or_else(|| format!("`principal` is missing; {ACCEPTED}"))?;
        let fields = match value {
            Value::Object(map) => Fields(map),
            _ => return Err(format!("`principal` is no object; {ACCEPTED}")),
        };
        let within = |error: String| format!("in `principal`: {error}");
        let arn = fields
            .text("arn")
            .map_err(within)?
            .ok_or_else(|| format!("`principal.arn` is missing; {ACCEPTED}"))?;
        let mut tags = Vec::new();
        if let Some(map) = fields.get("tags") {
            for (key, value) in map
                .as_object()
                .ok_or("`principal.tags` is no object; accepted: `{key: value}`")?
            {
                let value = scalar(value).ok_or_else(|| format!("`principal.tags` key `{key}` has no text value"))?;
                tags.push((key.as_str(), value));
            }
        }
        let principal = Principal::new(arn, fields.text("account").map_err(within)?)
            .with_tags(tags.iter().map(|(key, value)| (*key, value.as_str())));
        Ok(match context.get("aws:PrincipalArn") {
            Some([role]) => principal.with_role_arn(role),
            _ => principal,
        })
    }

    fn unknown_keys(&self) -> Result<UnknownKeys, String> {
        let keys: Option<Vec<&str>> = self.list("unknown_keys")?.iter().map(Value::as_str).collect();
        Ok(keys
            .ok_or("`unknown_keys` holds something else than strings; accepted: a list of context keys")?
            .into_iter()
            .collect())
    }

    /// A document, a list of documents, or nothing.
    fn documents(&self, key: &str, kind: PolicyKind) -> Result<Vec<Policy>, String> {
        match self.get(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(list)) => list
                .iter()
                .enumerate()
                .map(|(index, item)| document(item, &format!("{key}/{index}"), kind))
                .collect(),
            Some(one) => Ok(vec![document(one, key, kind)?]),
        }
    }

    fn levels(&self, key: &str, kind: PolicyKind) -> Result<Vec<Vec<Policy>>, String> {
        let level = |(index, level): (usize, &Value)| {
            let documents = level.as_array().ok_or_else(|| {
                format!("`{key}` level {index} is no list; accepted: a list of levels, each a list of documents")
            })?;
            let read = |(at, item): (usize, &Value)| document(item, &format!("{key}/{index}/{at}"), kind);
            documents.iter().enumerate().map(read).collect()
        };
        self.list(key)?.iter().enumerate().map(level).collect()
    }

    fn resource_policy(&self) -> Result<Option<Policy>, String> {
        let read = |value| document(value, "resource_policy", PolicyKind::Resource);
        self.get("resource_policy").map(read).transpose()
    }
}

/// Reads one document: an object, or a string that holds one.
fn document(value: &Value, place: &str, kind: PolicyKind) -> Result<Policy, String> {
    let read = match value {
        Value::String(text) => Policy::parse(text),
        other => Policy::from_value(other),
    };
    let policy = read.and_then(|policy| policy.check(kind).map(|()| policy));
    policy.map_err(|error| format!("in `{place}`: {error}"))
}

#[cfg(test)]
mod tests;
