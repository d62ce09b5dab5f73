//! What CloudTrail's own management events say of the configuration: which association, trust policy, cluster or OIDC
//! provider came, changed or went, and when.
//!
//! IAM's events are read as real records have them. No record of EKS's association events is known; by the service's
//! convention the request is the API's body with the cluster as `name`, and the answer the API's. Both are read where
//! they stand so, and say nothing where they do not.

use podtrail_event::time::Timestamp;
use serde_json::Value;

use super::Association;

/// The events that [`ConfigurationEvent`]s are: (`eventSource`, `eventName`).
pub const CONFIGURATION_EVENTS: [(&str, &str); 10] = [
    ("eks.amazonaws.com", "CreateCluster"),
    ("eks.amazonaws.com", "DeleteCluster"),
    ("eks.amazonaws.com", "CreatePodIdentityAssociation"),
    ("eks.amazonaws.com", "UpdatePodIdentityAssociation"),
    ("eks.amazonaws.com", "DeletePodIdentityAssociation"),
    ("iam.amazonaws.com", "CreateRole"),
    ("iam.amazonaws.com", "UpdateAssumeRolePolicy"),
    ("iam.amazonaws.com", "DeleteRole"),
    ("iam.amazonaws.com", "CreateOpenIDConnectProvider"),
    ("iam.amazonaws.com", "DeleteOpenIDConnectProvider"),
];

/// Which rows of `events` are [`CONFIGURATION_EVENTS`] that changed something, as an SQL condition.
pub fn configuration_events_sql() -> String {
    let pairs =
        CONFIGURATION_EVENTS.map(|(source, name)| format!("(event_source = '{source}' AND event_name = '{name}')"));
    format!("(error_code IS NULL AND ({}))", pairs.join(" OR "))
}

/// One event that changed the configuration, in the columns of `events`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "each field is the column of that name")]
pub struct ConfigurationEvent {
    pub event_id: String,
    pub event_time: Option<Timestamp>,
    pub event_source: String,
    pub event_name: String,
    pub recipient_account_id: Option<String>,
    pub aws_region: Option<String>,
    pub error_code: Option<String>,
    pub request_parameters: Option<String>,
    pub response_elements: Option<String>,
}

/// What an event changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// A cluster, by its ARN, was made or deleted.
    Cluster(String),
    Association(Box<AssociationChange>),
    Trust(TrustChange),
    Provider(ProviderChange),
}

/// A Pod Identity association was made, changed or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AssociationChange {
    /// The cluster's ARN.
    pub(super) cluster: String,
    pub(super) cluster_name: String,
    /// The association's ARN, where the event tells it.
    pub(super) arn: Option<String>,
    /// Namespace and ServiceAccount; updates and deletions need not name them.
    pub(super) account: Option<(String, String)>,
    /// None: it is gone.
    pub(super) set: Option<AssociationSet>,
    /// What went: the answer to a deletion describes it.
    pub(super) was: Option<Association>,
}

/// What an association has from then on. What is absent stays as it was, or is not set where it was `created`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AssociationSet {
    pub(super) created: bool,
    pub(super) role_arn: Option<String>,
    pub(super) target_role_arn: Option<String>,
    pub(super) disable_session_tags: Option<bool>,
    pub(super) policy: Option<String>,
}

/// A role was made, its trust policy was changed, or it was deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TrustChange {
    pub(super) account: String,
    pub(super) role: String,
    /// ARN and id, where the event tells them: that of the role's making.
    pub(super) made: Option<(String, Option<String>)>,
    /// The policy from then on; none: the role is gone.
    pub(super) policy: Option<String>,
    /// For a role whose ARN nobody tells.
    pub(super) partition: &'static str,
}

/// An OIDC provider was made or deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProviderChange {
    pub(super) arn: String,
    pub(super) url: Option<String>,
    pub(super) client_ids: Vec<String>,
    pub(super) there: bool,
}

impl ConfigurationEvent {
    /// What it changed; `None` where it changed nothing, or cannot be read.
    pub(super) fn change(&self) -> Option<Change> {
        if self.error_code.as_deref().is_some_and(|code| !code.is_empty()) {
            return None;
        }
        let json = |text: &Option<String>| -> Value {
            let text = text.as_deref().unwrap_or_default();
            serde_json::from_str(text).unwrap_or_default()
        };
        let read = Read {
            event: self,
            request: json(&self.request_parameters),
            response: json(&self.response_elements),
        };
        match (self.event_source.as_str(), self.event_name.as_str()) {
            ("eks.amazonaws.com", "CreateCluster") => read.cluster(),
            ("eks.amazonaws.com", "DeleteCluster") => read.cluster(),
            ("eks.amazonaws.com", "CreatePodIdentityAssociation") => read.association(Some(true)),
            ("eks.amazonaws.com", "UpdatePodIdentityAssociation") => read.association(Some(false)),
            ("eks.amazonaws.com", "DeletePodIdentityAssociation") => read.association(None),
            ("iam.amazonaws.com", "CreateRole") => read.trust(Some("assumeRolePolicyDocument")),
            ("iam.amazonaws.com", "UpdateAssumeRolePolicy") => read.trust(Some("policyDocument")),
            ("iam.amazonaws.com", "DeleteRole") => read.trust(None),
            ("iam.amazonaws.com", "CreateOpenIDConnectProvider") => read.provider(true),
            ("iam.amazonaws.com", "DeleteOpenIDConnectProvider") => read.provider(false),
            _ => None,
        }
    }
}

/// An event with its JSON opened.
struct Read<'e> {
    event: &'e ConfigurationEvent,
    request: Value,
    response: Value,
}

impl Read<'_> {
    fn cluster(&self) -> Option<Change> {
        let arn = text(&self.response, "/cluster/arn").or_else(|| self.cluster_arn(&self.cluster_name()?));
        arn.map(Change::Cluster)
    }

    fn cluster_name(&self) -> Option<String> {
        text(&self.request, "/name").or_else(|| text(&self.request, "/clusterName"))
    }

    /// `arn:aws:eks:<region>:<account>:<what>`.
    fn eks_arn(&self, what: &str) -> Option<String> {
        let region = self.event.aws_region.as_deref()?;
        let account = self.event.recipient_account_id.as_deref()?;
        Some(format!("arn:{}:eks:{region}:{account}:{what}", partition(region)))
    }

    fn cluster_arn(&self, name: &str) -> Option<String> {
        self.eks_arn(&format!("cluster/{name}"))
    }

    /// `created`: made, else changed; none: deleted.
    fn association(&self, created: Option<bool>) -> Option<Change> {
        let answered = |key: &str| text(&self.response, &format!("/association/{key}"));
        let told = |key: &str| answered(key).or_else(|| text(&self.request, &format!("/{key}")));
        let cluster_name = answered("clusterName").or_else(|| self.cluster_name())?;
        let arn = answered("associationArn").or_else(|| {
            let id = told("associationId")?;
            self.eks_arn(&format!("podidentityassociation/{cluster_name}/{id}"))
        });
        let flag = |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_bool);
        let set = created.map(|created| AssociationSet {
            created,
            role_arn: told("roleArn"),
            target_role_arn: told("targetRoleArn"),
            disable_session_tags: flag(&self.response, "/association/disableSessionTags")
                .or_else(|| flag(&self.request, "/disableSessionTags")),
            policy: told("policy"),
        });
        Some(Change::Association(Box::new(AssociationChange {
            cluster: self.cluster_arn(&cluster_name)?,
            account: told("namespace").zip(told("serviceAccount")),
            was: created.map_or_else(|| self.described(&cluster_name, arn.as_ref()?), |_| None),
            cluster_name,
            arn,
            set,
        })))
    }

    /// The association that an answer describes. When it was modified counts only before the event itself.
    fn described(&self, cluster_name: &str, arn: &str) -> Option<Association> {
        let answered = |key: &str| text(&self.response, &format!("/association/{key}"));
        let time = |key: &str| Timestamp::parse(&answered(key)?);
        let untagged = self.response.pointer("/association/disableSessionTags");
        Some(Association {
            arn: arn.to_owned(),
            cluster_name: cluster_name.to_owned(),
            namespace: answered("namespace")?,
            service_account: answered("serviceAccount")?,
            role_arn: answered("roleArn")?,
            target_role_arn: answered("targetRoleArn"),
            disable_session_tags: untagged.and_then(Value::as_bool).unwrap_or_default(),
            policy: answered("policy"),
            created_at: time("createdAt"),
            modified_at: time("modifiedAt").filter(|at| Some(*at) < self.event.event_time),
            ..Association::default()
        })
    }

    /// `document`: the request's parameter that holds the policy; none: the role was deleted.
    fn trust(&self, document: Option<&str>) -> Option<Change> {
        let policy = match document {
            Some(name) => Some(self.request.get(name).and_then(policy_text)?),
            None => None,
        };
        let arn = text(&self.response, "/role/arn");
        Some(Change::Trust(TrustChange {
            account: self.event.recipient_account_id.clone()?,
            role: text(&self.request, "/roleName")?,
            made: arn.map(|arn| (arn, text(&self.response, "/role/roleId"))),
            policy,
            partition: partition(self.event.aws_region.as_deref().unwrap_or_default()),
        }))
    }

    fn provider(&self, there: bool) -> Option<Change> {
        let url = text(&self.request, "/url");
        let listed = self.request.get("clientIDList").and_then(Value::as_array);
        Some(Change::Provider(ProviderChange {
            arn: text(&self.response, "/openIDConnectProviderArn")
                .or_else(|| text(&self.request, "/openIDConnectProviderArn"))?,
            url: url.map(|url| url.trim_start_matches("https://").trim_end_matches('/').to_owned()),
            client_ids: (listed.into_iter().flatten())
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            there,
        }))
    }
}

/// A policy is JSON text, or, by some clients' doing, an object. Text that was masked or cut off is no policy.
fn policy_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => serde_json::from_str::<Value>(text)
            .ok()
            .filter(Value::is_object)
            .map(|_| text.clone()),
        Value::Object(_) => Some(value.to_string()),
        _ => None,
    }
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// The partition of a region (AWS General Reference, "Partitions").
fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}
