use super::*;

const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/app/pod-1";

/// A line for the session with one identity policy, plus further fields.
fn line(action: &str, resource: &str, more: &Value) -> String {
    let mut line = json!({
        "principal": { "arn": SESSION },
        "action": action,
        "resource": resource,
        "identity_policies": [{
            "Version": "2012-10-17",
            "Statement": [
                { "Sid": "Read", "Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::b/*" },
                { "Effect": "Deny", "Action": "*", "Resource": "arn:aws:s3:::b/secret/*" },
                {
                    "Sid": "Tagged", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*",
                    "Condition": { "StringEquals": { "aws:ResourceTag/Team": "${aws:PrincipalTag/Team}" } }
                }
            ]
        }]
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        line[key] = value.clone();
    }
    line.to_string()
}

fn run(line: &str) -> Value {
    serde_json::from_str(&simulate_line(line)).expect("one JSON line")
}

#[test]
fn every_decision_in_full() {
    let statement = |index, sid: Option<&str>| json!([{ "layer": "identity_policies", "policy": 0, "statement": index, "sid": sid }]);
    let unknown =
        json!({ "unknown_keys": ["aws:resourcetag/team"], "principal": { "arn": SESSION, "tags": { "team": "a" } } });
    for (action, resource, more, decision, statements, missing) in [
        (
            "s3:GetObject",
            "arn:aws:s3:::b/x",
            json!({}),
            "allow",
            statement(0, Some("Read")),
            json!([]),
        ),
        (
            "s3:GetObject",
            "arn:aws:s3:::b/secret/x",
            json!({}),
            "explicit_deny",
            statement(1, None),
            json!([]),
        ),
        (
            "s3:DeleteObject",
            "arn:aws:s3:::b/x",
            json!({}),
            "implicit_deny",
            json!([]),
            json!([]),
        ),
        (
            "s3:PutObject",
            "arn:aws:s3:::b/x",
            unknown,
            "unknown",
            statement(2, Some("Tagged")),
            json!(["aws:resourcetag/team"]),
        ),
    ] {
        let expected = json!({
            "decision": decision, "by": "identity_policies", "statements": statements, "missing_keys": missing
        });
        assert_eq!(run(&line(action, resource, &more)), expected, "{action} {resource}");
    }
}

#[test]
fn unknown_fields_are_named_not_swallowed() {
    let answer = run(&line(
        "s3:GetObject",
        "arn:aws:s3:::b/x",
        &json!({ "identity_policy": {}, "name": 1 }),
    ));
    assert_eq!(answer["ignored"], json!(["identity_policy", "name"]));
}

#[test]
fn null_is_not_given() {
    let nulls = json!({
        "permissions_boundary": null, "session_policies": null, "scps": null, "rcps": null,
        "resource_policy": null, "vpc_endpoint_policy": null, "context": null, "unknown_keys": null,
        "resource_account": null
    });
    assert_eq!(
        run(&line("s3:GetObject", "arn:aws:s3:::b/x", &nulls))["decision"],
        "allow"
    );
}

#[test]
fn a_boundary_may_be_a_document_or_a_list() {
    let document = json!({ "Statement": { "Effect": "Allow", "Action": "sqs:*", "Resource": "*" } });
    for (boundary, expected) in [
        (json!(null), "allow"),
        (json!([]), "allow"),
        (document.clone(), "implicit_deny"),
        (json!([document]), "implicit_deny"),
    ] {
        let answer = run(&line(
            "s3:GetObject",
            "arn:aws:s3:::b/x",
            &json!({ "permissions_boundary": boundary }),
        ));
        assert_eq!(answer["decision"], expected);
    }
}

#[test]
fn an_action_without_resource_level_permissions_is_checked_against_everything() {
    let policy = |resource: &str| json!({ "identity_policies": [{ "Statement": { "Effect": "Allow", "Action": "ec2:Describe*", "Resource": resource } }] });
    let arn = "arn:aws:ec2:eu-west-1:111122223333:instance/i-1";
    for (resource, expected) in [(arn, "implicit_deny"), ("*", "allow")] {
        let answer = run(&line("ec2:DescribeInstances", arn, &policy(resource)));
        assert_eq!(answer["decision"], expected, "by the table, {resource}");
    }
    let mut told = policy(arn);
    told["resource_level"] = json!(true);
    assert_eq!(
        run(&line("ec2:DescribeInstances", arn, &told))["decision"],
        "allow",
        "told otherwise"
    );
    for (table, expected) in [(true, "allow"), (false, "implicit_deny")] {
        let answer = simulate_line_with(&line("ec2:DescribeInstances", arn, &policy(arn)), |_| table);
        assert!(answer.contains(&format!("\"decision\":\"{expected}\"")), "{answer}");
    }
}

#[test]
fn the_errors_say_where_and_what() {
    let s3 = "arn:aws:s3:::b/x";
    let with = |more: Value| line("s3:GetObject", s3, &more);
    for (situation, line, needles) in [
        ("no JSON", "{".to_owned(), vec!["does not read as JSON"]),
        ("a list", "[]".to_owned(), vec!["no JSON object"]),
        (
            "a key twice",
            r#"{"action":"a:b","action":"a:c"}"#.to_owned(),
            vec!["`action` is given twice"],
        ),
        ("no action", "{}".to_owned(), vec!["`action` is missing"]),
        (
            "an action pattern",
            line("s3:*", s3, &json!({})),
            vec!["without wildcards"],
        ),
        (
            "no principal",
            r#"{"action":"s3:GetObject"}"#.to_owned(),
            vec!["`principal` is missing"],
        ),
        (
            "a principal string",
            with(json!({ "principal": "x" })),
            vec!["`principal` is no object"],
        ),
        (
            "a wrong policy",
            with(json!({ "session_policies": [{ "Statement": [{ "Effect": "Maybe", "Action": "s3:*" }] }] })),
            vec!["session_policies/0", "/Statement/0/Effect", "Allow"],
        ),
        (
            "policies that are no levels",
            with(json!({ "scps": [{}] })),
            vec!["`scps` level 0"],
        ),
        (
            "a principal in a boundary",
            with(
                json!({ "permissions_boundary": { "Statement": { "Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*" } } }),
            ),
            vec!["permissions_boundary", "Principal"],
        ),
        (
            "a context key twice by case",
            with(json!({ "context": { "aws:A": "1", "AWS:a": "2" } })),
            vec!["given twice"],
        ),
        (
            "an object as context value",
            with(json!({ "context": { "aws:A": {} } })),
            vec!["aws:A"],
        ),
    ] {
        let error = run(&line)["error"].as_str().unwrap_or_default().to_owned();
        for needle in needles {
            assert!(error.contains(needle), "{situation}: `{error}` lacks `{needle}`");
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_text_gets_one_line(text in ".{0,80}") {
        let answer = simulate_line(&text);
        proptest::prop_assert!(!answer.contains('\n'));
        proptest::prop_assert!(serde_json::from_str::<Value>(&answer).is_ok());
    }
}
