use super::*;

/// Verdict of one identity statement on an action and a resource.
fn check(statement: &Value, action: &str, resource: &str, expected: Verdict) {
    let case = Case {
        action: action.into(),
        resource: resource.into(),
        identity: vec![policy(statement.clone())],
        ..Case::default()
    };
    assert_eq!(case.verdict(), expected, "{statement} on {action} {resource}");
}

const ALLOW: Verdict = Verdict::Allow;
const NO: Verdict = Verdict::ImplicitDeny;

#[test]
fn action_and_resource() {
    let read = json!({ "Effect": "Allow", "Action": ["s3:Get*", "sqs:SendMessage"], "Resource": ["arn:aws:s3:::bucket/*", "arn:aws:sqs:*:*:q"] });
    check(&read, "s3:GetObject", OBJECT, ALLOW);
    check(&read, "S3:GETOBJECT", OBJECT, ALLOW);
    check(&read, "s3:PutObject", OBJECT, NO);
    check(&read, "s3:GetObject", "arn:aws:s3:::Bucket/key", NO);
    check(&read, "s3:GetObject", "arn:aws:s3:::bucket", NO);
    check(&read, "sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:q", ALLOW);
}

#[test]
fn not_action_and_not_resource() {
    let all_but =
        json!({ "Effect": "Allow", "NotAction": ["iam:*", "s3:Delete*"], "NotResource": "arn:aws:s3:::secret*" });
    check(&all_but, "s3:GetObject", OBJECT, ALLOW);
    check(&all_but, "s3:DeleteObject", OBJECT, NO);
    check(&all_but, "iam:CreateUser", "*", NO);
    check(&all_but, "s3:GetObject", "arn:aws:s3:::secret/x", NO);
    check(&all_but, "ec2:DescribeInstances", "*", ALLOW);
}

#[test]
fn empty_lists() {
    check(
        &json!({ "Effect": "Allow", "Action": [], "Resource": "*" }),
        "s3:GetObject",
        OBJECT,
        NO,
    );
    check(
        &json!({ "Effect": "Allow", "Action": "*", "Resource": [] }),
        "s3:GetObject",
        OBJECT,
        NO,
    );
    check(
        &json!({ "Effect": "Allow", "NotAction": [], "Resource": "*" }),
        "s3:GetObject",
        OBJECT,
        ALLOW,
    );
    check(&json!([]), "s3:GetObject", OBJECT, NO);
}

#[test]
fn an_explicit_deny_wins() {
    check(
        &json!([
            { "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::bucket/*" },
            { "Effect": "Allow", "Action": "*", "Resource": "*" }
        ]),
        "s3:GetObject",
        OBJECT,
        Verdict::ExplicitDeny,
    );
}

#[test]
fn an_action_without_resource_level_permissions() {
    for (resource, expected) in [("*", ALLOW), ("arn:aws:ec2:*:*:instance/*", NO)] {
        let case = Case {
            action: "ec2:DescribeInstances".into(),
            resource: "arn:aws:ec2:eu-west-1:111122223333:instance/i-1".into(),
            resource_level: false,
            identity: vec![allow("ec2:*", resource)],
            ..Case::default()
        };
        assert_eq!(case.verdict(), expected, "{resource}");
    }
}

#[test]
fn variables_in_resources() {
    let session =
        Principal::new(SESSION, None).with_tags([("kubernetes-namespace", "shop"), ("star", "*"), ("colon", "a:b")]);
    for (situation, element, pattern, resource, expected) in [
        (
            "filled",
            "Resource",
            "arn:aws:s3:::b/${aws:PrincipalTag/kubernetes-namespace}/*",
            "arn:aws:s3:::b/shop/x",
            ALLOW,
        ),
        (
            "another namespace",
            "Resource",
            "arn:aws:s3:::b/${aws:PrincipalTag/kubernetes-namespace}/*",
            "arn:aws:s3:::b/blog/x",
            NO,
        ),
        (
            "another bucket",
            "Resource",
            "arn:aws:s3:::b/${aws:PrincipalTag/kubernetes-namespace}/*",
            "arn:aws:s3:::c/shop/x",
            NO,
        ),
        (
            "missing",
            "Resource",
            "arn:aws:s3:::b/${aws:PrincipalTag/none}/*",
            "arn:aws:s3:::b//x",
            NO,
        ),
        (
            "missing in NotResource",
            "NotResource",
            "arn:aws:s3:::b/${aws:PrincipalTag/none}/*",
            OBJECT,
            NO,
        ),
        (
            "missing in NotResource of another service",
            "NotResource",
            "arn:aws:sqs:*:*:${aws:PrincipalTag/none}",
            OBJECT,
            ALLOW,
        ),
        (
            "a default",
            "Resource",
            "arn:aws:s3:::b/${aws:PrincipalTag/none, 'all'}/*",
            "arn:aws:s3:::b/all/x",
            ALLOW,
        ),
        (
            "a value is no wildcard",
            "Resource",
            "arn:aws:s3:::b/${aws:PrincipalTag/star}",
            "arn:aws:s3:::b/x",
            NO,
        ),
        (
            "a value with a colon",
            "Resource",
            "arn:aws:s3:::b/${aws:PrincipalTag/colon}/*",
            "arn:aws:s3:::b/a:b/x",
            ALLOW,
        ),
        (
            "literal star",
            "Resource",
            "arn:aws:s3:::b/${*}",
            "arn:aws:s3:::b/*",
            ALLOW,
        ),
        (
            "literal star is no wildcard",
            "Resource",
            "arn:aws:s3:::b/${*}",
            "arn:aws:s3:::b/x",
            NO,
        ),
    ] {
        let statement = json!({ "Effect": "Allow", "Action": "*", element: pattern });
        let case = Case {
            principal: session.clone(),
            resource: resource.into(),
            identity: vec![policy(statement)],
            ..Case::default()
        };
        assert_eq!(case.verdict(), expected, "{situation}");
    }
}

#[test]
fn version_2008_has_no_variables() {
    let old =
        json!({ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/${aws:username}" } });
    for (resource, expected) in [("arn:aws:s3:::b/ana", NO), ("arn:aws:s3:::b/${aws:username}", ALLOW)] {
        let case = Case {
            principal: Principal::new(USER, None),
            resource: resource.into(),
            identity: vec![Policy::from_value(&old).unwrap()],
            ..Case::default()
        };
        assert_eq!(case.verdict(), expected, "{resource}");
    }
}

#[test]
fn keys_that_follow_from_principal_and_resource() {
    let sqs = "arn:aws:sqs:eu-west-1:111122223333:q";
    for (principal, resource, key, value) in [
        (
            SESSION,
            OBJECT,
            "aws:PrincipalArn",
            "arn:aws:iam::111122223333:role/app",
        ),
        (ROLE, OBJECT, "aws:PrincipalArn", ROLE),
        (USER, OBJECT, "aws:PrincipalArn", USER),
        (USER, OBJECT, "aws:username", "ana"),
        (SESSION, OBJECT, "aws:PrincipalAccount", ACCOUNT),
        (SESSION, OBJECT, "aws:PrincipalType", "AssumedRole"),
        (USER, OBJECT, "aws:PrincipalType", "User"),
        (SESSION, OBJECT, "aws:PrincipalIsAWSService", "false"),
        (SESSION, sqs, "aws:ResourceAccount", ACCOUNT),
    ] {
        let statement = json!({
            "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "StringEquals": { key: value } }
        });
        let case = Case {
            principal: Principal::new(principal, None),
            resource: resource.into(),
            identity: vec![policy(statement)],
            ..Case::default()
        };
        assert_eq!(case.verdict(), ALLOW, "{key} of {principal}");
    }
}

#[test]
fn the_context_goes_before_what_follows() {
    let statement = json!({
        "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "ArnEquals": { "aws:PrincipalArn": ROLE } }
    });
    let context = context(&[("aws:PrincipalArn", &[ROLE])]);
    assert_eq!(
        Case {
            identity: vec![policy(statement)],
            context,
            ..Case::default()
        }
        .verdict(),
        ALLOW
    );
}
