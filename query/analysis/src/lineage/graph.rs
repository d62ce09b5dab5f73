//! Chains: the origin of every issue and session, from the roots on.

use std::collections::HashMap;
use std::rc::Rc;

use podtrail_event::time::Timestamp;

use super::caller::usable_key;
use super::facts::{self, Facts};
use super::issue::{Asker, Issue};
use super::known::{Candidates, Known};
use super::links::{is_own_key, is_unique};
use super::order::Waits;
use super::origin::{self, Origin, Root};
use super::places::{Credentials, Place, Places};
use super::pod_evidence::{PodEvidence, Question};
use super::session_name::PodIdentityName;
use super::{Caller, Class, MAX_HOPS, Mechanism, method, session_name};

/// The origins of everything, once computed.
pub(super) struct Origins<'a> {
    issues: Vec<Option<Rc<Origin>>>,
    sessions: Vec<Option<Rc<Origin>>>,
    principals: HashMap<&'a str, Rc<Origin>>,
}

/// What origins are computed from.
pub(super) struct Graph<'a> {
    pub(super) known: Known<'a>,
    pub(super) issues: &'a [Issue<'a>],
    pub(super) places: Places<'a>,
    pub(super) pods: PodEvidence<'a>,
}

/// A thing with an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Node<'a> {
    Issue(usize),
    Session(usize),
    Principal(&'a str),
}

impl<'a> Graph<'a> {
    /// Computes every origin after those it depends on, so that neither the order of the evidence nor the
    /// place where a loop is entered matters: whatever cannot be reached from a root loops.
    pub(super) fn origins(&self) -> Origins<'a> {
        let nodes = self.nodes();
        let mut waits = Waits::new(&nodes, |node| self.needs(*node));
        let mut origins = Origins {
            issues: vec![None; self.issues.len()],
            sessions: vec![None; self.places.sessions.len()],
            principals: HashMap::new(),
        };
        let mut ready = waits.free();
        while let Some(at) = ready.pop() {
            if let Some(node) = nodes.get(at) {
                let origin = self.origin(*node, &origins);
                origins.set(*node, origin);
                ready.extend(waits.release(at));
            }
        }
        for node in waits.stuck().filter_map(|at| nodes.get(at)) {
            origins.set(*node, Rc::new(self.cut_off(*node, method::LOOP, 0)));
        }
        origins
    }

    fn nodes(&self) -> Vec<Node<'a>> {
        let issues = (0..self.issues.len()).map(Node::Issue);
        let sessions = (0..self.places.sessions.len()).map(Node::Session);
        let principals = self
            .places
            .of_principal
            .keys()
            .map(|principal| Node::Principal(principal));
        issues.chain(sessions).chain(principals).collect()
    }

    fn needs(&self, node: Node<'a>) -> Vec<Node<'a>> {
        match node {
            Node::Issue(at) => match self.parent(at) {
                Some(Place::Session(at)) => vec![Node::Session(at)],
                Some(Place::Principal(principal)) => vec![Node::Principal(principal)],
                None => Vec::new(),
            },
            Node::Session(at) => {
                let issues = self.places.sessions.get(at).map(|session| session.issues.as_slice());
                issues.unwrap_or_default().iter().copied().map(Node::Issue).collect()
            }
            Node::Principal(principal) => self.issues_of(principal).iter().copied().map(Node::Issue).collect(),
        }
    }

    /// Whose credentials an issue was asked for with.
    pub(super) fn parent(&self, issue: usize) -> Option<Place<'a>> {
        match self.issues.get(issue)?.asker {
            Asker::Caller(caller) if !is_own_key(caller) => self.places.of(caller),
            _ => None,
        }
    }

    fn issues_of(&self, principal: &str) -> &[usize] {
        self.places
            .of_principal
            .get(principal)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    fn origin(&self, node: Node<'a>, origins: &Origins<'a>) -> Rc<Origin> {
        match node {
            Node::Issue(at) => match self.issues.get(at) {
                Some(issue) => Rc::new(self.of_issue(at, issue, origins)),
                None => Rc::new(self.cut_off(node, method::UNKNOWN_IDENTITY, 0)),
            },
            Node::Session(at) => match self.places.sessions.get(at) {
                Some(session) => self.of_session(at, session, origins),
                None => Rc::new(self.cut_off(node, method::UNKNOWN_IDENTITY, 0)),
            },
            Node::Principal(principal) => self.of_principal(principal, origins),
        }
    }

    /// Adds the pod that held a session of that name and beginning, where the root does not name it.
    fn with_pod(
        &self,
        root: Root,
        name: Option<&str>,
        began: Option<Timestamp>,
        session: Option<usize>,
        (audience, token_id): (Option<&str>, Option<&str>),
    ) -> Root {
        let (None, Some(workload), Some(at)) = (&root.pod, root.workload(), began) else {
            return root;
        };
        let (usual, prefix) = match root.mechanism {
            Mechanism::Irsa => ("sts.amazonaws.com", None),
            Mechanism::PodIdentity => {
                let parsed = name.and_then(PodIdentityName::parse);
                let cluster = workload.cluster.name.as_deref();
                let Some(prefix) = parsed.zip(cluster).and_then(|(name, cluster)| name.pod_prefix(cluster)) else {
                    return root;
                };
                ("pods.eks.amazonaws.com", Some(prefix))
            }
            _ => return root,
        };
        let question = Question {
            workload: &workload,
            session,
            session_name: name,
            at,
            audience: audience.unwrap_or(usual),
            token_id,
            prefix,
        };
        let found = self.pods.pod(&self.known, question);
        root.with_pod(found)
    }

    fn of_session(&self, at: usize, session: &Credentials<'a>, origins: &Origins<'a>) -> Rc<Origin> {
        if session.issues.is_empty() {
            let mut root = session.facts.root(&self.known, session.access_key);
            if root.mechanism == Mechanism::PodIdentity && self.is_borrowed(session) {
                root = Root::unknown(Mechanism::Other, method::NO_ISSUE);
            }
            let (name, began) = (session.facts.name(), session.facts.created);
            let root = self.with_pod(root, name, began, Some(at), (None, None));
            let chain = session.facts.role().into_iter().map(Rc::from).collect();
            return Rc::new(Origin {
                root: Rc::new(root),
                chain,
                hops: 0,
            });
        }
        self.agreed(&session.issues, method::ISSUES_DISAGREE, origins)
    }

    /// Pod Identity never gives a session name twice: whoever has one at another time has borrowed it.
    fn is_borrowed(&self, session: &Credentials<'a>) -> bool {
        let principal = session.facts.principal_id.filter(|principal| is_unique(principal));
        let issues = principal.map(|principal| self.issues_of(principal)).unwrap_or_default();
        issues
            .iter()
            .filter_map(|at| self.issues.get(*at))
            .any(|issue| matches!(issue.asker, Asker::PodIdentity(_)))
    }

    /// Of issues with one principal id at different times, all that can be said is what all of them say; only
    /// Pod Identity never uses a principal id twice.
    fn of_principal(&self, principal: &str, origins: &Origins<'a>) -> Rc<Origin> {
        let issues = self.issues_of(principal);
        let agreed = self.agreed(issues, method::PRINCIPAL_DISAGREES, origins);
        let unique = issues
            .iter()
            .filter_map(|at| self.issues.get(*at))
            .all(|issue| matches!(issue.asker, Asker::PodIdentity(_)));
        if unique {
            return agreed;
        }
        let root = agreed.root.weakened(Class::Inferred, method::PRINCIPAL_ALONE);
        Rc::new(Origin {
            root: Rc::new(root),
            ..(*agreed).clone()
        })
    }

    /// The origin that all the issues share; otherwise none, with the reason.
    fn agreed(&self, issues: &[usize], reason: &'static str, origins: &Origins<'a>) -> Rc<Origin> {
        let all: Vec<&Rc<Origin>> = issues
            .iter()
            .filter_map(|at| origins.issues.get(*at)?.as_ref())
            .collect();
        let Some(first) = all.first() else {
            return Rc::new(Origin {
                root: Rc::new(Root::unknown(Mechanism::Other, method::NO_ISSUE)),
                chain: Vec::new(),
                hops: 0,
            });
        };
        if all.len() == 1 {
            return Rc::clone(first);
        }
        let hops = all.iter().map(|origin| origin.hops).max().unwrap_or_default();
        let weakest = all.iter().fold(first, |weakest, next| {
            if next.root.workload_class > weakest.root.workload_class {
                next
            } else {
                weakest
            }
        });
        let mut root = (*weakest.root).clone();
        let agree = all.iter().all(|other| {
            let same_reason = root.workload_class != Class::None || other.root.method == root.method;
            other.root.agrees_with(&root) && same_reason
        });
        if !agree {
            let one_mechanism = all.iter().all(|other| other.root.mechanism == root.mechanism);
            let mechanism = if one_mechanism {
                root.mechanism
            } else {
                Mechanism::Other
            };
            let chain = first.chain.last().cloned().into_iter().collect();
            return Rc::new(Origin {
                root: Rc::new(Root::nobody(mechanism, reason)),
                chain,
                hops,
            });
        }
        if !all
            .iter()
            .all(|other| (&other.root.pod, &other.root.pod_uid) == (&root.pod, &root.pod_uid))
        {
            (root.pod, root.pod_uid, root.pod_class) = (None, None, Class::None);
            root.pod_method = Some(method::POD_DISAGREE.into());
        }
        root.known = all.iter().all(|other| other.root.known);
        Rc::new(Origin {
            root: Rc::new(root),
            chain: weakest.chain.clone(),
            hops,
        })
    }

    fn of_issue(&self, at: usize, issue: &Issue<'a>, origins: &Origins<'a>) -> Origin {
        let root = match &issue.asker {
            Asker::Caller(caller) => return self.of_chained(at, issue, caller, origins),
            Asker::Token {
                provider,
                subject,
                account,
                ..
            } => origin::of_token(&self.known, provider.as_deref(), subject.as_deref(), *account),
            Asker::PodIdentity(tags) => origin::of_pod_identity(&self.known, tags, issue),
            Asker::Service(service) => of_service_issue(service, issue),
            Asker::Saml => Root::nobody(Mechanism::Other, saml_kind(issue)),
            Asker::AssumeRoot => Root::nobody(Mechanism::Other, method::ASSUMED_ROOT),
        };
        let token = match &issue.asker {
            Asker::Token { audience, token_id, .. } => (audience.as_deref(), token_id.as_deref()),
            _ => (None, None),
        };
        let session = self.places.of_issue.get(at).copied();
        let root = self.with_pod(root, issue.session_name.as_deref(), issue.event_time, session, token);
        let chain = issue.role_arn.as_deref().into_iter().map(Rc::from).collect();
        Origin {
            root: Rc::new(root.with_evidence(issue.event_id)),
            chain,
            hops: 1,
        }
    }

    /// A session asked for with other credentials: its parent's root, unless that is unknown and tags that the
    /// parent's session passed on, or an association with a target role, say more.
    fn of_chained(&self, at: usize, issue: &Issue<'a>, caller: &'a Caller, origins: &Origins<'a>) -> Origin {
        let place = self.parent(at);
        let facts = self.facts_of(place, caller);
        let parent_role = self.role_of(place, &facts);
        let parent = place.and_then(|place| origins.of(place)).unwrap_or_else(|| {
            let root = facts.root(&self.known, usable_key(caller.access_key_id.as_deref()));
            Rc::new(Origin {
                root: Rc::new(root),
                chain: parent_role.as_deref().into_iter().map(Rc::from).collect(),
                hops: 0,
            })
        });
        let hops = parent.hops + 1;
        if hops > MAX_HOPS {
            return self.cut_off(Node::Issue(at), method::TOO_DEEP, hops);
        }
        let own = self.own_role(at);
        if !parent.root.known
            && let Some(root) = self.without_parent(issue, &facts, parent_role.as_deref(), parent.root.workload_class)
        {
            let chain = extended(parent_role.as_deref().map(Rc::from), own);
            return Origin {
                root: Rc::new(root.with_evidence(issue.event_id)),
                chain,
                hops,
            };
        }
        let root = match (&parent.root.evidence, parent.root.known) {
            // Who asked is certain; that it was for this session, this issue proves.
            (None, true) => Rc::new((*parent.root).clone().with_evidence(issue.event_id)),
            _ => Rc::clone(&parent.root),
        };
        Origin {
            root,
            chain: extended(parent.chain.iter().cloned(), own),
            hops,
        }
    }

    /// What an issue says of its workload by itself, if that is stronger than the given class.
    fn without_parent(
        &self,
        issue: &Issue<'a>,
        facts: &Facts<'a>,
        parent_role: Option<&str>,
        class: Class,
    ) -> Option<Root> {
        let trusted = parent_role
            .is_some_and(|role| (self.known).only_pod_identity(role, facts.role_id(), facts.created, issue.event_time));
        let tags_class = if trusted { Class::Exact } else { Class::Claimed };
        let tagged = origin::of_tags(&self.known, &issue.incoming, tags_class, Some(method::INCOMING_TAGS));
        let target = match (issue.role_arn.as_deref(), parent_role) {
            (Some(target), Some(through)) => match self.known.of_target(target, through, issue.event_time) {
                Candidates::One(workload, method) => Some(Root::of_workload(
                    Mechanism::PodIdentity,
                    workload,
                    Class::Inferred,
                    Some(method),
                )),
                Candidates::Several | Candidates::Nobody => None,
            },
            _ => None,
        };
        let strongest = tagged
            .into_iter()
            .chain(target)
            .min_by_key(|root| root.workload_class)?;
        (strongest.workload_class < class).then_some(strongest)
    }

    /// The role that an issue is for; where its record does not tell, as the session's callers have it.
    fn own_role(&self, issue: usize) -> Option<Rc<str>> {
        let told = self.issues.get(issue)?.role_arn.as_deref().map(Rc::from);
        told.or_else(|| {
            let session = self.places.sessions.get(*self.places.of_issue.get(issue)?)?;
            session.facts.role().map(Rc::from)
        })
    }

    fn facts_of(&self, place: Option<Place<'a>>, caller: &'a Caller) -> Facts<'a> {
        let session = place
            .and_then(|place| self.places.session_at(place))
            .and_then(|at| self.places.sessions.get(at));
        let mut facts = session.map_or_else(Facts::default, |session| session.facts);
        facts.add(caller);
        facts
    }

    /// The role of the credentials at a place, else of what the callers or the inventory say.
    fn role_of(&self, place: Option<Place<'_>>, facts: &Facts<'_>) -> Option<String> {
        let issued = match place {
            Some(Place::Session(at)) => self.places.sessions.get(at).and_then(|session| session.issues.first()),
            Some(Place::Principal(principal)) => self.issues_of(principal).first(),
            None => None,
        };
        let issued = issued.and_then(|at| self.issues.get(*at)?.role_arn.clone());
        issued
            .or_else(|| facts.role())
            .or_else(|| self.known.role_of_id(facts.role_id()?).map(str::to_owned))
    }

    /// The end of a search: the reason, and the thing's own role.
    fn cut_off(&self, node: Node<'_>, reason: &'static str, hops: usize) -> Origin {
        let role = match node {
            Node::Issue(at) => self.own_role(at).map(|role| role.to_string()),
            Node::Session(at) => self
                .places
                .sessions
                .get(at)
                .and_then(|session| self.role_of(Some(Place::Session(at)), &session.facts)),
            Node::Principal(principal) => self.role_of(Some(Place::Principal(principal)), &Facts::default()),
        };
        let chain = role.map(Rc::from).into_iter().collect();
        Origin {
            root: Rc::new(Root::nobody(Mechanism::Other, reason)),
            chain,
            hops,
        }
    }
}

/// A chain with one more role; none at all where that is not known, since a chain ends with its own role.
fn extended(chain: impl IntoIterator<Item = Rc<str>>, own: Option<Rc<str>>) -> Vec<Rc<str>> {
    match own {
        Some(own) => chain.into_iter().chain([own]).collect(),
        None => Vec::new(),
    }
}

impl<'a> Origins<'a> {
    /// The origin of the credentials at a place.
    pub(super) fn of(&self, place: Place<'_>) -> Option<Rc<Origin>> {
        match place {
            Place::Session(at) => self.sessions.get(at)?.clone(),
            Place::Principal(principal) => self.principals.get(principal).cloned(),
        }
    }

    fn set(&mut self, node: Node<'a>, origin: Rc<Origin>) {
        let slot = match node {
            Node::Issue(at) => self.issues.get_mut(at),
            Node::Session(at) => self.sessions.get_mut(at),
            Node::Principal(principal) => {
                self.principals.insert(principal, origin);
                return;
            }
        };
        if let Some(slot) = slot {
            *slot = Some(origin);
        }
    }
}

/// EC2 names the sessions of instance profiles after the instance; what else it assumes is its own business.
fn of_service_issue(service: &str, issue: &Issue<'_>) -> Root {
    let instance = issue.session_name.as_deref().is_none_or(session_name::is_instance_id);
    match service {
        "ec2.amazonaws.com" | "ec2.amazonaws.com.cn" if instance => Root::nobody(Mechanism::NodeRole, method::INSTANCE),
        _ => Root::nobody(Mechanism::Other, facts::of_service(service)),
    }
}

/// IAM Identity Center signs people in by SAML into roles under a path of its own.
fn saml_kind(issue: &Issue<'_>) -> &'static str {
    let reserved = issue
        .role_arn
        .as_deref()
        .is_some_and(|role| role.contains(":role/aws-reserved/sso.amazonaws.com/"));
    if reserved {
        method::IDENTITY_CENTER
    } else {
        method::SAML
    }
}
