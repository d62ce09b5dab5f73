//! Real records: what must come out of them.

use podtrail_ingest::ledger::Counts;
use podtrail_tests::{Estate, podtrail, real};
use serde_json::json;

#[tokio::test]
async fn an_hour_of_a_real_account_is_stored_once_and_joined() {
    let Some(invictus) = real("invictus") else { return };
    let estate = Estate::empty().await;
    let ledger = estate.ingest(&[&invictus]).await;
    assert_eq!(
        ledger.total(),
        Counts {
            read: 2900,
            stored: 2900,
            ..Counts::default()
        }
    );
    let again = estate.ingest(&[&invictus]).await;
    assert_eq!(
        again.total(),
        Counts {
            read: 2900,
            duplicate: 2900,
            ..Counts::default()
        }
    );
    assert_eq!(
        estate.sql("SELECT count(*) AS n FROM events").await,
        [json!({"n": 2900})]
    );

    let sessions = "FROM activity a JOIN events e USING (event_id, recipient_account_id)
                    WHERE e.identity_type = 'AssumedRole'";
    assert_eq!(
        estate.sql(&format!("SELECT count(*) AS n {sessions}")).await,
        [json!({"n": 76})]
    );
    let joined = estate
        .sql(&format!(
            "SELECT e.access_key_id IS NOT NULL AS keyed, count(*) AS n {sessions} AND a.session_id IN
             (SELECT session_id FROM sessions WHERE issue_event_id IS NOT NULL) GROUP BY 1 ORDER BY 1"
        ))
        .await;
    assert_eq!(
        joined,
        [json!({"keyed": false, "n": 6}), json!({"keyed": true, "n": 70})]
    );
}

#[tokio::test]
async fn real_pod_identity_issues_name_their_pod_exactly() {
    let Some(eks) = real("eks") else { return };
    let estate = Estate::empty().await;
    estate.ingest(&[&eks]).await;
    let issues = estate
        .sql(
            "SELECT a.mechanism, a.cluster, a.namespace, a.service_account, a.pod, a.workload_class, a.pod_class
             FROM activity a JOIN events e USING (event_id) WHERE e.invoked_by = 'pods.eks.amazonaws.com' ORDER BY pod",
        )
        .await;
    assert_eq!(issues.len(), 2);
    for issue in &issues {
        assert_eq!(issue["mechanism"], "pod_identity");
        assert_eq!(
            (&issue["workload_class"], &issue["pod_class"]),
            (&json!("exact"), &json!("exact"))
        );
        for named in ["cluster", "namespace", "service_account", "pod"] {
            assert!(issue[named].is_string(), "{named} in {issue}");
        }
    }
}

#[tokio::test]
async fn a_web_identity_of_another_issuer_is_not_eks() {
    let Some(eks) = real("eks") else { return };
    let estate = Estate::empty().await;
    estate.ingest(&[&eks.join("non-eks-web-identity.jsonl")]).await;
    let rows = estate
        .sql("SELECT DISTINCT mechanism, workload_class, namespace FROM activity")
        .await;
    assert_eq!(
        rows,
        [json!({"mechanism": "other", "workload_class": "none", "namespace": null})]
    );
}

#[tokio::test]
async fn every_odd_file_is_read_or_rejected_with_a_reason() {
    let Some(odd) = real("odd-shapes") else { return };
    for entry in std::fs::read_dir(&odd).unwrap() {
        let path = entry.unwrap().path();
        let estate = Estate::empty().await;
        let ledger = estate.ingest(&[&path]).await;
        assert!(ledger.balances(), "{}", path.display());
        assert!(ledger.total().read > 0, "{}", path.display());
        let unexplained = estate
            .sql("SELECT count(*) AS n FROM lake.rejects WHERE reason IS NULL OR reason = ''")
            .await;
        assert_eq!(unexplained, [json!({"n": 0})]);
        let kept = estate.sql("SELECT count(*) AS n FROM lake.rejects").await;
        assert_eq!(kept, [json!({"n": ledger.total().rejected})], "{}", path.display());
    }
}

#[test]
fn the_command_line_ingests_real_records_and_prints_the_ledger() {
    let Some(stratus) = real("stratus") else { return };
    let data = tempfile::tempdir().unwrap();
    let ran = podtrail(
        data.path(),
        &["ingest", stratus.to_str().unwrap(), "--format", "json"],
        b"",
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let ledger: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(ledger["total"]["read"], 310);
    assert_eq!(ledger["total"]["rejected"], 0);
    assert_eq!(ledger["sources"][0]["source"], stratus.to_str().unwrap());
}
