//! The workloads of `shop-prod`.

use super::places::SHOP_PROD;
use super::roles::{
    ARCHIVE_WRITER, AUDIT_WRITER, AUTOSCALER, CATALOG, CATALOG_INDEXER, CHECKOUT, EXTERNAL_SECRETS, FRAUD,
    FRAUD_SIGNALS, LOAD_BALANCER, MAILER, MEDIA, PAYMENTS, PROMO, SEARCH, SEARCH_INDEXER, SETTLEMENT,
    SETTLEMENT_EXPORT, SHOP_LOGS, SHOP_NODE, STOCK, WEB,
};
use super::{
    CONDITION_FAILED, End, Grant, Hop, NO_SUCH_KEY, REFUSED, REFUSED_BARE, Role, Sdk, THROTTLED, Workload, does, ends,
};

/// A deployment of two pods by web identity; the table below says what differs.
const fn irsa(namespace: &'static str, account: &'static str, role: &'static Role, sdk: Sdk, weight: u32) -> Workload {
    Workload {
        sdk,
        ..Workload::new(&SHOP_PROD, namespace, account, role, Grant::Irsa, weight)
    }
}

const fn pods(
    namespace: &'static str,
    account: &'static str,
    role: &'static Role,
    grant: Grant,
    weight: u32,
) -> Workload {
    Workload {
        grant,
        ..irsa(namespace, account, role, Sdk::Boto3, weight)
    }
}

pub(super) static WORKLOADS: &[Workload] = &[
    Workload {
        replicas: 3,
        uses: &[
            does("dynamodb:PutItem", "shop-orders", 20),
            does("dynamodb:UpdateItem", "shop-orders", 14),
            does("dynamodb:GetItem", "shop-carts", 30),
            does("sqs:SendMessage", "shop-fulfilment", 12),
            does("sns:Publish", "shop-order-events", 8),
            does("secretsmanager:GetSecretValue", "prod/checkout-db", 3),
            does("kms:Decrypt@", "checkout-db@secretsmanager", 3),
            does("kms:GenerateDataKey@", "shop-fulfilment@sqs", 4),
            ends("dynamodb:UpdateItem", "shop-orders", 2, CONDITION_FAILED),
            ends("dynamodb:PutItem", "shop-invoices", 1, REFUSED),
        ],
        ..irsa("checkout", "checkout-api", &CHECKOUT, Sdk::Boto3, 150)
    },
    Workload {
        uses: &[
            does("kms:Encrypt", "payments-cards", 20),
            does("kms:Decrypt", "payments-cards", 20),
            does("dynamodb:PutItem", "payments-ledger", 15),
            does("dynamodb:Query", "payments-ledger", 10),
            does("secretsmanager:GetSecretValue", "prod/payments-psp", 2),
            ends("dynamodb:PutItem", "payments-ledger", 1, THROTTLED),
            ends("dynamodb:DeleteItem", "payments-ledger", 1, End::ExplicitDeny),
        ],
        chain: &[Hop {
            role: &AUDIT_WRITER,
            uses: &[
                does("s3:PutObject", "shopcloud-audit-archive/payments/", 10),
                does("s3:ListObjects", "shopcloud-audit-archive/payments/", 2),
            ],
        }],
        ..irsa("payments", "payments-api", &PAYMENTS, Sdk::NamedAfterPod, 80)
    },
    Workload {
        job: true,
        uses: &[
            does("dynamodb:Query", "payments-ledger", 10),
            does("s3:PutObject", "shopcloud-settlement/batches/", 6),
            does("s3:GetObject", "shopcloud-settlement/batches/", 6),
        ],
        chain: &[
            Hop {
                role: &SETTLEMENT_EXPORT,
                uses: &[does("s3:PutObject", "shopcloud-datalake-raw/settlement/", 5)],
            },
            Hop {
                role: &ARCHIVE_WRITER,
                uses: &[
                    does("s3:PutObject", "shopcloud-audit-archive/settlement/", 5),
                    ends(
                        "s3:DeleteObject",
                        "shopcloud-audit-archive/settlement/",
                        1,
                        REFUSED_BARE,
                    ),
                ],
            },
        ],
        ..irsa("payments", "settlement-job", &SETTLEMENT, Sdk::Go, 30)
    },
    Workload {
        replicas: 3,
        uses: &[
            does("dynamodb:GetItem", "shop-catalog", 40),
            does("dynamodb:Query", "shop-catalog", 20),
            does("s3:GetObject", "shopcloud-product-images/large/", 20),
            does("s3:ListObjects", "shopcloud-product-images/large/", 3),
            ends("dynamodb:PutItem", "shop-catalog", 1, REFUSED),
        ],
        ..pods("catalog", "catalog-api", &CATALOG, Grant::PodIdentity, 120)
    },
    Workload {
        uses: &[
            does("sqs:ReceiveMessage", "shop-catalog-changes", 15),
            does("sqs:DeleteMessage", "shop-catalog-changes", 15),
            does("s3:PutObject", "shopcloud-search-index/catalog/", 10),
        ],
        ..pods(
            "catalog",
            "catalog-indexer",
            &CATALOG_INDEXER,
            Grant::PodIdentityUntagged,
            40,
        )
    },
    Workload {
        replicas: 3,
        uses: &[
            does("s3:GetObject", "shopcloud-search-index/catalog/", 40),
            does("s3:HeadObject", "shopcloud-search-index/catalog/", 10),
            does("s3:ListObjects", "shopcloud-search-index/catalog/", 5),
            ends("s3:GetObject", "shopcloud-search-index/synonyms/", 2, NO_SUCH_KEY),
            ends("s3:PutObject", "shopcloud-search-index/cache/", 1, REFUSED),
        ],
        ..irsa("search", "search-api", &SEARCH, Sdk::Java, 70)
    },
    Workload {
        uses: &[
            does("kinesis:GetShardIterator", "shop-clicks", 5),
            does("kinesis:GetRecords", "shop-clicks", 20),
            does("s3:PutObject", "shopcloud-search-index/clicks/", 8),
            does("s3:GetObject", "shopcloud-datalake-curated/ranking/", 10),
            does("s3:ListObjects", "shopcloud-datalake-curated/ranking/", 2),
        ],
        ..irsa("search", "search-indexer", &SEARCH_INDEXER, Sdk::Rust, 40)
    },
    Workload {
        uses: &[
            does("s3:GetObject", "shopcloud-product-images/upload/", 20),
            does("s3:PutObject", "shopcloud-product-images/large/", 20),
            does("s3:UploadPart", "shopcloud-product-images/large/", 4),
            does("lambda:Invoke", "image-moderation", 5),
        ],
        ..pods("media", "image-resizer", &MEDIA, Grant::PodIdentity, 50)
    },
    Workload {
        uses: &[
            does("s3:GetObject", "shopcloud-product-images/large/", 15),
            does("s3:PutObject", "shopcloud-product-images/thumb/", 15),
            ends("sqs:SendMessage", "shop-media-done", 1, REFUSED_BARE),
        ],
        ..pods("media", "thumbnailer", &MEDIA, Grant::PodIdentity, 40)
    },
    Workload {
        replicas: 3,
        uses: &[
            does("s3:GetObject", "shopcloud-web-assets/site/", 30),
            does("dynamodb:GetItem", "shop-sessions", 30),
            does("dynamodb:UpdateItem", "shop-sessions", 15),
            ends("s3:GetObject", "shopcloud-web-assets/ab-tests/", 1, NO_SUCH_KEY),
        ],
        ..irsa("web", "storefront", &WEB, Sdk::JavaScriptV2, 90)
    },
    Workload {
        uses: &[
            does("s3:PutObject", "shopcloud-web-assets/site/", 10),
            does("s3:DeleteObject", "shopcloud-web-assets/site/", 2),
            does("dynamodb:PutItem", "shop-admin-audit", 8),
        ],
        ..irsa("web", "storefront-admin", &WEB, Sdk::Boto3, 20)
    },
    Workload {
        uses: &[
            does("sqs:ReceiveMessage", "shop-mail", 20),
            does("sqs:DeleteMessage", "shop-mail", 20),
            does("sns:Publish", "shop-mail-bounces", 2),
            ends("ssm:GetParameter", "/shop/mail/templates", 2, End::Boundary),
        ],
        ..irsa("notify", "mailer", &MAILER, Sdk::Go, 40)
    },
    Workload {
        uses: &[
            does("secretsmanager:GetSecretValue", "prod/checkout-db", 10),
            does("secretsmanager:GetSecretValue", "prod/payments-psp", 10),
            does("secretsmanager:ListSecrets", "", 2),
            does("ssm:GetParameter", "/shop/feature-flags", 8),
            does("ssm:DescribeParameters", "", 2),
            does("sts:GetCallerIdentity", "", 2),
            does("kms:Decrypt@", "payments-psp@secretsmanager", 5),
        ],
        ..irsa("platform", "external-secrets", &EXTERNAL_SECRETS, Sdk::Go, 30)
    },
    Workload {
        replicas: 1,
        uses: &[
            does("autoscaling:DescribeAutoScalingGroups", "", 20),
            does("ec2:DescribeLaunchTemplateVersions", "", 10),
            does("ec2:DescribeInstances", "", 5),
        ],
        ..pods("kube-system", "cluster-autoscaler", &AUTOSCALER, Grant::PodIdentity, 30)
    },
    Workload {
        uses: &[
            does("elb:DescribeLoadBalancers", "", 10),
            does("elb:DescribeTargetHealth", "", 10),
            does("elb:RegisterTargets", "k8s-web-storefro-4f1c2b7a90/6d0ecf831eec9f09", 3),
            does("ec2:DescribeSecurityGroups", "", 5),
            does("ec2:DescribeSubnets", "", 5),
        ],
        ..irsa(
            "kube-system",
            "aws-load-balancer-controller",
            &LOAD_BALANCER,
            Sdk::Go,
            30,
        )
    },
    Workload {
        replicas: 3,
        uses: &[
            does("logs:CreateLogStream", "/shop/pods", 10),
            does("logs:DescribeLogStreams", "/shop/pods", 4),
            ends("logs:CreateLogStream", "/platform/audit", 1, REFUSED),
        ],
        ..irsa("observability", "fluent-bit", &SHOP_LOGS, Sdk::Boto3, 20)
    },
    Workload {
        uses: &[
            does("s3:GetObject", "shopcloud-fraud-signals/models/", 10),
            does("dynamodb:PutItem", "fraud-scores", 15),
            does("dynamodb:GetItem", "fraud-scores", 15),
        ],
        ..pods(
            "fraud",
            "fraud-scorer",
            &FRAUD,
            Grant::PodIdentityTarget(&FRAUD_SIGNALS),
            30,
        )
    },
    Workload {
        replicas: 1,
        uses: &[
            does("s3:PutObject", "shopcloud-reports/daily/", 6),
            does("s3:GetObject", "shopcloud-reports/templates/", 6),
            does("sns:Publish", "shop-reports", 2),
        ],
        ..pods("legacy", "report-mailer", &SHOP_NODE, Grant::Node, 15)
    },
    Workload {
        replicas: 1,
        uses: &[
            does("s3:PutObject", "shopcloud-order-exports/ftp/", 6),
            does("s3:ListObjects", "shopcloud-order-exports/ftp/", 3),
            ends("dynamodb:Query", "shop-orders", 1, REFUSED),
        ],
        ..pods(
            "legacy",
            "ftp-bridge",
            &SHOP_NODE,
            Grant::StaticKey("svc-ftp-bridge"),
            15,
        )
    },
    Workload {
        issue_missing: true,
        uses: &[
            does("dynamodb:UpdateItem", "shop-stock", 15),
            does("sqs:ReceiveMessage", "shop-stock", 10),
            does("sqs:DeleteMessage", "shop-stock", 10),
        ],
        ..irsa("inventory", "stock-sync", &STOCK, Sdk::Java, 25)
    },
    Workload {
        replicas: 0,
        weight: 0,
        ..irsa("promo", "promo-banner", &PROMO, Sdk::Go, 0)
    },
];
