//! What stands against the move, and what else to know.

use std::collections::BTreeSet;

use podtrail_iam::policy::Policy;
use podtrail_iam::policy::build::{TRUST_POLICY_LIMIT, characters, minified};
use serde_json::Value;

use super::Plan;
use crate::answer::MigrationTrust;
use crate::inventory::{Node, Pod, Role};
use crate::lineage::{Mechanism, issuer};

impl Plan<'_> {
    /// What must be settled first.
    pub(super) fn blockers(&self) -> Vec<String> {
        let mut found = Vec::new();
        let seen = |m: Mechanism| self.input.workload.uses.iter().any(|u| u.mechanism == m);
        let associated = self.input.inventory.associations.iter().any(|a| self.is_of(a));
        if self.role_arn.is_none() && (seen(Mechanism::PodIdentity) || associated) {
            found.push("the workload uses Pod Identity already".to_owned());
        } else if self.role_arn.is_none() {
            let what = "the ServiceAccount is not known to be annotated with a role, and was not seen to use exactly one by \
                        IRSA: there is nothing to move";
            found.push(what.to_owned());
        } else if self.role.is_none() {
            let what = "the role is not in the inventory, so its trust policy is not known: import `aws iam \
                        get-account-authorization-details` of its account";
            found.push(what.to_owned());
        }
        match self.cluster {
            None => found.push(
                "the cluster is not in the inventory: import its `aws eks describe-cluster`, which names its ARN"
                    .to_owned(),
            ),
            Some(c) if c.arn.is_empty() => {
                found.push("Pod Identity is for clusters of EKS, and this is none".to_owned())
            }
            Some(_) => {}
        }
        found.extend(self.nodes_that_cannot());
        found.extend(self.conditions());
        found
    }

    fn is_of(&self, association: &crate::inventory::Association) -> bool {
        let own = &self.input.workload.workload;
        let here = self.cluster.is_some_and(|c| association.is_of(c));
        here && association.namespace == own.namespace
            && association.service_account == own.service_account
            && association.deleted_at.is_none()
    }

    /// Pods on nodes that are no EC2 instance: the agent runs on Linux instances alone (EKS user guide).
    fn nodes_that_cannot(&self) -> Option<String> {
        let own = &self.input.workload.workload;
        let inventory = self.input.inventory;
        let ours = |pod: &&Pod| {
            own.is_of(&pod.cluster)
                && pod.namespace == own.namespace
                && pod.service_account == own.service_account
                && pod.ended_at.is_none()
        };
        let node = |pod: &Pod| {
            let of_pod = |n: &&Node| n.cluster == pod.cluster && Some(&n.name) == pod.node.as_ref();
            inventory.nodes.iter().find(of_pod).filter(|n| n.instance_id.is_none())
        };
        let names: BTreeSet<&str> = inventory
            .pods
            .iter()
            .filter(ours)
            .filter_map(node)
            .map(|n| n.name.as_str())
            .collect();
        let first = names.first()?;
        Some(format!(
            "{} of its nodes are no EC2 instances (`{first}`), as Fargate's are not: Pod Identity does not work there",
            names.len()
        ))
    }

    /// Conditions that hold for a web identity's session and will not hold for one of Pod Identity.
    fn conditions(&self) -> Vec<String> {
        let Some(own) = self.role else { return Vec::new() };
        let mut found = BTreeSet::new();
        let mut policies: Vec<(String, Option<&str>)> = Vec::new();
        let documents = own.policies.iter().chain(&own.permissions_boundary);
        policies.extend(documents.map(|p| (format!("the policy `{}`", p.name), p.document.as_deref())));
        for (name, text) in policies {
            for (key, why) in text.map(depends_on).unwrap_or_default() {
                found.insert(format!("{name} has a condition or variable on `{key}`: {why}"));
            }
        }
        for role in self.input.inventory.roles.iter().filter(|r| r.arn != own.arn) {
            if names_session_of(role, own) {
                found.insert(format!(
                    "the trust policy of `{}` names a session of the role: EKS chooses session names, and each is another",
                    role.arn
                ));
            }
        }
        found.into_iter().collect()
    }

    /// What else to know.
    pub(super) fn notes(&self, trust: Option<&MigrationTrust>) -> Vec<String> {
        let mut notes = vec![
            "Policies of buckets, keys, queues and the like are not in the inventory: look there for `aws:FederatedProvider`, \
             `aws:userid`, the issuer's `:sub`, and ARNs of `assumed-role` sessions of this role."
                .to_owned(),
            "Whether the pods run on Windows is not in the inventory; Pod Identity works on Linux alone.".to_owned(),
            "The workload's SDK must know Pod Identity: it asks the agent by `AWS_CONTAINER_CREDENTIALS_FULL_URI`. Pods that set \
             `AWS_ROLE_ARN` or access keys by hand keep using these."
                .to_owned(),
            "Afterwards STS logs `AssumeRole` by `pods.eks.amazonaws.com`, with the pod's name in the tags, in place of \
             `AssumeRoleWithWebIdentity`; later events name no `federatedProvider`. Alerts on these must be changed."
                .to_owned(),
        ];
        if let Some(account) = self.foreign() {
            notes.push(format!(
                "The role is in another account than the cluster: EKS assumes a role in {account} first, and with it this role, \
                 as the association's target role. A chained session lasts an hour at most. The association's `externalId`, which \
                 `describe-pod-identity-association` shows, can be asked for in the trust policy by `sts:ExternalId`."
            ));
        }
        if !self.input.shared_by.is_empty() {
            notes.push(format!(
                "The role is used by {} more workloads ({}): their trust stays as it is.",
                self.input.shared_by.len(),
                self.input.shared_by.join(", ")
            ));
        }
        if !self.input.chained.is_empty() {
            notes.push(format!(
                "With its sessions the workload assumes {}. The tags of Pod Identity go along: see that this still works, and \
                 that `sts:TagSession` is allowed there, before the annotation goes.",
                self.input.chained.join(", ")
            ));
        }
        if let Some(trust) = trust {
            notes.extend(self.trust_notes(trust));
        }
        notes
    }

    fn trust_notes(&self, trust: &MigrationTrust) -> Vec<String> {
        let mut notes = Vec::new();
        let size = characters(&minified(&trust.during));
        if size > TRUST_POLICY_LIMIT {
            notes.push(format!(
                "While both ways are open the trust policy has {size} characters, more than the {TRUST_POLICY_LIMIT} that a role \
                 may have by default: ask for a higher quota first."
            ));
        }
        let issuer = self.cluster.and_then(|c| c.oidc_issuer.as_deref()).unwrap_or_default();
        let still = self.role.and_then(crate::role_trust::Trust::read).is_some_and(|now| {
            let text = trust.proposed.to_string();
            let after = Role {
                trust_policy: Some(text),
                ..now.role.clone()
            };
            crate::role_trust::Trust::read(&after)
                .is_some_and(|after| after.admits_token(issuer, &self.subject(), None))
        });
        if still {
            notes.push(
                "A statement of the trust policy lets the ServiceAccount in by a pattern, or without naming a subject. It may \
                 be for others too, and is left: narrow it by hand."
                    .to_owned(),
            );
        }
        notes
    }
}

/// Keys in a policy's conditions and variables whose value will be another one, with why.
fn depends_on(text: &str) -> Vec<(String, &'static str)> {
    let Ok(policy) = Policy::parse(text) else {
        return Vec::new();
    };
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for statement in policy.statements() {
        keys.extend(statement.conditions().iter().map(|c| c.key().to_owned()));
    }
    keys.extend(variables(text));
    let why = |key: &str| {
        let lower = key.to_ascii_lowercase();
        let claim = lower.ends_with(":sub") || lower.ends_with(":aud") || lower.ends_with(":amr");
        if lower == "aws:federatedprovider" {
            Some("sessions of Pod Identity have no federated provider")
        } else if claim && lower.starts_with("oidc.") {
            Some("sessions of Pod Identity carry no claims of a token")
        } else if lower == "aws:userid" || lower == "sts:rolesessionname" {
            Some("it holds the session's name, which EKS chooses")
        } else {
            None
        }
    };
    keys.into_iter()
        .filter_map(|key| why(&key).map(|why| (key, why)))
        .collect()
}

/// The keys of the `${…}` in a text.
fn variables(text: &str) -> Vec<String> {
    let parts = text.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
    parts
        .map(|(inside, _)| inside.split(',').next().unwrap_or_default().trim().to_owned())
        .collect()
}

/// Whether a trust policy names `assumed-role/ROLE/SESSION` of a role, as a principal or in a condition.
fn names_session_of(role: &Role, own: &Role) -> bool {
    let account = issuer::account_of(&own.arn).unwrap_or_default();
    let name = own.arn.rsplit('/').next().unwrap_or_default();
    let mark = format!(":sts::{account}:assumed-role/{name}/");
    let document: Value = role
        .trust_policy
        .as_deref()
        .and_then(|t| serde_json::from_str(t).ok())
        .unwrap_or_default();
    holds(&document, &mark)
}

fn holds(value: &Value, mark: &str) -> bool {
    match value {
        Value::String(text) => text.contains(mark),
        Value::Array(items) => items.iter().any(|v| holds(v, mark)),
        Value::Object(fields) => fields.values().any(|v| holds(v, mark)),
        _ => false,
    }
}
