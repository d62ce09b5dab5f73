//! Findings and migrations of the demo estate: what a review must find, by the API, the command and SQL.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use podtrail_analysis::answer::{Finding, Severity};
use podtrail_query::FindingFilter;
use podtrail_tests::{Estate, podtrail};
use serde_json::Value;

use crate::demo::demo;

async fn findings(estate: &Estate) -> Vec<Finding> {
    let everything = FindingFilter::default();
    estate
        .engine
        .findings(&everything, 0, u64::MAX)
        .await
        .unwrap()
        .page
        .items
}

fn kind(finding: &Finding) -> String {
    serde_json::to_value(finding.kind).unwrap().as_str().unwrap().to_owned()
}

/// Whether a finding is about a role, workload, key or instance.
fn is_about(finding: &Finding, what: &str) -> bool {
    let named = |list: &[String]| list.iter().any(|item| item == what);
    finding.subject == what
        || named(&finding.workloads)
        || named(&finding.roles)
        || finding.evidence.iter().any(|e| e.text.contains(&format!("`{what}`")))
}

#[tokio::test]
async fn everything_that_the_estate_was_made_to_show_is_found() {
    let (estate, truth, _) = demo().await;
    let found = findings(estate).await;
    let missing: Vec<_> = truth
        .findings
        .iter()
        .filter(|expected| {
            !found
                .iter()
                .any(|f| kind(f) == expected.kind && is_about(f, &expected.about))
        })
        .map(|expected| format!("{} {}", expected.kind, expected.about))
        .collect();
    assert_eq!(missing, Vec::<String>::new());
    let kinds: BTreeSet<String> = found.iter().map(kind).collect();
    for also in ["wildcard_grant", "unused_permissions", "imds_hop_limit"] {
        assert!(kinds.contains(also), "{also} is none of {kinds:?}");
    }
}

#[tokio::test]
async fn nobody_is_accused_of_what_did_not_happen() {
    let (estate, truth, _) = demo().await;
    let accusations = [
        "session_used_elsewhere",
        "session_after_pod_end",
        "node_session_elsewhere",
        "token_exchanged_elsewhere",
        "cli_pod_identity_call",
        "hand_made_token",
        "static_key_from_cluster",
        "role_not_trusting",
        "missing_role",
        "missing_oidc_provider",
        "orphaned_issuer",
        "session_tags_disabled",
    ];
    let wrong: Vec<String> = findings(estate)
        .await
        .iter()
        .filter(|f| accusations.contains(&kind(f).as_str()))
        .filter(|f| {
            !truth
                .findings
                .iter()
                .any(|e| e.kind == kind(f) && is_about(f, &e.about))
        })
        // What was issued for a stolen token is used where the token was.
        .filter(|f| {
            let stolen =
                |e: &podtrail_demo::FindingTruth| e.kind == "token_exchanged_elsewhere" && is_about(f, &e.about);
            kind(f) != "session_used_elsewhere" || !truth.findings.iter().any(stolen)
        })
        .map(|f| format!("{} {}: {:?}", kind(f), f.subject, f.evidence))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn every_event_that_is_evidence_is_in_the_lake() {
    let (estate, ..) = demo().await;
    let stored: BTreeSet<String> = estate
        .sql("SELECT event_id FROM events")
        .await
        .iter()
        .filter_map(|row| row["event_id"].as_str().map(str::to_owned))
        .collect();
    let mut shown = 0;
    for finding in findings(estate).await {
        for event in finding.evidence.iter().filter_map(|e| e.event_id.as_ref()) {
            shown += 1;
            assert!(stored.contains(event), "{event} of {}", finding.id);
        }
        assert!(finding.first_seen <= finding.last_seen, "{}", finding.id);
    }
    assert!(shown > 50, "{shown}");
}

#[tokio::test]
async fn the_api_gives_pages_with_counts_and_one_by_id() {
    let (estate, ..) = demo().await;
    let all = findings(estate).await;
    let page = estate.get("/api/v1/findings?limit=5").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 5);
    assert_eq!(page["total"], all.len());
    let counted: u64 = page["counts"]
        .as_object()
        .unwrap()
        .values()
        .map(|n| n.as_u64().unwrap())
        .sum();
    assert_eq!(counted, all.len() as u64);
    assert_eq!(page["items"][0]["id"], all[0].id.as_str(), "worst first");
    assert!(page["coverage"]["from"].is_string(), "what they rest on");
    let high = estate.get("/api/v1/findings?severity=high&limit=1000").await;
    let expected = all.iter().filter(|f| f.severity == Severity::High).count();
    assert_eq!(
        (high["items"].as_array().unwrap().len(), &high["counts"]["medium"]),
        (expected, &Value::from(0))
    );
    let one = estate.get(&format!("/api/v1/findings/{}", all[0].id)).await;
    assert_eq!(one, serde_json::to_value(&all[0]).unwrap());
    for (path, status) in [
        ("/api/v1/findings/none", StatusCode::NOT_FOUND),
        ("/api/v1/findings?severity=bad", StatusCode::BAD_REQUEST),
        ("/api/v1/findings?kind=bad", StatusCode::BAD_REQUEST),
    ] {
        let answer = estate.http("GET", path, &[], "").await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn the_command_sql_and_the_workloads_say_the_same() {
    let (estate, ..) = demo().await;
    let all = findings(estate).await;
    let ids: Vec<&str> = all.iter().map(|f| f.id.as_str()).collect();
    let ran = podtrail(estate.data.path(), &["findings", "--format", "jsonl"], b"");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let printed: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let by_command: Vec<&str> = printed.iter().map(|f| f["id"].as_str().unwrap()).collect();
    assert_eq!(by_command, ids);
    let csv = podtrail(
        estate.data.path(),
        &["findings", "--severity", "critical", "--format", "csv"],
        b"",
    );
    let critical = all.iter().filter(|f| f.severity == Severity::Critical).count();
    assert_eq!(csv.stdout.lines().count(), critical + 1);
    let wrong = podtrail(estate.data.path(), &["findings", "--kind", "nothing"], b"");
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("shared_role"), "{}", wrong.stderr);
    let by_sql = estate.sql("SELECT id FROM findings ORDER BY id").await;
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    assert_eq!(
        by_sql.iter().map(|row| row["id"].as_str().unwrap()).collect::<Vec<_>>(),
        sorted
    );
    let workloads = estate.get("/api/v1/workloads?limit=1000").await;
    for row in workloads["items"].as_array().unwrap() {
        let id = row["id"].as_str().unwrap();
        let own = all.iter().filter(|f| f.workloads.iter().any(|w| w == id)).count();
        assert_eq!(row["findings"], own, "{id}");
    }
}

#[tokio::test]
async fn a_workload_of_irsa_gets_its_plan_and_one_of_pod_identity_is_told_why_not() {
    let (estate, ..) = demo().await;
    let plan = estate
        .get("/api/v1/workloads/shop-prod/checkout/checkout-api/migration")
        .await;
    assert_eq!(plan["possible"], true, "{}", plan["blockers"]);
    assert_eq!(plan["association"]["serviceAccount"], "checkout-api");
    let steps = plan["steps"].as_array().unwrap();
    assert!(
        steps.len() >= 6 && steps.iter().all(|step| step["title"].is_string()),
        "{steps:?}"
    );
    let during = plan["trust_policy"]["during"].to_string();
    assert!(during.contains("pods.eks.amazonaws.com") && during.contains("AssumeRoleWithWebIdentity"));
    assert!(
        !plan["trust_policy"]["proposed"]
            .to_string()
            .contains("AssumeRoleWithWebIdentity")
    );
    let shell = podtrail(
        estate.data.path(),
        &["migrate", "shop-prod/checkout/checkout-api", "--format", "shell"],
        b"",
    );
    assert_eq!(shell.code, 0, "{}", shell.stderr);
    assert!(
        shell
            .stdout
            .contains("aws eks create-pod-identity-association --region eu-west-1"),
        "{}",
        shell.stdout
    );
    let text = podtrail(estate.data.path(), &["migrate", "shop-prod/catalog/catalog-api"], b"");
    assert_eq!(text.code, 1, "{}", text.stdout);
    assert!(
        text.stdout
            .contains("AGAINST IT: the workload uses Pod Identity already"),
        "{}",
        text.stdout
    );
}
