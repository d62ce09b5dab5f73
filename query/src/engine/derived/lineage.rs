//! `attributions` and `sessions`: who stands behind every caller.
//!
//! Lineage itself is pure and lives in `podtrail_analysis`; here its evidence is read from the facts, and what it finds
//! is laid out in columns and put in the place of what was found before.

use std::collections::{BTreeSet, HashMap, HashSet};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use podtrail_analysis::inventory::Inventory;
use podtrail_analysis::lineage::{
    Attribution, Caller, Class, ClusterRef, Evidence, Mechanism, Session, SharedCall, StsCall, resolve,
};
use podtrail_event::time::Timestamp;
use serde::Serialize;

use super::columns::{Named, Texts, columns};
use super::days::Days;
use super::facts::{CALLER, EVIDENCE};
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
        "calls",
        "denied",
        "last_call",
        "day",
    ])
}

/// Calls made by one caller, or with one session.
#[derive(Default, Clone, Copy)]
struct Calls {
    calls: i64,
    denied: i64,
    last: Option<Timestamp>,
    day: Option<Timestamp>,
}

/// The evidence, and what is not lineage's to know.
#[derive(Default)]
struct Read {
    evidence: Evidence,
    /// By the key of the caller.
    calls: HashMap<String, Calls>,
    /// Callers of which another account's trail tells better.
    uncounted: HashSet<String>,
}

/// Resolves the callers anew and writes what was found. Gives the days of the callers that are another's than before.
pub(super) async fn derive(work: &mut Work, inventory: &Inventory, anew: bool) -> Result<Days, QueryError> {
    let read = read(work).await?;
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
    let days = if anew { Days::All } else { days_of_moved(work, &attributions).await? };
    work.put(ATTRIBUTIONS, |_| true, "true", vec![attributions], "caller_key").await?;
    work.put(SESSIONS, |_| true, "true", vec![sessions], "session_id").await?;
    Ok(days)
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
async fn days_of_moved(work: &Work, attributions: &RecordBatch) -> Result<Days, QueryError> {
    work.register_rows("found", attributions_schema(), vec![attributions.clone()])?;
    let schema = attributions_schema();
    let differ: Vec<String> = (schema.fields().iter())
        .map(|field| format!("(f.{0} IS DISTINCT FROM a.{0})", field.name()))
        .collect();
    let sql = format!(
        "SELECT DISTINCT c.day FROM lake.caller_calls c
         WHERE c.caller_key IN (SELECT f.caller_key FROM lake.found f
                                JOIN lake.attributions a ON a.caller_key = f.caller_key WHERE {})",
        differ.join(" OR ")
    );
    let mut days = BTreeSet::new();
    for batch in batches(&work.context, &sql, Vec::new()).await? {
        days.extend(Days::of(&batch)?);
    }
    Ok(Days::Some(days))
}

/// Reads the evidence.
async fn read(work: &Work) -> Result<Read, QueryError> {
    let mut read = Read::default();
    let shared_ids = read_evidence(work, &mut read).await?;
    let columns = CALLER.map(|name| format!("min({name}) AS {name}")).join(", ");
    let sql = format!(
        "SELECT caller_key, {columns}, min(day) AS day, sum(calls) AS calls, sum(denied) AS denied,
                max(last_call) AS last_call
         FROM lake.callers GROUP BY caller_key"
    );
    for batch in batches(&work.context, &sql, Vec::new()).await? {
        read_callers(&batch, &shared_ids, &mut read)?;
    }
    // Of shared events only those matter that some account knows no better than by their number.
    let wanted: HashSet<String> = (read.evidence.callers.iter())
        .filter_map(|caller| caller.shared_event_id.clone())
        .collect();
    read.evidence
        .shared_calls
        .retain(|call| wanted.contains(&call.shared_event_id));
    Ok(read)
}

fn read_callers(batch: &RecordBatch, shared_ids: &HashSet<String>, read: &mut Read) -> Result<(), QueryError> {
    let named = Named(batch);
    let (key, callers) = (named.texts("caller_key")?, Callers::of(batch)?);
    let (calls, denied) = (named.numbers("calls")?, named.numbers("denied")?);
    let (last, day) = (named.times("last_call")?, named.times("day")?);
    for row in 0..batch.num_rows() {
        let (key, caller) = (key.owned(row).unwrap_or_default(), callers.get(row));
        if caller.shared_event_id.as_ref().is_some_and(|id| shared_ids.contains(id)) {
            read.uncounted.insert(key.clone());
        }
        let calls = Calls {
            calls: calls(row),
            denied: denied(row),
            last: last(row),
            day: day(row),
        };
        read.calls.insert(key, calls);
        read.evidence.callers.push(caller);
    }
    Ok(())
}

/// Reads issues and shared events; gives the ids of the latter.
async fn read_evidence(work: &Work, read: &mut Read) -> Result<HashSet<String>, QueryError> {
    let mut shared_ids = HashSet::new();
    for batch in batches(&work.context, &format!("SELECT * FROM lake.{EVIDENCE}"), Vec::new()).await? {
        let named = Named(&batch);
        let texts = |name| named.texts(name);
        let (event_id, event_name, account) = (texts("event_id")?, texts("event_name")?, texts("trail_account_id")?);
        let (error_code, shared) = (texts("error_code")?, texts("call_shared_event_id")?);
        let (request, response) = (texts("request_parameters")?, texts("response_elements")?);
        let (time, issue, callers) = (named.times("event_time")?, named.truths("issue")?, Callers::of(&batch)?);
        for row in 0..batch.num_rows() {
            let caller = callers.get(row);
            let known = caller.identity_type.as_deref() != Some("AWSAccount");
            if let Some(id) = shared.owned(row).filter(|_| known) {
                shared_ids.insert(id.clone());
                read.evidence.shared_calls.push(SharedCall {
                    shared_event_id: id,
                    event_id: event_id.owned(row).unwrap_or_default(),
                    caller: caller.clone(),
                });
            }
            if issue(row) {
                read.evidence.sts_calls.push(StsCall {
                    event_id: event_id.owned(row).unwrap_or_default(),
                    event_time: time(row),
                    event_name: event_name.owned(row).unwrap_or_default(),
                    recipient_account_id: account.owned(row),
                    error_code: error_code.owned(row),
                    shared_event_id: shared.owned(row),
                    caller,
                    request_parameters: request.owned(row),
                    response_elements: response.owned(row),
                });
            }
        }
    }
    Ok(shared_ids)
}

/// The callers of the rows of a batch.
struct Callers<T> {
    texts: [Texts; 16],
    created: T,
}

impl Callers<()> {
    fn of(batch: &RecordBatch) -> Result<Callers<impl Fn(usize) -> Option<Timestamp> + use<>>, QueryError> {
        let named = Named(batch);
        let texts = CALLER.into_iter().filter(|name| *name != "session_created");
        let texts = texts.map(|name| named.texts(name)).collect::<Result<Vec<_>, _>>()?;
        let count = texts.len();
        let texts = texts.try_into().map_err(|_| {
            datafusion::error::DataFusionError::Internal(format!("a caller has {count} columns of text"))
        })?;
        let created = named.times("session_created")?;
        Ok(Callers { texts, created })
    }
}

impl<T: Fn(usize) -> Option<Timestamp>> Callers<T> {
    fn get(&self, row: usize) -> Caller {
        let [
            identity_type,
            principal_id,
            identity_arn,
            identity_account_id,
            access_key_id,
            user_name,
            invoked_by,
            issuer_arn,
            issuer_id,
            session_name,
            federated_provider,
            ec2_role_delivery,
            shared_event_id,
            issued_access_key_id,
            requested_role_arn,
            recipient_account_id,
        ] = self.texts.each_ref().map(|column| column.owned(row));
        Caller {
            identity_type,
            principal_id,
            identity_arn,
            identity_account_id,
            access_key_id,
            user_name,
            invoked_by,
            issuer_arn,
            issuer_id,
            session_name,
            session_created: (self.created)(row),
            federated_provider,
            ec2_role_delivery,
            shared_event_id,
            issued_access_key_id,
            requested_role_arn,
            recipient_account_id,
        }
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
