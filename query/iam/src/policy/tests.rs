//! What is a policy and what is not.

use proptest::prelude::*;
use serde_json::json;

use super::*;

/// A document of one good statement, changed.
fn with(changes: Value) -> Value {
    let mut statement = json!({ "Effect": "Allow", "Action": "s3:GetObject", "Resource": "*" });
    for (key, value) in changes.as_object().into_iter().flatten() {
        match value {
            Value::Null => drop(statement.as_object_mut().map(|map| map.remove(key))),
            value => statement[key] = value.clone(),
        }
    }
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

#[test]
fn accepted() {
    for (situation, document) in [
        (
            "one statement as an object",
            json!({ "Statement": { "Effect": "Deny", "NotAction": ["a:b"], "NotResource": [] } }),
        ),
        (
            "no statements",
            json!({ "Version": "2008-10-17", "Id": "x", "Statement": [] }),
        ),
        ("a Sid with spaces", with(json!({ "Sid": "Allow this" }))),
        (
            "numbers and booleans as values",
            with(json!({ "Condition": { "Bool": { "a:b": true }, "NumericEquals": { "a:c": [1, 2.5, "3"] } } })),
        ),
        ("no conditions", with(json!({ "Condition": {} }))),
        (
            "an operator in another case",
            with(json!({ "Condition": { "forAnyValue:stringequals": { "a:b": "c" } } })),
        ),
        (
            "two operators on one key",
            with(json!({ "Condition": { "StringLike": { "a:b": "c*" }, "StringNotLike": { "a:b": "d*" } } })),
        ),
        ("everyone", with(json!({ "Principal": "*" }))),
        (
            "all kinds of principal",
            with(json!({ "Principal": {
            "AWS": ["111122223333", "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:user/a/b", "AROAEXAMPLEEXAMPLE123", "*"],
            "Service": "ec2.amazonaws.com", "Federated": ["cognito-identity.amazonaws.com"], "CanonicalUser": "79a5"
        } })),
        ),
        (
            "no resource (trust)",
            with(json!({ "Resource": null, "Principal": { "Service": "ec2.amazonaws.com" } })),
        ),
        (
            "a resource that is no ARN",
            with(json!({ "Resource": "execute-api:/stage/GET/*" })),
        ),
    ] {
        assert!(
            Policy::from_value(&document).is_ok(),
            "{situation}: {:?}",
            Policy::from_value(&document)
        );
    }
}

#[test]
fn refused_with_the_place() {
    for (situation, document, pointer, problem) in [
        ("no object", json!([]), "", "no object"),
        (
            "no statement",
            json!({ "Version": "2012-10-17" }),
            "",
            "`Statement` is missing",
        ),
        (
            "a version that is not",
            json!({ "Version": "2012-10-18", "Statement": [] }),
            "/Version",
            "2012-10-18",
        ),
        (
            "a version that is a number",
            json!({ "Version": 2012, "Statement": [] }),
            "/Version",
            "2012",
        ),
        (
            "an element that is not",
            json!({ "Statement": [], "Comment": "" }),
            "/Comment",
            "`Comment` is unknown",
        ),
        (
            "an element in another case",
            with(json!({ "action": "s3:x" })),
            "/Statement/0/action",
            "write `Action`",
        ),
        (
            "a statement that is text",
            json!({ "Statement": ["x"] }),
            "/Statement/0",
            "`x` is no object",
        ),
        (
            "no effect",
            with(json!({ "Effect": null })),
            "/Statement/0",
            "`Effect` is missing",
        ),
        (
            "an effect in another case",
            with(json!({ "Effect": "allow" })),
            "/Statement/0/Effect",
            "`allow`",
        ),
        (
            "no action",
            with(json!({ "Action": null })),
            "/Statement/0",
            "neither `Action`",
        ),
        (
            "both actions",
            with(json!({ "NotAction": "s3:x" })),
            "/Statement/0",
            "side by side",
        ),
        (
            "both resources",
            with(json!({ "NotResource": "*" })),
            "/Statement/0",
            "side by side",
        ),
        (
            "both principals",
            with(json!({ "Principal": "*", "NotPrincipal": "*" })),
            "/Statement/0",
            "side by side",
        ),
        (
            "an action without a service",
            with(json!({ "Action": ["s3:x", "GetObject"] })),
            "/Statement/0/Action/1",
            "`GetObject`",
        ),
        (
            "an action that is a number",
            with(json!({ "Action": 1 })),
            "/Statement/0/Action",
            "`1` is no string",
        ),
        (
            "an operator that is not",
            with(json!({ "Condition": { "StringMatches": {} } })),
            "/Statement/0/Condition/StringMatches",
            "unknown",
        ),
        (
            "NullIfExists",
            with(json!({ "Condition": { "NullIfExists": { "a:b": "true" } } })),
            "/Statement/0/Condition/NullIfExists",
            "unknown",
        ),
        (
            "a condition without a key",
            with(json!({ "Condition": { "Bool": "true" } })),
            "/Statement/0/Condition/Bool",
            "no object",
        ),
        (
            "a key without a service",
            with(json!({ "Condition": { "Bool": { "x": true } } })),
            "/Statement/0/Condition/Bool/x",
            "no condition key",
        ),
        (
            "a key twice by case",
            with(json!({ "Condition": { "Bool": { "a:b": true, "A:B": true } } })),
            "/Statement/0/Condition/Bool/a:b",
            "given twice",
        ),
        (
            "a null value",
            with(json!({ "Condition": { "Bool": { "a:b/c": [null] } } })),
            "/Statement/0/Condition/Bool/a:b~1c/0",
            "`null`",
        ),
        (
            "a principal kind that is not",
            with(json!({ "Principal": { "Aws": "*" } })),
            "/Statement/0/Principal/Aws",
            "`Aws`",
        ),
        (
            "a principal with a wildcard",
            with(json!({ "Principal": { "AWS": "arn:aws:iam::111122223333:role/*" } })),
            "/Statement/0/Principal/AWS",
            "role/*",
        ),
        (
            "a principal that is text",
            with(json!({ "Principal": "111122223333" })),
            "/Statement/0/Principal",
            "no object",
        ),
    ] {
        let error = Policy::from_value(&document).expect_err(situation);
        assert_eq!(error.pointer, pointer, "{situation}");
        assert!(error.problem.contains(problem), "{situation}: {error}");
        assert!(!error.accepted.is_empty(), "{situation}");
    }
}

#[test]
fn refused_by_type_with_the_place() {
    for (situation, changes, pointer, problem) in [
        (
            "a Sid that is a number",
            json!({ "Sid": 7 }),
            "/Sid",
            "`7` is no string",
        ),
        (
            "an effect that is a list",
            json!({ "Effect": ["Allow"] }),
            "/Effect",
            "[\"Allow\"]",
        ),
        (
            "an action that is an object",
            json!({ "Action": { "s3": "Get" } }),
            "/Action",
            "no string",
        ),
        (
            "an action within two lists",
            json!({ "Action": [["s3:x"]] }),
            "/Action/0",
            "no string",
        ),
        (
            "an action of nothing",
            json!({ "Action": "" }),
            "/Action",
            "`` names no action",
        ),
        (
            "an action without a name",
            json!({ "Action": ["s3:"] }),
            "/Action/0",
            "`s3:`",
        ),
        (
            "a resource that is a boolean",
            json!({ "Resource": true }),
            "/Resource",
            "`true` is no string",
        ),
        (
            "a resource that is null in a list",
            json!({ "Resource": ["*", null] }),
            "/Resource/1",
            "`null`",
        ),
        (
            "a principal that is a list",
            json!({ "Principal": ["*"] }),
            "/Principal",
            "no object",
        ),
        (
            "a principal's name that is a number",
            json!({ "Principal": { "AWS": 111122223333_u64 } }),
            "/Principal/AWS",
            "no string",
        ),
        (
            "a principal that is half an ARN",
            json!({ "Principal": { "AWS": ["111122223333", "arn:aws:iam::111122223333"] } }),
            "/Principal/AWS/1",
            "names no AWS principal",
        ),
        (
            "a condition that is a list",
            json!({ "Condition": [] }),
            "/Condition",
            "no object",
        ),
        (
            "a condition that is text",
            json!({ "Condition": "x" }),
            "/Condition",
            "`x` is no object",
        ),
        (
            "a value that is an object",
            json!({ "Condition": { "StringLike": { "aws:x": { "y": 1 } } } }),
            "/Condition/StringLike/aws:x",
            "no condition value",
        ),
        (
            "a value within two lists",
            json!({ "Condition": { "StringLike": { "aws:x": ["a", ["b"]] } } }),
            "/Condition/StringLike/aws:x/1",
            "no condition value",
        ),
        (
            "a value of many characters is cut",
            json!({ "Effect": "x".repeat(500) }),
            "/Effect",
            "x…`",
        ),
        (
            "a key that needs escapes",
            json!({ "Condition": { "StringLike": { "aws:a/b~c": null } } }),
            "/Condition/StringLike/aws:a~1b~0c",
            "no condition value",
        ),
    ] {
        let error = Policy::from_value(&with(changes)).expect_err(situation);
        assert_eq!(error.pointer, format!("/Statement/0{pointer}"), "{situation}");
        assert!(error.problem.contains(problem), "{situation}: {error}");
        assert!(
            !error.accepted.is_empty() && error.problem.chars().count() < 200,
            "{situation}: {error}"
        );
    }
}

#[test]
fn refused_text() {
    let deep = "[".repeat(100_000);
    for (situation, text, pointer, problem) in [
        ("nothing", "", "", "line 1 column 0"),
        ("no JSON", "Version: 2012-10-17", "", "line 1 column 1"),
        (
            "a document that breaks off",
            "{\"Version\":",
            "/Version",
            "EOF while parsing a value at line 1 column 11",
        ),
        (
            "a comma too many",
            "{\n  \"Statement\": [\n    {\"Effect\": \"Allow\",}\n  ]\n}",
            "/Statement/0",
            "trailing comma at line 3 column 24",
        ),
        (
            "a comma too few",
            "{\n  \"Statement\": [\n    {\"Action\": [\"s3:Get\" \"s3:Put\"]}\n  ]\n}",
            "/Statement/0/Action/1",
            "line 3 column 26",
        ),
        (
            "a string without end",
            "{\"Id\": \"x",
            "/Id",
            "EOF while parsing a string",
        ),
        ("single quotes", "{'Version': '2012-10-17'}", "", "line 1 column 2"),
        ("a comment", "{\n // why\n}", "", "line 2 column 2"),
        (
            "two documents",
            "{\"Statement\": []} {}",
            "",
            "trailing characters at line 1 column 19",
        ),
        (
            "a number without end",
            "{\"Version\": 1e999999}",
            "/Version",
            "number out of range",
        ),
        (
            "half of a surrogate pair",
            "{\"Id\": \"\\ud800\"}",
            "/Id",
            "line 1 column",
        ),
        (
            "a key twice",
            "{\"Statement\":[],\n\"Statement\":[]}",
            "/Statement",
            "key `Statement` is given twice at line 2",
        ),
        (
            "a key twice deep inside",
            r#"{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"a:b/c":"1"},"Bool":{}}}]}"#,
            "/Statement/0/Condition/Bool",
            "`Bool` is given twice",
        ),
        ("endless nesting", &deep, &*"/0".repeat(127), "recursion limit"),
    ] {
        let error = Policy::parse(text).expect_err(situation);
        assert!(error.problem.contains(problem), "{situation}: {error}");
        assert_eq!(error.pointer, pointer, "{situation}");
        assert!(!error.accepted.is_empty(), "{situation}");
    }
}

#[test]
fn an_error_reads_well() {
    let error = Policy::from_value(&with(json!({ "Effect": "Grant" }))).expect_err("an unknown effect");
    assert_eq!(
        error.to_string(),
        "effect `Grant` is unknown at `/Statement/0/Effect`; accepted: `Allow` or `Deny`, in this case"
    );
}

#[test]
fn what_each_kind_must_have() {
    let principal = json!({ "Principal": { "AWS": "111122223333" } });
    let nothing = json!({});
    let everyone = json!({ "Principal": "*" });
    let no_resource = json!({ "Resource": null });
    let trust = json!({ "Resource": null, "Principal": { "Service": "ec2.amazonaws.com" } });
    for (changes, identity, resource, rcp, endpoint) in [
        (nothing, true, false, false, true),
        (principal, false, true, false, true),
        (everyone, false, true, true, true),
        (no_resource, false, false, false, false),
        (trust, false, true, false, false),
    ] {
        let policy = Policy::from_value(&with(changes.clone())).expect("a policy");
        for (kind, expected) in [
            (PolicyKind::Identity, identity),
            (PolicyKind::Resource, resource),
            (PolicyKind::Rcp, rcp),
            (PolicyKind::Endpoint, endpoint),
        ] {
            assert_eq!(policy.check(kind).is_ok(), expected, "{changes} as {kind:?}");
        }
    }
}

#[test]
fn the_source_is_kept() {
    let document = with(json!({ "Sid": "x", "Condition": { "Bool": { "aws:SecureTransport": true } } }));
    let policy = Policy::from_value(&document).expect("a policy");
    assert_eq!(policy.to_json(), &document);
    assert_eq!(Policy::parse(&build::pretty(policy.to_json())), Ok(policy));
}

/// Any JSON, leaning towards the words of the policy language.
fn any_json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "Version",
        "2012-10-17",
        "Statement",
        "Effect",
        "Allow",
        "Action",
        "NotAction",
        "Resource",
        "Principal",
        "AWS",
        "Condition",
        "StringLike",
        "ForAnyValue:Bool",
        "aws:x",
        "*",
        "s3:Get*",
        "${",
        "${aws:x}",
        "é",
        "",
    ]);
    let leaf = prop_oneof![
        word.clone().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(word.clone(), inner, 0..5)
                .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn parsing_never_panics(value in any_json(), text in ".{0,60}") {
        if let Err(error) = Policy::from_value(&value) {
            prop_assert!(error.pointer.is_empty() || value.pointer(&error.pointer).is_some());
        }
        drop(Policy::parse(&text));
    }

    #[test]
    fn a_statement_of_any_words_never_panics(statement in any_json(), condition in any_json()) {
        drop(Policy::from_value(&json!({ "Statement": statement })));
        drop(Policy::from_value(&with(json!({ "Condition": condition }))));
    }
}
