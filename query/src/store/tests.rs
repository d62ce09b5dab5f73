//! What is SQLite's own, and what needs a look inside; what holds for every kind of database is in the end-to-end
//! tests.

use sqlx::Row;
use tempfile::TempDir;

use super::*;

fn place(folder: &TempDir) -> String {
    folder
        .path()
        .join("new folder/podtrail.db")
        .to_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_file_is_shared_by_a_write_ahead_log_on_every_connection() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&place(&folder)).await.unwrap();
    let mut connections = Vec::new();
    for _ in 0..4 {
        let mut connection = store.pool.acquire().await.unwrap();
        for (pragma, expected) in [("PRAGMA journal_mode", "wal"), ("PRAGMA busy_timeout", "30000")] {
            let row = sqlx::query(pragma).fetch_one(&mut *connection).await.unwrap();
            let value = row
                .try_get::<String, _>(0)
                .or_else(|_| row.try_get::<i64, _>(0).map(|n| n.to_string()));
            assert_eq!(value.unwrap(), expected, "{pragma}");
        }
        connections.push(connection);
    }
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&place(&folder)).await.unwrap();
    let add = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
               VALUES (9999, 'later', TRUE, x'00', 0)";
    store.pool.execute(add).await.unwrap();
    let error = Store::open(&place(&folder)).await.unwrap_err().to_string();
    assert!(
        error.contains("newer version") && error.contains("podtrail.db"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(
        &file,
        "not a database, but long enough to be read as the header of one".repeat(20),
    )
    .unwrap();
    let error = Store::open(file.to_str().unwrap()).await.unwrap_err();
    assert!(matches!(&error, QueryError::Database { .. }), "{error:?}");
    assert!(error.to_string().contains("notes.txt"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_older_file_is_brought_up_to_date_once_by_whoever_is_first() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..5 {
        let store = Store::open(&place(&folder)).await.unwrap();
        for statement in [
            "DROP TABLE sources",
            "DROP TABLE read_objects",
            "DROP TABLE inventory_version",
            "DELETE FROM _sqlx_migrations WHERE version > 1",
        ] {
            store.pool.execute(statement).await.unwrap();
        }
        let place = place(&folder);
        let opens = (0..6).map(|_| {
            let place = place.clone();
            tokio::spawn(async move { Store::open(&place).await })
        });
        for opened in futures::future::join_all(opens).await {
            opened.unwrap().unwrap().source_states().await.unwrap();
        }
    }
}
