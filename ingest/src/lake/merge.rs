//! Files whose rows are in one order, read as one stream of rows in that order, with a bounded part of each in memory.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::compute::{cast, interleave_record_batch};
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::row::{RowConverter, Rows, SortField};
use futures::TryStreamExt;
use object_store::ObjectStore;
use parquet::arrow::async_reader::ParquetRecordBatchStream;

use super::file::DataFile;
use super::reader::{RangeReader, read_rows, unreadable};
use crate::IngestError;

/// Rows decoded at a time of each file.
const ROWS: usize = 1024;

/// Several runs of files as one stream. A run is files one after the other, in the order of their rows; one file of
/// each run is open at a time.
pub(super) struct Merge {
    store: Arc<dyn ObjectStore>,
    schema: SchemaRef,
    /// The columns that order the rows, first to last; nulls come first.
    order: Vec<usize>,
    keys: RowConverter,
    runs: Vec<Run>,
}

struct Run {
    files: VecDeque<DataFile>,
    open: Option<ParquetRecordBatchStream<RangeReader>>,
    head: Option<Head>,
}

/// The rows of a run that come next.
struct Head {
    batch: RecordBatch,
    keys: Rows,
    row: usize,
}

impl Merge {
    /// Opens the first file of each run. Columns that a file lacks are null, those that `schema` lacks are left out.
    ///
    /// # Errors
    /// When a file cannot be read, or `order` names a column that `schema` lacks.
    pub(super) async fn new(
        store: Arc<dyn ObjectStore>,
        schema: SchemaRef,
        order: &[&str],
        runs: Vec<Vec<DataFile>>,
    ) -> Result<Self, IngestError> {
        let order = order
            .iter()
            .map(|name| schema.index_of(name))
            .collect::<Result<Vec<_>, _>>()?;
        let fields = order
            .iter()
            .map(|at| SortField::new(schema.field(*at).data_type().clone()));
        let mut merge = Self {
            store,
            keys: RowConverter::new(fields.collect())?,
            schema,
            order,
            runs: Vec::new(),
        };
        for files in runs {
            let mut run = Run {
                files: files.into(),
                open: None,
                head: None,
            };
            merge.load(&mut run).await?;
            merge.runs.push(run);
        }
        Ok(merge)
    }

    /// The next rows, at most `limit`; none at the end.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(super) async fn next(&mut self, limit: usize) -> Result<Option<RecordBatch>, IngestError> {
        let mut batches: Vec<RecordBatch> = Vec::new();
        // Where in `batches` the current batch of each run is.
        let mut places: Vec<Option<usize>> = vec![None; self.runs.len()];
        let mut picks = Vec::with_capacity(limit);
        while picks.len() < limit {
            let Some((nth, batch, row)) = self.smallest() else {
                break;
            };
            let Some(place) = places.get_mut(nth) else { break };
            let at = *place.get_or_insert_with(|| {
                batches.push(batch.clone());
                batches.len() - 1
            });
            picks.push((at, row));
            if self.step(nth).await? {
                *place = None;
            }
        }
        if picks.is_empty() {
            return Ok(None);
        }
        let batches: Vec<&RecordBatch> = batches.iter().collect();
        Ok(Some(interleave_record_batch(&batches, &picks)?))
    }

    /// The run whose next row is the smallest, with its batch and row; of equal rows that of the first run.
    fn smallest(&self) -> Option<(usize, &RecordBatch, usize)> {
        let heads = self.runs.iter().enumerate();
        let heads = heads.filter_map(|(nth, run)| run.head.as_ref().map(|head| (nth, head)));
        let (nth, head) = heads.min_by(|(_, a), (_, b)| a.keys.row(a.row).cmp(&b.keys.row(b.row)))?;
        Some((nth, &head.batch, head.row))
    }

    /// Goes one row on in a run; tells whether its batch is another now.
    async fn step(&mut self, nth: usize) -> Result<bool, IngestError> {
        let Some(run) = self.runs.get_mut(nth) else {
            return Ok(false);
        };
        let Some(head) = run.head.as_mut() else {
            return Ok(false);
        };
        head.row += 1;
        if head.row < head.batch.num_rows() {
            return Ok(false);
        }
        let mut taken = Run {
            files: std::mem::take(&mut run.files),
            open: run.open.take(),
            head: None,
        };
        self.load(&mut taken).await?;
        if let Some(run) = self.runs.get_mut(nth) {
            *run = taken;
        }
        Ok(true)
    }

    /// Reads the next batch of a run; its head is none at the end.
    async fn load(&self, run: &mut Run) -> Result<(), IngestError> {
        loop {
            if run.open.is_none() {
                let Some(file) = run.files.pop_front() else {
                    return Ok(());
                };
                run.open = Some(read_rows(Arc::clone(&self.store), &file, ROWS).await?);
            }
            let Some(stream) = run.open.as_mut() else { return Ok(()) };
            match stream.try_next().await.map_err(unreadable)? {
                Some(batch) if batch.num_rows() > 0 => {
                    let batch = fit(&batch, &self.schema)?;
                    let columns: Vec<ArrayRef> = self.order.iter().map(|at| Arc::clone(batch.column(*at))).collect();
                    let keys = self.keys.convert_columns(&columns)?;
                    run.head = Some(Head { batch, keys, row: 0 });
                    return Ok(());
                }
                Some(_) => {}
                None => run.open = None,
            }
        }
    }
}

/// A batch with exactly the columns of a schema.
fn fit(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = schema
        .fields()
        .iter()
        .map(|field| match batch.column_by_name(field.name()) {
            Some(column) if column.data_type() == field.data_type() => Ok(Arc::clone(column)),
            Some(column) => cast(column, field.data_type()),
            None => Ok(new_null_array(field.data_type(), batch.num_rows())),
        })
        .collect::<Result<Vec<_>, _>>()?;
    RecordBatch::try_new(Arc::clone(schema), columns)
}
