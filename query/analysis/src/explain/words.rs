//! Sentences.

use podtrail_event::time::Timestamp;

use super::steps::ended;
use super::{Who, party, why};
use crate::answer::{EventRow, MethodCalls, Party, PartyKind, RoleCalls, SessionBrief, SessionRow, Step, WorkloadRow};
use crate::lineage::{Class, Mechanism, method};

/// Of the second record of one use.
pub(super) const UNCOUNTED: &str =
    "Another account's trail tells of the same call and knows its caller better; this record is not counted again.";

/// Who, how sure, by what, through what. `verb` begins the first sentence: `The call was made`.
pub(super) fn lines(verb: &str, who: &Who<'_>, steps: &[Step]) -> Vec<String> {
    let mut lines = vec![
        match who.workload {
            Some(workload) => format!(
                "{verb} by the ServiceAccount {}/{} of the cluster {}.",
                workload.namespace,
                workload.service_account,
                workload.cluster.as_deref().unwrap_or("of an unknown name")
            ),
            None if who.method.is_empty() => format!("{verb} by no workload that could be named."),
            None => format!("{verb} by no workload that could be named: {}.", who.method),
        },
        match who.workload_class {
            Class::Exact => format!("This is exact: {}.", joined(who.method)),
            Class::Inferred => format!("This is inferred, not proved: {}.", who.method),
            Class::Claimed => format!("This is only claimed: {}.", who.method),
            Class::None => format!("What is known of the credentials: {}.", mechanism(who.mechanism)),
        },
    ];
    if let Some(evidence) = who.evidence {
        lines.push(format!("The evidence is the event {evidence}."));
    }
    lines.extend(steps.iter().map(|step| step.text.clone()));
    lines
}

fn joined(method: &str) -> String {
    format!("joined to one credential issue, by {method}")
}

const fn mechanism(mechanism: Mechanism) -> &'static str {
    match mechanism {
        Mechanism::Irsa => "a ServiceAccount's token was exchanged for them (IRSA)",
        Mechanism::PodIdentity => "they are of EKS Pod Identity",
        Mechanism::NodeRole => "they are an EC2 instance's",
        Mechanism::StaticKey => "they are a user's long-lived key",
        Mechanism::Other => "they are none of a pod's own, as far as the lake tells",
    }
}

pub(super) fn pod_step(pod: &str, service_account: &str, class: Class, by: &str) -> String {
    match class {
        Class::Exact => format!("The pod is {pod} of {service_account}, by {by}."),
        Class::Inferred => format!("The pod is probably {pod} of {service_account}: {by}."),
        _ => format!("The pod is only said to be {pod} of {service_account}: {by}."),
    }
}

/// By what the pod is known.
pub(super) const fn pod_method<'a>(who: &Who<'a>) -> &'a str {
    match (who.pod_method, who.pod_class, who.mechanism) {
        (Some(phrase), ..) => phrase,
        (None, Class::Exact, _) => method::POD_TAGS,
        (None, Class::Inferred, _) => method::POD_ONLY,
        (None, _, Mechanism::Irsa) => method::POD_NAME,
        (None, ..) => method::POD_TAGS,
    }
}

/// A party in the middle of a sentence.
fn named(party: &Party) -> String {
    match party.kind {
        PartyKind::ServiceAccount => format!("the ServiceAccount {}", party.label),
        PartyKind::Pod => format!("the pod {}", party.label),
        PartyKind::Node if party.id.is_some() => format!("the instance {}", party.label),
        PartyKind::User if party.id.is_some() => format!("the user {}", party.label),
        PartyKind::Service => party.label.clone(),
        PartyKind::Role => format!("the role {}", party.label),
        PartyKind::Session => match &party.id {
            Some(id) if *id != party.label => format!("the session {id} of the role {}", party.label),
            _ => format!("the session {}", party.label),
        },
        PartyKind::Unknown => "somebody unknown".into(),
        PartyKind::Node | PartyKind::User => party.label.clone(),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub(super) fn issue_step(
    from: &Party,
    to: &Party,
    action: &str,
    at: Option<Timestamp>,
    evidence: Option<&str>,
) -> String {
    let (from, to) = (capital(&named(from)), named(to));
    let when = at.map_or_else(String::new, |at| format!(" at {at}"));
    match evidence {
        Some(event) => format!("{from} got the credentials of {to} by {action}{when}, event {event}."),
        None => format!("{from} had the credentials of {to}{when}; the event that issued them is not in the lake."),
    }
}

pub(super) fn node_step(from: &Party, node: &Party) -> String {
    format!("{} used the role of {}.", capital(&named(from)), named(node))
}

pub(super) fn call_step(from: &Party, action: &str, event: &EventRow) -> String {
    let on = match event.resources.as_slice() {
        [] => String::new(),
        [one] if one == "*" => String::new(),
        [one] => format!(" on {one}"),
        [one, rest @ ..] => format!(" on {one} and {} more", rest.len()),
    };
    let when = event.event_time.map_or_else(String::new, |at| format!(" at {at}"));
    format!(
        "{} called {action}{on}{when}; {}, event {}.",
        capital(&named(from)),
        ended(event),
        event.event_id
    )
}

pub(super) fn calls_of(session: &SessionRow) -> String {
    let last = session
        .last_call
        .map_or_else(String::new, |at| format!(", the last at {at}"));
    format!(
        "With it {} calls were made, {} of them denied{last}.",
        session.calls, session.denied
    )
}

pub(super) fn title_of_event(event: &EventRow) -> String {
    let action = super::action(event.event_source.as_deref(), event.event_name.as_deref());
    match event.event_time {
        Some(at) => format!("{action} at {at}"),
        None => action,
    }
}

pub(super) fn title_of_session(session: &SessionRow) -> String {
    match (&session.role_arn, &session.session_name) {
        (Some(role), Some(name)) => format!("{name}, a session of {}", party::role_name(role)),
        (Some(role), None) => format!("a session of {}", party::role_name(role)),
        (None, _) => format!("the key {}", session.session_id),
    }
}

pub(super) fn title_of_workload(row: &WorkloadRow) -> String {
    format!("{}/{} in {}", row.namespace, row.service_account, row.cluster)
}

/// One sentence for the workload and one for the pod, where they are not exact.
pub(super) fn why(who: &Who<'_>) -> Vec<String> {
    let workload = why::workload(who.method, who.workload_class);
    let pod = why::pod(who.pod_method, who.mechanism, who.pod_class, who.workload_class);
    workload.into_iter().chain(pod).map(str::to_owned).collect()
}

/// What an inventory would add to an answer of that phrase.
pub(super) fn without_inventory(method: &str, class: Class) -> Option<String> {
    let hint = why::of(method).filter(|_| class != Class::Exact)?.inventory?;
    Some(format!("There is no inventory. {hint}"))
}

/// One sentence for each method that is not exact, most calls first, and one for the pods.
pub(super) fn why_of_workload(
    row: &WorkloadRow,
    mechanism: Option<Mechanism>,
    sessions: &[SessionBrief],
    methods: &[MethodCalls],
) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for method in methods.iter().filter(|method| method.class != Class::Exact) {
        if let Some(why) = why::workload(&method.method, method.class) {
            all.push(format!("{} of its calls: {why}", method.calls));
        }
    }
    let weakest = sessions.iter().max_by_key(|session| session.pod_class);
    if let (Some(session), Some(mechanism)) = (weakest, mechanism) {
        let pod = why::pod(session.pod_method.as_deref(), mechanism, session.pod_class, row.class);
        all.extend(pod.into_iter().map(str::to_owned));
    }
    all
}

pub(super) fn of_workload(
    row: &WorkloadRow,
    methods: &[MethodCalls],
    roles: &[RoleCalls],
    steps: &[Step],
    why: &[String],
    inventory: bool,
) -> Vec<String> {
    let calls = row.calls + row.denied;
    let mut lines = vec![format!(
        "The ServiceAccount {}/{} of the cluster {} made {calls} calls, {} of them denied.",
        row.namespace, row.service_account, row.cluster, row.denied
    )];
    if calls == 0 {
        lines.push("It is configured, and was not seen to call.".into());
    }
    lines.extend(roles.iter().map(|role| {
        format!(
            "Of them {} were made through the role {}.",
            role.calls + role.denied,
            role.role_arn
        )
    }));
    lines.extend(methods.iter().map(|method| {
        format!(
            "{} calls were attributed by: {} ({}).",
            method.calls,
            method.method,
            class(method.class)
        )
    }));
    lines.extend(steps.iter().map(|step| step.text.clone()));
    lines.extend(why.iter().cloned());
    if !inventory {
        lines.push("There is no inventory: what its roles are granted is not known.".into());
    }
    lines
}

const fn class(class: Class) -> &'static str {
    match class {
        Class::Exact => "exact",
        Class::Inferred => "inferred",
        Class::Claimed => "claimed",
        Class::None => "not attributed",
    }
}
