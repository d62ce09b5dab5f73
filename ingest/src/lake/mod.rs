//! The lake: Delta tables in one folder, and the only door to their paths, files and commits.
//!
//! `events` and `rejects` are written here; derived tables are written by whoever derives them,
//! through the same [`Table`].

mod dedupe;
mod encode;
mod file;
mod key;
mod reader;
mod rows;
pub mod schema;
mod table;
mod writer;

use std::path::{Path, PathBuf};

use url::Url;

pub use file::DataFile;
pub use key::EventKey;
pub use table::{Commit, LogEntry, Table, Tag};
pub use writer::{Batch, Bounds, Part, Reject, Writer};

use crate::IngestError;

/// Where the lake is.
#[derive(Debug, Clone)]
pub struct Lake {
    root: Url,
}

impl Lake {
    /// A lake in a local folder, made when it is not there, or at a `file://` address.
    ///
    /// Commits to a local folder need hard links; some network file systems have none.
    ///
    /// # Errors
    /// [`IngestError::LakeLocation`] when the folder cannot be made or the address is of another kind.
    pub fn open(location: &str) -> Result<Self, IngestError> {
        let fail = |reason: String| IngestError::LakeLocation {
            given: location.to_owned(),
            reason,
        };
        let folder = match Url::parse(location) {
            Ok(url) if url.scheme() == "file" => url
                .to_file_path()
                .map_err(|()| fail("it names no local folder".into()))?,
            Ok(url) if url.scheme().len() > 1 => return Err(fail(format!("`{}` is not supported yet", url.scheme()))),
            _ => PathBuf::from(location),
        };
        std::fs::create_dir_all(&folder).map_err(|error| fail(error.to_string()))?;
        let folder = folder.canonicalize().map_err(|error| fail(error.to_string()))?;
        Ok(Self {
            root: directory_url(&folder).map_err(fail)?,
        })
    }

    /// The address of the lake, ending with `/`.
    #[must_use]
    pub const fn root(&self) -> &Url {
        &self.root
    }

    /// One table of the lake, by its name; made when it is not there.
    ///
    /// `schema` holds the columns of the data files, `partition` the name of a text or date column beside them.
    ///
    /// # Errors
    /// [`IngestError::Table`] when the folder holds something else, or the storage fails.
    pub async fn table(
        &self,
        name: &str,
        schema: &arrow::datatypes::Schema,
        partition: Option<&str>,
    ) -> Result<Table, IngestError> {
        Table::open_or_create(self.table_url(name)?, name, schema, partition).await
    }

    /// One table of the lake, or none when it was never written.
    ///
    /// # Errors
    /// [`IngestError::Table`] when the storage fails.
    pub async fn existing_table(&self, name: &str) -> Result<Option<Table>, IngestError> {
        Table::open(self.table_url(name)?, name).await
    }

    /// The table of events, made when it is not there.
    ///
    /// # Errors
    /// As [`table`](Self::table).
    pub async fn events(&self) -> Result<Table, IngestError> {
        self.table("events", &schema::events(), Some(schema::EVENT_DATE)).await
    }

    /// The table of rejects, made when it is not there.
    ///
    /// # Errors
    /// As [`table`](Self::table).
    pub async fn rejects(&self) -> Result<Table, IngestError> {
        self.table("rejects", &schema::rejects(), None).await
    }

    fn table_url(&self, name: &str) -> Result<Url, IngestError> {
        self.root
            .join(&format!("{name}/"))
            .map_err(|error| IngestError::LakeLocation {
                given: self.root.to_string(),
                reason: error.to_string(),
            })
    }
}

fn directory_url(folder: &Path) -> Result<Url, String> {
    Url::from_directory_path(folder).map_err(|()| format!("`{}` is not an absolute path", folder.display()))
}
