//! From an element of the stream to the record in it.

use super::{Found, LogSource, logs};
use crate::event::{fault_reason, kind, utf8};
use crate::reject::{Limits, Reject};
use crate::text::unescape;
use crate::walk::{Member, Step, Walker};
use crate::{cut, shape};

/// How many wrappings around one record are taken off.
const LEVELS: u32 = 4;

/// A complete, valid element of the stream.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) offset: u64,
    pub(super) limits: &'a Limits,
    /// What the container around it says of its log.
    pub(super) log: Option<&'a LogSource>,
}

/// Hands out the record of an element, or says why there is none.
pub(super) fn emit(element: Element<'_>, walker: &Walker, inner: &mut Walker, sink: &mut dyn FnMut(Found<'_>)) {
    let offset = element.offset;
    let text = match utf8(element.bytes, offset) {
        Ok(text) => text,
        Err(reason) => return sink(element.refuse(reason)),
    };
    if !text.starts_with('{') {
        return sink(element.refuse(format!(
            "expected a record (a JSON object), found {} at byte {offset}",
            kind(text)
        )));
    }
    let members = walker.members();
    let found = Found::Record {
        offset,
        json: text,
        members,
        log: element.log,
    };
    if shape::is_record(text, members) {
        return sink(found);
    }
    match wrapped(text, members) {
        _ if logs::is_control(text, members, element.log) => {}
        None => sink(found),
        Some(value) => {
            let named = LogSource::of_line(text, members, element.log);
            let log = named.as_ref().or(element.log);
            unwrap(value, Element { log, ..element }, 0, inner, sink);
        }
    }
}

impl Element<'_> {
    fn refuse(&self, reason: String) -> Found<'static> {
        Found::Reject(Reject::new(self.offset, reason, self.bytes, self.limits))
    }
}

/// The value that holds the record: `CloudTrailEvent` of LookupEvents, `message` of a line in CloudWatch Logs,
/// `detail` of EventBridge.
fn wrapped<'a>(text: &'a str, members: &[Member]) -> Option<&'a str> {
    if let Some(value) = shape::value_of(text, members, "CloudTrailEvent") {
        return value.starts_with(['"', '{']).then_some(value);
    }
    if let Some(message) = logs::message(text, members) {
        return Some(message);
    }
    let detail = shape::value_of(text, members, "detail")?;
    let mut walker = Walker::new(128);
    match detail.as_bytes().first() {
        Some(b'{') => {
            walker.run(detail.as_bytes(), true);
            let inside = walker.members();
            // An event of another kind stays whole, so that its name can be told.
            (shape::is_record(detail, inside) || wrapped(detail, inside).is_some()).then_some(detail)
        }
        Some(b'"') => detail
            .get(1..)
            .is_some_and(|inside| inside.trim_start().starts_with('{'))
            .then_some(detail),
        _ => None,
    }
}

fn unwrap(value: &str, element: Element<'_>, level: u32, walker: &mut Walker, sink: &mut dyn FnMut(Found<'_>)) {
    let quoted = value.starts_with('"');
    let inside = value.get(1..value.len().saturating_sub(1)).unwrap_or_default();
    let text = if quoted { unescape(inside) } else { value.into() };
    let text = text.trim_ascii();
    walker.begin(false);
    let step = walker.run(text.as_bytes(), true);
    let mut refuse = |what: String| {
        let reason = format!("the text of the record inside this event is not JSON: {what}");
        sink(element.refuse(reason));
    };
    match step {
        Step::Done(end) if cut(text.as_bytes(), end, text.len()).is_empty() => {}
        Step::Done(end) => return refuse(format!("unexpected text at its byte {end}")),
        Step::Bad(fault) => return refuse(fault_reason(fault, 0)),
        Step::More | Step::Container(_) => return refuse("it is cut off".to_owned()),
    }
    if !text.starts_with('{') {
        return refuse(format!("expected an object, found {}", kind(text)));
    }
    let within = if shape::is_record(text, walker.members()) {
        None
    } else {
        wrapped(text, walker.members())
    };
    match within {
        Some(value) if level < LEVELS => unwrap(value, element, level + 1, walker, sink),
        _ => sink(Found::Record {
            offset: element.offset,
            json: text,
            members: walker.members(),
            log: element.log,
        }),
    }
}
