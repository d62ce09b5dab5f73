//! `aws ec2 describe-instances`, `describe-vpc-endpoints` and `describe-nat-gateways` of an account's home region.

use serde_json::{Value, json};

use super::{created_at, file};
use crate::File;
use crate::calls::endpoint_services;
use crate::clock::{DAY, Window, iso};
use crate::estate::{Account, BASTION, BASTION_ID, CLUSTERS, Cluster, Control, PLATFORM, Role, SHOP_PROD};

/// The answers for an account; none where it has no cluster.
pub(super) fn of_account(account: &'static Account, window: Window) -> Vec<File> {
    let clusters: Vec<&Cluster> = (CLUSTERS.iter().copied())
        .filter(|cluster| cluster.account == account && cluster.control != Control::EksDeleted)
        .collect();
    if clusters.is_empty() {
        return Vec::new();
    }
    let mut instances: Vec<Value> = (clusters.iter())
        .flat_map(|cluster| cluster.nodes.iter().map(|node| node_instance(cluster, node, window)))
        .collect();
    if account == &PLATFORM {
        let private = ("10.30.251.10", "ip-10-30-251-10.eu-west-1.compute.internal");
        let launched = window.from - 90 * DAY;
        instances.push(instance(
            &SHOP_PROD,
            BASTION_ID,
            &BASTION,
            private,
            ("required", launched),
        ));
    }
    let endpoints: Vec<Value> = (clusters.iter())
        .filter(|cluster| !cluster.vpc_endpoint.is_empty())
        .flat_map(|cluster| endpoint_services().map(|service| endpoint(cluster, service, window)))
        .collect();
    let gateways: Vec<Value> = clusters.iter().map(|cluster| gateway(cluster, window)).collect();
    let name = |kind: &str| format!("{kind}-{}.json", account.name);
    let reservations = json!({"Reservations": [{"ReservationId": "r-0123456789abcdef0", "OwnerId": account.id,
        "Groups": [], "Instances": instances}]});
    vec![
        file(name("instances"), &reservations),
        file(name("endpoints"), &json!({"VpcEndpoints": endpoints})),
        file(name("gateways"), &json!({"NatGateways": gateways})),
    ]
}

fn node_instance(cluster: &Cluster, node: &str, window: Window) -> Value {
    let (address, name) = (cluster.node_address(node), cluster.node_name(node));
    let tokens = if cluster.answers_imds_v1() {
        "optional"
    } else {
        "required"
    };
    let launched = created_at(cluster, window).max(window.from - 30 * DAY) + 3000;
    instance(cluster, node, cluster.node_role, (&address, &name), (tokens, launched))
}

fn instance(
    cluster: &Cluster,
    id: &str,
    role: &Role,
    (address, name): (&str, &str),
    (tokens, launched): (&str, i64),
) -> Value {
    // The shop's pods reach the metadata service too: one of them lives on it.
    let hops = if tokens == "optional" || cluster == &SHOP_PROD {
        2
    } else {
        1
    };
    let profile = format!("arn:aws:iam::{}:instance-profile/{}", cluster.account.id, role.name);
    json!({"InstanceId": id, "InstanceType": "m7i.xlarge", "LaunchTime": iso(launched), "VpcId": cluster.vpc,
        "Placement": {"AvailabilityZone": format!("{}a", cluster.account.region)},
        "PrivateIpAddress": address, "PrivateDnsName": name, "State": {"Code": 16, "Name": "running"},
        "IamInstanceProfile": {"Arn": profile, "Id": "AIPAZZZZZZZZZZZZZZZZZ"},
        "MetadataOptions": {"State": "applied", "HttpTokens": tokens, "HttpPutResponseHopLimit": hops,
            "HttpEndpoint": "enabled"},
        "NetworkInterfaces": [{"PrivateIpAddress": address}]})
}

fn endpoint(cluster: &Cluster, service: &str, window: Window) -> Value {
    let kind = if matches!(service, "s3" | "dynamodb") {
        "Gateway"
    } else {
        "Interface"
    };
    json!({"VpcEndpointId": cluster.endpoint_of(service), "VpcEndpointType": kind, "VpcId": cluster.vpc,
        "ServiceName": format!("com.amazonaws.{}.{service}", cluster.account.region), "State": "available",
        "OwnerId": cluster.account.id, "CreationTimestamp": iso(created_at(cluster, window) - 3600)})
}

fn gateway(cluster: &Cluster, window: Window) -> Value {
    let addresses: Vec<Value> = (cluster.egress.iter())
        .map(|address| json!({"PublicIp": address, "IsPrimary": true, "Status": "succeeded"}))
        .collect();
    json!({"NatGatewayId": format!("nat-{}", cluster.vpc.trim_start_matches("vpc-")), "VpcId": cluster.vpc,
        "State": "available", "ConnectivityType": "public", "NatGatewayAddresses": addresses,
        "CreateTime": iso(created_at(cluster, window) - 3600)})
}
