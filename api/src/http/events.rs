//! Events with their attribution.

use axum::Json;
use axum::extract::{Path, State};
use podtrail_analysis::answer::{EventDetail, EventRow};
use podtrail_query::EventFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Asked;
use super::page::{Page, Paging, Params, time};
use super::problem::Problem;

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// At this day or RFC 3339 time, or later.
    from: Option<String>,
    /// At this day or RFC 3339 time, or earlier.
    to: Option<String>,
    /// Cluster name or ARN.
    cluster: Option<String>,
    /// Namespace.
    namespace: Option<String>,
    /// ServiceAccount.
    service_account: Option<String>,
    /// Session id.
    session_id: Option<String>,
    /// Role ARN.
    role: Option<String>,
    /// IAM action; `s3:*` for all of a service.
    action: Option<String>,
    /// Resource ARN; with `*` at its end for all that begin so.
    resource: Option<String>,
    /// `eventName`.
    event_name: Option<String>,
    /// `eventSource`.
    event_source: Option<String>,
    /// `ok`, `denied` or `error`.
    outcome: Option<String>,
    /// `irsa`, `pod_identity`, `node_role`, `static_key`, `other`.
    mechanism: Option<String>,
    /// `exact`, `inferred`, `claimed`, `none`.
    class: Option<String>,
    /// Part of the event's id, name, source or role, or a session's id.
    q: Option<String>,
    /// Rows at most, 1 to 1000 (default 100).
    limit: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Events, newest first.
#[utoipa::path(get, path = "/api/v1/events", tag = "events", params(ListParams),
    responses((status = 200, body = Page<EventRow>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_events(
    State(engine): Asked,
    Params(params): Params<ListParams>,
) -> Result<Json<Page<EventRow>>, Problem> {
    let (offset, limit) = Paging::new(params.limit, params.cursor).offset_and_limit()?;
    let filter = EventFilter {
        from: time("from", params.from.as_deref())?,
        to: time("to", params.to.as_deref())?,
        cluster: params.cluster,
        namespace: params.namespace,
        service_account: params.service_account,
        session_id: params.session_id,
        role: params.role,
        action: params.action,
        resource: params.resource,
        event_name: params.event_name,
        event_source: params.event_source,
        outcome: params.outcome,
        mechanism: params.mechanism,
        class: params.class,
        q: params.q,
    };
    Ok(Json(engine.events(&filter, offset, limit).await?.into()))
}

/// One event: its record as stored, its attribution, and why.
#[utoipa::path(get, path = "/api/v1/events/{event_id}", tag = "events", params(("event_id" = String, Path, description = "`eventID`.")),
    responses((status = 200, body = EventDetail), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_event(
    State(engine): Asked,
    Path(event_id): Path<String>,
) -> Result<Json<EventDetail>, Problem> {
    Ok(Json(engine.event(&event_id).await?))
}
