//! Amazon EC2: what an instance is launched from and into, and tags given on creation.
//! Source: "Grant permission to tag EC2 resources during creation" and the example policies for RunInstances.

use super::{Actions, by_name};
use crate::map::params::{child, leaf};
use crate::map::request::Request;

/// Actions reached only through the rules here.
pub(super) const REACHED: &[&str] = &["ec2:CreateTags"];

/// Parameters of `RunInstances` that name what already exists: key at any depth, type in the ARN, owner in the ARN.
const LAUNCHED_WITH: &[(&str, &str, bool)] = &[
    ("imageId", "image", false),
    ("subnetId", "subnet", true),
    ("groupId", "security-group", true),
    ("networkInterfaceId", "network-interface", true),
    ("keyName", "key-pair", true),
    ("launchTemplateId", "launch-template", true),
    ("snapshotId", "snapshot", false),
    ("capacityReservationId", "capacity-reservation", true),
];

/// Maps `RunInstances` and tags on creation; all else by name.
pub(super) fn add(out: &mut Actions<'_, '_>) -> bool {
    if out.request.operation == "RunInstances" {
        let resources = launched(out.request);
        out.add(
            "ec2:RunInstances",
            resources,
            "the event's name; what it creates is `type/*`",
        );
    } else if matches!(request_name(out), "CreateTags" | "DeleteTags") {
        let resources = out.request.params.values("~resourceId");
        let arns = resources.iter().filter_map(|id| arn_of_id(out.request, id)).collect();
        out.add(&format!("ec2:{}", request_name(out)), arns, "the event's name");
    } else {
        by_name(out);
    }
    add_tags(out);
    true
}

fn request_name<'a>(out: &Actions<'_, 'a>) -> &'a str {
    out.request.operation
}

/// What an id is of, by its prefix. Source: the id formats in the EC2 API reference.
const ID_PREFIXES: &[(&str, &str)] = &[
    ("acl", "network-acl"),
    ("ami", "image"),
    ("aki", "image"),
    ("ari", "image"),
    ("cgw", "customer-gateway"),
    ("cr", "capacity-reservation"),
    ("dopt", "dhcp-options"),
    ("eigw", "egress-only-internet-gateway"),
    ("eipalloc", "elastic-ip"),
    ("eni", "network-interface"),
    ("fl", "vpc-flow-log"),
    ("fleet", "fleet"),
    ("h", "dedicated-host"),
    ("i", "instance"),
    ("igw", "internet-gateway"),
    ("key", "key-pair"),
    ("lt", "launch-template"),
    ("nat", "natgateway"),
    ("pcx", "vpc-peering-connection"),
    ("pg", "placement-group"),
    ("pl", "prefix-list"),
    ("rtb", "route-table"),
    ("sfr", "spot-fleet-request"),
    ("sg", "security-group"),
    ("sgr", "security-group-rule"),
    ("sir", "spot-instances-request"),
    ("snap", "snapshot"),
    ("subnet", "subnet"),
    ("tgw", "transit-gateway"),
    ("tgw-attach", "transit-gateway-attachment"),
    ("tgw-rtb", "transit-gateway-route-table"),
    ("vgw", "vpn-gateway"),
    ("vol", "volume"),
    ("vpc", "vpc"),
    ("vpce", "vpc-endpoint"),
    ("vpce-svc", "vpc-endpoint-service"),
    ("vpn", "vpn-connection"),
];

/// The ARN of `prefix-hex`; any resource of EC2 in the account and region where the prefix is not known.
fn arn_of_id(request: &Request<'_>, id: &str) -> Option<String> {
    let (prefix, _) = id.rsplit_once('-')?;
    let kind = ID_PREFIXES
        .iter()
        .find(|(known, _)| *known == prefix)
        .map(|(_, kind)| *kind);
    Some(match kind {
        Some(kind) => ec2_arn(request, kind, id, !matches!(kind, "image" | "snapshot")),
        None => request.place.arn("ec2", &format!("*/{id}")),
    })
}

/// What the launch names, and `*` of each type it makes or must be given and does not name.
fn launched(request: &Request<'_>) -> Vec<String> {
    let mut arns = vec![
        ec2_arn(request, "instance", "*", true),
        ec2_arn(request, "volume", "*", true),
    ];
    for (key, kind, owned) in LAUNCHED_WITH {
        let ids = request.params.values(&format!("~{key}"));
        let made = ids.is_empty() && matches!(*kind, "image" | "subnet" | "security-group" | "network-interface");
        arns.extend(ids.iter().map(|id| ec2_arn(request, kind, id, *owned)));
        if made {
            arns.push(ec2_arn(request, kind, "*", *owned));
        }
    }
    // A launch into a subnet makes its interface, unless it is given one.
    let interface = ec2_arn(request, "network-interface", "*", true);
    if !arns.contains(&interface) && request.params.values("~subnetId").is_empty() {
        return arns;
    }
    arns.push(interface);
    arns
}

/// Images and snapshots have no account in their ARNs.
fn ec2_arn(request: &Request<'_>, kind: &str, id: &str, owned: bool) -> String {
    let mut place = request.place.clone();
    if !owned {
        place.account.clear();
    }
    place.arn("ec2", &format!("{kind}/{id}"))
}

/// `tagSpecificationSet` asks for `ec2:CreateTags` on each type it tags, with `ec2:CreateAction`.
fn add_tags(out: &mut Actions<'_, '_>) {
    let request = out.request;
    let given = ["tagSpecificationSet", "tagSpecifications", "tagSpecification"];
    let specifications: Vec<_> = given.iter().flat_map(|key| request.params.list(key)).collect();
    let types: Vec<_> = specifications
        .iter()
        .filter_map(|s| child(s, "resourceType").and_then(leaf))
        .collect();
    if types.is_empty() || request.operation == "CreateTags" {
        return;
    }
    let owned = |kind: &str| !matches!(kind, "image" | "snapshot");
    let arns = types
        .iter()
        .map(|kind| ec2_arn(request, kind, "*", owned(kind)))
        .collect();
    let keys = [("ec2:CreateAction", request.operation.to_owned())];
    out.add_if("ec2:CreateTags", arns, &keys, "tags on creation");
}
