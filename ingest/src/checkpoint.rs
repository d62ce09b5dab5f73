//! What was read already: an optimisation, never the truth. The lake de-duplicates, so a source may forget all of
//! it and read everything again without storing anything twice.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;

/// Why what was read could not be remembered or recalled.
pub type CheckpointError = Box<dyn std::error::Error + Send + Sync>;

/// One thing that was read to its end: its name, and what changes when its content does (an ETag, or size and time).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReadObject {
    /// The name, such as `s3://bucket/key`.
    pub name: String,
    /// What tells one content of it from another; empty where nothing does.
    pub version: String,
}

/// How far a source has got, for `podtrail status`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceState {
    /// Objects, pages or messages that are known and not read yet.
    pub backlog_objects: u64,
    /// Their bytes as stored, where known.
    pub backlog_bytes: u64,
    /// Objects that could not be read in the last run.
    pub failed: u64,
    /// Why the last of them could not be read.
    pub problem: Option<String>,
    /// When this was noted, microseconds since the epoch.
    pub noted_at: i64,
}

/// Remembers for each source, named as it was given, what was read of it.
#[async_trait]
pub trait Checkpoints: Send + Sync + std::fmt::Debug {
    /// The place where the source goes on, in a form of its own.
    ///
    /// # Errors
    /// When the memory fails.
    async fn cursor(&self, source: &str) -> Result<Option<String>, CheckpointError>;

    /// Keeps the place where the source goes on.
    ///
    /// # Errors
    /// When the memory fails.
    async fn set_cursor(&self, source: &str, cursor: &str) -> Result<(), CheckpointError>;

    /// Everything of the source that was read to its end and committed.
    ///
    /// # Errors
    /// When the memory fails.
    async fn read_objects(&self, source: &str) -> Result<HashSet<ReadObject>, CheckpointError>;

    /// Adds what was read and committed at a time in microseconds; adding it again is harmless.
    ///
    /// # Errors
    /// When the memory fails.
    async fn mark_read(&self, source: &str, objects: &[ReadObject], at: i64) -> Result<(), CheckpointError>;

    /// Forgets what was read before a time in microseconds, because the source will never be listed that far back.
    ///
    /// # Errors
    /// When the memory fails.
    async fn forget_before(&self, source: &str, time: i64) -> Result<(), CheckpointError>;

    /// Notes how far the source has got.
    ///
    /// # Errors
    /// When the memory fails.
    async fn note(&self, source: &str, state: &SourceState) -> Result<(), CheckpointError>;
}

/// Remembers as long as the process lives: for tests, and for when the product database is lost.
#[derive(Debug, Default)]
pub struct InMemory {
    sources: Mutex<BTreeMap<String, Remembered>>,
}

#[derive(Debug, Default, Clone)]
struct Remembered {
    cursor: Option<String>,
    read: HashMap<ReadObject, i64>,
    state: SourceState,
}

impl InMemory {
    fn with<T>(&self, source: &str, change: impl FnOnce(&mut Remembered) -> T) -> T {
        let mut sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner);
        change(sources.entry(source.to_owned()).or_default())
    }

    /// The state noted last.
    #[must_use]
    pub fn state(&self, source: &str) -> SourceState {
        self.with(source, |remembered| remembered.state.clone())
    }
}

#[async_trait]
impl Checkpoints for InMemory {
    async fn cursor(&self, source: &str) -> Result<Option<String>, CheckpointError> {
        Ok(self.with(source, |remembered| remembered.cursor.clone()))
    }

    async fn set_cursor(&self, source: &str, cursor: &str) -> Result<(), CheckpointError> {
        self.with(source, |remembered| remembered.cursor = Some(cursor.to_owned()));
        Ok(())
    }

    async fn read_objects(&self, source: &str) -> Result<HashSet<ReadObject>, CheckpointError> {
        Ok(self.with(source, |remembered| remembered.read.keys().cloned().collect()))
    }

    async fn mark_read(&self, source: &str, objects: &[ReadObject], at: i64) -> Result<(), CheckpointError> {
        self.with(source, |remembered| {
            remembered
                .read
                .extend(objects.iter().map(|object| (object.clone(), at)));
        });
        Ok(())
    }

    async fn forget_before(&self, source: &str, time: i64) -> Result<(), CheckpointError> {
        self.with(source, |remembered| remembered.read.retain(|_, at| *at >= time));
        Ok(())
    }

    async fn note(&self, source: &str, state: &SourceState) -> Result<(), CheckpointError> {
        self.with(source, |remembered| remembered.state = state.clone());
        Ok(())
    }
}
