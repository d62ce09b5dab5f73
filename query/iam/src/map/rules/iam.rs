//! AWS IAM: a call without a name is about the caller; a service-linked role is named after its service.

use super::{Actions, by_name};

/// Maps calls on the caller's own user and service-linked roles; all else by name.
pub(super) fn add(out: &mut Actions<'_, '_>) -> bool {
    let request = out.request;
    let own_user = request.call.identity_arn.filter(|arn| arn.contains(":user/"));
    match (request.operation, own_user) {
        ("CreateServiceLinkedRole", _) => {
            let Some(service) = request.params.text("aWSServiceName") else {
                by_name(out);
                return true;
            };
            let role = request.place.iam(&format!("role/aws-service-role/{service}/*"));
            let keys = [("iam:AWSServiceName", service)];
            out.add_if("iam:CreateServiceLinkedRole", vec![role], &keys, "the event's name");
        }
        ("GetUser" | "ListAccessKeys" | "CreateAccessKey" | "ChangePassword" | "ListMFADevices", Some(user))
            if !request.params.has("userName") =>
        {
            let action = format!("iam:{}", request.operation);
            out.add(
                &action,
                vec![user.to_owned()],
                "the event's name; without a name it is the caller's own user",
            );
        }
        _ => by_name(out),
    }
    true
}
