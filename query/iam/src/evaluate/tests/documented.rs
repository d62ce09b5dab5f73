//! Situations that the IAM and EKS user guides work through, with inputs of our own.

use super::*;

/// Verdicts of one identity policy: `(principal, action, resource, context, verdict)`.
fn check(document: &Policy, table: &[(&str, &str, &str, Context, Verdict)]) {
    for (principal, action, resource, context, expected) in table {
        let case = Case {
            principal: Principal::new(principal, None),
            action: (*action).into(),
            resource: (*resource).into(),
            context: context.clone(),
            identity: vec![document.clone()],
            ..Case::default()
        };
        assert_eq!(
            case.verdict(),
            *expected,
            "{action} on {resource} by {principal} with {context:?}"
        );
    }
}

#[test]
fn a_home_folder_for_each_user() {
    let home = policy(json!([
        {
            "Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::homes",
            "Condition": { "StringLike": { "s3:prefix": ["", "${aws:username}/*"] } }
        },
        { "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::homes/${aws:username}/*" }
    ]));
    let prefix = |text: &str| context(&[("s3:prefix", &[text])]);
    let none = Context::default;
    check(
        &home,
        &[
            (
                USER,
                "s3:GetObject",
                "arn:aws:s3:::homes/ana/a.txt",
                none(),
                Verdict::Allow,
            ),
            (
                USER,
                "s3:GetObject",
                "arn:aws:s3:::homes/bob/a.txt",
                none(),
                Verdict::ImplicitDeny,
            ),
            (
                SESSION,
                "s3:GetObject",
                "arn:aws:s3:::homes/ana/a.txt",
                none(),
                Verdict::ImplicitDeny,
            ),
            (
                USER,
                "s3:ListBucket",
                "arn:aws:s3:::homes",
                prefix("ana/photos"),
                Verdict::Allow,
            ),
            (
                USER,
                "s3:ListBucket",
                "arn:aws:s3:::homes",
                prefix("bob/photos"),
                Verdict::ImplicitDeny,
            ),
            (
                USER,
                "s3:ListBucket",
                "arn:aws:s3:::homes",
                none(),
                Verdict::ImplicitDeny,
            ),
        ],
    );
}

#[test]
fn nothing_outside_two_regions_but_global_services() {
    let regions = policy(json!([
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
        {
            "Effect": "Deny", "NotAction": ["iam:*", "sts:*"], "Resource": "*",
            "Condition": { "StringNotEquals": { "aws:RequestedRegion": ["eu-west-1", "eu-central-1"] } }
        }
    ]));
    let region = |name: &str| context(&[("aws:RequestedRegion", &[name])]);
    check(
        &regions,
        &[
            (
                SESSION,
                "ec2:DescribeInstances",
                "*",
                region("eu-west-1"),
                Verdict::Allow,
            ),
            (
                SESSION,
                "ec2:DescribeInstances",
                "*",
                region("us-east-1"),
                Verdict::ExplicitDeny,
            ),
            (SESSION, "iam:ListRoles", "*", region("us-east-1"), Verdict::Allow),
            (
                SESSION,
                "ec2:DescribeInstances",
                "*",
                Context::default(),
                Verdict::ExplicitDeny,
            ),
        ],
    );
}

#[test]
fn a_deny_without_mfa_needs_if_exists_to_catch_long_term_keys() {
    let document = |operator: &str| {
        policy(json!([
            { "Effect": "Allow", "Action": "*", "Resource": "*" },
            { "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": { operator: { "aws:MultiFactorAuthPresent": "false" } } }
        ]))
    };
    let mfa = |value: &str| context(&[("aws:MultiFactorAuthPresent", &[value])]);
    let none = Context::default;
    for (operator, without_key) in [("Bool", Verdict::Allow), ("BoolIfExists", Verdict::ExplicitDeny)] {
        check(
            &document(operator),
            &[
                (USER, "s3:GetObject", OBJECT, mfa("true"), Verdict::Allow),
                (USER, "s3:GetObject", OBJECT, mfa("false"), Verdict::ExplicitDeny),
                (USER, "s3:GetObject", OBJECT, none(), without_key),
            ],
        );
    }
}

#[test]
fn only_known_tag_keys_and_at_least_one() {
    let tags = policy(json!({
        "Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "*",
        "Condition": { "ForAllValues:StringEquals": { "aws:TagKeys": ["team", "env"] }, "Null": { "aws:TagKeys": "false" } }
    }));
    let keys = |names: &[&str]| context(&[("aws:TagKeys", names)]);
    check(
        &tags,
        &[
            (SESSION, "ec2:CreateTags", "*", keys(&["team"]), Verdict::Allow),
            (SESSION, "ec2:CreateTags", "*", keys(&["team", "env"]), Verdict::Allow),
            (
                SESSION,
                "ec2:CreateTags",
                "*",
                keys(&["team", "cost"]),
                Verdict::ImplicitDeny,
            ),
            (SESSION, "ec2:CreateTags", "*", keys(&[]), Verdict::ImplicitDeny),
        ],
    );
}

#[test]
fn one_role_for_many_pods_by_session_tags() {
    let secrets = policy(json!({
        "Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": "*",
        "Condition": { "StringEquals": {
            "secretsmanager:ResourceTag/kubernetes-namespace": "${aws:PrincipalTag/kubernetes-namespace}",
            "secretsmanager:ResourceTag/eks-cluster-name": "${aws:PrincipalTag/eks-cluster-name}"
        } }
    }));
    for (cluster, namespace, expected) in [
        ("blue", "shop", Verdict::Allow),
        ("blue", "blog", Verdict::ImplicitDeny),
        ("green", "shop", Verdict::ImplicitDeny),
    ] {
        let tags = [("eks-cluster-name", cluster), ("kubernetes-namespace", namespace)];
        let case = Case {
            principal: Principal::new(SESSION, None).with_tags(tags),
            action: "secretsmanager:GetSecretValue".into(),
            resource: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf".into(),
            context: context(&[
                ("secretsmanager:ResourceTag/kubernetes-namespace", &["shop"]),
                ("secretsmanager:ResourceTag/eks-cluster-name", &["blue"]),
            ]),
            identity: vec![secrets.clone()],
            ..Case::default()
        };
        assert_eq!(case.verdict(), expected, "{cluster}/{namespace}");
    }
}

#[test]
fn wildcards_between_slashes() {
    let tests = allow("s3:GetObject", "arn:aws:s3:::bucket/*/test/*");
    for (key, expected) in [
        ("1/test/object.jpg", Verdict::Allow),
        ("1/2/test/object.jpg", Verdict::Allow),
        ("1///test///object.jpg", Verdict::Allow),
        ("1/test/.jpg", Verdict::Allow),
        ("/test/object.jpg", Verdict::Allow),
        ("1/test/", Verdict::Allow),
        ("1-test/object.jpg", Verdict::ImplicitDeny),
        ("test/object.jpg", Verdict::ImplicitDeny),
        ("1/2/test.jpg", Verdict::ImplicitDeny),
    ] {
        let resource = format!("arn:aws:s3:::bucket/{key}");
        check(
            &tests,
            &[(USER, "s3:GetObject", &resource, Context::default(), expected)],
        );
    }
}

#[test]
fn a_key_that_only_some_of_the_resources_of_a_call_have() {
    let types = policy(json!({
        "Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*",
        "Condition": { "StringLikeIfExists": { "ec2:InstanceType": ["t3.*", "m5.*"] } }
    }));
    let kind = |name: &str| context(&[("ec2:InstanceType", &[name])]);
    let instance = "arn:aws:ec2:eu-west-1:111122223333:instance/*";
    let subnet = "arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-1";
    check(
        &types,
        &[
            (USER, "ec2:RunInstances", instance, kind("t3.large"), Verdict::Allow),
            (
                USER,
                "ec2:RunInstances",
                instance,
                kind("p5.48xlarge"),
                Verdict::ImplicitDeny,
            ),
            (USER, "ec2:RunInstances", subnet, Context::default(), Verdict::Allow),
        ],
    );
}

#[test]
fn outside_a_network_but_for_calls_that_aws_makes_for_us() {
    let fence = policy(json!([
        { "Effect": "Allow", "Action": "*", "Resource": "*" },
        {
            "Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {
                "NotIpAddress": { "aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"] },
                "Bool": { "aws:ViaAWSService": "false" }
            }
        }
    ]));
    let from = |ip: &str, via: &str| context(&[("aws:SourceIp", &[ip]), ("aws:ViaAWSService", &[via])]);
    check(
        &fence,
        &[
            (USER, "s3:GetObject", OBJECT, from("192.0.2.7", "false"), Verdict::Allow),
            (
                USER,
                "s3:GetObject",
                OBJECT,
                from("198.51.100.7", "false"),
                Verdict::ExplicitDeny,
            ),
            (
                USER,
                "s3:GetObject",
                OBJECT,
                from("198.51.100.7", "true"),
                Verdict::Allow,
            ),
            (
                USER,
                "s3:GetObject",
                OBJECT,
                from("2001:db8::7", "false"),
                Verdict::ExplicitDeny,
            ),
        ],
    );
}

#[test]
fn between_two_dates() {
    let month = policy(json!({
        "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
        "Condition": {
            "DateGreaterThan": { "aws:CurrentTime": "2026-04-01T00:00:00Z" },
            "DateLessThan": { "aws:CurrentTime": "2026-06-30T23:59:59Z" }
        }
    }));
    let at = |time: &str| context(&[("aws:CurrentTime", &[time])]);
    check(
        &month,
        &[
            (USER, "s3:GetObject", OBJECT, at("2026-05-01T00:00:00Z"), Verdict::Allow),
            (USER, "s3:GetObject", OBJECT, at("1777593600"), Verdict::Allow),
            (
                USER,
                "s3:GetObject",
                OBJECT,
                at("2026-04-01T00:00:00Z"),
                Verdict::ImplicitDeny,
            ),
            (
                USER,
                "s3:GetObject",
                OBJECT,
                at("2026-07-01T00:00:00Z"),
                Verdict::ImplicitDeny,
            ),
        ],
    );
}
