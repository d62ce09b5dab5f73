//! What is configured.

use super::*;
use crate::inventory::{Contradiction, Word};

fn refused(account: Option<&str>, role: &str, action: &str) -> Denied {
    Denied {
        workload: account.map(|account| workload("shop", account)),
        role_arn: role.to_owned(),
        action: action.to_owned(),
        resource: role.to_owned(),
        calls: 7,
        first_seen: day(2),
        last_seen: day(3),
        sample_event_id: "refused-1".to_owned(),
    }
}

#[test]
fn roles_that_cannot_be_had() {
    check(&[
        (
            "annotated with a role that is not there",
            &|w| w.inventory.service_accounts[0].role_arn = text("arn:aws:iam::111122223333:role/gone"),
            &["medium missing_role shop-prod/shop/cart arn:aws:iam::111122223333:role/gone"],
        ),
        (
            "annotated with a role of an account that is not known",
            &|w| w.inventory.service_accounts[0].role_arn = text("arn:aws:iam::999900001111:role/there"),
            &[],
        ),
        (
            "the target role is not there",
            &|w| w.inventory.associations[0].target_role_arn = text("arn:aws:iam::111122223333:role/gone"),
            &["medium missing_role shop-prod/shop/catalog arn:aws:iam::111122223333:role/gone"],
        ),
        (
            "the trust policy names another account",
            &|w| {
                let other = "system:serviceaccount:shop:basket";
                w.trust(CART, irsa(json!({"StringEquals": {format!("{ISSUER}:sub"): other, format!("{ISSUER}:aud"): "sts.amazonaws.com"}})));
            },
            &["medium role_not_trusting shop-prod/shop/cart arn:aws:iam::111122223333:role/cart"],
        ),
        (
            "an audience that an annotation may ask for",
            &|w| {
                w.trust(CART, irsa(json!({"StringEquals": {format!("{ISSUER}:sub"): SUBJECT, format!("{ISSUER}:aud"): "internal"}})))
            },
            &[],
        ),
        (
            "that audience, and STS refused the token",
            &|w| {
                w.trust(CART, irsa(json!({"StringEquals": {format!("{ISSUER}:sub"): SUBJECT, format!("{ISSUER}:aud"): "internal"}})));
                w.facts
                    .denied
                    .push(refused(Some("cart"), CART, "sts:AssumeRoleWithWebIdentity"));
            },
            &["medium role_not_trusting shop-prod/shop/cart arn:aws:iam::111122223333:role/cart"],
        ),
        (
            "the association's role names another cluster",
            &|w| {
                w.trust(
                    CATALOG,
                    pods(
                        json!({"ArnEquals": {"aws:SourceArn": "arn:aws:eks:eu-west-1:111122223333:cluster/shop-dev"}}),
                    ),
                )
            },
            &["medium role_not_trusting arn:aws:eks:eu-west-1:111122223333:podidentityassociation/shop-prod/a-catalog"],
        ),
        (
            "the association's role may not be tagged",
            &|w| {
                let mut statement = sound_pods();
                statement["Action"] = json!("sts:AssumeRole");
                w.trust(CATALOG, statement);
            },
            &["medium role_not_trusting arn:aws:eks:eu-west-1:111122223333:podidentityassociation/shop-prod/a-catalog"],
        ),
        (
            "without tags it need not be",
            &|w| {
                w.inventory.associations[0].disable_session_tags = true;
                let mut statement = pods(json!({"ArnEquals": {"aws:SourceArn": CLUSTER}}));
                statement["Action"] = json!("sts:AssumeRole");
                w.trust(CATALOG, statement);
            },
            &[],
        ),
        (
            "tags asked for and disabled",
            &|w| w.inventory.associations[0].disable_session_tags = true,
            &[
                "medium session_tags_disabled arn:aws:eks:eu-west-1:111122223333:podidentityassociation/shop-prod/a-catalog",
            ],
        ),
        (
            "tags disabled, and asked for if they exist",
            &|w| {
                w.inventory.associations[0].disable_session_tags = true;
                w.trust(
                    CATALOG,
                    pods(json!({"ArnEquals": {"aws:SourceArn": CLUSTER},
                    "StringEqualsIfExists": {"aws:RequestTag/kubernetes-namespace": "shop"}})),
                );
            },
            &[],
        ),
    ]);
}

#[test]
fn the_refused_calls_are_the_evidence() {
    let mut world = sound();
    world.trust(CART, irsa(json!({"StringEquals": {format!("{ISSUER}:sub"): "system:serviceaccount:shop:basket", format!("{ISSUER}:aud"): "sts.amazonaws.com"}})));
    world
        .facts
        .denied
        .push(refused(Some("cart"), CART, "sts:AssumeRoleWithWebIdentity"));
    world.facts.denied.push(refused(None, CATALOG, "sts:AssumeRole"));
    world.trust(
        CATALOG,
        pods(json!({"StringEquals": {"aws:SourceAccount": "444455556666"}})),
    );
    let findings = world.findings();
    assert_eq!(findings.len(), 2, "{findings:?}");
    for finding in findings {
        assert_eq!(finding.kind, FindingKind::RoleNotTrusting);
        assert!(
            finding
                .evidence
                .iter()
                .any(|e| e.event_id.as_deref() == Some("refused-1")),
            "{finding:?}"
        );
        assert_eq!((finding.first_seen, finding.last_seen), (day(2), day(3)));
    }
}

#[test]
fn roles_of_the_default_account_and_of_two_mechanisms() {
    let default_role = |w: &mut World| {
        w.inventory
            .service_accounts
            .push(account("shop", "default", Some(CART)));
        let both = json!([SUBJECT, "system:serviceaccount:shop:default"]);
        w.trust(
            CART,
            irsa(
                json!({"StringEquals": {format!("{ISSUER}:sub"): both, format!("{ISSUER}:aud"): "sts.amazonaws.com"}}),
            ),
        );
        w.facts.workloads.push(used("shop", "default", CART, Mechanism::Irsa));
    };
    check(&[
        (
            "`default` is annotated",
            &default_role,
            &[
                "medium default_service_account shop-prod/shop/default",
                "low shared_role arn:aws:iam::111122223333:role/cart",
            ],
        ),
        (
            "`default` without a role",
            &|w| w.inventory.service_accounts.push(account("shop", "default", None)),
            &[],
        ),
        (
            "annotated and associated",
            &|w| {
                w.inventory.associations.push(association("shop", "cart", CATALOG));
                w.trust(CATALOG, pods(json!({"ArnEquals": {"aws:SourceArn": CLUSTER}})));
            },
            &[
                "low shared_role arn:aws:iam::111122223333:role/catalog",
                "low both_mechanisms shop-prod/shop/cart",
            ],
        ),
        (
            "both seen, one configured",
            &|w| {
                let second = used("shop", "cart", CART, Mechanism::PodIdentity).uses.remove(0);
                w.facts.workloads[0].uses.push(second);
            },
            &["low both_mechanisms shop-prod/shop/cart"],
        ),
    ]);
}

#[test]
fn what_nobody_uses() {
    let unseen = |w: &mut World| {
        w.facts.workloads[0].uses.clear();
        w.inventory.pods.clear();
    };
    check(&[
        (
            "never seen, no pod",
            &unseen,
            &["low dead_service_account shop-prod/shop/cart"],
        ),
        (
            "never seen, and a pod runs",
            &|w| w.facts.workloads[0].uses.clear(),
            &[],
        ),
        (
            "never seen, and its pod has ended",
            &|w| {
                w.facts.workloads[0].uses.clear();
                w.inventory.pods[0].ended_at = day(1);
            },
            &["low dead_service_account shop-prod/shop/cart"],
        ),
        (
            "quiet for eight days",
            &|w| {
                w.inventory.pods.clear();
                w.facts.workloads[0].uses[0].last_seen = day(6);
            },
            &["low dead_service_account shop-prod/shop/cart"],
        ),
        (
            "quiet for six days",
            &|w| {
                w.inventory.pods.clear();
                w.facts.workloads[0].uses[0].last_seen = day(8);
            },
            &[],
        ),
        (
            "never seen in six days of log",
            &|w| {
                unseen(w);
                w.facts.window.from = day(8);
            },
            &[],
        ),
        (
            "never seen, no log",
            &|w| {
                unseen(w);
                w.facts.window = Window::default();
            },
            &[],
        ),
        (
            "an association that nobody uses",
            &|w| w.facts.workloads[1].uses.clear(),
            &["low dead_association arn:aws:eks:eu-west-1:111122223333:podidentityassociation/shop-prod/a-catalog"],
        ),
        (
            "an association that was deleted",
            &|w| {
                w.facts.workloads[1].uses.clear();
                w.inventory.associations[0].deleted_at = day(5);
            },
            &[],
        ),
    ]);
    let mut world = sound();
    unseen(&mut world);
    let why = world.findings().remove(0).why;
    assert!(why.starts_with("Never seen in the 14 days from "), "{why}");
}

#[test]
fn contradictions_keep_their_times() {
    let mut world = sound();
    let word = |at: i64, event: Option<&str>| Word {
        at: day(at).unwrap(),
        state: format!("{{\"role\": {at}}}"),
        event_id: event.map(str::to_owned),
    };
    world.inventory.history.contradictions.push(Contradiction {
        kind: "association".to_owned(),
        key: "a-1".to_owned(),
        words: [word(1, None), word(2, Some("create"))],
    });
    let finding = world.findings().remove(0);
    assert_eq!(finding.kind, FindingKind::ContradictingInventory);
    assert_eq!((finding.first_seen, finding.last_seen), (day(1), day(2)));
    assert_eq!(finding.evidence.len(), 2, "both are shown");
}
