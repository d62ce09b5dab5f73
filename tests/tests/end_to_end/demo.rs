//! The demo estate: every attribution and every recommendation held against the truth it was made from.

use std::collections::{BTreeMap, HashMap};

use podtrail_demo::{EventTruth, File, Mechanism, Options, Truth, generate};
use podtrail_ingest::ledger::Counts;
use podtrail_tests::Estate;
use serde_json::Value;
use tokio::sync::OnceCell;

/// The estate is made and ingested once for all tests here.
static DEMO: OnceCell<(Estate, Truth, Vec<EventTruth>)> = OnceCell::const_new();

pub(crate) async fn demo() -> &'static (Estate, Truth, Vec<EventTruth>) {
    DEMO.get_or_init(|| async {
        let estate = Estate::empty().await;
        let folder = estate.data.path().join("demo");
        let mut inventory = Vec::new();
        let mut truths = Vec::new();
        let truth = generate(
            &Options {
                events: 8_000,
                ..Options::default()
            },
            &mut |file: File| -> std::io::Result<()> {
                let path = folder.join(&file.path);
                std::fs::create_dir_all(path.parent().unwrap())?;
                if file.path.starts_with("inventory/") {
                    inventory.push(path.display().to_string());
                } else if file.path.starts_with("truth/") {
                    let text = String::from_utf8(file.bytes.clone()).unwrap();
                    truths.extend(
                        text.lines()
                            .map(|line| serde_json::from_str::<EventTruth>(line).unwrap()),
                    );
                }
                std::fs::write(path, &file.bytes)
            },
        )
        .unwrap();
        let ledger = estate.ingest(&[&folder.join("trail")]).await;
        assert!(ledger.balances());
        let expected = Counts {
            read: truth.records + truth.rejects,
            stored: truth.distinct,
            duplicate: truth.duplicates,
            rejected: truth.rejects,
            conflict: ledger.total().conflict,
        };
        assert_eq!(ledger.total(), expected);
        let objects = podtrail::cli::read_inventory(&estate.engine, &inventory, None)
            .await
            .unwrap();
        estate.engine.import_inventory(&objects).await.unwrap();
        (estate, truth, truths)
    })
    .await
}

/// What is compared, and the class that states it.
const FIELDS: [(&str, &str); 10] = [
    ("mechanism", "mechanism"),
    ("cluster", "workload_class"),
    ("cluster_arn", "workload_class"),
    ("namespace", "workload_class"),
    ("service_account", "workload_class"),
    ("pod", "pod_class"),
    ("workload_class", "workload_class"),
    ("pod_class", "pod_class"),
    ("session_id", "session_id"),
    ("counted", "counted"),
];

#[tokio::test]
async fn not_one_attribution_is_wrong() {
    let (estate, _, truths) = demo().await;
    let rows = estate
        .sql(
            "SELECT event_id, recipient_account_id, mechanism, cluster, cluster_arn, namespace, service_account, pod,
                    workload_class, pod_class, session_id, counted, method FROM activity",
        )
        .await;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut by_key: HashMap<(Option<String>, Option<String>), &Value> = HashMap::new();
    for row in &rows {
        by_key.insert((text(&row["event_id"]), text(&row["recipient_account_id"])), row);
    }
    let mut wrong = Vec::new();
    let mut checked = 0;
    for truth in truths {
        let Some(event_id) = &truth.event_id else { continue };
        let Some(row) = by_key.get(&(Some(event_id.clone()), truth.recipient_account_id.clone())) else {
            wrong.push(format!("{event_id}: not in the lake"));
            continue;
        };
        checked += 1;
        let expected = serde_json::to_value(truth).unwrap();
        for (field, class) in FIELDS {
            let (should, is) = (&expected[field], &row[field]);
            // Where the truth states no class, nothing need be found; what is found must be true all the same.
            let unstated = expected[class].is_null() && (field == class || is.is_null());
            // Without a workload, the cluster may be known none the less: the session names its issuer.
            let cluster_only = expected["workload_class"] == "none" && field.starts_with("cluster");
            if should != is && !unstated && !cluster_only {
                wrong.push(format!(
                    "{event_id} {:?}: {field} is {is} but should be {should} ({})",
                    truth.situations, row["method"]
                ));
            }
        }
    }
    assert!(checked > 5_000, "{checked}");
    assert!(
        wrong.is_empty(),
        "{} wrong of {checked}:\n{}",
        wrong.len(),
        wrong.iter().take(60).cloned().collect::<Vec<_>>().join("\n")
    );
}

#[tokio::test]
async fn the_use_of_every_workload_is_the_true_one() {
    let (estate, truth, _) = demo().await;
    let rows = estate
        .sql(
            "SELECT cluster_arn, namespace, service_account, role_arn, action, outcome <> 'denied' AS passed, sum(calls) AS calls
             FROM lake.usage WHERE namespace IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6",
        )
        .await;
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for row in &rows {
        let part = |name: &str| row[name].as_str().unwrap_or_default();
        let key = format!(
            "{} {} {} {} {} {}",
            part("cluster_arn"),
            part("namespace"),
            part("service_account"),
            part("role_arn"),
            part("action"),
            row["passed"]
        );
        seen.insert(key, row["calls"].as_u64().unwrap());
    }
    let mut expected: BTreeMap<String, u64> = BTreeMap::new();
    for workload in &truth.workloads {
        for (passed, roles) in [(true, &workload.used), (false, &workload.denied)] {
            for (role, actions) in roles {
                for (action, use_) in actions {
                    let key = format!(
                        "{} {} {} {role} {action} {passed}",
                        workload.cluster_arn, workload.namespace, workload.service_account
                    );
                    expected.insert(key, use_.calls);
                }
            }
        }
    }
    let wrong: Vec<String> = expected
        .iter()
        .filter(|(key, calls)| seen.get(*key).is_none_or(|seen| seen < *calls))
        .map(|(key, calls)| format!("{key}: {calls} calls, seen {:?}", seen.get(key)))
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        expected.len(),
        wrong.join("\n")
    );
}

#[tokio::test]
async fn every_recommendation_replays_without_a_denied_call() {
    let (estate, truth, _) = demo().await;
    let all = estate.engine.recommendations(None).await.unwrap();
    let seen: Vec<&str> = all.iter().map(|workload| workload.workload.as_str()).collect();
    for workload in &truth.workloads {
        let id = format!(
            "{}/{}/{}",
            workload.cluster, workload.namespace, workload.service_account
        );
        // Pods on their node's role and static keys cannot be told from the log; all others must be there.
        let named = matches!(workload.mechanism, Mechanism::Irsa | Mechanism::PodIdentity);
        assert!(!named || seen.contains(&id.as_str()), "{id} has no recommendation");
    }
    let mut proposals = 0;
    for workload in &all {
        for role in &workload.recommendations {
            proposals += 1;
            let replay = &role.replay;
            assert_eq!(
                replay.denied, 0,
                "{} {}: {:?}",
                workload.workload, role.role_arn, replay.counterexamples
            );
            assert_eq!(
                replay.calls,
                replay.allowed + replay.unknown,
                "{} {}",
                workload.workload,
                role.role_arn
            );
            assert!(
                replay.unknown == 0 || !replay.counterexamples.is_empty(),
                "unknowns are listed"
            );
        }
    }
    assert!(proposals >= 15, "{proposals}");
}

#[tokio::test]
async fn a_second_ingest_of_the_estate_stores_nothing() {
    let (estate, truth, _) = demo().await;
    let again = estate.ingest(&[&estate.data.path().join("demo/trail")]).await;
    assert!(again.balances());
    assert_eq!(again.total().stored, 0);
    assert_eq!(again.total().read, truth.records + truth.rejects);
}
