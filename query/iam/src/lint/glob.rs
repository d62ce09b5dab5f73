//! How two wildcard patterns stand to each other: whether one covers the other, whether some text fits both.

/// One symbol of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// A character.
    Text(char),
    /// `?`
    One,
    /// `*`
    Any,
    /// A run without `/`, the empty one included.
    Segment,
    /// A policy variable: some text that nobody knows here, equal to itself.
    Hole,
}

/// A wildcard pattern taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tokens(Vec<Token>);

impl Tokens {
    /// A policy's pattern. Policy variables may stand for anything; `${*}` and the like are text.
    pub(super) fn of_policy(text: &str) -> Self {
        let mut tokens = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            tokens.extend(before.chars().map(token));
            let Some((inside, tail)) = after.split_once('}') else {
                tokens.extend(after.chars().map(token));
                return Self(tokens);
            };
            match inside.as_bytes() {
                [literal @ (b'*' | b'?' | b'$')] => tokens.push(Token::Text(char::from(*literal))),
                _ => tokens.push(Token::Hole),
            }
            rest = tail;
        }
        tokens.extend(rest.chars().map(token));
        Self(tokens)
    }

    /// A part of an ARN pattern of the action tables, where `${Name}` stands for a name. `filled`: it
    /// cannot be empty. A bucket's name has no `/`, which tells buckets from objects.
    pub(super) fn of_table(text: &str, filled: bool) -> Self {
        let mut tokens = Vec::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            tokens.extend(before.chars().map(token));
            let (name, tail) = after.split_once('}').unwrap_or((after, ""));
            tokens.extend(filled.then_some(Token::One));
            tokens.push(if name == "BucketName" {
                Token::Segment
            } else {
                Token::Any
            });
            rest = tail;
        }
        tokens.extend(rest.chars().map(token));
        Self(tokens)
    }

    /// Whether some text fits both patterns; variables may be anything.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let (a, b) = (&self.0, &other.0);
        // reachable[j]: some text was read by the first i tokens of `a` and the first j of `b`.
        let mut reachable = vec![false; b.len() + 1];
        if let Some(first) = reachable.first_mut() {
            *first = true;
        }
        absorb(&mut reachable, b, None);
        for &token in a {
            let mut next = vec![false; b.len() + 1];
            for (j, _) in reachable.iter().enumerate().filter(|(_, reached)| **reached) {
                if is_run(token) {
                    mark(&mut next, j);
                }
                let Some(&theirs) = b.get(j) else { continue };
                if is_run(theirs) && admits(theirs, token) {
                    mark(&mut next, j);
                }
                if !is_run(token) && !is_run(theirs) && meets(token, theirs) {
                    mark(&mut next, j + 1);
                }
            }
            absorb(&mut next, b, Some(token));
            reachable = next;
        }
        reachable.last().copied().unwrap_or(false)
    }

    /// Whether every text that fits `other` fits this pattern. May say no where the truth is yes.
    pub(super) fn covers(&self, other: &Self) -> bool {
        let (mut p, mut t) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        loop {
            match (self.0.get(p), other.0.get(t)) {
                (None, None) => return true,
                (Some(Token::Any), _) => {
                    p += 1;
                    star = Some((p, t));
                    continue;
                }
                (Some(Token::One), Some(Token::Text(_))) => {
                    p += 1;
                    t += 1;
                    continue;
                }
                (Some(mine), Some(theirs)) if mine == theirs && *mine != Token::Hole => {
                    p += 1;
                    t += 1;
                    continue;
                }
                _ => {}
            }
            match star {
                Some((after, from)) if from < other.0.len() => {
                    (p, t) = (after, from + 1);
                    star = Some((after, from + 1));
                }
                _ => return false,
            }
        }
    }
}

fn token(character: char) -> Token {
    match character {
        '*' => Token::Any,
        '?' => Token::One,
        other => Token::Text(other),
    }
}

fn mark(row: &mut [bool], at: usize) {
    if let Some(cell) = row.get_mut(at) {
        *cell = true;
    }
}

fn is_run(token: Token) -> bool {
    matches!(token, Token::Any | Token::Segment | Token::Hole)
}

/// Whether a run can hold what `token` stands for.
fn admits(run: Token, token: Token) -> bool {
    run != Token::Segment || token != Token::Text('/')
}

fn meets(a: Token, b: Token) -> bool {
    match (a, b) {
        (Token::Text(x), Token::Text(y)) => x == y,
        _ => true,
    }
}

/// Lets the other pattern go on alone: over its runs, and over what a run of ours (`held`) takes in.
fn absorb(row: &mut [bool], other: &[Token], held: Option<Token>) {
    for (j, &theirs) in other.iter().enumerate() {
        let goes_on = is_run(theirs) || held.is_some_and(|run| is_run(run) && admits(run, theirs));
        if row.get(j) == Some(&true) && goes_on {
            mark(row, j + 1);
        }
    }
}

/// The six parts of an ARN pattern; fewer where it has fewer. A `:` inside `${…}` parts nothing.
pub(super) fn arn_parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, false);
    let mut before = 0;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' if before == b'$' => depth = true,
            b'}' => depth = false,
            b':' if !depth && parts.len() < 5 => {
                parts.extend(text.get(start..at));
                start = at + 1;
            }
            _ => {}
        }
        before = byte;
    }
    parts.extend(text.get(start..));
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn overlaps(a: &str, b: &str) -> bool {
        let (a, b) = (Tokens::of_policy(a), Tokens::of_policy(b));
        assert_eq!(a.overlaps(&b), b.overlaps(&a));
        a.overlaps(&b)
    }

    fn covers(a: &str, b: &str) -> bool {
        Tokens::of_policy(a).covers(&Tokens::of_policy(b))
    }

    #[test]
    fn situations() {
        for (a, b, covered, overlapping) in [
            ("a", "a", true, true),
            ("a", "b", false, false),
            ("*", "", true, true),
            ("", "*", false, true),
            ("a*", "*b", false, true),
            ("a*", "ab*", true, true),
            ("a*c", "ab*", false, true),
            ("a?", "a*", false, true),
            ("a*", "a?", true, true),
            ("?", "", false, false),
            ("*a*b", "xay*b", true, true),
            ("a/${aws:x}", "a/b", false, true),
            ("a/*", "a/${aws:x}", true, true),
            ("a/${aws:x}", "a/*", false, true),
            ("a${*}", "a*", false, true),
            ("a${*}", "ab", false, false),
        ] {
            assert_eq!(covers(a, b), covered, "`{a}` covers `{b}`");
            assert_eq!(overlaps(a, b), overlapping, "`{a}` overlaps `{b}`");
        }
    }

    #[test]
    fn names_of_the_table() {
        for (table, filled, text, expected) in [
            ("${BucketName}", false, "b/*", false),
            ("${BucketName}", false, "b*", true),
            ("${BucketName}/${ObjectName}", false, "b", false),
            ("${BucketName}/${ObjectName}", false, "b/*", true),
            ("${Region}", true, "", false),
            ("${Region}", true, "*", true),
            ("role/${RoleNameWithPath}", false, "role/a/b", true),
        ] {
            let known = Tokens::of_table(table, filled);
            assert_eq!(
                known.overlaps(&Tokens::of_policy(text)),
                expected,
                "`{table}` and `{text}`"
            );
        }
    }

    #[test]
    fn parts_of_arns() {
        assert_eq!(arn_parts("arn:aws:s3:::a:b"), ["arn", "aws", "s3", "", "", "a:b"]);
        assert_eq!(arn_parts("arn:aws:s3:::${aws:x}:b").last(), Some(&"${aws:x}:b"));
        assert_eq!(arn_parts("*"), ["*"]);
    }

    proptest! {
        #[test]
        fn a_text_that_fits_both_makes_them_overlap(a in "[ab/*?]{0,7}", b in "[ab/*?]{0,7}", text in "[ab/]{0,6}") {
            let fits = |pattern: &str| covers(pattern, &text);
            if fits(&a) && fits(&b) {
                prop_assert!(overlaps(&a, &b));
            }
            if covers(&a, &b) && fits(&b) {
                prop_assert!(fits(&a));
            }
            prop_assert_eq!(overlaps(&a, &text), fits(&a));
        }
    }
}
