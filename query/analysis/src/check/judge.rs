//! The history judged under the roles and associations as they would be.

use podtrail_iam::evaluate::Layers;
use podtrail_iam::policy::Policy;

use super::apply::{After, resolve};
use super::changes::{Document, Pairing, RoleRef, Text};
use super::issues::{Issue, judge_issues};
use super::layers::{identity, in_words, limit, unknown};
use super::pairing::Move;
use super::state::State;
use crate::answer::{Check, CheckJudged, CheckVerdict, IssueReplay, Replay};
use crate::inventory::Association;
use crate::lineage::Mechanism;
use crate::recommend::{RoleInput, caller, is_own_issue, replay_layers, session_policy};
use crate::usage::Workload;

/// What one workload did through one role.
#[derive(Debug, Clone)]
pub struct Use<'a> {
    /// The workload.
    pub workload: Workload,
    /// As it is named: `cluster/namespace/serviceaccount`.
    pub id: String,
    /// Mechanisms seen of the workload.
    pub mechanisms: Vec<Mechanism>,
    /// Its use through the role, with the role and association of today.
    pub role: RoleInput<'a>,
}

/// Judges the history under the changes: `uses` of the roles that [`After::roles`] names, `issues` of those that
/// [`After::trust_roles`] names, both in any order.
///
/// Calls are replayed as [`crate::recommend::check`] does, under identity policies, boundary and session policy
/// together. An issue is judged by the trust policy alone: whoever asked was allowed to ask.
pub fn judge(after: &After<'_>, uses: &[Use<'_>], issues: &[Issue]) -> Check {
    let mut judged: Vec<CheckJudged> = uses.iter().filter_map(|one| judge_use(after, one)).collect();
    judge_issues(after, uses, issues, &mut judged);
    judged.sort_by(|a, b| (&a.role_arn, &a.workload).cmp(&(&b.role_arn, &b.workload)));
    let mut check = Check {
        verdict: CheckVerdict::NoHistory,
        calls: 0,
        allowed: 0,
        denied: 0,
        unknown: 0,
        changes: after.told.clone(),
        lints: after.changes.lints.clone(),
        untouched: untouched(after, &judged),
        judged,
    };
    for one in &check.judged {
        let calls = one.replay.as_ref().map(|r| [r.calls, r.allowed, r.denied, r.unknown]);
        let issues = one.issues.as_ref().map(|r| [r.calls, r.allowed, r.denied, r.unknown]);
        for [calls, allowed, denied, unknown] in calls.into_iter().chain(issues) {
            check.calls += calls;
            check.allowed += allowed;
            check.denied += denied;
            check.unknown += unknown;
        }
    }
    check.verdict = match (check.denied, check.calls) {
        (0, 0) => CheckVerdict::NoHistory,
        (0, _) => CheckVerdict::Holds,
        _ => CheckVerdict::Breaks,
    };
    check
}

/// Under what a use is judged.
struct Under<'s> {
    identity: Vec<Policy>,
    boundary: Vec<Policy>,
    session: Vec<Policy>,
    role: RoleInput<'s>,
    mechanisms: &'s [Mechanism],
    why: Option<String>,
}

/// None where nothing that decides the calls changes.
fn judge_use(after: &After<'_>, one: &Use<'_>) -> Option<CheckJudged> {
    let role_arn = &one.role.role_arn;
    let state = after.state(role_arn, Some(&one.id));
    let moved = after.move_of(&one.workload, role_arn);
    let session = after.sessions.get(&(role_arn.clone(), one.id.clone()));
    if !state.calls_change && moved.is_none() && session.is_none() {
        return None;
    }
    // An association with a session policy gives its sessions no tags (EKS API reference, CreatePodIdentityAssociation).
    let association = one.role.association.map(|known| Association {
        disable_session_tags: known.disable_session_tags || session.is_some(),
        ..known.clone()
    });
    let target = moved.and_then(|m| target(after, one, m));
    let under = match (moved, &target) {
        (Some(m), None) => deleted(one, m),
        (_, Some((key, association))) => {
            let pairing = moved.and_then(|m| m.after.as_ref());
            elsewhere(after, one, key, pairing, association)
        }
        (None, None) => same_role(&state, one, session, association.as_ref()),
    };
    let replay = under.replay(one);
    let denied_today = (replay.denied > 0).then(|| today(one)).flatten();
    Some(CheckJudged {
        workload: Some(one.id.clone()),
        role_arn: role_arn.clone(),
        why: under.why,
        replay: Some(replay),
        denied_today,
        issues: None,
    })
}

/// The role whose credentials the pod would get, and the association that gives it; none where it is deleted.
fn target(after: &After<'_>, one: &Use<'_>, moved: &Move) -> Option<(Option<String>, Association)> {
    let pairing = moved.after.as_ref()?;
    let limited = pairing.target.as_ref().unwrap_or(&pairing.role);
    // What was called with the first role's credentials still is.
    let is_first = pairing.target.is_some() && moved.old_role.as_ref() != Some(&one.role.role_arn);
    let role = if is_first { &pairing.role } else { limited };
    let arn = |role: &RoleRef| resolve(after.inventory, role);
    let association = Association {
        role_arn: arn(&pairing.role).unwrap_or_default(),
        target_role_arn: pairing.target.as_ref().and_then(arn),
        disable_session_tags: pairing.untagged.unwrap_or(false),
        namespace: moved.namespace.clone(),
        service_account: moved.service_account.clone(),
        ..Association::default()
    };
    Some((arn(role), association))
}

/// The pod gets no credentials by an association any more.
fn deleted<'s>(one: &'s Use<'_>, moved: &Move) -> Under<'s> {
    let others = one.mechanisms.iter().any(|m| *m != Mechanism::PodIdentity);
    let why = format!("the association of {} is deleted", moved.name());
    // Which calls came through the association is not told apart from those by another way.
    let policies = unknown(
        &format!("{why}, and the workload has other credentials too"),
        &["Allow"],
    );
    Under {
        identity: policies.filter(|_| others).into_iter().collect(),
        boundary: Vec::new(),
        session: Vec::new(),
        role: one.role.clone(),
        mechanisms: &one.mechanisms,
        why: Some(why),
    }
}

/// The association gives another role, other tags or another session policy.
fn elsewhere<'s>(
    after: &After<'s>,
    one: &'s Use<'_>,
    key: &Option<String>,
    pairing: Option<&Pairing>,
    association: &'s Association,
) -> Under<'s> {
    let moved = key.as_deref() != Some(one.role.role_arn.as_str());
    let state = key.as_deref().map(|key| after.state(key, Some(&one.id)));
    let nobody = Document {
        name: "the association's role".to_owned(),
        text: Text::Unknown,
    };
    // A role that a plan makes has no ARN yet; the name of the old one stands in.
    let role_arn = key.clone().filter(|key| key.starts_with("arn:"));
    let limited = association.target_role_arn.as_ref().unwrap_or(&association.role_arn);
    let session = pairing
        .and_then(|p| p.policy.as_ref())
        .filter(|_| key.as_ref().is_none_or(|key| key == limited));
    let known_tags = pairing.is_some_and(|p| p.untagged.is_some());
    Under {
        identity: state
            .as_ref()
            .map_or_else(|| identity([&nobody]), |s| identity(s.identity())),
        boundary: state.as_ref().map(|s| limit(s.boundary.as_ref())).unwrap_or_default(),
        session: limit(session),
        why: moved.then(|| match key {
            Some(key) => format!("its association gives it `{key}`"),
            None => "which role its association gives it is known after apply".to_owned(),
        }),
        role: RoleInput {
            role_arn: role_arn.unwrap_or_else(|| one.role.role_arn.clone()),
            role: state.and_then(|s| s.role),
            association: known_tags.then_some(association),
            ..RoleInput::default()
        },
        mechanisms: if known_tags { &one.mechanisms } else { &[] },
    }
}

fn same_role<'s>(
    state: &State<'_>,
    one: &'s Use<'_>,
    session: Option<&Document>,
    association: Option<&'s Association>,
) -> Under<'s> {
    let today = association
        .and_then(|a| session_policy(a, &one.role.role_arn))
        .and_then(|text| Policy::parse(text).ok());
    Under {
        identity: identity(state.identity()),
        boundary: limit(state.boundary.as_ref()),
        session: session.map_or_else(|| today.into_iter().collect(), |s| limit(Some(s))),
        role: RoleInput {
            association,
            ..one.role.clone()
        },
        mechanisms: &one.mechanisms,
        why: state.is_deleted.then(|| "the role is deleted".to_owned()),
    }
}

impl Under<'_> {
    fn replay(&self, one: &Use<'_>) -> Replay {
        let role = &one.role;
        let rows = role
            .usage
            .iter()
            .filter(|u| !is_own_issue(u, &role.role_arn, role.role));
        let layers = Layers {
            identity: &self.identity,
            boundary: &self.boundary,
            session: &self.session,
            resource_side_assumed: true,
            ..Layers::default()
        };
        let caller = caller(&one.workload, self.mechanisms, &self.role);
        let mut replay = replay_layers(rows, &role.unmapped, &layers, &caller);
        for miss in &mut replay.counterexamples {
            in_words(&mut miss.missing_keys);
        }
        replay
    }
}

/// Calls that today's policies deny; none where these are not known.
fn today(one: &Use<'_>) -> Option<u64> {
    let state = State::of(one.role.role?);
    let mut documents = state.identity().chain(&state.boundary);
    if documents.any(|d| d.text == Text::Unchanged) {
        return None;
    }
    Some(same_role(&state, one, None, one.role.association).replay(one).denied)
}

/// What changed without anything in the history that it could bear on.
fn untouched(after: &After<'_>, judged: &[CheckJudged]) -> Vec<String> {
    let mut told = after.changes.untouched.clone();
    let seen = |role: &str| judged.iter().any(|j| j.role_arn == role);
    for (role, is_new) in after.changed() {
        if !is_new && !seen(role) {
            told.push(format!("{role}: nothing in the history used it"));
        }
    }
    for moved in &after.moves {
        if moved.is_new {
            told.push(format!(
                "{}: the association of {} is new, and has no history",
                moved.source,
                moved.name()
            ));
        } else if !moved.old_roles.iter().any(|role| seen(role)) {
            told.push(format!(
                "{}: nothing in the history came by the association of {}",
                moved.source,
                moved.name()
            ));
        }
    }
    let adds_target = |moved: &&Move| {
        let had_target = moved.old_roles.len() > 1;
        !moved.is_new && !had_target && moved.after.as_ref().is_some_and(|pairing| pairing.target.is_some())
    };
    for moved in after.moves.iter().filter(adds_target) {
        told.push(format!(
            "{}: the association of {} gets a target role; whether its trust policy lets the first role assume it no \
             history shows",
            moved.source,
            moved.name()
        ));
    }
    told.dedup();
    told
}

/// Puts a workload's issues beside its calls.
pub(super) fn add_issues(judged: &mut Vec<CheckJudged>, workload: Option<&str>, role_arn: &str, issues: IssueReplay) {
    let same = |j: &&mut CheckJudged| j.workload.as_deref() == workload && j.role_arn == role_arn;
    match judged.iter_mut().find(same) {
        Some(known) => known.issues = Some(issues),
        None => judged.push(CheckJudged {
            workload: workload.map(str::to_owned),
            role_arn: role_arn.to_owned(),
            why: None,
            replay: None,
            denied_today: None,
            issues: Some(issues),
        }),
    }
}
