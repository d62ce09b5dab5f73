//! The ledger as a table: what each commit of `events` read, by source and file.
//!
//! The log of `events` is where it comes from, and is kept for ever. Unlike the other derived tables this one grows:
//! each of its commits says through which version of `events` it was derived, and the next goes on from there.

use std::collections::BTreeMap;
use std::pin::pin;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::DataFusionError;
use datafusion::execution::runtime_env::RuntimeEnv;
use futures::TryStreamExt;
use podtrail_event::time::Timestamp;
use podtrail_ingest::IngestError;
use podtrail_ingest::lake::{Commit, DataFile, LogEntry, Table};
use podtrail_ingest::ledger::{Counts, Ledger};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::columns::columns;
use super::grow::taken_up;
use crate::QueryError;
use crate::engine::{Engine, bare_session, batches, rows};

/// The table's name in the lake.
pub(in crate::engine) const NAME: &str = "ledger";
/// Raised when the same log would give other rows.
const RULES: u32 = 2;
/// Rows of one commit at most, but for those of one commit of `events`.
const ROWS: usize = 100_000;
/// A data file of this many rows is not written again.
const FULL: u64 = 250_000;
/// Another process may win this often before we give up.
const ATTEMPTS: usize = 32;

/// The table's columns.
pub(in crate::engine) fn columns_of_ledger() -> SchemaRef {
    columns([
        "run",
        "batch",
        "committed_at",
        "source",
        "file",
        "read",
        "stored",
        "duplicate",
        "rejected",
        "conflict",
        "newest_event_time",
    ])
}

/// One row: what a commit read of a file of a source, or of the source as a whole where it names no file.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Row {
    run: Option<String>,
    batch: i64,
    committed_at: Option<Timestamp>,
    source: String,
    file: Option<String>,
    #[serde(flatten)]
    counts: Counts,
    newest_event_time: Option<Timestamp>,
}

/// What a commit says of one file.
#[derive(Deserialize)]
struct FileCounts {
    source: String,
    file: String,
    #[serde(flatten)]
    counts: Counts,
    /// In microseconds; commits of older versions do not tell.
    newest: Option<i64>,
}

impl Engine {
    /// Brings the ledger in step with the log of `events`. Does nothing when it is.
    ///
    /// # Errors
    /// When the lake fails, or other processes win every attempt.
    pub(crate) async fn update_ledger(&self) -> Result<(), QueryError> {
        let events = self.events_table().await?;
        let mut conflicts = 0;
        while conflicts < ATTEMPTS {
            let mut ledger = self.table(NAME, &columns_of_ledger(), None).await?;
            let done = derived_through(&ledger, &events).await?;
            if done >= Some(events.version()) {
                return Ok(());
            }
            let (new, through) = derive(&events, done.map_or(0, |version| version + 1)).await?;
            let files = ledger.files().await?;
            let old = if done.is_none() {
                files
            } else {
                taken_up(files, new.len(), FULL)
            };
            let mut batch = rows::to_batch(NAME, &columns_of_ledger(), &new)?;
            if done.is_some() && !old.is_empty() {
                batch = self.merge(&ledger, old.clone(), &batch).await?;
            }
            let tags = [("derived_from", origin(&events)?), ("through_version", through.into())];
            if ledger.exchange(&old, &batch, (self.clock)(), &tags).await? == Commit::Conflict {
                conflicts += 1;
            }
        }
        Err(QueryError::Lake(IngestError::Contended {
            table: NAME.into(),
            attempts: ATTEMPTS,
        }))
    }

    /// The rows of data files, and after them a batch.
    async fn merge(&self, ledger: &Table, files: Vec<DataFile>, new: &RecordBatch) -> Result<RecordBatch, QueryError> {
        let context = bare_session(RuntimeEnv::default().into())?;
        Self::register_files(&context, NAME, NAME, &columns_of_ledger(), ledger, files)?;
        let sql = "SELECT * FROM lake.ledger ORDER BY batch, source, file";
        let mut all = batches(&context, sql, Vec::new()).await?;
        all.push(new.clone());
        Ok(concat_batches(&new.schema(), &all).map_err(DataFusionError::from)?)
    }
}

/// What a ledger of these events is derived from.
fn origin(events: &Table) -> Result<Value, QueryError> {
    Ok(json!({"rules": RULES, "events": events.id()?}))
}

/// The version of `events` through which the ledger was derived; none where it must be made anew, because it is
/// empty, of other rules, or of another table of events.
async fn derived_through(ledger: &Table, events: &Table) -> Result<Option<i64>, QueryError> {
    let tags = ledger.tags().await?;
    let same = tags.get("podtrail.derived_from") == Some(&origin(events)?);
    let through = tags.get("podtrail.through_version").and_then(Value::as_i64);
    Ok(through.filter(|_| same))
}

/// The rows of the commits of `events` from a version on, and the last version that they are of.
async fn derive(events: &Table, from: i64) -> Result<(Vec<Row>, i64), QueryError> {
    let mut rows = Vec::new();
    let mut through = from;
    let mut entries = pin!(events.entries(from..=events.version()));
    while rows.len() < ROWS
        && let Some(entry) = entries.try_next().await?
    {
        through = entry.version;
        rows.extend(rows_of(entry));
    }
    Ok((rows, through))
}

/// The rows of one commit: one for each file, and for each source one without a file that holds what its files do
/// not tell. Commits of older versions tell no files, or not how new those are; one that did not ingest gives no rows.
fn rows_of(mut entry: LogEntry) -> Vec<Row> {
    let mut take = |name: &str| entry.tags.remove(&format!("podtrail.{name}")).unwrap_or_default();
    let ledger = Ledger::deserialize(take("ledger")).unwrap_or_default();
    let newest: BTreeMap<String, i64> = serde_json::from_value(take("newest")).unwrap_or_default();
    let mut files: BTreeMap<String, Vec<FileCounts>> = BTreeMap::new();
    for file in serde_json::from_value::<Vec<FileCounts>>(take("files")).unwrap_or_default() {
        files.entry(file.source.clone()).or_default().push(file);
    }
    let run = take("run").as_str().map(str::to_owned);
    let mut rows = Vec::new();
    for (source, counts) in ledger.iter() {
        let row = |file: Option<String>, counts: Counts, newest: Option<i64>| Row {
            run: run.clone(),
            batch: entry.version,
            committed_at: entry.time.map(Timestamp),
            source: source.to_owned(),
            file,
            counts,
            newest_event_time: newest.map(Timestamp),
        };
        let of_all = newest.get(source).copied();
        let mut of_source = files.remove(source).unwrap_or_default();
        let Some(rest) = remainder(counts, &of_source) else {
            tracing::warn!(
                version = entry.version,
                source,
                "files tell more than their source: they are left out"
            );
            rows.push(row(None, *counts, of_all));
            continue;
        };
        of_source.sort_by(|a, b| a.file.cmp(&b.file));
        let by_files = of_source.iter().filter_map(|file| file.newest).max();
        if of_source.is_empty() || rest != Counts::default() || by_files < of_all {
            rows.push(row(None, rest, of_all));
        }
        rows.extend(
            of_source
                .into_iter()
                .map(|file| row(Some(file.file), file.counts, file.newest)),
        );
    }
    rows
}

/// What the counts of a source hold beside those of its files; none where the files hold more.
fn remainder(source: &Counts, files: &[FileCounts]) -> Option<Counts> {
    let mut of_files = Counts::default();
    files.iter().for_each(|file| of_files.add(&file.counts));
    Some(Counts {
        read: source.read.checked_sub(of_files.read)?,
        stored: source.stored.checked_sub(of_files.stored)?,
        duplicate: source.duplicate.checked_sub(of_files.duplicate)?,
        rejected: source.rejected.checked_sub(of_files.rejected)?,
        conflict: source.conflict.checked_sub(of_files.conflict)?,
    })
}

#[cfg(test)]
mod tests;
