//! Things with a beginning and an end, found by the time at which they were.

use podtrail_event::time::Timestamp;

/// Things sorted by their beginning, with the latest end of each stretch of them, so that a question costs about as
/// much as its answer, however many short lives there were.
#[derive(Debug)]
pub(super) struct Spans<T> {
    items: Vec<(i64, i64, T)>,
    /// A binary tree over the items; the node `n` has the children `2n` and `2n + 1`, the root is 1.
    latest: Vec<i64>,
}

impl<T: Copy> Spans<T> {
    /// An unknown beginning is before all times, an unknown end after them.
    pub(super) fn new(items: impl IntoIterator<Item = (Option<Timestamp>, Option<Timestamp>, T)>) -> Self {
        let micros = |time: Option<Timestamp>, unknown| time.map_or(unknown, |Timestamp(micros)| micros);
        let mut items: Vec<(i64, i64, T)> = items
            .into_iter()
            .map(|(from, until, item)| (micros(from, i64::MIN), micros(until, i64::MAX), item))
            .collect();
        items.sort_by_key(|(from, until, _)| (*from, *until));
        let leaves = items.len().next_power_of_two();
        let mut latest = vec![i64::MIN; leaves];
        latest.extend(items.iter().map(|(_, until, _)| *until));
        latest.resize(leaves * 2, i64::MIN);
        for node in (1..leaves).rev() {
            let child = |at: usize| latest.get(at).copied().unwrap_or(i64::MIN);
            let both = child(node * 2).max(child(node * 2 + 1));
            if let Some(slot) = latest.get_mut(node) {
                *slot = both;
            }
        }
        Self { items, latest }
    }

    /// What was at that time, ends included.
    pub(super) fn at(&self, time: Timestamp) -> Vec<T> {
        self.during(time, time)
    }

    /// What was at some time from `first` to `last`, ends included.
    pub(super) fn during(&self, Timestamp(first): Timestamp, Timestamp(last): Timestamp) -> Vec<T> {
        let begun = self.items.partition_point(|(from, _, _)| *from <= last);
        let leaves = self.latest.len() / 2;
        let mut found = Vec::new();
        let mut open = vec![(1, 0, leaves)];
        while let Some((node, from, until)) = open.pop() {
            if from >= begun || self.latest.get(node).is_none_or(|latest| *latest < first) {
                continue;
            }
            if until - from > 1 {
                let middle = from.midpoint(until);
                open.extend([(node * 2 + 1, middle, until), (node * 2, from, middle)]);
            } else if let Some((_, _, item)) = self.items.get(from) {
                found.push(*item);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_at_a_time_is_found(
            lives in prop::collection::vec((prop::option::of(0..50i64), prop::option::of(0..50i64)), 0..40),
            first in 0..50i64,
            length in 0..5i64,
        ) {
            let time = |at: Option<i64>| at.map(Timestamp);
            let spans = Spans::new(lives.iter().enumerate().map(|(at, (from, until))| (time(*from), time(*until), at)));
            let mut found = spans.during(Timestamp(first), Timestamp(first + length));
            found.sort_unstable();
            let expected: Vec<usize> = (0..lives.len())
                .filter(|at| {
                    let (from, until) = lives[*at];
                    from.is_none_or(|from| from <= first + length) && until.is_none_or(|until| until >= first)
                })
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
