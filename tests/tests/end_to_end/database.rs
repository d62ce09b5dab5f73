//! The product database: the same promises on SQLite and PostgreSQL, for several processes at once.

use std::process::Stdio;

use podtrail_analysis::inventory::{ImportHint, Listed, Object, Pod, parse};
use podtrail_event::time::Timestamp;
use podtrail_ingest::checkpoint::{Checkpoints, InMemory, SourceState};
use podtrail_query::Store;
use podtrail_tests::checkpoints::{conform, noted};
use podtrail_tests::postgres::postgres;
use podtrail_tests::{command, podtrail};
use serde_json::Value;
use tempfile::TempDir;

/// An empty database of each kind that is there, by its location.
struct Places {
    _folder: TempDir,
    all: Vec<String>,
}

async fn places() -> Places {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a folder/podtrail.db").to_str().unwrap().to_owned();
    let mut all = vec![format!("sqlite://{file}")];
    if let Some(server) = postgres() {
        all.push(server.database().await);
    }
    Places { _folder: folder, all }
}

#[tokio::test]
async fn memory_keeps_the_promises_of_checkpoints() {
    let memory = InMemory::default();
    conform(&memory, &memory).await;
    assert_eq!(memory.state("noted"), noted());
}

#[tokio::test]
async fn every_database_keeps_the_promises_of_checkpoints() {
    for place in places().await.all {
        let (one, other) = (Store::open(&place).await.unwrap(), Store::open(&place).await.unwrap());
        conform(&one, &other).await;
        let states = other.source_states().await.unwrap();
        let expected = [("noted", noted()), ("only noted", SourceState::default())];
        assert_eq!(
            states,
            expected.map(|(name, state)| (name.to_owned(), state)).into(),
            "{place}"
        );
    }
}

#[tokio::test]
async fn a_text_that_postgresql_cannot_hold_breaks_no_run() {
    for place in places().await.all {
        let store = Store::open(&place).await.unwrap();
        let state = SourceState {
            problem: Some("a NUL \0 in a file".into()),
            ..SourceState::default()
        };
        store.note("s", &state).await.unwrap();
        store.set_cursor("s", "\0").await.unwrap();
        let problem = store.source_states().await.unwrap()["s"].problem.clone();
        assert_eq!(problem.as_deref(), Some("a NUL \u{fffd} in a file"), "{place}");
    }
}

fn inventory() -> Vec<Object> {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/shop-inventory.json");
    let hint = ImportHint {
        cluster: Some("shop-prod".into()),
    };
    parse(&std::fs::read_to_string(fixture).unwrap(), &hint).unwrap()
}

#[tokio::test]
async fn an_inventory_is_kept_once_and_is_the_same_in_every_database() {
    let objects = inventory();
    let mut found = Vec::new();
    for place in places().await.all {
        let store = Store::open(&place).await.unwrap();
        assert_eq!(
            store.import(&objects, Timestamp(20)).await.unwrap(),
            objects.len() as u64,
            "{place}"
        );
        let before = store.inventory().await.unwrap();
        for again in [10, 20, 30] {
            assert_eq!(store.import(&objects, Timestamp(again)).await.unwrap(), 0, "{place}");
        }
        let after = Store::open(&place).await.unwrap().inventory().await.unwrap();
        assert_eq!(after, before, "{place}");
        found.push((after, store.inventory_counts().await.unwrap()));
    }
    assert!(found.iter().all(|one| *one == found[0]));
    assert!(!found[0].1.is_empty());
}

#[tokio::test]
async fn the_newest_observation_counts_in_whatever_order_it_came() {
    let (mut older, mut newer) = (inventory(), inventory());
    older.retain(|object| matches!(object, Object::Role(_)));
    newer.retain(|object| matches!(object, Object::Role(_)));
    for object in &mut newer {
        if let Object::Role(role) = object {
            role.policies.clear();
        }
    }
    for place in places().await.all {
        let store = Store::open(&place).await.unwrap();
        store.import(&newer, Timestamp(20)).await.unwrap();
        store.import(&older, Timestamp(10)).await.unwrap();
        let (inventory, _) = store.inventory().await.unwrap();
        assert!(!inventory.roles.is_empty(), "{place}");
        assert!(inventory.roles.iter().all(|role| role.policies.is_empty()), "{place}");
        store.import(&older, Timestamp(30)).await.unwrap();
        let (inventory, _) = store.inventory().await.unwrap();
        assert!(inventory.roles.iter().any(|role| !role.policies.is_empty()), "{place}");
    }
}

#[tokio::test]
async fn a_complete_list_ends_what_it_misses_in_every_database() {
    let pods = ["a", "b", "c"].map(|name| {
        Object::Pod(Pod {
            cluster: "prod".into(),
            uid: name.into(),
            ..Pod::default()
        })
    });
    let all = [Listed::cluster("pod", "prod")];
    for place in places().await.all {
        let store = Store::open(&place).await.unwrap();
        let ended = async || {
            let pods = store.inventory().await.unwrap().0.pods;
            pods.iter().filter(|pod| pod.ended_at == Some(Timestamp(20))).count()
        };
        store.observe(&pods, &all, Timestamp(10)).await.unwrap();
        let partial = store.observe(&pods[1..], &[], Timestamp(15)).await.unwrap();
        assert_eq!((partial["pod"].ended, ended().await), (0, 0), "{place}: a partial list");
        let kept = store.observe(&pods[1..], &all, Timestamp(20)).await.unwrap();
        let rest = pods.len() as u64 - 1;
        assert_eq!((kept["pod"].unchanged, kept["pod"].ended), (rest, 1), "{place}");
        assert_eq!(ended().await, 1, "{place}");
        let again = store.observe(&pods[1..], &all, Timestamp(30)).await.unwrap();
        assert_eq!((again["pod"].ended, ended().await), (0, 1), "{place}: it ended once");
        let counts = store.inventory_counts().await.unwrap();
        assert_eq!(counts, [("pod".to_owned(), pods.len() as u64)], "{place}");
    }
}

#[tokio::test]
async fn imports_at_once_wait_for_each_other() {
    let (forth, mut back) = (inventory(), inventory());
    back.reverse();
    for place in places().await.all {
        let (one, other) = (Store::open(&place).await.unwrap(), Store::open(&place).await.unwrap());
        let (a, b, c, d) = futures::join!(
            one.import(&forth, Timestamp(1)),
            other.import(&back, Timestamp(2)),
            one.import(&back, Timestamp(3)),
            other.import(&forth, Timestamp(4)),
        );
        let new = a.unwrap() + b.unwrap() + c.unwrap() + d.unwrap();
        assert_eq!(new, forth.len() as u64, "{place}: each object is new once");
    }
}

#[tokio::test]
async fn several_processes_may_be_the_first() {
    for place in places().await.all {
        let data = tempfile::tempdir().unwrap();
        let children: Vec<_> = (0..6)
            .map(|_| {
                let mut child = command(data.path());
                child.args(["--database", &place, "status"]);
                child.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
            })
            .collect();
        for child in children {
            let output = child.wait_with_output().unwrap();
            assert!(
                output.status.success(),
                "{place}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
}

#[tokio::test]
async fn the_command_line_takes_any_database_and_tells_no_password() {
    let Some(server) = postgres() else { return };
    let data = tempfile::tempdir().unwrap();
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures");
    let place = server.database().await;
    let run = |arguments: &[&str]| {
        let ran = podtrail(data.path(), &[&["--database", &place], arguments].concat(), b"");
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
        ran.stdout
    };
    run(&["ingest", &format!("{fixtures}/shop.jsonl")]);
    run(&["inventory", &format!("{fixtures}/shop-inventory.json")]);
    let status: Value = serde_json::from_str(&run(&["status"])).unwrap();
    assert_eq!(status["sources"][0]["read"], 8);
    assert!(!status["inventory"].as_array().unwrap().is_empty());
    assert!(!data.path().join("podtrail.db").exists());

    let nowhere = "postgres://me:hunter2@127.0.0.1:1/podtrail";
    for arguments in [
        &["--database", nowhere, "status"][..],
        &["--database", nowhere, "status", "--help"],
    ] {
        let ran = podtrail(data.path(), arguments, b"");
        let told = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!told.contains("hunter2"), "{told}");
        assert_eq!(ran.code, if arguments.contains(&"--help") { 0 } else { 3 }, "{told}");
    }
    let settings = data.path().join("podtrail.toml");
    std::fs::write(&settings, format!("database = \"{nowhere}\"")).unwrap();
    let config = settings.to_str().unwrap();
    let ran = podtrail(data.path(), &["--config", config, "status", "--help"], b"");
    assert!(ran.code == 0 && !ran.stdout.contains("hunter2"), "{}", ran.stdout);
    let ran = podtrail(data.path(), &["--config", config, "status"], b"");
    assert!(
        ran.code == 3 && ran.stderr.contains("127.0.0.1:1/podtrail"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
}

#[test]
fn what_is_no_database_is_wrong_usage() {
    let data = tempfile::tempdir().unwrap();
    for place in ["mysql://db.example/podtrail", "postgres://db.example/x?sslmod=require"] {
        let ran = podtrail(data.path(), &["--database", place, "status"], b"");
        assert_eq!(ran.code, 2, "{}", ran.stderr);
    }
}
