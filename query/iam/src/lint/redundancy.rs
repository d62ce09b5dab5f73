//! What means the same without it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::glob::{Tokens, arn_covers};
use super::view::{Item, Subject, View};
use super::{Code, Family, Lint};

const ACTION: Code = Code::suggestion("redundant_action");
const RESOURCE: Code = Code::suggestion("redundant_resource");
const STATEMENT: Code = Code::suggestion("redundant_statement");

pub(super) const FAMILY: Family = Family {
    codes: &[ACTION, RESOURCE, STATEMENT],
    check,
};

fn check(subject: &Subject<'_>) -> Vec<Lint> {
    let mut found = Vec::new();
    for view in &subject.statements {
        let actions = view.items("Action", "NotAction");
        found.extend(within(ACTION, "action", &actions, covers_action));
        found.extend(within(
            RESOURCE,
            "resource",
            &view.items("Resource", "NotResource"),
            arn_covers,
        ));
    }
    found.extend(statements(&subject.statements));
    found
}

fn covers_action(pattern: &str, other: &str) -> bool {
    let (pattern, other) = (pattern.to_ascii_lowercase(), other.to_ascii_lowercase());
    match (pattern.split_once(':'), other.split_once(':')) {
        _ if pattern == other || pattern == "*" => true,
        (Some((service, name)), Some((their_service, their_name))) => {
            Tokens::of_policy(service).covers(&Tokens::of_policy(their_service))
                && Tokens::of_policy(name).covers(&Tokens::of_policy(their_name))
        }
        _ => false,
    }
}

/// Entries of one list that another entry covers. Of two that are the same the later is told.
fn within(code: Code, what: &str, items: &[Item<'_>], covers: fn(&str, &str) -> bool) -> Vec<Lint> {
    let wide: Vec<(usize, &Item<'_>)> = items
        .iter()
        .enumerate()
        .filter(|(_, item)| has_wildcard(item.text))
        .collect();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        first.entry(item.text).or_insert(at);
    }
    let judge = |(at, item): (usize, &Item<'_>)| {
        let same = first
            .get(item.text)
            .filter(|earlier| **earlier < at)
            .and_then(|at| items.get(*at));
        let wider = || {
            let wider = |(other, wide): &&(usize, &Item<'_>)| {
                *other != at && covers(wide.text, item.text) && (*other < at || !covers(item.text, wide.text))
            };
            wide.iter().find(wider).map(|(_, wide)| *wide)
        };
        let by = same.or_else(wider)?;
        let message = format!("{what} `{}` is covered by `{}`; leave it out", item.text, by.text);
        Some(code.at(item.pointer.clone(), message))
    };
    items.iter().enumerate().filter_map(judge).collect()
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// A statement's scope, for comparison.
struct Scope<'a> {
    view: &'a View<'a>,
    actions: Vec<Item<'a>>,
    resources: Vec<Item<'a>>,
    /// What must be the same: effect, principals, conditions, which of the `Not…` twins are used.
    rest: String,
}

/// Statements that another one covers: more actions or resources, all else the same.
fn statements(views: &[View<'_>]) -> Vec<Lint> {
    let scopes: Vec<Scope<'_>> = views.iter().map(scope).collect();
    let mut groups: BTreeMap<&str, Vec<(usize, &Scope<'_>)>> = BTreeMap::new();
    for (at, scope) in scopes.iter().enumerate() {
        groups.entry(&scope.rest).or_default().push((at, scope));
    }
    let mut found = Vec::new();
    for group in groups.into_values() {
        for (at, scope) in &group {
            let wider = |(other, wide): &&(usize, &Scope<'_>)| {
                other != at && contains(wide, scope) && (other < at || !contains(scope, wide))
            };
            if let Some((_, wide)) = group.iter().find(wider) {
                let message = format!(
                    "the statement at `{}` says all of this; leave it out",
                    wide.view.pointer
                );
                found.push(STATEMENT.at(scope.view.pointer.clone(), message));
            }
        }
    }
    found
}

fn scope<'a>(view: &'a View<'a>) -> Scope<'a> {
    let parts =
        ["Effect", "Principal", "NotPrincipal", "Condition"].map(|name| view.element(name).map(Value::to_string));
    let names = [view.named("Action", "NotAction"), view.named("Resource", "NotResource")];
    Scope {
        view,
        actions: view.items("Action", "NotAction"),
        resources: view.items("Resource", "NotResource"),
        rest: format!("{parts:?}{names:?}"),
    }
}

/// Whether `wide` says all that `narrow` says. The `Not…` forms only if they are the same.
fn contains(wide: &Scope<'_>, narrow: &Scope<'_>) -> bool {
    let all = |wide: &[Item<'_>], narrow: &[Item<'_>], except: bool, covers: fn(&str, &str) -> bool| {
        let texts: BTreeSet<&str> = wide.iter().map(|item| item.text).collect();
        if except {
            return texts == narrow.iter().map(|item| item.text).collect();
        }
        let patterns = || texts.iter().filter(|text| has_wildcard(text));
        narrow
            .iter()
            .all(|item| texts.contains(item.text) || patterns().any(|text| covers(text, item.text)))
    };
    let except = |name| wide.view.element(name).is_some();
    all(&wide.actions, &narrow.actions, except("NotAction"), covers_action)
        && all(&wide.resources, &narrow.resources, except("NotResource"), arn_covers)
}
