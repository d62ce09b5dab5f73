//! The workloads of `data-prod`.

use super::places::DATA_PROD;
use super::roles::{BI, CLICKSTREAM, DATA_LOGS, EXPORTS_READER, FEATURES, ORDERS_LOADER, SPARK, TRAINER};
use super::{Grant, Hop, NO_SUCH_KEY, REFUSED, REFUSED_BARE, Role, Sdk, Workload, does, ends};

/// A deployment of two pods.
const fn workload(
    namespace: &'static str,
    account: &'static str,
    role: &'static Role,
    grant: Grant,
    weight: u32,
) -> Workload {
    Workload::new(&DATA_PROD, namespace, account, role, grant, weight)
}

pub(super) static WORKLOADS: &[Workload] = &[
    Workload {
        job: true,
        issue_missing: true,
        uses: &[
            does("kinesis:GetShardIterator", "orders", 4),
            does("kinesis:GetRecords", "orders", 15),
            does("s3:PutObject", "shopcloud-datalake-raw/orders/", 15),
            does("s3:ListObjects", "shopcloud-datalake-raw/orders/", 3),
        ],
        chain: &[Hop {
            role: &EXPORTS_READER,
            uses: &[
                does("s3:GetObject", "shopcloud-order-exports/daily/", 10),
                does("s3:ListObjects", "shopcloud-order-exports/daily/", 2),
                ends("s3:PutObject", "shopcloud-order-exports/daily/", 1, REFUSED),
            ],
        }],
        ..workload("etl", "orders-loader", &ORDERS_LOADER, Grant::PodIdentity, 80)
    },
    Workload {
        uses: &[
            does("kinesis:GetShardIterator", "clickstream", 4),
            does("kinesis:GetRecords", "clickstream", 20),
            does("s3:PutObject", "shopcloud-datalake-raw/clickstream/", 15),
            does("dynamodb:PutItem", "loader-checkpoints", 4),
            does("kms:Decrypt@", "loader-checkpoints@dynamodb", 4),
            ends("kinesis:PutRecords", "clickstream", 1, REFUSED_BARE),
        ],
        ..workload("etl", "clickstream-loader", &CLICKSTREAM, Grant::Irsa, 80)
    },
    Workload {
        uses: &[
            does("s3:ListObjects", "shopcloud-datalake-raw/orders/", 8),
            does("s3:GetObject", "shopcloud-datalake-raw/orders/", 10),
            does("s3:PutObject", "shopcloud-datalake-curated/orders/", 6),
        ],
        ..workload("spark", "spark-driver", &SPARK, Grant::PodIdentity, 30)
    },
    Workload {
        replicas: 4,
        uses: &[
            does("s3:GetObject", "shopcloud-datalake-raw/clickstream/", 30),
            does("s3:PutObject", "shopcloud-datalake-curated/ranking/", 15),
            ends("s3:GetObject", "shopcloud-datalake-raw/late/", 1, NO_SUCH_KEY),
        ],
        ..workload("spark", "spark-executor", &SPARK, Grant::PodIdentity, 90)
    },
    Workload {
        sdk: Sdk::Rust,
        uses: &[
            does("dynamodb:GetItem", "feature-online", 30),
            does("dynamodb:Query", "feature-online", 10),
            does("s3:GetObject", "shopcloud-ml-features/offline/", 15),
        ],
        ..workload("ml", "feature-store", &FEATURES, Grant::Irsa, 60)
    },
    Workload {
        job: true,
        uses: &[
            does("s3:GetObject", "shopcloud-ml-features/offline/", 15),
            does("s3:PutObject", "shopcloud-ml-models/candidates/", 5),
            does("ecr:GetAuthorizationToken", "", 1),
            does("ecr:BatchGetImage", "ml/trainer", 2),
        ],
        ..workload("ml", "model-trainer", &TRAINER, Grant::PodIdentityUntagged, 25)
    },
    Workload {
        issue_missing: true,
        sdk: Sdk::Java,
        uses: &[
            does("rds:DescribeDBInstances", "warehouse-reader", 4),
            does("secretsmanager:GetSecretValue", "prod/bi-warehouse", 4),
            does("kms:Decrypt@", "bi-warehouse@secretsmanager", 4),
            does("s3:GetObject", "shopcloud-datalake-curated/orders/", 10),
        ],
        ..workload("bi", "metabase", &BI, Grant::Irsa, 25)
    },
    Workload {
        uses: &[
            does("s3:GetObject", "shopcloud-datalake-curated/orders/", 10),
            does("secretsmanager:GetSecretValue", "prod/bi-warehouse", 2),
            ends("secretsmanager:ListSecrets", "", 1, REFUSED),
        ],
        ..workload("bi", "superset", &BI, Grant::Irsa, 20)
    },
    Workload {
        uses: &[
            does("logs:CreateLogStream", "/data/pods", 10),
            does("logs:DescribeLogStreams", "/data/pods", 4),
        ],
        ..workload("observability", "fluent-bit", &DATA_LOGS, Grant::Irsa, 15)
    },
];
