//! Every role: who may assume it and what it may do. Most may do more than they ever do.

mod others;
mod shop;
mod variants;
mod warehouse;

pub(crate) use others::*;
pub(crate) use shop::*;
pub(crate) use variants::*;
pub(crate) use warehouse::*;

use super::{Account, ManagedPolicy, Policy, Role, Statement, Trust};

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
    &BATCH_NODE,
    &DATA_BATCH_NODE,
    &REPORTS,
    &DATA_REPORTS,
    &INGESTOR,
    &DATA_INGESTOR,
    &DATA_EXPORTER,
    &LABELER_BEFORE,
    &LABELER,
    &POLICY_RUNNER,
    &ROLLER,
    &LOCAL_BASE,
    &LOCAL_TARGET,
    &NIGHTLY,
    &PHP_MAILER,
    &RUBY_SYNC,
    &DOTNET_BILLING,
    &JS_NOTIFY,
    &GATEWAY,
    &LONELY,
    &COLLECTOR,
    &SANDBOX,
    &LEFTOVER,
    &PRICING,
    &BROKEN_TAGS,
    &LITERAL,
    &ORPHANED,
    &THUMBNAIL_FUNCTION,
    &INVOICE_TASK,
    &BASTION,
    &PARTNER_PODS,
    &PARTNER_UNKNOWN,
    &EXCHANGE,
];
