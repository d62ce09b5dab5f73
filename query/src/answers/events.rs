//! Events with their attribution.

use std::collections::HashMap;

use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;
use podtrail_analysis::answer::{EventDetail, EventRow};
use podtrail_analysis::lineage::{Class, Mechanism};
use podtrail_analysis::usage::Outcome;
use podtrail_event::time::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::sessions::{places, text};
use super::{Conditions, Page};
use crate::QueryError;
use crate::engine::{Engine, batches, rows};

/// Which events to list; what is absent does not filter.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// At this time or later.
    pub from: Option<Timestamp>,
    /// At this time or earlier.
    pub to: Option<Timestamp>,
    /// Cluster name or ARN.
    pub cluster: Option<String>,
    /// Namespace.
    pub namespace: Option<String>,
    /// ServiceAccount.
    pub service_account: Option<String>,
    /// Session id.
    pub session_id: Option<String>,
    /// Role ARN.
    pub role: Option<String>,
    /// IAM action; `s3:*` for all of a service.
    pub action: Option<String>,
    /// Resource ARN; with `*` at its end for all that begin so.
    pub resource: Option<String>,
    /// `eventName`.
    pub event_name: Option<String>,
    /// `eventSource`.
    pub event_source: Option<String>,
    /// `ok`, `denied` or `error`.
    pub outcome: Option<String>,
    /// Mechanism, as the views spell it.
    pub mechanism: Option<String>,
    /// Class of the workload's attribution, as the views spell it.
    pub class: Option<String>,
    /// Free text: part of the event's id, name, source or role, or an access key id.
    pub q: Option<String>,
}

/// A row of the questions below.
#[derive(Deserialize)]
pub(super) struct Row {
    event_id: String,
    event_time: Option<Timestamp>,
    recipient_account_id: Option<String>,
    aws_region: Option<String>,
    event_source: Option<String>,
    event_name: Option<String>,
    outcome: Outcome,
    #[serde(default)]
    actions: Vec<String>,
    #[serde(default)]
    resources: Vec<String>,
    role_arn: Option<String>,
    session_id: Option<String>,
    mechanism: Mechanism,
    cluster: Option<String>,
    cluster_arn: Option<String>,
    namespace: Option<String>,
    service_account: Option<String>,
    pod: Option<String>,
    pod_uid: Option<String>,
    workload_class: Class,
    pod_class: Class,
    pod_method: Option<String>,
    #[serde(default)]
    method: String,
    evidence_event_id: Option<String>,
    counted: bool,
    error_code: Option<String>,
    #[serde(default)]
    chain: Vec<String>,
}

impl From<Row> for EventRow {
    fn from(row: Row) -> Self {
        Self {
            event_id: row.event_id,
            event_time: row.event_time,
            recipient_account_id: row.recipient_account_id,
            aws_region: row.aws_region,
            event_source: row.event_source,
            event_name: row.event_name,
            outcome: row.outcome,
            actions: row.actions,
            resources: row.resources,
            role_arn: row.role_arn,
            session_id: row.session_id,
            mechanism: row.mechanism,
            cluster: row.cluster,
            cluster_arn: row.cluster_arn,
            namespace: row.namespace,
            service_account: row.service_account,
            pod: row.pod,
            workload_class: row.workload_class,
            pod_class: row.pod_class,
            pod_method: row.pod_method,
            method: row.method,
            evidence_event_id: row.evidence_event_id,
            counted: row.counted,
            error_code: row.error_code,
        }
    }
}

impl EventFilter {
    /// Conditions on the caller come from the small table of attributions, those on the event from its own
    /// columns; only those on what IAM checked need every event's mapping.
    fn conditions(&self) -> Conditions {
        let mut all = Conditions::default();
        all.time("event_time >= ?", self.from);
        all.time("event_time <= ?", self.to);
        all.text("(cluster = ? OR cluster_arn = ?)", self.cluster.as_deref());
        all.text("namespace = ?", self.namespace.as_deref());
        all.text("service_account = ?", self.service_account.as_deref());
        all.text("session_id = ?", self.session_id.as_deref());
        all.text("role_arn = ?", self.role.as_deref());
        all.any("actions", self.action.as_deref());
        all.any("resources", self.resource.as_deref());
        all.text("event_name = ?", self.event_name.as_deref());
        all.text("event_source = ?", self.event_source.as_deref());
        all.text("outcome = ?", self.outcome.as_deref());
        all.text("mechanism = ?", self.mechanism.as_deref());
        all.text("workload_class = ?", self.class.as_deref());
        let free = "(strpos(lower(event_id), ?) > 0 OR strpos(lower(event_name), ?) > 0
                     OR strpos(lower(event_source), ?) > 0 OR strpos(lower(role_arn), ?) > 0
                     OR lower(session_id) = ?)";
        all.text(free, self.q.as_deref().map(str::to_lowercase).as_deref());
        all
    }
}

impl Engine {
    /// Events, newest first.
    ///
    /// # Errors
    /// When the lake fails.
    pub async fn events(&self, filter: &EventFilter, offset: u64, limit: u64) -> Result<Page<EventRow>, QueryError> {
        let context = self.session().await?;
        let conditions = filter.conditions();
        let tail = format!(
            "ORDER BY event_time DESC NULLS LAST, event_id LIMIT {} OFFSET {offset}",
            limit + 1
        );
        let items = select(&context, &conditions.where_clause(), conditions.values, &tail).await?;
        Ok(Page::of(items.into_iter().map(EventRow::from).collect(), offset, limit))
    }

    /// One event with its record and the reasons for its attribution. Of several records with one id, that of
    /// the smallest account.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] when no event has the id.
    pub async fn event(&self, event_id: &str) -> Result<EventDetail, QueryError> {
        let now = self.moment().await?;
        let found = find(&now.context, event_id)
            .await?
            .ok_or_else(|| QueryError::NotFound {
                what: format!("the event `{event_id}`"),
                suggestions: Vec::new(),
            })?;
        let explanation = self.explain_event(&now, &found).await?.text;
        Ok(EventDetail {
            event: found.event,
            chain: found.chain,
            record: Value::Object(open_json(found.record)),
            explanation,
        })
    }
}

/// An event with all that the lake has of it.
pub(super) struct Found {
    pub(super) event: EventRow,
    pub(super) chain: Vec<String>,
    pub(super) pod_uid: Option<String>,
    /// Its columns as stored.
    pub(super) record: Map<String, Value>,
}

/// The event of an id; of several records with one id, that of the smallest account.
pub(super) async fn find(context: &SessionContext, event_id: &str) -> Result<Option<Found>, QueryError> {
    let id = || vec![ScalarValue::Utf8View(Some(event_id.to_owned()))];
    let tail = "ORDER BY recipient_account_id LIMIT 1";
    let row = format!("SELECT * FROM activity WHERE event_id = $1 {tail}");
    let row = Engine::rows::<Row>(context, "activity", &row, id())
        .await?
        .into_iter()
        .next();
    let Some(row) = row else { return Ok(None) };
    // Its time leaves few files in which the record can be.
    let within = row
        .event_time
        .map_or_else(String::new, |at| format!("AND event_time = '{at}'"));
    let record = format!("SELECT * FROM events WHERE event_id = $1 {within} {tail}");
    let record = rows::from_batches::<Map<String, Value>>("events", &batches(context, &record, id()).await?)?;
    Ok(Some(Found {
        chain: row.chain.clone(),
        pod_uid: row.pod_uid.clone(),
        event: row.into(),
        record: record.into_iter().next().unwrap_or_default(),
    }))
}

/// A condition on `event_time` that holds for events of those times: it leaves few files in which they can be. Its
/// values come after those that are there already.
pub(super) fn within(times: impl IntoIterator<Item = Option<Timestamp>>, values: &mut Vec<ScalarValue>) -> String {
    let times: Option<Vec<Timestamp>> = times.into_iter().collect();
    let span = times
        .as_deref()
        .and_then(|times| Some((*times.iter().min()?, *times.iter().max()?)));
    let Some((Timestamp(first), Timestamp(last))) = span else {
        return "true".into();
    };
    let time = |micros| ScalarValue::TimestampMicrosecond(Some(micros), Some("UTC".into()));
    values.extend([time(first), time(last)]);
    format!("event_time BETWEEN ${} AND ${}", values.len() - 1, values.len())
}

/// Rows of `activity` that a filter picks, in the order of `tail`.
///
/// Asked in two steps: which events, for which nothing that is not needed is computed, and then those events
/// whole. What IAM checked is so computed for the rows that are shown, not for all that were looked through.
pub(super) async fn select(
    context: &SessionContext,
    filter: &str,
    values: Vec<ScalarValue>,
    tail: &str,
) -> Result<Vec<Row>, QueryError> {
    #[derive(Deserialize)]
    struct Id {
        event_id: String,
        event_time: Option<Timestamp>,
        recipient_account_id: Option<String>,
    }
    let sql = format!("SELECT event_id, event_time, recipient_account_id FROM activity WHERE {filter} {tail}");
    let ids: Vec<Id> = Engine::rows(context, "activity", &sql, values).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values: Vec<ScalarValue> = ids.iter().map(|id| text(&id.event_id)).collect();
    let within = within(ids.iter().map(|id| id.event_time), &mut values);
    let sql = format!(
        "SELECT * FROM activity WHERE event_id IN ({}) AND {within}",
        places(ids.len())
    );
    let rows: Vec<Row> = Engine::rows(context, "activity", &sql, values).await?;
    let mut by_id: HashMap<(String, Option<String>), Row> = rows
        .into_iter()
        .map(|row| ((row.event_id.clone(), row.recipient_account_id.clone()), row))
        .collect();
    Ok(ids
        .into_iter()
        .filter_map(|id| by_id.remove(&(id.event_id, id.recipient_account_id)))
        .collect())
}

/// The columns that hold JSON text, opened.
fn open_json(mut record: Map<String, Value>) -> Map<String, Value> {
    for column in [
        "request_parameters",
        "response_elements",
        "resources",
        "additional_event_data",
        "extra",
    ] {
        if let Some(value) = record.get_mut(column)
            && let Some(opened) = value.as_str().and_then(|text| serde_json::from_str(text).ok())
        {
            *value = opened;
        }
    }
    record
}
