//! Input made to hurt: every document is read or refused, and every request judged, in work that
//! the lengths bound.

use proptest::prelude::*;

use super::*;
use crate::lint::{LintKind, lint};
use crate::policy::PolicyKind;
use crate::simulate::simulate_line;

fn statement(changes: Value) -> Value {
    let mut statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" });
    for (key, value) in changes.as_object().into_iter().flatten() {
        statement[key] = value.clone();
    }
    statement
}

fn many<T: Into<Value>>(count: usize, make: impl Fn(usize) -> T) -> Value {
    Value::Array((0..count).map(|n| make(n).into()).collect())
}

/// Documents far beyond what IAM takes, and what they answer for `s3:GetObject` on [`OBJECT`].
fn documents() -> Vec<(&'static str, Value, Verdict)> {
    let stars = |count: usize, end: &str| format!("{}{end}", "*a".repeat(count));
    vec![
        (
            "five thousand statements",
            many(5_000, |n| statement(json!({ "Action": format!("service-{n}:Get*") }))),
            Verdict::ImplicitDeny,
        ),
        (
            "five thousand statements that mean any service",
            many(5_000, |n| statement(json!({ "Action": format!("*:Get{n}") }))),
            Verdict::ImplicitDeny,
        ),
        (
            "twenty thousand resources",
            statement(json!({ "Resource": many(20_000, |n| format!("arn:aws:s3:::bucket-{n}/*")) })),
            Verdict::ImplicitDeny,
        ),
        (
            "twenty thousand values, the last of which is right",
            statement(
                json!({ "Condition": { "StringLike": { "t:Key": many(20_000, |n| format!("{:05}*", 19_999 - n)) } } }),
            ),
            Verdict::Allow,
        ),
        (
            "an action of a thousand wildcards",
            statement(json!({ "Action": format!("s3:{}", stars(1_000, "b")) })),
            Verdict::ImplicitDeny,
        ),
        (
            "a resource of a thousand wildcards",
            statement(json!({ "Resource": format!("arn:aws:s3:::{}", stars(1_000, "b")) })),
            Verdict::ImplicitDeny,
        ),
        (
            "a value of a thousand wildcards",
            statement(json!({ "Condition": { "StringLike": { "t:Long": stars(1_000, "b") } } })),
            Verdict::ImplicitDeny,
        ),
        (
            "a thousand variables in one resource",
            statement(json!({ "Resource": format!("arn:aws:s3:::{}", "${t:Key}".repeat(1_000)) })),
            Verdict::ImplicitDeny,
        ),
        (
            "variables within variables are plain text",
            statement(json!({ "Resource": format!("arn:aws:s3:::{}", "${".repeat(2_000)) })),
            Verdict::ImplicitDeny,
        ),
        (
            "numbers of a thousand digits",
            statement(json!({ "Condition": { "NumericLessThan": { "t:Number": "9".repeat(1_000) } } })),
            Verdict::ImplicitDeny,
        ),
        (
            "dates beyond all years",
            statement(
                json!({ "Condition": { "DateLessThan": { "t:Number": ["99999999-01-01", "9999-12-31T24:60:60Z"] } } }),
            ),
            Verdict::ImplicitDeny,
        ),
        (
            "letters of every alphabet",
            statement(
                json!({ "Sid": "ﬃ", "Resource": "arn:aws:s3:::b\u{fc}cket/\u{1F600}*", "Condition": {
                "StringEqualsIgnoreCase": { "t:Straße": "STRASSE" }
            } }),
            ),
            Verdict::ImplicitDeny,
        ),
        (
            "characters that no text holds",
            statement(json!({ "Resource": "arn:aws:s3:::\u{0}\u{7f}\u{fffd}*" })),
            Verdict::ImplicitDeny,
        ),
    ]
}

#[test]
fn documents_beyond_all_measure_are_judged() {
    for (situation, statements, expected) in documents() {
        let case = Case {
            identity: vec![policy(statements)],
            context: context(&[
                ("t:Key", &["00000x"]),
                ("t:Long", &[&"a".repeat(4_000)]),
                ("t:Number", &[&"1".repeat(500)]),
            ]),
            ..Case::default()
        };
        assert_eq!(case.verdict(), expected, "{situation}");
    }
}

#[test]
fn a_request_of_any_length_is_judged() {
    let long = "a".repeat(100_000);
    for (action, resource) in [
        (format!("s3:{long}"), OBJECT.to_owned()),
        ("s3:GetObject".to_owned(), format!("arn:aws:s3:::{long}")),
        ("s3:GetObject".to_owned(), ":".repeat(10_000)),
        (":".repeat(1_000), long.clone()),
    ] {
        let case = Case {
            action,
            resource,
            identity: vec![allow("s3:*b", "arn:aws:s3:::*a*b*c")],
            ..Case::default()
        };
        assert_eq!(case.verdict(), Verdict::ImplicitDeny);
    }
}

/// Text that leans towards what means something.
fn word() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "*",
        "?",
        "s3:*",
        "*:*",
        "s3:Get*",
        "arn:aws:s3:::",
        "arn:",
        ":",
        "::::::",
        "${aws:username}",
        "${",
        "}",
        "${*}",
        "${aws:PrincipalTag/t, 'x'}",
        "2026-01-31",
        "10.0.0.0/8",
        "::/0",
        "1e9",
        "-0.0",
        "true",
        "é",
        "\u{1F600}",
        "\u{0}",
    ]);
    prop_oneof![4 => known.prop_map(str::to_owned), 1 => ".{0,12}"]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 0..5).prop_map(|words| words.concat())
}

fn any_statement() -> impl Strategy<Value = Value> {
    let texts = || prop::collection::vec(text(), 0..4);
    let operator = prop::sample::select(vec![
        "StringLike",
        "StringNotEqualsIgnoreCase",
        "ArnLike",
        "NumericLessThanIfExists",
        "ForAllValues:DateEquals",
        "ForAnyValue:IpAddress",
        "NotIpAddress",
        "Bool",
        "BinaryEquals",
        "Null",
    ]);
    let action = prop_oneof![Just("*".to_owned()), text().prop_map(|name| format!("s3:{name}x"))];
    (action, texts(), texts(), operator, any::<[bool; 3]>()).prop_map(|(action, resources, values, operator, flags)| {
        let [deny, not_action, not_resource] = flags;
        json!({
            "Effect": if deny { "Deny" } else { "Allow" },
            if not_action { "NotAction" } else { "Action" }: action,
            if not_resource { "NotResource" } else { "Resource" }: resources,
            "Condition": { operator: { "t:Key": values } }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_words_are_judged_alike_each_time(
        statements in prop::collection::vec(any_statement(), 0..4), action in text(), resource in text(), key in text(),
    ) {
        let document = json!({ "Version": "2012-10-17", "Statement": statements });
        let policy = Policy::from_value(&document).expect("a policy");
        prop_assert!(policy.check(PolicyKind::Identity).is_ok());
        let case = Case { action, resource, identity: vec![policy], context: context(&[("t:Key", &[&key])]), ..Case::default() };
        prop_assert_eq!(case.decide(), case.decide());
        prop_assert_eq!(lint(&document, LintKind::Managed), lint(&document, LintKind::Managed));
    }

    #[test]
    fn any_line_gets_one_line(
        statements in prop::collection::vec(any_statement(), 0..3), arn in text(), action in text(), resource in text(),
        layer in prop::sample::select(vec!["identity_policies", "scps", "rcps", "resource_policy", "context", "unknown_keys"]),
        broken in any::<prop::sample::Index>(), cut in any::<bool>(),
    ) {
        let document = json!({ "Statement": statements });
        let mut line = json!({ "principal": { "arn": arn }, "action": action, "resource": resource });
        line[layer] = json!([[document], document, arn]);
        let mut line = line.to_string();
        if cut {
            let at = broken.index(line.len());
            line = line.chars().take(at).collect();
        }
        let answer = simulate_line(&line);
        prop_assert!(serde_json::from_str::<Value>(&answer).is_ok() && !answer.contains('\n'));
    }
}
