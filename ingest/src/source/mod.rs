//! Where records come from: one file per kind of source, one registry that opens them.
//!
//! A source lists its objects into a [`Feed`], one after another; the pipeline opens and reads them, and tells the
//! source which are [`Settled`] once their records are committed. What a source does with that is its own matter: a
//! queue deletes its message, a bucket remembers what it need not read again.

mod archive;
mod bucket;
mod covered;
pub(crate) mod feed;
mod folder;
mod inflate;
mod key;
mod layout;
mod lookup;
mod memory;
mod notice;
pub(crate) mod object;
mod queue;
mod stdin;

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::future::BoxFuture;

pub use archive::{each_entry, is_archive};
pub use feed::{Feed, Stop};
pub use inflate::{InflateLimits, Inflated, Inflater};
pub use key::{LogKey, parse_key};

use crate::IngestError;
use crate::checkpoint::{Checkpoints, ReadObject};
use podtrail_aws::Access;

/// The bytes of an object as stored. An error of the reader is a fault of the way to them, not of what they are: the
/// object counts as not read, and a later run reads it again.
pub type Content = Box<dyn Read + Send>;

/// Opens an object: its bytes, or why it cannot be had, in a sentence.
pub type Open = Box<dyn FnOnce() -> BoxFuture<'static, Result<Content, String>> + Send>;

/// One file, object or page of a source.
pub struct Object {
    /// Its name, as rejects and `source_file` tell it, and what tells one content of it from another.
    pub id: ReadObject,
    /// Its size in bytes as stored, where known.
    pub size: Option<u64>,
    /// The source's own mark on it, given back when it is settled.
    pub ticket: u64,
    /// Opens it for reading, once.
    pub open: Open,
}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Object")
            .field("id", &self.id)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// An object whose end was reached, one way or the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// The object.
    pub id: ReadObject,
    /// Its mark.
    pub ticket: u64,
    /// Nothing when every record of it is committed; else why it could not be read to its end.
    pub failure: Option<String>,
}

/// Why a source as a whole could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFailure {
    /// What was wrong and what to do.
    pub reason: String,
    /// Whether what was asked for is not there, so that asking again will not help.
    pub missing: bool,
}

impl From<podtrail_aws::Failure> for SourceFailure {
    fn from(failure: podtrail_aws::Failure) -> Self {
        Self {
            reason: failure.message,
            missing: failure.missing,
        }
    }
}

/// A source of records.
#[async_trait]
pub trait Source: Send + Sync {
    /// The source as it was given: its name in the ledger.
    fn name(&self) -> Arc<str>;

    /// Gives every object to the feed, in an order near that of time; ends when there is none left, or, when it
    /// follows, when the feed is stopped.
    ///
    /// # Errors
    /// When the source cannot be listed further. What was given until then is read all the same.
    async fn list(&self, feed: &Feed) -> Result<(), SourceFailure>;

    /// Is told of objects whose records are all committed, or which could not be read.
    async fn settle(&self, objects: &[Settled]) {
        let _ = objects;
    }

    /// Is told that everything it gave is settled and nothing failed: it need not look back at it again.
    async fn finished(&self) {}

    /// Objects that wait to be read beyond those it gave, where it knows.
    async fn backlog(&self) -> Option<u64> {
        None
    }
}

/// How sources are opened.
#[derive(Debug, Clone)]
pub struct Opening {
    /// How AWS is reached.
    pub access: Access,
    /// Only what was delivered in this window, in microseconds: from, and before.
    pub window: (Option<i64>, Option<i64>),
    /// Days that a bucket is listed back from where the last run stood, because files arrive late.
    pub look_back_days: u32,
    /// Read again what was read before.
    pub reread: bool,
    /// The reader pays for requests to a bucket of somebody else.
    pub requester_pays: bool,
    /// Go on when everything is read, and wait for more.
    pub follow: bool,
    /// How long to wait between two looks at a folder that is followed; buckets and LookupEvents are asked less often.
    pub poll: Duration,
    /// The least time between two requests of LookupEvents in one region: it takes two a second from an account
    /// (CloudTrail user guide, quotas).
    pub lookup_pause: Duration,
    /// The time in milliseconds since the epoch.
    pub clock: fn() -> i64,
}

impl Opening {
    /// What is usual: everything, once.
    #[must_use]
    pub fn new(clock: fn() -> i64) -> Self {
        Self {
            access: Access::default(),
            window: (None, None),
            look_back_days: 7,
            reread: false,
            requester_pays: false,
            follow: false,
            poll: Duration::from_secs(5),
            lookup_pause: Duration::from_millis(500),
            clock,
        }
    }
}

/// The source that an argument of the command line names.
///
/// # Errors
/// [`IngestError::SourceMissing`] for a path that is not there, [`IngestError::SourceKind`] for an address of a
/// kind that is not read.
pub fn open(
    argument: &str,
    opening: &Opening,
    checkpoints: &Arc<dyn Checkpoints>,
) -> Result<Arc<dyn Source>, IngestError> {
    Ok(match argument.split_once("://") {
        None if argument == "-" => Arc::new(stdin::Stdin),
        None => Arc::new(folder::Folder::new(argument, opening, checkpoints)?),
        Some(("s3", rest)) => Arc::new(bucket::TrailBucket::new(argument, rest, opening, checkpoints)?),
        Some(("sqs", rest)) => Arc::new(queue::Queue::new(argument, rest, opening)?),
        Some(("lookup", rest)) => Arc::new(lookup::Lookup::new(argument, rest, opening, checkpoints)?),
        Some(_) => return Err(IngestError::SourceKind(argument.to_owned())),
    })
}
