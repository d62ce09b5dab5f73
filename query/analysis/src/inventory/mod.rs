//! What exists: clusters, associations, roles with their policies, ServiceAccounts, pods, and the machines and
//! addresses that they run on.
//!
//! [`parse`] tells a file's documents by content and gives [`Object`]s, which are stored one by one;
//! [`Inventory::from_objects`] merges what was stored. `kubectl` does not name the cluster it asked:
//! [`resolve_cluster`] finds it where that is certain. What a complete list no longer holds has [`ended`]. What was in
//! force when, [`Inventory::with_history`] puts together from versions and the log.

mod changes;
mod cluster;
mod ec2;
mod eks;
mod ended;
mod error;
mod history;
mod iam;
mod iam_lists;
mod kubernetes;
mod object;
mod organization;
mod parse;
mod points;
mod registered;
#[cfg(test)]
mod tests;
mod timeline;

use std::collections::BTreeMap;

pub use changes::{CONFIGURATION_EVENTS, ConfigurationEvent, configuration_events_sql};
pub use cluster::resolve_cluster;
pub use ended::{Ended, Listed, ended};
pub use error::InventoryError;
pub use history::{Contradiction, History, RoleTrust, Seen, Version, Word};
pub use object::{ManagedPolicy, Object};
pub use organization::AccountPolicies;
pub use parse::{ImportHint, parse};

use podtrail_event::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Everything the inventory knows, merged from its documents. Sorted; order of import never matters.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    /// EKS clusters.
    pub clusters: Vec<Cluster>,
    /// EKS Pod Identity associations.
    pub associations: Vec<Association>,
    /// IAM roles with their policies resolved.
    pub roles: Vec<Role>,
    /// Kubernetes ServiceAccounts.
    pub service_accounts: Vec<ServiceAccount>,
    /// Kubernetes pods, those that ended too.
    pub pods: Vec<Pod>,
    /// Kubernetes nodes, those that are gone too.
    pub nodes: Vec<Node>,
    /// IAM OIDC providers.
    pub oidc_providers: Vec<OidcProvider>,
    /// IAM instance profiles.
    pub instance_profiles: Vec<InstanceProfile>,
    /// EC2 instances, those that ended too.
    pub instances: Vec<Instance>,
    /// VPC endpoints, those that are gone too.
    pub vpc_endpoints: Vec<VpcEndpoint>,
    /// NAT gateways, those that are gone too: their addresses were the clusters' then.
    pub nat_gateways: Vec<NatGateway>,
    /// Organization policies by account.
    #[serde(default)]
    pub account_policies: Vec<AccountPolicies>,
    /// The past, where it was [added](Inventory::with_history).
    #[serde(default)]
    pub history: History,
}

/// `aws eks describe-cluster`, or a cluster that is not EKS's and that the user registered.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cluster {
    /// ARN; empty for a cluster that is not EKS's.
    pub arn: String,
    /// Name.
    pub name: String,
    /// OIDC issuer without `https://`: `oidc.eks.<region>.amazonaws.com/id/<ID>` for EKS.
    pub oidc_issuer: Option<String>,
    /// `resourcesVpcConfig.vpcId`.
    #[serde(default)]
    pub vpc_id: Option<String>,
    /// `createdAt`.
    pub created_at: Option<Timestamp>,
    /// When a complete list of its account and region no longer held it; it was deleted by then.
    #[serde(default)]
    pub deleted_at: Option<Timestamp>,
}

impl Cluster {
    /// How Kubernetes objects name their cluster: by its ARN, else by its name.
    #[must_use]
    pub fn reference(&self) -> &str {
        if self.arn.is_empty() { &self.name } else { &self.arn }
    }
}

/// `aws eks describe-pod-identity-association`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Association {
    /// ARN.
    pub arn: String,
    /// Name of the cluster; its account and region are the ARN's.
    pub cluster_name: String,
    /// Namespace.
    pub namespace: String,
    /// ServiceAccount.
    pub service_account: String,
    /// The role that EKS assumes.
    pub role_arn: String,
    /// The role assumed with the first one's credentials; the pod sees this one's.
    pub target_role_arn: Option<String>,
    /// Sessions are issued without tags.
    pub disable_session_tags: bool,
    /// Inline session policy (JSON text); applies to the target role where there is one.
    pub policy: Option<String>,
    /// `createdAt`.
    pub created_at: Option<Timestamp>,
    /// `modifiedAt`.
    pub modified_at: Option<Timestamp>,
    /// When a complete list of its cluster no longer held it; it was deleted by then.
    #[serde(default)]
    pub deleted_at: Option<Timestamp>,
}

/// A role with its policies, from `aws iam get-account-authorization-details`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// ARN, with path.
    pub arn: String,
    /// `AROA…`.
    pub role_id: Option<String>,
    /// The trust policy's JSON text.
    pub trust_policy: Option<String>,
    /// Attached and inline policies.
    pub policies: Vec<NamedPolicy>,
    /// The permissions boundary.
    pub permissions_boundary: Option<NamedPolicy>,
    /// Role tags.
    pub tags: BTreeMap<String, String>,
    /// `CreateDate`.
    pub created_at: Option<Timestamp>,
}

/// One policy in force on a role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedPolicy {
    /// Policy ARN for managed policies, the policy's name for inline ones.
    pub name: String,
    /// Attached (managed), not inline.
    pub managed: bool,
    /// The document's JSON text; none when only the name is known (an AWS managed policy that the
    /// authorization details were taken without).
    pub document: Option<String>,
}

/// A ServiceAccount of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ServiceAccount {
    /// The cluster's ARN, else its name.
    pub cluster: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Annotation `eks.amazonaws.com/role-arn`.
    pub role_arn: Option<String>,
}

/// A pod of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pod {
    /// The cluster's ARN, else its name.
    pub cluster: String,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Uid.
    pub uid: String,
    /// ServiceAccount it runs as.
    pub service_account: String,
    /// Pod IPs.
    pub ips: Vec<String>,
    /// Node name.
    pub node: Option<String>,
    /// Start of its life.
    pub started_at: Option<Timestamp>,
    /// End of its life, where known; else when a complete list of its cluster no longer held it: it had ended by then.
    pub ended_at: Option<Timestamp>,
}

/// A node of a cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Node {
    /// The cluster's ARN, else its name.
    pub cluster: String,
    /// Name.
    pub name: String,
    /// The EC2 instance (`i-…`) of `spec.providerID`; none for a node that is none, as Fargate's.
    pub instance_id: Option<String>,
    /// Addresses of type `InternalIP` and `ExternalIP`, sorted.
    pub ips: Vec<String>,
}

/// An OIDC provider of IAM: whose tokens the account accepts.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct OidcProvider {
    /// ARN; empty where only `get-open-id-connect-provider` was read, which does not give it.
    pub arn: String,
    /// The issuer without `https://`.
    pub url: String,
    /// Audiences, sorted; empty where only `list-open-id-connect-providers` was read.
    pub client_ids: Vec<String>,
    /// Thumbprints of the issuer's certificates, sorted.
    pub thumbprints: Vec<String>,
    /// `CreateDate`; none where only `list-open-id-connect-providers` was read.
    pub created_at: Option<Timestamp>,
}

/// An instance profile: which role an instance's credentials are of.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InstanceProfile {
    /// ARN.
    pub arn: String,
    /// ARNs of its roles (IAM allows one), sorted.
    pub roles: Vec<String>,
}

/// An EC2 instance.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Instance {
    /// `i-…`.
    pub id: String,
    /// Account; none where the answer does not tell.
    pub account: Option<String>,
    /// Region; none where the answer does not tell.
    pub region: Option<String>,
    /// VPC.
    pub vpc_id: Option<String>,
    /// The primary address of each of its interfaces, sorted. Secondary ones are left out: the VPC CNI gives them to
    /// pods.
    pub private_ips: Vec<String>,
    /// Private DNS name.
    pub private_dns_name: Option<String>,
    /// Public address.
    pub public_ip: Option<String>,
    /// ARN of its instance profile.
    pub instance_profile_arn: Option<String>,
    /// `MetadataOptions.HttpTokens`: `optional` lets IMDSv1 in, `required` does not.
    pub http_tokens: Option<String>,
    /// `MetadataOptions.HttpPutResponseHopLimit`: above 1, pods reach the instance's credentials.
    pub hop_limit: Option<u32>,
    /// `LaunchTime`: the newest start, not the first.
    pub launched_at: Option<Timestamp>,
    /// When a complete list of its account and region no longer held it; it was terminated by then.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
}

/// A VPC endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VpcEndpoint {
    /// `vpce-…`.
    pub id: String,
    /// Account; none where the answer does not tell.
    pub account: Option<String>,
    /// Region; none where the answer does not tell.
    pub region: Option<String>,
    /// VPC.
    pub vpc_id: String,
    /// Such as `com.amazonaws.eu-west-1.s3`.
    pub service_name: String,
    /// `CreationTimestamp`.
    pub created_at: Option<Timestamp>,
    /// Such as `available`; `deleted` where a complete list of its account and region no longer holds it.
    pub state: Option<String>,
    /// When a complete list of its account and region no longer held it; it was deleted by then.
    #[serde(default)]
    pub deleted_at: Option<Timestamp>,
}

/// A NAT gateway: the addresses that a VPC's calls come from where they leave it.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NatGateway {
    /// `nat-…`.
    pub id: String,
    /// Account; none where the answer does not tell.
    pub account: Option<String>,
    /// Region; none where the answer does not tell.
    pub region: Option<String>,
    /// VPC.
    pub vpc_id: String,
    /// Public addresses, sorted.
    pub public_ips: Vec<String>,
}

impl Association {
    /// Whether the association is of that cluster: same name, account and region. Names alone repeat.
    pub fn is_of(&self, cluster: &Cluster) -> bool {
        // arn:aws:eks:<region>:<account>:podidentityassociation/<cluster>/<id> beside …:cluster/<name>
        let place = |arn: &str| arn.split(':').take(5).map(str::to_owned).collect::<Vec<_>>();
        self.cluster_name == cluster.name && place(&self.arn) == place(&cluster.arn)
    }

    /// The ARN of the association's cluster: its own, with another resource.
    #[must_use]
    pub fn cluster_arn(&self) -> String {
        let place: Vec<&str> = self.arn.splitn(6, ':').take(5).collect();
        format!("{}:cluster/{}", place.join(":"), self.cluster_name)
    }
}
