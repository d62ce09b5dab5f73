//! What happens after text that cannot be read: where the next record probably begins.

use super::{Found, Frame, Mode, Progress, Splitter};
use crate::cut;
use crate::reject::{Limits, Reject};

/// How far before the broken byte the search begins: a missing quote is noticed a few bytes late.
const STEP_BACK: usize = 64;

/// How many bytes decide whether a bracket begins a record.
const LOOK_AHEAD: usize = 96;

/// Keys with which records, envelopes and containers begin in practice, and record fields that no nested object
/// is known to begin with: keys may come in any order, sorted ones begin with `additionalEventData`.
const FIRST_KEYS: [&[u8]; 24] = [
    b"eventVersion",
    b"awsRegion",
    b"eventTime",
    b"eventID",
    b"eventSource",
    b"eventName",
    b"userIdentity",
    b"eventCategory",
    b"Records",
    b"Events",
    b"EventId",
    b"detail-type",
    b"additionalEventData",
    b"addendum",
    b"eventType",
    b"managementEvent",
    b"readOnly",
    b"recipientAccountId",
    b"requestID",
    b"requestParameters",
    b"responseElements",
    b"serviceEventDetails",
    b"sharedEventID",
    b"sourceIPAddress",
];

/// How the API server begins a Kubernetes audit event; nothing within one begins so.
const AUDIT_EVENT: &[u8] = br#""kind":"Event","apiVersion":"audit.k8s.io/"#;

/// A reject whose end is not known yet.
#[derive(Debug)]
pub(super) struct Pending {
    offset: u64,
    reason: String,
    bytes: Vec<u8>,
    /// The byte before the first unread one.
    previous: u8,
}

impl Pending {
    pub(super) fn new(offset: u64, reason: String) -> Self {
        Self {
            offset,
            reason,
            bytes: Vec::new(),
            previous: b'\n',
        }
    }

    /// Notes bytes that belong to the rejected stretch, as far as they will be kept.
    pub(super) fn collect(&mut self, bytes: &[u8], limits: &Limits) {
        let room = limits.reject_bytes.saturating_mul(2).saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        self.previous = bytes.last().copied().unwrap_or(self.previous);
    }

    pub(super) fn held(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn into_reject(self, limits: &Limits) -> Reject {
        Reject::new(self.offset, self.reason, &self.bytes, limits)
    }
}

/// Counting brackets through a record that is not kept.
#[derive(Debug, Default)]
pub(super) struct Skip {
    depth: u64,
    in_string: bool,
    escaped: bool,
    tail: bool,
}

impl Skip {
    /// Reads over bytes: the record's end if it is here, or where it turns out to be broken.
    fn run(&mut self, bytes: &[u8]) -> Option<Result<usize, usize>> {
        for (at, &byte) in bytes.iter().enumerate() {
            if self.escaped {
                self.escaped = false;
            } else if self.in_string {
                match byte {
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    0..=0x1f => return Some(Err(at)),
                    _ => continue,
                }
                if self.depth == 0 && !self.in_string {
                    return Some(Ok(at + 1));
                }
            } else {
                match byte {
                    b'"' => self.in_string = true,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' if self.depth <= 1 => return Some(Ok(at + usize::from(self.depth == 1))),
                    b'}' | b']' => self.depth -= 1,
                    b',' | b' ' | b'\n' | b'\r' | b'\t' if self.depth == 0 => return Some(Ok(at)),
                    _ => {}
                }
            }
        }
        None
    }
}

impl Splitter {
    /// The element that begins here is longer than is allowed.
    pub(super) fn start_skip(&mut self, tail: bool) -> Progress {
        let limit = self.limits.record_bytes;
        let reason = format!(
            "the record at byte {} is longer than the limit of {limit} bytes",
            self.offset
        );
        self.pending = Some(Pending::new(self.offset, reason));
        self.mode = Mode::Skip(Skip {
            depth: u64::from(tail),
            tail,
            ..Skip::default()
        });
        Progress::Went(0)
    }

    pub(super) fn skip(&mut self, rest: &[u8], sink: &mut dyn FnMut(Found<'_>)) -> Progress {
        let Mode::Skip(skip) = &mut self.mode else {
            return Progress::Went(0);
        };
        let (end, tail) = (skip.run(rest), skip.tail);
        let length = end.map_or(rest.len(), |end| end.unwrap_or_else(|at| at));
        if let Some(pending) = &mut self.pending {
            pending.collect(cut(rest, 0, length), &self.limits);
        }
        match end {
            None => Progress::Wait(length),
            Some(Err(_)) => {
                self.mode = Mode::Resync;
                Progress::Went(length)
            }
            Some(Ok(_)) => {
                if tail {
                    self.frames.pop();
                    self.log = None;
                }
                self.mode = Mode::Gap;
                self.settle(sink);
                Progress::Went(length)
            }
        }
    }

    /// The element that begins here is broken at `fault`.
    pub(super) fn start_resync(&mut self, reason: String, fault: usize) -> Progress {
        if self.frames.last() == Some(&Frame::Container) {
            self.frames.pop();
            self.log = None;
        }
        self.pending = Some(Pending::new(self.offset, reason));
        self.mode = Mode::Resync;
        self.resync_from = fault.saturating_sub(STEP_BACK).max(1);
        Progress::Went(0)
    }

    /// Looks for the next plausible beginning of a record.
    pub(super) fn resync(&mut self, rest: &[u8], last: bool, sink: &mut dyn FnMut(Found<'_>)) -> Progress {
        let mut from = std::mem::take(&mut self.resync_from).min(rest.len());
        let mut previous = self.pending.as_ref().map_or(b'\n', |pending| pending.previous);
        let found = loop {
            let Some(at) = memchr::memchr2(b'{', b'[', cut(rest, from, rest.len())).map(|at| from + at) else {
                break Start::Nowhere(rest.len());
            };
            if at > 0 {
                previous = rest.get(at - 1).copied().unwrap_or(previous);
            }
            if !last && rest.len() - at < LOOK_AHEAD {
                break Start::Nowhere(at);
            }
            let window = cut(rest, at, (at + LOOK_AHEAD).min(rest.len()));
            match beginning(window, previous == b'\n') {
                Some(fresh) => break Start::Here(at, fresh),
                None => from = at + 1,
            }
        };
        let (Start::Here(length, _) | Start::Nowhere(length)) = found;
        if let Some(pending) = &mut self.pending {
            pending.collect(cut(rest, 0, length), &self.limits);
        }
        let Start::Here(_, fresh) = found else {
            return Progress::Wait(length);
        };
        if fresh {
            self.frames.clear();
            self.log = None;
        }
        self.lenient = true;
        self.mode = Mode::Gap;
        self.settle(sink);
        Progress::Went(length)
    }

    fn settle(&mut self, sink: &mut dyn FnMut(Found<'_>)) {
        if let Some(pending) = self.pending.take() {
            sink(Found::Reject(pending.into_reject(&self.limits)));
        }
    }
}

enum Start {
    /// A record may begin here; whether it begins a document of its own.
    Here(usize, bool),
    /// Nothing before this position.
    Nowhere(usize),
}

/// Whether `window`, which starts with a bracket, begins a record: `Some(true)` if it begins a new
/// document, so that brackets still open no longer count.
fn beginning(window: &[u8], at_line_start: bool) -> Option<bool> {
    let (bracket, inside) = window.split_first()?;
    let inside = inside.trim_ascii_start();
    if *bracket == b'[' {
        return (at_line_start && inside.first() == Some(&b'{')).then_some(true);
    }
    let key = inside
        .strip_prefix(b"\"")
        .and_then(|rest| Some(cut(rest, 0, memchr::memchr(b'"', rest)?)));
    match key {
        Some(b"Records" | b"Events" | b"messageType") => Some(true),
        Some(b"kind") if inside.starts_with(AUDIT_EVENT) => Some(false),
        Some(key) if FIRST_KEYS.contains(&key) => Some(false),
        Some(_) => at_line_start.then_some(false),
        None => (at_line_start && inside.first() == Some(&b'}')).then_some(false),
    }
}
