//! What an access-denied answer says: that it is one, and which action, resource and layer its message names.

use super::arn::service_of;
use super::{Call, MappedAction, Mapping};
use crate::catalog::catalog;

/// What became of a call, judged by its error code alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// No error.
    Ok,
    /// IAM refused it: demand, not use.
    Denied,
    /// It failed after it was authorised: use.
    Error,
}

/// What the message of a denied call names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The action, in the catalog's spelling.
    pub action: &'static str,
    /// The resource, where the message names one: an ARN or `*`.
    pub resource: Option<String>,
    /// Which layer decided and how; `Unstated` where the message does not say.
    pub layer: Layer,
    /// Whether a `Deny` statement decided, rather than the lack of an `Allow`.
    pub explicit: bool,
}

/// The kind of policy that refused a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// The caller's own policies.
    Identity,
    /// The policy of the resource: a trust policy, a bucket or key policy.
    Resource,
    /// The session policy given when the session was issued.
    Session,
    /// The permissions boundary of the caller.
    Boundary,
    /// The policy of the VPC endpoint the call came through.
    VpcEndpoint,
    /// A service control policy of the organization.
    ServiceControl,
    /// A resource control policy of the organization.
    ResourceControl,
    /// The message does not say.
    Unstated,
}

/// Phrases of the message, with the layer each means.
const LAYERS: &[(&str, Layer)] = &[
    ("identity-based policy", Layer::Identity),
    ("resource-based policy", Layer::Resource),
    ("role trust policy", Layer::Resource),
    ("session policy", Layer::Session),
    ("permissions boundary", Layer::Boundary),
    ("VPC endpoint policy", Layer::VpcEndpoint),
    ("service control policy", Layer::ServiceControl),
    ("resource control policy", Layer::ResourceControl),
];

/// Classes an error code: none is `Ok`, the access-denied family `Denied`, all else `Error`.
///
/// The family: `AccessDenied`, `AccessDeniedException`, `VpceAccessDenied`, `UnauthorizedOperation`,
/// `UnauthorizedException`, `UnauthorizedAccess`, `NotAuthorized`, each also as `Client.…` or `…Exception`, and
/// `AuthorizationError` (SNS), `AuthorizationErrorException`. Failed *authentication* (`UnrecognizedClientException`,
/// `ExpiredToken`, `UnauthorizedSSOToken…`) is no denial by a policy and stays `Error`.
pub fn outcome(error_code: Option<&str>) -> Outcome {
    let Some(code) = error_code.map(str::trim).filter(|c| !c.is_empty()) else {
        return Outcome::Ok;
    };
    let name = code.rsplit(['.', '#']).next().unwrap_or(code);
    let name = name.strip_suffix("Exception").unwrap_or(name);
    let name = name.strip_suffix("Fault").unwrap_or(name).to_ascii_lowercase();
    let family = [
        "unauthorized",
        "unauthorizedoperation",
        "unauthorizedaccess",
        "unauthorizedrequest",
        "unauthorizedrequestoperation",
        "notauthorized",
        "authorizationerror",
        "clientunauthorizedoperation",
        "insufficientprivileges",
    ];
    let denied = name.ends_with("accessdenied") || family.contains(&name.as_str());
    if denied { Outcome::Denied } else { Outcome::Error }
}

/// Reads `User: … is not authorized to perform: svc:Action on resource: … because …`. None where the message has
/// another form (EC2's encoded ones) or names an action that does not exist. EC2 begins with `You are not authorized to
/// perform this operation.` and then says it in the common form.
pub fn denial_reason(message: &str) -> Option<Denial> {
    let stated = "not authorized to perform";
    let mut places = message.match_indices(stated);
    places.find_map(|(at, _)| denial_stated(message.get(at + stated.len()..)?))
}

/// Reads what follows `not authorized to perform`.
fn denial_stated(rest: &str) -> Option<Denial> {
    let rest = rest.trim_start_matches([':', ' ']);
    let end = rest.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(rest.len());
    let word = rest.get(..end)?.trim_matches(['"', '\'', '`', '.', '[', ']']);
    let action = catalog().is_action(word)?;
    let tail = rest.get(end..)?;
    let resource = tail
        .split_once("on resource:")
        .or_else(|| tail.split_once("on the resource"))
        .map(|(_, r)| r);
    let why = tail.split_once("because ").map_or(tail, |(_, why)| why);
    let layer = LAYERS
        .iter()
        .find(|(phrase, _)| why.contains(phrase))
        .map_or(Layer::Unstated, |(_, layer)| *layer);
    Some(Denial {
        action,
        resource: resource.and_then(resource_of),
        layer,
        explicit: why.contains("explicit deny"),
    })
}

/// The resource up to the reason; ARNs may hold spaces, so the reason's own words end it.
fn resource_of(text: &str) -> Option<String> {
    let end = [" because ", " with an explicit deny", "\n"]
        .iter()
        .filter_map(|stop| text.find(stop))
        .min();
    let text = text.get(..end.unwrap_or(text.len()))?.trim();
    let text = text.trim_matches(['"', '\'', '`', ',']).trim_end_matches('.');
    (text == "*" || text.starts_with("arn:")).then(|| text.to_owned())
}

/// Confirms or corrects the mapping of a denied call by its own message, which is AWS's word on what was checked.
pub(crate) fn correct(call: &Call<'_>, mapping: &mut Mapping) {
    let Some(denial) = call.error_message.and_then(denial_reason) else {
        return;
    };
    let resources = denial.resource.filter(|r| r == "*" || service_of(r).is_some());
    match mapping.actions.iter_mut().find(|a| a.action == denial.action) {
        Some(mapped) => match resources {
            Some(resource) => {
                mapped.resources = vec![resource];
                mapped.why = "the event's name; the denial's message confirms it and names the resource".to_owned();
            }
            None => mapped.why.push_str("; the denial's message confirms the action"),
        },
        None => {
            let resources = vec![resources.unwrap_or_else(|| "*".to_owned())];
            let why = "named by the denial's message".to_owned();
            let conditions = std::collections::BTreeMap::new();
            mapping.actions = vec![MappedAction {
                action: denial.action,
                resources,
                conditions,
                why,
            }];
            mapping.unmapped = None;
        }
    }
}
