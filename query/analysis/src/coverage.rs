//! How far the lake reaches in one account and region: window, gaps and delivery, out of hours and counts; and what
//! to tell of it in words.

use std::collections::{BTreeMap, BTreeSet};

use podtrail_event::time::Timestamp;

use crate::answer::{Coverage, CoverageSummary, Gap, GapBasis, Lag, PlaceCoverage};
use crate::inventory::Inventory;
use crate::lineage::{Class, method};

/// Microseconds of an hour.
const HOUR: i64 = 3_600_000_000;
const DAY_HOURS: i64 = 24;
/// Gaps that are listed of one account and region: the longest.
const GAPS_SHOWN: usize = 50;

/// What is known of one account and region.
#[derive(Debug, Clone, Default)]
pub struct PlaceFacts {
    /// Account whose trail it is.
    pub account: String,
    /// Region.
    pub region: String,
    /// Hours since the epoch in which there is an event.
    pub event_hours: BTreeSet<i64>,
    /// Hours since the epoch in which a log file was delivered, as its name tells.
    pub file_hours: BTreeSet<i64>,
    /// Log files, as far as their names tell that they are of this place.
    pub files: u64,
    /// Events that these files gave first.
    pub stored: u64,
    /// Events of this place in the lake.
    pub events: u64,
    /// Files by the seconds from their newest event to their delivery.
    pub lags: BTreeMap<u64, u64>,
    /// Services whose data events are in the lake.
    pub data_sources: BTreeSet<String>,
}

impl PlaceFacts {
    /// Adds the hours of a day: bit `h` of `hours` is its hour `h`, UTC.
    pub fn add_event_hours(&mut self, day: Timestamp, hours: u32) {
        self.event_hours.extend(hours_of(day, hours));
    }

    /// The same for deliveries.
    pub fn add_file_hours(&mut self, day: Timestamp, hours: u32) {
        self.file_hours.extend(hours_of(day, hours));
    }

    /// By what hours count as covered: by files where they gave every event of the place. Where some came another
    /// way, an hour without a file may still be there.
    fn basis(&self) -> GapBasis {
        if self.files > 0 && self.stored >= self.events {
            GapBasis::Files
        } else {
            GapBasis::Events
        }
    }

    /// The hours that hold something. Files that are older than the first day of events tell of what retention has
    /// dropped.
    fn covered(&self, basis: GapBasis) -> BTreeSet<i64> {
        if basis == GapBasis::Events {
            return self.event_hours.clone();
        }
        let first_day = self
            .event_hours
            .first()
            .map_or(i64::MIN, |hour| hour - hour.rem_euclid(DAY_HOURS));
        self.file_hours.range(first_day..).copied().collect()
    }
}

fn hours_of(day: Timestamp, hours: u32) -> impl Iterator<Item = i64> {
    let first = day.0.div_euclid(HOUR);
    (0..DAY_HOURS)
        .filter(move |hour| hours >> hour & 1 == 1)
        .map(move |hour| first + hour)
}

/// What to tell of one account and region.
#[must_use]
pub fn place(facts: &PlaceFacts) -> PlaceCoverage {
    let basis = facts.basis();
    let covered = facts.covered(basis);
    let gaps = gaps(&covered);
    let hours = covered
        .first()
        .zip(covered.last())
        .map_or(0, |(first, last)| last - first + 1);
    PlaceCoverage {
        account: facts.account.clone(),
        region: facts.region.clone(),
        from: covered.first().map(|hour| Timestamp(hour * HOUR)),
        to: covered.last().map(|hour| Timestamp((hour + 1) * HOUR)),
        basis,
        hours: hours.unsigned_abs(),
        missing_hours: gaps.iter().map(|gap| gap.hours).sum(),
        gap_count: gaps.len() as u64,
        gaps: longest(gaps),
        files: facts.files,
        lag_seconds: lag(&facts.lags),
        data_sources: facts.data_sources.iter().cloned().collect(),
    }
}

/// The stretches between covered hours.
fn gaps(covered: &BTreeSet<i64>) -> Vec<Gap> {
    covered
        .iter()
        .zip(covered.iter().skip(1))
        .filter(|(before, after)| *after - *before > 1)
        .map(|(before, after)| Gap {
            from: Timestamp((before + 1) * HOUR),
            to: Timestamp(after * HOUR),
            hours: (after - before - 1).unsigned_abs(),
        })
        .collect()
}

/// The longest gaps, in order of time.
fn longest(mut gaps: Vec<Gap>) -> Vec<Gap> {
    gaps.sort_by(|a, b| b.hours.cmp(&a.hours).then(a.from.cmp(&b.from)));
    gaps.truncate(GAPS_SHOWN);
    gaps.sort_by_key(|gap| gap.from);
    gaps
}

/// Nearest ranks over files counted by their lag.
fn lag(files: &BTreeMap<u64, u64>) -> Option<Lag> {
    let total: u64 = files.values().sum();
    let rank = |percent: u64| {
        let wanted = (total * percent).div_ceil(100);
        let mut seen = 0;
        files
            .iter()
            .find(|(_, count)| {
                seen += **count;
                seen >= wanted
            })
            .map(|(lag, _)| *lag)
    };
    Some(Lag {
        median: rank(50).filter(|_| total > 0)?,
        p95: rank(95)?,
        max: *files.last_key_value()?.0,
    })
}

/// The short form, to stand beside answers.
#[must_use]
pub fn summary(coverage: &Coverage) -> CoverageSummary {
    let of = |class| {
        coverage
            .classes
            .iter()
            .filter(|share| share.class == class)
            .map(|share| share.calls)
            .sum()
    };
    CoverageSummary {
        from: coverage.from,
        to: coverage.to,
        exact: of(Class::Exact),
        inferred: of(Class::Inferred),
        claimed: of(Class::Claimed),
        none: of(Class::None),
        missing_hours: coverage.places.iter().map(|place| place.missing_hours).sum(),
        data_event_sources: coverage.data_event_sources.clone(),
    }
}

/// What is missing, most telling first, and what would help. Needs all of the coverage but its notes.
#[must_use]
pub fn notes(coverage: &Coverage, inventory: &Inventory) -> Vec<String> {
    if coverage.from.is_none() {
        return vec!["The lake holds no events: `podtrail ingest` reads a trail.".into()];
    }
    [
        missing_inventory(inventory),
        missing_hours(coverage),
        missing_issues(coverage),
        missing_data_events(coverage),
        hours_by_events(coverage),
        measured_lag(coverage),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What an inventory would add where there is none, or none of a kind.
fn missing_inventory(inventory: &Inventory) -> Option<String> {
    let kinds = [
        (
            "roles",
            inventory.roles.is_empty(),
            "what is granted, and so what is unused",
        ),
        (
            "clusters and associations",
            inventory.clusters.is_empty() && inventory.associations.is_empty(),
            "the names of clusters, and whose the sessions are that were issued without tags",
        ),
        (
            "ServiceAccounts and pods",
            inventory.service_accounts.is_empty() && inventory.pods.is_empty(),
            "which ServiceAccount is configured for a role, and which pod a session is named after",
        ),
    ];
    let missing: Vec<_> = kinds.iter().filter(|(_, missing, _)| *missing).collect();
    let names = |missing: &[&(&str, bool, &str)]| missing.iter().map(|(name, ..)| *name).collect::<Vec<_>>().join(", ");
    let gains = |missing: &[&(&str, bool, &str)]| missing.iter().map(|(.., gain)| *gain).collect::<Vec<_>>().join("; ");
    match missing.len() {
        0 => None,
        all if all == kinds.len() => Some(format!(
            "There is no inventory. It would tell {}. `podtrail inventory` reads it.",
            gains(&missing)
        )),
        _ => Some(format!(
            "The inventory has no {}. They would tell {}. `podtrail inventory` reads them.",
            names(&missing),
            gains(&missing)
        )),
    }
}

fn missing_hours(coverage: &Coverage) -> Option<String> {
    let with_gaps: Vec<&PlaceCoverage> = coverage.places.iter().filter(|place| place.missing_hours > 0).collect();
    let hours: u64 = with_gaps.iter().map(|place| place.missing_hours).sum();
    (hours > 0).then(|| {
        format!(
            "There is nothing of {}, in {} of {}. CloudTrail delivers no file where nothing happened, so they were \
             quiet or are missing: `podtrail verify` tells which, for a trail with validation.",
            counted(hours, "hour"),
            with_gaps.len(),
            places(coverage.places.len())
        )
    })
}

/// Calls whose credentials were issued outside of what the lake holds.
fn missing_issues(coverage: &Coverage) -> Option<String> {
    let unseen = [method::NO_ISSUE, method::NO_ISSUE_SEVERAL];
    let calls: u64 = coverage
        .unattributed
        .iter()
        .filter(|row| unseen.contains(&row.reason.as_str()))
        .map(|row| row.calls)
        .sum();
    (calls > 0).then(|| {
        format!(
            "The issue of the credentials of {} is not in the lake. The trail of the account and \
             region that issued them, or of the hours before, would attribute them.",
            counted(calls, "call")
        )
    })
}

fn missing_data_events(coverage: &Coverage) -> Option<String> {
    coverage.data_event_sources.is_empty().then(|| {
        "No data events are in the lake: reading and writing objects, items and messages leaves no trace in it, and \
         what is granted for that is marked `unobservable`. A trail that selects data events would show it."
            .into()
    })
}

fn hours_by_events(coverage: &Coverage) -> Option<String> {
    let by_events = coverage
        .places
        .iter()
        .filter(|place| place.basis == GapBasis::Events)
        .count();
    (by_events > 0).then(|| {
        format!(
            "In {by_events} of {} an hour counts as covered when there is an event of it, since not all events \
             came in files with the names that CloudTrail gives; elsewhere, when a file was delivered in it.",
            places(coverage.places.len())
        )
    })
}

fn measured_lag(coverage: &Coverage) -> Option<String> {
    coverage.places.iter().any(|place| place.lag_seconds.is_some()).then(|| {
        "Delivery lag is measured for each log file, from its newest event to the minute in its name: no event of the \
         file was delivered sooner."
            .into()
    })
}

/// `1 hour`, `2 hours`.
fn counted(number: u64, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{ending}")
}

/// `1 account and region`, `2 accounts and regions`.
fn places(number: usize) -> String {
    match number {
        1 => "1 account and region".into(),
        number => format!("{number} accounts and regions"),
    }
}

#[cfg(test)]
mod tests;
