use super::*;

const ALLOW: Verdict = Verdict::Allow;
const NO: Verdict = Verdict::ImplicitDeny;
const DENY: Verdict = Verdict::ExplicitDeny;
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";

#[test]
fn same_account_resource_policy_by_how_it_names_the_caller() {
    let sqs = || vec![allow("sqs:*", "*")];
    let limited = |name: &str| Case {
        resource_policy: aws(name, "Allow"),
        boundary: sqs(),
        session: sqs(),
        ..Case::default()
    };
    let free = |name: &str| Case {
        resource_policy: aws(name, "Allow"),
        ..Case::default()
    };
    for (situation, name, alone, under_limits) in [
        ("the session", SESSION, ALLOW, ALLOW),
        (
            "another session",
            "arn:aws:sts::111122223333:assumed-role/app/pod-2",
            NO,
            NO,
        ),
        ("its role", "arn:aws:iam::111122223333:role/app", ALLOW, NO),
        ("its role, with a path", ROLE, ALLOW, NO),
        ("another role", "arn:aws:iam::111122223333:role/other", NO, NO),
        (
            "a role of the same name elsewhere",
            "arn:aws:iam::444455556666:role/app",
            NO,
            NO,
        ),
        ("everyone", "*", ALLOW, ALLOW),
        ("the account", ACCOUNT, NO, NO),
        ("the account's root", "arn:aws:iam::111122223333:root", NO, NO),
        ("another account", OTHER, NO, NO),
    ] {
        assert_eq!(free(name).verdict(), alone, "{situation}");
        assert_eq!(
            limited(name).verdict(),
            under_limits,
            "{situation}, under boundary and session policy"
        );
    }
    let user = Case {
        principal: Principal::new(USER, None),
        ..limited(USER)
    };
    assert_eq!(user.verdict(), ALLOW, "a user");
    let denied = Case {
        resource_policy: aws(SESSION, "Deny"),
        ..granted()
    };
    assert_eq!((denied.verdict(), denied.decide().by), (DENY, Layer::Resource));
}

#[test]
fn the_strongest_naming_counts() {
    let both = to(json!({ "AWS": [ACCOUNT, ROLE, SESSION] }), "Allow", "*");
    let case = Case {
        resource_policy: Some(both),
        session: vec![allow("sqs:*", "*")],
        ..Case::default()
    };
    assert_eq!(case.verdict(), ALLOW);
}

#[test]
fn a_role_path_that_is_known_counts() {
    let principal = Principal::new(SESSION, None).with_role_arn(ROLE);
    for (named, verdict) in [(ROLE, ALLOW), ("arn:aws:iam::111122223333:role/app", NO)] {
        let case = Case {
            principal: principal.clone(),
            resource_policy: aws(named, "Allow"),
            ..Case::default()
        };
        assert_eq!(case.verdict(), verdict, "{named}");
    }
}

#[test]
fn another_account_needs_both_sides() {
    let foreign = |case: Case| Case {
        resource_account: Some(OTHER.into()),
        ..case
    };
    let sqs = || vec![allow("sqs:*", "*")];
    for (situation, case, verdict, by) in [
        ("identity only", granted(), NO, Layer::Resource),
        (
            "resource only",
            Case {
                resource_policy: aws(SESSION, "Allow"),
                ..Case::default()
            },
            NO,
            Layer::Identity,
        ),
        (
            "both, by account",
            Case {
                resource_policy: aws(ACCOUNT, "Allow"),
                ..granted()
            },
            ALLOW,
            Layer::Identity,
        ),
        (
            "both, by role",
            Case {
                resource_policy: aws(ROLE, "Allow"),
                ..granted()
            },
            ALLOW,
            Layer::Identity,
        ),
        (
            "a boundary limits",
            Case {
                resource_policy: aws(SESSION, "Allow"),
                boundary: sqs(),
                ..granted()
            },
            NO,
            Layer::Boundary,
        ),
        (
            "the resource denies",
            Case {
                resource_policy: aws("*", "Deny"),
                ..granted()
            },
            DENY,
            Layer::Resource,
        ),
    ] {
        let case = foreign(case);
        let decision = case.decide();
        assert_eq!((decision.verdict, decision.by), (verdict, by), "{situation}");
    }
}

#[test]
fn the_account_in_the_arn_tells_who_owns_the_resource() {
    for (account, verdict) in [(ACCOUNT, ALLOW), (OTHER, NO), ("aws", ALLOW)] {
        let resource = format!("arn:aws:iam::{account}:policy/p");
        let case = Case {
            action: "iam:GetPolicy".into(),
            resource,
            ..granted()
        };
        assert_eq!(case.verdict(), verdict, "{account}");
    }
}

#[test]
fn a_kms_key_is_closed_unless_its_policy_opens_it() {
    let case = |policy, identity| Case {
        action: "kms:Decrypt".into(),
        resource: KEY.into(),
        resource_policy: policy,
        identity,
        ..Case::default()
    };
    let all = || vec![allow("*", "*")];
    for (situation, case, verdict) in [
        ("no key policy", case(None, all()), NO),
        ("delegated to the account", case(aws(ACCOUNT, "Allow"), all()), ALLOW),
        ("delegated, identity silent", case(aws(ACCOUNT, "Allow"), vec![]), NO),
        ("the role by name", case(aws(ROLE, "Allow"), vec![]), ALLOW),
        (
            "another role by name",
            case(aws("arn:aws:iam::111122223333:role/x", "Allow"), all()),
            NO,
        ),
    ] {
        assert_eq!(case.verdict(), verdict, "{situation}");
    }
    let list = Case {
        action: "kms:ListKeys".into(),
        resource: "*".into(),
        ..granted()
    };
    assert_eq!(list.verdict(), ALLOW, "no key is involved");
}

#[test]
fn a_replay_takes_the_resource_side_as_given() {
    for (resource, verdict_) in [(KEY, ALLOW), ("arn:aws:kms:eu-west-1:444455556666:key/k", ALLOW)] {
        let case = Case {
            action: "kms:Decrypt".into(),
            resource: resource.into(),
            ..granted()
        };
        let assumed = Layers {
            resource_side_assumed: true,
            ..case.layers()
        };
        assert_eq!(verdict(&case.request(), &assumed), verdict_, "{resource}");
        assert_eq!(case.verdict(), NO, "{resource}");
    }
}

/// A trust policy has no `Resource`.
fn trust(principal: Value, action: &str, condition: Value) -> Policy {
    policy(json!({ "Effect": "Allow", "Principal": principal, "Action": action, "Condition": condition }))
}

#[test]
fn role_trust() {
    let provider = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC";
    let subject = |sub: &str| context(&[("oidc.eks.eu-west-1.amazonaws.com/id/abc:sub", &[sub])]);
    let irsa = || {
        trust(
            json!({ "Federated": provider }),
            "sts:AssumeRoleWithWebIdentity",
            json!({ "StringEquals": { "oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub": "system:serviceaccount:shop:cart" } }),
        )
    };
    let pods = || {
        trust(
            json!({ "Service": "pods.eks.amazonaws.com" }),
            "sts:AssumeRole",
            json!({}),
        )
    };
    let case = |principal: &str, action: &str, policy, context, identity| Case {
        principal: Principal::new(principal, None),
        action: action.into(),
        resource: "arn:aws:iam::111122223333:role/target".into(),
        resource_policy: policy,
        context,
        identity,
        ..Case::default()
    };
    let none = Context::default;
    let web = "sts:AssumeRoleWithWebIdentity";
    let assume = "sts:AssumeRole";
    for (situation, case, verdict) in [
        (
            "IRSA",
            case(
                provider,
                web,
                Some(irsa()),
                subject("system:serviceaccount:shop:cart"),
                vec![],
            ),
            ALLOW,
        ),
        (
            "IRSA, another subject",
            case(
                provider,
                web,
                Some(irsa()),
                subject("system:serviceaccount:shop:x"),
                vec![],
            ),
            NO,
        ),
        (
            "Pod Identity",
            case("pods.eks.amazonaws.com", assume, Some(pods()), none(), vec![]),
            ALLOW,
        ),
        (
            "another service",
            case("ec2.amazonaws.com", assume, Some(pods()), none(), vec![]),
            NO,
        ),
        (
            "a role not named",
            case(SESSION, assume, Some(pods()), none(), vec![allow("*", "*")]),
            NO,
        ),
        (
            "a role named",
            case(SESSION, assume, aws(ROLE, "Allow"), none(), vec![]),
            ALLOW,
        ),
        (
            "the account named",
            case(SESSION, assume, aws(ACCOUNT, "Allow"), none(), vec![]),
            NO,
        ),
        (
            "the account named, and granted",
            case(
                SESSION,
                assume,
                aws(ACCOUNT, "Allow"),
                none(),
                vec![allow("sts:*", "*")],
            ),
            ALLOW,
        ),
        (
            "no trust policy",
            case(SESSION, assume, None, none(), vec![allow("*", "*")]),
            NO,
        ),
    ] {
        assert_eq!(case.verdict(), verdict, "{situation}");
    }
}

#[test]
fn callers_without_identity_policies() {
    for (arn, principal, verdict) in [
        ("*", json!("*"), ALLOW),
        ("*", json!({ "AWS": "*" }), ALLOW),
        ("*", json!({ "AWS": ACCOUNT }), NO),
        (
            "s3.amazonaws.com",
            json!({ "Service": ["sns.amazonaws.com", "s3.amazonaws.com"] }),
            ALLOW,
        ),
        ("s3.amazonaws.com", json!({ "Service": "sns.amazonaws.com" }), NO),
        (
            "accounts.google.com",
            json!({ "Federated": "accounts.google.com" }),
            ALLOW,
        ),
        ("s3.amazonaws.com", json!("*"), ALLOW),
    ] {
        let case = Case {
            principal: Principal::new(arn, None),
            resource_policy: Some(to(principal.clone(), "Allow", "*")),
            ..granted()
        };
        assert_eq!(case.verdict(), verdict, "{arn} {principal}");
    }
}

#[test]
fn not_principal() {
    let statement = |effect: &str, names: &[&str]| {
        policy(json!({ "Effect": effect, "NotPrincipal": { "AWS": names }, "Action": "*", "Resource": "*" }))
    };
    let role = "arn:aws:iam::111122223333:role/app";
    for (situation, effect, names, verdict) in [
        ("everyone but another user", "Allow", &[USER][..], ALLOW),
        ("everyone but this role", "Allow", &[role], NO),
        (
            "spared: session, role and account",
            "Deny",
            &[SESSION, role, ACCOUNT],
            ALLOW,
        ),
        ("not spared: the account is left out", "Deny", &[SESSION, role], DENY),
        ("not spared: another user", "Deny", &[USER, ACCOUNT], DENY),
    ] {
        let identity = if effect == "Deny" {
            vec![allow("*", "*")]
        } else {
            vec![]
        };
        let case = Case {
            identity,
            resource_policy: Some(statement(effect, names)),
            ..Case::default()
        };
        assert_eq!(case.verdict(), verdict, "{situation}");
    }
}

#[test]
fn what_aws_manages_is_changed_by_nobody_else() {
    let reserved = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1";
    for (action, resource, verdict) in [
        ("iam:DeletePolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess", NO),
        (
            "IAM:createpolicyversion",
            "arn:aws-cn:iam::aws:policy/job-function/Billing",
            NO,
        ),
        ("iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess", ALLOW),
        (
            "iam:DeletePolicy",
            "arn:aws:iam::111122223333:policy/ReadOnlyAccess",
            ALLOW,
        ),
        ("iam:PutRolePolicy", reserved, NO),
        ("iam:GetRole", reserved, ALLOW),
        (
            "iam:PutRolePolicy",
            "arn:aws:iam::111122223333:role/aws-reserved",
            ALLOW,
        ),
        ("kms:DeleteAlias", "arn:aws:kms:eu-west-1:111122223333:alias/aws/s3", NO),
        ("kms:DeleteAlias", "arn:aws:kms:eu-west-1:111122223333:alias/app", ALLOW),
    ] {
        let case = Case {
            action: action.into(),
            resource: resource.into(),
            ..granted()
        };
        let decision = case.decide();
        assert_eq!(decision.verdict, verdict, "{action} {resource}");
        if verdict == NO {
            assert_eq!(decision.by, Layer::Resource, "{action} {resource}");
        }
        let denied = Case {
            identity: vec![deny("*", "*")],
            ..case.clone()
        };
        assert_eq!(denied.verdict(), Verdict::ExplicitDeny, "{action} {resource}");
        let passed = Layers {
            resource_side_assumed: true,
            ..case.layers()
        };
        assert_eq!(
            evaluate(&case.request(), &passed).verdict,
            ALLOW,
            "a replay: {action} {resource}"
        );
    }
}
