//! Roles in the data account.

use super::{FRAUD, SETTLEMENT};
use super::{policy, role};
use crate::estate::places::{DATA, DATA_PROD};
use crate::estate::{Role, Trust, allow, allow_via};

/// Second hop, in the data account.
pub(crate) static SETTLEMENT_EXPORT: Role = role(
    &DATA,
    "settlement-export",
    &[Trust::Role(&SETTLEMENT)],
    &[policy(
        "settlement-export-access",
        &[
            allow(
                &["s3:PutObject", "s3:ListBucket"],
                &[
                    "arn:aws:s3:::shopcloud-datalake-raw",
                    "arn:aws:s3:::shopcloud-datalake-raw/settlement/*",
                ],
            ),
            allow(
                &["sts:AssumeRole"],
                &["arn:aws:iam::777788889999:role/audit-archive-writer"],
            ),
        ],
    )],
    &[],
);
/// The target role that the pods receive.
pub(crate) static FRAUD_SIGNALS: Role = role(
    &DATA,
    "fraud-signals",
    &[Trust::Role(&FRAUD)],
    &[policy(
        "fraud-signals-access",
        &[
            allow(
                &["s3:GetObject", "s3:ListBucket"],
                &[
                    "arn:aws:s3:::shopcloud-fraud-signals",
                    "arn:aws:s3:::shopcloud-fraud-signals/*",
                ],
            ),
            allow(&["dynamodb:*"], &["arn:aws:dynamodb:$region:$acct:table/fraud-scores"]),
        ],
    )],
    &[],
);
/// Reads the shop's exports through a role there.
pub(crate) static ORDERS_LOADER: Role = role(
    &DATA,
    "etl-orders-loader",
    &[Trust::PodIdentity(&DATA_PROD)],
    &[policy(
        "etl-orders-loader-access",
        &[
            allow(
                &["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"],
                &["arn:aws:s3:::shopcloud-datalake-*"],
            ),
            allow(&["kinesis:*"], &["arn:aws:kinesis:$region:$acct:stream/orders"]),
            allow(
                &["sts:AssumeRole", "sts:TagSession"],
                &["arn:aws:iam::111122223333:role/order-exports-reader"],
            ),
        ],
    )],
    &[],
);
/// Streams into the lake.
pub(crate) static CLICKSTREAM: Role = role(
    &DATA,
    "etl-clickstream-loader",
    &[Trust::ServiceAccount(&DATA_PROD, "etl", "clickstream-loader")],
    &[policy(
        "etl-clickstream-loader-access",
        &[
            allow(
                &[
                    "kinesis:GetRecords",
                    "kinesis:GetShardIterator",
                    "kinesis:ListShards",
                    "kinesis:DescribeStream*",
                ],
                &["arn:aws:kinesis:$region:$acct:stream/clickstream"],
            ),
            allow(
                &["s3:PutObject", "s3:AbortMultipartUpload"],
                &["arn:aws:s3:::shopcloud-datalake-raw/clickstream/*"],
            ),
            allow(
                &["dynamodb:PutItem", "dynamodb:GetItem"],
                &["arn:aws:dynamodb:$region:$acct:table/loader-checkpoints"],
            ),
            allow_via(
                &["kms:Decrypt", "kms:GenerateDataKey"],
                &["arn:aws:kms:$region:$acct:key/*"],
                "dynamodb.us-east-1.amazonaws.com",
            ),
        ],
    )],
    &[],
);
/// Driver and executors share it.
pub(crate) static SPARK: Role = role(
    &DATA,
    "spark-jobs",
    &[Trust::PodIdentity(&DATA_PROD)],
    &[policy(
        "spark-jobs-access",
        &[allow(&["s3:*"], &["*"]), allow(&["glue:*"], &["*"])],
    )],
    &[],
);
/// Serves features.
pub(crate) static FEATURES: Role = role(
    &DATA,
    "ml-feature-store",
    &[Trust::ServiceAccount(&DATA_PROD, "ml", "feature-store")],
    &[policy(
        "ml-feature-store-access",
        &[
            allow(&["dynamodb:*"], &["arn:aws:dynamodb:$region:$acct:table/feature-*"]),
            allow(
                &["s3:Get*", "s3:List*"],
                &[
                    "arn:aws:s3:::shopcloud-ml-features",
                    "arn:aws:s3:::shopcloud-ml-features/*",
                ],
            ),
        ],
    )],
    &[],
);
/// Its association passes no session tags.
pub(crate) static TRAINER: Role = role(
    &DATA,
    "ml-model-trainer",
    &[Trust::PodIdentity(&DATA_PROD)],
    &[policy(
        "ml-model-trainer-access",
        &[
            allow(
                &["s3:GetObject", "s3:ListBucket", "s3:PutObject"],
                &["arn:aws:s3:::shopcloud-ml-*"],
            ),
            allow(&["ecr:GetAuthorizationToken"], &["*"]),
            allow(
                &["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                &["arn:aws:ecr:$region:$acct:repository/ml/*"],
            ),
        ],
    )],
    &[],
);
/// Trusts two ServiceAccounts.
pub(crate) static BI: Role = role(
    &DATA,
    "bi-readers",
    &[
        Trust::ServiceAccount(&DATA_PROD, "bi", "metabase"),
        Trust::ServiceAccount(&DATA_PROD, "bi", "superset"),
    ],
    &[policy(
        "bi-readers-access",
        &[
            allow(&["rds:DescribeDBInstances"], &["*"]),
            allow(
                &["secretsmanager:GetSecretValue"],
                &["arn:aws:secretsmanager:$region:$acct:secret:prod/bi-*"],
            ),
            allow_via(
                &["kms:Decrypt"],
                &["arn:aws:kms:$region:$acct:key/*"],
                "secretsmanager.us-east-1.amazonaws.com",
            ),
            allow(
                &["s3:GetObject", "s3:ListBucket"],
                &[
                    "arn:aws:s3:::shopcloud-datalake-curated",
                    "arn:aws:s3:::shopcloud-datalake-curated/*",
                ],
            ),
        ],
    )],
    &[],
);
/// Ships logs from the data cluster: same names as the shop's, another cluster.
pub(crate) static DATA_LOGS: Role = role(
    &DATA,
    "data-fluent-bit",
    &[Trust::ServiceAccount(&DATA_PROD, "observability", "fluent-bit")],
    &[policy(
        "data-fluent-bit-access",
        &[allow(
            &["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
            &["arn:aws:logs:$region:$acct:log-group:/data/*"],
        )],
    )],
    &[],
);
