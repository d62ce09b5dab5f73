//! One strict, resumable walk over a JSON value.
//!
//! The walk validates, finds the value's end and notes where the members of the outermost object
//! lie, so that nothing has to be read twice. It keeps its own stack (one bit per level), so that
//! nesting costs no call stack, and it can stop at any byte and go on when more bytes have come.

use crate::redact;
use crate::text::{StringEnd, next_special, string_end};

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

/// One member of the outermost object, or of the objects within its `userIdentity`. Members stand
/// in the order in which they begin: those of an inner object follow the member that holds it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    /// 1 for the outermost object, 2 for an object in it, …
    pub(crate) level: u32,
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
    /// The value of a container's key (`Records`, `Events`, …) opened an array before this position.
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

/// Members are noted this deep within `userIdentity`: as deep as columns are filled from.
const NOTED_LEVELS: u32 = 4;

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
    /// The last key read: its inside, and whether it names a credential.
    key: Span,
    key_suspect: bool,
    /// Members are noted down to this level.
    noted: u32,
    /// Level of the outermost open array (0: none): members within arrays are not noted.
    array: u32,
    /// Members whose values are open, by level.
    open: [usize; NOTED_LEVELS as usize],
    /// How many of `open` are so.
    opened: u32,
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
            key_suspect: false,
            noted: 1,
            array: 0,
            open: [0; NOTED_LEVELS as usize],
            opened: 0,
            containers: false,
            members: Vec::with_capacity(32),
        }
    }

    /// Starts over, before a value. With `containers` an array under `Records`, `Events` or another key
    /// of `shape::is_container` in the outermost object stops the walk, so that its elements can be read one by one.
    pub(crate) fn begin(&mut self, containers: bool) {
        self.pos = 0;
        self.state = State::Value;
        self.depth = 0;
        self.kinds = 0;
        self.resume = None;
        self.key_suspect = false;
        self.noted = 1;
        self.array = 0;
        self.opened = 0;
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

    /// Members of the outermost object, and those within its `userIdentity`.
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
            // In the order of frequency: a chain of branches is predicted better than a jump table.
            let step = if matches!(self.state, State::Key | State::FirstKey) {
                self.member(bytes, byte)
            } else if matches!(self.state, State::Value | State::FirstElement) {
                self.value(bytes, byte, last)
            } else if self.state == State::After {
                self.after(bytes, byte)
            } else {
                self.colon(byte)
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

    /// A key and its colon, and its value too if that is a string that follows at once, which is
    /// what most of a record consists of.
    #[inline(always)]
    fn member(&mut self, bytes: &[u8], byte: u8) -> Option<Step> {
        if byte != b'"' {
            return self.no_key(bytes, byte);
        }
        let (end, escaped) = match self.string(bytes) {
            Ok(end) => end,
            Err(stop) => return Some(*stop),
        };
        self.key = Span {
            start: self.pos + 1,
            end,
        };
        self.key_suspect = escaped || redact::key_hint(self.key.bytes(bytes));
        if self.key_suspect {
            self.suspect();
        }
        self.pos = end + 1;
        if bytes.get(self.pos) != Some(&b':') {
            self.state = State::Colon;
            return None;
        }
        self.state = State::Value;
        self.pos += 1;
        self.skip_one_space(bytes);
        if bytes.get(self.pos) == Some(&b'"') {
            self.string_value(bytes)
        } else {
            None
        }
    }

    #[cold]
    fn no_key(&mut self, bytes: &[u8], byte: u8) -> Option<Step> {
        match (byte, self.state) {
            (b'}', State::FirstKey) => self.close(bytes),
            (_, State::FirstKey) => Some(self.bad("a key in `\"` or `}`")),
            _ => Some(self.bad("a key in `\"`")),
        }
    }

    #[inline(always)]
    fn skip_one_space(&mut self, bytes: &[u8]) {
        self.pos += usize::from(bytes.get(self.pos) == Some(&b' '));
    }

    #[inline(always)]
    fn string_value(&mut self, bytes: &[u8]) -> Option<Step> {
        match self.string(bytes) {
            Ok((end, escaped)) => {
                let suspect = redact::value_hint(crate::cut(bytes, self.pos + 1, end), escaped);
                self.scalar(bytes, end + 1, suspect, escaped)
            }
            Err(stop) => Some(*stop),
        }
    }

    #[inline]
    fn colon(&mut self, byte: u8) -> Option<Step> {
        if byte != b':' {
            return Some(self.bad("`:` after a key"));
        }
        self.pos += 1;
        self.state = State::Value;
        None
    }

    #[inline(always)]
    fn value(&mut self, bytes: &[u8], byte: u8, last: bool) -> Option<Step> {
        if byte == b'"' {
            return self.string_value(bytes);
        }
        match byte {
            b'{' => self.open(bytes, true),
            b'[' => {
                let container = self.depth == 1 && self.kinds & 1 == 1 && self.containers && self.at_container(bytes);
                self.open(bytes, false)
                    .or_else(|| container.then_some(Step::Container(self.pos)))
            }
            b']' if self.state == State::FirstElement => self.close(bytes),
            b'-' | b'0'..=b'9' => self.number(bytes, last),
            b't' => self.literal(bytes, b"true", last),
            b'f' => self.literal(bytes, b"false", last),
            b'n' => self.literal(bytes, b"null", last),
            _ if self.state == State::FirstElement => Some(self.bad("a JSON value or `]`")),
            _ => Some(self.bad("a JSON value")),
        }
    }

    /// Whether a value that begins now is one of a noted member.
    #[inline]
    fn notes(&self) -> bool {
        self.array == 0 && self.depth > 0 && self.depth <= self.noted
    }

    /// Notes a member whose value ends at `end` (0: not known yet).
    #[inline]
    fn note(&mut self, end: usize, suspect: bool, escaped: bool) {
        let value = Span { start: self.pos, end };
        let suspect = suspect || self.key_suspect;
        self.members.push(Member {
            level: self.depth,
            key: self.key,
            value,
            suspect,
            escaped,
        });
    }

    /// Something within the open members may be a secret.
    #[cold]
    fn suspect(&mut self) {
        for index in self.open.iter().take(self.opened as usize) {
            if let Some(member) = self.members.get_mut(*index) {
                member.suspect = true;
            }
        }
    }

    /// A scalar from the current position to `end`.
    #[inline(always)]
    fn scalar(&mut self, bytes: &[u8], end: usize, suspect: bool, escaped: bool) -> Option<Step> {
        if self.notes() {
            self.note(end, suspect, escaped);
        }
        if suspect {
            self.suspect();
        }
        self.pos = end;
        self.end_value(bytes)
    }

    /// Whether the array that begins here holds records: its key says so, and the object is no record itself.
    fn at_container(&self, bytes: &[u8]) -> bool {
        crate::shape::is_container(self.key.bytes(bytes), bytes, &self.members)
            && !self
                .members
                .iter()
                .any(|member| crate::shape::is_record_key(member.key.bytes(bytes)))
    }

    /// The string at the current position: where its closing quote is, and whether it has escapes.
    #[inline(always)]
    fn string(&mut self, bytes: &[u8]) -> Result<(usize, bool), Box<Step>> {
        if self.resume.is_none() {
            let end = next_special(bytes, self.pos + 1);
            if bytes.get(end) == Some(&b'"') {
                return Ok((end, false));
            }
        }
        self.long_string(bytes)
    }

    /// A string with escapes, or one that the bytes' end cuts in two, or a broken one.
    #[cold]
    fn long_string(&mut self, bytes: &[u8]) -> Result<(usize, bool), Box<Step>> {
        let (from, before) = self.resume.take().unwrap_or((self.pos + 1, false));
        match string_end(bytes, from) {
            StringEnd::Closed(end, escaped) => Ok((end, escaped || before)),
            StringEnd::Open(at, escaped) => {
                self.resume = Some((at, escaped || before));
                Err(Box::new(Step::More))
            }
            StringEnd::Bad(at, expected) => Err(Box::new(Step::Bad(Fault { at, expected }))),
        }
    }

    fn open(&mut self, bytes: &[u8], object: bool) -> Option<Step> {
        if self.depth >= self.max_depth {
            return Some(self.bad("no deeper nesting (the limit on levels is reached)"));
        }
        if self.notes() {
            if self.depth == 1 {
                self.noted = if self.key.bytes(bytes) == b"userIdentity" {
                    NOTED_LEVELS
                } else {
                    1
                };
            }
            if let Some(slot) = self.open.get_mut(self.opened as usize) {
                *slot = self.members.len();
                self.opened += 1;
            }
            self.note(0, false, false);
        }
        let bit = 1_u128 << self.depth;
        self.depth += 1;
        self.pos += 1;
        if object {
            self.kinds |= bit;
            self.state = State::FirstKey;
        } else {
            self.kinds &= !bit;
            self.state = State::FirstElement;
            if self.array == 0 {
                self.array = self.depth;
            }
        }
        None
    }

    fn close(&mut self, bytes: &[u8]) -> Option<Step> {
        self.pos += 1;
        if self.array == self.depth {
            self.array = 0;
        }
        self.depth -= 1;
        if self.notes() && self.opened > 0 {
            self.opened -= 1;
            let index = self.open.get(self.opened as usize).copied().unwrap_or_default();
            if let Some(member) = self.members.get_mut(index) {
                member.value.end = self.pos;
            }
        }
        self.end_value(bytes)
    }

    /// A value has ended before the current position.
    #[inline(always)]
    fn end_value(&mut self, bytes: &[u8]) -> Option<Step> {
        self.state = State::After;
        if self.depth == 0 {
            return Some(Step::Done(self.pos));
        }
        // Most often a comma follows at once.
        if bytes.get(self.pos) == Some(&b',') {
            self.pos += 1;
            self.state = if self.in_object() { State::Key } else { State::Value };
            self.skip_one_space(bytes);
        }
        None
    }

    #[inline]
    fn after(&mut self, bytes: &[u8], byte: u8) -> Option<Step> {
        match (byte, self.in_object()) {
            (b',', object) => {
                self.pos += 1;
                self.state = if object { State::Key } else { State::Value };
                None
            }
            (b'}', true) | (b']', false) => self.close(bytes),
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
        self.scalar(bytes, self.pos + word.len(), false, false)
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
        self.scalar(bytes, at, false, false)
    }
}
