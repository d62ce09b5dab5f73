//! `podtrail check` over files: what a pull request would break, on the small estate.

use std::path::Path;

use podtrail_tests::{Ran, podtrail};
use serde_json::{Value, json};
use tempfile::TempDir;

const CART: &str = "arn:aws:iam::111122223333:role/shop/cart";
const ORDERS: &str = "arn:aws:iam::111122223333:role/orders";

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

/// A folder with one document in a folder of its own.
fn folder(document: &Value) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("iam")).unwrap();
    std::fs::create_dir(folder.path().join(".terraform")).unwrap();
    std::fs::write(folder.path().join(".terraform/modules.json"), "{}").unwrap();
    std::fs::write(folder.path().join("README.md"), "# no JSON").unwrap();
    std::fs::write(folder.path().join("iam/change.json"), document.to_string()).unwrap();
    folder
}

fn check(data: &TempDir, document: &Value, more: &[&str]) -> (i32, Value, String) {
    let folder = folder(document);
    let path = folder.path().display().to_string();
    let ran = run(data, &[&["check", &path], more].concat());
    let answer = serde_json::from_str(&ran.stdout).unwrap_or_default();
    (ran.code, answer, format!("{}{}", ran.stdout, ran.stderr))
}

#[test]
fn the_recommended_policy_holds_and_one_action_less_breaks() {
    let data = shop();
    let proposal = run(&data, &["recommend", "shop-prod/shop/cart"]).stdout;
    let mut proposal: Value = serde_json::from_str(&proposal).unwrap();
    let (code, answer, text) = check(&data, &proposal, &[]);
    assert_eq!((code, &answer["verdict"]), (0, &json!("holds")), "{text}");
    assert_eq!(answer["denied"], 0);
    let of_cart = &answer["judged"][0];
    assert_eq!(of_cart["workload"], "shop-prod/shop/cart");
    assert_eq!(of_cart["replay"]["allowed"], 4, "{text}");
    assert_eq!(
        of_cart["issues"]["allowed"], 1,
        "the trust policy is narrowed, and lets the token in: {text}"
    );

    let statements = &mut proposal["recommendations"][0]["policies"][0]["document"]["Statement"];
    let statements = statements.as_array_mut().unwrap();
    statements.retain(|statement| !statement["Action"].to_string().contains("s3:ListBucket"));
    let (code, answer, text) = check(&data, &proposal, &[]);
    assert_eq!((code, &answer["verdict"]), (1, &json!("breaks")), "{text}");
    let (code, _, markdown) = check(&data, &proposal, &["--format", "markdown"]);
    assert_eq!(code, 1);
    for part in [
        "**Breaks**",
        "s3:ListBucket",
        "shop-prod/shop/cart",
        "irsa-missing",
        "would be denied",
    ] {
        assert!(markdown.contains(part), "{part}: {markdown}");
    }
}

fn plan(kind: &str, before: &Value, after: &Value) -> Value {
    let actions = if after.is_null() {
        json!(["delete"])
    } else {
        json!(["update"])
    };
    json!({"format_version": "1.2", "terraform_version": "1.9.0", "resource_changes": [
        {"address": format!("{kind}.it"), "mode": "managed", "type": kind, "name": "it",
         "change": {"actions": actions, "before": before, "after": after, "after_unknown": {}}}]})
}

#[test]
fn a_terraform_plan_is_judged_by_what_it_changes() {
    let data = shop();
    let policy = |actions: &[&str]| {
        let statement = json!([{"Effect": "Allow", "Action": actions, "Resource": "*"}]);
        json!({"name": "carts", "role": "cart",
               "policy": json!({"Version": "2012-10-17", "Statement": statement}).to_string()})
    };
    let trust = |namespace: &str| {
        let statement = json!([{"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"},
            "Action": ["sts:AssumeRole", "sts:TagSession"],
            "Condition": {"StringEquals": {"aws:RequestTag/kubernetes-namespace": namespace}}}]);
        json!({"arn": ORDERS, "name": "orders", "path": "/",
               "assume_role_policy": json!({"Version": "2012-10-17", "Statement": statement}).to_string()})
    };
    let association = json!({"cluster_name": "shop-prod", "namespace": "shop", "service_account": "orders",
        "role_arn": ORDERS, "association_arn": "arn:aws:eks:eu-west-1:111122223333:podidentityassociation/shop-prod/a-1"});
    let old = policy(&["s3:*"]);
    for (situation, plan, code, (allowed, denied)) in [
        (
            "enough",
            plan("aws_iam_role_policy", &old, &policy(&["s3:Get*", "s3:ListBucket"])),
            0,
            (4, 0),
        ),
        (
            "too little",
            plan("aws_iam_role_policy", &old, &policy(&["s3:ListBucket"])),
            1,
            (1, 3),
        ),
        ("removed", plan("aws_iam_role_policy", &old, &Value::Null), 1, (0, 4)),
        (
            "its namespace",
            plan("aws_iam_role", &trust("x"), &trust("shop")),
            0,
            (1, 0),
        ),
        (
            "another namespace",
            plan("aws_iam_role", &trust("x"), &trust("elsewhere")),
            1,
            (0, 1),
        ),
        (
            "no association",
            plan("aws_eks_pod_identity_association", &association, &Value::Null),
            1,
            (0, 1),
        ),
    ] {
        let (found, answer, text) = check(&data, &plan, &[]);
        assert_eq!(found, code, "{situation}: {text}");
        assert_eq!(
            (&answer["allowed"], &answer["denied"]),
            (&json!(allowed), &json!(denied)),
            "{situation}: {text}"
        );
    }
}

#[test]
fn a_bare_policy_is_of_whom_it_is_said_to_be() {
    let data = shop();
    let policy =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]});
    for more in [
        &["--workload", "shop-prod/shop/cart"][..],
        &["--role", CART],
        &["--role", CART, "--since", "2026-10-01"],
    ] {
        let (code, answer, text) = check(&data, &policy, more);
        assert_eq!((code, &answer["allowed"]), (0, &json!(4)), "{more:?}: {text}");
    }
    let (code, answer, _) = check(&data, &policy, &["--role", CART, "--since", "2027-01-01"]);
    assert_eq!((code, &answer["verdict"]), (0, &json!("no_history")));
    for (more, part) in [
        (&[][..], "--workload"),
        (&["--workload", "shop-prod/shop/crat"], "shop-prod/shop/cart"),
        (
            &["--workload", "shop-prod/shop/cart", "--role", ORDERS],
            "no role of the workload",
        ),
    ] {
        let (code, _, text) = check(&data, &policy, more);
        assert_eq!(code, 2, "{more:?}: {text}");
        assert!(text.contains(part), "{more:?}: {text}");
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_file_and_place() {
    let data = shop();
    let wrong = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Maybe", "Action": "s3:*", "Resource": "*"}]});
    for (document, part) in [(json!({"hello": 1}), "`hello`"), (wrong, "/Statement/0/Effect")] {
        let (code, _, text) = check(&data, &document, &["--role", CART]);
        assert_eq!(code, 2, "{text}");
        assert!(
            text.contains("change.json") && text.contains(part) && text.contains("accepted"),
            "{text}"
        );
    }
    let empty = tempfile::tempdir().unwrap();
    let ran = run(&data, &["check", empty.path().to_str().unwrap()]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no `.json` file"), "{}", ran.stderr);
    assert_eq!(run(&data, &["check"]).code, 2);
}
