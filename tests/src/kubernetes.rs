//! The API of a Kubernetes cluster, as far as it is asked: lists in pages, watches with bookmarks, and what a server
//! says when it has forgotten, is busy, or refuses (`Kubernetes API Concepts`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use bytes::Bytes;
use futures::stream;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::server::{HangUp, Server};

/// The token that the kubeconfig holds.
const TOKEN: &str = "token-of-the-test";

/// A cluster until it is dropped.
pub struct Kubernetes {
    server: Server,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Moves with each change, and when watches are to end.
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    issuer: Option<String>,
    version: u64,
    /// By resource and `namespace/name`.
    objects: BTreeMap<(String, String), Value>,
    /// Version, resource, and the event.
    log: Vec<(u64, String, Value)>,
    /// Changes up to this version are forgotten.
    forgotten: u64,
    /// Watches that began before this count end.
    cut: u64,
    paused: bool,
    refused: BTreeSet<String>,
    busy: usize,
    page: usize,
    asked: Vec<String>,
}

impl Kubernetes {
    /// An empty cluster whose tokens have this issuer; none does not tell it.
    #[must_use]
    pub fn start(issuer: Option<&str>) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                issuer: issuer.map(str::to_owned),
                version: 100,
                page: 500,
                ..State::default()
            }),
            changed: watch::Sender::new(0),
        });
        let server = {
            let shared = Arc::clone(&shared);
            Server::start(move |request| {
                let answer = shared.answer(&request);
                async move { Ok::<_, HangUp>(answer) }
            })
        };
        Self { server, shared }
    }

    /// Writes a kubeconfig whose only context, `stub`, is this cluster.
    pub fn kubeconfig(&self, file: &Path) {
        self.kubeconfig_with(file, TOKEN);
    }

    /// The same with another token.
    pub fn kubeconfig_with(&self, file: &Path, token: &str) {
        let server = self.server.endpoint();
        let text = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: stub\n\
             clusters: [{{name: stub, cluster: {{server: \"{server}\"}}}}]\n\
             users: [{{name: stub, user: {{token: \"{token}\"}}}}]\n\
             contexts: [{{name: stub, context: {{cluster: stub, user: stub}}}}]\n"
        );
        std::fs::write(file, text).unwrap();
    }

    /// Makes or changes a pod with a secret in its environment.
    pub fn pod(&self, namespace: &str, name: &str, service_account: &str, ip: &str) {
        let pod = json!({"spec": {"serviceAccountName": service_account, "nodeName": "node-1", "containers":
            [{"name": "c", "env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]},
            "status": {"phase": "Running", "podIP": ip, "podIPs": [{"ip": ip}]}});
        self.put("pods", namespace, name, pod);
    }

    /// Makes or changes a ServiceAccount, with the role that it is annotated with.
    pub fn service_account(&self, namespace: &str, name: &str, role_arn: Option<&str>) {
        let annotations = role_arn.map(|role| json!({"eks.amazonaws.com/role-arn": role}));
        let account = json!({"metadata": {"annotations": annotations}});
        self.put("serviceaccounts", namespace, name, account);
    }

    /// Makes or changes a node.
    pub fn node(&self, name: &str, instance: &str) {
        let node = json!({"spec": {"providerID": format!("aws:///eu-west-1a/{instance}")},
            "status": {"addresses": [{"type": "InternalIP", "address": "10.0.0.1"}]}});
        self.put("nodes", "", name, node);
    }

    fn put(&self, resource: &str, namespace: &str, name: &str, mut object: Value) {
        let mut state = self.shared.state.lock().unwrap();
        state.version += 1;
        let version = state.version;
        object["apiVersion"] = json!("v1");
        object["kind"] = json!(kind(resource));
        object["metadata"]["name"] = json!(name);
        if !namespace.is_empty() {
            object["metadata"]["namespace"] = json!(namespace);
        }
        let key = (resource.to_owned(), format!("{namespace}/{name}"));
        let before = state.objects.get(&key).cloned();
        let uid = before.as_ref().map_or_else(
            || json!(format!("uid-{name}-{version}")),
            |b| b["metadata"]["uid"].clone(),
        );
        object["metadata"]["uid"] = uid;
        object["metadata"]["creationTimestamp"] = json!("2026-01-01T00:00:00Z");
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        let change = if before.is_some() { "MODIFIED" } else { "ADDED" };
        let event = json!({"type": change, "object": object});
        state.log.push((version, resource.to_owned(), event));
        state.objects.insert(key, object);
        drop(state);
        self.wake();
    }

    /// Deletes an object.
    pub fn delete(&self, resource: &str, namespace: &str, name: &str) {
        let mut state = self.shared.state.lock().unwrap();
        state.version += 1;
        let version = state.version;
        let key = (resource.to_owned(), format!("{namespace}/{name}"));
        let mut object = state.objects.remove(&key).unwrap();
        object["metadata"]["resourceVersion"] = json!(version.to_string());
        let event = json!({"type": "DELETED", "object": object});
        state.log.push((version, resource.to_owned(), event));
        drop(state);
        self.wake();
    }

    /// Sends a bookmark to all who watch: nothing of a kind changed, but versions went on.
    pub fn bookmark(&self) {
        let mut state = self.shared.state.lock().unwrap();
        state.version += 1;
        let version = state.version;
        for resource in ["serviceaccounts", "pods", "nodes"] {
            let object = json!({"apiVersion": "v1", "kind": kind(resource),
                "metadata": {"resourceVersion": version.to_string(), "creationTimestamp": null}});
            let event = json!({"type": "BOOKMARK", "object": object});
            state.log.push((version, resource.to_owned(), event));
        }
        drop(state);
        self.wake();
    }

    /// Sends no changes to those who watch, until the changes are forgotten.
    pub fn pause(&self) {
        self.shared.state.lock().unwrap().paused = true;
    }

    /// Forgets all changes so far, as etcd's compaction does, and ends all watches: whoever goes on from before is told
    /// 410 Gone.
    pub fn forget(&self) {
        let mut state = self.shared.state.lock().unwrap();
        state.version += 1;
        state.forgotten = state.version;
        state.log.clear();
        state.paused = false;
        state.cut += 1;
        drop(state);
        self.wake();
    }

    /// Ends all watches, as the server does after some minutes.
    pub fn cut(&self) {
        self.shared.state.lock().unwrap().cut += 1;
        self.wake();
    }

    /// Refuses to list and watch a resource.
    pub fn refuse(&self, resource: &str) {
        self.shared.state.lock().unwrap().refused.insert(resource.to_owned());
    }

    /// Answers the next requests with 429.
    pub fn busy(&self, times: usize) {
        self.shared.state.lock().unwrap().busy = times;
    }

    /// Gives pages of so many objects at most.
    pub fn page(&self, size: usize) {
        self.shared.state.lock().unwrap().page = size;
    }

    /// All requests so far, in order.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        self.shared.state.lock().unwrap().asked.clone()
    }

    fn wake(&self) {
        self.shared.changed.send_modify(|count| *count += 1);
    }
}

impl Shared {
    fn answer(self: &Arc<Self>, request: &Request<Bytes>) -> Response<Body> {
        let mut state = self.state.lock().unwrap();
        state.asked.push(request.uri().to_string());
        let token = request
            .headers()
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        if token != Some(&format!("Bearer {TOKEN}")) {
            return status(401, "Unauthorized", "Unauthorized");
        }
        if state.busy > 0 {
            state.busy -= 1;
            return status(429, "TooManyRequests", "the server has received too many requests");
        }
        let path = request.uri().path();
        if path == "/.well-known/openid-configuration" {
            return match &state.issuer {
                Some(issuer) => json_answer(200, &json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")})),
                None => status(
                    403,
                    "Forbidden",
                    "forbidden: User \"test\" cannot get path \"/.well-known/…\"",
                ),
            };
        }
        let Some(resource) = path
            .strip_prefix("/api/v1/")
            .filter(|resource| !kind(resource).is_empty())
        else {
            return status(404, "NotFound", "the server could not find the requested resource");
        };
        if state.refused.contains(resource) {
            let message = format!("{resource} is forbidden: User \"test\" cannot list resource \"{resource}\"");
            return status(403, "Forbidden", &message);
        }
        let query: BTreeMap<&str, &str> = request
            .uri()
            .query()
            .unwrap_or_default()
            .split('&')
            .filter_map(|p| p.split_once('='))
            .collect();
        if query.get("watch") == Some(&"true") {
            let from: u64 = query["resourceVersion"].parse().unwrap();
            let cut = state.cut;
            drop(state);
            return self.watch(resource, from, cut);
        }
        list(&state, resource, &query)
    }

    /// Events after a version, as they come, until watches are cut.
    fn watch(self: &Arc<Self>, resource: &str, from: u64, cut: u64) -> Response<Body> {
        if from < self.state.lock().unwrap().forgotten {
            // As the server does: the watch begins, and its only event is the error.
            let gone = json!({"type": "ERROR", "object": status_object(410, "Expired", "too old resource version")});
            return lines(Body::from(format!("{gone}\n")));
        }
        let receiver = self.changed.subscribe();
        let begin = (Arc::clone(self), receiver, resource.to_owned(), from);
        let events = stream::unfold(begin, move |(shared, mut receiver, resource, from)| async move {
            loop {
                receiver.borrow_and_update();
                let (text, last) = {
                    let state = shared.state.lock().unwrap();
                    if state.cut != cut {
                        return None;
                    }
                    let due = state
                        .log
                        .iter()
                        .filter(|(version, of, _)| *version > from && *of == resource);
                    let due: Vec<_> = due.filter(|_| !state.paused).collect();
                    let text: String = due.iter().map(|(_, _, event)| format!("{event}\n")).collect();
                    (text, due.last().map(|(version, _, _)| *version))
                };
                if let Some(last) = last {
                    return Some((Ok::<_, HangUp>(Bytes::from(text)), (shared, receiver, resource, last)));
                }
                receiver.changed().await.ok()?;
            }
        });
        lines(Body::from_stream(events))
    }
}

/// One page: items without kinds, as the API gives them.
fn list(state: &State, resource: &str, query: &BTreeMap<&str, &str>) -> Response<Body> {
    let asked: usize = query.get("limit").map_or(usize::MAX, |limit| limit.parse().unwrap());
    let size = asked.min(state.page);
    let (version, from) = match query.get("continue") {
        None => (state.version, 0),
        Some(token) => {
            let (version, from) = token.split_once('.').unwrap();
            (version.parse().unwrap(), from.parse().unwrap())
        }
    };
    if version < state.forgotten {
        return status(
            410,
            "Expired",
            "The provided continue parameter is too old to display a consistent list result.",
        );
    }
    let all: Vec<Value> = state
        .objects
        .iter()
        .filter(|((of, _), _)| of == resource)
        .map(|(_, object)| bare(object))
        .collect();
    let end = all.len().min(from + size);
    let mut metadata = json!({"resourceVersion": version.to_string()});
    if end < all.len() {
        metadata["continue"] = json!(format!("{version}.{end}"));
        metadata["remainingItemCount"] = json!(all.len() - end);
    }
    let kind = format!("{}List", kind(resource));
    json_answer(
        200,
        &json!({"kind": kind, "apiVersion": "v1", "metadata": metadata, "items": all[from.min(end)..end]}),
    )
}

fn bare(object: &Value) -> Value {
    let mut object = object.clone();
    object
        .as_object_mut()
        .unwrap()
        .retain(|name, _| name != "kind" && name != "apiVersion");
    object
}

fn kind(resource: &str) -> &'static str {
    match resource {
        "serviceaccounts" => "ServiceAccount",
        "pods" => "Pod",
        "nodes" => "Node",
        _ => "",
    }
}

fn status_object(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
        "reason": reason, "code": code})
}

fn status(code: u16, reason: &str, message: &str) -> Response<Body> {
    json_answer(code, &status_object(code, reason, message))
}

fn json_answer(code: u16, body: &Value) -> Response<Body> {
    Response::builder()
        .status(StatusCode::from_u16(code).unwrap())
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap()
}

fn lines(body: Body) -> Response<Body> {
    Response::builder()
        .header("content-type", "application/json")
        .body(body)
        .unwrap()
}
