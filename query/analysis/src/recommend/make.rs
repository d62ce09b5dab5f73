//! The recommendation: what was used, as policies that are proved before they are shown.

use std::collections::{BTreeMap, BTreeSet};

use podtrail_event::time::Timestamp;
use podtrail_iam::policy::build::{Document, characters, minified};
use serde_json::Value;

use super::advice::{self, Situation};
use super::demand::{Judge, denied_demand};
use super::evidence::samples;
use super::grants::Grants;
use super::input::{RecommendInput, RoleInput};
use super::kept::{Extra, extras};
use super::pack::size;
use super::permissions::observable;
use super::prove::{Proved, Today, prove};
use super::replay::{caller, passed};
use super::rows::{ordered, through_endpoints};
use super::statements::Draft;
use super::trust::trust;
use crate::answer::{Grant, GrantReason, PolicyKind, PolicyOut, Recommendation, RoleRecommendation, Unproposed};
use crate::inventory::{NamedPolicy, Role};
use crate::usage::Usage;

const DAY_MICROS: i64 = 86_400_000_000;

/// Recommends for each role that the workload used: policies that allow what it did and no more, proved
/// by replaying it. A role whose proposal fails its replay is left out and the note says so; without any
/// use there is nothing to recommend, and the note says that.
pub fn recommend(input: &RecommendInput<'_>) -> Recommendation {
    let mut unproposed: Vec<Unproposed> = Vec::new();
    let mut recommendations: Vec<RoleRecommendation> = Vec::new();
    let mut roles: Vec<&RoleInput<'_>> = input.roles.iter().collect();
    roles.sort_by(|a, b| a.role_arn.cmp(&b.role_arn));
    for role in roles {
        match for_role(input, role) {
            Ok(recommendation) => recommendations.push(recommendation),
            Err(none) => unproposed.push(none),
        }
    }
    let mut notes: Vec<String> = unproposed.iter().map(|none| none.why.clone()).collect();
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
        options: input.options.clone(),
        recommendations,
        unproposed,
        note: (!notes.is_empty()).then(|| notes.join("; ")),
    };
    super::output::name_policies(&mut recommendation, &input.workload);
    recommendation
}

fn for_role(input: &RecommendInput<'_>, role: &RoleInput<'_>) -> Result<RoleRecommendation, Unproposed> {
    let through = through_endpoints(input, role);
    let rows = ordered(through.as_deref().unwrap_or(&role.usage), role);
    let kept: Vec<&Usage> = rows.iter().copied().filter(|u| passed(u)).collect();
    let grants = role.role.map(|r| Grants::of(r, role.association, role.scps));
    let extras = extras(&input.options, grants.as_ref());
    let caller = caller(&input.workload, &input.mechanisms, role);
    let judge = Judge {
        role,
        caller: &caller,
        grants: grants.as_ref(),
    };
    let denied = denied_demand(&rows, &judge);
    let today = Today {
        caller: &caller,
        identity: grants.as_ref().map_or(&[][..], |g| &g.identity),
    };
    let proved = worth_it(input, role, &rows, &extras).and_then(|()| prove(input, role, &rows, &extras, &today));
    let Proved {
        draft,
        documents,
        replay,
        reasons,
    } = match proved {
        Ok(proved) => proved,
        Err(why) => {
            return Err(Unproposed {
                role_arn: role.role_arn.clone(),
                why,
                denied_demand: denied,
            });
        }
    };
    let policies: Vec<PolicyOut> = documents.iter().map(|d| proposed(d, input.options.attach)).collect();
    let granted = grants.as_ref().map(Grants::names).unwrap_or_default();
    let removed: Vec<String> = granted
        .iter()
        .filter(|a| !draft.resources.contains_key(**a))
        .map(|a| (*a).to_owned())
        .collect();
    let unobservable = removed
        .iter()
        .filter(|a| !observable(a, &input.observed))
        .cloned()
        .collect();
    let mut recommendation = RoleRecommendation {
        role_arn: role.role_arn.clone(),
        attach: input.options.attach,
        policies,
        statements: reasons,
        current_policies: role.role.map(current).unwrap_or_default(),
        trust: trust(input, role),
        replay,
        granted: granted.len() as u64,
        kept: grants_kept(&kept, &draft, &extras),
        removed,
        denied_demand: denied,
        unobservable,
        widened: draft.widened,
        warnings: draft.warnings,
        evidence: samples(&kept),
    };
    let situation = Situation {
        input,
        role,
        grants: grants.as_ref(),
        caller: &caller,
        extras: &extras,
        rows: &rows,
    };
    let advice = advice::warnings(&situation, &recommendation);
    recommendation.warnings.splice(0..0, advice);
    Ok(recommendation)
}

/// Refuses a role without use, and one whose use, from its first call to the end of the window, is younger than asked
/// for.
fn worth_it(input: &RecommendInput<'_>, role: &RoleInput<'_>, rows: &[&Usage], extras: &[Extra]) -> Result<(), String> {
    let mut kept = rows.iter().copied().filter(|u| passed(u)).peekable();
    if kept.peek().is_none() && extras.is_empty() {
        return Err(unused(role, rows));
    }
    let wanted = i64::from(input.options.min_age_days);
    let first = kept.filter_map(|row| row.first_seen).min();
    let (Some(first), Some(end), true) = (first, input.window.to, wanted > 0) else {
        return Ok(());
    };
    let days = end.0.saturating_sub(first.0) / DAY_MICROS;
    if days >= wanted {
        return Ok(());
    }
    Err(format!(
        "no recommendation for `{}`: its use goes back {days} days, less than the {wanted} asked for; wait, or ask for \
         a smaller minimum age",
        role.role_arn
    ))
}

fn unused(role: &RoleInput<'_>, rows: &[&Usage]) -> String {
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

fn proposed(document: &Document, kind: PolicyKind) -> PolicyOut {
    PolicyOut {
        name: String::new(),
        kind,
        characters: size(document, kind) as u64,
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

fn grants_kept(kept: &[&Usage], draft: &Draft, extras: &[Extra]) -> Vec<Grant> {
    let mut calls: BTreeMap<&str, (u64, Option<Timestamp>)> = BTreeMap::new();
    for row in kept {
        let entry = calls.entry(&row.action).or_default();
        *entry = (entry.0 + row.calls, entry.1.max(row.last_seen));
    }
    let requested = |action: &str| extras.iter().find(|e| e.action == action).map(|e| e.reason);
    let grant = |(action, resources): (&String, &BTreeSet<String>)| {
        let used = calls.get(action.as_str());
        Grant {
            action: action.clone(),
            reason: match used {
                Some(_) => GrantReason::Used,
                None => requested(action).unwrap_or(GrantReason::Used),
            },
            resources: resources.iter().cloned().collect(),
            calls: used.map_or(0, |u| u.0),
            last_seen: used.and_then(|u| u.1),
        }
    };
    draft.resources.iter().map(grant).collect()
}
