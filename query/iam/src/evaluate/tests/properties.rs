use proptest::prelude::*;

use super::*;

/// A statement out of few actions, resources and conditions, so that many of them meet.
fn statement(effect: &'static str) -> impl Strategy<Value = Value> {
    let action = prop::sample::select(vec!["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject", "sqs:*"]);
    let resource = prop::sample::select(vec![
        "*",
        "arn:aws:s3:::bucket/*",
        "arn:aws:s3:::bucket/k?y",
        "arn:aws:s3:::${t:Name}/*",
        "arn:aws:s3:::other/*",
    ]);
    let operator = prop::sample::select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringLikeIfExists",
        "ForAllValues:StringLike",
        "ForAnyValue:StringNotEquals",
        "Null",
    ]);
    let value = prop::sample::select(vec!["a", "b*", "true", "${t:Name}"]);
    let element = prop::sample::select(vec!["Resource", "NotResource"]);
    let verb = prop::sample::select(vec!["Action", "NotAction"]);
    let condition = prop::option::of((operator, value));
    (action, verb, resource, element, condition).prop_map(move |(action, verb, resource, element, condition)| {
        let mut statement = json!({ "Effect": effect, verb: action, element: resource });
        if let Some((operator, value)) = condition {
            statement["Condition"] = json!({ operator: { "t:Key": value } });
        }
        statement
    })
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(prop_oneof![3 => statement("Allow"), 1 => statement("Deny")], 0..5)
}

/// What is known: values for the two keys the statements name, or that they are unknown.
fn knowledge() -> impl Strategy<Value = (Context, UnknownKeys)> {
    let values = |items: Vec<&'static str>| prop::option::of(prop::sample::subsequence(items.clone(), 0..=items.len()));
    (values(vec!["a", "bc", "bucket"]), values(vec!["bucket"])).prop_map(|(key, name)| {
        let mut context = Context::default();
        let mut unknown = Vec::new();
        for (spelling, values) in [("t:Key", key), ("t:Name", name)] {
            match values {
                Some(values) => drop(context.insert(spelling, values.into_iter().map(str::to_owned).collect())),
                None => unknown.push(spelling),
            }
        }
        (context, unknown.iter().collect())
    })
}

fn case(identity: &[Value], (context, unknown): (Context, UnknownKeys)) -> Case {
    Case {
        identity: vec![policy(json!(identity))],
        context,
        unknown,
        ..Case::default()
    }
}

proptest! {
    #[test]
    fn a_deny_that_matches_always_wins(
        statements in statements(), know in knowledge(), place in 0_usize..7, boundary in statements(),
    ) {
        let everything = || policy(json!({ "Effect": "Deny", "Action": "*", "Resource": "*" }));
        let everyone = || to(json!("*"), "Deny", "*");
        let mut case = Case { boundary: vec![policy(json!(boundary))], ..case(&statements, know) };
        match place {
            0 => case.identity.push(everything()),
            1 => case.boundary.push(everything()),
            2 => case.session.push(everything()),
            3 => case.scps.push(vec![everything()]),
            4 => case.rcps.push(vec![everyone()]),
            5 => case.resource_policy = Some(everyone()),
            _ => case.endpoint.push(everyone()),
        }
        prop_assert_eq!(case.verdict(), Verdict::ExplicitDeny);
    }

    #[test]
    fn one_more_allow_never_takes_away(statements in statements(), more in statement("Allow"), know in knowledge()) {
        let before = case(&statements, know.clone()).verdict();
        let after = case(&[statements, vec![more]].concat(), know).verdict();
        let rank = |verdict| match verdict {
            Verdict::Allow => 2,
            Verdict::Unknown => 1,
            Verdict::ImplicitDeny | Verdict::ExplicitDeny => 0,
        };
        prop_assert!(rank(after) >= rank(before), "{:?} became {:?}", before, after);
    }

    #[test]
    fn order_does_not_matter(
        (statements, shuffled) in statements().prop_flat_map(|s| (Just(s.clone()), Just(s).prop_shuffle())),
        know in knowledge(),
        split in 0_usize..5,
    ) {
        let whole = case(&statements, know.clone());
        let (head, tail) = shuffled.split_at(split.min(shuffled.len()));
        let parts = Case { identity: vec![policy(json!(tail)), policy(json!(head))], ..case(&[], know) };
        let (whole, parts) = (whole.decide(), parts.decide());
        prop_assert_eq!(whole.verdict, parts.verdict);
        prop_assert_eq!(whole.missing_keys, parts.missing_keys);
        prop_assert_eq!(whole.statements.len(), parts.statements.len());
    }

    /// Whatever the unknown keys turn out to be, a verdict that is not "unknown" stands.
    #[test]
    fn what_is_decided_stays_decided(
        statements in statements(),
        know in knowledge(),
        truth in (prop::sample::subsequence(vec!["a", "bc", "x"], 0..=3), prop::sample::subsequence(vec!["bucket"], 0..=1)),
    ) {
        let before = case(&statements, know.clone()).decide().verdict;
        let mut context = know.0;
        for (key, values) in [("t:key", truth.0), ("t:name", truth.1)] {
            if context.get(key).is_none() {
                context.insert(key, values.into_iter().map(str::to_owned).collect());
            }
        }
        let after = case(&statements, (context, UnknownKeys::default())).verdict();
        prop_assert_ne!(after, Verdict::Unknown);
        match before {
            Verdict::Unknown => {}
            Verdict::Allow => prop_assert_eq!(after, Verdict::Allow),
            Verdict::ExplicitDeny => prop_assert_eq!(after, Verdict::ExplicitDeny),
            Verdict::ImplicitDeny => prop_assert_ne!(after, Verdict::Allow),
        }
    }

    #[test]
    fn unknown_names_keys_and_statements(statements in statements(), know in knowledge()) {
        let case = case(&statements, know);
        let decision = case.decide();
        let unknown = decision.verdict == Verdict::Unknown;
        prop_assert_eq!(unknown, !decision.missing_keys.is_empty());
        prop_assert_eq!(decision.verdict == Verdict::ImplicitDeny, decision.statements.is_empty());
    }
}
