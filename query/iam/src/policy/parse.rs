//! From JSON to a compiled policy.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::condition::{Condition, Operator};
use super::error::{Place, PolicyError};
use super::pattern::{ActionPattern, Comparison, Pattern};
use super::principal::{AwsPrincipal, PrincipalSet};
use super::{Effect, Selector, Statement, Version};

const DOCUMENT_KEYS: [&str; 3] = ["Version", "Id", "Statement"];
const STATEMENT_KEYS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// The parts of a document.
pub(super) struct Document {
    pub(super) version: Version,
    pub(super) id: Option<String>,
    pub(super) statements: Vec<Statement>,
}

/// Reads a whole document.
pub(super) fn document(value: &Value) -> Result<Document, PolicyError> {
    let root = Place::Root;
    let map = object(value, &root, "an object with `Version` and `Statement`")?;
    known_keys(map, &DOCUMENT_KEYS, &root)?;
    let version = version(map, &root)?;
    let id = optional_string(map, "Id", &root)?;
    let place = root.key("Statement");
    let statements = match map.get("Statement") {
        Some(Value::Array(list)) => {
            let read = |(index, item): (usize, &Value)| statement(item, &place.index(index), version);
            list.iter().enumerate().map(read).collect::<Result<_, _>>()?
        }
        Some(one) => vec![statement(one, &place, version)?],
        None => {
            return Err(PolicyError::new(
                &root,
                "`Statement` is missing",
                "a statement or a list of statements",
            ));
        }
    };
    Ok(Document {
        version,
        id,
        statements,
    })
}

fn version(map: &Map<String, Value>, root: &Place<'_>) -> Result<Version, PolicyError> {
    match map.get("Version") {
        None => Ok(Version::V2008),
        Some(Value::String(text)) if text == "2012-10-17" => Ok(Version::V2012),
        Some(Value::String(text)) if text == "2008-10-17" => Ok(Version::V2008),
        Some(other) => Err(PolicyError::new(
            &root.key("Version"),
            format!("version `{}` is unknown", brief(other)),
            "`2012-10-17` or `2008-10-17`",
        )),
    }
}

fn statement(value: &Value, place: &Place<'_>, version: Version) -> Result<Statement, PolicyError> {
    let map = object(
        value,
        place,
        "a statement object with `Effect`, `Action` and `Resource`",
    )?;
    known_keys(map, &STATEMENT_KEYS, place)?;
    let variables = version == Version::V2012;
    let resource = |text: &str, _: &Place<'_>| Ok(Pattern::compile(text, Comparison::Resource, variables));
    let actions = selector(map, "Action", "NotAction", place, action)?.ok_or_else(|| {
        PolicyError::new(
            place,
            "the statement has neither `Action` nor `NotAction`",
            "one of them, such as `s3:GetObject`",
        )
    })?;
    Ok(Statement {
        sid: optional_string(map, "Sid", place)?,
        effect: effect(map, place)?,
        principals: principals(map, place)?,
        actions,
        resources: selector(map, "Resource", "NotResource", place, resource)?,
        conditions: conditions(map.get("Condition"), &place.key("Condition"), variables)?,
    })
}

fn effect(map: &Map<String, Value>, place: &Place<'_>) -> Result<Effect, PolicyError> {
    const ACCEPTED: &str = "`Allow` or `Deny`, in this case";
    match map.get("Effect") {
        Some(Value::String(text)) if text == "Allow" => Ok(Effect::Allow),
        Some(Value::String(text)) if text == "Deny" => Ok(Effect::Deny),
        Some(other) => Err(PolicyError::new(
            &place.key("Effect"),
            format!("effect `{}` is unknown", brief(other)),
            ACCEPTED,
        )),
        None => Err(PolicyError::new(place, "`Effect` is missing", ACCEPTED)),
    }
}

fn action(text: &str, place: &Place<'_>) -> Result<ActionPattern, PolicyError> {
    ActionPattern::compile(text).ok_or_else(|| {
        PolicyError::new(
            place,
            format!("`{text}` names no action"),
            "`service:Action`, with wildcards if wanted, or `*`",
        )
    })
}

/// Reads an element or its `Not…` twin, of which at most one may stand.
fn selector<T>(
    map: &Map<String, Value>,
    only: &str,
    except: &str,
    place: &Place<'_>,
    compile: impl Fn(&str, &Place<'_>) -> Result<T, PolicyError>,
) -> Result<Option<Selector<T>>, PolicyError> {
    let read = |key: &str| {
        let list = |value| strings(value, &place.key(key), &compile);
        map.get(key).map(list).transpose()
    };
    match (read(only)?, read(except)?) {
        (Some(_), Some(_)) => Err(PolicyError::new(
            place,
            format!("`{only}` and `{except}` stand side by side"),
            "one of the two",
        )),
        (Some(list), None) => Ok(Some(Selector::Only(list))),
        (None, Some(list)) => Ok(Some(Selector::Except(list))),
        (None, None) => Ok(None),
    }
}

/// Reads a string or a list of strings.
fn strings<T>(
    value: &Value,
    place: &Place<'_>,
    compile: &impl Fn(&str, &Place<'_>) -> Result<T, PolicyError>,
) -> Result<Vec<T>, PolicyError> {
    let one = |item: &Value, place: &Place<'_>| match item {
        Value::String(text) => compile(text, place),
        other => Err(PolicyError::new(
            place,
            format!("`{}` is no string", brief(other)),
            "a string or a list of strings",
        )),
    };
    match value {
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, item)| one(item, &place.index(index)))
            .collect(),
        other => Ok(vec![one(other, place)?]),
    }
}

fn principals(map: &Map<String, Value>, place: &Place<'_>) -> Result<Option<Selector<PrincipalSet>>, PolicyError> {
    let read = |key: &str| {
        map.get(key)
            .map(|value| principal_set(value, &place.key(key)))
            .transpose()
    };
    match (read("Principal")?, read("NotPrincipal")?) {
        (Some(_), Some(_)) => Err(PolicyError::new(
            place,
            "`Principal` and `NotPrincipal` stand side by side",
            "one of the two",
        )),
        (Some(set), None) => Ok(Some(Selector::Only(vec![set]))),
        (None, Some(set)) => Ok(Some(Selector::Except(vec![set]))),
        (None, None) => Ok(None),
    }
}

fn principal_set(value: &Value, place: &Place<'_>) -> Result<PrincipalSet, PolicyError> {
    const KINDS: &str = "`*` or an object of `AWS`, `Service`, `Federated`, `CanonicalUser`";
    let mut set = PrincipalSet::default();
    if value.as_str() == Some("*") {
        set.everyone = true;
        return Ok(set);
    }
    let owned = |text: &str, _: &Place<'_>| Ok(text.to_owned());
    for (kind, names) in object(value, place, KINDS)? {
        let place = place.key(kind);
        match kind.as_str() {
            "AWS" => {
                let list = strings(names, &place, &aws_principal)?;
                set.everyone |= list.iter().any(Option::is_none);
                set.aws.extend(list.into_iter().flatten());
            }
            "Service" => set.services.extend(strings(names, &place, &owned)?),
            "Federated" => set.federated.extend(strings(names, &place, &owned)?),
            // A canonical user id is S3's own name for an account, which no ARN or id here tells.
            "CanonicalUser" => drop(strings(names, &place, &owned)?),
            other => {
                return Err(PolicyError::new(
                    &place,
                    format!("principal kind `{other}` is unknown"),
                    KINDS,
                ));
            }
        }
    }
    Ok(set)
}

/// One value of `{"AWS": …}`; `None` is everyone.
fn aws_principal(text: &str, place: &Place<'_>) -> Result<Option<AwsPrincipal>, PolicyError> {
    if text == "*" {
        return Ok(None);
    }
    AwsPrincipal::parse(text).map(Some).ok_or_else(|| {
        PolicyError::new(
            place,
            format!("`{text}` names no AWS principal"),
            "`*`, a 12-digit account id, or the full ARN of an account root, user, role or session",
        )
    })
}

fn conditions(value: Option<&Value>, place: &Place<'_>, variables: bool) -> Result<Vec<Condition>, PolicyError> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let mut conditions = Vec::new();
    for (name, keys) in object(value, place, "an object of operators")? {
        let place = place.key(name);
        let operator = Operator::parse(name).ok_or_else(|| {
            PolicyError::new(
                &place,
                format!("condition operator `{name}` is unknown"),
                "an IAM operator such as `StringLike`, alone or with `ForAllValues:` or `ForAnyValue:` before it and \
                 `IfExists` behind it (`Null` takes no `IfExists`)",
            )
        })?;
        let mut seen = BTreeSet::new();
        for (key, values) in object(keys, &place, "an object of context keys")? {
            let place = place.key(key);
            let lower = key.to_lowercase();
            check_condition_key(&lower, &mut seen, &place)?;
            conditions.push(Condition {
                operator: name.clone(),
                lower,
                key: key.clone(),
                quantifier: operator.quantifier,
                if_exists: operator.if_exists,
                test: operator.test(&scalars(values, &place)?, variables),
            });
        }
    }
    Ok(conditions)
}

fn check_condition_key(lower: &str, seen: &mut BTreeSet<String>, place: &Place<'_>) -> Result<(), PolicyError> {
    if !lower.contains(':') {
        return Err(PolicyError::new(
            place,
            format!("`{lower}` is no condition key"),
            "`service:Key`, such as `aws:SourceIp` or `s3:prefix`",
        ));
    }
    if !seen.insert(lower.to_owned()) {
        return Err(PolicyError::new(
            place,
            format!("condition key `{lower}` is given twice under one operator"),
            "each key once (case does not matter), with a list of values",
        ));
    }
    Ok(())
}

/// Reads a string, number or boolean, or a list of them, as the text IAM compares.
fn scalars(value: &Value, place: &Place<'_>) -> Result<Vec<String>, PolicyError> {
    let one = |item: &Value, place: &Place<'_>| {
        scalar(item).ok_or_else(|| {
            PolicyError::new(
                place,
                format!("`{}` is no condition value", brief(item)),
                "a string, number or boolean, or a list of them",
            )
        })
    };
    match value {
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, item)| one(item, &place.index(index)))
            .collect(),
        other => Ok(vec![one(other, place)?]),
    }
}

/// The text of a string, number or boolean.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn object<'a>(value: &'a Value, place: &Place<'_>, accepted: &str) -> Result<&'a Map<String, Value>, PolicyError> {
    value
        .as_object()
        .ok_or_else(|| PolicyError::new(place, format!("`{}` is no object", brief(value)), accepted))
}

fn optional_string(map: &Map<String, Value>, key: &str, place: &Place<'_>) -> Result<Option<String>, PolicyError> {
    match map.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(PolicyError::new(
            &place.key(key),
            format!("`{}` is no string", brief(other)),
            "a string, or no such key",
        )),
    }
}

fn known_keys(map: &Map<String, Value>, known: &[&str], place: &Place<'_>) -> Result<(), PolicyError> {
    let Some(unknown) = map.keys().find(|key| !known.contains(&key.as_str())) else {
        return Ok(());
    };
    let near = known.iter().find(|name| name.eq_ignore_ascii_case(unknown));
    let hint = near.map(|name| format!(" (write `{name}`)")).unwrap_or_default();
    Err(PolicyError::new(
        &place.key(unknown),
        format!("element `{unknown}` is unknown{hint}"),
        known.join(", "),
    ))
}

/// A value as an error shows it: its start, on one line.
fn brief(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(60) {
        Some((at, _)) => text.get(..at).map(|start| format!("{start}…")).unwrap_or_default(),
        None => text,
    }
}
