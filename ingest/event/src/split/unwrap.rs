//! From an element of the stream to the record in it.

use super::Found;
use crate::event::{fault_reason, kind, utf8};
use crate::reject::{Limits, Reject};
use crate::text::unescape;
use crate::walk::{Member, Step, Walker};
use crate::{cut, shape};

/// How many wrappings around one record are taken off.
const LEVELS: u32 = 4;

/// Hands out the record of a complete, valid element, or says why there is none.
pub(super) fn emit(
    element: &[u8],
    offset: u64,
    limits: &Limits,
    walker: &Walker,
    inner: &mut Walker,
    sink: &mut dyn FnMut(Found<'_>),
) {
    let text = match utf8(element, offset) {
        Ok(text) => text,
        Err(reason) => return sink(Found::Reject(Reject::new(offset, reason, element, limits))),
    };
    if !text.starts_with('{') {
        let reason = format!(
            "expected a record (a JSON object), found {} at byte {offset}",
            kind(text)
        );
        return sink(Found::Reject(Reject::new(offset, reason, element, limits)));
    }
    let members = walker.members();
    if shape::is_record(text, members) {
        return sink(Found::Record {
            offset,
            json: text,
            members,
        });
    }
    match wrapped(text, members) {
        None => sink(Found::Record {
            offset,
            json: text,
            members,
        }),
        Some(value) => unwrap(
            value,
            Context {
                offset,
                limits,
                element,
                level: 0,
            },
            inner,
            sink,
        ),
    }
}

#[derive(Clone, Copy)]
struct Context<'a> {
    offset: u64,
    limits: &'a Limits,
    element: &'a [u8],
    level: u32,
}

/// The value that holds the record: `CloudTrailEvent` of LookupEvents, `detail` of EventBridge.
fn wrapped<'a>(text: &'a str, members: &[Member]) -> Option<&'a str> {
    if let Some(value) = shape::value_of(text, members, "CloudTrailEvent") {
        return value.starts_with(['"', '{']).then_some(value);
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

fn unwrap(value: &str, context: Context<'_>, walker: &mut Walker, sink: &mut dyn FnMut(Found<'_>)) {
    let quoted = value.starts_with('"');
    let inside = value.get(1..value.len().saturating_sub(1)).unwrap_or_default();
    let text = if quoted { unescape(inside) } else { value.into() };
    let text = text.trim_ascii();
    walker.begin(false);
    let step = walker.run(text.as_bytes(), true);
    let mut refuse = |what: String| {
        let reason = format!("the text of the record inside this event is not JSON: {what}");
        sink(Found::Reject(Reject::new(
            context.offset,
            reason,
            context.element,
            context.limits,
        )));
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
        Some(value) if context.level < LEVELS => {
            unwrap(
                value,
                Context {
                    level: context.level + 1,
                    ..context
                },
                walker,
                sink,
            );
        }
        _ => sink(Found::Record {
            offset: context.offset,
            json: text,
            members: walker.members(),
        }),
    }
}
