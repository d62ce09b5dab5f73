//! Who may ask: this machine's own browser and programs, and no page of somebody else's.
//!
//! A page from elsewhere can make a browser send requests here. It cannot choose the `Host` (a name of its own
//! that resolves to this machine shows in it), nor hide its `Origin`, nor send JSON without asking first.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;

/// Headers of every answer.
const SECURITY_HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; \
         object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Refuses foreign hosts and origins and POST of anything but JSON; adds the headers of every answer.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let mut response = match refusal(request.method(), request.headers()) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    for (name, value) in SECURITY_HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn refusal(method: &Method, headers: &HeaderMap) -> Option<Problem> {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    let host = text(header::HOST).unwrap_or_default();
    if !is_loopback(host) {
        return Some(refuse(
            "foreign-host",
            format!("the host `{host}` is not this machine: use `127.0.0.1` or `localhost`"),
        ));
    }
    if let Some(origin) = text(header::ORIGIN)
        && origin != format!("http://{host}")
    {
        return Some(refuse(
            "foreign-origin",
            format!("a page of `{origin}` may not ask here"),
        ));
    }
    let json = text(header::CONTENT_TYPE).is_some_and(is_json);
    if *method == Method::POST && !json {
        return Some(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media-type",
            "The body must be JSON",
            "send the body as `application/json`",
        ));
    }
    None
}

fn refuse(kind: &str, detail: String) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, kind, "The request is refused", detail)
}

/// Whether a `Host` names this machine, with any port.
fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    name.eq_ignore_ascii_case("localhost")
        || name
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

fn is_json(content_type: &str) -> bool {
    content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(method: &Method, headers: &[(&'static str, &'static str)]) -> Option<String> {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        refusal(method, &headers).map(|problem| problem.kind)
    }

    #[test]
    fn only_this_machine_is_a_host() {
        for host in [
            "localhost",
            "localhost:8750",
            "127.0.0.1:8750",
            "127.9.9.9",
            "[::1]:8750",
            "LOCALHOST:1",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8750",
            "localhost.evil.example",
            "10.0.0.1",
            "[::2]:1",
            "localhost:x",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn foreign_pages_are_refused() {
        let get = &Method::GET;
        assert_eq!(kind(get, &[("host", "localhost:1")]), None);
        assert_eq!(
            kind(get, &[("host", "localhost:1"), ("origin", "http://localhost:1")]),
            None
        );
        assert_eq!(
            kind(get, &[("host", "evil.example")]).unwrap(),
            "/problems/foreign-host"
        );
        assert_eq!(kind(get, &[]).unwrap(), "/problems/foreign-host");
        for origin in [
            "http://evil.example",
            "null",
            "http://localhost:2",
            "https://localhost:1",
        ] {
            assert_eq!(
                kind(get, &[("host", "localhost:1"), ("origin", origin)]).unwrap(),
                "/problems/foreign-origin"
            );
        }
    }

    #[test]
    fn a_post_is_json_or_refused() {
        let post = |content_type| {
            kind(
                &Method::POST,
                &[("host", "localhost:1"), ("content-type", content_type)],
            )
        };
        assert_eq!(post("application/json"), None);
        assert_eq!(post("application/json; charset=utf-8"), None);
        for simple in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "text/plain; application/json",
            "",
        ] {
            assert_eq!(post(simple).unwrap(), "/problems/media-type", "{simple}");
        }
        assert_eq!(
            kind(&Method::POST, &[("host", "localhost:1")]).unwrap(),
            "/problems/media-type"
        );
    }
}
