//! Pod Identity associations, which moto lacks, in the wire format of EKS (REST-JSON; `ListPodIdentityAssociations` and
//! `DescribePodIdentityAssociation` of its service model). Everything else is passed on to moto.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::parts::aws_environment;
use crate::proxy::ask;
use crate::server::{HangUp, Server};

/// The service until it is dropped.
pub struct Eks {
    server: Server,
    shared: Arc<Shared>,
}

struct Shared {
    behind: SocketAddr,
    /// By cluster and id.
    associations: Mutex<BTreeMap<(String, String), Value>>,
    page: Mutex<usize>,
}

impl Eks {
    /// Before `endpoint`: moto, or a proxy.
    ///
    /// # Panics
    /// When the endpoint is no `http://` address and port.
    #[must_use]
    pub fn before(endpoint: &str) -> Self {
        let shared = Arc::new(Shared {
            behind: endpoint.trim_start_matches("http://").parse().unwrap(),
            associations: Mutex::default(),
            page: Mutex::new(100),
        });
        let server = {
            let shared = Arc::clone(&shared);
            Server::start(move |request| handle(Arc::clone(&shared), request))
        };
        Self { server, shared }
    }

    /// Such as `http://127.0.0.1:40123`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Variables for a child process that speaks to this and what is behind it.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        aws_environment(&self.endpoint())
    }

    /// Makes an association of a cluster, which is given by its ARN; gives its id.
    pub fn associate(&self, cluster_arn: &str, namespace: &str, service_account: &str, role_arn: &str) -> String {
        let (place, cluster) = cluster_arn.split_once(":cluster/").unwrap();
        let mut associations = self.shared.associations.lock().unwrap();
        let id = format!("a-{:017}", associations.len() + 1);
        let arn = format!("{place}:podidentityassociation/{cluster}/{id}");
        let association = json!({"clusterName": cluster, "namespace": namespace, "serviceAccount": service_account,
            "roleArn": role_arn, "associationArn": arn, "associationId": id, "tags": {},
            "createdAt": 1_793_000_000.123, "modifiedAt": 1_793_000_000.123, "disableSessionTags": false});
        associations.insert((cluster.to_owned(), id.clone()), association);
        id
    }

    /// Changes one member of an association, as an update would.
    pub fn update(&self, cluster: &str, id: &str, member: &str, value: Value) {
        let mut associations = self.shared.associations.lock().unwrap();
        let association = associations.get_mut(&(cluster.to_owned(), id.to_owned())).unwrap();
        association[member] = value;
    }

    /// Deletes an association.
    pub fn delete(&self, cluster: &str, id: &str) {
        let mut associations = self.shared.associations.lock().unwrap();
        associations.remove(&(cluster.to_owned(), id.to_owned())).unwrap();
    }

    /// Gives pages of so many associations, fewer than it is asked for.
    pub fn page(&self, size: usize) {
        *self.shared.page.lock().unwrap() = size;
    }
}

async fn handle(shared: Arc<Shared>, request: Request<Bytes>) -> Result<Response<Body>, HangUp> {
    let path = request.uri().path().to_owned();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    match parts[..] {
        ["clusters", cluster, "pod-identity-associations"] if request.method() == "GET" => {
            Ok(shared.list(cluster, request.uri().query().unwrap_or_default()))
        }
        ["clusters", cluster, "pod-identity-associations", id] if request.method() == "GET" => {
            Ok(shared.describe(cluster, id))
        }
        _ => ask(shared.behind, request)
            .await
            .map(|answer| answer.map(Body::from))
            .map_err(|_| HangUp),
    }
}

impl Shared {
    fn list(&self, cluster: &str, query: &str) -> Response<Body> {
        let token = query.split('&').find_map(|pair| pair.strip_prefix("nextToken="));
        let from: usize = token.map_or(0, |token| token.parse().unwrap());
        let associations = self.associations.lock().unwrap();
        let of_cluster = associations.iter().filter(|((of, _), _)| of == cluster);
        let all: Vec<Value> = of_cluster.map(|(_, association)| summary(association)).collect();
        let end = all.len().min(from + *self.page.lock().unwrap());
        let mut answer = json!({"associations": all[from.min(end)..end]});
        if end < all.len() {
            answer["nextToken"] = json!(end.to_string());
        }
        respond(StatusCode::OK, &answer)
    }

    fn describe(&self, cluster: &str, id: &str) -> Response<Body> {
        let associations = self.associations.lock().unwrap();
        match associations.get(&(cluster.to_owned(), id.to_owned())) {
            Some(association) => respond(StatusCode::OK, &json!({"association": association})),
            None => {
                let message = json!({"message": format!("The specified association {id} does not exist.")});
                let mut answer = respond(StatusCode::NOT_FOUND, &message);
                let kind = "ResourceNotFoundException".parse().unwrap();
                answer.headers_mut().insert("x-amzn-errortype", kind);
                answer
            }
        }
    }
}

/// What a list says of an association: no role.
fn summary(association: &Value) -> Value {
    let names = [
        "clusterName",
        "namespace",
        "serviceAccount",
        "associationArn",
        "associationId",
    ];
    names
        .iter()
        .map(|name| ((*name).to_owned(), association[*name].clone()))
        .collect()
}

fn respond(status: StatusCode, body: &Value) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .header("x-amzn-requestid", "00000000-0000-4000-8000-000000000002")
        .body(Body::from(body.to_string()))
        .unwrap()
}
