//! Cheap checks, made for every key and string on the hot path, that say "look closer".
//!
//! They may be wrong in one direction only: what the exact rules would redact must be hinted at.

use super::{is_credential_key, scrub};

/// Whether the key names a credential; most keys are told by their last four characters.
#[inline]
pub(crate) fn key_hint(key: &[u8]) -> bool {
    may_be_credential(key) && is_credential_key(&String::from_utf8_lossy(key))
}

/// A superset of [`is_credential_key`].
#[inline]
fn may_be_credential(key: &[u8]) -> bool {
    let Some(last) = key.last_chunk::<4>() else {
        return key.len() == 3;
    };
    let last = last.map(|byte| byte | 0x20);
    let by_end = match &last {
        // token, secret, …word, passwd, …phrase, …code, secretString, secretBinary, assertion,
        // authorization, signature, credential, tokenValue
        b"oken" | b"cret" | b"word" | b"sswd" | b"rase" | b"ring" | b"nary" | b"tion" | b"ture" | b"tial" => true,
        // …Code and …Value are many; few of them follow these letters.
        b"code" => before(key, 5, b"sha"),
        b"alue" => before(key, 6, b"nt"),
        [_, b'k', b'e', b'y'] => before(key, 4, b"stegi_-"),
        [_, b'p', b'w', b'd'] | [_, b'j', b'w', b't'] => true,
        // Separators: `token_`, `to_ken`.
        _ => !last.iter().all(u8::is_ascii_alphanumeric),
    };
    by_end || (key.len() > 8 && within(key))
}

/// Whether the byte `back` places from the end is one of these letters, in any case, or no letter.
#[inline]
fn before(key: &[u8], back: usize, letters: &[u8]) -> bool {
    let byte = key.len().checked_sub(back).and_then(|at| key.get(at));
    byte.is_some_and(|byte| letters.contains(&(byte | 0x20)) || !byte.is_ascii_alphabetic())
}

/// Whether there is a `w`, as in `password`, in a key of at least eight characters, after an `s` or a separator.
#[inline]
fn within(key: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let has_w = |chunk: &[u8; 8]| {
        let other = (u64::from_le_bytes(*chunk) | (ONES * 0x20)) ^ (ONES * b'w' as u64);
        other.wrapping_sub(ONES) & !other & (ONES * 0x80) != 0
    };
    let (chunks, _) = key.as_chunks::<8>();
    let any = chunks.iter().any(has_w) || key.last_chunk::<8>().is_some_and(has_w);
    any && key
        .windows(2)
        .any(|pair| matches!(pair, [b's' | b'S' | b'_' | b'-' | b'.' | b' ', b'w' | b'W']))
}

/// Whether the inside of a string might hold a credential: a superset of what [`scrub`] finds.
#[inline]
pub(crate) fn value_hint(inside: &[u8], escaped: bool) -> bool {
    // `pwd=x` is the shortest.
    inside.len() >= 5 && long_hint(inside, escaped)
}

#[inline(never)]
fn long_hint(inside: &[u8], escaped: bool) -> bool {
    if escaped {
        // `\u` may hide what to look for.
        return scrub::looks_secret(inside) || hides(inside);
    }
    match memchr::memchr3(b'=', b' ', b'J', inside) {
        // `=` and ` ` follow the word that names a credential; `J` is in what tokens begin with.
        Some(_) => scrub::looks_secret(inside),
        // The other tokens begin with `FwoG` and `FQoG`, and are longer than this.
        None => inside.len() > 100 && scrub::has_token_start(inside),
    }
}

fn hides(inside: &[u8]) -> bool {
    memchr::memchr_iter(b'\\', inside).any(|at| inside.get(at + 1) == Some(&b'u'))
}
