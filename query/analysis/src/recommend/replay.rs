//! History evaluated under given policies.

use std::collections::BTreeMap;

use podtrail_iam::evaluate::{Layers, Verdict};
use podtrail_iam::policy::Policy;

use super::caller::Caller;
use super::input::{RoleInput, UnmappedCall};
use super::trust_json::trusts_aws;
use crate::answer::{Replay, ReplayMiss};
use crate::inventory::Role;
use crate::lineage::Mechanism;
use crate::usage::{Outcome, Usage, Workload};

/// Replays what the workload did through the role under `policies` as the role's only identity
/// policies: every call that passed authorisation, with the context that its event proves and the
/// session's tags. Resource policies, which the log does not hold, are taken not to be in the way;
/// permissions boundary and session policy stay as they are and let these calls pass.
///
/// A call is unknown when it hangs on a context key that the log does not show, or maps to no
/// action. Each resource that a call touched is counted as a call.
pub fn check(workload: &Workload, mechanisms: &[Mechanism], role: &RoleInput<'_>, policies: &[Policy]) -> Replay {
    let caller = caller(workload, mechanisms, role);
    let rows = role
        .usage
        .iter()
        .filter(|u| !is_own_issue(u, &role.role_arn, role.role));
    replay(rows, &role.unmapped, policies, &caller)
}

/// The caller of a role's usage.
pub(crate) fn caller(workload: &Workload, mechanisms: &[Mechanism], role: &RoleInput<'_>) -> Caller {
    Caller::new(
        Some(workload),
        &role.role_arn,
        role.role,
        role.association,
        role.mechanisms(mechanisms),
    )
}

/// Whether a call passed authorisation.
pub(super) fn passed(usage: &Usage) -> bool {
    usage.outcome != Outcome::Denied
}

/// Whether a row is the issue of the role's own credentials, which the trust policy alone decides:
/// always with a web identity, and for `sts:AssumeRole` unless the role trusts AWS principals, itself
/// maybe among them.
pub(crate) fn is_own_issue(row: &Usage, role_arn: &str, role: Option<&Role>) -> bool {
    match row.action.as_str() {
        "sts:AssumeRoleWithWebIdentity" | "sts:AssumeRoleWithSAML" => true,
        "sts:AssumeRole" | "sts:TagSession" => {
            let trust = role.and_then(|r| r.trust_policy.as_deref());
            row.resource == role_arn && trust.is_some_and(|t| !trusts_aws(t))
        }
        _ => false,
    }
}

/// Judges rows in any order, own issues left out.
pub(super) fn replay<'u>(
    usage: impl IntoIterator<Item = &'u Usage>,
    unmapped: &'u [UnmappedCall],
    policies: &[Policy],
    caller: &Caller,
) -> Replay {
    let layers = Layers {
        identity: policies,
        resource_side_assumed: true,
        ..Layers::default()
    };
    replay_layers(usage, unmapped, &layers, caller)
}

/// As [`replay`], under all the layers that are given.
pub(crate) fn replay_layers<'u>(
    usage: impl IntoIterator<Item = &'u Usage>,
    unmapped: &'u [UnmappedCall],
    layers: &Layers<'_>,
    caller: &Caller,
) -> Replay {
    let mut replay = Replay::default();
    let mut misses: BTreeMap<Key<'_>, (u64, &str)> = BTreeMap::new();
    for row in usage.into_iter().filter(|u| passed(u)) {
        replay.calls += row.calls;
        let verdict = caller.verdict(row, layers);
        let (count, decision) = match verdict {
            Verdict::Allow => (&mut replay.allowed, None),
            Verdict::ImplicitDeny => (&mut replay.denied, Some("implicit_deny")),
            Verdict::ExplicitDeny => (&mut replay.denied, Some("explicit_deny")),
            Verdict::Unknown => (&mut replay.unknown, Some("unknown")),
        };
        *count += row.calls;
        if let Some(decision) = decision {
            let missing = caller.decide(row, layers).missing_keys;
            let key = (row.action.as_str(), row.resource.as_str(), decision, missing);
            add(&mut misses, key, row.calls, &row.sample_event_id);
        }
    }
    for call in unmapped {
        replay.calls += call.calls;
        replay.unknown += call.calls;
        let key = (
            call.event_name.as_str(),
            call.event_source.as_str(),
            "unknown",
            Vec::new(),
        );
        add(&mut misses, key, call.calls, &call.sample_event_id);
    }
    replay.counterexamples = misses.into_iter().map(miss).collect();
    replay
}

/// Action, resource, decision, missing keys.
type Key<'u> = (&'u str, &'u str, &'static str, Vec<String>);

fn add<'u>(misses: &mut BTreeMap<Key<'u>, (u64, &'u str)>, key: Key<'u>, calls: u64, sample: &'u str) {
    let entry = misses.entry(key).or_insert((0, sample));
    entry.0 += calls;
    entry.1 = entry.1.min(sample);
}

fn miss(((action, resource, decision, missing_keys), (calls, sample)): (Key<'_>, (u64, &str))) -> ReplayMiss {
    ReplayMiss {
        action: action.to_owned(),
        resource: resource.to_owned(),
        decision: decision.to_owned(),
        missing_keys,
        calls,
        sample_event_id: sample.to_owned(),
    }
}
