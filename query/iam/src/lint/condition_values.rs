//! Values of conditions: of the operator's type, and with wildcards only where they are some.

use super::view::Subject;
use super::{Code, Family, Lint, LintKind};
use crate::policy::{Condition, Decimal, Instant, Network, boolean};

const VALUE_TYPE: Code = Code::error("value_type_mismatch");
const WILDCARD_WITHOUT_LIKE: Code = Code::warning("wildcard_without_like");

pub(super) const FAMILY: Family = Family {
    codes: &[VALUE_TYPE, WILDCARD_WITHOUT_LIKE],
    check,
};

fn check(subject: &Subject<'_>) -> Vec<Lint> {
    let mut found = Vec::new();
    for view in &subject.statements {
        for condition in view.statement.conditions() {
            // A provider's subject with a wildcard has a message of its own.
            let of_trust = subject.kind == LintKind::Trust && condition.lower.ends_with(":sub");
            for (text, pointer) in view.condition_values(condition) {
                found.extend(wrong_type(condition, &text).map(|message| VALUE_TYPE.at(pointer.clone(), message)));
                let wildcard = wildcard(condition, &text).filter(|_| !of_trust);
                found.extend(wildcard.map(|message| WILDCARD_WITHOUT_LIKE.at(pointer, message)));
            }
        }
    }
    found
}

/// The operator without its affixes, in lower case.
pub(super) fn plain_operator(condition: &Condition) -> String {
    let name = condition.operator().to_ascii_lowercase();
    let name = name.rsplit(':').next().unwrap_or_default();
    name.strip_suffix("ifexists").unwrap_or(name).to_owned()
}

fn wrong_type(condition: &Condition, text: &str) -> Option<String> {
    let operator = plain_operator(condition);
    let (good, accepted) = match operator.as_str() {
        name if name.starts_with("numeric") => (Decimal::parse(text).is_some(), "a number, such as `10`"),
        name if name.starts_with("date") => (
            Instant::parse(text).is_some(),
            "a date of ISO 8601, such as `2026-01-31T00:00:00Z`, or seconds since 1970",
        ),
        "bool" | "null" => (boolean(text).is_some(), "`true` or `false`"),
        name if name.ends_with("ipaddress") => (
            Network::parse(text).is_some(),
            "an address or range, such as `203.0.113.0/24` or `2001:db8::/32`",
        ),
        "binaryequals" => (is_base64(text), "text in Base64"),
        name if name.starts_with("arn") => (
            text.starts_with("arn:") || text.starts_with(['*', '$']),
            "an ARN, such as `arn:aws:iam::111122223333:role/app`",
        ),
        _ => return None,
    };
    (!good).then(|| {
        format!(
            "`{text}` is no value for `{}`; accepted: {accepted}",
            condition.operator()
        )
    })
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len().is_multiple_of(4) && text.len() - body.len() <= 2 && body.bytes().all(plain)
}

fn wildcard(condition: &Condition, text: &str) -> Option<String> {
    let like = match plain_operator(condition).as_str() {
        "stringequals" | "stringequalsignorecase" => "StringLike",
        "stringnotequals" | "stringnotequalsignorecase" => "StringNotLike",
        _ => return None,
    };
    let literal = text.replace("${*}", "").replace("${?}", "");
    literal.contains(['*', '?']).then(|| {
        format!(
            "`{}` takes the wildcard in `{text}` as plain text; write `{like}` if it is one, `${{*}}` or `${{?}}` if not",
            condition.operator()
        )
    })
}
