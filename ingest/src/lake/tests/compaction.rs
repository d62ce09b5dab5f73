//! Small files become few, and nothing else changes.

use arrow::array::{Array, AsArray};
use arrow::datatypes::TimestampMicrosecondType;
use object_store::ObjectStoreExt;

use super::*;
use crate::lake::compact::{Job, compact};
use crate::lake::reader::read_columns;
use crate::lake::table::Placed;
use crate::lake::{Compacted, Compaction};

const ORDER: [&str; 2] = ["event_time", "event_id"];

/// A small generator: the same seed, the same numbers.
fn numbers(mut seed: u64) -> impl FnMut(u64) -> u64 {
    move |below| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    }
}

/// The rows of all files, by file.
async fn stored(table: &Table) -> Vec<Vec<(Option<i64>, String)>> {
    let mut files = Vec::new();
    for file in table.files().await.unwrap() {
        let mut rows = Vec::new();
        for batch in read_columns(table.store(), &file, &ORDER).await.unwrap() {
            let times = batch.column(0).as_primitive::<TimestampMicrosecondType>();
            let ids = batch.column(1).as_string_view();
            rows.extend((0..batch.num_rows()).map(|row| {
                let time = times.is_valid(row).then(|| times.value(row));
                (time, ids.value(row).to_owned())
            }));
        }
        assert_eq!(file.rows, Some(rows.len() as u64), "the log counts right");
        for time in rows.iter().filter_map(|(time, _)| *time) {
            assert!(
                file.may_hold(Some((time, time)), false),
                "the log's span holds every row"
            );
        }
        assert_eq!(
            file.null_times,
            Some(rows.iter().filter(|(time, _)| time.is_none()).count() as u64)
        );
        files.push(rows);
    }
    files
}

/// Adds `files` files of a day, each in order, with times that overlap.
async fn add_files(table: &mut Table, day: Option<i64>, files: u64, rows_each: u64, seed: u64) {
    let mut number = numbers(seed);
    for nth in 0..files {
        let mut batch: Vec<(Option<i64>, String)> = (0..rows_each)
            .map(|row| {
                let time = day.map(|day| day * DAY + i64::try_from(number(5_000)).unwrap() * 1_000_000);
                (time, format!("{:08x}-{nth}-{row}", number(u64::from(u32::MAX))))
            })
            .collect();
        batch.sort();
        let batch: Vec<_> = batch.iter().map(|(time, id)| (*time, id.as_str())).collect();
        append(table, &rows(&batch), 0).await;
    }
}

fn how() -> Compaction {
    Compaction {
        target: 1 << 20,
        ..Compaction::new(0)
    }
}

async fn run(lake: &Lake, how: &Compaction) -> Compacted {
    compact(events(lake).await, &ORDER, "event_id", how).await.unwrap()
}

fn sorted(files: Vec<Vec<(Option<i64>, String)>>) -> Vec<(Option<i64>, String)> {
    let mut rows: Vec<_> = files.into_iter().flatten().collect();
    rows.sort();
    rows
}

#[tokio::test]
async fn files_of_a_day_become_one_in_order_and_no_row_changes() {
    for files in [2, 3, 9] {
        let (lake, _) = lake();
        let mut table = events(&lake).await;
        add_files(&mut table, Some(10), files, 1_500, files).await;
        add_files(&mut table, Some(11), files, 10, files).await;
        add_files(&mut table, None, files, 10, files).await;
        add_files(&mut table, Some(12), 1, 10, files).await;
        let (before, content) = (sorted(stored(&table).await), table.content().await.unwrap());
        let done = run(&lake, &how()).await;
        assert_eq!((done.merged, done.written), (3 * files, 3));
        assert_eq!(done.rows, files * 1_520);
        let table = events(&lake).await;
        let after = stored(&table).await;
        assert_eq!(after.len(), 4);
        for rows in &after {
            assert!(rows.is_sorted(), "in order of time and id, nulls first");
        }
        assert!(before == sorted(after));
        assert_eq!(table.content().await.unwrap(), content, "the content is the same");
        let again = run(&lake, &how()).await;
        assert_eq!((again.merged, again.written), (0, 0));
        assert_eq!(
            events(&lake).await.version(),
            table.version(),
            "a second run does nothing"
        );
    }
}

#[tokio::test]
async fn outputs_end_at_the_target_and_follow_each_other() {
    let (lake, _) = lake();
    let mut table = events(&lake).await;
    add_files(&mut table, Some(10), 24, 1_000, 1).await;
    let content = table.content().await.unwrap();
    let how = Compaction {
        target: 60_000,
        row_group: 1_000,
        ..how()
    };
    let done = run(&lake, &how).await;
    assert!(done.written > 2, "{done:?}");
    let table = events(&lake).await;
    let files = table.files().await.unwrap();
    let small = files.iter().filter(|file| file.size < how.target).count();
    assert!(small <= 1, "all but the last reach the target: {files:?}");
    let mut rows = stored(&table).await;
    rows.sort();
    assert!(rows.concat().is_sorted(), "no two files overlap");
    assert_eq!(table.content().await.unwrap(), content);
    assert_eq!(run(&lake, &how).await.merged, 0);
    // What comes later is merged by itself, and the token of the content goes on.
    let mut table = events(&lake).await;
    add_files(&mut table, Some(10), 2, 100, 2).await;
    let content = table.content().await.unwrap();
    assert!(run(&lake, &how).await.merged >= 2);
    assert_eq!(events(&lake).await.content().await.unwrap(), content);
}

#[tokio::test]
async fn more_files_than_fit_into_memory_are_merged_in_passes() {
    let (lake, store) = lake();
    let mut table = events(&lake).await;
    add_files(&mut table, Some(10), 20, 200, 5).await;
    let before = sorted(stored(&table).await);
    let how = Compaction {
        // Room for two or three of the files at once.
        memory: 3 * 17 * table.files().await.unwrap()[0].size,
        ..how()
    };
    let done = run(&lake, &how).await;
    assert_eq!((done.merged, done.written), (20, 1));
    let table = events(&lake).await;
    assert!(before == stored(&table).await.concat());
    assert_eq!(
        store.data_files().await,
        21,
        "files of the passes are gone, the merged ones stay until vacuum"
    );
}

/// A compaction of a day that has written its files and not committed them.
async fn about_to_commit(lake: &Lake) -> (Job, Vec<Placed>, Vec<Action>) {
    let mut table = events(lake).await;
    add_files(&mut table, Some(10), 3, 500, 3).await;
    let job = Job::new(table, &ORDER, "event_id", &how());
    let (partition, old) = job.small_files().await.unwrap().pop_first().unwrap();
    let new = job.rewrite(&partition, &old).await.unwrap();
    (job, old, new)
}

#[tokio::test]
async fn a_writer_that_commits_meanwhile_costs_no_second_rewrite() {
    let (lake, _) = lake();
    let (mut job, old, new) = about_to_commit(&lake).await;
    let mut writer = events(&lake).await;
    add_files(&mut writer, Some(10), 4, 5, 100).await;
    assert!(job.commit(&old, &new).await.unwrap(), "the same files are committed");
    let table = events(&lake).await;
    assert_eq!(stored(&table).await.len(), 5);
    assert_eq!(sorted(stored(&table).await).len(), 1_520);
}

#[tokio::test]
async fn a_compaction_whose_files_another_took_or_dropped_does_not_commit() {
    for retained in [false, true] {
        let (lake, _) = lake();
        let (mut job, old, new) = about_to_commit(&lake).await;
        if retained {
            lake.retain(1, 100 * 86_400_000, false).await.unwrap();
        } else {
            run(&lake, &how()).await;
        }
        let before = sorted(stored(&events(&lake).await).await);
        assert!(!job.commit(&old, &new).await.unwrap());
        assert!(
            before == sorted(stored(&events(&lake).await).await),
            "no row comes twice or comes back"
        );
    }
}

#[tokio::test]
async fn of_two_compactions_at_once_one_wins_and_the_other_leaves_nothing() {
    let (lake, store) = lake();
    let mut table = events(&lake).await;
    add_files(&mut table, Some(10), 5, 500, 4).await;
    let before = sorted(stored(&table).await);
    let how = how();
    let (one, two) = futures::join!(run(&lake, &how), run(&lake, &how));
    assert_eq!(one.merged + two.merged, 5);
    assert!(before == sorted(stored(&events(&lake).await).await));
    assert_eq!(store.data_files().await, 6);
}

#[tokio::test]
async fn who_still_reads_the_older_version_finds_its_files() {
    let (lake, _) = lake();
    let mut table = events(&lake).await;
    add_files(&mut table, Some(10), 3, 50, 6).await;
    let older = events(&lake).await;
    run(&lake, &how()).await;
    for file in older.files().await.unwrap() {
        older.store().head(&file.path).await.unwrap();
    }
    assert_eq!(stored(&older).await.concat().len(), 150);
}
