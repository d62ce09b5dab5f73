//! What trust policies say about EKS.

use super::*;
use crate::lineage::trust::{Admitted, Trust};

const CART: &str = "system:serviceaccount:shop:cart";

fn read(statements: Value) -> Trust {
    Trust::read(&json!({"Version": "2012-10-17", "Statement": statements}).to_string()).unwrap()
}

fn admitted(statements: Value) -> String {
    match read(statements).service_accounts(ISSUER) {
        Admitted::Open => "open".to_owned(),
        Admitted::Listed(all) => all
            .iter()
            .map(|(namespace, name)| format!("{namespace}/{name}"))
            .collect::<Vec<_>>()
            .join(" "),
    }
}

/// A statement for the cluster's tokens with this condition.
fn for_tokens(condition: Value) -> Value {
    json!({"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": PROVIDER}, "Condition": condition})
}

#[test]
fn subjects_are_listed_only_where_every_statement_lists_them() {
    let sub = format!("{ISSUER}:sub");
    let aud = format!("{ISSUER}:aud");
    let list = |operator: &str, values: Value| for_tokens(json!({operator: {sub.clone(): values}}));
    let till = "system:serviceaccount:shop:till";
    for (situation, statements, expected) in [
        ("one subject", json!([list("StringEquals", json!(CART))]), "shop/cart"),
        (
            "a single statement, not a list",
            list("StringEquals", json!([CART])),
            "shop/cart",
        ),
        (
            "several",
            json!([list("StringEquals", json!([CART, till]))]),
            "shop/cart shop/till",
        ),
        (
            "several statements",
            json!([list("StringEquals", json!(CART)), list("StringLike", json!(till))]),
            "shop/cart shop/till",
        ),
        (
            "a wildcard",
            json!([list("StringLike", json!("system:serviceaccount:shop:*"))]),
            "open",
        ),
        (
            "a wildcard of one letter",
            json!([list("StringLike", json!("system:serviceaccount:shop:car?"))]),
            "open",
        ),
        (
            "a wildcard beside a list",
            json!([list("StringEquals", json!(CART)), list("StringLike", json!("*"))]),
            "open",
        ),
        (
            "a star under StringEquals",
            json!([list("StringEquals", json!("system:serviceaccount:shop:*"))]),
            "",
        ),
        (
            "set operators and IfExists",
            json!([list("ForAnyValue:StringEqualsIfExists", json!(CART))]),
            "shop/cart",
        ),
        (
            "two conditions at once",
            json!([for_tokens(
                json!({"StringEquals": {sub.clone(): [CART, till]}, "StringLike": {sub.clone(): [CART]}})
            )]),
            "shop/cart",
        ),
        (
            "a key in capitals",
            json!([for_tokens(json!({"StringEquals": {sub.to_uppercase(): CART}}))]),
            "shop/cart",
        ),
        (
            "only the audience",
            json!([for_tokens(json!({"StringEquals": {aud: "sts.amazonaws.com"}}))]),
            "open",
        ),
        (
            "a negated operator",
            json!([list("StringNotEquals", json!(CART))]),
            "open",
        ),
        (
            "no condition",
            json!([{"Effect": "Allow", "Action": "sts:*", "Principal": {"Federated": [PROVIDER]}}]),
            "open",
        ),
        (
            "anyone",
            json!([{"Effect": "Allow", "Action": "*", "Principal": "*"}]),
            "open",
        ),
        (
            "anyone but",
            json!([{"Effect": "Allow", "Action": "sts:AssumeRole*", "NotPrincipal": {"AWS": "x"}}]),
            "open",
        ),
        (
            "another action",
            json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Federated": PROVIDER}}]),
            "",
        ),
        (
            "another issuer",
            json!([{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": PROVIDER.replace('A', "B")}}]),
            "",
        ),
        (
            "a denial",
            json!([{"Effect": "Deny", "Action": "*", "Principal": "*"}]),
            "",
        ),
        (
            "not a ServiceAccount",
            json!([list("StringEquals", json!("repo:x"))]),
            "",
        ),
    ] {
        assert_eq!(admitted(statements), expected, "{situation}");
    }
}

#[test]
fn tags_can_be_trusted_where_only_pod_identity_may_come_in() {
    let statement = |principal: Value| json!({"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": principal});
    let eks = json!({"Service": "pods.eks.amazonaws.com"});
    for (situation, statements, only, admits) in [
        ("Pod Identity", json!([statement(eks.clone())]), true, true),
        (
            "twice",
            json!([
                statement(eks.clone()),
                statement(json!({"Service": ["pods.eks.amazonaws.com"]}))
            ]),
            true,
            true,
        ),
        (
            "and EC2",
            json!([statement(
                json!({"Service": ["pods.eks.amazonaws.com", "ec2.amazonaws.com"]})
            )]),
            false,
            true,
        ),
        (
            "and a role",
            json!([
                statement(eks.clone()),
                statement(json!({"AWS": "arn:aws:iam::1:role/x"}))
            ]),
            false,
            true,
        ),
        (
            "and tokens",
            json!([statement(eks.clone()), statement(json!({"Federated": PROVIDER}))]),
            false,
            true,
        ),
        (
            "and anyone",
            json!([statement(eks.clone()), statement(json!("*"))]),
            false,
            true,
        ),
        ("anyone by AWS", json!([statement(json!({"AWS": "*"}))]), false, true),
        (
            "others only",
            json!([statement(json!({"AWS": "arn:aws:iam::1:role/x"}))]),
            false,
            false,
        ),
        (
            "a denial does not let in",
            json!([{"Effect": "Deny", "Action": "*", "Principal": eks}]),
            false,
            false,
        ),
        ("nobody", json!([]), false, false),
    ] {
        let trust = read(statements);
        assert_eq!(
            (trust.only_pod_identity(), trust.admits_pod_identity()),
            (only, admits),
            "{situation}"
        );
    }
}

#[test]
fn what_is_no_policy_is_not_read() {
    for text in ["", "null", "[]", "{}", "{\"Statement\":"] {
        assert!(Trust::read(text).is_none(), "{text}");
    }
    assert_eq!(
        admitted(json!([7, {}, {"Effect": "Allow"}])),
        "",
        "a statement without action lets nobody in"
    );
}
