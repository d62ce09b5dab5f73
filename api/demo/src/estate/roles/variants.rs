//! Roles of the variants: ways to credentials, and configurations that a review should find.

use super::{policy, role};
use crate::estate::grants::{CNI, ECR_READ_ONLY, WORKER_NODE};
use crate::estate::places::{
    BATCH, BATCH_BEFORE, DATA, DATA_BATCH, DATA_PROD, EDGE, PARTNER, PARTNER_CLUSTER, PLATFORM, SECURITY, SHOP_PROD,
};
use crate::estate::{Policy, Role, Trust, allow};

/// Reads and writes what the batch jobs work on.
const WORK: &[Policy] = &[policy(
    "batch-work",
    &[allow(
        &["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
        &[
            "arn:aws:s3:::shopcloud-batch-work",
            "arn:aws:s3:::shopcloud-batch-work/*",
        ],
    )],
)];
/// The same in the data account.
const LAKE: &[Policy] = &[policy(
    "batch-lake",
    &[allow(
        &["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
        &[
            "arn:aws:s3:::shopcloud-datalake-raw",
            "arn:aws:s3:::shopcloud-datalake-raw/*",
        ],
    )],
)];

/// Of a role for one ServiceAccount of the batch cluster.
const fn job(name: &'static str, trust: &'static [Trust]) -> Role {
    role(&PLATFORM, name, trust, WORK, &[])
}

const fn data_job(name: &'static str, trust: &'static [Trust]) -> Role {
    role(&DATA, name, trust, LAKE, &[])
}

/// Nodes of the batch cluster; their instances still answer IMDSv1.
pub(crate) static BATCH_NODE: Role = role(
    &PLATFORM,
    "batch-node",
    &[Trust::Service("ec2.amazonaws.com")],
    &[],
    &[&WORKER_NODE, &CNI, &ECR_READ_ONLY],
);
/// Nodes of the data account's batch cluster.
pub(crate) static DATA_BATCH_NODE: Role = role(
    &DATA,
    "data-batch-node",
    &[Trust::Service("ec2.amazonaws.com")],
    &[],
    &[&WORKER_NODE, &CNI, &ECR_READ_ONLY],
);
/// Trusts the cluster as it was and as it is: the first issuer is orphaned.
pub(crate) static REPORTS: Role = job(
    "batch-reports",
    &[
        Trust::ServiceAccount(&BATCH_BEFORE, "jobs", "report-builder"),
        Trust::ServiceAccount(&BATCH, "jobs", "report-builder"),
    ],
);
/// The ServiceAccount of the same path in the cluster of the same name.
pub(crate) static DATA_REPORTS: Role = data_job(
    "data-batch-reports",
    &[Trust::ServiceAccount(&DATA_BATCH, "jobs", "report-builder")],
);
/// Any association may use it.
pub(crate) static INGESTOR: Role = job("batch-ingestor", &[Trust::OpenPodIdentity]);
/// Of the same path in the cluster of the same name.
pub(crate) static DATA_INGESTOR: Role = data_job("data-batch-ingestor", &[Trust::PodIdentity(&DATA_BATCH)]);
/// Moved from one ServiceAccount to another.
pub(crate) static DATA_EXPORTER: Role = data_job("data-batch-exporter", &[Trust::PodIdentity(&DATA_BATCH)]);
/// What the labeler's association named first.
pub(crate) static LABELER_BEFORE: Role = data_job("data-batch-labeler-v1", &[Trust::PodIdentity(&DATA_BATCH)]);
/// What it names now.
pub(crate) static LABELER: Role = data_job("data-batch-labeler", &[Trust::PodIdentity(&DATA_BATCH)]);
/// May more than the association's policy lets it.
pub(crate) static POLICY_RUNNER: Role = job("batch-policy-runner", &[Trust::PodIdentity(&BATCH)]);
/// Renews its sessions by assuming itself.
pub(crate) static ROLLER: Role = role(
    &PLATFORM,
    "batch-roller",
    &[Trust::ServiceAccount(&BATCH, "jobs", "roller"), Trust::Role(&ROLLER)],
    &[
        policy(
            "batch-roller-access",
            &[allow(
                &["s3:GetObject", "s3:ListBucket"],
                &[
                    "arn:aws:s3:::shopcloud-batch-work",
                    "arn:aws:s3:::shopcloud-batch-work/*",
                ],
            )],
        ),
        policy(
            "batch-roller-renewal",
            &[allow(
                &["sts:AssumeRole"],
                &["arn:aws:iam::111122223333:role/batch-roller"],
            )],
        ),
    ],
    &[],
);
/// Leads to the target role beside it.
pub(crate) static LOCAL_BASE: Role = role(
    &PLATFORM,
    "batch-tenant-base",
    &[Trust::PodIdentity(&BATCH)],
    &[policy(
        "batch-tenant-base-access",
        &[allow(
            &["sts:AssumeRole", "sts:TagSession"],
            &["arn:aws:iam::111122223333:role/batch-tenant"],
        )],
    )],
    &[],
);
/// The target role, in the same account.
pub(crate) static LOCAL_TARGET: Role = job("batch-tenant", &[Trust::Role(&LOCAL_BASE)]);
/// Runs at night; the audit log shows its pods.
pub(crate) static NIGHTLY: Role = data_job(
    "data-nightly-export",
    &[Trust::ServiceAccount(&DATA_PROD, "jobs", "nightly-export")],
);
/// Asks the global endpoint of STS.
pub(crate) static PHP_MAILER: Role = job(
    "batch-php-mailer",
    &[Trust::ServiceAccount(&BATCH, "jobs", "php-mailer")],
);
/// A token of any audience will do.
pub(crate) static RUBY_SYNC: Role = job("batch-ruby-sync", &[Trust::AnyAudience(&BATCH, "jobs", "ruby-sync")]);
/// Every ServiceAccount of the namespace will do.
pub(crate) static DOTNET_BILLING: Role = job(
    "batch-dotnet-billing",
    &[Trust::SubjectLike(&BATCH, "system:serviceaccount:jobs:*")],
);
/// Every ServiceAccount of the cluster will do.
pub(crate) static JS_NOTIFY: Role = job("batch-js-notify", &[Trust::AnySubject(&BATCH)]);
/// For a function as well.
pub(crate) static GATEWAY: Role = job(
    "batch-gateway",
    &[
        Trust::ServiceAccount(&BATCH, "jobs", "gateway"),
        Trust::Service("lambda.amazonaws.com"),
    ],
);
/// Of one pod alone.
pub(crate) static LONELY: Role = job("batch-scheduler", &[Trust::ServiceAccount(&BATCH, "jobs", "scheduler")]);
/// Trusts the registered issuer of a cluster that EKS does not run.
pub(crate) static COLLECTOR: Role = job(
    "edge-collector",
    &[Trust::ServiceAccount(&EDGE, "sensors", "collector")],
);
/// Given to whatever runs in the namespace.
pub(crate) static SANDBOX: Role = job(
    "sandbox-default",
    &[Trust::ServiceAccount(&SHOP_PROD, "sandbox", "default")],
);
/// Its association has no pods.
pub(crate) static LEFTOVER: Role = job("legacy-leftover", &[Trust::PodIdentity(&SHOP_PROD)]);
/// By web identity before, by Pod Identity now, and both are still configured.
pub(crate) static PRICING: Role = job(
    "shop-pricing",
    &[
        Trust::ServiceAccount(&SHOP_PROD, "catalog", "pricing"),
        Trust::PodIdentity(&SHOP_PROD),
    ],
);
/// Asks for tags that its association does not pass.
pub(crate) static BROKEN_TAGS: Role = data_job(
    "data-batch-tagged",
    &[Trust::TaggedPodIdentity(&DATA_BATCH, "jobs", "broken-tags")],
);
/// Its wildcard is taken literally.
pub(crate) static LITERAL: Role = job(
    "batch-literal",
    &[Trust::SubjectLiteral(&BATCH, "system:serviceaccount:jobs:*")],
);
/// Of a cluster that nobody knows any more.
pub(crate) static ORPHANED: Role = job(
    "old-migration",
    &[Trust::GoneIssuer(
        "oidc.eks.eu-west-1.amazonaws.com/id/3A9C5E7B1D2F40868A6C4E2B0D9F7153",
        "migration",
        "mover",
    )],
);
/// Of a Lambda function.
pub(crate) static THUMBNAIL_FUNCTION: Role = job("thumbnail-function", &[Trust::Service("lambda.amazonaws.com")]);
/// Of an ECS task.
pub(crate) static INVOICE_TASK: Role = job("invoice-task", &[Trust::Service("ecs-tasks.amazonaws.com")]);
/// Of an instance that is no node.
pub(crate) static BASTION: Role = job("bastion", &[Trust::Service("ec2.amazonaws.com")]);
/// Of pods of the partner's cluster; only EKS may assume it.
pub(crate) static PARTNER_PODS: Role = role(
    &PARTNER,
    "partner-feed",
    &[Trust::PodIdentity(&PARTNER_CLUSTER)],
    &[policy(
        "partner-feed-access",
        &[allow(
            &["sts:AssumeRole", "sts:TagSession"],
            &["arn:aws:iam::777788889999:role/partner-exchange"],
        )],
    )],
    &[],
);
/// Another role of the partner; nobody gave its configuration to us.
pub(crate) static PARTNER_UNKNOWN: Role = role(&PARTNER, "partner-tools", &[], &[], &[]);
/// What the partner's pods reach; the chain is seen in this account's trail only.
pub(crate) static EXCHANGE: Role = role(
    &SECURITY,
    "partner-exchange",
    &[Trust::Role(&PARTNER_PODS), Trust::Role(&PARTNER_UNKNOWN)],
    &[policy(
        "partner-exchange-access",
        &[allow(
            &["s3:GetObject", "s3:PutObject"],
            &["arn:aws:s3:::shopcloud-partner-exchange/*"],
        )],
    )],
    &[],
);
