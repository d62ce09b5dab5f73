//! A cluster's Kubernetes audit log, as a subscription of its CloudWatch log group delivers it: who asked for which
//! pod's token, and when pods came and went.

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;

use crate::File;
use crate::calls::{merge, object};
use crate::clock::{DAY, Window, iso};
use crate::estate::{Cluster, DATA_PROD, Grant, Shows, Workload, told};
use crate::pods::{Pod, run_pod, standing_pods};
use crate::rng::Rng;
use crate::staff::runs;
use crate::truth::AuditTruth;

/// Seconds of a token that a pod's volume holds, and of one that a short job asks for.
const TOKEN_LIFE: i64 = DAY;
const SHORT_LIFE: i64 = 3600;
/// A kubelet renews a token when four fifths of its life are over.
const RENEWAL: i64 = TOKEN_LIFE * 4 / 5;
/// Lines of an envelope.
const LINES: usize = 50;

/// A request to the API server: when it was received, and what is told of it beside what every event has.
struct Request {
    at: i64,
    fields: Value,
}

/// The log's files, and what is in them.
pub(crate) fn files(seed: u64, window: Window) -> (Vec<File>, AuditTruth) {
    let cluster = &DATA_PROD;
    let mut requests = Vec::new();
    for workload in told().filter(|workload| workload.cluster == cluster && audience(workload).is_some()) {
        for pod in standing_pods(workload, seed, window) {
            requests.extend(renewals(workload, &pod, window));
        }
        if workload.shows == Shows::Tokens {
            for at in runs(workload, window) {
                requests.extend(one_run(workload, &run_pod(workload, seed, at)));
            }
        }
    }
    requests.push(by_hand(cluster, window));
    requests.sort_by_key(|request| (request.at, request.fields.to_string()));
    let mut rng = Rng::new(seed, "audit");
    let events: Vec<(i64, String)> = requests.iter().flat_map(|request| stages(request, &mut rng)).collect();
    let truth = AuditTruth {
        records: events.len() as u64,
        stored: requests.len() as u64,
    };
    let body: String = events.chunks(LINES).map(|lines| envelope(cluster, lines)).collect();
    let path = format!(
        "audit/{}/eks-audit-{}.json.gz",
        iso(window.to).get(..10).unwrap_or_default().replace('-', "/"),
        cluster.name
    );
    let file = File {
        path,
        bytes: gzip(body.as_bytes()),
    };
    (vec![file], truth)
}

fn audience(workload: &Workload) -> Option<&'static str> {
    match workload.grant {
        Grant::Irsa => Some("sts.amazonaws.com"),
        Grant::PodIdentity | Grant::PodIdentityUntagged | Grant::PodIdentityPolicy(_) | Grant::PodIdentityTarget(_) => {
            Some("pods.eks.amazonaws.com")
        }
        Grant::Node | Grant::StaticKey(_) => None,
    }
}

/// The tokens of a pod that stays.
fn renewals(workload: &Workload, pod: &Pod, window: Window) -> Vec<Request> {
    (0..)
        .map(|turn| pod.created + 5 + turn * RENEWAL)
        .take_while(|at| *at < window.to)
        .map(|at| token_request(workload, pod, at, TOKEN_LIFE))
        .collect()
}

/// A job's pod comes, asks once, and goes.
fn one_run(workload: &Workload, pod: &Pod) -> Vec<Request> {
    vec![
        pod_request(workload, pod, "create", pod.created),
        token_request(workload, pod, pod.created + 5, SHORT_LIFE),
        pod_request(workload, pod, "delete", pod.created + SHORT_LIFE + 60),
    ]
}

fn token_request(workload: &Workload, pod: &Pod, at: i64, seconds: i64) -> Request {
    let cluster = workload.cluster;
    let bound = json!({"kind": "Pod", "apiVersion": "v1", "name": pod.name, "uid": pod.uid});
    let mut fields = token_fields(
        workload.namespace,
        workload.account,
        audience(workload),
        seconds,
        Some(bound),
    );
    merge(
        &mut fields,
        json!({"user": {"username": format!("system:node:{}", cluster.node_name(pod.node)),
                "groups": ["system:nodes", "system:authenticated"]},
            "sourceIPs": [cluster.node_address(pod.node)],
            "userAgent": "kubelet/v1.34.1 (linux/amd64) kubernetes/93248f9"}),
    );
    Request { at, fields }
}

/// A person asks for a ServiceAccount's token: bound to no pod.
fn by_hand(cluster: &Cluster, window: Window) -> Request {
    let mut fields = token_fields("etl", "clickstream-loader", Some("sts.amazonaws.com"), 3600, None);
    merge(
        &mut fields,
        json!({"user": {"username": "platform-oncall", "groups": ["platform-admins", "system:authenticated"]},
            "sourceIPs": ["192.0.2.31"], "userAgent": "kubectl/v1.34.1 (darwin/arm64) kubernetes/93248f9"}),
    );
    let at = window.days(cluster.days).from + 2 * DAY;
    Request { at, fields }
}

fn token_fields(namespace: &str, account: &str, audience: Option<&str>, seconds: i64, bound: Option<Value>) -> Value {
    let spec = object(vec![
        ("audiences", Some(json!([audience]))),
        ("expirationSeconds", Some(json!(seconds))),
        ("boundObjectRef", bound),
    ]);
    json!({"level": "Request", "verb": "create", "responseStatus": {"metadata": {}, "code": 201},
        "requestURI": format!("/api/v1/namespaces/{namespace}/serviceaccounts/{account}/token"),
        "objectRef": {"resource": "serviceaccounts", "namespace": namespace, "name": account, "apiVersion": "v1",
            "subresource": "token"},
        "requestObject": {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
            "metadata": {"creationTimestamp": null}, "spec": spec,
            "status": {"token": "", "expirationTimestamp": null}}})
}

fn pod_request(workload: &Workload, pod: &Pod, verb: &str, at: i64) -> Request {
    let namespace = workload.namespace;
    let body = json!({"kind": "Pod", "apiVersion": "v1",
        "metadata": {"name": pod.name, "namespace": namespace, "uid": pod.uid, "creationTimestamp": iso(pod.created)},
        "spec": {"serviceAccountName": workload.account, "nodeName": workload.cluster.node_name(pod.node)},
        "status": {"phase": "Pending"}});
    let code = if verb == "create" { 201 } else { 200 };
    let fields = json!({"level": "RequestResponse", "verb": verb, "responseStatus": {"metadata": {}, "code": code},
        "requestURI": format!("/api/v1/namespaces/{namespace}/pods"),
        "objectRef": {"resource": "pods", "namespace": namespace, "name": pod.name, "apiVersion": "v1"},
        "responseObject": body, "sourceIPs": ["172.16.32.1"],
        "user": {"username": "system:serviceaccount:kube-system:job-controller", "groups": ["system:serviceaccounts"]},
        "userAgent": "kube-controller-manager/v1.34.1 (linux/amd64) kubernetes/93248f9/system:serviceaccount:kube-system:job-controller"});
    Request { at, fields }
}

/// The two events of a request: received, and answered. The first knows neither body nor answer.
fn stages(request: &Request, rng: &mut Rng) -> [(i64, String); 2] {
    let id = rng.uuid();
    let (received, answered) = (rng.below(400_000), 500_000 + rng.below(400_000));
    let stamp = |micros: u64| iso(request.at).replace('Z', &format!(".{micros:06}Z"));
    let jti = format!("JTI={}", rng.uuid());
    [("RequestReceived", received), ("ResponseComplete", answered)].map(|(stage, micros)| {
        let mut event = request.fields.clone();
        merge(
            &mut event,
            json!({"auditID": id, "stage": stage, "requestReceivedTimestamp": stamp(received),
                "stageTimestamp": stamp(micros)}),
        );
        if stage == "RequestReceived" {
            let fields = event.as_object_mut().into_iter();
            fields.for_each(|fields| {
                fields.retain(|key, _| !matches!(key.as_str(), "requestObject" | "responseObject" | "responseStatus"))
            });
        } else {
            merge(
                &mut event,
                json!({"annotations": {"authentication.kubernetes.io/issued-credential-id": jti,
                    "authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""}}),
            );
        }
        // The API server writes these two first.
        let text = event
            .to_string()
            .replacen('{', r#"{"kind":"Event","apiVersion":"audit.k8s.io/v1","#, 1);
        (request.at * 1000 + i64::try_from(micros / 1000).unwrap_or(0), text)
    })
}

/// One message of a subscription, in the order in which CloudWatch Logs writes its keys.
fn envelope(cluster: &Cluster, lines: &[(i64, String)]) -> String {
    let events: Vec<Value> = (lines.iter().enumerate())
        .map(|(number, (at, text))| json!({"id": format!("{at}{number:06}"), "timestamp": at, "message": text}))
        .collect();
    format!(
        r#"{{"messageType":"DATA_MESSAGE","owner":"{}","logGroup":"/aws/eks/{}/cluster","logStream":"kube-apiserver-audit-4f1c2b7a906d0ecf","subscriptionFilters":["audit"],"logEvents":{}}}"#,
        cluster.account.id,
        cluster.name,
        Value::Array(events)
    )
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(4));
    // Writing to memory cannot fail; were it to, an empty file would fail every test that reads it.
    match encoder.write_all(body) {
        Ok(()) => encoder.finish().unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}
