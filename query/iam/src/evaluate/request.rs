//! One request, and what is known of its context.

use std::collections::{BTreeMap, BTreeSet};

use super::principal::{Principal, is_account};

/// The request context: key → values. Keys are kept in lower case, because IAM compares them so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// Sets a key; returns the values it had. A key without values counts as absent.
    pub fn insert(&mut self, key: &str, values: Vec<String>) -> Option<Vec<String>> {
        self.0.insert(key.to_lowercase(), values)
    }

    /// The values of a key, in any case.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_lowercase()).map(Vec::as_slice)
    }
}

impl<K: AsRef<str>, V: Into<String>> FromIterator<(K, V)> for Context {
    /// Single values; a key that comes again gets one value more.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut context = Self::default();
        for (key, value) in pairs {
            context
                .0
                .entry(key.as_ref().to_lowercase())
                .or_default()
                .push(value.into());
        }
        context
    }
}

/// Keys whose value nobody knows. `aws:ResourceTag/*` names every key with that start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnknownKeys {
    exact: BTreeMap<String, String>,
    prefixes: BTreeSet<String>,
}

impl UnknownKeys {
    fn contains(&self, key: &str) -> bool {
        self.exact.contains_key(key) || self.prefixes.iter().any(|prefix| key.starts_with(prefix.as_str()))
    }
}

impl<K: AsRef<str>> FromIterator<K> for UnknownKeys {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut unknown = Self::default();
        for key in keys {
            let key = key.as_ref();
            let lower = key.to_lowercase();
            match lower.strip_suffix('*') {
                Some(prefix) => drop(unknown.prefixes.insert(prefix.to_owned())),
                None => drop(unknown.exact.insert(lower, key.to_owned())),
            }
        }
        unknown
    }
}

/// One request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks.
    pub principal: &'a Principal,
    /// `service:Action`, any case.
    pub action: &'a str,
    /// The ARN acted on, or `*`.
    pub resource: &'a str,
    /// The account that owns the resource. `None`: the one in the ARN, else the principal's.
    pub resource_account: Option<&'a str>,
    /// Whether the action supports resource-level permissions. If not, IAM checks it against `*`
    /// whatever `resource` says, and a statement that names an ARN grants nothing.
    pub resource_level: bool,
    /// What is known of the request. Complete but for `unknown`: an absent key is absent.
    pub context: &'a Context,
    /// The keys that nobody knows; the only ones that can give [`super::Verdict::Unknown`].
    pub unknown: &'a UnknownKeys,
}

/// What a look-up of a context key gives.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found<'a> {
    /// Never empty.
    Many(&'a [String]),
    One(&'a str),
    Absent,
    Unknown,
}

impl<'a> Found<'a> {
    /// The values; none if absent or unknown.
    pub(super) fn values(self) -> impl Iterator<Item = &'a str> + Clone {
        let (many, one) = match self {
            Self::Many(values) => (values, None),
            Self::One(value) => (&[][..], Some(value)),
            Self::Absent | Self::Unknown => (&[][..], None),
        };
        many.iter().map(String::as_str).chain(one)
    }
}

impl<'a> Request<'a> {
    /// What IAM compares with `Resource`.
    pub(super) fn checked_resource(&self) -> &'a str {
        if self.resource_level { self.resource } else { "*" }
    }

    /// The account that owns the resource, if that is known.
    pub(super) fn owner(&self) -> Option<&'a str> {
        let of_arn = || {
            self.checked_resource()
                .split(':')
                .nth(4)
                .filter(|account| is_account(account))
        };
        self.resource_account.or_else(of_arn)
    }

    /// Looks a key up, given in lower case: the context first, then what follows from the
    /// principal and the resource, then the unknown keys.
    pub(super) fn find(&self, key: &str) -> Found<'a> {
        if let Some(values) = self.context.0.get(key) {
            return if values.is_empty() {
                Found::Absent
            } else {
                Found::Many(values)
            };
        }
        if key.starts_with("aws:") {
            if let Some(value) = self.principal.derived(key) {
                return Found::One(value);
            }
            if let Some(owner) = (key == "aws:resourceaccount").then(|| self.owner()).flatten() {
                return Found::One(owner);
            }
        }
        if self.unknown.contains(key) {
            Found::Unknown
        } else {
            Found::Absent
        }
    }

    /// A key as the caller listed it among the unknown ones, else as the policy spells it.
    pub(super) fn spelling(&self, key: &str, policy: &str) -> String {
        self.unknown
            .exact
            .get(key)
            .cloned()
            .unwrap_or_else(|| policy.to_owned())
    }
}
