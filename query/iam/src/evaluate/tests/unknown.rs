use super::*;

fn unknown(identity: Value, keys: &[&str]) -> Case {
    Case {
        identity: vec![policy(identity)],
        unknown: keys.iter().collect(),
        ..Case::default()
    }
}

fn tagged(effect: &str, value: &str) -> Value {
    json!({ "Effect": effect, "Action": "*", "Resource": "*", "Condition": { "StringEquals": { "aws:ResourceTag/T": value } } })
}

#[test]
fn unknown_only_where_it_can_change_the_result() {
    let plain = |effect: &str| json!({ "Effect": effect, "Action": "*", "Resource": "*" });
    let also_false = json!({
        "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": { "StringEquals": { "aws:ResourceTag/T": "a", "aws:username": "ana" } }
    });
    let if_null = json!({ "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "Null": { "aws:ResourceTag/T": "true" } } });
    for (situation, statements, expected) in [
        ("the only Allow", json!([tagged("Allow", "a")]), Verdict::Unknown),
        (
            "beside an Allow that holds",
            json!([tagged("Allow", "a"), plain("Allow")]),
            Verdict::Allow,
        ),
        (
            "beside a Deny that holds",
            json!([tagged("Allow", "a"), plain("Deny")]),
            Verdict::ExplicitDeny,
        ),
        (
            "a Deny with nothing allowed",
            json!([tagged("Deny", "a")]),
            Verdict::ImplicitDeny,
        ),
        (
            "a Deny beside an Allow",
            json!([tagged("Deny", "a"), plain("Allow")]),
            Verdict::Unknown,
        ),
        ("beside a key that fails", json!([also_false]), Verdict::ImplicitDeny),
        ("presence", json!([if_null]), Verdict::Unknown),
    ] {
        let case = unknown(statements, &["aws:ResourceTag/T"]);
        let decision = case.decide();
        assert_eq!(decision.verdict, expected, "{situation}");
        let keys: &[&str] = if expected == Verdict::Unknown {
            &["aws:ResourceTag/T"]
        } else {
            &[]
        };
        assert_eq!(decision.missing_keys, keys, "{situation}");
    }
}

#[test]
fn a_key_that_is_not_listed_is_absent() {
    assert_eq!(
        unknown(json!([tagged("Allow", "a")]), &["aws:ResourceTag/Other"]).verdict(),
        Verdict::ImplicitDeny
    );
    assert_eq!(
        unknown(json!([tagged("Allow", "a")]), &["aws:ResourceTag/*"]).verdict(),
        Verdict::Unknown
    );
}

#[test]
fn a_key_that_is_given_is_known() {
    let case = Case {
        context: context(&[("aws:resourcetag/t", &["a"])]),
        ..unknown(json!([tagged("Allow", "a")]), &["aws:ResourceTag/T"])
    };
    assert_eq!(case.verdict(), Verdict::Allow);
}

#[test]
fn a_variable_nobody_knows() {
    let statement = |resource: &str| json!({ "Effect": "Allow", "Action": "*", "Resource": resource });
    for (resource, expected) in [
        ("arn:aws:s3:::bucket/${aws:PrincipalTag/x}", Verdict::Unknown),
        ("arn:aws:s3:::bucket/${aws:PrincipalTag/x}*", Verdict::Unknown),
        ("arn:aws:s3:::other/${aws:PrincipalTag/x}", Verdict::ImplicitDeny),
        ("arn:aws:s3:::bucket/${aws:PrincipalTag/x}/more", Verdict::ImplicitDeny),
    ] {
        let case = unknown(statement(resource), &["aws:PrincipalTag/x"]);
        let decision = case.decide();
        assert_eq!(decision.verdict, expected, "{resource}");
        let keys: &[&str] = if expected == Verdict::Unknown {
            &["aws:PrincipalTag/x"]
        } else {
            &[]
        };
        assert_eq!(decision.missing_keys, keys);
    }
}

#[test]
fn only_keys_that_matter_are_named() {
    let both = json!([
        tagged("Deny", "a"),
        { "Sid": "Moot", "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": { "Bool": { "t:Moot": "true" } } },
        { "Sid": "Plain", "Effect": "Allow", "Action": "*", "Resource": "*" }
    ]);
    let case = unknown(both, &["aws:resourcetag/t", "t:moot"]);
    let decision = case.decide();
    assert_eq!(
        (decision.verdict, decision.missing_keys.as_slice()),
        (Verdict::Unknown, &["aws:resourcetag/t".to_owned()][..])
    );
    assert_eq!(decision.statements.len(), 1);
}

#[test]
fn a_layer_that_is_not_known_is_named() {
    let case = Case {
        identity: vec![allow("*", "*")],
        boundary: vec![policy(tagged("Allow", "a"))],
        unknown: ["aws:ResourceTag/T"].into_iter().collect(),
        ..Case::default()
    };
    let decision = case.decide();
    assert_eq!((decision.verdict, decision.by), (Verdict::Unknown, Layer::Boundary));
    assert_eq!(
        decision.statements.iter().map(|s| s.layer).collect::<Vec<_>>(),
        [Layer::Boundary]
    );
}
