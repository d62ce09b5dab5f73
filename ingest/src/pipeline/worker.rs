//! One thread that inflates, splits and parses objects.

use std::io::{self, Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use podtrail_event::Splitter;
use tokio::sync::mpsc;

use super::gather::{Finished, Gathered, Handed};
use super::{Options, Progress};
use crate::IngestError;
use crate::checkpoint::ReadObject;
use crate::lake::Reject;
use crate::source::{Content, Inflated, Inflater, Object, Settled, each_entry, is_archive};

/// Objects up to this size are held whole, as stored.
const WHOLE_BYTES: u64 = 32 << 20;
/// Bytes split at a time: between two of them, what was gathered may be handed over.
const CHUNK: usize = 1 << 20;

/// How long a worker waits for the next object before it hands over what it has.
const PATIENCE: Duration = Duration::from_millis(250);

/// What the workers take their objects from.
pub(super) type Queue = Arc<tokio::sync::Mutex<mpsc::Receiver<Opened>>>;

/// An object on its way to a worker.
pub(super) struct Opened {
    source: usize,
    id: ReadObject,
    size: Option<u64>,
    ticket: u64,
    content: Result<Content, String>,
}

impl Opened {
    pub(super) async fn open(source: usize, object: Object) -> Self {
        Self {
            source,
            id: object.id,
            size: object.size,
            ticket: object.ticket,
            content: (object.open)().await,
        }
    }
}

/// One worker, with the buffers that it keeps.
pub(super) struct Worker {
    queue: Queue,
    names: Arc<[Arc<str>]>,
    inflater: Inflater,
    raw: Vec<u8>,
    desk: Desk,
}

impl Worker {
    pub(super) fn new(
        queue: Queue,
        sender: mpsc::Sender<Handed>,
        names: Arc<[Arc<str>]>,
        options: Options,
        progress: Arc<dyn Progress>,
    ) -> Self {
        Self {
            queue,
            names,
            inflater: Inflater::default(),
            raw: Vec::new(),
            desk: Desk {
                sender,
                options,
                progress,
                gathered: Gathered::new(options.bounds.rows),
                current: None,
            },
        }
    }

    pub(super) fn run(mut self) -> Result<(), IngestError> {
        while let Some(opened) = self.next()? {
            self.read(opened)?;
        }
        self.desk.hand_over()
    }

    /// The next object. Before it waits long for one, the worker hands over what it has: nothing lies about for want of
    /// more.
    fn next(&mut self) -> Result<Option<Opened>, IngestError> {
        let runtime = tokio::runtime::Handle::current();
        let soon = runtime.block_on(async { tokio::time::timeout(PATIENCE, self.queue.lock().await.recv()).await });
        if let Ok(next) = soon {
            return Ok(next);
        }
        self.desk.hand_over()?;
        Ok(runtime.block_on(async { self.queue.lock().await.recv().await }))
    }

    fn read(&mut self, opened: Opened) -> Result<(), IngestError> {
        let Opened {
            source,
            id,
            size,
            ticket,
            content,
        } = opened;
        let failure = match content {
            Err(reason) => Some(reason),
            Ok(content) => {
                let name = self.names.get(source).map_or_else(|| "".into(), Arc::clone);
                self.desk.begin(&name, &id.name.as_str().into());
                self.read_content(&id.name, size, content)?
            }
        };
        let bytes = size.unwrap_or_default();
        self.desk.progress.object_done(bytes);
        self.desk.current = None;
        self.desk.gathered.finish_object(Finished {
            source,
            settled: Settled { id, ticket, failure },
            bytes,
        });
        self.desk.hand_over_if_full()
    }

    /// Reads the records of an object; gives why its bytes could not be had to their end.
    fn read_content(&mut self, name: &str, size: Option<u64>, content: Content) -> Result<Option<String>, IngestError> {
        let fault = Fault::default();
        let mut watched = Watched {
            content,
            fault: fault.clone(),
        };
        if size.is_none_or(|size| size > WHOLE_BYTES) {
            self.desk.read_stream(name, Box::new(watched), &fault)?;
            return Ok(fault.told(name));
        }
        self.raw.clear();
        if (&mut watched).take(WHOLE_BYTES + 1).read_to_end(&mut self.raw).is_err() {
            return Ok(fault.told(name));
        }
        if self.raw.len() as u64 > WHOLE_BYTES {
            // It grew since it was listed.
            let begun = Cursor::new(std::mem::take(&mut self.raw));
            self.desk.read_stream(name, Box::new(begun.chain(watched)), &fault)?;
        } else {
            self.read_whole(name)?;
        }
        Ok(fault.told(name))
    }

    /// Reads an object that is held whole: nothing can go wrong with it but its content.
    fn read_whole(&mut self, name: &str) -> Result<(), IngestError> {
        let Self {
            inflater, raw, desk, ..
        } = self;
        if is_archive(raw) {
            return desk.read_archive(name, raw);
        }
        if let Some(bytes) = inflater.whole(raw, desk.options.inflate) {
            return desk.read_bytes(name, bytes);
        }
        if raw.starts_with(&[0x1f]) {
            let raw = Cursor::new(std::mem::take(raw));
            return desk.read_stream(name, Box::new(raw), &Fault::default());
        }
        desk.read_bytes(name, raw)
    }
}

/// Where a worker puts what it reads.
struct Desk {
    sender: mpsc::Sender<Handed>,
    options: Options,
    progress: Arc<dyn Progress>,
    gathered: Gathered,
    /// Source and name of the object that is being read.
    current: Option<(Arc<str>, Arc<str>)>,
}

impl Desk {
    fn begin(&mut self, source: &Arc<str>, file: &Arc<str>) {
        self.gathered.begin(source, file);
        self.current = Some((Arc::clone(source), Arc::clone(file)));
    }

    fn read_bytes(&mut self, name: &str, bytes: &[u8]) -> Result<(), IngestError> {
        let mut splitter = Splitter::new(self.options.limits);
        for chunk in bytes.chunks(CHUNK) {
            self.split(&mut splitter, name, chunk)?;
        }
        self.finish(splitter, name);
        Ok(())
    }

    /// Reads bytes as they come. Where they end early because of `fault`, what was begun is no reject: the object will
    /// be read again.
    fn read_stream(
        &mut self,
        name: &str,
        content: Box<dyn Read + Send + '_>,
        fault: &Fault,
    ) -> Result<(), IngestError> {
        let mut splitter = Splitter::new(self.options.limits);
        let mut position = 0;
        let mut buffer = vec![0; CHUNK];
        let outcome = match Inflated::new(content, self.options.inflate) {
            Ok(mut reader) => loop {
                match reader.read(&mut buffer) {
                    Ok(0) => break Ok(()),
                    Ok(count) => {
                        self.split(&mut splitter, name, buffer.get(..count).unwrap_or_default())?;
                        position += count as u64;
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => break Err(error),
                }
            },
            Err(error) => Err(error),
        };
        if fault.is_set() {
            return Ok(());
        }
        self.finish(splitter, name);
        if let Err(error) = outcome {
            self.reject(name, position, &error);
        }
        Ok(())
    }

    fn read_archive(&mut self, name: &str, raw: &[u8]) -> Result<(), IngestError> {
        each_entry(raw, self.options.inflate, |entry| match entry {
            Ok((inner, content)) => self.read_stream(&format!("{name}!{inner}"), content, &Fault::default()),
            Err(error) => {
                self.reject(name, 0, &error);
                Ok(())
            }
        })
    }

    fn split(&mut self, splitter: &mut Splitter, name: &str, chunk: &[u8]) -> Result<(), IngestError> {
        let gathered = &mut self.gathered;
        let before = gathered.count();
        splitter.push_events(chunk, &mut |_, event| gathered.take(name, event));
        self.progress.records(self.gathered.count() - before);
        self.hand_over_if_full()
    }

    fn finish(&mut self, mut splitter: Splitter, name: &str) {
        let gathered = &mut self.gathered;
        let before = gathered.count();
        splitter.finish_events(&mut |_, event| gathered.take(name, event));
        self.progress.records(self.gathered.count() - before);
    }

    fn reject(&mut self, name: &str, position: u64, error: &io::Error) {
        let reason = if position == 0 {
            format!("the file could not be read: {error}")
        } else {
            format!("the file could not be read further: {error}; what came before was read")
        };
        self.gathered.reject(Reject {
            source_file: name.to_owned(),
            position,
            reason,
            bytes: String::new(),
        });
    }

    fn hand_over_if_full(&mut self) -> Result<(), IngestError> {
        if self.gathered.is_full() {
            self.hand_over()
        } else {
            Ok(())
        }
    }

    fn hand_over(&mut self) -> Result<(), IngestError> {
        if self.gathered.is_empty() {
            return Ok(());
        }
        let handed = self.gathered.hand_over()?;
        if let Some((source, file)) = &self.current {
            self.gathered.begin(source, file);
        }
        // The receiver is gone when the writer failed; its error is the one to tell.
        let _ = self.sender.blocking_send(handed);
        Ok(())
    }
}

/// Why the bytes of an object could not be had, if so.
#[derive(Debug, Clone, Default)]
struct Fault(Arc<Mutex<Option<String>>>);

impl Fault {
    fn set(&self, error: &io::Error) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
    }

    fn is_set(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    fn told(&self, name: &str) -> Option<String> {
        let reason = self.0.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(if reason.contains(name) {
            reason
        } else {
            format!("`{name}` could not be read: {reason}")
        })
    }
}

/// Notes the errors of the way to the bytes, so that they are told from errors of what the bytes are.
struct Watched {
    content: Content,
    fault: Fault,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.content.read(buffer).inspect_err(|error| {
            if error.kind() != io::ErrorKind::Interrupted {
                self.fault.set(error);
            }
        })
    }
}
