//! `podtrail serve`

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Context;
use podtrail_query::Engine;
use tokio::net::TcpListener;

use super::Place;
use super::exit::{Outcome, Usage};
use crate::http;

/// Arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Address to listen on; this version has no log-in and serves this machine only.
    #[arg(long, env = "PODTRAIL_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8750")]
    listen: SocketAddr,
}

/// Serves until interrupted.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    serve(place.engine().await?, args.listen).await
}

/// Serves an engine until interrupted.
pub(super) async fn serve(engine: Engine, listen: SocketAddr) -> anyhow::Result<Outcome> {
    if !listen.ip().is_loopback() {
        return Err(Usage(format!(
            "`{listen}` is not of this machine: there is no log-in yet, so give a loopback address such as `127.0.0.1:8750`"
        ))
        .into());
    }
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("`{listen}` cannot be listened on; give another with `--listen`"))?;
    let address = listener.local_addr()?;
    eprintln!("serving on http://{address} (Ctrl-C ends it)");
    axum::serve(listener, http::router(Arc::new(engine)))
        .with_graceful_shutdown(interrupted())
        .await?;
    Ok(Outcome::Done)
}

async fn interrupted() {
    let terminated = async {
        #[cfg(unix)]
        if let Ok(mut signal) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            signal.recv().await;
            return;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
