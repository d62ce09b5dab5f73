//! The inventory, indexed by what lineage asks of it: who may hold a role's sessions, at the time in question.

use std::collections::{BTreeSet, HashMap};

use podtrail_event::time::Timestamp;

use super::clusters::Clusters;
use super::pods::Pods;
use super::session_name::PodIdentityName;
use super::trust::{Admitted, Trust};
use super::{ClusterRef, method};
use crate::inventory::{Association, Inventory, Node, Pod, ServiceAccount, Version};

/// Twelve hours, in microseconds: no role allows longer sessions (`MaxSessionDuration`).
const LONGEST_SESSION: i64 = 12 * 3_600_000_000;

type Versions<T> = Vec<Version<T>>;

/// The inventory's answers.
pub(super) struct Known<'a> {
    pub(super) clusters: Clusters<'a>,
    pub(super) pods: Pods<'a>,
    by_role: HashMap<&'a str, Versions<&'a Association>>,
    by_target: HashMap<&'a str, Versions<&'a Association>>,
    /// The trust policies of each role, with the id that it had.
    trust: HashMap<&'a str, Versions<(Option<&'a str>, Trust)>>,
    role_of_id: HashMap<&'a str, &'a str>,
    annotated: HashMap<&'a str, Versions<&'a ServiceAccount>>,
    /// By cluster, namespace and name.
    accounts: HashMap<(&'a str, &'a str, &'a str), Versions<&'a ServiceAccount>>,
    /// By namespace and ServiceAccount.
    associated: HashMap<(&'a str, &'a str), Versions<&'a Association>>,
}

/// A ServiceAccount of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Workload {
    pub(super) cluster: ClusterRef,
    pub(super) namespace: String,
    pub(super) service_account: String,
}

/// What the inventory leaves over.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Candidates {
    /// One, and the phrase that says by what.
    One(Workload, &'static str),
    Several,
    Nobody,
}

impl<'a> Known<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        let mut known = Self {
            clusters: Clusters::new(&inventory.clusters),
            pods: Pods::new(inventory),
            by_role: HashMap::new(),
            by_target: HashMap::new(),
            trust: HashMap::new(),
            role_of_id: HashMap::new(),
            annotated: HashMap::new(),
            accounts: HashMap::new(),
            associated: HashMap::new(),
        };
        for version in inventory.association_versions() {
            let association = version.item;
            let account = (association.namespace.as_str(), association.service_account.as_str());
            known.associated.entry(account).or_default().push(version.clone());
            if let Some(target) = &association.target_role_arn {
                known.by_target.entry(target).or_default().push(version.clone());
            }
            known.by_role.entry(&association.role_arn).or_default().push(version);
        }
        for version in inventory.trust_versions() {
            let (arn, id, policy) = version.item;
            if let Some(trust) = Trust::read(policy) {
                known.trust.entry(arn).or_default().push(version.with((id, trust)));
            }
        }
        let ids = inventory
            .roles
            .iter()
            .filter_map(|role| Some((role.role_id.as_deref()?, role.arn.as_str())));
        known.role_of_id.extend(ids);
        let past = inventory.history.trusts.iter().map(|version| &version.item);
        known
            .role_of_id
            .extend(past.filter_map(|role| Some((role.role_id.as_deref()?, role.arn.as_str()))));
        for version in inventory.service_account_versions() {
            let account = version.item;
            if let Some(role) = &account.role_arn {
                known.annotated.entry(role).or_default().push(version.clone());
            }
            let key = (
                account.cluster.as_str(),
                account.namespace.as_str(),
                account.name.as_str(),
            );
            known.accounts.entry(key).or_default().push(version);
        }
        known
    }

    /// Who may hold a session of the role that an issuer's token was exchanged for at that time, by the role's trust
    /// policy, or failing that by annotation.
    pub(super) fn of_token_role(
        &self,
        provider: &str,
        cluster: &ClusterRef,
        role: &str,
        at: Option<Timestamp>,
    ) -> Candidates {
        let listed = self.listed(provider, role, at);
        if let Some(listed) = &listed {
            match listed.first() {
                None => return Candidates::Nobody,
                Some((namespace, name)) if listed.len() == 1 => {
                    return Candidates::One(workload(cluster, namespace, name), method::ROLE_TRUST);
                }
                Some(_) => {}
            }
        }
        let annotated: BTreeSet<_> = in_force(self.annotated.get(role), at)
            .map(|version| version.item)
            .filter(|account| self.clusters.is(&account.cluster, cluster))
            .map(|account| (account.namespace.clone(), account.name.clone()))
            .filter(|account| listed.as_ref().is_none_or(|listed| listed.contains(account)))
            .collect();
        match annotated.first() {
            Some((namespace, name)) if annotated.len() == 1 => {
                Candidates::One(workload(cluster, namespace, name), method::ROLE_ANNOTATION)
            }
            None if listed.is_none() => Candidates::Nobody,
            _ => Candidates::Several,
        }
    }

    /// The ServiceAccounts of the issuer that the role admitted at that time, by whichever policy may have been in
    /// force; `None` where none is known, or one of them does not list them.
    fn listed(&self, provider: &str, role: &str, at: Option<Timestamp>) -> Option<BTreeSet<(String, String)>> {
        let mut listed: Option<BTreeSet<(String, String)>> = None;
        for version in in_force(self.trust.get(role), at) {
            match version.item.1.service_accounts(provider) {
                Admitted::Open => return None,
                Admitted::Listed(more) => listed.get_or_insert_default().extend(more),
            }
        }
        listed
    }

    /// Who may hold a Pod Identity session of the role with that name, by the associations that existed then.
    pub(super) fn of_association(&self, role: &str, name: PodIdentityName<'_>, at: Option<Timestamp>) -> Candidates {
        self.candidates(self.by_role.get(role), at, method::ASSOCIATION, |association| {
            name.pod_prefix(&association.cluster_name).is_some()
        })
    }

    /// Who may hold a session of the target role asked for with the credentials of `through`.
    pub(super) fn of_target(&self, target: &str, through: &str, at: Option<Timestamp>) -> Candidates {
        self.candidates(
            self.by_target.get(target),
            at,
            method::TARGET_ASSOCIATION,
            |association| association.role_arn == through,
        )
    }

    /// As [`Self::of_target`], where only the session's name is known.
    pub(super) fn of_target_name(&self, target: &str, name: PodIdentityName<'_>, at: Option<Timestamp>) -> Candidates {
        self.candidates(
            self.by_target.get(target),
            at,
            method::TARGET_ASSOCIATION,
            |association| name.pod_prefix(&association.cluster_name).is_some(),
        )
    }

    fn candidates(
        &self,
        associations: Option<&Versions<&'a Association>>,
        at: Option<Timestamp>,
        method: &'static str,
        fits: impl Fn(&Association) -> bool,
    ) -> Candidates {
        let found: BTreeSet<Workload> = in_force(associations, at)
            .map(|version| version.item)
            .filter(|association| fits(association))
            .map(|association| {
                let cluster = self.cluster_of_association(association);
                workload(&cluster, &association.namespace, &association.service_account)
            })
            .collect();
        match found.first() {
            None => Candidates::Nobody,
            Some(one) if found.len() == 1 => Candidates::One(one.clone(), method),
            Some(_) => Candidates::Several,
        }
    }

    /// `arn:aws:eks:<region>:<account>:podidentityassociation/<cluster>/a-…` names its cluster.
    fn cluster_of_association(&self, association: &Association) -> ClusterRef {
        let arn = association
            .arn
            .split_once(":podidentityassociation/")
            .map(|(start, rest)| {
                let name = rest.split('/').next().unwrap_or(rest);
                format!("{start}:cluster/{name}")
            });
        self.clusters.of_tags(Some(&association.cluster_name), arn.as_deref())
    }

    /// Whether the role may have been a Pod Identity role: false only where its trust policy is known and says no.
    pub(super) fn may_be_pod_identity(&self, role: Option<&str>, at: Option<Timestamp>) -> bool {
        let mut known = in_force(role.and_then(|role| self.trust.get(role)), at).peekable();
        known.peek().is_none() || known.any(|version| version.item.1.admits_pod_identity())
    }

    /// Whether only EKS can have set the tags of the role's session that was in use at a time; `began` is when it was
    /// issued, where known. `id` is the role's, where known: a role re-created under the same name is another role,
    /// with another history.
    pub(super) fn only_pod_identity(
        &self,
        role: &str,
        id: Option<&str>,
        began: Option<Timestamp>,
        used: Option<Timestamp>,
    ) -> bool {
        let earliest = used.map(|Timestamp(used)| Timestamp(used.saturating_sub(LONGEST_SESSION)));
        let first = began.or(earliest).unwrap_or(Timestamp(i64::MIN));
        let last = began.or(used).unwrap_or(Timestamp(i64::MAX));
        let mut known = overlapping(self.trust.get(role), first, last).peekable();
        known.peek().is_some()
            && known.all(|version| {
                let (of_role, trust) = &version.item;
                id.zip(*of_role).is_none_or(|(seen, known)| seen == known) && trust.only_pod_identity()
            })
    }

    /// The only pod on a node, at some time between these, that can have used the node's role for want of its own. Its
    /// ServiceAccount must be known: of another nobody can say that it has no role.
    pub(super) fn only_without_role(
        &self,
        node: &Node,
        instance: &str,
        first: Timestamp,
        last: Timestamp,
    ) -> Option<&'a Pod> {
        let mut pods = self.pods.may_use_instance(node, instance, first, last);
        pods.retain(|pod| pod.cluster == node.cluster && !self.had_role(pod, first, last));
        let only = pods.first().copied().filter(|_| pods.len() == 1)?;
        let account = (
            only.cluster.as_str(),
            only.namespace.as_str(),
            only.service_account.as_str(),
        );
        self.accounts.contains_key(&account).then_some(only)
    }

    /// Whether a pod's ServiceAccount surely had a role all through that time, by annotation or association.
    fn had_role(&self, pod: &Pod, first: Timestamp, last: Timestamp) -> bool {
        let key = (
            pod.cluster.as_str(),
            pod.namespace.as_str(),
            pod.service_account.as_str(),
        );
        let mut annotated = overlapping(self.accounts.get(&key), first, last).peekable();
        let by_annotation = annotated.peek().is_some() && annotated.all(|version| version.item.role_arn.is_some());
        let cluster = self.clusters.of_reference(&pod.cluster);
        let by_association = overlapping(self.associated.get(&(key.1, key.2)), first, last)
            .any(|version| self.cluster_of_association(version.item) == cluster);
        by_annotation || by_association
    }

    /// The ARN of a role by its id (`AROA…`).
    pub(super) fn role_of_id(&self, id: &str) -> Option<&'a str> {
        self.role_of_id.get(id).copied()
    }
}

/// The versions that were or may have been in force at a time.
fn in_force<T>(versions: Option<&Versions<T>>, at: Option<Timestamp>) -> impl Iterator<Item = &Version<T>> {
    versions
        .into_iter()
        .flatten()
        .filter(move |version| version.may_hold(at))
}

/// The versions that were or may have been in force at some time between these.
fn overlapping<T>(
    versions: Option<&Versions<T>>,
    first: Timestamp,
    last: Timestamp,
) -> impl Iterator<Item = &Version<T>> {
    (versions.into_iter().flatten()).filter(move |version| {
        version.from.is_none_or(|from| from <= last) && version.until.is_none_or(|end| first <= end)
    })
}

fn workload(cluster: &ClusterRef, namespace: &str, service_account: &str) -> Workload {
    Workload {
        cluster: cluster.clone(),
        namespace: namespace.to_owned(),
        service_account: service_account.to_owned(),
    }
}
