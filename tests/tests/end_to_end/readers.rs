//! The lake as readers that are not ours see it: `deltalake`, DuckDB and Polars of PyPI, each with its own code.

use std::path::Path;
use std::process::Command;

use podtrail_demo::{File, Options, generate};
use podtrail_tests::{Estate, python};
use serde_json::{Map, Value, json};

/// The demo's trail, ingested account by account and then once more whole, so that the log has several commits and
/// days several files.
async fn ingested() -> Estate {
    let estate = Estate::empty().await;
    let folder = estate.data.path().join("demo");
    let options = Options {
        events: 3_000,
        ..Options::default()
    };
    generate(&options, &mut |file: File| {
        let path = folder.join(&file.path);
        std::fs::create_dir_all(path.parent().unwrap())?;
        std::fs::write(path, &file.bytes)
    })
    .unwrap();
    let trail = folder.join("trail/AWSLogs");
    let mut accounts: Vec<_> = std::fs::read_dir(&trail)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    accounts.sort();
    assert!(accounts.len() > 1, "{accounts:?}");
    for account in &accounts {
        estate.ingest(&[account]).await;
    }
    let again = estate.ingest(&[&trail]).await;
    assert_eq!(again.total().stored, 0);
    estate
}

/// What `count.py` says of the lake.
fn counted(python: &Path, lake: &Path) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("readers/count.py");
    let output = Command::new(python).arg(script).arg(lake).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The same by our own engine.
async fn ours(estate: &Estate) -> Value {
    let sum = "SELECT count(*) AS rows, count(DISTINCT event_id) AS ids, CAST(min(event_time) AS BIGINT) AS first,
                      CAST(max(event_time) AS BIGINT) AS last FROM events";
    let mut seen = estate.sql(sum).await.remove(0);
    let days = "SELECT CAST(CAST(event_time AS DATE) AS VARCHAR) AS day, count(*) AS rows FROM events GROUP BY 1";
    let days: Map<String, Value> = estate
        .sql(days)
        .await
        .into_iter()
        .map(|row| (row["day"].as_str().unwrap_or("null").to_owned(), row["rows"].clone()))
        .collect();
    seen["days"] = Value::Object(days);
    seen
}

#[tokio::test]
async fn other_readers_see_the_same_events_and_the_same_tables() {
    let Some(python) = python() else { return };
    let estate = ingested().await;
    let expected = ours(&estate).await;
    assert!(expected["rows"].as_u64().unwrap() > 2_000 && expected["days"].as_object().unwrap().len() > 10);
    let seen = counted(&python, &estate.data.path().join("lake"));
    for reader in ["deltalake", "duckdb", "polars"] {
        assert_eq!(seen["readers"][reader], expected, "{reader}");
    }
    let tables = seen["tables"].as_object().unwrap();
    assert!(tables.len() > 2 && tables["events"] == expected["rows"], "{tables:?}");
    for (table, rows) in tables {
        let own = estate.sql(&format!("SELECT count(*) AS rows FROM lake.{table}")).await;
        assert_eq!(own, [json!({"rows": rows})], "{table}");
    }
}
