//! AWS IAM: a call without a name is about the caller; a service-linked role is named after its service.

use super::{Actions, by_name};
use crate::catalog::catalog;
use crate::map::request::Request;

/// Maps calls on the caller's own user and service-linked roles; all else by name.
pub(super) fn add(out: &mut Actions<'_, '_>) -> bool {
    let request = out.request;
    let action = format!("iam:{}", request.operation);
    if let Some(service) = service_linked(request) {
        let role = request.place.iam(&format!("role/aws-service-role/{service}/*"));
        out.add_if(
            &action,
            vec![role],
            &[("iam:AWSServiceName", service)],
            "the event's name",
        );
    } else if let Some(user) = own_user(request, &action) {
        out.add(
            &action,
            vec![user],
            "the event's name; without a name it is the caller's own user",
        );
    } else {
        by_name(out);
    }
    true
}

fn service_linked(request: &Request<'_>) -> Option<String> {
    request
        .params
        .text("aWSServiceName")
        .filter(|_| request.operation == "CreateServiceLinkedRole")
}

/// The calling user, where the action is on users only and the request names none.
fn own_user(request: &Request<'_>, action: &str) -> Option<String> {
    let user = request.call.identity_arn.filter(|arn| arn.contains(":user/"))?;
    let patterns = catalog().arn_patterns(action);
    let on_users = !patterns.is_empty() && patterns.iter().all(|(kind, ..)| *kind == "user");
    (on_users && !request.params.has("userName")).then(|| user.to_owned())
}
