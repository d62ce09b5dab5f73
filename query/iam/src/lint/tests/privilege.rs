//! What grants too much: roles passed, everything but, trust, organizations.

use super::*;

pub(super) fn list() -> Vec<Situation> {
    let mut list = grants();
    list.extend(trusts());
    list.extend(rcps());
    list
}

fn grants() -> Vec<Situation> {
    let pass = |resource: &str| with(&json!({ "Action": "iam:PassRole", "Resource": resource }));
    let passed_to = |changes: Value| {
        let mut changes = changes;
        changes["Condition"] = json!({ "StringEquals": { "iam:PassedToService": "ec2.amazonaws.com" } });
        with(&changes)
    };
    let role = "arn:aws:iam::111122223333:role/app";
    vec![
        situation(
            "allow_with_not_action",
            "/Statement/0/NotAction",
            "every other action",
            with(&json!({ "Action": null, "NotAction": ["iam:*", "s3:*"], "Resource": role })),
            with(&json!({ "Effect": "Deny", "Action": null, "NotAction": ["iam:*", "s3:*"], "Resource": role })),
        ),
        of(
            LintKind::Trust,
            situation(
                "allow_with_not_principal",
                "/Statement/0/NotPrincipal",
                "everyone else",
                document(&json!([{
                    "Effect": "Allow", "NotPrincipal": { "AWS": "111122223333" }, "Action": "sts:AssumeRole"
                }])),
                document(&json!([{
                    "Effect": "Deny", "NotPrincipal": { "AWS": "111122223333" }, "Action": "sts:AssumeRole"
                }])),
            ),
        ),
        situation(
            "pass_role_with_star_in_resource",
            "/Statement/0/Resource",
            "passes every role",
            pass("*"),
            pass(role),
        ),
        situation(
            "pass_role_with_star_in_resource",
            "/Statement/0/Resource",
            "`iam:PassedToService`",
            pass("arn:aws:iam::111122223333:role/*"),
            passed_to(json!({ "Action": "iam:PassRole", "Resource": "*" })),
        ),
        situation(
            "pass_role_with_not_resource",
            "/Statement/0/NotResource",
            "every role but",
            with(&json!({ "Action": "iam:PassRole", "Resource": null, "NotResource": role })),
            with(&json!({ "Action": "iam:GetRole", "Resource": null, "NotResource": role })),
        ),
        beside(
            "allow_with_not_action",
            situation(
                "pass_role_with_not_action",
                "/Statement/0/NotAction",
                "any role",
                with(&json!({ "Action": null, "NotAction": "s3:*", "Resource": role })),
                with(&json!({ "Effect": "Deny", "Action": null, "NotAction": "s3:*", "Resource": role })),
            ),
        ),
        situation(
            "create_service_linked_role_with_star",
            "/Statement/0/Resource",
            "`iam:AWSServiceName`",
            with(&json!({ "Action": "iam:CreateServiceLinkedRole", "Resource": "*" })),
            with(&json!({
                "Action": "iam:CreateServiceLinkedRole", "Resource": "*",
                "Condition": { "StringEquals": { "iam:AWSServiceName": "eks.amazonaws.com" } }
            })),
        ),
    ]
}

#[test]
fn pass_role_by_not_action() {
    let by = |except: &str| {
        let found = lint(
            &with(&json!({ "Action": null, "NotAction": except, "Resource": "*" })),
            LintKind::Managed,
        );
        found.iter().map(|lint| lint.code).collect::<Vec<_>>()
    };
    assert_eq!(
        by("s3:*"),
        [
            "allow_with_not_action",
            "pass_role_with_not_action",
            "create_service_linked_role_with_star"
        ]
    );
    assert_eq!(by("iam:*"), ["allow_with_not_action"]);
}

#[test]
fn an_scp_grants_nothing() {
    let full = with(&json!({ "Action": "*", "Resource": "*" }));
    assert!(lint(&full, LintKind::ServiceControl).is_empty());
    assert!(!lint(&full, LintKind::Managed).is_empty());
}

fn trusts() -> Vec<Situation> {
    let one = |changes: Value| {
        let mut statement = json!({
            "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::111122223333:role/ci" }, "Action": "sts:AssumeRole"
        });
        for (key, value) in changes.as_object().into_iter().flatten() {
            statement[key] = value.clone();
        }
        document(&json!([statement]))
    };
    let equals = |aud: Option<&str>, sub: Option<&str>| {
        let mut keys = json!({});
        for (key, value) in [(AUD, aud), (SUB, sub)] {
            if let Some(value) = value {
                keys[key] = json!(value);
            }
        }
        trust(&json!({ "StringEquals": keys }))
    };
    let like = |sub: &str| trust(&json!({ "StringEquals": { AUD: "sts.amazonaws.com" }, "StringLike": { SUB: sub } }));
    let audience = Some("sts.amazonaws.com");
    let subject = Some("system:serviceaccount:shop:api");
    let place = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let sub = |operator: &str| place(format!("/Statement/0/Condition/{operator}/{}", SUB.replace('/', "~1")));
    let pods = |actions: Value| one(json!({ "Principal": { "Service": "pods.eks.amazonaws.com" }, "Action": actions }));
    let mut wrong_action = equals(audience, subject);
    wrong_action["Statement"][0]["Action"] = json!("sts:AssumeRole");
    let list = vec![
        situation(
            "trust_action",
            "/Statement/0/Action/1",
            "does not assume",
            one(json!({ "Action": ["sts:AssumeRole", "s3:GetObject"] })),
            one(json!({ "Action": ["sts:AssumeRole", "sts:TagSession"] })),
        ),
        situation(
            "trust_resource",
            "/Statement/0/Resource",
            "leave `Resource` out",
            one(json!({ "Resource": "*" })),
            one(json!({})),
        ),
        situation(
            "trust_everyone",
            "/Statement/0/Principal/AWS",
            "everyone",
            one(json!({ "Principal": { "AWS": "*" } })),
            one(json!({
                "Principal": { "AWS": "*" },
                "Condition": { "StringEquals": { "aws:PrincipalOrgID": "o-example" } }
            })),
        ),
        situation(
            "trust_missing_aud",
            "/Statement/0",
            "id/A1:aud",
            equals(None, subject),
            equals(audience, subject),
        ),
        situation(
            "trust_missing_sub",
            "/Statement/0",
            "id/A1:sub",
            equals(audience, None),
            equals(audience, subject),
        ),
        situation(
            "trust_wildcard_sub",
            sub("StringLike"),
            "more than one namespace",
            like("system:serviceaccount:*:api"),
            like("system:serviceaccount:shop:*"),
        ),
        situation(
            "trust_wildcard_sub_equals",
            sub("StringEquals"),
            "matches nobody",
            equals(audience, Some("system:serviceaccount:shop:*")),
            equals(audience, subject),
        ),
        situation(
            "trust_provider_action",
            "/Statement/0",
            "sts:AssumeRoleWithWebIdentity",
            wrong_action,
            equals(audience, subject),
        ),
        situation(
            "trust_pods_without_tag_session",
            "/Statement/0",
            "`sts:TagSession`",
            pods(json!("sts:AssumeRole")),
            pods(json!(["sts:AssumeRole", "sts:TagSession"])),
        ),
    ];
    list.into_iter().map(|case| of(LintKind::Trust, case)).collect()
}

fn rcps() -> Vec<Situation> {
    let rcp = |changes: Value| {
        let mut statement = json!({ "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*" });
        for (key, value) in changes.as_object().into_iter().flatten() {
            match value {
                Value::Null => drop(statement.as_object_mut().map(|map| map.remove(key))),
                value => statement[key] = value.clone(),
            }
        }
        document(&json!([statement]))
    };
    let list = vec![
        situation(
            "rcp_allow",
            "/Statement/0/Effect",
            "only denies",
            rcp(json!({ "Effect": "Allow" })),
            rcp(json!({})),
        ),
        situation(
            "rcp_not_action",
            "/Statement/0/NotAction",
            "write `Action`",
            rcp(json!({ "Action": null, "NotAction": "sqs:*" })),
            rcp(json!({ "Action": ["s3:*", "sqs:*"] })),
        ),
        situation(
            "rcp_unsupported_service",
            "/Statement/0/Action",
            "do not apply",
            rcp(json!({ "Action": "ec2:*" })),
            rcp(json!({ "Action": "*" })),
        ),
    ];
    list.into_iter()
        .map(|case| of(LintKind::ResourceControl, case))
        .collect()
}
