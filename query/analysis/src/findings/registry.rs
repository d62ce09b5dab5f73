//! Every kind of finding, in one list.

use super::draft::Draft;
use super::facts::Facts;
use super::{broken, configuration, dead, issuers, nodes, permissions, places, roles, tokens, trust};
use crate::answer::{FindingKind as Kind, Severity};
use Severity::{High, Info, Low, Medium};

/// A kind of finding: how bad it is unless the case says otherwise, its title, and who looks for it.
pub struct Check {
    /// Its kind.
    pub kind: Kind,
    /// Its usual severity.
    pub severity: Severity,
    /// Its title.
    pub title: &'static str,
    pub(super) find: fn(&Facts<'_>) -> Vec<Draft>,
}

const fn check(kind: Kind, severity: Severity, title: &'static str, find: fn(&Facts<'_>) -> Vec<Draft>) -> Check {
    Check {
        kind,
        severity,
        title,
        find,
    }
}

/// Every check, by what it looks at.
pub static CHECKS: [Check; 32] = [
    // What the log shows of credentials.
    check(
        Kind::SessionUsedElsewhere,
        High,
        "A workload's session was used where its cluster is not",
        places::sessions,
    ),
    check(
        Kind::SessionAfterPodEnd,
        High,
        "A pod's session was used after the pod's end",
        tokens::after_pod_end,
    ),
    check(
        Kind::NodeSessionElsewhere,
        High,
        "A node's session was used off its instance",
        places::node_sessions,
    ),
    check(
        Kind::TokenExchangedElsewhere,
        High,
        "A ServiceAccount's token was exchanged where its cluster is not",
        places::exchanges,
    ),
    check(
        Kind::CliPodIdentityCall,
        High,
        "A pod's token was given to EKS by hand",
        tokens::by_hand,
    ),
    check(
        Kind::HandMadeToken,
        Medium,
        "A token was exchanged for a role that its ServiceAccount does not name",
        tokens::unannotated,
    ),
    check(
        Kind::StaticKeyFromCluster,
        High,
        "A user's long-lived access key is used from a cluster",
        places::static_keys,
    ),
    check(
        Kind::NodeRoleFallback,
        Medium,
        "A node's role is used for what no node agent does",
        nodes::fallback,
    ),
    check(
        Kind::ImdsV1,
        Medium,
        "Instance credentials can be had without IMDSv2",
        nodes::imds_v1,
    ),
    check(
        Kind::ImdsHopLimit,
        Medium,
        "Pods can reach the credentials of their node",
        nodes::hop_limit,
    ),
    // What trust policies say.
    check(
        Kind::TrustWithoutSub,
        High,
        "Every ServiceAccount of the cluster may assume the role",
        trust::without_sub,
    ),
    check(
        Kind::TrustWildcardSub,
        Medium,
        "The trusted ServiceAccount is a pattern",
        trust::wildcard_sub,
    ),
    check(
        Kind::TrustLiteralWildcard,
        Medium,
        "A wildcard in the trust policy is taken literally and never matches",
        trust::literal_wildcard,
    ),
    check(
        Kind::TrustWithoutAud,
        Low,
        "The trust policy accepts a token for any audience of the provider",
        trust::without_aud,
    ),
    check(
        Kind::OrphanedIssuer,
        Low,
        "The role trusts the issuer of no known cluster",
        issuers::orphaned,
    ),
    check(
        Kind::MissingOidcProvider,
        Medium,
        "The role trusts an OIDC provider that does not exist",
        issuers::missing_provider,
    ),
    check(
        Kind::PodIdentityTrustOpen,
        Medium,
        "Any Pod Identity association of the account can use the role",
        trust::pod_identity_open,
    ),
    check(Kind::SharedRole, Low, "Several workloads share a role", roles::shared),
    check(
        Kind::MixedUse,
        Medium,
        "A workload's role is open to people or services too",
        roles::mixed,
    ),
    // What is configured.
    check(
        Kind::DefaultServiceAccount,
        Medium,
        "The ServiceAccount `default` has a role",
        configuration::default_account,
    ),
    check(
        Kind::SessionTagsDisabled,
        Medium,
        "The trust policy asks for session tags that the association disables",
        broken::tags_disabled,
    ),
    check(
        Kind::MissingRole,
        Medium,
        "A role that is configured does not exist",
        broken::missing_role,
    ),
    check(
        Kind::RoleNotTrusting,
        Medium,
        "A role does not trust the workload that is configured for it",
        broken::not_trusting,
    ),
    check(
        Kind::BothMechanisms,
        Low,
        "IRSA and Pod Identity are both in place",
        configuration::both,
    ),
    check(
        Kind::DeadServiceAccount,
        Low,
        "A ServiceAccount has a role and does not use it",
        dead::service_accounts,
    ),
    check(
        Kind::DeadAssociation,
        Low,
        "A Pod Identity association is not used",
        dead::pod_identity_associations,
    ),
    check(
        Kind::ContradictingInventory,
        Medium,
        "The inventory contradicts itself",
        configuration::contradictions,
    ),
    // What is granted.
    check(
        Kind::WildcardGrant,
        Low,
        "A workload's role grants by wildcard",
        permissions::wildcards,
    ),
    check(
        Kind::UnusedPermissions,
        Low,
        "Most of what a workload is granted is not used",
        permissions::unused,
    ),
    check(
        Kind::DeniedDemand,
        Low,
        "A workload was refused what it asked for",
        permissions::denied,
    ),
    check(Kind::RoleChain, Info, "A workload reaches further roles", roles::chains),
    check(
        Kind::ExternalTrust,
        Info,
        "Another account's roles trust the cluster",
        roles::external,
    ),
];
