//! The `Condition` element, compiled: 27 operators, `…IfExists`, `ForAllValues:`, `ForAnyValue:`.

use super::pattern::{Comparison, Pattern};
use super::value::{self, Decimal, Instant, Network};

/// One operator on one context key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The operator as the policy spells it.
    pub(crate) operator: String,
    /// The key in lower case, as requests are asked for it.
    pub(crate) lower: String,
    /// The key as the policy spells it.
    pub(crate) key: String,
    pub(crate) quantifier: Option<Quantifier>,
    pub(crate) if_exists: bool,
    pub(crate) test: Test,
}

impl Condition {
    /// The operator as the policy spells it, such as `ForAnyValue:StringLike`.
    pub fn operator(&self) -> &str {
        &self.operator
    }

    /// The context key as the policy spells it.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// How a set of request values is taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    All,
    Any,
}

/// A test of one request value against the policy's values. A value that does not parse as its
/// operator's type equals nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Test {
    Text {
        negated: bool,
        values: Vec<Pattern>,
    },
    Number {
        order: Order,
        values: Vec<Option<Decimal>>,
    },
    Date {
        order: Order,
        values: Vec<Option<Instant>>,
    },
    Bool {
        values: Vec<Option<bool>>,
    },
    Binary {
        values: Vec<String>,
    },
    Ip {
        negated: bool,
        values: Vec<Option<Network>>,
    },
    /// Holds if the key is absent (`true` among the values), or present (`false` among them).
    Null {
        absent: bool,
        present: bool,
    },
}

impl Test {
    /// Whether the operator asks for "none of these" and so holds for a missing key.
    pub(crate) fn negated(&self) -> bool {
        match self {
            Self::Text { negated, .. } | Self::Ip { negated, .. } => *negated,
            Self::Number { order, .. } | Self::Date { order, .. } => *order == Order::NotEqual,
            Self::Bool { .. } | Self::Binary { .. } | Self::Null { .. } => false,
        }
    }
}

/// The comparison of a numeric or date operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Order {
    /// Whether `request` stands so to `policy`; [`Order::NotEqual`] asks for equality and is negated later.
    pub(crate) fn holds<T: Ord>(self, request: T, policy: T) -> bool {
        match self {
            Self::Equal | Self::NotEqual => request == policy,
            Self::Less => request < policy,
            Self::LessOrEqual => request <= policy,
            Self::Greater => request > policy,
            Self::GreaterOrEqual => request >= policy,
        }
    }
}

/// What an operator's name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) quantifier: Option<Quantifier>,
    pub(crate) if_exists: bool,
    base: Base,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    Text(Comparison, bool),
    Number(Order),
    Date(Order),
    Bool,
    Binary,
    Ip(bool),
    Null,
}

/// The 27 operators of the IAM user guide, "IAM JSON policy elements: Condition operators".
const OPERATORS: [(&str, Base); 27] = [
    ("StringEquals", Base::Text(Comparison::Exact, false)),
    ("StringNotEquals", Base::Text(Comparison::Exact, true)),
    ("StringEqualsIgnoreCase", Base::Text(Comparison::IgnoreCase, false)),
    ("StringNotEqualsIgnoreCase", Base::Text(Comparison::IgnoreCase, true)),
    ("StringLike", Base::Text(Comparison::Like, false)),
    ("StringNotLike", Base::Text(Comparison::Like, true)),
    ("NumericEquals", Base::Number(Order::Equal)),
    ("NumericNotEquals", Base::Number(Order::NotEqual)),
    ("NumericLessThan", Base::Number(Order::Less)),
    ("NumericLessThanEquals", Base::Number(Order::LessOrEqual)),
    ("NumericGreaterThan", Base::Number(Order::Greater)),
    ("NumericGreaterThanEquals", Base::Number(Order::GreaterOrEqual)),
    ("DateEquals", Base::Date(Order::Equal)),
    ("DateNotEquals", Base::Date(Order::NotEqual)),
    ("DateLessThan", Base::Date(Order::Less)),
    ("DateLessThanEquals", Base::Date(Order::LessOrEqual)),
    ("DateGreaterThan", Base::Date(Order::Greater)),
    ("DateGreaterThanEquals", Base::Date(Order::GreaterOrEqual)),
    ("Bool", Base::Bool),
    ("BinaryEquals", Base::Binary),
    ("IpAddress", Base::Ip(false)),
    ("NotIpAddress", Base::Ip(true)),
    ("ArnEquals", Base::Text(Comparison::Arn, false)),
    ("ArnLike", Base::Text(Comparison::Arn, false)),
    ("ArnNotEquals", Base::Text(Comparison::Arn, true)),
    ("ArnNotLike", Base::Text(Comparison::Arn, true)),
    ("Null", Base::Null),
];

/// The part of `text` behind `prefix`, whatever the case.
fn strip_prefix_fold<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

impl Operator {
    /// Reads an operator's name; IAM takes it in any case. `Null` takes no `IfExists`.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (quantifier, rest) = if let Some(rest) = strip_prefix_fold(name, "ForAllValues:") {
            (Some(Quantifier::All), rest)
        } else if let Some(rest) = strip_prefix_fold(name, "ForAnyValue:") {
            (Some(Quantifier::Any), rest)
        } else {
            (None, name)
        };
        let suffix = rest
            .len()
            .checked_sub("IfExists".len())
            .and_then(|at| rest.split_at_checked(at));
        let (rest, if_exists) = match suffix {
            Some((stem, suffix)) if suffix.eq_ignore_ascii_case("IfExists") => (stem, true),
            _ => (rest, false),
        };
        let (_, base) = OPERATORS
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(rest))?;
        (base != Base::Null || !if_exists).then_some(Self {
            quantifier,
            if_exists,
            base,
        })
    }

    /// Compiles the policy's values. Variables only stand in text and ARNs.
    pub(crate) fn test(self, values: &[String], variables: bool) -> Test {
        match self.base {
            Base::Text(comparison, negated) => {
                let compile = |value: &String| Pattern::compile(value, comparison, variables);
                Test::Text {
                    negated,
                    values: values.iter().map(compile).collect(),
                }
            }
            Base::Number(order) => Test::Number {
                order,
                values: values.iter().map(|v| Decimal::parse(v)).collect(),
            },
            Base::Date(order) => Test::Date {
                order,
                values: values.iter().map(|v| Instant::parse(v)).collect(),
            },
            Base::Bool => Test::Bool {
                values: values.iter().map(|v| value::boolean(v)).collect(),
            },
            Base::Binary => Test::Binary {
                values: values.to_vec(),
            },
            Base::Ip(negated) => Test::Ip {
                negated,
                values: values.iter().map(|v| Network::parse(v)).collect(),
            },
            Base::Null => {
                let holds = |wanted| values.iter().any(|v| value::boolean(v) == Some(wanted));
                Test::Null {
                    absent: holds(true),
                    present: holds(false),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_with_every_affix() {
        for (name, base) in OPERATORS {
            for (prefix, quantifier) in [
                ("", None),
                ("ForAllValues:", Some(Quantifier::All)),
                ("ForAnyValue:", Some(Quantifier::Any)),
            ] {
                let plain = Operator::parse(&format!("{prefix}{name}"));
                assert_eq!(
                    plain,
                    Some(Operator {
                        quantifier,
                        if_exists: false,
                        base
                    }),
                    "{prefix}{name}"
                );
                let if_exists = Operator::parse(&format!("{prefix}{name}IfExists"));
                let expected = (name != "Null").then_some(Operator {
                    quantifier,
                    if_exists: true,
                    base,
                });
                assert_eq!(if_exists, expected, "{prefix}{name}IfExists");
            }
        }
    }

    #[test]
    fn case_does_not_matter_but_spelling_does() {
        assert!(Operator::parse("forallvalues:stringlikeifexists").is_some());
        for name in [
            "",
            "IfExists",
            "StringEqual",
            "ForAll:StringEquals",
            "ForAnyValue:",
            "é",
            "StringEqualsIfExistsé",
        ] {
            assert_eq!(Operator::parse(name), None, "`{name}`");
        }
    }
}
