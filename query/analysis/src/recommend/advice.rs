//! What a reader should know before applying a proposal.

use std::collections::BTreeSet;

use podtrail_iam::evaluate::{Layers, Verdict};
use podtrail_iam::policy::build::{Document, MANAGED_POLICY_LIMIT, SESSION_POLICY_LIMIT, Statement};
use podtrail_iam::policy::{Effect, Policy};

use super::abac::Names;
use super::caller::Caller;
use super::grants::Grants;
use super::input::{RecommendInput, RoleInput};
use super::kept::Extra;
use super::permissions::marks;
use super::replay::passed;
use crate::answer::{PermissionStatus, PolicyKind, RoleRecommendation, Warning};
use crate::lineage::Mechanism;
use crate::usage::Usage;

/// Managed policies that a role may have without a quota increase.
const POLICIES_PER_ROLE: usize = 10;
/// A history that holds no quarter's end cannot show what happens then.
const QUARTER_DAYS: i64 = 90;
const DAY_MICROS: i64 = 86_400_000_000;
/// Names listed in a message.
const LISTED: usize = 5;

/// What the warnings are about.
pub(super) struct Situation<'s> {
    pub(super) input: &'s RecommendInput<'s>,
    pub(super) role: &'s RoleInput<'s>,
    pub(super) grants: Option<&'s Grants>,
    pub(super) caller: &'s Caller,
    pub(super) extras: &'s [Extra],
    pub(super) rows: &'s [&'s Usage],
}

/// Warnings about the proposal as a whole; those about a statement come with the statements.
pub(super) fn warnings(at: &Situation<'_>, made: &RoleRecommendation) -> Vec<Warning> {
    let (input, role, grants) = (at.input, at.role, at.grants);
    let all = [
        shared(role, made),
        association(input, role, made),
        session_policy(made),
        abac(input, role, made),
        unknown_role(grants),
        not_granted(input, role, grants, at.rows),
        limited(at),
        wider_than_today(grants, made),
        kept_wider(at),
        unmapped(role),
        unobservable(made),
        short_history(input),
        split(made),
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

fn shared(role: &RoleInput<'_>, made: &RoleRecommendation) -> Option<Warning> {
    let others: BTreeSet<&str> = role.shared_by.iter().map(String::as_str).collect();
    if others.is_empty() || made.attach == PolicyKind::Association {
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
    let already = made.attach == PolicyKind::Association || role.session_policy().is_some();
    if !pods || made.policies.len() != 1 || size > SESSION_POLICY_LIMIT as u64 || already {
        return None;
    }
    let message = "the policy is small enough to be the session policy of the Pod Identity association instead, under the \
                   role as it is (ask for `association`); that needs `disableSessionTags`, so nothing may rest on the \
                   pod's session tags";
    warning("association_policy_possible", message.to_owned())
}

fn session_policy(made: &RoleRecommendation) -> Option<Warning> {
    if made.attach != PolicyKind::Association {
        return None;
    }
    let message = "set `disableSessionTags` with the policy: EKS asks for it. Resource policies and policies of other \
                   roles that test the pod's session tags then no longer match, and the log does not show them";
    warning("session_tags_disabled", message.to_owned())
}

/// Whether the role's sessions carry the workload's names as tags.
pub(super) fn tagged(input: &RecommendInput<'_>, role: &RoleInput<'_>) -> bool {
    let mechanisms = role.mechanisms(&input.mechanisms);
    let pods = mechanisms.iter().all(|m| *m == Mechanism::PodIdentity) && !mechanisms.is_empty();
    let disabled = role.association.is_some_and(|a| a.disable_session_tags);
    pods && !disabled && input.options.attach != PolicyKind::Association
}

fn abac(input: &RecommendInput<'_>, role: &RoleInput<'_>, made: &RoleRecommendation) -> Option<Warning> {
    let tagged = tagged(input, role);
    let resources = || made.kept.iter().flat_map(|grant| &grant.resources);
    if !input.options.abac {
        let names = Names::of(&input.workload);
        let follows = resources().filter(|r| names.write(r) != **r).count();
        if !tagged || follows == 0 || role.shared_by.is_empty() {
            return None;
        }
        let message = format!(
            "{follows} resources carry the workload's names: asked for `abac`, they are written as session tags, and one \
             policy can serve all workloads of the role"
        );
        return warning("abac_possible", message);
    }
    if !tagged {
        let message = "resources are not written as session tags: the role's sessions do not all carry them (IRSA has none, \
                       and an association with `disableSessionTags` or a session policy gives none)";
        return warning("abac_not_possible", message.to_owned());
    }
    if resources().any(|resource| resource.contains("${aws:PrincipalTag/")) {
        return None;
    }
    let message = "no resource carries the workload's namespace, ServiceAccount or cluster as a whole name: nothing is \
                   written as a session tag";
    warning("abac_without_effect", message.to_owned())
}

/// What worked and today's boundary or SCPs refuse: granting it again has no effect.
fn limited(at: &Situation<'_>) -> Option<Warning> {
    let grants = at.grants?;
    if grants.boundary.is_empty() && at.role.scps.is_empty() {
        return None;
    }
    let everything = [Document {
        statements: vec![Statement::allow(["*"], ["*"])],
    }
    .compile()
    .ok()?];
    let layers = Layers {
        identity: &everything,
        boundary: &grants.boundary,
        scps: at.role.scps,
        resource_side_assumed: true,
        ..Layers::default()
    };
    let refused = |row: &&&Usage| {
        passed(row)
            && matches!(
                at.caller.verdict(row, &layers),
                Verdict::ImplicitDeny | Verdict::ExplicitDeny
            )
    };
    let actions: BTreeSet<&str> = at.rows.iter().filter(refused).map(|row| row.action.as_str()).collect();
    if actions.is_empty() {
        return None;
    }
    let message = format!(
        "today's permissions boundary or service control policies refuse {}, which worked: they have changed since, and \
         the proposal cannot give it back",
        listed(&actions.into_iter().collect::<Vec<_>>())
    );
    warning("limited_today", message)
}

/// What a kept grant gives beyond today's policies.
fn kept_wider(at: &Situation<'_>) -> Option<Warning> {
    let wider: BTreeSet<&str> = at.extras.iter().filter(|e| e.wider).map(|e| e.action).collect();
    let denies = at.grants.is_some_and(|g| {
        let mut statements = g.identity.iter().flat_map(Policy::statements);
        statements.any(|s| s.effect() == Effect::Deny)
    });
    let message = match (wider.is_empty(), denies && !at.extras.is_empty()) {
        (true, false) => return None,
        (true, true) => {
            "today's policies hold Deny statements that the proposal does not repeat: what is kept on request \
                         may reach what they refuse; keep them beside it"
                .to_owned()
        }
        (false, _) => format!(
            "{} is granted today on all but some resources, for which the proposal has `*`: narrow it",
            listed(&wider.into_iter().collect::<Vec<_>>())
        ),
    };
    warning("kept_wider", message)
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
    rows: &[&Usage],
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

fn split(made: &RoleRecommendation) -> Option<Warning> {
    let count = made.policies.len();
    if count < 2 {
        return None;
    }
    let size: u64 = made.policies.iter().map(|p| p.characters).sum();
    let over = size.saturating_sub(MANAGED_POLICY_LIMIT as u64);
    let message = format!(
        "{size} characters are {over} more than the {MANAGED_POLICY_LIMIT} of one managed policy: split into {count}, by service"
    );
    warning("split", message)
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
