//! Whether a condition holds for a request.

use std::collections::BTreeSet;
use std::net::IpAddr;

use super::request::{Found, Request};
use super::truth::Truth;
use crate::policy::glob::ANY;
use crate::policy::{self, Condition, Decimal, Instant, Order, Pattern, Piece, Quantifier, Template, Test, Variable};

/// How a pattern stands to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Yes,
    No,
    /// A variable without default names a key that the request lacks: no match, negated or not.
    /// An ARN pattern whose first parts are of another service or account is plainly [`Fit::No`].
    Missing,
    /// It hangs on a key that nobody knows.
    Unknown,
}

/// Compares `text` with a pattern, filling its variables from the request.
#[inline]
pub(super) fn fit(pattern: &Pattern, text: &str, request: &Request<'_>) -> Fit {
    let yes = |matched| if matched { Fit::Yes } else { Fit::No };
    match (pattern.matches(text), pattern.template()) {
        (Some(matched), _) => yes(matched),
        (None, Some(template)) => fit_filled(pattern, template, text, request),
        (None, None) => Fit::No,
    }
}

fn fit_filled(pattern: &Pattern, template: &Template, text: &str, request: &Request<'_>) -> Fit {
    let mut filled = Vec::with_capacity(96);
    let (mut missing, mut unknown) = (false, false);
    for piece in &template.pieces {
        match piece {
            Piece::Text(bytes) => filled.extend_from_slice(bytes),
            Piece::Variable(variable) => match (request.find(&variable.key), &variable.default) {
                (Found::One(value), _) => filled.extend_from_slice(value.as_bytes()),
                (Found::Many([value]), _) => filled.extend_from_slice(value.as_bytes()),
                // A key with several values cannot stand in text, so it counts as missing.
                (Found::Absent | Found::Many(_), Some(default)) => filled.extend_from_slice(default.as_bytes()),
                (Found::Absent | Found::Many(_), None) => {
                    missing = true;
                    filled.push(ANY);
                }
                (Found::Unknown, _) => {
                    unknown = true;
                    filled.push(ANY);
                }
            },
        }
    }
    if missing {
        return if pattern.head_fits(&filled, text) {
            Fit::Missing
        } else {
            Fit::No
        };
    }
    let fits = if unknown {
        pattern.could_match(&filled, text)
    } else {
        pattern.matches_filled(&filled, text)
    };
    match (fits, unknown) {
        (false, _) => Fit::No,
        (true, false) => Fit::Yes,
        (true, true) => Fit::Unknown,
    }
}

/// Whether a condition holds. Missing keys: a positive operator fails, a negated one and one with
/// `IfExists` hold, `ForAllValues` holds, `ForAnyValue` fails.
pub(super) fn holds(condition: &Condition, request: &Request<'_>) -> Truth {
    let found = request.find(&condition.lower);
    if let Test::Null { absent, present } = condition.test {
        return match found {
            Found::Absent => absent.into(),
            Found::Unknown if absent != present => Truth::Unknown,
            Found::Unknown | Found::Many(_) | Found::One(_) => present.into(),
        };
    }
    let values = found.values();
    let single = |value| value_passes(&condition.test, value, request);
    let negated = condition.test.negated();
    // For a set operator, a key whose values are all empty text is an empty set.
    let empty_set = || condition.quantifier.is_some() && values.clone().all(str::is_empty);
    match (found, condition.quantifier) {
        (Found::Unknown, _) => Truth::Unknown,
        (Found::Absent, quantifier) => missing_key(quantifier, negated, condition.if_exists),
        (_, quantifier) if empty_set() => missing_key(quantifier, negated, condition.if_exists),
        (_, Some(Quantifier::All)) => Truth::all(values.map(single)),
        (_, Some(Quantifier::Any)) => Truth::any(values.map(single)),
        (_, None) if negated => Truth::all(values.map(single)),
        (_, None) => Truth::any(values.map(single)),
    }
}

fn missing_key(quantifier: Option<Quantifier>, negated: bool, if_exists: bool) -> Truth {
    let without = match quantifier {
        Some(Quantifier::All) => true,
        Some(Quantifier::Any) => false,
        None => negated,
    };
    (without || if_exists).into()
}

/// Whether one request value passes: it matches one policy value, or none of them if negated.
fn value_passes(test: &Test, value: &str, request: &Request<'_>) -> Truth {
    let matched = match test {
        Test::Text { negated, values } => return text_passes(values, *negated, value, request),
        Test::Number { order, values } => ordered(*order, Decimal::parse(value), values),
        Test::Date { order, values } => ordered(*order, Instant::parse(value), values),
        Test::Bool { values } => policy::boolean(value).is_some_and(|flag| values.contains(&Some(flag))),
        Test::Binary { values } => values.iter().any(|known| known == value),
        Test::Ip { values, .. } => {
            let address: Option<IpAddr> = value.trim().parse().ok();
            address.is_some_and(|address| values.iter().flatten().any(|network| network.contains(address)))
        }
        Test::Null { .. } => false,
    };
    (matched != test.negated()).into()
}

fn ordered<T: Ord + Copy>(order: Order, request: Option<T>, policy: &[Option<T>]) -> bool {
    request.is_some_and(|request| policy.iter().flatten().any(|value| order.holds(request, *value)))
}

fn text_passes(patterns: &[Pattern], negated: bool, value: &str, request: &Request<'_>) -> Truth {
    let mut missing = false;
    let mut unknown = false;
    for pattern in patterns {
        match fit(pattern, value, request) {
            Fit::Yes => return (!negated).into(),
            Fit::No => {}
            Fit::Missing => missing = true,
            Fit::Unknown => unknown = true,
        }
    }
    match (negated && missing, unknown) {
        (true, _) => Truth::False,
        (false, true) => Truth::Unknown,
        (false, false) => negated.into(),
    }
}

/// Adds the keys that keep a condition from being decided.
pub(super) fn unknown_keys(condition: &Condition, request: &Request<'_>, keys: &mut BTreeSet<String>) {
    if holds(condition, request) != Truth::Unknown {
        return;
    }
    let found = request.find(&condition.lower);
    if matches!(found, Found::Unknown) {
        keys.insert(request.spelling(&condition.lower, &condition.key));
        return;
    }
    if let Test::Text { values, .. } = &condition.test {
        for value in found.values() {
            for pattern in values {
                unknown_variables(pattern, value, request, keys);
            }
        }
    }
}

/// Adds the unknown variables of a pattern, if the comparison hangs on them.
pub(super) fn unknown_variables(pattern: &Pattern, text: &str, request: &Request<'_>, keys: &mut BTreeSet<String>) {
    if fit(pattern, text, request) != Fit::Unknown {
        return;
    }
    for piece in pattern.template().into_iter().flat_map(|template| &template.pieces) {
        if let Piece::Variable(Variable { key, spelling, .. }) = piece
            && matches!(request.find(key), Found::Unknown)
        {
            keys.insert(request.spelling(key, spelling));
        }
    }
}
