//! What findings are made from: the inventory, and the log added up.

use std::collections::BTreeSet;

use podtrail_event::time::Timestamp;

use crate::answer::Window;
use crate::inventory::{Cluster, Inventory, Role};
use crate::lineage::{Class, Mechanism};
use crate::usage::Workload;

/// Everything that findings rest on. The order of the lists never matters.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// What exists.
    pub inventory: &'a Inventory,
    /// The span of the lake's events. Its end stands for "now": findings know no clock.
    pub window: Window,
    /// Accounts whose own trail the lake holds.
    pub trail_accounts: BTreeSet<String>,
    /// Every workload that was seen or is configured.
    pub workloads: Vec<WorkloadFacts>,
    /// What was refused.
    pub denied: Vec<Denied>,
    /// Chains of roles that workloads went along.
    pub chains: Vec<ChainUse>,
    /// What pods did with the roles of their nodes.
    pub node_calls: Vec<NodeCalls>,
    /// From where credentials were used and tokens exchanged.
    pub places: Vec<Place>,
    /// Sessions that were each used from several addresses.
    pub scattered: Vec<Scattered>,
    /// Pods, with the last call of each.
    pub pods: Vec<PodUse>,
    /// Who gave pods' tokens to EKS.
    pub agents: Vec<AgentCalls>,
    /// Instances whose credentials were handed out by IMDSv1.
    pub imds_v1: Vec<InstanceUse>,
    /// What roles are granted beside what workloads used of it.
    pub permissions: Vec<PermissionFacts>,
}

/// One workload.
#[derive(Debug, Clone, Default)]
pub struct WorkloadFacts {
    /// `cluster/namespace/serviceaccount`.
    pub id: String,
    /// Its parts.
    pub workload: Workload,
    /// What it did, by role and mechanism; empty when it was never seen.
    pub uses: Vec<RoleUse>,
}

/// Calls of a workload with one role.
#[derive(Debug, Clone)]
pub struct RoleUse {
    /// The role.
    pub role_arn: String,
    /// How the chain's root came by its credentials.
    pub mechanism: Mechanism,
    /// Calls that passed authorisation.
    pub calls: u64,
    /// Time of the first call.
    pub first_seen: Option<Timestamp>,
    /// Time of the last call.
    pub last_seen: Option<Timestamp>,
    /// The issue that proves the workload.
    pub evidence_event_id: Option<String>,
}

/// Calls that were refused.
#[derive(Debug, Clone)]
pub struct Denied {
    /// Who asked; none where EKS asked for a role in a pod's place.
    pub workload: Option<Workload>,
    /// The role whose permissions did not reach, or that was asked for.
    pub role_arn: String,
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// How often.
    pub calls: u64,
    /// Time of the first.
    pub first_seen: Option<Timestamp>,
    /// Time of the last.
    pub last_seen: Option<Timestamp>,
    /// The first event.
    pub sample_event_id: String,
}

/// A chain of roles that a workload went along.
#[derive(Debug, Clone)]
pub struct ChainUse {
    /// Who.
    pub workload: Workload,
    /// Role ARNs, root first.
    pub chain: Vec<String>,
    /// Sessions of it.
    pub sessions: u64,
    /// Issue of the first.
    pub first_seen: Option<Timestamp>,
    /// Issue of the last.
    pub last_seen: Option<Timestamp>,
    /// The smallest issue event id.
    pub issue_event_id: Option<String>,
}

/// Calls with an instance's role that no agent of the node makes ([`NODE_POD`](crate::lineage::method::NODE_POD)).
#[derive(Debug, Clone)]
pub struct NodeCalls {
    /// The workload of the only pod that it can have been; none where several can.
    pub workload: Option<Workload>,
    /// The role.
    pub role_arn: String,
    /// `eventSource`.
    pub event_source: String,
    /// How many.
    pub calls: u64,
    /// Time of the first.
    pub first_seen: Option<Timestamp>,
    /// Time of the last.
    pub last_seen: Option<Timestamp>,
    /// The first event.
    pub sample_event_id: String,
}

/// Use of credentials from one place.
#[derive(Debug, Clone)]
pub struct Place {
    /// The workload; none for nodes and users.
    pub workload: Option<Workload>,
    /// How the chain's root came by its credentials.
    pub mechanism: Mechanism,
    /// The role used, or asked for.
    pub role_arn: Option<String>,
    /// The instance id of a node's session, the access key id of a user's key.
    pub who: Option<String>,
    /// A token was given to STS for credentials; no credentials were used.
    pub exchange: bool,
    /// STS refused the token.
    pub refused: bool,
    /// `sourceIPAddress`; not always an address.
    pub address: Option<String>,
    /// `vpcEndpointId`.
    pub vpc_endpoint_id: Option<String>,
    /// Calls from there.
    pub calls: u64,
    /// Time of the first.
    pub first_seen: Option<Timestamp>,
    /// Time of the last.
    pub last_seen: Option<Timestamp>,
    /// The first event.
    pub sample_event_id: String,
}

/// Sessions of a workload that were each used from the same several public addresses.
#[derive(Debug, Clone)]
pub struct Scattered {
    /// Whose they are.
    pub workload: Workload,
    /// `sourceIPAddress` of the calls, without those through VPC endpoints.
    pub addresses: Vec<String>,
    /// How many sessions.
    pub sessions: u64,
    /// One of them, the smallest id.
    pub session_id: String,
    /// Time of the first call.
    pub first_seen: Option<Timestamp>,
    /// Time of the last call.
    pub last_seen: Option<Timestamp>,
    /// The first event.
    pub sample_event_id: String,
}

/// A pod's sessions.
#[derive(Debug, Clone)]
pub struct PodUse {
    /// Whose pod it is.
    pub workload: Workload,
    /// Its name.
    pub pod: String,
    /// Its uid, where known.
    pub pod_uid: Option<String>,
    /// Trust in the pod.
    pub pod_class: Class,
    /// The session that was used last.
    pub session_id: String,
    /// Time of its last call.
    pub last_call: Option<Timestamp>,
    /// The event that issued it.
    pub issue_event_id: Option<String>,
}

/// `eks-auth:AssumeRoleForPodIdentity` by one caller.
#[derive(Debug, Clone)]
pub struct AgentCalls {
    /// The node's role.
    pub role_arn: Option<String>,
    /// The session's name: the instance id.
    pub session_name: Option<String>,
    /// `userAgent`, which the caller chooses.
    pub user_agent: String,
    /// `sourceIPAddress`.
    pub address: Option<String>,
    /// How often.
    pub calls: u64,
    /// Time of the first.
    pub first_seen: Option<Timestamp>,
    /// Time of the last.
    pub last_seen: Option<Timestamp>,
    /// The first event.
    pub sample_event_id: String,
}

/// Calls of an instance's session.
#[derive(Debug, Clone)]
pub struct InstanceUse {
    /// The instance's role.
    pub role_arn: String,
    /// The instance.
    pub instance_id: String,
    /// Time of the first call.
    pub first_seen: Option<Timestamp>,
    /// Time of the last call.
    pub last_seen: Option<Timestamp>,
    /// The first event.
    pub sample_event_id: String,
}

/// The marks of one workload's permissions through one role.
#[derive(Debug, Clone)]
pub struct PermissionFacts {
    /// Who.
    pub workload: Workload,
    /// The role.
    pub role_arn: String,
    /// Actions granted and used.
    pub used: u64,
    /// Actions granted, observable, and not used.
    pub unused: u64,
}

/// Whether two workloads are one: the cluster's ARN, else its name.
pub(super) fn same(a: &Workload, b: &Workload) -> bool {
    cluster_key(a) == cluster_key(b) && a.namespace == b.namespace && a.service_account == b.service_account
}

/// What makes a cluster one: its ARN, else its name or issuer id.
pub(super) fn cluster_key(workload: &Workload) -> &str {
    workload.cluster_arn.as_deref().unwrap_or(&workload.cluster)
}

impl<'a> Facts<'a> {
    /// The role of the inventory.
    pub(super) fn role(&self, arn: &str) -> Option<&'a Role> {
        self.inventory.roles.iter().find(|role| role.arn == arn)
    }

    /// The cluster with that ARN or, where only one has it, that name.
    pub(super) fn cluster(&self, name_or_arn: &str) -> Option<&'a Cluster> {
        let clusters = self.inventory.clusters.iter().filter(|c| c.deleted_at.is_none());
        let mut named = clusters.clone().filter(|c| c.name == name_or_arn);
        let mut all = clusters;
        let by_arn = all.find(|c| !c.arn.is_empty() && c.arn == name_or_arn);
        by_arn.or_else(|| named.next().filter(|_| named.next().is_none()))
    }

    /// The workload of that cluster (by ARN or name), namespace and ServiceAccount.
    pub(super) fn workload(&self, cluster: &str, namespace: &str, service_account: &str) -> Option<&WorkloadFacts> {
        self.workloads.iter().find(|facts| {
            let own = &facts.workload;
            own.namespace == namespace && own.service_account == service_account && own.is_of(cluster)
        })
    }

    /// The id of a workload; one that is not among them gets its parts joined.
    pub(super) fn id(&self, workload: &Workload) -> String {
        let known = self.workloads.iter().find(|facts| same(&facts.workload, workload));
        known.map_or_else(
            || {
                let cluster = cluster_key(workload);
                format!("{cluster}/{}/{}", workload.namespace, workload.service_account)
            },
            |facts| facts.id.clone(),
        )
    }

    /// Whether the inventory lists the roles of an account.
    pub(super) fn lists_roles_of(&self, account: &str) -> bool {
        let of = |role: &Role| crate::lineage::issuer::account_of(&role.arn) == Some(account);
        self.inventory.roles.iter().any(of)
    }
}
