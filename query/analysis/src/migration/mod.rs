//! From IRSA to Pod Identity: what stands against it, and what to do in which order.
//!
//! Sources of the facts: EKS user guide, "Learn how EKS Pod Identity grants pods access to AWS services"; the pod
//! identity webhook's README and code; the form of session names is derived from real events.

mod blockers;
mod policies;
mod steps;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use crate::answer::{Migration, MigrationAfter, MigrationTrust, SessionTag};
use crate::findings::WorkloadFacts;
use crate::formats::hcl::Block;
use crate::inventory::{Cluster, Inventory, Role, ServiceAccount};
use crate::lineage::{Mechanism, issuer, session_name};
use crate::role_trust::Trust;

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct MigrationInput<'a> {
    /// The workload, and what it did.
    pub workload: &'a WorkloadFacts,
    /// Roles that it assumed with its own role's sessions.
    pub chained: &'a [String],
    /// Other workloads of the role, as `cluster/namespace/serviceaccount`.
    pub shared_by: &'a [String],
    /// What exists.
    pub inventory: &'a Inventory,
}

/// Everything of the workload that the plan names.
struct Plan<'a> {
    input: MigrationInput<'a>,
    cluster: Option<&'a Cluster>,
    account: Option<&'a ServiceAccount>,
    role_arn: Option<&'a str>,
    role: Option<&'a Role>,
}

/// Makes the plan. It is a function of what it is given; nothing is asked or changed.
pub fn migrate(input: MigrationInput<'_>) -> Migration {
    let plan = Plan::of(input);
    let blockers = plan.blockers();
    let trust_policy = plan.trust_policy();
    let association = plan.association();
    Migration {
        workload: input.workload.id.clone(),
        role_arn: plan.role_arn.map(str::to_owned),
        possible: blockers.is_empty(),
        steps: plan.steps(trust_policy.as_ref()),
        terraform: plan.terraform(),
        after: plan.after(),
        notes: plan.notes(trust_policy.as_ref()),
        blockers,
        association,
        trust_policy,
    }
}

impl<'a> Plan<'a> {
    fn of(input: MigrationInput<'a>) -> Self {
        let own = &input.workload.workload;
        let inventory = input.inventory;
        let cluster = inventory
            .clusters
            .iter()
            .filter(|c| c.deleted_at.is_none())
            .find(|c| match &own.cluster_arn {
                Some(arn) => c.arn == *arn,
                None => c.name == own.cluster,
            });
        let here = |s: &&ServiceAccount| {
            own.is_of(&s.cluster) && s.namespace == own.namespace && s.name == own.service_account
        };
        let account = inventory.service_accounts.iter().find(here);
        let role_arn = account.and_then(|s| s.role_arn.as_deref()).or_else(|| only_role(input));
        Self {
            input,
            cluster,
            account,
            role_arn,
            role: inventory.roles.iter().find(|r| Some(r.arn.as_str()) == role_arn),
        }
    }

    fn subject(&self) -> String {
        let own = &self.input.workload.workload;
        format!("system:serviceaccount:{}:{}", own.namespace, own.service_account)
    }

    /// The cluster's account, where the role is in another one.
    fn foreign(&self) -> Option<&str> {
        let own = issuer::account_of(&self.cluster?.arn)?;
        (issuer::account_of(self.role_arn?)? != own).then_some(own)
    }

    /// The role that EKS assumes first, where the workload's own is in another account. A name for it, not one that is.
    fn first_role(&self) -> Option<String> {
        let account = self.foreign()?;
        let partition = self.role_arn?.split(':').nth(1)?;
        let own = &self.input.workload.workload;
        // IAM allows 64 characters for a role's name.
        let name: String = format!("pod-identity-{}-{}", own.namespace, own.service_account)
            .chars()
            .take(64)
            .collect();
        Some(format!("arn:{partition}:iam::{account}:role/{name}"))
    }

    fn association(&self) -> Option<Value> {
        let own = &self.input.workload.workload;
        let role = self.role_arn?;
        let mut association = json!({
            "clusterName": self.eks()?.name,
            "namespace": own.namespace,
            "serviceAccount": own.service_account,
            "roleArn": role,
        });
        if let (Some(first), Some(fields)) = (self.first_role(), association.as_object_mut()) {
            fields.insert("roleArn".to_owned(), json!(first));
            fields.insert("targetRoleArn".to_owned(), json!(role));
        }
        Some(association)
    }

    /// The cluster, if it is one of EKS.
    fn eks(&self) -> Option<&'a Cluster> {
        self.cluster.filter(|c| !c.arn.is_empty())
    }

    fn trust_policy(&self) -> Option<MigrationTrust> {
        let trust = Trust::read(self.role?)?;
        let (during, proposed) = policies::during_and_after(self, &trust)?;
        Some(MigrationTrust {
            current: trust.document,
            during,
            proposed,
        })
    }

    fn after(&self) -> MigrationAfter {
        let own = &self.input.workload.workload;
        let name = self.cluster.map_or(own.cluster.as_str(), |c| c.name.as_str());
        let arn = self
            .eks()
            .map_or_else(|| own.cluster_arn.clone(), |c| Some(c.arn.clone()));
        let tag = |key: &str, value: &str| SessionTag {
            key: key.to_owned(),
            value: value.to_owned(),
        };
        MigrationAfter {
            session_name_pattern: format!(
                "eks-{}-<first 10 characters of the pod's name>-<uuid>",
                session_name::prefix(name)
            ),
            tags: vec![
                tag("eks-cluster-arn", arn.as_deref().unwrap_or("<arn of the cluster>")),
                tag("eks-cluster-name", name),
                tag("kubernetes-namespace", &own.namespace),
                tag("kubernetes-service-account", &own.service_account),
                tag("kubernetes-pod-name", "<pod>"),
                tag("kubernetes-pod-uid", "<uid of the pod>"),
            ],
        }
    }

    fn terraform(&self) -> Option<String> {
        let own = &self.input.workload.workload;
        let role = self.role_arn?;
        let first = self.first_role();
        let label: String = format!("{}_{}", own.namespace, own.service_account)
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        let mut block = Block::new("resource", &["aws_eks_pod_identity_association", &label])
            .with_text("cluster_name", &self.eks()?.name)
            .with_text("namespace", &own.namespace)
            .with_text("service_account", &own.service_account)
            .with_text("role_arn", first.as_deref().unwrap_or(role));
        if first.is_some() {
            block = block.with_text("target_role_arn", role);
        }
        Some(block.write())
    }
}

/// The role of which the workload was seen to have sessions by IRSA, if it is one and no chain led to it.
fn only_role(input: MigrationInput<'_>) -> Option<&str> {
    let by_irsa = input.workload.uses.iter().filter(|u| u.mechanism == Mechanism::Irsa);
    let mut roles: Vec<&str> = by_irsa.map(|u| u.role_arn.as_str()).collect();
    roles.retain(|role| !input.chained.iter().any(|c| c == role));
    roles.sort_unstable();
    roles.dedup();
    match roles.as_slice() {
        [only] => Some(only),
        _ => None,
    }
}
