//! The ledger against logs of `events` that the tests write themselves.

use podtrail_ingest::lake::{Lake, schema};
use tempfile::TempDir;

use super::*;
use crate::Store;

fn counts(read: u64, stored: u64, duplicate: u64, rejected: u64) -> Value {
    json!({"read": read, "stored": stored, "duplicate": duplicate, "rejected": rejected, "conflict": 0})
}

fn file(source: &str, file: &str, counts: &Value) -> Value {
    let mut value = counts.clone();
    value["source"] = source.into();
    value["file"] = file.into();
    value
}

fn entry(tags: &[(&str, Value)]) -> LogEntry {
    LogEntry {
        version: 7,
        time: Some(1_000_000),
        tags: tags
            .iter()
            .map(|(name, value)| (format!("podtrail.{name}"), value.clone()))
            .collect(),
    }
}

/// Source, file and what was read of each row.
fn told(rows: &[Row]) -> Vec<(&str, Option<&str>, u64)> {
    let told = rows
        .iter()
        .map(|row| (row.source.as_str(), row.file.as_deref(), row.counts.read));
    told.collect()
}

#[test]
fn a_commit_tells_each_file_and_what_no_file_tells() {
    let both = json!({"a": counts(5, 5, 0, 0), "b": counts(2, 0, 2, 0)});
    let cases = [
        (
            "an old commit",
            vec![("ledger", both.clone())],
            vec![("a", None, 5), ("b", None, 2)],
        ),
        (
            "every file",
            vec![
                ("ledger", both.clone()),
                (
                    "files",
                    json!([
                        file("b", "b1", &counts(2, 0, 2, 0)),
                        file("a", "a2", &counts(1, 1, 0, 0)),
                        file("a", "a1", &counts(4, 4, 0, 0)),
                    ]),
                ),
            ],
            vec![("a", Some("a1"), 4), ("a", Some("a2"), 1), ("b", Some("b1"), 2)],
        ),
        (
            "some files",
            vec![
                ("ledger", both.clone()),
                ("files", json!([file("a", "a1", &counts(4, 4, 0, 0))])),
            ],
            vec![("a", None, 1), ("a", Some("a1"), 4), ("b", None, 2)],
        ),
        (
            "files that tell more than their source",
            vec![
                ("ledger", both),
                ("files", json!([file("a", "a1", &counts(6, 6, 0, 0))])),
            ],
            vec![("a", None, 5), ("b", None, 2)],
        ),
        ("a commit that did not ingest", vec![("batch", json!("x"))], vec![]),
        (
            "tags of another shape",
            vec![("ledger", json!([1])), ("files", json!("?")), ("newest", json!(3))],
            vec![],
        ),
    ];
    for (situation, tags, expected) in cases {
        assert_eq!(told(&rows_of(entry(&tags))), expected, "{situation}");
    }
}

#[test]
fn a_row_carries_its_run_batch_time_and_newest_event() {
    let rows = rows_of(entry(&[
        ("ledger", json!({"a": counts(1, 1, 0, 0), "b": counts(1, 1, 0, 0)})),
        ("run", json!("run-1")),
        ("newest", json!({"a": 2_000_000})),
    ]));
    assert_eq!((rows[0].run.as_deref(), rows[0].batch), (Some("run-1"), 7));
    assert_eq!(rows[0].committed_at, Some(Timestamp(1_000_000)));
    assert_eq!(rows[0].newest_event_time, Some(Timestamp(2_000_000)));
    assert_eq!(
        rows[1].newest_event_time, None,
        "an old commit, or events without a time"
    );
}

#[test]
fn a_file_carries_its_own_newest_event_and_an_old_commit_that_of_its_source() {
    let newest = |file: Value, newest: i64| {
        let mut file = file;
        file["newest"] = newest.into();
        file
    };
    let a1 = file("a", "a1", &counts(1, 1, 0, 0));
    let a2 = file("a", "a2", &counts(1, 1, 0, 0));
    let cases = [
        (
            "each file tells",
            json!([newest(a1.clone(), 1), newest(a2.clone(), 2)]),
            vec![(Some("a1"), Some(1)), (Some("a2"), Some(2))],
        ),
        (
            "no file tells",
            json!([a1.clone(), a2.clone()]),
            vec![(None, Some(2)), (Some("a1"), None), (Some("a2"), None)],
        ),
        (
            "the newest does not tell",
            json!([newest(a1, 1), a2]),
            vec![(None, Some(2)), (Some("a1"), Some(1)), (Some("a2"), None)],
        ),
    ];
    for (situation, files, expected) in cases {
        let rows = rows_of(entry(&[
            ("ledger", json!({"a": counts(2, 2, 0, 0)})),
            ("files", files),
            ("newest", json!({"a": 2})),
        ]));
        let told: Vec<_> = rows
            .iter()
            .map(|row| (row.file.as_deref(), row.newest_event_time.map(|time| time.0)))
            .collect();
        assert_eq!(told, expected, "{situation}");
        assert_eq!(rows.iter().map(|row| row.counts.read).sum::<u64>(), 2, "{situation}");
    }
}

fn sized(rows: &[u64]) -> Vec<DataFile> {
    let file = |(number, rows): (usize, &u64)| DataFile {
        path: format!("{number}").into(),
        log_path: format!("{number}"),
        size: 1,
        rows: Some(*rows),
        time_column: None,
        null_times: None,
        times: None,
    };
    rows.iter().enumerate().map(file).collect()
}

#[test]
fn files_stay_few_and_rows_are_written_seldom() {
    let (mut files, mut written) = (Vec::new(), 0);
    for _ in 0..10_000 {
        let taken = taken_up(sized(&files), 1, FULL);
        let rows: u64 = 1 + taken.iter().filter_map(|file| file.rows).sum::<u64>();
        files.sort_unstable();
        files.drain(..taken.len());
        files.push(rows);
        written += rows;
        assert!(files.len() <= 14, "{files:?}");
    }
    assert_eq!(files.iter().sum::<u64>(), 10_000);
    assert!(written < 10_000 * 14, "{written}");
    assert!(
        taken_up(sized(&[FULL, FULL - 1]), 1_000_000, FULL).len() == 1,
        "a full file stays"
    );
    assert!(taken_up(sized(&[5]), 0, FULL).is_empty());
}

/// A lake and its database in a folder.
async fn engine(folder: &TempDir) -> Engine {
    let lake = Lake::open(folder.path().join("lake").to_str().unwrap()).await.unwrap();
    let store = Store::open(folder.path().join("podtrail.db").to_str().unwrap())
        .await
        .unwrap();
    Engine::new(lake, store, || 0)
}

/// Commits to `events` without events, as an ingest that read one record of source `a` would.
async fn commit(engine: &Engine, file_name: &str) {
    let mut events = engine.lake().events().await.unwrap();
    let empty = RecordBatch::new_empty(schema::events());
    let tags = [
        ("ledger", json!({"a": counts(1, 0, 1, 0)})),
        ("files", json!([file("a", file_name, &counts(1, 0, 1, 0))])),
    ];
    while events.exchange(&[], &empty, 0, &tags).await.unwrap() == Commit::Conflict {}
}

/// The files of the ledger's rows, in order of their commits.
async fn files_told(engine: &Engine) -> Vec<String> {
    #[derive(Deserialize)]
    struct Told {
        file: String,
    }
    let context = engine.ledger_session().await.unwrap();
    let sql = "SELECT file FROM lake.ledger ORDER BY batch";
    let told: Vec<Told> = Engine::rows(&context, NAME, sql, Vec::new()).await.unwrap();
    told.into_iter().map(|row| row.file).collect()
}

fn numbered(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("f{number}")).collect()
}

#[tokio::test]
async fn it_goes_on_from_where_it_stood_and_its_files_stay_few() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(&folder).await;
    assert!(files_told(&engine).await.is_empty());
    for number in 0..20 {
        commit(&engine, &format!("f{number}")).await;
        assert_eq!(files_told(&engine).await, numbered(number + 1));
    }
    let ledger = engine.lake().existing_table(NAME).await.unwrap().unwrap();
    assert!(ledger.files().await.unwrap().len() <= 5);
    let version = ledger.version();
    engine.update_ledger().await.unwrap();
    let ledger = engine.lake().existing_table(NAME).await.unwrap().unwrap();
    assert_eq!(ledger.version(), version, "nothing to do commits nothing");
}

#[tokio::test]
async fn several_at_once_append_no_commit_twice() {
    let folder = tempfile::tempdir().unwrap();
    let first = engine(&folder).await;
    let (second, third) = (engine(&folder).await, engine(&folder).await);
    for round in 0..10 {
        for number in 0..3 {
            commit(&first, &format!("f{}", 3 * round + number)).await;
        }
        let (a, b, c) = futures::join!(first.update_ledger(), second.update_ledger(), third.update_ledger());
        a.and(b).and(c).unwrap();
        let told = files_told(&second).await;
        assert_eq!(told, numbered(3 * (round + 1)));
    }
}

#[tokio::test]
async fn a_lost_ledger_and_another_table_of_events_are_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let before = engine(&folder).await;
    for number in 0..3 {
        commit(&before, &format!("f{number}")).await;
    }
    assert_eq!(files_told(&before).await, numbered(3));
    drop(before);

    std::fs::remove_dir_all(folder.path().join("lake/ledger")).unwrap();
    let lost = engine(&folder).await;
    assert_eq!(files_told(&lost).await, numbered(3));
    drop(lost);

    std::fs::remove_dir_all(folder.path().join("lake/events")).unwrap();
    let other = engine(&folder).await;
    for name in ["g0", "g1", "g2", "g3"] {
        commit(&other, name).await;
    }
    assert_eq!(files_told(&other).await, ["g0", "g1", "g2", "g3"]);
}

#[tokio::test]
async fn status_adds_up_what_the_ledger_holds() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(&folder).await;
    let mut events = engine.lake().events().await.unwrap();
    let empty = RecordBatch::new_empty(schema::events());
    let old = [("ledger", json!({"a": counts(3, 2, 1, 0), "b": counts(1, 0, 0, 1)}))];
    events.exchange(&[], &empty, 0, &old).await.unwrap();
    let new = [
        ("ledger", json!({"a": counts(2, 2, 0, 0)})),
        (
            "files",
            json!([
                file("a", "a1", &counts(1, 1, 0, 0)),
                file("a", "a2", &counts(1, 1, 0, 0))
            ]),
        ),
        ("newest", json!({"a": -60_000_000})),
    ];
    events.exchange(&[], &empty, 0, &new).await.unwrap();

    let status = engine.status().await.unwrap();
    let (a, b) = (&status.sources[0], &status.sources[1]);
    assert_eq!((a.read, a.stored, a.duplicate, a.rejected), (5, 4, 1, 0));
    assert_eq!(
        (a.last_event, a.lag_seconds),
        (Some(Timestamp(-60_000_000)), Some(60)),
        "the clock stands at 0"
    );
    assert_eq!((b.read, b.rejected, b.lag_seconds), (1, 1, None));
    assert!(a.last_run > b.last_run);
}
