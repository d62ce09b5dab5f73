//! Sessions: credentials, who holds them, and how later records show them.

use serde_json::{Value, json};

use crate::calls::object;
use crate::clock::iso;
use crate::estate::{Account, Cluster, Grant, Role, Sdk, Use, Workload};
use crate::rng::{ID_LETTERS, Rng};
use crate::truth::{Class, Mechanism};

/// The six session tags of EKS Pod Identity, or what somebody wrote in their place.
#[derive(Debug, Clone)]
pub(crate) struct PodTags(pub(crate) Vec<(&'static str, String)>);

impl PodTags {
    /// The tags that EKS sets for a pod.
    pub(crate) fn of(workload: &Workload, pod: &str, uid: &str) -> Self {
        PodTags(vec![
            ("eks-cluster-arn", workload.cluster.arn()),
            ("eks-cluster-name", workload.cluster.name.to_owned()),
            ("kubernetes-namespace", workload.namespace.to_owned()),
            ("kubernetes-service-account", workload.account.to_owned()),
            ("kubernetes-pod-name", pod.to_owned()),
            ("kubernetes-pod-uid", uid.to_owned()),
        ])
    }

    /// As `requestParameters.tags` has them: an array of pairs.
    pub(crate) fn array(&self) -> Value {
        self.0
            .iter()
            .map(|(key, value)| json!({"key": key, "value": value}))
            .collect()
    }

    /// As `requestParameters.incomingTransitiveTags` has them: an object.
    pub(crate) fn object(&self) -> Value {
        object(self.0.iter().map(|(key, value)| (*key, Some(json!(value)))).collect())
    }

    /// The keys, for `transitiveTagKeys`.
    pub(crate) fn keys(&self) -> Value {
        self.0.iter().map(|(key, _)| *key).collect()
    }
}

/// Where a session's credentials come from.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// `AssumeRoleWithWebIdentity` by a pod.
    Irsa(&'static Workload),
    /// `AssumeRole` by `pods.eks.amazonaws.com`; without tags when the association says so.
    PodIdentity(Option<PodTags>),
    /// `AssumeRole` by another session. `incoming`: transitive tags of the caller; `own`: tags that the caller sets.
    Hop {
        parent: usize,
        incoming: Option<PodTags>,
        own: Option<PodTags>,
        by_eks: bool,
    },
    /// The role of a node of this cluster.
    Node(&'static Cluster),
    /// The role of an EC2 instance that is no node.
    Instance,
    /// A role that a service assumes for what runs in it: the service's name, and a Lambda function's ARN.
    Service(&'static str, Option<&'static str>),
    /// `AssumeRole` by a session of an account whose trail is not there: that session's role and name, and the
    /// tags that it brings along.
    Abroad {
        role: &'static Role,
        name: String,
        incoming: PodTags,
    },
    /// Access keys of an IAM user.
    StaticKey,
    /// IAM Identity Center.
    Sso,
    /// A SAML provider.
    Saml,
    /// A web identity that is not of EKS: issuer and subject.
    Oidc(&'static str, &'static str),
    /// A service-linked role: the service's name.
    Linked(&'static str),
}

/// What the files let one say of a session, and who it really is.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) mechanism: Option<Mechanism>,
    /// Whom the product must name; not set for class `none`.
    pub(crate) workload: Option<&'static Workload>,
    pub(crate) class: Class,
    pub(crate) pod: Option<String>,
    pub(crate) pod_class: Class,
    pub(crate) actual: Option<String>,
    /// The way to the credentials, one row of the accuracy table.
    pub(crate) variant: &'static str,
    pub(crate) situations: Vec<&'static str>,
}

impl Origin {
    /// Nobody of Kubernetes.
    pub(crate) fn none(mechanism: Mechanism, situation: &'static str) -> Self {
        Origin {
            mechanism: Some(mechanism),
            workload: None,
            class: Class::None,
            pod: None,
            pod_class: Class::None,
            actual: None,
            variant: situation,
            situations: vec![situation],
        }
    }

    /// This workload, of this class, without a pod.
    pub(crate) fn workload(mechanism: Mechanism, workload: &'static Workload, class: Class) -> Self {
        Origin {
            workload: (class != Class::None).then_some(workload),
            class,
            actual: Some(actual(workload)),
            variant: workload.variant.unwrap_or_else(|| usual_variant(workload)),
            ..Origin::none(mechanism, "workload")
        }
    }

    /// The same as another variant.
    pub(crate) fn variant(mut self, variant: &'static str) -> Self {
        self.variant = variant;
        self
    }

    /// The same with a pod.
    pub(crate) fn with_pod(mut self, pod: &str, class: Class) -> Self {
        self.pod = Some(pod.to_owned());
        self.pod_class = class;
        self
    }

    /// The same with one more situation.
    pub(crate) fn also(mut self, situation: &'static str) -> Self {
        self.situations.push(situation);
        self
    }
}

/// The variant of a workload's sessions, where the workload does not name another.
fn usual_variant(workload: &Workload) -> &'static str {
    match (workload.grant, workload.sdk) {
        (Grant::Irsa, Sdk::Boto3) => "irsa.boto3",
        (Grant::Irsa, Sdk::Go) => "irsa.go",
        (Grant::Irsa, Sdk::Java) => "irsa.java",
        (Grant::Irsa, Sdk::JavaScriptV2) => "irsa.javascript_v2",
        (Grant::Irsa, Sdk::JavaScript) => "irsa.javascript",
        (Grant::Irsa, Sdk::Rust) => "irsa.rust",
        (Grant::Irsa, Sdk::Ruby) => "irsa.ruby",
        (Grant::Irsa, Sdk::DotNet) => "irsa.dotnet",
        (Grant::Irsa, Sdk::Php) => "irsa.php",
        (Grant::Irsa, Sdk::NamedAfterPod) => "irsa.named_after_pod",
        (Grant::PodIdentity, _) => "pod_identity.tagged",
        (Grant::PodIdentityUntagged, _) => "pod_identity.untagged",
        (Grant::PodIdentityPolicy(_), _) => "pod_identity.association_policy",
        (Grant::PodIdentityTarget(target), _) if target.account == workload.role.account => {
            "pod_identity.target_role_same_account"
        }
        (Grant::PodIdentityTarget(_), _) => "pod_identity.target_role_other_account",
        (Grant::Node, _) => "node",
        (Grant::StaticKey(_), _) => "static_key",
    }
}

/// `cluster/namespace/serviceaccount`.
pub(crate) fn actual(workload: &Workload) -> String {
    format!("{}/{}/{}", workload.cluster.name, workload.namespace, workload.account)
}

/// Credentials in use.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) kind: Kind,
    /// The role; `None` for an IAM user.
    pub(crate) role: Option<&'static Role>,
    pub(crate) account: &'static Account,
    pub(crate) name: String,
    pub(crate) key: String,
    pub(crate) created: i64,
    pub(crate) until: i64,
    /// Region of the STS record.
    pub(crate) region: &'static str,
    /// Address and agent of the caller.
    pub(crate) ip: String,
    /// The cluster through whose VPC endpoints the calls go.
    pub(crate) endpoint: Option<&'static Cluster>,
    pub(crate) agent: String,
    pub(crate) uses: &'static [Use],
    pub(crate) origin: Origin,
}

/// A new access key: `ASIA` for temporary, `AKIA` for long-lived credentials.
pub(crate) fn access_key(prefix: &str, rng: &mut Rng) -> String {
    format!("{prefix}{}", rng.text(ID_LETTERS, 16))
}

/// The unique id of a role, stable for a seed.
pub(crate) fn role_id(role: &Role, seed: u64) -> String {
    format!("AROA{}", Rng::new(seed, &role.arn()).text(ID_LETTERS, 17))
}

/// The unique id of a user.
pub(crate) fn user_id(user: &str, account: &Account, seed: u64) -> String {
    format!(
        "AIDA{}",
        Rng::new(seed, &format!("user {user} {}", account.id)).text(ID_LETTERS, 17)
    )
}

impl Session {
    /// `AROA…:session` (or the user's id).
    pub(crate) fn principal_id(&self, seed: u64) -> String {
        match self.role {
            Some(role) => format!("{}:{}", role_id(role, seed), self.name),
            None => user_id(&self.name, self.account, seed),
        }
    }

    /// The ARN that refusals name.
    pub(crate) fn arn(&self) -> String {
        match self.role {
            Some(role) => role.session_arn(&self.name),
            None => format!("arn:aws:iam::{}:user/{}", self.account.id, self.name),
        }
    }

    /// The version of the metadata service that gave an instance's credentials.
    fn delivery(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Node(cluster) if cluster.answers_imds_v1() => Some("1.0"),
            Kind::Node(_) | Kind::Instance => Some("2.0"),
            _ => None,
        }
    }

    /// The function that a Lambda session is for.
    fn scope(&self) -> Option<Value> {
        match self.kind {
            Kind::Service(_, Some(function)) => {
                Some(json!({"issuerType": "AWS::Lambda::Function", "credentialsIssuedTo": function}))
            }
            _ => None,
        }
    }

    /// The OIDC provider in `webIdFederationData`, for web identities.
    fn federated_provider(&self) -> Option<String> {
        match self.kind {
            Kind::Irsa(workload) => Some(workload.cluster.provider_arn()),
            Kind::Oidc(issuer, _) => Some(format!("arn:aws:iam::{}:oidc-provider/{issuer}", self.account.id)),
            _ => None,
        }
    }

    /// `userIdentity` of a call made with these credentials. `keyless` leaves the access key out, as calls that a
    /// service makes for the session may.
    pub(crate) fn identity(&self, seed: u64, invoked_by: Option<&str>, keyless: bool, version: &str) -> Value {
        let key = (!keyless).then(|| json!(self.key));
        let Some(role) = self.role else {
            return json!({"type": "IAMUser", "principalId": self.principal_id(seed), "arn": self.arn(),
                "accountId": self.account.id, "accessKeyId": self.key, "userName": self.name});
        };
        let issuer = json!({"type": "Role", "principalId": role_id(role, seed), "arn": role.arn(),
            "accountId": role.account.id, "userName": role.name});
        // Records of version 1.08 write an empty object where there is no federation; newer ones write nothing.
        let federation = match self.federated_provider() {
            Some(provider) => Some(json!({"federatedProvider": provider, "attributes": {}})),
            None => (version == "1.08").then(|| json!({})),
        };
        let context = object(vec![
            ("sessionIssuer", Some(issuer)),
            ("webIdFederationData", federation),
            (
                "attributes",
                Some(json!({"creationDate": iso(self.created), "mfaAuthenticated": "false"})),
            ),
            ("ec2RoleDelivery", self.delivery().map(|version| json!(version))),
        ]);
        object(vec![
            ("type", Some(json!("AssumedRole"))),
            ("principalId", Some(json!(self.principal_id(seed)))),
            ("arn", Some(json!(self.arn()))),
            ("accountId", Some(json!(self.account.id))),
            ("accessKeyId", key),
            ("sessionContext", Some(context)),
            ("inScopeOf", self.scope()),
            ("invokedBy", invoked_by.map(|service| json!(service))),
        ])
    }

    /// `userIdentity` in the other account's copy of a cross-account call: principal and account, no more.
    pub(crate) fn foreign_identity(&self, seed: u64) -> Value {
        json!({"type": "AWSAccount", "principalId": self.principal_id(seed), "accountId": self.account.id})
    }
}
