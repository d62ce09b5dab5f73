//! `kubectl get serviceaccounts,pods,nodes -A -o json`.

use serde_json::{Value, json};

use crate::clock::{DAY, Window, iso};
use crate::estate::{Cluster, Grant, Setup, Workload};
use crate::pods::{Pod, live_pods};
use crate::rng::Rng;

/// ServiceAccounts, pods and nodes of a cluster at the end of the window.
pub(super) fn objects(cluster: &'static Cluster, all: &[&'static Workload], seed: u64, window: Window) -> Value {
    let mut items = Vec::new();
    for workload in all.iter().filter(|workload| workload.cluster == cluster) {
        items.push(service_account(workload, seed, window));
    }
    for workload in all.iter().filter(|workload| workload.cluster == cluster) {
        for pod in live_pods(workload, seed, window) {
            items.push(pod_item(workload, &pod));
        }
    }
    items.extend(cluster.nodes.iter().map(|node| node_item(cluster, node, window)));
    json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items})
}

fn service_account(workload: &Workload, seed: u64, window: Window) -> Value {
    let purpose = format!(
        "sa {} {} {} {}",
        workload.cluster.issuer_id, workload.cluster.name, workload.namespace, workload.account
    );
    let annotations = match (workload.setup, workload.grant) {
        (Setup::MissingRole(role), _) => json!({"eks.amazonaws.com/role-arn": role}),
        (Setup::Both, _) | (_, Grant::Irsa) => json!({"eks.amazonaws.com/role-arn": workload.role.arn()}),
        _ => json!({}),
    };
    json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {
        "name": workload.account, "namespace": workload.namespace, "annotations": annotations,
        "uid": Rng::new(seed, &purpose).uuid(), "creationTimestamp": iso(window.from - 300 * DAY)}})
}

fn pod_item(workload: &Workload, pod: &Pod) -> Value {
    let env = match workload.grant {
        Grant::Irsa => json!([{"name": "AWS_ROLE_ARN", "value": workload.role.arn()},
            {"name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"}]),
        Grant::PodIdentity | Grant::PodIdentityUntagged | Grant::PodIdentityPolicy(_) | Grant::PodIdentityTarget(_) => {
            json!([
            {"name": "AWS_CONTAINER_CREDENTIALS_FULL_URI", "value": "http://169.254.170.23/v1/credentials"},
            {"name": "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                "value": "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token"}])
        }
        Grant::Node => json!([]),
        Grant::StaticKey(_) => json!([{"name": "AWS_ACCESS_KEY_ID",
            "valueFrom": {"secretKeyRef": {"name": "ftp-bridge-aws", "key": "id"}}}]),
    };
    let phase = if workload.job { "Succeeded" } else { "Running" };
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": pod.name, "namespace": workload.namespace, "uid": pod.uid,
            "creationTimestamp": iso(pod.created), "labels": {"app.kubernetes.io/name": workload.account}},
        "spec": {"serviceAccountName": workload.account, "nodeName": workload.cluster.node_name(pod.node),
            "containers": [{"name": "main", "image": format!("registry.shopcloud.example/{}:1.0", workload.account), "env": env}]},
        "status": {"phase": phase, "podIP": pod.ip, "startTime": iso(pod.created)}})
}

fn node_item(cluster: &Cluster, node: &str, window: Window) -> Value {
    let zone = format!("{}a", cluster.account.region);
    json!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": cluster.node_name(node), "uid": Rng::new(0, node).uuid(),
            "creationTimestamp": iso(super::created_at(cluster, window) + 3600)},
        "spec": {"providerID": format!("aws:///{zone}/{node}")},
        "status": {"addresses": [{"type": "InternalIP", "address": cluster.node_address(node)},
            {"type": "Hostname", "address": cluster.node_name(node)}]}})
}
