//! Between rows of tables and plain structs, by the names of columns.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::json::writer::LineDelimited;
use datafusion::arrow::json::{ReaderBuilder, WriterBuilder};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::QueryError;

/// The rows of batches as structs with fields of the columns' names; null columns are absent.
///
/// # Errors
/// [`QueryError::Shape`] when a row does not fit the struct.
pub(crate) fn from_batches<T: DeserializeOwned>(
    table: &'static str,
    batches: &[RecordBatch],
) -> Result<Vec<T>, QueryError> {
    let mut writer = WriterBuilder::new()
        .with_explicit_nulls(false)
        .build::<_, LineDelimited>(Vec::new());
    for batch in batches {
        writer.write(batch).map_err(|error| shape(table, error))?;
    }
    writer.finish().map_err(|error| shape(table, error))?;
    let lines = writer.into_inner();
    serde_json::Deserializer::from_slice(&lines)
        .into_iter()
        .collect::<Result<_, _>>()
        .map_err(|error| shape(table, error))
}

/// Structs as one batch with the columns of `schema`.
///
/// # Errors
/// [`QueryError::Shape`] when a struct does not fit the columns.
pub(crate) fn to_batch<T: Serialize>(
    table: &'static str,
    schema: &SchemaRef,
    rows: &[T],
) -> Result<RecordBatch, QueryError> {
    if rows.is_empty() {
        return Ok(RecordBatch::new_empty(Arc::clone(schema)));
    }
    let mut decoder = ReaderBuilder::new(Arc::clone(schema))
        .with_batch_size(rows.len())
        .build_decoder()
        .map_err(|error| shape(table, error))?;
    decoder.serialize(rows).map_err(|error| shape(table, error))?;
    let batch = decoder.flush().map_err(|error| shape(table, error))?;
    Ok(batch.unwrap_or_else(|| RecordBatch::new_empty(Arc::clone(schema))))
}

fn shape(table: &'static str, error: impl std::error::Error + Send + Sync + 'static) -> QueryError {
    QueryError::Shape {
        table,
        source: Box::new(error),
    }
}
