//! The mark of each permission: granted and used, granted in vain, used without a grant.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use podtrail_event::time::Timestamp;
use podtrail_iam::catalog::{Observability, catalog};
use podtrail_iam::evaluate::{Layers, Verdict};
use podtrail_iam::policy::Policy;

use super::caller::Caller;
use super::grants::Grants;
use super::input::ObservedSources;
use super::replay::{is_own_issue, passed};
use crate::answer::{Permission, PermissionStatus};
use crate::inventory::{Association, Role};
use crate::usage::Usage;

/// Resources shown with a permission.
const SHOWN: usize = 5;

/// Marks every action that a role is granted or that was asked for through it, sorted by action.
///
/// `usage` is one workload's through one role, in any order; `association` its Pod Identity
/// association with that role, whose session policy limits the grants, as `scps` do, the service control
/// policies over the role's account by level (empty: none is known). Without a role nothing is
/// known of grants: what passed is then `used`. Where a policy of the role is known by name only, an
/// action that none of the others grants is `used` too, granted by nothing known.
pub fn permissions(
    usage: &[Usage],
    role: Option<&Role>,
    association: Option<&Association>,
    scps: &[Vec<Policy>],
    observed: &ObservedSources,
) -> Vec<Permission> {
    let grants = role.map(|role| Grants::of(role, association, scps));
    let rows: Vec<&Usage> = usage.iter().collect();
    marks(&rows, role, association, observed, grants.as_ref())
}

/// As [`permissions`], with the grants at hand.
pub(super) fn marks(
    usage: &[&Usage],
    role: Option<&Role>,
    association: Option<&Association>,
    observed: &ObservedSources,
    grants: Option<&Grants>,
) -> Vec<Permission> {
    let arn = role
        .map(|r| r.arn.as_str())
        .or_else(|| usage.iter().map(|u| u.role_arn.as_str()).min());
    let role_arn = arn.unwrap_or_default();
    let workload = usage.first().map(|u| &u.workload);
    let judge = Judge {
        caller: Caller::new(workload, role_arn, role, association, &[]),
        grants,
    };
    let mut granted: BTreeMap<&str, Vec<String>> = grants.map(|g| g.actions().collect()).unwrap_or_default();
    let rows = usage.iter().copied().filter(|u| !is_own_issue(u, role_arn, role));
    let seen = Seen::by_action(rows, &judge);
    let actions: BTreeSet<&str> = granted.keys().chain(seen.keys()).copied().collect();
    let mut permissions = Vec::with_capacity(actions.len());
    for action in actions {
        let by = granted.remove(action);
        let seen = seen.get(action);
        permissions.push(permission(role_arn, action, by, seen, observed));
    }
    permissions
}

fn permission(
    role_arn: &str,
    action: &str,
    granted_by: Option<Vec<String>>,
    seen: Option<&Seen<'_>>,
    observed: &ObservedSources,
) -> Permission {
    let status = match seen {
        Some(seen) if seen.used.calls > 0 && !seen.covered => PermissionStatus::UsedNotGranted,
        Some(seen) if seen.used.calls > 0 => PermissionStatus::Used,
        Some(_) => PermissionStatus::Denied,
        None if observable(action, observed) => PermissionStatus::Unused,
        None => PermissionStatus::Unobservable,
    };
    let tally = seen.map(|s| if s.used.calls > 0 { &s.used } else { &s.denied });
    let resources = tally.map(|t| &t.resources);
    Permission {
        role_arn: role_arn.to_owned(),
        action: action.to_owned(),
        status,
        calls: tally.map_or(0, |t| t.calls),
        last_seen: tally.and_then(|t| t.last_seen),
        granted_by: granted_by.unwrap_or_default(),
        resources: resources
            .into_iter()
            .flatten()
            .take(SHOWN)
            .map(|r| (*r).to_owned())
            .collect(),
        resource_count: resources.map_or(0, |r| r.len() as u64),
    }
}

/// Whether the trail would show the action's use.
pub(super) fn observable(action: &str, observed: &ObservedSources) -> bool {
    static BY_ACTION: OnceLock<HashMap<&'static str, Observability>> = OnceLock::new();
    let by_action = BY_ACTION.get_or_init(|| {
        let names = catalog().actions().iter().map(|a| a.name);
        names
            .filter_map(|name| Some((name, catalog().observability(name)?)))
            .collect()
    });
    match by_action.get(action) {
        Some(Observability::Management) => true,
        Some(Observability::Data) => observed.has(action),
        Some(Observability::NotObservable) | None => false,
    }
}

/// What was seen of one action.
#[derive(Default)]
struct Seen<'u> {
    used: Tally<'u>,
    denied: Tally<'u>,
    /// Some call that passed is granted by the policies known, or may be.
    covered: bool,
}

#[derive(Default)]
struct Tally<'u> {
    calls: u64,
    last_seen: Option<Timestamp>,
    resources: BTreeSet<&'u str>,
}

impl<'u> Seen<'u> {
    fn by_action(usage: impl Iterator<Item = &'u Usage>, judge: &Judge<'_>) -> BTreeMap<&'u str, Self> {
        let mut seen: BTreeMap<&str, Self> = BTreeMap::new();
        for row in usage {
            let entry = seen.entry(row.action.as_str()).or_default();
            entry.covered |= passed(row) && !entry.covered && judge.grants(row);
            let tally = if passed(row) {
                &mut entry.used
            } else {
                &mut entry.denied
            };
            tally.calls += row.calls;
            tally.last_seen = tally.last_seen.max(row.last_seen);
            tally.resources.insert(&row.resource);
        }
        seen
    }
}

/// Judges calls by what the role is granted today.
struct Judge<'g> {
    caller: Caller,
    grants: Option<&'g Grants>,
}

impl Judge<'_> {
    /// Whether today's policies grant the call, or cannot be said not to.
    fn grants(&self, row: &Usage) -> bool {
        let Some(grants) = self.grants else { return true };
        if !grants.unreadable.is_empty() {
            return true;
        }
        let layers = Layers {
            identity: &grants.identity,
            boundary: &grants.boundary,
            session: &grants.session,
            resource_side_assumed: true,
            ..Layers::default()
        };
        matches!(self.caller.verdict(row, &layers), Verdict::Allow | Verdict::Unknown)
    }
}
