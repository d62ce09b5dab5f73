//! SIGINT and SIGTERM.

use std::io::Write;

use podtrail_ingest::source::Stop;

/// Waits for SIGINT or SIGTERM, then has the work come to its end: what was begun is finished. A second signal ends the
/// process at once, as signals do; nothing committed is lost by that.
pub(super) async fn stop_on_signal(stop: Stop) {
    wait().await;
    stop.stop();
    // Whoever read standard error may be gone, which must not keep the work from its end.
    let _ = writeln!(
        std::io::stderr(),
        "podtrail: finishing what was begun; once more to end at once"
    );
    wait().await;
    std::process::exit(130);
}

#[cfg(unix)]
async fn wait() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return interrupted().await;
    };
    tokio::select! {
        () = interrupted() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn wait() {
    interrupted().await;
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Signals cannot be listened to: then they end the process, as they do without us.
        std::future::pending::<()>().await;
    }
}
