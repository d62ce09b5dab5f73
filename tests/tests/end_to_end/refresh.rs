//! Derived tables go on from where they stand, and give what making them anew gives.

use std::path::{Path, PathBuf};

use podtrail_demo::{File, Options, generate};
use podtrail_ingest::lake::Commit;
use podtrail_tests::Estate;
use serde_json::{Value, json};

/// Every derived table, in an order that its rows themselves give.
async fn derived(estate: &Estate) -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    for table in [
        "attributions",
        "sessions",
        "usage",
        "unmapped",
        "daily_calls",
        "permissions",
    ] {
        all.push((table.into(), rows(estate, &format!("SELECT * FROM lake.{table}")).await));
    }
    // Facts hold several rows of one key.
    let facts = [
        (
            "callers",
            "SELECT caller_key, sum(calls) AS calls, min(day) AS day FROM lake.callers GROUP BY 1",
        ),
        (
            "calls",
            "SELECT caller_key, day, outcome, sum(calls) AS calls FROM lake.caller_calls GROUP BY 1, 2, 3",
        ),
        (
            "sources",
            "SELECT caller_key, source_ip_address, vpc_endpoint_id, user_agent, event_source, sum(calls) AS calls,
                    min(first_seen) AS first_seen,
                    first_value(sample_event_id ORDER BY first_seen, sample_event_id) AS sample
             FROM lake.caller_sources GROUP BY 1, 2, 3, 4, 5",
        ),
        (
            "trail",
            "SELECT account, region, day, event_source, data, sum(events) AS n FROM lake.trail_days GROUP BY 1, 2, 3, 4, 5",
        ),
        (
            "evidence",
            "SELECT event_id, trail_account_id, issue, links FROM lake.evidence",
        ),
    ];
    for (name, sql) in facts {
        all.push((name.into(), rows(estate, sql).await));
    }
    all
}

async fn rows(estate: &Estate, sql: &str) -> Vec<String> {
    let mut rows: Vec<String> = estate.sql(sql).await.iter().map(Value::to_string).collect();
    rows.sort_unstable();
    rows
}

fn same(found: &[(String, Vec<String>)], expected: &[(String, Vec<String>)], what: &str) {
    for ((name, found), (_, expected)) in found.iter().zip(expected) {
        let differ = found.iter().zip(expected).find(|(found, expected)| found != expected);
        assert_eq!(differ, None, "{name}, {what}");
        assert_eq!(found.len(), expected.len(), "{name}, {what}");
    }
}

/// A demo estate in a folder: its trail files in order of delivery, and its inventory.
fn files(folder: &Path, events: u64) -> (Vec<PathBuf>, Vec<String>) {
    let (mut trail, mut inventory) = (Vec::new(), Vec::new());
    let options = Options {
        events,
        ..Options::default()
    };
    generate(&options, &mut |file: File| -> std::io::Result<()> {
        let path = folder.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap())?;
        std::fs::write(&path, &file.bytes)?;
        if file.path.starts_with("trail/") {
            trail.push(path);
        } else if file.path.starts_with("inventory/") {
            inventory.push(path.display().to_string());
        }
        Ok(())
    })
    .unwrap();
    (trail, inventory)
}

async fn import(estate: &Estate, inventory: &[String]) {
    let objects = podtrail::cli::read_inventory(&estate.engine, inventory, None)
        .await
        .unwrap();
    estate.engine.import_inventory(&objects).await.unwrap();
}

#[tokio::test]
async fn many_small_steps_give_what_one_gives() {
    let folder = tempfile::tempdir().unwrap();
    let (trail, inventory) = files(folder.path(), 1_500);
    let whole = Estate::empty().await;
    import(&whole, &inventory).await;
    whole
        .ingest(&trail.iter().map(PathBuf::as_path).collect::<Vec<_>>())
        .await;
    let expected = derived(&whole).await;
    // Newest first, so that issues come after the calls that were made with what they issued.
    let mut late: Vec<&Path> = trail.iter().map(PathBuf::as_path).collect();
    late.reverse();
    let steps = Estate::empty().await;
    import(&steps, &inventory).await;
    for part in late.chunks(late.len().div_ceil(12)) {
        steps.ingest(part).await;
        steps.sql("SELECT count(*) FROM activity").await;
    }
    same(&derived(&steps).await, &expected, "each step asked");
}

#[tokio::test]
async fn an_inventory_that_comes_late_changes_what_it_would_have_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (trail, inventory) = files(folder.path(), 600);
    let trail: Vec<&Path> = trail.iter().map(PathBuf::as_path).collect();
    let first = Estate::empty().await;
    import(&first, &inventory).await;
    first.ingest(&trail).await;
    let expected = derived(&first).await;
    let last = Estate::empty().await;
    last.ingest(&trail).await;
    last.sql("SELECT count(*) FROM activity").await;
    import(&last, &inventory).await;
    same(&derived(&last).await, &expected, "inventory at the end");
}

#[tokio::test]
async fn what_a_killed_refresh_left_is_neither_read_nor_kept() {
    let estate = Estate::empty().await;
    let records = |n: u32| {
        json!({"Records": [{"eventVersion": "1.09", "eventID": format!("00000000-0000-0000-0000-{n:012}"),
            "eventTime": "2026-10-20T10:00:00Z", "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets",
            "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
            "userIdentity": {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "accountId": "111122223333",
                             "accessKeyId": "AKIAIOSFODNN7EXAMPLE", "userName": "ci"}}]})
        .to_string()
    };
    estate.ingest_text(&records(1)).await;
    let expected = derived(&estate).await;
    // Half of a refresh: facts were written again, and no commit says that they belong to the rest.
    for name in ["caller_calls", "daily_calls"] {
        let mut table = estate.engine.lake().existing_table(name).await.unwrap().unwrap();
        let files = table.files().await.unwrap();
        assert_eq!(files.len(), 1, "{name}");
        let commit = table.become_content(&[], &[], 0, &[]).await.unwrap();
        assert!(matches!(commit, Commit::Done(_)));
    }
    same(&derived(&estate).await, &expected, "before the next refresh");
    estate.ingest_text(&format!("{}\n", records(2))).await;
    let calls = estate.sql("SELECT sum(calls) AS n FROM lake.daily_calls").await;
    assert_eq!(
        calls,
        [json!({"n": 2})],
        "the next refresh goes on from what belongs together"
    );
}

#[tokio::test]
async fn a_derived_file_that_is_lost_costs_a_rebuild_and_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let (trail, _) = files(folder.path(), 400);
    let (early, late) = trail.split_at(trail.len() / 2);
    let whole = Estate::empty().await;
    whole
        .ingest(&trail.iter().map(PathBuf::as_path).collect::<Vec<_>>())
        .await;
    let expected = derived(&whole).await;
    let estate = Estate::empty().await;
    estate
        .ingest(&early.iter().map(PathBuf::as_path).collect::<Vec<_>>())
        .await;
    estate.sql("SELECT count(*) FROM activity").await;
    for entry in std::fs::read_dir(estate.data.path().join("lake/callers")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            std::fs::remove_file(path).unwrap();
        }
    }
    estate
        .ingest(&late.iter().map(PathBuf::as_path).collect::<Vec<_>>())
        .await;
    same(&derived(&estate).await, &expected, "a file of facts is gone");
}

#[tokio::test]
async fn two_that_refresh_at_once_give_one_result() {
    let folder = tempfile::tempdir().unwrap();
    let (trail, inventory) = files(folder.path(), 400);
    let estate = Estate::empty().await;
    import(&estate, &inventory).await;
    estate
        .ingest(&trail.iter().map(PathBuf::as_path).collect::<Vec<_>>())
        .await;
    let engines: Vec<_> = (0..3)
        .map(|_| {
            podtrail_query::Engine::new(
                estate.engine.lake().clone(),
                estate.engine.store().clone(),
                podtrail_tests::clock,
            )
        })
        .collect();
    let all = futures::future::join_all(engines.iter().map(podtrail_query::Engine::refresh)).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    let found = derived(&estate).await;
    let anew = Estate::empty().await;
    import(&anew, &inventory).await;
    anew.ingest(&trail.iter().map(PathBuf::as_path).collect::<Vec<_>>())
        .await;
    same(&found, &derived(&anew).await, "three at once");
}

#[tokio::test]
async fn an_event_of_another_age_blocks_nothing() {
    let estate = Estate::empty().await;
    let text: Vec<String> = [
        "2999-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2026-10-20T10:00:00Z",
        "soon",
    ]
    .iter()
    .enumerate()
    .map(|(n, time)| {
        json!({"eventVersion": "1.09", "eventID": format!("00000000-0000-0000-0000-{n:012}"), "eventTime": time,
                   "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets", "awsRegion": "eu-west-1",
                   "recipientAccountId": "111122223333",
                   "userIdentity": {"type": "AssumedRole", "principalId": "AROAEXAMPLE:x",
                       "arn": "arn:aws:sts::111122223333:assumed-role/r/x", "accountId": "111122223333",
                       "accessKeyId": "ASIAIOSFODNN7EXAMPLE",
                       "sessionContext": {"sessionIssuer": {"type": "Role", "principalId": "AROAEXAMPLE",
                           "arn": "arn:aws:iam::111122223333:role/r", "accountId": "111122223333", "userName": "r"}}}})
        .to_string()
    })
    .collect();
    estate.ingest_text(&text.join("\n")).await;
    assert_eq!(
        estate.sql("SELECT count(*) AS n FROM activity").await,
        [json!({"n": 5})]
    );
    assert_eq!(
        estate
            .sql("SELECT count(*) AS n FROM activity WHERE event_time > TIMESTAMP '2026-01-01T00:00:00Z'")
            .await,
        [json!({"n": 3})]
    );
    for path in [
        "/api/v1/events",
        "/api/v1/coverage",
        "/api/v1/status",
        "/api/v1/sessions",
        "/api/v1/workloads",
    ] {
        estate.get(path).await;
    }
    let days = estate
        .sql("SELECT count(DISTINCT day) AS n, sum(calls) AS calls FROM lake.daily_calls")
        .await;
    assert_eq!(days, [json!({"n": 4, "calls": 5})]);
}
