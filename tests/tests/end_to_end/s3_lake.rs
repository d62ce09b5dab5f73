//! A lake in a bucket, by the built command, against a real S3 server and through a proxy that breaks connections.

use std::path::{Path, PathBuf};

use podtrail_tests::moto::{Moto, moto};
use podtrail_tests::proxy::Proxy;
use podtrail_tests::{Fault, Ran, When, podtrail_with};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A lake in a bucket of its own.
struct Bucket {
    proxy: Proxy,
    name: String,
    data: TempDir,
}

impl Bucket {
    async fn new(moto: &'static Moto) -> Self {
        Self {
            proxy: Proxy::before(moto.endpoint()),
            name: moto.bucket("lake").await,
            data: tempfile::tempdir().unwrap(),
        }
    }

    fn lake(&self) -> String {
        format!("s3://{}/audit/lake", self.name)
    }

    /// The path of a part of the lake, as requests name it.
    fn path(&self, inside: &str) -> String {
        format!("/{}/audit/lake/{inside}", self.name)
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let lake = self.lake();
        let arguments: Vec<&str> = ["--lake", &lake].into_iter().chain(arguments.iter().copied()).collect();
        podtrail_with(self.data.path(), &self.proxy.environment(), &arguments, b"")
    }

    /// The JSON lines of a command, which must succeed.
    fn ask(&self, arguments: &[&str]) -> Vec<Value> {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
        ran.stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    /// Stored and duplicate of an ingest, which must succeed.
    fn ingest(&self, file: &Path) -> (u64, u64) {
        let ledger = self
            .ask(&["ingest", "--format", "json", file.to_str().unwrap()])
            .remove(0);
        let count = |name: &str| ledger["total"][name].as_u64().unwrap();
        (count("stored"), count("duplicate"))
    }

    /// Events, and distinct ones.
    fn events(&self) -> (u64, u64) {
        let sql = "SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM events";
        let row = self.ask(&["sql", sql]).remove(0);
        (row["n"].as_u64().unwrap(), row["ids"].as_u64().unwrap())
    }

    /// A file of records with ids of a range, of two days.
    fn file(&self, ids: std::ops::Range<u32>) -> PathBuf {
        let records: Vec<Value> = ids.clone().map(record).collect();
        let path = self.data.path().join(format!("{}-{}.json", ids.start, ids.end));
        std::fs::write(&path, json!({"Records": records}).to_string()).unwrap();
        path
    }

    async fn keys(&self, moto: &Moto, part: &str) -> Vec<String> {
        let list = moto
            .s3()
            .list_objects_v2()
            .bucket(&self.name)
            .prefix(format!("audit/lake/{part}"));
        let found = list.send().await.unwrap();
        found
            .contents()
            .iter()
            .map(|object| object.key().unwrap().to_owned())
            .collect()
    }
}

fn record(id: u32) -> Value {
    json!({
        "eventVersion": "1.11", "eventID": format!("id-{id}"), "eventSource": "s3.amazonaws.com",
        "eventTime": format!("2026-10-0{}T10:{:02}:00Z", 1 + id % 2, id % 60), "eventName": "GetObject",
        "awsRegion": "eu-west-1", "recipientAccountId": "111122223333", "eventType": "AwsApiCall",
        "userIdentity": {"type": "IAMUser", "userName": "build"},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lake_in_a_bucket_is_a_lake_like_any_other() {
    let Some(moto) = moto() else { return };
    let bucket = Bucket::new(moto).await;
    assert_eq!(bucket.ingest(&bucket.file(0..100)), (100, 0));
    assert_eq!(bucket.ingest(&bucket.file(0..100)), (0, 100));
    assert_eq!(bucket.ingest(&bucket.file(50..150)), (50, 50));
    assert_eq!(bucket.events(), (150, 150));
    let sql = "SELECT event_source, count(*) AS n FROM activity GROUP BY 1";
    assert_eq!(
        bucket.ask(&["sql", sql]),
        [json!({"event_source": "s3.amazonaws.com", "n": 150})]
    );
    let status = bucket.ask(&["status"]).remove(0);
    assert_eq!(status["lake"]["events"], 150);

    let rows = bucket.ask(&["compact", "--vacuum-older-than", "0"]);
    let events = rows.iter().find(|row| row["table"] == "events").unwrap();
    let done = ["merged", "into", "rows", "removed"].map(|column| events[column].as_u64().unwrap());
    assert_eq!(done, [4, 2, 150, 4], "what was replaced is gone");
    assert_eq!(bucket.keys(moto, "events/event_date").await.len(), 2);
    assert_eq!(bucket.events(), (150, 150));
    assert_eq!(bucket.ingest(&bucket.file(0..150)), (0, 150));
    let dropped = bucket.ask(&["retain", "--days", "36500", "--dry-run"]).remove(0);
    assert_eq!(dropped["events"], 0);
    assert!(
        !bucket.data.path().join("lake").exists(),
        "nothing is kept beside the bucket"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn writers_at_once_store_each_event_once() {
    let Some(moto) = moto() else { return };
    let bucket = Bucket::new(moto).await;
    let files: Vec<PathBuf> = (0..4).map(|nth| bucket.file(nth * 50..nth * 50 + 100)).collect();
    let stored: u64 = std::thread::scope(|scope| {
        let writers: Vec<_> = files.iter().map(|file| scope.spawn(|| bucket.ingest(file).0)).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    assert_eq!(stored, 250);
    assert_eq!(bucket.events(), (250, 250));
}

#[tokio::test(flavor = "multi_thread")]
async fn compaction_and_writers_at_once_lose_nothing() {
    let Some(moto) = moto() else { return };
    let bucket = Bucket::new(moto).await;
    for nth in 0..3 {
        bucket.ingest(&bucket.file(nth * 40..nth * 40 + 60));
    }
    let late = bucket.file(100..200);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| bucket.ingest(&late));
        let compactions = [
            scope.spawn(|| bucket.ask(&["compact"])),
            scope.spawn(|| bucket.ask(&["compact"])),
        ];
        assert_eq!(writer.join().unwrap(), (60, 40));
        for compaction in compactions {
            compaction.join().unwrap();
        }
    });
    assert_eq!(bucket.events(), (200, 200));
    assert_eq!(bucket.ingest(&bucket.file(0..200)), (0, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_answer_is_lost_or_late_is_made_once() {
    let Some(moto) = moto() else { return };
    let log = "events/_delta_log/0000";
    let cases: [(&str, u64, u64, Fault); 7] = [
        // The commit that makes the table is the first, the one that fills it the second.
        (log, 1, 1, Fault::LoseAnswer),
        (log, 2, 1, Fault::LoseAnswer),
        (log, 2, 1, Fault::Internal),
        (log, 2, 1, Fault::CutRequest),
        (log, 2, 2, Fault::SlowDown),
        ("events/event_date", 1, 3, Fault::LoseAnswer),
        ("", 1, 4, Fault::Internal),
    ];
    for (place, first, times, fault) in cases {
        let bucket = Bucket::new(moto).await;
        let when = When::put(&bucket.path(place)).from(first).times(times);
        let rule = bucket.proxy.rule(when, fault.clone());
        assert_eq!(bucket.ingest(&bucket.file(0..20)), (20, 0), "{fault:?}");
        assert!(rule.hit() > 0, "{fault:?}: {:?}", bucket.proxy.requests());
        bucket.proxy.heal();
        assert_eq!(
            bucket.keys(moto, log).await.len(),
            2,
            "{fault:?}: one commit makes, one fills the table"
        );
        assert_eq!(bucket.events(), (20, 20), "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_cannot_be_used_is_told_of_with_what_to_do() {
    let Some(moto) = moto() else { return };
    let bucket = Bucket::new(moto).await;
    let cases = [
        (Some(Fault::AccessDenied), "allow `s3:ListBucket` on `arn:aws:s3:::lake"),
        (None, "does not exist"),
    ];
    for (fault, expected) in cases {
        let lake = if fault.is_some() {
            bucket.lake()
        } else {
            "s3://no-such-bucket-at-all/lake".to_owned()
        };
        let _rule = fault.map(|fault| bucket.proxy.rule(When::any(), fault));
        let arguments = ["--lake", &lake, "status"];
        let ran = podtrail_with(bucket.data.path(), &bucket.proxy.environment(), &arguments, b"");
        bucket.proxy.heal();
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(
            ran.stderr.contains(expected) && ran.stderr.contains("cannot hold a lake"),
            "{}",
            ran.stderr
        );
    }
    for lake in [
        "s3://",
        "s3:///lake",
        "s3://bucket/a b",
        "s3://user@bucket/lake",
        "gs://bucket/lake",
    ] {
        let ran = podtrail_with(bucket.data.path(), &[], &["--lake", lake, "status"], b"");
        assert_eq!(ran.code, 2, "{lake}: {}", ran.stderr);
        assert!(ran.stderr.contains("give"), "{lake}: {}", ran.stderr);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_of_another_region_is_found_there() {
    let Some(moto) = moto() else { return };
    let bucket = Bucket::new(moto).await;
    let rule = bucket
        .proxy
        .rule(When::any().nth(1), Fault::OtherRegion("ap-southeast-2"));
    assert_eq!(bucket.ingest(&bucket.file(0..10)), (10, 0));
    assert_eq!(rule.hit(), 1);
}
