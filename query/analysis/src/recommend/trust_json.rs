//! Reading and writing the JSON of trust policies.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::lineage::issuer::looks_like_eks;

/// The statements of a document; none where there is no document.
pub(crate) fn statements(document: Option<&Value>) -> Vec<Value> {
    let list = document.and_then(|d| d.get("Statement")).map(many).unwrap_or_default();
    list.into_iter().cloned().collect()
}

fn many(value: &Value) -> Vec<&Value> {
    value
        .as_array()
        .map_or_else(|| vec![value], |items| items.iter().collect())
}

fn texts(value: &Value) -> Vec<&str> {
    many(value).into_iter().filter_map(Value::as_str).collect()
}

/// The principals of a kind: `AWS`, `Service`, `Federated`.
pub(crate) fn principals<'v>(statement: &'v Value, kind: &str) -> Vec<&'v str> {
    statement
        .get("Principal")
        .and_then(|p| p.get(kind))
        .map(texts)
        .unwrap_or_default()
}

/// Whether a statement grants.
pub(crate) fn allows(statement: &Value) -> bool {
    statement.get("Effect").and_then(Value::as_str) == Some("Allow")
}

/// The EKS issuers among a statement's federated principals, as provider ARNs.
pub(crate) fn eks_providers(statement: &Value) -> Vec<&str> {
    let all = principals(statement, "Federated");
    all.into_iter()
        .filter(|p| p.contains(":oidc-provider/") && looks_like_eks(p))
        .collect()
}

/// One value as a string, several as a list.
pub(crate) fn one_or_many(values: &BTreeSet<&str>) -> Value {
    match (values.len(), values.first()) {
        (1, Some(only)) => json!(only),
        _ => json!(values),
    }
}

/// Conditions of today's statements that the proposal does not set itself; they stay in force. None
/// where the statements differ in them, for then none holds for all: see [`differ`].
pub(crate) fn carried(old: &[&Value], ours: impl Fn(&str) -> bool) -> Map<String, Value> {
    match old {
        [first, ..] if !differ(old, &ours) => others(first, &ours),
        _ => Map::new(),
    }
}

/// Whether statements differ in the conditions that the proposal does not set itself.
pub(crate) fn differ(old: &[&Value], ours: &impl Fn(&str) -> bool) -> bool {
    let mut all = old.iter().map(|s| others(s, ours));
    let first = all.next();
    all.any(|next| Some(next) != first)
}

fn others(statement: &Value, ours: &impl Fn(&str) -> bool) -> Map<String, Value> {
    let mut conditions = statement
        .get("Condition")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    for keys in conditions.values_mut().filter_map(Value::as_object_mut) {
        keys.retain(|key, _| !ours(key));
    }
    conditions.retain(|_, keys| keys.as_object().is_none_or(|k| !k.is_empty()));
    conditions
}

/// Sets a test.
pub(crate) fn put(conditions: &mut Map<String, Value>, operator: &str, key: &str, value: Value) {
    let keys = conditions.entry(operator).or_insert_with(|| json!({}));
    if let Some(keys) = keys.as_object_mut() {
        keys.insert(key.to_owned(), value);
    }
}

/// (operator, value) of every test of a key in a statement.
pub(crate) fn tests<'v>(statement: &'v Value, key: &str) -> Vec<(&'v str, &'v str)> {
    let operators = statement.get("Condition").and_then(Value::as_object);
    let mut found = Vec::new();
    for (operator, keys) in operators.into_iter().flatten() {
        for (name, values) in keys.as_object().into_iter().flatten() {
            if name.eq_ignore_ascii_case(key) {
                found.extend(texts(values).into_iter().map(|value| (operator.as_str(), value)));
            }
        }
    }
    found
}

/// Whether a trust policy names AWS principals: roles, users, accounts, or everyone.
pub(crate) fn trusts_aws(trust: &str) -> bool {
    let document: Value = serde_json::from_str(trust).unwrap_or_default();
    let named = |s: &Value| {
        s.get("Principal")
            .is_some_and(|p| p.is_string() || p.get("AWS").is_some())
    };
    statements(Some(&document)).iter().any(named)
}
