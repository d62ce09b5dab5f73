//! Batches as the bytes of a Parquet file, their columns encoded side by side.

use std::num::NonZero;
use std::sync::{Mutex, PoisonError};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowLeafColumn, compute_leaves};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::schema;
use crate::IngestError;

/// Rows of a row group: what a reader skips or reads as one.
pub(super) const ROW_GROUP_ROWS: usize = 128 * 1024;

/// The columns by which files are in order, as far as they have them.
const ORDERED_COLUMNS: [&str; 6] = [
    "event_time",
    "day",
    "namespace",
    "service_account",
    "session_id",
    "caller_key",
];

/// A batch as the bytes of a Parquet file: zstd, with a bloom filter for point look-ups by `id_column`.
///
/// # Errors
/// [`IngestError::Parquet`] when the batch cannot be encoded.
pub(super) fn encode(batch: &RecordBatch, id_column: Option<&str>) -> std::result::Result<Bytes, IngestError> {
    encode_groups(batch, id_column).map_err(|source| IngestError::Parquet {
        action: "written",
        source,
    })
}

fn encode_groups(batch: &RecordBatch, id_column: Option<&str>) -> Result<Bytes> {
    let properties = properties(batch.num_rows(), id_column)?;
    let writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties))?;
    let (mut writer, factory) = writer.into_serialized_writer()?;
    for (index, start) in (0..batch.num_rows()).step_by(ROW_GROUP_ROWS).enumerate() {
        let rows = batch.slice(start, ROW_GROUP_ROWS.min(batch.num_rows() - start));
        let chunks = encode_columns(factory.create_column_writers(index)?, &rows)?;
        let mut group = writer.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
    }
    Ok(writer.into_inner()?.into())
}

/// The usual ways, and for each column the one that fits it. The bloom filter is made for so many `rows`.
pub(super) fn properties(rows: usize, id_column: Option<&str>) -> Result<WriterProperties> {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_created_by(format!("podtrail {}", env!("CARGO_PKG_VERSION")));
    for name in schema::UNIQUE_TEXT_COLUMNS {
        // Hardly two are equal: a dictionary of them would only be written and thrown away.
        properties = properties.set_column_dictionary_enabled(ColumnPath::from(name), false);
    }
    // Files of events are in order of time and of nothing else, derived ones in that of their day and key: the
    // smallest and largest of other columns leave nothing out.
    properties = properties.set_statistics_enabled(EnabledStatistics::None);
    for name in ORDERED_COLUMNS {
        properties = properties.set_column_statistics_enabled(ColumnPath::from(name), EnabledStatistics::Page);
    }
    if let Some(column) = id_column {
        let column = ColumnPath::from(column);
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_bloom_filter_enabled(column.clone(), true)
            .set_column_bloom_filter_max_ndv(column, rows as u64);
    }
    Ok(properties.build())
}

/// One column on its way, with its place and how much there is of it.
struct Job {
    place: usize,
    size: usize,
    writer: ArrowColumnWriter,
    leaf: ArrowLeafColumn,
}

/// The columns of one row group. The machine's cores share them, the largest first, so that none is left with a long
/// one at the end.
fn encode_columns(writers: Vec<ArrowColumnWriter>, rows: &RecordBatch) -> Result<Vec<ArrowColumnChunk>> {
    let mut jobs = Vec::with_capacity(writers.len());
    let mut writers = writers.into_iter();
    for (field, array) in rows.schema().fields().iter().zip(rows.columns()) {
        for leaf in compute_leaves(field, array)? {
            let writer = writers.next().ok_or_else(|| missing("writer"))?;
            jobs.push(Job {
                place: jobs.len(),
                size: text_bytes(array),
                writer,
                leaf,
            });
        }
    }
    let mut chunks: Vec<Option<ArrowColumnChunk>> = jobs.iter().map(|_| None).collect();
    jobs.sort_by_key(|job| job.size);
    let queue = Mutex::new(jobs);
    let helpers = std::thread::available_parallelism().map_or(1, NonZero::get) - 1;
    let done = std::thread::scope(|scope| -> Result<Vec<_>> {
        let others: Vec<_> = (0..helpers).map(|_| scope.spawn(|| work(&queue))).collect();
        let mut done = work(&queue)?;
        for other in others {
            done.extend(other.join().map_err(|_| missing("result of a thread"))??);
        }
        Ok(done)
    })?;
    for (place, chunk) in done {
        if let Some(slot) = chunks.get_mut(place) {
            *slot = Some(chunk);
        }
    }
    chunks
        .into_iter()
        .map(|chunk| chunk.ok_or_else(|| missing("column")))
        .collect()
}

fn work(queue: &Mutex<Vec<Job>>) -> Result<Vec<(usize, ArrowColumnChunk)>> {
    let mut done = Vec::new();
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let Some(mut job) = next else { return Ok(done) };
        job.writer.write(&job.leaf)?;
        done.push((job.place, job.writer.close()?));
    }
}

fn missing(what: &str) -> ParquetError {
    ParquetError::General(format!(
        "a column has no {what} (a defect of podtrail, please report it)"
    ))
}

/// Bytes of text in a column; its rows where it holds none.
fn text_bytes(array: &dyn Array) -> usize {
    match array.data_type() {
        DataType::Utf8View => array.as_string_view().lengths().map(|length| length as usize).sum(),
        _ => array.len(),
    }
}
