//! Compaction: the small files of each day become few files in event-time order. No row changes.
//!
//! It is safe beside writers and other compactions. Writers only add files, so a commit that loses to theirs is
//! tried again as it is, as long as the files that it replaces are still there; where another compaction took them
//! first, ours is thrown away. The files that were replaced stay where they are until [vacuum](super::vacuum), so
//! that whoever still reads an older version finds them.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use deltalake::kernel::engine::arrow_conversion::TryIntoArrow;
use deltalake::kernel::{Action, Add};
use deltalake::protocol::DeltaOperation;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use uuid::Uuid;

use super::Lake;
use super::encode::ROW_GROUP_ROWS;
use super::file::{self, DataFile};
use super::merge::Merge;
use super::output::Output;
use super::table::{Commit, Partition, Placed, Table, content_of, in_partition, rewritten_name};
use crate::IngestError;

/// Writers may win this often while one partition is committed; each round only reads what they added.
const ATTEMPTS: usize = 64;
/// Rows merged and encoded at a time.
const ROWS: usize = 4096;
/// Memory that an open file takes: its row group as stored, and a page of each column decoded. (Measured: 17 MiB for
/// a file of 4 MiB.)
const STORED: u64 = 16 << 20;
const DECODED: u64 = 16 << 20;
const INFLATION: u64 = 16;

/// How files are merged.
#[derive(Debug, Clone, Copy)]
pub struct Compaction {
    /// Bytes that a file should have: one is ended by the row group that reaches them. Files of less than half of
    /// it are merged.
    pub target: u64,
    /// Rows of a row group.
    pub row_group: usize,
    /// Bytes of memory for the files that are read at once, roughly; where they do not fit, they are merged in passes.
    pub memory: u64,
    /// The time in milliseconds since the epoch, for the log.
    pub now: i64,
}

impl Compaction {
    /// Files of 128 MiB; `now` is in milliseconds since the epoch.
    #[must_use]
    pub const fn new(now: i64) -> Self {
        Self {
            target: 128 << 20,
            row_group: ROW_GROUP_ROWS,
            memory: 512 << 20,
            now,
        }
    }
}

/// What became of the files of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compacted {
    /// The table.
    pub table: String,
    /// Files merged.
    pub merged: u64,
    /// Their bytes.
    pub merged_bytes: u64,
    /// Files that hold their rows now.
    pub written: u64,
    /// Their bytes.
    pub written_bytes: u64,
    /// Their rows.
    pub rows: u64,
}

impl Lake {
    /// Merges the small files of `events` and `rejects`. Does nothing where there is at most one in a partition.
    ///
    /// # Errors
    /// When the storage fails, or [`IngestError::Contended`]; what was committed before stays.
    pub async fn compact(&self, how: &Compaction) -> Result<Vec<Compacted>, IngestError> {
        let events = compact(self.events().await?, &["event_time", "event_id"], "event_id", how).await?;
        let rejects = compact(self.rejects().await?, &["reject_id"], "reject_id", how).await?;
        Ok(vec![events, rejects])
    }
}

/// Merges the small files of a table whose files are each in `order`.
pub(super) async fn compact(
    table: Table,
    order: &[&'static str],
    id_column: &'static str,
    how: &Compaction,
) -> Result<Compacted, IngestError> {
    let mut job = Job::new(table, order, id_column, how);
    let partitions: Vec<Partition> = job.small_files().await?.into_keys().collect();
    for partition in partitions {
        job.partition(&partition).await?;
    }
    Ok(job.done)
}

/// The compaction of a table.
pub(super) struct Job {
    table: Table,
    order: Vec<&'static str>,
    id_column: &'static str,
    how: Compaction,
    done: Compacted,
}

impl Job {
    pub(super) fn new(table: Table, order: &[&'static str], id_column: &'static str, how: &Compaction) -> Self {
        Self {
            done: Compacted {
                table: table.name().to_owned(),
                ..Compacted::default()
            },
            table,
            order: order.to_vec(),
            id_column,
            how: *how,
        }
    }

    /// The files to merge, by partition: where there are at least two small ones.
    pub(super) async fn small_files(&self) -> Result<BTreeMap<Partition, Vec<Placed>>, IngestError> {
        let mut small: BTreeMap<Partition, Vec<Placed>> = BTreeMap::new();
        for placed in self.table.placed_files().await? {
            if placed.file.size < self.how.target / 2 {
                small.entry(placed.partition.clone()).or_default().push(placed);
            }
        }
        small.retain(|_, files| files.len() > 1);
        Ok(small)
    }

    /// Merges the small files of a partition and commits, until there is nothing to merge.
    async fn partition(&mut self, partition: &Partition) -> Result<(), IngestError> {
        for _ in 0..ATTEMPTS {
            let Some(old) = self.small_files().await?.remove(partition) else {
                return Ok(());
            };
            let new = self.rewrite(partition, &old).await?;
            if self.commit(&old, &new).await? {
                self.count(&old, &new);
                return Ok(());
            }
            self.table.discard(&new).await;
        }
        Err(self.contended())
    }

    /// Puts new files in the place of old ones; `false` when one of those is no longer there.
    pub(super) async fn commit(&mut self, old: &[Placed], new: &[Action]) -> Result<bool, IngestError> {
        let id = Uuid::new_v4();
        let actions: Vec<Action> = old
            .iter()
            .map(|placed| placed.remove(false, self.how.now))
            .chain(new.iter().cloned())
            .collect();
        for _ in 0..ATTEMPTS {
            let operation = DeltaOperation::Optimize {
                predicate: None,
                target_size: i64::try_from(self.how.target).unwrap_or(i64::MAX),
            };
            if let Commit::Done(_) = self.table.commit_as(operation, &actions, id, &[]).await? {
                return Ok(true);
            }
            let files = self.table.files().await?;
            let still_there = |placed: &Placed| files.binary_search_by(|file| file.path.cmp(&placed.file.path)).is_ok();
            if !old.iter().all(still_there) {
                return Ok(false);
            }
        }
        self.table.discard(new).await;
        Err(self.contended())
    }

    fn count(&mut self, old: &[Placed], new: &[Action]) {
        self.done.merged += old.len() as u64;
        self.done.merged_bytes += old.iter().map(|placed| placed.file.size).sum::<u64>();
        for file in new.iter().filter_map(data_file) {
            self.done.written += 1;
            self.done.written_bytes += file.size;
            self.done.rows += file.rows.unwrap_or_default();
        }
    }

    fn contended(&self) -> IngestError {
        IngestError::Contended {
            table: self.done.table.clone(),
            attempts: ATTEMPTS,
        }
    }

    /// The rows of files in new files, which no commit has taken up yet.
    pub(super) async fn rewrite(&self, partition: &Partition, old: &[Placed]) -> Result<Vec<Action>, IngestError> {
        let content = old.iter().fold(0_u128, |sum, placed| {
            sum.wrapping_add(content_of(&placed.file.log_path))
        });
        let mut runs = chains(old.iter().map(|placed| placed.file.clone()).collect());
        let mut passing: Vec<Action> = Vec::new();
        while runs.len() > 2 && weight(&runs) > self.how.memory {
            let mut longer = Vec::new();
            for group in groups(runs, self.how.memory) {
                if group.len() < 2 {
                    longer.extend(group);
                    continue;
                }
                let written = self.merge(partition, group, 0).await?;
                longer.push(written.iter().filter_map(data_file).collect());
                passing.extend(written);
            }
            runs = longer;
        }
        let written = self.merge(partition, runs, content).await?;
        self.table.discard(&passing).await;
        Ok(written)
    }

    /// Runs merged into files of the target's size. The first carries `content`, the others nothing.
    async fn merge(
        &self,
        partition: &Partition,
        runs: Vec<Vec<DataFile>>,
        content: u128,
    ) -> Result<Vec<Action>, IngestError> {
        let schema = data_schema(&self.table)?;
        let mut merge = Merge::new(self.table.store(), Arc::clone(&schema), &self.order, runs).await?;
        let mut written = Vec::new();
        let mut output = None;
        while let Some(batch) = merge.next(ROWS).await? {
            let mut file = match output.take() {
                Some(file) => file,
                None => Output::new(&schema, self.id_column, self.how.row_group)?,
            };
            file.write(&batch)?;
            if file.bytes() >= self.how.target {
                let content = if written.is_empty() { content } else { 0 };
                written.push(self.put(file, partition, content).await?);
            } else {
                output = Some(file);
            }
        }
        if let Some(file) = output {
            let content = if written.is_empty() { content } else { 0 };
            written.push(self.put(file, partition, content).await?);
        }
        Ok(written)
    }

    async fn put(&self, output: Output, partition: &Partition, content: u128) -> Result<Action, IngestError> {
        let (bytes, summary) = output.finish()?;
        let partition = partition
            .as_ref()
            .map(|(column, value)| (column.as_str(), value.clone()));
        let place = partition.as_ref().map(|(column, value)| (*column, value.as_deref()));
        let path = in_partition(place, &rewritten_name(content));
        let size = bytes.len();
        self.table.store().put(&Path::from(path.as_str()), bytes.into()).await?;
        let add = file::add_action(path, size, &summary, partition, self.how.now);
        Ok(Action::Add(Add {
            data_change: false,
            ..add
        }))
    }
}

/// The columns of a table's data files. Texts are views, as in all files written here.
pub(super) fn data_schema(table: &Table) -> Result<SchemaRef, IngestError> {
    let whole: Schema = (&table.struct_type()?).try_into_arrow()?;
    let partition = table.metadata()?.partition_columns().to_vec();
    let fields: Vec<Field> = whole
        .fields()
        .iter()
        .filter(|field| !partition.contains(field.name()))
        .map(|field| match field.data_type() {
            DataType::Utf8 => field.as_ref().clone().with_data_type(DataType::Utf8View),
            _ => field.as_ref().clone(),
        })
        .collect();
    Ok(Arc::new(Schema::new(fields)))
}

/// Files as runs, each of files that do not overlap in time, in their order; as few runs as there are.
fn chains(mut files: Vec<DataFile>) -> Vec<Vec<DataFile>> {
    files.sort_by(|a, b| (a.times, &a.path).cmp(&(b.times, &b.path)));
    let mut chains: Vec<Vec<DataFile>> = Vec::new();
    for file in files {
        let before = |last: &DataFile| matches!((last.times, file.times), (Some(last), Some(own)) if last.1 < own.0);
        match chains.iter_mut().find(|chain| chain.last().is_some_and(before)) {
            Some(chain) => chain.push(file),
            None => chains.push(vec![file]),
        }
    }
    chains
}

/// Memory that reading runs at once takes, roughly.
fn weight(runs: &[Vec<DataFile>]) -> u64 {
    runs.iter().map(|run| run_weight(run)).sum()
}

fn run_weight(run: &[DataFile]) -> u64 {
    let largest = run.iter().map(|file| file.size).max().unwrap_or_default();
    largest.min(STORED) + largest.saturating_mul(INFLATION).min(DECODED)
}

/// Runs in groups that can be read at once, and of two at least while there are more.
fn groups(runs: Vec<Vec<DataFile>>, memory: u64) -> Vec<Vec<Vec<DataFile>>> {
    let mut groups: Vec<Vec<Vec<DataFile>>> = Vec::new();
    let mut room = 0;
    for run in runs {
        let weight = run_weight(&run);
        match groups.last_mut() {
            Some(group) if weight <= room || group.len() == 1 => {
                group.push(run);
                room = room.saturating_sub(weight);
            }
            _ => {
                groups.push(vec![run]);
                room = memory.saturating_sub(weight);
            }
        }
    }
    groups
}

/// The file that an entry of the log adds.
fn data_file(action: &Action) -> Option<DataFile> {
    match action {
        Action::Add(add) => Some(file::of_action(add)),
        _ => None,
    }
}
