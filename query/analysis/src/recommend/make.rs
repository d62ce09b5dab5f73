//! The recommendation: what was used, as policies that are proved before they are shown.

use std::collections::{BTreeMap, BTreeSet};

use podtrail_event::time::Timestamp;
use podtrail_iam::policy::Policy;
use podtrail_iam::policy::build::{Document, Statement, characters, minified};
use serde_json::Value;

use super::advice;
use super::grants::Grants;
use super::input::{RecommendInput, RoleInput};
use super::pack::pack;
use super::pattern::exact;
use super::permissions::observable;
use super::replay::{caller, is_own_issue, passed, replay};
use super::statements::{Draft, draft};
use super::trust::trust;
use crate::answer::{Denial, Grant, PolicyKind, PolicyOut, Recommendation, Replay, RoleRecommendation};
use crate::inventory::{NamedPolicy, Role};
use crate::usage::Usage;

/// Sample events kept for an action.
const SAMPLES: usize = 3;

/// Recommends for each role that the workload used: policies that allow what it did and no more, proved
/// by replaying it. A role whose proposal fails its replay is left out and the note says so; without any
/// use there is nothing to recommend, and the note says that.
pub fn recommend(input: &RecommendInput<'_>) -> Recommendation {
    let mut notes: Vec<String> = Vec::new();
    let mut recommendations: Vec<RoleRecommendation> = Vec::new();
    let mut roles: Vec<&RoleInput<'_>> = input.roles.iter().collect();
    roles.sort_by(|a, b| a.role_arn.cmp(&b.role_arn));
    for role in roles {
        match for_role(input, role) {
            Ok(recommendation) => recommendations.push(recommendation),
            Err(why) => notes.push(why),
        }
    }
    if input.roles.is_empty() {
        notes
            .push("no call of this workload is in the window: widen it, or check that its trail is in the lake".into());
    }
    let mut mechanism = input.mechanisms.clone();
    mechanism.sort_unstable();
    mechanism.dedup();
    let mut recommendation = Recommendation {
        workload: super::output::workload_id(&input.workload),
        cluster_arn: input.workload.cluster_arn.clone(),
        mechanism,
        window: input.window.clone(),
        coverage: input.coverage.clone(),
        recommendations,
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    };
    super::output::name_policies(&mut recommendation, &input.workload);
    recommendation
}

fn for_role(input: &RecommendInput<'_>, role: &RoleInput<'_>) -> Result<RoleRecommendation, String> {
    let rows = ordered(role);
    let kept: Vec<&Usage> = rows.iter().filter(|u| passed(u)).collect();
    if kept.is_empty() {
        return Err(unused(role, &rows));
    }
    let (draft, documents, proof) = prove(input, role, &rows)?;
    let grants = role.role.map(|r| Grants::of(r, role.association));
    let granted = grants.as_ref().map(Grants::names).unwrap_or_default();
    let used: BTreeSet<&str> = kept.iter().map(|u| u.action.as_str()).collect();
    let removed: Vec<String> = granted
        .iter()
        .filter(|a| !used.contains(*a))
        .map(|a| (*a).to_owned())
        .collect();
    let unobservable = removed
        .iter()
        .filter(|a| !observable(a, &input.observed))
        .cloned()
        .collect();
    let mut recommendation = RoleRecommendation {
        role_arn: role.role_arn.clone(),
        policies: documents.iter().map(proposed).collect(),
        current_policies: role.role.map(current).unwrap_or_default(),
        trust: trust(input, role),
        replay: proof,
        granted: granted.len() as u64,
        kept: grants_kept(&kept, &draft),
        removed,
        denied_demand: denied_demand(&rows),
        unobservable,
        widened: draft.widened,
        warnings: draft.warnings,
        evidence: evidence(&kept),
    };
    let advice = advice::warnings(input, role, grants.as_ref(), &recommendation, &rows);
    recommendation.warnings.splice(0..0, advice);
    Ok(recommendation)
}

/// The rows that this role's policies speak about, in an order of their own: the answer must not
/// depend on how they came.
fn ordered(role: &RoleInput<'_>) -> Vec<Usage> {
    let mut rows: Vec<Usage> = role
        .usage
        .iter()
        .filter(|u| !is_own_issue(u, &role.role_arn, role.role))
        .cloned()
        .collect();
    rows.sort_by(|a, b| order(a).cmp(&order(b)));
    rows
}

type Order<'u> = (
    &'u str,
    &'u str,
    bool,
    Option<Timestamp>,
    &'u str,
    &'u BTreeMap<String, Vec<String>>,
    u64,
);

fn order(row: &Usage) -> Order<'_> {
    (
        &row.action,
        &row.resource,
        passed(row),
        row.first_seen,
        &row.sample_event_id,
        &row.conditions,
        row.calls,
    )
}

fn unused(role: &RoleInput<'_>, rows: &[Usage]) -> String {
    let denied: u64 = rows.iter().map(|u| u.calls).sum();
    let unmapped: u64 = role.unmapped.iter().map(|u| u.calls).sum();
    let what = match (denied, unmapped) {
        (0, 0) => "no call is in the window: widen it, or check that its trail is in the lake".to_owned(),
        (_, 0) => format!("all {denied} calls were denied, and what was denied is not granted by itself"),
        (0, _) => format!("none of its {unmapped} calls maps to an IAM action"),
        _ => format!("{denied} calls were denied and {unmapped} map to no IAM action"),
    };
    format!("no recommendation for `{}`: {what}", role.role_arn)
}

/// Drafts, and replays the draft. A call that it would deny is given a statement of its own; if even
/// that does not help, there is no recommendation.
fn prove(
    input: &RecommendInput<'_>,
    role: &RoleInput<'_>,
    rows: &[Usage],
) -> Result<(Draft, Vec<Document>, Replay), String> {
    let mut draft = draft(rows.iter().filter(|u| passed(u)));
    let caller = caller(&input.workload, &input.mechanisms, role);
    for repaired in [false, true] {
        let documents = pack(draft.statements.clone());
        let policies: Vec<Policy> = documents.iter().filter_map(|d| d.compile().ok()).collect();
        let proof = replay(rows, &role.unmapped, &policies, &caller);
        if proof.denied == 0 {
            return Ok((draft, documents, proof));
        }
        if repaired {
            return Err(refused(role, &proof));
        }
        draft.statements.push(repair(&proof));
    }
    Err(format!("no recommendation for `{}`", role.role_arn))
}

fn repair(proof: &Replay) -> Statement {
    let misses = proof.counterexamples.iter().filter(|m| m.decision != "unknown");
    let (actions, resources): (Vec<&str>, Vec<String>) =
        misses.map(|m| (m.action.as_str(), exact(&m.resource).pattern)).unzip();
    Statement::allow(actions, resources).with_sid("ReplayRepair")
}

fn refused(role: &RoleInput<'_>, proof: &Replay) -> String {
    let miss = proof.counterexamples.iter().find(|m| m.decision != "unknown");
    let example = miss.map(|m| format!(", e.g. `{}` on `{}` ({})", m.action, m.resource, m.sample_event_id));
    format!(
        "no recommendation for `{}`: its replay denies {} calls that worked{}",
        role.role_arn,
        proof.denied,
        example.unwrap_or_default()
    )
}

fn proposed(document: &Document) -> PolicyOut {
    PolicyOut {
        name: String::new(),
        kind: PolicyKind::Managed,
        characters: document.characters() as u64,
        document: Some(document.to_value()),
    }
}

fn current(role: &Role) -> Vec<PolicyOut> {
    let out = |policy: &NamedPolicy| {
        let document: Option<Value> = policy.document.as_deref().and_then(|d| serde_json::from_str(d).ok());
        PolicyOut {
            name: policy.name.clone(),
            kind: if policy.managed {
                PolicyKind::Managed
            } else {
                PolicyKind::Inline
            },
            characters: document.as_ref().map_or(0, |d| characters(&minified(d)) as u64),
            document,
        }
    };
    role.policies.iter().map(out).collect()
}

fn grants_kept(kept: &[&Usage], draft: &Draft) -> Vec<Grant> {
    let mut calls: BTreeMap<&str, (u64, Option<Timestamp>)> = BTreeMap::new();
    for row in kept {
        let entry = calls.entry(&row.action).or_default();
        *entry = (entry.0 + row.calls, entry.1.max(row.last_seen));
    }
    let grant = |(action, (calls, last_seen)): (&str, (u64, Option<Timestamp>))| Grant {
        action: action.to_owned(),
        resources: draft.resources.get(action).into_iter().flatten().cloned().collect(),
        calls,
        last_seen,
    };
    calls.into_iter().map(grant).collect()
}

fn denied_demand(rows: &[Usage]) -> Vec<Denial> {
    let mut denials: BTreeMap<(&str, &str), Denial> = BTreeMap::new();
    for row in rows.iter().filter(|u| !passed(u)) {
        // Rows come by time, so the first one's sample is the earliest.
        let denial = denials.entry((&row.action, &row.resource)).or_insert_with(|| Denial {
            action: row.action.clone(),
            resource: row.resource.clone(),
            calls: 0,
            last_seen: None,
            sample_event_id: row.sample_event_id.clone(),
        });
        denial.calls += row.calls;
        denial.last_seen = denial.last_seen.max(row.last_seen);
    }
    denials.into_values().collect()
}

fn evidence(kept: &[&Usage]) -> BTreeMap<String, Vec<String>> {
    let mut samples: BTreeMap<&str, BTreeSet<(Option<Timestamp>, &str)>> = BTreeMap::new();
    for row in kept {
        samples
            .entry(&row.action)
            .or_default()
            .insert((row.first_seen, &row.sample_event_id));
    }
    let few = |all: BTreeSet<(Option<Timestamp>, &str)>| {
        let mut ids: Vec<String> = Vec::new();
        for (_, id) in all {
            if ids.len() < SAMPLES && !id.is_empty() && !ids.iter().any(|known| known == id) {
                ids.push(id.to_owned());
            }
        }
        ids
    };
    samples
        .into_iter()
        .map(|(action, all)| (action.to_owned(), few(all)))
        .collect()
}
