//! Looking up names in the JSON of a request, whatever its spelling and nesting.

use serde_json::Value;

/// Deeper than any request CloudTrail writes; bounds the work on hostile input.
const DEPTH: usize = 16;

/// The JSON of `requestParameters`, `responseElements` and the like; null where absent or unreadable.
#[derive(Debug)]
pub(crate) struct Params(pub(crate) Value);

impl Params {
    pub(crate) fn parse(text: Option<&str>) -> Self {
        Self(text.and_then(|t| serde_json::from_str(t).ok()).unwrap_or(Value::Null))
    }

    /// The value of a key, in any case; absent where it is null.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        child(&self.0, key).filter(|v| !v.is_null())
    }

    /// The text of a key that holds one usable string or number.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.get(key).and_then(leaf)
    }

    /// The first of several keys that holds a usable text.
    pub(crate) fn first(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.text(key))
    }

    /// Whether a key is present with something in it: not null, false, "" or empty.
    pub(crate) fn has(&self, key: &str) -> bool {
        match self.get(key) {
            None | Some(Value::Bool(false) | Value::Null) => false,
            Some(Value::String(text)) => !text.is_empty() && text != "false",
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::Object(fields)) => !fields.is_empty(),
            Some(_) => true,
        }
    }

    /// Whether a key is present at any depth with a value.
    pub(crate) fn holds(&self, key: &str) -> bool {
        holds(&self.0, key, DEPTH)
    }

    /// Usable texts under a path of [`crate::catalog::Operation`]'s grammar: `a`, `a|b`, `a.b`, `~leaf`.
    pub(crate) fn values(&self, path: &str) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(key) = path.strip_prefix('~') {
            deep(&self.0, key, DEPTH, &mut found);
        } else if let Some((outer, inner)) = path.split_once('.') {
            for item in self.get(outer).map(items).unwrap_or_default() {
                child(item, inner).into_iter().for_each(|v| leaves(v, &mut found));
            }
        } else {
            for key in path.split('|') {
                if found.is_empty() {
                    self.get(key).into_iter().for_each(|v| leaves(v, &mut found));
                }
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// The objects of a list under a key, also where it is wrapped as `{"items": […]}`.
    pub(crate) fn list(&self, key: &str) -> Vec<&Value> {
        self.get(key).map(items).unwrap_or_default()
    }
}

/// A key's value in an object, exact spelling first, then in any case.
pub(crate) fn child<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    let fields = value.as_object()?;
    fields
        .get(key)
        .or_else(|| fields.iter().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v))
}

/// The usable text of a scalar: EC2's newer calls wrap it as `{"tag": 1, "content": "…"}`.
pub(crate) fn leaf(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => usable(text).then(|| text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Object(_) => child(value, "content").filter(|v| !v.is_object()).and_then(leaf),
        _ => None,
    }
}

/// The items of a list in any of the forms CloudTrail gives it; a single value is a list of one.
pub(crate) fn items(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        Value::Object(_) => match ["items", "member", "item"].iter().find_map(|key| child(value, key)) {
            Some(Value::Array(list)) => list.iter().collect(),
            Some(other) => vec![other],
            None => vec![value],
        },
        Value::Null => Vec::new(),
        other => vec![other],
    }
}

/// Not empty and not masked: CloudTrail writes `HIDDEN_DUE_TO_SECURITY_REASONS` and stars for what it withholds.
pub(crate) fn usable(text: &str) -> bool {
    !text.is_empty() && !text.starts_with("HIDDEN_") && !text.contains("***") && !text.starts_with("[redacted")
}

fn leaves(value: &Value, found: &mut Vec<String>) {
    found.extend(items(value).into_iter().filter_map(leaf));
}

fn holds(value: &Value, key: &str, depth: usize) -> bool {
    match value {
        _ if depth == 0 => false,
        Value::Object(fields) => fields
            .iter()
            .any(|(name, inner)| (name.eq_ignore_ascii_case(key) && !inner.is_null()) || holds(inner, key, depth - 1)),
        Value::Array(list) => list.iter().any(|inner| holds(inner, key, depth - 1)),
        _ => false,
    }
}

fn deep(value: &Value, key: &str, depth: usize, found: &mut Vec<String>) {
    if depth == 0 {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                if name.eq_ignore_ascii_case(key) {
                    leaves(inner, found);
                }
                deep(inner, key, depth - 1, found);
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| deep(inner, key, depth - 1, found)),
        _ => {}
    }
}
