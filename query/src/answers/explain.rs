//! Who stands behind an event, a session or a workload.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use datafusion::common::ScalarValue;
use datafusion::prelude::SessionContext;
use podtrail_analysis::answer::{Explanation, RoleCalls, SessionBrief, SessionRow, WorkloadRef};
use podtrail_analysis::coverage::summary;
use podtrail_analysis::explain::{
    CallerNames, Issue, OfEvent, OfSession, OfWorkload, Setting, action, of_event, of_session, of_workload,
};
use podtrail_analysis::inventory::Inventory;
use podtrail_analysis::lineage::is_assume_role;
use podtrail_analysis::usage::Workload;
use podtrail_event::time::Timestamp;
use serde::Deserialize;

use super::events::{self, Found};
use super::sessions::{self, Row, ancestors, of_issues, picked, text};
use super::workloads::{self, find, of_row};
use crate::QueryError;
use crate::engine::{Engine, Moment};
use crate::workloads::{Key, workload_filter, workload_id};

/// Sessions shown of a workload.
const SESSIONS_SHOWN: usize = 10;
/// Chains shown of a workload, the most called ones.
const CHAINS_SHOWN: usize = 8;

impl Engine {
    /// Explains what an id is of: a workload (`cluster/namespace/serviceaccount`), an event, an access key or another
    /// session's id.
    ///
    /// # Errors
    /// [`QueryError::NotFound`] when nothing has the id; as [`find_workload`](Self::find_workload).
    pub async fn explain(&self, id: &str) -> Result<Explanation, QueryError> {
        if id.splitn(3, '/').count() == 3 {
            return self.explain_workload(id).await;
        }
        let now = self.moment().await?;
        // Keys and events look different, but both are names that others gave: neither is taken for granted.
        let by_key = ["ASIA", "AKIA"].iter().any(|start| id.starts_with(start));
        if by_key && let Some(session) = self.explain_session(&now, id).await? {
            return Ok(session);
        }
        if let Some(found) = events::find(&now.context, id).await? {
            return self.explain_event(&now, &found).await;
        }
        if !by_key && let Some(session) = self.explain_session(&now, id).await? {
            return Ok(session);
        }
        Err(QueryError::NotFound {
            what: format!("an event, access key or session `{id}` (a workload is `cluster/namespace/serviceaccount`)"),
            suggestions: Vec::new(),
        })
    }

    pub(super) async fn explain_event(&self, now: &Moment, found: &Found) -> Result<Explanation, QueryError> {
        let (event, context) = (&found.event, &now.context);
        let chain = match &event.session_id {
            Some(id) => ancestors(context, id).await?,
            None => Vec::new(),
        };
        let setting = self.setting(now, &chain).await?;
        let sessions: Vec<SessionRow> = chain.into_iter().map(SessionRow::from).collect();
        let issued = if is_assume_role(event.event_source.as_deref(), event.event_name.as_deref()) {
            let tail = "ORDER BY session_id LIMIT 1";
            sessions::select(context, "issue_event_id = $1", vec![text(&event.event_id)], tail).await?
        } else {
            Vec::new()
        };
        let issued = issued.into_iter().next().map(SessionRow::from);
        let name = |column: &str| {
            found
                .record
                .get(column)
                .and_then(|value| value.as_str())
                .map(str::to_owned)
        };
        let who = (
            &event.cluster,
            &event.cluster_arn,
            &event.namespace,
            &event.service_account,
        );
        let of = OfEvent {
            event,
            workload: self.workload_ref(now, who).await?,
            pod_uid: found.pod_uid.clone(),
            chain: &found.chain,
            sessions: &sessions,
            issued: issued.as_ref(),
            names: CallerNames {
                arn: name("identity_arn"),
                user_name: name("user_name"),
                invoked_by: name("invoked_by"),
                session_name: name("session_name"),
            },
        };
        Ok(of_event(of, setting))
    }

    async fn explain_session(&self, now: &Moment, id: &str) -> Result<Option<Explanation>, QueryError> {
        let chain = ancestors(&now.context, id).await?;
        let Some(session) = chain.last() else { return Ok(None) };
        let who = (
            &session.cluster,
            &session.cluster_arn,
            &session.namespace,
            &session.service_account,
        );
        let (workload, pod_uid) = (self.workload_ref(now, who).await?, session.pod_uid.clone());
        let setting = self.setting(now, &chain).await?;
        let sessions: Vec<SessionRow> = chain.into_iter().map(SessionRow::from).collect();
        let of = OfSession {
            workload,
            pod_uid,
            sessions: &sessions,
        };
        Ok(of_session(&of, &setting))
    }

    async fn explain_workload(&self, name: &str) -> Result<Explanation, QueryError> {
        let now = self.moment().await?;
        let context = &now.context;
        let row = find(&self.workloads_at(&now).await?, name)?.clone();
        let workload = of_row(&row);
        let chains = chains(context, &workload).await?;
        let all: Vec<Row> = chains.iter().flatten().cloned().collect();
        let setting = self.setting(&now, &all).await?;
        let chains: Vec<Vec<SessionRow>> = chains
            .into_iter()
            .map(|chain| chain.into_iter().map(SessionRow::from).collect())
            .collect();
        let of = OfWorkload {
            row: &row,
            chains: &chains,
            sessions: newest(context, &workload).await?,
            roles: roles(context, &workload).await?,
            methods: workloads::methods(context, &workload).await?.0,
        };
        Ok(of_workload(of, &setting))
    }

    /// What an explanation needs beside its subject: the issues of a chain's sessions, and how far the lake reaches.
    async fn setting(&self, now: &Moment, chain: &[Row]) -> Result<Setting, QueryError> {
        Ok(Setting {
            inventory: *self.inventory().await? != Inventory::default(),
            coverage: summary(&*self.coverage_at(now).await?),
            issues: issues(&now.context, chain).await?,
        })
    }

    /// A workload by the columns of a row; none where they name none.
    async fn workload_ref(
        &self,
        now: &Moment,
        (cluster, arn, namespace, service_account): (
            &Option<String>,
            &Option<String>,
            &Option<String>,
            &Option<String>,
        ),
    ) -> Result<Option<WorkloadRef>, QueryError> {
        let (Some(namespace), Some(service_account)) = (namespace, service_account) else {
            return Ok(None);
        };
        let workload = Workload {
            cluster: cluster.clone().or_else(|| arn.clone()).unwrap_or_default(),
            cluster_arn: arn.clone(),
            namespace: namespace.clone(),
            service_account: service_account.clone(),
        };
        let rows = self.workloads_at(now).await?;
        let ids: HashMap<Key, &str> = rows.iter().map(|row| (Key::of_row(row), row.id.as_str())).collect();
        Ok(Some(WorkloadRef {
            id: workload_id(&workload, &ids),
            cluster: cluster.clone(),
            cluster_arn: workload.cluster_arn,
            namespace: workload.namespace,
            service_account: workload.service_account,
        }))
    }
}

/// The events that issued the sessions of chains.
async fn issues(context: &SessionContext, chain: &[Row]) -> Result<BTreeMap<String, Issue>, QueryError> {
    #[derive(Deserialize)]
    struct Event {
        event_id: String,
        event_time: Option<Timestamp>,
        event_source: Option<String>,
        event_name: Option<String>,
    }
    let Some((filter, values)) = of_issues(chain) else {
        return Ok(BTreeMap::new());
    };
    let sql = format!(
        "SELECT event_id, event_time, event_source, event_name FROM lake.events
         WHERE {filter} ORDER BY event_id, recipient_account_id DESC"
    );
    let events: Vec<Event> = Engine::rows(context, "events", &sql, values).await?;
    Ok(events
        .into_iter()
        .map(|event| {
            let issue = Issue {
                at: event.event_time,
                action: action(event.event_source.as_deref(), event.event_name.as_deref()),
            };
            (event.event_id, issue)
        })
        .collect())
}

/// For each chain of roles of a workload, most called first, its newest session with those it came from.
async fn chains(context: &SessionContext, workload: &Workload) -> Result<Vec<Vec<Row>>, QueryError> {
    #[derive(Deserialize)]
    struct Newest {
        session_id: String,
    }
    let (filter, values) = workload_filter(workload, 1);
    let sql = format!(
        "SELECT first_value(session_id ORDER BY issued_at DESC NULLS LAST, session_id) AS session_id,
                sum(calls) AS calls, array_to_string(chain, ' ') AS roles
         FROM lake.sessions WHERE {filter} AND workload_class <> 'claimed'
         GROUP BY array_to_string(chain, ' ') ORDER BY calls DESC, roles LIMIT {CHAINS_SHOWN}"
    );
    let newest: Vec<Newest> = Engine::rows(context, "sessions", &sql, values).await?;
    let mut chains = Vec::with_capacity(newest.len());
    for session in newest {
        chains.push(ancestors(context, &session.session_id).await?);
    }
    Ok(chains)
}

async fn newest(context: &SessionContext, workload: &Workload) -> Result<Vec<SessionBrief>, QueryError> {
    let (filter, values) = workload_filter(workload, 1);
    let which = format!(
        "SELECT session_id FROM lake.sessions WHERE {filter}
         ORDER BY coalesce(issued_at, last_call) DESC NULLS LAST, session_id LIMIT {SESSIONS_SHOWN}"
    );
    let rows = picked(context, &which, values).await?;
    Ok(rows.into_iter().map(SessionRow::from).map(SessionBrief::from).collect())
}

async fn roles(context: &SessionContext, workload: &Workload) -> Result<Vec<RoleCalls>, QueryError> {
    #[derive(Deserialize)]
    struct Role {
        role_arn: String,
        calls: u64,
        denied: u64,
        last_seen: Option<Timestamp>,
    }
    let (filter, values): (String, Vec<ScalarValue>) = workload_filter(workload, 1);
    let sql = format!(
        "SELECT role_arn, coalesce(sum(calls) FILTER (WHERE outcome <> 'denied'), 0) AS calls,
                coalesce(sum(calls) FILTER (WHERE outcome = 'denied'), 0) AS denied, max(last_seen) AS last_seen
         FROM lake.daily_calls WHERE {filter} AND workload_class <> 'claimed' AND role_arn IS NOT NULL
         GROUP BY role_arn ORDER BY role_arn"
    );
    let roles: Vec<Role> = Engine::rows(context, "daily_calls", &sql, values).await?;
    let mut roles: Vec<RoleCalls> = roles
        .into_iter()
        .map(|role| RoleCalls {
            role_arn: role.role_arn,
            calls: role.calls,
            denied: role.denied,
            last_seen: role.last_seen,
        })
        .collect();
    roles.sort_by_key(|role| Reverse(role.calls + role.denied));
    Ok(roles)
}
