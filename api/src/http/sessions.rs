//! Sessions and their chains.

use axum::Json;
use axum::extract::{Path, State};
use podtrail_analysis::answer::{SessionDetail, SessionRow};
use podtrail_query::SessionFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::Asked;
use super::page::{Page, Paging, Params};
use super::problem::Problem;

/// Which sessions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Part of the session's id, name or role.
    q: Option<String>,
    /// `irsa`, `pod_identity`, `node_role`, `static_key`, `other`.
    mechanism: Option<String>,
    /// Cluster name or ARN.
    cluster: Option<String>,
    /// Namespace.
    namespace: Option<String>,
    /// ServiceAccount.
    service_account: Option<String>,
    /// Role ARN.
    role: Option<String>,
    /// Rows at most, 1 to 1000 (default 100).
    limit: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Sessions, newest first.
#[utoipa::path(get, path = "/api/v1/sessions", tag = "sessions", params(ListParams),
    responses((status = 200, body = Page<SessionRow>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_sessions(
    State(engine): Asked,
    Params(params): Params<ListParams>,
) -> Result<Json<Page<SessionRow>>, Problem> {
    let (offset, limit) = Paging::new(params.limit, params.cursor).offset_and_limit()?;
    let filter = SessionFilter {
        q: params.q,
        mechanism: params.mechanism,
        cluster: params.cluster,
        namespace: params.namespace,
        service_account: params.service_account,
        role: params.role,
    };
    Ok(Json(engine.sessions(&filter, offset, limit).await?.into()))
}

/// One session: its chain, root first, what was assumed with it, and its newest calls.
#[utoipa::path(get, path = "/api/v1/sessions/{session_id}", tag = "sessions", params(("session_id" = String, Path, description = "Access key id; without one, `principal id@creation time`.")),
    responses((status = 200, body = SessionDetail), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_session(
    State(engine): Asked,
    Path(session_id): Path<String>,
) -> Result<Json<SessionDetail>, Problem> {
    Ok(Json(engine.session_detail(&session_id).await?))
}
