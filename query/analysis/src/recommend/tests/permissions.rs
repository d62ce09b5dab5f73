use serde_json::json;

use super::*;
use crate::answer::{Permission, PermissionStatus};

/// The mark of each action.
fn marks(usage: &[Usage], role: Option<&Role>) -> Vec<(String, PermissionStatus)> {
    let observed = ObservedSources::new(["s3.amazonaws.com"]);
    permissions(usage, role, None, &[], &observed)
        .into_iter()
        .map(|p| (p.action, p.status))
        .collect()
}

fn mark(usage: &[Usage], role: &Role, action: &str) -> Option<PermissionStatus> {
    marks(usage, Some(role))
        .into_iter()
        .find(|(a, _)| a == action)
        .map(|(_, status)| status)
}

const OBJECT: &str = "arn:aws:s3:::b/k";

#[test]
fn each_situation_has_its_mark() {
    let b = json!("arn:aws:s3:::b/*");
    let star = json!("*");
    let read = role(&json!([allow(&json!("s3:GetObject"), &b)]));
    let all_read = role(&json!([allow(&json!("s3:Get*"), &star)]));
    let other = role(&json!([allow(&json!("s3:GetObject"), &json!("arn:aws:s3:::other/*"))]));
    let lambda = role(&json!([allow(&json!("lambda:InvokeFunction"), &star)]));
    let pass = role(&json!([allow(&json!("iam:PassRole"), &star)]));
    let ec2 = role(&json!([allow(&json!("ec2:DescribeInstances"), &star)]));
    let refused = role(&json!([
        allow(&json!("s3:*"), &star),
        deny(&json!("s3:GetObject"), &star)
    ]));
    let partly = role(&json!([
        allow(&json!("s3:*"), &star),
        deny(&json!("s3:GetObject"), &json!("arn:aws:s3:::other/*"))
    ]));
    use PermissionStatus::{Denied, Unobservable, Unused, Used, UsedNotGranted};
    let get = "s3:GetObject";
    for (situation, usage, role, action, expected) in [
        ("granted and used", vec![used(get, OBJECT)], &read, get, Some(Used)),
        (
            "granted by a pattern",
            vec![used(get, OBJECT)],
            &all_read,
            get,
            Some(Used),
        ),
        (
            "failed after authorisation",
            vec![Usage {
                outcome: Outcome::Error,
                ..used(get, OBJECT)
            }],
            &read,
            get,
            Some(Used),
        ),
        ("never used", vec![], &read, get, Some(Unused)),
        (
            "used elsewhere than granted",
            vec![used(get, OBJECT)],
            &other,
            get,
            Some(UsedNotGranted),
        ),
        (
            "used here and elsewhere",
            vec![used(get, OBJECT), used(get, "arn:aws:s3:::other/k")],
            &other,
            get,
            Some(Used),
        ),
        (
            "not granted at all",
            vec![used("sqs:SendMessage", "arn:aws:sqs:r:1:q")],
            &read,
            "sqs:SendMessage",
            Some(UsedNotGranted),
        ),
        (
            "refused",
            vec![denied("sqs:SendMessage", "arn:aws:sqs:r:1:q")],
            &read,
            "sqs:SendMessage",
            Some(Denied),
        ),
        (
            "granted, refused elsewhere",
            vec![denied(get, "arn:aws:s3:::x/k")],
            &read,
            get,
            Some(Denied),
        ),
        (
            "used here, refused there",
            vec![used(get, OBJECT), denied(get, "arn:aws:s3:::x/k")],
            &read,
            get,
            Some(Used),
        ),
        (
            "data events not logged",
            vec![],
            &lambda,
            "lambda:InvokeFunction",
            Some(Unobservable),
        ),
        (
            "data events not logged but used",
            vec![used("lambda:InvokeFunction", "arn:aws:lambda:r:1:function:f")],
            &lambda,
            "lambda:InvokeFunction",
            Some(Used),
        ),
        ("never an event", vec![], &pass, "iam:PassRole", Some(Unobservable)),
        ("management event", vec![], &ec2, "ec2:DescribeInstances", Some(Unused)),
        ("denied everywhere", vec![], &refused, get, None),
        (
            "denied everywhere, others not",
            vec![],
            &refused,
            "s3:PutObject",
            Some(Unused),
        ),
        ("denied somewhere", vec![], &partly, get, Some(Unused)),
        (
            "the role's own web identity",
            vec![used("sts:AssumeRoleWithWebIdentity", ROLE)],
            &read,
            "sts:AssumeRoleWithWebIdentity",
            None,
        ),
    ] {
        assert_eq!(mark(&usage, role, action), expected, "{situation}");
    }
}

#[test]
fn what_is_granted_follows_resources_not_actions_and_limits() {
    let star = json!("*");
    let granted = |role: &Role, association: Option<&Association>| -> Vec<String> {
        let all = permissions(&[], Some(role), association, &[], &ObservedSources::default());
        all.into_iter().map(|p| p.action).collect()
    };
    let bucket = role(&json!([allow(
        &json!(["s3:GetObject", "s3:ListBucket", "s3:ListAllMyBuckets"]),
        &json!("arn:aws:s3:::b")
    )]));
    assert_eq!(
        granted(&bucket, None),
        ["s3:ListBucket"],
        "an object action needs objects, a star-only one `*`"
    );
    let objects = role(&json!([allow(
        &json!(["s3:GetObject", "s3:ListBucket"]),
        &json!("arn:aws:s3:::b/${aws:PrincipalTag/x}/*")
    )]));
    assert_eq!(granted(&objects, None), ["s3:GetObject"]);

    let not = role(&json!([{"Effect": "Allow", "NotAction": ["s3:*", "iam:*"], "Resource": "*"}]));
    let all = granted(&not, None);
    assert!(all.len() > 20_000 && all.iter().all(|a| !a.starts_with("s3:") && !a.starts_with("iam:")));

    let queue = ["sqs:ReceiveMessage", "sqs:SendMessage"];
    let mut limited = role(&json!([allow(&json!(queue), &star)]));
    limited.permissions_boundary = Some(policy("limit", &json!([allow(&json!(["sqs:Send*", "s3:*"]), &star)])));
    assert_eq!(granted(&limited, None), ["sqs:SendMessage"], "boundary");
    limited.permissions_boundary = Some(NamedPolicy {
        name: "unknown".into(),
        managed: true,
        document: None,
    });
    assert_eq!(
        granted(&limited, None),
        queue,
        "a boundary that is not known limits nothing known"
    );
    limited.permissions_boundary = Some(policy(
        "limit",
        &json!([allow(&json!("*"), &star), deny(&json!("sqs:SendMessage"), &star)]),
    ));
    assert_eq!(
        granted(&limited, None),
        ["sqs:ReceiveMessage"],
        "a Deny in the boundary"
    );

    limited.permissions_boundary = None;
    let session = |target: Option<&str>| Association {
        policy: Some(json!({"Statement": [allow(&json!("sqs:ReceiveMessage"), &star)]}).to_string()),
        target_role_arn: target.map(str::to_owned),
        ..association()
    };
    assert_eq!(
        granted(&limited, Some(&session(None))),
        ["sqs:ReceiveMessage"],
        "session policy"
    );
    assert_eq!(
        granted(&limited, Some(&session(Some("arn:aws:iam::1:role/t")))),
        queue,
        "it limits the target role"
    );
    assert_eq!(
        granted(&limited, Some(&session(Some(ROLE)))),
        ["sqs:ReceiveMessage"],
        "as the target role"
    );

    let mut conditioned = deny(&json!("sqs:*"), &star);
    conditioned["Condition"] = json!({"Bool": {"aws:SecureTransport": "false"}});
    assert_eq!(
        granted(&role(&json!([allow(&json!(queue), &star), conditioned])), None),
        queue,
        "a Deny with conditions"
    );
}

#[test]
fn a_permission_says_who_grants_it_and_on_what_it_was_used() {
    let mut role = role(&json!([allow(&json!("sqs:SendMessage"), &json!("*"))]));
    let name = "arn:aws:iam::aws:policy/AmazonSQSFullAccess";
    let full = policy(name, &json!([allow(&json!("SQS:send*"), &json!("*"))]));
    role.policies.insert(0, NamedPolicy { managed: true, ..full });
    let usage: Vec<Usage> = (0..7)
        .map(|n| used("sqs:SendMessage", &format!("arn:aws:sqs:r:1:q{n}")))
        .collect();
    let all = permissions(&usage, Some(&role), None, &[], &ObservedSources::default());
    let expected = Permission {
        role_arn: ROLE.into(),
        action: "sqs:SendMessage".into(),
        status: PermissionStatus::Used,
        calls: 70,
        last_seen: Some(Timestamp(DAY)),
        granted_by: vec![name.into(), "cart".into()],
        resources: (0..5).map(|n| format!("arn:aws:sqs:r:1:q{n}")).collect(),
        resource_count: 7,
    };
    assert_eq!(all, [expected]);
}

#[test]
fn without_the_roles_documents_use_is_only_use() {
    let usage = [used("sqs:SendMessage", "arn:aws:sqs:r:1:q")];
    assert_eq!(
        marks(&usage, None),
        [("sqs:SendMessage".to_owned(), PermissionStatus::Used)]
    );
    let by_name = NamedPolicy {
        name: "arn:aws:iam::aws:policy/X".into(),
        managed: true,
        document: None,
    };
    let role = Role {
        arn: ROLE.into(),
        policies: vec![by_name],
        ..Role::default()
    };
    assert_eq!(
        marks(&usage, Some(&role)),
        [("sqs:SendMessage".to_owned(), PermissionStatus::Used)]
    );
}

#[test]
fn grants_by_tag_are_judged_with_the_pods_tags() {
    let resource = json!("arn:aws:s3:::b/${aws:PrincipalTag/kubernetes-namespace}/*");
    let role = role(&json!([allow(&json!("s3:GetObject"), &resource)]));
    let status = |association: &Association, key: &str| {
        let usage = [used("s3:GetObject", key)];
        permissions(&usage, Some(&role), Some(association), &[], &ObservedSources::default())[0].status
    };
    assert_eq!(status(&association(), "arn:aws:s3:::b/shop/x"), PermissionStatus::Used);
    assert_eq!(
        status(&association(), "arn:aws:s3:::b/other/x"),
        PermissionStatus::UsedNotGranted
    );
    let untagged = Association {
        disable_session_tags: true,
        ..association()
    };
    assert_eq!(
        status(&untagged, "arn:aws:s3:::b/shop/x"),
        PermissionStatus::UsedNotGranted
    );
}

#[test]
fn everything_granted_expands_to_the_whole_catalog_and_one_is_used() {
    let admin = role(&json!([allow(&json!("*"), &json!("*"))]));
    let all = permissions(
        &[used("s3:GetObject", OBJECT)],
        Some(&admin),
        None,
        &[],
        &ObservedSources::default(),
    );
    assert_eq!(all.len(), podtrail_iam::catalog::catalog().actions().len());
    assert_eq!(all.iter().filter(|p| p.status == PermissionStatus::Used).count(), 1);
    assert!(all.windows(2).all(|w| w[0].action < w[1].action));
}

#[test]
fn what_an_scp_refuses_is_not_granted() {
    let admin = role(&json!([allow(&json!(["s3:*", "sqs:*"]), &json!("*"))]));
    let document = |statement: Value| {
        let document = json!({"Version": "2012-10-17", "Statement": [statement]});
        podtrail_iam::policy::Policy::from_value(&document).unwrap()
    };
    let full = || document(allow(&json!("*"), &json!("*")));
    let only_s3 = document(allow(&json!("s3:*"), &json!("*")));
    let no_deletion = document(deny(&json!("s3:Delete*"), &json!("*")));
    let granted = |scps: &[Vec<podtrail_iam::policy::Policy>]| {
        let all = permissions(&[], Some(&admin), None, scps, &ObservedSources::default());
        let has = |action: &str| all.iter().any(|p| p.action == action);
        (has("s3:GetObject"), has("s3:DeleteObject"), has("sqs:SendMessage"))
    };
    for (situation, scps, expected) in [
        ("no organization is known", vec![], (true, true, true)),
        (
            "full access on each level",
            vec![vec![full()], vec![full()]],
            (true, true, true),
        ),
        (
            "a level that allows one service",
            vec![vec![full()], vec![only_s3]],
            (true, true, false),
        ),
        (
            "a Deny beside full access",
            vec![vec![full(), no_deletion]],
            (true, false, true),
        ),
        (
            "a level without a policy",
            vec![vec![full()], vec![]],
            (false, false, false),
        ),
    ] {
        assert_eq!(granted(&scps), expected, "{situation}");
    }
}
