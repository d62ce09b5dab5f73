//! `attributions` and `sessions`: who stands behind every caller.
//!
//! Lineage itself is pure and lives in `podtrail_analysis`; here its evidence is read from the facts, and what it finds
//! is laid out in columns and put in the place of what was found before.

use std::collections::{BTreeSet, HashMap};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use podtrail_analysis::inventory::Inventory;
use podtrail_analysis::lineage::{Attribution, Class, ClusterRef, Mechanism, Session, resolve};
use podtrail_event::time::Timestamp;
use serde::Serialize;

use super::columns::columns;
use super::days::Days;
use super::evidence::{self, Calls, Read};
use super::scope::Scope;
use super::work::Work;
use crate::QueryError;
use crate::engine::{batches, rows};

/// The table of callers with who they are.
pub(super) const ATTRIBUTIONS: &str = "attributions";
/// The table of sessions.
pub(super) const SESSIONS: &str = "sessions";

/// Columns of `attributions`: one row for each distinct caller. `day` is that of its first call.
pub(super) fn attributions_schema() -> SchemaRef {
    columns([
        "caller_key",
        "session_id",
        "role_arn",
        "mechanism",
        "cluster",
        "cluster_arn",
        "namespace",
        "service_account",
        "pod",
        "pod_uid",
        "workload_class",
        "pod_class",
        "method",
        "pod_method",
        "evidence_event_id",
        "chain",
        "counted",
        "day",
    ])
}

/// Columns of `sessions`: those of the view, the calls made with each session, and the day of its issue.
pub(super) fn sessions_schema() -> SchemaRef {
    columns([
        "session_id",
        "access_key_id",
        "principal_id",
        "role_arn",
        "session_name",
        "issued_at",
        "expires_at",
        "mechanism",
        "cluster",
        "cluster_arn",
        "cluster_account",
        "cluster_region",
        "namespace",
        "service_account",
        "pod",
        "pod_uid",
        "workload_class",
        "pod_class",
        "parent_session_id",
        "chain",
        "issue_event_id",
        "method",
        "pod_method",
        "calls",
        "denied",
        "last_call",
        "day",
    ])
}

/// Resolves the callers of a scope anew and puts what is found in the place of what was. Gives the days with calls of
/// callers that are another's than before.
pub(super) async fn derive(work: &mut Work, inventory: &Inventory, scope: &Scope) -> Result<Days, QueryError> {
    let read = evidence::read(work, scope).await?;
    let lineage = resolve(&read.evidence, inventory);
    let attributions: Vec<_> = lineage
        .attributions
        .iter()
        .map(|found| AttributionRow::new(found, &read))
        .collect();
    let attributions = rows::to_batch(ATTRIBUTIONS, &attributions_schema(), &attributions)?;
    let made = by_session(&lineage.attributions, &read);
    let sessions: Vec<_> = lineage
        .sessions
        .iter()
        .map(|found| SessionRow::new(found, made.get(found.session_id.as_str()).copied().unwrap_or_default()))
        .collect();
    let sessions = rows::to_batch(SESSIONS, &sessions_schema(), &sessions)?;
    let moved = days_of_moved(work, &attributions, scope).await?;
    let gone = scope.sessions(work).await?;
    replace(work, SESSIONS, &gone, sessions, "session_id").await?;
    replace(work, ATTRIBUTIONS, &scope.callers(), attributions, "caller_key").await?;
    Ok(moved)
}

/// Puts rows in the place of those that a condition picks.
async fn replace(
    work: &mut Work,
    name: &'static str,
    gone: &str,
    rows: RecordBatch,
    key: &str,
) -> Result<(), QueryError> {
    let mut days = Days::of(&rows)?;
    let sql = format!("SELECT DISTINCT day FROM lake.{name} WHERE {gone}");
    for batch in batches(&work.context, &sql, Vec::new()).await? {
        days.extend(Days::of(&batch)?);
    }
    let days = Days::Some(days);
    work.put(name, |file| days.meet(file), gone, vec![rows], key).await
}

/// Calls by session, those left out that another account's trail tells as well.
fn by_session<'l>(attributions: &'l [Attribution], read: &Read) -> HashMap<&'l str, Calls> {
    let mut made: HashMap<&str, Calls> = HashMap::new();
    for found in attributions {
        let (Some(session), Some(calls)) = (&found.session_id, read.calls.get(&found.caller_key)) else {
            continue;
        };
        if !read.uncounted.contains(&found.caller_key) {
            let sum = made.entry(session).or_default();
            sum.calls += calls.calls;
            sum.denied += calls.denied;
            sum.last = sum.last.max(calls.last);
        }
    }
    made
}

/// The days with calls of callers whose attribution is another than the one that is stored.
async fn days_of_moved(work: &Work, attributions: &RecordBatch, scope: &Scope) -> Result<Days, QueryError> {
    work.register_rows("found", attributions_schema(), vec![attributions.clone()])?;
    let differ: Vec<String> = (attributions_schema().fields().iter())
        .map(|field| format!("(f.{0} IS DISTINCT FROM a.{0})", field.name()))
        .collect();
    let sql = format!(
        "SELECT f.caller_key FROM lake.found f
         JOIN (SELECT * FROM lake.{ATTRIBUTIONS} WHERE {}) a ON a.caller_key = f.caller_key WHERE {}",
        scope.callers(),
        differ.join(" OR ")
    );
    let mut days = BTreeSet::new();
    let moved = batches(&work.context, &sql, Vec::new()).await?;
    if moved.iter().any(|batch| batch.num_rows() > 0) {
        work.register_rows("moved", columns(["caller_key"]), moved)?;
        let sql = "SELECT DISTINCT day FROM lake.caller_calls
                   WHERE caller_key IN (SELECT caller_key FROM lake.moved)";
        for batch in batches(&work.context, sql, Vec::new()).await? {
            days.extend(Days::of(&batch)?);
        }
    }
    Ok(Days::Some(days))
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
    pod_method: &'a Option<String>,
    evidence_event_id: &'a Option<String>,
    chain: &'a [String],
    counted: bool,
    day: Option<Timestamp>,
}

impl<'a> AttributionRow<'a> {
    fn new(from: &'a Attribution, read: &Read) -> Self {
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
            pod_method: &from.pod_method,
            evidence_event_id: &from.evidence_event_id,
            chain: &from.chain,
            counted: !read.uncounted.contains(&from.caller_key),
            day: read.calls.get(&from.caller_key).and_then(|calls| calls.day),
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
    pod_method: &'a Option<String>,
    calls: i64,
    denied: i64,
    last_call: Option<Timestamp>,
    day: Option<Timestamp>,
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
            pod_method: &from.pod_method,
            calls: made.calls,
            denied: made.denied,
            last_call: made.last,
            day: from.issued_at.map(day_of),
        }
    }
}

/// The start of a time's UTC day.
fn day_of(Timestamp(micros): Timestamp) -> Timestamp {
    const DAY: i64 = 86_400_000_000;
    Timestamp(micros.div_euclid(DAY).saturating_mul(DAY))
}
