//! Why each statement stands in a proposal.

use std::collections::{BTreeMap, BTreeSet};

use podtrail_event::time::Timestamp;
use podtrail_iam::policy::build::{Document, Statement};

use super::replay::{Allowed, ByStatement};
use super::statements::Draft;
use crate::answer::StatementReason;
use crate::usage::Usage;

/// Sample events kept for an action.
const SAMPLES: usize = 3;

/// The reason of each statement, in the documents' order. Policies have their names later.
pub(super) fn reasons(documents: &[Document], draft: &Draft, allowed: &ByStatement<'_>) -> Vec<StatementReason> {
    let mut reasons = Vec::new();
    for (at, document) in documents.iter().enumerate() {
        for (place, statement) in document.statements.iter().enumerate() {
            reasons.push(reason(statement, draft, allowed.get(&(at, place))));
        }
    }
    reasons
}

fn reason(statement: &Statement, draft: &Draft, allowed: Option<&Allowed<'_>>) -> StatementReason {
    let prefix = |pattern: &str| {
        let value = pattern.strip_prefix("s3:prefix=");
        let keys = statement.conditions.values().filter_map(|keys| keys.get("s3:prefix"));
        value.is_some_and(|value| keys.flatten().any(|known| known == value))
    };
    let ours = |pattern: &str| statement.resources.contains(pattern) || prefix(pattern);
    let ids = allowed.map(|a| a.samples.iter().map(|(_, id)| (*id).to_owned()).collect());
    StatementReason {
        policy: String::new(),
        sid: statement.sid.clone().unwrap_or_default(),
        actions: statement.actions.iter().cloned().collect(),
        why: words(statement, allowed),
        calls: allowed.map_or(0, |a| a.calls),
        first_seen: allowed.and_then(|a| a.first_seen),
        last_seen: allowed.and_then(|a| a.last_seen),
        sample_event_ids: ids.unwrap_or_default(),
        widened: draft.widened.iter().filter(|w| ours(&w.pattern)).cloned().collect(),
    }
}

fn words(statement: &Statement, allowed: Option<&Allowed<'_>>) -> String {
    let Some(allowed) = allowed else {
        return "kept on request: no call in the window needs it".to_owned();
    };
    let count = |n: u64, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    let mut words = count(allowed.calls, "call");
    if let Some(first) = allowed.first_seen {
        words.push_str(&format!(", the first on {}", day(first)));
    }
    if let Some(last) = allowed.last_seen.filter(|_| allowed.calls > 1) {
        words.push_str(&format!(", the last on {}", day(last)));
    }
    let keys: BTreeSet<&str> = statement
        .conditions
        .values()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect();
    if !keys.is_empty() {
        let keys: Vec<&str> = keys.into_iter().collect();
        words.push_str(&format!("; every one showed {}", keys.join(", ")));
    }
    words
}

fn day(time: Timestamp) -> String {
    time.to_string().chars().take(10).collect()
}

/// Up to three sample events for each action, the earliest first.
pub(super) fn samples(kept: &[&Usage]) -> BTreeMap<String, Vec<String>> {
    let mut samples: BTreeMap<&str, BTreeSet<(Option<Timestamp>, &str)>> = BTreeMap::new();
    for row in kept.iter().filter(|row| !row.sample_event_id.is_empty()) {
        let earliest = samples.entry(&row.action).or_default();
        // An event that touched several resources stands in several rows, with one time.
        earliest.insert((row.first_seen, &row.sample_event_id));
        if earliest.len() > SAMPLES {
            earliest.pop_last();
        }
    }
    let ids = |earliest: BTreeSet<(_, &str)>| earliest.into_iter().map(|(_, id)| id.to_owned()).collect();
    samples
        .into_iter()
        .map(|(action, earliest)| (action.to_owned(), ids(earliest)))
        .collect()
}
