//! CloudTrail's log file validation: whether the log is what CloudTrail delivered.
//!
//! Each hour CloudTrail writes a digest for each account and region: the log files that it delivered, by hash, and the
//! digest before, by hash and signature. Its own signature is in the metadata of the object. [`verify`] walks each chain
//! from its newest digest back, and lists the bucket beside it, because a chain says nothing of what was put there by
//! somebody else, of digests deleted at its end, or of more than one deleted in a row.

mod area;
mod bucket;
mod content;
mod cover;
mod document;
mod files;
mod keys;
mod layout;
mod listed;
mod name;
mod proof;
mod report;
mod unnamed;
mod vault;
mod walk;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use bucket::Bucket;
pub use keys::{KeyFile, NoKey, PublicKey, PublicKeys, Wanted};
pub use listed::ListedKeys;
pub use report::{Counts, Outcome, Problem, Report, Scope, TOLD, Window};
pub use vault::{Entry, Page, Stored, Vault};

use content::Unread;
use name::At;
use report::Findings;

use podtrail_aws::Failure;

/// Why nothing was verified.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A prefix inside a region, where a day cannot be told from a chain.
    #[error(
        "`{0}` is no place to verify from: give the bucket, or a prefix down to an account or a region \
         (`AWSLogs/111122223333/CloudTrail/eu-west-1`), and choose the time by --since and --until"
    )]
    Prefix(String),
    /// AWS did not answer as it should.
    #[error(transparent)]
    Access(#[from] Failure),
}

/// Hears how far a verification is.
pub trait Progress: Send + Sync {
    /// So many more digests and log files are to be checked.
    fn found(&self, objects: u64);
    /// One of them is.
    fn checked(&self);
}

/// Nobody listens.
impl Progress for () {
    fn found(&self, _objects: u64) {}
    fn checked(&self) {}
}

/// Verifies all digests and log files below a prefix that CloudTrail delivered in a window. Where there are
/// none the report has no scopes.
///
/// Memory does not grow with the size of log files; 16 bytes are kept for each log file of an account and region.
///
/// # Errors
/// [`Error::Prefix`] for a prefix below a region; [`Error::Access`] when the bucket cannot be listed, public keys cannot
/// be asked for, or no object at all can be read. An object that cannot be read among others is told as
/// [`Outcome::Unread`].
pub async fn verify(
    vault: &Arc<dyn Vault>,
    prefix: &str,
    keys: &dyn PublicKeys,
    window: Window,
    progress: &dyn Progress,
) -> Result<Report, Error> {
    let context = Context {
        vault,
        keys,
        window,
        progress,
        read: AtomicBool::new(false),
    };
    let mut report = Report {
        window,
        scopes: Vec::new(),
        problems: Vec::new(),
    };
    for area in layout::areas(&**vault, prefix).await? {
        report.add(area::audit(&context, &area).await?);
    }
    Ok(report)
}

/// What a verification needs everywhere.
struct Context<'a> {
    vault: &'a Arc<dyn Vault>,
    keys: &'a dyn PublicKeys,
    window: Window,
    progress: &'a dyn Progress,
    /// Whether any object could be read.
    read: AtomicBool,
}

impl Context<'_> {
    fn has_read(&self) {
        self.read.store(true, Ordering::Relaxed);
    }

    /// Tells why an object that a digest names, or the listing, has no content.
    ///
    /// # Errors
    /// With the failure, when it is one that every other object would meet too.
    fn unread(&self, findings: &mut Findings, at: &At, named_by: Option<&At>, unread: Unread) -> Result<(), Failure> {
        match unread {
            Unread::Missing => {
                let by = named_by.map_or_else(|| "the listing".to_owned(), |by| format!("`{by}`"));
                let reason = format!(
                    "{by} names it, and it is not there: restore it, or verify from a later time on if a lifecycle rule \
                     removed it"
                );
                findings.tell(Outcome::Deleted, at, reason);
            }
            Unread::Broken(cause) => {
                let reason = format!(
                    "it cannot be inflated ({cause}), so it was overwritten: restore what CloudTrail delivered"
                );
                findings.tell(Outcome::Altered, at, reason);
            }
            Unread::Cut(reason) => findings.tell(Outcome::Unread, at, reason),
            Unread::Failed(failure) => {
                // Without an answer of S3, or with one that refuses whoever asks, no other object can be read either.
                let refused = failure.code.is_none() || failure.is_of_credentials();
                if refused || !self.read.load(Ordering::Relaxed) {
                    return Err(failure);
                }
                findings.tell(Outcome::Unread, at, failure.message);
            }
        }
        Ok(())
    }
}
