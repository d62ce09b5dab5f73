//! What is known of each thing at single moments: from observations, from what objects say of themselves, from events.

use std::collections::BTreeMap;

use podtrail_event::time::Timestamp;

use super::changes::{AssociationChange, Change, ProviderChange, TrustChange};
use super::history::{Contradiction, History, RoleTrust, Seen, Version};
use super::object::cluster_arns;
use super::timeline::{Point, State, timeline};
use super::{Association, ConfigurationEvent, Object, OidcProvider, ServiceAccount};

/// The history of all that was seen, and of what events say.
pub(super) fn history(seen: &[Seen], events: &[ConfigurationEvent]) -> History {
    let mut points = Points::default();
    let mut seen: Vec<&Seen> = seen.iter().collect();
    seen.sort_by_cached_key(|seen| {
        (
            seen.first,
            seen.last,
            serde_json::to_string(&seen.object).unwrap_or_default(),
        )
    });
    let arns = cluster_arns(seen.iter().map(|seen| &seen.object));
    for seen in &seen {
        let mut object = seen.object.clone();
        object.rename_cluster(&arns);
        points.see(object, seen.first, seen.last);
    }
    // Known things first, so that their ends find them.
    for seen in seen {
        if let Object::Ended(ended) = &seen.object {
            points.end(&ended.of, &ended.key, ended.at);
        }
    }
    let mut events: Vec<&ConfigurationEvent> = events.iter().collect();
    events.sort();
    events.sort_by_key(|event| event.event_time);
    events.dedup();
    for event in events {
        if let (Some(at), Some(change)) = (event.event_time, event.change()) {
            points.change(at, &event.event_id, change);
        }
    }
    points.history()
}

/// A ServiceAccount: the cluster's ARN (else name), namespace, name. It has one association at a time.
type Account = (String, String, String);

/// All points, by the thing that they are of.
#[derive(Debug, Default)]
struct Points {
    associations: BTreeMap<Account, Vec<Point<Association>>>,
    /// By account and name: names are unique in an account, and most events give no more.
    trusts: BTreeMap<(String, String), Vec<Point<RoleTrust>>>,
    service_accounts: BTreeMap<Account, Vec<Point<ServiceAccount>>>,
    oidc_providers: BTreeMap<String, Vec<Point<OidcProvider>>>,
    /// Whose an association is: updates and deletions name it by its id.
    account_of: BTreeMap<String, Account>,
}

impl Points {
    fn see(&mut self, object: Object, first: Timestamp, last: Timestamp) {
        match object {
            Object::Association(one) => {
                self.see_association(one, first, last);
            }
            Object::Role(role) => {
                if let (Some(key), Some(trust)) = (role_key(&role.arn), RoleTrust::of(&role)) {
                    let points = self.trusts.entry(key).or_default();
                    points.extend(role.created_at.map(not_yet));
                    add_seen(points, trust, first, last);
                }
            }
            Object::ServiceAccount(one) => {
                let key = (one.cluster.clone(), one.namespace.clone(), one.name.clone());
                add_seen(self.service_accounts.entry(key).or_default(), one, first, last);
            }
            Object::OidcProvider(one) if !one.arn.is_empty() => {
                add_seen(
                    self.oidc_providers.entry(one.arn.clone()).or_default(),
                    one,
                    first,
                    last,
                );
            }
            _ => {}
        }
    }

    fn see_association(&mut self, one: Association, first: Timestamp, last: Timestamp) {
        let Some(account) = account_of(&one) else { return };
        self.account_of.insert(one.arn.clone(), account.clone());
        let since = one.modified_at.or(one.created_at);
        let points = self.associations.entry(account).or_default();
        points.extend(one.created_at.map(not_yet));
        points.extend(since.map(|since| Point {
            exact: true,
            ..seen_at(since, one.clone())
        }));
        add_seen(points, one, first, last);
    }

    /// A complete list no longer held the thing.
    fn end(&mut self, kind: &str, key: &str, at: Timestamp) {
        match kind {
            "association" => {
                if let Some(account) = self.account_of.get(key) {
                    self.associations.entry(account.clone()).or_default().push(gone(at));
                }
            }
            "role" => {
                if let Some(key) = role_key(key) {
                    self.trusts.entry(key).or_default().push(gone(at));
                }
            }
            "service_account" => {
                // The cluster's ARN has a slash too.
                let mut parts = key.rsplitn(3, '/').map(str::to_owned);
                if let (Some(name), Some(namespace), Some(cluster)) = (parts.next(), parts.next(), parts.next()) {
                    let points = self.service_accounts.entry((cluster, namespace, name)).or_default();
                    points.push(gone(at));
                }
            }
            "oidc_provider" => {
                self.oidc_providers.entry(key.to_owned()).or_default().push(gone(at));
            }
            _ => {}
        }
    }

    /// Takes what an event changed; in order of time, since an update says only what is new.
    fn change(&mut self, at: Timestamp, event_id: &str, change: Change) {
        let when = (at, event_id);
        match change {
            // A cluster takes its associations along; one that is made has none yet.
            Change::Cluster(arn) => {
                let of = self
                    .associations
                    .iter_mut()
                    .filter(|((cluster, _, _), _)| *cluster == arn);
                of.for_each(|(_, points)| points.push(exact(when, None)));
            }
            Change::Association(change) => self.association(when, *change),
            Change::Trust(change) => self.trust(when, change),
            Change::Provider(change) => self.provider(when, change),
        }
    }

    fn association(&mut self, when: (Timestamp, &str), change: AssociationChange) {
        if let Some(was) = change.was.clone() {
            self.see_association(was, when.0, when.0);
        }
        let named = change
            .account
            .clone()
            .map(|(namespace, name)| (change.cluster.clone(), namespace, name));
        let known = change.arn.as_ref().and_then(|arn| self.account_of.get(arn).cloned());
        let Some(account) = known.or(named) else { return };
        if let Some(arn) = &change.arn {
            self.account_of.entry(arn.clone()).or_insert_with(|| account.clone());
        }
        let points = self.associations.entry(account.clone()).or_default();
        let gone = change.set.is_none();
        let state = changed(points, when.0, &account, change);
        // Changed to nobody knows what is no worse than not to have heard of it.
        if gone || state.is_some() {
            points.push(exact(when, state));
        }
    }

    fn trust(&mut self, when: (Timestamp, &str), change: TrustChange) {
        let TrustChange {
            account,
            role,
            made,
            policy,
            partition,
        } = change;
        let points = self.trusts.entry((account.clone(), role.clone())).or_default();
        let state = policy.map(|trust_policy| match (made, nearest(points, when.0)) {
            (Some((arn, role_id)), _) => RoleTrust {
                arn,
                role_id,
                created_at: Some(when.0),
                trust_policy,
            },
            (None, Some(before)) => RoleTrust {
                trust_policy,
                ..before.clone()
            },
            (None, None) => RoleTrust {
                arn: format!("arn:{partition}:iam::{account}:role/{role}"),
                trust_policy,
                ..RoleTrust::default()
            },
        });
        points.push(exact(when, state));
    }

    fn provider(&mut self, when: (Timestamp, &str), change: ProviderChange) {
        let ProviderChange {
            arn,
            url,
            client_ids,
            there,
        } = change;
        let points = self.oidc_providers.entry(arn.clone()).or_default();
        let url = url.or_else(|| arn.split_once(":oidc-provider/").map(|(_, url)| url.to_owned()));
        let state = there.then(|| OidcProvider {
            arn,
            url: url.unwrap_or_default(),
            client_ids,
            created_at: Some(when.0),
            ..OidcProvider::default()
        });
        points.push(exact(when, state));
    }

    /// The versions of everything.
    fn history(self) -> History {
        let mut contradictions = Vec::new();
        let history = History {
            associations: versions("association", self.associations, slashed, &mut contradictions),
            trusts: versions(
                "trust",
                self.trusts,
                |(account, name)| format!("{account}/{name}"),
                &mut contradictions,
            ),
            service_accounts: versions("service_account", self.service_accounts, slashed, &mut contradictions),
            oidc_providers: versions("oidc_provider", self.oidc_providers, Clone::clone, &mut contradictions),
            contradictions: Vec::new(),
        };
        contradictions.sort();
        contradictions.dedup();
        History {
            contradictions,
            ..history
        }
    }
}

fn slashed((cluster, namespace, name): &Account) -> String {
    format!("{cluster}/{namespace}/{name}")
}

fn versions<K, T: State>(
    kind: &str,
    points: BTreeMap<K, Vec<Point<T>>>,
    key: impl Fn(&K) -> String,
    contradictions: &mut Vec<Contradiction>,
) -> Vec<Version<T>> {
    let mut all = Vec::new();
    for (thing, points) in points {
        let (versions, contradictory) = timeline(kind, &key(&thing), points);
        all.extend(versions);
        contradictions.extend(contradictory);
    }
    all
}

fn add_seen<T: Clone>(points: &mut Vec<Point<T>>, state: T, first: Timestamp, last: Timestamp) {
    points.push(seen_at(first, state.clone()));
    if last != first {
        points.push(seen_at(last, state));
    }
}

fn seen_at<T>(at: Timestamp, state: T) -> Point<T> {
    Point {
        at,
        exact: false,
        state: Some(state),
        event_id: None,
    }
}

/// Gone by then, at some time since it was seen last.
fn gone<T>(at: Timestamp) -> Point<T> {
    Point {
        at,
        exact: false,
        state: None,
        event_id: None,
    }
}

/// Not there until it was made in that second.
fn not_yet<T>(made: Timestamp) -> Point<T> {
    Point {
        at: made,
        exact: true,
        state: None,
        event_id: None,
    }
}

/// Made so by an event.
fn exact<T>((at, event_id): (Timestamp, &str), state: Option<T>) -> Point<T> {
    Point {
        at,
        exact: true,
        state,
        event_id: Some(event_id.to_owned()),
    }
}

/// The state that a thing had at a time, else the first one after.
fn nearest<T>(points: &[Point<T>], at: Timestamp) -> Option<&T> {
    let there = |point: &&Point<T>| point.state.is_some();
    let before = points
        .iter()
        .filter(there)
        .filter(|point| point.at <= at)
        .max_by_key(|point| point.at);
    let nearest = before.or_else(|| points.iter().filter(there).min_by_key(|point| point.at))?;
    nearest.state.as_ref()
}

/// The association after a change; `None` where it is gone, or its role is not known.
fn changed(
    points: &[Point<Association>],
    at: Timestamp,
    (_, namespace, service_account): &Account,
    change: AssociationChange,
) -> Option<Association> {
    let set = change.set?;
    let before = nearest(points, at).filter(|_| !set.created).cloned();
    let base = before.unwrap_or_else(|| Association {
        namespace: namespace.clone(),
        service_account: service_account.clone(),
        created_at: set.created.then_some(at),
        ..Association::default()
    });
    let role_arn = set.role_arn.unwrap_or(base.role_arn);
    (!role_arn.is_empty()).then(|| Association {
        arn: change.arn.unwrap_or(base.arn),
        cluster_name: change.cluster_name,
        role_arn,
        target_role_arn: set.target_role_arn.or(base.target_role_arn),
        disable_session_tags: set.disable_session_tags.unwrap_or(base.disable_session_tags),
        policy: set.policy.or(base.policy),
        modified_at: Some(at),
        deleted_at: None,
        ..base
    })
}

/// Whose an association is; its cluster's account and region are those of its ARN.
fn account_of(association: &Association) -> Option<Account> {
    let (place, _) = association.arn.split_once(":podidentityassociation/")?;
    Some((
        format!("{place}:cluster/{}", association.cluster_name),
        association.namespace.clone(),
        association.service_account.clone(),
    ))
}

/// Account and name of `arn:aws:iam::<account>:role/<path>/<name>`.
fn role_key(arn: &str) -> Option<(String, String)> {
    let (place, path) = arn.split_once(":role/")?;
    let account = place.rsplit(':').next()?;
    Some((account.to_owned(), path.rsplit('/').next()?.to_owned()))
}
