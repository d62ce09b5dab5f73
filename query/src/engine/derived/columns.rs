//! Columns of derived tables: what is named alike is of one type everywhere.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimestampMicrosecondType};
use datafusion::error::DataFusionError;
use podtrail_event::time::Timestamp;
use podtrail_ingest::lake::schema::timestamp;

use crate::QueryError;

/// The columns of those names, in that order.
pub(super) fn columns<'n>(names: impl IntoIterator<Item = &'n str>) -> SchemaRef {
    Arc::new(Schema::new(names.into_iter().map(column).collect::<Vec<_>>()))
}

/// The columns that name a workload.
pub(super) const WORKLOAD: [&str; 4] = ["cluster", "cluster_arn", "namespace", "service_account"];

fn column(name: &str) -> Field {
    let list = |item| DataType::List(Arc::new(Field::new_list_field(item, true)));
    let kind = match name {
        "day" | "event_time" | "session_created" | "issued_at" | "expires_at" | "first_seen" | "last_seen"
        | "last_call" | "committed_at" | "newest_event_time" => timestamp(),
        "calls" | "denied" | "events" | "hours" | "batch" | "read" | "stored" | "duplicate" | "rejected"
        | "conflict" | "resource_count" => DataType::Int64,
        "counted" | "data" | "issue" | "configuration" | "token" => DataType::Boolean,
        "chain" | "granted_by" | "resources" | "workloads" | "roles" => list(DataType::Utf8View),
        "links" => list(DataType::Int64),
        _ => DataType::Utf8View,
    };
    Field::new(name, kind, true)
}

/// A batch in the types of a table, column by column in their order.
///
/// # Errors
/// When a column cannot be of its type: a defect.
pub(super) fn fit(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, QueryError> {
    let arrays = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(array, field)| cast(array, field.data_type()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(DataFusionError::from)?;
    Ok(RecordBatch::try_new(Arc::clone(schema), arrays).map_err(DataFusionError::from)?)
}

/// The texts and times of a batch by name.
pub(super) struct Named<'b>(pub(super) &'b RecordBatch);

impl<'b> Named<'b> {
    fn array(&self, name: &str) -> Result<&'b ArrayRef, QueryError> {
        self.0
            .column_by_name(name)
            .ok_or_else(|| DataFusionError::Internal(format!("there is no column `{name}`")).into())
    }

    /// A column of texts.
    pub(super) fn texts(&self, name: &str) -> Result<Texts, QueryError> {
        let array = cast(self.array(name)?, &DataType::Utf8View).map_err(DataFusionError::from)?;
        Ok(Texts(array.as_string_view().clone()))
    }

    /// A column of times.
    pub(super) fn times(&self, name: &str) -> Result<impl Fn(usize) -> Option<Timestamp> + use<>, QueryError> {
        let array = cast(self.array(name)?, &timestamp()).map_err(DataFusionError::from)?;
        let times = array.as_primitive::<TimestampMicrosecondType>().clone();
        Ok(move |row| times.is_valid(row).then(|| Timestamp(times.value(row))))
    }

    /// A column of numbers; null is 0.
    pub(super) fn numbers(&self, name: &str) -> Result<impl Fn(usize) -> i64 + use<>, QueryError> {
        let array = cast(self.array(name)?, &DataType::Int64).map_err(DataFusionError::from)?;
        let numbers = array.as_primitive::<datafusion::arrow::datatypes::Int64Type>().clone();
        Ok(move |row| if numbers.is_valid(row) { numbers.value(row) } else { 0 })
    }

    /// A column of truths; null is false.
    pub(super) fn truths(&self, name: &str) -> Result<impl Fn(usize) -> bool + use<>, QueryError> {
        let array = cast(self.array(name)?, &DataType::Boolean).map_err(DataFusionError::from)?;
        let truths = array.as_boolean().clone();
        Ok(move |row| truths.is_valid(row) && truths.value(row))
    }
}

/// A column of texts.
pub(super) struct Texts(StringViewArray);

impl Texts {
    /// The text of a row.
    pub(super) fn get(&self, row: usize) -> Option<&str> {
        self.0.is_valid(row).then(|| self.0.value(row))
    }

    /// The same, owned.
    pub(super) fn owned(&self, row: usize) -> Option<String> {
        self.get(row).map(str::to_owned)
    }
}
