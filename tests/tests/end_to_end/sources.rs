//! What every kind of source promises, asked of each through the command line; then what only some of them can.

use std::path::PathBuf;
use std::process::Stdio;

use axum::http::Method;
use podtrail_tests::cloudtrail::CloudTrail;
use podtrail_tests::moto::{Moto, moto};
use podtrail_tests::proxy::Proxy;
use podtrail_tests::records::{gzip, log_file, log_key, record};
use podtrail_tests::{Fault, Ran, When, command, podtrail_with};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A kind of source, and how records get into it.
enum Kind {
    File,
    Folder,
    Archive,
    StandardInput,
    Bucket(&'static Moto, String),
    Queue(&'static Moto, String, String),
    Lookup(Box<CloudTrail>),
}

/// One source with records in it.
struct Place {
    kind: Kind,
    folder: TempDir,
    objects: usize,
    input: Vec<u8>,
}

/// A day that is a past day to every source: LookupEvents shows no more than ninety.
fn yesterday() -> String {
    let now = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(30);
    now.to_string()[..10].to_owned()
}

impl Place {
    /// An empty one of every kind that this machine has the parts for.
    async fn every() -> Vec<Self> {
        let mut kinds = vec![Kind::File, Kind::Folder, Kind::Archive, Kind::StandardInput];
        if let Some(moto) = moto() {
            kinds.push(Kind::Bucket(moto, moto.bucket("trail").await));
            kinds.push(Kind::Queue(
                moto,
                moto.queue("deliveries").await,
                moto.bucket("trail").await,
            ));
        }
        kinds.push(Kind::Lookup(Box::new(CloudTrail::start(Vec::new()))));
        kinds.into_iter().map(Self::new).collect()
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            folder: tempfile::tempdir().unwrap(),
            objects: 0,
            input: Vec::new(),
        }
    }

    fn name(&self) -> &'static str {
        match self.kind {
            Kind::File => "a file",
            Kind::Folder => "a folder",
            Kind::Archive => "an archive",
            Kind::StandardInput => "standard input",
            Kind::Bucket(..) => "a bucket",
            Kind::Queue(..) => "a queue",
            Kind::Lookup(_) => "the event history",
        }
    }

    fn trail(&self) -> PathBuf {
        self.folder.path().join("trail")
    }

    /// The source as the command line names it.
    fn argument(&self) -> String {
        match &self.kind {
            Kind::File | Kind::Folder | Kind::Archive => self.trail().display().to_string(),
            Kind::StandardInput => "-".to_owned(),
            Kind::Bucket(_, bucket) => format!("s3://{bucket}"),
            Kind::Queue(_, url, _) => format!("sqs://{url}"),
            Kind::Lookup(_) => "lookup://eu-west-1".to_owned(),
        }
    }

    fn environment(&self) -> Vec<(String, String)> {
        match &self.kind {
            Kind::Bucket(moto, _) | Kind::Queue(moto, ..) => moto.environment(),
            Kind::Lookup(cloudtrail) => cloudtrail.environment(),
            _ => Vec::new(),
        }
    }

    /// Puts records into it, as one more object where it has objects.
    async fn deliver(&mut self, records: Vec<Value>) {
        self.objects += 1;
        let key = log_key(&yesterday(), self.objects);
        match &self.kind {
            Kind::File | Kind::StandardInput => {
                self.input.extend(log_file(&records));
                std::fs::write(self.trail(), &self.input).unwrap();
            }
            Kind::Folder => {
                let path = self.trail().join(key);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, log_file(&records)).unwrap();
            }
            Kind::Archive => {
                self.input.extend(json!({"Records": records}).to_string().into_bytes());
                std::fs::write(self.trail(), zip(&[("records.json", &self.input)])).unwrap();
            }
            Kind::Bucket(moto, bucket) => moto.put(bucket, &key, &log_file(&records)).await,
            Kind::Queue(moto, url, bucket) => {
                moto.put(bucket, &key, &log_file(&records)).await;
                send(moto, url, &notification(bucket, &key)).await;
            }
            Kind::Lookup(cloudtrail) => cloudtrail.add(recent(records)),
        }
    }

    fn run(&self, data: &TempDir, more: &[&str]) -> Ran {
        let source = self.argument();
        let arguments = [&["ingest", source.as_str(), "--format", "json"], more].concat();
        let input = if matches!(self.kind, Kind::StandardInput) {
            &self.input
        } else {
            &Vec::new()
        };
        podtrail_with(data.path(), &self.environment(), &arguments, input)
    }
}

/// The same records as calls of the last half hour: what the event history gets later is also newer.
fn recent(records: Vec<Value>) -> impl Iterator<Item = Value> {
    let now = jiff::Timestamp::now().as_second();
    records.into_iter().enumerate().map(move |(n, mut record)| {
        let time = jiff::Timestamp::from_second(now - 1800 + n as i64).unwrap();
        record["eventTime"] = json!(time.to_string());
        record
    })
}

fn notification(bucket: &str, key: &str) -> String {
    let key = key.replace('=', "%3D");
    json!({"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": bucket}, "object": {"key": key}}}]})
    .to_string()
}

async fn send(moto: &Moto, url: &str, body: &str) {
    moto.sqs()
        .send_message()
        .queue_url(url)
        .message_body(body)
        .send()
        .await
        .unwrap();
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer
            .start_file(*name, zip::write::SimpleFileOptions::default())
            .unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Records with these numbers, each of a second of its own.
fn records(numbers: std::ops::Range<usize>) -> Vec<Value> {
    let day = yesterday();
    numbers
        .map(|n| {
            record(
                &format!("event-{n}"),
                &format!("{day}T{:02}:{:02}:{:02}Z", n / 3600, n / 60 % 60, n % 60),
            )
        })
        .collect()
}

/// The ledger that a run printed, which must balance.
fn ledger(name: &str, ran: &Ran) -> Value {
    let value: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{name}: {error}: {}", ran.stderr));
    let total = &value["total"];
    let of = |field: &str| total[field].as_u64().unwrap();
    assert_eq!(
        of("read"),
        of("stored") + of("duplicate") + of("rejected"),
        "{name}: {total}"
    );
    value
}

fn stored(data: &TempDir) -> u64 {
    let ran = podtrail_tests::podtrail(
        data.path(),
        &[
            "sql",
            "SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM events",
            "--format",
            "json",
        ],
        b"",
    );
    let rows: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(rows[0]["n"], rows[0]["ids"]);
    rows[0]["n"].as_u64().unwrap()
}

#[tokio::test]
async fn every_source_gives_each_record_once_now_and_later_and_after_its_memory_is_lost() {
    for mut place in Place::every().await {
        let name = place.name();
        let data = tempfile::tempdir().unwrap();
        for part in 0..4 {
            place.deliver(records(part * 30..part * 30 + 30)).await;
        }
        let first = place.run(&data, &[]);
        assert_eq!(
            (first.code, &ledger(name, &first)["total"]["stored"]),
            (0, &json!(120)),
            "{name}: {}",
            first.stderr
        );

        let second = ledger(name, &place.run(&data, &[]));
        assert_eq!(second["total"]["stored"], 0, "{name}: a second run");

        place.deliver(records(120..150)).await;
        let later = ledger(name, &place.run(&data, &[]));
        assert_eq!(later["total"]["stored"], 30, "{name}: what came later");

        for file in std::fs::read_dir(data.path()).unwrap().flatten() {
            if file.file_name().to_string_lossy().starts_with("podtrail.db") {
                std::fs::remove_file(file.path()).unwrap();
            }
        }
        let forgetful = ledger(name, &place.run(&data, &[]));
        assert_eq!(forgetful["total"]["stored"], 0, "{name}: without its memory");
        assert_eq!(stored(&data), 150, "{name}");
    }
}

#[tokio::test]
async fn every_source_keeps_what_it_cannot_read_with_its_reason_and_reads_the_rest() {
    for mut place in Place::every().await {
        let name = place.name();
        if matches!(place.kind, Kind::Lookup(_)) {
            // The event history gives records only.
            continue;
        }
        let data = tempfile::tempdir().unwrap();
        let mut odd = records(0..10);
        odd.insert(5, json!({"Bucket": "no record"}));
        odd.insert(7, json!(7));
        place.deliver(odd).await;
        let ran = place.run(&data, &[]);
        let total = &ledger(name, &ran)["total"];
        assert_eq!(
            (ran.code, &total["stored"], &total["rejected"]),
            (0, &json!(10), &json!(2)),
            "{name}"
        );
    }
}

/// Runs an ingest that follows until the lake holds so many records, then has it end.
fn follow_until(place: &Place, data: &TempDir, expected: u64) -> Ran {
    let source = place.argument();
    let mut child = command(data.path())
        .envs(place.environment())
        .args(["ingest", &source, "--follow", "--flush-after", "1", "--format", "json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let mut told = Vec::new();
    let enough = format!("stored={expected} ");
    for line in lines.by_ref().map_while(Result::ok) {
        let plain: String = strip_colour(&line);
        let done = plain.contains(&enough);
        told.push(plain);
        if done {
            break;
        }
    }
    let id = child.id().to_string();
    assert!(
        std::process::Command::new("kill")
            .args(["-TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: told.join("\n"),
    }
}

fn strip_colour(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

#[tokio::test]
async fn a_source_that_is_followed_commits_what_comes_and_ends_in_order_when_told() {
    for mut place in Place::every().await {
        let name = place.name();
        if matches!(place.kind, Kind::StandardInput | Kind::File | Kind::Archive) {
            continue;
        }
        let data = tempfile::tempdir().unwrap();
        place.deliver(records(0..30)).await;
        place.deliver(records(30..60)).await;
        let ran = follow_until(&place, &data, 60);
        assert_eq!(ran.code, 0, "{name}: {}", ran.stderr);
        assert_eq!(ledger(name, &ran)["total"]["stored"], 60, "{name}");
        assert_eq!(stored(&data), 60, "{name}");
        let again = ledger(name, &place.run(&data, &[]));
        assert_eq!(again["total"]["stored"], 0, "{name}: nothing was left behind");
    }
}

#[tokio::test]
async fn a_bucket_is_read_once_and_late_files_are_found_whatever_their_key() {
    let Some(moto) = moto() else { return };
    let bucket = moto.bucket("trail").await;
    let mut place = Place::new(Kind::Bucket(moto, bucket.clone()));
    place.objects = 100;
    place.deliver(records(0..10)).await;
    let data = tempfile::tempdir().unwrap();
    assert_eq!(ledger("first", &place.run(&data, &[]))["total"]["read"], 10);
    assert_eq!(
        ledger("second", &place.run(&data, &[]))["total"]["read"],
        0,
        "it is remembered"
    );
    // Delivered now, under a key that sorts before what was read.
    place.objects = 3;
    place.deliver(records(10..20)).await;
    assert_eq!(
        ledger("late", &place.run(&data, &[]))["total"],
        json!({"read": 10, "stored": 10, "duplicate": 0, "rejected": 0, "conflict": 0})
    );
    let again = ledger("again", &place.run(&data, &["--reread"]));
    assert_eq!(
        (&again["total"]["read"], &again["total"]["duplicate"]),
        (&json!(20), &json!(20))
    );
}

#[tokio::test]
async fn a_bucket_gives_every_account_and_region_and_only_log_files_of_the_window() {
    let Some(moto) = moto() else { return };
    let bucket = moto.bucket("org").await;
    let file = |n: usize| log_file(&records(n..n + 1));
    let day = |account: &str, region: &str, day: &str| {
        let key = log_key(day, 0)
            .replace("111122223333", account)
            .replace("eu-west-1", region);
        format!("central/{}", key.replace("AWSLogs/", "AWSLogs/o-abc123/o-abc123/"))
    };
    let log_files = [
        day("111122223333", "eu-west-1", "2026-10-01"),
        day("111122223333", "us-east-1", "2026-10-02"),
        day("444455556666", "eu-west-1", "2026-10-03"),
    ];
    for (n, key) in log_files.iter().enumerate() {
        moto.put(&bucket, key, &file(n)).await;
    }
    let digest = log_files[0].replace("/CloudTrail/", "/CloudTrail-Digest/");
    moto.put(&bucket, &digest, b"no log file").await;
    moto.put(
        &bucket,
        "central/AWSLogs/o-abc123/111122223333/elasticloadbalancing/x.log",
        b"no log file",
    )
    .await;
    let run = |source: &str, more: &[&str]| {
        let data = tempfile::tempdir().unwrap();
        let arguments = [&["ingest", source, "--format", "json"], more].concat();
        let ran = podtrail_with(data.path(), &moto.environment(), &arguments, b"");
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ledger(source, &ran)["total"].clone()
    };
    let all = json!({"read": 3, "stored": 3, "duplicate": 0, "rejected": 0, "conflict": 0});
    for prefix in ["", "/central", "/central/", "/central/AWSLogs/o-abc123/"] {
        assert_eq!(run(&format!("s3://{bucket}{prefix}"), &[]), all, "{prefix}");
    }
    let whole = format!("s3://{bucket}");
    assert_eq!(run(&whole, &["--since", "2026-10-02"])["read"], 2);
    assert_eq!(run(&whole, &["--until", "2026-10-02"])["read"], 1);
    assert_eq!(
        run(&whole, &["--since", "2026-10-02", "--until", "2026-10-03"])["read"],
        1
    );
    let one = format!("s3://{bucket}/central/AWSLogs/o-abc123/o-abc123/111122223333/CloudTrail/us-east-1/");
    assert_eq!(run(&one, &[])["read"], 1);
}

#[tokio::test]
async fn a_role_is_assumed_for_the_read_where_one_is_given() {
    let Some(moto) = moto() else { return };
    let bucket = moto.bucket("trail").await;
    moto.put(&bucket, &log_key(&yesterday(), 0), &log_file(&records(0..5)))
        .await;
    let proxy = Proxy::before(moto.endpoint());
    let assumed = proxy.rule(When::method(Method::POST, "/"), Fault::None);
    let source = format!("s3://{bucket}");
    let run = |more: &[&str]| {
        let data = tempfile::tempdir().unwrap();
        let arguments = [&["ingest", source.as_str(), "--format", "json"], more].concat();
        let ran = podtrail_with(data.path(), &proxy.environment(), &arguments, b"");
        assert_eq!(ledger("role", &ran)["total"]["stored"], 5, "{}", ran.stderr);
    };
    run(&[]);
    assert_eq!(assumed.seen(), 0, "nothing but S3 is asked");
    run(&["--role-arn", "arn:aws:iam::111122223333:role/trail-reader"]);
    assert_eq!(assumed.seen(), 1, "STS is asked once");
}

#[tokio::test]
async fn every_form_of_message_names_its_objects_and_what_is_poison_is_left() {
    let Some(moto) = moto() else { return };
    let (url, bucket) = (moto.queue("deliveries").await, moto.bucket("trail").await);
    let keys: Vec<String> = (0..4).map(|n| log_key(&yesterday(), n)).collect();
    for (n, key) in keys.iter().enumerate() {
        moto.put(&bucket, key, &log_file(&records(n * 5..n * 5 + 5))).await;
    }
    let sns = |inner: String| {
        json!({"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t", "Message": inner})
            .to_string()
    };
    let bodies = [
        notification(&bucket, &keys[0]),
        sns(notification(&bucket, &keys[1])),
        sns(json!({"s3Bucket": bucket, "s3ObjectKey": [keys[2]]}).to_string()),
        json!({"source": "aws.s3", "detail-type": "Object Created",
            "detail": {"bucket": {"name": bucket}, "object": {"key": keys[3]}}})
        .to_string(),
        sns("CloudTrail validation message.".to_owned()),
        notification(&bucket, &keys[0].replace("/CloudTrail/", "/CloudTrail-Digest/")),
        "poison".to_owned(),
        notification(&bucket, "AWSLogs/no-such-object.json.gz"),
    ];
    for body in &bodies {
        send(moto, &url, body).await;
    }
    let data = tempfile::tempdir().unwrap();
    let source = format!("sqs://{url}");
    let ran = podtrail_with(
        data.path(),
        &moto.environment(),
        &["ingest", &source, "--format", "json"],
        b"",
    );
    let told = ledger("queue", &ran);
    assert_eq!(told["total"]["stored"], 20, "{}", ran.stderr);
    assert_eq!(told["failed"].as_array().map(Vec::len), Some(1), "{told}");
    assert!(
        told["failed"][0]["reason"].as_str().unwrap().contains("does not exist"),
        "{told}"
    );
    assert!(ran.stderr.contains("dead-letter queue"), "{}", ran.stderr);
    assert_eq!(ran.code, 3);
    let name = aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
    let left = moto
        .sqs()
        .get_queue_attributes()
        .queue_url(&url)
        .attribute_names(name.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(
        left.attributes.unwrap()[&name],
        "2",
        "both that could not be read are left, nothing else"
    );
}

#[tokio::test]
async fn the_event_history_goes_on_where_it_was_cut_off_and_says_what_it_does_not_show() {
    let cloudtrail = CloudTrail::start(records(0..130));
    let data = tempfile::tempdir().unwrap();
    let run = || {
        podtrail_with(
            data.path(),
            &cloudtrail.environment(),
            &["ingest", "lookup://eu-west-1", "--format", "json"],
            b"",
        )
    };
    // Two pages are given, then access is taken away.
    let cut = {
        cloudtrail.refuse_after(2, 1000, "AccessDeniedException");
        run()
    };
    assert_eq!(cut.code, 3, "{}", cut.stderr);
    assert!(
        cut.stderr.contains("management events of the last 90 days only"),
        "{}",
        cut.stderr
    );
    assert!(cut.stderr.contains("allow `cloudtrail:LookupEvents`"), "{}", cut.stderr);
    assert_eq!(ledger("cut off", &cut)["total"]["stored"], 100);
    cloudtrail.heal();
    let before = cloudtrail.asked().len();
    let rest = ledger("the rest", &run());
    assert_eq!(rest["total"]["stored"], 30);
    assert!(
        cloudtrail.asked().len() - before <= 3,
        "the pages that were read are not asked for again"
    );
    assert_eq!(ledger("nothing more", &run())["total"]["stored"], 0);
}

#[tokio::test]
async fn throttling_slows_the_event_history_and_loses_nothing() {
    let cloudtrail = CloudTrail::start(records(0..60));
    cloudtrail.refuse(2, "ThrottlingException");
    let data = tempfile::tempdir().unwrap();
    let ran = podtrail_with(
        data.path(),
        &cloudtrail.environment(),
        &["ingest", "lookup://eu-west-1", "--format", "json"],
        b"",
    );
    assert_eq!(
        (ran.code, &ledger("throttled", &ran)["total"]["stored"]),
        (0, &json!(60)),
        "{}",
        ran.stderr
    );
}

#[test]
fn gzip_within_an_archive_is_read_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.zip");
    let inner = log_file(&records(0..5));
    std::fs::write(&path, zip(&[("a/log.json.gz", &inner), ("lines.json", &gzip(b"{}"))])).unwrap();
    let data = tempfile::tempdir().unwrap();
    let ran = podtrail_with(
        data.path(),
        &[],
        &["ingest", path.to_str().unwrap(), "--format", "json"],
        b"",
    );
    let total = &ledger("archive", &ran)["total"];
    assert_eq!(
        (&total["stored"], &total["rejected"]),
        (&json!(5), &json!(1)),
        "{}",
        ran.stderr
    );
}
