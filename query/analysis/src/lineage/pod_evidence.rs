//! Which pod of a ServiceAccount holds a session: nothing in an exchange of a token names it, so other evidence must.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use podtrail_event::time::Timestamp;

use super::known::{Known, Workload};
use super::places::{Place, Places};
use super::spans::Spans;
use super::{Caller, CallerSource, Class, TokenRequest, caller, method, session_name};
use crate::inventory::Pod;

/// A pod: its name, and its uid unless that is unknown.
type Named<'a> = (&'a str, Option<&'a str>);

/// What is asked: who held a session of the workload that began then.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'q> {
    pub(super) workload: &'q Workload,
    /// The session (an index), for the addresses that it was asked for and used from.
    pub(super) session: Option<usize>,
    pub(super) session_name: Option<&'q str>,
    pub(super) at: Timestamp,
    /// Audience of the exchanged token.
    pub(super) audience: &'q str,
    /// Id of the exchanged token, where STS tells it.
    pub(super) token_id: Option<&'q str>,
    /// What Pod Identity put of the pod's name into the session's.
    pub(super) prefix: Option<&'q str>,
}

impl Question<'_> {
    /// Whether a pod may have the name, by what the session's keeps of it: its first ten characters.
    fn fits(&self, pod: &str) -> bool {
        self.prefix.is_none_or(|prefix| session_name::prefix(pod) == prefix)
    }
}

/// The pod, or why none can be named.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PodFound {
    pub(super) pod: Option<(String, Option<String>)>,
    pub(super) class: Class,
    pub(super) method: Cow<'static, str>,
}

/// The evidence, by what is asked of it.
#[derive(Debug, Default)]
pub(super) struct PodEvidence<'a> {
    /// By session: the addresses behind own endpoints from which it was asked for.
    asked_from: HashMap<usize, Vec<&'a CallerSource>>,
    /// The same, of those from which it was used.
    used_from: HashMap<usize, Vec<&'a CallerSource>>,
    tokens: HashMap<(&'a str, &'a str), Spans<&'a TokenRequest>>,
    of_token_id: HashMap<&'a str, &'a TokenRequest>,
}

impl<'a> PodEvidence<'a> {
    pub(super) fn new(
        known: &Known<'a>,
        places: &Places<'a>,
        sources: &HashMap<&'a str, Vec<&'a CallerSource>>,
        callers: &[(String, &'a Caller)],
        requests: &'a [TokenRequest],
    ) -> Self {
        let mut evidence = Self::default();
        if known.pods.has_endpoints() && !sources.is_empty() {
            for (key, caller) in callers {
                if let Some(sources) = sources.get(key.as_str()) {
                    evidence.add_sources(known, places, caller, sources);
                }
            }
        }
        let mut of_account: HashMap<(&str, &str), Vec<&TokenRequest>> = HashMap::new();
        for request in requests {
            let account = (request.namespace.as_str(), request.service_account.as_str());
            of_account.entry(account).or_default().push(request);
            if let Some(id) = request.token_id.as_deref() {
                let entry = evidence.of_token_id.entry(id).or_insert(request);
                *entry = (*entry).min(request);
            }
        }
        let spans = |requests: Vec<&'a TokenRequest>| {
            Spans::new(
                requests
                    .into_iter()
                    .map(|request| (request.at, request.expires_at, request)),
            )
        };
        evidence.tokens = of_account
            .into_iter()
            .map(|(account, all)| (account, spans(all)))
            .collect();
        evidence
    }

    fn add_sources(
        &mut self,
        known: &Known<'a>,
        places: &Places<'a>,
        caller: &'a Caller,
        sources: &[&'a CallerSource],
    ) {
        let issued = caller::usable_key(caller.issued_access_key_id.as_deref());
        let asked = issued.and_then(|key| places.of_key(key));
        let used = match places.of(caller) {
            Some(Place::Session(at)) => Some(at),
            _ => None,
        };
        for source in sources {
            if own_span(known, source).is_none() {
                continue;
            }
            if let Some(at) = asked {
                self.asked_from.entry(at).or_default().push(source);
            }
            if let Some(at) = used {
                self.used_from.entry(at).or_default().push(source);
            }
        }
    }

    /// The pod that held the session: by the strongest evidence, which the weaker may contradict but not replace.
    pub(super) fn pod(&self, known: &Known<'a>, question: Question<'_>) -> PodFound {
        let asked = self.at_addresses(known, &self.asked_from, question);
        let used = self.at_addresses(known, &self.used_from, question);
        let named = self.named(known, question);
        let by_id = self.by_token_id(known, question);
        let address = asked.only().or_else(|| used.only());
        let (only, reason) = self.only(known, question);
        let strongest = (by_id.map(|pod| (pod, Class::Exact, method::POD_TOKEN_ID)))
            .or_else(|| address.map(|pod| (pod, Class::Inferred, method::POD_ADDRESS)))
            .or_else(|| only.map(|pod| (pod, Class::Inferred, reason)));
        let Some((pod, class, method)) = strongest else {
            return match named {
                Some(pod) => PodFound::new(pod, Class::Claimed, method::POD_NAME.into()),
                None => PodFound {
                    pod: None,
                    class: Class::None,
                    method: reason.into(),
                },
            };
        };
        let mut method = Cow::Borrowed(method);
        if asked.contradict(pod) || used.contradict(pod) {
            method.to_mut().push_str(method::POD_ELSEWHERE);
        }
        if named.is_some_and(|(name, _)| name != pod.0) {
            method.to_mut().push_str(method::POD_OTHERWISE_NAMED);
        }
        PodFound::new(pod, class, method)
    }

    fn by_token_id(&self, known: &Known<'a>, question: Question<'_>) -> Option<Named<'a>> {
        let request = *self.of_token_id.get(question.token_id?)?;
        let same = (request.namespace.as_str(), request.service_account.as_str())
            == (
                question.workload.namespace.as_str(),
                question.workload.service_account.as_str(),
            );
        let cluster = request
            .cluster
            .as_deref()
            .is_none_or(|name| known.clusters.is(name, &question.workload.cluster));
        (same && cluster).then_some((request.pod.as_deref()?, request.pod_uid.as_deref()))
    }

    /// A live pod of the ServiceAccount after which the session is named. Its uid is certain if no other had the name.
    fn named(&self, known: &Known<'a>, question: Question<'_>) -> Option<Named<'a>> {
        let name = question.session_name?;
        let alive = alive(known, question);
        let mut of_name = alive.iter().filter(|(pod, _)| *pod == name);
        let first = *of_name.next()?;
        Some(if of_name.next().is_some() {
            (first.0, None)
        } else {
            first
        })
    }

    /// The only pod that can have exchanged a token: one that held one, or that lived then, and nobody else; else why
    /// there is none.
    fn only(&self, known: &Known<'a>, question: Question<'_>) -> (Option<Named<'a>>, &'static str) {
        let alive = alive(known, question);
        let holders = self.holders(known, question);
        if holders.contains(&None) {
            return (None, method::POD_TOKEN_BY_HAND);
        }
        let held: BTreeSet<Named<'a>> = holders.into_iter().flatten().collect();
        let all: BTreeSet<Named<'a>> = alive.union(&held).copied().collect();
        match (all.first(), all.len()) {
            (Some(pod), 1) if held.contains(pod) => (Some(*pod), method::POD_TOKEN),
            (Some(pod), 1) if question.prefix.is_some() => (Some(*pod), method::POD_PREFIX),
            (Some(pod), 1) => (Some(*pod), method::POD_ONLY),
            (Some(_), _) => (None, method::POD_SEVERAL),
            (None, _) => (None, method::POD_UNKNOWN),
        }
    }

    /// Who held a token of the ServiceAccount that STS accepts, by the audit log: pods, or somebody without a pod.
    fn holders(&self, known: &Known<'a>, question: Question<'_>) -> BTreeSet<Option<Named<'a>>> {
        let Workload {
            cluster,
            namespace,
            service_account,
        } = question.workload;
        let spans = self.tokens.get(&(namespace.as_str(), service_account.as_str()));
        let in_force = spans.map(|spans| spans.at(question.at)).unwrap_or_default();
        (in_force.into_iter())
            .filter(|request| request.audiences.iter().any(|other| other == question.audience))
            .filter(|request| {
                request
                    .cluster
                    .as_deref()
                    .is_some_and(|name| known.clusters.is(name, cluster))
            })
            .filter(|request| request.pod.as_deref().is_none_or(|pod| question.fits(pod)))
            .filter(|request| {
                !request
                    .pod_uid
                    .as_deref()
                    .is_some_and(|uid| is_over(known, question, uid))
            })
            .map(|request| Some((request.pod.as_deref()?, request.pod_uid.as_deref())))
            .collect()
    }

    /// The pods at the addresses that a session has to do with.
    fn at_addresses(
        &self,
        known: &Known<'a>,
        sources: &HashMap<usize, Vec<&'a CallerSource>>,
        question: Question<'_>,
    ) -> AtAddresses<'a> {
        let mut found = AtAddresses::default();
        let sources = question.session.and_then(|session| sources.get(&session));
        for source in sources.into_iter().flatten() {
            let Some((vpc, ip, first, last)) = own_span(known, source) else {
                continue;
            };
            if known
                .clusters
                .vpc(&question.workload.cluster)
                .is_some_and(|own| own != vpc)
            {
                found.elsewhere = true;
                continue;
            }
            let pods = known.pods.at_address(ip, first, last);
            let own: BTreeSet<Named<'a>> = (pods.iter().copied())
                .filter(|pod| is_of(known, pod, question.workload))
                .map(named)
                .collect();
            found.elsewhere |= own.is_empty() && !pods.is_empty();
            found.pods.extend(own);
        }
        found
    }
}

/// Pods at addresses, and whether an address was that of somebody else.
#[derive(Debug, Default)]
struct AtAddresses<'a> {
    pods: BTreeSet<Named<'a>>,
    elsewhere: bool,
}

impl<'a> AtAddresses<'a> {
    fn only(&self) -> Option<Named<'a>> {
        self.pods.first().copied().filter(|_| self.pods.len() == 1)
    }

    fn contradict(&self, pod: Named<'_>) -> bool {
        self.elsewhere || self.pods.iter().any(|other| *other != pod)
    }
}

impl PodFound {
    fn new((name, uid): Named<'_>, class: Class, method: Cow<'static, str>) -> Self {
        Self {
            pod: Some((name.to_owned(), uid.map(str::to_owned))),
            class,
            method,
        }
    }
}

/// The live pods of the workload at the time asked about.
fn alive<'a>(known: &Known<'a>, question: Question<'_>) -> BTreeSet<Named<'a>> {
    let Workload {
        namespace,
        service_account,
        ..
    } = question.workload;
    let alive = known.pods.alive(namespace, service_account, question.at);
    (alive.into_iter())
        .filter(|pod| is_of(known, pod, question.workload) && question.fits(&pod.name))
        .map(named)
        .collect()
}

/// Whether the inventory knows the pod of that uid, and that it did not live at the time asked about.
fn is_over(known: &Known<'_>, question: Question<'_>, uid: &str) -> bool {
    let mut lives = known.pods.lives_of(uid).peekable();
    lives.peek().is_some()
        && lives.all(|pod| {
            let begun = pod.started_at.is_none_or(|start| start <= question.at);
            !begun || pod.ended_at.is_some_and(|end| end < question.at)
        })
}

fn is_of(known: &Known<'_>, pod: &Pod, workload: &Workload) -> bool {
    pod.namespace == workload.namespace
        && pod.service_account == workload.service_account
        && known.clusters.is(&pod.cluster, &workload.cluster)
}

fn named(pod: &Pod) -> Named<'_> {
    (&pod.name, Some(pod.uid.as_str()).filter(|uid| !uid.is_empty()))
}

/// VPC, address and time of a source behind one of the user's own endpoints.
fn own_span<'a>(known: &Known<'a>, source: &'a CallerSource) -> Option<(&'a str, &'a str, Timestamp, Timestamp)> {
    let (first, last) = (source.first_seen?, source.last_seen?);
    let endpoint = known
        .pods
        .own_endpoint(source.vpc_endpoint_id.as_deref()?, first, last)?;
    Some((&endpoint.vpc_id, source.source_ip.as_deref()?, first, last))
}
