//! Events of many small files, gathered until they are worth handing over.

use std::sync::Arc;

use podtrail_event::Event;
use podtrail_event::audit::name_cluster;

use crate::IngestError;
use crate::lake::schema::EventColumns;
use crate::lake::{Batch, Part, Reject};
use crate::source::Settled;

/// A worker hands over its events when they hold this much text or this many rows.
const HAND_OVER_BYTES: usize = 24 << 20;
const HAND_OVER_ROWS: usize = 32 * 1024;
/// Files without a record count too: what is settled must not wait for ever.
const HAND_OVER_OBJECTS: usize = 4096;

/// What goes from a worker to the writer.
pub(super) struct Handed {
    pub(super) batch: Batch,
    /// Objects whose last records are in this batch.
    pub(super) finished: Vec<Finished>,
}

/// An object whose end a worker has reached.
#[derive(Debug)]
pub(super) struct Finished {
    /// Place of its source among those of the run.
    pub(super) source: usize,
    pub(super) settled: Settled,
    /// Bytes as stored, where they were known.
    pub(super) bytes: u64,
}

/// Events and rejects, by the file that they are from.
pub(super) struct Gathered {
    /// Rows at which it is full.
    rows: usize,
    events: EventColumns,
    rejects: usize,
    interim: usize,
    parts: Vec<Part>,
    finished: Vec<Finished>,
}

impl Gathered {
    /// Nothing yet; it is full with so many rows, or with what is usual if that is less.
    pub(super) fn new(rows: usize) -> Self {
        Self {
            rows: rows.min(HAND_OVER_ROWS),
            events: EventColumns::default(),
            rejects: 0,
            interim: 0,
            parts: Vec::new(),
            finished: Vec::new(),
        }
    }

    /// What comes next is from this file.
    pub(super) fn begin(&mut self, source: &Arc<str>, file: &Arc<str>) {
        self.parts.push(Part {
            source: Arc::clone(source),
            file: Arc::clone(file),
            rows: 0,
            rejects: Vec::new(),
            interim: 0,
        });
    }

    /// Adds an event or a reject. `name` is where it stands: the file, or the entry of an archive.
    pub(super) fn take(&mut self, name: &str, event: Result<Event<'_>, podtrail_event::Reject>) {
        match event {
            Ok(event) if event.interim => {
                self.interim += 1;
                if let Some(part) = self.parts.last_mut() {
                    part.interim += 1;
                }
            }
            Ok(mut event) => {
                name_cluster(&mut event, name);
                self.events.push(&event, name);
                if let Some(part) = self.parts.last_mut() {
                    part.rows += 1;
                }
            }
            Err(reject) => self.reject(Reject {
                source_file: name.to_owned(),
                position: reject.offset,
                reason: reject.reason,
                bytes: String::from_utf8_lossy(&reject.bytes).into_owned(),
            }),
        }
    }

    /// Adds a reject.
    pub(super) fn reject(&mut self, reject: Reject) {
        self.rejects += 1;
        if let Some(part) = self.parts.last_mut() {
            part.rejects.push(reject);
        }
    }

    pub(super) fn finish_object(&mut self, finished: Finished) {
        self.finished.push(finished);
    }

    /// Records and pieces of input held.
    pub(super) const fn count(&self) -> u64 {
        (self.events.len() + self.rejects + self.interim) as u64
    }

    pub(super) const fn is_full(&self) -> bool {
        self.events.bytes() >= HAND_OVER_BYTES
            || self.events.len() + self.rejects >= self.rows
            || self.finished.len() >= HAND_OVER_OBJECTS
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.finished.is_empty()
    }

    pub(super) fn hand_over(&mut self) -> Result<Handed, IngestError> {
        let gathered = std::mem::replace(self, Self::new(self.rows));
        let bytes = gathered.events.bytes();
        let (events, keys) = gathered.events.finish()?;
        Ok(Handed {
            batch: Batch {
                events,
                keys,
                bytes,
                parts: gathered.parts,
            },
            finished: gathered.finished,
        })
    }
}
