//! The estate as data: what exists, who may do what, and who really does what.
//!
//! Everything here is a table. The names are those of a mid-size shop's platform; nobody in it is real, and
//! account ids, addresses and domains are the ones that documentation reserves.

mod grants;
mod places;
mod roles;
mod shop;
mod warehouse;

pub(crate) use grants::STATIC_KEY_POLICY;
pub(crate) use places::{
    ACCOUNTS, BUILD_OIDC, CI_OIDC, CLUSTERS, DATA, PLATFORM, SAML_PROVIDER, SHOP_PROD, SSO_PROVIDER, bucket_owner,
};
pub(crate) use roles::*;

/// An AWS account. Each keeps its resources in one home region.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) region: &'static str,
}

/// An EKS cluster; it runs in its account's home region.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) name: &'static str,
    pub(crate) account: &'static Account,
    /// The 32 hexadecimal digits of its OIDC issuer.
    pub(crate) issuer_id: &'static str,
    pub(crate) node_role: &'static Role,
    pub(crate) nodes: &'static [&'static str],
    pub(crate) egress: &'static [&'static str],
    pub(crate) vpc: &'static str,
    pub(crate) vpc_endpoint: &'static str,
}

impl PartialEq for Cluster {
    fn eq(&self, other: &Self) -> bool {
        self.issuer_id == other.issuer_id
    }
}

impl Eq for Cluster {}

impl Cluster {
    pub(crate) fn arn(&self) -> String {
        format!(
            "arn:aws:eks:{}:{}:cluster/{}",
            self.account.region, self.account.id, self.name
        )
    }

    /// The issuer without its scheme, as trust policies and provider ARNs spell it.
    pub(crate) fn issuer(&self) -> String {
        format!("oidc.eks.{}.amazonaws.com/id/{}", self.account.region, self.issuer_id)
    }

    /// The OIDC provider by which this account trusts the cluster.
    pub(crate) fn provider_arn(&self) -> String {
        format!("arn:aws:iam::{}:oidc-provider/{}", self.account.id, self.issuer())
    }
}

/// An IAM role with everything that `GetAccountAuthorizationDetails` says of it.
#[derive(Debug)]
pub(crate) struct Role {
    pub(crate) account: &'static Account,
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) trust: &'static [Trust],
    pub(crate) inline: &'static [Policy],
    pub(crate) managed: &'static [&'static ManagedPolicy],
    pub(crate) boundary: Option<&'static ManagedPolicy>,
}

impl PartialEq for Role {
    fn eq(&self, other: &Self) -> bool {
        (self.account, self.name) == (other.account, other.name)
    }
}

impl Eq for Role {}

impl Role {
    /// The role's ARN, with its path.
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:iam::{}:role{}{}", self.account.id, self.path, self.name)
    }

    /// The ARN of a session of this role: STS leaves the path out.
    pub(crate) fn session_arn(&self, session: &str) -> String {
        format!("arn:aws:sts::{}:assumed-role/{}/{session}", self.account.id, self.name)
    }

    /// `$acct` and `$region` of a policy text become the role's account and its home region.
    pub(crate) fn localise(&self, text: &str) -> String {
        text.replace("$acct", self.account.id)
            .replace("$region", self.account.region)
    }
}

/// Who may assume a role.
#[derive(Debug)]
pub(crate) enum Trust {
    /// One ServiceAccount of a cluster, by web identity: cluster, namespace, ServiceAccount.
    ServiceAccount(&'static Cluster, &'static str, &'static str),
    /// EKS Pod Identity, from this cluster.
    PodIdentity(&'static Cluster),
    /// Another role; the flag says whether it may pass session tags.
    Role(&'static Role),
    /// An AWS service.
    Service(&'static str),
    /// Another OIDC provider: account, issuer, subject.
    Oidc(&'static Account, &'static str, &'static str),
    /// A SAML provider of the role's account.
    Saml(&'static str),
}

/// An inline policy.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) name: &'static str,
    pub(crate) statements: &'static [Statement],
}

/// A managed policy: AWS's own (`aws`) or one of the estate.
#[derive(Debug)]
pub(crate) struct ManagedPolicy {
    pub(crate) aws: bool,
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) statements: &'static [Statement],
}

impl ManagedPolicy {
    /// The policy's ARN as attached in `account`.
    pub(crate) fn arn(&self, account: &Account) -> String {
        let owner = if self.aws { "aws" } else { account.id };
        format!("arn:aws:iam::{owner}:policy{}{}", self.path, self.name)
    }
}

/// One statement; resources may hold `$acct` and `$region`.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) allow: bool,
    pub(crate) actions: &'static [&'static str],
    pub(crate) resources: &'static [&'static str],
    /// Operator, key and value.
    pub(crate) condition: Option<(&'static str, &'static str, &'static str)>,
}

/// `Allow` these actions on these resources.
pub(crate) const fn allow(actions: &'static [&'static str], resources: &'static [&'static str]) -> Statement {
    Statement {
        allow: true,
        actions,
        resources,
        condition: None,
    }
}

/// `Deny` these actions on these resources.
pub(crate) const fn deny(actions: &'static [&'static str], resources: &'static [&'static str]) -> Statement {
    Statement {
        allow: false,
        actions,
        resources,
        condition: None,
    }
}

/// `Allow`, when the service named in `service` asks on the role's behalf.
pub(crate) const fn allow_via(
    actions: &'static [&'static str],
    resources: &'static [&'static str],
    service: &'static str,
) -> Statement {
    Statement {
        allow: true,
        actions,
        resources,
        condition: Some(("StringEquals", "kms:ViaService", service)),
    }
}

/// How a workload gets its credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    /// A web identity token of its cluster.
    Irsa,
    /// An association, with the six session tags.
    PodIdentity,
    /// An association with `disableSessionTags`.
    PodIdentityUntagged,
    /// An association whose pods receive the credentials of another role.
    PodIdentityTarget(&'static Role),
    /// None of its own: it uses the node's.
    Node,
    /// Access keys of an IAM user, from a Secret.
    StaticKey(&'static str),
}

/// Which SDK a workload runs: it decides the session name and the user agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sdk {
    Boto3,
    Go,
    Java,
    JavaScriptV2,
    Rust,
    /// `AWS_ROLE_SESSION_NAME` is the pod's name.
    NamedAfterPod,
}

/// A ServiceAccount and the pods that run as it.
#[derive(Debug)]
pub(crate) struct Workload {
    pub(crate) cluster: &'static Cluster,
    pub(crate) namespace: &'static str,
    pub(crate) account: &'static str,
    pub(crate) grant: Grant,
    pub(crate) role: &'static Role,
    pub(crate) sdk: Sdk,
    /// A job's pods live for one run; a deployment's pods stay for the whole window.
    pub(crate) job: bool,
    pub(crate) replicas: u32,
    /// Share of the estate's calls.
    pub(crate) weight: u32,
    pub(crate) uses: &'static [Use],
    pub(crate) chain: &'static [Hop],
    /// One of its sessions was issued before the window.
    pub(crate) issue_missing: bool,
}

/// One `AssumeRole` that a workload's code makes, and what it then does; hops follow one another.
#[derive(Debug)]
pub(crate) struct Hop {
    pub(crate) role: &'static Role,
    pub(crate) uses: &'static [Use],
}

/// One kind of call that a session makes: the template's name, what it works on, how often, and how it ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Use {
    pub(crate) op: &'static str,
    pub(crate) target: &'static str,
    pub(crate) weight: u32,
    pub(crate) end: End,
}

/// How a call ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It works.
    Ok,
    /// It passes authorisation and fails: error code and message.
    Failed(&'static str, &'static str),
    /// Refused: no identity policy allows it; the flag says whether the record keeps its parameters.
    NotAllowed { parameters: bool },
    /// Refused by a `Deny` of an identity policy.
    ExplicitDeny,
    /// Refused by the role's permissions boundary.
    Boundary,
}

impl End {
    /// True for a call that authorisation let pass.
    pub(crate) fn authorised(self) -> bool {
        matches!(self, End::Ok | End::Failed(..))
    }
}

/// A call that works.
pub(crate) const fn does(op: &'static str, target: &'static str, weight: u32) -> Use {
    Use {
        op,
        target,
        weight,
        end: End::Ok,
    }
}

/// A call that ends otherwise.
pub(crate) const fn ends(op: &'static str, target: &'static str, weight: u32, end: End) -> Use {
    Use {
        op,
        target,
        weight,
        end,
    }
}

/// Refused, with the parameters still in the record.
pub(crate) const REFUSED: End = End::NotAllowed { parameters: true };
/// Refused, with `requestParameters: null`.
pub(crate) const REFUSED_BARE: End = End::NotAllowed { parameters: false };
/// The object does not exist.
pub(crate) const NO_SUCH_KEY: End = End::Failed("NoSuchKey", "The specified key does not exist.");
/// A conditional write met another value.
pub(crate) const CONDITION_FAILED: End =
    End::Failed("ConditionalCheckFailedException", "The conditional request failed");
/// Too many calls.
pub(crate) const THROTTLED: End = End::Failed("ThrottlingException", "Rate exceeded");

/// Every workload of the estate.
pub(crate) fn workloads() -> impl Iterator<Item = &'static Workload> {
    shop::WORKLOADS.iter().chain(warehouse::WORKLOADS)
}
