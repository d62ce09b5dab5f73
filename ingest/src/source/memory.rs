//! What a source remembers between runs. Where the memory fails, the source says so and reads more than it must: the lake
//! knows what it holds.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Opening, Settled};
use crate::checkpoint::{CheckpointError, Checkpoints, ReadObject};

/// The memory of one source.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    source: Arc<str>,
    checkpoints: Arc<dyn Checkpoints>,
    /// Nothing is recalled, because everything is to be read again.
    blank: bool,
    clock: fn() -> i64,
}

impl Memory {
    pub(super) fn new(source: &str, opening: &Opening, checkpoints: &Arc<dyn Checkpoints>) -> Self {
        Self {
            source: source.into(),
            checkpoints: Arc::clone(checkpoints),
            blank: opening.reread,
            clock: opening.clock,
        }
    }

    /// The source as it was given.
    pub(super) const fn source(&self) -> &Arc<str> {
        &self.source
    }

    /// The time in microseconds.
    pub(super) fn now(&self) -> i64 {
        (self.clock)().saturating_mul(1000)
    }

    /// Everything that was read.
    pub(super) async fn read_objects(&self) -> HashSet<ReadObject> {
        if self.blank {
            return HashSet::new();
        }
        let read = self.checkpoints.read_objects(&self.source).await;
        read.unwrap_or_else(|error| {
            self.warn(&error, "what was read before is not known: all of it is read again");
            HashSet::new()
        })
    }

    /// Adds what was read to its end; gives what was not.
    pub(super) async fn settle(&self, objects: &[Settled]) -> Vec<ReadObject> {
        let (read, failed): (Vec<_>, Vec<_>) = objects.iter().partition(|object| object.failure.is_none());
        let ids = |objects: Vec<&Settled>| objects.into_iter().map(|object| object.id.clone()).collect::<Vec<_>>();
        if let Err(error) = self.checkpoints.mark_read(&self.source, &ids(read), self.now()).await {
            self.warn(&error, "what was read is not remembered: it will be read again");
        }
        ids(failed)
    }

    /// Where the last run stood.
    pub(super) async fn cursor(&self) -> Option<String> {
        if self.blank {
            return None;
        }
        let cursor = self.checkpoints.cursor(&self.source).await;
        cursor.unwrap_or_else(|error| {
            self.warn(
                &error,
                "where the last run stood is not known: more is read than need be",
            );
            None
        })
    }

    /// Keeps where this run stands, and forgets what was read before a time in microseconds, where one is given.
    pub(super) async fn set_cursor(&self, cursor: &str, forget_before: Option<i64>) {
        let kept = async {
            self.checkpoints.set_cursor(&self.source, cursor).await?;
            match forget_before {
                Some(time) => self.checkpoints.forget_before(&self.source, time).await,
                None => Ok(()),
            }
        };
        if let Err(error) = kept.await {
            self.warn(
                &error,
                "where this run stands is not remembered: the next reads more than it must",
            );
        }
    }

    fn warn(&self, error: &CheckpointError, what: &str) {
        tracing::warn!(source = %self.source, %error, "{what}");
    }
}
