//! `attributions` and `sessions`: the callers and credential issues of the log, resolved.

use std::collections::{HashMap, HashSet};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::prelude::SessionContext;
use podtrail_analysis::inventory::Inventory;
use podtrail_analysis::lineage::{
    Attribution, Caller, Class, ClusterRef, Evidence, Mechanism, Session, SharedCall, StsCall, resolve,
};
use podtrail_event::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{columns, number, text, texts, time};
use crate::QueryError;
use crate::engine::{Engine, rows, views};

/// The two tables.
pub(super) struct Derived {
    pub(super) attributions: RecordBatch,
    pub(super) sessions: RecordBatch,
}

/// Columns of `attributions`: one row for each distinct caller.
pub(super) fn attributions_schema() -> SchemaRef {
    let mut fields = vec![
        text("caller_key"),
        text("session_id"),
        text("role_arn"),
        text("mechanism"),
    ];
    fields.extend(
        [
            "cluster",
            "cluster_arn",
            "namespace",
            "service_account",
            "pod",
            "pod_uid",
        ]
        .map(text),
    );
    fields.extend(["workload_class", "pod_class", "method", "evidence_event_id"].map(text));
    fields.extend([texts("chain"), Field::new("counted", DataType::Boolean, true)]);
    columns(fields)
}

/// Columns of `sessions`: those of the view, and the calls made with each session.
pub(super) fn sessions_schema() -> SchemaRef {
    let mut fields = [
        "session_id",
        "access_key_id",
        "principal_id",
        "role_arn",
        "session_name",
    ]
    .map(text)
    .to_vec();
    fields.extend([time("issued_at"), time("expires_at"), text("mechanism")]);
    fields.extend(["cluster", "cluster_arn", "cluster_account", "cluster_region"].map(text));
    fields.extend(
        [
            "namespace",
            "service_account",
            "pod",
            "pod_uid",
            "workload_class",
            "pod_class",
        ]
        .map(text),
    );
    fields.extend([
        text("parent_session_id"),
        texts("chain"),
        text("issue_event_id"),
        text("method"),
    ]);
    fields.extend([number("calls"), number("denied"), time("last_call")]);
    columns(fields)
}

/// The columns of a caller, as the questions below name them.
#[derive(Deserialize)]
struct CallerColumns {
    identity_type: Option<String>,
    principal_id: Option<String>,
    identity_arn: Option<String>,
    identity_account_id: Option<String>,
    access_key_id: Option<String>,
    user_name: Option<String>,
    invoked_by: Option<String>,
    issuer_arn: Option<String>,
    issuer_id: Option<String>,
    session_name: Option<String>,
    session_created: Option<Timestamp>,
    federated_provider: Option<String>,
    ec2_role_delivery: Option<String>,
    shared_event_id: Option<String>,
    issued_access_key_id: Option<String>,
    requested_role_arn: Option<String>,
    recipient_account_id: Option<String>,
    node_agent: Option<String>,
}

impl From<CallerColumns> for Caller {
    fn from(row: CallerColumns) -> Self {
        Self {
            identity_type: row.identity_type,
            principal_id: row.principal_id,
            identity_arn: row.identity_arn,
            identity_account_id: row.identity_account_id,
            access_key_id: row.access_key_id,
            user_name: row.user_name,
            invoked_by: row.invoked_by,
            issuer_arn: row.issuer_arn,
            issuer_id: row.issuer_id,
            session_name: row.session_name,
            session_created: row.session_created,
            federated_provider: row.federated_provider,
            ec2_role_delivery: row.ec2_role_delivery,
            shared_event_id: row.shared_event_id,
            issued_access_key_id: row.issued_access_key_id,
            requested_role_arn: row.requested_role_arn,
            recipient_account_id: row.recipient_account_id,
            node_agent: row.node_agent,
        }
    }
}

#[derive(Deserialize)]
struct CallerRow {
    key: String,
    #[serde(flatten)]
    caller: CallerColumns,
    calls: i64,
    denied: i64,
    last_call: Option<Timestamp>,
}

#[derive(Deserialize)]
struct StsRow {
    event_id: String,
    event_time: Option<Timestamp>,
    event_name: String,
    trail_account_id: Option<String>,
    error_code: Option<String>,
    call_shared_event_id: Option<String>,
    request_parameters: Option<String>,
    response_elements: Option<String>,
    #[serde(flatten)]
    caller: CallerColumns,
}

#[derive(Deserialize)]
struct SharedRow {
    event_id: String,
    call_shared_event_id: String,
    #[serde(flatten)]
    caller: CallerColumns,
}

/// Calls made by one caller, or with one session.
#[derive(Default, Clone, Copy)]
struct Calls {
    calls: i64,
    denied: i64,
    last: Option<Timestamp>,
}

/// Reads the evidence, resolves it, and lays the result out in columns.
pub(super) async fn derive(context: &SessionContext, inventory: &Inventory) -> Result<Derived, QueryError> {
    let callers: Vec<CallerRow> = read(context, "callers", include_str!("callers.sql")).await?;
    let sts: Vec<StsRow> = read(context, "sts_calls", include_str!("sts_calls.sql")).await?;
    let shared: Vec<SharedRow> = read(context, "shared_calls", include_str!("shared_calls.sql")).await?;
    let told_twice: HashSet<String> = shared.iter().map(|row| row.call_shared_event_id.clone()).collect();
    let mut uncounted = HashSet::new();
    let mut calls_by_caller = HashMap::new();
    let mut evidence = Evidence::default();
    for row in callers {
        calls_by_caller.insert(
            row.key.clone(),
            Calls {
                calls: row.calls,
                denied: row.denied,
                last: row.last_call,
            },
        );
        let caller = Caller::from(row.caller);
        if caller
            .shared_event_id
            .as_ref()
            .is_some_and(|id| told_twice.contains(id))
        {
            uncounted.insert(row.key);
        }
        evidence.callers.push(caller);
    }
    evidence.sts_calls = sts.into_iter().map(sts_call).collect();
    evidence.shared_calls = shared.into_iter().map(shared_call).collect();
    let lineage = resolve(&evidence, inventory);
    let mut calls_by_session: HashMap<&str, Calls> = HashMap::new();
    for attribution in &lineage.attributions {
        let (Some(session), Some(calls)) = (&attribution.session_id, calls_by_caller.get(&attribution.caller_key))
        else {
            continue;
        };
        if !uncounted.contains(&attribution.caller_key) {
            let sum = calls_by_session.entry(session).or_default();
            sum.calls += calls.calls;
            sum.denied += calls.denied;
            sum.last = sum.last.max(calls.last);
        }
    }
    let attributions: Vec<_> = lineage
        .attributions
        .iter()
        .map(|attribution| AttributionRow::new(attribution, !uncounted.contains(&attribution.caller_key)))
        .collect();
    let sessions: Vec<_> = lineage
        .sessions
        .iter()
        .map(|session| {
            SessionRow::new(
                session,
                calls_by_session
                    .get(session.session_id.as_str())
                    .copied()
                    .unwrap_or_default(),
            )
        })
        .collect();
    Ok(Derived {
        attributions: rows::to_batch("attributions", &attributions_schema(), &attributions)?,
        sessions: rows::to_batch("sessions", &sessions_schema(), &sessions)?,
    })
}

async fn read<T: serde::de::DeserializeOwned>(
    context: &SessionContext,
    what: &'static str,
    sql: &str,
) -> Result<Vec<T>, QueryError> {
    Engine::rows(context, what, &views::fill(sql), Vec::new()).await
}

fn sts_call(row: StsRow) -> StsCall {
    StsCall {
        event_id: row.event_id,
        event_time: row.event_time,
        event_name: row.event_name,
        recipient_account_id: row.trail_account_id,
        error_code: row.error_code,
        shared_event_id: row.call_shared_event_id,
        caller: row.caller.into(),
        request_parameters: row.request_parameters,
        response_elements: row.response_elements,
    }
}

fn shared_call(row: SharedRow) -> SharedCall {
    SharedCall {
        shared_event_id: row.call_shared_event_id,
        event_id: row.event_id,
        caller: row.caller.into(),
    }
}

/// One row of `attributions`.
#[derive(Serialize)]
struct AttributionRow<'a> {
    caller_key: &'a str,
    session_id: &'a Option<String>,
    role_arn: &'a Option<String>,
    mechanism: Mechanism,
    cluster: &'a Option<String>,
    cluster_arn: &'a Option<String>,
    namespace: &'a Option<String>,
    service_account: &'a Option<String>,
    pod: &'a Option<String>,
    pod_uid: &'a Option<String>,
    workload_class: Class,
    pod_class: Class,
    method: &'a str,
    evidence_event_id: &'a Option<String>,
    chain: &'a [String],
    counted: bool,
}

impl<'a> AttributionRow<'a> {
    fn new(from: &'a Attribution, counted: bool) -> Self {
        let ClusterRef { name, arn, .. } = &from.cluster;
        Self {
            caller_key: &from.caller_key,
            session_id: &from.session_id,
            role_arn: &from.role_arn,
            mechanism: from.mechanism,
            cluster: name,
            cluster_arn: arn,
            namespace: &from.namespace,
            service_account: &from.service_account,
            pod: &from.pod,
            pod_uid: &from.pod_uid,
            workload_class: from.workload_class,
            pod_class: from.pod_class,
            method: &from.method,
            evidence_event_id: &from.evidence_event_id,
            chain: &from.chain,
            counted,
        }
    }
}

/// One row of `sessions`.
#[derive(Serialize)]
struct SessionRow<'a> {
    session_id: &'a str,
    access_key_id: &'a Option<String>,
    principal_id: &'a Option<String>,
    role_arn: &'a Option<String>,
    session_name: &'a Option<String>,
    issued_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    mechanism: Mechanism,
    cluster: &'a Option<String>,
    cluster_arn: &'a Option<String>,
    cluster_account: &'a Option<String>,
    cluster_region: &'a Option<String>,
    namespace: &'a Option<String>,
    service_account: &'a Option<String>,
    pod: &'a Option<String>,
    pod_uid: &'a Option<String>,
    workload_class: Class,
    pod_class: Class,
    parent_session_id: &'a Option<String>,
    chain: &'a [String],
    issue_event_id: &'a Option<String>,
    method: &'a str,
    calls: i64,
    denied: i64,
    last_call: Option<Timestamp>,
}

impl<'a> SessionRow<'a> {
    fn new(from: &'a Session, made: Calls) -> Self {
        let ClusterRef {
            name,
            arn,
            account,
            region,
        } = &from.cluster;
        Self {
            session_id: &from.session_id,
            access_key_id: &from.access_key_id,
            principal_id: &from.principal_id,
            role_arn: &from.role_arn,
            session_name: &from.session_name,
            issued_at: from.issued_at,
            expires_at: from.expires_at,
            mechanism: from.mechanism,
            cluster: name,
            cluster_arn: arn,
            cluster_account: account,
            cluster_region: region,
            namespace: &from.namespace,
            service_account: &from.service_account,
            pod: &from.pod,
            pod_uid: &from.pod_uid,
            workload_class: from.workload_class,
            pod_class: from.pod_class,
            parent_session_id: &from.parent_session_id,
            chain: &from.chain,
            issue_event_id: &from.issue_event_id,
            method: &from.method,
            calls: made.calls,
            denied: made.denied,
            last_call: made.last,
        }
    }
}
