use serde_json::json;

use super::super::trust::trust;
use super::super::trust_json::trusts_aws;
use super::*;
use crate::answer::Trust;

const PROVIDER: &str =
    "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
const SUBJECT: &str = "system:serviceaccount:shop:cart";

fn irsa(conditions: &Value) -> Value {
    let mut statement = json!({"Effect": "Allow", "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity"});
    if !conditions.is_null() {
        statement["Condition"] = conditions.clone();
    }
    statement
}

fn exact_irsa() -> Value {
    irsa(&json!({"StringEquals": {format!("{ISSUER}:sub"): SUBJECT, format!("{ISSUER}:aud"): "sts.amazonaws.com"}}))
}

fn pods(conditions: &Value) -> Value {
    let mut statement = json!({"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"]});
    if !conditions.is_null() {
        statement["Condition"] = conditions.clone();
    }
    statement
}

fn exact_pods() -> Value {
    pods(&json!({
        "ArnEquals": {"aws:SourceArn": CLUSTER},
        "StringEquals": {"aws:RequestTag/kubernetes-namespace": "shop", "aws:RequestTag/kubernetes-service-account": "cart"}}))
}

fn document(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn trusting(statements: &[Value]) -> Role {
    Role {
        arn: ROLE.into(),
        trust_policy: Some(document(statements).to_string()),
        ..Role::default()
    }
}

fn proposed<'a>(role: Option<&'a Role>, mechanism: Mechanism, change: impl FnOnce(&mut RoleInput<'a>)) -> Trust {
    let cluster = cluster();
    let mut role = RoleInput {
        role_arn: ROLE.into(),
        role,
        mechanisms: vec![mechanism],
        ..RoleInput::default()
    };
    change(&mut role);
    trust(
        &RecommendInput {
            cluster: Some(&cluster),
            ..input(vec![])
        },
        &role,
    )
}

#[test]
fn irsa_is_narrowed_to_the_subject_seen_with_the_reason() {
    let sub = format!("{ISSUER}:sub");
    let aud = format!("{ISSUER}:aud");
    for (situation, conditions, why) in [
        (
            "no conditions",
            json!(null),
            vec!["today every ServiceAccount", "today a token for any audience"],
        ),
        (
            "no audience",
            json!({"StringEquals": {&sub: SUBJECT}}),
            vec!["today a token for any audience"],
        ),
        (
            "a wildcard",
            json!({"StringLike": {&sub: "system:serviceaccount:shop:*", &aud: "sts.amazonaws.com"}}),
            vec!["lets others in"],
        ),
        (
            "a dead wildcard",
            json!({"StringEquals": {&sub: [SUBJECT, "system:serviceaccount:shop:*"], &aud: "sts.amazonaws.com"}}),
            vec!["never matches"],
        ),
        (
            "another subject",
            json!({"StringEquals": {&sub: [SUBJECT, "system:serviceaccount:shop:old"], &aud: "sts.amazonaws.com"}}),
            vec!["`system:serviceaccount:shop:old` removed"],
        ),
    ] {
        let role = trusting(&[irsa(&conditions)]);
        let made = proposed(Some(&role), Mechanism::Irsa, |_| {});
        assert_eq!(made.current, Some(document(&[irsa(&conditions)])), "{situation}");
        assert_eq!(made.proposed, Some(document(&[exact_irsa()])), "{situation}");
        assert_eq!(made.why.len(), why.len(), "{situation}: {:?}", made.why);
        for (found, expected) in made.why.iter().zip(why) {
            assert!(found.contains(expected), "{situation}: {found}");
        }
    }
}

#[test]
fn what_is_exact_stays_as_it_is() {
    let same = document(&[exact_irsa()]);
    let made = proposed(Some(&trusting(&[exact_irsa()])), Mechanism::Irsa, |_| {});
    assert_eq!(
        (made.proposed, made.why),
        (
            Some(same),
            vec!["left as it is: it already names exactly this workload".to_owned()]
        )
    );
    let made = proposed(Some(&trusting(&[exact_pods()])), Mechanism::PodIdentity, |_| {});
    assert_eq!(made.proposed, made.current);
}

#[test]
fn other_statements_and_conditions_stay() {
    let people =
        json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"});
    let github = json!({"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"},
        "Action": "sts:AssumeRoleWithWebIdentity"});
    let endpoint = json!({"StringEquals": {"aws:SourceVpce": "vpce-1", format!("{ISSUER}:sub"): SUBJECT}});
    let role = trusting(&[people.clone(), irsa(&endpoint), github.clone()]);
    let made = proposed(Some(&role), Mechanism::Irsa, |_| {}).proposed.unwrap();
    let mut narrowed = exact_irsa();
    narrowed["Condition"]["StringEquals"]["aws:SourceVpce"] = json!("vpce-1");
    assert_eq!(made, document(&[people, narrowed, github]));
}

#[test]
fn statements_that_differ_in_other_conditions_lose_them_with_a_word() {
    let from = |vpce: &str| irsa(&json!({"StringEquals": {"aws:SourceVpce": vpce, format!("{ISSUER}:sub"): SUBJECT}}));
    let differ = |made: &Trust| made.why.iter().any(|w| w.contains("differ in their other conditions"));
    let apart = proposed(
        Some(&trusting(&[from("vpce-1"), from("vpce-2")])),
        Mechanism::Irsa,
        |_| {},
    );
    assert_eq!(
        (apart.proposed.as_ref(), differ(&apart)),
        (Some(&document(&[exact_irsa()])), true)
    );
    let alike = proposed(
        Some(&trusting(&[from("vpce-1"), from("vpce-1")])),
        Mechanism::Irsa,
        |_| {},
    );
    let kept = &alike.proposed.as_ref().unwrap()["Statement"][0]["Condition"]["StringEquals"]["aws:SourceVpce"];
    assert_eq!((kept, differ(&alike)), (&json!("vpce-1"), false));
}

#[test]
fn several_subjects_and_issuers_have_their_statements_and_unseen_issuers_go() {
    let other = PROVIDER.replace("eu-west-1", "us-east-1");
    let unseen = PROVIDER.replace("eu-west-1", "ap-south-1");
    let mut statement = irsa(&json!(null));
    statement["Principal"]["Federated"] = json!([PROVIDER, unseen]);
    let subject = |provider: &str, name: &str| Subject {
        provider_arn: provider.into(),
        subject: format!("system:serviceaccount:shop:{name}"),
        audience: None,
    };
    let made = proposed(Some(&trusting(&[statement])), Mechanism::Irsa, |role| {
        role.subjects = vec![
            subject(&other, "cart"),
            subject(PROVIDER, "cart"),
            subject(PROVIDER, "cart2"),
        ];
    });
    let statements = made.proposed.unwrap()["Statement"].as_array().unwrap().clone();
    let federated: Vec<&Value> = statements.iter().map(|s| &s["Principal"]["Federated"]).collect();
    assert_eq!(federated, [&json!(PROVIDER), &json!(other)]);
    let subjects = &statements[0]["Condition"]["StringEquals"][format!("{ISSUER}:sub")];
    assert_eq!(subjects, &json!([SUBJECT, "system:serviceaccount:shop:cart2"]));
    assert!(
        made.why
            .iter()
            .any(|w| w.contains("ap-south-1") && w.contains("removed")),
        "{:?}",
        made.why
    );
}

#[test]
fn pod_identity_is_limited_to_the_cluster_and_the_tags() {
    let role = trusting(&[pods(&json!(null))]);
    let made = proposed(Some(&role), Mechanism::PodIdentity, |_| {});
    assert_eq!(made.proposed, Some(document(&[exact_pods()])));
    assert!(
        made.why[0].contains("workload's cluster") && made.why[1].contains("session tags"),
        "{:?}",
        made.why
    );
    let untagged = Association {
        disable_session_tags: true,
        ..association()
    };
    let made = proposed(Some(&role), Mechanism::PodIdentity, |role| {
        role.association = Some(&untagged)
    });
    assert_eq!(
        made.proposed,
        Some(document(&[pods(&json!({"ArnEquals": {"aws:SourceArn": CLUSTER}}))]))
    );
    assert!(made.why.iter().any(|w| w.contains("disables session tags")));
    let account = pods(&json!({"StringEquals": {"aws:SourceAccount": "111122223333"}}));
    let made = proposed(Some(&trusting(&[account])), Mechanism::PodIdentity, |_| {})
        .proposed
        .unwrap();
    assert_eq!(
        made["Statement"][0]["Condition"]["StringEquals"]["aws:SourceAccount"],
        json!("111122223333")
    );
}

#[test]
fn a_role_under_migration_keeps_both_statements() {
    let role = trusting(&[irsa(&json!(null)), pods(&json!(null))]);
    let made = proposed(Some(&role), Mechanism::Irsa, |role| {
        role.mechanisms = vec![Mechanism::Irsa, Mechanism::PodIdentity];
    });
    assert_eq!(made.proposed, Some(document(&[exact_irsa(), exact_pods()])));
    let made = proposed(Some(&role), Mechanism::PodIdentity, |_| {});
    assert_eq!(
        made.proposed,
        Some(document(&[irsa(&json!(null)), exact_pods()])),
        "the unused one is not ours to take"
    );
}

#[test]
fn chained_and_foreign_roles_are_left_with_the_reason() {
    let role = trusting(&[
        json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::1:role/a"}, "Action": "sts:AssumeRole"}),
    ]);
    let target = Association {
        role_arn: "arn:aws:iam::1:role/a".into(),
        target_role_arn: Some(ROLE.into()),
        ..association()
    };
    let chained = proposed(Some(&role), Mechanism::Irsa, |r| {
        r.chained_from = vec!["arn:aws:iam::1:role/a".into()]
    });
    let targeted = proposed(Some(&role), Mechanism::PodIdentity, |r| r.association = Some(&target));
    let node = proposed(Some(&role), Mechanism::NodeRole, |_| {});
    for (made, why) in [
        (chained, "assumed by sessions of arn:aws:iam::1:role/a"),
        (targeted, "target role"),
        (node, "not assumed through"),
    ] {
        assert_eq!(made.proposed, made.current);
        assert!(made.why[0].contains(why), "{:?}", made.why);
    }
}

#[test]
fn without_inventory_the_proposal_stands_on_what_was_seen() {
    let made = proposed(None, Mechanism::Irsa, |_| {});
    assert_eq!((made.current, made.proposed), (None, Some(document(&[exact_irsa()]))));
    let role = RoleInput {
        role_arn: ROLE.into(),
        ..RoleInput::default()
    };
    let blind = trust(&input(vec![]), &role);
    assert_eq!(blind.proposed, None, "no issuer is known");
    assert!(
        blind
            .why
            .iter()
            .any(|w| w.contains("issuer of the workload's cluster is not known"))
    );
}

#[test]
fn a_shared_roles_proposal_says_whose_it_is() {
    let made = proposed(Some(&trusting(&[irsa(&json!(null))])), Mechanism::Irsa, |r| {
        r.shared_by = vec!["prod/shop/b".into()]
    });
    assert!(made.why.iter().any(|w| w.contains("role of this workload's own")));
}

#[test]
fn aws_principals_in_a_trust_policy_are_seen() {
    assert!(!trusts_aws(&document(&[exact_irsa(), exact_pods()]).to_string()));
    assert!(trusts_aws(
        r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}"#
    ));
    assert!(trusts_aws(
        r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":["1"]},"Action":"sts:AssumeRole"}]}"#
    ));
}
