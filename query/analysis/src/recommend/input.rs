//! What a recommendation is made from.

use std::collections::{BTreeMap, BTreeSet};

use podtrail_iam::policy::Policy;

use crate::answer::{Coverage, RecommendOptions, Window};
use crate::inventory::{Association, Cluster, Role};
use crate::lineage::Mechanism;
use crate::usage::{Usage, Workload};

/// Event sources of which the lake holds data events. What is absent here cannot be called unused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObservedSources(BTreeSet<String>);

impl ObservedSources {
    /// Takes event sources as events name them, e.g. `s3.amazonaws.com`; see
    /// [`Coverage::data_event_sources`].
    pub fn new<S: AsRef<str>>(event_sources: impl IntoIterator<Item = S>) -> Self {
        Self(
            event_sources
                .into_iter()
                .map(|source| service(source.as_ref()).to_owned())
                .collect(),
        )
    }

    /// Whether the lake holds data events of an action's service.
    pub(super) fn has(&self, action: &str) -> bool {
        action
            .split_once(':')
            .is_some_and(|(prefix, _)| self.0.contains(prefix))
    }
}

/// The IAM prefix of an event source that has data events.
pub(super) fn service(event_source: &str) -> &str {
    match event_source.strip_suffix(".amazonaws.com").unwrap_or(event_source) {
        "monitoring" => "cloudwatch",
        "rdsdata" => "rds-data",
        "streams.dynamodb" => "dynamodb",
        "ingest.timestream" | "query.timestream" => "timestream",
        "runtime.sagemaker" | "api.sagemaker" => "sagemaker",
        label => label,
    }
}

/// One workload with all that is known of it.
#[derive(Debug, Clone)]
pub struct RecommendInput<'a> {
    /// The workload.
    pub workload: Workload,
    /// The workload's cluster, where the inventory knows it; gives trust policies their issuer and ARN.
    pub cluster: Option<&'a Cluster>,
    /// Mechanisms seen.
    pub mechanisms: Vec<Mechanism>,
    /// The history.
    pub window: Window,
    /// How far it reaches.
    pub coverage: Coverage,
    /// Which data events are in it.
    pub observed: ObservedSources,
    /// How it is to be made; its lists are [checked](RecommendOptions::check).
    pub options: RecommendOptions,
    /// The roles that the workload used, or is configured for. Order does not matter.
    pub roles: Vec<RoleInput<'a>>,
}

/// One role of the workload.
#[derive(Debug, Clone, Default)]
pub struct RoleInput<'a> {
    /// The role's ARN, with its path.
    pub role_arn: String,
    /// The role, where the inventory knows it.
    pub role: Option<&'a Role>,
    /// The workload's Pod Identity association with this role, as its role or its target role.
    pub association: Option<&'a Association>,
    /// How the root sessions of this role's sessions came by their credentials; empty: as the workload's.
    pub mechanisms: Vec<Mechanism>,
    /// Roles whose sessions assumed this one for the workload. Empty: the role was assumed directly.
    pub chained_from: Vec<String>,
    /// The workload's use through this role. Order does not matter.
    pub usage: Vec<Usage>,
    /// Calls that map to no IAM action, though they need a permission or may.
    pub unmapped: Vec<UnmappedCall>,
    /// Web identities of the workload that were seen to assume the role; empty: the workload's own
    /// subject with the issuer of its cluster, or the only EKS issuer that the role trusts.
    pub subjects: Vec<Subject>,
    /// Other workloads that use the role, as `cluster/namespace/serviceaccount`.
    pub shared_by: Vec<String>,
    /// Service control policies over the role's account by level (root, each unit, account); empty: none is known.
    pub scps: &'a [Vec<Policy>],
    /// Messages of denied calls by event id: of the usage's samples, where the lake holds them.
    pub messages: BTreeMap<String, String>,
    /// VPC endpoints that calls came through by event source; none among them for calls that came through no endpoint.
    pub endpoints: BTreeMap<String, BTreeSet<Option<String>>>,
}

/// Calls whose IAM action is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnmappedCall {
    /// `eventSource`.
    pub event_source: String,
    /// `eventName`.
    pub event_name: String,
    /// Calls that passed authorisation.
    pub calls: u64,
    /// The smallest (time, event id) of them.
    pub sample_event_id: String,
}

/// A web identity, as a credential issue names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// ARN of the OIDC provider.
    pub provider_arn: String,
    /// `system:serviceaccount:<namespace>:<name>`.
    pub subject: String,
    /// Audience; none where not known, which is taken for `sts.amazonaws.com`.
    pub audience: Option<String>,
}

impl RoleInput<'_> {
    /// The mechanisms of this role's sessions.
    pub(super) fn mechanisms<'m>(&'m self, workload: &'m [Mechanism]) -> &'m [Mechanism] {
        if self.mechanisms.is_empty() {
            workload
        } else {
            &self.mechanisms
        }
    }

    /// Whether the role is reached by assuming it from another role's session.
    pub(super) fn is_chained(&self) -> bool {
        !self.chained_from.is_empty() || self.is_target()
    }

    /// Whether the role is the target role of the association.
    fn is_target(&self) -> bool {
        self.association
            .is_some_and(|a| a.target_role_arn.as_ref() == Some(&self.role_arn))
    }

    /// The association's session policy, if it limits this role's sessions: with a target role it
    /// applies to that one only.
    pub(super) fn session_policy(&self) -> Option<&str> {
        session_policy(self.association?, &self.role_arn)
    }
}

/// The session policy of an association, if it limits that role's sessions.
pub(crate) fn session_policy<'p>(association: &'p Association, role_arn: &str) -> Option<&'p str> {
    let limited = association.target_role_arn.as_ref().unwrap_or(&association.role_arn);
    association.policy.as_deref().filter(|_| limited == role_arn)
}
