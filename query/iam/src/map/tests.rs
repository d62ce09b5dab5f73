//! Situations of the mapping, by service; what each call must give is read from AWS's documentation.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::*;

/// Maps a record written as JSON, as the command line does.
fn mapped(record: &Value) -> Value {
    serde_json::from_str(&map_line(&record.to_string())).unwrap()
}

#[test]
fn gauge_is_as_recorded() {
    println!("{:#?}", gauge());
}

/// The folder of real records beside the repository, if it is there.
fn real_records() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/real");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no real records at {}", folder.display());
    None
}
