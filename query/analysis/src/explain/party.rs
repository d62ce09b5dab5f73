//! The ends of arrows.

use super::{CallerNames, Who, why};
use crate::answer::{Party, PartyKind, SessionRow, WorkloadRef};
use crate::lineage::Mechanism;

/// Who stands at the root of a chain: the ServiceAccount, else what the phrase says stands there.
pub(super) fn root(who: &Who<'_>, first: Option<&SessionRow>, names: &CallerNames) -> Party {
    if let Some(workload) = who.workload {
        return service_account(workload);
    }
    let kind = why::of(who.method).map_or(PartyKind::Unknown, |reason| reason.root);
    let kind = match (kind, who.mechanism) {
        (PartyKind::Unknown, Mechanism::NodeRole) => PartyKind::Node,
        (PartyKind::Unknown, Mechanism::StaticKey) => PartyKind::User,
        (kind, _) => kind,
    };
    let session_name = first.and_then(|session| session.session_name.as_deref());
    let session_name = session_name.or(names.session_name.as_deref());
    let key = first
        .filter(|session| session.role_arn.is_none())
        .map(|session| session.session_id.clone());
    let (label, id) = match kind {
        PartyKind::Node => return node(session_name),
        PartyKind::User => (user(names).or(session_name), names.arn.clone().or(key)),
        PartyKind::Service => (
            names.invoked_by.as_deref().or(Some(who.method)),
            names.invoked_by.clone(),
        ),
        _ => (None, names.arn.clone().or(key)),
    };
    let fallback = match kind {
        PartyKind::User => "a user",
        _ => "unknown",
    };
    Party {
        kind,
        label: label.unwrap_or(fallback).to_owned(),
        id,
        role_arn: None,
    }
}

/// An instance: sessions of its role are named after it.
pub(super) fn node(session_name: Option<&str>) -> Party {
    Party {
        kind: PartyKind::Node,
        label: session_name.unwrap_or("an instance").to_owned(),
        id: session_name.map(str::to_owned),
        role_arn: None,
    }
}

/// The user's name, else the last part of its ARN.
fn user(names: &CallerNames) -> Option<&str> {
    let of_arn = names.arn.as_deref().and_then(|arn| arn.rsplit(['/', ':']).next());
    names.user_name.as_deref().or(of_arn)
}

pub(super) fn service_account(workload: &WorkloadRef) -> Party {
    Party {
        kind: PartyKind::ServiceAccount,
        label: format!("{}/{}", workload.namespace, workload.service_account),
        id: Some(workload.id.clone()),
        role_arn: None,
    }
}

pub(super) fn pod(name: &str, uid: Option<&str>) -> Party {
    Party {
        kind: PartyKind::Pod,
        label: name.to_owned(),
        id: uid.map(str::to_owned),
        role_arn: None,
    }
}

pub(super) fn role(arn: &str) -> Party {
    Party {
        kind: PartyKind::Role,
        label: role_name(arn).to_owned(),
        id: Some(arn.to_owned()),
        role_arn: Some(arn.to_owned()),
    }
}

pub(super) fn session(session: &SessionRow) -> Party {
    let label = session
        .role_arn
        .as_deref()
        .map_or(session.session_id.as_str(), role_name);
    Party {
        kind: PartyKind::Session,
        label: label.to_owned(),
        id: Some(session.session_id.clone()),
        role_arn: session.role_arn.clone(),
    }
}

/// The service that an event is of, by its source.
pub(super) fn service(event_source: Option<&str>) -> Party {
    Party {
        kind: PartyKind::Service,
        label: event_source.unwrap_or("unknown").to_owned(),
        id: event_source.map(str::to_owned),
        role_arn: None,
    }
}

/// `arn:aws:iam::<account>:role/<path>/<name>` → `<name>`.
pub(super) fn role_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
