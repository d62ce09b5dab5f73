//! Workloads that stand for one variant each: an issuer, an SDK, an association, or what shows a pod.

use super::places::{BATCH, BATCH_BEFORE, DATA_BATCH, DATA_PROD, EDGE, SHOP_PROD};
use super::roles::{
    BROKEN_TAGS, CHECKOUT, COLLECTOR, DATA_EXPORTER, DATA_INGESTOR, DATA_REPORTS, DOTNET_BILLING, GATEWAY, INGESTOR,
    JS_NOTIFY, LABELER, LABELER_BEFORE, LEFTOVER, LOCAL_BASE, LOCAL_TARGET, LONELY, NIGHTLY, PHP_MAILER, POLICY_RUNNER,
    PRICING, REPORTS, ROLLER, RUBY_SYNC, SANDBOX,
};
use super::{Cluster, End, Grant, Hop, Role, Sdk, Setup, Shows, Statement, Use, Workload, allow, does, ends};

/// Share of the calls that each of them has.
const WEIGHT: u32 = 4;

const READS: &[Use] = &[
    does("s3:GetObject", "shopcloud-batch-work/in/", 4),
    does("s3:PutObject", "shopcloud-batch-work/out/", 2),
];
const READS_LAKE: &[Use] = &[
    does("s3:GetObject", "shopcloud-datalake-raw/orders/", 4),
    does("s3:PutObject", "shopcloud-datalake-raw/batch/", 2),
];
/// What the association of `policy-runner` leaves of its role.
static READ_ONLY: &[Statement] = &[allow(
    &["s3:GetObject", "s3:ListBucket"],
    &[
        "arn:aws:s3:::shopcloud-batch-work",
        "arn:aws:s3:::shopcloud-batch-work/*",
    ],
)];

const fn irsa(cluster: &'static Cluster, name: &'static str, role: &'static Role, sdk: Sdk) -> Workload {
    Workload {
        sdk,
        uses: READS,
        ..Workload::new(cluster, "jobs", name, role, Grant::Irsa, WEIGHT)
    }
}

const fn pods(cluster: &'static Cluster, name: &'static str, role: &'static Role, grant: Grant) -> Workload {
    Workload {
        uses: READS,
        ..Workload::new(cluster, "jobs", name, role, grant, WEIGHT)
    }
}

/// Configured, and never seen.
const fn idle(
    cluster: &'static Cluster,
    namespace: &'static str,
    name: &'static str,
    role: &'static Role,
    grant: Grant,
) -> Workload {
    Workload {
        replicas: 0,
        ..Workload::new(cluster, namespace, name, role, grant, 0)
    }
}

pub(super) static WORKLOADS: &[Workload] = &[
    // A cluster that was made anew, and another account's of the same name.
    Workload {
        variant: Some("irsa.recreated_cluster_before"),
        ..irsa(&BATCH_BEFORE, "report-builder", &REPORTS, Sdk::Boto3)
    },
    Workload {
        variant: Some("irsa.recreated_cluster_after"),
        ..irsa(&BATCH, "report-builder", &REPORTS, Sdk::Boto3)
    },
    Workload {
        uses: READS_LAKE,
        variant: Some("irsa.same_cluster_name"),
        ..irsa(&DATA_BATCH, "report-builder", &DATA_REPORTS, Sdk::Boto3)
    },
    pods(&BATCH, "ingestor", &INGESTOR, Grant::PodIdentity),
    Workload {
        uses: READS_LAKE,
        variant: Some("pod_identity.same_cluster_name"),
        ..pods(&DATA_BATCH, "ingestor", &DATA_INGESTOR, Grant::PodIdentity)
    },
    // Associations that changed: only the time tells whose the role was.
    Workload {
        uses: READS_LAKE,
        days: (0, 7),
        setup: Setup::Moved,
        variant: Some("pod_identity.association_deleted"),
        ..pods(&DATA_BATCH, "exporter-v1", &DATA_EXPORTER, Grant::PodIdentityUntagged)
    },
    Workload {
        uses: READS_LAKE,
        days: (7, 14),
        setup: Setup::Moved,
        variant: Some("pod_identity.association_created"),
        ..pods(&DATA_BATCH, "exporter-v2", &DATA_EXPORTER, Grant::PodIdentityUntagged)
    },
    Workload {
        uses: READS_LAKE,
        setup: Setup::RoleChanged(&LABELER_BEFORE),
        variant: Some("pod_identity.association_changed"),
        ..pods(&DATA_BATCH, "labeler", &LABELER, Grant::PodIdentityUntagged)
    },
    Workload {
        uses: &[
            does("s3:GetObject", "shopcloud-batch-work/in/", 6),
            ends("s3:PutObject", "shopcloud-batch-work/out/", 1, End::SessionPolicy),
        ],
        ..pods(
            &BATCH,
            "policy-runner",
            &POLICY_RUNNER,
            Grant::PodIdentityPolicy(READ_ONLY),
        )
    },
    pods(&BATCH, "tenant", &LOCAL_BASE, Grant::PodIdentityTarget(&LOCAL_TARGET)),
    Workload {
        uses: &[does("s3:GetObject", "shopcloud-batch-work/in/", 4)],
        chain: &[Hop {
            role: &ROLLER,
            uses: &[does("s3:ListObjects", "shopcloud-batch-work/in/", 2)],
        }],
        ..irsa(&BATCH, "roller", &ROLLER, Sdk::Go)
    },
    // Session names of the other SDKs.
    Workload {
        setup: Setup::GlobalSts,
        variant: Some("irsa.php_global_endpoint"),
        ..irsa(&BATCH, "php-mailer", &PHP_MAILER, Sdk::Php)
    },
    Workload {
        setup: Setup::Stolen,
        ..irsa(&BATCH, "ruby-sync", &RUBY_SYNC, Sdk::Ruby)
    },
    irsa(&BATCH, "dotnet-billing", &DOTNET_BILLING, Sdk::DotNet),
    irsa(&BATCH, "js-notify", &JS_NOTIFY, Sdk::JavaScript),
    // What shows a pod.
    Workload {
        shows: Shows::Address,
        variant: Some("irsa.pod_address"),
        ..irsa(&BATCH, "gateway", &GATEWAY, Sdk::Go)
    },
    Workload {
        replicas: 1,
        shows: Shows::OnlyPod,
        variant: Some("irsa.only_pod"),
        ..irsa(&BATCH, "scheduler", &LONELY, Sdk::Java)
    },
    Workload {
        job: true,
        replicas: 0,
        uses: READS_LAKE,
        shows: Shows::Tokens,
        variant: Some("irsa.token_request"),
        ..irsa(&DATA_PROD, "nightly-export", &NIGHTLY, Sdk::Boto3)
    },
    Workload {
        namespace: "sensors",
        variant: Some("irsa.self_managed_issuer"),
        ..irsa(&EDGE, "collector", &COLLECTOR, Sdk::Rust)
    },
    // What a review should find.
    Workload {
        namespace: "catalog",
        setup: Setup::Both,
        ..pods(&SHOP_PROD, "pricing", &PRICING, Grant::PodIdentity)
    },
    idle(&SHOP_PROD, "sandbox", "default", &SANDBOX, Grant::Irsa),
    idle(&SHOP_PROD, "legacy", "leftover", &LEFTOVER, Grant::PodIdentity),
    idle(&SHOP_PROD, "legacy", "mismatch", &CHECKOUT, Grant::Irsa),
    Workload {
        setup: Setup::MissingRole("arn:aws:iam::111122223333:role/shop-old-report"),
        ..idle(&SHOP_PROD, "legacy", "old-report", &SANDBOX, Grant::Irsa)
    },
    idle(
        &DATA_BATCH,
        "jobs",
        "broken-tags",
        &BROKEN_TAGS,
        Grant::PodIdentityUntagged,
    ),
];
