//! The rows of one commit: which of them are new, and the counts that follow from it.

use std::collections::hash_map::{Entry, HashMap};
use std::collections::{BTreeMap, HashSet};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch};
use arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use serde_json::json;
use uuid::Uuid;

use super::dedupe::KeyReader;
use super::file::DataFile;
use super::key::EventKey;
use super::schema::{self, CONTENT_HASH};
use super::table::Tag;
use super::writer::{Batch, Part};
use crate::IngestError;
use crate::ledger::{Counts, FileCounts, Ledger};

/// The first row of a key.
#[derive(Debug, Clone, Copy)]
struct First {
    row: usize,
    content: i32,
    file: usize,
}

/// The rows of one commit.
pub(super) struct Rows {
    events: RecordBatch,
    /// Keys that no data file is known to hold.
    new: HashMap<EventKey, First>,
    keep: Vec<bool>,
    /// The counts of each file, in the order in which they were read.
    files: Vec<FileCounts>,
    /// The newest event of each source, in microseconds.
    newest: BTreeMap<String, i64>,
    checked: HashSet<String>,
    span: Option<(i64, i64)>,
    nulls: bool,
}

impl Rows {
    /// Lays batches out one after another, counts what was read, and drops copies among the rows themselves.
    pub(super) fn new(pending: Vec<Batch>) -> Result<Self, IngestError> {
        let events = concat_batches(&schema::events(), pending.iter().map(|batch| &batch.events))?;
        let times = event_times(&events)?;
        let span = arrow::compute::min(times).zip(arrow::compute::max(times));
        let nulls = times.null_count() > 0;
        let mut rows = Self {
            keep: vec![true; events.num_rows()],
            new: HashMap::with_capacity(events.num_rows()),
            files: Vec::new(),
            newest: BTreeMap::new(),
            checked: HashSet::new(),
            span,
            nulls,
            events,
        };
        rows.count(&pending)?;
        Ok(rows)
    }

    fn count(&mut self, pending: &[Batch]) -> Result<(), IngestError> {
        let events = self.events.clone();
        let contents = column(&events, CONTENT_HASH)?.as_primitive::<Int32Type>().values();
        let mut row = 0;
        for batch in pending {
            let mut keys = batch.keys.iter();
            for part in &batch.parts {
                let file = self.file(part);
                for key in keys.by_ref().take(part.rows) {
                    let content = contents.get(row).copied().unwrap_or_default();
                    self.take(*key, First { row, content, file });
                    row += 1;
                }
                self.note_newest(part, row)?;
            }
        }
        Ok(())
    }

    /// The place of a part's file among the counts, with its rejects counted.
    fn file(&mut self, part: &Part) -> usize {
        let same = |counts: &FileCounts| *counts.file == *part.file && *counts.source == *part.source;
        if !self.files.last().is_some_and(same) {
            self.files.push(FileCounts::new(&part.source, &part.file));
        }
        if let Some(counts) = self.files.last_mut() {
            let rejected = part.rejects.len() as u64;
            counts.counts.add(&Counts {
                read: part.rows as u64 + rejected,
                rejected,
                ..Counts::default()
            });
        }
        self.files.len() - 1
    }

    fn take(&mut self, key: EventKey, first: First) {
        let Some(counts) = self.files.get_mut(first.file).map(|file| &mut file.counts) else {
            return;
        };
        match self.new.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(first);
                counts.stored += 1;
            }
            Entry::Occupied(entry) => {
                counts.duplicate += 1;
                counts.conflict += u64::from(entry.get().content != first.content);
                set(&mut self.keep, first.row);
            }
        }
    }

    fn note_newest(&mut self, part: &Part, end: usize) -> Result<(), IngestError> {
        let times = event_times(&self.events)?.slice(end - part.rows, part.rows);
        if let Some(newest) = arrow::compute::max(&times) {
            let known = self.newest.entry(part.source.as_ref().to_owned()).or_insert(newest);
            *known = newest.max(*known);
        }
        Ok(())
    }

    /// Drops the rows whose key stands in a data file that was not checked before.
    pub(super) async fn drop_known(&mut self, files: &[DataFile], keys: &mut KeyReader) -> Result<(), IngestError> {
        for file in files {
            if !file.may_hold(self.span, self.nulls) || !self.checked.insert(file.log_path.clone()) {
                continue;
            }
            for (key, content) in keys.keys(file).await?.iter() {
                let Some(first) = self.new.remove(key) else {
                    continue;
                };
                set(&mut self.keep, first.row);
                if let Some(counts) = self.files.get_mut(first.file).map(|file| &mut file.counts) {
                    counts.stored -= 1;
                    counts.duplicate += 1;
                    counts.conflict += u64::from(content.is_some_and(|content| content != first.content));
                }
            }
        }
        Ok(())
    }

    /// The rows that are new.
    pub(super) fn kept(&self) -> Result<RecordBatch, IngestError> {
        Ok(filter_record_batch(
            &self.events,
            &BooleanArray::from(self.keep.clone()),
        )?)
    }

    /// The counts by source.
    pub(super) fn ledger(&self) -> Ledger {
        let mut ledger = Ledger::default();
        for file in &self.files {
            ledger.source(&file.source).add(&file.counts);
        }
        ledger
    }

    /// What the commit says of itself: the ledger by source and by file, the newest event of each source in
    /// microseconds, and the run.
    pub(super) fn tags(&self, run: Uuid) -> [Tag; 4] {
        [
            ("ledger", json!(self.ledger())),
            ("files", json!(self.files)),
            ("newest", json!(self.newest)),
            ("run", run.to_string().into()),
        ]
    }
}

fn set(keep: &mut [bool], row: usize) {
    if let Some(flag) = keep.get_mut(row) {
        *flag = false;
    }
}

/// A column of a batch of events.
pub(super) fn column<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef, IngestError> {
    batch
        .column_by_name(name)
        .ok_or_else(|| arrow::error::ArrowError::SchemaError(format!("no column `{name}` in a batch of events")).into())
}

/// The times of a batch of events.
pub(super) fn event_times(batch: &RecordBatch) -> Result<&PrimitiveArray<TimestampMicrosecondType>, IngestError> {
    Ok(column(batch, "event_time")?.as_primitive())
}
