//! Findings: what is wrong, or worth knowing.

use axum::Json;
use axum::extract::{Path, State};
use podtrail_analysis::answer::{CoverageSummary, Finding, SeverityCounts};
use podtrail_query::FindingFilter;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Asked;
use super::page::{Page, Paging, Params, one_of};
use super::problem::Problem;

const SEVERITIES: &str = "`critical`, `high`, `medium`, `low`, `info`";
const KINDS: &str = "the kinds that `/openapi.json` lists under `FindingKind`";

/// Which findings.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// `critical`, `high`, `medium`, `low`, `info`.
    severity: Option<String>,
    /// A kind, such as `shared_role`.
    kind: Option<String>,
    /// A workload, by its id `cluster/namespace/serviceaccount`.
    workload: Option<String>,
    /// Role ARN.
    role: Option<String>,
    /// Part of the id, title, subject, cause, a workload or a role.
    q: Option<String>,
    /// Rows at most, 1 to 1000 (default 100).
    limit: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// One page of findings.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FindingPage {
    #[serde(flatten)]
    page: Page<Finding>,
    /// How many there are of each severity, on all pages.
    counts: SeverityCounts,
    /// How far the log reaches on which they rest.
    coverage: CoverageSummary,
}

/// Findings, worst first.
#[utoipa::path(get, path = "/api/v1/findings", tag = "findings", params(ListParams),
    responses((status = 200, body = FindingPage), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn list_findings(
    State(engine): Asked,
    Params(params): Params<ListParams>,
) -> Result<Json<FindingPage>, Problem> {
    let (offset, limit) = Paging::new(params.limit, params.cursor).offset_and_limit()?;
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let filter = FindingFilter {
        severity: one_of("severity", params.severity.as_deref(), SEVERITIES)?,
        kind: one_of("kind", params.kind.as_deref(), KINDS)?,
        workload: given(params.workload),
        role: given(params.role),
        q: params.q,
    };
    let found = engine.findings(&filter, offset, limit).await?;
    Ok(Json(FindingPage {
        page: found.page.into(),
        counts: found.counts,
        coverage: found.coverage,
    }))
}

/// One finding.
#[utoipa::path(get, path = "/api/v1/findings/{finding_id}", tag = "findings", params(("finding_id" = String, Path, description = "The finding's id.")),
    responses((status = 200, body = Finding), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn get_finding(
    State(engine): Asked,
    Path(finding_id): Path<String>,
) -> Result<Json<Finding>, Problem> {
    Ok(Json(engine.finding(&finding_id).await?))
}
