//! The lake: Delta tables in one folder or below one prefix of a bucket, and the only door to their paths, files
//! and commits.
//!
//! `events` and `rejects` are written here; derived tables are written by whoever derives them,
//! through the same [`Table`].

mod compact;
mod dedupe;
mod encode;
mod file;
mod key;
mod merge;
mod output;
mod reader;
mod retain;
mod rows;
mod s3;
pub mod schema;
mod table;
#[cfg(test)]
mod tests;
mod vacuum;
mod writer;

use std::path::Path;
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use url::Url;

pub use compact::{Compacted, Compaction};
pub use file::DataFile;
pub use key::EventKey;
pub use retain::Retained;
pub use table::{Commit, LogEntry, Table, Tag};
pub use vacuum::{Vacuum, Vacuumed};
pub use writer::{Batch, Bounds, Part, Reject, Writer};

use crate::IngestError;

/// Where the lake is. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Lake {
    root: Url,
    /// The whole file system or bucket.
    store: Arc<dyn ObjectStore>,
}

impl Lake {
    /// A lake in a local folder, made when it is not there, at a `file://` address, or below an `s3://bucket/prefix`,
    /// where the bucket must be there.
    ///
    /// Commits to a local folder need hard links; some network file systems have none. Commits to a bucket need PUTs
    /// with `If-None-Match`, which S3 has had since August 2024 (AWS, "Amazon S3 now supports conditional writes").
    ///
    /// # Errors
    /// [`IngestError::LakeLocation`] when the folder cannot be made, the bucket cannot be used, or the address is of
    /// another kind.
    pub async fn open(location: &str) -> Result<Self, IngestError> {
        let fail = |reason: String| IngestError::LakeLocation {
            given: location.to_owned(),
            reason,
        };
        match Url::parse(location) {
            Ok(url) if url.scheme() == "file" => match url.to_file_path() {
                Ok(folder) => Self::in_folder(&folder).map_err(fail),
                Err(()) => Err(fail("it names no local folder".into())),
            },
            Ok(url) if url.scheme() == "s3" => Self::in_bucket(&url).await.map_err(fail),
            // One letter is a drive.
            Ok(url) if url.scheme().len() > 1 => Err(fail(format!(
                "`{}` is not supported: give a folder, a `file://` address, or `s3://bucket/prefix`",
                url.scheme()
            ))),
            _ => Self::in_folder(Path::new(location)).map_err(fail),
        }
    }

    fn in_folder(folder: &Path) -> Result<Self, String> {
        std::fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        let folder = folder.canonicalize().map_err(|error| error.to_string())?;
        let root = Url::from_directory_path(&folder)
            .map_err(|()| format!("`{}` is not an absolute path", folder.display()))?;
        Ok(Self {
            root,
            store: Arc::new(LocalFileSystem::new()),
        })
    }

    async fn in_bucket(url: &Url) -> Result<Self, String> {
        let root = bucket_root(url)?;
        let store = s3::open(root.host_str().unwrap_or_default()).await?;
        Ok(Self { root, store })
    }

    /// The address of the lake, ending with `/`.
    #[must_use]
    pub const fn root(&self) -> &Url {
        &self.root
    }

    /// One table of the lake, by its name; made when it is not there, and widened by the columns that it lacks.
    ///
    /// `schema` holds the columns of the data files, `partition` the name of a text or date column beside them.
    ///
    /// # Errors
    /// [`IngestError::Table`] when the folder holds something else, or the storage fails;
    /// [`IngestError::ColumnType`] when a column is there with another type.
    pub async fn table(
        &self,
        name: &str,
        schema: &arrow::datatypes::Schema,
        partition: Option<&str>,
    ) -> Result<Table, IngestError> {
        let mut table = Table::open_or_create(&self.store, self.table_url(name)?, name, schema, partition).await?;
        table.widen(schema).await?;
        Ok(table)
    }

    /// One table of the lake, or none when it was never written.
    ///
    /// # Errors
    /// [`IngestError::Table`] when the storage fails.
    pub async fn existing_table(&self, name: &str) -> Result<Option<Table>, IngestError> {
        Table::open(&self.store, self.table_url(name)?, name).await
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

    /// The names of all tables of the lake, sorted: every folder that has a log.
    ///
    /// # Errors
    /// When the storage fails.
    pub async fn table_names(&self) -> Result<Vec<String>, IngestError> {
        let root = object_store::path::Path::from_url_path(self.root.path()).map_err(object_store::Error::from)?;
        let mut names = Vec::new();
        for folder in self.store.list_with_delimiter(Some(&root)).await?.common_prefixes {
            let inside = self.store.list_with_delimiter(Some(&folder)).await?;
            let has_log = inside
                .common_prefixes
                .iter()
                .any(|path| path.filename() == Some("_delta_log"));
            names.extend(folder.filename().filter(|_| has_log).map(str::to_owned));
        }
        names.sort();
        Ok(names)
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

/// The address of a lake in a bucket, ending with `/`.
fn bucket_root(url: &Url) -> Result<Url, String> {
    if url.host_str().is_none_or(str::is_empty) {
        return Err("it names no bucket: give `s3://bucket/prefix`".into());
    }
    if !url.username().is_empty() || url.port().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err("it has more than a bucket and a prefix: give `s3://bucket/prefix`; credentials and endpoint come from the environment".into());
    }
    let path = url.path().trim_matches('/');
    // Readers of Delta tables differ in how they write other characters into addresses.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '-' | '_' | '.' | '=');
    if !path.chars().all(plain) || path.contains("//") {
        return Err("give a prefix of letters, digits, `-`, `_`, `.`, `=` and single slashes".into());
    }
    let mut root = url.clone();
    root.set_path(&if path.is_empty() {
        "/".to_owned()
    } else {
        format!("/{path}/")
    });
    Ok(root)
}
