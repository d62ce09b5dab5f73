//! Retention: whole days of events are dropped, and stay dropped.
//!
//! The first day that is kept stands in the table's properties, so that a writer can tell, without reading the log's
//! history, which records not to store again.

use deltalake::kernel::{Action, MetadataExt};
use deltalake::protocol::DeltaOperation;
use podtrail_event::time::Timestamp;
use uuid::Uuid;

use super::Lake;
use super::table::{Commit, Placed, Table};
use crate::IngestError;

const ATTEMPTS: usize = 64;
const MICROSECONDS_A_DAY: i64 = 86_400_000_000;
/// The property of a table that names its first day.
const FIRST_DAY: &str = "podtrail.retained_from";

/// What was dropped, or would be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Retained {
    /// The first day that is kept, as in `2026-10-01`.
    pub from: String,
    /// Days dropped.
    pub days: u64,
    /// Their files.
    pub files: u64,
    /// Their events, as far as the log tells.
    pub events: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Lake {
    /// Drops the events of the days before the last `days` full days (UTC); today and events without a time stay.
    /// Their files are removed by a later [vacuum](Self::vacuum). `now` is in milliseconds since the epoch. With
    /// `dry_run` nothing is dropped.
    ///
    /// Keeping more days than before brings nothing back, but lets older records be ingested again.
    ///
    /// # Errors
    /// When the storage fails, or [`IngestError::Contended`]; nothing is dropped then.
    pub async fn retain(&self, days: u32, now: i64, dry_run: bool) -> Result<Retained, IngestError> {
        let today = now.saturating_mul(1000).div_euclid(MICROSECONDS_A_DAY);
        let first = Timestamp((today - i64::from(days)).saturating_mul(MICROSECONDS_A_DAY)).date_text();
        let mut events = self.events().await?;
        for _ in 0..ATTEMPTS {
            let old = before(&events, &first).await?;
            let dropped = count(&old, &first);
            if dry_run || (old.is_empty() && events.first_day()?.as_deref() == Some(&first)) {
                return Ok(dropped);
            }
            let metadata = events.metadata()?.clone();
            let metadata = metadata.add_config_key(FIRST_DAY.into(), first.clone());
            let metadata = metadata.map_err(|error| events.error(error.into()))?;
            let mut actions = vec![Action::Metadata(metadata)];
            actions.extend(old.iter().map(|placed| placed.remove(true, now)));
            let operation = DeltaOperation::Delete {
                predicate: Some(format!("event_date < '{first}'")),
            };
            if let Commit::Done(_) = events.commit_as(operation, &actions, Uuid::new_v4(), &[]).await? {
                return Ok(dropped);
            }
        }
        Err(IngestError::Contended {
            table: "events".into(),
            attempts: ATTEMPTS,
        })
    }
}

impl Table {
    /// The beginning of the first day that is kept, in microseconds since the epoch; none when all are. A record of
    /// before is not to be stored.
    ///
    /// # Errors
    /// [`IngestError::Table`] when the log cannot be read.
    pub fn horizon(&self) -> Result<Option<i64>, IngestError> {
        let day = self.first_day()?;
        Ok(day
            .and_then(|day| Timestamp::parse(&format!("{day}T00:00:00Z")))
            .map(|time| time.0))
    }

    fn first_day(&self) -> Result<Option<String>, IngestError> {
        Ok(self.metadata()?.configuration().get(FIRST_DAY).cloned())
    }
}

/// The files of the days before a day. Days compare as their texts do.
async fn before(events: &Table, first: &str) -> Result<Vec<Placed>, IngestError> {
    let mut placed = events.placed_files().await?;
    placed.retain(|placed| day(placed).is_some_and(|day| day < first));
    Ok(placed)
}

fn day(placed: &Placed) -> Option<&str> {
    placed.partition.as_ref().and_then(|(_, value)| value.as_deref())
}

fn count(old: &[Placed], first: &str) -> Retained {
    let mut days: Vec<Option<&str>> = old.iter().map(day).collect();
    days.sort_unstable();
    days.dedup();
    Retained {
        from: first.to_owned(),
        days: days.len() as u64,
        files: old.len() as u64,
        events: old.iter().filter_map(|placed| placed.file.rows).sum(),
        bytes: old.iter().map(|placed| placed.file.size).sum(),
    }
}
