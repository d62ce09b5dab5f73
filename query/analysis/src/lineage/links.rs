//! Links: which pieces of evidence have to do with each other, so that a few new records need only what they touch.
//!
//! Two pieces of evidence are *connected* if one has a [`Link`] that [meets](Link::meets) one of the other's, or if
//! both are connected to a third. What is guaranteed, and tested over random estates:
//!
//! > Split the evidence into parts such that connected pieces are in one part, and resolve each part alone: the
//! > union of the rows is the rows of resolving all of it.
//!
//! So after a batch: take the links of its callers, `sts:AssumeRole*` records and shared records; add, again and
//! again, all evidence in the lake that they meet, and its links; resolve what was found; put its rows in the place
//! of those with the same `caller_key` and `session_id`. No other row changes.
//!
//! What is not linked: the inventory, which each part is given whole; a [`CallerSource`](super::CallerSource), which
//! comes along with its caller; and a [`TokenRequest`](super::TokenRequest), which each part is given whose sessions
//! [began while it was in force](super::TokenRequest::is_in_force). So a batch that brings token requests also touches
//! the callers and issues of sessions that began in their time.
//!
//! Links are as narrow as the join that they stand for. A principal id alone is not a link: a role that is always
//! assumed under one name would tie all of its sessions together for good. Its sessions are told apart by the second
//! in which they began; only a caller of which nothing but the principal id is known asks for all of them. A user's
//! long-lived key ties the user's own calls together, not the sessions that were asked for with it, since whom they
//! belong to is plain from each record.

use podtrail_event::time::Timestamp;

use super::caller::{caller_key, usable_key};
use super::issue::{self, Issued};
use super::session_name::PodIdentityName;
use super::{Caller, SharedCall, StsCall};

/// What two pieces of evidence may have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Link {
    /// An access key id: used or issued.
    AccessKey(String),
    /// A principal id and the second (since 1970) in which its session began.
    Session(String, i64),
    /// A principal id that credentials were issued for. Meets only [`Link::Principal`].
    Issued(String),
    /// A principal id of which no more is known, or that is unique: Pod Identity's.
    Principal(String),
    /// An event that several accounts' trails tell of.
    SharedEvent(String),
    /// A caller that shows no credentials, by its [key](caller_key): all records that it speaks of itself.
    Caller(String),
}

impl Link {
    /// The links that another piece must have, one of them, to be connected by this one.
    pub fn meets(&self) -> Vec<Self> {
        match self {
            Self::Issued(principal) => vec![Self::Principal(principal.clone())],
            Self::Principal(principal) => vec![self.clone(), Self::Issued(principal.clone())],
            _ => vec![self.clone()],
        }
    }
}

/// One line of text for each link, such as `key ASIA…`, for tables that are searched for it.
impl std::fmt::Display for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AccessKey(key) => write!(f, "key {key}"),
            Self::Session(principal, second) => write!(f, "session {second} {principal}"),
            Self::Issued(principal) => write!(f, "issued {principal}"),
            Self::Principal(principal) => write!(f, "principal {principal}"),
            Self::SharedEvent(id) => write!(f, "event {id}"),
            Self::Caller(key) => write!(f, "caller {key}"),
        }
    }
}

/// The links of a (reduced) caller. Every caller has one.
pub fn links_of_caller(caller: &Caller) -> Vec<Link> {
    let mut links = Vec::new();
    let key = usable_key(caller.access_key_id.as_deref());
    let principal = caller.principal_id.as_deref().filter(|principal| !principal.is_empty());
    links.extend(key.map(|key| Link::AccessKey(key.to_owned())));
    if let (Some(principal), Some(created)) = (principal, caller.session_created) {
        links.push(session(principal, Some(created)));
    }
    if let Some(principal) = principal
        && (is_unique(principal) || (is_bare(caller) && is_session(caller)))
    {
        links.push(Link::Principal(principal.to_owned()));
    }
    if is_bare(caller) {
        links.push(Link::Caller(caller_key(caller)));
        let issued = usable_key(caller.issued_access_key_id.as_deref());
        links.extend(issued.map(|key| Link::AccessKey(key.to_owned())));
    }
    let shared = caller.shared_event_id.as_deref().filter(|id| !id.is_empty());
    links.extend(shared.map(|id| Link::SharedEvent(id.to_owned())));
    links
}

/// The links of an `sts:AssumeRole*` record: those of its caller, and of what it issued.
pub fn links_of_sts_call(call: &StsCall) -> Vec<Link> {
    let mut links = links_of_asker(&call.caller);
    links.extend(call.shared_event_id.clone().map(Link::SharedEvent));
    if let Some(Issued {
        access_key,
        principal_id,
    }) = issue::issued(call)
    {
        links.extend(access_key.map(Link::AccessKey));
        if let Some(principal) = principal_id {
            links.push(session(&principal, call.event_time));
            links.push(if is_unique(&principal) {
                Link::Principal(principal)
            } else {
                Link::Issued(principal)
            });
        }
    }
    links.sort_unstable();
    links.dedup();
    links
}

/// The links of a record of a shared event: those of its caller, and the event.
pub fn links_of_shared_call(call: &SharedCall) -> Vec<Link> {
    let mut links = links_of_asker(&call.caller);
    links.push(Link::SharedEvent(call.shared_event_id.clone()));
    links
}

/// The links of a record's caller: none with a user's own key, for the record itself then says whose it is.
fn links_of_asker(caller: &Caller) -> Vec<Link> {
    if is_own_key(caller) {
        return Vec::new();
    }
    links_of_caller(caller)
}

/// Whether a caller signs with a user's long-lived key: then the call itself says all about its credentials.
pub(super) fn is_own_key(caller: &Caller) -> bool {
    caller.identity_type.as_deref() == Some("IAMUser")
        && usable_key(caller.access_key_id.as_deref()).is_some_and(|key| key.starts_with("AKIA"))
}

/// Whether a principal id is one that Pod Identity gave: its name holds a random UUID, so it is never used twice.
pub(super) fn is_unique(principal: &str) -> bool {
    let name = principal.split_once(':').map(|(_, name)| name);
    name.and_then(PodIdentityName::parse).is_some()
}

/// Whether the caller names neither a key nor a session with its beginning.
pub(super) fn is_bare(caller: &Caller) -> bool {
    let principal = caller.principal_id.as_deref().filter(|principal| !principal.is_empty());
    usable_key(caller.access_key_id.as_deref()).is_none() && principal.and(caller.session_created).is_none()
}

/// Users and services have no session whose beginning is left out.
pub(super) fn is_session(caller: &Caller) -> bool {
    matches!(caller.identity_type.as_deref(), Some("AssumedRole" | "AWSAccount"))
}

fn session(principal: &str, began: Option<Timestamp>) -> Link {
    Link::Session(principal.to_owned(), super::places::second(began))
}
