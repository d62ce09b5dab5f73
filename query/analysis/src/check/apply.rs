//! Changes put over the inventory: the roles and associations as they would be.

use std::collections::{BTreeMap, BTreeSet};

use super::changes::{Change, Changes, Document, Edit, PolicyRef, RoleRef, Text};
use super::pairing::{Move, moves};
use super::state::{State, known};
use crate::answer::CheckChange;
use crate::inventory::{Inventory, Role};
use crate::usage::Workload;

/// The roles and associations as the changes would leave them.
#[derive(Debug)]
pub struct After<'a> {
    pub(super) inventory: &'a Inventory,
    pub(super) changes: Changes,
    /// By role, and by workload where the change is for that one alone.
    states: BTreeMap<(String, Option<String>), State<'a>>,
    /// Session policies by role and workload.
    pub(super) sessions: BTreeMap<(String, String), Document>,
    pub(super) moves: Vec<Move>,
    pub(super) told: Vec<CheckChange>,
}

impl<'a> After<'a> {
    /// Puts changes over what the inventory knows.
    pub fn of(inventory: &'a Inventory, changes: Changes) -> Self {
        let mut after = Self {
            inventory,
            changes: Changes::default(),
            states: BTreeMap::new(),
            sessions: BTreeMap::new(),
            moves: Vec::new(),
            told: Vec::new(),
        };
        let mut ordered: Vec<&Change> = changes.changes.iter().collect();
        ordered.sort_by_key(|change| rank(&change.edit));
        for change in ordered {
            after.apply(change, &changes);
        }
        after.moves = moves(inventory, &changes.changes);
        after.told = changes.changes.iter().map(|change| after.tell(change)).collect();
        after.changes.lints = changes.lints;
        after.changes.untouched.splice(0..0, changes.untouched);
        after
    }

    /// Roles that a reader must have the history of, sorted.
    #[must_use]
    pub fn roles(&self) -> BTreeSet<String> {
        let states = self.states.iter().filter(|(_, state)| !state.is_new);
        let changed = states.map(|((role, _), _)| role.clone());
        let sessions = self.sessions.keys().map(|(role, _)| role.clone());
        let moved = self.moves.iter().flat_map(|m| m.old_roles.iter().cloned());
        changed.chain(sessions).chain(moved).collect()
    }

    /// Roles of which the issues of credentials are to be judged, sorted.
    #[must_use]
    pub fn trust_roles(&self) -> BTreeSet<String> {
        let changed = self.states.iter().filter(|(_, state)| state.trust_changes);
        let changed = changed.map(|((role, _), _)| role.clone());
        changed
            .chain(self.moves.iter().flat_map(|m| m.old_roles.iter().cloned()))
            .collect()
    }

    /// The role as it would be for a workload.
    pub(super) fn state(&self, role: &str, workload: Option<&str>) -> State<'a> {
        let own = workload.and_then(|w| self.states.get(&(role.to_owned(), Some(w.to_owned()))));
        let found = own.or_else(|| self.states.get(&(role.to_owned(), None)));
        found.cloned().unwrap_or_else(|| State::today(self.inventory, role))
    }

    /// The change of the association through which a workload used a role.
    pub(super) fn move_of(&self, workload: &Workload, role_arn: &str) -> Option<&Move> {
        self.moves
            .iter()
            .find(|m| m.is_of(workload) && m.old_roles.iter().any(|old| old == role_arn))
    }

    /// Roles that change, with whether a plan makes them.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&str, bool)> {
        self.states
            .iter()
            .map(|((role, _), state)| (role.as_str(), state.is_new))
    }

    fn apply(&mut self, change: &Change, all: &Changes) {
        let Some(role) = change.edit.role() else {
            if let Edit::Managed { policy, document } = &change.edit {
                self.managed(policy.name(), document.as_ref());
            }
            return;
        };
        if matches!(change.edit, Edit::Association { .. }) {
            return;
        }
        let Some(key) = resolve(self.inventory, role) else {
            let why = match role {
                RoleRef::Name(name) => format!("the inventory has none, or several, of the name `{name}`"),
                _ => "which role it is of is known after apply".to_owned(),
            };
            self.changes
                .untouched
                .push(format!("{} ({}): {why}", change.source, change.summary));
            return;
        };
        if let Edit::Session { document, only, .. } = &change.edit {
            self.sessions.insert((key, only.clone()), document.clone());
            return;
        }
        let only = match &change.edit {
            Edit::Identity { only, .. } | Edit::Trust { only, .. } => only.clone(),
            _ => None,
        };
        let inventory = self.inventory;
        let state = self
            .states
            .entry((key.clone(), only))
            .or_insert_with(|| State::today(inventory, &key));
        state.edit(&change.edit, |policy| document_of(inventory, all, policy));
    }

    /// A managed policy's document, in every role that has it.
    fn managed(&mut self, name: &str, document: Option<&Document>) {
        let has = |role: &&Role| {
            let boundary = role.permissions_boundary.iter();
            role.policies
                .iter()
                .filter(|p| p.managed)
                .chain(boundary)
                .any(|p| p.name == name)
        };
        for role in self.inventory.roles.iter().filter(has) {
            let state = self.states.entry((role.arn.clone(), None));
            state.or_insert_with(|| State::of(role));
        }
        for state in self.states.values_mut() {
            state.put_managed(name, document);
        }
    }

    fn tell(&self, change: &Change) -> CheckChange {
        let role = change.edit.role().and_then(|role| resolve(self.inventory, role));
        CheckChange {
            source: change.source.clone(),
            kind: change.edit.kind(),
            role_arn: role.filter(|role| role.starts_with("arn:")),
            summary: change.summary.clone(),
            unknown: change.unknown.clone(),
        }
    }
}

/// Roles are made and set up before single policies are; documents of managed policies come last, as
/// they bear on all who have them then.
fn rank(edit: &Edit) -> u8 {
    match edit {
        Edit::Created { .. } | Edit::Deleted { .. } => 0,
        Edit::InlineAll { .. } | Edit::AttachedAll { .. } => 1,
        Edit::Attachment { attached: false, .. } | Edit::Inline { document: None, .. } => 2,
        Edit::Managed { .. } => 4,
        _ => 3,
    }
}

/// The key of a role: its ARN, else the address of the resource that makes it.
pub(super) fn resolve(inventory: &Inventory, role: &RoleRef) -> Option<String> {
    match role {
        RoleRef::Arn(arn) => Some(arn.clone()),
        RoleRef::Address(address) => Some(address.clone()),
        RoleRef::Name(name) => {
            let named = |role: &&Role| role.arn.rsplit('/').next() == Some(name);
            let mut found = inventory.roles.iter().filter(named);
            match (found.next(), found.next()) {
                (Some(only), None) => Some(only.arn.clone()),
                _ => None,
            }
        }
        RoleRef::Unknown => None,
    }
}

/// A managed policy's document: as the plan shows it, else as a role of the inventory has it.
fn document_of(inventory: &Inventory, all: &Changes, policy: &PolicyRef) -> Document {
    let shown = all.library.iter().find(|(of, _)| of == policy);
    let held = || {
        let roles = inventory.roles.iter();
        let mut all = roles.flat_map(|role| role.policies.iter().chain(&role.permissions_boundary));
        all.find(|p| p.managed && p.name == policy.name() && p.document.is_some())
            .map(known)
    };
    let unknown = || Document {
        name: policy.name().to_owned(),
        text: Text::Unknown,
    };
    let found = shown.map(|(_, document)| document.clone()).or_else(held);
    // What is new to a role may deny too: not known is not unchanged.
    found.filter(|d| d.text != Text::Unchanged).unwrap_or_else(unknown)
}
