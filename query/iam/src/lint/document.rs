//! The document as a whole: version, Sids, elements that hold nothing.

use std::collections::BTreeMap;

use serde_json::Value;

use super::view::{Subject, View};
use super::{Code, Family, Lint, LintKind};
use crate::policy::Version;
use crate::policy::strict_json::escape;

const MISSING_VERSION: Code = Code::warning("missing_version");
const OLD_VERSION: Code = Code::warning("old_version");
const VARIABLE_IN_OLD_VERSION: Code = Code::error("variable_in_old_version");
const BROKEN_VARIABLE: Code = Code::error("broken_variable");
const EMPTY_ELEMENT: Code = Code::error("empty_element");
const EMPTY_CONDITION: Code = Code::suggestion("empty_condition");
const DUPLICATE_SID: Code = Code::error("duplicate_sid");
const INVALID_SID: Code = Code::error("invalid_sid");

pub(super) const FAMILY: Family = Family {
    codes: &[
        MISSING_VERSION,
        OLD_VERSION,
        VARIABLE_IN_OLD_VERSION,
        BROKEN_VARIABLE,
        EMPTY_ELEMENT,
        EMPTY_CONDITION,
        DUPLICATE_SID,
        INVALID_SID,
    ],
    check,
};

fn check(subject: &Subject<'_>) -> Vec<Lint> {
    let mut found = version(subject);
    if let Some(Value::Array(list)) = subject.document.get("Statement")
        && list.is_empty()
    {
        found.push(EMPTY_ELEMENT.at("/Statement", "the policy has no statement; write one, or no policy"));
    }
    found.extend(sids(subject));
    for view in &subject.statements {
        found.extend(empties(view));
        found.extend(variables(view, subject.policy.version()));
    }
    found
}

fn version(subject: &Subject<'_>) -> Vec<Lint> {
    const ADVICE: &str = "write `\"Version\": \"2012-10-17\"`";
    match (subject.document.get("Version"), subject.policy.version()) {
        (None, _) => {
            let message = format!("no version stands for 2008-10-17, which has no policy variables; {ADVICE}");
            vec![MISSING_VERSION.at("", message)]
        }
        (Some(_), Version::V2008) => {
            vec![OLD_VERSION.at("/Version", format!("2008-10-17 has no policy variables; {ADVICE}"))]
        }
        (Some(_), Version::V2012) => Vec::new(),
    }
}

/// Sids must differ; those of policies attached to identities and of SCPs are letters and digits
/// (IAM user guide, "IAM JSON policy elements: Sid").
fn sids(subject: &Subject<'_>) -> Vec<Lint> {
    let mut found = Vec::new();
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    let free = matches!(subject.kind, LintKind::Trust | LintKind::ResourceControl);
    for view in &subject.statements {
        let Some(sid) = view.statement.sid() else { continue };
        let place = view.place("Sid");
        if let Some(first) = seen.insert(sid, &view.pointer) {
            let message = format!("Sid `{sid}` stands at `{first}` already; each must be unique in a policy");
            found.push(DUPLICATE_SID.at(place.clone(), message));
        }
        if !free && !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let kept: String = sid.chars().filter(char::is_ascii_alphanumeric).collect();
            let message = format!("Sid `{sid}` holds more than letters and digits; write `{kept}`");
            found.push(INVALID_SID.at(place, message));
        }
    }
    found
}

fn empties(view: &View<'_>) -> Vec<Lint> {
    let mut found = Vec::new();
    for name in [
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
    ] {
        if let Some(value) = view.element(name) {
            found.extend(empty(value, view.place(name), 2));
        }
    }
    match view.element("Condition") {
        Some(Value::Object(operators)) if operators.is_empty() => {
            let message = "an empty condition says nothing; leave it out";
            found.push(EMPTY_CONDITION.at(view.place("Condition"), message));
        }
        Some(value) => found.extend(empty(value, view.place("Condition"), 3)),
        None => {}
    }
    found
}

/// Lists, objects and texts that hold nothing, down to `depth`. An empty text is a value in a condition.
fn empty(value: &Value, pointer: String, depth: usize) -> Vec<Lint> {
    let message = "it holds nothing; write at least one value, or leave the element out";
    match value {
        Value::Array(list) if list.is_empty() => vec![EMPTY_ELEMENT.at(pointer, message)],
        Value::Object(map) if map.is_empty() => vec![EMPTY_ELEMENT.at(pointer, message)],
        Value::String(text) if text.is_empty() && !pointer.contains("/Condition/") => {
            vec![EMPTY_ELEMENT.at(pointer, message)]
        }
        Value::Array(list) if depth > 0 => {
            let each = |(n, item)| empty(item, format!("{pointer}/{n}"), depth - 1);
            list.iter().enumerate().flat_map(each).collect()
        }
        Value::Object(map) if depth > 0 => {
            let place = |key: &str| format!("{pointer}/{}", escape(key));
            map.iter()
                .flat_map(|(key, item)| empty(item, place(key), depth - 1))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// Policy variables, where the version has none or their `}` is missing.
fn variables(view: &View<'_>, version: Version) -> Vec<Lint> {
    let mut texts: Vec<(String, String)> = view
        .items("Resource", "NotResource")
        .into_iter()
        .map(|item| (item.text.to_owned(), item.pointer))
        .collect();
    let conditions = view.statement.conditions().iter();
    texts.extend(conditions.flat_map(|condition| view.condition_values(condition)));
    let judge = |(text, pointer): (String, String)| {
        let (_, after) = text.split_once("${")?;
        if version == Version::V2008 {
            let message = format!(
                "`{text}` holds a policy variable, which is plain text before version 2012-10-17; write `\"Version\": \
                 \"2012-10-17\"`"
            );
            return Some(VARIABLE_IN_OLD_VERSION.at(pointer, message));
        }
        let inside = after.split('}').next().filter(|inside| after.len() > inside.len());
        let good = inside.is_some_and(|inside| inside.contains(':') || matches!(inside, "*" | "?" | "$"));
        let message = format!("`{text}` holds no well-formed policy variable; accepted: `${{service:Key}}`, `${{*}}`");
        (!good).then(|| BROKEN_VARIABLE.at(pointer, message))
    };
    texts.into_iter().filter_map(judge).collect()
}
