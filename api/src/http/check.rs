//! Changes of policies, trust and associations, judged by the history.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use podtrail_analysis::answer::Check;
use podtrail_analysis::check::File;
use podtrail_query::CheckQuestion;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Asked;
use super::page::time;
use super::problem::Problem;

/// Documents, and by whose history they are judged.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Changes {
    /// Policies, trust policies, Terraform plans and recommendations.
    documents: Vec<ChangeDocument>,
    /// Only the history of `cluster/namespace/serviceaccount`; a bare policy is that of its roles.
    workload: Option<String>,
    /// Only history through this role, by ARN; a bare policy is that role's.
    role: Option<String>,
    /// Use history from this day on (UTC).
    since: Option<String>,
}

/// A document, told apart by its content.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct ChangeDocument {
    /// How it is called in the answer.
    name: String,
    /// Its JSON text.
    text: String,
}

/// Replays history under changed policies, trust policies and associations. Nothing is kept. The body may have 2 MB.
#[utoipa::path(post, path = "/api/v1/check", tag = "check", request_body = Changes,
    responses((status = 200, body = Check), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub(super) async fn check_changes(
    State(engine): Asked,
    changes: Result<Json<Changes>, JsonRejection>,
) -> Result<Json<Check>, Problem> {
    let Json(changes) = changes.map_err(|error| Problem::bad_request(error.body_text()))?;
    let files: Vec<File<'_>> = changes
        .documents
        .iter()
        .map(|document| File {
            name: &document.name,
            text: &document.text,
        })
        .collect();
    let question = CheckQuestion {
        files: &files,
        workload: changes.workload.as_deref(),
        role: changes.role.as_deref(),
        since: time("since", changes.since.as_deref())?,
    };
    Ok(Json(engine.check_changes(question).await?))
}
