//! The rows that lineage gives: sessions, and callers with their attribution.

use std::borrow::Cow;
use std::collections::HashMap;

use podtrail_event::time::Timestamp;

use super::caller::usable_key;
use super::facts::Facts;
use super::graph::{Graph, Origins};
use super::links::{is_bare, is_own_key};
use super::origin::{self, Origin, Root};
use super::places::{Credentials, Place};
use super::{
    Attribution, Caller, CallerSource, Class, Evidence, Lineage, Mechanism, Session, StsCall, issue, issuer, method,
};

/// Writes the rows.
pub(super) struct Rows<'a> {
    graph: &'a Graph<'a>,
    origins: Origins<'a>,
    /// The caller of each shared event, by the record that knows it best.
    shared: &'a HashMap<&'a str, &'a Caller>,
    /// From where each caller called.
    sources: &'a HashMap<&'a str, Vec<&'a CallerSource>>,
    /// The smallest (time, id) of the calls that issued nothing, by caller.
    refused: HashMap<String, &'a str>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        graph: &'a Graph<'a>,
        shared: &'a HashMap<&'a str, &'a Caller>,
        sources: &'a HashMap<&'a str, Vec<&'a CallerSource>>,
        evidence: &'a Evidence,
    ) -> Self {
        Self {
            graph,
            origins: graph.origins(),
            shared,
            sources,
            refused: refused(&evidence.sts_calls),
        }
    }

    /// The rows of all sessions, and of the callers, which come with their keys, sorted and each once.
    pub(super) fn write(&self, callers: Vec<(String, &'a Caller)>) -> Lineage {
        let mut sessions: Vec<Session> = self
            .graph
            .places
            .sessions
            .iter()
            .enumerate()
            .map(|(at, session)| self.session(at, session))
            .collect();
        sessions.sort_by(|a, b| a.session_id.cmp(&b.session_id));
        let attributions = callers
            .into_iter()
            .map(|(key, caller)| self.attribution(key, caller))
            .collect();
        Lineage { sessions, attributions }
    }

    fn session(&self, at: usize, session: &Credentials<'a>) -> Session {
        let place = Place::Session(at);
        let issues: Vec<_> = session
            .issues
            .iter()
            .filter_map(|at| self.graph.issues.get(*at))
            .collect();
        let origin = self.origins.of(place);
        let root = origin.as_ref().map_or_else(
            || Root::unknown(Mechanism::Other, method::NO_ISSUE),
            |origin| (*origin.root).clone(),
        );
        let issued = |read: fn(&&issue::Issue<'a>) -> Option<String>| issues.iter().find_map(read);
        let join = if session.by_key {
            method::ACCESS_KEY
        } else {
            method::PRINCIPAL_AND_TIME
        };
        Session {
            session_id: session.id.clone(),
            access_key_id: session.access_key.map(str::to_owned),
            principal_id: issued(|issue| issue.principal_id.clone())
                .or_else(|| session.facts.principal_id.map(str::to_owned)),
            role_arn: chain(origin.as_deref()).pop(),
            session_name: issued(|issue| issue.session_name.clone()).or_else(|| self.name(session)),
            issued_at: issues
                .iter()
                .find_map(|issue| issue.event_time)
                .or(session.facts.created),
            expires_at: issues.iter().find_map(|issue| issue.expires_at),
            mechanism: root.mechanism,
            cluster: root.cluster,
            namespace: root.namespace,
            service_account: root.service_account,
            pod: root.pod,
            pod_uid: root.pod_uid,
            workload_class: root.workload_class,
            pod_class: root.pod_class,
            pod_method: root.pod_method.map(Cow::into_owned),
            parent_session_id: self.parent(session),
            chain: chain(origin.as_deref()),
            issue_event_id: issues.first().map(|issue| issue.event_id.to_owned()),
            method: root.method.unwrap_or(join).to_owned(),
        }
    }

    /// Users' keys have no session name.
    fn name(&self, session: &Credentials<'a>) -> Option<String> {
        session.facts.role().and(session.facts.name()).map(str::to_owned)
    }

    /// The session that asked for this one, if all the issues that it may be of agree on it.
    fn parent(&self, session: &Credentials<'a>) -> Option<String> {
        let mut parents = session.issues.iter().map(|at| self.asker(*at));
        let first = parents.next()??;
        parents.all(|other| other == Some(first)).then(|| first.to_owned())
    }

    /// The id of the credentials that an issue was asked for with.
    fn asker(&self, issue: usize) -> Option<&str> {
        if let issue::Asker::Caller(caller) = self.graph.issues.get(issue)?.asker
            && is_own_key(caller)
        {
            return caller.access_key_id.as_deref();
        }
        let at = self.graph.places.session_at(self.graph.parent(issue)?)?;
        self.graph.places.sessions.get(at).map(|parent| parent.id.as_str())
    }

    fn attribution(&self, key: String, caller: &'a Caller) -> Attribution {
        let row = self.by_credentials(key, caller);
        if row.mechanism == Mechanism::NodeRole && caller.as_ref().is_instance() {
            return self.on_node(row, caller);
        }
        row
    }

    /// An instance's credentials are used by everything on it: whom the call is of, the session does not tell.
    fn on_node(&self, row: Attribution, caller: &'a Caller) -> Attribution {
        let place = self.graph.places.of(caller);
        let session = place.and_then(|place| self.graph.places.session_at(place));
        let session = session.and_then(|at| self.graph.places.sessions.get(at));
        let instance = caller.as_ref().instance_id();
        let node = instance.and_then(|instance| self.graph.known.pods.node(instance));
        let cluster = node.map(|node| self.graph.known.clusters.of_reference(&node.cluster));
        let is_node = node.is_some() || session.is_some_and(|session| session.facts.of_eks_node);
        let (method, pod) = match (&caller.node_agent, &caller.invoked_by) {
            (Some(_), _) => (method::NODE_AGENT, None),
            // A service that calls on: its own name stands where the client's would.
            (None, Some(_)) => (method::INSTANCE, None),
            (None, None) if !is_node => (method::INSTANCE, None),
            (None, None) => {
                let (first, last) = self.seen(&row.caller_key, caller);
                let only = node.zip(instance);
                let only =
                    only.and_then(|(node, instance)| self.graph.known.only_without_role(node, instance, first, last));
                (only.map_or(method::NODE_POD, |_| method::NODE_ONLY_POD), only)
            }
        };
        let row = Attribution {
            method: method.to_owned(),
            cluster: cluster.unwrap_or(row.cluster),
            ..row
        };
        match pod {
            Some(pod) => Attribution {
                namespace: Some(pod.namespace.clone()),
                service_account: Some(pod.service_account.clone()),
                pod: Some(pod.name.clone()),
                pod_uid: Some(pod.uid.clone()).filter(|uid| !uid.is_empty()),
                workload_class: Class::Inferred,
                pod_class: Class::Inferred,
                pod_method: Some(method::POD_ON_NODE.to_owned()),
                ..row
            },
            None => row,
        }
    }

    /// From when until when a caller may have called: as it was seen, else since its session began.
    fn seen(&self, key: &str, caller: &Caller) -> (Timestamp, Timestamp) {
        let sources = self.sources.get(key).map(Vec::as_slice).unwrap_or_default();
        let first = sources.iter().map(|source| source.first_seen).min().flatten();
        let last = sources.iter().map(|source| source.last_seen);
        let last = if last.clone().any(|last| last.is_none()) {
            None
        } else {
            last.max().flatten()
        };
        (
            first.or(caller.session_created).unwrap_or(Timestamp(i64::MIN)),
            last.unwrap_or(Timestamp(i64::MAX)),
        )
    }

    fn by_credentials(&self, key: String, caller: &'a Caller) -> Attribution {
        if let Some(place) = self.graph.places.of(caller)
            && (caller.identity_type.as_deref() != Some("AWSAccount") || matches!(place, Place::Session(_)))
        {
            return self.of_place(key, place, self.join(place, caller));
        }
        let twin = caller
            .shared_event_id
            .as_deref()
            .and_then(|shared| self.shared.get(shared).copied());
        if let Some(twin) = twin.filter(|twin| is_own_key(twin)) {
            let access_key = twin.access_key_id.clone();
            let root = Facts::of(twin).root(&self.graph.known, access_key.as_deref());
            return Attribution {
                session_id: access_key,
                ..row(key, root, None, None)
            };
        }
        if let Some(twin) = twin
            && let Some(place) = self.graph.places.of(twin)
        {
            return self.of_place(key, place, method::SHARED_EVENT);
        }
        if let Some(twin) = twin {
            return row(key, Facts::of(twin).root(&self.graph.known, None), None, None);
        }
        let asked = self
            .graph
            .places
            .of(caller)
            .map(|place| self.of_place(key.clone(), place, self.join(place, caller)));
        let issued = self.of_issued(key.clone(), caller);
        match (asked, issued) {
            (Some(asked), Some(issued)) if issued.workload_class < asked.workload_class => issued,
            (Some(asked), _) => asked,
            (None, Some(issued)) => issued,
            (None, None) => self.of_itself(key, caller),
        }
    }

    fn join(&self, place: Place<'_>, caller: &Caller) -> &'static str {
        match place {
            Place::Principal(_) => method::POD_IDENTITY_PRINCIPAL,
            Place::Session(at) => {
                let by_key = self.graph.places.sessions.get(at).is_some_and(|session| session.by_key);
                let keyed = usable_key(caller.access_key_id.as_deref()).is_some();
                if by_key && keyed {
                    method::ACCESS_KEY
                } else {
                    method::PRINCIPAL_AND_TIME
                }
            }
        }
    }

    /// A caller whose credentials are known.
    fn of_place(&self, key: String, place: Place<'a>, join: &'static str) -> Attribution {
        let session = self
            .graph
            .places
            .session_at(place)
            .and_then(|at| self.graph.places.sessions.get(at));
        let origin = self.origins.of(place);
        let root = origin.as_ref().map_or_else(
            || Root::unknown(Mechanism::Other, method::NO_ISSUE),
            |origin| (*origin.root).clone(),
        );
        let method = root.method.unwrap_or(join);
        Attribution {
            session_id: session.map(|session| session.id.clone()),
            role_arn: chain(origin.as_deref()).pop(),
            chain: chain(origin.as_deref()),
            ..row(key, root, Some(method), None)
        }
    }

    /// A caller without credentials that issues some: the event belongs to whom it issues for. No credentials
    /// were used, so there is no session; the role is the one asked for, save where a session of another
    /// account asked, whose own role is not known.
    fn of_issued(&self, key: String, caller: &'a Caller) -> Option<Attribution> {
        let issued = self
            .graph
            .places
            .of_key(usable_key(caller.issued_access_key_id.as_deref())?)?;
        let origin = self.origins.of(Place::Session(issued))?;
        let method = origin.root.method.unwrap_or(method::ISSUED_CREDENTIALS);
        let account = caller.identity_type.as_deref() == Some("AWSAccount");
        let chain = if account { Vec::new() } else { chain(Some(&origin)) };
        let role = chain.last().cloned();
        Some(Attribution {
            chain,
            ..row(key, (*origin.root).clone(), Some(method), role)
        })
    }

    /// A caller about whom only its own event speaks.
    fn of_itself(&self, key: String, caller: &'a Caller) -> Attribution {
        let role = caller.requested_role_arn.clone();
        let evidence = self.refused.get(&key).copied();
        let root = match (caller.identity_type.as_deref(), caller.invoked_by.as_deref()) {
            (Some("WebIdentityUser"), _) => {
                let account = caller.recipient_account_id.as_deref();
                let (of_provider, of_subject) = caller.principal_id.as_deref().and_then(issuer::of_principal).unzip();
                let provider = caller.federated_provider.as_deref().or(of_provider);
                let subject = caller.user_name.as_deref().or(of_subject);
                origin::of_token(&self.graph.known, provider, subject, account)
            }
            (Some("AWSService"), Some("pods.eks.amazonaws.com")) if role.is_some() => {
                Root::nobody(Mechanism::PodIdentity, method::REFUSED)
            }
            (Some("AWSService"), Some("ec2.amazonaws.com")) if role.is_some() => {
                Root::nobody(Mechanism::NodeRole, method::REFUSED)
            }
            _ => Facts::of(caller).root(&self.graph.known, None),
        };
        let root = match evidence {
            Some(event_id) if root.known => root.with_evidence(event_id),
            _ => root,
        };
        let method = root.method.unwrap_or(method::TOKEN_SUBJECT);
        row(key, root, Some(method), role)
    }
}

/// A row with no session; its chain is its role.
fn row(caller_key: String, root: Root, method: Option<&'static str>, role_arn: Option<String>) -> Attribution {
    let method = method.or(root.method).unwrap_or(method::UNKNOWN_IDENTITY);
    Attribution {
        caller_key,
        session_id: None,
        chain: role_arn.clone().into_iter().collect(),
        role_arn,
        mechanism: root.mechanism,
        cluster: root.cluster,
        namespace: root.namespace,
        service_account: root.service_account,
        pod: root.pod,
        pod_uid: root.pod_uid,
        workload_class: root.workload_class,
        pod_class: root.pod_class,
        pod_method: root.pod_method.map(Cow::into_owned),
        method: method.to_owned(),
        evidence_event_id: root.evidence,
    }
}

fn chain(origin: Option<&Origin>) -> Vec<String> {
    origin
        .map(|origin| origin.chain.iter().map(|role| role.to_string()).collect())
        .unwrap_or_default()
}

/// Calls of which no issued key is known, by their caller, where that shows no credentials: a refused exchange of a
/// token is its own evidence.
fn refused(calls: &[StsCall]) -> HashMap<String, &str> {
    let mut refused: HashMap<String, (i64, &str)> = HashMap::new();
    let speaks_for_itself = |caller: &Caller| caller.issued_access_key_id.is_none() && is_bare(caller);
    for call in calls.iter().filter(|call| speaks_for_itself(&call.caller)) {
        let this = (issue::time_or_last(call.event_time), call.event_id.as_str());
        let smallest = refused.entry(call.caller.as_ref().key()).or_insert(this);
        *smallest = (*smallest).min(this);
    }
    refused.into_iter().map(|(key, (_, id))| (key, id)).collect()
}
