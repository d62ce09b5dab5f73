//! Order never matters: any order, split or repetition of the input gives the same answers.

use podtrail_demo::{File, Options, generate};
use podtrail_ingest::lake::Bounds;
use podtrail_tests::Estate;
use serde_json::Value;

/// Everything derived, in one text, but for what may tell of the order of arrival.
pub(super) async fn answers(estate: &Estate) -> Vec<(&'static str, Vec<Value>)> {
    let questions = [
        (
            "activity",
            "SELECT * FROM activity ORDER BY event_id, recipient_account_id",
        ),
        ("sessions", "SELECT * FROM sessions ORDER BY session_id"),
        (
            "usage",
            "SELECT * FROM lake.usage ORDER BY role_arn, action, resource, conditions, outcome, day, namespace, service_account, cluster, cluster_arn, mechanism",
        ),
        (
            "permissions",
            "SELECT * FROM permissions ORDER BY cluster, namespace, service_account, role_arn, action",
        ),
        (
            "daily",
            "SELECT * FROM lake.daily_calls ORDER BY day, role_arn, namespace, service_account, method, outcome, mechanism, cluster, workload_class",
        ),
    ];
    let mut all = Vec::new();
    for (name, sql) in questions {
        all.push((name, estate.sql(sql).await));
    }
    all
}

/// A small generator of permutations: the same seed, the same order.
fn shuffle<T>(items: &mut [T], mut seed: u64) {
    for last in (1..items.len()).rev() {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        items.swap(last, (seed >> 33) as usize % (last + 1));
    }
}

#[tokio::test]
async fn order_split_and_repetition_change_no_answer() {
    let mut trail = Vec::new();
    let mut inventory = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    generate(
        &Options {
            events: 1_500,
            ..Options::default()
        },
        &mut |file: File| -> std::io::Result<()> {
            let path = folder.path().join(&file.path);
            std::fs::create_dir_all(path.parent().unwrap())?;
            std::fs::write(&path, &file.bytes)?;
            if file.path.starts_with("trail/") {
                trail.push(path);
            } else if file.path.starts_with("inventory/") {
                inventory.push(path.display().to_string());
            }
            Ok(())
        },
    )
    .unwrap();
    let mut expected = None;
    for seed in 0..4 {
        let estate = Estate::empty().await;
        let mut order = trail.clone();
        if seed > 0 {
            shuffle(&mut order, seed);
        }
        let parts = order.len().div_ceil(1 + usize::try_from(seed).unwrap());
        for (nth, part) in order.chunks(parts).enumerate() {
            let mut paths: Vec<_> = part.iter().map(|path| path.as_path()).collect();
            // Some files come twice, and commits are cut small.
            paths.extend(order.iter().take(nth).map(|path| path.as_path()));
            estate
                .ingest_with(
                    &paths,
                    Bounds {
                        rows: if seed == 0 { 250_000 } else { 400 },
                        ..Bounds::default()
                    },
                )
                .await;
            if nth == 0 {
                // Answers asked for in between must not stick.
                estate.sql("SELECT count(*) FROM activity").await;
            }
            if nth == 0 || parts == order.len() {
                let objects = podtrail::cli::read_inventory(&estate.engine, &inventory, None)
                    .await
                    .unwrap();
                estate.engine.import_inventory(&objects).await.unwrap();
            }
        }
        let found = answers(&estate).await;
        match &expected {
            None => expected = Some(found),
            Some(expected) => {
                for ((name, before), (_, now)) in expected.iter().zip(&found) {
                    assert_eq!(before.len(), now.len(), "{name}, order {seed}");
                    for (before, now) in before.iter().zip(now) {
                        assert_eq!(before, now, "{name}, order {seed}");
                    }
                }
            }
        }
    }
}
