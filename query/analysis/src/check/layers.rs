//! Documents as layers of the evaluator. What is not known becomes a policy that hangs on a key which
//! nobody knows: the evaluator then says unknown where it matters, and nowhere else.

use podtrail_iam::policy::Policy;
use serde_json::{Value, json};

use super::changes::{Document, Text};

/// Before the name of a document whose text is not known, where a missing key is named.
const UNKNOWN: &str = "podtrail:document/";

/// Identity policies. One that stays as it is may have allowed any call, and denied none that passed.
pub(super) fn identity<'d>(documents: impl IntoIterator<Item = &'d Document>) -> Vec<Policy> {
    let compile = |document: &Document| match &document.text {
        Text::Known(policy) => Some(policy.clone()),
        Text::Unknown => unknown(&document.name, &["Allow", "Deny"]),
        Text::Unchanged => unknown(&document.name, &["Allow"]),
    };
    documents.into_iter().filter_map(compile).collect()
}

/// A boundary or session policy. One that stays as it is let pass what passed.
pub(super) fn limit(document: Option<&Document>) -> Vec<Policy> {
    let compile = |document: &Document| match &document.text {
        Text::Known(policy) => Some(policy.clone()),
        Text::Unknown => unknown(&document.name, &["Allow"]),
        Text::Unchanged => None,
    };
    document.and_then(compile).into_iter().collect()
}

/// A policy of which nothing is known.
pub(super) fn unknown(name: &str, effects: &[&str]) -> Option<Policy> {
    let key = format!("{UNKNOWN}{name}");
    let statement = |effect: &&str| -> Value {
        json!({"Effect": effect, "Action": "*", "Resource": "*", "Condition": {"StringEquals": {&key: "known"}}})
    };
    let statements: Vec<Value> = effects.iter().map(statement).collect();
    Policy::from_value(&json!({"Version": "2012-10-17", "Statement": statements})).ok()
}

/// A policy that allows everything: the caller's own side, where it is known to have passed.
pub(super) fn everything() -> Option<Policy> {
    let document = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    Policy::from_value(&document).ok()
}

/// Missing keys in words: those that stand for a document name it.
pub(super) fn in_words(keys: &mut Vec<String>) {
    for key in keys.iter_mut() {
        if let Some(name) = key.strip_prefix(UNKNOWN) {
            *key = format!("the document of `{name}`");
        }
    }
    keys.sort();
    keys.dedup();
}
