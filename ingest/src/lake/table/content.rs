//! The content of derived tables: made of files that are kept and batches that are new, and at any earlier version.

use arrow::array::RecordBatch;
use deltalake::kernel::Action;
use uuid::Uuid;

use super::{Commit, Table, Tag};
use crate::IngestError;
use crate::lake::file::{self, DataFile};

impl Table {
    /// The table at an earlier version.
    ///
    /// # Errors
    /// [`IngestError::Table`] when the log no longer tells of it.
    pub async fn at(&self, version: i64) -> Result<Self, IngestError> {
        let mut table = self.clone();
        if version != table.version() {
            let number = u64::try_from(version).unwrap_or_default();
            let loaded = table.inner.load_version(number).await;
            loaded.map_err(|source| self.error(source))?;
        }
        Ok(table)
    }

    /// The data files with the rows that came after a version, in order of their commits; none where rows also went,
    /// or where the log no longer tells. Files that only hold rows of others are none of them.
    ///
    /// # Errors
    /// [`IngestError::Table`] when the log cannot be read.
    pub async fn added_since(&self, version: i64) -> Result<Option<Vec<DataFile>>, IngestError> {
        let mut files = Vec::new();
        for version in version + 1..=self.version() {
            let Some(actions) = self.actions(version).await? else {
                return Ok(None);
            };
            for action in actions {
                match action {
                    Action::Add(add) if add.data_change => files.push(file::of_action(&add)),
                    Action::Remove(remove) if remove.data_change => return Ok(None),
                    _ => {}
                }
            }
        }
        Ok(Some(files))
    }

    /// Makes the files `kept`, which may be of an earlier version, and one new file for each batch the whole content
    /// of a table without partitions, in one commit, unless somebody committed since the table was read. `modified` is
    /// the time in milliseconds.
    ///
    /// # Errors
    /// Storage and encoding errors.
    pub async fn become_content(
        &mut self,
        kept: &[DataFile],
        new: &[RecordBatch],
        modified: i64,
        tags: &[Tag],
    ) -> Result<Commit, IngestError> {
        let is_in = |files: &[DataFile], path: &str| files.iter().any(|file| file.log_path == path);
        let placed = self.placed_files().await?;
        let mut actions: Vec<Action> = placed
            .iter()
            .filter(|placed| !is_in(kept, &placed.file.log_path))
            .map(|placed| placed.remove(true, modified))
            .collect();
        let back = kept
            .iter()
            .filter(|file| !placed.iter().any(|placed| placed.file.log_path == file.log_path));
        actions.extend(back.map(|file| Action::Add(file::add_again(file, modified))));
        let mut added = Vec::new();
        for batch in new.iter().filter(|batch| batch.num_rows() > 0) {
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

    use super::*;
    use crate::lake::Lake;

    fn numbers(numbers: &[i64]) -> RecordBatch {
        let schema = Schema::new(vec![Field::new("n", DataType::Int64, true)]);
        RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Int64Array::from(numbers.to_vec()))]).unwrap()
    }

    async fn rows(table: &Table) -> Vec<u64> {
        let mut rows: Vec<u64> = (table.files().await.unwrap().iter())
            .filter_map(|file| file.rows)
            .collect();
        rows.sort_unstable();
        rows
    }

    async fn table() -> (tempfile::TempDir, Table) {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
        let table = lake.table("t", &numbers(&[]).schema(), None).await.unwrap();
        (folder, table)
    }

    #[tokio::test]
    async fn an_earlier_version_can_be_read_and_brought_back() {
        let (_folder, mut table) = table().await;
        let batches = [numbers(&[1]), numbers(&[2, 3])];
        table.become_content(&[], &batches, 0, &[]).await.unwrap();
        let first = table.files().await.unwrap();
        table.become_content(&[], &[numbers(&[4, 5, 6])], 0, &[]).await.unwrap();
        assert_eq!(rows(&table).await, [3]);
        assert_eq!(rows(&table.at(1).await.unwrap()).await, [1, 2]);
        table
            .become_content(&first[..1], &[numbers(&[7; 4])], 0, &[])
            .await
            .unwrap();
        let kept = first[0].rows.unwrap();
        assert_eq!(rows(&table).await, [kept, 4]);
        assert!(
            table.files().await.unwrap().contains(&first[0]),
            "with all that the log said of it"
        );
    }

    #[tokio::test]
    async fn who_read_an_older_version_commits_nothing() {
        let (_folder, mut one) = table().await;
        let mut other = one.clone();
        one.become_content(&[], &[numbers(&[1])], 0, &[]).await.unwrap();
        let late = other.become_content(&[], &[numbers(&[2, 3])], 0, &[]).await.unwrap();
        assert_eq!(late, Commit::Conflict);
        assert_eq!(rows(&other).await, [1]);
    }

    #[tokio::test]
    async fn what_came_since_is_told_unless_rows_went() {
        let (_folder, mut table) = table().await;
        for n in 1..=3 {
            table
                .exchange(&[], &numbers(&vec![n; n as usize]), 0, &[])
                .await
                .unwrap();
        }
        let since = async |table: &Table, version| {
            let files = table.added_since(version).await.unwrap()?;
            Some(files.iter().map(|file| file.rows.unwrap()).collect::<Vec<_>>())
        };
        assert_eq!(since(&table, 1).await, Some(vec![2, 3]));
        assert_eq!(since(&table, 3).await, Some(vec![]));
        let all = table.files().await.unwrap();
        assert_eq!(table.added_since(0).await.unwrap().unwrap().len(), all.len());
        table.exchange(&all[..1], &numbers(&[]), 0, &[]).await.unwrap();
        assert_eq!(since(&table, 1).await, None);
        assert_eq!(since(&table, 4).await, Some(vec![]));
    }
}
