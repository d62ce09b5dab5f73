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
use super::writer::{Batch, Part, Reject};
use crate::IngestError;
use crate::ledger::{Counts, FileCounts, Ledger};

pub(super) const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

/// The first row of a key.
#[derive(Debug, Clone, Copy)]
struct First {
    row: usize,
    content: i32,
    /// In microseconds.
    time: Option<i64>,
    file: usize,
}

/// Where a row stands: its batch, and its row there.
type Place = (usize, usize);

/// A UTC day (since the epoch; none for rows without a time) and its rows.
type Day = (Option<i64>, Vec<Place>);

/// The rows of one commit, in the batches in which they came.
#[derive(Debug, Default)]
pub(super) struct Rows {
    batches: Vec<RecordBatch>,
    bytes: usize,
    rejects: Vec<Reject>,
    /// Records that were read and are not among the rows.
    interim: u64,
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
    /// Adds a batch: counts what was read, and drops copies among the rows themselves.
    pub(super) fn add(&mut self, batch: Batch) -> Result<(), IngestError> {
        let Batch {
            events,
            keys,
            bytes,
            parts,
        } = batch;
        let times = event_times(&events)?;
        let contents = column(&events, CONTENT_HASH)?.as_primitive::<Int32Type>().values();
        self.new.reserve(keys.len());
        let mut rows = keys.iter().zip(contents).zip(times);
        let mut end = 0;
        for part in parts {
            let file = self.file(&part);
            self.interim += part.interim;
            for ((key, content), time) in rows.by_ref().take(part.rows) {
                let first = First {
                    row: self.keep.len(),
                    content: *content,
                    time,
                    file,
                };
                self.keep.push(true);
                self.take(*key, first);
            }
            end += part.rows;
            self.note_times(&part, file, &times.slice(end - part.rows, part.rows));
            self.rejects.extend(part.rejects);
        }
        self.bytes += bytes;
        self.batches.push(events);
        Ok(())
    }

    /// Records, and pieces of input that should have been records.
    pub(super) fn read(&self) -> usize {
        self.keep.len() + self.rejects.len() + usize::try_from(self.interim).unwrap_or(usize::MAX)
    }

    /// Bytes of text held, roughly.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// What could not be read.
    pub(super) fn rejects(&self) -> &[Reject] {
        &self.rejects
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
                read: part.rows as u64 + rejected + part.interim,
                duplicate: part.interim,
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

    fn note_times(&mut self, part: &Part, file: usize, times: &PrimitiveArray<TimestampMicrosecondType>) {
        self.nulls |= times.null_count() > 0;
        let Some((oldest, newest)) = arrow::compute::min(times).zip(arrow::compute::max(times)) else {
            return;
        };
        let known = self.newest.entry(part.source.as_ref().to_owned()).or_insert(newest);
        *known = newest.max(*known);
        if let Some(counts) = self.files.get_mut(file) {
            counts.newest = counts.newest.max(Some(newest));
        }
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
                if let Some(first) = self.new.remove(key) {
                    let conflict = content.is_some_and(|content| content != first.content);
                    self.drop_row(first, conflict);
                }
            }
        }
        Ok(())
    }

    /// Drops the rows of before a time in microseconds: the lake has done with those days, and counts them as held.
    pub(super) fn drop_before(&mut self, horizon: i64) {
        let old = |first: &First| first.time.is_some_and(|time| time < horizon);
        let old: Vec<First> = self
            .new
            .extract_if(|_, first| old(first))
            .map(|(_, first)| first)
            .collect();
        for first in old {
            self.drop_row(first, false);
        }
    }

    /// Counts a row as a duplicate that was counted as stored.
    fn drop_row(&mut self, first: First, conflict: bool) {
        set(&mut self.keep, first.row);
        if let Some(counts) = self.files.get_mut(first.file).map(|file| &mut file.counts) {
            counts.stored -= 1;
            counts.duplicate += 1;
            counts.conflict += u64::from(conflict);
        }
    }

    /// The rows that are new by day, each day's in order of (time, id).
    pub(super) fn days(&self) -> Result<Vec<Day>, IngestError> {
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

    /// What the commit says of itself: the ledger by source and by file, the newest event of each source (of each file
    /// it is among the files) in microseconds, and the run.
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
