//! The arrows of a chain, from its root on.

use std::collections::BTreeMap;

use super::{CallerNames, Issue, Who, action, party, words};
use crate::answer::{EventRow, Party, PartyKind, SessionRow, Step};
use crate::lineage::Mechanism;
use crate::usage::Outcome;

/// What stands where an issue's event would be named.
const UNSEEN: &str = "issue not in the lake";

/// A chain in the making.
pub(super) struct Chain<'a> {
    who: &'a Who<'a>,
    issues: &'a BTreeMap<String, Issue>,
    /// Where the next arrow begins.
    at: Option<Party>,
    pub(super) steps: Vec<Step>,
}

/// The chain of sessions alone.
pub(super) fn of_sessions(who: &Who<'_>, sessions: &[SessionRow], issues: &BTreeMap<String, Issue>) -> Vec<Step> {
    let mut chain = Chain::new(who, issues);
    chain.begin(
        party::root(who, sessions.first(), &CallerNames::default()),
        sessions.first(),
    );
    let roles = sessions.last().map(|session| session.chain.as_slice());
    chain.walk(sessions, roles.unwrap_or_default());
    chain.steps
}

impl<'a> Chain<'a> {
    pub(super) const fn new(who: &'a Who<'a>, issues: &'a BTreeMap<String, Issue>) -> Self {
        Self {
            who,
            issues,
            at: None,
            steps: Vec::new(),
        }
    }

    /// Begins at a root; where a pod is named, before it. The role of a node is its node's, whoever uses it.
    pub(super) fn begin(&mut self, root: Party, first: Option<&SessionRow>) {
        if let (Some(pod), PartyKind::ServiceAccount) = (self.who.pod, root.kind) {
            let pod = party::pod(pod, self.who.pod_uid);
            let by = words::pod_method(self.who);
            let text = words::pod_step(&pod.label, &root.label, self.who.pod_class, by);
            self.steps.push(Step {
                from: pod,
                to: root.clone(),
                action: "runs as".into(),
                at: None,
                evidence_event_id: self.who.evidence.map(str::to_owned),
                class: self.who.pod_class,
                method: by.into(),
                text,
            });
        }
        let on_node = self.who.mechanism == Mechanism::NodeRole && root.kind == PartyKind::ServiceAccount;
        self.at = Some(if on_node { self.onto_node(root, first) } else { root });
    }

    /// From a ServiceAccount to the node whose role it used.
    fn onto_node(&mut self, from: Party, first: Option<&SessionRow>) -> Party {
        let node = party::node(first.and_then(|session| session.session_name.as_deref()));
        self.steps.push(Step {
            text: words::node_step(&from, &node),
            from,
            to: node.clone(),
            action: "runs on".into(),
            at: None,
            evidence_event_id: None,
            class: self.who.workload_class,
            method: self.who.method.to_owned(),
        });
        node
    }

    /// Goes through the roles of a chain: the last of them are sessions that are known, those before are roles alone.
    pub(super) fn walk(&mut self, sessions: &[SessionRow], chain: &[String]) {
        let of_roles = sessions.iter().filter(|session| session.role_arn.is_some()).count();
        for arn in chain.iter().take(chain.len().saturating_sub(of_roles)) {
            self.arrow(party::role(arn), UNSEEN.into(), None, None, self.who.method);
        }
        for session in sessions {
            match session.role_arn {
                Some(_) => self.session(session),
                // A user's key is the user's: no arrow leads to it.
                None => self.at = self.at.take().map(|party| with_key(party, session)),
            }
        }
    }

    fn session(&mut self, session: &SessionRow) {
        let issue = session
            .issue_event_id
            .as_deref()
            .and_then(|id| Some((id, self.issues.get(id)?)));
        let action = match issue {
            Some((_, issue)) => issue.action.clone(),
            None if session.issue_event_id.is_some() => guess(session).into(),
            None => UNSEEN.into(),
        };
        let at = issue.and_then(|(_, issue)| issue.at).or(session.issued_at);
        self.arrow(
            party::session(session),
            action,
            at,
            session.issue_event_id.clone(),
            &session.method,
        );
    }

    /// The call itself, to the service or the credentials that it gave.
    pub(super) fn call(&mut self, event: &EventRow, issued: Option<&SessionRow>) {
        let to = issued.map_or_else(|| party::service(event.event_source.as_deref()), party::session);
        let Some(from) = self.at.take() else { return };
        let action = action(event.event_source.as_deref(), event.event_name.as_deref());
        self.steps.push(Step {
            text: words::call_step(&from, &action, event),
            from,
            to,
            action,
            at: event.event_time,
            evidence_event_id: Some(event.event_id.clone()),
            class: event.workload_class,
            method: event.method.clone(),
        });
    }

    fn arrow(
        &mut self,
        to: Party,
        action: String,
        at: Option<podtrail_event::time::Timestamp>,
        evidence: Option<String>,
        method: &str,
    ) {
        let Some(from) = self.at.replace(to.clone()) else {
            return;
        };
        self.steps.push(Step {
            text: words::issue_step(&from, &to, &action, at, evidence.as_deref()),
            from,
            to,
            action,
            at,
            evidence_event_id: evidence,
            class: self.who.workload_class,
            method: method.to_owned(),
        });
    }
}

/// A user with the key that was used.
fn with_key(party: Party, session: &SessionRow) -> Party {
    Party {
        id: party.id.or_else(|| Some(session.session_id.clone())),
        ..party
    }
}

/// How credentials are issued by this mechanism, where the issue is known by its id alone.
const fn guess(session: &SessionRow) -> &'static str {
    match (session.mechanism, session.parent_session_id.is_some()) {
        (Mechanism::Irsa, false) => "sts:AssumeRoleWithWebIdentity",
        _ => "sts:AssumeRole",
    }
}

/// How an outcome is told.
pub(super) fn ended(event: &EventRow) -> String {
    let code = event.error_code.as_deref();
    match (event.outcome, code) {
        (Outcome::Ok, _) => "it worked".into(),
        (Outcome::Denied, Some(code)) => format!("it was denied ({code})"),
        (Outcome::Denied, None) => "it was denied".into(),
        (Outcome::Error, Some(code)) => format!("it was allowed and failed ({code})"),
        (Outcome::Error, None) => "it was allowed and failed".into(),
    }
}
