//! Form: grammar, size, actions, ARNs, conditions, redundancy.

use super::*;

fn when(condition: &Value) -> Value {
    with(&json!({ "Condition": condition }))
}

fn on(action: &str, resource: &str) -> Value {
    with(&json!({ "Action": action, "Resource": resource }))
}

/// Queues enough to make a document of some `characters` characters.
fn queues(characters: usize) -> Value {
    let name = |n| format!("arn:aws:sqs:eu-west-1:111122223333:queue-{n:04}");
    let each = name(0).len() + 3;
    let names: Vec<String> = (0..characters / each).map(name).collect();
    with(&json!({ "Action": "sqs:SendMessage", "Resource": names }))
}

pub(super) fn list() -> Vec<Situation> {
    let mut list = grammar();
    list.extend(whole());
    list.extend(actions_and_arns());
    list.extend(conditions());
    list.extend(redundancy());
    list
}

fn grammar() -> Vec<Situation> {
    let good = || when(&json!({ "StringLike": { "aws:SourceVpc": "vpc-1" } }));
    let condition = "/Statement/0/Condition";
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    vec![
        situation(
            "malformed_policy",
            "/Statement/0/Effect",
            "accepted: `Allow` or `Deny`",
            with(&json!({ "Effect": "allow" })),
            with(&json!({})),
        ),
        situation(
            "unknown_operator",
            leak(format!("{condition}/StringIs")),
            "`StringIs` is unknown",
            when(&json!({ "StringIs": { "aws:SourceVpc": "vpc-1" } })),
            good(),
        ),
        situation(
            "null_with_if_exists",
            leak(format!("{condition}/NullIfExists")),
            "`Null` takes no `IfExists`",
            when(&json!({ "NullIfExists": { "aws:SourceVpc": "true" } })),
            when(&json!({ "Null": { "aws:SourceVpc": "true" } })),
        ),
        situation(
            "duplicate_condition_key",
            leak(format!("{condition}/StringLike/aws:SourceVpc")),
            "given twice",
            when(&json!({ "StringLike": { "aws:SourceVpc": "vpc-1", "AWS:sourcevpc": "vpc-2" } })),
            good(),
        ),
    ]
}

fn whole() -> Vec<Situation> {
    let two = |first: &str, second: &str| {
        document(&json!([
            { "Sid": first, "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*" },
            { "Sid": second, "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*" }
        ]))
    };
    let versioned = |version: Value, resource: &str| {
        let mut document = with(&json!({ "Resource": resource }));
        match version {
            Value::Null => drop(document.as_object_mut().map(|map| map.remove("Version"))),
            version => document["Version"] = version,
        }
        document
    };
    let variable = "arn:aws:s3:::b/${aws:username}/*";
    let mut list = vec![
        situation(
            "missing_version",
            "",
            "2012-10-17",
            versioned(Value::Null, "*"),
            versioned(json!("2012-10-17"), "*"),
        ),
        situation(
            "old_version",
            "/Version",
            "2012-10-17",
            versioned(json!("2008-10-17"), "*"),
            versioned(json!("2012-10-17"), "*"),
        ),
        situation(
            "broken_variable",
            "/Statement/0/Resource",
            "accepted: `${service:Key}`",
            with(&json!({ "Resource": "arn:aws:s3:::b/${aws:username/*" })),
            with(&json!({ "Resource": variable })),
        ),
        situation(
            "empty_element",
            "/Statement/0/Action",
            "at least one value",
            with(&json!({ "Action": [] })),
            with(&json!({ "Action": ["s3:GetObject"] })),
        ),
        situation(
            "empty_element",
            "/Statement",
            "no statement",
            document(&json!([])),
            with(&json!({})),
        ),
        situation(
            "empty_element",
            "/Statement/0/Condition/StringLike/aws:SourceVpc",
            "at least one value",
            when(&json!({ "StringLike": { "aws:SourceVpc": [] } })),
            when(&json!({ "StringLike": { "aws:SourceVpc": [""] } })),
        ),
        situation(
            "empty_condition",
            "/Statement/0/Condition",
            "leave it out",
            when(&json!({})),
            with(&json!({})),
        ),
        situation(
            "duplicate_sid",
            "/Statement/1/Sid",
            "`/Statement/0`",
            two("Read", "Read"),
            two("Read", "Write"),
        ),
        situation(
            "invalid_sid",
            "/Statement/0/Sid",
            "write `Readall`",
            two("Read-all", "Write"),
            two("Read", "Write"),
        ),
        situation(
            "refused_character",
            "/Statement/0/Resource",
            "U+20AC",
            with(&json!({ "Resource": "arn:aws:s3:::b/€*" })),
            with(&json!({ "Resource": "arn:aws:s3:::b/é*" })),
        ),
    ];
    list.extend(sizes());
    list
}

fn sizes() -> Vec<Situation> {
    use LintKind::{Inline, Managed, ResourceControl, ServiceControl, Session, Trust};
    let fit = |kind: LintKind, limit: usize, says: &'static str| {
        let (trips, near) = (queues(limit + 100), queues(limit - 200));
        let for_everyone = |mut document: Value| {
            for statement in document["Statement"].as_array_mut().into_iter().flatten() {
                statement["Effect"] = json!("Deny");
                statement["Principal"] = json!("*");
            }
            document
        };
        match kind {
            ResourceControl => of(
                kind,
                situation("policy_too_large", "", says, for_everyone(trips), for_everyone(near)),
            ),
            _ => of(kind, situation("policy_too_large", "", says, trips, near)),
        }
    };
    let subjects = |count: usize| {
        let names: Vec<String> = (0..count)
            .map(|n| format!("system:serviceaccount:shop:account-{n:03}"))
            .collect();
        trust(&json!({ "StringEquals": { AUD: "sts.amazonaws.com", SUB: names } }))
    };
    vec![
        fit(Managed, 6_144, "6,144"),
        fit(Inline, 10_240, "10,240"),
        fit(Session, 2_048, "white space included"),
        fit(ServiceControl, 5_120, "5,120"),
        fit(ResourceControl, 5_120, "too many"),
        of(
            Trust,
            situation("policy_too_large", "", "2,048", subjects(50), subjects(30)),
        ),
    ]
}

fn actions_and_arns() -> Vec<Situation> {
    let action = "/Statement/0/Action";
    let resource = "/Statement/0/Resource";
    let queue = "arn:aws:sqs:eu-west-1:111122223333:q";
    let sqs = |resource: &str| on("sqs:SendMessage", resource);
    vec![
        situation(
            "unknown_service",
            action,
            "`s3:GetObject`",
            on("s33:GetObject", "*"),
            on("s3:GetObject", "*"),
        ),
        situation(
            "unknown_action",
            action,
            "`lambda:InvokeFunction`",
            on("lambda:Invoke", "*"),
            on("lambda:InvokeFunction", "*"),
        ),
        situation(
            "unknown_action",
            action,
            "covers no action",
            on("s3:Fetch*", "*"),
            on("s3:Get*", "*"),
        ),
        situation("invalid_arn", resource, "is no ARN", sqs("q"), sqs(queue)),
        situation(
            "missing_arn_field",
            resource,
            "six parts",
            sqs("arn:aws:sqs:*"),
            sqs("arn:aws:sqs:*:*:*"),
        ),
        situation(
            "missing_arn_field",
            resource,
            "no service",
            sqs("arn:aws:sqs:eu-west-1:111122223333:"),
            sqs("*"),
        ),
        situation(
            "invalid_partition",
            resource,
            "accepted: aws, aws-cn",
            sqs("arn:amazon:sqs:eu-west-1:111122223333:q"),
            sqs("arn:aws-cn:sqs:cn-north-1:111122223333:q"),
        ),
        situation(
            "invalid_arn_region",
            resource,
            "`eu-west`",
            sqs("arn:aws:sqs:eu-west:111122223333:q"),
            sqs("arn:aws:sqs:eu-west-*:111122223333:q"),
        ),
        situation(
            "invalid_arn_account",
            resource,
            "twelve digits",
            sqs("arn:aws:sqs:eu-west-1:1111:q"),
            sqs("arn:aws:sqs:eu-west-1:1111*:q"),
        ),
        situation(
            "arn_region_not_allowed",
            resource,
            "leave it empty",
            on("s3:GetObject", "arn:aws:s3:eu-west-1::b/*"),
            on("s3:GetObject", "arn:aws:s3:::b/*"),
        ),
        situation(
            "arn_account_not_allowed",
            resource,
            "leave it empty",
            on("s3:GetObject", "arn:aws:s3::111122223333:b/*"),
            on(
                "s3:GetObject",
                "arn:aws:s3:eu-west-1:111122223333:accesspoint/a/object/*",
            ),
        ),
        situation(
            "arn_region_missing",
            resource,
            "no region",
            sqs("arn:aws:sqs::111122223333:q"),
            sqs(queue),
        ),
        situation(
            "arn_account_missing",
            resource,
            "no account",
            on("iam:GetRole", "arn:aws:iam:::role/r"),
            on("iam:GetRole", "arn:aws:iam::111122223333:role/r"),
        ),
        situation(
            "unsupported_action",
            action,
            "cannot be limited",
            on("s3:ListAllMyBuckets", "arn:aws:s3:::b"),
            on("s3:ListAllMyBuckets", "*"),
        ),
        situation(
            "unsupported_action",
            action,
            "arn:${Partition}:s3:::${BucketName}",
            on("s3:ListBucket", "arn:aws:s3:::b/*"),
            on("s3:ListBucket", "arn:aws:s3:::b*"),
        ),
        situation(
            "unsupported_action",
            action,
            "acts on none",
            on(
                "elasticloadbalancing:AddTags",
                "arn:aws:elasticloadbalancing:eu-west-1:111122223333:rule/x",
            ),
            on(
                "elasticloadbalancing:AddTags",
                "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/blue/1",
            ),
        ),
        situation(
            "unsupported_resource",
            "/Statement/0/Resource/1",
            "no action of the statement",
            with(&json!({ "Resource": ["arn:aws:s3:::b/*", queue] })),
            with(&json!({ "Action": ["s3:GetObject", "sqs:SendMessage"], "Resource": ["arn:aws:s3:::b/*", queue] })),
        ),
    ]
}

fn conditions() -> Vec<Situation> {
    let place = |text: &str| -> &'static str { Box::leak(format!("/Statement/0/Condition/{text}").into_boxed_str()) };
    let list = |condition: Value| {
        with(&json!({ "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::b", "Condition": condition }))
    };
    let tags = |condition: Value| with(&json!({ "Action": "ec2:CreateTags", "Resource": "*", "Condition": condition }));
    let prefix = json!({ "StringEquals": { "s3:prefix": "a/" } });
    vec![
        situation(
            "unknown_condition_key",
            place("StringEquals/s3:prefixx"),
            "`s3:prefix`",
            list(json!({ "StringEquals": { "s3:prefixx": "a/" } })),
            list(prefix.clone()),
        ),
        situation(
            "unknown_condition_key",
            place("IpAddress/aws:SourceIpp"),
            "`aws:sourceip`",
            when(&json!({ "IpAddress": { "aws:SourceIpp": "10.0.0.0/8" } })),
            when(&json!({ "StringEquals": { "aws:NewKeyOfNextYear": "x" } })),
        ),
        situation(
            "condition_key_not_for_action",
            place("StringEquals/s3:prefix"),
            "`s3:GetObject` never carries",
            when(&prefix),
            when(&json!({ "StringEquals": { "s3:ExistingObjectTag/team": "a" } })),
        ),
        situation(
            "operator_type_mismatch",
            place("StringEquals/aws:SourceIp"),
            "`IpAddress…`",
            when(&json!({ "StringEquals": { "aws:SourceIp": "10.0.0.1" } })),
            when(&json!({ "IpAddress": { "aws:SourceIp": "10.0.0.1" } })),
        ),
        situation(
            "set_operator_on_single_value",
            place("ForAnyValue:StringLike/aws:PrincipalTag~1team"),
            "write `StringLike`",
            when(&json!({ "ForAnyValue:StringLike": { "aws:PrincipalTag/team": "a" } })),
            when(&json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-a/*" } })),
        ),
        situation(
            "for_all_values_allow",
            place("ForAllValues:StringEquals/aws:TagKeys"),
            "without `aws:TagKeys`",
            tags(json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] } })),
            tags(
                json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] }, "Null": { "aws:TagKeys": "false" } }),
            ),
        ),
        situation(
            "value_type_mismatch",
            place("IpAddress/aws:SourceIp/1"),
            "an address or range",
            when(&json!({ "IpAddress": { "aws:SourceIp": ["10.0.0.0/8", "10.0.0.0/33"] } })),
            when(&json!({ "IpAddress": { "aws:SourceIp": ["10.0.0.0/8", "::/0"] } })),
        ),
        situation(
            "value_type_mismatch",
            place("Bool/aws:SecureTransport"),
            "`true` or `false`",
            when(&json!({ "Bool": { "aws:SecureTransport": "yes" } })),
            when(&json!({ "Bool": { "aws:SecureTransport": true } })),
        ),
        situation(
            "value_type_mismatch",
            place("DateLessThan/aws:CurrentTime"),
            "ISO 8601",
            when(&json!({ "DateLessThan": { "aws:CurrentTime": "tomorrow" } })),
            when(&json!({ "DateLessThan": { "aws:CurrentTime": "2026-01-31T00:00:00Z" } })),
        ),
        situation(
            "value_type_mismatch",
            place("ArnLike/aws:PrincipalArn"),
            "an ARN",
            when(&json!({ "ArnLike": { "aws:PrincipalArn": "role/app" } })),
            when(&json!({ "ArnLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/app" } })),
        ),
        situation(
            "wildcard_without_like",
            place("StringEquals/s3:prefix"),
            "write `StringLike`",
            list(json!({ "StringEquals": { "s3:prefix": "a/*" } })),
            list(json!({ "StringEquals": { "s3:prefix": "a/${*}" } })),
        ),
        beside(
            "old_version",
            situation(
                "variable_in_old_version",
                place("StringEquals/s3:prefix"),
                "plain text",
                document_of_2008(&list(json!({ "StringEquals": { "s3:prefix": "${aws:username}" } }))),
                list(json!({ "StringEquals": { "s3:prefix": "${aws:username}" } })),
            ),
        ),
    ]
}

fn document_of_2008(document: &Value) -> Value {
    let mut document = document.clone();
    document["Version"] = json!("2008-10-17");
    document
}

fn redundancy() -> Vec<Situation> {
    let action = |list: Value| with(&json!({ "Action": list }));
    let resource = |list: Value| with(&json!({ "Resource": list }));
    let two = |wide: &str, narrow: &str| {
        document(&json!([
            { "Effect": "Allow", "Action": "s3:Get*", "Resource": wide },
            { "Effect": "Allow", "Action": "s3:GetObject", "Resource": narrow }
        ]))
    };
    vec![
        situation(
            "redundant_action",
            "/Statement/0/Action/0",
            "covered by `s3:Get*`",
            action(json!(["s3:GetObject", "s3:Get*"])),
            action(json!(["s3:PutObject", "s3:Get*"])),
        ),
        situation(
            "redundant_action",
            "/Statement/0/Action/1",
            "covered by `s3:GetObject`",
            action(json!(["s3:GetObject", "s3:GetObject"])),
            action(json!(["s3:GetObject", "s3:GetObjectAcl"])),
        ),
        situation(
            "redundant_resource",
            "/Statement/0/Resource/1",
            "covered by `arn:aws:s3:::b*`",
            resource(json!(["arn:aws:s3:::b*", "arn:aws:s3:::b/a"])),
            resource(json!(["arn:aws:s3:::b/*", "arn:aws:s3:::c/*"])),
        ),
        situation(
            "redundant_resource",
            "/Statement/0/Resource/0",
            "covered by `arn:aws:sqs:*:111122223333:q*`",
            with(&json!({
                "Action": "sqs:SendMessage",
                "Resource": ["arn:aws:sqs:eu-west-1:111122223333:q?", "arn:aws:sqs:*:111122223333:q*"]
            })),
            with(&json!({
                "Action": "sqs:SendMessage",
                "Resource": ["arn:aws:sqs:eu-west-1:444455556666:q?", "arn:aws:sqs:*:111122223333:q*"]
            })),
        ),
        situation(
            "redundant_statement",
            "/Statement/1",
            "the statement at `/Statement/0`",
            two("arn:aws:s3:::b/*", "arn:aws:s3:::b/a/*"),
            two("arn:aws:s3:::b/a/*", "arn:aws:s3:::b/*"),
        ),
    ]
}
