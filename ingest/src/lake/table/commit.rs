//! Commits: once, in one place of the log, and never lost when only the answer was.

use std::collections::HashMap;
use std::time::Duration;

use arrow::array::RecordBatch;
use deltalake::DeltaTableError;
use deltalake::kernel::Action;
use deltalake::kernel::transaction::{CommitBuilder, CommitProperties, TransactionError};
use deltalake::protocol::{DeltaOperation, SaveMode};
use serde_json::Value;
use uuid::Uuid;

use super::{Commit, Table, Tag};
use crate::IngestError;

/// A commit whose fate is unknown is tried this often, with the same content in the same place.
const TRIES: u32 = 4;

impl Table {
    /// Commits new files, once: never merged with another writer's commit, since two blind appends could both hold
    /// the same event. `batch_id` names the commit, so that one whose answer was lost is recognised.
    ///
    /// # Errors
    /// [`IngestError::Table`] for anything but a conflict.
    pub(in crate::lake) async fn commit(
        &mut self,
        actions: Vec<Action>,
        overwrite: bool,
        batch_id: Uuid,
        tags: &[Tag],
    ) -> Result<Commit, IngestError> {
        let mode = if overwrite {
            SaveMode::Overwrite
        } else {
            SaveMode::Append
        };
        let operation = DeltaOperation::Write {
            mode,
            partition_by: None,
            predicate: None,
        };
        self.commit_as(operation, &actions, batch_id, tags).await
    }

    /// Commits as any operation, as [`commit`](Self::commit) does.
    ///
    /// Only a commit of another in the place of ours proves that ours is not in the log. Where an answer was lost
    /// (a cut connection, an error of the server, a `409` to the retry of a request that is still at work) ours may
    /// yet appear, so it is tried again in the same place until the log tells; files of ours are never thought
    /// unused before.
    ///
    /// # Errors
    /// [`IngestError::Table`] for anything but a conflict; the commit may be in the log all the same.
    pub(in crate::lake) async fn commit_as(
        &mut self,
        operation: DeltaOperation,
        actions: &[Action],
        batch_id: Uuid,
        tags: &[Tag],
    ) -> Result<Commit, IngestError> {
        let place = self.version() + 1;
        let mut tries = 1;
        loop {
            let Err(error) = self.try_commit(operation.clone(), actions, batch_id, tags).await else {
                // Left unread, the commit is met as a conflict by the next one, which then reads it.
                let _ = self.inner.update_state().await;
                return Ok(Commit::Done(place));
            };
            if self.inner.update_state().await.is_err() {
                return Err(self.error(error));
            }
            let fate_unknown = may_be_in_the_log(&error);
            if self.version() >= place {
                return match self.commit_tags(place).await?.get("podtrail.batch") {
                    Some(Value::String(id)) if *id == batch_id.to_string() => Ok(Commit::Done(place)),
                    _ if fate_unknown => Ok(Commit::Conflict),
                    _ => Err(self.error(error)),
                };
            }
            if !fate_unknown || tries == TRIES {
                return Err(self.error(error));
            }
            tokio::time::sleep(Duration::from_millis(200) * tries).await;
            tries += 1;
        }
    }

    async fn try_commit(
        &self,
        operation: DeltaOperation,
        actions: &[Action],
        batch_id: Uuid,
        tags: &[Tag],
    ) -> Result<(), DeltaTableError> {
        let mut metadata: HashMap<String, Value> = tags
            .iter()
            .map(|(name, value)| (format!("podtrail.{name}"), value.clone()))
            .collect();
        metadata.insert("podtrail.batch".into(), batch_id.to_string().into());
        let properties = CommitProperties::default()
            .with_metadata(metadata)
            .with_max_retries(0)
            // The log is kept whole, so looking for what to clean away would only cost a listing each time.
            .with_cleanup_expired_logs(Some(false));
        CommitBuilder::from(properties)
            .with_actions(actions.to_vec())
            .build(Some(self.inner.snapshot()?), self.inner.log_store(), operation)
            .await?;
        Ok(())
    }

    /// Replaces the content of a table by one batch, in one commit. Whoever commits last wins: derived
    /// tables of one state of the lake are equal. `modified` is the time in milliseconds.
    ///
    /// # Errors
    /// [`IngestError::Contended`] when other writers win every attempt; storage and encoding errors.
    pub async fn replace(&mut self, batch: &RecordBatch, modified: i64, tags: &[Tag]) -> Result<(), IngestError> {
        const ATTEMPTS: usize = 8;
        let new = if batch.num_rows() == 0 {
            None
        } else {
            Some(self.write_file(batch, None, None, modified).await?)
        };
        let batch_id = Uuid::new_v4();
        for _ in 0..ATTEMPTS {
            let old = self.placed_files().await?;
            let mut actions: Vec<Action> = old.iter().map(|placed| placed.remove(true, modified)).collect();
            actions.extend(new.clone());
            if let Commit::Done(_) = self.commit(actions, true, batch_id, tags).await? {
                return Ok(());
            }
        }
        Err(IngestError::Contended {
            table: self.name().to_owned(),
            attempts: ATTEMPTS,
        })
    }
}

/// Whether a commit that ended so may be in the log, or may yet come to be in it.
fn may_be_in_the_log(error: &DeltaTableError) -> bool {
    match error {
        DeltaTableError::VersionAlreadyExists(_)
        | DeltaTableError::ObjectStore {
            source: object_store::Error::Generic { .. } | object_store::Error::AlreadyExists { .. },
        } => true,
        DeltaTableError::Transaction { source } => matches!(
            source,
            TransactionError::VersionAlreadyExists(_)
                | TransactionError::MaxCommitAttempts(_)
                | TransactionError::CommitConflict(_)
        ),
        _ => false,
    }
}
