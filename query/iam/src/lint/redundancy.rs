//! What means the same without it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::glob::{Tokens, arn_parts};
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
    let scopes: Vec<Scope<'_>> = subject.statements.iter().map(scope).collect();
    let mut found = Vec::new();
    for scope in &scopes {
        found.extend(within(ACTION, "action", &scope.actions));
        found.extend(within(RESOURCE, "resource", &scope.resources));
    }
    found.extend(statements(&scopes));
    found
}

/// An entry of a list, taken apart once: `service` and `Name`, or the parts of an ARN.
struct Entry<'a> {
    item: Item<'a>,
    parts: Vec<Tokens>,
    wide: bool,
}

impl<'a> Entry<'a> {
    fn action(item: Item<'a>) -> Self {
        let parts = item.text.splitn(2, ':');
        let parts = parts
            .map(|part| Tokens::of_policy(&part.to_ascii_lowercase()))
            .collect();
        Self::new(item, parts)
    }

    fn resource(item: Item<'a>) -> Self {
        let parts = arn_parts(item.text).into_iter().map(Tokens::of_policy).collect();
        Self::new(item, parts)
    }

    fn new(item: Item<'a>, parts: Vec<Tokens>) -> Self {
        let wide = item.text.contains(['*', '?']);
        Self { item, parts, wide }
    }

    /// Whether all that `other` means is meant.
    fn covers(&self, other: &Self) -> bool {
        let by_part = || self.parts.iter().zip(&other.parts).all(|(a, b)| a.covers(b));
        self.item.text == other.item.text
            || self.item.text == "*"
            || (self.wide && self.parts.len() == other.parts.len() && by_part())
    }
}

/// Entries of one list that another entry covers. Of two that are the same the later is told.
fn within(code: Code, what: &str, entries: &[Entry<'_>]) -> Vec<Lint> {
    let wide: Vec<(usize, &Entry<'_>)> = entries.iter().enumerate().filter(|(_, entry)| entry.wide).collect();
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate() {
        first.entry(entry.item.text).or_insert(at);
    }
    let judge = |(at, entry): (usize, &Entry<'_>)| {
        let earlier = first.get(entry.item.text).filter(|earlier| **earlier < at);
        let same = earlier.and_then(|at| entries.get(*at));
        let wider = |(other, wide): &&(usize, &Entry<'_>)| {
            *other != at && wide.covers(entry) && (*other < at || !entry.covers(wide))
        };
        let by = same.or_else(|| wide.iter().find(wider).map(|(_, wide)| *wide))?;
        let message = format!(
            "{what} `{}` is covered by `{}`; leave it out",
            entry.item.text, by.item.text
        );
        Some(code.at(entry.item.pointer.clone(), message))
    };
    entries.iter().enumerate().filter_map(judge).collect()
}

/// A statement's scope, for comparison.
struct Scope<'a> {
    view: &'a View<'a>,
    actions: Vec<Entry<'a>>,
    resources: Vec<Entry<'a>>,
    /// What must be the same: effect, principals, conditions, which of the `Not…` twins are used.
    rest: String,
}

/// Statements that another one covers: more actions or resources, all else the same.
fn statements(scopes: &[Scope<'_>]) -> Vec<Lint> {
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
        actions: view
            .items("Action", "NotAction")
            .into_iter()
            .map(Entry::action)
            .collect(),
        resources: view
            .items("Resource", "NotResource")
            .into_iter()
            .map(Entry::resource)
            .collect(),
        rest: format!("{parts:?}{names:?}"),
    }
}

/// Whether `wide` says all that `narrow` says. The `Not…` forms only if they are the same.
fn contains(wide: &Scope<'_>, narrow: &Scope<'_>) -> bool {
    let all = |element: &str, wide_list: &[Entry<'_>], list: &[Entry<'_>]| {
        let texts: BTreeSet<&str> = wide_list.iter().map(|entry| entry.item.text).collect();
        if wide.view.element(element).is_some() {
            return texts == list.iter().map(|entry| entry.item.text).collect();
        }
        let covered = |entry: &Entry<'_>| wide_list.iter().any(|wide| wide.wide && wide.covers(entry));
        list.iter()
            .all(|entry| texts.contains(entry.item.text) || covered(entry))
    };
    all("NotAction", &wide.actions, &narrow.actions) && all("NotResource", &wide.resources, &narrow.resources)
}
