//! What was read of each source, and how far it has got.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use futures::TryStreamExt;
use podtrail_ingest::checkpoint::{CheckpointError, Checkpoints, ReadObject, SourceState};
use sha2::{Digest, Sha256};
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use super::{Store, hex};
use crate::QueryError;

/// Rows of one INSERT: three values each, of which SQLite takes 32,766 in a statement.
const ROWS: usize = 1000;

#[async_trait]
impl Checkpoints for Store {
    async fn cursor(&self, source: &str) -> Result<Option<String>, CheckpointError> {
        let row = sqlx::query("SELECT cursor FROM sources WHERE source_id = $1")
            .bind(id(&[source]))
            .fetch_optional(&self.pool)
            .await
            .map_err(|error| self.fail(error))?;
        let cursor = row.map(|row| row.try_get(0)).transpose();
        Ok(cursor.map_err(|error| self.fail(error))?.flatten())
    }

    async fn set_cursor(&self, source: &str, cursor: &str) -> Result<(), CheckpointError> {
        sqlx::query(
            "INSERT INTO sources (source_id, source, cursor) VALUES ($1, $2, $3)
             ON CONFLICT (source_id) DO UPDATE SET cursor = excluded.cursor",
        )
        .bind(id(&[source]))
        .bind(storable(source))
        .bind(storable(cursor))
        .execute(&self.pool)
        .await
        .map_err(|error| self.fail(error))?;
        Ok(())
    }

    async fn read_objects(&self, source: &str) -> Result<HashSet<ReadObject>, CheckpointError> {
        let mut rows = sqlx::query("SELECT name, version FROM read_objects WHERE source_id = $1")
            .bind(id(&[source]))
            .fetch(&self.pool);
        let mut objects = HashSet::new();
        while let Some(row) = rows.try_next().await.map_err(|error| self.fail(error))? {
            objects.insert(ReadObject {
                name: row.try_get(0).map_err(|error| self.fail(error))?,
                version: row.try_get(1).map_err(|error| self.fail(error))?,
            });
        }
        Ok(objects)
    }

    async fn mark_read(&self, source: &str, objects: &[ReadObject], at: i64) -> Result<(), CheckpointError> {
        // Once each, and in one order, so that two processes that mark the same wait for each other and never in a
        // circle.
        let rows: BTreeMap<String, &ReadObject> = objects
            .iter()
            .map(|object| (id(&[&object.name, &object.version]), object))
            .collect();
        let rows: Vec<_> = rows.into_iter().collect();
        if rows.is_empty() {
            return Ok(());
        }
        let mut transaction = self.pool.begin().await.map_err(|error| self.fail(error))?;
        let source_id = id(&[source]);
        for chunk in rows.chunks(ROWS) {
            mark(&mut transaction, &source_id, chunk, at)
                .await
                .map_err(|error| self.fail(error))?;
        }
        transaction.commit().await.map_err(|error| self.fail(error))?;
        Ok(())
    }

    async fn forget_before(&self, source: &str, time: i64) -> Result<(), CheckpointError> {
        sqlx::query("DELETE FROM read_objects WHERE source_id = $1 AND read_at < $2")
            .bind(id(&[source]))
            .bind(time)
            .execute(&self.pool)
            .await
            .map_err(|error| self.fail(error))?;
        Ok(())
    }

    async fn note(&self, source: &str, state: &SourceState) -> Result<(), CheckpointError> {
        sqlx::query(
            "INSERT INTO sources (source_id, source, backlog_objects, backlog_bytes, failed, problem, noted_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (source_id) DO UPDATE SET backlog_objects = excluded.backlog_objects,
                 backlog_bytes = excluded.backlog_bytes, failed = excluded.failed, problem = excluded.problem,
                 noted_at = excluded.noted_at",
        )
        .bind(id(&[source]))
        .bind(storable(source))
        .bind(signed(state.backlog_objects))
        .bind(signed(state.backlog_bytes))
        .bind(signed(state.failed))
        .bind(state.problem.as_deref().map(storable))
        .bind(state.noted_at)
        .execute(&self.pool)
        .await
        .map_err(|error| self.fail(error))?;
        Ok(())
    }
}

impl Store {
    /// How far each source has got, as it was noted last; sources that never noted anything are absent.
    ///
    /// # Errors
    /// [`QueryError::Database`].
    pub async fn source_states(&self) -> Result<BTreeMap<String, SourceState>, QueryError> {
        let rows = sqlx::query(
            "SELECT source, backlog_objects, backlog_bytes, failed, problem, noted_at FROM sources
             WHERE noted_at IS NOT NULL",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|error| self.fail(error))?;
        rows.iter()
            .map(|row| {
                let count = |column: usize| {
                    row.try_get::<i64, _>(column)
                        .map(u64::try_from)
                        .map(Result::unwrap_or_default)
                };
                let state = SourceState {
                    backlog_objects: count(1)?,
                    backlog_bytes: count(2)?,
                    failed: count(3)?,
                    problem: row.try_get(4)?,
                    noted_at: row.try_get(5)?,
                };
                Ok((row.try_get(0)?, state))
            })
            .collect::<Result<_, sqlx::Error>>()
            .map_err(|error| self.fail(error))
    }
}

async fn mark(
    transaction: &mut Transaction<'static, Any>,
    source_id: &str,
    rows: &[(String, &ReadObject)],
    at: i64,
) -> Result<(), sqlx::Error> {
    let mut query = sqlx::query(AssertSqlSafe(mark_sql(rows.len())))
        // A statement of a full chunk comes again, one of a rest does not.
        .persistent(rows.len() == ROWS)
        .bind(source_id.to_owned())
        .bind(at);
    for (object_id, object) in rows {
        query = query
            .bind(object_id.clone())
            .bind(storable(&object.name))
            .bind(storable(&object.version));
    }
    query.execute(&mut **transaction).await?;
    Ok(())
}

/// One statement for a number of rows. What is marked again keeps the later time.
fn mark_sql(rows: usize) -> String {
    let values: Vec<String> = (0..rows)
        .map(|row| {
            let first = 3 + 3 * row;
            format!("($1, ${first}, ${}, ${}, $2)", first + 1, first + 2)
        })
        .collect();
    format!(
        "INSERT INTO read_objects (source_id, object_id, name, version, read_at) VALUES {}
         ON CONFLICT (source_id, object_id) DO UPDATE SET read_at = excluded.read_at
         WHERE read_objects.read_at < excluded.read_at",
        values.join(", ")
    )
}

/// An id made of parts, each of which counts with its length.
fn id(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hex(hash.finalize().get(..16).unwrap_or_default())
}

/// PostgreSQL keeps no NUL in text. A name that held one is not recognised again, which is harmless.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
