//! Accounts, clusters, identity providers and buckets.

use super::{Account, Cluster, roles};

/// Runs the shop.
pub(crate) static PLATFORM: Account = Account {
    id: "111122223333",
    name: "platform",
    region: "eu-west-1",
};
/// Runs the data jobs.
pub(crate) static DATA: Account = Account {
    id: "444455556666",
    name: "data",
    region: "us-east-1",
};
/// Keeps what auditors need.
pub(crate) static SECURITY: Account = Account {
    id: "777788889999",
    name: "security",
    region: "eu-west-1",
};

/// Every account.
pub(crate) static ACCOUNTS: &[&Account] = &[&PLATFORM, &DATA, &SECURITY];

/// The shop's cluster.
pub(crate) static SHOP_PROD: Cluster = Cluster {
    name: "shop-prod",
    account: &PLATFORM,
    issuer_id: "5F1C9A7B3D2E4806A1B2C3D4E5F60718",
    node_role: &roles::SHOP_NODE,
    nodes: &["i-0a1f4c2be7d390615", "i-0b62d1f7a9c4e8305", "i-0c7d90ab34e1f5628"],
    egress: &["203.0.113.21", "203.0.113.22", "203.0.113.23"],
    vpc: "vpc-0a4be19c7d3f52e80",
    vpc_endpoint: "vpce-0f3a9c71d2b5e8460",
};

/// The data jobs' cluster.
pub(crate) static DATA_PROD: Cluster = Cluster {
    name: "data-prod",
    account: &DATA,
    issuer_id: "A0E4D86B12C7F359907F6E5D4C3B2A19",
    node_role: &roles::DATA_NODE,
    nodes: &["i-0d18e35f6a2b7c904", "i-0e93b0c4d7f1a2586"],
    egress: &["198.51.100.31", "198.51.100.32"],
    vpc: "vpc-0d72c5e8f1a90b346",
    vpc_endpoint: "vpce-0b81d4e6a7c2f9035",
};

/// Every cluster.
pub(crate) static CLUSTERS: &[&Cluster] = &[&SHOP_PROD, &DATA_PROD];

/// The CI system's issuer: web identities that are no ServiceAccounts.
pub(crate) const CI_OIDC: &str = "gitlab.shopcloud.example";
/// The issuer of a Kubernetes outside EKS: its subjects look like ServiceAccounts of EKS and are none.
pub(crate) const BUILD_OIDC: &str = "oidc.build.shopcloud.example";
/// IAM Identity Center's provider.
pub(crate) const SSO_PROVIDER: &str = "AWSSSO_0f1e2d3c4b5a6978_DO_NOT_DELETE";
/// The company's own SAML provider.
pub(crate) const SAML_PROVIDER: &str = "corp-idp";

/// Buckets with their owners. A bucket outside the list belongs to whoever asks.
static BUCKETS: &[(&str, &Account)] = &[
    ("shopcloud-product-images", &PLATFORM),
    ("shopcloud-search-index", &PLATFORM),
    ("shopcloud-web-assets", &PLATFORM),
    ("shopcloud-settlement", &PLATFORM),
    ("shopcloud-reports", &PLATFORM),
    ("shopcloud-order-exports", &PLATFORM),
    ("shopcloud-datalake-raw", &DATA),
    ("shopcloud-datalake-curated", &DATA),
    ("shopcloud-ml-features", &DATA),
    ("shopcloud-ml-models", &DATA),
    ("shopcloud-fraud-signals", &DATA),
    ("shopcloud-audit-archive", &SECURITY),
];

/// The account that owns a bucket.
pub(crate) fn bucket_owner(bucket: &str) -> Option<&'static Account> {
    BUCKETS
        .iter()
        .find(|(name, _)| *name == bucket)
        .map(|(_, owner)| *owner)
}
