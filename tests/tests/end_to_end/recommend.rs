//! From use to a policy, on the small estate: the whole answer, checked by eye once and held since.

use std::path::Path;

use podtrail_analysis::answer::RecommendOptions;
use podtrail_query::HistorySpan;
use podtrail_tests::Estate;
use serde_json::json;

async fn shop() -> Estate {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let estate = Estate::empty().await;
    estate.ingest(&[&fixtures.join("shop.jsonl")]).await;
    let inventory = std::fs::read_to_string(fixtures.join("shop-inventory.json")).unwrap();
    estate.inventory(&[&inventory], Some("shop-prod")).await;
    estate
}

#[tokio::test]
async fn the_proposal_holds_what_was_used_and_proves_it() {
    let estate = shop().await;
    let answer = estate
        .engine
        .recommendation("shop-prod/shop/cart", None, all(), &RecommendOptions::default())
        .await
        .unwrap();
    assert_eq!(answer.recommendations.len(), 1);
    let role = &answer.recommendations[0];
    let kept: Vec<&str> = role.kept.iter().map(|grant| grant.action.as_str()).collect();
    assert_eq!(kept, ["s3:GetObject", "s3:ListBucket"]);
    assert_eq!(role.removed, ["s3:PutObject", "sqs:SendMessage"]);
    assert_eq!(
        role.unobservable,
        ["sqs:SendMessage"],
        "no data events of SQS in this trail"
    );
    assert_eq!((role.replay.denied, role.replay.unknown), (0, 0));
    assert_eq!(role.denied_demand.len(), 1);
    let denial = &role.denied_demand[0];
    assert_eq!(denial.action, "sqs:DeleteQueue");
    assert!(!denial.reason.is_empty() && denial.statement.is_some(), "{denial:?}");
    assert_eq!(
        role.statements.iter().map(|s| s.calls).sum::<u64>(),
        role.replay.allowed
    );
    let trust = role.trust.proposed.as_ref().unwrap().to_string();
    assert!(trust.contains("system:serviceaccount:shop:cart"), "{trust}");
    let text = serde_json::to_string(&role.policies).unwrap();
    assert!(
        !text.contains("s3:*") && text.contains("arn:aws:s3:::shop-carts"),
        "{text}"
    );
}

#[tokio::test]
async fn a_policy_that_takes_away_what_worked_is_found_by_check() {
    let estate = shop().await;
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::shop-carts/2026/a.json"}]});
    let policy = podtrail_iam::policy::Policy::parse(&policy.to_string()).unwrap();
    let replays = estate
        .engine
        .check("shop-prod/shop/cart", None, all(), &[policy])
        .await
        .unwrap();
    let replay = replays.values().next().unwrap();
    assert_eq!(replay.allowed, 2);
    assert_eq!(replay.denied, 2, "the missing key and the list behind it");
}

#[tokio::test]
async fn no_history_no_proposal_and_the_reason() {
    let estate = shop().await;
    let later = HistorySpan {
        since: podtrail_event::time::Timestamp::parse("2027-01-01T00:00:00Z"),
        until: None,
    };
    let answer = estate
        .engine
        .recommendation("shop-prod/shop/cart", None, later, &RecommendOptions::default())
        .await
        .unwrap();
    assert!(answer.recommendations.is_empty());
    assert!(!answer.note.unwrap().is_empty());
}

/// All of the history.
fn all() -> HistorySpan {
    HistorySpan::default()
}

#[tokio::test]
async fn knobs_reach_the_proposal() {
    let estate = shop().await;
    let ask = async |span: HistorySpan, options: RecommendOptions| {
        let name = "shop-prod/shop/cart";
        estate.engine.recommendation(name, None, span, &options).await
    };
    let before = HistorySpan {
        since: None,
        until: podtrail_event::time::Timestamp::parse("2020-01-01T00:00:00Z"),
    };
    assert!(
        ask(before, RecommendOptions::default())
            .await
            .unwrap()
            .recommendations
            .is_empty()
    );
    let keep = RecommendOptions {
        keep: vec!["sns:Publish=arn:aws:sns:eu-west-1:111122223333:alarms".into()],
        never_remove: vec!["sqs:*".into()],
        ..RecommendOptions::default()
    };
    let made = ask(all(), keep).await.unwrap();
    let kept: Vec<&str> = made.recommendations[0]
        .kept
        .iter()
        .map(|grant| grant.action.as_str())
        .collect();
    assert_eq!(
        kept,
        ["s3:GetObject", "s3:ListBucket", "sns:Publish", "sqs:SendMessage"]
    );
    let wrong = RecommendOptions {
        keep: vec!["sns:Publis".into()],
        ..RecommendOptions::default()
    };
    let error = ask(all(), wrong).await.unwrap_err().to_string();
    assert!(error.contains("`sns:Publish`"), "{error}");
    let old = RecommendOptions {
        min_age_days: 10_000,
        ..RecommendOptions::default()
    };
    assert!(
        ask(all(), old)
            .await
            .unwrap()
            .note
            .unwrap()
            .contains("less than the 10000")
    );
}
