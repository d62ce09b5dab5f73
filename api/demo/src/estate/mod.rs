//! The estate as data: what exists, who may do what, and who really does what.
//!
//! Everything here is a table. The names are those of a mid-size shop's platform; nobody in it is real, and
//! account ids, addresses and domains are the ones that documentation reserves.

mod grants;
mod places;
mod roles;
mod shop;
mod synthetic;
mod variants;
mod warehouse;

pub(crate) use grants::STATIC_KEY_POLICY;
pub(crate) use places::{
    ACCOUNTS, BASTION_ID, BATCH, BUILD_OIDC, CI_OIDC, CLUSTERS, DATA, DATA_PROD, PARTNER_CLUSTER, PLATFORM,
    SAML_PROVIDER, SHOP_PROD, SSO_PROVIDER, TRAILS, bucket_owner,
};
pub(crate) use roles::*;

use crate::rng::Rng;

/// An AWS account. Each keeps its resources in one home region.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) region: &'static str,
}

/// A Kubernetes cluster; it runs in its account's home region.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) name: &'static str,
    pub(crate) account: &'static Account,
    pub(crate) control: Control,
    /// The 32 hexadecimal digits of an EKS cluster's OIDC issuer; the whole issuer of any other.
    pub(crate) issuer_id: &'static str,
    /// Days of the window in which it runs: from the first to before the second.
    pub(crate) days: (i64, i64),
    /// Its pods have addresses `10.<net>.…`, its nodes `10.<net>.250.…`.
    pub(crate) net: u8,
    pub(crate) node_role: &'static Role,
    pub(crate) nodes: &'static [&'static str],
    pub(crate) egress: &'static [&'static str],
    pub(crate) vpc: &'static str,
    pub(crate) vpc_endpoint: &'static str,
}

/// Who runs a cluster's control plane, and whether it still exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Control {
    /// EKS.
    Eks,
    /// EKS did, until the cluster was deleted: no inventory of today knows it.
    EksDeleted,
    /// Its owner, who registered its issuer.
    SelfManaged,
}

impl PartialEq for Cluster {
    fn eq(&self, other: &Self) -> bool {
        self.issuer_id == other.issuer_id
    }
}

impl Eq for Cluster {}

impl Cluster {
    /// The ARN, for a cluster of EKS.
    pub(crate) fn arn(&self) -> String {
        format!(
            "arn:aws:eks:{}:{}:cluster/{}",
            self.account.region, self.account.id, self.name
        )
    }

    /// The issuer without its scheme, as trust policies and provider ARNs spell it.
    pub(crate) fn issuer(&self) -> String {
        match self.control {
            Control::SelfManaged => self.issuer_id.to_owned(),
            Control::Eks | Control::EksDeleted => {
                format!("oidc.eks.{}.amazonaws.com/id/{}", self.account.region, self.issuer_id)
            }
        }
    }

    /// What can be known of it: the name (of a deleted cluster only the issuer id), and the ARN.
    pub(crate) fn known(&self) -> (&'static str, Option<String>) {
        match self.control {
            Control::Eks => (self.name, Some(self.arn())),
            Control::EksDeleted => (self.issuer_id, None),
            Control::SelfManaged => (self.name, None),
        }
    }

    /// Whether its instances still answer the first version of the metadata service.
    pub(crate) fn answers_imds_v1(&self) -> bool {
        self.node_role == &roles::BATCH_NODE
    }

    /// The VPC endpoint for a service: each service has its own.
    pub(crate) fn endpoint_of(&self, service: &str) -> String {
        let kept = self.vpc_endpoint.get(..self.vpc_endpoint.len().saturating_sub(4));
        let own = Rng::new(u64::from(self.net), service).below(0x1_0000);
        format!("{}{own:04x}", kept.unwrap_or_default())
    }

    /// The private address of one of its nodes.
    pub(crate) fn node_address(&self, node: &str) -> String {
        let at = self.nodes.iter().position(|each| *each == node).unwrap_or(0);
        format!("10.{}.250.{}", self.net, 10 + at)
    }

    /// The name that Kubernetes has for a node.
    pub(crate) fn node_name(&self, node: &str) -> String {
        let address = self.node_address(node).replace('.', "-");
        let domain = if self.account.region == "us-east-1" {
            "ec2.internal".to_owned()
        } else {
            format!("{}.compute.internal", self.account.region)
        };
        format!("ip-{address}.{domain}")
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
    /// The same for a token of any audience.
    AnyAudience(&'static Cluster, &'static str, &'static str),
    /// Every ServiceAccount of a cluster: no condition on the subject.
    AnySubject(&'static Cluster),
    /// Subjects of a cluster like a pattern (`StringLike`).
    SubjectLike(&'static Cluster, &'static str),
    /// A pattern where it is taken literally (`StringEquals`): it never matches.
    SubjectLiteral(&'static Cluster, &'static str),
    /// One ServiceAccount of an EKS cluster that is gone: issuer, namespace, ServiceAccount.
    GoneIssuer(&'static str, &'static str, &'static str),
    /// EKS Pod Identity, from this cluster.
    PodIdentity(&'static Cluster),
    /// EKS Pod Identity, from any cluster of any account that may pass the role.
    OpenPodIdentity,
    /// EKS Pod Identity with session tags of this ServiceAccount: cluster, namespace, ServiceAccount.
    TaggedPodIdentity(&'static Cluster, &'static str, &'static str),
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
#[derive(Debug, Clone, Copy)]
pub(crate) enum Grant {
    /// A web identity token of its cluster.
    Irsa,
    /// An association, with the six session tags.
    PodIdentity,
    /// An association with `disableSessionTags`.
    PodIdentityUntagged,
    /// The same with a session policy, which takes from what the role may.
    PodIdentityPolicy(&'static [Statement]),
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
    JavaScript,
    Rust,
    Ruby,
    DotNet,
    Php,
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
    /// Days of the window in which it runs, within those of its cluster.
    pub(crate) days: (i64, i64),
    /// How its sessions come by their credentials, where grant and SDK do not say it all.
    pub(crate) variant: Option<&'static str>,
    /// What shows its pods beside their credentials.
    pub(crate) shows: Shows,
    /// Its configuration or fate, beside the grant.
    pub(crate) setup: Setup,
    /// Its number, if it is one of those that are made by number.
    pub(crate) slot: Option<usize>,
}

/// What shows the pod behind a web identity session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shows {
    /// Nothing, or what the SDK puts into the session's name.
    Nothing,
    /// The pod's own address, at an endpoint of the cluster's VPC, in every call.
    Address,
    /// It is the only pod that the ServiceAccount has in the whole window.
    OnlyPod,
    /// The cluster's audit log: one pod at a time asks for a token. Runs once a day.
    Tokens,
}

/// What is out of the ordinary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setup {
    /// None.
    Plain,
    /// It asks the global endpoint of STS, so that its issues are delivered in us-east-1.
    GlobalSts,
    /// Annotated as for IRSA, and associated.
    Both,
    /// A token of one of its pods is exchanged and used elsewhere.
    Stolen,
    /// Annotated with a role that does not exist.
    MissingRole(&'static str),
    /// The association is made, and that of another ServiceAccount for the same role deleted, when it begins to run;
    /// or it is deleted when it ends.
    Moved,
    /// The association names another role until it begins to run.
    RoleChanged(&'static Role),
}

impl Workload {
    /// A deployment of two pods that run all the time.
    pub(crate) const fn new(
        cluster: &'static Cluster,
        namespace: &'static str,
        account: &'static str,
        role: &'static Role,
        grant: Grant,
        weight: u32,
    ) -> Self {
        Workload {
            cluster,
            namespace,
            account,
            grant,
            role,
            sdk: Sdk::Boto3,
            job: false,
            replicas: 2,
            weight,
            uses: &[],
            chain: &[],
            issue_missing: false,
            days: cluster.days,
            variant: None,
            shows: Shows::Nothing,
            setup: Setup::Plain,
            slot: None,
        }
    }

    /// `cluster/namespace/serviceaccount`, with the cluster's ARN where another of the clusters has its name.
    pub(crate) fn id(&self) -> String {
        let (name, arn) = self.cluster.known();
        let namesakes = CLUSTERS.iter().filter(|each| each.known().0 == name).count();
        let cluster = arn.filter(|_| namesakes > 1).unwrap_or_else(|| name.to_owned());
        format!("{cluster}/{}/{}", self.namespace, self.account)
    }
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
    /// Refused by the session policy of the association.
    SessionPolicy,
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

/// The workloads that have a story.
pub(crate) fn told() -> impl Iterator<Item = &'static Workload> {
    (shop::WORKLOADS.iter())
        .chain(warehouse::WORKLOADS)
        .chain(variants::WORKLOADS)
}

/// Every workload of an estate: those with a story, and so many that are made by number.
pub(crate) fn workloads(numbered: u32) -> Vec<&'static Workload> {
    told().chain(synthetic::workloads(numbered)).collect()
}
