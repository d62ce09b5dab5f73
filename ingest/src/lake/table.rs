//! One Delta table: its files, its commits, its history.

mod commit;
mod content;
mod evolve;
mod log;

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema};
use bytes::Bytes;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use deltalake::kernel::transaction::CommitProperties;
use deltalake::kernel::{Action, Remove, StructField, StructType};
use deltalake::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake::operations::create::CreateBuilder;
use deltalake::protocol::SaveMode;
use deltalake::{DeltaTable, DeltaTableError};
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::Url;
use uuid::Uuid;

pub use log::LogEntry;

use super::encode;
use super::file::{self, DataFile};
use super::key::leading_128;
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

/// The column and the value of a file's partition.
pub(super) type Partition = Option<(String, Option<String>)>;

/// A data file with the partition that it belongs to.
#[derive(Debug, Clone)]
pub(super) struct Placed {
    pub(super) file: DataFile,
    pub(super) partition: Partition,
}

impl Placed {
    /// The log's entry for the file's removal, at a time in milliseconds. `data_change` is whether rows go with it.
    pub(super) fn remove(&self, data_change: bool, at: i64) -> Action {
        Action::Remove(Remove {
            path: self.file.log_path.clone(),
            data_change,
            deletion_timestamp: Some(at),
            extended_file_metadata: Some(true),
            size: i64::try_from(self.file.size).ok(),
            partition_values: Some(self.partition.clone().into_iter().collect()),
            ..Remove::default()
        })
    }
}

/// A table at the version last read.
#[derive(Debug, Clone)]
pub struct Table {
    name: String,
    inner: DeltaTable,
}

impl Table {
    pub(super) async fn open(store: &Arc<dyn ObjectStore>, url: Url, name: &str) -> Result<Option<Self>, IngestError> {
        let fail = |source| table_error(name, source);
        let mut inner = DeltaTable::new(log_store(store, &url).map_err(fail)?);
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
        store: &Arc<dyn ObjectStore>,
        url: Url,
        name: &str,
        schema: &Schema,
        partition: Option<&str>,
    ) -> Result<Self, IngestError> {
        if let Some(table) = Self::open(store, url.clone(), name).await? {
            return Ok(table);
        }
        let fail = |source| table_error(name, source);
        let created = CreateBuilder::new()
            .with_log_store(log_store(store, &url).map_err(fail)?)
            .with_table_name(name)
            .with_columns(delta_columns(schema, partition)?)
            .with_partition_columns(partition)
            // The ledger of every run rides in the log: it is evidence, and is kept.
            .with_configuration_property(
                deltalake::TableProperty::LogRetentionDuration,
                Some("interval 36500 days"),
            )
            // Whoever opens the table reads a checkpoint and the commits since, each a request.
            .with_configuration_property(deltalake::TableProperty::CheckpointInterval, Some("20"))
            .with_save_mode(SaveMode::Ignore)
            // Else the library would create a second time what another process made in between.
            .with_commit_properties(CommitProperties::default().with_max_retries(0))
            .await;
        match created {
            Ok(inner) => Ok(Self {
                name: name.to_owned(),
                inner,
            }),
            // Another process made it, or it was made and the answer was lost.
            Err(error) => match Self::open(store, url, name).await? {
                Some(table) => Ok(table),
                None => Err(fail(error)),
            },
        }
    }

    /// The name of the table in the lake.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
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

    /// What the log says of the table itself, at the version last read.
    pub(super) fn metadata(&self) -> Result<&deltalake::kernel::Metadata, IngestError> {
        let snapshot = self.inner.snapshot().map_err(|source| self.error(source))?;
        Ok(snapshot.metadata())
    }

    /// The columns of the table as the log tells them, the partition column included.
    pub(super) fn struct_type(&self) -> Result<StructType, IngestError> {
        let snapshot = self.inner.snapshot().map_err(|source| self.error(source))?;
        Ok(snapshot.schema().as_ref().clone())
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
        let placed = self.placed_files().await?;
        Ok(placed.into_iter().map(|placed| placed.file).collect())
    }

    /// The data files of the version last read with their partitions, sorted by path.
    pub(super) async fn placed_files(&self) -> Result<Vec<Placed>, IngestError> {
        let fail = |source| self.error(source);
        let log_store = self.inner.log_store();
        let snapshot = self.inner.snapshot().map_err(fail)?.snapshot();
        let views: Vec<_> = snapshot
            .file_views(log_store.as_ref(), None)
            .try_collect()
            .await
            .map_err(fail)?;
        let mut placed: Vec<Placed> = views
            .iter()
            .map(|view| {
                let size = u64::try_from(view.size()).unwrap_or_default();
                let (path, log_path) = (view.object_store_path(), view.path().into_owned());
                let file = DataFile::told(path, log_path, size, view.stats().as_deref());
                let partition = view.partition_values_map().into_iter().next();
                Placed { file, partition }
            })
            .collect();
        placed.sort_by(|a, b| a.file.path.cmp(&b.file.path));
        Ok(placed)
    }

    /// A token of what the table holds: it changes with every row that comes or goes, and not when files are only
    /// written anew.
    ///
    /// # Errors
    /// [`IngestError::Table`] when the log cannot be read.
    pub async fn content(&self) -> Result<String, IngestError> {
        let files = self.files().await?;
        let sum = files
            .iter()
            .fold(0_u128, |sum, file| sum.wrapping_add(content_of(&file.log_path)));
        Ok(format!("{sum:032x}"))
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
        let path = in_partition(
            partition.as_ref().map(|(column, value)| (*column, value.as_deref())),
            &name,
        );
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

    pub(super) fn error(&self, source: DeltaTableError) -> IngestError {
        table_error(&self.name, source)
    }
}

/// The path of a file in its partition, relative to the table.
pub(super) fn in_partition(partition: Option<(&str, Option<&str>)>, name: &str) -> String {
    match partition {
        Some((column, value)) => format!("{column}={}/{name}", value.unwrap_or("__HIVE_DEFAULT_PARTITION__")),
        None => name.to_owned(),
    }
}

/// The name of a file that only holds rows of other files, whose content it stands for.
pub(super) fn rewritten_name(content: u128) -> String {
    format!("part-{}.{content:032x}.zstd.parquet", Uuid::new_v4())
}

/// What a file adds to the table's [content](Table::content): a hash of its path, or what its name carries on.
pub(super) fn content_of(log_path: &str) -> u128 {
    let name = log_path.rsplit('/').next().unwrap_or(log_path);
    let carried = name
        .split('.')
        .nth(1)
        .filter(|part| part.len() == 32)
        .and_then(|part| u128::from_str_radix(part, 16).ok());
    carried.unwrap_or_else(|| leading_128(&Sha256::digest(log_path)))
}

/// A table's log in a store, which holds the whole file system or bucket.
fn log_store(store: &Arc<dyn ObjectStore>, url: &Url) -> Result<LogStoreRef, DeltaTableError> {
    let config = StorageConfig::default();
    let of_table = config.decorate_store(Arc::clone(store), url)?;
    Ok(default_logstore(Arc::new(of_table), Arc::clone(store), url, &config))
}

/// The columns of a table as the log writes them.
pub(super) fn delta_columns(schema: &Schema, partition: Option<&str>) -> Result<Vec<StructField>, IngestError> {
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
