//! Cheap checks, made for every key and string on the hot path, that say "look closer".
//!
//! They may be wrong in one direction only: what the exact rules would redact must be hinted at.

use super::scrub;

/// Whether the key might be a credential's: a superset of [`super::is_credential_key`].
#[inline]
pub(crate) fn key_hint(key: &[u8]) -> bool {
    let Some(last) = key.last_chunk::<3>() else {
        return false;
    };
    let [a, b, c] = last.map(|byte| byte | 0x20);
    match [a, b, c] {
        // token, secret, …word, passwd, pwd, …phrase, …code, …key, secretString, secretBinary,
        // assertion, signature, credential, authorization, jwt, tokenValue, passwordHash, …Data
        [b'k', b'e', b'n'] | [b'r', b'e', b't'] | [b'o', b'r', b'd'] | [b's', b'w', b'd'] | [b'p', b'w', b'd'] => true,
        [b'a', b's', b'e'] | [b'o', b'd', b'e'] | [b'k', b'e', b'y'] | [b'i', b'n', b'g'] | [b'a', b'r', b'y'] => true,
        [b'i', b'o', b'n'] | [b'u', b'r', b'e'] | [b'i', b'a', b'l'] | [b'j', b'w', b't'] => true,
        [b'l', b'u', b'e'] | [b'a', b's', b'h'] | [b'a', b't', b'a'] => true,
        // A last character that is not a letter (`token_`, `Password2`), or `password` within.
        _ => !c.is_ascii_lowercase() || (key.len() > 8 && within(key)),
    }
}

/// Whether `ssw` as in `password` is in the key, in any case.
fn within(key: &[u8]) -> bool {
    memchr::memchr2_iter(b'w', b'W', key).any(|at| at > 1 && key.get(at - 1).is_some_and(|byte| byte | 0x20 == b's'))
}

/// Whether the inside of a string might hold a credential: a superset of what [`scrub`] finds.
#[inline]
pub(crate) fn value_hint(inside: &[u8], escaped: bool) -> bool {
    // With escapes it may be JSON, or hide what to look for.
    escaped || (inside.len() >= 8 && long_hint(inside))
}

fn long_hint(inside: &[u8]) -> bool {
    if memchr::memchr2(b'=', b' ', inside).is_some() {
        return scrub::looks_secret(inside);
    }
    // One word: a token is a long one.
    inside.len() >= 30 && scrub::has_token_start(inside)
}
