//! Ingestion: exactly once, nothing lost, whatever the form of the input.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use podtrail_ingest::checkpoint::{Checkpoints, SourceState};
use podtrail_ingest::lake::Bounds;
use podtrail_ingest::ledger::Counts;
use podtrail_tests::Estate;
use serde_json::{Value, json};

fn record(id: &str) -> Value {
    json!({
        "eventVersion": "1.11", "eventID": id, "eventTime": "2026-10-01T10:00:00Z", "eventSource": "s3.amazonaws.com",
        "eventName": "GetObject", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
        "eventType": "AwsApiCall", "userIdentity": {"type": "IAMUser", "userName": "build", "accessKeyId": "AKIAEXAMPLE00000001"},
        "requestParameters": {"bucketName": "b", "key": "k"},
    })
}

fn counts(read: u64, stored: u64, duplicate: u64, rejected: u64) -> Counts {
    Counts {
        read,
        stored,
        duplicate,
        rejected,
        conflict: 0,
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn every_form_of_input_gives_the_same_records() {
    let (a, b) = (record("a"), record("b"));
    let forms = [
        ("trail file", json!({"Records": [a, b]}).to_string()),
        ("bare array", json!([a, b]).to_string()),
        ("JSON lines", format!("{a}\n{b}\n")),
        ("concatenated", format!("{a}{b}")),
        ("pretty", serde_json::to_string_pretty(&json!({"Records": [a, b]})).unwrap()),
        (
            "EventBridge",
            format!(
                "{}\n{}",
                json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "detail": a}),
                json!({"detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "detail": b})
            ),
        ),
        (
            "LookupEvents",
            json!({"Events": [{"EventId": "a", "CloudTrailEvent": a.to_string()}, {"CloudTrailEvent": b.to_string()}], "NextToken": "x"})
                .to_string(),
        ),
    ];
    for (name, text) in forms {
        for bytes in [text.clone().into_bytes(), gzip(text.as_bytes())] {
            let estate = Estate::empty().await;
            let file = estate.data.path().join("input");
            std::fs::write(&file, bytes).unwrap();
            assert_eq!(estate.ingest(&[&file]).await.total(), counts(2, 2, 0, 0), "{name}");
            let ids = estate
                .sql("SELECT event_id, request_parameters FROM events ORDER BY event_id")
                .await;
            assert_eq!(ids[0]["event_id"], "a", "{name}");
            assert_eq!(
                ids[1]["request_parameters"],
                r#"{"bucketName":"b","key":"k"}"#.to_owned().as_str(),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn copies_are_found_within_a_run_and_across_runs_and_commits() {
    let estate = Estate::empty().await;
    let lines: String = (0..50)
        .map(|i| format!("{}\n", record(&format!("id-{}", i % 20))))
        .collect();
    let file = estate.data.path().join("lines.json");
    std::fs::write(&file, lines).unwrap();
    let small = Bounds {
        rows: 7,
        ..Bounds::default()
    };
    assert_eq!(
        estate.ingest_with(&[&file, &file], small).await.total(),
        counts(100, 20, 80, 0)
    );
    assert_eq!(estate.ingest(&[&file]).await.total(), counts(50, 0, 50, 0));
    assert_eq!(estate.sql("SELECT count(*) AS n FROM events").await, [json!({"n": 20})]);
}

#[tokio::test]
async fn the_key_is_the_id_and_the_account_and_the_first_content_stays() {
    let estate = Estate::empty().await;
    let mut other_account = record("a");
    other_account["recipientAccountId"] = json!("444455556666");
    let mut changed = record("a");
    changed["userAgent"] = json!("another");
    assert_eq!(
        estate
            .ingest_text(&format!("{}\n{other_account}", record("a")))
            .await
            .total(),
        counts(2, 2, 0, 0)
    );
    let ledger = estate.ingest_text(&changed.to_string()).await;
    assert_eq!(
        ledger.total(),
        Counts {
            read: 1,
            duplicate: 1,
            conflict: 1,
            ..Counts::default()
        }
    );
    let agents = estate
        .sql("SELECT count(*) AS n FROM events WHERE user_agent = 'another'")
        .await;
    assert_eq!(agents, [json!({"n": 0})]);
}

#[tokio::test]
async fn copies_without_a_time_are_found_too() {
    let estate = Estate::empty().await;
    let mut timeless = record("t");
    timeless["eventTime"] = Value::Null;
    estate.ingest_text(&timeless.to_string()).await;
    let again = format!("{timeless}\n{}", record("u"));
    assert_eq!(estate.ingest_text(&again).await.total(), counts(2, 1, 1, 0));
}

#[tokio::test]
async fn broken_input_is_kept_with_its_place_and_the_rest_is_read() {
    let estate = Estate::empty().await;
    let folder = estate.data.path().join("in");
    std::fs::create_dir(&folder).unwrap();
    let good = record("good").to_string();
    std::fs::write(
        folder.join("1-broken-line.json"),
        format!("{good}\n{{\"eventID\": oops}}\n{}\n", record("after")),
    )
    .unwrap();
    std::fs::write(folder.join("2-not-json.json"), "hello there").unwrap();
    let whole = gzip(
        &(0..2000)
            .map(|i| format!("{}\n", record(&format!("z{i}"))))
            .collect::<String>()
            .into_bytes(),
    );
    std::fs::write(folder.join("3-truncated.json.gz"), &whole[..whole.len() * 2 / 3]).unwrap();
    std::fs::write(folder.join("4-empty.json"), "").unwrap();
    let ledger = estate.ingest(&[&folder]).await;
    assert!(ledger.balances());
    let rejects = estate
        .sql("SELECT source_file, position, reason FROM lake.rejects ORDER BY source_file, position")
        .await;
    let of = |name: &str| {
        rejects
            .iter()
            .filter(|row| row["source_file"].as_str().unwrap().ends_with(name))
            .collect::<Vec<_>>()
    };
    assert_eq!(of("1-broken-line.json").len(), 1);
    assert_eq!(of("1-broken-line.json")[0]["position"], good.len() + 1);
    assert_eq!(of("2-not-json.json").len(), 1);
    assert!(
        of("3-truncated.json.gz")
            .iter()
            .any(|row| row["reason"].as_str().unwrap().contains("could not be read further"))
    );
    assert_eq!(of("4-empty.json").len(), 0);
    let stored = estate
        .sql("SELECT count(*) AS n FROM events WHERE event_id LIKE 'z%'")
        .await[0]["n"]
        .as_u64()
        .unwrap();
    assert!(stored > 100, "what the truncated file holds is read: {stored}");
    assert_eq!(
        estate
            .sql("SELECT count(*) AS n FROM events WHERE event_id IN ('good', 'after')")
            .await,
        [json!({"n": 2})]
    );

    let before = rejects.len();
    let again = estate.ingest(&[&folder]).await;
    assert!(again.balances());
    assert_eq!(again.total().stored, 0);
    assert_eq!(
        estate.sql("SELECT count(*) AS n FROM lake.rejects").await,
        [json!({"n": before})],
        "kept once each"
    );
}

#[tokio::test]
async fn secrets_never_land() {
    let estate = Estate::empty().await;
    let secret = "IQoJb3JpZ2luX2VjEXAMPLE".repeat(12);
    let mut issue = record("issue");
    issue["responseElements"] = json!({"credentials": {"accessKeyId": "ASIAEXAMPLE", "sessionToken": secret, "secretAccessKey": "wJalrXUtnFEMI"}});
    let broken = format!("{{\"eventID\": \"x\", \"sessionToken\": \"{secret}\", oops");
    estate.ingest_text(&format!("{issue}\n{broken}\n")).await;
    let mut files = 0;
    let mut open = vec![estate.data.path().join("lake")];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        files += 1;
        let bytes = std::fs::read(&path).unwrap();
        for needle in [&secret.as_bytes()[..40], b"wJalrXUtnFEMI"] {
            assert!(
                !bytes.windows(needle.len()).any(|part| part == needle),
                "{}",
                path.display()
            );
        }
    }
    assert!(files > 2);
    let rows = estate
        .sql("SELECT response_elements FROM events WHERE event_id = 'issue'")
        .await;
    let text = rows[0]["response_elements"].as_str().unwrap();
    assert!(
        text.contains("ASIAEXAMPLE") && !text.contains("IQoJ") && !text.contains("wJalr"),
        "{text}"
    );
    let kept = estate.sql("SELECT bytes FROM lake.rejects").await;
    assert!(!kept[0]["bytes"].as_str().unwrap().contains("IQoJ"));
}

#[tokio::test]
async fn two_writers_at_once_store_each_event_once() {
    let estate = Estate::empty().await;
    let mut files = Vec::new();
    for part in 0..2 {
        let path = estate.data.path().join(format!("part-{part}.json"));
        // Both files hold the ids 100 to 199.
        let lines: String = (part * 100..part * 100 + 200)
            .map(|i| format!("{}\n", record(&format!("id-{i}"))))
            .collect();
        std::fs::write(&path, lines).unwrap();
        files.push(path);
    }
    let small = Bounds {
        rows: 20,
        ..Bounds::default()
    };
    let (first, second) = ([files[0].as_path()], [files[1].as_path()]);
    let (one, two) = futures::join!(estate.ingest_with(&first, small), estate.ingest_with(&second, small));
    assert!(one.balances() && two.balances());
    assert_eq!(one.total().stored + two.total().stored, 300);
    assert_eq!(
        estate
            .sql("SELECT count(*) AS n, count(DISTINCT event_id) AS ids FROM events")
            .await,
        [json!({"n": 300, "ids": 300})]
    );
}

#[tokio::test]
async fn the_ledger_of_all_runs_is_in_the_status_and_in_sql() {
    let estate = Estate::empty().await;
    let write = |name: &str, text: &str| {
        let file = estate.data.path().join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    let one = write("one.json", &record("a").to_string());
    let two = write("two.json", &format!("{}\nno record\n{}", record("a"), record("b")));
    estate.ingest(&[&one]).await;
    assert_eq!(estate.engine.status().await.unwrap().sources.len(), 1);
    estate.ingest(&[&one, &two]).await;
    let status = estate.engine.status().await.unwrap();
    let told: Vec<Value> = status
        .sources
        .iter()
        .map(|source| {
            json!({"source": source.source, "read": source.read, "stored": source.stored,
                   "duplicate": source.duplicate, "rejected": source.rejected})
        })
        .collect();
    let name = |file: &std::path::Path| file.to_str().unwrap().to_owned();
    assert_eq!(
        told,
        [
            json!({"source": name(&one), "read": 2, "stored": 1, "duplicate": 1, "rejected": 0}),
            json!({"source": name(&two), "read": 3, "stored": 1, "duplicate": 1, "rejected": 1}),
        ]
    );
    assert_eq!(status.lake.events, 2);
    let sql = "SELECT source, sum(read) AS read, sum(stored) AS stored, sum(duplicate) AS duplicate,
                      sum(rejected) AS rejected FROM ledger GROUP BY source ORDER BY source";
    assert_eq!(estate.sql(sql).await, told);
    let runs = estate.sql("SELECT count(DISTINCT run) AS runs FROM ledger").await;
    assert_eq!(runs, [json!({"runs": 2})]);
}

#[tokio::test]
async fn each_file_has_its_rows_in_the_ledger_and_the_newest_event_tells_the_lag() {
    let estate = Estate::empty().await;
    let folder = estate.data.path().join("in");
    std::fs::create_dir(&folder).unwrap();
    let mut newer = record("b");
    newer["eventTime"] = json!("2026-10-31T23:00:00Z");
    std::fs::write(folder.join("1.json"), format!("{}\nno record\n", record("a"))).unwrap();
    std::fs::write(folder.join("2.json"), format!("{}\n{newer}", record("a"))).unwrap();
    estate.ingest(&[&folder]).await;
    let sql = "SELECT split_part(file, '/in/', 2) AS file, sum(read) AS read, sum(rejected) AS rejected,
                      sum(stored) + sum(duplicate) AS known FROM ledger GROUP BY file ORDER BY file";
    assert_eq!(
        estate.sql(sql).await,
        [
            json!({"file": "1.json", "read": 2, "rejected": 1, "known": 1}),
            json!({"file": "2.json", "read": 2, "rejected": 0, "known": 2}),
        ]
    );
    let status = estate.get("/api/v1/status").await;
    let source = &status["sources"][0];
    assert_eq!(
        (&source["read"], &source["stored"], &source["duplicate"]),
        (&json!(4), &json!(2), &json!(1))
    );
    assert_eq!(source["last_event"], "2026-10-31T23:00:00Z");
    // The clock of the tests stands at 2026-11-01T00:00:00Z.
    assert_eq!(source["lag_seconds"], 3600);
}

#[tokio::test]
async fn the_status_tells_of_a_source_of_which_nothing_could_be_read() {
    let estate = Estate::empty().await;
    let state = SourceState {
        backlog_objects: 2,
        backlog_bytes: 20,
        failed: 1,
        problem: Some("`s3://trail/x` may not be read: allow s3:GetObject".into()),
        noted_at: 1_793_491_200_000_000,
    };
    estate.engine.store().note("s3://trail", &state).await.unwrap();
    let status = estate.get("/api/v1/status").await;
    assert_eq!(
        status["sources"],
        json!([{
            "source": "s3://trail", "read": 0, "stored": 0, "duplicate": 0, "rejected": 0, "conflict": 0,
            "last_run": null, "last_event": null, "lag_seconds": null, "backlog_objects": 2, "backlog_bytes": 20,
            "failed_objects": 1, "problem": "`s3://trail/x` may not be read: allow s3:GetObject",
            "noted_at": "2026-11-01T00:00:00Z",
        }])
    );
}
