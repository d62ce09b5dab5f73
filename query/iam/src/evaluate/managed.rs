//! What AWS manages and nobody else may change, whatever policies say.

use super::request::Request;

/// Resources by how their last part starts, the account in their ARN (`None`: any), and the actions
/// that AWS keeps to itself.
struct Reserved {
    service: &'static str,
    account: Option<&'static str>,
    start: &'static str,
    actions: &'static [&'static str],
}

const RESERVED: [Reserved; 3] = [
    // IAM user guide, "Managed policies and inline policies": AWS managed policies cannot be changed.
    Reserved {
        service: "iam",
        account: Some("aws"),
        start: "policy/",
        actions: &[
            "CreatePolicy",
            "CreatePolicyVersion",
            "DeletePolicy",
            "DeletePolicyVersion",
            "SetDefaultPolicyVersion",
            "TagPolicy",
            "UntagPolicy",
        ],
    },
    // IAM Identity Center user guide, "Permission sets": it alone keeps the roles that it makes.
    Reserved {
        service: "iam",
        account: None,
        start: "role/aws-reserved/",
        actions: &[
            "AttachRolePolicy",
            "CreateRole",
            "DeleteRole",
            "DeleteRolePermissionsBoundary",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "TagRole",
            "UntagRole",
            "UpdateAssumeRolePolicy",
            "UpdateRole",
            "UpdateRoleDescription",
        ],
    },
    // KMS API reference, `CreateAlias`, `UpdateAlias`, `DeleteAlias`: the prefix is reserved.
    Reserved {
        service: "kms",
        account: None,
        start: "alias/aws/",
        actions: &["CreateAlias", "DeleteAlias", "UpdateAlias"],
    },
];

/// Whether AWS keeps the action on the resource to itself.
pub(super) fn is_reserved(request: &Request<'_>) -> bool {
    let Some((service, name)) = request.action.split_once(':') else {
        return false;
    };
    let mut parts = request.checked_resource().splitn(6, ':').skip(4);
    let (Some(account), Some(tail)) = (parts.next(), parts.next()) else {
        return false;
    };
    RESERVED.iter().any(|reserved| {
        service.eq_ignore_ascii_case(reserved.service)
            && tail.starts_with(reserved.start)
            && reserved.account.is_none_or(|known| known == account)
            && reserved.actions.iter().any(|known| known.eq_ignore_ascii_case(name))
    })
}
