//! The counts that must balance: nothing that was read may go missing.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Counts of records: `read = stored + duplicate + rejected`, always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Records, and pieces of input that should have been records.
    pub read: u64,
    /// Records that the lake did not hold before.
    pub stored: u64,
    /// Records that the lake, or the same input, held already, or that are of days which retention has dropped, or
    /// that tell of a Kubernetes request before its end (the record of the end tells the same and more).
    pub duplicate: u64,
    /// Pieces that could not be read; kept with their reason.
    pub rejected: u64,
    /// Of the duplicates, those whose content differs from what is stored; the first stays.
    pub conflict: u64,
}

impl Counts {
    /// Whether every record that was read is accounted for.
    #[must_use]
    pub const fn balances(&self) -> bool {
        self.read == self.stored + self.duplicate + self.rejected && self.conflict <= self.duplicate
    }

    /// Adds other counts to these.
    pub const fn add(&mut self, other: &Self) {
        self.read += other.read;
        self.stored += other.stored;
        self.duplicate += other.duplicate;
        self.rejected += other.rejected;
        self.conflict += other.conflict;
    }
}

/// The counts of one file in one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileCounts {
    /// The source as it was given.
    pub source: String,
    /// The file or object.
    pub file: String,
    /// What it gave.
    #[serde(flatten)]
    pub counts: Counts,
    /// Time of its newest event in this commit, new to the lake or not, in microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<i64>,
}

impl FileCounts {
    /// Nothing read yet.
    #[must_use]
    pub fn new(source: &str, file: &str) -> Self {
        Self {
            source: source.to_owned(),
            file: file.to_owned(),
            counts: Counts::default(),
            newest: None,
        }
    }
}

/// Counts by source, as the source was given on the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ledger {
    sources: BTreeMap<String, Counts>,
}

impl Ledger {
    /// The counts of one source, to be added to.
    pub fn source(&mut self, name: &str) -> &mut Counts {
        self.sources.entry(name.to_owned()).or_default()
    }

    /// Every source with its counts, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Counts)> {
        self.sources.iter().map(|(name, counts)| (name.as_str(), counts))
    }

    /// The sum over all sources.
    #[must_use]
    pub fn total(&self) -> Counts {
        let mut total = Counts::default();
        for counts in self.sources.values() {
            total.add(counts);
        }
        total
    }

    /// Adds another ledger to this one.
    pub fn merge(&mut self, other: &Self) {
        for (name, counts) in other.iter() {
            self.source(name).add(counts);
        }
    }

    /// Nothing has been read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total() == Counts::default()
    }

    /// Whether every source balances.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.sources.values().all(Counts::balances)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balance_holds_for_sums_and_fails_for_a_lost_record() {
        let mut ledger = Ledger::default();
        ledger.source("a").add(&Counts {
            read: 3,
            stored: 1,
            duplicate: 1,
            rejected: 1,
            conflict: 1,
        });
        let mut other = Ledger::default();
        other.source("a").add(&Counts {
            read: 2,
            stored: 2,
            ..Counts::default()
        });
        other.source("b").add(&Counts {
            read: 1,
            rejected: 1,
            ..Counts::default()
        });
        ledger.merge(&other);
        assert!(ledger.balances());
        assert_eq!(
            ledger.total(),
            Counts {
                read: 6,
                stored: 3,
                duplicate: 1,
                rejected: 2,
                conflict: 1
            }
        );
        ledger.source("b").read += 1;
        assert!(!ledger.balances());
    }

    #[test]
    fn a_conflict_that_is_no_duplicate_does_not_balance() {
        assert!(
            !Counts {
                read: 1,
                stored: 1,
                conflict: 1,
                ..Counts::default()
            }
            .balances()
        );
    }

    #[test]
    fn survives_a_round_trip_as_json() {
        let mut ledger = Ledger::default();
        ledger.source("trail/").read = 7;
        let text = serde_json::to_string(&ledger).unwrap();
        assert_eq!(serde_json::from_str::<Ledger>(&text).unwrap(), ledger);
    }
}
