//! Errors as problem+json (RFC 9457): the only place where they get an HTTP status.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use podtrail_query::QueryError;
use serde::Serialize;
use utoipa::ToSchema;

/// What went wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Stable name of the kind of problem, as a URI reference.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// This problem in words.
    pub detail: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What may have been meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
}

impl Problem {
    /// A problem of a kind.
    #[must_use]
    pub fn new(status: StatusCode, kind: &str, title: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{kind}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            hint: None,
            suggestions: Vec::new(),
        }
    }

    /// A request that is wrong in itself.
    #[must_use]
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", "The request is wrong", detail)
    }

    fn with_hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }

    fn with_suggestions(mut self, suggestions: Vec<String>) -> Self {
        self.suggestions = suggestions;
        self
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        let detail = error.to_string();
        match error {
            QueryError::Input(_) => Self::bad_request(detail),
            QueryError::Refused(_) => Self::new(StatusCode::FORBIDDEN, "refused", "SQL is for reading only", detail),
            QueryError::Limit { hint, .. } => {
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, "limit", "A limit was reached", detail).with_hint(hint)
            }
            QueryError::NotFound { suggestions, .. } => {
                Self::new(StatusCode::NOT_FOUND, "not-found", "It is not there", detail).with_suggestions(suggestions)
            }
            QueryError::Ambiguous { candidates, .. } => {
                Self::new(StatusCode::CONFLICT, "ambiguous", "The name stands for several", detail)
                    .with_suggestions(candidates)
            }
            QueryError::Lake(_)
            | QueryError::Database { .. }
            | QueryError::DatabaseLocation(_)
            | QueryError::DatabaseNewer(_)
            | QueryError::Engine(_)
            | QueryError::Shape { .. } => {
                // The cause may name paths and is for the log; the asker learns where to look.
                tracing::error!(error = &error as &dyn std::error::Error, "a request failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "fault",
                    "The server failed",
                    "the question could not be answered",
                )
                .with_hint("the server's log tells the cause; try again once it is mended")
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self)).into_response();
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}

/// A path that exists, with another method.
pub(super) async fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "The method is not allowed here",
        "this path does not take that method; `/openapi.json` lists what each takes",
    )
}
