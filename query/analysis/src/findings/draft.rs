//! A finding while it is made.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use podtrail_event::time::Timestamp;
use sha2::{Digest, Sha256};

use super::registry::Check;
use crate::answer::{Finding, FindingEvidence, FindingKind, Remedy, Severity};
use crate::lineage::issuer;

/// Pieces of evidence that a finding shows.
const SHOWN: usize = 20;

/// A finding without what its check says of all: kind and title.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    /// What it is about; with the kind it makes the id.
    pub(super) subject: String,
    /// Another severity than the check's.
    pub(super) severity: Option<Severity>,
    pub(super) cluster: Option<String>,
    pub(super) workloads: BTreeSet<String>,
    pub(super) roles: BTreeSet<String>,
    pub(super) why: String,
    pub(super) evidence: BTreeSet<FindingEvidence>,
    pub(super) first_seen: Option<Timestamp>,
    pub(super) last_seen: Option<Timestamp>,
    pub(super) remedy: Remedy,
}

impl Draft {
    /// About a role.
    pub(super) fn of_role(arn: &str) -> Self {
        Self {
            subject: arn.to_owned(),
            roles: BTreeSet::from([arn.to_owned()]),
            ..Self::default()
        }
    }

    /// About a workload.
    pub(super) fn of_workload(id: &str) -> Self {
        Self {
            subject: id.to_owned(),
            workloads: BTreeSet::from([id.to_owned()]),
            ..Self::default()
        }
    }

    /// Adds what the inventory or a count shows.
    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.evidence.insert(FindingEvidence {
            event_id: None,
            text: text.into(),
        });
    }

    /// Adds what an event shows, and stretches the time.
    pub(super) fn event(&mut self, event_id: &str, seen: (Option<Timestamp>, Option<Timestamp>), text: String) {
        self.evidence.insert(FindingEvidence {
            event_id: Some(event_id.to_owned()),
            text,
        });
        self.seen(seen.0, seen.1);
    }

    /// Stretches the time in which it was seen.
    pub(super) fn seen(&mut self, first: Option<Timestamp>, last: Option<Timestamp>) {
        self.first_seen = match (self.first_seen, first) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.last_seen = self.last_seen.max(last);
    }

    /// Takes the worse of two severities.
    pub(super) fn at_least(&mut self, severity: Severity) {
        self.severity = Some(self.severity.map_or(severity, |own| own.min(severity)));
    }

    pub(super) fn finish(self, check: &Check) -> Finding {
        let account = issuer::account_of(&self.subject)
            .or_else(|| self.roles.first().and_then(|role| issuer::account_of(role)))
            .map(str::to_owned);
        let more = self.evidence.len().saturating_sub(SHOWN);
        let mut evidence: Vec<_> = self.evidence.into_iter().take(SHOWN).collect();
        if more > 0 {
            let text = format!("and {more} more");
            evidence.push(FindingEvidence { event_id: None, text });
        }
        Finding {
            id: id(check.kind, &self.subject),
            kind: check.kind,
            severity: self.severity.unwrap_or(check.severity),
            title: check.title.to_owned(),
            subject: self.subject,
            account,
            cluster: self.cluster,
            workloads: self.workloads.into_iter().collect(),
            roles: self.roles.into_iter().collect(),
            why: self.why,
            evidence,
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            remedy: self.remedy,
        }
    }
}

/// A number of things, such as `1 call`, `5 calls`.
pub(super) fn count(number: u64, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}

/// Drafts by subject, for checks that come to one subject several times.
#[derive(Debug, Default)]
pub(super) struct Drafts(BTreeMap<String, Draft>);

impl Drafts {
    /// The draft of a subject, made at the first time.
    pub(super) fn entry(&mut self, subject: &str, make: impl FnOnce() -> Draft) -> &mut Draft {
        self.0.entry(subject.to_owned()).or_insert_with(make)
    }

    pub(super) fn into_vec(self) -> Vec<Draft> {
        self.0.into_values().collect()
    }
}

/// The kind's name as answers spell it.
pub(super) fn kind_name(kind: FindingKind) -> String {
    let name = serde_json::to_value(kind).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}

/// `<kind>-<12 hexadecimal digits>` of kind and subject.
fn id(kind: FindingKind, subject: &str) -> String {
    let name = kind_name(kind);
    let mut hash = Sha256::new();
    hash.update(name.as_bytes());
    hash.update([0]);
    hash.update(subject.as_bytes());
    let mut id = format!("{name}-");
    for byte in hash.finalize().iter().take(6) {
        let _ = write!(id, "{byte:02x}");
    }
    id
}
