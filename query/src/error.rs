//! What can go wrong with a question, by what the asker can do about it.

use datafusion::error::DataFusionError;
use podtrail_ingest::IngestError;

/// An error of a question.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The asker's SQL, or another input, is wrong.
    #[error("{0}")]
    Input(String),
    /// SQL that does more than read.
    #[error(
        "{0}: only one `SELECT` (or `WITH … SELECT`, `EXPLAIN`) over the views is run; it cannot write, set options or read files"
    )]
    Refused(String),
    /// A limit was reached.
    #[error("{what}: {hint}")]
    Limit {
        /// Which limit.
        what: String,
        /// What to do.
        hint: &'static str,
    },
    /// Something that was asked for is not there.
    #[error("{what} is not in the lake")]
    NotFound {
        /// What was asked for, in backticks.
        what: String,
        /// The nearest that exist.
        suggestions: Vec<String>,
    },
    /// A name that stands for several things.
    #[error("{what} is ambiguous: name the cluster by its ARN")]
    Ambiguous {
        /// What was asked for, in backticks.
        what: String,
        /// What it could mean.
        candidates: Vec<String>,
    },
    /// The lake failed.
    #[error(transparent)]
    Lake(#[from] IngestError),
    /// The product database failed.
    #[error("the product database `{location}` failed: check that it can be reached and written")]
    Database {
        /// Where it is, without a password.
        location: String,
        /// The cause.
        #[source]
        source: sqlx::Error,
    },
    /// A place where no product database can be.
    #[error("{0}")]
    DatabaseLocation(String),
    /// The product database has tables that this version does not know.
    #[error("the product database `{0}` is of a newer version of podtrail: use that version, or name another database")]
    DatabaseNewer(String),
    /// The query engine failed on a question of our own: a defect, or a fault of the storage.
    #[error("the question could not be answered")]
    Engine(#[source] Box<DataFusionError>),
    /// Rows that do not have the expected shape: a defect.
    #[error("rows of `{table}` do not have the expected shape (a defect of podtrail, please report it)")]
    Shape {
        /// Which rows.
        table: &'static str,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl From<DataFusionError> for QueryError {
    fn from(error: DataFusionError) -> Self {
        Self::Engine(Box::new(error))
    }
}
