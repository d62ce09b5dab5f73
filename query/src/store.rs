//! The product database: the only door to its SQL.

use std::path::Path;

use podtrail_analysis::inventory::{Inventory, Object};
use podtrail_event::time::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::any::{AnyPoolOptions, install_default_drivers};
use sqlx::{AnyPool, Row};

use crate::QueryError;

/// The product database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    pool: AnyPool,
    location: String,
}

impl Store {
    /// Opens a SQLite file, made when it is not there, and brings its tables up to date.
    ///
    /// # Errors
    /// [`QueryError::Database`] when the file cannot be opened or made.
    pub async fn open(path: &Path) -> Result<Self, QueryError> {
        install_default_drivers();
        let location = path.display().to_string();
        let fail = |source| QueryError::Database {
            location: location.clone(),
            source,
        };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| fail(sqlx::Error::Io(error)))?;
        }
        let url = format!("sqlite://{location}?mode=rwc");
        let pool = AnyPoolOptions::new()
            .max_connections(4)
            .connect(&url)
            .await
            .map_err(fail)?;
        sqlx::migrate!("../migrations")
            .run(&pool)
            .await
            .map_err(|error| fail(error.into()))?;
        Ok(Self { pool, location })
    }

    /// Keeps objects as observed at a time; a version that is known already only has its time moved.
    /// Gives the number of versions that are new.
    ///
    /// # Errors
    /// [`QueryError::Database`]; nothing is kept then.
    pub async fn import(&self, objects: &[Object], observed: Timestamp) -> Result<u64, QueryError> {
        let fail = |source| self.fail(source);
        let mut transaction = self.pool.begin().await.map_err(fail)?;
        let mut new = 0;
        for object in objects {
            let body = serde_json::to_string(object).map_err(|source| QueryError::Shape {
                table: "inventory",
                source: source.into(),
            })?;
            let known = sqlx::query(
                "UPDATE inventory SET last_observed = CASE WHEN last_observed < $1 THEN $1 ELSE last_observed END
                 WHERE kind = $2 AND object_key = $3 AND body_hash = $4",
            )
            .bind(observed.0)
            .bind(object.kind())
            .bind(object.key())
            .bind(hash(&body))
            .execute(&mut *transaction)
            .await
            .map_err(fail)?;
            if known.rows_affected() > 0 {
                continue;
            }
            sqlx::query(
                "INSERT INTO inventory (kind, object_key, body_hash, body, first_observed, last_observed)
                 VALUES ($1, $2, $3, $4, $5, $5)",
            )
            .bind(object.kind())
            .bind(object.key())
            .bind(hash(&body))
            .bind(body)
            .bind(observed.0)
            .execute(&mut *transaction)
            .await
            .map_err(fail)?;
            new += 1;
        }
        transaction.commit().await.map_err(fail)?;
        Ok(new)
    }

    /// The inventory as last observed, and a fingerprint that changes with it.
    ///
    /// # Errors
    /// [`QueryError::Database`], or [`QueryError::Shape`] for a body written by another version.
    pub async fn inventory(&self) -> Result<(Inventory, String), QueryError> {
        let rows = sqlx::query(
            "SELECT body, last_observed FROM inventory ORDER BY kind, object_key, last_observed, body_hash",
        )
        .fetch_all(&self.pool)
        .await
        .map_err(|source| self.fail(source))?;
        let mut objects = Vec::with_capacity(rows.len());
        for row in rows {
            let body: String = row.try_get(0).map_err(|source| self.fail(source))?;
            let observed: i64 = row.try_get(1).map_err(|source| self.fail(source))?;
            let object: Object = serde_json::from_str(&body).map_err(|source| QueryError::Shape {
                table: "inventory",
                source: source.into(),
            })?;
            objects.push((object, Timestamp(observed)));
        }
        let inventory = Inventory::from_objects(objects);
        // Of what it says, not of when it was seen: to import the same again changes no answer.
        let text = serde_json::to_string(&inventory).map_err(|source| QueryError::Shape {
            table: "inventory",
            source: source.into(),
        })?;
        Ok((inventory, hash(&text)))
    }

    /// Number of objects by kind, sorted.
    ///
    /// # Errors
    /// [`QueryError::Database`].
    pub async fn inventory_counts(&self) -> Result<Vec<(String, u64)>, QueryError> {
        let rows = sqlx::query("SELECT kind, COUNT(DISTINCT object_key) FROM inventory GROUP BY kind ORDER BY kind")
            .fetch_all(&self.pool)
            .await
            .map_err(|source| self.fail(source))?;
        rows.into_iter()
            .map(|row| {
                let kind: String = row.try_get(0).map_err(|source| self.fail(source))?;
                let count: i64 = row.try_get(1).map_err(|source| self.fail(source))?;
                Ok((kind, u64::try_from(count).unwrap_or_default()))
            })
            .collect()
    }

    fn fail(&self, source: sqlx::Error) -> QueryError {
        QueryError::Database {
            location: self.location.clone(),
            source,
        }
    }
}

fn hash(text: &str) -> String {
    hex(&Sha256::digest(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
