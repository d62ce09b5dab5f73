//! Real records beside the repository: every API call maps to existing actions or says why not.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::*;
use crate::catalog::catalog;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.file_type().unwrap().is_dir() {
            true => files(&entry.path(), found),
            false => found.push(entry.path()),
        }
    }
}

/// A file's text, inflated where it is compressed; none where it is no text.
fn text(path: &Path) -> Option<String> {
    let bytes = fs::read(path).unwrap();
    let mut text = String::new();
    let read = match bytes.starts_with(&[0x1f, 0x8b]) {
        true => flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text),
        false => bytes.as_slice().read_to_string(&mut text),
    };
    read.is_ok().then_some(text)
}

/// The records of a file in any of the wrappings of the folder; broken ones are left to the ingest's tests.
fn records(text: &str) -> Vec<Value> {
    let unwrap = |value: Value| match value {
        Value::Array(list) => list,
        Value::Object(mut fields) => match fields.remove("Records").or_else(|| fields.remove("detail")) {
            Some(Value::Array(list)) => list,
            Some(one) => vec![one],
            None => vec![Value::Object(fields)],
        },
        _ => Vec::new(),
    };
    match serde_json::from_str(text) {
        Ok(value) => unwrap(value),
        Err(_) => text
            .lines()
            .filter_map(|l| serde_json::from_str(l).ok())
            .flat_map(unwrap)
            .collect(),
    }
}

/// All records of the folder, or none where it is absent.
fn real() -> Option<Vec<Value>> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let Some(folder) = above.map(|f| f.join("shared/data/real")).find(|f| f.is_dir()) else {
        println!("skipped: no real records in `shared/data/real` beside the repository");
        return None;
    };
    let mut paths = Vec::new();
    files(&folder, &mut paths);
    paths.sort();
    let texts = paths.iter().filter_map(|p| text(p));
    let is_record = |r: &Value| r["eventSource"].is_string() && r["eventName"].is_string();
    Some(texts.flat_map(|t| records(&t)).filter(is_record).collect())
}

#[test]
fn real_denials_name_what_the_mapping_gives() {
    let Some(records) = real() else { return };
    let mut counting = Counting::default();
    for record in &records {
        counting.add_line(&record.to_string());
    }
    let counts = counting.finish();
    assert_eq!(counts.disagreements, [], "{counts:?}");
    assert!(counts.confirmed >= 60, "{counts:?}");
}

#[test]
fn real_records_map_or_say_why() {
    let Some(records) = real() else { return };
    let mut shares: BTreeMap<&str, usize> = BTreeMap::new();
    for record in records {
        let mapping = mapped(&record);
        let actions = mapping["actions"].as_array().unwrap();
        assert_eq!(actions.is_empty(), mapping["unmapped"].is_string(), "{mapping}");
        assert!(
            actions
                .iter()
                .all(|a| catalog().is_action(a["action"].as_str().unwrap()).is_some())
        );
        let why = mapping["actions"][0]["why"].as_str().unwrap_or_default();
        *shares
            .entry(match () {
                () if actions.is_empty() => "unmapped",
                () if why.contains("does not name") => "stand-in",
                () => "mapped",
            })
            .or_default() += 1;
    }
    println!("{shares:?}");
    let all: usize = shares.values().sum();
    assert!(shares["mapped"] * 10 >= all * 8, "{shares:?}");
}
