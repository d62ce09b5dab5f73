//! Tables of workloads by day: made anew for some days, from the facts of these days and who the callers are.

use datafusion::arrow::datatypes::SchemaRef;

use super::columns::{WORKLOAD, columns};
use super::days::{Days, in_span, spans};
use super::work::Work;
use crate::QueryError;

/// A table whose rows are each of one day.
pub(super) struct ByDay {
    /// Its name in the lake.
    pub(super) name: &'static str,
    /// Its rows of the days that `{days}` picks.
    sql: &'static str,
    /// Its columns after, or among, those of the workload.
    columns: fn() -> SchemaRef,
}

/// Every such table.
pub(super) const TABLES: [ByDay; 3] = [
    ByDay {
        name: "daily_calls",
        sql: include_str!("by_day/daily_calls.sql"),
        columns: || {
            columns(["day"].into_iter().chain(WORKLOAD).chain([
                "mechanism",
                "role_arn",
                "workload_class",
                "method",
                "outcome",
                "calls",
                "first_seen",
                "last_seen",
                "evidence_event_id",
            ]))
        },
    },
    ByDay {
        name: "usage",
        sql: include_str!("by_day/usage.sql"),
        columns: || {
            columns(WORKLOAD.into_iter().chain([
                "mechanism",
                "role_arn",
                "action",
                "resource",
                "conditions",
                "outcome",
                "day",
                "calls",
                "first_seen",
                "last_seen",
                "sample_event_id",
            ]))
        },
    },
    ByDay {
        name: "unmapped",
        sql: include_str!("by_day/unmapped.sql"),
        columns: || {
            columns(WORKLOAD.into_iter().chain([
                "role_arn",
                "event_source",
                "event_name",
                "reason",
                "day",
                "calls",
                "first_seen",
                "sample_event_id",
            ]))
        },
    },
];

impl ByDay {
    /// Its columns.
    pub(super) fn schema(&self) -> SchemaRef {
        (self.columns)()
    }

    /// Every column, those of the workload first: rows of one workload lie together.
    fn order(&self) -> String {
        let schema = self.schema();
        let others = schema.fields().iter().map(|field| field.name().as_str());
        let others = others.filter(|name| !WORKLOAD.contains(name));
        let order: Vec<&str> = ["namespace", "service_account", "cluster_arn", "cluster"]
            .into_iter()
            .chain(others)
            .collect();
        order.join(", ")
    }
}

/// Facts that are added up together.
const FACTS_AT_ONCE: u64 = 1_000_000;

/// Makes the rows of some days anew.
pub(super) async fn derive(work: &mut Work, days: &Days) -> Result<(), QueryError> {
    if days.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "SELECT day, sum(n) AS calls FROM (SELECT day, 1 AS n FROM lake.caller_calls
                                           UNION ALL SELECT day, 1 AS n FROM lake.caller_usage)
         WHERE {} GROUP BY day ORDER BY day NULLS FIRST",
        days.condition("day")
    );
    let portions = spans(&work.counts(&sql).await?, FACTS_AT_ONCE);
    for table in &TABLES {
        let mut rows = Vec::new();
        for portion in &portions {
            let condition = format!("{} AND {}", days.condition("c.day"), in_span("c.day", *portion));
            let sql = table.sql.replace("{days}", &condition);
            rows.extend(work.rows_for(table.name, &sql).await?);
        }
        let gone = days.condition("day");
        work.put(table.name, |file| days.meet(file), &gone, rows, &table.order())
            .await?;
    }
    Ok(())
}
