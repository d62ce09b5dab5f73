//! The HTTP server: one file for each resource, one registry ([`api`]) that lists them all.
//!
//! Errors become problem+json in [`problem`] and nowhere else; who may ask at all is [`guard`]'s to say.

mod assets;
mod check;
mod events;
mod explain;
mod findings;
mod graph;
mod guard;
mod page;
mod problem;
mod sessions;
mod sql;
mod status;
mod workloads;

use std::sync::Arc;

use axum::routing::get;
use axum::{Json, Router};
use podtrail_query::Engine;
use tower_http::compression::CompressionLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use problem::Problem;

/// The engine that every handler asks.
pub(crate) type Asked = axum::extract::State<Arc<Engine>>;

/// The document's head; paths and schemas come from the registry.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Podtrail",
        description = "Who did what in the clusters, and what each workload needs. Lists come in pages: give `next` as `cursor` for the following one. Unknown is null. Times are RFC 3339 in UTC.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem))
)]
struct Head;

/// Every endpoint of the API. Part of the registry of `route` macros is the document itself, so that neither can
/// forget an endpoint that the other has.
fn api() -> OpenApiRouter<Arc<Engine>> {
    OpenApiRouter::with_openapi(Head::openapi())
        .routes(routes!(status::get_status))
        .routes(routes!(status::get_coverage))
        .routes(routes!(status::list_rejects))
        .routes(routes!(workloads::list_workloads))
        .routes(routes!(workloads::get_workload))
        .routes(routes!(workloads::list_workload_usage))
        .routes(routes!(workloads::list_workload_permissions))
        .routes(routes!(workloads::list_workload_sessions))
        .routes(routes!(workloads::get_workload_recommendation))
        .routes(routes!(workloads::get_workload_migration))
        .routes(routes!(sessions::list_sessions))
        .routes(routes!(sessions::get_session))
        .routes(routes!(events::list_events))
        .routes(routes!(events::get_event))
        .routes(routes!(explain::explain))
        .routes(routes!(explain::explain_workload))
        .routes(routes!(graph::get_graph))
        .routes(routes!(findings::list_findings))
        .routes(routes!(findings::get_finding))
        .routes(routes!(check::check_changes))
        .routes(routes!(sql::run_sql))
}

/// The OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api().split_for_parts().1
}

/// The whole server: API, document, probes, dashboard.
pub fn router(engine: Arc<Engine>) -> Router {
    let (api, document) = api().split_for_parts();
    api.route("/openapi.json", get(move || async { Json(document) }))
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(status::readyz))
        .fallback(assets::serve)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .with_state(engine)
        .layer(CompressionLayer::new())
        .layer(axum::middleware::from_fn(guard::guard))
}
