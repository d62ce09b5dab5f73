//! Where credentials come from: the root of a chain, and what each way of issuing says about it.

use std::borrow::Cow;
use std::rc::Rc;

use super::issue::{Issue, PodTags};
use super::known::{Candidates, Known, Workload};
use super::pod_evidence::PodFound;
use super::session_name::PodIdentityName;
use super::{Class, ClusterRef, Mechanism, issuer, method};

/// Who stands at the root of a chain.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Root {
    pub(super) mechanism: Mechanism,
    pub(super) cluster: ClusterRef,
    pub(super) namespace: Option<String>,
    pub(super) service_account: Option<String>,
    pub(super) pod: Option<String>,
    pub(super) pod_uid: Option<String>,
    pub(super) workload_class: Class,
    pub(super) pod_class: Class,
    pub(super) pod_method: Option<Cow<'static, str>>,
    /// The phrase that tells most; `None`: the issue itself names the workload, so what counts is how a caller
    /// is joined to it.
    pub(super) method: Option<&'static str>,
    pub(super) evidence: Option<String>,
    /// The root is certain: tags that a later hop carries along can only repeat or contradict it.
    pub(super) known: bool,
}

/// A root, and the roles from it to the credentials in question.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub(super) root: Rc<Root>,
    pub(super) chain: Vec<Rc<str>>,
    /// Number of credential issues, this one included; 0 for credentials that were not assumed.
    pub(super) hops: usize,
}

impl Root {
    /// Credentials with no workload behind them that could be named.
    pub(super) fn nobody(mechanism: Mechanism, method: &'static str) -> Self {
        Self {
            mechanism,
            cluster: ClusterRef::default(),
            namespace: None,
            service_account: None,
            pod: None,
            pod_uid: None,
            workload_class: Class::None,
            pod_class: Class::None,
            pod_method: None,
            method: Some(method),
            evidence: None,
            known: true,
        }
    }

    /// As [`Self::nobody`], where even what the credentials are rests on there being no issue.
    pub(super) fn unknown(mechanism: Mechanism, method: &'static str) -> Self {
        Self {
            known: false,
            ..Self::nobody(mechanism, method)
        }
    }

    pub(super) fn of_workload(
        mechanism: Mechanism,
        workload: Workload,
        class: Class,
        method: Option<&'static str>,
    ) -> Self {
        Self {
            cluster: workload.cluster,
            namespace: Some(workload.namespace),
            service_account: Some(workload.service_account),
            workload_class: class,
            method,
            known: class == Class::Exact,
            ..Self::nobody(mechanism, method::NO_ISSUE)
        }
    }

    pub(super) fn with_evidence(self, event_id: &str) -> Self {
        Self {
            evidence: Some(event_id.to_owned()),
            ..self
        }
    }

    /// Adds the pod, which is no surer than its ServiceAccount.
    pub(super) fn with_pod(self, found: PodFound) -> Self {
        let (name, uid) = found.pod.unzip();
        let class = match name {
            Some(_) => found.class.max(self.workload_class),
            None => Class::None,
        };
        Self {
            pod: name,
            pod_uid: uid.flatten(),
            pod_class: class,
            pod_method: Some(found.method),
            ..self
        }
    }

    /// The same root reached by a weaker step.
    pub(super) fn weakened(&self, class: Class, method: &'static str) -> Self {
        if self.workload_class >= class {
            return self.clone();
        }
        let pod_class = if self.pod.is_some() {
            self.pod_class.max(class)
        } else {
            Class::None
        };
        Self {
            workload_class: class,
            pod_class,
            method: Some(method),
            known: false,
            ..self.clone()
        }
    }

    /// Whether both name the same workload, or the same lack of one. A cluster is its ARN, else its issuer id.
    pub(super) fn agrees_with(&self, other: &Self) -> bool {
        let key = |root: &Self| {
            let cluster = (root.cluster.arn.clone(), root.cluster.name.clone());
            (
                root.mechanism,
                cluster,
                root.namespace.clone(),
                root.service_account.clone(),
            )
        };
        key(self) == key(other)
    }
}

/// The root of a session that a token was exchanged for: `exact` if the issuer is a cluster's.
pub(super) fn of_token(
    known: &Known<'_>,
    provider: Option<&str>,
    subject: Option<&str>,
    account: Option<&str>,
) -> Root {
    let Some(provider) = provider else {
        return Root::unknown(Mechanism::Other, method::NO_PROVIDER);
    };
    let account = issuer::account_of(provider).or(account);
    let Some(cluster) = known.clusters.of_issuer(provider, account) else {
        return Root::nobody(Mechanism::Other, method::OTHER_PROVIDER);
    };
    match subject.and_then(issuer::service_account_of) {
        Some((namespace, name)) => {
            let workload = Workload {
                cluster,
                namespace: namespace.to_owned(),
                service_account: name.to_owned(),
            };
            Root::of_workload(Mechanism::Irsa, workload, Class::Exact, None)
        }
        None => Root {
            cluster,
            ..Root::nobody(Mechanism::Irsa, method::NOT_A_SERVICE_ACCOUNT)
        },
    }
}

/// The root of a session that EKS Pod Identity issued: its tags, else the inventory's associations.
pub(super) fn of_pod_identity(known: &Known<'_>, tags: &PodTags, issue: &Issue<'_>) -> Root {
    if let Some(root) = of_tags(known, tags, Class::Exact, None) {
        return root;
    }
    let name = issue.session_name.as_deref().and_then(PodIdentityName::parse);
    let (Some(name), Some(role)) = (name, issue.role_arn.as_deref()) else {
        return Root::nobody(Mechanism::PodIdentity, method::UNTAGGED);
    };
    match known.of_association(role, name, issue.event_time) {
        Candidates::One(workload, method) => inferred_pod_identity(workload, method),
        Candidates::Several => Root::nobody(Mechanism::PodIdentity, method::UNTAGGED_SEVERAL),
        Candidates::Nobody => Root::nobody(Mechanism::PodIdentity, method::UNTAGGED),
    }
}

/// A workload and pod named by Pod Identity's tags; `None` unless they name a ServiceAccount.
pub(super) fn of_tags(known: &Known<'_>, tags: &PodTags, class: Class, method: Option<&'static str>) -> Option<Root> {
    let workload = Workload {
        cluster: known
            .clusters
            .of_tags(tags.cluster_name.as_deref(), tags.cluster_arn.as_deref()),
        namespace: tags.namespace.clone()?,
        service_account: tags.service_account.clone()?,
    };
    let root = Root::of_workload(Mechanism::PodIdentity, workload, class, method);
    Some(match tags.pod.clone() {
        Some(pod) => root.with_pod(PodFound {
            pod: Some((pod, tags.pod_uid.clone())),
            class,
            method: method::POD_TAGS.into(),
        }),
        None => root,
    })
}

/// A Pod Identity session attributed by the inventory.
pub(super) fn inferred_pod_identity(workload: Workload, method: &'static str) -> Root {
    Root::of_workload(Mechanism::PodIdentity, workload, Class::Inferred, Some(method))
}

impl Root {
    /// The ServiceAccount, where it is named.
    pub(super) fn workload(&self) -> Option<Workload> {
        Some(Workload {
            cluster: self.cluster.clone(),
            namespace: self.namespace.clone()?,
            service_account: self.service_account.clone()?,
        })
    }
}
