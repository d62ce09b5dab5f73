//! What roles of workloads grant.

use std::collections::BTreeSet;

use podtrail_iam::catalog::catalog;
use podtrail_iam::policy::{Effect, Policy, Selector, Statement};

use super::configuration::{accounts, workload_of};
use super::draft::{Draft, Drafts, count};
use super::facts::Facts;
use super::trust::workloads_of;
use crate::answer::{Remedy, Severity};
use crate::inventory::ServiceAccount;
use crate::shell;

/// Granted actions below which unused ones are no finding.
const MANY: u64 = 10;

/// Policies of workloads' roles that grant whole services, or everything.
pub(super) fn wildcards(facts: &Facts<'_>) -> Vec<Draft> {
    let mut found = Vec::new();
    for role in &facts.inventory.roles {
        let users = workloads_of(facts, &role.arn);
        if users.is_empty() {
            continue;
        }
        let mut draft = Draft::of_role(&role.arn);
        for named in &role.policies {
            let Some(policy) = named.document.as_deref().and_then(|text| Policy::parse(text).ok()) else {
                continue;
            };
            for statement in policy.statements().iter().filter(|s| s.effect() == Effect::Allow) {
                for (severity, text) in wide(statement) {
                    draft.at_least(severity);
                    draft.note(format!("`{}`: {text}", named.name));
                }
            }
        }
        if draft.evidence.is_empty() {
            continue;
        }
        draft.why = "The workload can do what it was never meant to, on things it was never meant to touch.".to_owned();
        draft.remedy = recommend(
            &users,
            &role.arn,
            "Put the actions and resources that are used in place of the wildcards.",
        );
        draft.workloads = users;
        found.push(draft);
    }
    found
}

/// What a statement grants by wildcard; a condition takes one step off.
fn wide(statement: &Statement) -> Vec<(Severity, String)> {
    let everywhere = match statement.resources() {
        Some(Selector::Only(list)) => list.iter().any(|p| p.source() == "*"),
        Some(Selector::Except(_)) | None => true,
    };
    let ease = |severity| match (statement.conditions().is_empty(), severity) {
        (true, severity) => severity,
        (false, Severity::High) => Severity::Medium,
        (false, _) => Severity::Low,
    };
    let patterns = match statement.actions() {
        Selector::Only(patterns) => patterns,
        Selector::Except(_) => return vec![(ease(Severity::High), "everything but what `NotAction` lists".to_owned())],
    };
    let place = if everywhere {
        "everything"
    } else {
        "the resources named"
    };
    let mut found = Vec::new();
    for pattern in patterns {
        let source = pattern.source();
        let whole_service = source.split_once(':').is_some_and(|(_, name)| name == "*");
        if matches!(source, "*" | "*:*") {
            let severity = if everywhere { Severity::High } else { Severity::Medium };
            found.push((ease(severity), format!("every action on {place}")));
        } else if whole_service {
            let severity = if everywhere { Severity::Medium } else { Severity::Low };
            found.push((ease(severity), format!("`{source}` on {place}")));
        } else if everywhere && on_resources(source) {
            found.push((
                Severity::Low,
                format!("`{source}` on `*`, where resources could be named"),
            ));
        }
    }
    found
}

/// Whether any of the actions can be limited to resources.
fn on_resources(pattern: &str) -> bool {
    catalog()
        .expand(pattern)
        .any(|action| catalog().has_resource_level(action) == Some(true))
}

/// Workloads that use less than half of what they are granted.
pub(super) fn unused(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    for row in &facts.permissions {
        let granted = row.used + row.unused;
        if granted < MANY || row.unused * 2 <= granted {
            continue;
        }
        let id = facts.id(&row.workload);
        let draft = drafts.entry(&id, || Draft::of_workload(&id));
        draft.cluster = Some(row.workload.cluster.clone());
        draft.roles.insert(row.role_arn.clone());
        let span = match (facts.window.from, facts.window.to) {
            (Some(from), Some(to)) => format!("from {} to {}", from.date_text(), to.date_text()),
            _ => "in the lake".to_owned(),
        };
        draft.why = format!(
            "What is not needed is there for whoever takes the workload over. Use was looked at {span}; actions whose use the \
             trail cannot show are not counted."
        );
        draft.note(format!(
            "{} of {granted} actions that `{}` grants were not used",
            row.unused, row.role_arn
        ));
        let summary = "Take the recommended policy; it is replayed against the workload's history.";
        draft.remedy = recommend(&BTreeSet::from([id]), &row.role_arn, summary);
    }
    drafts.into_vec()
}

/// What workloads asked for in vain.
pub(super) fn denied(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    for denied in &facts.denied {
        let Some(workload) = &denied.workload else { continue };
        // A token that was refused for the annotated role is told with the role, which does not trust it.
        if denied.action == "sts:AssumeRoleWithWebIdentity" && is_annotated(facts, denied) {
            continue;
        }
        let id = facts.id(workload);
        let draft = drafts.entry(&id, || Draft::of_workload(&id));
        draft.cluster = Some(workload.cluster.clone());
        draft.roles.insert(denied.role_arn.clone());
        draft.why =
            "It lacks a permission, is wrongly set up, or somebody tries what it may do. Nothing that was refused is \
                     granted by a recommendation."
                .to_owned();
        let text = format!(
            "`{}` on `{}`: {} refused, first this one",
            denied.action,
            denied.resource,
            count(denied.calls, "call")
        );
        draft.event(&denied.sample_event_id, (denied.first_seen, denied.last_seen), text);
        draft.remedy = Remedy {
            summary: "Grant what it needs, correct what it asks for, or find out who asked.".to_owned(),
            command: Some(shell::command(&["podtrail", "recommend", &id])),
            ..Remedy::default()
        };
    }
    drafts.into_vec()
}

/// Whether the ServiceAccount is annotated with the role.
fn is_annotated(facts: &Facts<'_>, denied: &super::Denied) -> bool {
    let own = |s: &ServiceAccount| denied.workload.as_ref() == Some(&workload_of(facts, s));
    accounts(facts).any(|s| s.role_arn.as_deref() == Some(&denied.role_arn) && own(s))
}

fn recommend(users: &BTreeSet<String>, role: &str, summary: &str) -> Remedy {
    let one = |id: &String| shell::command(&["podtrail", "recommend", id, "--role", role, "--format", "iam"]);
    Remedy {
        summary: summary.to_owned(),
        command: Some(users.iter().map(one).collect::<Vec<_>>().join("\n")),
        ..Remedy::default()
    }
}
