//! Grants and refusals.

use super::*;

pub(super) fn denied(action: &str) -> Denied {
    Denied {
        workload: Some(workload("shop", "cart")),
        role_arn: CART.to_owned(),
        action: action.to_owned(),
        resource: "arn:aws:s3:::shop/x".to_owned(),
        calls: 2,
        first_seen: day(1),
        last_seen: day(4),
        sample_event_id: "no".to_owned(),
    }
}

fn granting(w: &mut World, policy: Value) {
    w.role(CART).policies = vec![NamedPolicy {
        name: "access".to_owned(),
        managed: false,
        document: Some(json!({"Version": "2012-10-17", "Statement": [policy]}).to_string()),
    }];
}

#[test]
fn wildcards() {
    for (situation, statement, expected) in [
        (
            "everything",
            json!({"Effect": "Allow", "Action": "*", "Resource": "*"}),
            "high",
        ),
        (
            "a service",
            json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"}),
            "medium",
        ),
        (
            "all but",
            json!({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
            "high",
        ),
        (
            "a service on a bucket",
            json!({"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}),
            "low",
        ),
        (
            "a service under a condition",
            json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "shop"}}}),
            "low",
        ),
        (
            "everything under a condition",
            json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/team": "shop"}}}),
            "medium",
        ),
        (
            "on `*` where resources could be named",
            json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}),
            "low",
        ),
        (
            "on `*`, as it must be",
            json!({"Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "*"}),
            "",
        ),
        (
            "some actions of a service",
            json!({"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*"}),
            "",
        ),
        ("a Deny", json!({"Effect": "Deny", "Action": "*", "Resource": "*"}), ""),
    ] {
        let mut world = sound();
        granting(&mut world, statement);
        let told = world.told();
        match expected {
            "" => assert_eq!(told, Vec::<String>::new(), "{situation}"),
            _ => assert_eq!(told, [format!("{expected} wildcard_grant {CART}")], "{situation}"),
        }
    }
}

#[test]
fn a_role_that_no_workload_uses_is_not_ours_to_judge() {
    let mut world = sound();
    let people = json!({"Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "sts:AssumeRole"});
    let mut admin = role("arn:aws:iam::111122223333:role/admin", &people);
    admin.policies = vec![grant(&["*"], &["*"])];
    world.inventory.roles.push(admin);
    assert_eq!(world.told(), Vec::<String>::new());
}

#[test]
fn unused_permissions_and_refusals() {
    let marks = |used: u64, unused: u64| PermissionFacts {
        workload: workload("shop", "cart"),
        role_arn: CART.to_owned(),
        used,
        unused,
    };
    check(&[
        (
            "most unused",
            &|w| w.facts.permissions.push(marks(4, 6)),
            &["low unused_permissions shop-prod/shop/cart"],
        ),
        ("half unused", &|w| w.facts.permissions.push(marks(5, 5)), &[]),
        ("few granted", &|w| w.facts.permissions.push(marks(0, 9)), &[]),
        (
            "refused",
            &|w| w.facts.denied.push(denied("s3:PutObject")),
            &["low denied_demand shop-prod/shop/cart"],
        ),
        (
            "a token refused for the annotated role is told elsewhere",
            &|w| w.facts.denied.push(denied("sts:AssumeRoleWithWebIdentity")),
            &[],
        ),
    ]);
}
