//! The dashboard, embedded in the binary.

use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};

use super::problem::Problem;

/// Path and content of every file of the built dashboard.
static ASSETS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// A file of the dashboard; its index for any other page of it; a problem for unknown paths of the API.
pub(super) async fn serve(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        let detail = format!("`/{path}` is no path of the API: `/openapi.json` lists them");
        return Problem::new(StatusCode::NOT_FOUND, "not-found", "It is not there", detail).into_response();
    }
    if let Some(content) = asset(path) {
        // Vite puts a hash of the content into the names below `assets/`.
        let cache = if path.starts_with("assets/") {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        };
        return (
            [(header::CONTENT_TYPE, media_type(path)), (header::CACHE_CONTROL, cache)],
            content,
        )
            .into_response();
    }
    match asset("index.html") {
        Some(index) => ([(header::CACHE_CONTROL, "no-cache")], Html(index)).into_response(),
        None => Html(include_str!("not-built.html")).into_response(),
    }
}

fn asset(path: &str) -> Option<&'static [u8]> {
    ASSETS
        .iter()
        .find(|(name, _)| *name == path)
        .map(|(_, content)| *content)
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_file_has_a_media_type() {
        for (name, _) in ASSETS {
            assert_ne!(media_type(name), "application/octet-stream", "{name}");
        }
    }
}
