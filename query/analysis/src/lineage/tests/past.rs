//! The past is judged by the configuration of the past.

use super::*;
use crate::inventory::{Object, Seen};

fn untagged(second: i64) -> StsCall {
    let asker = service("pods.eks.amazonaws.com");
    issue("e1", second, asker, "ASIA1", "cart", &pod_identity_name())
}

fn seen(object: Object, first: i64, last: i64) -> Seen {
    Seen {
        object,
        first: at(first).unwrap(),
        last: at(last).unwrap(),
    }
}

/// The inventory whose present is the last of these.
fn known(seen: &[Seen]) -> Inventory {
    let objects = seen.iter().map(|seen| (seen.object.clone(), seen.last));
    Inventory::from_objects(objects.chain([(Object::Cluster(prod()), at(0).unwrap())])).with_history(seen, &[])
}

fn workload_of(call: Option<StsCall>, caller: &Caller, inventory: &Inventory) -> String {
    let lineage = resolve(&evidence(call.into_iter().collect(), vec![caller.clone()]), inventory);
    let row = attribution(&lineage, caller);
    format!(
        "{} {}",
        word(row.workload_class),
        row.service_account.unwrap_or("-".to_owned())
    )
}

#[test]
fn a_session_without_tags_is_of_the_association_of_then() {
    // The role was cart's until some time between 20 and 30, and till's from then on.
    let of = |sa: &str, made: i64, role_name: &str| {
        Object::Association(Association {
            created_at: at(made),
            ..association("prod", sa, role_name)
        })
    };
    let inventory = known(&[
        seen(of("cart", 0, "cart"), 10, 20),
        seen(of("cart", 0, "other"), 30, 90),
        seen(of("till", 25, "cart"), 30, 90),
    ]);
    for (second, expected) in [
        (-1, "none -"),
        (15, "inferred cart"),
        (24, "inferred cart"),
        (27, "none -"),
        (31, "inferred till"),
        (99, "inferred till"),
    ] {
        let caller = session("ASIA1", "cart", &pod_identity_name(), second);
        assert_eq!(
            workload_of(Some(untagged(second)), &caller, &inventory),
            expected,
            "{second}"
        );
    }
}

#[test]
fn a_session_whose_issue_is_missing_is_of_whom_the_trust_policy_admitted_then() {
    let trust = |sa: &str| {
        Object::Role(irsa_role(
            "cart",
            "StringEquals",
            &[&format!("system:serviceaccount:shop:{sa}")],
        ))
    };
    let inventory = known(&[seen(trust("cart"), 10, 20), seen(trust("till"), 30, 90)]);
    for (second, expected) in [(15, "inferred cart"), (25, "none -"), (31, "inferred till")] {
        let caller = token_session("ASIA1", "cart", "n", second);
        assert_eq!(workload_of(None, &caller, &inventory), expected, "{second}");
    }
}

#[test]
fn an_annotation_counts_while_it_was_there() {
    let account = |role: Option<&str>| {
        Object::ServiceAccount(ServiceAccount {
            role_arn: role.map(super::role),
            ..annotated("cart", "cart")
        })
    };
    let inventory = known(&[seen(account(Some("cart")), 10, 20), seen(account(None), 30, 90)]);
    for (second, expected) in [(15, "inferred cart"), (31, "none -")] {
        let caller = token_session("ASIA1", "cart", "n", second);
        assert_eq!(workload_of(None, &caller, &inventory), expected, "{second}");
    }
}

#[test]
fn tags_can_be_trusted_if_only_pod_identity_could_come_in_when_they_were_set() {
    let anyone = trusting(
        "cart",
        json!([{"Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"], "Principal": {"AWS": "*"}}]),
    );
    let day = 86_400;
    // Open to anyone until some time between 10 and 20, closed since.
    let inventory = known(&[
        seen(Object::Role(anyone), 0, 10),
        seen(Object::Role(pod_identity_role("cart")), 20, 3 * day),
    ]);
    for (situation, asker, second, expected) in [
        (
            "begun while it was open",
            session("ASIA9", "cart", "n", 5),
            30,
            "claimed cart",
        ),
        ("begun since", session("ASIA9", "cart", "n", 25), 30, "exact cart"),
        (
            "begun nobody knows when, soon after",
            account("AROACART:n", ""),
            30,
            "claimed cart",
        ),
        (
            "begun nobody knows when, but since",
            account("AROACART:n", ""),
            2 * day,
            "exact cart",
        ),
    ] {
        let call = with(
            issue("e1", second, asker, "ASIA1", "far", "m"),
            "incomingTransitiveTags",
            incoming_tags(),
        );
        let caller = session("ASIA1", "far", "m", second);
        assert_eq!(workload_of(Some(call), &caller, &inventory), expected, "{situation}");
    }
}
