//! AWS Systems Manager: commands and sessions name a document and the machines they run on.

use super::{Actions, by_name};
use crate::map::params::{child, items, leaf};
use crate::map::request::Request;

/// Maps commands and sessions to document and targets; all else by name.
pub(super) fn add(out: &mut Actions<'_, '_>) -> bool {
    let request = out.request;
    match request.operation {
        "SendCommand" => {
            let mut resources: Vec<_> = document(request, "documentName").into_iter().collect();
            resources.extend(machines(request));
            out.add("ssm:SendCommand", resources, "the document and the machines it runs on");
        }
        "StartSession" => {
            let mut resources: Vec<_> = request
                .params
                .text("target")
                .map(|t| machine(request, &t))
                .into_iter()
                .collect();
            resources.extend(document(request, "documentName"));
            out.add(
                "ssm:StartSession",
                resources,
                "the machine and the document of the session",
            );
        }
        "AddTagsToResource" | "ListTagsForResource" | "RemoveTagsFromResource" => {
            let tagged = tagged(request).into_iter().collect();
            out.add(&format!("ssm:{}", request.operation), tagged, "the event's name");
        }
        _ => by_name(out),
    }
    true
}

/// AWS's own documents belong to no account.
fn document(request: &Request<'_>, key: &str) -> Option<String> {
    let name = request.params.text(key)?;
    if name.starts_with("arn:") {
        return Some(name);
    }
    let mut place = request.place.clone();
    if ["AWS-", "AWSEC2-", "AmazonCloudWatch-", "AWSFleetManager-"]
        .iter()
        .any(|own| name.starts_with(own))
    {
        place.account.clear();
    }
    Some(place.arn("ssm", &format!("document/{name}")))
}

/// Instances by id, in `instanceIds` or a target of ids; any where they are chosen by tag.
fn machines(request: &Request<'_>) -> Vec<String> {
    let mut found: Vec<_> = request
        .params
        .values("instanceIds")
        .iter()
        .map(|id| machine(request, id))
        .collect();
    for target in request.params.list("targets") {
        let by_id = child(target, "key")
            .and_then(leaf)
            .is_some_and(|key| key.eq_ignore_ascii_case("instanceids"));
        match child(target, "values") {
            Some(ids) if by_id => found.extend(items(ids).into_iter().filter_map(leaf).map(|id| machine(request, &id))),
            _ => found.push(request.place.arn("ec2", "instance/*")),
        }
    }
    found
}

/// `mi-…` is a machine registered with Systems Manager, all else an EC2 instance.
fn machine(request: &Request<'_>, id: &str) -> String {
    match id.starts_with("mi-") {
        true => request.place.arn("ssm", &format!("managed-instance/{id}")),
        false => request.place.arn("ec2", &format!("instance/{id}")),
    }
}

/// `resourceType` says what `resourceId` is the name or id of.
fn tagged(request: &Request<'_>) -> Option<String> {
    let id = request.params.text("resourceId")?;
    if id.starts_with("arn:") {
        return Some(id);
    }
    let kind = match request.params.text("resourceType")?.as_str() {
        "Association" => "association",
        "Automation" => "automation-execution",
        "Document" => "document",
        "MaintenanceWindow" => "maintenancewindow",
        "ManagedInstance" => "managed-instance",
        "OpsItem" => "opsitem",
        "OpsMetadata" => "opsmetadata",
        "Parameter" => "parameter",
        "PatchBaseline" => "patchbaseline",
        _ => return None,
    };
    Some(
        request
            .place
            .arn("ssm", &format!("{kind}/{}", id.trim_start_matches('/'))),
    )
}
