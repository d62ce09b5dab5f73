//! Accounts, clusters, identity providers and buckets.

use super::{Account, Cluster, Control, roles};
use crate::clock::WINDOW_DAYS;

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

/// A partner's: its IAM is known, its trail is not.
pub(crate) static PARTNER: Account = Account {
    id: "123456789012",
    name: "partner",
    region: "eu-west-1",
};

/// Every account.
pub(crate) static ACCOUNTS: &[&Account] = &[&PLATFORM, &DATA, &SECURITY, &PARTNER];
/// The accounts whose trail is there.
pub(crate) static TRAILS: &[&Account] = &[&PLATFORM, &DATA, &SECURITY];

/// The shop's cluster.
pub(crate) static SHOP_PROD: Cluster = Cluster {
    name: "shop-prod",
    account: &PLATFORM,
    control: Control::Eks,
    issuer_id: "5F1C9A7B3D2E4806A1B2C3D4E5F60718",
    days: ALWAYS,
    net: 30,
    node_role: &roles::SHOP_NODE,
    nodes: &["i-0a1f4c2be7d390615", "i-0b62d1f7a9c4e8305", "i-0c7d90ab34e1f5628"],
    egress: &["203.0.113.21", "203.0.113.22", "203.0.113.23"],
    vpc: "vpc-0a4be19c7d3f52e80",
    vpc_endpoint: "vpce-0f3a9c71d2b5e8460",
};

/// The data jobs' cluster. Its audit log is kept.
pub(crate) static DATA_PROD: Cluster = Cluster {
    name: "data-prod",
    account: &DATA,
    control: Control::Eks,
    issuer_id: "A0E4D86B12C7F359907F6E5D4C3B2A19",
    days: ALWAYS,
    net: 40,
    node_role: &roles::DATA_NODE,
    nodes: &["i-0d18e35f6a2b7c904", "i-0e93b0c4d7f1a2586"],
    egress: &["198.51.100.31", "198.51.100.32"],
    vpc: "vpc-0d72c5e8f1a90b346",
    vpc_endpoint: "vpce-0b81d4e6a7c2f9035",
};

/// A cluster that was deleted and made anew under its name, with another issuer.
pub(crate) static BATCH_BEFORE: Cluster = Cluster {
    name: "batch",
    account: &PLATFORM,
    control: Control::EksDeleted,
    issuer_id: "0C4F7E2A9B1D46538E7F6A5B4C3D2E1F",
    days: (0, 6),
    net: 50,
    node_role: &roles::BATCH_NODE,
    nodes: &["i-0f27a90c4d8e1b365"],
    egress: &["203.0.113.51"],
    vpc: "vpc-0e1f5b8c2a7d94063",
    vpc_endpoint: "vpce-0a2c4e6f81b3d5970",
};
/// The cluster that took its place.
pub(crate) static BATCH: Cluster = Cluster {
    name: "batch",
    account: &PLATFORM,
    control: Control::Eks,
    issuer_id: "7D3B91E5C0A8462FB4D6E8F0A1C2B3D4",
    days: (7, WINDOW_DAYS),
    net: 51,
    node_role: &roles::BATCH_NODE,
    nodes: &["i-01b8d36f5e7a2c490", "i-02c9e47a6f8b3d501"],
    egress: &["203.0.113.51"],
    vpc: "vpc-0e1f5b8c2a7d94063",
    vpc_endpoint: "vpce-0a2c4e6f81b3d5970",
};
/// Another account's cluster of the same name.
pub(crate) static DATA_BATCH: Cluster = Cluster {
    name: "batch",
    account: &DATA,
    control: Control::Eks,
    issuer_id: "E2C8A4F06B1D4975A3B5C7D9E1F20314",
    days: ALWAYS,
    net: 52,
    node_role: &roles::DATA_BATCH_NODE,
    nodes: &["i-03daf58b7a9c4e612"],
    egress: &["198.51.100.61"],
    vpc: "vpc-0b3d5f7a91c2e4860",
    vpc_endpoint: "vpce-0c1e3a5b7d9f20846",
};
/// A cluster that EKS does not run; its issuer is registered.
pub(crate) static EDGE: Cluster = Cluster {
    name: "edge",
    account: &PLATFORM,
    control: Control::SelfManaged,
    issuer_id: "oidc.edge.shopcloud.example/cluster-1",
    days: ALWAYS,
    net: 60,
    node_role: &roles::SHOP_NODE,
    nodes: &[],
    egress: &["203.0.113.71"],
    vpc: "vpc-0d7c3b1a95e8f4062",
    vpc_endpoint: "",
};
/// The partner's cluster, known by the tags that its pods carry.
pub(crate) static PARTNER_CLUSTER: Cluster = Cluster {
    name: "partner-prod",
    account: &PARTNER,
    control: Control::Eks,
    issuer_id: "B7A6958473625140F9E8D7C6B5A49382",
    days: ALWAYS,
    net: 70,
    node_role: &roles::SHOP_NODE,
    nodes: &[],
    egress: &["192.0.2.90"],
    vpc: "",
    vpc_endpoint: "",
};

/// Every cluster of the estate's own.
pub(crate) static CLUSTERS: &[&Cluster] = &[&SHOP_PROD, &DATA_PROD, &BATCH_BEFORE, &BATCH, &DATA_BATCH, &EDGE];

/// The whole window.
const ALWAYS: (i64, i64) = (0, WINDOW_DAYS);

/// An instance that is no node.
pub(crate) const BASTION_ID: &str = "i-04ebf69c8badf5731";
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
    ("shopcloud-batch-work", &PLATFORM),
    ("shopcloud-partner-exchange", &SECURITY),
];

/// The account that owns a bucket.
pub(crate) fn bucket_owner(bucket: &str) -> Option<&'static Account> {
    BUCKETS
        .iter()
        .find(|(name, _)| *name == bucket)
        .map(|(_, owner)| *owner)
}
