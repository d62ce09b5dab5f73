//! How far the answers reach: what the trail holds and how much of it is attributed.

use podtrail_event::time::Timestamp;
use serde::Serialize;
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
