//! Vacuum: data files that no reader needs any more are removed.
//!
//! These are files that a commit removed longer ago than the bound, and files that no commit took up: a writer that
//! was killed leaves some. The latter must be a day old at least, for a writer may yet be at work on a commit of
//! younger ones.

use std::collections::{HashMap, HashSet};
use std::path::{Path as FilePath, PathBuf};
use std::time::{Duration, SystemTime};

use deltalake::kernel::Action;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};

use super::Lake;
use super::table::Table;
use crate::IngestError;

/// The least age of a file that no commit took up, in milliseconds.
const UNCOMMITTED: i64 = 24 * 3_600_000;
/// How far the clocks of two writers may be apart, in milliseconds.
const SKEW: i64 = 3_600_000;
/// Entries of the log read at once.
const READS: usize = 16;

/// What is removed.
#[derive(Debug, Clone, Copy)]
pub struct Vacuum {
    /// Only files that were removed from their table this long ago.
    pub older_than: Duration,
    /// The time in milliseconds since the epoch.
    pub now: i64,
}

/// What was removed of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vacuumed {
    /// The table.
    pub table: String,
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Lake {
    /// Removes the files that no reader needs any more, of every table.
    ///
    /// # Errors
    /// When the storage fails; what was removed before stays removed.
    pub async fn vacuum(&self, what: &Vacuum) -> Result<Vec<Vacuumed>, IngestError> {
        let mut all = Vec::new();
        for name in self.table_names().await? {
            if let Some(mut table) = self.existing_table(&name).await? {
                all.push(vacuum(&mut table, what).await?);
            }
        }
        Ok(all)
    }
}

async fn vacuum(table: &mut Table, what: &Vacuum) -> Result<Vacuumed, IngestError> {
    // Listed first: a file that is committed after this is not in the list, or is known to the version read below.
    let objects: Vec<ObjectMeta> = table.store().list(None).try_collect().await?;
    table.refresh().await?;
    let live: HashSet<Path> = table.files().await?.into_iter().map(|file| file.path).collect();
    let bound = what.now - i64::try_from(what.older_than.as_millis()).unwrap_or(i64::MAX);
    let young = bound.min(what.now - UNCOMMITTED);
    let removed = removed_since(table, young).await?;
    let needless = |object: &ObjectMeta| {
        is_data(&object.location)
            && !live.contains(&object.location)
            && match removed.get(&object.location) {
                Some(time) => *time < bound,
                None => object.last_modified.timestamp_millis() < young,
            }
    };
    let needless: Vec<ObjectMeta> = objects.into_iter().filter(needless).collect();
    let mut done = Vacuumed {
        table: table.name().to_owned(),
        files: needless.len() as u64,
        bytes: needless.iter().map(|object| object.size).sum(),
    };
    delete(table, needless).await?;
    if let Ok(folder) = table.url().to_file_path() {
        let young = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(young).unwrap_or_default());
        for (file, bytes) in half_written(&folder, young) {
            if std::fs::remove_file(file).is_ok() {
                done.files += 1;
                done.bytes += bytes;
            }
        }
    }
    Ok(done)
}

/// Data files end so, and nothing of the log is one: what others put beside them is not ours to remove.
fn is_data(path: &Path) -> bool {
    path.as_ref().ends_with(".parquet") && !path.as_ref().starts_with("_delta_log/")
}

/// The files that commits removed since a time, with when; all in milliseconds.
async fn removed_since(table: &Table, since: i64) -> Result<HashMap<Path, i64>, IngestError> {
    let mut removed = HashMap::new();
    let versions = (0..=table.version()).rev();
    let mut commits = stream::iter(versions.map(|version| table.actions(version))).buffered(READS);
    while let Some(actions) = commits.try_next().await? {
        // The log's beginning may have been cleaned away by others.
        let Some(actions) = actions else { break };
        let mut time = None;
        for action in actions {
            match action {
                Action::CommitInfo(info) => time = info.timestamp,
                Action::Remove(remove) => {
                    let at = remove.deletion_timestamp.unwrap_or(i64::MAX);
                    removed.insert(Path::from(remove.path.as_str()), at);
                }
                _ => {}
            }
        }
        if time.is_some_and(|time| time < since.saturating_sub(SKEW)) {
            break;
        }
    }
    Ok(removed)
}

async fn delete(table: &Table, files: Vec<ObjectMeta>) -> Result<(), IngestError> {
    let paths = stream::iter(files.into_iter().map(|object| Ok(object.location))).boxed();
    let mut deleted = table.store().delete_stream(paths);
    while let Some(result) = deleted.next().await {
        match result {
            // Another vacuum was here.
            Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Files of a local folder that a writer was killed over: the store writes to `NAME#1` first, and lists none of
/// these.
fn half_written(folder: &FilePath, before: SystemTime) -> Vec<(PathBuf, u64)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(entry) = folders.pop() {
        for entry in std::fs::read_dir(entry).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            if metadata.is_dir() {
                folders.push(entry.path());
                continue;
            }
            let old = metadata.modified().is_ok_and(|time| time < before);
            if old && is_half_written(&entry.file_name().to_string_lossy()) {
                found.push((entry.path(), metadata.len()));
            }
        }
    }
    found
}

fn is_half_written(name: &str) -> bool {
    name.rsplit_once('#')
        .is_some_and(|(_, number)| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}
