//! Which credentials a caller used: the join of callers with issues.

use std::collections::HashMap;

use podtrail_event::time::Timestamp;

use super::caller::usable_key;
use super::facts::Facts;
use super::issue::{Asker, Issue};
use super::links::{is_own_key, is_session};
use super::{Caller, Evidence};

/// One set of credentials: a session, or a user's key.
#[derive(Debug)]
pub(super) struct Credentials<'a> {
    pub(super) id: String,
    pub(super) access_key: Option<&'a str>,
    pub(super) facts: Facts<'a>,
    /// Principal id and second of creation, as one caller states both.
    began: Option<(&'a str, i64)>,
    /// The issues that these may be of, smallest (time, id) first; more than one where several sessions of one
    /// name began in one second.
    pub(super) issues: Vec<usize>,
    /// Joined by access key, not by principal id and creation time.
    pub(super) by_key: bool,
}

/// Where a caller's credentials are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// These credentials (an index).
    Session(usize),
    /// Some credentials with this principal id, which issues in the lake have.
    Principal(&'a str),
}

/// What tells credentials apart: the access key, else principal id and second of creation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Mark<'a> {
    Key(&'a str),
    Created(&'a str, i64),
}

/// All credentials of the log, and the way to them.
#[derive(Debug, Default)]
pub(super) struct Places<'a> {
    pub(super) sessions: Vec<Credentials<'a>>,
    /// The session of each issue.
    pub(super) of_issue: Vec<usize>,
    /// The issues of each principal id.
    pub(super) of_principal: HashMap<&'a str, Vec<usize>>,
    of_second: HashMap<(&'a str, i64), Vec<usize>>,
    of_mark: HashMap<Mark<'a>, usize>,
    /// The key that callers of that principal id and second show, if all show the same.
    seen: HashMap<(&'a str, i64), Option<&'a str>>,
}

impl<'a> Places<'a> {
    /// Finds the credentials of every issue and every caller.
    pub(super) fn new(evidence: &'a Evidence, issues: &'a [Issue<'a>]) -> Self {
        // As large as they get, so that they need not grow and hash all again.
        let sessions = issues.len() + evidence.callers.len() / 8;
        let mut places = Self {
            sessions: Vec::with_capacity(sessions),
            of_issue: Vec::with_capacity(issues.len()),
            of_second: HashMap::with_capacity(issues.len()),
            of_mark: HashMap::with_capacity(sessions),
            seen: HashMap::with_capacity(sessions),
            ..Self::default()
        };
        for (at, issue) in issues.iter().enumerate() {
            if let Some(principal) = issue.principal_id.as_deref() {
                places.of_principal.entry(principal).or_default().push(at);
                places
                    .of_second
                    .entry((principal, second(issue.event_time)))
                    .or_default()
                    .push(at);
            }
        }
        for (at, issue) in issues.iter().enumerate() {
            places.add_issue(at, issue);
        }
        // Askers of issues are among these; those with a key of their own are among the callers too, or need no place.
        let askers = evidence.sts_calls.iter().map(|call| &call.caller);
        let twins = evidence.shared_calls.iter().map(|call| &call.caller);
        let callers: Vec<&Caller> = (evidence.callers.iter())
            .chain(askers.chain(twins).filter(|caller| !is_own_key(caller)))
            .collect();
        for caller in &callers {
            places.see(caller);
        }
        for caller in callers {
            places.add_caller(caller);
        }
        places.join_by_time(issues);
        places
    }

    /// Where a caller's credentials are, of the callers given to [`Self::new`].
    pub(super) fn of(&self, caller: &'a Caller) -> Option<Place<'a>> {
        if let Some(mark) = self.mark(caller) {
            return self.of_mark.get(&mark).map(|at| Place::Session(*at));
        }
        let principal = caller.principal_id.as_deref().filter(|_| is_session(caller))?;
        self.of_principal
            .contains_key(principal)
            .then_some(Place::Principal(principal))
    }

    /// The credentials with that access key.
    pub(super) fn of_key(&self, key: &str) -> Option<usize> {
        self.of_mark.get(&Mark::Key(key)).copied()
    }

    /// The only credentials at a place, if there is no choice.
    pub(super) fn session_at(&self, place: Place<'_>) -> Option<usize> {
        match place {
            Place::Session(at) => Some(at),
            Place::Principal(principal) => match self.of_principal.get(principal).map(Vec::as_slice) {
                Some([one]) => self.of_issue.get(*one).copied(),
                _ => None,
            },
        }
    }

    fn add_issue(&mut self, at: usize, issue: &'a Issue<'a>) {
        let mark = match (issue.access_key.as_deref(), issue.principal_id.as_deref()) {
            (Some(key), _) => Mark::Key(key),
            (None, principal) => Mark::Created(principal.unwrap_or_default(), second(issue.event_time)),
        };
        let session = self.session(mark);
        if let Some(session) = self.sessions.get_mut(session) {
            session.issues.push(at);
            session.by_key = issue.access_key.is_some();
        }
        self.of_issue.push(session);
    }

    fn add_caller(&mut self, caller: &'a Caller) {
        let Some(mark) = self.mark(caller) else { return };
        let at = self.session(mark);
        if let Some(session) = self.sessions.get_mut(at) {
            session.facts.add(caller);
            if let (Some(principal), Some(created)) = (caller.principal_id.as_deref(), caller.session_created) {
                let began = (principal, second(Some(created)));
                session.began = Some(session.began.map_or(began, |before| before.min(began)));
            }
        }
    }

    fn see(&mut self, caller: &'a Caller) {
        let key = usable_key(caller.access_key_id.as_deref());
        if let (Some(key), Some(principal), Some(created)) =
            (key, caller.principal_id.as_deref(), caller.session_created)
        {
            let only = self.seen.entry((principal, second(Some(created)))).or_insert(Some(key));
            *only = only.filter(|only| *only == key);
        }
    }

    fn mark(&self, caller: &'a Caller) -> Option<Mark<'a>> {
        if let Some(key) = usable_key(caller.access_key_id.as_deref()) {
            return Some(Mark::Key(key));
        }
        let principal = caller.principal_id.as_deref().filter(|id| !id.is_empty())?;
        let created = second(Some(caller.session_created?));
        // One issue of that name in that second, or without issues one key: these are its credentials, though the
        // event leaves out the key.
        let only = match self.of_second.get(&(principal, created)).map(Vec::as_slice) {
            Some([one]) => self
                .of_issue
                .get(*one)
                .and_then(|session| self.sessions.get(*session)?.access_key),
            Some(_) => None,
            None => self.seen.get(&(principal, created)).copied().flatten(),
        };
        Some(only.map_or(Mark::Created(principal, created), Mark::Key))
    }

    fn session(&mut self, mark: Mark<'a>) -> usize {
        let sessions = &mut self.sessions;
        *self.of_mark.entry(mark).or_insert_with(|| {
            let (id, access_key) = match mark {
                Mark::Key(key) => (key.to_owned(), Some(key)),
                Mark::Created(principal, second) => (
                    format!("{principal}@{}", Timestamp(second.saturating_mul(1_000_000))),
                    None,
                ),
            };
            sessions.push(Credentials {
                id,
                access_key,
                facts: Facts::default(),
                began: None,
                issues: Vec::new(),
                by_key: false,
            });
            sessions.len() - 1
        })
    }

    /// Joins what no access key joins by principal id and creation time.
    fn join_by_time(&mut self, issues: &[Issue<'_>]) {
        for (mark, at) in &self.of_mark {
            let Some(session) = self.sessions.get_mut(*at).filter(|session| !session.by_key) else {
                continue;
            };
            let of = match (*mark, session.began) {
                (Mark::Created(principal, second), _) => (principal, second),
                (Mark::Key(_), Some(began)) => began,
                _ => continue,
            };
            // Two different keys are two sessions, save that IAM Identity Center hands out other keys than
            // those in its issue's record.
            let other_key = |issue: &Issue<'_>| session.access_key.is_some() && issue.access_key.is_some();
            session.issues = (self.of_second.get(&of).into_iter().flatten().copied())
                .filter(|at| {
                    issues
                        .get(*at)
                        .is_some_and(|issue| !other_key(issue) || matches!(issue.asker, Asker::Saml))
                })
                .collect();
        }
    }
}

/// The second of a time; CloudTrail's times have no finer resolution.
pub(super) fn second(time: Option<Timestamp>) -> i64 {
    time.map_or(i64::MAX / 1_000_000, |Timestamp(micros)| micros.div_euclid(1_000_000))
}
