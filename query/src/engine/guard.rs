//! Other people's SQL: read-only and bounded.

use std::time::Duration;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::DataFusionError;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{DataFrame, SessionContext};
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::Statement;

use super::Engine;
use crate::QueryError;

/// Bounds of a question over HTTP.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Rows in the answer; more are cut, and the answer says so.
    pub rows: usize,
    /// Bytes of working memory; nothing is spilled to disk.
    pub memory: usize,
    /// Time from the first row on.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rows: 10_000,
            memory: 512 << 20,
            time: Duration::from_secs(30),
        }
    }
}

/// The answer to somebody's SQL.
#[derive(Debug, Clone)]
pub struct SqlAnswer {
    /// Columns.
    pub schema: SchemaRef,
    /// Rows.
    pub batches: Vec<RecordBatch>,
    /// There were more rows than the limit.
    pub truncated: bool,
}

impl Engine {
    /// Answers SQL from outside over the views of the contract. Without limits (the command line), all rows
    /// come, and work that does not fit memory goes to disk.
    ///
    /// # Errors
    /// [`QueryError::Refused`] for anything but one reading statement, [`QueryError::Input`] for SQL that is
    /// wrong, [`QueryError::Limit`] when a bound is reached.
    pub async fn sql(&self, sql: &str, rows: Option<usize>, limits: Option<Limits>) -> Result<SqlAnswer, QueryError> {
        let Some(limits) = limits else {
            let frame = plan(&self.session().await?, sql).await?;
            return collect(frame, rows.unwrap_or(usize::MAX)).await;
        };
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_limit(limits.memory, 1.0)
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
            .build_arc()?;
        let context = self.session_in(runtime).await?;
        let answer = async {
            let frame = plan(&context, sql).await?;
            collect(frame, rows.unwrap_or(limits.rows).min(limits.rows)).await
        };
        tokio::time::timeout(limits.time, answer)
            .await
            .map_err(|_| QueryError::Limit {
                what: format!("the question took longer than {} seconds", limits.time.as_secs()),
                hint: "narrow it by `event_time`, or ask the `usage` and `permissions` views, which are small",
            })?
    }
}

/// Plans one reading statement.
async fn plan(context: &SessionContext, sql: &str) -> Result<DataFrame, QueryError> {
    let state = context.state();
    let dialect = state.config().options().sql_parser.dialect;
    let statement = state.sql_to_statement(sql, &dialect).map_err(parse_error)?;
    if let Some(verb) = writing_verb(&statement) {
        return Err(QueryError::Refused(format!("`{verb}` is refused")));
    }
    let plan = state.statement_to_plan(statement).await.map_err(user_error)?;
    SQLOptions::new()
        .with_allow_ddl(false)
        .with_allow_dml(false)
        .with_allow_statements(false)
        .verify_plan(&plan)
        .map_err(|error| QueryError::Refused(error.strip_backtrace()))?;
    context.execute_logical_plan(plan).await.map_err(user_error)
}

/// The verb of a statement that does more than read.
fn writing_verb(statement: &Parsed) -> Option<String> {
    let verb = |text: String| text.split_whitespace().next().unwrap_or("?").to_uppercase();
    match statement {
        Parsed::Statement(inner) => match inner.as_ref() {
            Statement::Query(_) | Statement::ExplainTable { .. } | Statement::ShowTables { .. } => None,
            Statement::ShowColumns { .. } | Statement::Explain { .. } => None,
            other => Some(verb(other.to_string())),
        },
        Parsed::Explain(explain) => writing_verb(&explain.statement),
        other => Some(verb(other.to_string())),
    }
}

async fn collect(frame: DataFrame, rows: usize) -> Result<SqlAnswer, QueryError> {
    let schema = frame.schema().inner().clone();
    let bounded = if rows == usize::MAX {
        frame
    } else {
        frame.limit(0, Some(rows + 1)).map_err(user_error)?
    };
    let mut batches = bounded.collect().await.map_err(user_error)?;
    let total: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let truncated = total > rows;
    if truncated {
        let mut left = rows;
        for batch in &mut batches {
            *batch = batch.slice(0, batch.num_rows().min(left));
            left -= batch.num_rows();
        }
    }
    Ok(SqlAnswer {
        schema,
        batches,
        truncated,
    })
}

fn parse_error(error: DataFusionError) -> QueryError {
    let text = error.strip_backtrace();
    if text.contains("single SQL statement") {
        return QueryError::Refused("several statements at once are refused".into());
    }
    QueryError::Input(format!("the SQL cannot be read: {text}"))
}

/// Errors of planning and running that are the asker's to mend.
fn user_error(error: DataFusionError) -> QueryError {
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => QueryError::Limit {
            what: "the question needs more memory than it may take".into(),
            hint: "narrow it by `event_time`, group by fewer columns, or add a LIMIT",
        },
        DataFusionError::ObjectStore(_) | DataFusionError::IoError(_) | DataFusionError::ParquetError(_) => {
            error.into()
        }
        root => QueryError::Input(format!("the SQL cannot be answered: {}", root.strip_backtrace())),
    }
}
