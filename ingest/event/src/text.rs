//! JSON strings: finding their end, reading and writing their escapes.

use crate::cut;
use std::borrow::Cow;

/// How the search for a string's closing quote ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StringEnd {
    /// The closing quote is at this position; whether a backslash was met.
    Closed(usize, bool),
    /// The bytes end inside the string; the search can go on from this position.
    Open(usize, bool),
    /// The byte at this position cannot be in a string.
    Bad(usize, &'static str),
}

/// Searches the closing quote from `pos`, a position inside the string.
#[inline]
pub(crate) fn string_end(bytes: &[u8], mut pos: usize) -> StringEnd {
    let mut escaped = false;
    loop {
        pos = next_special(bytes, pos);
        match bytes.get(pos) {
            None => return StringEnd::Open(pos, escaped),
            Some(b'"') => return StringEnd::Closed(pos, escaped),
            Some(b'\\') => {
                escaped = true;
                match escape_length(bytes, pos) {
                    Ok(0) => return StringEnd::Open(pos, escaped),
                    Ok(length) => pos += length,
                    Err(at) => return StringEnd::Bad(at, "a valid escape after `\\`"),
                }
            }
            Some(_) => return StringEnd::Bad(pos, "the closing `\"` of a string before the control character"),
        }
    }
}

/// Length of the escape at `pos`; 0 when the bytes end in it; the position of a wrong byte.
fn escape_length(bytes: &[u8], pos: usize) -> Result<usize, usize> {
    match bytes.get(pos + 1) {
        None => Ok(0),
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(2),
        Some(b'u') => {
            for at in pos + 2..pos + 6 {
                match bytes.get(at) {
                    None => return Ok(0),
                    Some(byte) if byte.is_ascii_hexdigit() => {}
                    Some(_) => return Err(at),
                }
            }
            Ok(6)
        }
        Some(_) => Err(pos + 1),
    }
}

/// Position of the next quote, backslash or control character at or after `pos`; the end if none.
#[inline(always)]
pub(crate) fn next_special(bytes: &[u8], mut pos: usize) -> usize {
    while let Some(block) = bytes.get(pos..).and_then(|rest| rest.first_chunk::<16>()) {
        let block = u128::from_le_bytes(*block);
        let (low, high) = (special_marks(block as u64), special_marks((block >> 64) as u64));
        if low | high != 0 {
            let place = if low == 0 {
                64 + high.trailing_zeros()
            } else {
                low.trailing_zeros()
            };
            return pos + (place / 8) as usize;
        }
        pos += 16;
    }
    while let Some(&byte) = bytes.get(pos) {
        if byte == b'"' || byte == b'\\' || byte < 0x20 {
            return pos;
        }
        pos += 1;
    }
    pos
}

/// Marks (by their high bit) the bytes of `word` that are a quote, a backslash or a control
/// character. Subtraction borrows may mark bytes above the lowest marked one wrongly, never below.
#[inline(always)]
fn special_marks(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    // With bit 1 flipped the quote (0x22) is the one byte that joins those up to 0x1f below 0x21.
    let low = (word ^ (ONES * 0x02)).wrapping_sub(ONES * 0x21);
    let slash = (word ^ (ONES * 0x5c)).wrapping_sub(ONES);
    (low | slash) & !word & HIGH
}

/// Reads the escapes of a string's inside (without its quotes). Half of a surrogate pair alone
/// is no character: it becomes U+FFFD.
pub(crate) fn unescape(inside: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'\\', inside.as_bytes()) else {
        return Cow::Borrowed(inside);
    };
    let mut out = String::with_capacity(inside.len());
    out.push_str(inside.get(..first).unwrap_or_default());
    let mut rest = inside.get(first..).unwrap_or_default();
    while let Some(slash) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(rest.get(..slash).unwrap_or_default());
        let (character, length) = escape_at(rest.as_bytes(), slash);
        out.push(character);
        rest = rest.get(slash + length..).unwrap_or_default();
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character of the escape at `pos`, and the escape's length.
fn escape_at(bytes: &[u8], pos: usize) -> (char, usize) {
    let plain = match bytes.get(pos + 1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return unicode_at(bytes, pos),
        Some(&byte) => char::from(byte),
        None => char::REPLACEMENT_CHARACTER,
    };
    (plain, 2)
}

fn unicode_at(bytes: &[u8], pos: usize) -> (char, usize) {
    let high = hex4(bytes, pos + 2).unwrap_or(0xfffd);
    if !(0xd800..0xdc00).contains(&high) {
        return (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 6);
    }
    let low = if cut(bytes, pos + 6, pos + 8) == b"\\u" {
        hex4(bytes, pos + 8)
    } else {
        None
    };
    match low {
        Some(low) if (0xdc00..0xe000).contains(&low) => {
            let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
            (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 12)
        }
        _ => (char::REPLACEMENT_CHARACTER, 6),
    }
}

fn hex4(bytes: &[u8], pos: usize) -> Option<u32> {
    let digits = std::str::from_utf8(bytes.get(pos..pos + 4)?).ok()?;
    u32::from_str_radix(digits, 16).ok()
}

/// Appends `text` as a JSON string, quotes included.
pub(crate) fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                const HEX: [char; 16] = [
                    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
                ];
                out.push_str("\\u00");
                for digit in [c as usize >> 4, c as usize & 15] {
                    out.push(HEX.get(digit).copied().unwrap_or('0'));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
