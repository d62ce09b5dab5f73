//! The state of the product.

use std::collections::BTreeMap;

use podtrail_analysis::answer::{LakeStatus, RejectRow, SourceStatus, Status};
use podtrail_event::time::Timestamp;
use podtrail_ingest::checkpoint::SourceState;
use podtrail_ingest::ledger::Counts;
use serde::Deserialize;

use super::Page;
use crate::QueryError;
use crate::engine::Engine;

impl Engine {
    /// Whether lake and database answer.
    ///
    /// # Errors
    /// When one of them does not.
    pub async fn ready(&self) -> Result<(), QueryError> {
        self.events_table().await?;
        self.store().ping().await
    }

    /// The state of lake, sources and inventory.
    ///
    /// # Errors
    /// When the lake or the database fails.
    pub async fn status(&self) -> Result<Status, QueryError> {
        let events = self.events_table().await?;
        let files = events.files().await?;
        let rejects = self.lake().rejects().await?.files().await?;
        let span = |pick: fn((i64, i64)) -> i64| files.iter().filter_map(|file| file.times).map(pick);
        let derived = self.lake().existing_table("refreshes").await?;
        Ok(Status {
            version: env!("CARGO_PKG_VERSION").into(),
            iam_data_date: podtrail_iam::catalog::catalog().data_date().into(),
            lake: LakeStatus {
                events_version: events.version(),
                derived_version: derived.map(|table| table.version()),
                events: files.iter().filter_map(|file| file.rows).sum(),
                rejects: rejects.iter().filter_map(|file| file.rows).sum(),
                files: files.len() as u64,
                bytes: files.iter().map(|file| file.size).sum(),
                first_event: span(|(first, _)| first).min().map(Timestamp),
                last_event: span(|(_, last)| last).max().map(Timestamp),
            },
            sources: sources(
                self.ledger_totals().await?,
                self.store().source_states().await?,
                self.now(),
            ),
            inventory: self.store().inventory_counts().await?,
        })
    }

    async fn ledger_totals(&self) -> Result<Vec<Total>, QueryError> {
        let context = self.ledger_session().await?;
        let sql = "SELECT source, sum(read) AS read, sum(stored) AS stored, sum(duplicate) AS duplicate,
                          sum(rejected) AS rejected, sum(conflict) AS conflict,
                          max(committed_at) AS last_run, max(newest_event_time) AS last_event
                   FROM lake.ledger GROUP BY source";
        Self::rows(&context, "ledger", sql, Vec::new()).await
    }

    /// What could not be read, by source and position.
    ///
    /// # Errors
    /// When the lake fails.
    pub async fn rejects(&self, offset: u64, limit: u64) -> Result<Page<RejectRow>, QueryError> {
        #[derive(Deserialize)]
        struct Row {
            source_file: String,
            position: u64,
            reason: String,
            #[serde(default)]
            bytes: String,
        }
        let context = self.session().await?;
        let sql = format!(
            "SELECT source_file, position, reason, bytes FROM lake.rejects
             ORDER BY source_file, position, reject_id LIMIT {} OFFSET {offset}",
            limit + 1
        );
        let rows: Vec<Row> = Self::rows(&context, "rejects", &sql, Vec::new()).await?;
        let items = rows
            .into_iter()
            .map(|row| RejectRow {
                source_file: row.source_file,
                position: row.position,
                reason: row.reason,
                bytes: row.bytes,
            })
            .collect();
        Ok(Page::of(items, offset, limit))
    }
}

/// The ledger of a source over all its commits.
#[derive(Debug, Default, Deserialize)]
struct Total {
    source: String,
    #[serde(flatten)]
    counts: Counts,
    last_run: Option<String>,
    last_event: Option<String>,
}

/// Every source that was read or noted how far it has got, as seen at `now`, in order of name.
fn sources(totals: Vec<Total>, mut states: BTreeMap<String, SourceState>, now: Timestamp) -> Vec<SourceStatus> {
    let mut sources: Vec<SourceStatus> = totals
        .into_iter()
        .map(|total| {
            let state = states.remove(&total.source);
            source(total, state, now)
        })
        .collect();
    sources.extend(states.into_iter().map(|(name, state)| {
        let nothing = Total {
            source: name,
            ..Total::default()
        };
        source(nothing, Some(state), now)
    }));
    sources.sort_by(|a, b| a.source.cmp(&b.source));
    sources
}

fn source(total: Total, state: Option<SourceState>, now: Timestamp) -> SourceStatus {
    let time = |text: Option<String>| text.as_deref().and_then(Timestamp::parse);
    let last_event = time(total.last_event);
    let counts = total.counts;
    SourceStatus {
        source: total.source,
        read: counts.read,
        stored: counts.stored,
        duplicate: counts.duplicate,
        rejected: counts.rejected,
        conflict: counts.conflict,
        last_run: time(total.last_run),
        last_event,
        // An event from a clock that is ahead of ours is no lag.
        lag_seconds: last_event.map(|last| u64::try_from((now.0 - last.0) / 1_000_000).unwrap_or_default()),
        backlog_objects: state.as_ref().map(|state| state.backlog_objects),
        backlog_bytes: state.as_ref().map(|state| state.backlog_bytes),
        failed_objects: state.as_ref().map(|state| state.failed),
        noted_at: state.as_ref().map(|state| Timestamp(state.noted_at)),
        problem: state.and_then(|state| state.problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(source: &str, last_event: Option<&str>) -> Total {
        Total {
            source: source.into(),
            counts: Counts {
                read: 3,
                stored: 3,
                ..Counts::default()
            },
            last_run: Some("2026-10-01T10:00:00Z".into()),
            last_event: last_event.map(str::to_owned),
        }
    }

    #[test]
    fn a_source_is_as_far_behind_as_its_newest_event_is_old() {
        let now = Timestamp::parse("2026-10-01T12:00:00Z").unwrap();
        let cases = [
            (Some("2026-10-01T11:58:30.5Z"), Some(89)),
            (Some("2026-09-30T12:00:00Z"), Some(86_400)),
            (Some("2026-10-01T12:00:01Z"), Some(0)),
            (None, None),
        ];
        for (last_event, expected) in cases {
            let found = sources(vec![total("a", last_event)], BTreeMap::new(), now);
            assert_eq!(found[0].lag_seconds, expected, "{last_event:?}");
        }
    }

    #[test]
    fn sources_are_those_that_were_read_and_those_that_could_not_be() {
        let denied = SourceState {
            backlog_objects: 4,
            backlog_bytes: 400,
            failed: 2,
            problem: Some("access denied".into()),
            noted_at: 5,
        };
        let states = [("b", SourceState::default()), ("a", denied)];
        let states = states.map(|(name, state)| (name.to_owned(), state)).into();
        let found = sources(vec![total("b", None), total("c", None)], states, Timestamp(9));
        let names: Vec<_> = found.iter().map(|source| source.source.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        assert_eq!((found[0].read, found[0].last_run), (0, None));
        assert_eq!((found[0].backlog_objects, found[0].backlog_bytes), (Some(4), Some(400)));
        assert_eq!(
            (found[0].failed_objects, found[0].problem.as_deref()),
            (Some(2), Some("access denied"))
        );
        assert_eq!(found[0].noted_at, Some(Timestamp(5)));
        assert_eq!((found[1].read, found[1].backlog_objects), (3, Some(0)));
        assert_eq!(found[2].backlog_objects, None, "it never said");
    }
}
