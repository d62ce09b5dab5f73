//! How far the answers reach: what the trail holds and how much of it is attributed.

use podtrail_event::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::lineage::{Class, Mechanism};

/// `GET /api/v1/coverage`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Coverage {
    /// Time of the earliest event.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Time of the latest event.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
    /// Accounts whose trail is in the lake, sorted.
    pub accounts: Vec<String>,
    /// Regions seen, sorted.
    pub regions: Vec<String>,
    /// Calls per account, region and day, sorted.
    pub trail_days: Vec<TrailDay>,
    /// Counted calls per attribution class, strongest first; every class is listed.
    pub classes: Vec<ClassShare>,
    /// Counted calls without attribution, by reason, most first.
    pub unattributed: Vec<Unattributed>,
    /// Event sources of which data events are in the lake, sorted. What is absent here cannot be called unused.
    pub data_event_sources: Vec<String>,
    /// Counted calls per day and mechanism, sorted.
    pub days: Vec<DayCalls>,
    /// Each account and region: its window, gaps, delivery and data events, sorted.
    pub places: Vec<PlaceCoverage>,
    /// What is missing, and what would help.
    pub notes: Vec<String>,
}

/// What the lake holds of one account and region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlaceCoverage {
    /// Account whose trail it is.
    pub account: String,
    /// Region.
    pub region: String,
    /// Start of its first hour.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// End of its last hour.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
    /// By what hours count as covered.
    pub basis: GapBasis,
    /// Hours from `from` to `to`.
    pub hours: u64,
    /// Of these, hours that hold nothing.
    pub missing_hours: u64,
    /// The longest stretches of such hours, in order of time, up to a limit; `gap_count` says how many there are.
    pub gaps: Vec<Gap>,
    /// Stretches of hours that hold nothing.
    pub gap_count: u64,
    /// Log files of it that were read, as far as their names tell.
    pub files: u64,
    /// From the newest event of a log file to the file's delivery; null where no file's name tells its delivery.
    pub lag_seconds: Option<Lag>,
    /// Services whose data events are in the lake, sorted.
    pub data_sources: Vec<String>,
}

/// By what an hour counts as covered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GapBasis {
    /// A log file was delivered in it, as its name tells.
    Files,
    /// There is an event of it: where events came by other ways than a trail's files, such as the event history.
    Events,
}

/// Hours in a row that hold nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Gap {
    /// Start of the first.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// End of the last.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// How many.
    pub hours: u64,
}

/// Seconds from the newest event of a file to the file's delivery, over files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Lag {
    /// Half of the files are no later.
    pub median: u64,
    /// 95 of 100 files are no later.
    pub p95: u64,
    /// No file is later.
    pub max: u64,
}

/// How far an answer reaches, in short; stands as `coverage` beside the answers that depend on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CoverageSummary {
    /// Time of the earliest event.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Time of the latest event.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
    /// Counted calls whose attribution is exact.
    pub exact: u64,
    /// Those inferred.
    pub inferred: u64,
    /// Those only claimed.
    pub claimed: u64,
    /// Those not attributed.
    pub none: u64,
    /// Hours that hold nothing, over all accounts and regions.
    pub missing_hours: u64,
    /// Event sources of which data events are in the lake, sorted.
    pub data_event_sources: Vec<String>,
}

/// Events of one account, region and day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct TrailDay {
    /// Account whose trail it is.
    pub account: String,
    /// Region.
    pub region: String,
    /// `YYYY-MM-DD`, UTC.
    pub day: String,
    /// Events.
    pub events: u64,
    /// Hours of the day (of 24) in which there is at least one event.
    pub hours: u64,
}

/// Calls of one class.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ClassShare {
    /// The class.
    pub class: Class,
    /// Counted calls.
    pub calls: u64,
}

/// Calls that could not be attributed, for one reason.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Unattributed {
    /// How the callers came by their credentials, as far as known.
    pub mechanism: Mechanism,
    /// The reason, as in `activity.method`.
    pub reason: String,
    /// Counted calls.
    pub calls: u64,
}

/// Calls of one day and mechanism.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DayCalls {
    /// `YYYY-MM-DD`, UTC.
    pub day: String,
    /// The mechanism.
    pub mechanism: Mechanism,
    /// Counted calls that passed authorisation.
    pub calls: u64,
    /// Counted calls that did not.
    pub denied: u64,
}
