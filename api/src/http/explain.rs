//! Who stands behind an event, a session or a workload.

use axum::Json;
use axum::extract::{Path, State};
use podtrail_analysis::answer::Explanation;
use utoipa::IntoParams;

use super::Asked;
use super::page::WorkloadName;
use super::problem::Problem;

/// The three parts of a workload's name.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "describes the path for the document; `WorkloadName` reads it")]
pub(super) struct WorkloadPath {
    /// Cluster name, or its ARN.
    cluster: String,
    /// Namespace.
    namespace: String,
    /// ServiceAccount.
    service_account: String,
}

/// The chain behind an event or a session, each step with its evidence, and why no stronger class. A workload's id does
/// as well, its slashes encoded.
#[utoipa::path(get, path = "/api/v1/explain/{subject}", tag = "explain", params(("subject" = String, Path, description = "`eventID`, access key id, or another session's id.")),
    responses((status = 200, body = Explanation), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn explain(State(engine): Asked, Path(subject): Path<String>) -> Result<Json<Explanation>, Problem> {
    Ok(Json(engine.explain(&subject).await?))
}

/// The chains of a workload, its newest sessions, roles and methods.
#[utoipa::path(get, path = "/api/v1/explain/{cluster}/{namespace}/{service_account}", tag = "explain", params(WorkloadPath),
    responses((status = 200, body = Explanation), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn explain_workload(
    State(engine): Asked,
    WorkloadName(name): WorkloadName,
) -> Result<Json<Explanation>, Problem> {
    Ok(Json(engine.explain(&name).await?))
}
