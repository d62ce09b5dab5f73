//! Compaction, retention and vacuum: the lake changes its files, and no answer but those that should change.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use podtrail_demo::{File, Options, generate};
use podtrail_ingest::lake::{Bounds, Compaction, Vacuum};
use podtrail_query::{Engine, Store};
use podtrail_tests::{Estate, clock, podtrail};
use serde_json::{Value, json};

use crate::order::answers;

/// The demo's records, and its inventory files.
struct Demo {
    records: Vec<Value>,
    inventory: Vec<String>,
    _folder: tempfile::TempDir,
}

impl Demo {
    fn of(events: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (mut records, mut inventory) = (Vec::new(), Vec::new());
        let options = Options {
            events,
            ..Options::default()
        };
        generate(&options, &mut |file: File| -> std::io::Result<()> {
            if file.path.starts_with("inventory/") {
                let path = folder.path().join(file.path.replace('/', "-"));
                std::fs::write(&path, &file.bytes)?;
                inventory.push(path.display().to_string());
            } else if file.path.starts_with("trail/") && file.path.ends_with(".gz") {
                let mut text = String::new();
                // Some of its files are broken on purpose.
                let _ = flate2::read::MultiGzDecoder::new(file.bytes.as_slice()).read_to_string(&mut text);
                if let Ok(mut parsed) = serde_json::from_str::<Value>(&text) {
                    records.append(parsed["Records"].as_array_mut().unwrap());
                }
            }
            Ok(())
        })
        .unwrap();
        inventory.sort();
        records.retain(|record| record["eventTime"].is_string());
        Self {
            records,
            inventory,
            _folder: folder,
        }
    }

    /// The days of the records, as in `2026-10-01`.
    fn days(&self) -> BTreeSet<&str> {
        self.records.iter().map(day).collect()
    }

    /// A lake with some of the records, in small commits, and the inventory.
    async fn estate(&self, records: &[&Value]) -> Estate {
        let estate = Estate::empty().await;
        let files: Vec<PathBuf> = records
            .chunks(400)
            .enumerate()
            .map(|(nth, part)| {
                let path = estate.data.path().join(format!("part-{nth}.json"));
                std::fs::write(&path, json!({"Records": part}).to_string()).unwrap();
                path
            })
            .collect();
        let small = Bounds {
            rows: 400,
            ..Bounds::default()
        };
        // A run over all of them may gather several into one commit.
        for path in &files {
            estate.ingest_with(&[path.as_path()], small).await;
        }
        let objects = podtrail::cli::read_inventory(&estate.engine, &self.inventory, None)
            .await
            .unwrap();
        estate.engine.import_inventory(&objects).await.unwrap();
        estate
    }
}

fn day(record: &Value) -> &str {
    &record["eventTime"].as_str().unwrap()[..10]
}

/// The whole lake, whatever derived it before.
async fn derived_anew(estate: &Estate) -> Vec<(&'static str, Vec<Value>)> {
    let lake = estate.engine.lake().clone();
    for name in lake.table_names().await.unwrap() {
        if name != "events" && name != "rejects" {
            std::fs::remove_dir_all(estate.data.path().join("lake").join(name)).unwrap();
        }
    }
    let database = estate.data.path().join("podtrail.db");
    let store = Store::open(database.to_str().unwrap()).await.unwrap();
    let engine = Arc::new(Engine::new(lake, store, clock));
    let data = tempfile::tempdir().unwrap();
    answers(&Estate { data, engine }).await
}

fn assert_same(before: &[(&str, Vec<Value>)], after: &[(&str, Vec<Value>)], when: &str) {
    for ((name, before), (_, after)) in before.iter().zip(after) {
        assert!(!before.is_empty(), "{name}");
        assert_eq!(before.len(), after.len(), "{name} {when}");
        for (before, after) in before.iter().zip(after) {
            assert_eq!(before, after, "{name} {when}");
        }
    }
}

#[tokio::test]
async fn compaction_changes_no_answer_and_derives_nothing_anew() {
    let demo = Demo::of(1_000);
    let all: Vec<&Value> = demo.records.iter().collect();
    let estate = demo.estate(&all).await;
    let before = answers(&estate).await;
    let status = estate.engine.status().await.unwrap().lake;
    let done = estate.engine.lake().compact(&Compaction::new(clock())).await.unwrap();
    assert!(done[0].merged > done[0].written && done[0].written > 1, "{done:?}");
    let compacted = estate.engine.status().await.unwrap().lake;
    assert_eq!(compacted.events, status.events);
    assert_eq!(compacted.files, demo.days().len() as u64, "one file for each day");
    assert_eq!(
        (compacted.first_event, compacted.last_event),
        (status.first_event, status.last_event)
    );

    assert_same(&before, &answers(&estate).await, "after compaction");
    let derived = estate.engine.status().await.unwrap().lake.derived_version;
    assert_eq!(derived, status.derived_version, "nothing was derived anew");
    assert_same(
        &before,
        &derived_anew(&estate).await,
        "derived from the compacted files",
    );

    let again = estate.engine.lake().compact(&Compaction::new(clock())).await.unwrap();
    assert_eq!(again[0].merged, 0, "a second run does nothing");
    let known = estate.ingest_text(&json!({"Records": all}).to_string()).await;
    assert_eq!(known.total().stored, 0, "every event is known in the compacted files");
}

#[tokio::test]
async fn compaction_beside_an_ingest_loses_and_doubles_nothing() {
    let demo = Demo::of(600);
    let estate = demo.estate(&demo.records.iter().take(300).collect::<Vec<_>>()).await;
    let file = estate.data.path().join("all.json");
    std::fs::write(&file, json!({"Records": demo.records}).to_string()).unwrap();
    let small = Bounds {
        rows: 20,
        cached_keys: 100,
        ..Bounds::default()
    };
    let compacting = async {
        let mut merged = 0;
        for _ in 0..12 {
            for done in estate.engine.lake().compact(&Compaction::new(clock())).await.unwrap() {
                merged += done.merged;
            }
        }
        merged
    };
    let sources = [file.as_path()];
    let (ledger, merged) = futures::join!(estate.ingest_with(&sources, small), compacting);
    assert!(ledger.balances() && merged > 0);
    assert_eq!(ledger.total().read, demo.records.len() as u64);
    let ids: BTreeSet<_> = demo
        .records
        .iter()
        .map(|record| (record["eventID"].to_string(), record["recipientAccountId"].to_string()))
        .collect();
    let stored = estate
        .sql("SELECT count(*) AS n, count(DISTINCT event_id || recipient_account_id) AS ids FROM events")
        .await;
    assert_eq!(stored, [json!({"n": ids.len(), "ids": ids.len()})]);
    assert_eq!(estate.ingest(&sources).await.total().stored, 0);
}

#[tokio::test]
async fn after_retain_all_is_as_if_the_old_days_had_never_been() {
    let demo = Demo::of(1_000);
    let first = demo.days().into_iter().rev().nth(6).unwrap().to_owned();
    let mut timeless = demo.records[0].clone();
    timeless["eventID"] = json!("timeless");
    timeless["eventTime"] = Value::Null;
    let kept: Vec<&Value> = demo
        .records
        .iter()
        .filter(|record| day(record) >= first.as_str())
        .collect();
    let kept: Vec<&Value> = kept.into_iter().chain([&timeless]).collect();
    let all: Vec<&Value> = demo.records.iter().chain([&timeless]).collect();
    assert!(kept.len() * 2 < all.len() * 3 && kept.len() > 100);

    let estate = demo.estate(&all).await;
    let before = answers(&estate).await;
    let midnight = podtrail_event::time::Timestamp::parse(&format!("{first}T00:00:00Z")).unwrap();
    let now = midnight.0 / 1000 + 5 * 86_400_000 + 1;
    let dropped = estate.engine.lake().retain(5, now, false).await.unwrap();
    assert_eq!(dropped.from, first);
    let mut after = answers(&estate).await;
    let (activity, fewer) = (before[0].1.len(), after[0].1.len());
    assert!(
        fewer < activity && dropped.events == (activity - fewer) as u64,
        "{dropped:?}"
    );
    let fresh = demo.estate(&kept).await;
    let mut expected = answers(&fresh).await;
    // Where a record came from is the one thing that differs.
    for (_, rows) in expected.iter_mut().chain(&mut after) {
        for row in rows {
            row.as_object_mut().unwrap().remove("source_file");
        }
    }
    assert_same(&expected, &after, "after retain");
    let lake = estate.engine.lake().events().await.unwrap();
    assert_eq!(lake.horizon().unwrap(), Some(midnight.0));
}

#[test]
fn the_commands_tell_what_they_did() {
    let data = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let ran = podtrail(data.path(), arguments, b"");
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
        let lines = ran
            .stdout
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.collect::<Vec<_>>()
    };
    let record = |id: &str, day: &str| {
        json!({"eventID": id, "eventTime": format!("{day}T10:00:00Z"), "eventSource": "s3.amazonaws.com",
               "eventName": "GetObject", "recipientAccountId": "111122223333"})
        .to_string()
    };
    for (id, day) in [("a", "2020-01-01"), ("b", "2020-01-01"), ("c", "2100-01-01")] {
        let ran = podtrail(data.path(), &["ingest", "-"], record(id, day).as_bytes());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    // A writer was killed over these, one long ago.
    let events = data.path().join("lake/events/event_date=2020-01-01");
    for (name, age) in [("part-old.zstd.parquet", 48), ("part-new.zstd.parquet", 2)] {
        let file = std::fs::File::create(events.join(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age * 3600))
            .unwrap();
    }
    let rows = run(&["compact"]);
    assert_eq!(
        (
            &rows[0]["table"],
            &rows[0]["merged"],
            &rows[0]["into"],
            &rows[0]["removed"]
        ),
        (&json!("events"), &json!(2), &json!(1), &json!(0)),
        "younger than seven days: {rows:?}"
    );
    let rows = run(&["compact", "--vacuum-older-than", "0"]);
    assert_eq!(
        (&rows[0]["merged"], &rows[0]["removed"]),
        (&json!(0), &json!(3)),
        "{rows:?}"
    );
    assert!(
        events.join("part-new.zstd.parquet").exists(),
        "a writer may be at work on it"
    );
    assert_eq!(run(&["sql", "SELECT count(*) AS n FROM events"]), [json!({"n": 3})]);

    let planned = run(&["retain", "--days", "30", "--dry-run"]);
    assert_eq!((&planned[0]["days"], &planned[0]["events"]), (&json!(1), &json!(2)));
    assert_eq!(run(&["sql", "SELECT count(*) AS n FROM events"]), [json!({"n": 3})]);
    let dropped = run(&["retain", "--days", "30", "--vacuum-older-than", "0"]);
    assert_eq!(dropped[0]["first_day"], planned[0]["first_day"]);
    assert!(dropped[0]["removed"].as_u64() >= Some(1), "{dropped:?}");
    assert_eq!(run(&["sql", "SELECT event_id FROM events"]), [json!({"event_id": "c"})]);
    assert_eq!(podtrail(data.path(), &["retain", "--days", "0"], b"").code, 2);
}

#[tokio::test]
async fn vacuum_leaves_every_table_readable() {
    let demo = Demo::of(900);
    let all: Vec<&Value> = demo.records.iter().collect();
    let estate = demo.estate(&all).await;
    let before = answers(&estate).await;
    let lake = estate.engine.lake();
    lake.compact(&Compaction::new(clock())).await.unwrap();
    let year = 365 * 86_400_000;
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap()
        .as_millis();
    let vacuum = Vacuum {
        older_than: Duration::ZERO,
        now: i64::try_from(now).unwrap() + year,
    };
    let removed: u64 = lake
        .vacuum(&vacuum)
        .await
        .unwrap()
        .iter()
        .map(|table| table.files)
        .sum();
    assert!(removed > 3, "{removed}");
    assert_same(&before, &answers(&estate).await, "after vacuum");
}
