//! Whose a recommendation is, and what its parts are called in each form.

use sha2::{Digest, Sha256};

use crate::answer::{Recommendation, RoleRecommendation};
use crate::shell;

/// Longest logical id (CloudFormation user guide, "CloudFormation quotas").
const LOGICAL_ID: usize = 255;

/// The workload that a recommendation is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// The cluster's name; where only a token's issuer is known, that.
    pub(super) cluster: &'a str,
    /// Its ARN, if known.
    pub(super) cluster_arn: Option<&'a str>,
    /// Namespace.
    pub(super) namespace: &'a str,
    /// ServiceAccount.
    pub(super) service_account: &'a str,
}

impl<'a> Place<'a> {
    /// Reads `cluster/namespace/serviceaccount`, where the cluster may be an ARN: only a cluster's part has slashes.
    pub(super) fn of(recommendation: &'a Recommendation) -> Self {
        let mut parts = recommendation.workload.rsplitn(3, '/');
        let service_account = parts.next().unwrap_or_default();
        let namespace = parts.next().unwrap_or_default();
        let cluster = parts.next().unwrap_or_default();
        let written = Some(cluster).filter(|cluster| cluster.starts_with("arn:"));
        let cluster_arn = recommendation.cluster_arn.as_deref().or(written);
        Self {
            cluster: cluster_arn.map_or(cluster, shell::role_name),
            cluster_arn,
            namespace,
            service_account,
        }
    }

    /// The account of the cluster, if known.
    pub(super) fn account(&self) -> Option<&'a str> {
        self.cluster_arn.and_then(account_of)
    }
}

/// The account that an ARN names, if any.
pub(super) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// What tells one part of a recommendation from every other: workload, role, and which of the role's parts.
pub(super) struct Identity<'a> {
    place: Place<'a>,
    role_arn: &'a str,
    part: String,
}

impl<'a> Identity<'a> {
    /// The `at`th policy of a role.
    pub(super) fn policy(one: &'a Recommendation, role: &'a RoleRecommendation, at: usize) -> Self {
        let part = if at == 0 { String::new() } else { (at + 1).to_string() };
        Self::part(one, role, part)
    }

    /// The trust policy of a role.
    pub(super) fn trust(one: &'a Recommendation, role: &'a RoleRecommendation) -> Self {
        Self::part(one, role, "trust".to_owned())
    }

    fn part(one: &'a Recommendation, role: &'a RoleRecommendation, part: String) -> Self {
        Self {
            place: Place::of(one),
            role_arn: &role.role_arn,
            part,
        }
    }

    /// The label of a block of Terraform: the names, and a digest. Names alone are not unique (clusters of other regions,
    /// roles of other accounts may have the same), and a digest only where they clash would rename what is applied when
    /// a namesake appears.
    pub(super) fn label(&self) -> String {
        let safe = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
        let mut label: String = self.names().join("_").chars().map(safe).collect();
        // An identifier begins with a letter or `_` (HCL syntax specification, "Identifiers").
        if !label.starts_with(|c: char| c.is_ascii_alphabetic()) {
            label.insert(0, '_');
        }
        format!("{label}_{}", self.digest())
    }

    /// A logical id of CloudFormation: the same in letters and digits.
    pub(super) fn logical_id(&self) -> String {
        let words = self.names().join("-");
        let words = words
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|w| !w.is_empty());
        let mut id: String = words
            .map(|word| {
                let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
                format!("{}{rest}", first.to_ascii_uppercase())
            })
            .collect();
        let digest = self.digest();
        id.truncate(LOGICAL_ID - digest.len());
        id + &digest
    }

    fn names(&self) -> Vec<&str> {
        let place = &self.place;
        let role = shell::role_name(self.role_arn);
        let names = [place.cluster, place.namespace, place.service_account, role, &self.part];
        names.into_iter().filter(|name| !name.is_empty()).collect()
    }

    fn digest(&self) -> String {
        let place = &self.place;
        let cluster = place.cluster_arn.unwrap_or(place.cluster);
        let whole = [
            cluster,
            place.namespace,
            place.service_account,
            self.role_arn,
            self.part.as_str(),
        ]
        .join("\n");
        let hash = Sha256::digest(whole.as_bytes());
        hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
    }
}
