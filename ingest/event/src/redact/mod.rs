//! Secrets never land: credential-like values become `[redacted]` before anything is stored.
//!
//! Two things make a value a secret: the key it stands under ([`is_credential_key`]) and what it
//! looks like (session tokens, JWTs, private keys, assignments in text, presigned URLs). STS
//! events carry `responseElements.credentials.sessionToken` in clear; the access key id beside it
//! is no secret and is kept, because sessions are joined by it.

mod hint;
mod keys;
mod scrub;

pub(crate) use hint::{key_hint, value_hint};
pub use keys::is_credential_key;

use crate::text::{StringEnd, push_quoted, string_end, unescape};
use crate::walk::{Step, Walker};
use std::borrow::Cow;

/// What stands in a secret's place.
pub const MASK: &str = "[redacted]";

/// How deep JSON within JSON strings is followed.
const STRING_LEVELS: u32 = 4;

/// Whether this is no secret any more: empty, masked by CloudTrail or by us.
pub(crate) fn is_masked(value: &str) -> bool {
    const MASKED: [&str; 5] = [
        MASK,
        "HIDDEN_DUE_TO_SECURITY_REASONS",
        "Value hidden due to security reasons.",
        "<sensitiveDataRemoved>",
        "null",
    ];
    value.bytes().all(|byte| byte == b'*') || MASKED.contains(&value)
}

/// Redacts a text that is not known to be JSON; JSON in it is looked into.
pub fn string(text: &str) -> Cow<'_, str> {
    string_at(text, 0)
}

fn string_at(text: &str, level: u32) -> Cow<'_, str> {
    let trimmed = text.trim_ascii();
    if level < STRING_LEVELS && trimmed.starts_with(['{', '[']) {
        let mut walker = Walker::new(128);
        if walker.run(trimmed.as_bytes(), true) == Step::Done(trimmed.len()) {
            return match json_at(trimmed, level + 1) {
                Cow::Borrowed(_) => Cow::Borrowed(text),
                Cow::Owned(redacted) => Cow::Owned(redacted),
            };
        }
    }
    match scrub::scrub(text.as_bytes(), false) {
        Cow::Borrowed(_) => Cow::Borrowed(text),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// Redacts valid JSON text, JSON within its strings included.
pub fn json(text: &str) -> Cow<'_, str> {
    json_at(text, 0)
}

/// Redacts bytes that may be anything: broken JSON, cut off, not text at all.
pub fn raw(bytes: &[u8]) -> Cow<'_, [u8]> {
    scrub::scrub(bytes, true)
}

fn json_at(text: &str, level: u32) -> Cow<'_, str> {
    Redaction {
        text,
        level,
        out: String::new(),
        copied: 0,
        pos: 0,
        depth: 0,
        secret: None,
        under_secret_key: false,
    }
    .run()
}

/// One pass over the tokens of valid JSON text.
struct Redaction<'a> {
    text: &'a str,
    level: u32,
    out: String,
    /// `text` before this position is in `out`.
    copied: usize,
    pos: usize,
    depth: u32,
    /// Everything at least this deep is the value of a credential-like key.
    secret: Option<u32>,
    /// The value that comes next is the value of a credential-like key.
    under_secret_key: bool,
}

impl<'a> Redaction<'a> {
    fn run(mut self) -> Cow<'a, str> {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.pos) {
            match byte {
                b'"' => self.string(),
                b'{' | b'[' => {
                    self.depth += 1;
                    if self.under_secret_key && self.secret.is_none() {
                        self.secret = Some(self.depth);
                    }
                    self.under_secret_key = false;
                    self.pos += 1;
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.secret = self.secret.filter(|depth| *depth <= self.depth);
                    self.pos += 1;
                }
                b'-' | b'0'..=b'9' => self.number(),
                // `null`, `true` and `false` hide nothing.
                b'n' | b't' | b'f' => {
                    self.under_secret_key = false;
                    self.pos += 1;
                }
                _ => self.pos += 1,
            }
        }
        if self.copied == 0 {
            return Cow::Borrowed(self.text);
        }
        self.out.push_str(self.text.get(self.copied..).unwrap_or_default());
        Cow::Owned(self.out)
    }

    fn is_secret(&self) -> bool {
        self.under_secret_key || self.secret.is_some()
    }

    fn number(&mut self) {
        let start = self.pos;
        let bytes = self.text.as_bytes();
        while bytes
            .get(self.pos)
            .is_some_and(|byte| matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'))
        {
            self.pos += 1;
        }
        if self.is_secret() {
            self.replace(start, MASK);
        }
        self.under_secret_key = false;
    }

    fn string(&mut self) {
        let start = self.pos;
        let bytes = self.text.as_bytes();
        let (end, escaped) = match string_end(bytes, start + 1) {
            StringEnd::Closed(end, escaped) => (end, escaped),
            _ => (self.text.len(), true),
        };
        self.pos = end + 1;
        let inside = self.text.get(start + 1..end).unwrap_or_default();
        if self.is_key() {
            let key = unescape(inside);
            self.under_secret_key = (escaped || key_hint(inside.as_bytes())) && is_credential_key(&key);
        } else {
            self.string_value(start, inside, escaped);
            self.under_secret_key = false;
        }
    }

    fn string_value(&mut self, start: usize, inside: &str, escaped: bool) {
        if self.is_secret() {
            if !is_masked(inside) {
                self.replace(start, MASK);
            }
        } else if value_hint(inside.as_bytes(), escaped) {
            let value = unescape(inside);
            if let Cow::Owned(redacted) = string_at(&value, self.level) {
                self.replace(start, &redacted);
            }
        }
    }

    /// In valid JSON a string is a key exactly when a colon follows.
    fn is_key(&self) -> bool {
        let rest = crate::cut(self.text.as_bytes(), self.pos, self.text.len());
        rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
    }

    /// Puts a string in the place of the value from `start` to the current position.
    fn replace(&mut self, start: usize, value: &str) {
        self.out.push_str(self.text.get(self.copied..start).unwrap_or_default());
        push_quoted(&mut self.out, value);
        self.copied = self.pos;
    }
}
