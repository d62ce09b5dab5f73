//! The command line: exit codes, errors that say what to do, output for programs.

use std::path::Path;

use podtrail_tests::{Ran, podtrail};
use serde_json::Value;
use tempfile::TempDir;

fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
        .display()
        .to_string()
}

fn shop() -> TempDir {
    let data = tempfile::tempdir().unwrap();
    assert_eq!(run(&data, &["ingest", &fixture("shop.jsonl")]).code, 0);
    let ran = run(&data, &["inventory", &fixture("shop-inventory.json")]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    data
}

fn run(data: &TempDir, arguments: &[&str]) -> Ran {
    podtrail(data.path(), arguments, b"")
}

#[test]
fn a_persons_first_hour() {
    let data = shop();
    let workloads = run(&data, &["workloads"]);
    let first: Value = serde_json::from_str(workloads.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(first["namespace"], "shop");
    let explained = run(&data, &["explain", "irsa-get-1"]);
    assert!(explained.stdout.contains("shop/cart"), "{}", explained.stdout);
    let session = run(&data, &["explain", "ASIAORDERS1"]);
    assert!(session.stdout.contains("role/orders"), "{}", session.stdout);
    let policy = run(&data, &["recommend", "shop-prod/shop/cart", "--format", "iam"]);
    let document: Value = serde_json::from_str(&policy.stdout).unwrap();
    assert_eq!(document["Version"], "2012-10-17");
    for (format, holds) in [
        ("iam-minified", "{\"Version\":\"2012-10-17\""),
        ("terraform", "resource \"aws_iam_role_policy_attachment\""),
        ("cloudformation", "Type: \"AWS::IAM::ManagedPolicy\""),
        ("eksctl", "kind: \"ClusterConfig\""),
    ] {
        let one = run(&data, &["recommend", "shop-prod/shop/cart", "--format", format]);
        assert!(one.stdout.contains(holds), "{format}: {}", one.stdout);
        let all = run(&data, &["recommend", "--all", "--format", format]);
        assert!(all.stdout.contains(holds), "{format}: {}", all.stdout);
    }
    let file = data.path().join("policy.json");
    std::fs::write(&file, &policy.stdout).unwrap();
    let check = |file: &Path| {
        run(
            &data,
            &[
                "check",
                "--workload",
                "shop-prod/shop/cart",
                "--policy",
                file.to_str().unwrap(),
            ],
        )
    };
    assert_eq!(check(&file).code, 0);
    std::fs::write(&file, r#"{"Version":"2012-10-17","Statement":[]}"#).unwrap();
    let refused = check(&file);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stderr.contains("would be denied"));
    let status: Value = serde_json::from_str(&run(&data, &["status"]).stdout).unwrap();
    assert_eq!(status["lake"]["events"], 8);
}

#[test]
fn rows_come_as_csv_json_and_json_lines() {
    let data = shop();
    let sql = "SELECT event_id, actions FROM activity WHERE event_id = 'pod-put'";
    let print = |format: &str| run(&data, &["sql", sql, "--format", format]).stdout;
    assert_eq!(
        print("csv"),
        "event_id,actions\npod-put,\"[\"\"dynamodb:PutItem\"\"]\"\n"
    );
    assert_eq!(
        print("jsonl"),
        "{\"event_id\":\"pod-put\",\"actions\":[\"dynamodb:PutItem\"]}\n"
    );
    assert!(print("json").starts_with('['));
    assert!(print("table").contains("dynamodb:PutItem"));
}

#[test]
fn standard_input_is_a_source() {
    let data = tempfile::tempdir().unwrap();
    let records = std::fs::read(fixture("shop.jsonl")).unwrap();
    let ran = podtrail(data.path(), &["ingest", "-", "--format", "json"], &records);
    let ledger: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((ran.code, &ledger["total"]["stored"]), (0, &Value::from(8)));
    assert_eq!(ledger["sources"][0]["source"], "-");
}

#[test]
fn simulate_and_map_give_one_line_for_each() {
    let data = tempfile::tempdir().unwrap();
    let request = r#"{"principal":{"arn":"arn:aws:iam::111122223333:role/r","account":"111122223333"},"action":"s3:GetObject","resource":"arn:aws:s3:::b/k","resource_account":"111122223333","context":{},"identity_policies":[{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}]}"#;
    let ran = podtrail(
        data.path(),
        &["simulate", "-"],
        format!("{request}\nnonsense\n").as_bytes(),
    );
    let lines: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["decision"], "allow");
    assert!(lines[1]["error"].is_string());

    let records = std::fs::read(fixture("shop.jsonl")).unwrap();
    let ran = podtrail(data.path(), &["map", "-"], &records);
    let lines: Vec<Value> = ran
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 8);
    assert_eq!(lines[1]["actions"][0]["action"], "s3:GetObject");
}

#[test]
fn wrong_usage_is_two_and_says_what_to_do() {
    let data = shop();
    let not_inventory = data.path().join("odd.json");
    std::fs::write(&not_inventory, r#"{"Users": []}"#).unwrap();
    let not_policy = data.path().join("policy.json");
    std::fs::write(
        &not_policy,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Maybe"}]}"#,
    )
    .unwrap();
    let (not_inventory, not_policy) = (not_inventory.to_str().unwrap(), not_policy.to_str().unwrap());
    let cases: [(&[&str], &str); 10] = [
        (&["ingest", "/no/such/trail"], "`/no/such/trail` is not there"),
        (&["ingest", "ftp://trail"], "not a source"),
        (&["sql", "DROP TABLE lake.events"], "`DROP` is refused"),
        (&["sql", "SELECT nothing FROM events"], "nothing"),
        (&["recommend", "shop-prod/shop/crat"], "shop-prod/shop/cart"),
        (&["recommend", "cart"], "cluster/namespace/serviceaccount"),
        (
            &["recommend", "shop-prod/shop/cart", "--since", "yesterday"],
            "`yesterday` is no date",
        ),
        (&["inventory", not_inventory], "odd.json"),
        (
            &["check", "--workload", "shop-prod/shop/cart", "--policy", not_policy],
            "policy.json",
        ),
        (&["serve", "--listen", "0.0.0.0:8750"], "loopback"),
    ];
    for (arguments, expected) in cases {
        let ran = run(&data, arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{arguments:?}: {}", ran.stderr);
        assert!(!ran.stderr.contains("panicked"), "{arguments:?}");
    }
    assert_eq!(run(&data, &["frobnicate"]).code, 2);
    assert_eq!(run(&data, &["--version"]).code, 0);
}

#[test]
fn nothing_readable_is_two_and_the_ledger_still_balances() {
    let data = tempfile::tempdir().unwrap();
    let ran = podtrail(data.path(), &["ingest", "-", "--format", "json"], b"this is no trail");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    let ledger: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(ledger["total"]["read"], ledger["total"]["rejected"]);
}

#[test]
fn settings_come_from_a_file_and_a_wrong_one_is_named() {
    let data = shop();
    let file = data.path().join("podtrail.toml");
    std::fs::write(&file, "limit = 1\n").unwrap();
    let config = file.to_str().unwrap();
    let ran = run(&data, &["--config", config, "sql", "SELECT event_id FROM events"]);
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stderr);
    std::fs::write(&file, "limits = 1\n").unwrap();
    let ran = run(&data, &["--config", config, "status"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("`limits` is no setting"), "{}", ran.stderr);
}
