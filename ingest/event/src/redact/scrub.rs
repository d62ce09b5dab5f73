//! Secrets in plain text, told by what they look like or by the word before them.

use super::{MASK, is_masked, key_hint};
use crate::cut;
use memchr::memmem;
use std::borrow::Cow;
use std::ops::Range;

/// Beginnings of AWS session tokens (base64 of their fixed header), seen in STS answers.
const TOKEN_STARTS: [&[u8]; 3] = [b"IQoJb3JpZ2lu", b"FwoG", b"FQoG"];

/// A session token is longer than this; shorter look-alikes are left.
const TOKEN_LENGTH: usize = 100;

/// Replaces the secrets in `bytes`. With `raw`, which may be a cut-off piece of anything, every
/// run of base64 as long as a session token counts as one.
pub(super) fn scrub(bytes: &[u8], raw: bool) -> Cow<'_, [u8]> {
    let mut secrets = Vec::new();
    tokens(bytes, raw, &mut secrets);
    web_tokens(bytes, &mut secrets);
    private_keys(bytes, &mut secrets);
    assignments(bytes, &mut secrets);
    if secrets.is_empty() {
        return Cow::Borrowed(bytes);
    }
    secrets.sort_by_key(|range| (range.start, range.end));
    let mut out = Vec::with_capacity(bytes.len());
    let mut copied = 0;
    for secret in secrets {
        if secret.start >= copied {
            out.extend_from_slice(cut(bytes, copied, secret.start));
            out.extend_from_slice(MASK.as_bytes());
        }
        copied = copied.max(secret.end);
    }
    out.extend_from_slice(cut(bytes, copied, bytes.len()));
    Cow::Owned(out)
}

/// Whether a token, a key or an assignment may be in this text.
pub(super) fn looks_secret(text: &[u8]) -> bool {
    let assigned = |at: usize| key_hint(word_before(text, at).0);
    memchr::memchr2_iter(b'=', b':', text).any(assigned) || has_token_start(text)
}

/// Whether the beginning of a session token, a JWT or a private key is in this text.
pub(super) fn has_token_start(text: &[u8]) -> bool {
    if text.len() < 20 {
        return false;
    }
    // Each is told by a letter that is rare in names and user agents.
    memchr::memchr3_iter(b'J', b'G', b'K', text).any(|at| {
        let start = cut(text, at.saturating_sub(3), at);
        matches!(start, b"Fwo" | b"FQo" | b"IQo") || start.ends_with(b"ey") || start == b"TE "
    })
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-' | b'%')
}

fn run_end(bytes: &[u8], from: usize, is_part: fn(u8) -> bool) -> usize {
    let rest = cut(bytes, from, bytes.len());
    rest.iter()
        .position(|byte| !is_part(*byte))
        .map_or(bytes.len(), |length| from + length)
}

fn tokens(bytes: &[u8], raw: bool, found: &mut Vec<Range<usize>>) {
    for start in TOKEN_STARTS {
        let mut done = 0;
        for at in memmem::find_iter(bytes, start) {
            // A run is looked at once, else a long one made of beginnings costs its length squared.
            if at < done {
                continue;
            }
            let end = run_end(bytes, at, is_base64);
            done = end;
            if end - at > TOKEN_LENGTH {
                found.push(at..end);
            }
        }
    }
    let mut at = 0;
    while raw && at < bytes.len() {
        let end = run_end(bytes, at, is_base64);
        if end - at > TOKEN_LENGTH {
            found.push(at..end);
        }
        at = end + 1;
    }
}

/// JSON Web Tokens: three base64url parts joined by dots, the first beginning with `{"`.
fn web_tokens(bytes: &[u8], found: &mut Vec<Range<usize>>) {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'=');
    let mut done = 0;
    for at in memmem::find_iter(bytes, b"eyJ") {
        if at < done {
            continue;
        }
        let header = run_end(bytes, at, is_part);
        done = header;
        if header - at < 10 || bytes.get(header) != Some(&b'.') {
            continue;
        }
        let payload = run_end(bytes, header + 1, is_part);
        if payload - header < 10 {
            continue;
        }
        // The signature may be cut off, or absent (`alg: none`): the payload alone is enough.
        let end = if bytes.get(payload) == Some(&b'.') {
            run_end(bytes, payload + 1, is_part)
        } else {
            payload
        };
        found.push(at..end);
        done = end;
    }
}

fn private_keys(bytes: &[u8], found: &mut Vec<Range<usize>>) {
    let mut done = 0;
    for at in memmem::find_iter(bytes, b"-----BEGIN ") {
        if at < done {
            continue;
        }
        let title = cut(bytes, at, (at + 64).min(bytes.len()));
        if memmem::find(title, b"PRIVATE KEY").is_none() {
            continue;
        }
        let end = memmem::find(cut(bytes, at, bytes.len()), b"-----END ").map_or(bytes.len(), |from| {
            let dashes = at + from + 9;
            let close = memmem::find(cut(bytes, dashes, bytes.len()), b"-----");
            close.map_or(bytes.len(), |length| dashes + length + 5)
        });
        found.push(at..end);
        done = end;
    }
}

/// `word = value`, `word: value` and `"word": "value"` where the word names a credential.
fn assignments(bytes: &[u8], found: &mut Vec<Range<usize>>) {
    let mut done = 0;
    for at in memchr::memchr2_iter(b'=', b':', bytes) {
        let (word, quoted) = word_before(bytes, at);
        if at < done || !key_hint(word) {
            continue;
        }
        let spaced = bytes.get(at + 1).is_none_or(u8::is_ascii_whitespace);
        // `secretsmanager:…:secret:name` in an ARN is no assignment.
        let assigns = bytes.get(at) == Some(&b'=') || quoted || spaced;
        if let Some(value) = assigns.then(|| value_after(bytes, at + 1)).flatten() {
            done = value.end;
            found.push(value);
        }
    }
}

/// The word that ends before `at`, and whether a quote stands between.
fn word_before(bytes: &[u8], at: usize) -> (&[u8], bool) {
    let mut end = at;
    let mut quoted = false;
    while end > 0 && at - end < 16 {
        match bytes.get(end - 1) {
            Some(b'"' | b'\'') => quoted = true,
            Some(b' ' | b'\\' | b'\t') => {}
            _ => break,
        }
        end -= 1;
    }
    let before = cut(bytes, end.saturating_sub(64), end);
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let start = before
        .iter()
        .rposition(|byte| !is_part(byte))
        .map_or(0, |index| index + 1);
    (cut(before, start, before.len()), quoted)
}

/// Where the assigned value lies, unless there is none or it is masked already.
fn value_after(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let start = run_end(bytes, from, |byte| byte.is_ascii_whitespace());
    let slashes = run_end(bytes, start, |byte| byte == b'\\');
    let value = match bytes.get(slashes) {
        Some(&quote @ (b'"' | b'\'')) => slashes + 1..closing_quote(bytes, slashes + 1, quote, slashes - start),
        Some(b'{' | b'[') => {
            let rest = cut(bytes, slashes, bytes.len());
            slashes..memchr::memchr2(b'}', b']', rest).map_or(bytes.len(), |length| slashes + length)
        }
        _ => start..plain_end(bytes, start),
    };
    let text = String::from_utf8_lossy(cut(bytes, value.start, value.end));
    let hidden = is_masked(&text) || text == "true" || text == "false";
    (!hidden).then_some(value)
}

/// The end of an unquoted value; `Bearer` and `Basic` are followed by what matters.
fn plain_end(bytes: &[u8], start: usize) -> usize {
    let is_part = |byte: u8| {
        !byte.is_ascii_whitespace()
            && !matches!(
                byte,
                b'&' | b',' | b';' | b'"' | b'\'' | b'}' | b']' | b')' | b'<' | b'\\'
            )
    };
    let end = run_end(bytes, start, is_part);
    let scheme = cut(bytes, start, end);
    if scheme.eq_ignore_ascii_case(b"bearer") || scheme.eq_ignore_ascii_case(b"basic") {
        return run_end(bytes, run_end(bytes, end, |byte| byte == b' '), is_part);
    }
    end
}

/// The quote that closes a value whose opening quote had `slashes` backslashes before it: one with
/// more of them is inside the value.
fn closing_quote(bytes: &[u8], from: usize, quote: u8, slashes: usize) -> usize {
    for offset in memchr::memchr_iter(quote, cut(bytes, from, bytes.len())) {
        let at = from + offset;
        let inside = cut(bytes, from, at);
        let before = inside.iter().rev().take_while(|byte| **byte == b'\\').count();
        if before <= slashes {
            return at - before;
        }
    }
    bytes.len()
}
