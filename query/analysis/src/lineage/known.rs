//! The inventory, indexed by what lineage asks of it.

use std::collections::{BTreeSet, HashMap};

use podtrail_event::time::Timestamp;

use super::session_name::PodIdentityName;
use super::trust::{Admitted, Trust};
use super::{ClusterRef, issuer, method};
use crate::inventory::{Association, Cluster, Inventory, Pod, ServiceAccount};

/// The inventory's answers.
pub(super) struct Known<'a> {
    by_issuer: HashMap<String, &'a Cluster>,
    by_arn: HashMap<&'a str, &'a Cluster>,
    arns_of_name: HashMap<&'a str, BTreeSet<&'a str>>,
    by_role: HashMap<&'a str, Vec<&'a Association>>,
    by_target: HashMap<&'a str, Vec<&'a Association>>,
    trust: HashMap<&'a str, Trust>,
    role_of_id: HashMap<&'a str, &'a str>,
    id_of_role: HashMap<&'a str, &'a str>,
    annotated: HashMap<&'a str, Vec<&'a ServiceAccount>>,
    pods: HashMap<&'a str, Vec<&'a Pod>>,
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
            by_issuer: HashMap::new(),
            by_arn: newest_by_arn(&inventory.clusters),
            arns_of_name: HashMap::new(),
            by_role: HashMap::new(),
            by_target: HashMap::new(),
            trust: HashMap::new(),
            role_of_id: HashMap::new(),
            id_of_role: HashMap::new(),
            annotated: HashMap::new(),
            pods: HashMap::new(),
        };
        for cluster in known.by_arn.values() {
            if let Some(issuer) = &cluster.oidc_issuer {
                // Two clusters never share an issuer; were it so, the smaller one on any day.
                let entry = known.by_issuer.entry(issuer::normal(issuer)).or_insert(cluster);
                *entry = (*entry).min(cluster);
            }
            known
                .arns_of_name
                .entry(&cluster.name)
                .or_default()
                .insert(&cluster.arn);
        }
        for association in &inventory.associations {
            known
                .by_role
                .entry(&association.role_arn)
                .or_default()
                .push(association);
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
            if let Some(role) = &account.role_arn {
                known.annotated.entry(role).or_default().push(account);
            }
        }
        for pod in &inventory.pods {
            known.pods.entry(&pod.name).or_default().push(pod);
        }
        known
    }

    /// The cluster of an issuer, or `None` where the issuer is no cluster's: neither EKS's by its form nor
    /// registered as a cluster's in the inventory.
    pub(super) fn cluster_of_issuer(&self, provider: &str, account: Option<&str>) -> Option<ClusterRef> {
        if let Some(cluster) = self.by_issuer.get(&issuer::normal(provider)) {
            return Some(cluster_ref(&cluster.name, &cluster.arn));
        }
        let found = issuer::eks_issuer(provider)?;
        Some(ClusterRef {
            name: Some(found.id.to_ascii_uppercase()),
            arn: None,
            account: account.map(str::to_owned),
            region: Some(found.region.to_owned()),
        })
    }

    /// The cluster that Pod Identity's tags name.
    pub(super) fn cluster_of_tags(&self, name: Option<&str>, arn: Option<&str>) -> ClusterRef {
        match (arn, arn.and_then(|arn| self.by_arn.get(arn))) {
            (_, Some(cluster)) => cluster_ref(&cluster.name, &cluster.arn),
            (Some(arn), None) => {
                let name = name.unwrap_or_else(|| arn.rsplit('/').next().unwrap_or(arn));
                cluster_ref(name, arn)
            }
            (None, None) => ClusterRef {
                name: name.map(str::to_owned),
                ..ClusterRef::default()
            },
        }
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
            .filter(|account| self.is_cluster(&account.cluster, cluster))
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
        self.cluster_of_tags(Some(&association.cluster_name), arn.as_deref())
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

    /// The ARN of a role by its id (`AROA…`).
    pub(super) fn role_of_id(&self, id: &str) -> Option<&'a str> {
        self.role_of_id.get(id).copied()
    }

    /// The pod that a session is named after: name and, where only one pod had it then, uid.
    pub(super) fn pod_named(&self, owner: &Workload, name: &str, at: Timestamp) -> Option<(String, Option<String>)> {
        let alive: BTreeSet<&str> = (self.pods.get(name).into_iter().flatten())
            .filter(|pod| pod.namespace == owner.namespace && pod.service_account == owner.service_account)
            .filter(|pod| pod.started_at.is_none_or(|start| start <= at) && pod.ended_at.is_none_or(|end| at <= end))
            .filter(|pod| self.is_cluster(&pod.cluster, &owner.cluster))
            .map(|pod| pod.uid.as_str())
            .collect();
        let uid = *alive.first()?;
        let certain = alive.len() == 1 && !uid.is_empty();
        Some((name.to_owned(), certain.then(|| uid.to_owned())))
    }

    /// Whether a reference (an ARN, else a name) means the cluster. A name means it only where no other
    /// cluster of the inventory has that name.
    fn is_cluster(&self, reference: &str, cluster: &ClusterRef) -> bool {
        if reference.starts_with("arn:") {
            return cluster.arn.as_deref() == Some(reference);
        }
        let same_name = cluster.name.as_deref() == Some(reference);
        let others = self.arns_of_name.get(reference).into_iter().flatten();
        same_name
            && others
                .into_iter()
                .all(|arn| arn.is_empty() || cluster.arn.as_deref() == Some(*arn))
    }
}

/// One cluster for each ARN. A re-created cluster has the ARN of the one before and another issuer: it is
/// another cluster, so the ARN is the newest one's and the earlier one is known by its issuer id.
fn newest_by_arn(clusters: &[Cluster]) -> HashMap<&str, &Cluster> {
    let mut newest: HashMap<&str, &Cluster> = HashMap::new();
    for cluster in clusters {
        // A self-managed cluster has no ARN; its issuer is then all there is.
        let key = if cluster.arn.is_empty() {
            cluster.oidc_issuer.as_deref().unwrap_or_default()
        } else {
            &cluster.arn
        };
        let entry = newest.entry(key).or_insert(cluster);
        let age = |cluster: &Cluster| (cluster.created_at, cluster.oidc_issuer.clone(), cluster.name.clone());
        if age(entry) < age(cluster) {
            *entry = cluster;
        }
    }
    newest
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

fn cluster_ref(name: &str, arn: &str) -> ClusterRef {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    ClusterRef {
        name: text(name),
        arn: text(arn),
        account: issuer::account_of(arn).map(str::to_owned),
        region: issuer::region_of(arn).map(str::to_owned),
    }
}
