//! The rows of one commit: which of them are new, and the counts that follow from it.

use std::collections::hash_map::{Entry, HashMap};
use std::collections::{BTreeMap, HashSet};

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, RecordBatch};
use arrow::compute::interleave_record_batch;
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

pub(super) const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

/// The first row of a key.
#[derive(Debug, Clone, Copy)]
struct First {
    row: usize,
    content: i32,
    file: usize,
}

/// Where a row stands: its batch, and its row there.
type Place = (usize, usize);

/// The rows of one commit, in the batches in which they came.
pub(super) struct Rows {
    batches: Vec<RecordBatch>,
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
    /// Counts what was read, and drops copies among the rows themselves.
    pub(super) fn new(pending: Vec<Batch>) -> Result<Self, IngestError> {
        let count = pending.iter().map(|batch| batch.keys.len()).sum();
        let mut rows = Self {
            batches: Vec::with_capacity(pending.len()),
            keep: vec![true; count],
            new: HashMap::with_capacity(count),
            files: Vec::new(),
            newest: BTreeMap::new(),
            checked: HashSet::new(),
            span: None,
            nulls: false,
        };
        let mut row = 0;
        for batch in pending {
            rows.count(&batch, row)?;
            row += batch.keys.len();
            rows.batches.push(batch.events);
        }
        Ok(rows)
    }

    /// Counts a batch whose first row has this number among those of the commit.
    fn count(&mut self, batch: &Batch, first: usize) -> Result<(), IngestError> {
        let times = event_times(&batch.events)?;
        let contents = column(&batch.events, CONTENT_HASH)?
            .as_primitive::<Int32Type>()
            .values();
        let mut keys = batch.keys.iter().zip(contents);
        let mut row = 0;
        for part in &batch.parts {
            let file = self.file(part);
            for (key, content) in keys.by_ref().take(part.rows) {
                let first = First {
                    row: first + row,
                    content: *content,
                    file,
                };
                self.take(*key, first);
                row += 1;
            }
            self.note_times(part, &times.slice(row - part.rows, part.rows));
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

    fn note_times(&mut self, part: &Part, times: &PrimitiveArray<TimestampMicrosecondType>) {
        self.nulls |= times.null_count() > 0;
        let Some((oldest, newest)) = arrow::compute::min(times).zip(arrow::compute::max(times)) else {
            return;
        };
        let known = self.newest.entry(part.source.as_ref().to_owned()).or_insert(newest);
        *known = newest.max(*known);
        let (first, last) = self.span.unwrap_or((oldest, newest));
        self.span = Some((first.min(oldest), last.max(newest)));
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

    /// The rows that are new by UTC day (days since the epoch; none for rows without a time), each day's in order of
    /// (time, id).
    pub(super) fn days(&self) -> Result<Vec<(Option<i64>, Vec<Place>)>, IngestError> {
        let mut kept = Vec::with_capacity(self.keep.len());
        let mut keep = self.keep.iter();
        let mut ids = Vec::with_capacity(self.batches.len());
        for (place, batch) in self.batches.iter().enumerate() {
            ids.push(column(batch, "event_id")?.as_string_view());
            let rows = event_times(batch)?.iter().zip(keep.by_ref()).enumerate();
            kept.extend(
                rows.filter(|(_, (_, keep))| **keep)
                    .map(|(row, (time, _))| (time, (place, row))),
            );
        }
        let id = |(batch, row): Place| ids.get(batch).map(|ids| ids.value(row));
        kept.sort_unstable_by(|(a_time, a), (b_time, b)| a_time.cmp(b_time).then_with(|| id(*a).cmp(&id(*b))));
        let day = |time: &Option<i64>| time.map(|time| time.div_euclid(MICROSECONDS_A_DAY));
        Ok(kept
            .chunk_by(|(a, _), (b, _)| day(a) == day(b))
            .map(|rows| {
                let places = rows.iter().map(|(_, place)| *place).collect();
                (rows.first().and_then(|(time, _)| day(time)), places)
            })
            .collect())
    }

    /// These rows as one batch.
    pub(super) fn gather(&self, places: &[Place]) -> Result<RecordBatch, IngestError> {
        let batches: Vec<&RecordBatch> = self.batches.iter().collect();
        if batches.is_empty() {
            return Ok(RecordBatch::new_empty(schema::events()));
        }
        Ok(interleave_record_batch(&batches, places)?)
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
