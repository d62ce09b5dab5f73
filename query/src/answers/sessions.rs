//! Sessions and their chains.

use std::collections::HashMap;

use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;
use podtrail_analysis::answer::{EventRow, Hop, SessionDetail, SessionRow};
use podtrail_analysis::lineage::{Class, MAX_HOPS, Mechanism};
use podtrail_event::time::Timestamp;
use serde::Deserialize;

use super::{Conditions, Page, events};
use crate::QueryError;
use crate::engine::Engine;

/// Calls shown with a session.
const CALLS_SHOWN: u64 = 200;

/// Which sessions to list; what is absent does not filter.
#[derive(Debug, Clone, Default)]
pub struct SessionFilter {
    /// Free text: part of the session's id, name or role.
    pub q: Option<String>,
    /// Mechanism, as the views spell it.
    pub mechanism: Option<String>,
    /// Cluster name or ARN.
    pub cluster: Option<String>,
    /// Namespace.
    pub namespace: Option<String>,
    /// ServiceAccount.
    pub service_account: Option<String>,
    /// Role ARN.
    pub role: Option<String>,
}

/// A row of the table.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    pub(super) session_id: String,
    role_arn: Option<String>,
    session_name: Option<String>,
    pub(super) issued_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    mechanism: Mechanism,
    pub(super) cluster: Option<String>,
    pub(super) cluster_arn: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) service_account: Option<String>,
    pod: Option<String>,
    pub(super) pod_uid: Option<String>,
    workload_class: Class,
    pod_class: Class,
    pod_method: Option<String>,
    parent_session_id: Option<String>,
    #[serde(default)]
    pub(super) chain: Vec<String>,
    pub(super) issue_event_id: Option<String>,
    method: String,
    calls: u64,
    denied: u64,
    last_call: Option<Timestamp>,
}

impl From<Row> for SessionRow {
    fn from(row: Row) -> Self {
        Self {
            session_id: row.session_id,
            role_arn: row.role_arn,
            session_name: row.session_name,
            issued_at: row.issued_at,
            expires_at: row.expires_at,
            mechanism: row.mechanism,
            cluster: row.cluster,
            cluster_arn: row.cluster_arn,
            namespace: row.namespace,
            service_account: row.service_account,
            pod: row.pod,
            workload_class: row.workload_class,
            pod_class: row.pod_class,
            pod_method: row.pod_method,
            parent_session_id: row.parent_session_id,
            chain: row.chain,
            issue_event_id: row.issue_event_id,
            method: row.method,
            calls: row.calls,
            denied: row.denied,
            last_call: row.last_call,
        }
    }
}

impl SessionFilter {
    fn conditions(&self) -> Conditions {
        let mut all = Conditions::default();
        all.text("mechanism = ?", self.mechanism.as_deref());
        all.text("(cluster = ? OR cluster_arn = ?)", self.cluster.as_deref());
        all.text("namespace = ?", self.namespace.as_deref());
        all.text("service_account = ?", self.service_account.as_deref());
        all.text("role_arn = ?", self.role.as_deref());
        let free = "(strpos(lower(session_id), ?) > 0 OR strpos(lower(session_name), ?) > 0 OR strpos(lower(role_arn), ?) > 0)";
        all.text(free, self.q.as_deref().map(str::to_lowercase).as_deref());
        all
    }
}

impl Engine {
    /// Sessions, newest first.
    ///
    /// # Errors
    /// When the lake fails.
    pub async fn sessions(
        &self,
        filter: &SessionFilter,
        offset: u64,
        limit: u64,
    ) -> Result<Page<SessionRow>, QueryError> {
        let context = self.session().await?;
        let conditions = filter.conditions();
        let which = format!(
            "SELECT session_id FROM lake.sessions WHERE {}
             ORDER BY coalesce(issued_at, last_call) DESC NULLS LAST, session_id LIMIT {} OFFSET {offset}",
            conditions.where_clause(),
            limit + 1
        );
        let items = picked(&context, &which, conditions.values).await?;
        Ok(Page::of(
            items.into_iter().map(SessionRow::from).collect(),
            offset,
            limit,
        ))
    }

    /// One session: its chain, root first, what was assumed with it, and its newest calls.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] when no session has the id.
    pub async fn session_detail(&self, session_id: &str) -> Result<SessionDetail, QueryError> {
        let context = self.session().await?;
        let chain = ancestors(&context, session_id).await?;
        let session = chain.last().cloned().ok_or_else(|| QueryError::NotFound {
            what: format!("the session `{session_id}`"),
            suggestions: Vec::new(),
        })?;
        let issues = issues(&context, &chain).await?;
        let hops = chain
            .into_iter()
            .map(|session| Hop {
                issue: session.issue_event_id.as_ref().and_then(|id| issues.get(id)).cloned(),
                session: session.into(),
            })
            .collect();
        let children = select(
            &context,
            "parent_session_id = $1",
            vec![text(session_id)],
            "ORDER BY issued_at, session_id",
        )
        .await?;
        let calls = calls(&context, &session).await?;
        Ok(SessionDetail {
            session: session.into(),
            hops,
            children: children.into_iter().map(SessionRow::from).collect(),
            calls,
        })
    }
}

/// A text as a value of a question.
pub(super) fn text(value: &str) -> ScalarValue {
    ScalarValue::Utf8View(Some(value.to_owned()))
}

/// Sessions that a filter picks, in the order of `tail`. They are few of many: of the others nothing but the columns
/// of the filter is decoded.
pub(super) async fn select(
    context: &SessionContext,
    filter: &str,
    values: Vec<ScalarValue>,
    tail: &str,
) -> Result<Vec<Row>, QueryError> {
    let mut state = context.state();
    state.config_mut().options_mut().execution.parquet.pushdown_filters = true;
    let context = SessionContext::new_with_state(state);
    let sql = format!("SELECT * FROM lake.sessions WHERE {filter} {tail}");
    Engine::rows(&context, "sessions", &sql, values).await
}

/// The sessions whose ids a question gives, in its order. Which ones is asked of few columns of all sessions, and all
/// columns of those few only.
pub(super) async fn picked(
    context: &SessionContext,
    which: &str,
    values: Vec<ScalarValue>,
) -> Result<Vec<Row>, QueryError> {
    #[derive(Deserialize)]
    struct Id {
        session_id: String,
    }
    let ids: Vec<Id> = Engine::rows(context, "sessions", which, values).await?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let values = ids.iter().map(|id| text(&id.session_id)).collect();
    let found = select(context, &format!("session_id IN ({})", places(ids.len())), values, "").await?;
    let mut by_id: HashMap<String, Row> = found.into_iter().map(|row| (row.session_id.clone(), row)).collect();
    Ok(ids.into_iter().filter_map(|id| by_id.remove(&id.session_id)).collect())
}

/// `$1, $2, …`.
pub(super) fn places(count: usize) -> String {
    let places: Vec<String> = (1..=count).map(|place| format!("${place}")).collect();
    places.join(", ")
}

/// A session and those it came from, root first; empty when there is none of the id.
pub(super) async fn ancestors(context: &SessionContext, session_id: &str) -> Result<Vec<Row>, QueryError> {
    let mut chain: Vec<Row> = Vec::new();
    let mut next = Some(session_id.to_owned());
    while let Some(id) = next.filter(|id| chain.len() <= MAX_HOPS && chain.iter().all(|seen| seen.session_id != *id)) {
        let found = select(context, "session_id = $1", vec![text(&id)], "")
            .await?
            .into_iter()
            .next();
        next = found.as_ref().and_then(|session| session.parent_session_id.clone());
        chain.extend(found);
    }
    chain.reverse();
    Ok(chain)
}

/// A condition that picks the events that issued the sessions of a chain, with its values; none where no issue is
/// known. A session is issued at the time of its issue, or that has no time.
pub(super) fn of_issues(chain: &[Row]) -> Option<(String, Vec<ScalarValue>)> {
    let issued = chain.iter().filter(|session| session.issue_event_id.is_some());
    let ids = issued.clone().filter_map(|session| session.issue_event_id.as_deref());
    let mut values: Vec<ScalarValue> = ids.map(text).collect();
    let count = values.len();
    let within = events::within(issued.map(|session| session.issued_at), &mut values);
    let filter = format!("event_id IN ({}) AND (event_time IS NULL OR {within})", places(count));
    (count > 0).then_some((filter, values))
}

/// The events that issued the sessions of a chain, by their id.
async fn issues(context: &SessionContext, chain: &[Row]) -> Result<HashMap<String, EventRow>, QueryError> {
    let Some((filter, values)) = of_issues(chain) else {
        return Ok(HashMap::new());
    };
    let rows = events::select(context, &filter, values, "").await?;
    Ok(rows
        .into_iter()
        .map(EventRow::from)
        .map(|event| (event.event_id.clone(), event))
        .collect())
}

/// The newest calls of a session. Its life bounds where they are looked for: no call comes before the issue but for
/// clocks that differ, none after the last.
async fn calls(context: &SessionContext, session: &Row) -> Result<Vec<EventRow>, QueryError> {
    const CLOCKS: i64 = 15 * 60 * 1_000_000;
    let mut conditions = Conditions::default();
    conditions.text("session_id = ?", Some(&session.session_id));
    if let (Some(issued), Some(last)) = (session.issued_at, session.last_call) {
        conditions.time("event_time >= ?", Some(Timestamp(issued.0.saturating_sub(CLOCKS))));
        conditions.time("event_time <= ?", Some(last));
    }
    let tail = format!("ORDER BY event_time DESC NULLS LAST, event_id LIMIT {CALLS_SHOWN}");
    let calls = events::select(context, &conditions.where_clause(), conditions.values, &tail).await?;
    Ok(calls.into_iter().map(EventRow::from).collect())
}
