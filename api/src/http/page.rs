//! Pages of lists, and parameters as they come.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use podtrail_event::time::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::problem::Problem;

/// Rows of a page when the asker does not say.
const DEFAULT_LIMIT: u64 = 100;
/// Rows of a page at most.
const MAX_LIMIT: u64 = 1000;

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    /// The rows.
    items: Vec<T>,
    /// Give this as `cursor` for the next page; null on the last.
    next: Option<String>,
    /// Rows of all pages, where counting them costs nothing.
    total: Option<u64>,
}

impl<T> From<podtrail_query::Page<T>> for Page<T> {
    fn from(page: podtrail_query::Page<T>) -> Self {
        Self {
            items: page.items,
            next: page.next.map(|offset| format!("{offset:x}")),
            total: page.total,
        }
    }
}

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// Rows at most, 1 to 1000 (default 100).
    limit: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
}

impl Paging {
    /// Paging out of parameters that came with others.
    pub(crate) const fn new(limit: Option<String>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    /// Offset and limit.
    pub(crate) fn offset_and_limit(&self) -> Result<(u64, u64), Problem> {
        let limit = match self.limit.as_deref().map(str::parse) {
            None => DEFAULT_LIMIT,
            Some(Ok(limit @ 1..=MAX_LIMIT)) => limit,
            Some(_) => {
                return Err(Problem::bad_request(format!(
                    "`limit` must be a number from 1 to {MAX_LIMIT}"
                )));
            }
        };
        let offset = match self.cursor.as_deref().map(|cursor| u64::from_str_radix(cursor, 16)) {
            None => 0,
            Some(Ok(offset)) if offset < 1 << 40 => offset,
            Some(_) => {
                return Err(Problem::bad_request(
                    "`cursor` is not one that a page gave: start again without it",
                ));
            }
        };
        Ok((offset, limit))
    }
}

/// Parameters of the query, with problems told as problem+json.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(error) => Err(Problem::bad_request(error.body_text())),
        }
    }
}

/// The three parts of a workload's path, as `cluster/namespace/serviceaccount`.
pub(crate) struct WorkloadName(pub(crate) String);

impl<S: Send + Sync> FromRequestParts<S> for WorkloadName {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<(String, String, String)>::from_request_parts(parts, state).await {
            Ok(Path((cluster, namespace, account))) => Ok(Self(format!("{cluster}/{namespace}/{account}"))),
            Err(error) => Err(Problem::bad_request(error.body_text())),
        }
    }
}

/// A time parameter.
pub(crate) fn time(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let whole = if text.len() == 10 {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    };
    let time = Timestamp::parse(&whole);
    time.map(Some)
        .ok_or_else(|| Problem::bad_request(format!("`{name}` must be a day or an RFC 3339 time, not `{text}`")))
}

/// A parameter with few values, as the views spell them.
pub(crate) fn one_of<T: DeserializeOwned>(
    name: &str,
    text: Option<&str>,
    accepted: &str,
) -> Result<Option<T>, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    serde_json::from_value(text.into())
        .map(Some)
        .map_err(|_| Problem::bad_request(format!("`{name}` must be one of {accepted}, not `{text}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paging(limit: Option<&str>, cursor: Option<&str>) -> Result<(u64, u64), Problem> {
        Paging {
            limit: limit.map(str::to_owned),
            cursor: cursor.map(str::to_owned),
        }
        .offset_and_limit()
    }

    #[test]
    fn a_cursor_leads_to_where_the_page_ended() {
        let page = Page::from(podtrail_query::Page {
            items: vec![1],
            next: Some(300),
            total: None,
        });
        assert_eq!(paging(Some("50"), page.next.as_deref()).unwrap(), (300, 50));
    }

    #[test]
    fn wrong_pages_are_refused_kindly() {
        assert_eq!(paging(None, None).unwrap(), (0, 100));
        for (limit, cursor) in [
            (Some("0"), None),
            (Some("1001"), None),
            (Some("x"), None),
            (None, Some("zz")),
            (None, Some("ffffffffffffffff")),
        ] {
            assert_eq!(paging(limit, cursor).unwrap_err().status, 400, "{limit:?} {cursor:?}");
        }
    }

    #[test]
    fn times_are_days_or_rfc_3339() {
        assert_eq!(
            time("from", Some("1970-01-02")).unwrap(),
            Some(Timestamp(86_400_000_000))
        );
        assert_eq!(time("from", Some("")).unwrap(), None);
        assert!(time("from", Some("yesterday")).unwrap_err().detail.contains("`from`"));
    }
}
