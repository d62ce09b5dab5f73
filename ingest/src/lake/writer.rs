//! Batches into commits: de-duplicate against the lake, order by event time, write, commit with the ledger.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
use deltalake::kernel::Action;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Lake;
use super::dedupe::{KeyReader, read_texts};
use super::key::{EventKey, leading_128};
use super::rows::{MICROSECONDS_A_DAY, Rows};
use super::schema::{self, EVENT_DATE};
use super::table::{Commit, Table};
use crate::IngestError;
use crate::ledger::Ledger;

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
            bytes: 128 << 20,
            cached_keys: 2_000_000,
        }
    }
}

impl Bounds {
    /// The bounds with which an ingest stays within so many MiB of memory, 256 at least.
    #[must_use]
    pub fn within(mebibytes: u32) -> Self {
        let usual = Self::default();
        // The usual bounds are those for a GiB.
        let share = |amount: usize| amount.saturating_mul(mebibytes as usize) / 1024;
        Self {
            rows: share(usual.rows).min(usual.rows),
            bytes: share(usual.bytes),
            cached_keys: share(usual.cached_keys),
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
        format!("{:032x}", leading_128(&hash.finalize()))
    }
}

/// What one file gave to a batch. A large file gives to several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The source as it was given.
    pub source: Arc<str>,
    /// The file or object.
    pub file: Arc<str>,
    /// Rows of the batch that are from it; those of the next part follow.
    pub rows: usize,
    /// What could not be read of it.
    pub rejects: Vec<Reject>,
    /// Records that tell of a Kubernetes request before its end: read, and not stored beside that of its end.
    pub interim: u64,
}

/// Events in columns, and what could not be read, of one file after another.
#[derive(Debug, Clone)]
pub struct Batch {
    /// Events, with the columns of [`schema::events`].
    pub events: RecordBatch,
    /// The key of each row.
    pub keys: Vec<EventKey>,
    /// Bytes of text in the events, roughly.
    pub bytes: usize,
    /// Where the rows are from, in their order.
    pub parts: Vec<Part>,
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
    pending: Rows,
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
            pending: Rows::default(),
            ledger: Ledger::default(),
        })
    }

    /// Adds a batch, and commits when the bounds are reached: true when nothing that was added waits any more.
    ///
    /// # Errors
    /// When the commit fails; what was committed before stays.
    pub async fn push(&mut self, batch: Batch) -> Result<bool, IngestError> {
        self.pending.add(batch)?;
        if self.pending.read() < self.bounds.rows && self.pending.bytes() < self.bounds.bytes {
            return Ok(false);
        }
        self.flush().await?;
        Ok(true)
    }

    /// The counts of everything committed in this run.
    #[must_use]
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Commits the rest and gives the ledger of the run.
    ///
    /// # Errors
    /// When the commit fails; what was committed before stays.
    pub async fn finish(mut self) -> Result<Ledger, IngestError> {
        self.flush().await?;
        Ok(self.ledger)
    }

    /// Commits what waits.
    ///
    /// # Errors
    /// When the commit fails; what was committed before stays.
    pub async fn flush(&mut self) -> Result<(), IngestError> {
        let mut rows = std::mem::take(&mut self.pending);
        if rows.read() == 0 {
            return Ok(());
        }
        self.store_rejects(rows.rejects()).await?;
        let batch_id = Uuid::new_v4();
        for _ in 0..COMMIT_ATTEMPTS {
            rows.drop_known(&self.events.files().await?, &mut self.keys).await?;
            if let Some(horizon) = self.events.horizon()? {
                rows.drop_before(horizon);
            }
            let actions = self.write_days(&rows).await?;
            match self
                .events
                .commit(actions.clone(), false, batch_id, &rows.tags(self.run))
                .await?
            {
                Commit::Done(_) => {
                    self.ledger.merge(&rows.ledger());
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

    /// One data file for each day, in event-time order. What was written before a failure is taken back: it may be the
    /// space that is missing.
    async fn write_days(&self, rows: &Rows) -> Result<Vec<Action>, IngestError> {
        let mut actions = Vec::new();
        for (day, places) in rows.days()? {
            let batch = rows.gather(&places)?;
            let partition = Some((EVENT_DATE, day.map(date_text)));
            match self
                .events
                .write_file(&batch, Some("event_id"), partition, (self.clock)())
                .await
            {
                Ok(action) => actions.push(action),
                Err(error) => {
                    self.events.discard(&actions).await;
                    return Err(error);
                }
            }
        }
        Ok(actions)
    }

    /// Rejects are kept once each, however often their file is read.
    async fn store_rejects(&mut self, rejects: &[Reject]) -> Result<(), IngestError> {
        let mut new: HashMap<String, &Reject> = rejects.iter().map(|reject| (reject.id(), reject)).collect();
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
