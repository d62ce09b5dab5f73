//! The inventory, indexed by what lineage asks of it.

use std::collections::{BTreeSet, HashMap};

use podtrail_event::time::Timestamp;

use super::clusters::Clusters;
use super::pods::Pods;
use super::session_name::PodIdentityName;
use super::trust::{Admitted, Trust};
use super::{ClusterRef, method};
use crate::inventory::{Association, Inventory, Node, Pod, ServiceAccount};

/// The inventory's answers.
pub(super) struct Known<'a> {
    pub(super) clusters: Clusters<'a>,
    pub(super) pods: Pods<'a>,
    by_role: HashMap<&'a str, Vec<&'a Association>>,
    by_target: HashMap<&'a str, Vec<&'a Association>>,
    trust: HashMap<&'a str, Trust>,
    role_of_id: HashMap<&'a str, &'a str>,
    id_of_role: HashMap<&'a str, &'a str>,
    annotated: HashMap<&'a str, Vec<&'a ServiceAccount>>,
    /// Whether each ServiceAccount is annotated with a role, by cluster, namespace and name.
    accounts: HashMap<(&'a str, &'a str, &'a str), bool>,
    associated: HashMap<(&'a str, &'a str), Vec<&'a Association>>,
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
            id_of_role: HashMap::new(),
            annotated: HashMap::new(),
            accounts: HashMap::new(),
            associated: HashMap::new(),
        };
        for association in &inventory.associations {
            known
                .by_role
                .entry(&association.role_arn)
                .or_default()
                .push(association);
            let account = (association.namespace.as_str(), association.service_account.as_str());
            known.associated.entry(account).or_default().push(association);
            if let Some(target) = &association.target_role_arn {
                known.by_target.entry(target).or_default().push(association);
            }
        }
        for role in &inventory.roles {
            if let Some(trust) = role.trust_policy.as_deref().and_then(Trust::read) {
                known.trust.insert(&role.arn, trust);
            }
            if let Some(id) = &role.role_id {
                known.role_of_id.insert(id, &role.arn);
                known.id_of_role.insert(&role.arn, id);
            }
        }
        for account in &inventory.service_accounts {
            let key = (
                account.cluster.as_str(),
                account.namespace.as_str(),
                account.name.as_str(),
            );
            *known.accounts.entry(key).or_default() |= account.role_arn.is_some();
            if let Some(role) = &account.role_arn {
                known.annotated.entry(role).or_default().push(account);
            }
        }
        known
    }

    /// Who may hold a session of the role that an issuer's token was exchanged for, by the role's trust
    /// policy, or failing that by annotation.
    pub(super) fn of_token_role(&self, provider: &str, cluster: &ClusterRef, role: &str) -> Candidates {
        let admitted = self.trust.get(role).map(|trust| trust.service_accounts(provider));
        let listed = match admitted {
            Some(Admitted::Listed(listed)) => Some(listed),
            Some(Admitted::Open) | None => None,
        };
        if let Some(listed) = &listed {
            match listed.first() {
                None => return Candidates::Nobody,
                Some((namespace, name)) if listed.len() == 1 => {
                    return Candidates::One(workload(cluster, namespace, name), method::ROLE_TRUST);
                }
                Some(_) => {}
            }
        }
        let annotated: BTreeSet<_> = (self.annotated.get(role).into_iter().flatten())
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

    /// Who may hold a Pod Identity session of the role with that name, by the associations that existed then.
    pub(super) fn of_association(&self, role: &str, name: PodIdentityName<'_>, at: Option<Timestamp>) -> Candidates {
        self.candidates(self.by_role.get(role), method::ASSOCIATION, |association| {
            existed(association, at) && name.pod_prefix(&association.cluster_name).is_some()
        })
    }

    /// Who may hold a session of the target role asked for with the credentials of `through`.
    pub(super) fn of_target(&self, target: &str, through: &str, at: Option<Timestamp>) -> Candidates {
        self.candidates(self.by_target.get(target), method::TARGET_ASSOCIATION, |association| {
            existed(association, at) && association.role_arn == through
        })
    }

    /// As [`Self::of_target`], where only the session's name is known.
    pub(super) fn of_target_name(&self, target: &str, name: PodIdentityName<'_>, at: Option<Timestamp>) -> Candidates {
        self.candidates(self.by_target.get(target), method::TARGET_ASSOCIATION, |association| {
            existed(association, at) && name.pod_prefix(&association.cluster_name).is_some()
        })
    }

    fn candidates(
        &self,
        associations: Option<&Vec<&'a Association>>,
        method: &'static str,
        fits: impl Fn(&Association) -> bool,
    ) -> Candidates {
        let found: BTreeSet<Workload> = (associations.into_iter().flatten())
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

    /// Whether the role may be a Pod Identity role: false only where its trust policy is known and says no.
    pub(super) fn may_be_pod_identity(&self, role: Option<&str>) -> bool {
        role.and_then(|role| self.trust.get(role))
            .is_none_or(Trust::admits_pod_identity)
    }

    /// Whether only EKS can have set the tags of the role's sessions. `id` is the role's, where known: a role
    /// re-created under the same name is another role, with another history.
    pub(super) fn only_pod_identity(&self, role: &str, id: Option<&str>) -> bool {
        let same = match (id, self.id_of_role.get(role)) {
            (Some(seen), Some(known)) => seen == *known,
            _ => true,
        };
        same && self.trust.get(role).is_some_and(Trust::only_pod_identity)
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
        pods.retain(|pod| pod.cluster == node.cluster && !self.has_role(pod, first));
        let only = pods.first().copied().filter(|_| pods.len() == 1)?;
        let account = (
            only.cluster.as_str(),
            only.namespace.as_str(),
            only.service_account.as_str(),
        );
        self.accounts.contains_key(&account).then_some(only)
    }

    /// Whether a pod's ServiceAccount is given a role by annotation or association.
    fn has_role(&self, pod: &Pod, at: Timestamp) -> bool {
        let annotated = self.accounts.get(&(
            pod.cluster.as_str(),
            pod.namespace.as_str(),
            pod.service_account.as_str(),
        ));
        let associated = self
            .associated
            .get(&(pod.namespace.as_str(), pod.service_account.as_str()));
        let cluster = self.clusters.of_reference(&pod.cluster);
        annotated.is_some_and(|has| *has)
            || (associated.into_iter().flatten()).any(|association| {
                existed(association, Some(at)) && self.cluster_of_association(association) == cluster
            })
    }

    /// The ARN of a role by its id (`AROA…`).
    pub(super) fn role_of_id(&self, id: &str) -> Option<&'a str> {
        self.role_of_id.get(id).copied()
    }
}

/// An association made after the issue cannot have been the reason for it.
fn existed(association: &Association, at: Option<Timestamp>) -> bool {
    match (association.created_at, at) {
        (Some(created), Some(at)) => created <= at,
        _ => true,
    }
}

fn workload(cluster: &ClusterRef, namespace: &str, service_account: &str) -> Workload {
    Workload {
        cluster: cluster.clone(),
        namespace: namespace.to_owned(),
        service_account: service_account.to_owned(),
    }
}
