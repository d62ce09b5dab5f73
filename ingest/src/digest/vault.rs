//! Where digests and log files are kept.

use std::collections::BTreeMap;
use std::io;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use podtrail_event::time::Timestamp;

use podtrail_aws::Failure;

/// An object of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: String,
    /// Its size in bytes.
    pub size: u64,
    /// When it was last written.
    pub modified: Option<Timestamp>,
}

/// A page of a listing.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Objects, in any order.
    pub entries: Vec<Entry>,
    /// What to ask for the next page with; none at the end.
    pub next: Option<String>,
}

/// A stored object.
pub struct Stored {
    /// Its own metadata, names in lower case and without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
    /// Its bytes.
    pub body: BoxStream<'static, io::Result<Bytes>>,
}

/// A bucket with digests and log files. Failures of a call are tried again inside; a body that is cut is not.
#[async_trait]
pub trait Vault: Send + Sync {
    /// The bucket that is listed.
    fn bucket(&self) -> &str;

    /// The names of the folders right below a prefix, which is empty or ends with `/`; without that `/`.
    ///
    /// # Errors
    /// When the bucket cannot be listed.
    async fn folders(&self, prefix: &str) -> Result<Vec<String>, Failure>;

    /// A page of all objects below a prefix: the first one, or the one that `next` of the page before names.
    ///
    /// # Errors
    /// When the bucket cannot be listed.
    async fn list(&self, prefix: &str, next: Option<String>) -> Result<Page, Failure>;

    /// An object, of this bucket or of another one that a digest names.
    ///
    /// # Errors
    /// When it cannot be read; [`Failure::missing`] when it does not exist.
    async fn get(&self, bucket: &str, key: &str) -> Result<Stored, Failure>;
}
