//! The way from a source to the pipeline: bounded, counted, and stopped at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{mpsc, watch};

use super::Object;
use crate::pipeline::Progress;

/// Tells everything to come to its end: what was begun is finished and committed, nothing new is begun.
#[derive(Debug, Clone)]
pub struct Stop {
    sender: Arc<watch::Sender<bool>>,
}

impl Default for Stop {
    fn default() -> Self {
        Self {
            sender: Arc::new(watch::Sender::new(false)),
        }
    }
}

impl Stop {
    /// Says it.
    pub fn stop(&self) {
        self.sender.send_replace(true);
    }

    /// Whether it was said.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.sender.borrow()
    }

    /// Waits until it is said.
    pub async fn stopped(&self) {
        let mut receiver = self.sender.subscribe();
        // The sender lives in `self`, so this cannot fail.
        let _ = receiver.wait_for(|stopped| *stopped).await;
    }
}

/// What a source has given, and what became of it.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) objects: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) settled_objects: AtomicU64,
    pub(crate) settled_bytes: AtomicU64,
}

impl Tally {
    pub(crate) fn settle(&self, objects: u64, bytes: u64) {
        self.settled_objects.fetch_add(objects, Ordering::Relaxed);
        self.settled_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Objects and bytes that were given and are not settled.
    pub(crate) fn open(&self) -> (u64, u64) {
        let open = |given: &AtomicU64, settled: &AtomicU64| {
            given
                .load(Ordering::Relaxed)
                .saturating_sub(settled.load(Ordering::Relaxed))
        };
        (
            open(&self.objects, &self.settled_objects),
            open(&self.bytes, &self.settled_bytes),
        )
    }
}

/// Takes the objects of one source. Cheap to clone.
#[derive(Clone)]
pub struct Feed {
    sender: mpsc::Sender<(usize, Object)>,
    /// Place of the source among those of the run.
    source: usize,
    tally: Arc<Tally>,
    progress: Arc<dyn Progress>,
    stop: Stop,
}

impl std::fmt::Debug for Feed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Feed")
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

impl Feed {
    pub(crate) fn new(
        sender: mpsc::Sender<(usize, Object)>,
        source: usize,
        tally: Arc<Tally>,
        progress: Arc<dyn Progress>,
        stop: Stop,
    ) -> Self {
        Self {
            sender,
            source,
            tally,
            progress,
            stop,
        }
    }

    /// Says how much is to come, so that progress can be told before all of it was given.
    pub fn announce(&self, objects: u64, bytes: u64) {
        self.tally.objects.fetch_add(objects, Ordering::Relaxed);
        self.tally.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.progress.expect(objects, bytes);
    }

    /// Hands an announced object over, waiting while the pipeline is full; false when nothing more is wanted.
    pub async fn give(&self, object: Object) -> bool {
        if self.stop.is_stopped() {
            return false;
        }
        tokio::select! {
            biased;
            () = self.stop.stopped() => false,
            sent = self.sender.send((self.source, object)) => sent.is_ok(),
        }
    }

    /// The signal that ends the run.
    #[must_use]
    pub const fn stop(&self) -> &Stop {
        &self.stop
    }
}
