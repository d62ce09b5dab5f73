//! The inventory files, in the shapes that the AWS command line and `kubectl` print.

mod iam;
mod kubernetes;
mod machines;

use serde_json::{Value, json};

use crate::File;
use crate::association;
use crate::clock::{DAY, Window, iso};
use crate::estate::{ACCOUNTS, CLUSTERS, Cluster, Control, TRAILS, Workload};
pub(crate) use iam::document;

/// Every inventory file of an estate with these workloads.
pub(crate) fn files(all: &[&'static Workload], seed: u64, window: Window) -> Vec<File> {
    let mut found = Vec::new();
    for account in ACCOUNTS {
        let details = iam::authorization_details(account, all, seed, window);
        found.push(file(format!("iam-{}.json", account.name), &details));
    }
    for account in TRAILS {
        found.extend(iam::oidc_providers(account, window));
        found.extend(machines::of_account(account, window));
    }
    for cluster in CLUSTERS {
        found.extend(of_cluster(cluster, all, seed, window));
    }
    for workload in all {
        if let Some(association) = association::described(workload, seed, window) {
            let cluster = workload.cluster;
            let name = format!(
                "association-{}-{}-{}-{}.json",
                cluster.account.name, cluster.name, workload.namespace, workload.account
            );
            found.push(file(name, &json!({"association": association})));
        }
    }
    found
}

fn file(name: String, content: &Value) -> File {
    File {
        path: format!("inventory/{name}"),
        bytes: format!("{content:#}\n").into_bytes(),
    }
}

/// What is there of a cluster at the end of the window: nothing of a deleted one.
fn of_cluster(cluster: &'static Cluster, all: &[&'static Workload], seed: u64, window: Window) -> Vec<File> {
    let place = format!("{}-{}", cluster.account.name, cluster.name);
    let itself = match cluster.control {
        Control::EksDeleted => return Vec::new(),
        Control::Eks => file(format!("eks-{place}.json"), &describe_cluster(cluster, window)),
        Control::SelfManaged => file(
            format!("registered-{place}.json"),
            &json!({"selfManagedCluster": {"name": cluster.name, "issuer": format!("https://{}", cluster.issuer()),
                "vpcId": cluster.vpc}}),
        ),
    };
    let objects = file(
        format!("kubernetes-{place}.json"),
        &kubernetes::objects(cluster, all, seed, window),
    );
    vec![itself, objects]
}

fn describe_cluster(cluster: &Cluster, window: Window) -> Value {
    json!({"cluster": {
        "name": cluster.name, "arn": cluster.arn(), "createdAt": iso(created_at(cluster, window)), "version": "1.34",
        "endpoint": format!("https://{}.gr7.{}.eks.amazonaws.com", cluster.issuer_id, cluster.account.region),
        "roleArn": format!("arn:aws:iam::{}:role/{}-control-plane", cluster.account.id, cluster.name),
        "resourcesVpcConfig": {"subnetIds": [], "securityGroupIds": [], "vpcId": cluster.vpc,
            "endpointPublicAccess": false, "endpointPrivateAccess": true, "publicAccessCidrs": []},
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
        "identity": {"oidc": {"issuer": format!("https://{}", cluster.issuer())}},
        "status": "ACTIVE", "platformVersion": "eks.14", "tags": {}, "accessConfig": {"authenticationMode": "API"},
    }})
}

/// When a cluster was made: long ago, or half a day before it runs.
fn created_at(cluster: &Cluster, window: Window) -> i64 {
    match cluster.days.0 {
        0 => window.from - 500 * DAY,
        first => window.from + first * DAY - DAY / 2,
    }
}
