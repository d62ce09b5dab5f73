//! Wildcard patterns over text, compiled once.
//!
//! A compiled pattern is a byte string in which [`ANY`] stands for `*` and [`ONE`] for `?`. Neither
//! byte occurs in UTF-8 text, so a literal `*` (written `${*}`) needs no escape.

/// Stands for `*`: any run of characters, the empty one included.
pub(crate) const ANY: u8 = 0xFF;
/// Stands for `?`: exactly one character.
pub(crate) const ONE: u8 = 0xFE;

/// A pattern in the cheapest form that decides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Glob {
    /// `*`
    Everything,
    /// No wildcard.
    Exact(Box<[u8]>),
    /// A literal, then one `*` at the end.
    Prefix(Box<[u8]>),
    /// Anything else.
    Pattern(Box<[u8]>),
}

impl Glob {
    /// Compiles bytes that hold [`ANY`] and [`ONE`] where the wildcards are.
    pub(crate) fn compile(bytes: &[u8]) -> Self {
        match bytes.split_last() {
            _ if !has_wildcard(bytes) => Self::Exact(bytes.into()),
            _ if is_everything(bytes) => Self::Everything,
            Some((&ANY, literal)) if !has_wildcard(literal) => Self::Prefix(literal.into()),
            _ => Self::Pattern(bytes.into()),
        }
    }

    /// Whether the whole of `text` fits. `FOLD` ignores ASCII case; the pattern must then be lower case.
    #[inline]
    pub(crate) fn matches<const FOLD: bool>(&self, text: &[u8]) -> bool {
        match self {
            Self::Everything => true,
            Self::Exact(literal) => same::<FOLD>(literal, text),
            Self::Prefix(literal) => text
                .get(..literal.len())
                .is_some_and(|head| same::<FOLD>(literal, head)),
            Self::Pattern(pattern) => matches::<FOLD>(pattern, text),
        }
    }
}

/// The bytes of `source` with its `*` and `?` turned into wildcards.
pub(crate) fn wildcards(source: &str) -> Vec<u8> {
    source.bytes().map(wildcard).collect()
}

/// One byte of a pattern's source, as it stands in a compiled pattern.
pub(crate) fn wildcard(byte: u8) -> u8 {
    match byte {
        b'*' => ANY,
        b'?' => ONE,
        other => other,
    }
}

/// Whether a compiled pattern holds a wildcard.
pub(crate) fn has_wildcard(pattern: &[u8]) -> bool {
    pattern.iter().any(|byte| *byte >= ONE)
}

/// Whether a compiled pattern is nothing but `*`, once or more.
pub(crate) fn is_everything(pattern: &[u8]) -> bool {
    !pattern.is_empty() && pattern.iter().all(|byte| *byte == ANY)
}

#[inline]
fn same<const FOLD: bool>(a: &[u8], b: &[u8]) -> bool {
    if FOLD { a.eq_ignore_ascii_case(b) } else { a == b }
}

/// Whether `text` fits a compiled pattern, in time of at most pattern length × text length:
/// a `*` that fails is only ever retried from the last one seen, which is enough for globs.
pub(crate) fn matches<const FOLD: bool>(pattern: &[u8], text: &[u8]) -> bool {
    stepwise::<FOLD>(pattern, text, || {})
}

/// [`matches`], calling `step` before each comparison; tests count them.
fn stepwise<const FOLD: bool>(pattern: &[u8], text: &[u8], mut step: impl FnMut()) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        step();
        match (pattern.get(p), text.get(t)) {
            (None, None) => return true,
            (Some(&ANY), _) if p + 1 == pattern.len() => return true,
            (Some(&ANY), _) => {
                p += 1;
                star = Some((p, t));
                continue;
            }
            (Some(&ONE), Some(_)) => {
                p += 1;
                t = next_character(text, t);
                continue;
            }
            (Some(expected), Some(found)) if equal::<FOLD>(*expected, *found) => {
                p += 1;
                t += 1;
                continue;
            }
            _ => {}
        }
        match star {
            Some((after, from)) if from < text.len() => {
                (p, t) = (after, from + 1);
                star = Some((after, from + 1));
            }
            _ => return false,
        }
    }
}

#[inline]
fn equal<const FOLD: bool>(expected: u8, found: u8) -> bool {
    expected == if FOLD { found.to_ascii_lowercase() } else { found }
}

/// The position behind the character at `position`.
fn next_character(text: &[u8], position: usize) -> usize {
    let continuation = |byte: &&u8| **byte & 0xC0 == 0x80;
    position + 1 + text.iter().skip(position + 1).take_while(continuation).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fits(pattern: &str, text: &str) -> bool {
        Glob::compile(&wildcards(pattern)).matches::<false>(text.as_bytes())
    }

    /// The definition of a glob, as plain as it can be said.
    fn naive(pattern: &[char], text: &[char]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some(('*', rest)), None) => naive(rest, text),
            (Some(('*', rest)), Some((_, tail))) => naive(rest, text) || naive(pattern, tail),
            (Some(('?', rest)), Some((_, tail))) => naive(rest, tail),
            (Some((p, rest)), Some((t, tail))) => p == t && naive(rest, tail),
            _ => false,
        }
    }

    #[test]
    fn situations() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("***", "anything at all", true),
            ("a*", "a", true),
            ("a*", "ba", false),
            ("*a", "ba", true),
            ("*a", "ab", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("?", "é", true),
            ("??", "é", false),
            ("*??", "é", false),
            ("*?", "€", true),
            ("Get*", "getobject", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "`{pattern}` on `{text}`");
        }
    }

    /// The answer, and the comparisons it took.
    fn steps(pattern: &str, text: &str) -> (bool, usize) {
        let mut steps = 0;
        let fits = stepwise::<false>(&wildcards(pattern), text.as_bytes(), || steps += 1);
        (fits, steps)
    }

    /// What a pattern and a text may cost: each place of the text once for each place of the pattern.
    fn bound(pattern: &str, text: &str) -> usize {
        (pattern.len() + 1) * (text.len() + 2)
    }

    #[test]
    fn hostile_patterns_take_no_more_than_the_product_of_the_lengths() {
        let text = "a".repeat(2_000);
        for (pattern, fits) in [
            ("*a".repeat(500) + "b", false),
            ("*a".repeat(500), true),
            ("a*".repeat(500) + "b", false),
            ("*".repeat(1_000) + "b", false),
            ("*?".repeat(500), true),
            ("?*".repeat(1_001) + "*b", false),
            ("*aaaaaaaaaaaaaaaaaaaaaaab".to_owned(), false),
            ("*".to_owned() + &"a".repeat(1_999) + "b", false),
            ("?".repeat(2_001), false),
        ] {
            let (found, steps) = steps(&pattern, &text);
            assert_eq!(found, fits, "{pattern:.20}…");
            assert!(steps <= bound(&pattern, &text), "{pattern:.20}…: {steps} steps");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(pattern in "[abé*?]{0,8}", text in "[abé]{0,10}") {
            let chars = |s: &str| s.chars().collect::<Vec<_>>();
            prop_assert_eq!(fits(&pattern, &text), naive(&chars(&pattern), &chars(&text)));
        }

        #[test]
        fn takes_no_more_than_the_product_of_the_lengths(pattern in "[aé*?]{0,40}", text in "[aé]{0,60}") {
            prop_assert!(steps(&pattern, &text).1 <= bound(&pattern, &text));
        }

        #[test]
        fn folding_ignores_case(pattern in "[ab*?]{0,6}", text in "[abAB]{0,8}") {
            let glob = Glob::compile(&wildcards(&pattern));
            prop_assert_eq!(
                glob.matches::<true>(text.as_bytes()),
                glob.matches::<false>(text.to_ascii_lowercase().as_bytes())
            );
        }
    }
}
