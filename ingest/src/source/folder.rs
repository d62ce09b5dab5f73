//! A file, or a folder with everything below it.

use std::collections::{HashMap, HashSet};
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use async_trait::async_trait;
use futures::FutureExt;

use super::memory::Memory;
use super::{Content, Feed, Object, Opening, Settled, Source, SourceFailure, parse_key};
use crate::IngestError;
use crate::checkpoint::{Checkpoints, ReadObject};

/// A file or folder. Read whole each time it is asked for; when it is followed, only what is new.
pub(super) struct Folder {
    path: PathBuf,
    opening: Opening,
    memory: Memory,
    /// What was given or read before, while the folder is followed.
    known: Mutex<HashSet<ReadObject>>,
}

impl Folder {
    pub(super) fn new(given: &str, opening: &Opening, checkpoints: &Arc<dyn Checkpoints>) -> Result<Self, IngestError> {
        let path = PathBuf::from(given);
        if !path.exists() {
            return Err(IngestError::SourceMissing(path));
        }
        Ok(Self {
            path,
            opening: opening.clone(),
            memory: Memory::new(given, opening, checkpoints),
            known: Mutex::default(),
        })
    }

    async fn found(&self) -> Vec<Found> {
        let path = self.path.clone();
        // Walking a large tree blocks; losing the task would be a defect and shows as an empty folder.
        tokio::task::spawn_blocking(move || find(&path))
            .await
            .unwrap_or_default()
    }

    /// Looks again and again. A file is given once its size and time stood still from one look to the next, so that
    /// one that is just being written is not read by halves.
    async fn follow(&self, feed: &Feed) {
        let read = self.memory.read_objects().await;
        self.known().extend(read);
        let mut before: HashMap<String, String> = HashMap::new();
        loop {
            let found = self.found().await;
            let still = |found: &Found| before.get(&found.id.name) == Some(&found.id.version);
            let (ready, moving): (Vec<_>, Vec<_>) = found
                .into_iter()
                .filter(|found| !self.known().contains(&found.id))
                .partition(still);
            before = moving
                .into_iter()
                .map(|found| (found.id.name, found.id.version))
                .collect();
            self.known().extend(ready.iter().map(|found| found.id.clone()));
            if !give_all(ready, feed).await {
                return;
            }
            tokio::select! {
                () = feed.stop().stopped() => return,
                () = tokio::time::sleep(self.opening.poll) => {}
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, HashSet<ReadObject>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Source for Folder {
    fn name(&self) -> Arc<str> {
        Arc::clone(self.memory.source())
    }

    async fn list(&self, feed: &Feed) -> Result<(), SourceFailure> {
        if self.opening.follow {
            self.follow(feed).await;
        } else {
            give_all(self.found().await, feed).await;
        }
        Ok(())
    }

    async fn settle(&self, objects: &[Settled]) {
        if !self.opening.follow {
            return;
        }
        for failed in self.memory.settle(objects).await {
            // The next look gives it again.
            self.known().remove(&failed);
        }
    }
}

async fn give_all(found: Vec<Found>, feed: &Feed) -> bool {
    feed.announce(found.len() as u64, found.iter().filter_map(|found| found.size).sum());
    for found in found {
        if !feed.give(found.into_object()).await {
            return false;
        }
    }
    true
}

/// A file below the folder.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    path: PathBuf,
    id: ReadObject,
    size: Option<u64>,
}

impl Found {
    fn new(path: PathBuf) -> Self {
        let meta = std::fs::metadata(&path).ok();
        Self {
            id: ReadObject {
                name: path.display().to_string(),
                version: meta.as_ref().map(version).unwrap_or_default(),
            },
            size: meta.map(|meta| meta.len()),
            path,
        }
    }

    fn into_object(self) -> Object {
        let Self { path, id, size } = self;
        Object {
            id,
            size,
            ticket: 0,
            open: Box::new(|| async { Ok(Box::new(LateFile { path, file: None }) as Content) }.boxed()),
        }
    }

    /// Log files in the order of their delivery, whatever account or region: then a commit spans little time.
    fn order(&self) -> (Option<&str>, &Path) {
        (parse_key(&self.id.name).map(|key| key.delivered), &self.path)
    }
}

/// A file that is opened when it is read: by the thread that may wait for it.
struct LateFile {
    path: PathBuf,
    file: Option<File>,
}

impl Read for LateFile {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert(File::open(&self.path)?),
        };
        file.read(buffer)
    }
}

/// Size and time of the last change.
fn version(meta: &Metadata) -> String {
    let changed = meta
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .unwrap_or_default();
    format!("{}-{}", meta.len(), changed.as_nanos())
}

/// Every file below a path. A folder that cannot be listed becomes a file that cannot be opened, so that it is told
/// of like one. Links to folders are not followed: they could form a ring.
fn find(path: &Path) -> Vec<Found> {
    let mut paths = Vec::new();
    let mut open = vec![path.to_path_buf()];
    while let Some(next) = open.pop() {
        let is_folder =
            next == path && next.is_dir() || std::fs::symlink_metadata(&next).is_ok_and(|meta| meta.is_dir());
        match std::fs::read_dir(&next) {
            Ok(entries) if is_folder => open.extend(entries.flatten().map(|entry| entry.path())),
            _ if is_folder || next.is_file() || next == path => paths.push(next),
            _ => {}
        }
    }
    let mut found: Vec<Found> = paths.into_iter().map(Found::new).collect();
    found.sort_by(|a, b| a.order().cmp(&b.order()));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(root: &Path) -> Vec<String> {
        find(root)
            .into_iter()
            .map(|found| {
                found
                    .path
                    .strip_prefix(root)
                    .unwrap_or(&found.path)
                    .display()
                    .to_string()
            })
            .collect()
    }

    #[test]
    fn a_folder_gives_every_file_below_it_in_order_of_delivery_and_name() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("b/c")).unwrap();
        let late = "b/c/111122223333_CloudTrail_eu-west-1_20261102T0000Z_a.json.gz";
        let early = "b/c/111122223333_CloudTrail_us-east-1_20261101T0000Z_b.json.gz";
        for name in [late, early, "b/c/2.json", "a.json.gz", "b/1.json"] {
            std::fs::write(root.path().join(name), "{}").unwrap();
        }
        assert_eq!(names(root.path()), ["a.json.gz", "b/1.json", "b/c/2.json", early, late]);
    }

    #[test]
    #[cfg(unix)]
    fn a_ring_of_links_ends() {
        let root = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("again")).unwrap();
        std::fs::write(root.path().join("a.json"), "{}").unwrap();
        assert_eq!(names(root.path()), ["a.json"]);
    }

    #[test]
    fn a_single_file_is_a_source() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(find(file.path()).len(), 1);
    }

    #[test]
    fn a_changed_file_has_another_version() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let before = Found::new(file.path().to_path_buf());
        std::fs::write(file.path(), "{}").unwrap();
        assert_ne!(Found::new(file.path().to_path_buf()).id, before.id);
    }

    #[test]
    fn a_missing_path_is_told_with_what_is_accepted() {
        let checkpoints: Arc<dyn Checkpoints> = Arc::new(crate::checkpoint::InMemory::default());
        let error = Folder::new("/no/such/folder", &Opening::new(|| 0), &checkpoints)
            .err()
            .unwrap()
            .to_string();
        assert!(
            error.contains("`/no/such/folder` is not there") && error.contains("standard input"),
            "{error}"
        );
    }
}
