//! The form of a record that does not depend on key order, whitespace or the spelling of escapes.

use crate::text::{push_quoted, unescape};
use crate::walk::{Step, Walker};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// `sha256:` and the hex digest of the canonical form of valid JSON text.
pub(crate) fn digest(json: &str) -> String {
    let hash = Sha256::digest(canonical(json).as_bytes());
    let mut out = String::with_capacity(7 + 64);
    out.push_str("sha256:");
    for byte in hash {
        // Writing into a String cannot fail.
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// Compact, keys sorted, strings with the fewest escapes. Nesting is bounded by the walk that
/// accepted the text, so recursion is too.
pub(crate) fn canonical(json: &str) -> String {
    let json = json.trim_ascii();
    match json.as_bytes().first() {
        Some(b'{') => object(json),
        Some(b'[') => array(json),
        Some(b'"') => {
            let mut out = String::with_capacity(json.len());
            push_quoted(
                &mut out,
                &unescape(json.get(1..json.len().saturating_sub(1)).unwrap_or_default()),
            );
            out
        }
        _ => json.to_owned(),
    }
}

fn object(json: &str) -> String {
    let mut walker = Walker::new(128);
    walker.run(json.as_bytes(), true);
    let mut members: Vec<(String, String)> = walker
        .members()
        .iter()
        .filter(|member| member.level == 1)
        .map(|member| {
            (
                unescape(member.key.of(json)).into_owned(),
                canonical(member.value.of(json)),
            )
        })
        .collect();
    members.sort();
    let mut out = String::with_capacity(json.len());
    for (index, (key, value)) in members.iter().enumerate() {
        out.push(if index == 0 { '{' } else { ',' });
        push_quoted(&mut out, key);
        out.push(':');
        out.push_str(value);
    }
    if members.is_empty() {
        out.push('{');
    }
    out.push('}');
    out
}

fn array(json: &str) -> String {
    let bytes = json.as_bytes();
    let mut out = String::from("[");
    let mut walker = Walker::new(128);
    let mut pos = 1;
    loop {
        while bytes
            .get(pos)
            .is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b',')
        {
            pos += 1;
        }
        let rest = json.get(pos..).unwrap_or_default();
        walker.begin(false);
        let Step::Done(length) = walker.run(rest.as_bytes(), true) else {
            break;
        };
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&canonical(rest.get(..length).unwrap_or_default()));
        pos += length;
    }
    out.push(']');
    out
}
