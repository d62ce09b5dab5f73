//! The evidence of lineage, read from the facts: all of it, or what a refresh touches.

use std::collections::{HashMap, HashSet};

use datafusion::arrow::array::RecordBatch;
use datafusion::error::DataFusionError;
use podtrail_analysis::inventory::ConfigurationEvent;
use podtrail_analysis::lineage::{AuditRow, Caller, CallerSource, Evidence, SharedCall, StsCall, TokenRequest};
use podtrail_event::time::Timestamp;

use super::columns::{Named, Texts};
use super::facts::{CALLER, CALLERS, EVIDENCE};
use super::scope::Scope;
use super::work::Work;
use crate::QueryError;
use crate::engine::batches;

/// Calls made by one caller, or with one session.
#[derive(Default, Clone, Copy)]
pub(super) struct Calls {
    pub(super) calls: i64,
    pub(super) denied: i64,
    pub(super) last: Option<Timestamp>,
    /// The day of the first one.
    pub(super) day: Option<Timestamp>,
}

/// The evidence, and what is not lineage's to know.
#[derive(Default)]
pub(super) struct Read {
    pub(super) evidence: Evidence,
    /// By the key of the caller.
    pub(super) calls: HashMap<String, Calls>,
    /// Callers of which another account's trail tells better.
    pub(super) uncounted: HashSet<String>,
}

/// Reads the evidence of a scope.
pub(super) async fn read(work: &Work, scope: &Scope) -> Result<Read, QueryError> {
    let mut read = Read::default();
    let sql = format!("SELECT * FROM lake.{EVIDENCE} WHERE NOT token AND {}", scope.events());
    for batch in batches(&work.context, &sql, Vec::new()).await? {
        for (shared, issue) in records(&batch)? {
            read.evidence.shared_calls.extend(shared);
            read.evidence.sts_calls.extend(issue);
        }
    }
    let shared: HashSet<String> = (read.evidence.shared_calls.iter())
        .map(|call| call.shared_event_id.clone())
        .collect();
    let columns = CALLER.map(|name| format!("min({name}) AS {name}")).join(", ");
    let sql = format!(
        "SELECT caller_key, {columns}, min(day) AS day, sum(calls) AS calls, sum(denied) AS denied,
                max(last_call) AS last_call
         FROM lake.{CALLERS} WHERE {} GROUP BY caller_key",
        scope.caller_facts()
    );
    for batch in batches(&work.context, &sql, Vec::new()).await? {
        read.add_callers(&batch, &shared)?;
    }
    read.evidence.sources = sources(work, scope).await?;
    read.evidence.token_requests = token_requests(work).await?;
    // Of shared events only those matter that some account knows no better than by their number.
    let wanted: HashSet<String> = (read.evidence.callers.iter())
        .filter_map(|caller| caller.shared_event_id.clone())
        .collect();
    read.evidence
        .shared_calls
        .retain(|call| wanted.contains(&call.shared_event_id));
    Ok(read)
}

/// From where callers called through VPC endpoints: other addresses prove no pod. Of the credentials of an instance all
/// of them, since when they were used says which pods of the node may have.
async fn sources(work: &Work, scope: &Scope) -> Result<Vec<CallerSource>, QueryError> {
    let of_scope = format!("SELECT * FROM lake.caller_sources WHERE {}", scope.callers());
    let sql = format!(
        "SELECT caller_key, source_ip_address, vpc_endpoint_id, min(first_seen) AS first_seen,
                max(last_seen) AS last_seen
         FROM ({of_scope} AND vpc_endpoint_id IS NOT NULL
               UNION ALL
               {of_scope} AND caller_key IN (
                   SELECT caller_key FROM lake.{CALLERS}
                   WHERE ec2_role_delivery IS NOT NULL OR session_name LIKE 'i-%' OR session_name LIKE '%:i-%'))
         GROUP BY caller_key, source_ip_address, vpc_endpoint_id"
    );
    let mut sources = Vec::new();
    for batch in batches(&work.context, &sql, Vec::new()).await? {
        let named = Named(&batch);
        let (key, address) = (named.texts("caller_key")?, named.texts("source_ip_address")?);
        let endpoint = named.texts("vpc_endpoint_id")?;
        let (first, last) = (named.times("first_seen")?, named.times("last_seen")?);
        sources.extend((0..batch.num_rows()).map(|row| CallerSource {
            caller_key: key.owned(row).unwrap_or_default(),
            source_ip: address.owned(row),
            vpc_endpoint_id: endpoint.owned(row),
            first_seen: first(row),
            last_seen: last(row),
        }));
    }
    Ok(sources)
}

/// Every token that a pod was given: those in force when a session began say which pods may have begun it.
async fn token_requests(work: &Work) -> Result<Vec<TokenRequest>, QueryError> {
    let mut requests = Vec::new();
    let sql = format!("SELECT * FROM lake.{EVIDENCE} WHERE token");
    for batch in batches(&work.context, &sql, Vec::new()).await? {
        let named = Named(&batch);
        let texts = |name| named.texts(name);
        let (event_id, error_code, time) = (texts("event_id")?, texts("error_code")?, named.times("event_time")?);
        let (request, data, extra) = (
            texts("request_parameters")?,
            texts("additional_event_data")?,
            texts("extra")?,
        );
        requests.extend((0..batch.num_rows()).filter_map(|row| {
            TokenRequest::read(AuditRow {
                event_id: event_id.get(row).unwrap_or_default(),
                event_time: time(row),
                error_code: error_code.get(row),
                request_parameters: request.get(row),
                additional_event_data: data.get(row),
                extra: extra.get(row),
            })
        }));
    }
    Ok(requests)
}

/// What the log itself says of changes of the configuration.
pub(super) async fn configuration(work: &Work) -> Result<Vec<ConfigurationEvent>, QueryError> {
    let mut events = Vec::new();
    let sql = format!("SELECT * FROM lake.{EVIDENCE} WHERE configuration");
    for batch in batches(&work.context, &sql, Vec::new()).await? {
        let named = Named(&batch);
        let texts = |name| named.texts(name);
        let (event_id, time) = (texts("event_id")?, named.times("event_time")?);
        let (source, name) = (texts("event_source")?, texts("event_name")?);
        let (account, region, error_code) = (texts("trail_account_id")?, texts("aws_region")?, texts("error_code")?);
        let (request, response) = (texts("request_parameters")?, texts("response_elements")?);
        events.extend((0..batch.num_rows()).map(|row| ConfigurationEvent {
            event_id: event_id.owned(row).unwrap_or_default(),
            event_time: time(row),
            event_source: source.owned(row).unwrap_or_default(),
            event_name: name.owned(row).unwrap_or_default(),
            recipient_account_id: account.owned(row),
            aws_region: region.owned(row),
            error_code: error_code.owned(row),
            request_parameters: request.owned(row),
            response_elements: response.owned(row),
        }));
    }
    Ok(events)
}

impl Read {
    fn add_callers(&mut self, batch: &RecordBatch, shared: &HashSet<String>) -> Result<(), QueryError> {
        let named = Named(batch);
        let (calls, denied) = (named.numbers("calls")?, named.numbers("denied")?);
        let (last, day) = (named.times("last_call")?, named.times("day")?);
        for (row, (key, caller)) in callers(batch)?.into_iter().enumerate() {
            if caller.shared_event_id.as_ref().is_some_and(|id| shared.contains(id)) {
                self.uncounted.insert(key.clone());
            }
            let calls = Calls {
                calls: calls(row),
                denied: denied(row),
                last: last(row),
                day: day(row),
            };
            self.calls.insert(key, calls);
            self.evidence.callers.push(caller);
        }
        Ok(())
    }
}

/// The callers of the rows of a batch, with their keys.
pub(super) fn callers(batch: &RecordBatch) -> Result<Vec<(String, Caller)>, QueryError> {
    let (key, callers) = (Named(batch).texts("caller_key")?, Callers::of(batch)?);
    let row = |row| (key.owned(row).unwrap_or_default(), callers.get(row));
    Ok((0..batch.num_rows()).map(row).collect())
}

/// What a row of evidence is: the record of a shared event, an issue, or both.
pub(super) type Record = (Option<SharedCall>, Option<StsCall>);

/// The records of the rows of a batch of evidence.
pub(super) fn records(batch: &RecordBatch) -> Result<Vec<Record>, QueryError> {
    let named = Named(batch);
    let texts = |name| named.texts(name);
    let (event_id, event_name, account) = (texts("event_id")?, texts("event_name")?, texts("trail_account_id")?);
    let (error_code, shared) = (texts("error_code")?, texts("call_shared_event_id")?);
    let (request, response) = (texts("request_parameters")?, texts("response_elements")?);
    let (time, issue, callers) = (named.times("event_time")?, named.truths("issue")?, Callers::of(batch)?);
    let record = |row| {
        let caller = callers.get(row);
        let id = event_id.owned(row).unwrap_or_default();
        let known = caller.identity_type.as_deref() != Some("AWSAccount");
        let shared_call = shared.owned(row).filter(|_| known).map(|shared_event_id| SharedCall {
            shared_event_id,
            event_id: id.clone(),
            caller: caller.clone(),
        });
        let sts_call = issue(row).then(|| StsCall {
            event_id: id,
            event_time: time(row),
            event_name: event_name.owned(row).unwrap_or_default(),
            recipient_account_id: account.owned(row),
            error_code: error_code.owned(row),
            shared_event_id: shared.owned(row),
            caller,
            request_parameters: request.owned(row),
            response_elements: response.owned(row),
        });
        (shared_call, sts_call)
    };
    Ok((0..batch.num_rows()).map(record).collect())
}

/// The callers of the rows of a batch.
struct Callers<T> {
    texts: [Texts; 17],
    created: T,
}

impl Callers<()> {
    fn of(batch: &RecordBatch) -> Result<Callers<impl Fn(usize) -> Option<Timestamp> + use<>>, QueryError> {
        let named = Named(batch);
        let texts = CALLER.into_iter().filter(|name| *name != "session_created");
        let texts = texts.map(|name| named.texts(name)).collect::<Result<Vec<_>, _>>()?;
        let count = texts.len();
        let texts = texts
            .try_into()
            .map_err(|_| DataFusionError::Internal(format!("a caller has {count} columns of text")))?;
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
            node_agent,
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
            node_agent,
        }
    }
}
