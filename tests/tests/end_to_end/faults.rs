//! Whatever fails in between: after it, one more run ends with exactly the events of the source, each counted.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use podtrail_tests::moto::{Moto, moto};
use podtrail_tests::proxy::Proxy;
use podtrail_tests::records::{log_file, log_key, record};
use podtrail_tests::{Fault, Ran, When, command, podtrail, podtrail_with};
use serde_json::{Value, json};
use tempfile::TempDir;

const DAY: &str = "2026-10-01";

/// Records with these numbers, over the whole of a day.
fn records(numbers: std::ops::Range<usize>) -> Vec<Value> {
    numbers
        .map(|n| {
            record(
                &format!("event-{n}"),
                &format!("{DAY}T{:02}:{:02}:{:02}Z", n / 60 % 24, n % 60, n % 60),
            )
        })
        .collect()
}

/// A bucket with five log files of ten records each, behind a proxy.
struct Trail {
    moto: &'static Moto,
    bucket: String,
    proxy: Proxy,
    keys: Vec<String>,
}

impl Trail {
    async fn new() -> Option<Self> {
        let moto = moto()?;
        let bucket = moto.bucket("trail").await;
        let keys: Vec<String> = (0..5).map(|n| log_key(DAY, n)).collect();
        for (n, key) in keys.iter().enumerate() {
            moto.put(&bucket, key, &log_file(&records(n * 10..n * 10 + 10))).await;
        }
        Some(Self {
            moto,
            bucket,
            proxy: Proxy::before(moto.endpoint()),
            keys,
        })
    }

    fn object(&self, n: usize) -> String {
        format!("/{}/{}", self.bucket, self.keys[n])
    }

    fn ingest(&self, data: &TempDir) -> Ran {
        let source = format!("s3://{}", self.bucket);
        let mut environment = self.proxy.environment();
        environment.push(("AWS_REGION".into(), "eu-west-1".into()));
        podtrail_with(data.path(), &environment, &["ingest", &source, "--format", "json"], b"")
    }
}

fn told(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", ran.stdout, ran.stderr))
}

/// What a lake holds: events and distinct ids, rejects, and whether every line of the ledger balances.
fn lake(data: &Path) -> Value {
    let sql = "SELECT (SELECT count(*) FROM events) AS events, (SELECT count(DISTINCT event_id) FROM events) AS ids,
        (SELECT count(*) FROM lake.rejects) AS rejects, (SELECT sum(stored) FROM ledger) AS stored,
        (SELECT count(*) FROM ledger WHERE read <> stored + duplicate + rejected) AS unbalanced";
    let ran = podtrail(data, &["sql", sql, "--format", "json"], b"");
    let rows: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr));
    rows[0].clone()
}

fn exactly(events: u64, rejects: u64) -> Value {
    json!({"events": events, "ids": events, "rejects": rejects, "stored": events, "unbalanced": 0})
}

#[tokio::test]
async fn faults_that_pass_are_not_even_noticed() {
    let Some(trail) = Trail::new().await else { return };
    let faults = [
        Fault::Internal,
        Fault::SlowDown,
        Fault::Slow(64, Duration::from_millis(1)),
        Fault::CutAnswer(20),
        Fault::CutRequest,
        Fault::LoseAnswer,
        Fault::OtherContent,
    ];
    for fault in faults {
        trail.proxy.heal();
        let told_of = format!("{fault:?}");
        let rule = trail.proxy.rule(When::get(&trail.object(2)).times(2), fault.clone());
        let listing = trail
            .proxy
            .rule(When::get(&format!("/{}/?", trail.bucket)).times(1), Fault::Internal);
        let data = tempfile::tempdir().unwrap();
        let ran = trail.ingest(&data);
        assert_eq!(
            (ran.code, &told(&ran)["total"]["stored"]),
            (0, &json!(50)),
            "{told_of}: {}",
            ran.stderr
        );
        assert!(rule.hit() >= 1 && listing.seen() >= 1, "{told_of}: the fault was met");
        assert_eq!(lake(data.path()), exactly(50, 0), "{told_of}");
    }
}

#[tokio::test]
async fn a_fault_that_stays_fails_its_object_alone_and_says_what_to_do() {
    let Some(trail) = Trail::new().await else { return };
    let faults = [
        (Fault::Internal, "InternalError"),
        (Fault::AccessDenied, "allow `s3:GetObject` on `arn:aws:s3:::"),
        (Fault::ExpiredToken, "have expired: sign in again"),
        (Fault::CutAnswer(20), "the connection broke 5 times"),
    ];
    for (fault, sentence) in faults {
        trail.proxy.heal();
        trail.proxy.rule(When::get(&trail.object(2)), fault);
        let data = tempfile::tempdir().unwrap();
        let ran = trail.ingest(&data);
        let ledger = told(&ran);
        assert_eq!(
            (ran.code, &ledger["total"]["stored"]),
            (3, &json!(40)),
            "{sentence}: {}",
            ran.stderr
        );
        assert!(
            ledger["failed"][0]["object"]
                .as_str()
                .unwrap()
                .ends_with(&trail.keys[2]),
            "{ledger}"
        );
        assert!(
            ledger["failed"][0]["reason"].as_str().unwrap().contains(sentence),
            "{sentence}: {ledger}"
        );
        assert_eq!(lake(data.path()), exactly(40, 0), "what was not read is no reject");
        trail.proxy.heal();
        let again = trail.ingest(&data);
        assert_eq!(
            (again.code, &told(&again)["total"]["read"]),
            (0, &json!(10)),
            "only what was not read is read"
        );
        assert_eq!(lake(data.path()), exactly(50, 0), "{sentence}");
    }
}

#[tokio::test]
async fn a_bucket_that_cannot_be_listed_says_why() {
    let Some(trail) = Trail::new().await else { return };
    let listing = || When::get(&format!("/{}/?", trail.bucket));
    let cases = [
        (Fault::AccessDenied, 3, "allow `s3:ListBucket` on `arn:aws:s3:::"),
        (Fault::ExpiredToken, 3, "have expired: sign in again"),
        (
            Fault::OtherRegion("ap-southeast-2"),
            3,
            "is in region `ap-southeast-2`: set AWS_REGION=ap-southeast-2",
        ),
    ];
    for (fault, code, sentence) in cases {
        trail.proxy.heal();
        trail.proxy.rule(listing(), fault);
        let ran = trail.ingest(&tempfile::tempdir().unwrap());
        assert_eq!(ran.code, code, "{}", ran.stderr);
        assert!(ran.stderr.contains(sentence), "{sentence}: {}", ran.stderr);
    }
    trail.proxy.heal();
    trail.proxy.rule(listing().times(1), Fault::OtherRegion("eu-central-1"));
    let data = tempfile::tempdir().unwrap();
    let redirected = trail.ingest(&data);
    assert_eq!(
        told(&redirected)["total"]["stored"],
        50,
        "the region that is named is asked: {}",
        redirected.stderr
    );

    let environment = trail.moto.environment();
    let missing = podtrail_with(
        data.path(),
        &environment,
        &["ingest", "s3://no-such-bucket-of-ours"],
        b"",
    );
    assert_eq!(missing.code, 2, "{}", missing.stderr);
    assert!(
        missing.stderr.contains("check the name of the bucket"),
        "{}",
        missing.stderr
    );
    let nowhere = vec![
        ("AWS_ENDPOINT_URL".to_owned(), "http://127.0.0.1:9".to_owned()),
        ("AWS_ACCESS_KEY_ID".to_owned(), "testing".to_owned()),
        ("AWS_SECRET_ACCESS_KEY".to_owned(), "testing".to_owned()),
        ("AWS_REGION".to_owned(), "eu-west-1".to_owned()),
    ];
    let ran = podtrail_with(data.path(), &nowhere, &["ingest", "s3://trail"], b"");
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("AWS could not be reached"), "{}", ran.stderr);
    let date = podtrail(data.path(), &["ingest", "s3://trail", "--since", "yesterday"], b"");
    assert_eq!(date.code, 2);
    assert!(date.stderr.contains("`yesterday` is no date"), "{}", date.stderr);
}

/// The files of a source: 600 distinct records, some of them twice, and 12 that are broken.
fn write_source(folder: &Path) {
    for file in 0..24 {
        let mut records = records(file * 25..file * 25 + 25);
        records.push(record(&format!("event-{}", file * 7), &format!("{DAY}T00:00:00Z")));
        let mut text = records.iter().map(|record| format!("{record}\n")).collect::<String>();
        if file % 2 == 0 {
            text.push_str("{\"eventID\": oops}\n");
        }
        std::fs::write(folder.join(format!("{file:02}.json")), text).unwrap();
    }
}

/// Numbers that are the same on every run.
fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed;
    std::iter::from_fn(move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Some(state >> 33)
    })
}

fn start(data: &Path, folder: &Path) -> std::process::Child {
    command(data)
        .args([
            "ingest",
            folder.to_str().unwrap(),
            "--commit-rows",
            "60",
            "--format",
            "json",
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// How long one whole run takes here, so that the kills fall all over it.
fn a_run(folder: &Path) -> Duration {
    let data = tempfile::tempdir().unwrap();
    let started = std::time::Instant::now();
    assert!(start(data.path(), folder).wait().unwrap().success());
    started.elapsed()
}

#[test]
fn two_hundred_kills_at_any_moment_lose_and_double_nothing() {
    const LAKES: usize = 20;
    const KILLS: usize = 10;
    let source = tempfile::tempdir().unwrap();
    write_source(source.path());
    let whole = a_run(source.path());
    let mut moments = numbers(20_261_101);
    let mut cut_short = 0;
    for _ in 0..LAKES {
        let data = tempfile::tempdir().unwrap();
        for _ in 0..KILLS {
            let mut child = start(data.path(), source.path());
            std::thread::sleep(whole.mul_f64((moments.next().unwrap() % 1000) as f64 / 1250.0));
            // SIGKILL: nothing can be tidied up.
            child.kill().unwrap();
            cut_short += usize::from(!child.wait().unwrap().success());
        }
        let ran = podtrail(
            data.path(),
            &["ingest", source.path().to_str().unwrap(), "--format", "json"],
            b"",
        );
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let total = &told(&ran)["total"];
        assert_eq!(
            (&total["read"], &total["rejected"]),
            (&json!(636), &json!(12)),
            "{total}"
        );
        assert_eq!(lake(data.path()), exactly(600, 12));
    }
    println!("{cut_short} of {} runs were cut short", LAKES * KILLS);
    assert!(
        cut_short > 0,
        "no run was ever cut short: the kills come too late to test anything"
    );
}

#[test]
fn processes_that_ingest_the_same_at_once_store_it_once() {
    let source = tempfile::tempdir().unwrap();
    write_source(source.path());
    let data = tempfile::tempdir().unwrap();
    let mut children: Vec<_> = (0..3).map(|_| start(data.path(), source.path())).collect();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(lake(data.path()), exactly(600, 12));
}

#[test]
fn a_lost_or_broken_database_is_told_and_costs_no_event() {
    let source = tempfile::tempdir().unwrap();
    write_source(source.path());
    let data = tempfile::tempdir().unwrap();
    std::fs::write(
        data.path().join("podtrail.db"),
        "this is no database, and long enough to be told from one".repeat(40),
    )
    .unwrap();
    let ran = podtrail(
        data.path(),
        &["ingest", source.path().to_str().unwrap(), "--format", "json"],
        b"",
    );
    assert_eq!(
        (ran.code, &told(&ran)["total"]["stored"]),
        (0, &json!(600)),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("what was read is not remembered"), "{}", ran.stderr);
    std::fs::remove_file(data.path().join("podtrail.db")).unwrap();
    assert_eq!(lake(data.path()), exactly(600, 12));
}

#[test]
fn a_full_disk_is_told_and_the_next_run_goes_on() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().to_str().unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=144k", "tmpfs", path])
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !mounted {
        println!("skipped: a small file system cannot be mounted here (that needs root)");
        return;
    }
    let source = tempfile::tempdir().unwrap();
    write_source(source.path());
    let source = source.path().to_str().unwrap();
    let full = podtrail(place.path(), &["ingest", source, "--commit-rows", "60"], b"");
    let remounted = std::process::Command::new("mount")
        .args(["-o", "remount,size=64m", path])
        .status();
    assert!(remounted.unwrap().success());
    let again = podtrail(place.path(), &["ingest", source, "--format", "json"], b"");
    let held = lake(place.path());
    assert!(
        std::process::Command::new("umount")
            .arg(path)
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(full.code, 3, "{}", full.stderr);
    assert!(full.stderr.contains("check its space"), "{}", full.stderr);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(held, exactly(600, 12));
}
