//! Batches into commits: de-duplicate against the lake, order by event time, write, commit with the ledger.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, StringViewArray};
use arrow::compute::{SortColumn, concat_batches, filter_record_batch, lexsort_to_indices, take_record_batch};
use arrow::datatypes::{Int32Type, TimestampMicrosecondType};
use deltalake::kernel::Action;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Lake;
use super::dedupe::{KeyReader, read_texts};
use super::file::DataFile;
use super::schema::{self, CONTENT_HASH, EVENT_DATE};
use super::table::{Commit, Table};
use crate::IngestError;
use crate::ledger::{Counts, Ledger};

const MICROSECONDS_A_DAY: i64 = 86_400_000_000;
/// Another writer may win this often before we give up; each round reads what it added.
const COMMIT_ATTEMPTS: usize = 64;

/// When the writer commits by itself.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Rows held at most.
    pub rows: usize,
    /// Bytes of text held at most.
    pub bytes: usize,
    /// Keys of the lake remembered at most.
    pub cached_keys: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            rows: 250_000,
            bytes: 192 << 20,
            cached_keys: 4_000_000,
        }
    }
}

/// A piece of input that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The file or object.
    pub source_file: String,
    /// Byte offset in the inflated file.
    pub position: u64,
    /// What was wrong and what was expected.
    pub reason: String,
    /// The bytes as text, redacted and cut to a limit.
    pub bytes: String,
}

impl Reject {
    fn id(&self) -> String {
        let mut hash = Sha256::new();
        for part in [&self.source_file, &self.position.to_string(), &self.reason, &self.bytes] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        format!("{:032x}", schema::leading_128(&hash.finalize()))
    }
}

/// What one source gave: events in columns, and what could not be read.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The source as it was given.
    pub source: Arc<str>,
    /// Events, with the columns of [`schema::events`].
    pub events: RecordBatch,
    /// The key of each row.
    pub keys: Vec<u128>,
    /// Bytes of text in the events, roughly.
    pub bytes: usize,
    /// What could not be read.
    pub rejects: Vec<Reject>,
}

/// Collects batches and commits them.
#[derive(Debug)]
pub struct Writer {
    events: Table,
    rejects: Table,
    keys: KeyReader,
    bounds: Bounds,
    run: Uuid,
    clock: fn() -> i64,
    pending: Vec<Batch>,
    ledger: Ledger,
}

impl Writer {
    /// A writer into a lake. `clock` gives the time in milliseconds, for the log.
    ///
    /// # Errors
    /// When the tables can be neither opened nor made.
    pub async fn new(lake: &Lake, bounds: Bounds, clock: fn() -> i64) -> Result<Self, IngestError> {
        let events = lake.events().await?;
        let rejects = lake.rejects().await?;
        let keys = KeyReader::new(events.store(), bounds.cached_keys);
        Ok(Self {
            events,
            rejects,
            keys,
            bounds,
            run: Uuid::new_v4(),
            clock,
            pending: Vec::new(),
            ledger: Ledger::default(),
        })
    }

    /// Adds a batch, and commits when the bounds are reached.
    ///
    /// # Errors
    /// When the commit fails; what was committed before stays.
    pub async fn push(&mut self, batch: Batch) -> Result<(), IngestError> {
        self.pending.push(batch);
        let rows: usize = self
            .pending
            .iter()
            .map(|batch| batch.keys.len() + batch.rejects.len())
            .sum();
        let bytes: usize = self.pending.iter().map(|batch| batch.bytes).sum();
        if rows >= self.bounds.rows || bytes >= self.bounds.bytes {
            self.flush().await?;
        }
        Ok(())
    }

    /// Commits the rest and gives the ledger of the run.
    ///
    /// # Errors
    /// When the commit fails; what was committed before stays.
    pub async fn finish(mut self) -> Result<Ledger, IngestError> {
        self.flush().await?;
        Ok(self.ledger)
    }

    async fn flush(&mut self) -> Result<(), IngestError> {
        let pending = std::mem::take(&mut self.pending);
        if pending
            .iter()
            .all(|batch| batch.keys.is_empty() && batch.rejects.is_empty())
        {
            return Ok(());
        }
        self.store_rejects(&pending).await?;
        let mut rows = Rows::new(&pending)?;
        drop(pending);
        let batch_id = Uuid::new_v4();
        for _ in 0..COMMIT_ATTEMPTS {
            rows.drop_known(&self.events.files().await?, &mut self.keys).await?;
            let actions = self.write_days(&rows).await?;
            let tags = [
                ("ledger", serde_json::json!(rows.ledger)),
                ("run", self.run.to_string().into()),
            ];
            match self.events.commit(actions.clone(), false, batch_id, &tags).await? {
                Commit::Done(_) => {
                    self.ledger.merge(&rows.ledger);
                    return Ok(());
                }
                Commit::Conflict => self.events.discard(&actions).await,
            }
        }
        Err(IngestError::Contended {
            table: "events".into(),
            attempts: COMMIT_ATTEMPTS,
        })
    }

    /// One data file for each day, in event-time order.
    async fn write_days(&self, rows: &Rows) -> Result<Vec<Action>, IngestError> {
        let mut actions = Vec::new();
        for (day, batch) in split_days(&rows.kept()?)? {
            let value = day.map(date_text);
            let action = self
                .events
                .write_file(&batch, Some("event_id"), Some((EVENT_DATE, value)), (self.clock)())
                .await?;
            actions.push(action);
        }
        Ok(actions)
    }

    /// Rejects are kept once each, however often their file is read.
    async fn store_rejects(&mut self, pending: &[Batch]) -> Result<(), IngestError> {
        let mut new: HashMap<String, &Reject> = pending
            .iter()
            .flat_map(|batch| &batch.rejects)
            .map(|reject| (reject.id(), reject))
            .collect();
        let batch_id = Uuid::new_v4();
        for _ in 0..COMMIT_ATTEMPTS {
            if new.is_empty() {
                return Ok(());
            }
            for file in self.rejects.files().await? {
                for id in read_texts(self.rejects.store(), &file, "reject_id").await? {
                    new.remove(&id);
                }
            }
            if new.is_empty() {
                return Ok(());
            }
            let action = self
                .rejects
                .write_file(&reject_batch(&new)?, Some("reject_id"), None, (self.clock)())
                .await?;
            match self.rejects.commit(vec![action.clone()], false, batch_id, &[]).await? {
                Commit::Done(_) => return Ok(()),
                Commit::Conflict => self.rejects.discard(&[action]).await,
            }
        }
        Err(IngestError::Contended {
            table: "rejects".into(),
            attempts: COMMIT_ATTEMPTS,
        })
    }
}

/// The rows of one commit, which of them are new, and the ledger that follows from it.
struct Rows {
    events: RecordBatch,
    /// Row of each key's first appearance, with its content hash and source.
    new: HashMap<u128, (usize, i32, Arc<str>)>,
    keep: Vec<bool>,
    ledger: Ledger,
    checked: HashSet<String>,
    span: Option<(i64, i64)>,
    nulls: bool,
}

impl Rows {
    fn new(pending: &[Batch]) -> Result<Self, IngestError> {
        let events = concat_batches(&schema::events(), pending.iter().map(|batch| &batch.events))?;
        let times = event_times(&events)?;
        let span = arrow::compute::min(times).zip(arrow::compute::max(times));
        let nulls = times.null_count() > 0;
        let mut rows = Self {
            keep: vec![true; events.num_rows()],
            new: HashMap::with_capacity(events.num_rows()),
            ledger: Ledger::default(),
            checked: HashSet::new(),
            span,
            nulls,
            events,
        };
        rows.count(pending)?;
        Ok(rows)
    }

    /// Counts what was read, and drops copies inside the batch itself.
    fn count(&mut self, pending: &[Batch]) -> Result<(), IngestError> {
        let hashes = content_hashes(&self.events)?;
        let mut row = 0;
        for batch in pending {
            let rejected = batch.rejects.len() as u64;
            let mut counts = Counts {
                read: rejected + batch.keys.len() as u64,
                rejected,
                ..Counts::default()
            };
            for key in &batch.keys {
                let hash = hashes.get(row).copied().unwrap_or_default();
                match self.new.entry(*key) {
                    std::collections::hash_map::Entry::Vacant(entry) => {
                        entry.insert((row, hash, Arc::clone(&batch.source)));
                        counts.stored += 1;
                    }
                    std::collections::hash_map::Entry::Occupied(entry) => {
                        set(&mut self.keep, row);
                        counts.duplicate += 1;
                        counts.conflict += u64::from(entry.get().1 != hash);
                    }
                }
                row += 1;
            }
            self.ledger.source(&batch.source).add(&counts);
        }
        Ok(())
    }

    /// Drops the rows whose key stands in a data file that was not checked before.
    async fn drop_known(&mut self, files: &[DataFile], keys: &mut KeyReader) -> Result<(), IngestError> {
        for file in files {
            if !file.may_hold(self.span, self.nulls) || !self.checked.insert(file.log_path.clone()) {
                continue;
            }
            for (key, hash) in keys.keys(file).await?.iter() {
                let Some((row, own_hash, source)) = self.new.remove(key) else {
                    continue;
                };
                set(&mut self.keep, row);
                let counts = self.ledger.source(&source);
                counts.stored -= 1;
                counts.duplicate += 1;
                counts.conflict += u64::from(hash.is_some_and(|hash| hash != own_hash));
            }
        }
        Ok(())
    }

    fn kept(&self) -> Result<RecordBatch, IngestError> {
        Ok(filter_record_batch(
            &self.events,
            &BooleanArray::from(self.keep.clone()),
        )?)
    }
}

fn set(keep: &mut [bool], row: usize) {
    if let Some(flag) = keep.get_mut(row) {
        *flag = false;
    }
}

fn column<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b ArrayRef, IngestError> {
    batch
        .column_by_name(name)
        .ok_or_else(|| arrow::error::ArrowError::SchemaError(format!("no column `{name}` in a batch of events")).into())
}

fn event_times(batch: &RecordBatch) -> Result<&arrow::array::PrimitiveArray<TimestampMicrosecondType>, IngestError> {
    Ok(column(batch, "event_time")?.as_primitive())
}

fn content_hashes(batch: &RecordBatch) -> Result<Vec<i32>, IngestError> {
    Ok(column(batch, CONTENT_HASH)?
        .as_primitive::<Int32Type>()
        .values()
        .to_vec())
}

/// The rows by UTC day (days since the epoch; none for rows without a time), each in order of (time, id).
fn split_days(events: &RecordBatch) -> Result<Vec<(Option<i64>, RecordBatch)>, IngestError> {
    let by = ["event_time", "event_id"]
        .into_iter()
        .map(|name| {
            Ok(SortColumn {
                values: Arc::clone(column(events, name)?),
                options: None,
            })
        })
        .collect::<Result<Vec<_>, IngestError>>()?;
    let sorted = take_record_batch(events, &lexsort_to_indices(&by, None)?)?;
    let day_of = |time: Option<i64>| time.map(|time| time.div_euclid(MICROSECONDS_A_DAY));
    let days: Vec<Option<i64>> = event_times(&sorted)?.iter().map(day_of).collect();
    let mut start = 0;
    let mut parts = Vec::new();
    for same_day in days.chunk_by(|a, b| a == b) {
        parts.push((same_day.first().copied().flatten(), sorted.slice(start, same_day.len())));
        start += same_day.len();
    }
    Ok(parts)
}

fn date_text(day: i64) -> String {
    podtrail_event::time::Timestamp(day * MICROSECONDS_A_DAY).date_text()
}

fn reject_batch(rejects: &HashMap<String, &Reject>) -> Result<RecordBatch, IngestError> {
    let mut rows: Vec<(&String, &&Reject)> = rejects.iter().collect();
    rows.sort_by_key(|(id, _)| *id);
    let text = |value: &dyn Fn(&Reject) -> &str| -> ArrayRef {
        Arc::new(StringViewArray::from_iter_values(
            rows.iter().map(|(_, reject)| value(reject).to_owned()),
        ))
    };
    let ids: ArrayRef = Arc::new(StringViewArray::from_iter_values(
        rows.iter().map(|(id, _)| id.as_str()),
    ));
    let positions: ArrayRef = Arc::new(Int64Array::from_iter_values(
        rows.iter()
            .map(|(_, reject)| i64::try_from(reject.position).unwrap_or(i64::MAX)),
    ));
    let columns = vec![
        ids,
        text(&|r| &r.source_file),
        positions,
        text(&|r| &r.reason),
        text(&|r| &r.bytes),
    ];
    Ok(RecordBatch::try_new(schema::rejects(), columns)?)
}
