//! Roles of the shop's workloads.

use super::{policy, role};
use crate::estate::grants::{ADMINISTRATOR, METRICS, S3_READ_ONLY, SHOP_BOUNDARY, SSM_READ_ONLY};
use crate::estate::places::{PLATFORM, SHOP_PROD};
use crate::estate::{Role, Trust, allow, allow_via, deny};

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
