//! Data files: where they lie, and what the log says of them.

use std::collections::HashMap;

use arrow::array::{Array, PrimitiveArray, RecordBatch};
use arrow::compute::{max, min};
use arrow::datatypes::TimestampMicrosecondType;
use deltalake::kernel::Add;
use object_store::path::Path;
use podtrail_event::time::Timestamp;
use serde_json::json;

/// A data file of a table, as its log tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Path from the root of the store.
    pub path: Path,
    /// Path as the log names it, relative to the table.
    pub log_path: String,
    /// Bytes.
    pub size: u64,
    /// Rows, where the log tells.
    pub rows: Option<u64>,
    /// Rows without `event_time`, where the log tells.
    pub null_times: Option<u64>,
    /// The span of `event_time` in microseconds, both ends included, where the log tells.
    pub times: Option<(i64, i64)>,
}

impl DataFile {
    /// Whether the file may hold a row with an `event_time` in the span, or, when `nulls` is set, without one.
    #[must_use]
    pub fn may_hold(&self, span: Option<(i64, i64)>, nulls: bool) -> bool {
        let Some(rows) = self.rows else { return true };
        let holds_nulls = self.null_times.is_none_or(|count| count > 0);
        if nulls && holds_nulls {
            return true;
        }
        match (span, self.times) {
            (None, _) => false,
            (Some(_), None) => self.null_times != Some(rows),
            (Some((from, to)), Some((first, last))) => first <= to && from <= last,
        }
    }
}

/// The log's entry for a new data file. `modified` is in milliseconds.
pub(super) fn add_action(
    path: String,
    bytes: usize,
    batch: &RecordBatch,
    partition: Option<(&str, Option<String>)>,
    modified: i64,
) -> Add {
    Add {
        path,
        partition_values: partition
            .map(|(column, value)| HashMap::from([(column.to_owned(), value)]))
            .unwrap_or_default(),
        size: i64::try_from(bytes).unwrap_or(i64::MAX),
        modification_time: modified,
        data_change: true,
        stats: Some(statistics(batch)),
        tags: None,
        deletion_vector: None,
        base_row_id: None,
        default_row_commit_version: None,
        clustering_provider: None,
    }
}

/// Statistics in the log's JSON form: row count, and the span and nulls of `event_time` where there is one.
///
/// The Delta protocol keeps times in milliseconds, so the upper end is rounded up.
fn statistics(batch: &RecordBatch) -> String {
    let times = batch.column_by_name("event_time").and_then(|column| {
        column
            .as_any()
            .downcast_ref::<PrimitiveArray<TimestampMicrosecondType>>()
    });
    let Some(times) = times else {
        return json!({"numRecords": batch.num_rows()}).to_string();
    };
    let of_time = |milliseconds: Option<i64>| {
        milliseconds.map_or_else(
            || json!({}),
            |milliseconds| json!({"event_time": millisecond_text(milliseconds)}),
        )
    };
    json!({
        "numRecords": batch.num_rows(),
        "nullCount": {"event_time": times.null_count()},
        "minValues": of_time(min(times).map(|first| first.div_euclid(1000))),
        "maxValues": of_time(max(times).map(|last| -(-last).div_euclid(1000))),
    })
    .to_string()
}

fn millisecond_text(milliseconds: i64) -> String {
    let text = Timestamp(milliseconds.saturating_mul(1000)).to_string();
    let whole = text.trim_end_matches('Z');
    let (seconds, fraction) = whole.split_once('.').unwrap_or((whole, ""));
    format!("{seconds}.{:0<3.3}Z", fraction)
}

/// Row count, nulls and span of `event_time` out of the log's JSON form.
pub(super) fn parse_statistics(stats: Option<&str>) -> (Option<u64>, Option<u64>, Option<(i64, i64)>) {
    let Some(stats) = stats.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok()) else {
        return (None, None, None);
    };
    let time = |pointer: &str| {
        stats
            .pointer(pointer)
            .and_then(serde_json::Value::as_str)
            .and_then(Timestamp::parse)
            .map(|time| time.0)
    };
    let span = match (time("/minValues/event_time"), time("/maxValues/event_time")) {
        (Some(first), Some(last)) => Some((first, last)),
        _ => None,
    };
    let nulls = stats
        .pointer("/nullCount/event_time")
        .and_then(serde_json::Value::as_u64);
    (
        stats.pointer("/numRecords").and_then(serde_json::Value::as_u64),
        nulls,
        span,
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::TimestampMicrosecondArray;
    use arrow::datatypes::{Field, Schema};

    use super::*;

    fn file(rows: Option<u64>, null_times: Option<u64>, times: Option<(i64, i64)>) -> DataFile {
        DataFile {
            path: Path::from("a"),
            log_path: "a".into(),
            size: 1,
            rows,
            null_times,
            times,
        }
    }

    #[test]
    fn only_files_whose_span_meets_the_batch_can_hold_its_copies() {
        let known = file(Some(9), Some(0), Some((10, 20)));
        let cases = [
            (Some((0, 9)), false, false),
            (Some((0, 10)), false, true),
            (Some((20, 30)), false, true),
            (Some((21, 30)), false, false),
            (Some((12, 13)), false, true),
            (None, true, false),
        ];
        for (span, nulls, expected) in cases {
            assert_eq!(known.may_hold(span, nulls), expected, "{span:?} {nulls}");
        }
        assert!(
            file(None, None, None).may_hold(Some((0, 1)), false),
            "no statistics: must be read"
        );
        assert!(
            file(Some(2), Some(2), None).may_hold(None, true),
            "null times meet null times"
        );
        assert!(
            !file(Some(2), Some(2), None).may_hold(Some((0, 1)), false),
            "only null times inside"
        );
        assert!(
            file(Some(3), Some(2), None).may_hold(Some((0, 1)), false),
            "a time of unknown span inside"
        );
    }

    #[test]
    fn statistics_survive_the_log_and_never_shrink_the_span() {
        let first = 1_688_990_400_000_001;
        let last = 1_688_990_460_000_001;
        let times = TimestampMicrosecondArray::from(vec![Some(last), None, Some(first)]).with_timezone("UTC");
        let schema = Schema::new(vec![Field::new("event_time", super::super::schema::timestamp(), true)]);
        let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(times)]).unwrap();
        let (rows, nulls, span) = parse_statistics(Some(&statistics(&batch)));
        assert_eq!((rows, nulls), (Some(3), Some(1)));
        assert_eq!(span, Some((1_688_990_400_000_000, 1_688_990_460_001_000)));
    }

    #[test]
    fn unreadable_statistics_tell_nothing() {
        assert_eq!(parse_statistics(None), (None, None, None));
        assert_eq!(parse_statistics(Some("{")), (None, None, None));
    }
}
