//! Each check with a document that trips it and one near it that does not.

mod privilege;
mod properties;
mod situations;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::*;

/// A document of one statement; `changes` replace its elements, `null` takes one away.
fn with(changes: &Value) -> Value {
    let mut statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" });
    for (key, value) in changes.as_object().into_iter().flatten() {
        match value {
            Value::Null => drop(statement.as_object_mut().map(|map| map.remove(key))),
            value => statement[key] = value.clone(),
        }
    }
    document(&json!([statement]))
}

fn document(statements: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A trust statement for an OIDC provider of EKS, with a condition.
fn trust(condition: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": { "Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1" },
        "Condition": condition
    }] })
}

const AUD: &str = "oidc.eks.eu-west-1.amazonaws.com/id/A1:aud";
const SUB: &str = "oidc.eks.eu-west-1.amazonaws.com/id/A1:sub";

/// A code, the place it points to, a word of its message, the document that trips it, one near it that is clean.
struct Situation {
    code: &'static str,
    pointer: &'static str,
    says: &'static str,
    kind: LintKind,
    trips: Value,
    near: Value,
    /// A code that cannot but come with it.
    beside: Option<&'static str>,
}

fn situation(code: &'static str, pointer: &'static str, says: &'static str, trips: Value, near: Value) -> Situation {
    Situation {
        code,
        pointer,
        says,
        kind: LintKind::Managed,
        trips,
        near,
        beside: None,
    }
}

fn beside(code: &'static str, situation: Situation) -> Situation {
    Situation {
        beside: Some(code),
        ..situation
    }
}

fn of(kind: LintKind, situation: Situation) -> Situation {
    Situation { kind, ..situation }
}

fn all() -> Vec<Situation> {
    let mut list = situations::list();
    list.extend(privilege::list());
    list
}

#[test]
fn each_check_has_a_document_that_trips_it_and_a_clean_one_near_it() {
    for case in all() {
        let found = lint(&case.trips, case.kind);
        let hit = found
            .iter()
            .find(|lint| lint.code == case.code && lint.pointer == case.pointer);
        let hit = hit.unwrap_or_else(|| panic!("{} at `{}` is missing: {found:#?}", case.code, case.pointer));
        assert!(hit.message.contains(case.says), "{}: {}", case.code, hit.message);
        let expected = |lint: &&Lint| lint.code == case.code || Some(lint.code) == case.beside;
        let others: Vec<_> = found.iter().filter(|lint| !expected(lint)).collect();
        assert!(others.is_empty(), "{} comes with {others:#?}", case.code);
        let near = lint(&case.near, case.kind);
        assert!(near.is_empty(), "near {}: {near:#?}", case.code);
    }
}

#[test]
fn no_check_is_without_its_situation_and_no_code_is_used_twice() {
    let families = FAMILIES.iter().flat_map(|family| family.codes);
    let codes: Vec<&str> = families.chain(&syntax::CODES).map(|code| code.name).collect();
    let distinct: BTreeSet<&str> = codes.iter().copied().collect();
    assert_eq!(codes.len(), distinct.len());
    let tested: BTreeSet<&str> = all().iter().map(|case| case.code).collect();
    assert_eq!(tested, distinct);
}

#[test]
fn lints_come_in_the_order_of_the_document() {
    let statement = |action: &str| json!({ "Effect": "Allow", "Action": action, "Resource": "*" });
    let statements: Vec<Value> = (0..12).map(|n| statement(&format!("s3:Nothing{n}"))).collect();
    let pointers: Vec<String> = lint(&document(&json!(statements)), LintKind::Managed)
        .into_iter()
        .map(|lint| lint.pointer)
        .collect();
    let expected: Vec<String> = (0..12).map(|n| format!("/Statement/{n}/Action")).collect();
    assert_eq!(pointers, expected);
}

#[test]
fn a_lint_reads_as_json() {
    let found = lint(&with(&json!({ "Action": "s3:GetObjects" })), LintKind::Managed);
    assert_eq!(
        serde_json::to_value(&found).expect("JSON"),
        json!([{
            "code": "unknown_action", "severity": "error", "pointer": "/Statement/0/Action",
            "message": "action `s3:GetObjects` does not exist; did you mean `s3:GetObject`?"
        }])
    );
}

#[test]
fn documents_of_good_practice_are_clean() {
    for (situation, kind, document) in [
        (
            "pods of a cluster, by EKS Pod Identity",
            LintKind::Trust,
            document(&json!([{
                "Effect": "Allow", "Principal": { "Service": "pods.eks.amazonaws.com" },
                "Action": ["sts:AssumeRole", "sts:TagSession"],
                "Condition": { "StringEquals": { "aws:SourceAccount": "111122223333" } }
            }])),
        ),
        (
            "a ServiceAccount by its token",
            LintKind::Trust,
            trust(&json!({ "StringEquals": { AUD: "sts.amazonaws.com", SUB: "system:serviceaccount:shop:api" } })),
        ),
        (
            "KMS through S3, a role passed, a list within a prefix",
            LintKind::Inline,
            document(&json!([
                {
                    "Sid": "Kms", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
                    "Resource": ["arn:aws:kms:eu-west-1:111122223333:key/1"],
                    "Condition": { "StringEquals": { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } }
                },
                {
                    "Sid": "Pass", "Effect": "Allow", "Action": ["iam:PassRole"],
                    "Resource": ["arn:aws:iam::111122223333:role/worker"],
                    "Condition": { "StringEquals": { "iam:PassedToService": "ec2.amazonaws.com" } }
                },
                {
                    "Sid": "List", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::b"],
                    "Condition": { "StringLike": { "s3:prefix": ["${aws:PrincipalTag/kubernetes-namespace}/*"] } }
                },
                {
                    "Sid": "Logs", "Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": ["arn:aws:logs:eu-west-1:111122223333:log-group:/app:*"]
                },
                {
                    "Sid": "Star", "Effect": "Allow", "Action": ["ec2:DescribeInstances", "s3:ListAllMyBuckets"],
                    "Resource": ["*"]
                }
            ])),
        ),
        (
            "regions fenced by an SCP",
            LintKind::ServiceControl,
            document(&json!([{
                "Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*",
                "Condition": { "StringNotEquals": { "aws:RequestedRegion": ["eu-west-1"] } }
            }])),
        ),
        (
            "buckets fenced by an RCP",
            LintKind::ResourceControl,
            document(&json!([{
                "Sid": "Only the organization", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
                "Condition": {
                    "StringNotEqualsIfExists": { "aws:PrincipalOrgID": "o-example" },
                    "BoolIfExists": { "aws:PrincipalIsAWSService": "false" }
                }
            }])),
        ),
    ] {
        let found = lint(&document, kind);
        assert!(found.is_empty(), "{situation}: {found:#?}");
    }
}

#[test]
fn a_policy_beyond_measure_is_told_its_size_alone() {
    let names: Vec<String> = (0..2_000).map(|n| format!("nosuch:Action{n:05}")).collect();
    let found = lint(&with(&json!({ "Action": names })), LintKind::Managed);
    let codes: Vec<&str> = found.iter().map(|lint| lint.code).collect();
    assert_eq!(codes, ["policy_too_large"]);
    let broad: Vec<String> = (0..60).map(|n| format!("*:Get{n}*")).collect();
    assert!(lint(&with(&json!({ "Action": broad })), LintKind::Managed).is_empty());
}

#[test]
fn keys_that_the_caller_completes_are_known() {
    for (action, resource, key) in [
        ("s3:GetObject", "arn:aws:s3:::b/*", "s3:ExistingObjectTag/team"),
        ("s3:PutObject", "arn:aws:s3:::b/*", "s3:RequestObjectTag/team"),
        (
            "kms:Decrypt",
            "arn:aws:kms:eu-west-1:111122223333:key/1",
            "kms:EncryptionContext:aws:s3:arn",
        ),
        ("secretsmanager:GetSecretValue", "*", "secretsmanager:ResourceTag/team"),
        (
            "elasticloadbalancing:DeleteListener",
            "*",
            "elasticloadbalancing:ResourceTag/team",
        ),
        ("ec2:StopInstances", "*", "ec2:ResourceTag/team"),
        ("iam:GetRole", "*", "iam:ResourceTag/team"),
        ("sqs:SendMessage", "*", "aws:PrincipalTag/kubernetes-namespace"),
        ("sqs:SendMessage", "*", "aws:ResourceTag/team"),
        ("sqs:SendMessage", "*", "ec2:SourceInstanceARN"),
    ] {
        let changes = json!({
            "Action": action, "Resource": resource,
            "Condition": { "StringEquals": { key: "a" } }
        });
        let found = lint(&with(&changes), LintKind::Managed);
        assert!(found.is_empty(), "{key}: {found:#?}");
    }
}

#[test]
fn one_statement_without_a_list_has_a_shorter_pointer() {
    let document = document(&json!({ "Effect": "Allow", "Action": ["s3:GetObject", "s3:Fetch"], "Resource": "*" }));
    let found = lint(&document, LintKind::Managed);
    let pointers: Vec<&str> = found.iter().map(|lint| lint.pointer.as_str()).collect();
    assert_eq!(pointers, ["/Statement/Action/1"]);
}
