//! Days: what derived tables are made anew by, and how their rows are laid out in files.

use std::collections::BTreeSet;

use datafusion::arrow::array::RecordBatch;
use podtrail_ingest::lake::DataFile;

use super::columns::Named;
use crate::QueryError;

/// Days (their start in microseconds, UTC; none for events without a time), or all there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Days {
    All,
    Some(BTreeSet<Option<i64>>),
}

impl Days {
    /// The days of the rows of a batch.
    pub(super) fn of(batch: &RecordBatch) -> Result<BTreeSet<Option<i64>>, QueryError> {
        let day = Named(batch).times("day")?;
        Ok((0..batch.num_rows()).map(|row| day(row).map(|time| time.0)).collect())
    }

    /// A condition on a column of days.
    pub(super) fn condition(&self, column: &str) -> String {
        match self {
            Self::All => "true".into(),
            Self::Some(days) => {
                let known: Vec<String> = days.iter().flatten().map(|day| literal(*day)).collect();
                let mut either = Vec::new();
                if !known.is_empty() {
                    either.push(format!("{column} IN ({})", known.join(", ")));
                }
                if days.contains(&None) {
                    either.push(format!("{column} IS NULL"));
                }
                either.push("false".into());
                format!("({})", either.join(" OR "))
            }
        }
    }

    /// Whether a file may hold rows of these days.
    pub(super) fn meet(&self, file: &DataFile) -> bool {
        match self {
            Self::All => true,
            Self::Some(days) => days
                .iter()
                .any(|day| file.may_hold(day.map(|day| (day, day)), day.is_none())),
        }
    }

    /// These and others.
    pub(super) fn and(self, others: Self) -> Self {
        match (self, others) {
            (Self::Some(mut days), Self::Some(others)) => {
                days.extend(others);
                Self::Some(days)
            }
            _ => Self::All,
        }
    }

    /// There are none.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Some(days) if days.is_empty())
    }
}

/// A day as SQL. Not as a date's text, which the engine would read as nanoseconds: these end in the year 2262.
pub(super) fn literal(day: i64) -> String {
    format!("arrow_cast({day}, 'Timestamp(Microsecond, Some(\"UTC\"))')")
}

/// Spans of consecutive days, each of about `rows` rows, which together hold every day that is counted. A span is from
/// its first day to before the next one's; the first one also holds what has no day.
pub(super) fn spans(counts: &[(Option<i64>, u64)], rows: u64) -> Vec<(Option<i64>, Option<i64>)> {
    let mut starts: Vec<Option<i64>> = vec![None];
    let mut held = 0;
    for (day, count) in counts {
        if held > 0 && held + count > rows && day.is_some() {
            starts.push(*day);
            held = 0;
        }
        held += count;
    }
    let ends = starts.iter().skip(1).copied().chain([None]);
    starts.iter().copied().zip(ends).collect()
}

/// The condition for the rows of a span, on a column of days.
pub(super) fn in_span(column: &str, (from, before): (Option<i64>, Option<i64>)) -> String {
    let from = from.map(|day| format!("{column} >= {}", literal(day)));
    let before = before.map(|day| format!("{column} < {}", literal(day)));
    match (from, before) {
        (None, None) => "true".into(),
        (None, Some(before)) => format!("({before} OR {column} IS NULL)"),
        (Some(from), None) => from,
        (Some(from), Some(before)) => format!("{from} AND {before}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_hold_every_day_once_and_are_not_much_larger_than_asked() {
        type Case<'c> = (&'c [(Option<i64>, u64)], u64, &'c [(Option<i64>, Option<i64>)]);
        let cases: [Case<'_>; 5] = [
            (&[], 10, &[(None, None)]),
            (&[(Some(1), 4), (Some(2), 6)], 10, &[(None, None)]),
            (&[(Some(1), 4), (Some(2), 7)], 10, &[(None, Some(2)), (Some(2), None)]),
            (&[(Some(1), 40), (Some(2), 1)], 10, &[(None, Some(2)), (Some(2), None)]),
            (
                &[(None, 40), (Some(2), 1), (Some(3), 1)],
                10,
                &[(None, Some(2)), (Some(2), None)],
            ),
        ];
        for (counts, rows, expected) in cases {
            assert_eq!(spans(counts, rows), expected, "{counts:?}");
        }
    }

    #[test]
    fn conditions_say_what_is_meant() {
        let days = |days: &[Option<i64>]| Days::Some(days.iter().copied().collect());
        assert_eq!(Days::All.condition("day"), "true");
        assert_eq!(days(&[]).condition("day"), "(false)");
        assert!(days(&[]).is_empty() && !days(&[None]).is_empty());
        assert_eq!(days(&[None]).condition("c.day"), "(c.day IS NULL OR false)");
        assert_eq!(
            days(&[None, Some(5)]).condition("day"),
            "(day IN (arrow_cast(5, 'Timestamp(Microsecond, Some(\"UTC\"))')) OR day IS NULL OR false)"
        );
        assert_eq!(
            in_span("day", (None, Some(7))),
            format!("(day < {} OR day IS NULL)", literal(7))
        );
    }
}
