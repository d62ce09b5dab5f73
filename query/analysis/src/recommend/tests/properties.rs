use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::cover::fits;
use super::*;
use crate::answer::Grouping;

const ACTIONS: [&str; 9] = [
    "s3:GetObject",
    "s3:PutObject",
    "dynamodb:Query",
    "kms:Decrypt",
    "logs:PutLogEvents",
    "ssm:GetParameter",
    "ec2:DescribeInstances",
    "ec2:TerminateInstances",
    "lambda:InvokeFunction",
];

/// Names as estates have them: words, series, odd characters.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "(in|out)/(a|b|c|d|e|f|g|h|i|j|k|l|m){1,2}",
        4 => "exports/2026-0[1-9]-1[0-9](/part-0000[0-9])?\\.csv",
        2 => "(x|y)/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}",
        1 => "[a-c*?$é日{}]{1,5}",
        1 => Just("*".to_owned()),
    ]
}

fn resource() -> impl Strategy<Value = String> {
    (name(), 0..7u8).prop_map(|(name, kind)| match kind {
        0 | 1 => format!("arn:aws:s3:::bucket/{name}"),
        2 => format!("arn:aws:s3:::other/{name}"),
        3 => "arn:aws:dynamodb:eu-west-1:111122223333:table/orders".to_owned(),
        4 => format!("arn:aws:ec2:eu-west-1:111122223333:instance/i-{:08x}", name.len() * 77),
        5 => format!(
            "arn:aws:ssm:eu-west-1:111122223333:parameter/prod/{}",
            name.replace(['*', '?'], "x")
        ),
        _ => "*".to_owned(),
    })
}

fn row() -> impl Strategy<Value = Usage> {
    (
        prop::sample::select(ACTIONS.to_vec()),
        resource(),
        0..4u8,
        0..3u8,
        1..50u64,
    )
        .prop_map(|(action, resource, outcome, via, calls)| {
            let mut row = used(action, &resource);
            row.calls = calls;
            row.outcome = match outcome {
                0 => Outcome::Denied,
                1 => Outcome::Error,
                _ => Outcome::Ok,
            };
            match via {
                0 if action == "kms:Decrypt" => when(row, "kms:ViaService", "s3.eu-west-1.amazonaws.com"),
                1 if action == "kms:Decrypt" => when(row, "kms:ViaService", "sqs.eu-west-1.amazonaws.com"),
                _ => row,
            }
        })
}

fn history() -> impl Strategy<Value = Vec<Usage>> {
    // At least one call that worked, or there is no recommendation to test.
    prop::collection::vec(row(), 1..60).prop_map(|mut rows| {
        if rows.iter().all(|r| r.outcome == Outcome::Denied) {
            rows.push(used("s3:GetObject", "arn:aws:s3:::bucket/in/a"));
        }
        rows
    })
}

/// What a reader would apply.
fn documents(made: &RoleRecommendation) -> Vec<Value> {
    made.policies.iter().filter_map(|p| p.document.clone()).collect()
}

/// A name that fits a pattern: its escapes undone, its wildcards filled.
fn instance(pattern: &str, filling: &str) -> String {
    if pattern == "*" {
        return pattern.to_owned();
    }
    let escapes = [("${*}", "\u{1}"), ("${?}", "\u{2}"), ("${$}", "$")];
    let plain = escapes
        .iter()
        .fold(pattern.to_owned(), |text, (escape, mark)| text.replace(escape, mark));
    plain
        .replace('*', filling)
        .replace('?', "q")
        .replace('\u{1}', "*")
        .replace('\u{2}', "?")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_call_that_worked_is_denied(rows in history()) {
        let worked: u64 = rows.iter().filter(|r| r.outcome != Outcome::Denied).map(|r| r.calls).sum();
        let made = made_of(rows);
        prop_assert_eq!((made.replay.denied, made.replay.unknown, made.replay.allowed), (0, 0, worked));
        prop_assert!(!statements(&made).iter().any(|s| s["Sid"] == "ReplayRepair"), "right at once, not repaired");
    }

    #[test]
    fn the_order_of_rows_never_matters(rows in history().prop_shuffle(), seed in any::<prop::sample::Index>()) {
        let mut turned = rows.clone();
        turned.rotate_left(seed.index(rows.len()));
        turned.reverse();
        prop_assert_eq!(recommend(&input(vec![with_usage(rows)])), recommend(&input(vec![with_usage(turned)])));
    }

    #[test]
    fn only_what_was_used_is_granted(rows in history()) {
        let used: BTreeSet<String> = rows.iter().filter(|r| r.outcome != Outcome::Denied).map(|r| r.action.clone()).collect();
        let made = made_of(rows);
        for statement in statements(&made) {
            for action in statement["Action"].as_array().unwrap() {
                prop_assert!(used.contains(action.as_str().unwrap()), "{} was not used", action);
            }
        }
    }

    #[test]
    fn a_call_that_is_covered_already_changes_nothing(
        rows in history(),
        action in any::<prop::sample::Index>(),
        pattern in any::<prop::sample::Index>(),
        filling in prop_oneof!["[a-z]{1,3}", "2026-0[1-9]", "[a-z]/[0-9]{2}"],
    ) {
        let before = made_of(rows.clone());
        let grant = action.get(&before.kept);
        let chosen: &String = pattern.get(&grant.resources);
        let resource = instance(chosen, &filling);
        prop_assert!(grant.resources.iter().any(|p| fits(p, &resource)), "{} is made to be covered", resource);
        let mut more = used(&grant.action, &resource);
        // The same call again is covered with its conditions; any other through another service is not.
        let same = |r: &&Usage| r.outcome != Outcome::Denied && r.action == more.action && r.resource == resource;
        match rows.iter().find(same) {
            Some(like) => more.conditions = like.conditions.clone(),
            None if more.action == "kms:Decrypt" => return Ok(()),
            None => {}
        }
        let mut after = rows;
        after.push(more);
        prop_assert_eq!(documents(&made_of(after)), documents(&before));
    }

    #[test]
    fn a_pattern_stays_inside_its_container(rows in history()) {
        for statement in statements(&made_of(rows)) {
            for resource in statement["Resource"].as_array().unwrap() {
                let text = resource.as_str().unwrap();
                let tail = text.splitn(6, ':').nth(5).unwrap_or_default();
                let container = tail.split('/').next().unwrap_or_default();
                prop_assert!(text == "*" || !container.contains('*'), "{}", text);
            }
        }
    }
}

/// What a knob may change, and what it must not.
fn knobs() -> impl Strategy<Value = RecommendOptions> {
    let keep = prop::collection::vec(
        prop::sample::select(vec![
            "s3:PutObject",
            "sqs:SendMessage=*",
            "dynamodb:GetItem=arn:aws:dynamodb:r:1:table/t",
        ]),
        0..3,
    );
    let group = prop::sample::select(vec![Grouping::Resources, Grouping::Level, Grouping::Action]);
    (keep, group, any::<bool>(), any::<bool>()).prop_map(|(keep, group, abac, source_vpce)| RecommendOptions {
        keep: keep.into_iter().map(str::to_owned).collect(),
        never_remove: vec!["s3:*".into(), "sqs:Delete*".into()],
        group,
        abac,
        source_vpce,
        ..RecommendOptions::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_knob_denies_a_call_that_worked(rows in history(), options in knobs()) {
        let role = role(&json!([allow(&json!(["s3:*", "sqs:*"]), &json!("arn:aws:s3:::bucket/*"))]));
        let association = association();
        let mut input = input(vec![RoleInput {
            role: Some(&role),
            association: Some(&association),
            endpoints: BTreeMap::from([("s3.amazonaws.com".into(), BTreeSet::from([Some("vpce-1".into())]))]),
            ..with_usage(rows)
        }]);
        input.mechanisms = vec![Mechanism::PodIdentity];
        input.options = options;
        prop_assert_eq!(input.options.check(), Ok(()));
        let made = made(&input);
        prop_assert_eq!((made.replay.denied, made.replay.unknown), (0, 0));
        let wanted = input.options.keep.iter().map(|k| k.split('=').next().unwrap_or_default().to_owned());
        for action in wanted {
            prop_assert!(made.kept.iter().any(|k| k.action == action), "{} is kept", action);
        }
        prop_assert!(!made.removed.iter().any(|a| a.starts_with("s3:") || a.starts_with("sqs:Delete")));
    }

    #[test]
    fn a_new_service_changes_no_statement_of_the_others(rows in history()) {
        let before = statements(&made_of(rows.clone()));
        let mut more = rows;
        more.push(used("athena:GetQueryExecution", "arn:aws:athena:eu-west-1:111122223333:workgroup/primary"));
        let after = statements(&made_of(more));
        let kept = after.iter().filter(|s| before.contains(s)).count();
        prop_assert_eq!((kept, after.len()), (before.len(), before.len() + 1));
    }

    #[test]
    fn every_call_that_passed_is_evidence_of_one_statement(rows in history()) {
        let made = made_of(rows);
        let calls: u64 = made.statements.iter().map(|s| s.calls).sum();
        prop_assert_eq!(calls, made.replay.calls);
        let sids: Vec<&str> = made.statements.iter().map(|s| s.sid.as_str()).collect();
        let stated: Vec<Value> = statements(&made);
        prop_assert_eq!(sids, stated.iter().map(|s| s["Sid"].as_str().unwrap()).collect::<Vec<_>>());
    }
}
