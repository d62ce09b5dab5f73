//! Every role: who may assume it and what it may do. Most may do more than they ever do.

use super::grants::{
    ADMINISTRATOR, CNI, ECR_READ_ONLY, METRICS, S3_READ_ONLY, SHOP_BOUNDARY, SSM_READ_ONLY, WORKER_NODE,
};
use super::places::{BUILD_OIDC, CI_OIDC, DATA, DATA_PROD, PLATFORM, SAML_PROVIDER, SECURITY, SHOP_PROD, SSO_PROVIDER};
use super::{Account, ManagedPolicy, Policy, Role, Statement, Trust, allow, allow_via, deny};

const fn role(
    account: &'static Account,
    name: &'static str,
    trust: &'static [Trust],
    inline: &'static [Policy],
    managed: &'static [&'static ManagedPolicy],
) -> Role {
    Role {
        account,
        path: "/",
        name,
        trust,
        inline,
        managed,
        boundary: None,
    }
}

const fn policy(name: &'static str, statements: &'static [Statement]) -> Policy {
    Policy { name, statements }
}

/// Orders and carts.
pub(crate) static CHECKOUT: Role = role(
    &PLATFORM,
    "shop-checkout",
    &[Trust::ServiceAccount(&SHOP_PROD, "checkout", "checkout-api")],
    &[policy(
        "shop-checkout-access",
        &[
            allow(
                &["dynamodb:*"],
                &[
                    "arn:aws:dynamodb:$region:$acct:table/shop-orders",
                    "arn:aws:dynamodb:$region:$acct:table/shop-orders/index/*",
                    "arn:aws:dynamodb:$region:$acct:table/shop-carts",
                ],
            ),
            allow(
                &["sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl"],
                &["arn:aws:sqs:$region:$acct:shop-*"],
            ),
            allow(&["sns:Publish"], &["arn:aws:sns:$region:$acct:shop-order-events"]),
            allow(
                &["secretsmanager:GetSecretValue"],
                &["arn:aws:secretsmanager:$region:$acct:secret:prod/checkout-*"],
            ),
            allow_via(
                &["kms:Decrypt", "kms:GenerateDataKey"],
                &["arn:aws:kms:$region:$acct:key/*"],
                "secretsmanager.eu-west-1.amazonaws.com",
            ),
            allow_via(
                &["kms:Decrypt", "kms:GenerateDataKey"],
                &["arn:aws:kms:$region:$acct:key/*"],
                "sqs.eu-west-1.amazonaws.com",
            ),
        ],
    )],
    &[&METRICS],
);
/// Payments: precise, with a `Deny`.
pub(crate) static PAYMENTS: Role = Role {
    account: &PLATFORM,
    path: "/payments/",
    name: "payments-api",
    trust: &[Trust::ServiceAccount(&SHOP_PROD, "payments", "payments-api")],
    inline: &[policy(
        "payments-api-access",
        &[
            allow(
                &["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*"],
                &["arn:aws:kms:$region:$acct:key/*"],
            ),
            allow(
                &["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
                &["arn:aws:secretsmanager:$region:$acct:secret:prod/payments-*"],
            ),
            allow(
                &[
                    "dynamodb:GetItem",
                    "dynamodb:PutItem",
                    "dynamodb:UpdateItem",
                    "dynamodb:Query",
                ],
                &["arn:aws:dynamodb:$region:$acct:table/payments-ledger"],
            ),
            allow(
                &["sts:AssumeRole"],
                &["arn:aws:iam::777788889999:role/payments-audit-writer"],
            ),
            deny(&["dynamodb:DeleteItem", "dynamodb:DeleteTable"], &["*"]),
            allow(
                &["dynamodb:DeleteItem"],
                &["arn:aws:dynamodb:$region:$acct:table/payments-ledger"],
            ),
        ],
    )],
    managed: &[&METRICS],
    boundary: None,
};
/// Written by payments, from the platform account.
pub(crate) static AUDIT_WRITER: Role = role(
    &SECURITY,
    "payments-audit-writer",
    &[Trust::Role(&PAYMENTS)],
    &[policy(
        "payments-audit-writer-access",
        &[
            allow(
                &["s3:PutObject", "s3:PutObjectTagging"],
                &["arn:aws:s3:::shopcloud-audit-archive/payments/*"],
            ),
            allow(&["s3:ListBucket"], &["arn:aws:s3:::shopcloud-audit-archive"]),
        ],
    )],
    &[],
);
/// First of two hops.
pub(crate) static SETTLEMENT: Role = role(
    &PLATFORM,
    "shop-settlement",
    &[Trust::ServiceAccount(&SHOP_PROD, "payments", "settlement-job")],
    &[policy(
        "shop-settlement-access",
        &[
            allow(
                &["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
                &[
                    "arn:aws:s3:::shopcloud-settlement",
                    "arn:aws:s3:::shopcloud-settlement/*",
                ],
            ),
            allow(
                &["dynamodb:Query", "dynamodb:GetItem"],
                &["arn:aws:dynamodb:$region:$acct:table/payments-ledger"],
            ),
            allow(
                &["sts:AssumeRole"],
                &["arn:aws:iam::444455556666:role/settlement-export"],
            ),
        ],
    )],
    &[],
);
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
/// Third session, in the security account.
pub(crate) static ARCHIVE_WRITER: Role = role(
    &SECURITY,
    "audit-archive-writer",
    &[Trust::Role(&SETTLEMENT_EXPORT)],
    &[policy(
        "audit-archive-writer-access",
        &[allow(
            &["s3:PutObject", "s3:GetObject", "s3:ListBucket"],
            &[
                "arn:aws:s3:::shopcloud-audit-archive",
                "arn:aws:s3:::shopcloud-audit-archive/*",
            ],
        )],
    )],
    &[],
);
/// `s3:*` for a service that reads.
pub(crate) static CATALOG: Role = role(
    &PLATFORM,
    "shop-catalog",
    &[Trust::PodIdentity(&SHOP_PROD)],
    &[policy(
        "shop-catalog-access",
        &[
            allow(
                &[
                    "dynamodb:GetItem",
                    "dynamodb:BatchGetItem",
                    "dynamodb:Query",
                    "dynamodb:Scan",
                ],
                &[
                    "arn:aws:dynamodb:$region:$acct:table/shop-catalog",
                    "arn:aws:dynamodb:$region:$acct:table/shop-catalog/index/*",
                ],
            ),
            allow(
                &["s3:*"],
                &[
                    "arn:aws:s3:::shopcloud-product-images",
                    "arn:aws:s3:::shopcloud-product-images/*",
                ],
            ),
        ],
    )],
    &[&METRICS],
);
/// Its association passes no session tags.
pub(crate) static CATALOG_INDEXER: Role = role(
    &PLATFORM,
    "shop-catalog-indexer",
    &[Trust::PodIdentity(&SHOP_PROD)],
    &[policy(
        "shop-catalog-indexer-access",
        &[
            allow(&["sqs:*"], &["arn:aws:sqs:$region:$acct:shop-catalog-changes"]),
            allow(
                &["s3:PutObject", "s3:GetObject", "s3:DeleteObject"],
                &["arn:aws:s3:::shopcloud-search-index/*"],
            ),
            allow(&["s3:ListBucket"], &["arn:aws:s3:::shopcloud-search-index"]),
        ],
    )],
    &[],
);
/// Reads by an AWS managed policy.
pub(crate) static SEARCH: Role = role(
    &PLATFORM,
    "shop-search",
    &[Trust::ServiceAccount(&SHOP_PROD, "search", "search-api")],
    &[],
    &[&S3_READ_ONLY],
);
/// Reads a bucket of the data account.
pub(crate) static SEARCH_INDEXER: Role = role(
    &PLATFORM,
    "shop-search-indexer",
    &[Trust::ServiceAccount(&SHOP_PROD, "search", "search-indexer")],
    &[policy(
        "shop-search-indexer-access",
        &[
            allow(
                &["kinesis:Get*", "kinesis:Describe*", "kinesis:ListShards"],
                &["arn:aws:kinesis:$region:$acct:stream/shop-clicks"],
            ),
            allow(&["s3:PutObject"], &["arn:aws:s3:::shopcloud-search-index/*"]),
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
/// Shared by two ServiceAccounts through two associations.
pub(crate) static MEDIA: Role = role(
    &PLATFORM,
    "shop-media",
    &[Trust::PodIdentity(&SHOP_PROD)],
    &[policy(
        "shop-media-access",
        &[
            allow(&["s3:*"], &["*"]),
            allow(&["lambda:InvokeFunction"], &["arn:aws:lambda:$region:$acct:function:*"]),
        ],
    )],
    &[],
);
/// Shared by two ServiceAccounts by web identity.
pub(crate) static WEB: Role = role(
    &PLATFORM,
    "shop-web-shared",
    &[
        Trust::ServiceAccount(&SHOP_PROD, "web", "storefront"),
        Trust::ServiceAccount(&SHOP_PROD, "web", "storefront-admin"),
    ],
    &[policy(
        "shop-web-shared-access",
        &[
            allow(
                &["s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:DeleteObject"],
                &[
                    "arn:aws:s3:::shopcloud-web-assets",
                    "arn:aws:s3:::shopcloud-web-assets/*",
                ],
            ),
            allow(
                &["dynamodb:*"],
                &[
                    "arn:aws:dynamodb:$region:$acct:table/shop-sessions",
                    "arn:aws:dynamodb:$region:$acct:table/shop-admin-audit",
                ],
            ),
        ],
    )],
    &[],
);
/// Behind a permissions boundary that does not allow all of it.
pub(crate) static MAILER: Role = Role {
    account: &PLATFORM,
    path: "/",
    name: "shop-mailer",
    trust: &[Trust::ServiceAccount(&SHOP_PROD, "notify", "mailer")],
    inline: &[policy(
        "shop-mailer-access",
        &[
            allow(
                &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"],
                &["arn:aws:sqs:$region:$acct:shop-mail"],
            ),
            allow(&["sns:Publish", "sns:ListTopics"], &["*"]),
            allow(&["ses:SendEmail", "ses:SendRawEmail"], &["*"]),
        ],
    )],
    managed: &[&SSM_READ_ONLY],
    boundary: Some(&SHOP_BOUNDARY),
};
/// An administrator that reads a few secrets.
pub(crate) static EXTERNAL_SECRETS: Role = role(
    &PLATFORM,
    "external-secrets",
    &[Trust::ServiceAccount(&SHOP_PROD, "platform", "external-secrets")],
    &[],
    &[&ADMINISTRATOR],
);
/// Scales the nodes.
pub(crate) static AUTOSCALER: Role = role(
    &PLATFORM,
    "cluster-autoscaler",
    &[Trust::PodIdentity(&SHOP_PROD)],
    &[policy(
        "cluster-autoscaler-access",
        &[allow(
            &[
                "autoscaling:Describe*",
                "autoscaling:SetDesiredCapacity",
                "autoscaling:TerminateInstanceInAutoScalingGroup",
                "ec2:Describe*",
            ],
            &["*"],
        )],
    )],
    &[],
);
/// Keeps load balancers.
pub(crate) static LOAD_BALANCER: Role = role(
    &PLATFORM,
    "aws-load-balancer-controller",
    &[Trust::ServiceAccount(
        &SHOP_PROD,
        "kube-system",
        "aws-load-balancer-controller",
    )],
    &[policy(
        "aws-load-balancer-controller-access",
        &[allow(
            &[
                "ec2:Describe*",
                "elasticloadbalancing:*",
                "wafv2:*",
                "shield:*",
                "acm:ListCertificates",
                "acm:DescribeCertificate",
            ],
            &["*"],
        )],
    )],
    &[],
);
/// Ships logs from the shop.
pub(crate) static SHOP_LOGS: Role = role(
    &PLATFORM,
    "shop-fluent-bit",
    &[Trust::ServiceAccount(&SHOP_PROD, "observability", "fluent-bit")],
    &[policy(
        "shop-fluent-bit-access",
        &[allow(
            &[
                "logs:CreateLogGroup",
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                "logs:DescribeLogStreams",
                "logs:PutRetentionPolicy",
            ],
            &["arn:aws:logs:$region:$acct:log-group:/shop/*"],
        )],
    )],
    &[],
);
/// The association's own role: it only leads to the target role.
pub(crate) static FRAUD: Role = role(
    &PLATFORM,
    "fraud-scorer-base",
    &[Trust::PodIdentity(&SHOP_PROD)],
    &[policy(
        "fraud-scorer-base-access",
        &[allow(
            &["sts:AssumeRole", "sts:TagSession"],
            &["arn:aws:iam::444455556666:role/fraud-signals"],
        )],
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
/// Trusts exactly one ServiceAccount.
pub(crate) static STOCK: Role = role(
    &PLATFORM,
    "shop-stock-sync",
    &[Trust::ServiceAccount(&SHOP_PROD, "inventory", "stock-sync")],
    &[policy(
        "shop-stock-sync-access",
        &[
            allow(
                &["dynamodb:UpdateItem", "dynamodb:GetItem", "dynamodb:BatchWriteItem"],
                &["arn:aws:dynamodb:$region:$acct:table/shop-stock"],
            ),
            allow(&["sqs:*"], &["arn:aws:sqs:$region:$acct:shop-stock"]),
        ],
    )],
    &[],
);
/// Annotated and never used.
pub(crate) static PROMO: Role = role(
    &PLATFORM,
    "shop-promo-banner",
    &[Trust::ServiceAccount(&SHOP_PROD, "promo", "promo-banner")],
    &[policy(
        "shop-promo-banner-access",
        &[allow(&["s3:GetObject"], &["arn:aws:s3:::shopcloud-web-assets/promo/*"])],
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
/// Assumed by the data account's loader.
pub(crate) static EXPORTS_READER: Role = role(
    &PLATFORM,
    "order-exports-reader",
    &[Trust::Role(&ORDERS_LOADER), Trust::Role(&SUPPORT)],
    &[policy(
        "order-exports-reader-access",
        &[allow(
            &["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"],
            &[
                "arn:aws:s3:::shopcloud-order-exports",
                "arn:aws:s3:::shopcloud-order-exports/*",
            ],
        )],
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
/// Nodes of the shop, and a pod that has nothing else.
pub(crate) static SHOP_NODE: Role = role(
    &PLATFORM,
    "shop-prod-node",
    &[Trust::Service("ec2.amazonaws.com")],
    &[policy(
        "shop-prod-node-access",
        &[
            allow(
                &["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
                &["arn:aws:s3:::shopcloud-reports", "arn:aws:s3:::shopcloud-reports/*"],
            ),
            allow(&["sns:Publish"], &["arn:aws:sns:$region:$acct:shop-reports"]),
        ],
    )],
    &[&WORKER_NODE, &CNI, &ECR_READ_ONLY],
);
/// Nodes of the data cluster.
pub(crate) static DATA_NODE: Role = role(
    &DATA,
    "data-prod-node",
    &[Trust::Service("ec2.amazonaws.com")],
    &[],
    &[&WORKER_NODE, &CNI, &ECR_READ_ONLY],
);
/// Assumed from a Kubernetes outside EKS.
pub(crate) static BUILD_DEPLOYER: Role = role(
    &PLATFORM,
    "build-deployer",
    &[Trust::Oidc(&PLATFORM, BUILD_OIDC, "system:serviceaccount:ci:deployer")],
    &[policy(
        "build-deployer-access",
        &[
            allow(&["ecr:*"], &["*"]),
            allow(
                &["lambda:UpdateFunctionCode"],
                &["arn:aws:lambda:$region:$acct:function:*"],
            ),
        ],
    )],
    &[],
);
/// Assumed by the CI system.
pub(crate) static CI_RELEASE: Role = role(
    &PLATFORM,
    "ci-release",
    &[Trust::Oidc(
        &PLATFORM,
        CI_OIDC,
        "project_path:shop/checkout:ref_type:branch:ref:main",
    )],
    &[policy(
        "ci-release-access",
        &[allow(&["ecr:*", "s3:PutObject"], &["*"])],
    )],
    &[],
);
/// People, through IAM Identity Center.
pub(crate) static SSO_ADMIN: Role = Role {
    account: &PLATFORM,
    path: "/aws-reserved/sso.amazonaws.com/eu-west-1/",
    name: "AWSReservedSSO_PlatformAdmin_4f2a9c1d7b3e8065",
    trust: &[Trust::Saml(SSO_PROVIDER)],
    inline: &[],
    managed: &[&ADMINISTRATOR],
    boundary: None,
};
/// People, through the company's SAML provider.
pub(crate) static OPERATOR: Role = role(
    &PLATFORM,
    "corp-operator",
    &[Trust::Saml(SAML_PROVIDER)],
    &[policy(
        "corp-operator-access",
        &[
            allow(
                &["ec2:Describe*", "s3:List*", "s3:GetObject", "dynamodb:Describe*"],
                &["*"],
            ),
            allow(
                &["sts:AssumeRole", "sts:TagSession"],
                &["arn:aws:iam::111122223333:role/support-tools"],
            ),
        ],
    )],
    &[],
);
/// Reached by people; whoever gets here may set any session tag.
pub(crate) static SUPPORT: Role = role(
    &PLATFORM,
    "support-tools",
    &[Trust::Role(&OPERATOR)],
    &[policy(
        "support-tools-access",
        &[
            allow(
                &["dynamodb:GetItem", "dynamodb:Query"],
                &["arn:aws:dynamodb:$region:$acct:table/shop-orders"],
            ),
            allow(
                &["sts:AssumeRole", "sts:TagSession"],
                &["arn:aws:iam::111122223333:role/order-exports-reader"],
            ),
        ],
    )],
    &[],
);
/// Service-linked.
pub(crate) static RDS_LINKED: Role = Role {
    account: &PLATFORM,
    path: "/aws-service-role/rds.amazonaws.com/",
    name: "AWSServiceRoleForRDS",
    trust: &[Trust::Service("rds.amazonaws.com")],
    inline: &[policy(
        "AWSServiceRoleForRDS-access",
        &[allow(
            &["ec2:Describe*", "ec2:CreateNetworkInterface", "sns:Publish"],
            &["*"],
        )],
    )],
    managed: &[],
    boundary: None,
};
/// Every role.
pub(crate) static ROLES: &[&Role] = &[
    &CHECKOUT,
    &PAYMENTS,
    &AUDIT_WRITER,
    &SETTLEMENT,
    &SETTLEMENT_EXPORT,
    &ARCHIVE_WRITER,
    &CATALOG,
    &CATALOG_INDEXER,
    &SEARCH,
    &SEARCH_INDEXER,
    &MEDIA,
    &WEB,
    &MAILER,
    &EXTERNAL_SECRETS,
    &AUTOSCALER,
    &LOAD_BALANCER,
    &SHOP_LOGS,
    &FRAUD,
    &FRAUD_SIGNALS,
    &STOCK,
    &PROMO,
    &ORDERS_LOADER,
    &EXPORTS_READER,
    &CLICKSTREAM,
    &SPARK,
    &FEATURES,
    &TRAINER,
    &BI,
    &DATA_LOGS,
    &SHOP_NODE,
    &DATA_NODE,
    &BUILD_DEPLOYER,
    &CI_RELEASE,
    &SSO_ADMIN,
    &OPERATOR,
    &SUPPORT,
    &RDS_LINKED,
];
