//! From a stream of bytes to records, in bounded memory.
//!
//! Read are `{"Records":[…]}` (log files), `{"Events":[…]}` (LookupEvents answers), arrays, JSON
//! lines, concatenated and pretty-printed objects, EventBridge envelopes, lists of Kubernetes audit
//! events, what CloudWatch Logs gives of a log (`logs`), and any mix of these one after another. An element is handed out as soon as it is complete, so memory depends on
//! the longest record, never on the stream.

mod logs;
mod resync;
mod unwrap;

use crate::event::{Event, build, fault_reason};
use crate::reject::{Limits, Reject};
use crate::walk::{Member, Step, Walker};
use logs::Lead;
pub(crate) use logs::LogSource;
use resync::Pending;

/// What a stream consists of.
#[derive(Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// One record (or another JSON object, which [`crate::parse`] will refuse with its name).
    Record {
        /// Where it begins: bytes from the start of the stream. For a record within a string, where
        /// the object around it begins.
        offset: u64,
        /// The record's JSON text: one valid object in UTF-8.
        json: &'a [u8],
    },
    /// A stretch that could not be read.
    Reject(Reject),
}

/// A complete object with what the walk noted of it.
pub(crate) enum Found<'a> {
    Record {
        offset: u64,
        json: &'a str,
        members: &'a [Member],
        /// What the envelope around it says of its log.
        log: Option<&'a LogSource>,
    },
    Reject(Reject),
}

/// Arrays within arrays are followed this deep.
const MAX_FRAMES: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    /// Elements are expected.
    Array,
    /// An object around an array of records: its other members are read over.
    Container,
}

#[derive(Debug)]
enum Mode {
    /// Between elements.
    Gap,
    /// In an element, which begins where the unread bytes begin.
    Element,
    /// In a container, after its array.
    Tail,
    /// In a record that is too long.
    Skip(resync::Skip),
    /// After broken text, in search of the next record.
    Resync,
}

/// Splits a stream, pushed in chunks of any size, into items; the chunks' bounds never matter.
///
/// ```
/// # use podtrail_event::{Item, Limits, Splitter};
/// let mut records = 0;
/// let mut splitter = Splitter::new(Limits::default());
/// let mut count = |item: Item<'_>| records += u32::from(matches!(item, Item::Record { .. }));
/// splitter.push(br#"{"Records":[{"eventName":"GetObject"},{"event"#, &mut count);
/// splitter.push(br#"Name":"PutObject"}]}"#, &mut count);
/// splitter.finish(&mut count);
/// assert_eq!(records, 2);
/// ```
#[derive(Debug)]
pub struct Splitter {
    limits: Limits,
    /// Bytes not yet read because what they begin is incomplete.
    carry: Vec<u8>,
    /// Offset in the stream of the first unread byte.
    offset: u64,
    frames: Vec<Frame>,
    mode: Mode,
    /// After broken text: closing brackets that nothing opened are its remains.
    lenient: bool,
    pending: Option<Pending>,
    /// The log that the container's records are from, where it says so.
    log: Option<LogSource>,
    /// Where in the unread bytes the search for the next record begins.
    resync_from: usize,
    walker: Walker,
    inner: Walker,
}

impl Splitter {
    /// A splitter at the start of a stream.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            carry: Vec::new(),
            offset: 0,
            frames: Vec::new(),
            mode: Mode::Gap,
            lenient: false,
            pending: None,
            log: None,
            resync_from: 0,
            walker: Walker::new(limits.depth),
            inner: Walker::new(limits.depth),
        }
    }

    /// Reads a chunk; `sink` gets each item that is complete.
    pub fn push(&mut self, chunk: &[u8], sink: &mut dyn FnMut(Item<'_>)) {
        self.feed(chunk, &mut |found| sink(item(found)));
    }

    /// Ends the stream; what is incomplete becomes a reject. The splitter is then ready for another.
    pub fn finish(&mut self, sink: &mut dyn FnMut(Item<'_>)) {
        self.close(&mut |found| sink(item(found)));
    }

    /// Like [`Splitter::push`] and [`crate::parse`] in one, without walking over the record twice; and what the
    /// envelope of a log says of its lines is part of the events.
    pub fn push_events(&mut self, chunk: &[u8], sink: &mut dyn FnMut(u64, Result<Event<'_>, Reject>)) {
        let limits = self.limits;
        self.feed(chunk, &mut |found| row(found, &limits, sink));
    }

    /// Like [`Splitter::finish`], for [`Splitter::push_events`].
    pub fn finish_events(&mut self, sink: &mut dyn FnMut(u64, Result<Event<'_>, Reject>)) {
        let limits = self.limits;
        self.close(&mut |found| row(found, &limits, sink));
    }

    /// Bytes held because what they begin is incomplete: never more than a record and a piece.
    pub fn buffered(&self) -> usize {
        self.carry.len() + self.pending.as_ref().map_or(0, Pending::held)
    }

    fn feed(&mut self, chunk: &[u8], sink: &mut dyn FnMut(Found<'_>)) {
        let mut rest = chunk;
        let mut piece = 4 << 10;
        while !self.carry.is_empty() && !rest.is_empty() {
            // Only as much is copied as it takes to complete what was begun.
            let (head, tail) = rest.split_at(piece.min(rest.len()));
            piece = (piece * 2).min(1 << 20);
            let before = self.carry.len();
            let mut buffer = std::mem::take(&mut self.carry);
            buffer.extend_from_slice(head);
            let used = self.advance(&buffer, false, sink);
            if used >= before {
                rest = crate::cut(rest, used - before, rest.len());
                buffer.clear();
            } else {
                rest = tail;
                buffer.drain(..used);
            }
            self.carry = buffer;
        }
        if !rest.is_empty() {
            let used = self.advance(rest, false, sink);
            self.carry.extend_from_slice(crate::cut(rest, used, rest.len()));
        }
    }

    fn close(&mut self, sink: &mut dyn FnMut(Found<'_>)) {
        let buffer = std::mem::take(&mut self.carry);
        self.advance(&buffer, true, sink);
        if let Some(pending) = self.pending.take() {
            sink(Found::Reject(pending.into_reject(&self.limits)));
        } else if !self.frames.is_empty() && !self.lenient {
            let reason = format!("the input ends at byte {} inside an array: expected `]`", self.offset);
            sink(Found::Reject(Reject::new(self.offset, reason, b"", &self.limits)));
        }
        *self = Self::new(self.limits);
    }

    /// Reads on in `buffer`, whose first byte is the first unread one; how much was read.
    fn advance(&mut self, buffer: &[u8], last: bool, sink: &mut dyn FnMut(Found<'_>)) -> usize {
        let start = self.offset;
        let mut pos = 0;
        loop {
            self.offset = start + pos as u64;
            let rest = crate::cut(buffer, pos, buffer.len());
            let progress = match &mut self.mode {
                Mode::Gap => self.gap(rest, last),
                Mode::Element | Mode::Tail => self.element(rest, last, sink),
                Mode::Skip(_) => self.skip(rest, sink),
                Mode::Resync => self.resync(rest, last, sink),
            };
            match progress {
                Progress::Went(length) => pos += length,
                Progress::Wait(length) => {
                    self.offset += length as u64;
                    return pos + length;
                }
            }
        }
    }

    /// Between elements: whitespace and commas are read over, brackets counted.
    fn gap(&mut self, rest: &[u8], last: bool) -> Progress {
        let separators = |byte: &u8| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b',');
        let Some(at) = rest.iter().position(separators) else {
            return Progress::Wait(rest.len());
        };
        if self.frames.is_empty() {
            let head = crate::cut(rest, at, (at + 3).min(rest.len()));
            if head == b"\xef\xbb\xbf" {
                return Progress::Went(at + 3);
            }
            if !last && head.len() < 3 && b"\xef\xbb\xbf".starts_with(head) {
                return Progress::Wait(at);
            }
            match logs::lead(crate::cut(rest, at, rest.len()), last) {
                Lead::None => {}
                Lead::Time(length) => return Progress::Went(at + length),
                Lead::Open => return Progress::Wait(at),
            }
        }
        match (rest.get(at), self.frames.last()) {
            (Some(b']'), Some(Frame::Array)) => {
                self.frames.pop();
                if self.frames.last() == Some(&Frame::Container) {
                    self.walker.begin_after_value();
                    self.mode = Mode::Tail;
                }
                Progress::Went(at + 1)
            }
            (Some(b']' | b'}'), _) if self.lenient => Progress::Went(at + 1),
            (Some(b'['), _) if self.frames.len() < MAX_FRAMES => {
                self.frames.push(Frame::Array);
                Progress::Went(at + 1)
            }
            _ => {
                self.walker.begin(self.frames.len() < MAX_FRAMES);
                self.mode = Mode::Element;
                Progress::Went(at)
            }
        }
    }

    /// In an element (or a container's tail) that begins where `rest` begins.
    fn element(&mut self, rest: &[u8], last: bool, sink: &mut dyn FnMut(Found<'_>)) -> Progress {
        let capped = rest.len() > self.limits.record_bytes;
        let window = rest.get(..self.limits.record_bytes).unwrap_or(rest);
        let tail = matches!(self.mode, Mode::Tail);
        match self.walker.run(window, last && !capped) {
            Step::Done(length) => {
                self.mode = Mode::Gap;
                if tail {
                    self.frames.pop();
                    self.log = None;
                } else {
                    let element = unwrap::Element {
                        bytes: crate::cut(window, 0, length),
                        offset: self.offset,
                        limits: &self.limits,
                        log: self.log.as_ref(),
                    };
                    unwrap::emit(element, &self.walker, &mut self.inner, sink);
                }
                Progress::Went(length)
            }
            Step::Container(length) => {
                if !tail {
                    self.frames.push(Frame::Container);
                    self.log = LogSource::of_envelope(window, self.walker.members());
                }
                self.frames.push(Frame::Array);
                self.mode = Mode::Gap;
                Progress::Went(length)
            }
            Step::Bad(fault) => {
                let reason = self.broken(fault, rest);
                self.start_resync(reason, fault.at)
            }
            Step::More if capped => self.start_skip(tail),
            Step::More if last => self.cut_off(rest),
            Step::More => Progress::Wait(0),
        }
    }

    fn broken(&self, fault: crate::walk::Fault, rest: &[u8]) -> String {
        let reason = fault_reason(fault, self.offset);
        match rest {
            [0x1f, 0x8b, ..] => format!("{reason}; this looks like gzip within the data: inflate it first"),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => format!("{reason}; this looks like UTF-16: convert it to UTF-8"),
            _ => reason,
        }
    }

    fn cut_off(&mut self, rest: &[u8]) -> Progress {
        let end = self.offset + rest.len() as u64;
        let reason = format!("the input ends at byte {end} inside a record: it was cut off");
        let mut pending = Pending::new(self.offset, reason);
        pending.collect(rest, &self.limits);
        self.pending = Some(pending);
        self.mode = Mode::Gap;
        Progress::Wait(rest.len())
    }
}

/// What became of the bytes given.
enum Progress {
    /// So many were read; go on.
    Went(usize),
    /// So many were read; the others need more bytes to follow them.
    Wait(usize),
}

fn item(found: Found<'_>) -> Item<'_> {
    match found {
        Found::Record { offset, json, .. } => Item::Record {
            offset,
            json: json.as_bytes(),
        },
        Found::Reject(reject) => Item::Reject(reject),
    }
}

fn row(found: Found<'_>, limits: &Limits, sink: &mut dyn FnMut(u64, Result<Event<'_>, Reject>)) {
    match found {
        Found::Record {
            offset,
            json,
            members,
            log,
        } => {
            let event = build(json, members, log);
            sink(
                offset,
                event.map_err(|reason| Reject::new(offset, reason, json.as_bytes(), limits)),
            );
        }
        Found::Reject(reject) => sink(reject.offset, Err(reject)),
    }
}
