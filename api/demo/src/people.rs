//! Everybody who is no pod: people, CI, node agents, AWS services; and the two forgeries.

use crate::estate::{
    BASTION, BASTION_ID, BUILD_DEPLOYER, BUILD_OIDC, CI_OIDC, CI_RELEASE, CLUSTERS, EXCHANGE, EXPORTS_READER,
    INVOICE_TASK, NO_SUCH_KEY, OPERATOR, PARTNER_CLUSTER, PARTNER_PODS, PARTNER_UNKNOWN, RDS_LINKED, Role, SHOP_PROD,
    SSO_ADMIN, SUPPORT, THUMBNAIL_FUNCTION, Use, Workload, does, ends, told,
};
use crate::plan::{Group, Member, Note, Plan};
use crate::pods::pod_identity_name;
use crate::rng::{HEX, POD_LETTERS, Rng};
use crate::session::{Kind, Origin, PodTags, Session, access_key};
use crate::truth::{Class, Mechanism};

/// What kubelets, network and registry agents do with a node's role.
pub(crate) static AGENT_USES: &[Use] = &[
    does("ec2:DescribeInstances", "", 10),
    does("ec2:DescribeNetworkInterfaces", "", 10),
    does("ecr:GetAuthorizationToken", "", 5),
    does("ecr:BatchGetImage", "platform/base", 5),
];
static BUILD_USES: &[Use] = &[
    does("ecr:GetAuthorizationToken", "", 2),
    does("ecr:PutImage", "shop/checkout", 4),
    does("lambda:UpdateFunctionCode", "image-moderation", 1),
];
static CI_USES: &[Use] = &[
    does("ecr:GetAuthorizationToken", "", 2),
    does("s3:PutObject", "shopcloud-web-assets/releases/", 4),
];
static SSO_USES: &[Use] = &[
    does("s3:ListBuckets", "", 5),
    does("ec2:DescribeInstances", "", 10),
    does("dynamodb:DescribeTable", "shop-orders", 3),
    does("ssm:PutParameter", "/shop/feature-flags", 1),
    does("sts:GetCallerIdentity", "", 2),
];
static OPERATOR_USES: &[Use] = &[
    does("ec2:DescribeSubnets", "", 5),
    does("dynamodb:DescribeTable", "shop-orders", 3),
    ends("s3:GetObject", "shopcloud-reports/daily/", 1, NO_SUCH_KEY),
];
static SUPPORT_USES: &[Use] = &[does("dynamodb:GetItem", "shop-orders", 5)];
static FORGED_USES: &[Use] = &[does("s3:GetObject", "shopcloud-order-exports/daily/", 5)];
static WORK_USES: &[Use] = &[
    does("s3:GetObject", "shopcloud-batch-work/in/", 4),
    does("s3:PutObject", "shopcloud-batch-work/out/", 2),
];
static EXCHANGE_USES: &[Use] = &[does("s3:PutObject", "shopcloud-partner-exchange/feed/", 5)];
static LINKED_USES: &[Use] = &[
    does("ec2:DescribeSubnets", "", 5),
    does("ec2:DescribeSecurityGroups", "", 5),
];

/// Kinds of events that a service makes on its own.
pub(crate) const SERVICE_EVENTS: usize = 3;

/// Plans the sessions of everybody else.
pub(crate) fn plan_others(plan: &mut Plan, wanted: u64) -> Vec<Group> {
    let mut others = Others {
        rng: Rng::new(plan.seed, "others"),
        plan,
    };
    let count = (wanted / 40).max(2);
    let mut groups = vec![others.agents(count)];
    let kinds: [(Kind, &'static Role, &'static [Use], Origin, u32); 8] = [
        (
            Kind::Sso,
            &SSO_ADMIN,
            SSO_USES,
            Origin::none(Mechanism::Other, "sso"),
            25,
        ),
        (
            Kind::Saml,
            &OPERATOR,
            OPERATOR_USES,
            Origin::none(Mechanism::Other, "saml"),
            15,
        ),
        (
            Kind::Oidc(BUILD_OIDC, "system:serviceaccount:ci:deployer"),
            &BUILD_DEPLOYER,
            BUILD_USES,
            Origin::none(Mechanism::Other, "other_oidc")
                .also("other_oidc_serviceaccount")
                .variant("other_oidc_serviceaccount"),
            20,
        ),
        (
            Kind::Oidc(CI_OIDC, "project_path:shop/checkout:ref_type:branch:ref:main"),
            &CI_RELEASE,
            CI_USES,
            Origin::none(Mechanism::Other, "other_oidc"),
            20,
        ),
        (
            Kind::Linked("rds"),
            &RDS_LINKED,
            LINKED_USES,
            Origin::none(Mechanism::Other, "service_linked"),
            10,
        ),
        (
            Kind::Service(
                "lambda",
                Some("arn:aws:lambda:eu-west-1:111122223333:function:thumbnails"),
            ),
            &THUMBNAIL_FUNCTION,
            WORK_USES,
            Origin::none(Mechanism::Other, "lambda"),
            5,
        ),
        (
            Kind::Service("ecs-tasks", None),
            &INVOICE_TASK,
            WORK_USES,
            Origin::none(Mechanism::Other, "ecs"),
            5,
        ),
        (
            Kind::Instance,
            &BASTION,
            WORK_USES,
            Origin::none(Mechanism::NodeRole, "ec2"),
            5,
        ),
    ];
    for (kind, role, uses, origin, weight) in kinds {
        let members = (0..count)
            .map(|_| others.session(kind.clone(), role, uses, origin.clone()))
            .collect();
        groups.push(Group {
            weight,
            members,
            note: None,
        });
    }
    groups.push(others.forged());
    groups.push(others.claimed());
    groups.push(others.abroad());
    groups
}

struct Others<'a> {
    plan: &'a mut Plan,
    rng: Rng,
}

impl Others<'_> {
    fn agents(&mut self, count: u64) -> Group {
        let mut members = Vec::new();
        for cluster in CLUSTERS.iter().filter(|cluster| !cluster.nodes.is_empty()) {
            for _ in 0..count {
                let window = self.plan.window.days(cluster.days);
                let at = window.moment(&mut self.rng, 6 * 3600);
                let node = self.rng.word(cluster.nodes);
                let session = self.plan.node_session(cluster, node, at);
                members.push(Member {
                    session,
                    uses: AGENT_USES,
                });
            }
        }
        Group {
            weight: 60,
            members,
            note: Some(Note::NodeAgent),
        }
    }

    fn session(&mut self, kind: Kind, role: &'static Role, uses: &'static [Use], origin: Origin) -> Member {
        let at = self.plan.window.moment(&mut self.rng, 3600);
        let created = self.plan.free_second(&role.arn(), at);
        let session = self.build(kind, role, uses, created, origin);
        Member {
            session: self.plan.add(session),
            uses,
        }
    }

    fn build(
        &mut self,
        kind: Kind,
        role: &'static Role,
        uses: &'static [Use],
        created: i64,
        origin: Origin,
    ) -> Session {
        let (name, agent) = name_and_agent(&kind, created, &mut self.rng);
        Session {
            kind,
            role: Some(role),
            account: role.account,
            name,
            key: access_key("ASIA", &mut self.rng),
            created,
            until: created + 3600,
            region: role.account.region,
            ip: format!("192.0.2.{}", 10 + self.rng.below(40)),
            endpoint: None,
            agent,
            uses,
            origin,
        }
    }

    /// A person sets the six tags by hand, and carries them one hop further. The parent is known, and no pod.
    fn forged(&mut self) -> Group {
        let person = self.session(
            Kind::Saml,
            &OPERATOR,
            OPERATOR_USES,
            Origin::none(Mechanism::Other, "saml"),
        );
        let tags = forged_tags();
        let first = Kind::Hop {
            parent: person.session,
            incoming: None,
            own: Some(tags.clone()),
            by_eks: false,
        };
        let first = self.hop(first, person.session, &SUPPORT, SUPPORT_USES);
        let second = Kind::Hop {
            parent: first.session,
            incoming: Some(tags),
            own: None,
            by_eks: false,
        };
        let second = self.hop(second, first.session, &EXPORTS_READER, FORGED_USES);
        Group {
            weight: 5,
            members: vec![person, first, second],
            note: None,
        }
    }

    fn hop(&mut self, kind: Kind, parent: usize, role: &'static Role, uses: &'static [Use]) -> Member {
        let parent = self
            .plan
            .sessions
            .get(parent)
            .map_or(self.plan.window.from, |session| session.created);
        let created = self.plan.free_second(&role.arn(), parent + 30 + self.rng.span(300));
        let session = self.build(kind, role, uses, created, Origin::none(Mechanism::Other, "forged_tags"));
        Member {
            session: self.plan.add(session),
            uses,
        }
    }

    /// The same forgery by a session that the trail does not see begin: the tags are all there is, and the caller's
    /// role may set them. What the product says of the mechanism is its own affair.
    fn claimed(&mut self) -> Group {
        let Some((workload, tags)) = forged_workload().map(|workload| (workload, forged_tags())) else {
            return Group {
                weight: 0,
                members: Vec::new(),
                note: None,
            };
        };
        let before = self.plan.window.from - 1200;
        let unseen = Kind::Hop {
            parent: usize::MAX,
            incoming: None,
            own: None,
            by_eks: false,
        };
        let origin = Origin::none(Mechanism::Other, "parent_unseen");
        let unseen = self.build(unseen, &SUPPORT, SUPPORT_USES, before, origin);
        let unseen = Member {
            session: self.plan.add(unseen),
            uses: SUPPORT_USES,
        };
        let created = self
            .plan
            .free_second(&EXPORTS_READER.arn(), self.plan.window.from + 400);
        let kind = Kind::Hop {
            parent: unseen.session,
            incoming: Some(tags),
            own: None,
            by_eks: false,
        };
        let mut origin = Origin::workload(Mechanism::Other, workload, Class::Claimed);
        origin = origin.with_pod(FORGED_POD, Class::Claimed).also("claimed_tags");
        origin.variant = "claimed_tags";
        origin.mechanism = None;
        origin.actual = None;
        let second = self.build(kind, &EXPORTS_READER, FORGED_USES, created, origin);
        let second = Member {
            session: self.plan.add(second),
            uses: FORGED_USES,
        };
        Group {
            weight: 5,
            members: vec![unseen, second],
            note: None,
        }
    }

    /// Pods of a partner's cluster. Its trail is not here, so all that tells of them is what they bring along: it
    /// counts where only EKS can have set it, and is a claim where nothing is known of the role.
    fn abroad(&mut self) -> Group {
        let known = self.partner_session(&PARTNER_PODS, Class::Exact, "pod_identity.tags_of_another_account");
        let unknown = self.partner_session(&PARTNER_UNKNOWN, Class::Claimed, "claimed_tags_of_another_account");
        Group {
            weight: 4,
            members: vec![known, unknown],
            note: None,
        }
    }

    fn partner_session(&mut self, role: &'static Role, class: Class, variant: &'static str) -> Member {
        let pod = format!("feed-6c9d8f7b54-{}", self.rng.text(POD_LETTERS, 5));
        let uid = self.rng.uuid();
        let tags = PodTags::of(&PARTNER_FEED, &pod, &uid);
        let name = pod_identity_name(&PARTNER_CLUSTER, &pod, &mut self.rng);
        let kind = Kind::Abroad {
            role,
            name,
            incoming: tags,
        };
        let mut origin = Origin::workload(Mechanism::PodIdentity, &PARTNER_FEED, class)
            .with_pod(&pod, class)
            .also("transitive_tags")
            .also("partner")
            .variant(variant);
        if class == Class::Claimed {
            (origin.mechanism, origin.actual) = (None, None);
        }
        self.session(kind, &EXCHANGE, EXCHANGE_USES, origin)
    }
}

/// What the partner's pods say they are.
static PARTNER_FEED: Workload = Workload::new(
    &PARTNER_CLUSTER,
    "exchange",
    "feed",
    &PARTNER_PODS,
    crate::estate::Grant::PodIdentity,
    0,
);

const FORGED_POD: &str = "checkout-api-5d8f7c9b64-x7kqp";

fn forged_workload() -> Option<&'static Workload> {
    told().find(|workload| workload.cluster == &SHOP_PROD && workload.account == "checkout-api")
}

/// The tags of a pod that somebody would like to be.
fn forged_tags() -> PodTags {
    let uid = "0f6a1c1e-58a4-4b0c-9a53-2f6e0c9d7b41";
    forged_workload().map_or(PodTags(Vec::new()), |workload| PodTags::of(workload, FORGED_POD, uid))
}

fn name_and_agent(kind: &Kind, created: i64, rng: &mut Rng) -> (String, String) {
    let console = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";
    match kind {
        Kind::Sso => ("platform-oncall@shopcloud.example".to_owned(), console.to_owned()),
        Kind::Saml => ("security-desk@shopcloud.example".to_owned(), console.to_owned()),
        Kind::Oidc(issuer, _) if *issuer == CI_OIDC => (
            format!("gitlab-job-{}", rng.below(900_000)),
            "aws-cli/2.31.20 ua/2.1 os/linux m/h,k".to_owned(),
        ),
        Kind::Oidc(..) => (
            format!("botocore-session-{created}"),
            "Boto3/1.40.61 ua/2.1 os/linux m/h,k".to_owned(),
        ),
        Kind::Service("lambda", _) => (
            "thumbnails".to_owned(),
            "Boto3/1.40.61 ua/2.1 os/linux md/exec-env#AWS_Lambda_python3.13 m/g".to_owned(),
        ),
        Kind::Service(..) => (
            rng.text(HEX, 32),
            "Boto3/1.40.61 ua/2.1 os/linux md/exec-env#AWS_ECS_FARGATE m/z".to_owned(),
        ),
        Kind::Instance => (
            BASTION_ID.to_owned(),
            "aws-cli/2.31.20 ua/2.1 os/linux#6.1.155 m/0".to_owned(),
        ),
        Kind::Linked(service) => ("SLRManagement".to_owned(), format!("{service}.amazonaws.com")),
        _ => (
            format!("support-{}", rng.text(HEX, 8)),
            "aws-cli/2.31.20 ua/2.1 os/linux m/i".to_owned(),
        ),
    }
}
