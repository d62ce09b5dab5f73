//! What a review must find in the estate, by the product's names of the kinds.

use crate::estate::{
    BATCH_NODE, DOTNET_BILLING, GATEWAY, INGESTOR, JS_NOTIFY, LITERAL, MEDIA, ORPHANED, REPORTS, RUBY_SYNC, Role,
    SHOP_NODE, SPARK, WEB, told,
};
use crate::plan::Plan;
use crate::session::Kind;
use crate::truth::FindingTruth;

/// What roles are found for.
static OF_ROLES: &[(&str, &Role)] = &[
    ("trust_without_sub", &JS_NOTIFY),
    ("trust_wildcard_sub", &DOTNET_BILLING),
    ("trust_literal_wildcard", &LITERAL),
    ("trust_without_aud", &RUBY_SYNC),
    ("orphaned_issuer", &ORPHANED),
    ("orphaned_issuer", &REPORTS),
    ("missing_oidc_provider", &ORPHANED),
    ("pod_identity_trust_open", &INGESTOR),
    ("shared_role", &MEDIA),
    ("shared_role", &WEB),
    ("shared_role", &SPARK),
    ("mixed_use", &GATEWAY),
    ("node_role_fallback", &SHOP_NODE),
    ("imds_v1", &BATCH_NODE),
];

/// What workloads are found for: the kind, the namespace and the ServiceAccount.
static OF_WORKLOADS: &[(&str, &str, &str)] = &[
    ("default_service_account", "sandbox", "default"),
    ("session_tags_disabled", "jobs", "broken-tags"),
    ("missing_role", "legacy", "old-report"),
    ("role_not_trusting", "legacy", "mismatch"),
    ("both_mechanisms", "catalog", "pricing"),
    ("dead_service_account", "promo", "promo-banner"),
    ("dead_association", "legacy", "leftover"),
    ("denied_demand", "checkout", "checkout-api"),
    ("token_exchanged_elsewhere", "jobs", "ruby-sync"),
    ("session_used_elsewhere", "search", "search-api"),
    ("role_chain", "payments", "settlement-job"),
];

/// Every finding that the estate was made to give; others may be true as well.
pub(crate) fn expected(plan: &Plan) -> Vec<FindingTruth> {
    let finding = |kind: &str, about: String| FindingTruth {
        kind: kind.to_owned(),
        about,
    };
    let roles = OF_ROLES.iter().map(|(kind, role)| finding(kind, role.arn()));
    let workloads = OF_WORKLOADS.iter().flat_map(|(kind, namespace, account)| {
        let named = told().filter(move |each| (each.namespace, each.account) == (*namespace, *account));
        named.map(move |each| finding(kind, each.id()))
    });
    let mut found: Vec<FindingTruth> = roles.chain(workloads).collect();
    for session in &plan.sessions {
        if matches!(session.kind, Kind::StaticKey) {
            found.push(finding("static_key_from_cluster", session.key.clone()));
        }
    }
    found.push(finding("node_session_elsewhere", plan.stolen_node.to_owned()));
    found.push(finding("cli_pod_identity_call", plan.stolen_node.to_owned()));
    found.sort();
    found
}
