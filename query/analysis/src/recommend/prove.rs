//! A draft and its proof: the history replayed under it.

use podtrail_iam::policy::Policy;
use podtrail_iam::policy::build::{Document, Statement};

use super::abac::Names;
use super::advice::tagged;
use super::caller::Caller;
use super::evidence::reasons;
use super::input::{RecommendInput, RoleInput};
use super::kept::Extra;
use super::pack::pack;
use super::pattern::exact;
use super::replay::{Proposal, passed, replay};
use super::rows::endpoints;
use super::statements::{Draft, Plan, draft};
use crate::answer::{PolicyKind, Replay, StatementReason};
use crate::inventory::Association;
use crate::lineage::Mechanism;
use crate::usage::Usage;

/// A draft that denies no call that worked.
pub(super) struct Proved {
    pub(super) draft: Draft,
    pub(super) documents: Vec<Document>,
    pub(super) replay: Replay,
    pub(super) reasons: Vec<StatementReason>,
}

/// The role's sessions and policies as they are.
pub(super) struct Today<'t> {
    pub(super) caller: &'t Caller,
    pub(super) identity: &'t [Policy],
}

/// Drafts, and replays the draft. A call that it would deny is given a statement of its own; if even
/// that does not help, there is no recommendation.
pub(super) fn prove(
    input: &RecommendInput<'_>,
    role: &RoleInput<'_>,
    rows: &[&Usage],
    extras: &[Extra],
    today: &Today<'_>,
) -> Result<Proved, String> {
    let attach = input.options.attach;
    let refuse = |why: String| format!("no recommendation for `{}`: {why}", role.role_arn);
    let untagged = match attach {
        PolicyKind::Association => Some(untagged(input, role).map_err(refuse)?),
        PolicyKind::Managed | PolicyKind::Inline => None,
    };
    let plan = Plan {
        group: input.options.group,
        extras,
        endpoints: endpoints(input, role),
        names: abac_names(input, role),
    };
    let mut draft = draft(rows.iter().copied().filter(|u| passed(u)), &plan);
    for repaired in [false, true] {
        let documents = pack(draft.statements.clone(), attach).map_err(refuse)?;
        let policies: Vec<Policy> = documents.iter().filter_map(|d| d.compile().ok()).collect();
        let proposal = Proposal {
            policies: &policies,
            caller: untagged.as_ref().unwrap_or(today.caller),
            untagged: untagged.as_ref().map(|_| (today.caller, today.identity)),
        };
        let (proof, allowed) = replay(rows.iter().copied(), &role.unmapped, &proposal);
        if proof.denied == 0 {
            let reasons = reasons(&documents, &draft, &allowed);
            return Ok(Proved {
                draft,
                documents,
                replay: proof,
                reasons,
            });
        }
        if repaired || untagged.is_some() {
            return Err(refused(role, &proof, untagged.is_some()));
        }
        draft.statements.push(repair(&proof));
    }
    Err(refuse("its replay denies calls that worked".to_owned()))
}

/// The sessions of an association that has a policy: without tags (EKS user guide, "Session policies").
fn untagged(input: &RecommendInput<'_>, role: &RoleInput<'_>) -> Result<Caller, String> {
    if !role.mechanisms(&input.mechanisms).contains(&Mechanism::PodIdentity) {
        return Err(
            "only a Pod Identity association takes a session policy, and this role is not used through one; \
                    `podtrail migrate` shows the way from IRSA"
                .to_owned(),
        );
    }
    let limited = role
        .association
        .is_none_or(|a| a.target_role_arn.as_ref().unwrap_or(&a.role_arn) == &role.role_arn);
    if !limited {
        return Err("the session policy of the association limits its target role, not this one".to_owned());
    }
    let association = Association {
        disable_session_tags: true,
        ..role.association.cloned().unwrap_or_default()
    };
    Ok(Caller::new(
        Some(&input.workload),
        &role.role_arn,
        role.role,
        Some(&association),
        &[Mechanism::PodIdentity],
    ))
}

/// The names to be written as session tags; none unless asked for, and where the sessions carry them.
fn abac_names(input: &RecommendInput<'_>, role: &RoleInput<'_>) -> Option<Names> {
    (input.options.abac && tagged(input, role)).then(|| Names::of(&input.workload))
}

fn repair(proof: &Replay) -> Statement {
    let misses = proof.counterexamples.iter().filter(|m| m.decision != "unknown");
    let (actions, resources): (Vec<&str>, Vec<String>) =
        misses.map(|m| (m.action.as_str(), exact(&m.resource).pattern)).unzip();
    Statement::allow(actions, resources).with_sid("ReplayRepair")
}

fn refused(role: &RoleInput<'_>, proof: &Replay, untagged: bool) -> String {
    let miss = proof.counterexamples.iter().find(|m| m.decision != "unknown");
    let example = miss.map(|m| format!(", e.g. `{}` on `{}` ({})", m.action, m.resource, m.sample_event_id));
    let tags = "; the sessions would lose their tags, and today's policies rest on them";
    format!(
        "no recommendation for `{}`: its replay denies {} calls that worked{}{}",
        role.role_arn,
        proof.denied,
        example.unwrap_or_default(),
        if untagged { tags } else { "" }
    )
}
