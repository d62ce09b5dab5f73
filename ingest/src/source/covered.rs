//! Spans of time of which everything was read. Pure.

use serde::{Deserialize, Serialize};

/// Spans of seconds since the epoch, both ends included, sorted, none touching another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Covered(Vec<(i64, i64)>);

impl Covered {
    /// Adds a span; nothing when it ends before it begins.
    pub(super) fn add(&mut self, from: i64, to: i64) {
        if to < from {
            return;
        }
        let (mut from, mut to) = (from, to);
        self.0.retain(|(first, last)| {
            let apart = *last < from.saturating_sub(1) || *first > to.saturating_add(1);
            if !apart {
                from = from.min(*first);
                to = to.max(*last);
            }
            apart
        });
        let place = self.0.partition_point(|(first, _)| *first < from);
        self.0.insert(place, (from, to));
    }

    /// What is missing between two seconds, both included, the newest first.
    pub(super) fn gaps(&self, from: i64, to: i64) -> Vec<(i64, i64)> {
        let mut gaps = Vec::new();
        let mut end = to;
        for (first, last) in self.0.iter().rev() {
            if *last < end && *last >= from {
                gaps.push((last + 1, end));
            }
            if *last >= from {
                end = end.min(first - 1);
            }
        }
        if end >= from {
            gaps.push((from, end));
        }
        gaps
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn spans_that_touch_become_one_and_gaps_lie_between() {
        let mut covered = Covered::default();
        assert_eq!(covered.gaps(10, 20), [(10, 20)]);
        for (from, to) in [(15, 16), (11, 12), (13, 13), (30, 40), (5, 1)] {
            covered.add(from, to);
        }
        assert_eq!(covered.0, [(11, 13), (15, 16), (30, 40)]);
        assert_eq!(covered.gaps(10, 20), [(17, 20), (14, 14), (10, 10)]);
        assert_eq!(covered.gaps(12, 35), [(17, 29), (14, 14)]);
        assert_eq!(covered.gaps(31, 39), []);
        assert_eq!(covered.gaps(41, 45), [(41, 45)]);
    }

    #[test]
    fn every_second_is_either_covered_or_in_a_gap() {
        // Every way to add three spans out of a small range.
        let spans: Vec<(i64, i64)> = (0..5).flat_map(|from| (from..6).map(move |to| (from, to))).collect();
        for one in &spans {
            for two in &spans {
                for three in &spans {
                    let mut covered = Covered::default();
                    let mut seconds = BTreeSet::new();
                    for (from, to) in [one, two, three] {
                        covered.add(*from, *to);
                        seconds.extend(*from..=*to);
                    }
                    let missing: BTreeSet<i64> = covered
                        .gaps(0, 7)
                        .into_iter()
                        .flat_map(|(from, to)| from..=to)
                        .collect();
                    let expected: BTreeSet<i64> = (0..=7).filter(|second| !seconds.contains(second)).collect();
                    assert_eq!(missing, expected, "{one:?} {two:?} {three:?}");
                }
            }
        }
    }
}
