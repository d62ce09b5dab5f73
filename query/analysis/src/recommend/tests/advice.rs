use serde_json::json;

use super::*;

fn object() -> Vec<Usage> {
    vec![used("s3:GetObject", "arn:aws:s3:::b/k")]
}

fn message<'m>(made: &'m RoleRecommendation, code: &str) -> Option<&'m str> {
    made.warnings
        .iter()
        .find(|w| w.code == code)
        .map(|w| w.message.as_str())
}

#[test]
fn a_role_that_is_exactly_right_needs_no_warning() {
    let role = role(&json!([allow(&json!("s3:GetObject"), &json!("arn:aws:s3:::b/k"))]));
    let made = made(&input(vec![RoleInput {
        role: Some(&role),
        ..with_usage(object())
    }]));
    assert_eq!(made.warnings, []);
    assert_eq!((made.granted, made.removed.len()), (1, 0));
}

#[test]
fn each_situation_has_its_warning() {
    let grant = allow(&json!("s3:GetObject"), &json!("*"));
    let known = role(&json!([grant]));
    let vain = role(&json!([grant, allow(&json!("iam:PassRole"), &json!("*"))]));
    let mut by_name = role(&json!([grant]));
    by_name.policies.push(NamedPolicy {
        name: "arn:aws:iam::aws:policy/X".into(),
        managed: true,
        document: None,
    });
    let none = role(&json!([]));
    let base = || RoleInput {
        role: Some(&known),
        ..with_usage(object())
    };
    let association = association();
    let unmapped = UnmappedCall {
        event_source: "new.amazonaws.com".into(),
        event_name: "DoIt".into(),
        calls: 4,
        sample_event_id: "e".into(),
    };
    let queues = (0..2500)
        .map(|n| {
            used(
                "sqs:SendMessage",
                &format!("arn:aws:sqs:eu-west-1:111122223333:queue-{n}"),
            )
        })
        .collect();
    for (code, expected, role) in [
        (
            "shared_role",
            "shared by 3 workloads (also `prod/a/b`, `prod/shop/other`)",
            RoleInput {
                shared_by: vec!["prod/shop/other".into(), "prod/a/b".into()],
                ..base()
            },
        ),
        (
            "role_unknown",
            "get-account-authorization-details",
            with_usage(object()),
        ),
        (
            "policy_document_unknown",
            "`arn:aws:iam::aws:policy/X`",
            RoleInput {
                role: Some(&by_name),
                ..base()
            },
        ),
        (
            "used_not_granted",
            "`s3:GetObject`",
            RoleInput {
                role: Some(&none),
                ..base()
            },
        ),
        (
            "unmapped_calls",
            "4 calls map to no known IAM action (`new.amazonaws.com:DoIt`)",
            RoleInput {
                unmapped: vec![unmapped],
                ..base()
            },
        ),
        (
            "unobservable_removed",
            "`iam:PassRole`",
            RoleInput {
                role: Some(&vain),
                ..base()
            },
        ),
        (
            "association_policy_possible",
            "disableSessionTags",
            RoleInput {
                mechanisms: vec![Mechanism::PodIdentity],
                association: Some(&association),
                ..base()
            },
        ),
        (
            "too_many_policies",
            "more than the 10",
            RoleInput {
                usage: queues,
                role: None,
                ..base()
            },
        ),
    ] {
        let made = made(&input(vec![role]));
        let found = message(&made, code).unwrap_or_else(|| panic!("{code}: {:?}", codes(&made)));
        assert!(found.contains(expected), "{code}: {found}");
    }
}

#[test]
fn a_short_history_is_said_to_be_short() {
    let mut input = input(vec![with_usage(object())]);
    input.window.to = Some(Timestamp(30 * DAY));
    assert!(message(&made(&input), "short_history").unwrap().contains("30 days"));
    input.window.to = Some(Timestamp(90 * DAY));
    assert_eq!(message(&made(&input), "short_history"), None);
}

#[test]
fn a_pattern_that_reaches_further_than_today_is_named() {
    let series: Vec<Usage> = (1..=3)
        .map(|n| used("s3:GetObject", &format!("arn:aws:s3:::b/in/2026-11-0{n}.csv")))
        .collect();
    let wider = |resource: &str| {
        let role = role(&json!([allow(&json!("s3:Get*"), &json!(resource))]));
        let made = made(&input(vec![RoleInput {
            role: Some(&role),
            ..with_usage(series.clone())
        }]));
        message(&made, "wider_than_today").map(str::to_owned)
    };
    assert_eq!(wider("arn:aws:s3:::b/*"), None);
    assert_eq!(wider("arn:aws:s3:::b/in/*.csv"), None);
    let found = wider("arn:aws:s3:::b/in/2026-*");
    assert!(found.unwrap().contains("`arn:aws:s3:::b/in/*.csv`"));
}
