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
        .map(|(v, p)| (v, path(request, p)))
        .collect();
    // The fewest unfilled parts, then the longest path: `/v2/apis/{apiId}` against `/restapis/{restApiId}`.
    candidates.sort_by_key(|(_, (path, missing))| (*missing, std::cmp::Reverse(path.len())));
    if let Some((verb, (path, missing))) = candidates.first() {
        let arn = format!(
            "arn:{}:apigateway:{}::{path}",
            request.place.partition, request.place.region
        );
        let why = match missing {
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

/// The path with its members filled, and how many could not be.
fn path(request: &Request<'_>, pattern: &str) -> (String, usize) {
    let mut missing = 0;
    let parts = pattern
        .split('/')
        .map(|part| match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
            None => part.to_owned(),
            Some(member) => request.params.text(member).unwrap_or_else(|| {
                missing += 1;
                "*".to_owned()
            }),
        });
    let path = parts.collect::<Vec<_>>().join("/");
    (path, missing)
}
