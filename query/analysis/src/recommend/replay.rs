//! History evaluated under given policies.

use std::collections::{BTreeMap, BTreeSet};

use podtrail_event::time::Timestamp;
use podtrail_iam::evaluate::{Decision, Layers, Verdict};
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
    let proposal = Proposal {
        policies,
        caller: &caller,
        untagged: None,
    };
    replay(rows, &role.unmapped, &proposal).0
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

/// Policies to be judged, with who calls under them.
pub(super) struct Proposal<'p> {
    /// The role's only policies, or the only session policy.
    pub(super) policies: &'p [Policy],
    /// The sessions as they would be.
    pub(super) caller: &'p Caller,
    /// The sessions as they are and the policies that stay in force, where the proposal takes the sessions' tags.
    pub(super) untagged: Option<(&'p Caller, &'p [Policy])>,
}

impl Proposal<'_> {
    /// Judges one call. Where the sessions lose their tags, what today's policies allow only with tags is lost too.
    fn decide(&self, row: &Usage) -> Decision<'_> {
        let layers = |identity| Layers {
            identity,
            resource_side_assumed: true,
            ..Layers::default()
        };
        let decision = self.caller.decide(row, &layers(self.policies));
        let Some((before, staying)) = self.untagged.filter(|_| decision.verdict == Verdict::Allow) else {
            return decision;
        };
        let after = self.caller.decide(row, &layers(staying));
        let lost = after.verdict != Verdict::Allow && before.verdict(row, &layers(staying)) == Verdict::Allow;
        if lost { after } else { decision }
    }
}

/// Samples kept for a statement.
const SAMPLES: usize = 3;

/// The calls that one statement allows.
#[derive(Debug, Default)]
pub(super) struct Allowed<'u> {
    pub(super) calls: u64,
    pub(super) first_seen: Option<Timestamp>,
    pub(super) last_seen: Option<Timestamp>,
    /// The earliest, by time and id.
    pub(super) samples: BTreeSet<(Option<Timestamp>, &'u str)>,
}

impl<'u> Allowed<'u> {
    fn add(&mut self, row: &'u Usage) {
        self.calls += row.calls;
        self.first_seen = match (self.first_seen, row.first_seen) {
            (Some(held), Some(seen)) => Some(held.min(seen)),
            (held, seen) => held.or(seen),
        };
        self.last_seen = self.last_seen.max(row.last_seen);
        self.samples.insert((row.first_seen, &row.sample_event_id));
        if self.samples.len() > SAMPLES {
            self.samples.pop_last();
        }
    }
}

/// What each statement allows, by the places of its policy and of itself there.
pub(super) type ByStatement<'u> = BTreeMap<(usize, usize), Allowed<'u>>;

/// Judges rows in any order, own issues left out.
pub(super) fn replay<'u>(
    usage: impl IntoIterator<Item = &'u Usage>,
    unmapped: &'u [UnmappedCall],
    proposal: &Proposal<'_>,
) -> (Replay, ByStatement<'u>) {
    replay_by(usage, unmapped, |row| proposal.decide(row))
}

/// The same under all the layers that are given.
pub(crate) fn replay_layers<'u>(
    usage: impl IntoIterator<Item = &'u Usage>,
    unmapped: &'u [UnmappedCall],
    layers: &Layers<'_>,
    caller: &Caller,
) -> Replay {
    replay_by(usage, unmapped, |row| caller.decide(row, layers)).0
}

fn replay_by<'u, 'd>(
    usage: impl IntoIterator<Item = &'u Usage>,
    unmapped: &'u [UnmappedCall],
    decide: impl Fn(&Usage) -> Decision<'d>,
) -> (Replay, ByStatement<'u>) {
    let mut replay = Replay::default();
    let mut allowed = ByStatement::new();
    let mut misses: BTreeMap<Key<'_>, (u64, &str)> = BTreeMap::new();
    for row in usage.into_iter().filter(|u| passed(u)) {
        replay.calls += row.calls;
        let decision = decide(row);
        let (count, word) = match decision.verdict {
            Verdict::Allow => (&mut replay.allowed, None),
            Verdict::ImplicitDeny => (&mut replay.denied, Some("implicit_deny")),
            Verdict::ExplicitDeny => (&mut replay.denied, Some("explicit_deny")),
            Verdict::Unknown => (&mut replay.unknown, Some("unknown")),
        };
        *count += row.calls;
        if let Some(word) = word {
            let key = (row.action.as_str(), row.resource.as_str(), word, decision.missing_keys);
            add(&mut misses, key, row.calls, &row.sample_event_id);
        } else if let Some(by) = decision.statements.first() {
            allowed.entry((by.policy, by.statement)).or_default().add(row);
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
    (replay, allowed)
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
