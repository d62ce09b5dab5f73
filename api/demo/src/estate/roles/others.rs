//! Roles of nodes, people, CI and services, and those that chains lead to.

use super::{ORDERS_LOADER, PAYMENTS, SETTLEMENT_EXPORT};
use super::{policy, role};
use crate::estate::grants::{ADMINISTRATOR, CNI, ECR_READ_ONLY, WORKER_NODE};
use crate::estate::places::{BUILD_OIDC, CI_OIDC, DATA, PLATFORM, SAML_PROVIDER, SECURITY, SSO_PROVIDER};
use crate::estate::{Role, Trust, allow};

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
