//! The ARNs an action was checked on: from `resources[]`, from ARNs and names in the parameters, else a stand-in that
//! says so.

use std::collections::{BTreeMap, BTreeSet};

use super::arn::{any, fill, service_of, type_of};
use super::request::Request;
use super::rules::normalise;
use crate::catalog::{ResourceType, catalog, operations};

/// The resources of one action, with a remark where they are not all from the record.
#[derive(Debug, Default)]
pub(crate) struct Resolved {
    pub(crate) arns: Vec<String>,
    pub(crate) note: Option<String>,
}

impl Resolved {
    fn star(note: &str) -> Self {
        Self {
            arns: vec!["*".to_owned()],
            note: Some(note.to_owned()),
        }
    }
}

/// ARNs by resource type while they are gathered.
#[derive(Default)]
struct Found {
    by_type: BTreeMap<&'static str, BTreeSet<String>>,
    notes: BTreeSet<String>,
}

/// The resources of `action` in this request.
pub(crate) fn resolve(request: &Request<'_>, action: &'static str) -> Resolved {
    let Some(known) = catalog().action(action) else {
        return Resolved::default();
    };
    let types = catalog().types_of(known);
    if types.is_empty() {
        return Resolved::star("no resource-level permissions");
    }
    let spec = operations()
        .get(request.prefix, request.operation)
        .map(|o| o.spec)
        .unwrap_or_default();
    let mut found = Found::default();
    from_logged(request, &types, &mut found);
    for part in spec.split(';').filter(|p| !p.is_empty()) {
        from_part(request, &types, part, &mut found);
    }
    add_unnamed(request, &types, spec, &mut found);
    if found.by_type.is_empty() {
        return Resolved::star("the request names no resource");
    }
    let arns = found
        .by_type
        .into_values()
        .flatten()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let note = (!found.notes.is_empty()).then(|| found.notes.into_iter().collect::<Vec<_>>().join("; "));
    Resolved { arns, note }
}

/// `resources[]`: exact ARNs, and prefixes for types of which it has no exact one.
fn from_logged(request: &Request<'_>, types: &[(&ResourceType, bool)], found: &mut Found) {
    for (arn, prefix) in request.logged.iter().map(|l| (&l.arn, l.prefix)) {
        let whole = if prefix { format!("{arn}*") } else { arn.clone() };
        let Some(kind) = kind_of(types, &whole) else { continue };
        if prefix && found.by_type.contains_key(kind) {
            continue;
        }
        if prefix {
            found
                .notes
                .insert("the record names only a prefix of the resources".to_owned());
        }
        found.by_type.entry(kind).or_default().insert(whole);
    }
}

/// One part of the operation's spec: `type@path`, `*@path`, `?@path` or `type:Var=path,Var`.
fn from_part(request: &Request<'_>, types: &[(&ResourceType, bool)], part: &str, found: &mut Found) {
    if let Some((kind, path)) = part.split_once('@') {
        for value in request.params.values(path).iter().filter(|v| v.starts_with("arn:")) {
            // What the caller named by ARN was checked, also where the reference lists no such type for the action.
            let kind = match (kind_of(types, value), kind) {
                (Some(known), _) => known,
                (None, "?") => continue,
                (None, stated) => named(types, stated).map(|t| t.name).unwrap_or_default(),
            };
            found
                .by_type
                .entry(kind)
                .or_default()
                .insert(normalise::arn(request.prefix, kind, value.clone()));
        }
    } else if let Some((kind, variables)) = part.split_once(':')
        && let Some(kind) = named(types, kind)
        && !found.by_type.contains_key(kind.name)
    {
        from_variables(request, types, kind, variables, found);
    }
}

/// Fills the type's pattern for each value of its last variable; a value that is an ARN stands for itself.
fn from_variables(
    request: &Request<'_>,
    types: &[(&ResourceType, bool)],
    kind: &ResourceType,
    variables: &str,
    found: &mut Found,
) {
    let named: Vec<(&str, Vec<String>)> = variables
        .split(',')
        .filter(|v| !v.is_empty())
        .map(|v| {
            let (name, path) = v.split_once('=').unwrap_or((v, v));
            let values = request.params.values(path);
            (name.trim_start_matches('~'), values)
        })
        .collect();
    let (Some(pattern), Some((own, values))) = (kind.patterns.first(), named.last()) else {
        if let Some(pattern) = kind.patterns.first() {
            found
                .by_type
                .entry(kind.name)
                .or_default()
                .insert(any(pattern, &request.place));
        }
        return;
    };
    for value in values {
        if value.starts_with("arn:") {
            let kind = kind_of(types, value).unwrap_or(kind.name);
            found
                .by_type
                .entry(kind)
                .or_default()
                .insert(normalise::arn(request.prefix, kind, value.clone()));
            continue;
        }
        let other = |name: &str| {
            named
                .iter()
                .find(|(n, _)| *n == name)
                .and_then(|(_, v)| v.first().cloned())
        };
        let Some(value) = normalise::value(request, kind.name, own, value) else {
            continue;
        };
        let (arn, missing) = fill(pattern, &request.place, |name| {
            if name == *own {
                Some(value.clone())
            } else {
                other(name).and_then(|v| normalise::value(request, kind.name, name, &v))
            }
        });
        if !missing.is_empty() {
            found.notes.insert(format!(
                "`*` stands for {}, which the request does not carry",
                missing.join(", ")
            ));
        }
        found
            .by_type
            .entry(kind.name)
            .or_default()
            .insert(normalise::arn(request.prefix, kind.name, arn));
    }
}

/// Types that every call names and this one seems not to: any of that type in the account and region. Not where a
/// parameter exists for the type but was left out or named another type: then the call does not touch one.
fn add_unnamed(request: &Request<'_>, types: &[(&ResourceType, bool)], spec: &str, found: &mut Found) {
    let some_named = !found.by_type.is_empty();
    let mut unnamed = Vec::new();
    for kind in types.iter().filter(|(_, required)| *required).map(|(kind, _)| *kind) {
        let has_parameter = spec
            .split(';')
            .any(|p| p.starts_with(['*', '?']) || part_type(p) == kind.name);
        if found.by_type.contains_key(kind.name) || (some_named && has_parameter) {
            continue;
        }
        let Some(pattern) = kind.patterns.first() else { continue };
        unnamed.push(kind.name);
        found
            .by_type
            .entry(kind.name)
            .or_default()
            .insert(any(pattern, &request.place));
    }
    if !unnamed.is_empty() {
        let kinds = unnamed.join(", ");
        found.notes.insert(format!(
            "the request does not name the {kinds}: any in the account and region"
        ));
    }
}

fn part_type(part: &str) -> &str {
    part.split(['@', ':']).next().unwrap_or(part)
}

/// The action's type that an ARN is of, judged among all types of the ARN's own service.
fn kind_of(types: &[(&ResourceType, bool)], arn: &str) -> Option<&'static str> {
    let kind = type_of(service_of(arn)?, arn)?;
    named(types, kind).map(|t| t.name)
}

fn named<'t>(types: &[(&'t ResourceType, bool)], name: &str) -> Option<&'t ResourceType> {
    types.iter().map(|(kind, _)| *kind).find(|kind| kind.name == name)
}
