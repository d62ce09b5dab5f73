//! A refresh at work: the derived tables as far as they have got, each written in commits that hold only while nobody
//! else commits.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::MemTable;
use datafusion::error::DataFusionError;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::prelude::SessionContext;
use podtrail_ingest::IngestError;
use podtrail_ingest::lake::{Commit, DataFile, Table};

use super::TABLES;
use super::columns::{Named, fit};
use super::days::{in_span, spans};
use super::facts::Facts;
use super::grow::taken_up;
use super::state::State;
use crate::QueryError;
use crate::engine::{Engine, bare_session, batches, views};

/// Rows of a file of facts that is not written again.
const FULL: u64 = 500_000;
/// Rows of a file that is made anew with its days.
const ROWS_OF_DAYS: u64 = 100_000;

/// The tables of a refresh.
pub(super) struct Work {
    pub(super) context: SessionContext,
    tables: BTreeMap<&'static str, Table>,
    now: i64,
}

impl Work {
    /// The tables as a state has them, empty without one. What another refresh left behind half way is undone.
    pub(super) async fn begin(engine: &Engine, state: Option<&State>) -> Result<Self, QueryError> {
        let mut work = Self {
            // Each step is bounded by its rows. A bound of bytes would count the texts of a batch once for each column
            // and operator that shares them, and refuse what takes a tenth of it.
            context: bare_session(RuntimeEnv::default().into())?,
            tables: BTreeMap::new(),
            now: (engine.clock)(),
        };
        for (&name, schema) in TABLES.iter() {
            let mut table = engine.table(name, schema, None).await?;
            let version = state.and_then(|state| state.tables.get(name).copied());
            let files = match version {
                Some(version) => table.at(version).await?.files().await?,
                None => Vec::new(),
            };
            if version != Some(table.version()) && files != table.files().await? {
                won(table.become_content(&files, &[], work.now, &[]).await?, name)?;
            }
            work.tables.insert(name, table);
            work.register(name).await?;
        }
        Ok(work)
    }

    /// The versions that the tables have got to.
    pub(super) fn versions(&self) -> BTreeMap<String, i64> {
        self.tables
            .iter()
            .map(|(name, table)| ((*name).to_owned(), table.version()))
            .collect()
    }

    /// The data files of a table.
    pub(super) async fn files(&self, name: &'static str) -> Result<Vec<DataFile>, QueryError> {
        Ok(self.table(name)?.files().await?)
    }

    fn table(&self, name: &'static str) -> Result<&Table, QueryError> {
        self.tables.get(name).ok_or_else(|| no_table(name))
    }

    async fn register(&self, name: &'static str) -> Result<(), QueryError> {
        let files = self.files(name).await?;
        self.register_as(name, name, files)
    }

    /// Makes some data files of a table readable as `lake.ALIAS`.
    pub(super) fn register_as(&self, name: &'static str, alias: &str, files: Vec<DataFile>) -> Result<(), QueryError> {
        self.context.deregister_table(format!("lake.{alias}"))?;
        let schema = schema_of(name)?;
        Engine::register_files(&self.context, name, alias, &schema, self.table(name)?, files)
    }

    /// Makes batches readable as `lake.ALIAS`.
    pub(super) fn register_rows(
        &self,
        alias: &str,
        schema: SchemaRef,
        rows: Vec<RecordBatch>,
    ) -> Result<(), QueryError> {
        self.context.deregister_table(format!("lake.{alias}"))?;
        let mut halves = [Vec::new(), Vec::new()];
        for (at, batch) in rows.into_iter().enumerate() {
            if let Some(half) = halves.get_mut(at % 2) {
                half.push(batch);
            }
        }
        let table = MemTable::try_new(schema, halves.into())?;
        self.context.register_table(format!("lake.{alias}"), Arc::new(table))?;
        Ok(())
    }

    /// The rows of a question in the columns of a derived table.
    pub(super) async fn rows_for(&self, name: &'static str, sql: &str) -> Result<Vec<RecordBatch>, QueryError> {
        let schema = schema_of(name)?;
        let rows = batches(&self.context, &views::fill(sql), Vec::new()).await?;
        rows.iter().map(|batch| fit(batch, &schema)).collect()
    }

    /// Adds the facts of a batch of events to their table.
    pub(super) async fn add_facts(&mut self, facts: &Facts, new: &RecordBatch) -> Result<(), QueryError> {
        if new.num_rows() == 0 {
            return Ok(());
        }
        let name = facts.name;
        let files = self.files(name).await?;
        let old = taken_up(files.clone(), new.num_rows(), FULL);
        let kept: Vec<DataFile> = files.into_iter().filter(|file| !old.contains(file)).collect();
        let rows = if old.is_empty() {
            new.clone()
        } else {
            self.register_as(name, "taken_up", old)?;
            self.register_rows("new_rows", facts.schema(), vec![new.clone()])?;
            let both = "(SELECT * FROM lake.taken_up UNION ALL SELECT * FROM lake.new_rows)";
            one(&facts.schema(), &self.rows_for(name, &facts.added_up(both)).await?)?
        };
        self.set(name, &kept, &[rows]).await
    }

    /// Puts rows in the place of those of a table that a condition on its rows picks, all of which are in files that
    /// `meets` picks. Rows come to lie in files of consecutive days, within these in an order.
    pub(super) async fn put(
        &mut self,
        name: &'static str,
        meets: impl Fn(&DataFile) -> bool,
        gone: &str,
        new: Vec<RecordBatch>,
        order: &str,
    ) -> Result<(), QueryError> {
        let (old, kept): (Vec<_>, Vec<_>) = self.files(name).await?.into_iter().partition(meets);
        let mut rows = new;
        if !old.is_empty() && gone != "true" {
            self.register_as(name, "put_old", old)?;
            let rest = format!("SELECT * FROM lake.put_old WHERE ({gone}) IS NOT TRUE");
            rows.extend(self.rows_for(name, &rest).await?);
        }
        let files = self.laid_out(name, rows, order).await?;
        self.set(name, &kept, &files).await
    }

    /// Rows as the files that they are to be.
    async fn laid_out(
        &self,
        name: &'static str,
        rows: Vec<RecordBatch>,
        order: &str,
    ) -> Result<Vec<RecordBatch>, QueryError> {
        let schema = schema_of(name)?;
        self.register_rows("put_rows", Arc::clone(&schema), rows)?;
        let sql = "SELECT day, count(*) AS calls FROM lake.put_rows GROUP BY day ORDER BY day NULLS FIRST";
        let counts = self.counts(sql).await?;
        let mut files = Vec::new();
        for span in spans(&counts, ROWS_OF_DAYS) {
            let sql = format!(
                "SELECT * FROM lake.put_rows WHERE {} ORDER BY {order}",
                in_span("day", span)
            );
            files.push(one(&schema, &self.rows_for(name, &sql).await?)?);
        }
        self.context.deregister_table("lake.put_rows")?;
        Ok(files)
    }

    /// The rows of a question for a `day` and a number of `calls`.
    pub(super) async fn counts(&self, sql: &str) -> Result<Vec<(Option<i64>, u64)>, QueryError> {
        let mut counts = Vec::new();
        for batch in batches(&self.context, sql, Vec::new()).await? {
            let (day, count) = (Named(&batch).times("day")?, Named(&batch).numbers("calls")?);
            counts.extend((0..batch.num_rows()).map(|row| {
                let rows = u64::try_from(count(row)).unwrap_or_default();
                (day(row).map(|day| day.0), rows)
            }));
        }
        Ok(counts)
    }

    /// Makes files that are kept, and batches, the whole content of a table.
    pub(super) async fn set(
        &mut self,
        name: &'static str,
        kept: &[DataFile],
        new: &[RecordBatch],
    ) -> Result<(), QueryError> {
        let table = self.tables.get_mut(name).ok_or_else(|| no_table(name))?;
        won(table.become_content(kept, new, self.now, &[]).await?, name)?;
        self.register(name).await
    }
}

/// Batches as one.
pub(super) fn one(schema: &SchemaRef, rows: &[RecordBatch]) -> Result<RecordBatch, QueryError> {
    Ok(concat_batches(schema, rows).map_err(DataFusionError::from)?)
}

fn schema_of(name: &'static str) -> Result<SchemaRef, QueryError> {
    TABLES.get(name).cloned().ok_or_else(|| no_table(name))
}

fn no_table(name: &str) -> QueryError {
    DataFusionError::Internal(format!("`{name}` is no derived table")).into()
}

/// Another refresh that commits is at work on the same: this one is to begin again.
fn won(commit: Commit, name: &str) -> Result<(), QueryError> {
    match commit {
        Commit::Done(_) => Ok(()),
        Commit::Conflict => Err(QueryError::Lake(IngestError::Contended {
            table: name.to_owned(),
            attempts: 1,
        })),
    }
}
