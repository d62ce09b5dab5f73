//! What the derived tables together are derived from, and at which versions they stand: the last commit of a table of
//! its own, which holds no rows. Whoever reads them reads these versions, so never half of a refresh.

use std::collections::BTreeMap;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use podtrail_ingest::lake::{Commit, Table};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::columns::columns;
use crate::QueryError;

/// The table's name in the lake.
pub(in crate::engine) const NAME: &str = "refreshes";

/// The table's columns.
pub(in crate::engine) fn columns_of_refreshes() -> SchemaRef {
    columns(["refresh"])
}

/// What derived tables are derived from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct Origin {
    /// Version of the rules.
    pub(in crate::engine) rules: u32,
    /// Date of the IAM data.
    pub(in crate::engine) iam_data: String,
    /// Id of the table of events.
    pub(in crate::engine) table: String,
    /// Token of what the events hold.
    pub(in crate::engine) events: String,
    /// Fingerprint of the inventory.
    pub(in crate::engine) inventory: String,
}

/// The derived tables at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) struct State {
    /// What they are derived from.
    pub(in crate::engine) origin: Origin,
    /// The version of events through which they are.
    pub(in crate::engine) through: i64,
    /// Their versions by name.
    pub(in crate::engine) tables: BTreeMap<String, i64>,
}

impl State {
    /// The newest state; none where nothing was derived yet, or by a version that said it otherwise.
    pub(super) async fn read(refreshes: &Table) -> Result<Option<Self>, QueryError> {
        let mut tags = refreshes.tags().await?;
        let state = tags.remove("podtrail.state").unwrap_or_default();
        Ok(serde_json::from_value(state).ok())
    }

    /// Makes this the newest state, unless another came first.
    pub(super) async fn commit(&self, refreshes: &mut Table, now: i64) -> Result<Commit, QueryError> {
        let nothing = RecordBatch::new_empty(columns_of_refreshes());
        let tags = [("state", json!(self))];
        Ok(refreshes.exchange(&[], &nothing, now, &tags).await?)
    }
}
