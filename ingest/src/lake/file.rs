//! Data files: where they lie, and what the log says of them.

use std::collections::HashMap;

use arrow::array::{Array, PrimitiveArray, RecordBatch};
use arrow::compute::{max, min};
use arrow::datatypes::TimestampMicrosecondType;
use deltalake::kernel::Add;
use object_store::path::Path;
use podtrail_event::time::Timestamp;
use serde_json::{Value, json};

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
    /// The column of times that the log tells of: `event_time`, else `day`.
    pub time_column: Option<&'static str>,
    /// Rows without such a time, where the log tells.
    pub null_times: Option<u64>,
    /// The span of these times in microseconds, both ends included, where the log tells.
    pub times: Option<(i64, i64)>,
}

impl DataFile {
    /// A file with what the log's statistics, in their JSON form, tell of it.
    pub(super) fn told(path: Path, log_path: String, size: u64, stats: Option<&str>) -> Self {
        let stats = stats.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let at = |pointer: &str| stats.as_ref()?.pointer(pointer);
        let time_column = TIME_COLUMNS
            .into_iter()
            .find(|column| at(&format!("/nullCount/{column}")).is_some());
        let in_column = |what: &str| at(&format!("/{what}/{}", time_column?));
        let time = |what| in_column(what)?.as_str().and_then(Timestamp::parse).map(|time| time.0);
        Self {
            path,
            log_path,
            size,
            rows: at("/numRecords").and_then(Value::as_u64),
            time_column,
            null_times: in_column("nullCount").and_then(Value::as_u64),
            times: time("minValues").zip(time("maxValues")),
        }
    }

    /// Whether the file may hold a row with a time in the span, or, when `nulls` is set, without one.
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

/// The log's entry for a file that was part of the table before, from what its log told of it. `modified` is in
/// milliseconds.
pub(super) fn add_again(file: &DataFile, modified: i64) -> Add {
    let times = file.time_column.map(|column| Times {
        column,
        nulls: file.null_times.unwrap_or_default(),
        span: file.times,
    });
    Add {
        path: file.log_path.clone(),
        partition_values: HashMap::new(),
        size: i64::try_from(file.size).unwrap_or(i64::MAX),
        modification_time: modified,
        data_change: true,
        stats: file.rows.map(|rows| statistics_text(rows, times)),
        tags: None,
        deletion_vector: None,
        base_row_id: None,
        default_row_commit_version: None,
        clustering_provider: None,
    }
}

/// A data file as an entry of the log tells of it.
pub(super) fn of_action(add: &Add) -> DataFile {
    let size = u64::try_from(add.size).unwrap_or_default();
    DataFile::told(
        Path::from(add.path.as_str()),
        add.path.clone(),
        size,
        add.stats.as_deref(),
    )
}

/// The column that tells when the rows of a table are of: that of events, else that of days.
const TIME_COLUMNS: [&str; 2] = ["event_time", "day"];

/// What a file's log says of its column of times.
struct Times {
    column: &'static str,
    nulls: u64,
    /// In microseconds.
    span: Option<(i64, i64)>,
}

/// Statistics in the log's JSON form: row count, and the span and nulls of the column of times where there is one.
fn statistics(batch: &RecordBatch) -> String {
    let times = TIME_COLUMNS.into_iter().find_map(|column| {
        let array = batch.column_by_name(column)?.as_any();
        let array = array.downcast_ref::<PrimitiveArray<TimestampMicrosecondType>>()?;
        Some(Times {
            column,
            nulls: array.null_count() as u64,
            span: min(array).zip(max(array)),
        })
    });
    statistics_text(batch.num_rows() as u64, times)
}

/// The Delta protocol keeps times in milliseconds, so the upper end is rounded up.
fn statistics_text(rows: u64, times: Option<Times>) -> String {
    let Some(Times { column, nulls, span }) = times else {
        return json!({"numRecords": rows}).to_string();
    };
    let of_time = |milliseconds: Option<i64>| {
        milliseconds.map_or_else(
            || json!({}),
            |milliseconds| json!({column: millisecond_text(milliseconds)}),
        )
    };
    json!({
        "numRecords": rows,
        "nullCount": {column: nulls},
        "minValues": of_time(span.map(|(first, _)| first.div_euclid(1000))),
        "maxValues": of_time(span.map(|(_, last)| -(-last).div_euclid(1000))),
    })
    .to_string()
}

fn millisecond_text(milliseconds: i64) -> String {
    let text = Timestamp(milliseconds.saturating_mul(1000)).to_string();
    let whole = text.trim_end_matches('Z');
    let (seconds, fraction) = whole.split_once('.').unwrap_or((whole, ""));
    format!("{seconds}.{:0<3.3}Z", fraction)
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
            time_column: Some("event_time"),
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
        let told = DataFile::told(Path::from("a"), "a".into(), 1, Some(&statistics(&batch)));
        assert_eq!((told.rows, told.null_times), (Some(3), Some(1)));
        assert_eq!(told.times, Some((1_688_990_400_000_000, 1_688_990_460_001_000)));
        let again = of_action(&add_again(&told, 0));
        assert_eq!(again, told, "what is brought back is told of as before");
    }

    #[test]
    fn unreadable_statistics_tell_nothing() {
        for stats in [None, Some("{"), Some("{}")] {
            let told = DataFile::told(Path::from("a"), "a".into(), 1, stats);
            assert_eq!((told.rows, told.null_times, told.times), (None, None, None));
        }
    }
}
