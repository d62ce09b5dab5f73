use super::*;

/// `(operator, policy values, request values, holds)`; the request key is `test:Key`.
fn check(table: &[(&str, Value, &[&str], bool)]) {
    for (operator, values, request, expected) in table {
        let holds = condition(operator, "test:Key", values, context(&[("TEST:key", request)]));
        assert_eq!(holds, *expected, "{operator} {values} on {request:?}");
    }
}

#[test]
fn strings() {
    check(&[
        ("StringEquals", json!("a"), &["a"], true),
        ("StringEquals", json!("a"), &["A"], false),
        ("StringEquals", json!("a*"), &["ab"], false),
        ("StringEquals", json!(["a", "b"]), &["b"], true),
        ("StringEquals", json!([]), &["b"], false),
        ("StringEquals", json!(7), &["7"], true),
        ("StringEquals", json!(true), &["true"], true),
        ("StringNotEquals", json!("a"), &["b"], true),
        ("StringNotEquals", json!(["a", "b"]), &["b"], false),
        ("StringNotEquals", json!(["a", "b"]), &["c"], true),
        ("StringEqualsIgnoreCase", json!("Straße"), &["STRAßE"], true),
        ("StringEqualsIgnoreCase", json!("abc"), &["ABC"], true),
        ("StringNotEqualsIgnoreCase", json!("abc"), &["ABC"], false),
        ("StringNotEqualsIgnoreCase", json!("abc"), &["ABD"], true),
        ("StringLike", json!("a*c?"), &["a:b/cd"], true),
        ("StringLike", json!("a*c?"), &["a:b/c"], false),
        ("StringLike", json!("*"), &["x"], true),
        ("StringLike", json!("A*"), &["ab"], false),
        ("StringNotLike", json!("a*"), &["ab"], false),
        ("StringNotLike", json!("a*"), &["b"], true),
    ]);
}

#[test]
fn numbers() {
    check(&[
        ("NumericEquals", json!(10), &["10.0"], true),
        ("NumericEquals", json!("10"), &["11"], false),
        ("NumericEquals", json!("ten"), &["ten"], false),
        ("NumericNotEquals", json!([1, 2]), &["3"], true),
        ("NumericNotEquals", json!([1, 2]), &["2"], false),
        ("NumericLessThan", json!("10"), &["9.99"], true),
        ("NumericLessThan", json!("10"), &["10"], false),
        ("NumericLessThanEquals", json!("10"), &["10"], true),
        ("NumericGreaterThan", json!("-1"), &["0"], true),
        ("NumericGreaterThan", json!("10"), &["10"], false),
        ("NumericGreaterThanEquals", json!("10"), &["10"], true),
        ("NumericGreaterThanEquals", json!("10"), &["nine"], false),
    ]);
}

#[test]
fn dates() {
    check(&[
        ("DateEquals", json!("2024-01-01T00:00:00Z"), &["1704067200"], true),
        ("DateEquals", json!(1_704_067_200), &["2024-01-01T01:00:00+01:00"], true),
        ("DateNotEquals", json!("2024-01-01"), &["2024-01-02"], true),
        ("DateNotEquals", json!("2024-01-01"), &["2024-01-01T00:00:00Z"], false),
        (
            "DateLessThan",
            json!("2024-01-01T00:00:00Z"),
            &["2023-12-31T23:59:59Z"],
            true,
        ),
        ("DateLessThan", json!("2024-01-01T00:00:00Z"), &["1704067200"], false),
        (
            "DateLessThanEquals",
            json!("2024-01-01T00:00:00Z"),
            &["1704067200"],
            true,
        ),
        ("DateGreaterThan", json!("2024-01-01T00:00:00Z"), &["1704067201"], true),
        (
            "DateGreaterThanEquals",
            json!("1704067200"),
            &["2024-01-01T00:00:00Z"],
            true,
        ),
        ("DateGreaterThan", json!("soon"), &["2024-01-01T00:00:00Z"], false),
    ]);
}

#[test]
fn booleans_and_binary() {
    check(&[
        ("Bool", json!(true), &["true"], true),
        ("Bool", json!("TRUE"), &["true"], true),
        ("Bool", json!("true"), &["false"], false),
        ("Bool", json!(["true", "false"]), &["false"], true),
        ("Bool", json!("yes"), &["yes"], false),
        ("BinaryEquals", json!("QmFzZTY0"), &["QmFzZTY0"], true),
        ("BinaryEquals", json!("QmFzZTY0"), &["qmfzzty0"], false),
    ]);
}

#[test]
fn addresses() {
    check(&[
        ("IpAddress", json!("203.0.113.0/24"), &["203.0.113.200"], true),
        ("IpAddress", json!("203.0.113.0/24"), &["203.0.114.1"], false),
        ("IpAddress", json!("0.0.0.0/0"), &["10.1.2.3"], true),
        ("IpAddress", json!("::/0"), &["2001:db8::1"], true),
        ("IpAddress", json!("::/0"), &["10.1.2.3"], false),
        (
            "IpAddress",
            json!(["10.0.0.0/8", "2001:db8::/32"]),
            &["2001:db8::5"],
            true,
        ),
        ("IpAddress", json!("203.0.113.7"), &["203.0.113.7"], true),
        ("IpAddress", json!("0.0.0.0/0"), &["AWS Internal"], false),
        ("NotIpAddress", json!("0.0.0.0/0"), &["AWS Internal"], true),
        (
            "NotIpAddress",
            json!(["10.0.0.0/8", "11.0.0.0/8"]),
            &["11.1.1.1"],
            false,
        ),
        ("NotIpAddress", json!("10.0.0.0/8"), &["12.0.0.1"], true),
        ("NotIpAddress", json!("203.0.113.9"), &["2001:db8::1"], true),
    ]);
}

#[test]
fn arns() {
    for operator in ["ArnEquals", "ArnLike"] {
        check(&[
            (
                operator,
                json!("arn:aws:sns:*:111122223333:t*"),
                &["arn:aws:sns:eu-west-1:111122223333:topic"],
                true,
            ),
            (
                operator,
                json!("arn:aws:sns:*:topic"),
                &["arn:aws:sns:eu-west-1:111122223333:topic"],
                false,
            ),
            (
                operator,
                json!("arn:aws:iam::*:role/*"),
                &["arn:aws:iam::111122223333:role/a/b"],
                true,
            ),
            (
                operator,
                json!("arn:aws:iam::1:role/A"),
                &["arn:aws:iam::1:role/a"],
                false,
            ),
        ]);
    }
    for operator in ["ArnNotEquals", "ArnNotLike"] {
        check(&[
            (operator, json!("arn:aws:sns:*:1:t*"), &["arn:aws:sns:r:1:topic"], false),
            (operator, json!("arn:aws:sns:*:1:t*"), &["arn:aws:sns:r:2:topic"], true),
        ]);
    }
}

#[test]
fn null_tests_presence() {
    check(&[
        ("Null", json!("true"), &[], true),
        ("Null", json!("false"), &[], false),
        ("Null", json!(true), &["x"], false),
        ("Null", json!(false), &["x"], true),
    ]);
}

#[test]
fn a_missing_key() {
    let positive = [
        ("StringEquals", json!("a")),
        ("StringEqualsIgnoreCase", json!("a")),
        ("StringLike", json!("*")),
        ("NumericEquals", json!(1)),
        ("NumericLessThan", json!(1)),
        ("DateGreaterThan", json!("2024-01-01")),
        ("Bool", json!("false")),
        ("BinaryEquals", json!("QQ==")),
        ("IpAddress", json!("0.0.0.0/0")),
        ("ArnLike", json!("*")),
        ("ArnEquals", json!("*")),
    ];
    let negated = [
        ("StringNotEquals", json!("a")),
        ("StringNotEqualsIgnoreCase", json!("a")),
        ("StringNotLike", json!("*")),
        ("NumericNotEquals", json!(1)),
        ("DateNotEquals", json!("2024-01-01")),
        ("NotIpAddress", json!("0.0.0.0/0")),
        ("ArnNotEquals", json!("*")),
        ("ArnNotLike", json!("*")),
    ];
    for (holds, operators) in [(false, positive.as_slice()), (true, negated.as_slice())] {
        for (operator, values) in operators {
            for (name, expected) in [
                ((*operator).to_owned(), holds),
                (format!("{operator}IfExists"), true),
                (format!("ForAllValues:{operator}"), true),
                (format!("ForAllValues:{operator}IfExists"), true),
                (format!("ForAnyValue:{operator}"), false),
                (format!("ForAnyValue:{operator}IfExists"), true),
            ] {
                assert_eq!(
                    condition(&name, "test:Key", values, Context::default()),
                    expected,
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn sets_of_values() {
    let two = json!(["a", "b"]);
    check(&[
        ("ForAllValues:StringEquals", two.clone(), &["a"], true),
        ("ForAllValues:StringEquals", two.clone(), &["a", "b"], true),
        ("ForAllValues:StringEquals", two.clone(), &["a", "c"], false),
        ("ForAllValues:StringEquals", two.clone(), &[""], true),
        ("ForAnyValue:StringEquals", two.clone(), &["c", "b"], true),
        ("ForAnyValue:StringEquals", two.clone(), &["c", "d"], false),
        ("ForAnyValue:StringEquals", two.clone(), &[], false),
        ("ForAnyValue:StringLike", json!("x*"), &["ab", "xy"], true),
        ("ForAllValues:StringNotEquals", two.clone(), &["c", "d"], true),
        ("ForAllValues:StringNotEquals", two.clone(), &["c", "a"], false),
        ("ForAnyValue:StringNotEquals", two.clone(), &["c", "a"], true),
        ("ForAnyValue:StringNotEquals", two.clone(), &["b", "a"], false),
        ("ForAnyValue:NumericLessThan", json!(5), &["9", "4"], true),
        (
            "ForAllValues:IpAddress",
            json!("10.0.0.0/8"),
            &["10.1.1.1", "11.1.1.1"],
            false,
        ),
    ]);
}

#[test]
fn if_exists_still_tests_a_key_that_is_there() {
    check(&[
        ("StringEqualsIfExists", json!("a"), &["b"], false),
        ("StringEqualsIfExists", json!("a"), &["a"], true),
        ("BoolIfExists", json!("true"), &["false"], false),
        ("ForAnyValue:StringLikeIfExists", json!("a*"), &["b"], false),
    ]);
}

#[test]
fn all_operators_and_all_keys_must_hold() {
    let statement = json!({
        "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": { "StringEquals": { "t:A": "1", "t:B": "2" }, "Bool": { "t:C": "true" } }
    });
    for (a, b, c, expected) in [
        ("1", "2", "true", true),
        ("1", "2", "false", false),
        ("1", "9", "true", false),
    ] {
        let case = Case {
            identity: vec![policy(statement.clone())],
            context: context(&[("t:a", &[a]), ("t:b", &[b]), ("t:c", &[c])]),
            ..Case::default()
        };
        assert_eq!(case.verdict() == Verdict::Allow, expected, "{a} {b} {c}");
    }
}

#[test]
fn variables_in_values() {
    let session = || Principal::new(SESSION, None).with_tags([("team", "red"), ("glob", "r*")]);
    for (situation, operator, value, request, expected) in [
        ("filled", "StringEquals", "${aws:PrincipalTag/Team}", "red", true),
        (
            "filled, other value",
            "StringEquals",
            "${aws:PrincipalTag/Team}",
            "blue",
            false,
        ),
        (
            "beside a wildcard",
            "StringLike",
            "${aws:PrincipalTag/team}-*",
            "red-1",
            true,
        ),
        (
            "a value is no pattern",
            "StringLike",
            "${aws:PrincipalTag/glob}",
            "red",
            false,
        ),
        ("missing", "StringEquals", "${aws:PrincipalTag/none}", "", false),
        (
            "missing, negated",
            "StringNotEquals",
            "${aws:PrincipalTag/none}",
            "red",
            false,
        ),
        (
            "a default",
            "StringEquals",
            "${aws:PrincipalTag/none, 'red'}",
            "red",
            true,
        ),
        (
            "a default not needed",
            "StringEquals",
            "${aws:PrincipalTag/team, 'x'}",
            "red",
            true,
        ),
        (
            "ignoring case",
            "StringEqualsIgnoreCase",
            "${aws:PrincipalTag/team}",
            "RED",
            true,
        ),
        (
            "no variables in numbers",
            "NumericEquals",
            "${aws:PrincipalTag/team}",
            "red",
            false,
        ),
        (
            "an ARN",
            "ArnLike",
            "arn:aws:sns:*:*:${aws:PrincipalTag/team}",
            "arn:aws:sns:r:1:red",
            true,
        ),
    ] {
        let statement = json!({
            "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { operator: { "t:Key": value } }
        });
        let context = context(&[("t:key", &[request])]);
        let case = Case {
            principal: session(),
            identity: vec![policy(statement)],
            context,
            ..Case::default()
        };
        assert_eq!(case.verdict() == Verdict::Allow, expected, "{situation}");
    }
}
