//! Functions of one name: of a file, of a resource.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringBuilder, StructArray, TimestampMicrosecondBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::common::Result;
use podtrail_analysis::graph::resource_root;
use podtrail_event::time::Timestamp;
use podtrail_ingest::lake::schema::timestamp;
use podtrail_ingest::source::parse_key;

use super::Columns;

/// What `log_file` gives.
pub(super) fn log_file_fields() -> Fields {
    [
        Field::new("account", DataType::Utf8, true),
        Field::new("region", DataType::Utf8, true),
        Field::new("delivered", timestamp(), true),
    ]
    .into_iter()
    .collect()
}

/// All null for a file that is not named as CloudTrail names its log files.
pub(super) fn log_files(columns: &Columns) -> Result<ArrayRef> {
    let (mut accounts, mut regions) = (StringBuilder::new(), StringBuilder::new());
    let mut times = TimestampMicrosecondBuilder::new().with_timezone("UTC");
    for row in 0..columns.rows {
        let [name] = columns.row(row)?;
        let file = name
            .and_then(parse_key)
            .and_then(|key| Some((key, minute(key.delivered)?)));
        accounts.append_option(file.map(|(key, _)| key.account));
        regions.append_option(file.map(|(key, _)| key.region));
        times.append_option(file.map(|(_, at)| at.0));
    }
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(accounts.finish()),
        Arc::new(regions.finish()),
        Arc::new(times.finish()),
    ];
    Ok(Arc::new(StructArray::try_new(log_file_fields(), arrays, None)?))
}

/// `YYYYMMDDTHHmmZ`.
fn minute(text: &str) -> Option<Timestamp> {
    let part = |from, to| text.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute) = (part(9, 11)?, part(11, 13)?);
    Timestamp::parse(&format!("{year}-{month}-{day}T{hour}:{minute}:00Z"))
}

/// The root of each resource.
pub(super) fn resource_roots(columns: &Columns) -> Result<ArrayRef> {
    let mut roots = StringBuilder::new();
    for row in 0..columns.rows {
        let [resource] = columns.row(row)?;
        roots.append_option(resource.map(resource_root));
    }
    Ok(Arc::new(roots.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_of_names_are_times() {
        assert_eq!(minute("20261101T0905Z"), Timestamp::parse("2026-11-01T09:05:00Z"));
        assert_eq!(minute("20261301T0905Z"), None, "there is no such month");
        assert_eq!(minute(""), None);
    }
}
