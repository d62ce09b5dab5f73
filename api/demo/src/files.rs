//! Lays records out as a trail delivers them: files by account, region and delivery time, in no order.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::File;
use crate::clock::{file_minute, folder};
use crate::estate::Account;
use crate::rng::{ALPHANUMERIC, Rng};
use crate::truth::BrokenFile;

/// Records that wait for their file, by account and region.
pub(crate) struct Shelf {
    rng: Rng,
    waiting: BTreeMap<(&'static str, &'static str), Vec<String>>,
    files: u64,
    pub(crate) broken: Vec<BrokenFile>,
}

/// Records in the largest file.
const LARGEST: u64 = 400;

impl Shelf {
    pub(crate) fn new(seed: u64) -> Self {
        Shelf {
            rng: Rng::new(seed, "files"),
            waiting: BTreeMap::new(),
            files: 0,
            broken: Vec::new(),
        }
    }

    /// Puts a record where its file will be made.
    pub(crate) fn put(&mut self, account: &Account, region: &'static str, record: &Value) {
        let Some(owner) = crate::estate::TRAILS.iter().find(|each| each.id == account.id) else {
            return;
        };
        self.waiting
            .entry((owner.id, region))
            .or_default()
            .push(record.to_string());
    }

    /// Makes files of everything that waits, delivered at `at`.
    pub(crate) fn deliver<E>(&mut self, at: i64, sink: &mut dyn FnMut(File) -> Result<(), E>) -> Result<(), E> {
        for ((account, region), mut records) in std::mem::take(&mut self.waiting) {
            self.shuffle(&mut records);
            while !records.is_empty() {
                let size = 1 + self.rng.below(LARGEST);
                let rest = records.split_off(records.len().min(usize::try_from(size).unwrap_or(1)));
                let file = self.file(account, region, at, &records);
                sink(file)?;
                records = rest;
            }
        }
        Ok(())
    }

    fn shuffle(&mut self, records: &mut [String]) {
        for end in (1..records.len()).rev() {
            let other = usize::try_from(self.rng.below(end as u64 + 1)).unwrap_or(end);
            records.swap(end, other);
        }
    }

    fn file(&mut self, account: &str, region: &str, at: i64, records: &[String]) -> File {
        self.files += 1;
        // One file in forty was unpacked by somebody on the way and kept its records.
        let plain = self.files % 40 == 7;
        let body = document(records);
        let path = self.path(account, region, at, if plain { "json" } else { "json.gz" });
        File {
            path,
            bytes: if plain { body } else { gzip(&body) },
        }
    }

    fn path(&mut self, account: &str, region: &str, at: i64, ending: &str) -> String {
        format!(
            "trail/AWSLogs/{account}/CloudTrail/{region}/{}/{account}_CloudTrail_{region}_{}_{}.{ending}",
            folder(at),
            file_minute(at),
            self.rng.text(ALPHANUMERIC, 16)
        )
    }

    /// A file with one broken record between good ones: brackets and quotes match, so that a reader can find where
    /// the next record starts, but a value is no JSON.
    pub(crate) fn broken_record(&mut self, account: &str, region: &str, at: i64, good: &[String]) -> File {
        let (before, after) = good.split_at(good.len() / 2);
        let mut records = before.to_vec();
        records.push(
            r#"{"eventVersion":"1.08","eventSource":"ec2.amazonaws.com","eventName":DescribeVpcs,"readOnly":true}"#
                .to_owned(),
        );
        records.extend_from_slice(after);
        let path = self.path(account, region, at, "json.gz");
        self.broken.push(BrokenFile {
            path: path.clone(),
            readable: good.len() as u64,
            rejects: 1,
        });
        File {
            path,
            bytes: gzip(&document(&records)),
        }
    }

    /// A gzip file that ends in its first record: nothing of it can be read.
    pub(crate) fn truncated(&mut self, account: &str, region: &str, at: i64, copies: &[String]) -> File {
        let mut bytes = gzip(&document(copies));
        bytes.truncate(40);
        let path = self.path(account, region, at, "json.gz");
        self.broken.push(BrokenFile {
            path: path.clone(),
            readable: 0,
            rejects: 1,
        });
        File { path, bytes }
    }
}

fn document(records: &[String]) -> Vec<u8> {
    format!("{{\"Records\":[{}]}}", records.join(",")).into_bytes()
}

/// Gzip with a fixed header, so that the same records give the same bytes.
fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(4));
    // Writing to memory cannot fail; were it to, an empty file would fail every test that reads it.
    match encoder.write_all(body) {
        Ok(()) => encoder.finish().unwrap_or_default(),
        Err(_) => Vec::new(),
    }
}
