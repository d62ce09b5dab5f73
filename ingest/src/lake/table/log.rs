//! The log of a table as evidence: what each commit says of itself, and commits that hold only while nobody else
//! commits.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use arrow::array::RecordBatch;
use deltalake::kernel::Action;
use deltalake::logstore::get_actions;
use futures::{Stream, StreamExt};
use serde_json::Value;
use uuid::Uuid;

use super::{Commit, Placed, Table, Tag};
use crate::IngestError;
use crate::lake::DataFile;

/// Commits that are read at a time; the tags of one may be large.
const READ_AHEAD: usize = 8;

/// What one commit says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEntry {
    /// The version that it made.
    pub version: i64,
    /// Its time in microseconds since the epoch, where the log tells.
    pub time: Option<i64>,
    /// Its tags by name, ours with `podtrail.` before it.
    pub tags: HashMap<String, Value>,
}

impl Table {
    /// The id that the table got when it was made: a table made anew in its place has another.
    ///
    /// # Errors
    /// [`IngestError::Table`] when the table was never read.
    pub fn id(&self) -> Result<String, IngestError> {
        Ok(self.metadata()?.id().to_owned())
    }

    /// What the commits of some versions say of themselves, in order of version. A version that is missing in the
    /// log says nothing.
    pub fn entries(&self, versions: RangeInclusive<i64>) -> impl Stream<Item = Result<LogEntry, IngestError>> + '_ {
        futures::stream::iter(versions)
            .map(|version| self.entry(version))
            .buffered(READ_AHEAD)
    }

    pub(super) async fn entry(&self, version: i64) -> Result<LogEntry, IngestError> {
        let mut entry = LogEntry {
            version,
            time: None,
            tags: HashMap::new(),
        };
        for action in self.actions(version).await?.unwrap_or_default() {
            if let Action::CommitInfo(info) = action {
                entry.time = info.timestamp.map(|milliseconds| milliseconds.saturating_mul(1000));
                entry.tags = info.info;
            }
        }
        Ok(entry)
    }

    /// The actions of the commit of a version; none when the log does not have it.
    pub(in crate::lake) async fn actions(&self, version: i64) -> Result<Option<Vec<Action>>, IngestError> {
        let number = u64::try_from(version).unwrap_or_default();
        let bytes = self.inner.log_store().read_commit_entry(number).await;
        let bytes = bytes.map_err(|source| self.error(source))?;
        bytes
            .map(|bytes| get_actions(number, &bytes).map_err(|source| self.error(source)))
            .transpose()
    }

    /// Puts one batch in the place of some data files (of none: adds it), in one commit, unless somebody committed
    /// since the table was read. After [`Commit::Conflict`] the table is at its newest version, and what was to be
    /// committed must be made anew from it. `modified` is the time in milliseconds.
    ///
    /// # Errors
    /// Storage and encoding errors.
    pub async fn exchange(
        &mut self,
        files: &[DataFile],
        batch: &RecordBatch,
        modified: i64,
        tags: &[Tag],
    ) -> Result<Commit, IngestError> {
        let replaced = |placed: &Placed| files.iter().any(|file| file.log_path == placed.file.log_path);
        let placed = self.placed_files().await?;
        let mut actions: Vec<Action> = placed
            .iter()
            .filter(|placed| replaced(placed))
            .map(|placed| placed.remove(true, modified))
            .collect();
        let mut added = Vec::new();
        if batch.num_rows() > 0 {
            added.push(self.write_file(batch, None, None, modified).await?);
        }
        actions.extend(added.iter().cloned());
        let commit = self.commit(actions, false, Uuid::new_v4(), tags).await?;
        if commit == Commit::Conflict {
            self.discard(&added).await;
        }
        Ok(commit)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Int64Array;
    use arrow::datatypes::{DataType, Field, Schema};
    use futures::TryStreamExt;
    use serde_json::json;

    use super::*;
    use crate::lake::Lake;

    fn schema() -> Schema {
        Schema::new(vec![Field::new("n", DataType::Int64, true)])
    }

    fn numbers(numbers: &[i64]) -> RecordBatch {
        RecordBatch::try_new(Arc::new(schema()), vec![Arc::new(Int64Array::from(numbers.to_vec()))]).unwrap()
    }

    async fn rows(table: &Table) -> Vec<u64> {
        let mut rows: Vec<u64> = table
            .files()
            .await
            .unwrap()
            .iter()
            .filter_map(|file| file.rows)
            .collect();
        rows.sort_unstable();
        rows
    }

    #[tokio::test]
    async fn of_two_that_read_the_same_version_one_commits() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
        let mut one = lake.table("t", &schema(), None).await.unwrap();
        let mut other = one.clone();
        assert_eq!(
            one.exchange(&[], &numbers(&[1, 2]), 0, &[]).await.unwrap(),
            Commit::Done(1)
        );
        assert_eq!(
            other.exchange(&[], &numbers(&[3]), 0, &[]).await.unwrap(),
            Commit::Conflict
        );
        assert_eq!(
            (other.version(), rows(&other).await),
            (1, vec![2]),
            "it stands where the other left it"
        );
        assert_eq!(
            other.exchange(&[], &numbers(&[3]), 0, &[]).await.unwrap(),
            Commit::Done(2)
        );
        assert_eq!(rows(&other).await, [1, 2]);
        let parquet = std::fs::read_dir(folder.path().join("t")).unwrap();
        let parquet = parquet.filter(|entry| entry.as_ref().unwrap().path().is_file());
        assert_eq!(parquet.count(), 2, "the file of the commit that lost is gone");
    }

    #[tokio::test]
    async fn files_make_place_for_a_batch() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
        let mut table = lake.table("t", &schema(), None).await.unwrap();
        for batch in [numbers(&[1]), numbers(&[2, 3]), numbers(&[4, 5, 6])] {
            table.exchange(&[], &batch, 0, &[]).await.unwrap();
        }
        let small: Vec<DataFile> = table.files().await.unwrap();
        let small: Vec<DataFile> = small.into_iter().filter(|file| file.rows < Some(3)).collect();
        table.exchange(&small, &numbers(&[1, 2, 3, 7]), 0, &[]).await.unwrap();
        assert_eq!(rows(&table).await, [3, 4]);
    }

    #[tokio::test]
    async fn each_commit_tells_its_version_time_and_tags() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
        let mut table = lake.table("t", &schema(), None).await.unwrap();
        for n in 1..=20 {
            table.exchange(&[], &numbers(&[]), 0, &[("n", json!(n))]).await.unwrap();
        }
        let entries: Vec<LogEntry> = table.entries(3..=21).try_collect().await.unwrap();
        let versions: Vec<i64> = entries.iter().map(|entry| entry.version).collect();
        assert_eq!(versions, (3..=21).collect::<Vec<_>>());
        assert!(entries[0].time.is_some());
        let tags: Vec<_> = entries
            .iter()
            .map(|entry| entry.tags.get("podtrail.n").cloned())
            .collect();
        assert_eq!(tags[0], Some(json!(3)));
        assert_eq!(tags[18], None, "version 21 is not there yet");
        let again = lake.table("other", &schema(), None).await.unwrap();
        assert_ne!(table.id().unwrap(), again.id().unwrap());
    }
}
