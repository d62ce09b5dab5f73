//! What can go wrong, by what the caller can do about it.

use std::path::PathBuf;

/// An error of ingestion or of the lake. Bad records are not errors: they are rejects, kept and counted.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    /// A source that is not there.
    #[error("`{}` is not there: give a file, a folder of CloudTrail files, or `-` for standard input", .0.display())]
    SourceMissing(PathBuf),
    /// A kind of source that this version does not read.
    #[error(
        "`{0}` is not a source: give a file, a folder, `-` for standard input, `s3://bucket/prefix`, \
         `sqs://` and the rest of a queue's address, or `lookup://region[,region]`"
    )]
    SourceKind(String),
    /// A place for the lake that cannot be used.
    #[error("`{given}` cannot hold a lake: {reason}")]
    LakeLocation {
        /// What was given.
        given: String,
        /// Why not.
        reason: String,
    },
    /// Another writer won every attempt.
    #[error("the table `{table}` changed under {attempts} attempts to commit: run the command again, nothing was lost")]
    Contended {
        /// The table.
        table: String,
        /// How often it was tried.
        attempts: usize,
    },
    /// A column that is there with another type than this version writes.
    #[error(
        "column `{column}` of the table `{table}` holds `{found}` and this version of podtrail writes `{wanted}`: another version made it; use that one, or another lake with `--lake`"
    )]
    ColumnType {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The type in the log.
        found: String,
        /// The type that would be written.
        wanted: String,
    },
    /// The table format library refused or failed.
    #[error("the table `{table}` could not be used")]
    Table {
        /// The table.
        table: String,
        /// The cause.
        #[source]
        source: Box<deltalake::DeltaTableError>,
    },
    /// A data file could not be written or read.
    #[error("a data file of the lake could not be {action}")]
    Parquet {
        /// `written` or `read`.
        action: &'static str,
        /// The cause.
        #[source]
        source: parquet::errors::ParquetError,
    },
    /// The storage below the lake failed.
    #[error("the storage of the lake failed: check its space and its permissions")]
    Storage(#[from] object_store::Error),
    /// Columns that do not fit together: a defect.
    #[error("columns do not fit together (a defect of podtrail, please report it)")]
    Columns(#[from] arrow::error::ArrowError),
    /// A worker thread ended early: a defect.
    #[error("a worker ended early while it read `{0}` (a defect of podtrail, please report it)")]
    Worker(String),
}
