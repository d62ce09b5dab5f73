//! A proxy before a service, such as moto: it injects faults by rule, counts requests, and makes conditional requests
//! atomic, which those of moto are not.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Request, Response, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;

use crate::fault::{Fault, Rule, When};
use crate::parts::aws_environment;
use crate::server::{HangUp, Server};

/// A proxy until it is dropped.
pub struct Proxy {
    server: Server,
    shared: Arc<Shared>,
}

struct Shared {
    behind: SocketAddr,
    rules: Mutex<Vec<Rule>>,
    requests: Mutex<Vec<String>>,
    /// Held by a conditional request until the service has answered it: moto looks whether an object exists and
    /// stores it in two steps, and another thread comes between them.
    one_at_a_time: tokio::sync::Mutex<()>,
}

impl Proxy {
    /// A proxy before `endpoint`, such as `http://127.0.0.1:40123`.
    ///
    /// # Panics
    /// When the endpoint is no `http://` address and port.
    #[must_use]
    pub fn before(endpoint: &str) -> Self {
        let behind = endpoint.trim_start_matches("http://").parse().unwrap();
        let shared = Arc::new(Shared {
            behind,
            rules: Mutex::default(),
            requests: Mutex::default(),
            one_at_a_time: tokio::sync::Mutex::default(),
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

    /// Variables for a child process that speaks through this proxy.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        aws_environment(&self.endpoint())
    }

    /// Adds a rule. Every rule counts; of several faults for one request the one added first happens.
    pub fn rule(&self, when: When, fault: Fault) -> Rule {
        let rule = Rule::new(when, fault);
        self.shared.rules.lock().unwrap().push(rule.clone());
        rule
    }

    /// Removes all rules.
    pub fn heal(&self) {
        self.shared.rules.lock().unwrap().clear();
    }

    /// All requests so far, such as `GET /bucket/key?partNumber=1`, in order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }
}

impl Shared {
    fn fault(&self, request: &Request<Bytes>) -> Option<Fault> {
        let line = format!("{} {}", request.method(), request.uri());
        self.requests.lock().unwrap().push(line);
        let rules = self.rules.lock().unwrap();
        let mut found = rules.iter().map(|rule| rule.meet(request).cloned());
        // All rules count, also those after the first that has a fault.
        found.by_ref().fold(None, Option::or)
    }

    /// Passes a request on. What is begun is finished, also when the client has hung up by then.
    async fn forward(self: Arc<Self>, request: Request<Bytes>) -> Result<Response<Bytes>, HangUp> {
        let asked = tokio::spawn(async move {
            let conditional = [header::IF_NONE_MATCH, header::IF_MATCH];
            let held = if conditional.iter().any(|name| request.headers().contains_key(name)) {
                Some(self.one_at_a_time.lock().await)
            } else {
                None
            };
            let answer = ask(self.behind, request).await;
            drop(held);
            answer
        });
        asked.await.map_err(|_| HangUp)?.map_err(|_| HangUp)
    }
}

async fn handle(shared: Arc<Shared>, request: Request<Bytes>) -> Result<Response<Body>, HangUp> {
    let fault = shared.fault(&request).unwrap_or(Fault::None);
    if let Some(answer) = fault.instead(&request) {
        return answer;
    }
    fault.spoil(shared.forward(request).await?)
}

/// Asks the service over a connection of its own, whole request and whole answer.
pub(crate) async fn ask(
    behind: SocketAddr,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, Box<dyn std::error::Error + Send + Sync>> {
    let stream = tokio::net::TcpStream::connect(behind).await?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let (mut parts, body) = request.into_parts();
    // The body is whole now, so its length is known.
    parts.headers.remove(header::TRANSFER_ENCODING);
    parts.headers.remove(header::EXPECT);
    let answer = sender.send_request(Request::from_parts(parts, Full::new(body))).await?;
    let (mut parts, body) = answer.into_parts();
    for name in [header::CONNECTION, header::TRANSFER_ENCODING] {
        parts.headers.remove(name);
    }
    Ok(Response::from_parts(parts, body.collect().await?.to_bytes()))
}
