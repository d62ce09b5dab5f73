//! `kubectl get serviceaccounts,pods,nodes -A -o json`. Of a pod only where and when it ran and as whom:
//! its containers, and what their environment holds, are never read.

use std::collections::BTreeMap;

use podtrail_event::time::Timestamp;
use serde::Deserialize;

use super::parse::{ImportHint, Place, time};
use super::{InventoryError, Node, Object, Pod, ServiceAccount};

const KIND: &str = "`kubectl get -o json`";
/// Names the role of a ServiceAccount (IRSA).
const ROLE: &str = "eks.amazonaws.com/role-arn";

#[derive(Deserialize)]
struct Header {
    kind: String,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Metadata {
    name: Option<String>,
    namespace: Option<String>,
    uid: Option<String>,
    annotations: Option<BTreeMap<String, String>>,
    #[serde(deserialize_with = "time")]
    creation_timestamp: Option<Timestamp>,
    #[serde(deserialize_with = "time")]
    deletion_timestamp: Option<Timestamp>,
}

#[derive(Deserialize)]
struct ServiceAccountResource {
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize)]
struct PodResource {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    spec: PodSpec,
    #[serde(default)]
    status: PodStatus,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PodSpec {
    service_account_name: Option<String>,
    node_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PodStatus {
    phase: Option<String>,
    #[serde(deserialize_with = "time")]
    start_time: Option<Timestamp>,
    #[serde(rename = "podIP")]
    pod_ip: Option<String>,
    #[serde(rename = "podIPs")]
    pod_ips: Option<Vec<PodIp>>,
    container_statuses: Option<Vec<ContainerStatus>>,
    init_container_statuses: Option<Vec<ContainerStatus>>,
}

#[derive(Deserialize)]
struct NodeResource {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    spec: NodeSpec,
    #[serde(default)]
    status: NodeStatus,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NodeSpec {
    #[serde(rename = "providerID")]
    provider_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct NodeStatus {
    addresses: Option<Vec<NodeAddress>>,
}

#[derive(Deserialize)]
struct NodeAddress {
    #[serde(rename = "type")]
    kind: String,
    address: String,
}

#[derive(Deserialize)]
struct PodIp {
    ip: Option<String>,
}

#[derive(Deserialize)]
struct ContainerStatus {
    #[serde(default)]
    state: ContainerState,
}

#[derive(Default, Deserialize)]
struct ContainerState {
    terminated: Option<Terminated>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Terminated {
    #[serde(default, deserialize_with = "time")]
    finished_at: Option<Timestamp>,
}

/// A resource or a list of them.
pub(super) fn resource(place: &Place<'_>, hint: &ImportHint, out: &mut Vec<Object>) -> Result<(), InventoryError> {
    let kind = place.read::<Header>(KIND)?.kind;
    match kind.as_str() {
        "List" | "PodList" | "ServiceAccountList" | "NodeList" => {
            let parts = place.parts().unwrap_or_default();
            for item in place.list(&parts, "items", KIND)? {
                // The items of a typed list from the API itself carry no kind of their own.
                let named = item.parts().is_some_and(|p| p.contains_key("kind"));
                let kind = if named {
                    item.read::<Header>(KIND)?.kind
                } else {
                    kind.trim_end_matches("List").to_owned()
                };
                out.push(one(&item, &kind, hint)?);
            }
        }
        _ => out.push(one(place, &kind, hint)?),
    }
    Ok(())
}

fn one(place: &Place<'_>, kind: &str, hint: &ImportHint) -> Result<Object, InventoryError> {
    let cluster = hint.cluster.clone().unwrap_or_default();
    match kind {
        "ServiceAccount" => service_account(place, cluster).map(Object::ServiceAccount),
        "Pod" => pod(place, cluster).map(Object::Pod),
        "Node" => node(place, cluster).map(Object::Node),
        other => Err(place.unknown(&format!("a Kubernetes `{other}`"))),
    }
}

fn service_account(place: &Place<'_>, cluster: String) -> Result<ServiceAccount, InventoryError> {
    let metadata = place.read::<ServiceAccountResource>(KIND)?.metadata;
    let role = metadata.annotations.and_then(|mut a| a.remove(ROLE));
    Ok(ServiceAccount {
        cluster,
        namespace: place.needed(metadata.namespace, "metadata/namespace", KIND)?,
        name: place.needed(metadata.name, "metadata/name", KIND)?,
        role_arn: role.filter(|r| !r.is_empty()),
    })
}

fn pod(place: &Place<'_>, cluster: String) -> Result<Pod, InventoryError> {
    let PodResource { metadata, spec, status } = place.read(KIND)?;
    let started_at = metadata.creation_timestamp.or(status.start_time);
    let ended_at = ended(&metadata, &status);
    let listed = status.pod_ips.unwrap_or_default().into_iter().filter_map(|i| i.ip);
    let mut ips: Vec<String> = listed.chain(status.pod_ip).filter(|ip| !ip.is_empty()).collect();
    ips.sort();
    ips.dedup();
    Ok(Pod {
        cluster,
        namespace: place.needed(metadata.namespace, "metadata/namespace", KIND)?,
        name: place.needed(metadata.name, "metadata/name", KIND)?,
        uid: place.needed(metadata.uid, "metadata/uid", KIND)?,
        // The API server fills in `default`; a file written by hand may not have it.
        service_account: spec
            .service_account_name
            .filter(|s| !s.is_empty())
            .unwrap_or_else(|| "default".to_owned()),
        ips,
        node: spec.node_name.filter(|n| !n.is_empty()),
        started_at,
        ended_at,
    })
}

/// A pod that ran to its end stops with its last container; one being deleted is gone at its
/// deletion time, which includes the grace period.
fn ended(metadata: &Metadata, status: &PodStatus) -> Option<Timestamp> {
    let over = matches!(status.phase.as_deref(), Some("Succeeded" | "Failed"));
    let all = status
        .container_statuses
        .iter()
        .chain(&status.init_container_statuses)
        .flatten();
    let last = all.filter_map(|c| c.state.terminated.as_ref()?.finished_at).max();
    last.filter(|_| over).or(metadata.deletion_timestamp)
}

fn node(place: &Place<'_>, cluster: String) -> Result<Node, InventoryError> {
    let NodeResource { metadata, spec, status } = place.read(KIND)?;
    let addresses = status.addresses.unwrap_or_default().into_iter();
    let addresses = addresses.filter(|each| matches!(each.kind.as_str(), "InternalIP" | "ExternalIP"));
    let mut ips: Vec<String> = addresses.map(|each| each.address).collect();
    ips.sort();
    ips.dedup();
    Ok(Node {
        cluster,
        name: place.needed(metadata.name, "metadata/name", KIND)?,
        // `aws:///eu-west-1a/i-0123456789abcdef0`; a Fargate node's ends in its name.
        instance_id: spec
            .provider_id
            .as_deref()
            .and_then(|id| id.strip_prefix("aws://")?.rsplit('/').next())
            .filter(|id| id.starts_with("i-"))
            .map(str::to_owned),
        ips,
    })
}
