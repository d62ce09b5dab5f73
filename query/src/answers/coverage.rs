//! How far the answers reach.

use datafusion::prelude::SessionContext;
use podtrail_analysis::answer::{ClassShare, Coverage, DayCalls, TrailDay, Unattributed};
use podtrail_analysis::lineage::{Class, Mechanism};
use podtrail_event::time::Timestamp;
use serde::Deserialize;

use crate::engine::Engine;
use crate::{QueryError, workloads};

#[derive(Deserialize)]
struct TrailRow {
    account: Option<String>,
    region: Option<String>,
    day: Option<Timestamp>,
    events: u64,
    hours: u64,
}

#[derive(Deserialize)]
struct ClassRow {
    class: Class,
    calls: u64,
}

#[derive(Deserialize)]
struct DayRow {
    day: Option<Timestamp>,
    mechanism: Mechanism,
    calls: u64,
    denied: u64,
}

#[derive(Deserialize)]
struct ReasonRow {
    mechanism: Mechanism,
    reason: String,
    calls: u64,
}

#[derive(Deserialize, Default)]
struct SpanRow {
    first: Option<Timestamp>,
    last: Option<Timestamp>,
}

impl Engine {
    /// What the trail holds and how much of it is attributed.
    ///
    /// # Errors
    /// When the lake fails.
    pub async fn coverage(&self) -> Result<Coverage, QueryError> {
        coverage(&self.session().await?).await
    }
}

pub(super) async fn coverage(context: &SessionContext) -> Result<Coverage, QueryError> {
    let trail: Vec<TrailRow> = Engine::rows(
        context,
        "trail_days",
        "SELECT account, region, day, sum(events) AS events, coalesce(bit_or(hours), 0) AS hours
         FROM lake.trail_days GROUP BY account, region, day ORDER BY account, region, day",
        Vec::new(),
    )
    .await?;
    let span: Vec<SpanRow> = Engine::rows(
        context,
        "daily_calls",
        "SELECT min(first_seen) AS first, max(last_seen) AS last FROM lake.daily_calls",
        Vec::new(),
    )
    .await?;
    let span = span.into_iter().next().unwrap_or_default();
    Ok(Coverage {
        from: span.first,
        to: span.last,
        accounts: distinct(trail.iter().map(|row| &row.account)),
        regions: distinct(trail.iter().map(|row| &row.region)),
        trail_days: trail.iter().filter_map(trail_day).collect(),
        classes: classes(context).await?,
        unattributed: unattributed(context).await?,
        data_event_sources: workloads::data_event_sources(context).await?,
        days: days(context).await?,
        places: Vec::new(),
        notes: Vec::new(),
    })
}

fn distinct<'r>(values: impl Iterator<Item = &'r Option<String>>) -> Vec<String> {
    values
        .flatten()
        .cloned()
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect()
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

async fn classes(context: &SessionContext) -> Result<Vec<ClassShare>, QueryError> {
    let sql = "SELECT workload_class AS class, sum(calls) AS calls FROM lake.daily_calls GROUP BY workload_class";
    let rows: Vec<ClassRow> = Engine::rows(context, "daily_calls", sql, Vec::new()).await?;
    Ok([Class::Exact, Class::Inferred, Class::Claimed, Class::None]
        .map(|class| ClassShare {
            class,
            calls: rows.iter().filter(|row| row.class == class).map(|row| row.calls).sum(),
        })
        .to_vec())
}

async fn unattributed(context: &SessionContext) -> Result<Vec<Unattributed>, QueryError> {
    let sql = "SELECT mechanism, method AS reason, sum(calls) AS calls FROM lake.daily_calls
               WHERE workload_class = 'none' GROUP BY mechanism, method ORDER BY calls DESC, mechanism, method";
    let rows: Vec<ReasonRow> = Engine::rows(context, "daily_calls", sql, Vec::new()).await?;
    Ok(rows
        .into_iter()
        .map(|row| Unattributed {
            mechanism: row.mechanism,
            reason: row.reason,
            calls: row.calls,
        })
        .collect())
}

async fn days(context: &SessionContext) -> Result<Vec<DayCalls>, QueryError> {
    let sql = "SELECT day, mechanism, coalesce(sum(calls) FILTER (WHERE outcome <> 'denied'), 0) AS calls,
                      coalesce(sum(calls) FILTER (WHERE outcome = 'denied'), 0) AS denied
               FROM lake.daily_calls GROUP BY day, mechanism ORDER BY day, mechanism";
    let rows: Vec<DayRow> = Engine::rows(context, "daily_calls", sql, Vec::new()).await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let day = row.day?.date_text();
            Some(DayCalls {
                day,
                mechanism: row.mechanism,
                calls: row.calls,
                denied: row.denied,
            })
        })
        .collect())
}
