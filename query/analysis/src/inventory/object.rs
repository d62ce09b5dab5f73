//! One thing of the inventory, as it is stored, and how stored things are merged.

use std::collections::BTreeMap;

use podtrail_event::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::ended::{Ended, Ends};
use super::{
    AccountPolicies, Association, Cluster, Instance, InstanceProfile, Inventory, NamedPolicy, NatGateway, Node,
    OidcProvider, Pod, Role, ServiceAccount, VpcEndpoint,
};

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
    /// A node.
    Node(Node),
    /// An OIDC provider; from `get-open-id-connect-provider` without its ARN.
    OidcProvider(OidcProvider),
    /// An instance profile.
    InstanceProfile(InstanceProfile),
    /// An EC2 instance.
    Instance(Instance),
    /// A VPC endpoint.
    VpcEndpoint(VpcEndpoint),
    /// A NAT gateway.
    NatGateway(NatGateway),
    /// The organization's policies over an account.
    AccountPolicies(AccountPolicies),
    /// Something that a complete list no longer held.
    Ended(Ended),
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
    /// The kind, as in the stored JSON: `cluster`, `association`, `service_account` and so on.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Cluster(_) => "cluster",
            Self::Association(_) => "association",
            Self::Role(_) => "role",
            Self::Policy(_) => "policy",
            Self::ServiceAccount(_) => "service_account",
            Self::Pod(_) => "pod",
            Self::Node(_) => "node",
            Self::OidcProvider(_) => "oidc_provider",
            Self::InstanceProfile(_) => "instance_profile",
            Self::Instance(_) => "instance",
            Self::VpcEndpoint(_) => "vpc_endpoint",
            Self::NatGateway(_) => "nat_gateway",
            Self::AccountPolicies(_) => "account_policies",
            Self::Ended(_) => "ended",
        }
    }

    /// What makes two observations two of the same thing, within a kind: an ARN or id, or `cluster/namespace/name`
    /// (for a pod `/uid` more). A re-created cluster has the ARN of the one before and another issuer: it is another
    /// cluster.
    pub fn key(&self) -> String {
        match self {
            Self::Cluster(c) => format!("{} {}", c.arn, c.oidc_issuer.as_deref().unwrap_or_default()),
            Self::Association(a) => a.arn.clone(),
            Self::Role(r) => r.arn.clone(),
            Self::Policy(p) => p.arn.clone(),
            Self::ServiceAccount(s) => format!("{}/{}/{}", s.cluster, s.namespace, s.name),
            Self::Pod(p) => format!("{}/{}/{}/{}", p.cluster, p.namespace, p.name, p.uid),
            Self::Node(n) => format!("{}/{}", n.cluster, n.name),
            Self::OidcProvider(o) if o.arn.is_empty() => o.url.clone(),
            Self::OidcProvider(o) => o.arn.clone(),
            Self::InstanceProfile(i) => i.arn.clone(),
            Self::Instance(i) => i.id.clone(),
            Self::VpcEndpoint(e) => e.id.clone(),
            Self::NatGateway(n) => n.id.clone(),
            Self::AccountPolicies(a) => a.account.clone(),
            Self::Ended(e) => format!("{}/{}", e.of, e.key),
        }
    }

    /// The cluster named by a Kubernetes object, empty where it is not known; none for other kinds.
    pub fn cluster(&self) -> Option<&str> {
        match self {
            Self::ServiceAccount(s) => Some(&s.cluster),
            Self::Pod(p) => Some(&p.cluster),
            Self::Node(n) => Some(&n.cluster),
            _ => None,
        }
    }

    /// Names the cluster of a Kubernetes object that has none yet; anything else stays as it is.
    pub fn assign_cluster(&mut self, cluster: &str) {
        match self.cluster_mut() {
            Some(slot) if slot.is_empty() => cluster.clone_into(slot),
            _ => {}
        }
    }

    fn cluster_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::ServiceAccount(s) => Some(&mut s.cluster),
            Self::Pod(p) => Some(&mut p.cluster),
            Self::Node(n) => Some(&mut n.cluster),
            _ => None,
        }
    }

    pub(super) fn rename_cluster(&mut self, arns: &ClusterArns) {
        let Some(slot) = self.cluster_mut() else { return };
        if let Some(Some(arn)) = arns.get(slot) {
            arn.clone_into(slot);
        }
    }
}

/// Name of each cluster → how objects refer to it; none where several have the name.
pub(super) type ClusterArns = BTreeMap<String, Option<String>>;

impl Inventory {
    /// Merges observations. Of the same thing the newest counts, of equally new ones the one whose
    /// JSON is greatest, so that order of import never matters. A cluster given by name becomes its
    /// ARN where exactly one known cluster has that name. Managed policies get their documents, OIDC providers their
    /// audiences.
    ///
    /// Of what ended, roles, policies, ServiceAccounts, OIDC providers and instance profiles are left out, as they are
    /// in force no longer; the rest stays, with its end where it has a field for that: past calls were made by it.
    pub fn from_objects(objects: impl IntoIterator<Item = (Object, Timestamp)>) -> Self {
        let newest = newest(objects.into_iter().collect());
        let ends = Ends::of(&newest);
        let live = newest
            .into_values()
            .filter_map(|(at, _, object)| ends.apply(object, at));
        assemble(live)
    }
}

/// The newest observation of each thing, by kind and key: when, its JSON as it was stored, and itself.
pub(super) type Newest = BTreeMap<(&'static str, String), (Timestamp, String, Object)>;

pub(super) fn newest(objects: Vec<(Object, Timestamp)>) -> Newest {
    let arns = cluster_arns(objects.iter().map(|(object, _)| object));
    let mut ordered: Vec<(Timestamp, String, Object)> = objects
        .into_iter()
        .map(|(mut object, at)| {
            object.rename_cluster(&arns);
            (at, serde_json::to_string(&object).unwrap_or_default(), object)
        })
        .collect();
    ordered.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    let mut newest = Newest::new();
    for (at, text, mut object) in ordered {
        let key = (object.kind(), object.key());
        if let (Object::Pod(pod), Some((_, _, Object::Pod(before)))) = (&mut object, newest.remove(&key)) {
            inherit(pod, before);
        }
        newest.insert(key, (at, text, object));
    }
    newest
}

/// A pod that ended may have lost where it ran and by which addresses: what it had, it had.
fn inherit(pod: &mut Pod, before: Pod) {
    if pod.ips.is_empty() {
        pod.ips = before.ips;
    }
    pod.node = pod.node.take().or(before.node);
    pod.started_at = pod.started_at.or(before.started_at);
}

/// How objects refer to each cluster, by its name.
pub(super) fn cluster_arns<'o>(objects: impl Iterator<Item = &'o Object>) -> ClusterArns {
    let mut arns = ClusterArns::new();
    for object in objects {
        if let Object::Cluster(cluster) = object {
            arns.entry(cluster.name.clone())
                .and_modify(|arn| {
                    if arn.as_deref() != Some(cluster.reference()) {
                        *arn = None;
                    }
                })
                .or_insert_with(|| Some(cluster.reference().to_owned()));
        }
    }
    arns
}

/// Takes one object of each key, sorted by kind and key.
fn assemble(objects: impl Iterator<Item = Object>) -> Inventory {
    let mut inventory = Inventory::default();
    let mut documents: BTreeMap<String, String> = BTreeMap::new();
    let mut details: BTreeMap<String, OidcProvider> = BTreeMap::new();
    for object in objects {
        match object {
            Object::Cluster(c) => inventory.clusters.push(c),
            Object::Association(a) => inventory.associations.push(a),
            Object::Role(r) => inventory.roles.push(r),
            Object::Policy(p) => drop(documents.insert(p.arn, p.document)),
            Object::ServiceAccount(s) => inventory.service_accounts.push(s),
            Object::Pod(p) => inventory.pods.push(p),
            Object::Node(n) => inventory.nodes.push(n),
            Object::OidcProvider(o) if o.arn.is_empty() => drop(details.insert(o.url.clone(), o)),
            Object::OidcProvider(o) => inventory.oidc_providers.push(o),
            Object::InstanceProfile(i) => inventory.instance_profiles.push(i),
            Object::Instance(i) => inventory.instances.push(i),
            Object::VpcEndpoint(e) => inventory.vpc_endpoints.push(e),
            Object::NatGateway(n) => inventory.nat_gateways.push(n),
            Object::AccountPolicies(a) => inventory.account_policies.push(a),
            Object::Ended(_) => {}
        }
    }
    describe(&mut inventory.oidc_providers, details);
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

/// Joins the two answers that IAM gives of an OIDC provider: the list has the ARN, the detail has all but that.
fn describe(providers: &mut Vec<OidcProvider>, mut details: BTreeMap<String, OidcProvider>) {
    for provider in providers.iter_mut() {
        match details.get_mut(&provider.url) {
            // The same issuer in two accounts, and one detail without an account: it is told of neither.
            Some(detail) if detail.arn.is_empty() || detail.arn == provider.arn => {
                detail.arn.clone_from(&provider.arn);
            }
            Some(detail) => detail.arn = SEVERAL.to_owned(),
            None => {}
        }
    }
    for provider in providers.iter_mut().filter(|provider| provider.created_at.is_none()) {
        match details.get(&provider.url) {
            Some(detail) if detail.arn == provider.arn => *provider = detail.clone(),
            _ => {}
        }
    }
    providers.extend(details.into_values().filter(|detail| detail.arn.is_empty()));
    providers.sort();
}

/// Stands for the ARN of a detail that fits several providers.
const SEVERAL: &str = "several";
