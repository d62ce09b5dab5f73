//! SQL over the views: read-only and bounded.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use podtrail_query::engine::guard::Limits;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Asked;
use super::problem::Problem;
use crate::output::sql_objects;

/// A question in SQL.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct SqlQuestion {
    /// One SELECT over `events`, `sessions`, `activity`, `usage`, `permissions`, `ledger`.
    sql: String,
    /// Rows at most; the server's own limit of 10,000 holds as well.
    limit: Option<usize>,
}

/// Its answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SqlRows {
    /// Columns, in the order of the cells.
    columns: Vec<SqlColumn>,
    /// Rows of cells.
    #[schema(value_type = Vec<Vec<Object>>)]
    rows: Vec<Vec<Value>>,
    /// There were more rows than the limit.
    truncated: bool,
}

/// One column.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SqlColumn {
    /// Name.
    name: String,
    /// Arrow type.
    #[serde(rename = "type")]
    data_type: String,
}

/// Asks in SQL. Refused with the reason: whatever writes, sets options, or reads files. Bounds: 10,000 rows, 30 seconds,
/// 512 MiB of working memory.
#[utoipa::path(post, path = "/api/v1/sql", tag = "sql", request_body = SqlQuestion,
    responses((status = 200, body = SqlRows), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn run_sql(
    State(engine): Asked,
    question: Result<Json<SqlQuestion>, JsonRejection>,
) -> Result<Json<SqlRows>, Problem> {
    let Json(question) = question.map_err(|error| Problem::bad_request(error.body_text()))?;
    let answer = engine
        .sql(&question.sql, question.limit, Some(Limits::default()))
        .await?;
    let fields = answer.schema.fields();
    let columns = fields
        .iter()
        .map(|field| SqlColumn {
            name: field.name().clone(),
            data_type: field.data_type().to_string(),
        })
        .collect();
    let objects = sql_objects(&answer).map_err(|error| {
        tracing::error!(%error, "rows could not be written as JSON");
        Problem::bad_request("a column has a type that JSON cannot hold: cast it to text")
    })?;
    let rows = objects
        .into_iter()
        .map(|mut row| {
            fields
                .iter()
                .map(|field| row.remove(field.name()).unwrap_or_default())
                .collect()
        })
        .collect();
    Ok(Json(SqlRows {
        columns,
        rows,
        truncated: answer.truncated,
    }))
}
