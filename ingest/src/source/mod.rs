//! Where records come from: one file per kind of source, one registry that opens them.

mod folder;
mod inflate;
mod stdin;

use std::io::Read;
use std::sync::Arc;

pub use inflate::{InflateLimits, Inflated};

use crate::IngestError;

/// One file or object of a source.
pub struct Object {
    /// Its name, as rejects and `source_file` tell it.
    pub name: String,
    /// Its size in bytes as stored, where known.
    pub size: Option<u64>,
    /// Opens it for reading, once.
    pub open: Box<dyn FnOnce() -> std::io::Result<Box<dyn Read + Send>> + Send>,
}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Object")
            .field("name", &self.name)
            .field("size", &self.size)
            .finish_non_exhaustive()
    }
}

/// A source of records: a name for the ledger, and its objects.
pub trait Source: Send {
    /// The source as it was given.
    fn name(&self) -> Arc<str>;

    /// The objects in it, in the order of their names.
    ///
    /// # Errors
    /// When the source cannot be listed; nothing was read then.
    fn objects(&self) -> Result<Vec<Object>, IngestError>;
}

/// The source that an argument of the command line names.
///
/// # Errors
/// [`IngestError::SourceMissing`] for a path that is not there, [`IngestError::SourceKind`] for an address
/// of a kind that is not read.
pub fn open(argument: &str) -> Result<Box<dyn Source>, IngestError> {
    if argument == "-" {
        return Ok(Box::new(stdin::Stdin));
    }
    if argument.contains("://") {
        return Err(IngestError::SourceKind(argument.to_owned()));
    }
    Ok(Box::new(folder::Folder::new(argument)?))
}
