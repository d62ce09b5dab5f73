//! From use to statements: what each action needs, grouped where needs are equal.

use std::collections::{BTreeMap, BTreeSet};

use podtrail_iam::catalog::{AccessLevel, catalog};
use podtrail_iam::policy::build::{Conditions, Statement};

use super::abac::Names;
use super::conditions::{Endpoints, Proven, both, proven, service, written};
use super::cover::{covers, fits};
use super::kept::Extra;
use super::sid::{base, number};
use super::widen::Patterns;
use crate::answer::{Grouping, Warning, Widened};
use crate::usage::Usage;

/// How statements are to be made.
#[derive(Default)]
pub(super) struct Plan<'p> {
    /// What shares a statement.
    pub(super) group: Grouping,
    /// What is granted on request.
    pub(super) extras: &'p [Extra],
    /// Services to be limited to their VPC endpoints.
    pub(super) endpoints: Endpoints,
    /// Names to be written as session tags.
    pub(super) names: Option<Names>,
}

/// Statements that allow what was used, with what a reader should know of them.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// Sorted, with unique Sids.
    pub(super) statements: Vec<Statement>,
    /// For each action its resources as they stand in the statements.
    pub(super) resources: BTreeMap<String, BTreeSet<String>>,
    /// Sorted.
    pub(super) widened: Vec<Widened>,
    /// In the order of the statements.
    pub(super) warnings: Vec<Warning>,
}

/// A statement to be: service, group, conditions, resources.
type Key = (String, String, Conditions, BTreeSet<String>);

/// Drafts statements for rows that passed authorisation, and for what is granted on request.
pub(super) fn draft<'u>(rows: impl Iterator<Item = &'u Usage>, plan: &Plan<'_>) -> Draft {
    let mut draft = Draft::default();
    let mut refused: BTreeSet<String> = BTreeSet::new();
    let mut broad: BTreeSet<String> = BTreeSet::new();
    let mut groups: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    for (action, needs) in needs(rows, &plan.endpoints) {
        for (conditions, patterns, widened) in patterns_of(needs) {
            let mut resources: BTreeSet<String> = patterns.patterns.into_keys().collect();
            resources.retain(|resource| !requested(plan.extras, action, resource));
            draft
                .widened
                .extend(patterns.widened.into_iter().filter(|w| resources.contains(&w.pattern)));
            draft.widened.extend(widened);
            refused.extend(patterns.refused);
            broad.extend(patterns.broad);
            draft.add(&mut groups, plan.group, action, conditions, resources);
        }
    }
    for extra in plan.extras {
        let (conditions, resources) = (extra.conditions.clone(), extra.resources.clone());
        draft.add(&mut groups, plan.group, extra.action, conditions, resources);
    }
    draft
        .widened
        .sort_by(|a, b| (&a.pattern, a.from_count).cmp(&(&b.pattern, b.from_count)));
    draft.widened.dedup();
    draft.statements = groups.into_iter().map(statement).collect();
    draft.statements.sort_by(|a, b| a.sid.cmp(&b.sid));
    number(&mut draft.statements);
    draft.warnings = warnings(&draft.statements, plan.extras, &refused, &broad);
    if let Some(names) = &plan.names {
        draft.write_names(names);
    }
    draft
}

/// Whether a requested grant without conditions covers the pattern.
fn requested(extras: &[Extra], action: &str, pattern: &str) -> bool {
    let mut free = extras.iter().filter(|e| e.action == action && e.conditions.is_empty());
    free.any(|extra| extra.resources.iter().any(|cover| covers(cover, pattern)))
}

impl Draft {
    fn add(
        &mut self,
        groups: &mut BTreeMap<Key, BTreeSet<String>>,
        group: Grouping,
        action: &str,
        conditions: Conditions,
        resources: BTreeSet<String>,
    ) {
        if resources.is_empty() {
            return;
        }
        let known = self.resources.entry(action.to_owned()).or_default();
        known.extend(resources.iter().cloned());
        let apart = match group {
            Grouping::Resources => String::new(),
            Grouping::Level => catalog().access_level(action).map(level).unwrap_or_default().to_owned(),
            Grouping::Action => action.to_owned(),
        };
        let key = (service(action).to_owned(), apart, conditions, resources);
        groups.entry(key).or_default().insert(action.to_owned());
    }

    /// Writes the workload's names as session tags, everywhere the same.
    fn write_names(&mut self, names: &Names) {
        let all = |set: &mut BTreeSet<String>| *set = set.iter().map(|r| names.write(r)).collect();
        self.statements.iter_mut().for_each(|s| all(&mut s.resources));
        self.resources.values_mut().for_each(all);
        self.widened
            .iter_mut()
            .for_each(|w| w.pattern = names.write(&w.pattern));
    }
}

fn level(level: AccessLevel) -> &'static str {
    match level {
        AccessLevel::Read => "read",
        AccessLevel::List => "list",
        AccessLevel::Write => "write",
        AccessLevel::Tagging => "tagging",
        AccessLevel::PermissionsManagement => "permissions",
    }
}

/// One action's resources, each with the conditions that hold for all calls on it.
type Needs<'u> = Vec<(&'u str, Proven)>;

/// What each action needs. Rows come sorted by action and resource.
fn needs<'u>(rows: impl Iterator<Item = &'u Usage>, endpoints: &Endpoints) -> Vec<(&'u str, Needs<'u>)> {
    let mut needs: Vec<(&str, Needs<'_>)> = Vec::new();
    let mut limitable = true;
    for row in rows {
        let action = row.action.as_str();
        if needs.last().is_none_or(|(last, _)| *last != action) {
            limitable = catalog().has_resource_level(action) != Some(false);
            needs.push((action, Vec::new()));
        }
        let Some((_, resources)) = needs.last_mut() else {
            continue;
        };
        let star = !limitable || row.resource.is_empty();
        let resource = if star { "*" } else { row.resource.as_str() };
        let proven = proven(row, endpoints);
        match resources.last_mut().filter(|(last, _)| *last == resource) {
            Some((_, held)) => both(held, &proven),
            None => resources.push((resource, proven)),
        }
    }
    needs
}

/// One action's resources as patterns, by conditions; the ones without conditions first, for what
/// these cover needs no other.
fn patterns_of(needs: Needs<'_>) -> Vec<(Conditions, Patterns, Vec<Widened>)> {
    let mut by_conditions: BTreeMap<Conditions, (Vec<&str>, Vec<Widened>)> = BTreeMap::new();
    for (resource, proven) in needs {
        let (conditions, widened) = written(resource, proven);
        let entry = by_conditions.entry(conditions).or_default();
        entry.0.push(resource);
        entry.1.extend(widened);
    }
    let mut out: Vec<(Conditions, Patterns, Vec<Widened>)> = Vec::new();
    for (conditions, (mut resources, widened)) in by_conditions {
        if let Some((none, free, _)) = out.first().filter(|_| !conditions.is_empty())
            && none.is_empty()
        {
            resources.retain(|resource| !free.patterns.keys().any(|pattern| fits(pattern, resource)));
        }
        if !resources.is_empty() {
            out.push((conditions, Patterns::of(resources), widened));
        }
    }
    out
}

fn statement(((_, _, conditions, resources), actions): (Key, BTreeSet<String>)) -> Statement {
    let mut statement = Statement::allow(actions, resources);
    statement.conditions = conditions;
    let sid = base(&statement);
    statement.with_sid(sid)
}

fn warnings(
    statements: &[Statement],
    extras: &[Extra],
    refused: &BTreeSet<String>,
    broad: &BTreeSet<String>,
) -> Vec<Warning> {
    let on_request = |action: &str| extras.iter().any(|extra| extra.action == action);
    let mut warnings = Vec::new();
    for statement in statements {
        let mut warn = |code: &str, message: String| {
            warnings.push(Warning {
                code: code.to_owned(),
                message,
                statement: statement.sid.clone(),
            });
        };
        if statement.resources.contains("*") {
            let limitable = |a: &&String| catalog().has_resource_level(a) == Some(true);
            let unnamed: Vec<&str> = statement.actions.iter().filter(limitable).map(String::as_str).collect();
            if unnamed.len() < statement.actions.len() {
                warn(
                    "star_resource",
                    "these actions have no resource-level permissions: `*` is the narrowest".to_owned(),
                );
            }
            let unnamed: Vec<&str> = unnamed.into_iter().filter(|action| !on_request(action)).collect();
            if !unnamed.is_empty() {
                let names = unnamed.join(", ");
                warn(
                    "resource_not_named",
                    format!("the events of {names} do not name their resource; narrow `*` if you know it"),
                );
            }
        }
        for pattern in statement.resources.intersection(refused) {
            warn(
                "refused_characters",
                format!("IAM refuses some characters of this name in a policy; `*` stands for them in `{pattern}`"),
            );
        }
        for pattern in statement.resources.intersection(broad) {
            warn(
                "broad_resource",
                format!(
                    "`{pattern}` is every one in the account and region; a condition on aws:ResourceTag narrows it"
                ),
            );
        }
    }
    warnings
}
