//! A bucket in memory, and trails that deliver to it: log files, and digests that are signed as CloudTrail signs.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::StreamExt;
use podtrail_event::time::Timestamp;
use serde_json::{Value, json};

use crate::digest::document::{Digest, hex, sha256};
use crate::digest::name::HOUR;
use crate::digest::{Entry, Error, Page, PublicKey, PublicKeys, Report, Stored, Vault, Wanted, Window, verify};
use podtrail_aws::Failure;

pub(super) const BUCKET: &str = "trail-bucket";
pub(super) const ACCOUNT: &str = "111122223333";

/// Keys are made once: it takes long.
pub(super) fn cloudtrails_key() -> &'static KeyPair {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate(KeySize::Rsa2048).unwrap())
}

pub(super) fn forgers_key() -> &'static KeyPair {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate(KeySize::Rsa2048).unwrap())
}

pub(super) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// The end of the first digest of every trail here.
pub(super) fn start() -> Timestamp {
    at("2026-11-01T08:17:28Z")
}

/// Hours after the beginning of every trail here.
pub(super) fn hours(count: i64) -> Timestamp {
    Timestamp(start().0 + count * HOUR)
}

pub(super) fn minutes(count: i64) -> Timestamp {
    Timestamp(start().0 + count * HOUR / 60)
}

pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// `20261101T081728Z`.
fn compact(time: Timestamp) -> String {
    time.to_string().replace(['-', ':'], "")
}

/// A stored object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) bytes: Vec<u8>,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) modified: Timestamp,
}

/// A bucket, and what other buckets hold, in memory.
#[derive(Default)]
pub(super) struct Memory {
    objects: Mutex<BTreeMap<(String, String), Object>>,
    /// Failures of reading, by key.
    failures: Mutex<BTreeMap<String, Failure>>,
    /// How often the body of a key is still cut.
    cuts: Mutex<BTreeMap<String, usize>>,
    /// Listings come backwards, in small pages.
    pub(super) backwards: bool,
}

impl Memory {
    pub(super) fn put(&self, key: &str, object: Object) {
        self.put_in(BUCKET, key, object);
    }

    pub(super) fn put_in(&self, bucket: &str, key: &str, object: Object) {
        self.objects.lock().unwrap().insert((bucket.into(), key.into()), object);
    }

    pub(super) fn get(&self, key: &str) -> Object {
        self.objects.lock().unwrap()[&(BUCKET.to_owned(), key.to_owned())].clone()
    }

    pub(super) fn delete(&self, key: &str) -> Object {
        let place = (BUCKET.to_owned(), key.to_owned());
        self.objects.lock().unwrap().remove(&place).unwrap()
    }

    pub(super) fn change(&self, key: &str, change: impl FnOnce(&mut Object)) {
        let mut object = self.get(key);
        change(&mut object);
        self.put(key, object);
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.objects
            .lock()
            .unwrap()
            .keys()
            .map(|(_, key)| key.clone())
            .collect()
    }

    pub(super) fn fail(&self, key: &str, code: Option<&str>) {
        let failure = Failure {
            code: code.map(str::to_owned),
            message: format!("`{key}` failed: {}", code.unwrap_or("no answer")),
            missing: false,
            region: None,
        };
        self.failures.lock().unwrap().insert(key.to_owned(), failure);
    }

    pub(super) fn cut(&self, key: &str, times: usize) {
        self.cuts.lock().unwrap().insert(key.to_owned(), times);
    }

    fn is_cut(&self, key: &str) -> bool {
        let mut cuts = self.cuts.lock().unwrap();
        let left = cuts.get_mut(key).filter(|left| **left > 0);
        left.map(|left| *left -= 1).is_some()
    }
}

#[async_trait]
impl Vault for Memory {
    fn bucket(&self) -> &str {
        BUCKET
    }

    async fn folders(&self, prefix: &str) -> Result<Vec<String>, Failure> {
        let objects = self.objects.lock().unwrap();
        let here = objects.keys().filter(|(bucket, _)| bucket == BUCKET);
        let mut names: Vec<_> = here
            .filter_map(|(_, key)| Some(key.strip_prefix(prefix)?.split_once('/')?.0.to_owned()))
            .collect();
        names.dedup();
        Ok(names)
    }

    async fn list(&self, prefix: &str, next: Option<String>) -> Result<Page, Failure> {
        let objects = self.objects.lock().unwrap();
        let below = |(bucket, key): &&(String, String)| bucket == BUCKET && key.starts_with(prefix);
        let mut keys: Vec<_> = objects.keys().filter(below).collect();
        let size = if self.backwards { 7 } else { 1000 };
        if self.backwards {
            keys.reverse();
        }
        let done: usize = next.map_or(0, |next| next.parse().unwrap());
        let entries = keys.iter().skip(done).take(size).map(|place| Entry {
            key: place.1.clone(),
            size: objects[*place].bytes.len() as u64,
            modified: Some(objects[*place].modified),
        });
        Ok(Page {
            entries: entries.collect(),
            next: (done + size < keys.len()).then(|| (done + size).to_string()),
        })
    }

    async fn get(&self, bucket: &str, key: &str) -> Result<Stored, Failure> {
        if let Some(failure) = self.failures.lock().unwrap().get(key) {
            return Err(failure.clone());
        }
        let place = (bucket.to_owned(), key.to_owned());
        let Some(object) = self.objects.lock().unwrap().get(&place).cloned() else {
            return Err(Failure {
                code: Some("NoSuchKey".into()),
                message: format!("`{key}` does not exist"),
                missing: true,
                region: None,
            });
        };
        let mut pieces: Vec<_> = object
            .bytes
            .chunks(37)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect();
        if self.is_cut(key) {
            pieces.truncate(1);
            pieces.push(Err(std::io::Error::other("connection reset")));
        }
        Ok(Stored {
            metadata: object.metadata,
            body: futures::stream::iter(pieces).boxed(),
        })
    }
}

/// CloudTrail's key under its fingerprint, in one region; counts how often it was asked.
pub(super) struct Keys {
    pub(super) region: &'static str,
    pub(super) asked: Mutex<Vec<(Timestamp, Timestamp)>>,
}

#[async_trait]
impl PublicKeys for Keys {
    async fn find(&self, wanted: Wanted<'_>) -> Result<Vec<PublicKey>, Failure> {
        self.asked.lock().unwrap().push(wanted.time);
        let here = wanted.regions.contains(&self.region) && wanted.fingerprint == "c1";
        let key = PublicKey {
            fingerprint: Some("c1".into()),
            der: cloudtrails_key().public_key().as_ref().to_vec(),
        };
        Ok(here.then_some(key).into_iter().collect())
    }

    fn origin(&self) -> String {
        "the public keys of the test".to_owned()
    }
}

/// A trail in a region, which delivers log files and digests.
#[derive(Clone)]
pub(super) struct Trail {
    pub(super) root: String,
    pub(super) bucket: &'static str,
    pub(super) account: &'static str,
    pub(super) region: &'static str,
    pub(super) name: &'static str,
    pub(super) key: &'static KeyPair,
    pub(super) fingerprint: &'static str,
    pub(super) backfill: bool,
    /// The digest before the next one: its bucket, key, hash and signature.
    pub(super) previous: Option<[String; 4]>,
}

impl Trail {
    pub(super) fn new() -> Self {
        Self {
            root: format!("AWSLogs/{ACCOUNT}/"),
            bucket: BUCKET,
            account: ACCOUNT,
            region: "eu-west-1",
            name: "audit_of_all",
            key: cloudtrails_key(),
            fingerprint: "c1",
            backfill: false,
            previous: None,
        }
    }

    /// Delivers the files and digests of hours, counted from [`start`]: hour 0 ends there. Each hour has two files.
    pub(super) fn deliver(&mut self, memory: &Memory, hours_to: std::ops::RangeInclusive<i64>) {
        for hour in hours_to {
            let files =
                [10, 50].map(|minute| self.put_file(memory, minutes((hour - 1) * 60 + minute), "Ab3dEf6hIj9kLm2n"));
            self.put_digest(memory, hours(hour), &files);
        }
    }

    pub(super) fn log_key(&self, stamp: Timestamp, random: &str) -> String {
        let Self {
            root, account, region, ..
        } = self;
        let day = stamp.date_text().replace('-', "/");
        let minute = &compact(stamp)[..13];
        format!("{root}CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{minute}Z_{random}.json.gz")
    }

    /// Delivers a log file five minutes after its stamp; gives what a digest says of it.
    pub(super) fn put_file(&self, memory: &Memory, stamp: Timestamp, random: &str) -> Value {
        let records = json!({"Records": [{"eventID": random, "eventTime": stamp.to_string()}]}).to_string();
        let key = self.log_key(stamp, random);
        let object = Object {
            bytes: gzip(records.as_bytes()),
            metadata: BTreeMap::new(),
            modified: Timestamp(stamp.0 + 5 * 60_000_000),
        };
        memory.put_in(self.bucket, &key, object);
        json!({
            "s3Bucket": self.bucket, "s3Object": key, "hashValue": sha256(records.as_bytes()), "hashAlgorithm": "SHA-256",
            "newestEventTime": stamp, "oldestEventTime": stamp,
        })
    }

    pub(super) fn digest_key(&self, end: Timestamp) -> String {
        let Self {
            root,
            account,
            region,
            name,
            ..
        } = self;
        let (day, end) = (end.date_text().replace('-', "/"), compact(end));
        let suffix = if self.backfill { "_backfill" } else { "" };
        format!(
            "{root}CloudTrail-Digest/{region}/{day}/{account}_CloudTrail-Digest_{region}_{name}_us-east-1_{end}{suffix}.json.gz"
        )
    }

    pub(super) fn put_digest(&mut self, memory: &Memory, end: Timestamp, files: &[Value]) -> String {
        let key = self.digest_key(end);
        let previous = self.previous.clone();
        let of = |index: usize| previous.as_ref().map(|previous| previous[index].clone());
        let content = json!({
            "awsAccountId": self.account,
            "digestStartTime": Timestamp(end.0 - HOUR), "digestEndTime": end,
            "digestS3Bucket": self.bucket, "digestS3Object": key,
            "digestPublicKeyFingerprint": self.fingerprint, "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": null, "oldestEventTime": null,
            "previousDigestS3Bucket": of(0), "previousDigestS3Object": of(1), "previousDigestHashValue": of(2),
            "previousDigestHashAlgorithm": previous.as_ref().map(|_| "SHA-256"), "previousDigestSignature": of(3),
            "logFiles": files,
        })
        .to_string();
        let hash = sha256(content.as_bytes());
        let signature = self.sign(content.as_bytes());
        let mut metadata = BTreeMap::from([
            ("signature".to_owned(), signature.clone()),
            ("signature-algorithm".to_owned(), "SHA256withRSA".to_owned()),
        ]);
        if self.backfill {
            metadata.insert("backfill-generation-timestamp".into(), hours(1000).to_string());
        }
        let object = Object {
            bytes: gzip(content.as_bytes()),
            metadata,
            modified: end,
        };
        memory.put_in(self.bucket, &key, object);
        self.previous = Some([self.bucket.into(), key.clone(), hash, signature]);
        key
    }

    /// The signature of a digest's content with this trail's key.
    pub(super) fn sign(&self, content: &[u8]) -> String {
        let message = Digest::parse(content).unwrap().string_to_sign(&sha256(content));
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        self.key
            .sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature)
            .unwrap();
        hex(&signature)
    }
}

/// Verifies what is in a bucket.
pub(super) struct Check {
    pub(super) prefix: &'static str,
    pub(super) since: Option<Timestamp>,
    pub(super) until: Timestamp,
    pub(super) keys: Keys,
}

impl Check {
    /// All of the bucket, an hour and a half after the digest of an hour.
    pub(super) fn after(hour: i64) -> Self {
        Self {
            prefix: "",
            since: None,
            until: minutes(hour * 60 + 90),
            keys: Keys {
                region: "us-east-1",
                asked: Mutex::default(),
            },
        }
    }

    pub(super) fn try_run(&self, memory: &Arc<Memory>) -> Result<Report, Error> {
        let vault: Arc<dyn Vault> = Arc::clone(memory) as _;
        let window = Window {
            since: self.since,
            until: self.until,
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(verify(&vault, self.prefix, &self.keys, window, &()))
    }

    pub(super) fn run(&self, memory: &Arc<Memory>) -> Report {
        self.try_run(memory).unwrap()
    }
}

/// The problems of a report as outcomes and keys, and the times of gaps in minutes from the start.
pub(super) fn told(report: &Report) -> Vec<(&'static str, String)> {
    let minute = |time: Timestamp| (time.0 - start().0) / 60_000_000;
    let problems = report.problems.iter().map(|problem| {
        let place = match (problem.from, problem.to) {
            (Some(from), Some(to)) => format!("{}..{}", minute(from), minute(to)),
            _ => problem.place.replace(&format!("s3://{BUCKET}/"), ""),
        };
        (problem.outcome.name(), place)
    });
    problems.collect()
}
