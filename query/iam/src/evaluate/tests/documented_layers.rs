//! Situations with several layers that the user guides of IAM, EKS and Organizations work through.

use super::*;

#[test]
fn a_user_and_a_bucket_of_the_same_account() {
    let own = policy(json!([
        { "Effect": "Allow", "Action": ["s3:GetBucketLocation", "s3:ListAllMyBuckets"], "Resource": "*" },
        { "Effect": "Allow", "Action": "s3:*Object*", "Resource": "arn:aws:s3:::homes/ana/*" }
    ]));
    let bucket = policy(json!([
        { "Effect": "Allow", "Principal": { "AWS": USER }, "Action": ["s3:PutObject"], "Resource": "arn:aws:s3:::homes/logs/*" },
        { "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::homes/*" }
    ]));
    for (situation, action, key, expected) in [
        ("the identity alone", "s3:GetObject", "ana/x", Verdict::Allow),
        ("the bucket alone", "s3:PutObject", "logs/x", Verdict::Allow),
        ("neither", "s3:GetObject", "logs/x", Verdict::ImplicitDeny),
        (
            "the identity, but the bucket denies",
            "s3:DeleteObject",
            "ana/x",
            Verdict::ExplicitDeny,
        ),
    ] {
        let case = Case {
            principal: Principal::new(USER, None),
            action: action.into(),
            resource: format!("arn:aws:s3:::homes/{key}"),
            identity: vec![own.clone()],
            resource_policy: Some(bucket.clone()),
            ..Case::default()
        };
        assert_eq!(case.verdict(), expected, "{situation}");
    }
}

#[test]
fn a_bucket_of_another_account() {
    let own = allow("s3:PutObject", "arn:aws:s3:::theirs/logs/*");
    let grant = |who: &str| aws(who, "Allow");
    for (situation, identity, bucket, expected) in [
        ("both", Some(own.clone()), grant(USER), Verdict::Allow),
        (
            "both, the bucket to the account",
            Some(own.clone()),
            grant(ACCOUNT),
            Verdict::Allow,
        ),
        ("the bucket alone", None, grant(USER), Verdict::ImplicitDeny),
        ("the identity alone", Some(own.clone()), None, Verdict::ImplicitDeny),
        (
            "the bucket to a third account",
            Some(own),
            grant("777788889999"),
            Verdict::ImplicitDeny,
        ),
    ] {
        let case = Case {
            principal: Principal::new(USER, None),
            action: "s3:PutObject".into(),
            resource: "arn:aws:s3:::theirs/logs/x".into(),
            resource_account: Some(OTHER.into()),
            identity: identity.into_iter().collect(),
            resource_policy: bucket,
            ..Case::default()
        };
        assert_eq!(case.verdict(), expected, "{situation}");
    }
}

#[test]
fn a_boundary_grants_nothing_and_limits_what_is_granted() {
    let boundary = || {
        vec![policy(
            json!({ "Effect": "Allow", "Action": ["s3:*", "cloudwatch:*", "ec2:*"], "Resource": "*" }),
        )]
    };
    for (situation, identity, action, expected) in [
        (
            "granted beyond the boundary",
            allow("iam:CreateUser", "*"),
            "iam:CreateUser",
            Verdict::ImplicitDeny,
        ),
        (
            "within the boundary, not granted",
            allow("iam:CreateUser", "*"),
            "s3:ListAllMyBuckets",
            Verdict::ImplicitDeny,
        ),
        (
            "granted within the boundary",
            allow("s3:*", "*"),
            "s3:ListAllMyBuckets",
            Verdict::Allow,
        ),
    ] {
        let case = Case {
            principal: Principal::new(USER, None),
            action: action.into(),
            resource: "*".into(),
            identity: vec![identity],
            boundary: boundary(),
            ..Case::default()
        };
        assert_eq!(case.verdict(), expected, "{situation}");
    }
}

#[test]
fn an_association_narrows_the_role_for_one_service_account() {
    // EKS user guide, "EKS Pod Identities": the association's policy and the role's must both allow.
    let role = || vec![allow("s3:*", "arn:aws:s3:::shop-*/*"), allow("sqs:SendMessage", "*")];
    let association = || {
        vec![
            allow("s3:GetObject", "arn:aws:s3:::shop-orders/*"),
            allow("kms:Decrypt", "*"),
        ]
    };
    for (action, resource, expected) in [
        ("s3:GetObject", "arn:aws:s3:::shop-orders/1", Verdict::Allow),
        ("s3:PutObject", "arn:aws:s3:::shop-orders/1", Verdict::ImplicitDeny),
        ("s3:GetObject", "arn:aws:s3:::shop-users/1", Verdict::ImplicitDeny),
        (
            "sqs:SendMessage",
            "arn:aws:sqs:eu-west-1:111122223333:q",
            Verdict::ImplicitDeny,
        ),
        (
            "kms:Decrypt",
            "arn:aws:kms:eu-west-1:111122223333:alias/x",
            Verdict::ImplicitDeny,
        ),
    ] {
        let case = Case {
            action: action.into(),
            resource: resource.into(),
            identity: role(),
            session: association(),
            ..Case::default()
        };
        assert_eq!(case.verdict(), expected, "{action} {resource}");
    }
}

#[test]
fn every_level_of_an_organization_must_allow() {
    // Organizations user guide, "SCP evaluation".
    let full = || vec![allow("*", "*")];
    for (situation, levels, expected) in [
        (
            "full access at each level",
            vec![full(), full(), full()],
            Verdict::Allow,
        ),
        (
            "a service at the account",
            vec![full(), full(), vec![allow("s3:*", "*")]],
            Verdict::Allow,
        ),
        (
            "another service at the account",
            vec![full(), full(), vec![allow("sqs:*", "*")]],
            Verdict::ImplicitDeny,
        ),
        (
            "nothing at the unit",
            vec![full(), vec![], full()],
            Verdict::ImplicitDeny,
        ),
        (
            "denied at the unit beside full access",
            vec![full(), vec![allow("*", "*"), deny("s3:*", "*")], full()],
            Verdict::ExplicitDeny,
        ),
    ] {
        let case = Case {
            scps: levels,
            ..granted()
        };
        assert_eq!(case.verdict(), expected, "{situation}");
    }
}

#[test]
fn nobody_from_outside_the_organization_but_aws_itself() {
    // Organizations user guide, "RCP examples".
    let fence = policy(json!({
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*",
        "Condition": {
            "StringNotEqualsIfExists": { "aws:PrincipalOrgID": "o-ours" },
            "BoolIfExists": { "aws:PrincipalIsAWSService": "false" }
        }
    }));
    let of = |org: &str| context(&[("aws:PrincipalOrgID", &[org])]);
    for (situation, principal, context, expected) in [
        ("of the organization", SESSION, of("o-ours"), Verdict::Allow),
        ("of another one", SESSION, of("o-theirs"), Verdict::ExplicitDeny),
        ("of none", SESSION, Context::default(), Verdict::ExplicitDeny),
        (
            "a service",
            "logging.s3.amazonaws.com",
            Context::default(),
            Verdict::Allow,
        ),
    ] {
        let case = Case {
            principal: Principal::new(principal, None),
            context,
            rcps: vec![vec![fence.clone()]],
            resource_policy: Some(to(json!("*"), "Allow", "*")),
            ..granted()
        };
        assert_eq!(case.verdict(), expected, "{situation}");
    }
}
