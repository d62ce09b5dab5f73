//! Situations, each with the attribution that is right for it; then properties over generated estates; then
//! real records.

mod callers;
mod chains;
mod irsa;
mod links;
mod nodes;
mod others;
mod past;
mod pod_identity;
mod pods;
mod properties;
mod real;
mod trust;
mod unissued;
mod variants;

use podtrail_event::time::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::inventory::{Association, Cluster, Instance, Node, Pod, Role, ServiceAccount, VpcEndpoint};

const ID: &str = "A8242F25BFBB8F98F5321B2AE63C8B5C";
const PROVIDER: &str =
    "arn:aws:iam::111111111111:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A8242F25BFBB8F98F5321B2AE63C8B5C";
const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/A8242F25BFBB8F98F5321B2AE63C8B5C";
const CLUSTER: &str = "arn:aws:eks:eu-west-1:111111111111:cluster/prod";
const UUID: &str = "498124c2-a555-40bf-9059-ca9a26821eb0";

/// A second of the day on which everything happens.
fn at(second: i64) -> Option<Timestamp> {
    Some(Timestamp((1_700_000_000 + second) * 1_000_000))
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn role(name: &str) -> String {
    format!("arn:aws:iam::111111111111:role/{name}")
}

/// The id that stands for a role's name in these tests.
fn role_id(role: &str) -> String {
    format!(
        "AROA{}",
        role.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "")
    )
}

/// A session's caller, as later events show it.
fn session(key: &str, role_name: &str, name: &str, created: i64) -> Caller {
    Caller {
        identity_type: text("AssumedRole"),
        principal_id: Some(format!("{}:{name}", role_id(role_name))),
        identity_arn: Some(format!("arn:aws:sts::111111111111:assumed-role/{role_name}/{name}")),
        identity_account_id: text("111111111111"),
        access_key_id: (!key.is_empty()).then(|| key.to_owned()),
        issuer_arn: Some(role(role_name)),
        issuer_id: Some(role_id(role_name)),
        session_name: text(name),
        session_created: at(created),
        ..Caller::default()
    }
}

/// The same, of a session that a token was exchanged for.
fn token_session(key: &str, role_name: &str, name: &str, created: i64) -> Caller {
    Caller {
        federated_provider: text(PROVIDER),
        ..session(key, role_name, name, created)
    }
}

fn user(key: &str) -> Caller {
    Caller {
        identity_type: text("IAMUser"),
        principal_id: text("AIDAALICE"),
        identity_arn: text("arn:aws:iam::111111111111:user/alice"),
        identity_account_id: text("111111111111"),
        access_key_id: (!key.is_empty()).then(|| key.to_owned()),
        user_name: text("alice"),
        ..Caller::default()
    }
}

/// The holder of a token: what the issue's own event says.
fn token(subject: &str) -> Caller {
    Caller {
        identity_type: text("WebIdentityUser"),
        principal_id: Some(format!("{PROVIDER}:sts.amazonaws.com:{subject}")),
        user_name: text(subject),
        federated_provider: text(PROVIDER),
        recipient_account_id: text("111111111111"),
        ..Caller::default()
    }
}

fn service(name: &str) -> Caller {
    Caller {
        identity_type: text("AWSService"),
        invoked_by: text(name),
        recipient_account_id: text("111111111111"),
        ..Caller::default()
    }
}

/// A caller of another account, as the callee's trail shows it.
fn account(principal: &str, shared: &str) -> Caller {
    Caller {
        identity_type: text("AWSAccount"),
        principal_id: text(principal),
        identity_account_id: text("111111111111"),
        shared_event_id: (!shared.is_empty()).then(|| shared.to_owned()),
        ..Caller::default()
    }
}

/// A successful issue: event id, second, who asked, the key issued (may be empty), role, session name.
fn issue(id: &str, second: i64, caller: Caller, key: &str, role_name: &str, name: &str) -> StsCall {
    let event_name = match caller.identity_type.as_deref() {
        Some("WebIdentityUser") => "AssumeRoleWithWebIdentity",
        Some("SAMLUser") => "AssumeRoleWithSAML",
        _ => "AssumeRole",
    };
    let mut credentials = json!({"expiration": "Nov 14, 2023, 11:13:20 PM"});
    if !key.is_empty() {
        credentials["accessKeyId"] = key.into();
    }
    let response = json!({
        "credentials": credentials,
        "assumedRoleUser": {
            "assumedRoleId": format!("{}:{name}", role_id(role_name)),
            "arn": format!("arn:aws:sts::111111111111:assumed-role/{role_name}/{name}"),
        },
    });
    let keep = !matches!(caller.identity_type.as_deref(), Some("AssumedRole" | "IAMUser")) && !key.is_empty();
    let caller = Caller {
        issued_access_key_id: keep.then(|| key.to_owned()),
        requested_role_arn: keep.then(|| role(role_name)),
        ..caller
    };
    StsCall {
        event_id: id.to_owned(),
        event_time: at(second),
        event_name: event_name.to_owned(),
        recipient_account_id: text("111111111111"),
        shared_event_id: caller.shared_event_id.clone(),
        caller,
        request_parameters: Some(json!({"roleArn": role(role_name), "roleSessionName": name}).to_string()),
        response_elements: Some(response.to_string()),
        ..StsCall::default()
    }
}

/// The same issue with one more request parameter.
fn with(call: StsCall, name: &str, value: Value) -> StsCall {
    let mut request: Value = serde_json::from_str(call.request_parameters.as_deref().unwrap()).unwrap();
    request[name] = value;
    StsCall {
        request_parameters: Some(request.to_string()),
        ..call
    }
}

fn irsa(id: &str, second: i64, sa: &str, key: &str, role_name: &str, name: &str) -> StsCall {
    issue(
        id,
        second,
        token(&format!("system:serviceaccount:shop:{sa}")),
        key,
        role_name,
        name,
    )
}

fn pod_tags() -> Value {
    json!([
        {"key": "eks-cluster-arn", "value": CLUSTER}, {"key": "eks-cluster-name", "value": "prod"},
        {"key": "kubernetes-namespace", "value": "shop"}, {"key": "kubernetes-service-account", "value": "cart"},
        {"key": "kubernetes-pod-name", "value": "cart-1"}, {"key": "kubernetes-pod-uid", "value": "uid-1"},
    ])
}

/// As they arrive at the next hop: an object.
fn incoming_tags() -> Value {
    let tags = pod_tags();
    tags.as_array()
        .unwrap()
        .iter()
        .map(|tag| (tag["key"].as_str().unwrap().to_owned(), tag["value"].clone()))
        .collect()
}

fn pod_identity_name() -> String {
    format!("eks-prod-cart-1-{UUID}")
}

fn pod_identity(id: &str, second: i64, key: &str, role_name: &str) -> StsCall {
    with(
        issue(
            id,
            second,
            service("pods.eks.amazonaws.com"),
            key,
            role_name,
            &pod_identity_name(),
        ),
        "tags",
        pod_tags(),
    )
}

/// What the log knows: the given calls and callers; the callers of the calls come along.
fn evidence(sts_calls: Vec<StsCall>, callers: Vec<Caller>) -> Evidence {
    let callers = callers
        .into_iter()
        .chain(sts_calls.iter().map(|call| call.caller.clone()))
        .collect();
    Evidence {
        callers,
        sts_calls,
        ..Evidence::default()
    }
}

fn cluster(name: &str) -> Cluster {
    Cluster {
        arn: format!("arn:aws:eks:eu-west-1:111111111111:cluster/{name}"),
        name: name.to_owned(),
        ..Cluster::default()
    }
}

fn prod() -> Cluster {
    Cluster {
        oidc_issuer: text(ISSUER),
        ..cluster("prod")
    }
}

fn association(cluster: &str, sa: &str, role_name: &str) -> Association {
    Association {
        arn: format!("arn:aws:eks:eu-west-1:111111111111:podidentityassociation/{cluster}/a-{sa}"),
        cluster_name: cluster.to_owned(),
        namespace: "shop".to_owned(),
        service_account: sa.to_owned(),
        role_arn: role(role_name),
        ..Association::default()
    }
}

fn trusting(name: &str, statements: Value) -> Role {
    let trust = json!({"Version": "2012-10-17", "Statement": statements});
    Role {
        arn: role(name),
        role_id: Some(role_id(name)),
        trust_policy: Some(trust.to_string()),
        ..Role::default()
    }
}

/// A role that the given subjects may assume with the cluster's tokens.
fn irsa_role(name: &str, operator: &str, subjects: &[&str]) -> Role {
    let key = format!("{ISSUER}:sub");
    let condition = json!({operator: {key: subjects}});
    trusting(
        name,
        json!([{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": PROVIDER}, "Condition": condition}]),
    )
}

fn pod_identity_role(name: &str) -> Role {
    trusting(
        name,
        json!([{"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": {"Service": "pods.eks.amazonaws.com"}}]),
    )
}

fn annotated(sa: &str, role_name: &str) -> ServiceAccount {
    ServiceAccount {
        cluster: CLUSTER.to_owned(),
        namespace: "shop".to_owned(),
        name: sa.to_owned(),
        role_arn: Some(role(role_name)),
    }
}

fn pod(name: &str, sa: &str, from: i64, until: i64) -> Pod {
    Pod {
        cluster: CLUSTER.to_owned(),
        namespace: "shop".to_owned(),
        name: name.to_owned(),
        uid: format!("uid-of-{name}"),
        service_account: sa.to_owned(),
        started_at: at(from),
        ended_at: at(until),
        ..Pod::default()
    }
}

fn node(name: &str, instance: &str) -> Node {
    Node {
        cluster: CLUSTER.to_owned(),
        name: name.to_owned(),
        instance_id: text(instance),
        ips: vec!["10.0.0.9".to_owned()],
    }
}

fn endpoint(id: &str, vpc: &str) -> VpcEndpoint {
    VpcEndpoint {
        id: id.to_owned(),
        vpc_id: vpc.to_owned(),
        ..VpcEndpoint::default()
    }
}

/// An attribution on one line:
/// `class mechanism cluster/namespace/sa pod(class) | method | evidence | session | chain`, `-` for absent.
fn line(row: &Attribution) -> String {
    let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    assert_eq!(
        row.chain.last(),
        row.role_arn.as_ref(),
        "a chain ends with its own role"
    );
    format!(
        "{} {} {}/{}/{} {}({}) | {} | {} | {} | {}",
        word(row.workload_class),
        word(row.mechanism),
        dash(
            &row.cluster
                .arn
                .as_deref()
                .map(|arn| arn.trim_start_matches("arn:aws:eks:").to_owned())
                .or(row.cluster.name.clone())
        ),
        dash(&row.namespace),
        dash(&row.service_account),
        dash(&row.pod),
        word(row.pod_class),
        row.method,
        dash(&row.evidence_event_id),
        dash(&row.session_id),
        row.chain
            .iter()
            .map(|role| role.rsplit('/').next().unwrap())
            .collect::<Vec<_>>()
            .join(" > "),
    )
}

/// The pod of an attribution: `pod(class) | method`, `-` for absent.
fn pod_line(row: &Attribution) -> String {
    format!(
        "{}({}) | {}",
        row.pod.as_deref().unwrap_or("-"),
        word(row.pod_class),
        row.pod_method.as_deref().unwrap_or("-")
    )
}

fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

fn attribution(lineage: &Lineage, caller: &Caller) -> Attribution {
    let key = caller_key(caller);
    lineage
        .attributions
        .iter()
        .find(|row| row.caller_key == key)
        .expect("a row for the caller")
        .clone()
}

/// The attribution of a caller that the evidence may or may not hold already.
fn who(sts_calls: Vec<StsCall>, caller: &Caller, inventory: &Inventory) -> String {
    let lineage = resolve(&evidence(sts_calls, vec![caller.clone()]), inventory);
    line(&attribution(&lineage, caller))
}

fn session_row<'l>(lineage: &'l Lineage, id: &str) -> &'l Session {
    lineage
        .sessions
        .iter()
        .find(|session| session.session_id == id)
        .expect("a session of that id")
}
