//! Who stands behind an event, a session or a workload: the chain from the pod to the call, step by step, each with the
//! event that shows it; and why the answer is no more certain than it is.
//!
//! [`why`] holds what each phrase of [`method`](crate::lineage::method) means, in one table.

mod party;
mod steps;
pub mod why;
mod words;

use std::collections::BTreeMap;

use podtrail_event::time::Timestamp;

use crate::answer::{
    CoverageSummary, EventRow, Explanation, MethodCalls, RoleCalls, SessionBrief, SessionRow, Step, Subject,
    SubjectKind, WorkloadRef, WorkloadRow,
};
use crate::lineage::{Class, Mechanism};

/// What does not depend on the subject.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// There is an inventory, of whatever kind.
    pub inventory: bool,
    /// How far the lake reaches.
    pub coverage: CoverageSummary,
    /// The events that issued the sessions of the chain, by their ids, as far as they are in the lake.
    pub issues: BTreeMap<String, Issue>,
}

/// An event that issued credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// When.
    pub at: Option<Timestamp>,
    /// `sts:AssumeRoleWithWebIdentity`, as [`action`] writes it.
    pub action: String,
}

/// What an event's own record says of its caller beside the attribution.
#[derive(Debug, Clone, Default)]
pub struct CallerNames {
    /// `userIdentity.arn`.
    pub arn: Option<String>,
    /// `userIdentity.userName`.
    pub user_name: Option<String>,
    /// `userIdentity.invokedBy`.
    pub invoked_by: Option<String>,
    /// The session's name.
    pub session_name: Option<String>,
}

/// Who a row is attributed to.
#[derive(Debug, Clone)]
struct Who<'a> {
    workload: Option<&'a WorkloadRef>,
    mechanism: Mechanism,
    pod: Option<&'a str>,
    pod_uid: Option<&'a str>,
    workload_class: Class,
    pod_class: Class,
    pod_method: Option<&'a str>,
    method: &'a str,
    evidence: Option<&'a str>,
}

/// An event: its attribution, the sessions from the chain's root to the one that called, and the session that it
/// issued, where it is an issue.
#[derive(Debug, Clone)]
pub struct OfEvent<'a> {
    /// The event.
    pub event: &'a EventRow,
    /// The ServiceAccount behind it.
    pub workload: Option<WorkloadRef>,
    /// Uid of its pod.
    pub pod_uid: Option<String>,
    /// Role ARNs of its chain, root first.
    pub chain: &'a [String],
    /// The sessions of the chain, root first, as far as they are known.
    pub sessions: &'a [SessionRow],
    /// The session whose credentials it issued.
    pub issued: Option<&'a SessionRow>,
    /// Its record's names.
    pub names: CallerNames,
}

/// Explains an event.
#[must_use]
pub fn of_event(of: OfEvent<'_>, setting: Setting) -> Explanation {
    let event = of.event;
    let who = Who {
        workload: of.workload.as_ref(),
        mechanism: event.mechanism,
        pod: event.pod.as_deref(),
        pod_uid: of.pod_uid.as_deref(),
        workload_class: event.workload_class,
        pod_class: event.pod_class,
        pod_method: event.pod_method.as_deref(),
        method: &event.method,
        evidence: event.evidence_event_id.as_deref(),
    };
    let mut chain = steps::Chain::new(&who, &setting.issues);
    let first = of.sessions.first().or(of.issued);
    chain.begin(party::root(&who, first, &of.names), first);
    // An exchange of a token uses no credentials: its chain is that of what it gives.
    if event.session_id.is_some() {
        chain.walk(of.sessions, of.chain);
    }
    chain.call(event, of.issued);
    let mut text = words::lines("The call was made", &who, &chain.steps);
    if !event.counted {
        text.push(words::UNCOUNTED.into());
    }
    let subject = Subject {
        kind: SubjectKind::Event,
        id: event.event_id.clone(),
        title: words::title_of_event(event),
    };
    finish(subject, &who, chain.steps, text, &setting)
}

/// A session, with those it came from.
#[derive(Debug, Clone)]
pub struct OfSession<'a> {
    /// The ServiceAccount behind it.
    pub workload: Option<WorkloadRef>,
    /// Uid of its pod.
    pub pod_uid: Option<String>,
    /// The sessions of the chain, root first, itself last.
    pub sessions: &'a [SessionRow],
}

/// Explains a session; nothing where none is given.
#[must_use]
pub fn of_session(of: &OfSession<'_>, setting: &Setting) -> Option<Explanation> {
    let session = of.sessions.last()?;
    let who = Who {
        workload: of.workload.as_ref(),
        pod_uid: of.pod_uid.as_deref(),
        ..Who::of_session(session)
    };
    let chain = steps::of_sessions(&who, of.sessions, &setting.issues);
    let mut text = words::lines("The session is held", &who, &chain);
    text.push(words::calls_of(session));
    let subject = Subject {
        kind: SubjectKind::Session,
        id: session.session_id.clone(),
        title: words::title_of_session(session),
    };
    Some(finish(subject, &who, chain, text, setting))
}

/// A workload with its newest sessions.
#[derive(Debug, Clone)]
pub struct OfWorkload<'a> {
    /// Its row.
    pub row: &'a WorkloadRow,
    /// For each chain of roles that it went through, the newest session with those it came from, root first.
    pub chains: &'a [Vec<SessionRow>],
    /// Its newest sessions.
    pub sessions: Vec<SessionBrief>,
    /// Its roles with their calls, most first.
    pub roles: Vec<RoleCalls>,
    /// Its methods with their calls, most first.
    pub methods: Vec<MethodCalls>,
}

/// Explains a workload.
#[must_use]
pub fn of_workload(of: OfWorkload<'_>, setting: &Setting) -> Explanation {
    let workload = WorkloadRef {
        id: of.row.id.clone(),
        cluster: Some(of.row.cluster.clone()),
        cluster_arn: of.row.cluster_arn.clone(),
        namespace: of.row.namespace.clone(),
        service_account: of.row.service_account.clone(),
    };
    let newest = of
        .chains
        .iter()
        .filter_map(|chain| chain.last())
        .max_by_key(|session| (session.issued_at, &session.session_id));
    let mechanism = newest
        .map(|session| session.mechanism)
        .or_else(|| of.row.mechanisms.first().copied());
    let steps: Vec<Step> = of
        .chains
        .iter()
        .filter_map(|chain| {
            let who = Who {
                workload: Some(&workload),
                // The pods of a workload come and go: its chains begin at the ServiceAccount.
                pod: None,
                ..Who::of_session(chain.last()?)
            };
            Some(steps::of_sessions(&who, chain, &setting.issues))
        })
        .flatten()
        .collect();
    let why_not_stronger = words::why_of_workload(of.row, mechanism, &of.sessions, &of.methods);
    Explanation {
        subject: Subject {
            kind: SubjectKind::Workload,
            id: of.row.id.clone(),
            title: words::title_of_workload(of.row),
        },
        pod: None,
        pod_uid: None,
        mechanism: mechanism.unwrap_or(Mechanism::Other),
        workload_class: of.row.class,
        pod_class: of
            .sessions
            .iter()
            .map(|session| session.pod_class)
            .min()
            .unwrap_or(Class::None),
        text: words::of_workload(
            of.row,
            &of.methods,
            &of.roles,
            &steps,
            &why_not_stronger,
            setting.inventory,
        ),
        why_not_stronger,
        steps,
        workload: Some(workload),
        sessions: of.sessions,
        roles: of.roles,
        methods: of.methods,
        coverage: setting.coverage.clone(),
    }
}

impl<'a> Who<'a> {
    /// As a session's row has it; the workload's id is the asker's to say.
    fn of_session(session: &'a SessionRow) -> Self {
        Self {
            workload: None,
            mechanism: session.mechanism,
            pod: session.pod.as_deref(),
            pod_uid: None,
            workload_class: session.workload_class,
            pod_class: session.pod_class,
            pod_method: session.pod_method.as_deref(),
            method: &session.method,
            evidence: session.issue_event_id.as_deref(),
        }
    }
}

fn finish(subject: Subject, who: &Who<'_>, steps: Vec<Step>, mut text: Vec<String>, setting: &Setting) -> Explanation {
    let why_not_stronger = words::why(who);
    text.extend(why_not_stronger.iter().cloned());
    if !setting.inventory {
        text.extend(words::without_inventory(who.method, who.workload_class));
    }
    Explanation {
        subject,
        workload: who.workload.cloned(),
        pod: who.pod.map(str::to_owned),
        pod_uid: who.pod_uid.map(str::to_owned),
        mechanism: who.mechanism,
        workload_class: who.workload_class,
        pod_class: who.pod_class,
        steps,
        why_not_stronger,
        text,
        sessions: Vec::new(),
        roles: Vec::new(),
        methods: Vec::new(),
        coverage: setting.coverage.clone(),
    }
}

/// An event's call as people write it: `s3:GetObject`.
#[must_use]
pub fn action(event_source: Option<&str>, event_name: Option<&str>) -> String {
    let source = event_source.unwrap_or("unknown");
    let service = source.trim_end_matches(".cn").trim_end_matches(".amazonaws.com");
    format!("{service}:{}", event_name.unwrap_or("unknown"))
}

#[cfg(test)]
mod tests;
