//! Amazon API Gateway: IAM checks the HTTP verb on the path of the resource.

use super::Actions;
use crate::catalog::operations;
use crate::map::request::Request;

/// Actions reached only through the rules here.
pub(super) const REACHED: &[&str] = &[
    "apigateway:DELETE",
    "apigateway:GET",
    "apigateway:PATCH",
    "apigateway:POST",
    "apigateway:PUT",
];

/// Maps a call by its verb and path; of two API versions with one name, the one whose path the parameters fill.
pub(super) fn add(out: &mut Actions<'_, '_>) -> bool {
    let request = out.request;
    let spec = operations()
        .get("apigateway", request.operation)
        .map(|o| o.spec)
        .unwrap_or_default();
    let mut candidates: Vec<_> = spec
        .split('|')
        .filter_map(|s| s.split_once(' '))
        .map(|(verb, path)| (verb, fill(request, path)))
        .collect();
    // The fewest unfilled parts, then the longest path: `/restapis/{restApiId}/…` against `/v2/apis/{apiId}/…`.
    candidates.sort_by_key(|(_, path)| (path.other_version, path.missing, std::cmp::Reverse(path.text.len())));
    if let Some((verb, path)) = candidates.first() {
        let arn = format!(
            "arn:{}:apigateway:{}::{}",
            request.place.partition, request.place.region, path.text
        );
        let why = match path.missing {
            0 => format!("the path of `{}`", request.operation),
            _ => format!(
                "the path of `{}`; `*` stands for what the request does not name",
                request.operation
            ),
        };
        out.add(&format!("apigateway:{verb}"), vec![arn], &why);
    }
    true
}

/// A path with its members filled.
struct Path {
    text: String,
    missing: usize,
    /// A tagging call of the one API version on a resource of the other.
    other_version: bool,
}

/// Fills a path. IAM knows the second API's resources without its `/v2`, and a tagged ARN percent-encoded.
fn fill(request: &Request<'_>, pattern: &str) -> Path {
    let mut missing = 0;
    let mut other_version = false;
    let second = pattern.starts_with("/v2/");
    let parts = pattern.strip_prefix("/v2").unwrap_or(pattern).split('/');
    let parts = parts.map(|part| match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
        None => part.to_owned(),
        Some(member) => match request.params.text(member) {
            Some(arn) if arn.starts_with("arn:") => {
                other_version = second == arn.contains("::/restapis/");
                arn.replace(':', "%3A").replace('/', "%2F")
            }
            Some(value) => value,
            None => {
                missing += 1;
                "*".to_owned()
            }
        },
    });
    let text = parts.collect::<Vec<_>>().join("/");
    Path {
        text,
        missing,
        other_version,
    }
}
