//! Patterns of a policy: of actions, and of text or ARNs with variables.

use super::glob::{self, Glob};
use super::template::{Piece, Syntax, Template};

/// A pattern of the `Action` or `NotAction` element. Case does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionPattern {
    source: String,
    service: Option<String>,
    matcher: ActionMatcher,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum ActionMatcher {
    /// The service prefix is literal, so no wildcard can cross the colon.
    Whole(Glob),
    /// Service prefix and name apart.
    Parts(Glob, Glob),
}

impl ActionPattern {
    /// Compiles `service:name`, either with wildcards, or `*`. `None` for anything else.
    pub(crate) fn compile(source: &str) -> Option<Self> {
        let lower = source.to_ascii_lowercase();
        let bytes = glob::wildcards(&lower);
        let (service, matcher) = match lower.split_once(':') {
            _ if glob::is_everything(&bytes) => (None, ActionMatcher::Whole(Glob::Everything)),
            Some((service, name)) if !service.is_empty() && !name.is_empty() => {
                let pattern = glob::wildcards(service);
                if glob::has_wildcard(&pattern) {
                    let name = Glob::compile(&glob::wildcards(name));
                    (None, ActionMatcher::Parts(Glob::compile(&pattern), name))
                } else {
                    (Some(service.to_owned()), ActionMatcher::Whole(Glob::compile(&bytes)))
                }
            }
            _ => return None,
        };
        Some(Self {
            source: source.to_owned(),
            service,
            matcher,
        })
    }

    /// The pattern as the policy spells it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The service prefix in lower case; `None` if it has a wildcard.
    pub(crate) fn service(&self) -> Option<&str> {
        self.service.as_deref()
    }

    /// Whether `action` (`service:Name`, any case) is meant.
    #[inline]
    pub fn matches(&self, action: &str) -> bool {
        match &self.matcher {
            ActionMatcher::Whole(glob) => glob.matches::<true>(action.as_bytes()),
            ActionMatcher::Parts(service, name) => action
                .split_once(':')
                .is_some_and(|(s, n)| service.matches::<true>(s.as_bytes()) && name.matches::<true>(n.as_bytes())),
        }
    }
}

/// How a pattern is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// Equal.
    Exact,
    /// Equal but for case.
    IgnoreCase,
    /// With wildcards over the whole text.
    Like,
    /// With wildcards, ARN part by ARN part (IAM user guide, "Condition operators": each of the six
    /// parts is checked by itself).
    Arn,
    /// As `Resource` is: like [`Comparison::Arn`], but an ARN that lacks parts is completed with `*`,
    /// and a `*` at the end of a part may go on beyond its colon (IAM user guide, "IAM JSON policy
    /// elements: Resource").
    Resource,
}

/// A pattern of the `Resource` element or of a string or ARN condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    source: String,
    comparison: Comparison,
    shape: Shape,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Shape {
    Fixed(Compiled),
    Variable(Template),
}

/// A pattern without holes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Compiled {
    Text(Glob),
    Folded(String),
    Arn(Box<[Glob; 6]>),
    Never,
}

impl Pattern {
    /// Compiles `source`; `variables` if the policy's version has them.
    pub(crate) fn compile(source: &str, comparison: Comparison, variables: bool) -> Self {
        let wildcards = matches!(comparison, Comparison::Like | Comparison::Arn | Comparison::Resource);
        let template = Template::parse(source, Syntax { wildcards, variables });
        let shape = match template.fixed() {
            Some(bytes) => Shape::Fixed(Compiled::new(bytes, comparison)),
            None => Shape::Variable(template),
        };
        Self {
            source: source.to_owned(),
            comparison,
            shape,
        }
    }

    /// The pattern as the policy spells it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether `text` fits, for a pattern without variables; `None` for one with variables.
    #[inline]
    pub fn matches(&self, text: &str) -> Option<bool> {
        match &self.shape {
            Shape::Fixed(compiled) => Some(compiled.matches(text)),
            Shape::Variable(_) => None,
        }
    }

    /// The text with holes, if it has any.
    pub(crate) fn template(&self) -> Option<&Template> {
        match &self.shape {
            Shape::Fixed(_) => None,
            Shape::Variable(template) => Some(template),
        }
    }

    /// Whether `text` fits the pattern once its holes are filled (`filled`: compiled bytes).
    pub(crate) fn matches_filled(&self, filled: &[u8], text: &str) -> bool {
        Compiled::new(filled, self.comparison).matches(text)
    }

    /// Whether some value of the holes in `loose` (holes as [`glob::ANY`]) could make `text` fit.
    pub(crate) fn could_match(&self, loose: &[u8], text: &str) -> bool {
        match self.comparison {
            Comparison::IgnoreCase => glob::matches::<false>(&fold(loose), text.to_lowercase().as_bytes()),
            _ => glob::matches::<false>(loose, text.as_bytes()),
        }
    }

    /// Whether all parts but the last of an ARN pattern fit, some values of the holes in `loose`
    /// given. Other patterns have no such parts.
    pub(crate) fn head_fits(&self, loose: &[u8], text: &str) -> bool {
        let parts = loose.splitn(6, |byte| *byte == b':').zip(text.splitn(6, ':'));
        !matches!(self.comparison, Comparison::Arn | Comparison::Resource)
            || parts
                .take(5)
                .all(|(part, segment)| glob::matches::<false>(part, segment.as_bytes()))
    }

    /// Whether `text` cannot fit whatever the variables are: the literal start already differs.
    #[inline]
    pub(crate) fn start_differs(&self, text: &str) -> bool {
        let Shape::Variable(template) = &self.shape else {
            return false;
        };
        match template.pieces.first() {
            Some(Piece::Text(start)) if self.comparison != Comparison::IgnoreCase => {
                let literal = start.split(|byte| *byte >= glob::ONE).next().unwrap_or_default();
                !text.as_bytes().starts_with(literal)
            }
            _ => false,
        }
    }
}

impl Compiled {
    fn new(bytes: &[u8], comparison: Comparison) -> Self {
        match comparison {
            Comparison::Exact => Self::Text(Glob::Exact(bytes.into())),
            Comparison::IgnoreCase => Self::Folded(String::from_utf8_lossy(&fold(bytes)).into_owned()),
            Comparison::Like => Self::Text(Glob::compile(bytes)),
            Comparison::Arn => Self::arn(bytes),
            Comparison::Resource => Self::resource(bytes),
        }
    }

    /// Compiles a pattern of `Resource`. Where a wildcard of the first five parts must stay inside its
    /// part (`?`, or a `*` before other characters) the others are held to theirs too; no part of an
    /// ARN but the last holds a colon, so that this differs for no ARN that AWS gives.
    fn resource(bytes: &[u8]) -> Self {
        let mut completed = bytes.to_vec();
        if bytes.starts_with(b"arn:") {
            let colons = bytes.iter().filter(|byte| **byte == b':').count();
            (colons..5).for_each(|_| completed.extend([b':', glob::ANY]));
        }
        let parts: Vec<&[u8]> = completed.splitn(6, |byte| *byte == b':').collect();
        let stays = |part: &&[u8]| match part.split_last() {
            Some((&glob::ANY, rest)) => glob::has_wildcard(rest),
            _ => glob::has_wildcard(part),
        };
        if parts.iter().take(5).any(stays) {
            Self::arn(&completed)
        } else {
            Self::Text(Glob::compile(&completed))
        }
    }

    /// Compiles an ARN pattern. In its first five parts a wildcard stays inside the part; in the
    /// last it crosses `:` and `/`. A pattern that is no ARN is compared as text; one that starts
    /// like an ARN but has fewer parts fits nothing.
    fn arn(bytes: &[u8]) -> Self {
        let parts: Vec<&[u8]> = bytes.splitn(6, |byte| *byte == b':').collect();
        match <[&[u8]; 6]>::try_from(parts) {
            Ok([head @ .., _]) if head.iter().all(|part| !glob::has_wildcard(part)) => Self::Text(Glob::compile(bytes)),
            Ok(parts) => Self::Arn(Box::new(parts.map(Glob::compile))),
            Err(_) if bytes.starts_with(b"arn:") => Self::Never,
            Err(_) => Self::Text(Glob::compile(bytes)),
        }
    }

    #[inline]
    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Text(glob) => glob.matches::<false>(text.as_bytes()),
            Self::Folded(literal) => {
                literal.eq_ignore_ascii_case(text) || (!text.is_ascii() && *literal == text.to_lowercase())
            }
            Self::Arn(parts) => {
                let mut segments = text.splitn(6, ':');
                parts
                    .iter()
                    .all(|part| segments.next().is_some_and(|s| part.matches::<false>(s.as_bytes())))
            }
            Self::Never => false,
        }
    }
}

/// Lower case of compiled bytes; wildcards stay.
fn fold(bytes: &[u8]) -> Vec<u8> {
    let mut folded = Vec::with_capacity(bytes.len());
    for (index, text) in bytes.split(|byte| *byte == glob::ANY).enumerate() {
        folded.extend((index > 0).then_some(glob::ANY));
        folded.extend(String::from_utf8_lossy(text).to_lowercase().bytes());
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn actions() {
        for (pattern, action, expected) in [
            ("*", "s3:GetObject", true),
            ("*:*", "s3:GetObject", true),
            ("s3:*", "S3:GetObject", true),
            ("s3:*", "s3express:CreateSession", false),
            ("S3:get*", "s3:GetObject", true),
            ("s3:Get?bject", "s3:GetObject", true),
            ("s3:*Object", "s3:GetObject", true),
            ("s3:*Object", "s3:GetObjectAcl", false),
            ("s*:Get*", "s3:GetObject", true),
            ("s*:Get*", "s3:PutGet:GetX", false),
        ] {
            let compiled = ActionPattern::compile(pattern).expect(pattern);
            assert_eq!(compiled.matches(action), expected, "`{pattern}` on `{action}`");
        }
    }

    #[test]
    fn no_action() {
        for source in ["", "s3", "s3*", ":GetObject", "s3:"] {
            assert_eq!(ActionPattern::compile(source), None, "`{source}`");
        }
    }

    #[test]
    fn arns() {
        for (pattern, text, expected) in [
            ("*", "*", true),
            ("*", "arn:aws:s3:::b", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a/b:c", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b", false),
            ("arn:aws:s3:::b*", "arn:aws:s3:::b/x", true),
            ("arn:aws:s3:::*", "*", false),
            (
                "arn:aws:sqs:*:111122223333:q",
                "arn:aws:sqs:eu-west-1:111122223333:q",
                true,
            ),
            ("arn:aws:sqs:*:q", "arn:aws:sqs:eu-west-1:111122223333:q", false),
            ("arn:*:sqs:*:*:q?", "arn:aws-cn:sqs:cn-north-1:1:q1", true),
            (
                "arn:aws:logs:*:*:log-group:*",
                "arn:aws:logs:r:1:log-group:/x:log-stream:y",
                true,
            ),
            ("arn:aws:s3*", "arn:aws:s3:::b", false),
            ("arn:aws:s3:::B", "arn:aws:s3:::b", false),
            ("arn:aws:iam::*:role/x", "arn:aws:iam::1:2:role/x", false),
            ("execute-api:/*", "execute-api:/prod/GET", true),
        ] {
            let compiled = Pattern::compile(pattern, Comparison::Arn, true);
            assert_eq!(compiled.matches(text), Some(expected), "`{pattern}` on `{text}`");
        }
    }

    #[test]
    fn resources() {
        for (pattern, text, expected) in [
            ("*", "*", true),
            ("arn:aws:sqs", "arn:aws:sqs:eu-west-1:111122223333:q", true),
            ("arn:aws:sqs:*", "arn:aws:sqs:eu-west-1:111122223333:q", true),
            ("arn:aws:s3", "arn:aws:sqs:eu-west-1:111122223333:q", false),
            ("arn:aws:sqs:eu-west-1", "arn:aws:sqs:eu-west-1:111122223333:q", true),
            ("arn:aws:sqs:*:q", "arn:aws:sqs:eu-west-1:111122223333:q", false),
            ("arn:aws:s3*", "arn:aws:s3:::b", true),
            (
                "arn:aws:logs:*:log-group:x:*",
                "arn:aws:logs:eu-west-1:111122223333:log-group:x:y",
                true,
            ),
            (
                "arn:aws:logs:eu-*-1:log-group:x:*",
                "arn:aws:logs:eu-west-1:111122223333:log-group:x:y",
                false,
            ),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a:b", true),
            (
                "arn:aws:iam::1111????3333:role/x",
                "arn:aws:iam::111122223333:role/x",
                true,
            ),
            ("arn:aws:iam::1111?:role/x", "arn:aws:iam::1111:1:role/x", false),
            ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", true),
        ] {
            let compiled = Pattern::compile(pattern, Comparison::Resource, true);
            assert_eq!(compiled.matches(text), Some(expected), "`{pattern}` on `{text}`");
        }
    }

    #[test]
    fn text() {
        use Comparison::{Exact, IgnoreCase, Like};
        for (pattern, comparison, text, expected) in [
            ("a*", Exact, "a*", true),
            ("a*", Exact, "ab", false),
            ("ÀB", IgnoreCase, "àb", true),
            ("AB", IgnoreCase, "abc", false),
            ("a:*", Like, "a:b:c:d", true),
            ("A:*", Like, "a:b", false),
            ("a${*}", Like, "a*", true),
            ("a${*}", Like, "ab", false),
        ] {
            let compiled = Pattern::compile(pattern, comparison, true);
            assert_eq!(
                compiled.matches(text),
                Some(expected),
                "`{pattern}` {comparison:?} on `{text}`"
            );
        }
    }

    proptest! {
        #[test]
        fn an_arn_pattern_equals_its_parts(
            pattern in prop::collection::vec("[ab*?]{0,3}", 6),
            text in prop::collection::vec("[ab]{0,3}", 6),
        ) {
            let by_part = pattern.iter().zip(&text)
                .all(|(p, t)| Glob::compile(&glob::wildcards(p)).matches::<false>(t.as_bytes()));
            let compiled = Pattern::compile(&pattern.join(":"), Comparison::Arn, true);
            prop_assert_eq!(compiled.matches(&text.join(":")), Some(by_part));
        }
    }
}
