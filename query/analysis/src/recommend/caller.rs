//! Who made the calls, as policy evaluation sees it.

use std::collections::BTreeMap;

use podtrail_iam::catalog::catalog;
use podtrail_iam::evaluate::{Context, Decision, Layers, Principal, Request, UnknownKeys, Verdict, evaluate};

use crate::inventory::{Association, Role};
use crate::lineage::Mechanism;
use crate::usage::{Usage, Workload};

/// Tags that EKS gives the sessions of Pod Identity (EKS user guide, "Grant pods access to AWS
/// resources based on tags"); they are transitive, so chained sessions carry them too.
const TAGS: [&str; 6] = [
    "eks-cluster-arn",
    "eks-cluster-name",
    "kubernetes-namespace",
    "kubernetes-service-account",
    "kubernetes-pod-name",
    "kubernetes-pod-uid",
];

/// The sessions of one role by one workload: their principal, and what each request's context has beside
/// what its own event proves.
#[derive(Debug)]
pub(crate) struct Caller {
    principal: Principal,
    /// Keys known to be absent from every request.
    absent: Vec<String>,
    /// Every key that nothing is known of.
    unknown: UnknownKeys,
}

impl Caller {
    /// `mechanisms`: how the root sessions came by their credentials; none known: tags are unknown.
    pub(super) fn new(
        workload: Option<&Workload>,
        role_arn: &str,
        role: Option<&Role>,
        association: Option<&Association>,
        mechanisms: &[Mechanism],
    ) -> Self {
        let mut tags: BTreeMap<&str, &str> = BTreeMap::new();
        if let Some(role) = role {
            tags.extend(role.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        }
        let tagged = association.map(|a| !a.disable_session_tags);
        let pod_identity = mechanisms.contains(&Mechanism::PodIdentity) || (mechanisms.is_empty() && tagged.is_some());
        let others = mechanisms.iter().any(|m| *m != Mechanism::PodIdentity);
        let mut absent = Vec::new();
        if pod_identity && tagged != Some(false) && !others {
            tags.extend(workload.map(session_tags).unwrap_or_default());
        } else if (pod_identity && tagged == Some(false)) || (others && !pod_identity) {
            // Role tags of these names would stand, so only what is not there is known to be absent.
            absent.extend(
                TAGS.iter()
                    .filter(|t| !tags.contains_key(*t))
                    .map(|t| format!("aws:PrincipalTag/{t}")),
            );
        }
        Self {
            principal: Principal::new(role_arn, None).with_tags(tags),
            absent,
            unknown: ["*"].into_iter().collect(),
        }
    }

    /// Judges the call that a usage row stands for, resource policies aside.
    pub(super) fn decide<'l>(&self, usage: &Usage, layers: &Layers<'l>) -> Decision<'l> {
        self.with_request(usage, |request| evaluate(request, layers))
    }

    /// As [`decide`](Self::decide), without reasons.
    pub(super) fn verdict(&self, usage: &Usage, layers: &Layers<'_>) -> Verdict {
        self.with_request(usage, |request| podtrail_iam::evaluate::verdict(request, layers))
    }

    fn with_request<T>(&self, usage: &Usage, judge: impl FnOnce(&Request<'_>) -> T) -> T {
        let mut context = Context::default();
        for key in &self.absent {
            context.insert(key, Vec::new());
        }
        if usage.action.starts_with("kms:") {
            // A call through a service says so in its event; without it, the key is absent.
            context.insert("kms:ViaService", Vec::new());
        }
        for (key, values) in &usage.conditions {
            context.insert(key, values.clone());
        }
        judge(&Request {
            principal: &self.principal,
            action: &usage.action,
            resource: &usage.resource,
            resource_account: None,
            resource_level: catalog().has_resource_level(&usage.action).unwrap_or(true),
            context: &context,
            unknown: &self.unknown,
        })
    }
}

fn session_tags(workload: &Workload) -> BTreeMap<&str, &str> {
    let arn = workload.cluster_arn.as_deref();
    let name = arn
        .and_then(|a| a.split_once(":cluster/"))
        .map_or(workload.cluster.as_str(), |(_, name)| name);
    let mut tags = BTreeMap::from([
        ("eks-cluster-name", name),
        ("kubernetes-namespace", workload.namespace.as_str()),
        ("kubernetes-service-account", workload.service_account.as_str()),
    ]);
    tags.extend(arn.map(|arn| ("eks-cluster-arn", arn)));
    tags
}
