//! Which cluster did `kubectl` ask?

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Cluster, Inventory, InventoryError, Object};
use crate::lineage::issuer::looks_like_eks;

/// The cluster that the objects without a cluster come from, as [`Cluster::reference`] names it: the one whose issuer is
/// trusted by all roles that their ServiceAccounts are annotated with, else the only one known, else
/// the only one with associations for their ServiceAccounts.
///
/// Clusters and roles among `objects` count as known. Contradicting or missing evidence is an error
/// that lists the candidates.
pub fn resolve_cluster(objects: &[Object], known: &Inventory) -> Result<String, InventoryError> {
    let clusters = clusters(objects, known);
    let all: BTreeSet<&str> = clusters.iter().map(|c| c.reference()).collect();
    let refuse = |reason: &str, of: &BTreeSet<&str>| {
        let candidates = of.iter().map(|c| (*c).to_owned()).collect();
        Err(InventoryError::Cluster {
            reason: reason.to_owned(),
            candidates,
        })
    };
    if all.is_empty() {
        return refuse(
            "no cluster is known yet (import `aws eks describe-cluster` first)",
            &all,
        );
    }
    let mut left = all.clone();
    let issuers = clusters.iter().filter_map(|c| c.oidc_issuer.as_deref()).collect();
    for trusted in trusted_issuers(objects, known, &issuers) {
        let of_role: BTreeSet<&str> = clusters
            .iter()
            .filter(|c| c.oidc_issuer.as_ref().is_some_and(|i| trusted.contains(i)))
            .map(|c| c.reference())
            .collect();
        left.retain(|arn| of_role.contains(arn));
    }
    if left.is_empty() {
        return refuse(
            "the roles of its ServiceAccounts do not agree on one known cluster's issuer",
            &all,
        );
    }
    if let Some(only) = only(&left) {
        return Ok(only);
    }
    let associated = associated(objects, known, &clusters);
    match only(&left.intersection(&associated).copied().collect()) {
        Some(only) => Ok(only),
        None => refuse("several clusters fit", &left),
    }
}

fn only(arns: &BTreeSet<&str>) -> Option<String> {
    let mut arns = arns.iter();
    let first = arns.next()?;
    arns.next().is_none().then(|| (*first).to_owned())
}

fn clusters<'o>(objects: &'o [Object], known: &'o Inventory) -> Vec<&'o Cluster> {
    let new = objects
        .iter()
        .filter_map(|o| if let Object::Cluster(c) = o { Some(c) } else { None });
    new.chain(&known.clusters).filter(|c| c.deleted_at.is_none()).collect()
}

/// For each annotated role that trusts a cluster's issuer, one of EKS or a known one: the issuers it trusts.
fn trusted_issuers(objects: &[Object], known: &Inventory, issuers: &BTreeSet<&str>) -> Vec<BTreeSet<String>> {
    let annotated: BTreeSet<&str> = objects
        .iter()
        .filter_map(|o| match o {
            Object::ServiceAccount(s) if s.cluster.is_empty() => s.role_arn.as_deref(),
            _ => None,
        })
        .collect();
    let new = objects
        .iter()
        .filter_map(|o| if let Object::Role(r) = o { Some(r) } else { None });
    let mut seen = BTreeSet::new();
    new.chain(&known.roles)
        .filter(|r| annotated.contains(r.arn.as_str()) && seen.insert(r.arn.as_str()))
        .filter_map(|r| r.trust_policy.as_deref())
        .map(|trust| cluster_issuers(trust, issuers))
        .filter(|issuers| !issuers.is_empty())
        .collect()
}

/// The issuers of clusters (`oidc.eks.…/id/…`, or known) that a trust policy's statements name as federated
/// principals.
fn cluster_issuers(trust: &str, known: &BTreeSet<&str>) -> BTreeSet<String> {
    let document: Value = serde_json::from_str(trust).unwrap_or_default();
    let statements = document.get("Statement").map(many).unwrap_or_default();
    statements
        .into_iter()
        .filter_map(|s| s.get("Principal")?.get("Federated"))
        .flat_map(many)
        .filter_map(|p| Some(p.as_str()?.split_once(":oidc-provider/")?.1))
        .filter(|issuer| looks_like_eks(issuer) || known.contains(issuer))
        .map(str::to_owned)
        .collect()
}

fn many(value: &Value) -> Vec<&Value> {
    value
        .as_array()
        .map_or_else(|| vec![value], |items| items.iter().collect())
}

/// Clusters with an association for a ServiceAccount of the objects, or for one that a pod runs as.
fn associated<'c>(objects: &[Object], known: &Inventory, clusters: &[&'c Cluster]) -> BTreeSet<&'c str> {
    let accounts: BTreeSet<(&str, &str)> = objects
        .iter()
        .filter(|o| o.cluster() == Some(""))
        .filter_map(|o| match o {
            Object::ServiceAccount(s) => Some((s.namespace.as_str(), s.name.as_str())),
            Object::Pod(p) => Some((p.namespace.as_str(), p.service_account.as_str())),
            _ => None,
        })
        .collect();
    let new = objects
        .iter()
        .filter_map(|o| if let Object::Association(a) = o { Some(a) } else { None });
    let matching: Vec<_> = new
        .chain(&known.associations)
        .filter(|a| accounts.contains(&(a.namespace.as_str(), a.service_account.as_str())))
        .collect();
    clusters
        .iter()
        .filter(|c| matching.iter().any(|a| a.is_of(c)))
        .map(|c| c.reference())
        .collect()
}
