//! A file, or a folder with everything below it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Object, Source};
use crate::IngestError;

/// A file or folder.
pub(super) struct Folder {
    given: String,
    path: PathBuf,
}

impl Folder {
    pub(super) fn new(given: &str) -> Result<Self, IngestError> {
        let path = PathBuf::from(given);
        if !path.exists() {
            return Err(IngestError::SourceMissing(path));
        }
        Ok(Self {
            given: given.to_owned(),
            path,
        })
    }
}

impl Source for Folder {
    fn name(&self) -> Arc<str> {
        self.given.as_str().into()
    }

    fn objects(&self) -> Result<Vec<Object>, IngestError> {
        let mut paths = Vec::new();
        collect(&self.path, &mut paths);
        paths.sort();
        Ok(paths.into_iter().map(object).collect())
    }
}

/// Every file below a path. A folder that cannot be listed becomes an object that cannot be opened, so
/// that it is told of like an unreadable file. Links to folders are not followed: they could form a ring.
fn collect(path: &Path, paths: &mut Vec<PathBuf>) {
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
}

fn object(path: PathBuf) -> Object {
    Object {
        name: path.display().to_string(),
        size: std::fs::metadata(&path).ok().map(|meta| meta.len()),
        open: Box::new(move || Ok(Box::new(File::open(path)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_every_file_below_it_in_order_of_name() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("b/c")).unwrap();
        for name in ["b/c/2.json", "a.json.gz", "b/1.json"] {
            std::fs::write(root.path().join(name), "{}").unwrap();
        }
        let source = Folder::new(root.path().to_str().unwrap()).unwrap();
        let names: Vec<_> = source
            .objects()
            .unwrap()
            .into_iter()
            .map(|object| object.name)
            .collect();
        let expected: Vec<_> = ["a.json.gz", "b/1.json", "b/c/2.json"]
            .map(|name| root.path().join(name).display().to_string())
            .to_vec();
        assert_eq!(names, expected);
    }

    #[test]
    #[cfg(unix)]
    fn a_ring_of_links_ends() {
        let root = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(root.path(), root.path().join("again")).unwrap();
        std::fs::write(root.path().join("a.json"), "{}").unwrap();
        let objects = Folder::new(root.path().to_str().unwrap()).unwrap().objects().unwrap();
        assert_eq!(objects.len(), 1);
    }

    #[test]
    fn a_single_file_is_a_source() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(
            Folder::new(file.path().to_str().unwrap())
                .unwrap()
                .objects()
                .unwrap()
                .len(),
            1
        );
    }

    #[test]
    fn a_missing_path_is_told_with_what_is_accepted() {
        let error = Folder::new("/no/such/folder").err().unwrap().to_string();
        assert!(
            error.contains("`/no/such/folder` is not there") && error.contains("standard input"),
            "{error}"
        );
    }
}
