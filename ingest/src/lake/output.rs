//! A data file written bit by bit, for rows that do not fit into memory at once.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;

use super::encode::properties;
use super::schema;
use crate::IngestError;

/// A data file that is being written.
pub(super) struct Output {
    writer: ArrowWriter<Vec<u8>>,
    times: Vec<ArrayRef>,
    rows: usize,
}

impl Output {
    /// A file with the columns of `schema`, and a bloom filter on `id_column`.
    pub(super) fn new(schema: &SchemaRef, id_column: &str, row_group: usize) -> Result<Self, IngestError> {
        let usual = properties(row_group, Some(id_column)).map_err(unwritable)?;
        let properties = usual
            .into_builder()
            .set_max_row_group_row_count(Some(row_group))
            .build();
        let writer = ArrowWriter::try_new(Vec::new(), Arc::clone(schema), Some(properties)).map_err(unwritable)?;
        Ok(Self {
            writer,
            times: Vec::new(),
            rows: 0,
        })
    }

    /// Adds rows, in their order.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), IngestError> {
        self.writer.write(batch).map_err(unwritable)?;
        self.rows += batch.num_rows();
        self.times.extend(batch.column_by_name("event_time").cloned());
        Ok(())
    }

    /// Bytes of the row groups that are ended.
    pub(super) fn bytes(&self) -> u64 {
        self.writer.bytes_written() as u64
    }

    /// The bytes of the file, and a batch that has its row count and its times.
    pub(super) fn finish(self) -> Result<(Vec<u8>, RecordBatch), IngestError> {
        let bytes = self.writer.into_inner().map_err(unwritable)?;
        let times: Vec<&dyn Array> = self.times.iter().map(AsRef::as_ref).collect();
        let (fields, columns) = if times.is_empty() {
            (Vec::new(), Vec::new())
        } else {
            let times = arrow::compute::concat(&times)?;
            (vec![Field::new("event_time", schema::timestamp(), true)], vec![times])
        };
        let rows = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let summary = RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &rows)?;
        Ok((bytes, summary))
    }
}

const fn unwritable(source: ParquetError) -> IngestError {
    IngestError::Parquet {
        action: "written",
        source,
    }
}
