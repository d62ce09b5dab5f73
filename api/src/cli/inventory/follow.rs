//! What changes in clusters, kept as it changes.

use std::time::Duration;

use podtrail_analysis::inventory::Object;
use podtrail_event::time::Timestamp;
use podtrail_ingest::source::Stop;
use podtrail_live::Observation;
use podtrail_live::kubernetes::{Api, Kind};
use podtrail_live::watch::{self, Change};
use tokio::sync::mpsc;

use super::kubernetes::of_cluster;
use super::live::Look;
use crate::cli::clock;
use crate::cli::signals::stop_on_signal;

/// Changes that are kept together.
const BATCH: usize = 256;
/// How long a change waits for others: a rollout changes many pods many times.
const GATHER: Duration = Duration::from_millis(200);

/// One kind of one cluster, from where it was listed on.
pub(super) struct Followed {
    pub(super) api: Api,
    pub(super) cluster: String,
    pub(super) kind: Kind,
    pub(super) version: String,
}

/// Keeps changes until SIGTERM or SIGINT.
pub(super) async fn run(look: &mut Look<'_>, followed: Vec<Followed>) -> anyhow::Result<()> {
    let stop = Stop::default();
    tokio::spawn(stop_on_signal(stop.clone()));
    let (sender, mut changes) = mpsc::channel(BATCH);
    for each in followed {
        tokio::spawn(forward(each, sender.clone()));
    }
    drop(sender);
    eprintln!("following Kubernetes; SIGTERM or SIGINT ends it");
    let mut last = Timestamp(0);
    loop {
        let mut batch = Vec::new();
        tokio::select! {
            () = stop.stopped() => return Ok(()),
            count = changes.recv_many(&mut batch, BATCH) => if count == 0 { return Ok(()) },
        }
        tokio::time::sleep(GATHER).await;
        while batch.len() < BATCH
            && let Ok(more) = changes.try_recv()
        {
            batch.push(more);
        }
        keep(look, batch, &mut last).await?;
    }
}

/// Follows one kind, and says of which cluster its changes are.
async fn forward(followed: Followed, sender: mpsc::Sender<(String, Change)>) {
    let Followed {
        api,
        cluster,
        kind,
        version,
    } = followed;
    let (own, mut changes) = mpsc::channel(BATCH);
    let follow = watch::follow(&api, kind, version, &own);
    let pass = async {
        while let Some(change) = changes.recv().await {
            if sender.send((cluster.clone(), change)).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = follow => {}
        () = pass => {}
    }
}

/// Keeps changes in their order. Each has a time of its own, so that an end is later than what it ends.
async fn keep(look: &mut Look<'_>, batch: Vec<(String, Change)>, last: &mut Timestamp) -> anyhow::Result<()> {
    let mut newest = Observation::default();
    for (cluster, change) in batch {
        match change {
            Change::Seen(mut object) => {
                object.assign_cluster(&cluster);
                put(&mut newest.objects, object);
            }
            Change::Gone(mut object) => {
                object.assign_cluster(&cluster);
                let object = object.gone(now(last));
                put(&mut newest.objects, object);
            }
            Change::Listed(kind, objects) => {
                flush(look, &mut newest, last).await?;
                let mut all = of_cluster(kind, objects, &cluster);
                flush(look, &mut all, last).await?;
            }
            // Nothing is lost by it: what happened meanwhile is seen later, or listed anew.
            Change::Troubled(refused) => {
                tracing::warn!(%cluster, %refused, "nothing is seen for now; it is tried again");
            }
        }
    }
    flush(look, &mut newest, last).await
}

/// Of several states of a thing, the last counts.
fn put(objects: &mut Vec<Object>, object: Object) {
    let same = |a: &Object, b: &Object| {
        let key = |object: &Object| match object {
            Object::Ended(ended) => (ended.of.clone(), ended.key.clone()),
            other => (other.kind().to_owned(), other.key()),
        };
        key(a) == key(b)
    };
    objects.retain(|other| !same(other, &object));
    objects.push(object);
}

async fn flush(look: &mut Look<'_>, seen: &mut Observation, last: &mut Timestamp) -> anyhow::Result<()> {
    let seen = std::mem::take(seen);
    if seen == Observation::default() {
        return Ok(());
    }
    let kept = look
        .engine
        .store()
        .observe(&seen.objects, &seen.complete, now(last))
        .await?;
    look.totals.add(kept);
    Ok(())
}

/// The time, later than the last one that was given.
fn now(last: &mut Timestamp) -> Timestamp {
    let time = clock().saturating_mul(1000);
    *last = Timestamp(time.max(last.0 + 1));
    *last
}
