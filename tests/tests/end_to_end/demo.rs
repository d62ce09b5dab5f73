//! The demo estate: every attribution and every recommendation held against the truth it was made from.

use std::collections::{BTreeMap, HashMap};

use podtrail_analysis::answer::{PolicyKind, RecommendOptions};
use podtrail_demo::{EventTruth, File, FindingTruth, Mechanism, Options, Truth, generate};
use podtrail_iam::lint::{LintKind, lint};
use podtrail_ingest::ledger::Counts;
use podtrail_query::HistorySpan;
use podtrail_tests::Estate;
use serde_json::Value;
use tokio::sync::OnceCell;

/// The estate is made and ingested once for all tests here.
static DEMO: OnceCell<(Estate, Truth, Vec<EventTruth>)> = OnceCell::const_new();

/// The estate, what is true of it, and of each of its events.
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
        let audit = estate.ingest(&[&folder.join("audit")]).await;
        let expected = Counts {
            read: truth.audit.records,
            stored: truth.audit.stored,
            duplicate: truth.audit.records - truth.audit.stored,
            ..Counts::default()
        };
        assert_eq!(audit.total(), expected, "a request is stored once, with its answer");
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

type Key = (Option<String>, Option<String>);

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Every event's attribution, by its key.
async fn attributions(estate: &Estate) -> HashMap<Key, Value> {
    let rows = estate
        .sql(
            "SELECT event_id, recipient_account_id, mechanism, cluster, cluster_arn, namespace, service_account, pod,
                    workload_class, pod_class, session_id, counted, method FROM activity",
        )
        .await;
    let key = |row: &Value| (text(&row["event_id"]), text(&row["recipient_account_id"]));
    rows.into_iter().map(|row| (key(&row), row)).collect()
}

/// The truth of each event that has an id, beside what the product says.
async fn compared(estate: &Estate, truths: &'static [EventTruth]) -> Vec<(&'static EventTruth, Value)> {
    let mut found = attributions(estate).await;
    let with_id = truths.iter().filter(|truth| truth.event_id.is_some());
    with_id
        .map(|truth| {
            let key = (truth.event_id.clone(), truth.recipient_account_id.clone());
            let row = found
                .remove(&key)
                .unwrap_or_else(|| panic!("{key:?} is not in the lake"));
            (truth, row)
        })
        .collect()
}

#[tokio::test]
async fn not_one_attribution_is_wrong() {
    let (estate, _, truths) = demo().await;
    let mut wrong = Vec::new();
    let pairs = compared(estate, truths).await;
    for (truth, row) in &pairs {
        let expected = serde_json::to_value(truth).unwrap();
        for (field, class) in FIELDS {
            let (should, is) = (&expected[field], &row[field]);
            // Where the truth states no class, nothing need be found; what is found must be true all the same.
            let unstated = expected[class].is_null() && (field == class || is.is_null());
            // Without a workload, the cluster may be known none the less: the session names its issuer.
            let cluster_only = expected["workload_class"] == "none" && field.starts_with("cluster");
            if should != is && !unstated && !cluster_only {
                wrong.push(format!(
                    "{} {} {:?}: {field} is {is} but should be {should} ({})",
                    expected["event_id"], truth.variant, truth.situations, row["method"]
                ));
            }
        }
    }
    assert!(pairs.len() > 5_000, "{}", pairs.len());
    assert!(
        wrong.is_empty(),
        "{} wrong of {}:\n{}",
        wrong.len(),
        pairs.len(),
        wrong.iter().take(60).cloned().collect::<Vec<_>>().join("\n")
    );
}

/// Counts of one row of the table.
#[derive(Default)]
struct Reached {
    /// Calls by class of workload and of pod, in the order of [`CLASSES`].
    workload: [u64; 4],
    pod: [u64; 4],
    /// Calls given to somebody else than who made them.
    wrong: u64,
    /// Calls whose class is another than the strongest that the evidence allows.
    other: u64,
}

const CLASSES: [&str; 4] = ["exact", "inferred", "claimed", "none"];

#[tokio::test]
async fn every_variant_reaches_the_strongest_class_that_its_evidence_allows() {
    let (estate, _, truths) = demo().await;
    let mut table: BTreeMap<&str, Reached> = BTreeMap::new();
    for (truth, row) in compared(estate, truths).await {
        let expected = serde_json::to_value(truth).unwrap();
        if expected["workload_class"].is_null() {
            continue;
        }
        let reached = table.entry(&truth.variant).or_default();
        for (counts, field) in [
            (&mut reached.workload, "workload_class"),
            (&mut reached.pod, "pod_class"),
        ] {
            let at = CLASSES.iter().position(|class| row[field] == *class).unwrap();
            counts[at] += 1;
            reached.other += u64::from(row[field] != expected[field]);
        }
        let named = row["service_account"].as_str().map(|account| {
            format!(
                "{}/{}/{account}",
                row["cluster"].as_str().unwrap_or_default(),
                row["namespace"].as_str().unwrap_or_default()
            )
        });
        let stated = truth.service_account.as_deref().map(|account| {
            format!(
                "{}/{}/{account}",
                truth.cluster.as_deref().unwrap_or_default(),
                truth.namespace.as_deref().unwrap_or_default()
            )
        });
        let pod_differs = row["pod"].is_string() && text(&row["pod"]) != truth.pod;
        reached.wrong += u64::from((named.is_some() && named != stated) || pod_differs);
    }
    println!("{}", printed(&table));
    assert!(table.len() >= 40, "{}", table.len());
    let right = |row: &Reached| row.wrong == 0 && row.other == 0;
    assert!(table.values().all(right), "{}", printed(&table));
}

fn printed(table: &BTreeMap<&str, Reached>) -> String {
    let mut lines = vec![format!(
        "{:42} {:>31}   {:>31}   {:>5} {:>5}",
        "variant", "workload: exact inf. clai. none", "pod: exact inf. clai. none", "wrong", "other"
    )];
    for (variant, row) in table {
        let four = |counts: &[u64; 4]| counts.map(|count| format!("{count:>7}")).join(" ");
        lines.push(format!(
            "{variant:42} {}   {}   {:>5} {:>5}",
            four(&row.workload),
            four(&row.pod),
            row.wrong,
            row.other
        ));
    }
    lines.join("\n")
}

#[tokio::test]
async fn every_finding_that_the_estate_was_made_for_is_found() {
    let (estate, truth, _) = demo().await;
    let found = estate
        .sql("SELECT kind, subject, workloads, roles, evidence FROM lake.findings")
        .await;
    let is_found = |expected: &FindingTruth| {
        found.iter().any(|finding| {
            // What it is about is its subject, or among what it names.
            let named = [
                &finding["subject"],
                &finding["workloads"],
                &finding["roles"],
                &finding["evidence"],
            ];
            finding["kind"] == expected.kind.as_str()
                && named.iter().any(|named| named.to_string().contains(&expected.about))
        })
    };
    let missing: Vec<_> = truth.findings.iter().filter(|expected| !is_found(expected)).collect();
    assert!(missing.is_empty(), "not found: {missing:#?}");
}

#[tokio::test]
async fn the_use_of_every_workload_is_the_true_one() {
    let (estate, truth, _) = demo().await;
    let rows = estate
        .sql(
            "SELECT cluster, cluster_arn, namespace, service_account, role_arn, action, outcome <> 'denied' AS passed,
                    sum(calls) AS calls
             FROM lake.usage WHERE namespace IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7",
        )
        .await;
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for row in &rows {
        let part = |name: &str| row[name].as_str().unwrap_or_default();
        let key = format!(
            "{} {} {} {} {} {} {}",
            part("cluster"),
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
                        "{} {} {} {} {role} {action} {passed}",
                        workload.cluster,
                        workload.cluster_arn.as_deref().unwrap_or_default(),
                        workload.namespace,
                        workload.service_account
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
    let all = estate
        .engine
        .recommendations(None, HistorySpan::default(), &RecommendOptions::default())
        .await
        .unwrap();
    let seen: Vec<&str> = all.iter().map(|workload| workload.workload.as_str()).collect();
    for workload in &truth.workloads {
        let of = |cluster: &str| format!("{cluster}/{}/{}", workload.namespace, workload.service_account);
        // Where two clusters share a name, the ARN stands for it.
        let ids = [
            of(&workload.cluster),
            of(workload.cluster_arn.as_deref().unwrap_or_default()),
        ];
        // Pods on their node's role and static keys cannot be told from the log; all others must be there.
        let named = matches!(workload.mechanism, Mechanism::Irsa | Mechanism::PodIdentity) && workload.calls > 0;
        assert!(
            !named || ids.iter().any(|id| seen.contains(&id.as_str())),
            "{ids:?} has no recommendation"
        );
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

/// Whatever the knobs, nothing that worked is denied, and nothing that is proposed has a lint.
#[tokio::test]
async fn every_form_of_a_recommendation_holds_and_has_no_lint() {
    let (estate, ..) = demo().await;
    let mut forms = Vec::new();
    for attach in [PolicyKind::Managed, PolicyKind::Inline, PolicyKind::Association] {
        for knobs in [false, true] {
            forms.push(RecommendOptions {
                attach,
                abac: knobs,
                source_vpce: knobs,
                never_remove: if knobs { vec!["sqs:*".into()] } else { Vec::new() },
                ..RecommendOptions::default()
            });
        }
    }
    for options in forms {
        let span = HistorySpan::default();
        let all = estate.engine.recommendations(None, span, &options).await.unwrap();
        let roles: Vec<_> = all
            .iter()
            .flat_map(|w| w.recommendations.iter().map(move |r| (&w.workload, r)))
            .collect();
        assert!(roles.len() >= 5, "{options:?}: {}", roles.len());
        for (workload, role) in roles {
            let missed = &role.replay.counterexamples;
            assert_eq!(
                role.replay.denied, 0,
                "{workload} {} {options:?}: {missed:?}",
                role.role_arn
            );
            for policy in &role.policies {
                let kind = match policy.kind {
                    PolicyKind::Managed => LintKind::Managed,
                    PolicyKind::Inline => LintKind::Inline,
                    PolicyKind::Association => LintKind::Session,
                };
                let found = lint(policy.document.as_ref().unwrap(), kind);
                assert_eq!(found, [], "{workload} {} {options:?}", role.role_arn);
            }
        }
    }
}

/// What the truth says was never used is not in any proposal, and of what is granted all of it is removed.
#[tokio::test]
async fn what_the_truth_says_is_unused_is_removed() {
    let (estate, truth, _) = demo().await;
    let options = RecommendOptions::default();
    let all = estate
        .engine
        .recommendations(None, HistorySpan::default(), &options)
        .await
        .unwrap();
    let mut compared = 0;
    for workload in &truth.workloads {
        let of = |cluster: &str| format!("{cluster}/{}/{}", workload.namespace, workload.service_account);
        let ids = [
            of(&workload.cluster),
            of(workload.cluster_arn.as_deref().unwrap_or_default()),
        ];
        let Some(answer) = all.iter().find(|answer| ids.contains(&answer.workload)) else {
            continue;
        };
        for role in &answer.recommendations {
            let Some(used) = workload.used.get(&role.role_arn) else {
                continue;
            };
            let kept: Vec<&str> = role.kept.iter().map(|grant| grant.action.as_str()).collect();
            // The truth names each call's own action. It leaves out the issues of credentials, by which a chain's next
            // role is assumed, and that to be told that a key is missing one must be allowed to list the bucket.
            let beside = ["sts:AssumeRole", "sts:TagSession", "s3:ListBucket"];
            let is_used = |action: &str| used.contains_key(action) || beside.contains(&action);
            let unused: Vec<&&str> = kept.iter().filter(|action| !is_used(action)).collect();
            assert!(
                unused.is_empty(),
                "{} {} keeps {unused:?}",
                answer.workload,
                role.role_arn
            );
            let known = role.granted as usize;
            let kept_of_granted = known - role.removed.len();
            assert!(kept_of_granted <= kept.len(), "{} {}", answer.workload, role.role_arn);
            compared += 1;
        }
    }
    assert!(compared >= 15, "{compared}");
}

#[tokio::test]
async fn a_second_ingest_of_the_estate_stores_nothing() {
    let (estate, truth, _) = demo().await;
    let again = estate.ingest(&[&estate.data.path().join("demo/trail")]).await;
    assert!(again.balances());
    assert_eq!(again.total().stored, 0);
    assert_eq!(again.total().read, truth.records + truth.rejects);
}
