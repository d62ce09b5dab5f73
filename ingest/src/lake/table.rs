//! One Delta table: its files, its commits, its history.

mod log;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::{CommitBuilder, TransactionError};
use deltalake::kernel::{Action, StructField, StructType};
use deltalake::operations::create::CreateBuilder;
use deltalake::protocol::{DeltaOperation, SaveMode};
use deltalake::{DeltaTable, DeltaTableBuilder, DeltaTableError};
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use serde_json::Value;
use url::Url;
use uuid::Uuid;

pub use log::LogEntry;

use super::encode;
use super::file::{self, DataFile};
use crate::IngestError;

/// What a commit says of itself, kept in the log: by name, with `podtrail.` before it.
pub type Tag = (&'static str, Value);

/// How a commit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// It is in the log, as this version.
    Done(i64),
    /// Another commit came first: read the table again, check, try again.
    Conflict,
}

/// A table at the version last read.
#[derive(Debug, Clone)]
pub struct Table {
    name: String,
    inner: DeltaTable,
}

impl Table {
    pub(super) async fn open(url: Url, name: &str) -> Result<Option<Self>, IngestError> {
        let fail = |source| table_error(name, source);
        let mut inner = DeltaTableBuilder::from_url(url).map_err(fail)?.build().map_err(fail)?;
        if !inner.verify_deltatable_existence().await.map_err(fail)? {
            return Ok(None);
        }
        inner.load().await.map_err(fail)?;
        Ok(Some(Self {
            name: name.to_owned(),
            inner,
        }))
    }

    pub(super) async fn open_or_create(
        url: Url,
        name: &str,
        schema: &Schema,
        partition: Option<&str>,
    ) -> Result<Self, IngestError> {
        if let Some(table) = Self::open(url.clone(), name).await? {
            return Ok(table);
        }
        let fail = |source| table_error(name, source);
        let created = CreateBuilder::new()
            .with_location(url.as_str())
            .with_table_name(name)
            .with_columns(delta_columns(schema, partition)?)
            .with_partition_columns(partition)
            // The ledger of every run rides in the log: it is evidence, and is kept.
            .with_configuration_property(
                deltalake::TableProperty::LogRetentionDuration,
                Some("interval 36500 days"),
            )
            .with_save_mode(SaveMode::Ignore)
            .await;
        match created {
            Ok(inner) => Ok(Self {
                name: name.to_owned(),
                inner,
            }),
            // Another process made it in between.
            Err(DeltaTableError::VersionAlreadyExists(_)) => Self::open(url, name)
                .await?
                .ok_or_else(|| fail(DeltaTableError::NotInitialized)),
            Err(error) => Err(fail(error)),
        }
    }

    /// The version last read.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.inner
            .version()
            .and_then(|version| i64::try_from(version).ok())
            .unwrap_or(-1)
    }

    /// The store that holds the data files; [`DataFile::path`] is relative to it.
    #[must_use]
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        self.inner.object_store()
    }

    /// Address of the table, ending with `/`.
    #[must_use]
    pub fn url(&self) -> &Url {
        self.inner.table_url()
    }

    /// Reads the table's newest version.
    ///
    /// # Errors
    /// [`IngestError::Table`] when the log cannot be read.
    pub async fn refresh(&mut self) -> Result<(), IngestError> {
        self.inner
            .update_state()
            .await
            .map_err(|source| table_error(&self.name, source))
    }

    /// The data files of the version last read, sorted by path.
    ///
    /// # Errors
    /// [`IngestError::Table`] when the log cannot be read.
    pub async fn files(&self) -> Result<Vec<DataFile>, IngestError> {
        let fail = |source| table_error(&self.name, source);
        let log_store = self.inner.log_store();
        let snapshot = self.inner.snapshot().map_err(fail)?.snapshot();
        let views: Vec<_> = snapshot
            .file_views(log_store.as_ref(), None)
            .try_collect()
            .await
            .map_err(fail)?;
        let mut files: Vec<DataFile> = views
            .iter()
            .map(|view| {
                let (rows, null_times, times) = file::parse_statistics(view.stats().as_deref());
                DataFile {
                    path: view.object_store_path(),
                    log_path: view.path().into_owned(),
                    size: u64::try_from(view.size()).unwrap_or_default(),
                    rows,
                    null_times,
                    times,
                }
            })
            .collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Writes a data file and gives the log's entry for it; the file is not part of the table until
    /// [`commit`](Self::commit). `modified` is the time of writing in milliseconds.
    pub(super) async fn write_file(
        &self,
        batch: &RecordBatch,
        id_column: Option<&str>,
        partition: Option<(&str, Option<String>)>,
        modified: i64,
    ) -> Result<Action, IngestError> {
        let bytes: Bytes = encode::encode(batch, id_column)?;
        let size = bytes.len();
        let name = format!("part-{}.zstd.parquet", Uuid::new_v4());
        let path = match &partition {
            Some((column, value)) => {
                format!(
                    "{column}={}/{name}",
                    value.as_deref().unwrap_or("__HIVE_DEFAULT_PARTITION__")
                )
            }
            None => name,
        };
        self.store().put(&Path::from(path.as_str()), bytes.into()).await?;
        Ok(Action::Add(file::add_action(path, size, batch, partition, modified)))
    }

    /// Removes data files that no commit took up.
    pub(super) async fn discard(&self, actions: &[Action]) {
        for action in actions {
            if let Action::Add(add) = action
                && let Err(error) = self.store().delete(&Path::from(add.path.as_str())).await
            {
                tracing::warn!(table = self.name, path = add.path, %error, "an unused data file could not be removed");
            }
        }
    }

    /// Commits, once: never merged with another writer's commit, since two blind appends could both hold
    /// the same event. `batch_id` names the commit, so that one whose answer was lost is recognised.
    ///
    /// # Errors
    /// [`IngestError::Table`] for anything but a conflict.
    pub(super) async fn commit(
        &mut self,
        actions: Vec<Action>,
        overwrite: bool,
        batch_id: Uuid,
        tags: &[Tag],
    ) -> Result<Commit, IngestError> {
        let base = self.version();
        let mut metadata: HashMap<String, Value> = tags
            .iter()
            .map(|(name, value)| (format!("podtrail.{name}"), value.clone()))
            .collect();
        metadata.insert("podtrail.batch".into(), batch_id.to_string().into());
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
        let result = {
            let snapshot = self
                .inner
                .snapshot()
                .map_err(|source| table_error(&self.name, source))?;
            let builder = CommitBuilder::default()
                .with_actions(actions)
                .with_app_metadata(metadata)
                .with_max_retries(0);
            match builder.build(Some(snapshot), self.inner.log_store(), operation).await {
                Ok(done) => Ok(done.version()),
                Err(error) => Err(error),
            }
        };
        match result {
            Ok(version) => {
                self.refresh().await?;
                Ok(Commit::Done(i64::try_from(version).unwrap_or(i64::MAX)))
            }
            Err(error) if is_conflict(&error) => {
                self.refresh().await?;
                self.own_commit_since(base, batch_id).await
            }
            Err(error) => Err(table_error(&self.name, error)),
        }
    }

    /// A cut answer can make our own commit look like another's: it carries our batch id.
    async fn own_commit_since(&self, base: i64, batch_id: Uuid) -> Result<Commit, IngestError> {
        for version in base + 1..=self.version() {
            let tags = self.commit_tags(version).await?;
            if tags.get("podtrail.batch").and_then(Value::as_str) == Some(batch_id.to_string().as_str()) {
                return Ok(Commit::Done(version));
            }
        }
        Ok(Commit::Conflict)
    }

    /// Replaces the content of a table by one batch, in one commit. Whoever commits last wins: derived
    /// tables of one state of the lake are equal.
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
            let mut actions = self.remove_all().await?;
            actions.extend(new.clone());
            if let Commit::Done(_) = self.commit(actions, true, batch_id, tags).await? {
                return Ok(());
            }
        }
        Err(IngestError::Contended {
            table: self.name.clone(),
            attempts: ATTEMPTS,
        })
    }

    async fn remove_all(&self) -> Result<Vec<Action>, IngestError> {
        let fail = |source| table_error(&self.name, source);
        let log_store = self.inner.log_store();
        let snapshot = self.inner.snapshot().map_err(fail)?.snapshot();
        let views: Vec<_> = snapshot
            .file_views(log_store.as_ref(), None)
            .try_collect()
            .await
            .map_err(fail)?;
        Ok(views
            .iter()
            .map(|view| Action::Remove(view.remove_action(true)))
            .collect())
    }

    /// What each commit says of itself, newest first: its time in microseconds and its tags.
    ///
    /// # Errors
    /// [`IngestError::Table`] when the log cannot be read.
    pub async fn history(&self) -> Result<Vec<(Option<i64>, HashMap<String, Value>)>, IngestError> {
        let infos: Vec<_> = self
            .inner
            .history(None)
            .try_collect()
            .await
            .map_err(|source| table_error(&self.name, source))?;
        Ok(infos
            .into_iter()
            .map(|info| (info.timestamp.map(|ms| ms.saturating_mul(1000)), info.info))
            .collect())
    }

    /// The tags of the newest commit.
    ///
    /// # Errors
    /// [`IngestError::Table`] when the log cannot be read.
    pub async fn tags(&self) -> Result<HashMap<String, Value>, IngestError> {
        self.commit_tags(self.version()).await
    }

    async fn commit_tags(&self, version: i64) -> Result<HashMap<String, Value>, IngestError> {
        Ok(self.entry(version).await?.tags)
    }
}

fn is_conflict(error: &DeltaTableError) -> bool {
    match error {
        DeltaTableError::VersionAlreadyExists(_) => true,
        DeltaTableError::Transaction { source } => matches!(
            source,
            TransactionError::VersionAlreadyExists(_)
                | TransactionError::MaxCommitAttempts(_)
                | TransactionError::CommitConflict(_)
        ),
        _ => false,
    }
}

fn delta_columns(schema: &Schema, partition: Option<&str>) -> Result<Vec<StructField>, IngestError> {
    let mut fields: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone()).collect();
    fields.extend(partition.map(|name| Field::new(name, DataType::Date32, true)));
    let converted: StructType = (&Schema::new(fields)).try_into_kernel()?;
    Ok(converted.fields().cloned().collect())
}

fn table_error(name: &str, source: DeltaTableError) -> IngestError {
    IngestError::Table {
        table: name.to_owned(),
        source: Box::new(source),
    }
}
