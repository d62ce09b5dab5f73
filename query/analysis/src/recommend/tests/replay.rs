use podtrail_iam::policy::Policy;
use serde_json::json;

use super::*;
use crate::answer::Replay;

fn checked(usage: Vec<Usage>, mechanism: Mechanism, statements: &Value) -> Replay {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    let policies = [Policy::from_value(&document).unwrap()];
    check(&workload(), &[mechanism], &with_usage(usage), &policies)
}

/// (allowed, denied, unknown)
fn counts(replay: &Replay) -> (u64, u64, u64) {
    assert_eq!(replay.calls, replay.allowed + replay.denied + replay.unknown);
    (replay.allowed, replay.denied, replay.unknown)
}

fn conditioned(key: &str, value: &str) -> Value {
    let mut statement = allow(&json!("s3:GetObject"), &json!("*"));
    statement["Condition"] = json!({"StringEquals": {key: value}});
    json!([statement])
}

#[test]
fn calls_are_weighed_and_misses_named() {
    let usage = vec![
        used("s3:GetObject", "arn:aws:s3:::b/k"),
        Usage {
            outcome: Outcome::Error,
            calls: 3,
            ..used("s3:GetObject", "arn:aws:s3:::c/k")
        },
        denied("s3:PutObject", "arn:aws:s3:::b/k"),
    ];
    let replay = checked(
        usage,
        Mechanism::Irsa,
        &json!([allow(&json!("s3:GetObject"), &json!("arn:aws:s3:::b/*"))]),
    );
    assert_eq!(
        counts(&replay),
        (10, 3, 0),
        "an error passed authorisation, a denial did not"
    );
    let miss = &replay.counterexamples[0];
    assert_eq!(
        (
            miss.action.as_str(),
            miss.resource.as_str(),
            miss.decision.as_str(),
            miss.calls
        ),
        ("s3:GetObject", "arn:aws:s3:::c/k", "implicit_deny", 3)
    );
}

#[test]
fn an_explicit_deny_is_told_from_a_missing_allow() {
    let statements = json!([
        allow(&json!("s3:*"), &json!("*")),
        deny(&json!("s3:GetObject"), &json!("arn:aws:s3:::b/*"))
    ]);
    let replay = checked(
        vec![used("s3:GetObject", "arn:aws:s3:::b/k")],
        Mechanism::Irsa,
        &statements,
    );
    assert_eq!(counts(&replay), (0, 10, 0));
    assert_eq!(replay.counterexamples[0].decision, "explicit_deny");
}

#[test]
fn what_the_log_does_not_show_is_unknown_and_named() {
    let usage = || vec![used("s3:GetObject", "arn:aws:s3:::b/k")];
    for (key, value, mechanism, expected) in [
        ("aws:SourceVpce", "vpce-1", Mechanism::Irsa, (0, 0, 10)),
        ("aws:PrincipalArn", ROLE, Mechanism::Irsa, (10, 0, 0)),
        ("aws:PrincipalAccount", "444455556666", Mechanism::Irsa, (0, 10, 0)),
        (
            "aws:PrincipalTag/kubernetes-namespace",
            "shop",
            Mechanism::PodIdentity,
            (10, 0, 0),
        ),
        (
            "aws:PrincipalTag/kubernetes-service-account",
            "other",
            Mechanism::PodIdentity,
            (0, 10, 0),
        ),
        (
            "aws:PrincipalTag/eks-cluster-name",
            "prod",
            Mechanism::PodIdentity,
            (10, 0, 0),
        ),
        (
            "aws:PrincipalTag/eks-cluster-arn",
            CLUSTER,
            Mechanism::PodIdentity,
            (10, 0, 0),
        ),
        (
            "aws:PrincipalTag/kubernetes-pod-name",
            "cart-1",
            Mechanism::PodIdentity,
            (0, 0, 10),
        ),
        (
            "aws:PrincipalTag/kubernetes-pod-uid",
            "u",
            Mechanism::PodIdentity,
            (0, 0, 10),
        ),
        (
            "aws:PrincipalTag/kubernetes-namespace",
            "shop",
            Mechanism::Irsa,
            (0, 10, 0),
        ),
    ] {
        let replay = checked(usage(), mechanism, &conditioned(key, value));
        assert_eq!(counts(&replay), expected, "{key} = {value} by {mechanism:?}");
        if expected.2 > 0 {
            assert_eq!(replay.counterexamples[0].missing_keys, [key]);
        }
    }
}

#[test]
fn tags_follow_the_association_and_the_role() {
    let policies = |key: &str, value: &str| {
        vec![Policy::from_value(&json!({"Version": "2012-10-17", "Statement": conditioned(key, value)})).unwrap()]
    };
    let usage = vec![used("s3:GetObject", "arn:aws:s3:::b/k")];
    let untagged = Association {
        disable_session_tags: true,
        ..association()
    };
    let tagged_role = Role {
        tags: [("team".to_owned(), "shop".to_owned())].into(),
        ..role(&json!([]))
    };
    let role = RoleInput {
        association: Some(&untagged),
        role: Some(&tagged_role),
        ..with_usage(usage)
    };
    let run = |key: &str, value: &str| {
        counts(&check(
            &workload(),
            &[Mechanism::PodIdentity],
            &role,
            &policies(key, value),
        ))
    };
    assert_eq!(
        run("aws:PrincipalTag/kubernetes-namespace", "shop"),
        (0, 10, 0),
        "tags are disabled"
    );
    assert_eq!(run("aws:PrincipalTag/team", "shop"), (10, 0, 0), "a role's own tag");
}

#[test]
fn the_events_own_keys_are_its_context() {
    let key = "arn:aws:kms:r:111122223333:key/k";
    let statement = |service: &str| {
        let mut statement = allow(&json!("kms:Decrypt"), &json!(key));
        statement["Condition"] = json!({"StringEquals": {"kms:ViaService": service}});
        json!([statement])
    };
    let via = vec![when(used("kms:Decrypt", key), "kms:ViaService", "s3.r.amazonaws.com")];
    assert_eq!(
        counts(&checked(via.clone(), Mechanism::Irsa, &statement("s3.r.amazonaws.com"))),
        (10, 0, 0)
    );
    assert_eq!(
        counts(&checked(via, Mechanism::Irsa, &statement("sqs.r.amazonaws.com"))),
        (0, 10, 0)
    );
    let direct = vec![used("kms:Decrypt", key)];
    assert_eq!(
        counts(&checked(direct, Mechanism::Irsa, &statement("s3.r.amazonaws.com"))),
        (0, 10, 0),
        "absent, not unknown"
    );
}

#[test]
fn calls_that_map_to_nothing_are_unknown() {
    let unmapped = UnmappedCall {
        event_source: "new.amazonaws.com".into(),
        event_name: "DoIt".into(),
        calls: 4,
        sample_event_id: "e".into(),
    };
    let role = RoleInput {
        unmapped: vec![unmapped],
        ..with_usage(vec![])
    };
    let replay = check(&workload(), &[Mechanism::Irsa], &role, &[]);
    assert_eq!(counts(&replay), (0, 0, 4));
    assert_eq!(
        (
            replay.counterexamples[0].action.as_str(),
            replay.counterexamples[0].decision.as_str()
        ),
        ("DoIt", "unknown")
    );
}

#[test]
fn cross_account_resources_are_judged_by_the_identity_side() {
    let usage = vec![
        used("s3:GetObject", "arn:aws:s3:::b/k"),
        used("sqs:SendMessage", "arn:aws:sqs:r:999988887777:q"),
    ];
    let both = json!([allow(&json!(["s3:GetObject", "sqs:SendMessage"]), &json!("*"))]);
    assert_eq!(counts(&checked(usage.clone(), Mechanism::Irsa, &both)), (20, 0, 0));
    let one = json!([allow(&json!("s3:GetObject"), &json!("*"))]);
    assert_eq!(counts(&checked(usage, Mechanism::Irsa, &one)), (10, 10, 0));
}
