//! What a reader should know before applying a proposal.

use std::collections::BTreeSet;

use super::grants::Grants;
use super::input::{RecommendInput, RoleInput};
use super::permissions::marks;
use crate::answer::{PermissionStatus, RoleRecommendation, Warning};
use crate::lineage::Mechanism;
use crate::usage::Usage;

/// Managed policies that a role may have without a quota increase.
const POLICIES_PER_ROLE: usize = 10;
/// Characters of a session policy, an association's included.
const SESSION_POLICY: u64 = 2_048;
/// A history that holds no quarter's end cannot show what happens then.
const QUARTER_DAYS: i64 = 90;
const DAY_MICROS: i64 = 86_400_000_000;
/// Names listed in a message.
const LISTED: usize = 5;

/// Warnings about the proposal as a whole; those about a statement come with the statements.
pub(super) fn warnings(
    input: &RecommendInput<'_>,
    role: &RoleInput<'_>,
    grants: Option<&Grants>,
    made: &RoleRecommendation,
    rows: &[Usage],
) -> Vec<Warning> {
    let all = [
        shared(role),
        association(input, role, made),
        unknown_role(grants),
        not_granted(input, role, grants, rows),
        wider_than_today(grants, made),
        unmapped(role),
        unobservable(made),
        short_history(input),
        too_many(made),
    ];
    all.into_iter().flatten().collect()
}

fn warning(code: &str, message: String) -> Option<Warning> {
    Some(Warning {
        code: code.to_owned(),
        message,
        statement: None,
    })
}

fn shared(role: &RoleInput<'_>) -> Option<Warning> {
    let others: BTreeSet<&str> = role.shared_by.iter().map(String::as_str).collect();
    if others.is_empty() {
        return None;
    }
    let message = format!(
        "the role is shared by {} workloads (also {}): attach these policies to a role of this workload's own; attached \
         to the shared role alone they would take from the others what they use",
        others.len() + 1,
        listed(&others.into_iter().collect::<Vec<_>>())
    );
    warning("shared_role", message)
}

fn association(input: &RecommendInput<'_>, role: &RoleInput<'_>, made: &RoleRecommendation) -> Option<Warning> {
    let pods = role.mechanisms(&input.mechanisms).contains(&Mechanism::PodIdentity);
    let size: u64 = made.policies.iter().map(|p| p.characters).sum();
    if !pods || made.policies.len() != 1 || size > SESSION_POLICY || role.session_policy().is_some() {
        return None;
    }
    let message = "the policy is small enough to be the session policy of the Pod Identity association instead, under the \
                   role as it is; that needs `disableSessionTags`, so nothing may rest on the pod's session tags";
    warning("association_policy_possible", message.to_owned())
}

fn unknown_role(grants: Option<&Grants>) -> Option<Warning> {
    let Some(grants) = grants else {
        let message = "the inventory does not know the role, so what it is granted and what is removed is not known; import \
                       `aws iam get-account-authorization-details`";
        return warning("role_unknown", message.to_owned());
    };
    if grants.unreadable.is_empty() {
        return None;
    }
    let names: Vec<&str> = grants.unreadable.iter().map(String::as_str).collect();
    let message = format!(
        "no document is known of {}: what they grant is counted neither as granted nor as removed",
        listed(&names)
    );
    warning("policy_document_unknown", message)
}

fn not_granted(
    input: &RecommendInput<'_>,
    role: &RoleInput<'_>,
    grants: Option<&Grants>,
    rows: &[Usage],
) -> Option<Warning> {
    grants?;
    let marks = marks(rows, role.role, role.association, &input.observed, grants);
    let outside: Vec<&str> = marks
        .iter()
        .filter(|p| p.status == PermissionStatus::UsedNotGranted)
        .map(|p| p.action.as_str())
        .collect();
    if outside.is_empty() {
        return None;
    }
    let message = format!(
        "no policy of the role grants {}, which worked: by a resource policy, or a policy that has changed since; the \
         proposal keeps it, take it out if it is no longer wanted",
        listed(&outside)
    );
    warning("used_not_granted", message)
}

/// A pattern that stands for what was used may reach further than any statement of today's.
fn wider_than_today(grants: Option<&Grants>, made: &RoleRecommendation) -> Option<Warning> {
    let grants = grants.filter(|g| g.unreadable.is_empty())?;
    let today = grants.names();
    let widened: BTreeSet<&str> = made.widened.iter().map(|w| w.pattern.as_str()).collect();
    let mut wider: BTreeSet<&str> = BTreeSet::new();
    for grant in made.kept.iter().filter(|g| today.contains(g.action.as_str())) {
        let patterns = grant
            .resources
            .iter()
            .map(String::as_str)
            .filter(|r| widened.contains(r));
        wider.extend(patterns.filter(|pattern| !grants.reach(&grant.action, pattern)));
    }
    if wider.is_empty() {
        return None;
    }
    let message = format!(
        "{} reach further than today's policies: put today's narrower patterns in their place if these names are all",
        listed(&wider.into_iter().collect::<Vec<_>>())
    );
    warning("wider_than_today", message)
}

fn unmapped(role: &RoleInput<'_>) -> Option<Warning> {
    let names: BTreeSet<String> = role
        .unmapped
        .iter()
        .map(|u| format!("{}:{}", u.event_source, u.event_name))
        .collect();
    if names.is_empty() {
        return None;
    }
    let calls: u64 = role.unmapped.iter().map(|u| u.calls).sum();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let message = format!(
        "{calls} calls map to no known IAM action ({}): the proposal may lack what they need",
        listed(&names)
    );
    warning("unmapped_calls", message)
}

fn unobservable(made: &RoleRecommendation) -> Option<Warning> {
    if made.unobservable.is_empty() {
        return None;
    }
    let names: Vec<&str> = made.unobservable.iter().map(String::as_str).collect();
    let message = format!(
        "the trail cannot show the use of {} granted actions ({}): the proposal is without them; add those the workload \
         needs, or log their data events first",
        names.len(),
        listed(&names)
    );
    warning("unobservable_removed", message)
}

fn short_history(input: &RecommendInput<'_>) -> Option<Warning> {
    let (from, to) = (input.window.from?, input.window.to?);
    let days = to.0.saturating_sub(from.0) / DAY_MICROS;
    if days >= QUARTER_DAYS {
        return None;
    }
    let message = format!("the history covers {days} days: what happens once in a quarter may be missing from it");
    warning("short_history", message)
}

fn too_many(made: &RoleRecommendation) -> Option<Warning> {
    let count = made.policies.len();
    if count <= POLICIES_PER_ROLE {
        return None;
    }
    let message = format!(
        "{count} managed policies are more than the {POLICIES_PER_ROLE} that a role may have by default: ask for a higher quota"
    );
    warning("too_many_policies", message)
}

fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().take(LISTED).map(|n| format!("`{n}`")).collect();
    match names.len().checked_sub(LISTED) {
        Some(more) if more > 0 => format!("{} and {more} more", quoted.join(", ")),
        _ => quoted.join(", "),
    }
}
