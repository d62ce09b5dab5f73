//! `aws eks describe-cluster` and `describe-pod-identity-association`.

use podtrail_event::time::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::parse::{Parts, Place, time};
use super::{Association, Cluster, InventoryError, Object};

const CLUSTER: &str = "`aws eks describe-cluster`";
const ASSOCIATION: &str = "`aws eks describe-pod-identity-association`";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClusterDetail {
    arn: Option<String>,
    name: Option<String>,
    identity: Option<Identity>,
    resources_vpc_config: Option<VpcConfig>,
    #[serde(default, deserialize_with = "time")]
    created_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Identity {
    oidc: Option<Oidc>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VpcConfig {
    vpc_id: Option<String>,
}

#[derive(Deserialize)]
struct Oidc {
    issuer: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AssociationDetail {
    association_arn: Option<String>,
    cluster_name: Option<String>,
    namespace: Option<String>,
    service_account: Option<String>,
    role_arn: Option<String>,
    target_role_arn: Option<String>,
    disable_session_tags: Option<bool>,
    policy: Option<Value>,
    #[serde(default, deserialize_with = "time")]
    created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    modified_at: Option<Timestamp>,
}

/// Whether an object is an answer of EKS, or what stands inside one.
pub(super) fn is_answer(parts: &Parts<'_>) -> bool {
    let has = |name: &str| parts.contains_key(name);
    ["cluster", "clusters", "association", "associations", "associationArn"]
        .into_iter()
        .any(has)
        || bare_cluster(parts)
}

fn bare_cluster(parts: &Parts<'_>) -> bool {
    parts
        .get("arn")
        .is_some_and(|arn| arn.get().contains(":eks:") && arn.get().contains(":cluster/"))
}

/// Reads one answer; a list of summaries is refused with the command that tells the rest.
pub(super) fn answer<'t>(place: &Place<'t>, parts: &Parts<'t>, out: &mut Vec<Object>) -> Result<(), InventoryError> {
    if bare_cluster(parts) {
        out.push(cluster(place)?);
    } else if parts.contains_key("associationArn") {
        out.push(association(place)?);
    }
    if let Some(raw) = parts.get("cluster") {
        out.push(cluster(&place.child("cluster", raw))?);
    }
    for item in place.list(parts, "clusters", CLUSTER)? {
        if item.raw.get().starts_with('"') {
            return Err(InventoryError::Summary {
                at: item.name(),
                looks: "aws eks list-clusters",
                lacks: "the clusters' ARNs and issuers",
                instead: "`aws eks describe-cluster --name NAME` for each of them",
            });
        }
        out.push(cluster(&item)?);
    }
    if let Some(raw) = parts.get("association") {
        out.push(association(&place.child("association", raw))?);
    }
    for item in place.list(parts, "associations", ASSOCIATION)? {
        out.push(association(&item)?);
    }
    Ok(())
}

fn cluster(place: &Place<'_>) -> Result<Object, InventoryError> {
    let detail: ClusterDetail = place.read(CLUSTER)?;
    let issuer = detail.identity.and_then(|i| i.oidc).and_then(|o| o.issuer);
    Ok(Object::Cluster(Cluster {
        arn: place.needed(detail.arn, "arn", CLUSTER)?,
        name: place.needed(detail.name, "name", CLUSTER)?,
        oidc_issuer: issuer.map(|i| i.trim_start_matches("https://").to_owned()),
        vpc_id: detail
            .resources_vpc_config
            .and_then(|v| v.vpc_id)
            .filter(|v| !v.is_empty()),
        created_at: detail.created_at,
        deleted_at: None,
    }))
}

fn association(place: &Place<'_>) -> Result<Object, InventoryError> {
    let detail: AssociationDetail = place.read(ASSOCIATION)?;
    let Some(role_arn) = detail.role_arn.filter(|r| !r.is_empty()) else {
        return Err(InventoryError::Summary {
            at: place.name(),
            looks: "aws eks list-pod-identity-associations",
            lacks: "`roleArn`",
            instead: "`aws eks describe-pod-identity-association --cluster-name NAME --association-id ID` for each of them",
        });
    };
    let policy = detail.policy.and_then(|p| match p {
        Value::Null => None,
        Value::String(text) => Some(text).filter(|t| !t.is_empty()),
        other => Some(other.to_string()),
    });
    Ok(Object::Association(Association {
        arn: place.needed(detail.association_arn, "associationArn", ASSOCIATION)?,
        cluster_name: place.needed(detail.cluster_name, "clusterName", ASSOCIATION)?,
        namespace: place.needed(detail.namespace, "namespace", ASSOCIATION)?,
        service_account: place.needed(detail.service_account, "serviceAccount", ASSOCIATION)?,
        role_arn,
        target_role_arn: detail.target_role_arn.filter(|r| !r.is_empty()),
        disable_session_tags: detail.disable_session_tags.unwrap_or_default(),
        policy,
        created_at: detail.created_at,
        modified_at: detail.modified_at,
        deleted_at: None,
    }))
}
