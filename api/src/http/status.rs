//! The state of the product, and how far its answers reach.

use axum::Json;
use axum::extract::State;
use podtrail_analysis::answer::{Coverage, RejectRow, Status};

use super::Asked;
use super::page::{Page, Paging, Params};
use super::problem::Problem;

/// The lake, how far each source has been read with its ledger, the inventory, versions.
#[utoipa::path(get, path = "/api/v1/status", tag = "status",
    responses((status = 200, body = Status), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_status(State(engine): Asked) -> Result<Json<Status>, Problem> {
    Ok(Json(engine.status().await?))
}

/// What the trail holds and how much of it is attributed.
#[utoipa::path(get, path = "/api/v1/coverage", tag = "status",
    responses((status = 200, body = Coverage), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_coverage(State(engine): Asked) -> Result<Json<Coverage>, Problem> {
    Ok(Json(Coverage::clone(&*engine.coverage().await?)))
}

/// What could not be read, with its reason.
#[utoipa::path(get, path = "/api/v1/rejects", tag = "status", params(Paging),
    responses((status = 200, body = Page<RejectRow>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_rejects(
    State(engine): Asked,
    Params(paging): Params<Paging>,
) -> Result<Json<Page<RejectRow>>, Problem> {
    let (offset, limit) = paging.offset_and_limit()?;
    Ok(Json(engine.rejects(offset, limit).await?.into()))
}

/// Ready when the lake and the database answer.
pub(super) async fn readyz(State(engine): Asked) -> Result<&'static str, Problem> {
    engine.ready().await?;
    Ok("ready")
}
