//! One thing of the inventory, as it is stored, and how stored things are merged.

use std::collections::BTreeMap;

use podtrail_event::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Association, Cluster, Inventory, NamedPolicy, Pod, Role, ServiceAccount};

/// One thing of the inventory. Its JSON is what the product database stores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Object {
    /// An EKS cluster.
    Cluster(Cluster),
    /// A Pod Identity association.
    Association(Association),
    /// A role; its managed policies by name only, they are objects of their own.
    Role(Role),
    /// A managed policy's default version.
    Policy(ManagedPolicy),
    /// A ServiceAccount.
    ServiceAccount(ServiceAccount),
    /// A pod.
    Pod(Pod),
}

/// A managed policy, in the version that is in force.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// ARN.
    pub arn: String,
    /// The default version's JSON text.
    pub document: String,
}

impl Object {
    /// The kind, as in the stored JSON: `cluster`, `association`, `role`, `policy`, `service_account`, `pod`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Cluster(_) => "cluster",
            Self::Association(_) => "association",
            Self::Role(_) => "role",
            Self::Policy(_) => "policy",
            Self::ServiceAccount(_) => "service_account",
            Self::Pod(_) => "pod",
        }
    }

    /// What makes two observations two of the same thing, within a kind: an ARN, or
    /// `cluster/namespace/name` (for a pod `/uid` more).
    pub fn key(&self) -> String {
        match self {
            Self::Cluster(c) => c.arn.clone(),
            Self::Association(a) => a.arn.clone(),
            Self::Role(r) => r.arn.clone(),
            Self::Policy(p) => p.arn.clone(),
            Self::ServiceAccount(s) => format!("{}/{}/{}", s.cluster, s.namespace, s.name),
            Self::Pod(p) => format!("{}/{}/{}/{}", p.cluster, p.namespace, p.name, p.uid),
        }
    }

    /// The cluster named by a Kubernetes object, empty where it is not known; none for other kinds.
    pub fn cluster(&self) -> Option<&str> {
        match self {
            Self::ServiceAccount(s) => Some(&s.cluster),
            Self::Pod(p) => Some(&p.cluster),
            _ => None,
        }
    }

    /// Names the cluster of a Kubernetes object that has none yet; anything else stays as it is.
    pub fn assign_cluster(&mut self, cluster: &str) {
        let slot = match self {
            Self::ServiceAccount(s) => &mut s.cluster,
            Self::Pod(p) => &mut p.cluster,
            _ => return,
        };
        if slot.is_empty() {
            *slot = cluster.to_owned();
        }
    }

    fn rename_cluster(&mut self, arns: &BTreeMap<String, Option<String>>) {
        let slot = match self {
            Self::ServiceAccount(s) => &mut s.cluster,
            Self::Pod(p) => &mut p.cluster,
            _ => return,
        };
        if let Some(Some(arn)) = arns.get(slot) {
            *slot = arn.clone();
        }
    }
}

impl Inventory {
    /// Merges observations. Of the same thing the newest counts, of equally new ones the one whose
    /// JSON is greatest, so that order of import never matters. A cluster given by name becomes its
    /// ARN where exactly one known cluster has that name. Managed policies get their documents.
    pub fn from_objects(objects: impl IntoIterator<Item = (Object, Timestamp)>) -> Self {
        let mut objects: Vec<(Object, Timestamp)> = objects.into_iter().collect();
        let arns = cluster_arns(&objects);
        let mut newest: BTreeMap<(&'static str, String), (Timestamp, String, Object)> = BTreeMap::new();
        for (mut object, at) in objects.drain(..) {
            object.rename_cluster(&arns);
            let text = serde_json::to_string(&object).unwrap_or_default();
            let key = (object.kind(), object.key());
            match newest.get(&key) {
                Some((seen, other, _)) if (*seen, other.as_str()) >= (at, text.as_str()) => {}
                _ => drop(newest.insert(key, (at, text, object))),
            }
        }
        assemble(newest.into_values().map(|(_, _, object)| object))
    }
}

/// Name of each cluster → its ARN; none where several have the name.
fn cluster_arns(objects: &[(Object, Timestamp)]) -> BTreeMap<String, Option<String>> {
    let mut arns: BTreeMap<String, Option<String>> = BTreeMap::new();
    for (object, _) in objects {
        if let Object::Cluster(cluster) = object {
            arns.entry(cluster.name.clone())
                .and_modify(|arn| {
                    if arn.as_ref() != Some(&cluster.arn) {
                        *arn = None;
                    }
                })
                .or_insert_with(|| Some(cluster.arn.clone()));
        }
    }
    arns
}

/// Takes one object of each key, sorted by kind and key.
fn assemble(objects: impl Iterator<Item = Object>) -> Inventory {
    let mut inventory = Inventory::default();
    let mut documents: BTreeMap<String, String> = BTreeMap::new();
    for object in objects {
        match object {
            Object::Cluster(c) => inventory.clusters.push(c),
            Object::Association(a) => inventory.associations.push(a),
            Object::Role(r) => inventory.roles.push(r),
            Object::Policy(p) => drop(documents.insert(p.arn, p.document)),
            Object::ServiceAccount(s) => inventory.service_accounts.push(s),
            Object::Pod(p) => inventory.pods.push(p),
        }
    }
    for role in &mut inventory.roles {
        for policy in role.policies.iter_mut().chain(&mut role.permissions_boundary) {
            fill(policy, &documents);
        }
    }
    inventory
}

fn fill(policy: &mut NamedPolicy, documents: &BTreeMap<String, String>) {
    if policy.managed && policy.document.is_none() {
        policy.document = documents.get(&policy.name).cloned();
    }
}
