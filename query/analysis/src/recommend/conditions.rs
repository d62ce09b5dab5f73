//! Conditions that the log proves: keys that every call showed, with the values they had.

use std::collections::{BTreeMap, BTreeSet};

use podtrail_iam::policy::build::Conditions;

use super::pattern::literal;
use super::widen::Patterns;
use crate::answer::Widened;
use crate::usage::Usage;

/// Keys that a proposal carries where every call shows them; the service that acts for the workload, or for which it
/// acts, does not change with the day.
const PROVEN: [&str; 4] = [
    "kms:ViaService",
    "iam:PassedToService",
    "ec2:CreateAction",
    "iam:AWSServiceName",
];
/// What of a bucket was listed.
const PREFIX: &str = "s3:prefix";
pub(super) const SOURCE_VPCE: &str = "aws:SourceVpce";

/// Services all of whose calls came through VPC endpoints (`vpce-…`), by IAM prefix.
pub(super) type Endpoints = BTreeMap<String, BTreeSet<String>>;

/// Context key → values seen.
pub(super) type Proven = BTreeMap<String, BTreeSet<String>>;

/// What a row proves. `endpoints`: the services to be limited to their endpoints.
pub(super) fn proven(row: &Usage, endpoints: &Endpoints) -> Proven {
    let mut proven = Proven::new();
    for (key, values) in &row.conditions {
        let known = PROVEN
            .iter()
            .chain([&PREFIX])
            .find(|known| known.eq_ignore_ascii_case(key));
        if let (Some(known), [value]) = (known, values.as_slice())
            && !value.is_empty()
            && !literal(value, false).refused
        {
            proven.insert((*known).to_owned(), BTreeSet::from([value.clone()]));
        }
    }
    if row.conditions.contains_key(SOURCE_VPCE)
        && let Some(through) = endpoints.get(service(&row.action))
    {
        proven.insert(SOURCE_VPCE.to_owned(), through.clone());
    }
    proven
}

/// Keeps of `held` what `more` shows too, with the values of both.
pub(super) fn both(held: &mut Proven, more: &Proven) {
    held.retain(|key, _| more.contains_key(key));
    for (key, values) in held {
        values.extend(more.get(key).into_iter().flatten().cloned());
    }
}

/// Writes the conditions for one resource, with what was widened. Prefixes fold as the names of objects do; where that
/// leaves the whole bucket there is nothing to limit.
pub(super) fn written(resource: &str, proven: Proven) -> (Conditions, Vec<Widened>) {
    let mut conditions = Conditions::new();
    let mut widened = Vec::new();
    for (key, values) in proven {
        let (operator, values) = match key.as_str() {
            PREFIX => ("StringLike", prefixes(resource, &values, &mut widened)),
            _ => (
                "StringEquals",
                values.iter().map(|v| literal(v, false).pattern).collect(),
            ),
        };
        if !values.is_empty() {
            conditions.entry(operator.to_owned()).or_default().insert(key, values);
        }
    }
    (conditions, widened)
}

/// Prefixes as patterns: those of objects of the same names. None: not to be limited.
fn prefixes(bucket: &str, values: &BTreeSet<String>, widened: &mut Vec<Widened>) -> BTreeSet<String> {
    if !bucket.contains(":s3:::") || bucket.contains('*') {
        return BTreeSet::new();
    }
    let head = format!("{bucket}/");
    let names: Vec<String> = values.iter().map(|value| format!("{head}{value}")).collect();
    let patterns = Patterns::of(names.iter().map(String::as_str));
    let bare = |pattern: &str| pattern.strip_prefix(head.as_str()).map(str::to_owned);
    let written: BTreeSet<String> = patterns.patterns.keys().filter_map(|p| bare(p)).collect();
    if written.contains("*") || written.len() < patterns.patterns.len() {
        return BTreeSet::new();
    }
    widened.extend(patterns.widened.into_iter().filter_map(|w| {
        Some(Widened {
            pattern: format!("{PREFIX}={}", bare(&w.pattern)?),
            ..w
        })
    }));
    written
}

/// The IAM prefix of an action.
pub(super) fn service(action: &str) -> &str {
    action.split_once(':').map_or(action, |(service, _)| service)
}
