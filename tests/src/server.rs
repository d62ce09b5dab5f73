//! An HTTP server of the harness, which may also hang up instead of answering.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, Response};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::runtime::{Builder, Runtime};

/// The server hangs up: the client sees a connection that closes without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection was cut")]
pub(crate) struct HangUp;

/// A server on a free loopback port until it is dropped. It has threads of its own, so a test that blocks while it
/// waits for a child process does not stop it.
pub(crate) struct Server {
    address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Server {
    /// Answers requests, each with its whole body read, by `handle`.
    pub(crate) fn start<H, F>(handle: H) -> Self
    where
        H: Fn(Request<Bytes>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Response<Body>, HangUp>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.spawn(listen(listener, Arc::new(handle)));
        Self {
            address,
            runtime: Some(runtime),
        }
    }

    /// Such as `http://127.0.0.1:40123`.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn listen<H, F>(listener: TcpListener, handle: Arc<H>)
where
    H: Fn(Request<Bytes>) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Response<Body>, HangUp>> + Send + 'static,
{
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let handle = Arc::clone(&handle);
        tokio::spawn(async move {
            let answer = service_fn(|request| answer(request, &*handle));
            // A client that hangs up is part of what is tested.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

async fn answer<H, F>(request: Request<Incoming>, handle: &H) -> Result<Response<Body>, HangUp>
where
    H: Fn(Request<Bytes>) -> F,
    F: Future<Output = Result<Response<Body>, HangUp>>,
{
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| HangUp)?.to_bytes();
    handle(Request::from_parts(parts, body)).await
}
