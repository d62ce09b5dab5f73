//! Files that nobody needs, and files that somebody may.

use std::time::Duration;

use object_store::ObjectStoreExt;

use super::*;
use crate::lake::{Vacuum, Vacuumed};

const HOUR: i64 = 3_600_000;

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.unwrap().as_millis()).unwrap()
}

/// Removes what left its table `hours` ago, when `later` hours have passed.
async fn vacuum(lake: &Lake, hours: u64, later: i64) -> u64 {
    let vacuum = Vacuum {
        older_than: Duration::from_secs(hours * 3600),
        now: now() + later * HOUR,
    };
    let done: Vec<Vacuumed> = lake.vacuum(&vacuum).await.unwrap();
    done.iter().map(|table| table.files).sum()
}

/// A table with one file that is there, one that a commit replaced, and one that no commit took up.
async fn three_files() -> Lake {
    let (lake, _) = lake();
    let mut table = lake.table("derived", &narrow(), None).await.unwrap();
    for id in ["old", "new"] {
        table.replace(&rows(&[(None, id)]), now(), &[]).await.unwrap();
    }
    table
        .write_file(&rows(&[(None, "killed")]), None, None, now())
        .await
        .unwrap();
    lake
}

#[tokio::test]
async fn only_what_is_old_enough_goes_and_never_what_is_read() {
    // Bound and age in hours, and how many of the three files go: the replaced one by the bound, the one that no
    // commit took up by the bound too, but never before a day.
    let cases = [
        (168, 1, 0),
        (168, 167, 0),
        (168, 169, 2),
        (1, 2, 1),
        (0, 1, 1),
        (0, 23, 1),
        (0, 25, 2),
        (24 * 30, 24 * 29, 0),
        (24 * 30, 24 * 31, 2),
    ];
    for (bound, later, gone) in cases {
        let lake = three_files().await;
        assert_eq!(vacuum(&lake, bound, later).await, gone, "{bound} h, after {later} h");
        assert_eq!(vacuum(&lake, bound, later).await, 0, "nothing the second time");
        let table = lake.existing_table("derived").await.unwrap().unwrap();
        for file in table.files().await.unwrap() {
            table.store().head(&file.path).await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_log_and_what_others_put_there_stay() {
    let lake = three_files().await;
    let table = lake.existing_table("derived").await.unwrap().unwrap();
    for path in ["notes.txt", "_delta_log/_sidecars/a.parquet"] {
        table.store().put(&Path::from(path), "kept".into()).await.unwrap();
    }
    assert_eq!(vacuum(&lake, 0, 24 * 400).await, 2);
    for path in ["notes.txt", "_delta_log/_sidecars/a.parquet"] {
        table.store().head(&Path::from(path)).await.unwrap();
    }
}

#[tokio::test]
async fn half_written_files_of_a_local_folder_go_after_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path().to_str().unwrap()).await.unwrap();
    let mut table = lake.table("derived", &narrow(), None).await.unwrap();
    table.replace(&rows(&[(None, "a")]), now(), &[]).await.unwrap();
    for name in ["part-1.zstd.parquet#1", "_delta_log/00000000000000000002.json#12"] {
        std::fs::write(folder.path().join("derived").join(name), "half").unwrap();
    }
    std::fs::write(folder.path().join("derived/issue #x"), "whole").unwrap();
    assert_eq!(vacuum(&lake, 168, 24).await, 0);
    assert_eq!(vacuum(&lake, 0, 25).await, 2);
    assert!(folder.path().join("derived/issue #x").exists());
    assert_eq!(lake.table_names().await.unwrap(), ["derived"]);
}
