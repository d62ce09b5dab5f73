//! From use to statements: what each action needs, grouped where needs are equal.

use std::collections::{BTreeMap, BTreeSet};

use podtrail_iam::catalog::catalog;
use podtrail_iam::policy::build::Statement;

use super::cover::fits;
use super::pattern::literal;
use super::sid::{base, number};
use super::widen::Patterns;
use crate::answer::{Warning, Widened};
use crate::usage::Usage;

/// Conditions that a proposal carries where every call shows them; the service that acts for the
/// workload, or for which it acts, does not change with the day.
const PROVEN: [&str; 4] = [
    "kms:ViaService",
    "iam:PassedToService",
    "ec2:CreateAction",
    "iam:AWSServiceName",
];

/// Context key → values, of `StringEquals`.
type Conditions = BTreeMap<String, BTreeSet<String>>;

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

/// A statement to be: service, conditions, resources.
type Key = (String, Conditions, BTreeSet<String>);

/// Drafts statements for rows that passed authorisation.
pub(super) fn draft<'u>(rows: impl Iterator<Item = &'u Usage>) -> Draft {
    let mut draft = Draft::default();
    let mut refused: BTreeSet<String> = BTreeSet::new();
    let mut broad: BTreeSet<String> = BTreeSet::new();
    let mut groups: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    for (action, needs) in needs(rows) {
        for (conditions, patterns) in patterns_of(needs) {
            let resources: BTreeSet<String> = patterns.patterns.into_keys().collect();
            draft
                .resources
                .entry(action.to_owned())
                .or_default()
                .extend(resources.iter().cloned());
            draft.widened.extend(patterns.widened);
            refused.extend(patterns.refused);
            broad.extend(patterns.broad);
            let service = action.split_once(':').map_or(action, |(service, _)| service).to_owned();
            groups
                .entry((service, conditions, resources))
                .or_default()
                .insert(action.to_owned());
        }
    }
    draft
        .widened
        .sort_by(|a, b| (&a.pattern, a.from_count).cmp(&(&b.pattern, b.from_count)));
    draft.widened.dedup();
    draft.statements = groups.into_iter().map(statement).collect();
    draft.statements.sort_by(|a, b| a.sid.cmp(&b.sid));
    number(&mut draft.statements);
    draft.warnings = warnings(&draft.statements, &refused, &broad);
    draft
}

/// For each action its resources, each with the conditions that hold for all calls on it.
fn needs<'u>(rows: impl Iterator<Item = &'u Usage>) -> BTreeMap<&'u str, BTreeMap<&'u str, Conditions>> {
    let mut needs: BTreeMap<&str, BTreeMap<&str, Conditions>> = BTreeMap::new();
    for row in rows {
        let action = row.action.as_str();
        let star = catalog().has_resource_level(action) == Some(false) || row.resource.is_empty();
        let resource = if star { "*" } else { row.resource.as_str() };
        let proven = proven(row);
        match needs.entry(action).or_default().entry(resource) {
            std::collections::btree_map::Entry::Vacant(entry) => drop(entry.insert(proven)),
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                let held = entry.get_mut();
                held.retain(|key, _| proven.contains_key(key));
                for (key, values) in held {
                    values.extend(proven.get(key).into_iter().flatten().cloned());
                }
            }
        }
    }
    needs
}

fn proven(row: &Usage) -> Conditions {
    let mut proven = Conditions::new();
    for (key, values) in &row.conditions {
        let known = PROVEN.iter().find(|known| known.eq_ignore_ascii_case(key));
        if let (Some(known), [value]) = (known, values.as_slice()) {
            let written = literal(value, false);
            if !written.refused {
                proven.insert((*known).to_owned(), BTreeSet::from([written.pattern]));
            }
        }
    }
    proven
}

/// One action's resources as patterns, by conditions; the ones without conditions first, for what
/// these cover needs no other.
fn patterns_of(needs: BTreeMap<&str, Conditions>) -> Vec<(Conditions, Patterns)> {
    let mut by_conditions: BTreeMap<Conditions, Vec<&str>> = BTreeMap::new();
    for (resource, conditions) in needs {
        by_conditions.entry(conditions).or_default().push(resource);
    }
    let mut out: Vec<(Conditions, Patterns)> = Vec::new();
    for (conditions, mut resources) in by_conditions {
        if let Some((none, free)) = out.first().filter(|_| !conditions.is_empty())
            && none.is_empty()
        {
            resources.retain(|resource| !free.patterns.keys().any(|pattern| fits(pattern, resource)));
        }
        if !resources.is_empty() {
            out.push((conditions, Patterns::of(resources)));
        }
    }
    out
}

fn statement(((_, conditions, resources), actions): (Key, BTreeSet<String>)) -> Statement {
    let mut statement = Statement::allow(actions, resources);
    for (key, values) in conditions {
        for value in values {
            statement = statement.when("StringEquals", &key, value);
        }
    }
    let sid = base(&statement);
    statement.with_sid(sid)
}

fn warnings(statements: &[Statement], refused: &BTreeSet<String>, broad: &BTreeSet<String>) -> Vec<Warning> {
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
