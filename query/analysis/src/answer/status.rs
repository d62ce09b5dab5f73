//! The state of the product: sources with their ledgers, the lake, versions.

use podtrail_event::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// `GET /api/v1/status`, `podtrail status`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Status {
    /// Version of podtrail.
    pub version: String,
    /// Date of the IAM action tables, `YYYY-MM-DD`.
    pub iam_data_date: String,
    /// The lake.
    pub lake: LakeStatus,
    /// Each source, over all its runs, sorted by source.
    pub sources: Vec<SourceStatus>,
    /// Number of inventory objects by kind, sorted by kind.
    pub inventory: Vec<(String, u64)>,
}

/// What the lake holds.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LakeStatus {
    /// Version of the `events` table; every commit adds one.
    pub events_version: i64,
    /// Version of the derived tables (sessions, usage, permissions); they are made anew, when anything that
    /// they rest on changed, by the next question. Null before the first.
    pub derived_version: Option<i64>,
    /// Distinct events.
    pub events: u64,
    /// Rejected pieces of input, kept and readable.
    pub rejects: u64,
    /// Data files of `events`.
    pub files: u64,
    /// Their size.
    pub bytes: u64,
    /// Time of the earliest event.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub first_event: Option<Timestamp>,
    /// Time of the latest event.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_event: Option<Timestamp>,
}

/// One source: its ledger over all runs, `read = stored + duplicate + rejected`, and how far it has got.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SourceStatus {
    /// The source as it was given.
    pub source: String,
    /// Records read.
    pub read: u64,
    /// Records stored.
    pub stored: u64,
    /// Records the lake held already.
    pub duplicate: u64,
    /// Records that could not be read; kept with their reason.
    pub rejected: u64,
    /// Of the duplicates, those whose content differed; the first stays.
    pub conflict: u64,
    /// Time of the last run's commit; null when nothing of it was committed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_run: Option<Timestamp>,
    /// Time of the newest event that it gave; null when none of its commits says.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_event: Option<Timestamp>,
    /// Seconds from that event to now: how far the lake is behind, or how long nothing happened.
    pub lag_seconds: Option<u64>,
    /// Objects, pages or messages that are known and not read yet; null when the source never said.
    pub backlog_objects: Option<u64>,
    /// Their bytes as stored, where known.
    pub backlog_bytes: Option<u64>,
    /// Objects that could not be read in the last run; the next run tries them again.
    pub failed_objects: Option<u64>,
    /// Why the last of them could not be read, and what to do.
    pub problem: Option<String>,
    /// When backlog and failures were noted.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub noted_at: Option<Timestamp>,
}

/// One rejected piece of input.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RejectRow {
    /// The file or object it came from.
    pub source_file: String,
    /// Byte offset in the (inflated) file.
    pub position: u64,
    /// What was wrong and what was expected.
    pub reason: String,
    /// The bytes, redacted and cut to a limit.
    pub bytes: String,
}
