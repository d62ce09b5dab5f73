//! Prints how long lineage takes to resolve an estate of some size, and twice that: IRSA and Pod Identity sessions, a
//! chained one for every fourth, each with two callers (one of them without a key).
//!
//! `cargo run --release -p podtrail-analysis --example lineage_speed [ISSUES]`

use std::env::args;
use std::time::Instant;

use podtrail_analysis::inventory::{Cluster, Inventory, Pod};
use podtrail_analysis::lineage::{Caller, Evidence, StsCall, resolve};
use podtrail_event::time::Timestamp;
use serde_json::json;

const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/A8242F25BFBB8F98F5321B2AE63C8B5C";
const ROLES: usize = 500;

fn main() {
    let issues = args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(125_000);
    for issues in [issues, issues * 2] {
        let (evidence, inventory) = (evidence(issues), inventory());
        let start = Instant::now();
        let lineage = resolve(&evidence, &inventory);
        let attributed = lineage.attributions.iter().filter(|row| row.service_account.is_some());
        println!(
            "{issues} issues, {} callers: {:.2} s ({} of them attributed)",
            lineage.attributions.len(),
            start.elapsed().as_secs_f64(),
            attributed.count()
        );
    }
}

fn evidence(issues: usize) -> Evidence {
    let mut evidence = Evidence::default();
    for at in 0..issues {
        let (call, issued) = issue(at, evidence.callers.last());
        let keyless = Caller {
            access_key_id: None,
            invoked_by: Some("secretsmanager.amazonaws.com".to_owned()),
            ..issued.clone()
        };
        evidence.callers.push(call.caller.clone());
        evidence.callers.extend([keyless, issued]);
        evidence.sts_calls.push(call);
    }
    evidence
}

/// One issue, of a kind by its number, and the caller that it makes.
fn issue(at: usize, before: Option<&Caller>) -> (StsCall, Caller) {
    let role = format!("workload-{}", at % ROLES);
    let pod_identity = at % 2 == 1;
    let chained = at % 4 == 3;
    let name = match (chained, pod_identity) {
        // A name that many sessions share: the SDK's for JavaScript is a constant.
        (true, _) | (_, false) => "token-file-web-identity".to_owned(),
        (false, true) => format!("eks-prod-cart-1-{at:08x}-a555-40bf-9059-ca9a26821eb0"),
    };
    let time = Some(Timestamp((1_700_000_000 + at as i64) * 1_000_000));
    let (key, role_arn) = (
        format!("ASIA{at:016X}"),
        format!("arn:aws:iam::111111111111:role/{role}"),
    );
    let principal = format!("AROA{:016}:{name}", at % ROLES);
    let subject = format!("system:serviceaccount:shop:{role}");
    let asker = match (chained, pod_identity) {
        (true, _) => before.cloned().unwrap_or_default(),
        (false, true) => Caller {
            identity_type: Some("AWSService".to_owned()),
            invoked_by: Some("pods.eks.amazonaws.com".to_owned()),
            issued_access_key_id: Some(key.clone()),
            requested_role_arn: Some(role_arn.clone()),
            recipient_account_id: Some("111111111111".to_owned()),
            ..Caller::default()
        },
        (false, false) => Caller {
            identity_type: Some("WebIdentityUser".to_owned()),
            principal_id: Some(format!("{PROVIDER}:sts.amazonaws.com:{subject}")),
            user_name: Some(subject),
            federated_provider: Some(PROVIDER.to_owned()),
            issued_access_key_id: Some(key.clone()),
            requested_role_arn: Some(role_arn.clone()),
            recipient_account_id: Some("111111111111".to_owned()),
            ..Caller::default()
        },
    };
    let tags = if pod_identity && !chained {
        tags(&role)
    } else {
        json!(null)
    };
    let request = json!({"roleArn": role_arn, "roleSessionName": name, "durationSeconds": 3600, "tags": tags});
    let arn = format!("arn:aws:sts::111111111111:assumed-role/{role}/{name}");
    let response = json!({
        "credentials": {"accessKeyId": key, "expiration": "Nov 14, 2023, 11:13:20 PM"},
        "assumedRoleUser": {"assumedRoleId": principal, "arn": arn}, "packedPolicySize": 10,
    });
    let issued = Caller {
        identity_type: Some("AssumedRole".to_owned()),
        principal_id: Some(principal.clone()),
        identity_arn: Some(arn),
        identity_account_id: Some("111111111111".to_owned()),
        access_key_id: Some(key),
        issuer_arn: Some(role_arn),
        issuer_id: principal.split_once(':').map(|(id, _)| id.to_owned()),
        session_name: Some(name),
        session_created: time,
        ..Caller::default()
    };
    let call = StsCall {
        event_id: format!("{at:08x}-a555-40bf-9059-ca9a26821eb0"),
        event_time: time,
        event_name: if pod_identity {
            "AssumeRole"
        } else {
            "AssumeRoleWithWebIdentity"
        }
        .to_owned(),
        recipient_account_id: Some("111111111111".to_owned()),
        caller: asker,
        request_parameters: Some(request.to_string()),
        response_elements: Some(response.to_string()),
        ..StsCall::default()
    };
    (call, issued)
}

const PROVIDER: &str =
    "arn:aws:iam::111111111111:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A8242F25BFBB8F98F5321B2AE63C8B5C";

fn tags(role: &str) -> serde_json::Value {
    json!([
        {"key": "eks-cluster-arn", "value": "arn:aws:eks:eu-west-1:111111111111:cluster/prod"},
        {"key": "eks-cluster-name", "value": "prod"},
        {"key": "kubernetes-namespace", "value": "shop"},
        {"key": "kubernetes-service-account", "value": role},
        {"key": "kubernetes-pod-name", "value": "cart-1"},
        {"key": "kubernetes-pod-uid", "value": "0cda7f85-c1f9-4dee-b6e9-a0b50c8f3012"},
    ])
}

/// A cluster, with twenty pods of each ServiceAccount one after the other.
fn inventory() -> Inventory {
    let cluster = Cluster {
        arn: "arn:aws:eks:eu-west-1:111111111111:cluster/prod".to_owned(),
        name: "prod".to_owned(),
        oidc_issuer: Some(ISSUER.to_owned()),
        ..Cluster::default()
    };
    let second = |at: usize| Some(Timestamp((1_700_000_000 + at as i64) * 1_000_000));
    let pods = (0..ROLES * 20).map(|at| Pod {
        cluster: cluster.arn.clone(),
        namespace: "shop".to_owned(),
        name: format!("workload-{at}"),
        uid: format!("uid-{at}"),
        service_account: format!("workload-{}", at % ROLES),
        started_at: second(at / ROLES * 50_000),
        ended_at: second((at / ROLES + 1) * 50_000),
        ..Pod::default()
    });
    Inventory {
        pods: pods.collect(),
        clusters: vec![cluster],
        ..Inventory::default()
    }
}
