//! STS, IAM, denials, events that are no calls.

use super::*;

const ROLE: &str = "arn:aws:iam::444455556666:role/target";

#[test]
fn assuming_roles() {
    let plain = call("sts", "AssumeRole", json!({"roleArn": ROLE, "roleSessionName": "s"}));
    let tagged = json!({"roleArn": ROLE, "tags": [{"key": "a", "value": "b"}], "transitiveTagKeys": ["a"], "sourceIdentity": "me"});
    let passed_on = json!({"roleArn": ROLE, "incomingTransitiveTags": {"a": "b"}, "tags": []});
    check(&[
        (
            "plain",
            plain,
            &["sts:AssumeRole arn:aws:iam::444455556666:role/target"],
        ),
        (
            "with tags and identity",
            call("sts", "AssumeRole", tagged),
            &[
                "sts:AssumeRole arn:aws:iam::444455556666:role/target",
                "sts:TagSession arn:aws:iam::444455556666:role/target",
                "sts:SetSourceIdentity arn:aws:iam::444455556666:role/target",
            ],
        ),
        (
            "tags of the session before",
            call("sts", "AssumeRole", passed_on),
            &[
                "sts:AssumeRole arn:aws:iam::444455556666:role/target",
                "sts:TagSession arn:aws:iam::444455556666:role/target",
            ],
        ),
    ]);
}

#[test]
fn an_assumed_role_shows_what_policies_compare() {
    let record = call(
        "sts",
        "AssumeRole",
        json!({"roleArn": ROLE, "roleSessionName": "s", "externalId": "x", "sourceIdentity": "me"}),
    );
    for (key, value) in [
        ("sts:ExternalId", "x"),
        ("sts:RoleSessionName", "s"),
        ("sts:SourceIdentity", "me"),
    ] {
        assert_eq!(condition(&record, "sts:AssumeRole", key), [value], "{key}");
    }
}

#[test]
fn iam() {
    let mut by_user = call("iam", "ListAccessKeys", json!(null));
    by_user["userIdentity"]["arn"] = json!("arn:aws:iam::111122223333:user/team/me");
    check(&[
        (
            "the caller's own",
            by_user,
            &["iam:ListAccessKeys arn:aws:iam::111122223333:user/team/me"],
        ),
        (
            "a role with path and tags",
            call(
                "iam",
                "CreateRole",
                json!({"roleName": "r", "path": "/team/", "tags": [{"key": "a"}]}),
            ),
            &[
                "iam:CreateRole arn:aws:iam::111122223333:role/team/r",
                "iam:TagRole arn:aws:iam::111122223333:role/team/r",
            ],
        ),
        (
            "a policy by ARN",
            call(
                "iam",
                "GetPolicy",
                json!({"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
            ),
            &["iam:GetPolicy arn:aws:iam::aws:policy/ReadOnlyAccess"],
        ),
        (
            "nothing to name",
            call("iam", "ListRoles", json!({})),
            &["iam:ListRoles *"],
        ),
    ]);
    let linked = call(
        "iam",
        "CreateServiceLinkedRole",
        json!({"aWSServiceName": "rds.amazonaws.com"}),
    );
    assert_eq!(
        pairs(&linked),
        ["iam:CreateServiceLinkedRole arn:aws:iam::111122223333:role/aws-service-role/rds.amazonaws.com/*"]
    );
    assert_eq!(
        condition(&linked, "iam:CreateServiceLinkedRole", "iam:AWSServiceName"),
        ["rds.amazonaws.com"]
    );
}

fn denied(service: &str, name: &str, parameters: Value, message: &str) -> Value {
    with(
        with(call(service, name, parameters), "errorCode", json!("AccessDenied")),
        "errorMessage",
        json!(message),
    )
}

#[test]
fn a_denial_names_what_was_checked() {
    const WHO: &str = "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: ";
    let message = |what: &str| format!("{WHO}{what}");
    check(&[
        (
            "parameters are gone",
            denied(
                "sts",
                "AssumeRole",
                json!(null),
                &message(&format!("sts:AssumeRole on resource: {ROLE}")),
            ),
            &["sts:AssumeRole arn:aws:iam::444455556666:role/target"],
        ),
        (
            "the other action of a call",
            denied(
                "s3",
                "CopyObject",
                json!({"bucketName": "b", "key": "k", "x-amz-copy-source": "s/k"}),
                &message(
                    "s3:GetObject on resource: \"arn:aws:s3:::s/k\" because no identity-based policy allows the s3:GetObject action",
                ),
            ),
            &["s3:PutObject arn:aws:s3:::b/k", "s3:GetObject arn:aws:s3:::s/k"],
        ),
        (
            "an action no rule knew",
            denied(
                "ec2",
                "BrandNewCall",
                json!(null),
                &message("ec2:RunInstances on resource: arn:aws:ec2:eu-west-1:1:instance/*"),
            ),
            &["ec2:RunInstances arn:aws:ec2:eu-west-1:1:instance/*"],
        ),
        (
            "an invented action is not taken over",
            denied(
                "sts",
                "AssumeRole",
                json!({"roleArn": ROLE}),
                &message("sts:NoSuchThing on resource: *"),
            ),
            &["sts:AssumeRole arn:aws:iam::444455556666:role/target"],
        ),
    ]);
    let failed = with(
        with(
            call("sqs", "SendMessage", json!({"queueUrl": "https://x/111122223333/q"})),
            "errorCode",
            json!("Throttled"),
        ),
        "errorMessage",
        json!(message("sqs:DeleteQueue on resource: *")),
    );
    assert_eq!(
        pairs(&failed),
        ["sqs:SendMessage arn:aws:sqs:eu-west-1:111122223333:q"],
        "only denials are read"
    );
}

#[test]
fn reasons_of_denials() {
    let read =
        |tail: &str| denial_reason(&format!("User: u is not authorized to perform: s3:getobject{tail}")).unwrap();
    let arn = "arn:aws:s3:::b/a key because of";
    let situations = [
        ("", None, Layer::Unstated, false),
        (" on resource: *", Some("*"), Layer::Unstated, false),
        (
            " on resource: arn:aws:s3:::b/k because no identity-based policy allows the s3:GetObject action",
            Some("arn:aws:s3:::b/k"),
            Layer::Identity,
            false,
        ),
        (
            " on resource: arn:aws:s3:::b/k because no session policy allows it",
            Some("arn:aws:s3:::b/k"),
            Layer::Session,
            false,
        ),
        (
            " on resource: arn:aws:s3:::b/k because no permissions boundary allows it",
            Some("arn:aws:s3:::b/k"),
            Layer::Boundary,
            false,
        ),
        (
            " on resource: arn:aws:s3:::b/k because no VPC endpoint policy allows it",
            Some("arn:aws:s3:::b/k"),
            Layer::VpcEndpoint,
            false,
        ),
        (
            " on resource: arn:aws:s3:::b/k with an explicit deny in a service control policy",
            Some("arn:aws:s3:::b/k"),
            Layer::ServiceControl,
            true,
        ),
        (
            " on resource: arn:aws:s3:::b/k with an explicit deny in a resource control policy",
            Some("arn:aws:s3:::b/k"),
            Layer::ResourceControl,
            true,
        ),
        (
            " because no resource-based policy allows the action",
            None,
            Layer::Resource,
            false,
        ),
    ];
    for (tail, resource, layer, explicit) in situations {
        let found = read(tail);
        assert_eq!(
            (found.action, found.resource.as_deref(), found.layer, found.explicit),
            ("s3:GetObject", resource, layer, explicit),
            "{tail}"
        );
    }
    assert_eq!(
        read(&format!(" on resource: {arn}")).resource.as_deref(),
        Some("arn:aws:s3:::b/a key")
    );
    for other in [
        "",
        "Encoded authorization failure message: xyz",
        "is not authorized to perform: ",
        "not authorized to perform: x:Y",
    ] {
        assert_eq!(denial_reason(other), None, "{other}");
    }
}

#[test]
fn outcomes() {
    let situations: &[(Option<&str>, Outcome)] = &[
        (None, Outcome::Ok),
        (Some(""), Outcome::Ok),
        (Some("AccessDenied"), Outcome::Denied),
        (Some("AccessDeniedException"), Outcome::Denied),
        (Some("VpceAccessDenied"), Outcome::Denied),
        (Some("Client.UnauthorizedOperation"), Outcome::Denied),
        (Some("UnauthorizedOperation"), Outcome::Denied),
        (Some("UnauthorizedException"), Outcome::Denied),
        (Some("KMSAccessDeniedException"), Outcome::Denied),
        (Some("AuthorizationErrorException"), Outcome::Denied),
        (Some("UnauthorizedSSOTokenError"), Outcome::Error),
        (Some("UnrecognizedClientException"), Outcome::Error),
        (Some("ExpiredToken"), Outcome::Error),
        (Some("Client.RequestLimitExceeded"), Outcome::Error),
        (Some("NoSuchKey"), Outcome::Error),
        (Some("Client.DryRunOperation"), Outcome::Error),
    ];
    for (code, expected) in situations {
        assert_eq!(outcome(*code), *expected, "{code:?}");
    }
}

#[test]
fn what_maps_to_nothing_says_why() {
    let typed = |kind: &str| with(call("signin", "ConsoleLogin", json!({})), "eventType", json!(kind));
    let situations = [
        (typed("AwsConsoleSignIn"), "no API call"),
        (typed("AwsServiceEvent"), "no API call"),
        (
            with(
                call("s3", "GetObject", json!({})),
                "eventCategory",
                json!("NetworkActivity"),
            ),
            "network activity",
        ),
        (call("sts", "GetCallerIdentity", json!({})), "needs no permission"),
        (
            call("sts", "AssumeRoleWithWebIdentity", json!({"roleArn": ROLE})),
            "trust policy",
        ),
        (call("nosuchservice", "Get", json!({})), "no IAM service"),
        (call("s3", "InventedCall", json!({})), "no IAM action"),
    ];
    for (record, expected) in situations {
        let why = unmapped(&record);
        assert!(why.contains(expected), "{why}");
    }
}

#[test]
fn suffixes_are_cut_only_where_the_name_means_nothing() {
    let situations = [
        ("lambda", "CreateFunction20150331", "CreateFunction"),
        ("lambda", "UpdateFunctionCode20150331v2", "UpdateFunctionCode"),
        ("cloudfront", "UpdateDistribution2020_05_31", "UpdateDistribution"),
        ("kafka", "CreateClusterV2", "CreateClusterV2"),
        ("cloud9", "CreateEnvironmentEC2", "CreateEnvironmentEC2"),
        ("lambda", "Nothing123", "Nothing123"),
        ("lambda", "20150331", "20150331"),
        ("lambda", "v2", "v2"),
    ];
    for (prefix, event, expected) in situations {
        assert_eq!(names::operation(prefix, event), expected);
    }
}

#[test]
fn hosts() {
    let situations = [
        ("monitoring.amazonaws.com", Some("cloudwatch")),
        ("email.amazonaws.com", Some("ses")),
        ("streams.dynamodb.amazonaws.com", Some("dynamodb")),
        ("tagging.amazonaws.com", Some("tag")),
        ("s3.amazonaws.com", Some("s3")),
        ("S3.amazonaws.com", Some("s3")),
        ("ec2.amazonaws.com.cn", Some("ec2")),
        ("amazonmq.amazonaws.com", Some("mq")),
        ("", None),
        (".amazonaws.com", None),
    ];
    for (host, expected) in situations {
        assert_eq!(names::prefix(host), expected, "{host}");
    }
}

#[test]
fn ec2_says_it_twice() {
    let message = "You are not authorized to perform this operation. User: u is not authorized to perform: \
        ec2:RunInstances on resource: arn:aws:ec2:eu-west-1:1:instance/* because no identity-based policy allows the \
        ec2:RunInstances action. Encoded authorization failure message: abc";
    let denial = denial_reason(message).unwrap();
    assert_eq!((denial.action, denial.layer), ("ec2:RunInstances", Layer::Identity));
    assert_eq!(denial.resource.as_deref(), Some("arn:aws:ec2:eu-west-1:1:instance/*"));
}
