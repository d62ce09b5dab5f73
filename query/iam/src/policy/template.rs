//! Policy variables: `${key}`, `${key, 'default'}` and the escapes `${*}`, `${?}`, `${$}`
//! (IAM user guide, "IAM policy elements: Variables and tags").

use super::glob;

/// Text with holes for values of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) pieces: Vec<Piece>,
}

/// One part of a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Compiled pattern bytes (see [`glob`]).
    Text(Vec<u8>),
    /// The value of a context key.
    Variable(Variable),
}

/// A reference to a context key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable {
    /// Lower case.
    pub(crate) key: String,
    /// As the policy spells it.
    pub(crate) spelling: String,
    /// What stands for the key where the request has none.
    pub(crate) default: Option<String>,
}

/// How the source of a pattern is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Syntax {
    /// `*` and `?` are wildcards.
    pub(crate) wildcards: bool,
    /// `${…}` is a variable (policy version 2012-10-17).
    pub(crate) variables: bool,
}

impl Template {
    /// Reads `source`. A `${` that opens no well-formed variable is plain text.
    pub(crate) fn parse(source: &str, syntax: Syntax) -> Self {
        let mut pieces = Vec::new();
        let mut text = Vec::new();
        let mut rest = source;
        while let Some((before, after)) = rest.split_once("${").filter(|_| syntax.variables) {
            push_text(&mut text, before, syntax);
            match after
                .split_once('}')
                .and_then(|(inside, tail)| Some((hole(inside)?, tail)))
            {
                Some((Hole::Literal(byte), tail)) => {
                    text.push(byte);
                    rest = tail;
                }
                Some((Hole::Key(variable), tail)) => {
                    pieces.extend((!text.is_empty()).then(|| Piece::Text(std::mem::take(&mut text))));
                    pieces.push(Piece::Variable(variable));
                    rest = tail;
                }
                None => {
                    text.extend_from_slice(b"${");
                    rest = after;
                }
            }
        }
        push_text(&mut text, rest, syntax);
        if !text.is_empty() || pieces.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Self { pieces }
    }

    /// The compiled bytes, if nothing depends on the request.
    pub(crate) fn fixed(&self) -> Option<&[u8]> {
        match self.pieces.as_slice() {
            [Piece::Text(text)] => Some(text),
            _ => None,
        }
    }
}

enum Hole {
    Literal(u8),
    Key(Variable),
}

/// What stands between `${` and `}`.
fn hole(inside: &str) -> Option<Hole> {
    if let [byte @ (b'*' | b'?' | b'$')] = inside.as_bytes() {
        return Some(Hole::Literal(*byte));
    }
    let (key, default) = match inside.split_once(',') {
        None => (inside, None),
        Some((key, default)) => (key, Some(default.trim().strip_prefix('\'')?.strip_suffix('\'')?)),
    };
    let key = key.trim();
    (!key.is_empty() && !key.contains(['$', '{', '\'', '*'])).then(|| {
        Hole::Key(Variable {
            key: key.to_lowercase(),
            spelling: key.to_owned(),
            default: default.map(str::to_owned),
        })
    })
}

fn push_text(text: &mut Vec<u8>, source: &str, syntax: Syntax) {
    text.extend(
        source
            .bytes()
            .map(|byte| if syntax.wildcards { glob::wildcard(byte) } else { byte }),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: Syntax = Syntax {
        wildcards: true,
        variables: true,
    };

    fn text(bytes: &[u8]) -> Piece {
        Piece::Text(bytes.to_vec())
    }

    fn variable(key: &str, spelling: &str, default: Option<&str>) -> Piece {
        Piece::Variable(Variable {
            key: key.into(),
            spelling: spelling.into(),
            default: default.map(str::to_owned),
        })
    }

    #[test]
    fn situations() {
        for (situation, source, expected) in [
            ("no variable", "a*", vec![text(&[b'a', glob::ANY])]),
            ("empty", "", vec![text(b"")]),
            (
                "only a variable",
                "${aws:Name}",
                vec![variable("aws:name", "aws:Name", None)],
            ),
            (
                "a default with a space",
                "x/${aws:PrincipalTag/t, 'a b'}/*",
                vec![
                    text(b"x/"),
                    variable("aws:principaltag/t", "aws:PrincipalTag/t", Some("a b")),
                    text(&[b'/', glob::ANY]),
                ],
            ),
            ("escapes are literal", "${*}${?}${$}", vec![text(b"*?$")]),
            ("unclosed", "a${aws:x", vec![text(b"a${aws:x")]),
            ("empty variable", "${}", vec![text(b"${}")]),
            ("an unquoted default", "${a:b, c}", vec![text(b"${a:b, c}")]),
        ] {
            assert_eq!(Template::parse(source, FULL).pieces, expected, "{situation}");
        }
    }

    #[test]
    fn version_2008_has_no_variables() {
        let template = Template::parse(
            "${aws:x}*",
            Syntax {
                wildcards: false,
                variables: false,
            },
        );
        assert_eq!(template.fixed(), Some(b"${aws:x}*".as_slice()));
    }
}
