//! Derived tables: what the events mean, computed from them and the inventory, stored beside them.
//!
//! Nothing here is truth: each table says in its log from which events, which inventory and which rules it
//! was derived, and is made anew when any of them changed. One registry lists them all, but for the ledger, which is
//! derived from the log of the events alone and grows with it.

pub(super) mod ledger;
mod lineage;
mod permissions;

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::MemTable;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::SessionContext;
use futures::future::try_join_all;
use podtrail_ingest::lake::schema::{self, timestamp};
use serde_json::{Value, json};

use super::{Engine, bare_session, batches, views};
use crate::QueryError;

/// Raised whenever a rule of attribution, mapping or permissions changes what a derived table holds.
const RULES: u32 = 2;

/// A derived table.
pub(super) struct Derived {
    /// Its name in the lake.
    pub(super) name: &'static str,
    /// Its columns.
    pub(super) schema: fn() -> SchemaRef,
}

/// Every derived table.
pub(super) const TABLES: [Derived; 7] = [
    Derived {
        name: "attributions",
        schema: lineage::attributions_schema,
    },
    Derived {
        name: "sessions",
        schema: lineage::sessions_schema,
    },
    Derived {
        name: "usage",
        schema: usage_schema,
    },
    Derived {
        name: "unmapped",
        schema: unmapped_schema,
    },
    Derived {
        name: "daily_calls",
        schema: daily_calls_schema,
    },
    Derived {
        name: "trail_days",
        schema: trail_days_schema,
    },
    Derived {
        name: "permissions",
        schema: permissions::schema,
    },
];

/// The tables that are one question over events and attributions.
const BY_SQL: [(&str, &str); 4] = [
    ("usage", include_str!("usage.sql")),
    ("unmapped", include_str!("unmapped.sql")),
    ("daily_calls", include_str!("daily_calls.sql")),
    ("trail_days", include_str!("trail_days.sql")),
];

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8View, true)
}

fn time(name: &str) -> Field {
    Field::new(name, timestamp(), true)
}

fn number(name: &str) -> Field {
    Field::new(name, DataType::Int64, true)
}

fn texts(name: &str) -> Field {
    Field::new(
        name,
        DataType::List(Arc::new(Field::new_list_field(DataType::Utf8View, true))),
        true,
    )
}

fn columns(fields: Vec<Field>) -> SchemaRef {
    Arc::new(Schema::new(fields))
}

fn workload() -> Vec<Field> {
    ["cluster", "cluster_arn", "namespace", "service_account"]
        .map(text)
        .to_vec()
}

fn usage_schema() -> SchemaRef {
    let mut fields = workload();
    fields.extend(["mechanism", "role_arn", "action", "resource", "conditions", "outcome"].map(text));
    fields.extend([
        time("day"),
        number("calls"),
        time("first_seen"),
        time("last_seen"),
        text("sample_event_id"),
    ]);
    columns(fields)
}

fn unmapped_schema() -> SchemaRef {
    let mut fields = workload();
    fields.extend(["role_arn", "event_source", "event_name", "reason"].map(text));
    fields.extend([number("calls"), text("sample_event_id")]);
    columns(fields)
}

fn daily_calls_schema() -> SchemaRef {
    let mut fields = vec![time("day")];
    fields.extend(workload());
    fields.extend(["mechanism", "role_arn", "workload_class", "method", "outcome"].map(text));
    fields.extend([
        number("calls"),
        time("first_seen"),
        time("last_seen"),
        text("evidence_event_id"),
    ]);
    columns(fields)
}

fn trail_days_schema() -> SchemaRef {
    columns(vec![
        text("account"),
        text("region"),
        time("day"),
        text("event_source"),
        Field::new("data", DataType::Boolean, true),
        number("events"),
        number("hours"),
    ])
}

impl Engine {
    /// Brings the derived tables in step with the events and the inventory. Does nothing when they are.
    ///
    /// # Errors
    /// When the lake or the database fails.
    pub async fn refresh(&self) -> Result<(), QueryError> {
        self.update_ledger().await?;
        let _one_at_a_time = self.refreshing.lock().await;
        let (inventory, fingerprint) = self.store().inventory().await?;
        let origin = self.origin(&fingerprint).await?;
        if self.all_derived_from(&origin).await? {
            return Ok(());
        }
        let started = std::time::Instant::now();
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_limit(super::OWN_MEMORY, 1.0)
            .build_arc()?;
        let context = bare_session(runtime)?;
        self.register(&context, "events", &schema::events(), Some(schema::EVENT_DATE))
            .await?;
        let lineage = lineage::derive(&context, &inventory).await?;
        register_batch(&context, "attributions", &lineage.attributions)?;
        let mut tables = vec![("attributions", lineage.attributions), ("sessions", lineage.sessions)];
        for (name, sql) in BY_SQL {
            let batch = run(&context, name, sql).await?;
            register_batch(&context, name, &batch)?;
            tables.push((name, batch));
        }
        tables.push(("permissions", permissions::derive(&context, &inventory).await?));
        for (name, batch) in tables {
            self.replace(name, &batch, &origin).await?;
        }
        tracing::info!(
            seconds = started.elapsed().as_secs_f64(),
            "derived tables were made anew"
        );
        Ok(())
    }

    /// What derived tables of this moment are derived from.
    async fn origin(&self, inventory: &str) -> Result<Value, QueryError> {
        let events = self.events_table().await?.content().await?;
        let iam_data = podtrail_iam::catalog::catalog().data_date();
        Ok(json!({"rules": RULES, "iam_data": iam_data, "events": events, "inventory": inventory}))
    }

    async fn all_derived_from(&self, origin: &Value) -> Result<bool, QueryError> {
        let same = async |derived: &Derived| {
            let table = self.table(derived.name, &(derived.schema)(), None).await?;
            Ok::<_, QueryError>(table.tags().await?.get("podtrail.derived_from") == Some(origin))
        };
        Ok(try_join_all(TABLES.iter().map(same))
            .await?
            .into_iter()
            .all(|same| same))
    }

    async fn replace(&self, name: &'static str, batch: &RecordBatch, origin: &Value) -> Result<(), QueryError> {
        let mut table = self.table(name, &batch.schema(), None).await?;
        table
            .replace(batch, (self.clock)(), &[("derived_from", origin.clone())])
            .await?;
        Ok(())
    }
}

fn register_batch(context: &SessionContext, name: &str, batch: &RecordBatch) -> Result<(), QueryError> {
    let table = MemTable::try_new(batch.schema(), vec![vec![batch.clone()]])?;
    context.register_table(format!("lake.{name}"), Arc::new(table))?;
    Ok(())
}

/// Runs a derivation and lays its rows out in the table's own columns, in a stable order.
async fn run(context: &SessionContext, name: &'static str, sql: &str) -> Result<RecordBatch, QueryError> {
    let schema = TABLES
        .iter()
        .find(|table| table.name == name)
        .map(|table| (table.schema)())
        .ok_or_else(|| QueryError::Input(format!("`{name}` is no derived table")))?;
    let order: Vec<_> = (1..=schema.fields().len()).map(|column| column.to_string()).collect();
    let sql = format!("SELECT * FROM ({}) ORDER BY {}", views::fill(sql), order.join(", "));
    let cast = batches(context, &sql, Vec::new())
        .await?
        .iter()
        .map(|batch| cast_batch(batch, &schema))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(concat_batches(&schema, &cast).map_err(datafusion::error::DataFusionError::from)?)
}

fn cast_batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, QueryError> {
    let arrays = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(array, field)| datafusion::arrow::compute::cast(array, field.data_type()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(datafusion::error::DataFusionError::from)?;
    Ok(RecordBatch::try_new(Arc::clone(schema), arrays).map_err(datafusion::error::DataFusionError::from)?)
}
