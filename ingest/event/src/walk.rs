//! One strict, resumable walk over a JSON value.
//!
//! The walk validates, finds the value's end and notes where the members of the outermost object
//! lie, so that nothing has to be read twice. It keeps its own stack (one bit per level), so that
//! nesting costs no call stack, and it can stop at any byte and go on when more bytes have come.

use crate::redact;
use crate::text::{StringEnd, string_end};

/// `[start, end)` in the bytes walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Span {
    /// The text of this span; empty where it is not one.
    pub(crate) fn of(self, text: &str) -> &str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// The bytes of this span.
    pub(crate) fn bytes(self, bytes: &[u8]) -> &[u8] {
        crate::cut(bytes, self.start, self.end)
    }
}

/// One member of the outermost object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    /// The key, without its quotes, escapes unread.
    pub(crate) key: Span,
    /// The value, as it stands.
    pub(crate) value: Span,
    /// Something in key or value may be a secret and needs a closer look.
    pub(crate) suspect: bool,
    /// The value is a string with escapes.
    pub(crate) escaped: bool,
}

/// Where a walk stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The value ends before this position.
    Done(usize),
    /// The bytes end inside the value.
    More,
    /// The value of a container's key (`Records`, `Events`) opened an array before this position.
    Container(usize),
    /// The bytes at this position are not JSON.
    Bad(Fault),
}

/// What was expected where the bytes stopped being JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) expected: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Value,
    FirstElement,
    FirstKey,
    Key,
    Colon,
    After,
}

/// The walk's whole memory between two calls.
#[derive(Debug)]
pub(crate) struct Walker {
    pos: usize,
    state: State,
    depth: u32,
    max_depth: u32,
    /// Bit `d`: level `d + 1` is an object.
    kinds: u128,
    /// How far an unfinished string has been searched.
    resume: Option<(usize, bool)>,
    /// The last key read: its inside.
    key: Span,
    /// Key of the member of the outermost object that is being read, and where its value begins.
    member_key: Span,
    member_value: usize,
    suspect: bool,
    key_suspect: bool,
    containers: bool,
    members: Vec<Member>,
}

impl Walker {
    /// A walk that will refuse nesting beyond `max_depth` (at most 128) levels.
    pub(crate) fn new(max_depth: u32) -> Self {
        Self {
            pos: 0,
            state: State::Value,
            depth: 0,
            max_depth: max_depth.clamp(1, 128),
            kinds: 0,
            resume: None,
            key: Span::default(),
            member_key: Span::default(),
            member_value: 0,
            suspect: false,
            key_suspect: false,
            containers: false,
            members: Vec::with_capacity(32),
        }
    }

    /// Starts over, before a value. With `containers` an array under `Records` or `Events` of the
    /// outermost object stops the walk, so that its elements can be read one by one.
    pub(crate) fn begin(&mut self, containers: bool) {
        self.pos = 0;
        self.state = State::Value;
        self.depth = 0;
        self.kinds = 0;
        self.resume = None;
        self.suspect = false;
        self.key_suspect = false;
        self.containers = containers;
        self.members.clear();
    }

    /// Starts over, in an object after one of its values.
    pub(crate) fn begin_after_value(&mut self) {
        self.begin(true);
        self.state = State::After;
        self.depth = 1;
        self.kinds = 1;
    }

    /// Members of the outermost object, in their order.
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// Goes on with `bytes`, which begin where the walk began; `last` when no more will come.
    pub(crate) fn run(&mut self, bytes: &[u8], last: bool) -> Step {
        loop {
            let Some(&byte) = bytes.get(self.pos) else {
                return Step::More;
            };
            if byte <= b' ' {
                if matches!(byte, b' ' | b'\n' | b'\t' | b'\r') {
                    self.pos += 1;
                    continue;
                }
                return self.bad("JSON text before the control character");
            }
            let step = match self.state {
                State::Key | State::FirstKey => self.key_or_end(bytes, byte),
                State::Colon => self.colon(byte),
                State::Value | State::FirstElement => self.value(bytes, byte, last),
                State::After => self.after(byte),
            };
            if let Some(step) = step {
                return step;
            }
        }
    }

    fn bad(&self, expected: &'static str) -> Step {
        Step::Bad(Fault { at: self.pos, expected })
    }

    fn in_object(&self) -> bool {
        self.depth > 0 && self.kinds >> (self.depth - 1) & 1 == 1
    }

    #[inline]
    fn key_or_end(&mut self, bytes: &[u8], byte: u8) -> Option<Step> {
        match byte {
            b'"' => {
                let end = match self.string(bytes) {
                    Ok(end) => end,
                    Err(step) => return Some(step),
                };
                self.key = Span {
                    start: self.pos + 1,
                    end: end.0,
                };
                self.key_suspect = end.1 || redact::key_hint(self.key.bytes(bytes));
                self.pos = end.0 + 1;
                self.state = State::Colon;
                None
            }
            b'}' if self.state == State::FirstKey => self.close(),
            _ if self.state == State::FirstKey => Some(self.bad("a key in `\"` or `}`")),
            _ => Some(self.bad("a key in `\"`")),
        }
    }

    #[inline]
    fn colon(&mut self, byte: u8) -> Option<Step> {
        if byte != b':' {
            return Some(self.bad("`:` after a key"));
        }
        self.pos += 1;
        self.state = State::Value;
        if self.depth == 1 {
            self.member_key = self.key;
            self.suspect = false;
        }
        self.suspect |= self.key_suspect;
        None
    }

    #[inline]
    fn value(&mut self, bytes: &[u8], byte: u8, last: bool) -> Option<Step> {
        let member = self.depth == 1 && self.kinds & 1 == 1;
        if member {
            self.member_value = self.pos;
        }
        match byte {
            b'"' => match self.string(bytes) {
                Ok((end, escaped)) => {
                    let inside = crate::cut(bytes, self.pos + 1, end);
                    self.suspect |= redact::value_hint(inside, escaped);
                    self.pos = end + 1;
                    self.end_value(escaped)
                }
                Err(step) => Some(step),
            },
            b'{' => self.open(true),
            b'[' => {
                let container = member && self.containers && self.at_container(bytes);
                self.open(false)
                    .or_else(|| container.then_some(Step::Container(self.pos)))
            }
            b']' if self.state == State::FirstElement => self.close(),
            b'-' | b'0'..=b'9' => self.number(bytes, last),
            b't' => self.literal(bytes, b"true", last),
            b'f' => self.literal(bytes, b"false", last),
            b'n' => self.literal(bytes, b"null", last),
            _ if self.state == State::FirstElement => Some(self.bad("a JSON value or `]`")),
            _ => Some(self.bad("a JSON value")),
        }
    }

    /// `Records` or `Events` is a container's key, unless the object is a record itself.
    fn at_container(&self, bytes: &[u8]) -> bool {
        let key = self.member_key.bytes(bytes);
        (key == b"Records" || key == b"Events")
            && !self
                .members
                .iter()
                .any(|member| crate::shape::is_record_key(member.key.bytes(bytes)))
    }

    /// The string at the current position: where its closing quote is, and whether it has escapes.
    #[inline]
    fn string(&mut self, bytes: &[u8]) -> Result<(usize, bool), Step> {
        let (from, before) = self.resume.take().unwrap_or((self.pos + 1, false));
        match string_end(bytes, from) {
            StringEnd::Closed(end, escaped) => Ok((end, escaped || before)),
            StringEnd::Open(at, escaped) => {
                self.resume = Some((at, escaped || before));
                Err(Step::More)
            }
            StringEnd::Bad(at, expected) => Err(Step::Bad(Fault { at, expected })),
        }
    }

    fn open(&mut self, object: bool) -> Option<Step> {
        if self.depth >= self.max_depth {
            return Some(self.bad("no deeper nesting (the limit on levels is reached)"));
        }
        let bit = 1_u128 << self.depth;
        if object {
            self.kinds |= bit;
            self.state = State::FirstKey;
        } else {
            self.kinds &= !bit;
            self.state = State::FirstElement;
        }
        self.depth += 1;
        self.pos += 1;
        None
    }

    fn close(&mut self) -> Option<Step> {
        self.pos += 1;
        self.depth -= 1;
        self.end_value(false)
    }

    /// A value has ended before the current position.
    #[inline]
    fn end_value(&mut self, escaped: bool) -> Option<Step> {
        self.state = State::After;
        if self.depth == 0 {
            return Some(Step::Done(self.pos));
        }
        if self.depth == 1 && self.kinds & 1 == 1 {
            let value = Span {
                start: self.member_value,
                end: self.pos,
            };
            self.members.push(Member {
                key: self.member_key,
                value,
                suspect: self.suspect,
                escaped,
            });
        }
        None
    }

    #[inline]
    fn after(&mut self, byte: u8) -> Option<Step> {
        match (byte, self.in_object()) {
            (b',', object) => {
                self.pos += 1;
                self.state = if object { State::Key } else { State::Value };
                None
            }
            (b'}', true) | (b']', false) => self.close(),
            (_, true) => Some(self.bad("`,` or `}` after a value")),
            (_, false) => Some(self.bad("`,` or `]` after a value")),
        }
    }

    fn literal(&mut self, bytes: &[u8], word: &[u8], last: bool) -> Option<Step> {
        for (index, expected) in word.iter().enumerate() {
            match bytes.get(self.pos + index) {
                None if !last => return Some(Step::More),
                Some(byte) if byte == expected => {}
                _ => return Some(self.bad("a JSON value (`true`, `false` or `null`)")),
            }
        }
        self.pos += word.len();
        self.end_value(false)
    }

    fn number(&mut self, bytes: &[u8], last: bool) -> Option<Step> {
        let digits = |mut at: usize| {
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        let mut at = self.pos + usize::from(bytes.get(self.pos) == Some(&b'-'));
        let whole = at;
        at = if bytes.get(at) == Some(&b'0') {
            at + 1
        } else {
            digits(at)
        };
        let mut complete = at > whole;
        if complete && bytes.get(at) == Some(&b'.') {
            let from = at + 1;
            at = digits(from);
            complete = at > from;
        }
        if complete && matches!(bytes.get(at), Some(b'e' | b'E')) {
            let from = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
            at = digits(from);
            complete = at > from;
        }
        if at >= bytes.len() && !last {
            return Some(Step::More);
        }
        if !complete {
            return Some(Step::Bad(Fault {
                at,
                expected: "a digit",
            }));
        }
        self.pos = at;
        self.end_value(false)
    }
}
