//! Clusters: by issuer, by ARN, by name.

use std::collections::{BTreeSet, HashMap};

use super::{ClusterRef, issuer};
use crate::inventory::Cluster;

/// The clusters that the inventory knows.
#[derive(Debug)]
pub(super) struct Clusters<'a> {
    by_issuer: HashMap<String, &'a Cluster>,
    by_arn: HashMap<&'a str, &'a Cluster>,
    arns_of_name: HashMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Clusters<'a> {
    pub(super) fn new(inventory: &'a [Cluster]) -> Self {
        let mut clusters = Self {
            by_issuer: HashMap::new(),
            by_arn: newest_by_arn(inventory),
            arns_of_name: HashMap::new(),
        };
        for cluster in clusters.by_arn.values() {
            if let Some(issuer) = &cluster.oidc_issuer {
                // Two clusters never share an issuer; were it so, the smaller one on any day.
                let entry = clusters.by_issuer.entry(issuer::normal(issuer)).or_insert(cluster);
                *entry = (*entry).min(cluster);
            }
            (clusters.arns_of_name.entry(&cluster.name).or_default()).insert(&cluster.arn);
        }
        clusters
    }

    /// The cluster of an issuer, or `None` where the issuer is no cluster's: neither EKS's by its form nor
    /// registered as a cluster's in the inventory.
    pub(super) fn of_issuer(&self, provider: &str, account: Option<&str>) -> Option<ClusterRef> {
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
    pub(super) fn of_tags(&self, name: Option<&str>, arn: Option<&str>) -> ClusterRef {
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

    /// The cluster that an object of Kubernetes names: an ARN, else a name.
    pub(super) fn of_reference(&self, reference: &str) -> ClusterRef {
        let arn = if reference.starts_with("arn:") {
            Some(reference)
        } else {
            let arns = self.arns_of_name.get(reference);
            let only = arns
                .filter(|arns| arns.len() == 1)
                .and_then(|arns| arns.first().copied());
            only.filter(|arn| !arn.is_empty())
        };
        match arn {
            Some(arn) => self.of_tags(None, Some(arn)),
            None => self.of_tags(Some(reference), None),
        }
    }

    /// The VPC of a cluster.
    pub(super) fn vpc(&self, cluster: &ClusterRef) -> Option<&'a str> {
        let found = self.by_arn.get(cluster.arn.as_deref()?)?;
        found.vpc_id.as_deref()
    }

    /// Whether a reference (an ARN, else a name) means the cluster. A name means it only where no other
    /// cluster of the inventory has that name.
    pub(super) fn is(&self, reference: &str, cluster: &ClusterRef) -> bool {
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

fn cluster_ref(name: &str, arn: &str) -> ClusterRef {
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    ClusterRef {
        name: text(name),
        arn: text(arn),
        account: issuer::account_of(arn).map(str::to_owned),
        region: issuer::region_of(arn).map(str::to_owned),
    }
}
