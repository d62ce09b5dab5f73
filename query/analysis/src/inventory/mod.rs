//! What exists: clusters, associations, roles with their policies, ServiceAccounts and pods.
//!
//! [`parse`] tells a file's documents by content and gives [`Object`]s, which are stored one by one;
//! [`Inventory::from_objects`] merges what was stored. `kubectl` does not name the cluster it asked:
//! [`resolve_cluster`] finds it where that is certain.

mod cluster;
mod eks;
mod error;
mod iam;
mod kubernetes;
mod object;
mod parse;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use cluster::resolve_cluster;
pub use error::InventoryError;
pub use object::{ManagedPolicy, Object};
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
    /// Kubernetes pods.
    pub pods: Vec<Pod>,
}

/// `aws eks describe-cluster`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cluster {
    /// ARN.
    pub arn: String,
    /// Name.
    pub name: String,
    /// OIDC issuer without `https://`: `oidc.eks.<region>.amazonaws.com/id/<ID>`.
    pub oidc_issuer: Option<String>,
    /// `createdAt`.
    pub created_at: Option<Timestamp>,
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
    /// End of its life, where known.
    pub ended_at: Option<Timestamp>,
}

impl Association {
    /// Whether the association is of that cluster: same name, account and region. Names alone repeat.
    pub fn is_of(&self, cluster: &Cluster) -> bool {
        // arn:aws:eks:<region>:<account>:podidentityassociation/<cluster>/<id> beside …:cluster/<name>
        let place = |arn: &str| arn.split(':').take(5).map(str::to_owned).collect::<Vec<_>>();
        self.cluster_name == cluster.name && place(&self.arn) == place(&cluster.arn)
    }
}
