//! The journey of a record: list → fetch → inflate, split and parse → de-duplicate, write and commit → settle.

mod gather;
mod settle;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use podtrail_event::Limits;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::IngestError;
use crate::checkpoint::Checkpoints;
use crate::lake::{Bounds, Lake, Writer};
use crate::ledger::Ledger;
use crate::source::{Feed, InflateLimits, Object, Source, SourceFailure, Stop};
use gather::Handed;
use settle::Settling;
use worker::{Opened, Worker};

/// Objects that are fetched ahead of the workers: hides the latency of a store, bounds what is held of it.
const FETCHES: usize = 16;

/// How to ingest.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Workers that inflate and parse.
    pub workers: usize,
    /// When the writer commits.
    pub bounds: Bounds,
    /// The writer commits at the latest after this time, so that what trickles in is seen.
    pub flush_after: Duration,
    /// How far files may inflate.
    pub inflate: InflateLimits,
    /// Limits of records and rejects.
    pub limits: Limits,
    /// The time in milliseconds since the epoch, for the log.
    pub clock: fn() -> i64,
}

impl Options {
    /// The usual bounds; `clock` gives the time in milliseconds since the epoch.
    #[must_use]
    pub fn new(clock: fn() -> i64) -> Self {
        Self {
            workers: 2,
            bounds: Bounds::default(),
            flush_after: Duration::from_secs(30),
            inflate: InflateLimits::default(),
            limits: Limits::default(),
            clock,
        }
    }
}

/// Is told of progress; any thread may call.
pub trait Progress: Send + Sync {
    /// So much more lies ahead: objects, and bytes where they are known.
    fn expect(&self, objects: u64, bytes: u64);
    /// An object of so many bytes, as stored, has been read.
    fn object_done(&self, bytes: u64);
    /// Records have been read.
    fn records(&self, count: u64);
    /// Everything read until now is committed; the ledger of the run so far.
    fn committed(&self, ledger: &Ledger);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn expect(&self, _objects: u64, _bytes: u64) {}
    fn object_done(&self, _bytes: u64) {}
    fn records(&self, _count: u64) {}
    fn committed(&self, _ledger: &Ledger) {}
}

/// Something that could not be read. It is no reject, since nothing is known of what is in it: a later run reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// The source as it was given.
    pub source: Arc<str>,
    /// The object; none for the source as a whole.
    pub object: Option<String>,
    /// What was wrong and what to do.
    pub reason: String,
    /// Whether what was asked for is not there.
    pub missing: bool,
}

/// What a run did.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The counts, which balance.
    pub ledger: Ledger,
    /// What could not be read, the first [`Report::FAILURES`] of it.
    pub failures: Vec<Failed>,
    /// How much could not be read.
    pub failed: u64,
}

impl Report {
    /// Failures kept with their reasons.
    pub const FAILURES: usize = 1000;

    fn fail(&mut self, failure: Failed) {
        self.failed += 1;
        if self.failures.len() < Self::FAILURES {
            self.failures.push(failure);
        }
    }
}

/// Reads every source into the lake until all are read, or `stop` is said: then what was begun is finished.
///
/// # Errors
/// When the lake cannot be written; what was committed before stays, and reading the same sources again is harmless.
/// What cannot be read is in the report: as a reject of the ledger where its bytes are at fault, else as a failure.
pub async fn ingest(
    lake: &Lake,
    sources: &[Arc<dyn Source>],
    options: Options,
    checkpoints: &Arc<dyn Checkpoints>,
    progress: Arc<dyn Progress>,
    stop: &Stop,
) -> Result<Report, IngestError> {
    let mut writer = Writer::new(lake, options.bounds, options.clock).await?;
    let mut settling = Settling::new(sources, Arc::clone(checkpoints), options.clock);
    let (listed, objects) = mpsc::channel(FETCHES);
    let lists: Vec<_> = sources
        .iter()
        .enumerate()
        .map(|(place, source)| {
            let feed = Feed::new(
                listed.clone(),
                place,
                settling.tally(place),
                Arc::clone(&progress),
                stop.clone(),
            );
            list(Arc::clone(source), feed)
        })
        .collect();
    drop(listed);
    let (opened, queue) = mpsc::channel(options.workers.max(1));
    let fetching = tokio::spawn(fetch(objects, opened));
    let (handed, mut batches) = mpsc::channel(2);
    let workers = start_workers(sources, options, queue, handed, &progress);

    let mut flush_at: Option<Instant> = None;
    loop {
        let committed = match receive(&mut batches, flush_at).await {
            Received::Batch(Handed { batch, finished }) => {
                settling.wait_for_commit(finished);
                flush_at = flush_at.or_else(|| Some(Instant::now() + options.flush_after));
                writer.push(batch).await?
            }
            Received::Late => writer.flush().await.map(|()| true)?,
            Received::End => break,
        };
        if committed {
            flush_at = None;
            settling.committed().await;
            progress.committed(writer.ledger());
        }
    }
    for worker in workers {
        worker.await.map_err(|error| IngestError::Worker(error.to_string()))??;
    }
    let ledger = writer.finish().await?;
    settling.committed().await;
    progress.committed(&ledger);
    fetching.await.map_err(|error| IngestError::Worker(error.to_string()))?;
    settling.end(ledger, lists).await
}

/// Runs the listing of a source beside everything else.
fn list(source: Arc<dyn Source>, feed: Feed) -> JoinHandle<Result<(), SourceFailure>> {
    tokio::spawn(async move { source.list(&feed).await })
}

/// Opens objects some way ahead of the workers, in their order.
async fn fetch(mut objects: mpsc::Receiver<(usize, Object)>, opened: mpsc::Sender<Opened>) {
    let objects = futures::stream::poll_fn(move |context| objects.poll_recv(context));
    let mut ahead = std::pin::pin!(
        objects
            .map(|(source, object)| Opened::open(source, object))
            .buffered(FETCHES)
    );
    while let Some(next) = ahead.next().await {
        if opened.send(next).await.is_err() {
            // The workers are gone because the writer failed; its error is the one to tell.
            return;
        }
    }
}

fn start_workers(
    sources: &[Arc<dyn Source>],
    options: Options,
    queue: mpsc::Receiver<Opened>,
    handed: mpsc::Sender<Handed>,
    progress: &Arc<dyn Progress>,
) -> Vec<JoinHandle<Result<(), IngestError>>> {
    let names: Arc<[Arc<str>]> = sources.iter().map(|source| source.name()).collect();
    let queue = Arc::new(tokio::sync::Mutex::new(queue));
    (0..options.workers.max(1))
        .map(|_| {
            let worker = Worker::new(
                Arc::clone(&queue),
                handed.clone(),
                Arc::clone(&names),
                options,
                Arc::clone(progress),
            );
            tokio::task::spawn_blocking(move || worker.run())
        })
        .collect()
}

enum Received {
    Batch(Handed),
    /// What waits has waited long enough.
    Late,
    End,
}

async fn receive(batches: &mut mpsc::Receiver<Handed>, flush_at: Option<Instant>) -> Received {
    let next = match flush_at {
        None => batches.recv().await,
        Some(at) => match tokio::time::timeout_at(at, batches.recv()).await {
            Ok(next) => next,
            Err(_) => return Received::Late,
        },
    };
    next.map_or(Received::End, Received::Batch)
}
