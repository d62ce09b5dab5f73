//! What a role is granted today, action by action.

use std::collections::BTreeSet;

use podtrail_iam::catalog::{Action, catalog};
use podtrail_iam::policy::{ActionPattern, Effect, Pattern, Policy, Selector, Statement};

use super::cover::overlap;
use super::input::session_policy;
use crate::inventory::{Association, NamedPolicy, Role};

/// A role's policies, compiled, with the actions that they grant.
#[derive(Debug, Default)]
pub(super) struct Grants {
    /// Names of the policies that grant, parallel to `identity`.
    names: Vec<String>,
    /// The identity policies whose document is known.
    pub(super) identity: Vec<Policy>,
    /// The permissions boundary, where its document is known.
    pub(super) boundary: Vec<Policy>,
    /// The association's session policy.
    pub(super) session: Vec<Policy>,
    /// Policies (the boundary included) whose document is missing or is no policy.
    pub(super) unreadable: Vec<String>,
    /// For each action of the catalog, in its order: which of `names` grant it.
    by_action: Vec<Vec<u16>>,
}

impl Grants {
    /// Expands what the role, its boundary, the association's session policy and the SCPs (by level) allow. An action is
    /// granted when a statement allows it on some resource that it can be used on, and no Deny without
    /// conditions takes it from everything.
    pub(super) fn of(role: &Role, association: Option<&Association>, scps: &[Vec<Policy>]) -> Self {
        let mut grants = Self::default();
        for named in &role.policies {
            if let Some(policy) = grants.compile(named) {
                grants.names.push(named.name.clone());
                grants.identity.push(policy);
            }
        }
        if let Some(boundary) = &role.permissions_boundary {
            grants.boundary = grants.compile(boundary).into_iter().collect();
        }
        let session = association.and_then(|a| session_policy(a, &role.arn));
        grants.session = session.and_then(|text| Policy::parse(text).ok()).into_iter().collect();
        grants.expand(scps);
        grants
    }

    fn compile(&mut self, named: &NamedPolicy) -> Option<Policy> {
        let policy = named.document.as_deref().and_then(|text| Policy::parse(text).ok());
        if policy.is_none() {
            self.unreadable.push(named.name.clone());
        }
        policy
    }

    fn expand(&mut self, scps: &[Vec<Policy>]) {
        let mut by_action = vec![Vec::new(); catalog().actions().len()];
        for (index, policy) in self.identity.iter().enumerate() {
            let index = u16::try_from(index).unwrap_or(u16::MAX);
            for (allowed, policies) in allowed(policy).into_iter().zip(&mut by_action) {
                if allowed {
                    policies.push(index);
                }
            }
        }
        let mut keep = vec![true; by_action.len()];
        for limit in [&self.boundary, &self.session] {
            for policy in limit {
                and(&mut keep, &allowed(policy));
            }
        }
        for level in scps {
            // Within a level one Allow is enough.
            let mut level_allows = vec![false; keep.len()];
            for policy in level {
                for (allows, more) in level_allows.iter_mut().zip(allowed(policy)) {
                    *allows |= more;
                }
            }
            and(&mut keep, &level_allows);
        }
        let limits = self.boundary.iter().chain(&self.session).chain(scps.iter().flatten());
        for policy in self.identity.iter().chain(limits) {
            and(&mut keep, &not_denied(policy));
        }
        for (keep, policies) in keep.into_iter().zip(&mut by_action) {
            if !keep {
                policies.clear();
            }
        }
        self.by_action = by_action;
    }

    /// Each granted action with the names of the policies that grant it, in the catalog's order.
    pub(super) fn actions(&self) -> impl Iterator<Item = (&'static str, Vec<String>)> {
        let granted = catalog()
            .actions()
            .iter()
            .zip(&self.by_action)
            .filter(|(_, by)| !by.is_empty());
        granted.map(|(action, by)| (action.name, self.named(by)))
    }

    /// Whether today's Allows reach as far as a pattern does, as far as can be told: a pattern with
    /// variables, and `NotResource`, may.
    pub(super) fn reach(&self, action: &str, pattern: &str) -> bool {
        let statements = self.identity.iter().flat_map(Policy::statements);
        let mut allows = statements.filter(|s| s.effect() == Effect::Allow && s.matches_action(action));
        allows.any(|s| match s.resources() {
            Some(Selector::Only(list)) => list.iter().any(|p| p.matches(pattern) != Some(false)),
            Some(Selector::Except(_)) | None => true,
        })
    }

    /// The names of the granted actions.
    pub(super) fn names(&self) -> BTreeSet<&'static str> {
        let granted = catalog()
            .actions()
            .iter()
            .zip(&self.by_action)
            .filter(|(_, by)| !by.is_empty());
        granted.map(|(action, _)| action.name).collect()
    }

    fn named(&self, by: &[u16]) -> Vec<String> {
        let mut names: Vec<String> = by
            .iter()
            .filter_map(|i| self.names.get(usize::from(*i)))
            .cloned()
            .collect();
        names.sort();
        names.dedup();
        names
    }
}

fn and(keep: &mut [bool], other: &[bool]) {
    for (keep, other) in keep.iter_mut().zip(other) {
        *keep &= other;
    }
}

/// For each action of the catalog: whether some Allow of the policy grants it somewhere.
fn allowed(policy: &Policy) -> Vec<bool> {
    let mut allowed = vec![false; catalog().actions().len()];
    for statement in policy.statements().iter().filter(|s| s.effect() == Effect::Allow) {
        each_action(statement, |index, action| {
            if let Some(slot) = allowed.get_mut(index).filter(|slot| !**slot) {
                *slot = usable(statement, action);
            }
        });
    }
    allowed
}

/// For each action of the catalog: false if a Deny without conditions takes it from everything.
fn not_denied(policy: &Policy) -> Vec<bool> {
    let mut free = vec![true; catalog().actions().len()];
    let denies = policy
        .statements()
        .iter()
        .filter(|s| s.effect() == Effect::Deny && s.conditions().is_empty());
    for statement in denies {
        each_action(statement, |index, action| {
            if let Some(slot) = free.get_mut(index) {
                *slot &= !on_everything(statement, action);
            }
        });
    }
    free
}

/// Calls `visit` with the index of each action that the statement speaks of.
fn each_action(statement: &Statement, mut visit: impl FnMut(usize, &'static Action)) {
    let patterns: &[ActionPattern] = match statement.actions() {
        Selector::Only(list) | Selector::Except(list) => list,
    };
    // One literal service in every pattern: no need to look at all others.
    let services: Option<BTreeSet<String>> = match statement.actions() {
        Selector::Only(_) => patterns.iter().map(|p| literal_service(p.source())).collect(),
        Selector::Except(_) => None,
    };
    for (index, action) in catalog().actions().iter().enumerate() {
        let here = services
            .as_ref()
            .is_none_or(|s| action.name.split_once(':').is_some_and(|(p, _)| s.contains(p)));
        if here && statement.matches_action(action.name) {
            visit(index, action);
        }
    }
}

fn literal_service(pattern: &str) -> Option<String> {
    let (service, _) = pattern.split_once(':')?;
    (!service.contains(['*', '?'])).then(|| service.to_ascii_lowercase())
}

/// Whether the statement's resources hold anything that the action can be used on. An action
/// without resource-level permissions needs a pattern that fits `*`.
fn usable(statement: &Statement, action: &Action) -> bool {
    let Some(Selector::Only(patterns)) = statement.resources() else {
        return true;
    };
    let possible = catalog().arn_patterns(action.name);
    patterns.iter().any(|pattern| {
        if pattern.matches("*") == Some(true) {
            return true;
        }
        possible.iter().any(|(_, arn, _)| overlap(&opened(pattern), arn))
    })
}

/// The pattern's text with `*` for each variable, escapes aside.
fn opened(pattern: &Pattern) -> String {
    let mut opened = String::new();
    let mut rest = pattern.source();
    while let Some((before, after)) = rest.split_once("${") {
        opened.push_str(before);
        opened.push('*');
        rest = after.split_once('}').map_or("", |(_, tail)| tail);
    }
    opened.push_str(rest);
    opened
}

/// Whether a Deny leaves the action nothing: its resources fit everything, or the action has no others.
fn on_everything(statement: &Statement, action: &Action) -> bool {
    let Some(Selector::Only(patterns)) = statement.resources() else {
        return false;
    };
    let everything = |p: &Pattern| !p.source().is_empty() && p.source().bytes().all(|b| b == b'*');
    let star_only = catalog().has_resource_level(action.name) == Some(false);
    patterns
        .iter()
        .any(|p| everything(p) || (star_only && p.matches("*") == Some(true)))
}
