//! What is no longer there: told by a complete list in which a known thing is missing.

use std::collections::{BTreeMap, BTreeSet};

use podtrail_event::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::object::{ClusterArns, Newest, cluster_arns, newest};
use super::{Association, Object};

/// Something that a complete list no longer held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Kind of the thing.
    pub of: String,
    /// Key of the thing, within its kind.
    pub key: String,
    /// Time of the list: the thing ended by then, after it was last observed.
    pub at: Timestamp,
}

/// Of what a list is complete: all things of a kind within a place.
///
/// The place is the cluster of Kubernetes objects and associations, and else the account and the region, as
/// [`Listed::cluster`], [`Listed::account`] and [`Listed::region`] make it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    /// Kind of the things, as [`Object::kind`] gives it.
    pub kind: &'static str,
    /// The place.
    place: String,
}

impl Listed {
    /// All things of a kind in a cluster, which is given by its ARN or name.
    #[must_use]
    pub fn cluster(kind: &'static str, cluster: &str) -> Self {
        Self {
            kind,
            place: cluster.to_owned(),
        }
    }

    /// All things of a kind in an account, for what has no region (IAM).
    #[must_use]
    pub fn account(kind: &'static str, account: &str) -> Self {
        Self {
            kind,
            place: account.to_owned(),
        }
    }

    /// All things of a kind in a region of an account.
    #[must_use]
    pub fn region(kind: &'static str, account: &str, region: &str) -> Self {
        Self {
            kind,
            place: format!("{account}/{region}"),
        }
    }

    fn rename_cluster(&mut self, arns: &ClusterArns) {
        if let Some(Some(arn)) = arns.get(&self.place) {
            arn.clone_into(&mut self.place);
        }
    }
}

impl Object {
    /// What is to be kept of a thing that was seen to go at `at`: of a pod its last state with its end, of others
    /// that they ended.
    #[must_use]
    pub fn gone(self, at: Timestamp) -> Self {
        match self {
            // Its own word is when it was to be gone at the latest.
            Self::Pod(mut pod) => {
                pod.ended_at = Some(pod.ended_at.map_or(at, |end| end.min(at)));
                Self::Pod(pod)
            }
            Self::Ended(_) => self,
            other => Self::Ended(Ended {
                of: other.kind().to_owned(),
                key: other.key(),
                at,
            }),
        }
    }

    /// The place whose complete lists hold the thing; none where that is not known, and then no list ends it.
    fn listed(&self) -> Option<Listed> {
        let kind = self.kind();
        let by_arn = |arn: &str| {
            let mut parts = arn.split(':').skip(3);
            let (region, account) = (parts.next()?, parts.next()?);
            Some(match region {
                "" => Listed::account(kind, account),
                _ => Listed::region(kind, account, region),
            })
        };
        let by_place = |account: &Option<String>, region: &Option<String>| {
            Some(Listed::region(kind, account.as_deref()?, region.as_deref()?))
        };
        match self {
            Self::Cluster(c) => by_arn(&c.arn),
            Self::Association(a) => Some(Listed::cluster(kind, &cluster_arn(a)?)),
            Self::Role(r) => by_arn(&r.arn),
            Self::Policy(p) => by_arn(&p.arn),
            Self::OidcProvider(o) => by_arn(&o.arn),
            Self::InstanceProfile(i) => by_arn(&i.arn),
            Self::Instance(i) => by_place(&i.account, &i.region),
            Self::VpcEndpoint(e) => by_place(&e.account, &e.region),
            Self::NatGateway(n) => by_place(&n.account, &n.region),
            Self::ServiceAccount(_) | Self::Pod(_) | Self::Node(_) => self.cluster().map(|c| Listed::cluster(kind, c)),
            Self::AccountPolicies(_) | Self::Ended(_) => None,
        }
    }
}

/// `arn:aws:eks:<region>:<account>:podidentityassociation/<cluster>/<id>` is of `…:cluster/<cluster>`.
fn cluster_arn(association: &Association) -> Option<String> {
    let (place, _) = association.arn.split_once(":podidentityassociation/")?;
    Some(format!("{place}:cluster/{}", association.cluster_name))
}

/// What ended by `at`: known things of a place of which a complete list was taken then, and that are not among the
/// objects of that list. What ended before is not told again. A list that is not named complete ends nothing.
#[must_use]
pub fn ended(
    known: impl IntoIterator<Item = (Object, Timestamp)>,
    listed: &[Object],
    complete: &[Listed],
    at: Timestamp,
) -> Vec<Object> {
    let known: Vec<(Object, Timestamp)> = known.into_iter().collect();
    let arns = cluster_arns(known.iter().map(|(object, _)| object).chain(listed));
    let there: BTreeSet<(&str, String)> = listed
        .iter()
        .cloned()
        .map(|mut object| {
            object.rename_cluster(&arns);
            (object.kind(), object.key())
        })
        .collect();
    let mut complete = complete.to_vec();
    complete.iter_mut().for_each(|each| each.rename_cluster(&arns));
    let newest = newest(known);
    let ends = Ends::of(&newest);
    newest
        .into_iter()
        .filter(|(key, _)| !there.contains(key))
        .filter_map(|(key, (seen, _, object))| {
            let mut place = object.listed()?;
            place.rename_cluster(&arns);
            let goes = complete.contains(&place) && seen < at && !is_over(&object) && ends.end(&key, seen).is_none();
            goes.then(|| {
                Object::Ended(Ended {
                    of: key.0.to_owned(),
                    key: key.1,
                    at,
                })
            })
        })
        .collect()
}

/// Whether the thing itself says that it ended.
fn is_over(object: &Object) -> bool {
    matches!(object, Object::Pod(pod) if pod.ended_at.is_some())
}

/// When things ended, by kind and key.
pub(super) struct Ends(BTreeMap<(String, String), Timestamp>);

impl Ends {
    pub(super) fn of(newest: &Newest) -> Self {
        let ended = newest.values().filter_map(|(_, _, object)| match object {
            Object::Ended(ended) => Some(((ended.of.clone(), ended.key.clone()), ended.at)),
            _ => None,
        });
        Self(ended.collect())
    }

    /// The end of a thing that was last observed before it. One that was seen again has not ended.
    fn end(&self, (kind, key): &(&'static str, String), seen: Timestamp) -> Option<Timestamp> {
        let at = self.0.get(&((*kind).to_owned(), key.clone()))?;
        (*at > seen).then_some(*at)
    }

    /// The thing with its end; none where it is in force no longer.
    pub(super) fn apply(&self, mut object: Object, seen: Timestamp) -> Option<Object> {
        let Some(at) = self.end(&(object.kind(), object.key()), seen) else {
            return Some(object);
        };
        match &mut object {
            Object::Cluster(cluster) => cluster.deleted_at = Some(at),
            Object::Association(association) => association.deleted_at = Some(at),
            Object::Pod(pod) => pod.ended_at = pod.ended_at.or(Some(at)),
            Object::Instance(instance) => instance.ended_at = Some(at),
            Object::VpcEndpoint(endpoint) => {
                endpoint.deleted_at = Some(at);
                endpoint.state = Some("deleted".to_owned());
            }
            Object::Node(_) | Object::NatGateway(_) | Object::AccountPolicies(_) | Object::Ended(_) => {}
            Object::Role(_)
            | Object::Policy(_)
            | Object::ServiceAccount(_)
            | Object::OidcProvider(_)
            | Object::InstanceProfile(_) => return None,
        }
        Some(object)
    }
}
