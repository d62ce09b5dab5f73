//! What happens once records are committed: sources are told, what is open is noted, failures are kept for the report.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::gather::Finished;
use super::{Failed, Report};
use crate::IngestError;
use crate::checkpoint::{Checkpoints, SourceState};
use crate::ledger::Ledger;
use crate::source::{Settled, Source, SourceFailure, feed::Tally};

/// One source in a run.
struct Side {
    source: Arc<dyn Source>,
    name: Arc<str>,
    tally: Arc<Tally>,
    failed: u64,
    problem: Option<String>,
}

/// Settles objects with their sources.
pub(super) struct Settling {
    sides: Vec<Side>,
    checkpoints: Arc<dyn Checkpoints>,
    clock: fn() -> i64,
    waiting: Vec<Finished>,
    report: Report,
}

impl Settling {
    pub(super) fn new(sources: &[Arc<dyn Source>], checkpoints: Arc<dyn Checkpoints>, clock: fn() -> i64) -> Self {
        let sides = sources
            .iter()
            .map(|source| Side {
                source: Arc::clone(source),
                name: source.name(),
                tally: Arc::default(),
                failed: 0,
                problem: None,
            })
            .collect();
        Self {
            sides,
            checkpoints,
            clock,
            waiting: Vec::new(),
            report: Report::default(),
        }
    }

    pub(super) fn tally(&self, place: usize) -> Arc<Tally> {
        self.sides
            .get(place)
            .map_or_else(Arc::default, |side| Arc::clone(&side.tally))
    }

    /// These objects are settled with the next commit.
    pub(super) fn wait_for_commit(&mut self, finished: Vec<Finished>) {
        self.waiting.extend(finished);
    }

    /// Everything that was waited for is committed.
    pub(super) async fn committed(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        for (place, side) in self.sides.iter_mut().enumerate() {
            let mut settled: Vec<Settled> = Vec::new();
            for finished in waiting.extract_if(.., |finished| finished.source == place) {
                side.tally.settle(1, finished.bytes);
                if let Some(reason) = &finished.settled.failure {
                    tracing::warn!(source = %side.name, object = finished.settled.id.name, reason, "could not be read");
                    side.failed += 1;
                    side.problem = Some(reason.clone());
                    self.report.fail(Failed {
                        source: Arc::clone(&side.name),
                        object: Some(finished.settled.id.name.clone()),
                        reason: reason.clone(),
                        missing: false,
                    });
                }
                settled.push(finished.settled);
            }
            if !settled.is_empty() {
                side.source.settle(&settled).await;
                side.note(self.checkpoints.as_ref(), self.clock).await;
            }
        }
    }

    /// The report, once every list has ended.
    pub(super) async fn end(
        mut self,
        ledger: Ledger,
        lists: Vec<JoinHandle<Result<(), SourceFailure>>>,
    ) -> Result<Report, IngestError> {
        for (side, list) in self.sides.iter_mut().zip(lists) {
            match list.await.map_err(|error| IngestError::Worker(error.to_string()))? {
                Ok(()) if side.failed == 0 => side.source.finished().await,
                Ok(()) => {}
                Err(failure) => {
                    side.failed += 1;
                    side.problem = Some(failure.reason.clone());
                    self.report.fail(Failed {
                        source: Arc::clone(&side.name),
                        object: None,
                        reason: failure.reason,
                        missing: failure.missing,
                    });
                }
            }
            side.note(self.checkpoints.as_ref(), self.clock).await;
        }
        self.report.ledger = ledger;
        Ok(self.report)
    }
}

impl Side {
    async fn note(&self, checkpoints: &dyn Checkpoints, clock: fn() -> i64) {
        let (objects, bytes) = self.tally.open();
        let state = SourceState {
            backlog_objects: objects + self.source.backlog().await.unwrap_or_default(),
            backlog_bytes: bytes,
            failed: self.failed,
            problem: self.problem.clone(),
            noted_at: clock().saturating_mul(1000),
        };
        if let Err(error) = checkpoints.note(&self.name, &state).await {
            tracing::warn!(source = %self.name, %error, "the state of the source is not noted");
        }
    }
}
