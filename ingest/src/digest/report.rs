//! What a verification found.

use std::collections::BTreeMap;

use podtrail_event::time::Timestamp;
use serde::Serialize;

use super::name::At;

/// What is true of an object, or of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// As CloudTrail delivered it.
    Valid,
    /// Not as CloudTrail delivered it, not where it was delivered, or not proved by a signature.
    Altered,
    /// A signed digest names it, and it is not there.
    Deleted,
    /// A log file that no trusted digest names.
    Unsigned,
    /// A time without a digest.
    Gap,
    /// A log file delivered after the newest digest, which the next one is to name.
    NotYetSigned,
    /// It could not be read, so nothing is known.
    Unread,
}

impl Outcome {
    /// Its name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Altered => "altered",
            Self::Deleted => "deleted",
            Self::Unsigned => "unsigned",
            Self::Gap => "gap",
            Self::NotYetSigned => "not_yet_signed",
            Self::Unread => "unread",
        }
    }
}

/// How many of each outcome; `gap` counts times, all others objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Of [`Outcome::Valid`].
    pub valid: u64,
    /// Of [`Outcome::Altered`].
    pub altered: u64,
    /// Of [`Outcome::Deleted`].
    pub deleted: u64,
    /// Of [`Outcome::Unsigned`].
    pub unsigned: u64,
    /// Of [`Outcome::Gap`].
    pub gap: u64,
    /// Of [`Outcome::NotYetSigned`].
    pub not_yet_signed: u64,
    /// Of [`Outcome::Unread`].
    pub unread: u64,
}

impl Counts {
    /// Counts one more.
    pub const fn count(&mut self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Valid => &mut self.valid,
            Outcome::Altered => &mut self.altered,
            Outcome::Deleted => &mut self.deleted,
            Outcome::Unsigned => &mut self.unsigned,
            Outcome::Gap => &mut self.gap,
            Outcome::NotYetSigned => &mut self.not_yet_signed,
            Outcome::Unread => &mut self.unread,
        };
        *count += 1;
    }

    /// Adds other counts to these.
    pub const fn add(&mut self, other: &Self) {
        self.valid += other.valid;
        self.altered += other.altered;
        self.deleted += other.deleted;
        self.unsigned += other.unsigned;
        self.gap += other.gap;
        self.not_yet_signed += other.not_yet_signed;
        self.unread += other.unread;
    }

    /// How many say that the log is not as CloudTrail delivered it.
    #[must_use]
    pub const fn wrong(&self) -> u64 {
        self.altered + self.deleted + self.unsigned + self.gap
    }
}

/// One thing that is not valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What is true of it.
    pub outcome: Outcome,
    /// The account that the log is about.
    pub account: String,
    /// The region that the log is about.
    pub region: String,
    /// The object, or the folder without a digest: `s3://bucket/key`.
    pub place: String,
    /// The beginning of a gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// The end of a gap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// What is wrong, and what to do.
    pub reason: String,
}

/// The log of an account in a region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scope {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The beginning of the time that signed digests tell of; none without one.
    pub from: Option<Timestamp>,
    /// The end of that time.
    pub to: Option<Timestamp>,
    /// How many of each outcome.
    #[serde(flatten)]
    pub counts: Counts,
    /// Log files from before the first digest, about which nothing can be said; they count as `unsigned` where the
    /// window that was asked for reaches back to them.
    pub before_first_digest: u64,
    /// Problems that are counted but not told, where there are more than [`TOLD`].
    pub untold: u64,
}

/// How many problems of an account and region are told one by one. A log without validation has as many as files.
pub const TOLD: usize = 10_000;

/// The window that was asked for, by the time of delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Window {
    /// Its beginning; none for all that is there.
    pub since: Option<Timestamp>,
    /// Its end.
    pub until: Timestamp,
}

/// What a verification found. The same log gives the same report, whatever the order in which it was listed and read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The window that was asked for.
    pub window: Window,
    /// Every account and region, sorted.
    pub scopes: Vec<Scope>,
    /// Everything that is not valid, by account, region and place; log files not yet signed are only counted.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Adds what was found in an account and region, if there was anything.
    pub(super) fn add(&mut self, findings: Findings) {
        let Findings { scope, problems } = findings;
        if scope.from.is_some() || scope.counts != Counts::default() || scope.before_first_digest > 0 {
            self.scopes.push(scope);
            self.problems.extend(problems.into_values());
        }
    }

    /// The counts over all accounts and regions.
    #[must_use]
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        for scope in &self.scopes {
            total.add(&scope.counts);
        }
        total
    }

    /// The time that signed digests tell of, over all accounts and regions.
    #[must_use]
    pub fn signed(&self) -> Option<(Timestamp, Timestamp)> {
        let from = self.scopes.iter().filter_map(|scope| scope.from).min()?;
        let to = self.scopes.iter().filter_map(|scope| scope.to).max()?;
        Some((from, to))
    }
}

/// Collects what is found in one account and region.
pub(super) struct Findings {
    pub(super) scope: Scope,
    pub(super) problems: BTreeMap<(String, Option<Timestamp>, Outcome), Problem>,
}

impl Findings {
    /// Nothing yet.
    pub(super) fn new(account: &str, region: &str) -> Self {
        let scope = Scope {
            account: account.to_owned(),
            region: region.to_owned(),
            from: None,
            to: None,
            counts: Counts::default(),
            before_first_digest: 0,
            untold: 0,
        };
        Self {
            scope,
            problems: BTreeMap::new(),
        }
    }

    /// One more object about which there is nothing to tell.
    pub(super) fn count(&mut self, outcome: Outcome) {
        self.scope.counts.count(outcome);
    }

    /// One more object that is not valid.
    pub(super) fn tell(&mut self, outcome: Outcome, at: &At, reason: String) {
        self.add(outcome, at.to_string(), None, reason);
    }

    /// One more time without a digest.
    pub(super) fn gap(&mut self, folder: &At, time: (Timestamp, Timestamp), reason: String) {
        self.add(Outcome::Gap, folder.to_string(), Some(time), reason);
    }

    /// The time of one more signed digest.
    pub(super) fn signed(&mut self, from: Timestamp, to: Timestamp) {
        let scope = &mut self.scope;
        scope.from = Some(scope.from.map_or(from, |known| known.min(from)));
        scope.to = Some(scope.to.map_or(to, |known| known.max(to)));
    }

    fn add(&mut self, outcome: Outcome, place: String, time: Option<(Timestamp, Timestamp)>, reason: String) {
        let problem = Problem {
            outcome,
            account: self.scope.account.clone(),
            region: self.scope.region.clone(),
            place: place.clone(),
            from: time.map(|time| time.0),
            to: time.map(|time| time.1),
            reason,
        };
        // A log file that two digests name is one object.
        let known = self.problems.insert((place, problem.from, outcome), problem);
        if known.is_none() {
            self.count(outcome);
        }
        // The last ones by place go, so that the order in which they are found says nothing.
        if self.problems.len() > TOLD {
            self.problems.pop_last();
            self.scope.untold += 1;
        }
    }
}
