//! Writing YAML that every reader takes for the same: each text is double-quoted, so none is a date, a number, a truth
//! value, a tag or an anchor to any version of the language.

use podtrail_iam::policy::build::ordered;
use serde_json::Value;

use super::notes::comment;

/// A value to be written, with what is said above its parts.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Yaml {
    /// A text.
    Text(String),
    /// A number, a truth value or null, as JSON writes it.
    Plain(String),
    /// A list.
    List(Vec<(Vec<String>, Yaml)>),
    /// An object in the order given.
    Map(Vec<(Vec<String>, String, Yaml)>),
}

impl Yaml {
    /// A text.
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// An object of which nothing is said.
    pub(super) fn map<const N: usize>(members: [(&str, Self); N]) -> Self {
        Self::Map(
            members
                .map(|(key, value)| (Vec::new(), key.to_owned(), value))
                .into_iter()
                .collect(),
        )
    }

    /// A policy document, with what is said about each statement by its `Sid`.
    pub(super) fn document(document: &Value, notes: impl Fn(Option<&str>) -> Vec<String>) -> Self {
        let mut yaml = Self::of(document);
        let Self::Map(members) = &mut yaml else { return yaml };
        let statements = document.get("Statement").and_then(Value::as_array);
        for (_, key, value) in members {
            if let ("Statement", Self::List(items), Some(statements)) = (key.as_str(), value, statements) {
                for ((above, _), statement) in items.iter_mut().zip(statements) {
                    above.extend(notes(statement.get("Sid").and_then(Value::as_str)));
                }
            }
        }
        yaml
    }

    /// A value of JSON, objects in the order of policy documents.
    fn of(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::text(text),
            Value::Array(list) => Self::List(list.iter().map(|item| (Vec::new(), Self::of(item))).collect()),
            Value::Object(map) => Self::Map(
                ordered(map)
                    .into_iter()
                    .map(|(key, value)| (Vec::new(), key.clone(), Self::of(value)))
                    .collect(),
            ),
            plain => Self::Plain(plain.to_string()),
        }
    }

    /// The value as a document, ending with a line feed.
    pub(super) fn write(&self) -> String {
        match self {
            Self::List(items) if !items.is_empty() => items.iter().map(item).collect(),
            Self::Map(members) if !members.is_empty() => members.iter().map(member).collect(),
            scalar => format!("{}\n", scalar.in_line()),
        }
    }

    /// What stands in the line of its key; a collection with members stands below it.
    fn in_line(&self) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Plain(plain) => plain.clone(),
            Self::List(_) => "[]".to_owned(),
            Self::Map(_) => "{}".to_owned(),
        }
    }

    fn is_below(&self) -> bool {
        match self {
            Self::List(items) => !items.is_empty(),
            Self::Map(members) => !members.is_empty(),
            Self::Text(_) | Self::Plain(_) => false,
        }
    }
}

fn member((notes, key, value): &(Vec<String>, String, Yaml)) -> String {
    let above = comment(notes);
    if value.is_below() {
        format!("{above}{}:\n{}", self::key(key), indented(&value.write(), "  "))
    } else {
        format!("{above}{}: {}\n", self::key(key), value.in_line())
    }
}

fn item((notes, value): &(Vec<String>, Yaml)) -> String {
    let body = indented(&value.write(), "  ");
    // A comment first in an object stands above the dash.
    let begins = body.find(|c: char| c != ' ').unwrap_or_default();
    let above = comment(notes);
    match body.get(begins..) {
        Some(rest) if !rest.starts_with('#') => format!("{above}- {rest}"),
        _ => format!("{above}-\n{body}"),
    }
}

fn indented(text: &str, by: &str) -> String {
    text.lines().map(|line| format!("{by}{line}\n")).collect()
}

/// What some version of the language takes for a truth value or null.
const SPECIAL: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// A key, quoted unless it is a word that is no other thing.
fn key(key: &str) -> String {
    let is_word = key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(|c| c.is_ascii_alphanumeric());
    if is_word && !SPECIAL.contains(&key.to_ascii_lowercase().as_str()) {
        key.to_owned()
    } else {
        quoted(key)
    }
}

/// A text in double quotes (YAML 1.2.2, 5.7 "Escaped Characters"). Anything but printable ASCII and Latin-1 is escaped,
/// so that nothing hides in a review.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' | '\u{A1}'..='\u{AC}' | '\u{AE}'..='\u{FF}' => out.push(c),
            _ if u32::from(c) > 0xFFFF => out.push_str(&format!("\\U{:08x}", u32::from(c))),
            _ => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        }
    }
    out.push('"');
    out
}
