//! Pods and the machines they run on, by what lineage asks: whose they are, their addresses, their node, and when.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use podtrail_event::time::Timestamp;

use super::spans::Spans;
use crate::inventory::{Instance, Inventory, Node, Pod, VpcEndpoint};

/// The inventory's pods, nodes, instances and endpoints.
#[derive(Debug)]
pub(super) struct Pods<'a> {
    of_account: HashMap<(&'a str, &'a str), Spans<&'a Pod>>,
    of_address: HashMap<&'a str, Spans<&'a Pod>>,
    on_node: HashMap<&'a str, Spans<&'a Pod>>,
    of_uid: HashMap<&'a str, Vec<&'a Pod>>,
    endpoints: HashMap<&'a str, &'a VpcEndpoint>,
    instances: HashMap<&'a str, &'a Instance>,
    node_of_instance: HashMap<&'a str, &'a Node>,
    /// Addresses of nodes and instances: pods that have one are in the host's network.
    of_hosts: HashSet<&'a str>,
}

impl<'a> Pods<'a> {
    pub(super) fn new(inventory: &'a Inventory) -> Self {
        let pods = || inventory.pods.iter();
        let nodes = inventory.nodes.iter();
        // Ids are unique; of two objects of one the smaller one, on any day.
        let mut instances: HashMap<&str, &Instance> = HashMap::new();
        for instance in &inventory.instances {
            let entry = instances.entry(&instance.id).or_insert(instance);
            *entry = (*entry).min(instance);
        }
        let mut endpoints: HashMap<&str, &VpcEndpoint> = HashMap::new();
        for endpoint in &inventory.vpc_endpoints {
            let entry = endpoints.entry(&endpoint.id).or_insert(endpoint);
            *entry = (*entry).min(endpoint);
        }
        let mut node_of_instance: HashMap<&str, &Node> = HashMap::new();
        for node in nodes.clone() {
            if let Some(id) = node.instance_id.as_deref() {
                let entry = node_of_instance.entry(id).or_insert(node);
                *entry = (*entry).min(node);
            }
        }
        let of_nodes = nodes.flat_map(|node| &node.ips);
        let of_instances = inventory.instances.iter().flat_map(|instance| &instance.private_ips);
        let mut of_uid: HashMap<&str, Vec<&Pod>> = HashMap::new();
        for pod in pods() {
            of_uid.entry(&pod.uid).or_default().push(pod);
        }
        Self {
            of_uid,
            of_account: by(pods().map(|pod| ((pod.namespace.as_str(), pod.service_account.as_str()), pod))),
            of_address: by(pods().flat_map(|pod| pod.ips.iter().map(move |ip| (ip.as_str(), pod)))),
            on_node: by(pods().filter_map(|pod| Some((pod.node.as_deref()?, pod)))),
            endpoints,
            instances,
            node_of_instance,
            of_hosts: of_nodes.chain(of_instances).map(String::as_str).collect(),
        }
    }

    /// The pods of that namespace and ServiceAccount that lived at that time, in any cluster.
    pub(super) fn alive(&self, namespace: &str, service_account: &str, at: Timestamp) -> Vec<&'a Pod> {
        let spans = self.of_account.get(&(namespace, service_account));
        spans.map(|spans| spans.at(at)).unwrap_or_default()
    }

    /// What is known of the lives of a pod; more than one where inventories differ.
    pub(super) fn lives_of(&self, uid: &str) -> impl Iterator<Item = &'a Pod> + '_ {
        self.of_uid.get(uid).into_iter().flatten().copied()
    }

    /// The pods that had the address all through that time, in any network.
    pub(super) fn at_address(&self, address: &str, first: Timestamp, last: Timestamp) -> Vec<&'a Pod> {
        let spans = self.of_address.get(address);
        let mut found = spans.map(|spans| spans.at(first)).unwrap_or_default();
        found.retain(|pod| pod.ended_at.is_none_or(|end| last <= end));
        found
    }

    /// One of the user's own VPC endpoints, if it was there all through that time. Addresses behind an endpoint that
    /// is none of them may be anybody's: AWS has endpoints of its own.
    pub(super) fn own_endpoint(&self, id: &str, first: Timestamp, last: Timestamp) -> Option<&'a VpcEndpoint> {
        let endpoint = *self.endpoints.get(id)?;
        let begun = endpoint.created_at.is_none_or(|created| created <= first);
        let lasts = endpoint.deleted_at.is_none_or(|deleted| last <= deleted);
        (begun && lasts).then_some(endpoint)
    }

    /// Whether the user has any endpoints.
    pub(super) fn has_endpoints(&self) -> bool {
        !self.endpoints.is_empty()
    }

    /// The node that an instance is.
    pub(super) fn node(&self, instance: &str) -> Option<&'a Node> {
        self.node_of_instance.get(instance).copied()
    }

    /// The pods on a node at some time between these that can have asked the instance for its credentials.
    ///
    /// The agents of the node are left out: pods of `kube-system` in the host's network. Where the hop limit is known
    /// to be 1, so are pods with a network of their own, which the answer does not reach (EKS Best Practices Guide,
    /// "Restrict access to the instance profile assigned to the worker node").
    pub(super) fn may_use_instance(
        &self,
        node: &Node,
        instance: &str,
        first: Timestamp,
        last: Timestamp,
    ) -> Vec<&'a Pod> {
        let spans = self.on_node.get(node.name.as_str());
        let limit = self.instances.get(instance).and_then(|instance| instance.hop_limit);
        let mut found = spans.map(|spans| spans.during(first, last)).unwrap_or_default();
        found.retain(|pod| {
            let host = pod.ips.iter().any(|ip| self.of_hosts.contains(ip.as_str()));
            let agent = host && pod.namespace == "kube-system";
            !agent && (host || limit != Some(1))
        });
        found
    }
}

fn by<'a, K: Hash + Eq>(pods: impl Iterator<Item = (K, &'a Pod)>) -> HashMap<K, Spans<&'a Pod>> {
    let mut groups: HashMap<K, Vec<&Pod>> = HashMap::new();
    for (key, pod) in pods {
        groups.entry(key).or_default().push(pod);
    }
    let spans = |pods: Vec<&'a Pod>| Spans::new(pods.into_iter().map(|pod| (pod.started_at, pod.ended_at, pod)));
    groups.into_iter().map(|(key, pods)| (key, spans(pods))).collect()
}
