//! What was seen of workloads, by role: gathered once for all that is asked of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;
use podtrail_analysis::answer::RecommendOptions;
use podtrail_analysis::recommend::UnmappedCall;
use podtrail_analysis::usage::{Outcome, Usage, Workload};
use podtrail_event::time::Timestamp;
use serde::Deserialize;

use super::events::within;
use super::sessions::{places, text};
use crate::QueryError;
use crate::engine::Engine;
use crate::workloads::{Key, Span, WorkloadColumns, usage, workload_filter};

/// Messages are fetched for so many events at once.
const MESSAGES: usize = 500;

/// Which history to use: days in UTC, both ends included; an end that is absent is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HistorySpan {
    /// From the start of this time's day on.
    pub since: Option<Timestamp>,
    /// To the end of this time's day.
    pub until: Option<Timestamp>,
}

/// Something of each workload and role.
pub(super) type ByRole<T> = HashMap<Key, BTreeMap<String, T>>;

/// What was seen.
#[derive(Default)]
pub(super) struct History {
    pub(super) usage: ByRole<Vec<Usage>>,
    pub(super) unmapped: ByRole<Vec<UnmappedCall>>,
    /// The roles from whose sessions each role was assumed.
    pub(super) parents: ByRole<BTreeSet<String>>,
    /// Messages of denied calls by event id.
    pub(super) messages: BTreeMap<String, String>,
    /// VPC endpoints by event source; none among them for calls that came through no endpoint.
    pub(super) endpoints: ByRole<BTreeMap<String, BTreeSet<Option<String>>>>,
}

pub(super) fn of<'h, T>(all: &'h ByRole<T>, key: &Key, role_arn: &str) -> Option<&'h T> {
    all.get(key)?.get(role_arn)
}

impl History {
    pub(super) async fn load(
        context: &SessionContext,
        workload: Option<&Workload>,
        span: HistorySpan,
        options: &RecommendOptions,
    ) -> Result<Self, QueryError> {
        let mut history = Self::default();
        let rows = usage(context, workload, Span::from(span)).await?;
        history.messages = messages(context, &rows).await?;
        for row in rows {
            let roles = history.usage.entry(Key::of(&row.workload)).or_default();
            roles.entry(row.role_arn.clone()).or_default().push(row);
        }
        history.load_unmapped(context, workload).await?;
        history.load_parents(context, workload).await?;
        if options.source_vpce {
            history.load_endpoints(context, workload).await?;
        }
        Ok(history)
    }

    /// Calls that map to no action. Those that need no permission at all are left out.
    async fn load_unmapped(&mut self, context: &SessionContext, workload: Option<&Workload>) -> Result<(), QueryError> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(flatten)]
            workload: WorkloadColumns,
            role_arn: String,
            event_source: Option<String>,
            event_name: Option<String>,
            calls: u64,
            sample_event_id: String,
        }
        let (filter, values) = of_workload(workload);
        let sql = format!(
            "SELECT cluster, cluster_arn, namespace, service_account, role_arn, event_source, event_name,
                    sum(calls) AS calls, first_value(sample_event_id ORDER BY first_seen, sample_event_id) AS sample_event_id
             FROM lake.unmapped WHERE {filter}
             GROUP BY cluster, cluster_arn, namespace, service_account, role_arn, event_source, event_name
             ORDER BY 1, 2, 3, 4, 5, 6, 7"
        );
        let rows: Vec<Row> = Engine::rows(context, "unmapped", &sql, values).await?;
        for row in rows {
            let roles = self.unmapped.entry(Key::of(&row.workload.into())).or_default();
            roles.entry(row.role_arn).or_default().push(UnmappedCall {
                event_source: row.event_source.unwrap_or_default(),
                event_name: row.event_name.unwrap_or_default(),
                calls: row.calls,
                sample_event_id: row.sample_event_id,
            });
        }
        Ok(())
    }

    async fn load_parents(&mut self, context: &SessionContext, workload: Option<&Workload>) -> Result<(), QueryError> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(flatten)]
            workload: WorkloadColumns,
            #[serde(default)]
            chain: Vec<String>,
        }
        let (filter, values) = of_workload(workload);
        let sql = format!(
            "SELECT DISTINCT cluster, cluster_arn, namespace, service_account, chain FROM lake.sessions WHERE {filter}"
        );
        let rows: Vec<Row> = Engine::rows(context, "sessions", &sql, values).await?;
        for row in rows {
            if let [.., parent, child] = row.chain.as_slice() {
                let roles = self.parents.entry(Key::of(&row.workload.into())).or_default();
                roles.entry(child.clone()).or_default().insert(parent.clone());
            }
        }
        Ok(())
    }

    /// Through which VPC endpoints calls came: of the whole lake, not of the span, so that a limit holds for all.
    async fn load_endpoints(
        &mut self,
        context: &SessionContext,
        workload: Option<&Workload>,
    ) -> Result<(), QueryError> {
        #[derive(Deserialize)]
        struct Row {
            #[serde(flatten)]
            workload: WorkloadColumns,
            role_arn: String,
            event_source: String,
            vpc_endpoint_id: Option<String>,
        }
        let (filter, values) = of_workload(workload);
        let sql = format!(
            "SELECT DISTINCT a.cluster, a.cluster_arn, a.namespace, a.service_account, a.role_arn, c.event_source,
                    c.vpc_endpoint_id
             FROM lake.caller_sources c
             JOIN (SELECT caller_key, cluster, cluster_arn, namespace, service_account, role_arn FROM lake.attributions
                   WHERE counted AND role_arn IS NOT NULL AND workload_class <> 'claimed' AND {filter}) a
               ON a.caller_key = c.caller_key
             WHERE c.event_source IS NOT NULL"
        );
        let rows: Vec<Row> = Engine::rows(context, "caller_sources", &sql, values).await?;
        for row in rows {
            let roles = self.endpoints.entry(Key::of(&row.workload.into())).or_default();
            let sources = roles.entry(row.role_arn).or_default();
            sources.entry(row.event_source).or_default().insert(row.vpc_endpoint_id);
        }
        Ok(())
    }
}

/// The filter of one workload or, for all, of whatever has one.
fn of_workload(workload: Option<&Workload>) -> (String, Vec<ScalarValue>) {
    let any = || {
        (
            "namespace IS NOT NULL AND service_account IS NOT NULL".to_owned(),
            Vec::new(),
        )
    };
    workload.map_or_else(any, |workload| workload_filter(workload, 1))
}

/// What AWS answered to the refused calls among the samples.
async fn messages(context: &SessionContext, rows: &[Usage]) -> Result<BTreeMap<String, String>, QueryError> {
    #[derive(Deserialize)]
    struct Row {
        event_id: String,
        error_message: String,
    }
    let denied: Vec<&Usage> = rows.iter().filter(|row| row.outcome == Outcome::Denied).collect();
    let mut messages = BTreeMap::new();
    for some in denied.chunks(MESSAGES) {
        let mut values: Vec<ScalarValue> = some.iter().map(|row| text(&row.sample_event_id)).collect();
        // A sample is the first of its calls, so their times are known.
        let within = within(some.iter().map(|row| row.first_seen), &mut values);
        let sql = format!(
            "SELECT event_id, min(error_message) AS error_message FROM events
             WHERE event_id IN ({}) AND {within} AND error_message IS NOT NULL GROUP BY event_id",
            places(some.len())
        );
        let rows: Vec<Row> = Engine::rows(context, "events", &sql, values).await?;
        messages.extend(rows.into_iter().map(|row| (row.event_id, row.error_message)));
    }
    Ok(messages)
}
