//! A policy document as Terraform's data source `aws_iam_policy_document`.

use serde_json::{Map, Value};

use super::hcl::{self, Block};

/// The version of the policy language that has variables.
const VERSION: &str = "2012-10-17";

/// The document as a data block under a label, with what is said about each statement by its `Sid`. None where the data
/// source cannot say the same: then the document can still be given as a text.
pub(super) fn data(document: &Value, label: &str, notes: impl Fn(Option<&str>) -> Vec<String>) -> Option<Block> {
    let document = document.as_object()?;
    let known = |key: &String| ["Version", "Id", "Statement"].contains(&key.as_str());
    if !document.keys().all(known) {
        return None;
    }
    // Without one, IAM takes the older version, the data source the newer.
    let version = document.get("Version").map_or(Some("2008-10-17"), Value::as_str)?;
    let mut block = Block::new("data", &["aws_iam_policy_document", label]);
    if version != VERSION {
        block = block.with_text("version", version);
    }
    if let Some(id) = document.get("Id") {
        block = block.with_text("policy_id", id.as_str()?);
    }
    let statements = match document.get("Statement")? {
        Value::Array(list) => list.as_slice(),
        one => std::slice::from_ref(one),
    };
    if statements.is_empty() || repeated_sid(statements) {
        return None;
    }
    let variables = version == VERSION;
    for statement in statements {
        let sid = statement.get("Sid").and_then(Value::as_str);
        block = block.holding(self::statement(statement.as_object()?, variables)?.noted(notes(sid)));
    }
    Some(block)
}

/// The data source refuses a `Sid` that is there twice.
fn repeated_sid(statements: &[Value]) -> bool {
    let mut sids: Vec<&str> = statements.iter().filter_map(|s| s.get("Sid")?.as_str()).collect();
    let all = sids.len();
    sids.sort_unstable();
    sids.dedup();
    sids.len() < all
}

fn statement(statement: &Map<String, Value>, variables: bool) -> Option<Block> {
    let mut block = Block::new("statement", &[]);
    let mut left = statement.len();
    for (element, name) in [("Sid", "sid"), ("Effect", "effect")] {
        if let Some(value) = statement.get(element) {
            block = block.with_text(name, value.as_str()?);
            left -= 1;
        }
    }
    for (element, name) in [("Action", "actions"), ("NotAction", "not_actions")] {
        if let Some(value) = statement.get(element) {
            let literals = texts(value)?.iter().map(|text| hcl::text(text)).collect::<Vec<_>>();
            block = block.with(name, hcl::list(&literals));
            left -= 1;
        }
    }
    for (element, name) in [("Resource", "resources"), ("NotResource", "not_resources")] {
        if let Some(value) = statement.get(element) {
            block = block.with(name, with_variables(value, variables)?);
            left -= 1;
        }
    }
    for (element, name) in [("Principal", "principals"), ("NotPrincipal", "not_principals")] {
        if let Some(value) = statement.get(element) {
            block = principals(block, name, value, variables)?;
            left -= 1;
        }
    }
    if let Some(conditions) = statement.get("Condition") {
        block = self::conditions(block, conditions.as_object()?, variables)?;
        left -= 1;
    }
    (left == 0).then_some(block)
}

fn principals(mut block: Block, name: &str, value: &Value, variables: bool) -> Option<Block> {
    let identified = |kind: &str, identifiers: String| {
        Block::new(name, &[])
            .with_text("type", kind)
            .with("identifiers", identifiers)
    };
    if value.as_str() == Some("*") {
        return Some(block.holding(identified("*", "[\"*\"]".to_owned())));
    }
    for (kind, identifiers) in value.as_object().filter(|map| !map.is_empty())? {
        block = block.holding(identified(kind, with_variables(identifiers, variables)?));
    }
    Some(block)
}

fn conditions(mut block: Block, conditions: &Map<String, Value>, variables: bool) -> Option<Block> {
    if conditions.is_empty() {
        return None;
    }
    for (test, keys) in conditions {
        for (key, values) in keys.as_object().filter(|map| !map.is_empty())? {
            let condition = Block::new("condition", &[])
                .with_text("test", test)
                .with_text("variable", key)
                .with("values", with_variables(values, variables)?);
            block = block.holding(condition);
        }
    }
    Some(block)
}

/// Texts in which the data source reads `&{` for `${` (its documentation, "Context Variable Interpolation"), so that
/// variables of IAM are written as its users know them; a `&{` of the document's own cannot be said.
fn with_variables(value: &Value, variables: bool) -> Option<String> {
    let texts = texts(value)?;
    if texts.iter().any(|text| text.contains("&{")) {
        return None;
    }
    let literal = |text: &String| match variables {
        true => hcl::text(&text.replace("${", "&{")),
        false => hcl::text(text),
    };
    Some(hcl::list(&texts.iter().map(literal).collect::<Vec<_>>()))
}

/// One text or a list of them; numbers and truth values are compared as texts by IAM. None if empty or anything else.
fn texts(value: &Value) -> Option<Vec<String>> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    };
    match value {
        Value::Array(list) if list.is_empty() => None,
        Value::Array(list) => list.iter().map(text).collect(),
        one => Some(vec![text(one)?]),
    }
}
