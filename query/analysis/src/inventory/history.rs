//! The configuration of the past: what was in force when, so that a call is judged by what held at its time.
//!
//! Sources, all of which may be there or not: each version of an object that was observed, with the first and the last
//! time; what objects say of themselves (`createdAt`, `modifiedAt`); and CloudTrail's own management events
//! ([`ConfigurationEvent`]). What they leave open stays open: a version covers all the time in which it may have been
//! in force, so that two can cover the same moment, and whoever asks gets both.

use std::collections::BTreeSet;

use podtrail_event::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::points;
use super::timeline::State;
use super::{Association, ConfigurationEvent, Inventory, Object, OidcProvider, Role, ServiceAccount};

/// A version of an object, as it was observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The object.
    pub object: Object,
    /// When this version was observed first.
    pub first: Timestamp,
    /// When it was observed last.
    pub last: Timestamp,
}

/// A state of a thing, and the time in which it was or may have been in force, both ends included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version<T> {
    /// The thing.
    pub item: T,
    /// Not in force before; unknown: as far back as anybody asks.
    pub from: Option<Timestamp>,
    /// Not in force after; unknown: still in force.
    pub until: Option<Timestamp>,
    /// The event that made it so; none where only the inventory tells.
    pub event_id: Option<String>,
}

/// A role's trust policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleTrust {
    /// The role's ARN.
    pub arn: String,
    /// Its id, `AROA…`: a role that is made again under the same name has another.
    pub role_id: Option<String>,
    /// The policy's JSON text.
    pub trust_policy: String,
    /// When the role was made.
    pub created_at: Option<Timestamp>,
}

/// Two statements on one thing that cannot both be right. Both are kept as versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Contradiction {
    /// Kind of the thing: `association`, `trust`, `service_account`, `oidc_provider`.
    pub kind: String,
    /// Which one: an ARN, or `cluster/namespace/name`.
    pub key: String,
    /// The earlier statement and the later one.
    pub words: [Word; 2],
}

/// What is said of a thing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Word {
    /// For when it was said.
    pub at: Timestamp,
    /// The state, as JSON text.
    pub state: String,
    /// The event that says so; none: the inventory.
    pub event_id: Option<String>,
}

/// Every version that is known, sorted by the thing and then by time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct History {
    /// Pod Identity associations.
    pub associations: Vec<Version<Association>>,
    /// Trust policies of roles.
    pub trusts: Vec<Version<RoleTrust>>,
    /// ServiceAccounts with their annotation.
    pub service_accounts: Vec<Version<ServiceAccount>>,
    /// OIDC providers.
    pub oidc_providers: Vec<Version<OidcProvider>>,
    /// What cannot all be right, sorted.
    pub contradictions: Vec<Contradiction>,
}

impl<T> Version<T> {
    fn since(from: Option<Timestamp>, until: Option<Timestamp>, item: T) -> Self {
        Self {
            item,
            from,
            until,
            event_id: None,
        }
    }

    /// The same version of something else.
    pub fn with<U>(&self, item: U) -> Version<U> {
        Version {
            item,
            from: self.from,
            until: self.until,
            event_id: self.event_id.clone(),
        }
    }

    fn as_ref(&self) -> Version<&T> {
        self.with(&self.item)
    }

    /// Whether it was or may have been in force at a time; at an unknown one it may.
    pub fn may_hold(&self, at: Option<Timestamp>) -> bool {
        at.is_none_or(|at| self.from.is_none_or(|from| from <= at) && self.until.is_none_or(|until| at <= until))
    }
}

impl Inventory {
    /// Adds the past: every version that was observed, and what the log says of changes. The order of neither matters.
    #[must_use]
    pub fn with_history(self, seen: &[Seen], events: &[ConfigurationEvent]) -> Self {
        Self {
            history: points::history(seen, events),
            ..self
        }
    }

    /// All versions of associations; of one without history the present one, since it was made.
    pub fn association_versions(&self) -> Vec<Version<&Association>> {
        let known: BTreeSet<&str> = self
            .history
            .associations
            .iter()
            .map(|version| version.item.arn.as_str())
            .collect();
        let others = self.associations.iter().filter(|one| !known.contains(one.arn.as_str()));
        let others = others.map(|one| Version::since(one.created_at, one.deleted_at, one));
        self.history
            .associations
            .iter()
            .map(Version::as_ref)
            .chain(others)
            .collect()
    }

    /// All versions of trust policies, each with the ARN of its role and the role's id; of a role without history the
    /// present one, since the role was made.
    pub fn trust_versions(&self) -> Vec<Version<(&str, Option<&str>, &str)>> {
        let known: BTreeSet<&str> = self
            .history
            .trusts
            .iter()
            .map(|version| version.item.arn.as_str())
            .collect();
        let past = self.history.trusts.iter().map(|version| {
            let RoleTrust {
                arn,
                role_id,
                trust_policy,
                ..
            } = &version.item;
            version.with((arn.as_str(), role_id.as_deref(), trust_policy.as_str()))
        });
        let others = self.roles.iter().filter(|role| !known.contains(role.arn.as_str()));
        let others = others.filter_map(|role| {
            let trust = (
                role.arn.as_str(),
                role.role_id.as_deref(),
                role.trust_policy.as_deref()?,
            );
            Some(Version::since(role.created_at, None, trust))
        });
        past.chain(others).collect()
    }

    /// All versions of ServiceAccounts; of one without history the present one.
    pub fn service_account_versions(&self) -> Vec<Version<&ServiceAccount>> {
        let key = |one: &ServiceAccount| (one.cluster.clone(), one.namespace.clone(), one.name.clone());
        let known: BTreeSet<_> = self
            .history
            .service_accounts
            .iter()
            .map(|version| key(&version.item))
            .collect();
        let others = self.service_accounts.iter().filter(|one| !known.contains(&key(one)));
        let others = others.map(|one| Version::since(None, None, one));
        self.history
            .service_accounts
            .iter()
            .map(Version::as_ref)
            .chain(others)
            .collect()
    }
}

impl RoleTrust {
    pub(super) fn of(role: &Role) -> Option<Self> {
        Some(Self {
            arn: role.arn.clone(),
            role_id: role.role_id.clone(),
            trust_policy: role.trust_policy.clone()?,
            created_at: role.created_at,
        })
    }
}

impl State for Association {
    fn same(&self, other: &Self) -> bool {
        // An event may not tell the ARN.
        let one_arn = self.arn == other.arn || self.arn.is_empty() || other.arn.is_empty();
        let of = |one: &Self| {
            (
                one.role_arn.clone(),
                one.target_role_arn.clone(),
                one.disable_session_tags,
                one.policy.as_deref().map(json),
            )
        };
        one_arn && of(self) == of(other)
    }

    fn not_before(&self) -> Option<Timestamp> {
        self.created_at
    }
}

impl State for RoleTrust {
    fn same(&self, other: &Self) -> bool {
        let one_role = match (&self.role_id, &other.role_id) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        };
        one_role && json(&self.trust_policy) == json(&other.trust_policy)
    }

    fn not_before(&self) -> Option<Timestamp> {
        self.created_at
    }
}

impl State for ServiceAccount {
    fn same(&self, other: &Self) -> bool {
        self.role_arn == other.role_arn
    }
}

impl State for OidcProvider {
    fn same(&self, other: &Self) -> bool {
        self.client_ids == other.client_ids || self.client_ids.is_empty() || other.client_ids.is_empty()
    }

    fn not_before(&self) -> Option<Timestamp> {
        self.created_at
    }
}

/// Policies are compared as JSON, not as text.
fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}
