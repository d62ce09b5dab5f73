//! The journey of a record: read → split → parse → de-duplicate → write → commit.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use podtrail_event::{Event, Limits, Splitter};
use tokio::sync::mpsc;

use crate::IngestError;
use crate::lake::schema::EventColumns;
use crate::lake::{Batch, Bounds, Lake, Reject, Writer};
use crate::ledger::Ledger;
use crate::source::{InflateLimits, Inflated, Object, Source};

/// Bytes read at a time.
const CHUNK: usize = 1 << 20;
/// A worker hands over its events when they hold this much text or this many rows.
const HAND_OVER_BYTES: usize = 24 << 20;
const HAND_OVER_ROWS: usize = 32 * 1024;

/// How to ingest.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Workers that inflate and parse.
    pub workers: usize,
    /// When the writer commits.
    pub bounds: Bounds,
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
            inflate: InflateLimits::default(),
            limits: Limits::default(),
            clock,
        }
    }
}

/// Is told of progress; any thread may call.
pub trait Progress: Send + Sync {
    /// What lies ahead: files, and bytes where they are known.
    fn begin(&self, objects: u64, bytes: u64);
    /// Bytes of a file, as stored, have been read.
    fn object_done(&self, bytes: u64);
    /// Records have been read.
    fn records(&self, count: u64);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _objects: u64, _bytes: u64) {}
    fn object_done(&self, _bytes: u64) {}
    fn records(&self, _count: u64) {}
}

/// Reads every source into the lake and gives the ledger, which balances.
///
/// # Errors
/// When a source cannot be listed or the lake cannot be written; what was committed before stays, and
/// reading the same sources again is harmless. Input that cannot be read is no error but a reject.
pub async fn ingest(
    lake: &Lake,
    sources: &[Box<dyn Source>],
    options: Options,
    progress: Arc<dyn Progress>,
) -> Result<Ledger, IngestError> {
    let mut writer = Writer::new(lake, options.bounds, options.clock).await?;
    let mut queue = VecDeque::new();
    for source in sources {
        let name = source.name();
        queue.extend(source.objects()?.into_iter().map(|object| (Arc::clone(&name), object)));
    }
    progress.begin(
        queue.len() as u64,
        queue.iter().filter_map(|(_, object)| object.size).sum(),
    );
    let queue = Arc::new(Mutex::new(queue));
    let (sender, mut receiver) = mpsc::channel(2);
    let workers: Vec<_> = (0..options.workers.max(1))
        .map(|_| {
            let worker = Worker {
                queue: Arc::clone(&queue),
                sender: sender.clone(),
                options,
                progress: Arc::clone(&progress),
            };
            tokio::task::spawn_blocking(move || worker.run())
        })
        .collect();
    drop(sender);
    while let Some(batch) = receiver.recv().await {
        writer.push(batch).await?;
    }
    for worker in workers {
        worker.await.map_err(|error| IngestError::Worker(error.to_string()))??;
    }
    writer.finish().await
}

type Queue = Arc<Mutex<VecDeque<(Arc<str>, Object)>>>;

/// One thread that inflates and parses files.
struct Worker {
    queue: Queue,
    sender: mpsc::Sender<Batch>,
    options: Options,
    progress: Arc<dyn Progress>,
}

impl Worker {
    fn run(self) -> Result<(), IngestError> {
        let mut gathered: Option<Gathered> = None;
        while let Some((source, object)) = self.next() {
            if gathered.as_ref().is_some_and(|held| held.source != source) {
                self.hand_over(&mut gathered)?;
            }
            let size = object.size.unwrap_or_default();
            self.read_object(&mut gathered, &source, object)?;
            self.progress.object_done(size);
        }
        self.hand_over(&mut gathered)
    }

    fn next(&self) -> Option<(Arc<str>, Object)> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn read_object(
        &self,
        gathered: &mut Option<Gathered>,
        source: &Arc<str>,
        object: Object,
    ) -> Result<(), IngestError> {
        let Object { name, open, .. } = object;
        let mut splitter = Splitter::new(self.options.limits);
        let mut position = 0;
        let opened = open().and_then(|reader| Inflated::new(reader, self.options.inflate));
        let mut outcome = opened.map(|reader| (reader, vec![0; CHUNK]));
        while let Ok((reader, buffer)) = &mut outcome {
            let held = gathered.get_or_insert_with(|| Gathered::new(source));
            match reader.read(buffer) {
                Ok(0) => break,
                Ok(count) => {
                    let chunk = buffer.get(..count).unwrap_or_default();
                    let before = held.count();
                    splitter.push_events(chunk, &mut |_, event| held.take(&name, event));
                    position += count as u64;
                    self.progress.records(held.count() - before);
                    if held.is_full() {
                        self.hand_over(gathered)?;
                    }
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => outcome = Err(error),
            }
        }
        let held = gathered.get_or_insert_with(|| Gathered::new(source));
        splitter.finish_events(&mut |_, event| held.take(&name, event));
        if let Err(error) = outcome {
            held.unreadable(&name, position, &error);
        }
        Ok(())
    }

    fn hand_over(&self, gathered: &mut Option<Gathered>) -> Result<(), IngestError> {
        let Some(held) = gathered.take() else { return Ok(()) };
        // The receiver is gone when the writer failed; its error is the one to tell.
        let _ = self.sender.blocking_send(held.finish()?);
        Ok(())
    }
}

/// Events and rejects of one source, gathered until they are worth handing over.
struct Gathered {
    source: Arc<str>,
    events: EventColumns,
    rejects: Vec<Reject>,
}

impl Gathered {
    fn new(source: &Arc<str>) -> Self {
        Self {
            source: Arc::clone(source),
            events: EventColumns::default(),
            rejects: Vec::new(),
        }
    }

    fn take(&mut self, name: &str, event: Result<Event<'_>, podtrail_event::Reject>) {
        match event {
            Ok(event) => self.events.push(&event, name),
            Err(reject) => self.rejects.push(Reject {
                source_file: name.to_owned(),
                position: reject.offset,
                reason: reject.reason,
                bytes: String::from_utf8_lossy(&reject.bytes).into_owned(),
            }),
        }
    }

    fn unreadable(&mut self, name: &str, position: u64, error: &std::io::Error) {
        let reason = if position == 0 {
            format!("the file could not be read: {error}")
        } else {
            format!("the file could not be read further: {error}; what came before was read")
        };
        self.rejects.push(Reject {
            source_file: name.to_owned(),
            position,
            reason,
            bytes: String::new(),
        });
    }

    const fn count(&self) -> u64 {
        (self.events.len() + self.rejects.len()) as u64
    }

    const fn is_full(&self) -> bool {
        self.events.bytes() >= HAND_OVER_BYTES || self.events.len() + self.rejects.len() >= HAND_OVER_ROWS
    }

    fn finish(self) -> Result<Batch, IngestError> {
        let bytes = self.events.bytes();
        let (events, keys) = self.events.finish()?;
        Ok(Batch {
            source: self.source,
            events,
            keys,
            bytes,
            rejects: self.rejects,
        })
    }
}
