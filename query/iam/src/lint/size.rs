//! What IAM refuses whatever it means: too many characters, and characters it does not take.

use super::view::Subject;
use super::{Code, Family, Lint, LintKind};
use crate::policy::build;
use crate::policy::strict_json::escape;

const TOO_LARGE: Code = Code::error("policy_too_large");
const REFUSED_CHARACTER: Code = Code::error("refused_character");

pub(super) const FAMILY: Family = Family {
    codes: &[TOO_LARGE, REFUSED_CHARACTER],
    check,
};

fn check(subject: &Subject<'_>) -> Vec<Lint> {
    too_large(subject).into_iter().chain(refused(subject)).collect()
}

/// The limit of each kind, what counts against it, and what to do beyond it.
fn too_large(subject: &Subject<'_>) -> Option<Lint> {
    let bare = || build::characters(&subject.minified);
    let (limit, counted, name, remedy) = match subject.kind {
        LintKind::Managed => (
            build::MANAGED_POLICY_LIMIT,
            bare(),
            "a managed policy holds 6,144 characters without white space",
            "split its statements over several managed policies",
        ),
        LintKind::Inline => (
            build::ROLE_INLINE_LIMIT,
            bare(),
            "the inline policies of a role hold 10,240 characters without white space together",
            "move statements to managed policies",
        ),
        LintKind::Session => (
            build::SESSION_POLICY_LIMIT,
            subject.characters,
            "a session policy holds 2,048 characters, white space included",
            "join statements, or move limits that all sessions share to the role",
        ),
        LintKind::Trust => (
            build::TRUST_POLICY_LIMIT,
            bare(),
            "a trust policy holds 2,048 characters unless the account's quota was raised",
            "join the statements of one provider, or use Pod Identity, which needs one statement for all clusters",
        ),
        LintKind::ServiceControl | LintKind::ResourceControl => (
            build::ORGANIZATION_POLICY_LIMIT,
            subject.characters,
            "an organization's policy holds 5,120 characters",
            "split its statements over several policies",
        ),
    };
    let over = counted.checked_sub(limit).filter(|over| *over > 0)?;
    let message = format!("{name}; this one has {counted}, which is {over} too many: {remedy}");
    Some(TOO_LARGE.at("", message))
}

fn refused(subject: &Subject<'_>) -> Option<Lint> {
    // JSON's own escapes would hide characters, so the texts are looked at as they are.
    let (pointer, character) = find(subject.document, String::new())?;
    let message = format!(
        "character U+{:04X} is refused; IAM takes tab, line feed, carriage return and U+0020 to U+00FF: write `?` or \
         `*` in its place",
        u32::from(character)
    );
    Some(REFUSED_CHARACTER.at(pointer, message))
}

fn find(value: &serde_json::Value, pointer: String) -> Option<(String, char)> {
    use serde_json::Value;
    match value {
        Value::String(text) => build::refused_character(text).map(|c| (pointer, c)),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .find_map(|(n, item)| find(item, format!("{pointer}/{n}"))),
        Value::Object(map) => map.iter().find_map(|(key, item)| {
            let place = format!("{pointer}/{}", escape(key));
            build::refused_character(key)
                .map(|c| (place.clone(), c))
                .or_else(|| find(item, place))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}
