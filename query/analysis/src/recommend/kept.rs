//! What stays though it was not used: the keep-list, and what must never be removed.

use std::collections::BTreeSet;

use podtrail_iam::catalog::catalog;
use podtrail_iam::policy::build::Conditions;
use podtrail_iam::policy::{Effect, Policy, Selector, Statement};
use serde_json::Value;

use super::grants::Grants;
use super::options::keep_list;
use crate::answer::{GrantReason, RecommendOptions};

/// An action that a proposal grants on request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Extra {
    /// The action.
    pub(super) action: &'static str,
    /// Its resources, as patterns.
    pub(super) resources: BTreeSet<String>,
    /// The conditions of today's statement.
    pub(super) conditions: Conditions,
    /// Which list.
    pub(super) reason: GrantReason,
    /// Today's statement says `NotResource`, for which a proposal has no form: `*` stands for it.
    pub(super) wider: bool,
}

/// What the options ask for beyond use, sorted. Lists that do not read were refused before.
pub(super) fn extras(options: &RecommendOptions, grants: Option<&Grants>) -> Vec<Extra> {
    let mut extras: Vec<Extra> = Vec::new();
    for keep in keep_list(&options.keep).unwrap_or_default() {
        let today = || {
            grants
                .map(|g| today(g, keep.action, GrantReason::KeepList))
                .unwrap_or_default()
        };
        let named = |resource: String| Extra {
            action: keep.action,
            resources: BTreeSet::from([resource]),
            conditions: Conditions::new(),
            reason: GrantReason::KeepList,
            wider: false,
        };
        match &keep.resource {
            Some(resource) => extras.push(named(resource.clone())),
            None => match today() {
                none if none.is_empty() => extras.push(named("*".to_owned())),
                some => extras.extend(some),
            },
        }
    }
    if let Some(grants) = grants {
        let granted = grants.names();
        let protected: BTreeSet<&str> = options.never_remove.iter().flat_map(|p| catalog().expand(p)).collect();
        for action in granted.into_iter().filter(|action| protected.contains(action)) {
            extras.extend(today(grants, action, GrantReason::NeverRemove));
        }
    }
    extras.sort();
    extras.dedup();
    extras
}

/// An action's grants as today's Allow statements have them.
fn today(grants: &Grants, action: &'static str, reason: GrantReason) -> Vec<Extra> {
    let mut found = Vec::new();
    for policy in &grants.identity {
        for (at, statement) in policy.statements_for(action) {
            if statement.effect() == Effect::Allow && statement.matches_action(action) {
                found.push(extra(policy, at, statement, action, reason));
            }
        }
    }
    found
}

fn extra(policy: &Policy, at: usize, statement: &Statement, action: &'static str, reason: GrantReason) -> Extra {
    let listed = match statement.resources() {
        Some(Selector::Only(list)) => Some(list.iter().map(|p| p.source().to_owned()).collect()),
        _ => None,
    };
    let source = policy.to_json().get("Statement");
    let source = source.and_then(|s| if s.is_array() { s.get(at) } else { Some(s) });
    Extra {
        action,
        wider: listed.is_none(),
        resources: listed.unwrap_or_else(|| BTreeSet::from(["*".to_owned()])),
        conditions: source
            .and_then(|s| s.get("Condition"))
            .map(conditions)
            .unwrap_or_default(),
        reason,
    }
}

/// The `Condition` element of a document that compiled.
fn conditions(element: &Value) -> Conditions {
    let mut conditions = Conditions::new();
    for (operator, keys) in element.as_object().into_iter().flatten() {
        for (key, values) in keys.as_object().into_iter().flatten() {
            let list = values.as_array().map_or(std::slice::from_ref(values), Vec::as_slice);
            let slot = conditions
                .entry(operator.clone())
                .or_default()
                .entry(key.clone())
                .or_default();
            slot.extend(list.iter().map(text));
        }
    }
    conditions
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
