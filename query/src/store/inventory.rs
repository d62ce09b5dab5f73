//! The inventory: every version of each object that was observed.

use std::collections::BTreeMap;

use podtrail_analysis::inventory::{Inventory, Object};
use podtrail_event::time::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::{Any, Row, Transaction};

use super::{Store, hex};
use crate::QueryError;

impl Store {
    /// Keeps objects as observed at a time; a version that is known already only has its time moved.
    /// Gives the number of versions that are new.
    ///
    /// # Errors
    /// [`QueryError::Database`]; nothing is kept then.
    pub async fn import(&self, objects: &[Object], observed: Timestamp) -> Result<u64, QueryError> {
        let fail = |source| self.fail(source);
        let mut rows = Vec::with_capacity(objects.len());
        for object in objects {
            let body = serde_json::to_string(object).map_err(shape)?;
            rows.push((object.kind(), object.key(), hash(&body), body));
        }
        // In one order, so that two imports at once wait for each other and never in a circle.
        rows.sort();
        let mut transaction = self.pool.begin().await.map_err(fail)?;
        raise_version(&mut transaction).await.map_err(fail)?;
        let mut new = 0;
        for (kind, key, body_hash, body) in rows {
            let added = sqlx::query(
                "INSERT INTO inventory (kind, object_key, body_hash, body, first_observed, last_observed)
                 VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING",
            )
            .bind(kind)
            .bind(&key)
            .bind(&body_hash)
            .bind(body)
            .bind(observed.0)
            .execute(&mut *transaction)
            .await
            .map_err(fail)?
            .rows_affected();
            new += added;
            if added > 0 {
                continue;
            }
            sqlx::query(
                "UPDATE inventory SET last_observed = $1
                 WHERE kind = $2 AND object_key = $3 AND body_hash = $4 AND last_observed < $1",
            )
            .bind(observed.0)
            .bind(kind)
            .bind(key)
            .bind(body_hash)
            .execute(&mut *transaction)
            .await
            .map_err(fail)?;
        }
        transaction.commit().await.map_err(fail)?;
        Ok(new)
    }

    /// The inventory as last observed, and a fingerprint that changes with it.
    ///
    /// # Errors
    /// [`QueryError::Database`], or [`QueryError::Shape`] for a body written by another version.
    pub async fn inventory(&self) -> Result<(Inventory, String), QueryError> {
        let rows = sqlx::query("SELECT body, last_observed FROM inventory")
            .fetch_all(&self.pool)
            .await
            .map_err(|source| self.fail(source))?;
        let mut objects = Vec::with_capacity(rows.len());
        for row in rows {
            let body: String = row.try_get(0).map_err(|source| self.fail(source))?;
            let observed: i64 = row.try_get(1).map_err(|source| self.fail(source))?;
            let object: Object = serde_json::from_str(&body).map_err(shape)?;
            objects.push((object, Timestamp(observed)));
        }
        let inventory = Inventory::from_objects(objects);
        // Of what it says, not of when it was seen: to import the same again changes no answer.
        let text = serde_json::to_string(&inventory).map_err(shape)?;
        Ok((inventory, hash(&text)))
    }

    /// A number that every import raises: while it is the same, so is the inventory.
    ///
    /// # Errors
    /// [`QueryError::Database`].
    pub async fn inventory_version(&self) -> Result<i64, QueryError> {
        sqlx::query_scalar("SELECT version FROM inventory_version WHERE id = 0")
            .fetch_one(&self.pool)
            .await
            .map_err(|source| self.fail(source))
    }

    /// Number of objects by kind, sorted.
    ///
    /// # Errors
    /// [`QueryError::Database`].
    pub async fn inventory_counts(&self) -> Result<Vec<(String, u64)>, QueryError> {
        let rows = sqlx::query("SELECT kind, COUNT(DISTINCT object_key) FROM inventory GROUP BY kind")
            .fetch_all(&self.pool)
            .await
            .map_err(|source| self.fail(source))?;
        // Sorted here: each database has its own order of text.
        let mut counts = BTreeMap::new();
        for row in rows {
            let kind: String = row.try_get(0).map_err(|source| self.fail(source))?;
            let count: i64 = row.try_get(1).map_err(|source| self.fail(source))?;
            counts.insert(kind, u64::try_from(count).unwrap_or_default());
        }
        Ok(counts.into_iter().collect())
    }
}

/// Says that the inventory is about to change. The first statement of its transaction: whoever reads the new number
/// reads what was written with it.
async fn raise_version(transaction: &mut Transaction<'_, Any>) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE inventory_version SET version = version + 1 WHERE id = 0")
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

fn shape(source: serde_json::Error) -> QueryError {
    QueryError::Shape {
        table: "inventory",
        source: source.into(),
    }
}

fn hash(text: &str) -> String {
    hex(&Sha256::digest(text))
}
