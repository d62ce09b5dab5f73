//! The graph of use.

use axum::Json;
use axum::extract::State;
use podtrail_analysis::answer::Graph;
use podtrail_query::{DEFAULT_NODES, GraphFilter};
use serde::Deserialize;
use utoipa::IntoParams;

use super::Asked;
use super::page::Params;
use super::problem::Problem;

/// Nodes of a column at most.
const MAX_NODES: u64 = 500;

/// Which use, and how much of it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct GraphParams {
    /// Cluster name or ARN.
    cluster: Option<String>,
    /// Namespace.
    namespace: Option<String>,
    /// `cluster/namespace/serviceaccount`.
    workload: Option<String>,
    /// Role ARN: one whose permissions were checked, or one that was gone through.
    role: Option<String>,
    /// Nodes of each column, 1 to 500 (default 40); the least called beyond are one node of the kind `rest`.
    limit: Option<String>,
}

/// Who uses what: workload → role → further roles → service → resource, with calls, denials and last use on each edge.
#[utoipa::path(get, path = "/api/v1/graph", tag = "graph", params(GraphParams),
    responses((status = 200, body = Graph), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_graph(
    State(engine): Asked,
    Params(params): Params<GraphParams>,
) -> Result<Json<Graph>, Problem> {
    let limit = match params.limit.as_deref().filter(|text| !text.is_empty()).map(str::parse) {
        None => DEFAULT_NODES,
        Some(Ok(limit @ 1..=MAX_NODES)) => limit,
        Some(_) => {
            return Err(Problem::bad_request(format!(
                "`limit` must be a number from 1 to {MAX_NODES}"
            )));
        }
    };
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let filter = GraphFilter {
        cluster: given(params.cluster),
        namespace: given(params.namespace),
        workload: given(params.workload),
        role: given(params.role),
    };
    Ok(Json(engine.graph(&filter, limit).await?))
}
