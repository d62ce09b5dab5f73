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

#[derive(Deserialize)]
struct Row {
    session_id: String,
    role_arn: Option<String>,
    session_name: Option<String>,
    issued_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    mechanism: Mechanism,
    cluster: Option<String>,
    cluster_arn: Option<String>,
    namespace: Option<String>,
    service_account: Option<String>,
    pod: Option<String>,
    workload_class: Class,
    pod_class: Class,
    parent_session_id: Option<String>,
    #[serde(default)]
    chain: Vec<String>,
    issue_event_id: Option<String>,
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
        let tail = format!(
            "ORDER BY coalesce(issued_at, last_call) DESC NULLS LAST, session_id LIMIT {} OFFSET {offset}",
            limit + 1
        );
        let items = select(&context, &conditions.where_clause(), conditions.values, &tail).await?;
        Ok(Page::of(items, offset, limit))
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
                session,
            })
            .collect();
        let children = select(
            &context,
            "parent_session_id = $1",
            vec![text(session_id)],
            "ORDER BY issued_at, session_id",
        )
        .await?;
        let tail = format!("ORDER BY event_time DESC NULLS LAST, event_id LIMIT {CALLS_SHOWN}");
        let calls = events::select(&context, "session_id = $1", vec![text(session_id)], &tail).await?;
        Ok(SessionDetail {
            session,
            hops,
            children,
            calls: calls.into_iter().map(EventRow::from).collect(),
        })
    }
}

fn text(value: &str) -> ScalarValue {
    ScalarValue::Utf8View(Some(value.to_owned()))
}

async fn select(
    context: &SessionContext,
    filter: &str,
    values: Vec<ScalarValue>,
    tail: &str,
) -> Result<Vec<SessionRow>, QueryError> {
    let sql = format!("SELECT * FROM lake.sessions WHERE {filter} {tail}");
    let rows: Vec<Row> = Engine::rows(context, "sessions", &sql, values).await?;
    Ok(rows.into_iter().map(SessionRow::from).collect())
}

/// A session and those it came from, root first; empty when there is none of the id.
async fn ancestors(context: &SessionContext, session_id: &str) -> Result<Vec<SessionRow>, QueryError> {
    let mut chain: Vec<SessionRow> = Vec::new();
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

/// The events that issued the sessions of a chain, by their id.
async fn issues(context: &SessionContext, chain: &[SessionRow]) -> Result<HashMap<String, EventRow>, QueryError> {
    let ids: Vec<ScalarValue> = chain
        .iter()
        .filter_map(|session| session.issue_event_id.as_deref())
        .map(text)
        .collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
    let rows = events::select(context, &format!("event_id IN ({})", places.join(", ")), ids, "").await?;
    Ok(rows
        .into_iter()
        .map(EventRow::from)
        .map(|event| (event.event_id.clone(), event))
        .collect())
}
