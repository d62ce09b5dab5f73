//! The inventory: every version of each object that was observed.

use std::collections::{BTreeMap, BTreeSet};

use podtrail_analysis::inventory::{Inventory, Listed, Object, Seen, ended};
use podtrail_event::time::Timestamp;
use sha2::{Digest, Sha256};
use sqlx::{Any, AssertSqlSafe, Row, Transaction};

use super::{Store, hex};
use crate::QueryError;

/// What an import did to one kind of objects.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Kept {
    /// Versions that were not known: new things, and known ones that changed.
    pub new: u64,
    /// Things that are as they were.
    pub unchanged: u64,
    /// Things that a complete list no longer held.
    pub ended: u64,
}

/// One version of an object, as it is stored.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    kind: &'static str,
    key: String,
    hash: String,
    body: String,
    /// The kind that it is counted under.
    counted: String,
}

impl Store {
    /// Keeps objects as observed at a time; a version that is known already only has its time moved.
    /// Gives the number of versions that are new.
    ///
    /// # Errors
    /// [`QueryError::Database`]; nothing is kept then.
    pub async fn import(&self, objects: &[Object], observed: Timestamp) -> Result<u64, QueryError> {
        let kept = self.observe(objects, &[], observed).await?;
        Ok(kept.values().map(|kept| kept.new).sum())
    }

    /// Keeps objects as observed at a time, and that known things have ended which are not among them although a list
    /// is complete. Gives what was done, by kind.
    ///
    /// # Errors
    /// [`QueryError::Database`], or [`QueryError::Shape`] for a body written by another version; nothing is kept then.
    pub async fn observe(
        &self,
        objects: &[Object],
        complete: &[Listed],
        observed: Timestamp,
    ) -> Result<BTreeMap<String, Kept>, QueryError> {
        let over = if complete.is_empty() {
            Vec::new()
        } else {
            // Clusters by name are told by the clusters.
            let kinds = complete.iter().map(|listed| listed.kind).chain(["ended", "cluster"]);
            let known = self.seen(&kinds.collect()).await?;
            let known = known.into_iter().map(|seen| (seen.object, seen.last));
            ended(known, objects, complete, observed)
        };
        let mut versions = Vec::with_capacity(objects.len() + over.len());
        for object in objects.iter().chain(&over) {
            versions.push(Version::of(object)?);
        }
        // In one order, so that two imports at once wait for each other and never in a circle.
        versions.sort();
        let fail = |source| self.fail(source);
        let mut kept: BTreeMap<String, Kept> = BTreeMap::new();
        let mut transaction = self.pool.begin().await.map_err(fail)?;
        raise_version(&mut transaction).await.map_err(fail)?;
        for version in versions {
            let is_new = version.keep(observed, &mut transaction).await.map_err(fail)?;
            let kept = kept.entry(version.counted).or_default();
            match (version.kind, is_new) {
                ("ended", _) => kept.ended += 1,
                (_, true) => kept.new += 1,
                (_, false) => kept.unchanged += 1,
            }
        }
        transaction.commit().await.map_err(fail)?;
        Ok(kept)
    }

    /// The inventory as last observed, and a fingerprint that changes with it.
    ///
    /// # Errors
    /// [`QueryError::Database`], or [`QueryError::Shape`] for a body written by another version.
    pub async fn inventory(&self) -> Result<(Inventory, String), QueryError> {
        let seen = self.seen(&BTreeSet::new()).await?;
        let newest = seen.iter().map(|seen| (seen.object.clone(), seen.last));
        let inventory = Inventory::from_objects(newest).with_history(&seen, &[]);
        // Of what it says, not of when it was seen: to import the same again changes no answer.
        let text = serde_json::to_string(&inventory).map_err(shape)?;
        Ok((inventory, hash(&text)))
    }

    /// Every version of each object that was ever observed.
    ///
    /// # Errors
    /// As [`inventory`](Self::inventory).
    pub async fn versions(&self) -> Result<Vec<Seen>, QueryError> {
        self.seen(&BTreeSet::new()).await
    }

    /// Every version of each object of some kinds, of all where none is named.
    async fn seen(&self, kinds: &BTreeSet<&str>) -> Result<Vec<Seen>, QueryError> {
        let places: Vec<String> = (1..=kinds.len()).map(|place| format!("${place}")).collect();
        let sql = match places.as_slice() {
            [] => "SELECT body, first_observed, last_observed FROM inventory".to_owned(),
            some => format!(
                "SELECT body, first_observed, last_observed FROM inventory WHERE kind IN ({})",
                some.join(", ")
            ),
        };
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for kind in kinds {
            query = query.bind(*kind);
        }
        let rows = query.fetch_all(&self.pool).await.map_err(|source| self.fail(source))?;
        let mut objects = Vec::with_capacity(rows.len());
        for row in rows {
            let body: String = row.try_get(0).map_err(|source| self.fail(source))?;
            let first: i64 = row.try_get(1).map_err(|source| self.fail(source))?;
            let last: i64 = row.try_get(2).map_err(|source| self.fail(source))?;
            objects.push(Seen {
                object: serde_json::from_str(&body).map_err(shape)?,
                first: Timestamp(first),
                last: Timestamp(last),
            });
        }
        Ok(objects)
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

    /// Number of objects by kind, sorted; those that ended count.
    ///
    /// # Errors
    /// [`QueryError::Database`].
    pub async fn inventory_counts(&self) -> Result<Vec<(String, u64)>, QueryError> {
        let counted = "SELECT kind, COUNT(DISTINCT object_key) FROM inventory WHERE kind <> 'ended' GROUP BY kind";
        let rows = sqlx::query(counted)
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

impl Version {
    fn of(object: &Object) -> Result<Self, QueryError> {
        let body = serde_json::to_string(object).map_err(shape)?;
        Ok(Self {
            kind: object.kind(),
            key: object.key(),
            hash: hash(&body),
            body,
            counted: match object {
                Object::Ended(ended) => ended.of.clone(),
                other => other.kind().to_owned(),
            },
        })
    }

    /// Keeps the version, or moves its time; whether it is new.
    async fn keep(&self, observed: Timestamp, transaction: &mut Transaction<'_, Any>) -> Result<bool, sqlx::Error> {
        let added = sqlx::query(
            "INSERT INTO inventory (kind, object_key, body_hash, body, first_observed, last_observed)
             VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT DO NOTHING",
        )
        .bind(self.kind)
        .bind(&self.key)
        .bind(&self.hash)
        .bind(&self.body)
        .bind(observed.0)
        .execute(&mut **transaction)
        .await?
        .rows_affected();
        if added > 0 {
            return Ok(true);
        }
        sqlx::query(
            "UPDATE inventory SET last_observed = $1
             WHERE kind = $2 AND object_key = $3 AND body_hash = $4 AND last_observed < $1",
        )
        .bind(observed.0)
        .bind(self.kind)
        .bind(&self.key)
        .bind(&self.hash)
        .execute(&mut **transaction)
        .await?;
        Ok(false)
    }
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
