//! Whether a statement applies to a request.

use std::collections::BTreeSet;

use super::condition::{self, Fit};
use super::principal::{Principal, PrincipalType};
use super::request::Request;
use super::truth::Truth;
use crate::policy::{AwsPrincipal, Effect, Pattern, PrincipalSet, Selector, Statement};

/// How a `Principal` element names the caller, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// Not at all.
    Not,
    /// By its account: authority is delegated to that account's policies.
    Account,
    /// By the role's ARN: granted, but boundary and session policy still limit.
    Role,
    /// By the session's or user's own ARN, or as everyone: granted without further limit.
    Direct,
}

/// Whether action, resource and conditions apply; the principal is judged by [`naming`].
#[inline]
pub(super) fn applies(statement: &Statement, request: &Request<'_>) -> Truth {
    if !statement.matches_action(request.action) {
        return Truth::False;
    }
    let resource = match &statement.resources {
        Some(resources) => resource_applies(resources, request),
        None => Truth::True,
    };
    if resource == Truth::False || statement.conditions.is_empty() {
        return resource;
    }
    resource.and(Truth::all(
        statement.conditions.iter().map(|c| condition::holds(c, request)),
    ))
}

fn resource_applies(resources: &Selector<Pattern>, request: &Request<'_>) -> Truth {
    let text = request.checked_resource();
    match resources {
        Selector::Only(list) => Truth::any(list.iter().map(|pattern| {
            if pattern.start_differs(text) {
                return Truth::False;
            }
            match condition::fit(pattern, text, request) {
                Fit::Yes => Truth::True,
                Fit::Unknown => Truth::Unknown,
                Fit::No | Fit::Missing => Truth::False,
            }
        })),
        // A missing variable gives no match here too.
        Selector::Except(list) => Truth::all(list.iter().map(|pattern| match condition::fit(pattern, text, request) {
            Fit::No => Truth::True,
            Fit::Unknown => Truth::Unknown,
            Fit::Yes | Fit::Missing => Truth::False,
        })),
    }
}

/// How a statement of a resource policy names the caller.
///
/// `NotPrincipal` with Deny spares a caller only if every principal it is (session, role, account)
/// is listed: the user guide says to list them all, else the caller may be denied.
pub(super) fn naming(statement: &Statement, principal: &Principal) -> Naming {
    match (&statement.principals, statement.effect) {
        (None, _) => Naming::Not,
        (Some(Selector::Only(sets)), _) => best(sets, principal),
        (Some(Selector::Except(sets)), Effect::Allow) if best(sets, principal) == Naming::Not => Naming::Direct,
        (Some(Selector::Except(sets)), Effect::Deny) if !lists_all(sets, principal) => Naming::Direct,
        (Some(Selector::Except(_)), _) => Naming::Not,
    }
}

fn best(sets: &[PrincipalSet], principal: &Principal) -> Naming {
    sets.iter()
        .map(|set| named_by(set, principal))
        .max()
        .unwrap_or(Naming::Not)
}

fn named_by(set: &PrincipalSet, principal: &Principal) -> Naming {
    let same = |names: &[String]| names.iter().any(|name| name == principal.arn());
    let by_name = match principal.principal_type() {
        PrincipalType::Service => same(&set.services) || same(&set.federated),
        PrincipalType::Provider => same(&set.federated),
        _ => false,
    };
    if set.everyone || by_name {
        return Naming::Direct;
    }
    let of_one = |named: &AwsPrincipal| match named {
        AwsPrincipal::Arn(arn) if arn == principal.arn() && principal.principal_type() != PrincipalType::Role => {
            Naming::Direct
        }
        AwsPrincipal::Arn(arn) if principal.is_role(arn) => Naming::Role,
        AwsPrincipal::Account(account) if principal.has_identity() && principal.account() == Some(account) => {
            match principal.principal_type() {
                PrincipalType::Root => Naming::Direct,
                _ => Naming::Account,
            }
        }
        AwsPrincipal::Arn(_) | AwsPrincipal::Account(_) | AwsPrincipal::Deleted => Naming::Not,
    };
    set.aws.iter().map(of_one).max().unwrap_or(Naming::Not)
}

fn lists_all(sets: &[PrincipalSet], principal: &Principal) -> bool {
    let needed: &[Naming] = match principal.principal_type() {
        PrincipalType::Session => &[Naming::Direct, Naming::Role, Naming::Account],
        PrincipalType::Role => &[Naming::Role, Naming::Account],
        PrincipalType::User | PrincipalType::FederatedUser => &[Naming::Direct, Naming::Account],
        _ => &[Naming::Direct],
    };
    let listed = |wanted: &Naming| {
        sets.iter().any(|set| {
            let one = |named: &AwsPrincipal| PrincipalSet {
                aws: vec![named.clone()],
                ..PrincipalSet::default()
            };
            let by_name = PrincipalSet {
                aws: Vec::new(),
                ..set.clone()
            };
            named_by(&by_name, principal) == Naming::Direct
                || set.aws.iter().any(|named| named_by(&one(named), principal) == *wanted)
        })
    };
    needed.iter().all(listed)
}

/// Adds the keys that keep a statement from being decided.
pub(super) fn unknown_keys(statement: &Statement, request: &Request<'_>, keys: &mut BTreeSet<String>) {
    if let Some(Selector::Only(list) | Selector::Except(list)) = &statement.resources
        && statement
            .resources
            .as_ref()
            .is_some_and(|r| resource_applies(r, request) == Truth::Unknown)
    {
        for pattern in list {
            condition::unknown_variables(pattern, request.checked_resource(), request, keys);
        }
    }
    for condition in &statement.conditions {
        condition::unknown_keys(condition, request, keys);
    }
}
