//! How far the answers reach.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::prelude::SessionContext;
use podtrail_analysis::answer::{ClassShare, Coverage, DayCalls, TrailDay, Unattributed};
use podtrail_analysis::coverage::{self, PlaceFacts};
use podtrail_analysis::lineage::{Class, Mechanism};
use podtrail_event::time::Timestamp;
use serde::Deserialize;

use crate::QueryError;
use crate::engine::{Engine, Moment};

/// Events of an account, region and day, with the services that have data events then.
#[derive(Deserialize)]
struct TrailRow {
    account: Option<String>,
    region: Option<String>,
    day: Option<Timestamp>,
    events: u64,
    hours: u32,
    #[serde(default)]
    data_sources: Vec<String>,
}

/// Files by account, region and either the day of their delivery or their lag.
#[derive(Deserialize)]
struct FilesRow {
    account: String,
    region: String,
    day: Option<Timestamp>,
    lag: Option<i64>,
    by_lag: bool,
    files: u64,
    stored: u64,
    hours: u32,
}

#[derive(Deserialize)]
struct CallsRow {
    day: Option<Timestamp>,
    mechanism: Mechanism,
    class: Class,
    method: String,
    calls: u64,
    denied: u64,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
}

const TRAIL: &str = "
    SELECT account, region, day, sum(events) AS events, coalesce(bit_or(hours), 0) AS hours,
           array_agg(DISTINCT event_source) FILTER (WHERE data AND event_source IS NOT NULL) AS data_sources
    FROM lake.trail_days GROUP BY account, region, day ORDER BY account, region, day";

/// A file that several sources gave, or several commits, is one file.
const FILES: &str = "
    SELECT account, region, day, lag, grouping(day) = 1 AS by_lag, count(*) AS files, sum(stored) AS stored,
           bit_or(1 << hour) AS hours
    FROM (SELECT log['account'] AS account, log['region'] AS region, utc_day(log['delivered']) AS day,
                 date_part('hour', log['delivered'])::BIGINT AS hour, stored,
                 CAST(date_part('epoch', log['delivered']) - date_part('epoch', newest) AS BIGINT) AS lag
          FROM (SELECT log_file(file) AS log, stored, newest
                FROM (SELECT split_part(file, '/', -1) AS file, sum(stored) AS stored, max(newest_event_time) AS newest
                      FROM lake.ledger WHERE file IS NOT NULL GROUP BY split_part(file, '/', -1))))
    WHERE account IS NOT NULL
    GROUP BY GROUPING SETS ((account, region, day), (account, region, lag))";

const CALLS: &str = "
    SELECT day, mechanism, workload_class AS class, method,
           coalesce(sum(calls) FILTER (WHERE outcome <> 'denied'), 0) AS calls,
           coalesce(sum(calls) FILTER (WHERE outcome = 'denied'), 0) AS denied,
           min(first_seen) AS first_seen, max(last_seen) AS last_seen
    FROM lake.daily_calls GROUP BY day, mechanism, workload_class, method ORDER BY 1, 2, 3, 4";

impl Engine {
    /// What the trail holds and how much of it is attributed. It is made of derived tables alone, and again only when
    /// they or the inventory changed.
    ///
    /// # Errors
    /// When the lake or the database fails.
    pub async fn coverage(&self) -> Result<Arc<Coverage>, QueryError> {
        self.coverage_at(&self.moment().await?).await
    }

    /// The same at a moment.
    pub(crate) async fn coverage_at(&self, now: &Moment) -> Result<Arc<Coverage>, QueryError> {
        let make = async || self.make_coverage(&now.context).await;
        self.memory().coverage.at(now, make).await
    }

    async fn make_coverage(&self, context: &SessionContext) -> Result<Coverage, QueryError> {
        let trail: Vec<TrailRow> = Self::rows(context, "trail_days", TRAIL, Vec::new()).await?;
        let calls: Vec<CallsRow> = Self::rows(context, "daily_calls", CALLS, Vec::new()).await?;
        let places = places(context, &trail).await?;
        let data_sources: BTreeSet<&String> = trail.iter().flat_map(|row| &row.data_sources).collect();
        let mut coverage = Coverage {
            from: calls.iter().filter_map(|row| row.first_seen).min(),
            to: calls.iter().filter_map(|row| row.last_seen).max(),
            accounts: distinct(trail.iter().map(|row| &row.account)),
            regions: distinct(trail.iter().map(|row| &row.region)),
            trail_days: trail.iter().filter_map(trail_day).collect(),
            classes: classes(&calls),
            unattributed: unattributed(&calls),
            data_event_sources: data_sources.into_iter().cloned().collect(),
            days: days(&calls),
            places: places.iter().map(coverage::place).collect(),
            notes: Vec::new(),
        };
        coverage.notes = coverage::notes(&coverage, &*self.inventory().await?);
        Ok(coverage)
    }
}

/// What is known of each account and region of which there are events, sorted.
async fn places(context: &SessionContext, trail: &[TrailRow]) -> Result<Vec<PlaceFacts>, QueryError> {
    let mut places: BTreeMap<(&str, &str), PlaceFacts> = BTreeMap::new();
    for row in trail {
        let (Some(account), Some(region)) = (&row.account, &row.region) else {
            continue;
        };
        let place = places.entry((account, region)).or_insert_with(|| PlaceFacts {
            account: account.clone(),
            region: region.clone(),
            ..PlaceFacts::default()
        });
        place.events += row.events;
        place.data_sources.extend(row.data_sources.iter().cloned());
        if let Some(day) = row.day {
            place.add_event_hours(day, row.hours);
        }
    }
    let files: Vec<FilesRow> = Engine::rows(context, "ledger", FILES, Vec::new()).await?;
    for row in &files {
        let Some(place) = places.get_mut(&(row.account.as_str(), row.region.as_str())) else {
            continue;
        };
        match (row.by_lag, row.day, row.lag) {
            (false, Some(day), _) => {
                place.files += row.files;
                place.stored += row.stored;
                place.add_file_hours(day, row.hours);
            }
            // The minute in a name is cut off: an event of that very minute is no lag.
            (true, _, Some(lag)) => *place.lags.entry(lag.max(0).unsigned_abs()).or_default() += row.files,
            _ => {}
        }
    }
    Ok(places.into_values().collect())
}

fn distinct<'r>(values: impl Iterator<Item = &'r Option<String>>) -> Vec<String> {
    values.flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

fn trail_day(row: &TrailRow) -> Option<TrailDay> {
    Some(TrailDay {
        account: row.account.clone()?,
        region: row.region.clone()?,
        day: row.day?.date_text(),
        events: row.events,
        hours: u64::from(row.hours.count_ones()),
    })
}

fn classes(rows: &[CallsRow]) -> Vec<ClassShare> {
    let calls = |class| {
        let of_class = rows.iter().filter(|row| row.class == class);
        of_class.map(|row| row.calls + row.denied).sum()
    };
    [Class::Exact, Class::Inferred, Class::Claimed, Class::None]
        .map(|class| ClassShare {
            class,
            calls: calls(class),
        })
        .to_vec()
}

/// By reason, most calls first.
fn unattributed(rows: &[CallsRow]) -> Vec<Unattributed> {
    let mut reasons: BTreeMap<(Mechanism, &str), u64> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.class == Class::None) {
        *reasons.entry((row.mechanism, &row.method)).or_default() += row.calls + row.denied;
    }
    let mut all: Vec<Unattributed> = reasons
        .into_iter()
        .map(|((mechanism, reason), calls)| Unattributed {
            mechanism,
            reason: reason.to_owned(),
            calls,
        })
        .collect();
    all.sort_by_key(|row| Reverse(row.calls));
    all
}

fn days(rows: &[CallsRow]) -> Vec<DayCalls> {
    let mut days: BTreeMap<(Timestamp, Mechanism), (u64, u64)> = BTreeMap::new();
    for row in rows {
        let Some(day) = row.day else { continue };
        let (calls, denied) = days.entry((day, row.mechanism)).or_default();
        *calls += row.calls;
        *denied += row.denied;
    }
    days.into_iter()
        .map(|((day, mechanism), (calls, denied))| DayCalls {
            day: day.date_text(),
            mechanism,
            calls,
            denied,
        })
        .collect()
}
