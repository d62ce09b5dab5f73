use super::*;

#[test]
fn a_bare_policy_stands_in_place_of_the_roles_own() {
    for (situation, actions, expected, verdict) in [
        (
            "all that was used",
            vec!["s3:GetObject", "s3:ListBucket"],
            (20, 0, 0),
            CheckVerdict::Holds,
        ),
        (
            "one action out",
            vec!["s3:ListBucket"],
            (10, 10, 0),
            CheckVerdict::Breaks,
        ),
        ("nothing", vec!["s3:PutObject"], (0, 20, 0), CheckVerdict::Breaks),
    ] {
        let check = checked(&allow(&actions));
        assert_eq!(counts(&check), expected, "{situation}");
        assert_eq!(check.verdict, verdict, "{situation}");
        assert_eq!(only(&check).workload.as_deref(), Some(ID));
        assert_eq!(only(&check).issues, None, "{situation}: the trust policy stays");
    }
}

#[test]
fn several_bare_policies_stand_together() {
    let (first, second) = (
        allow(&["s3:GetObject"]).to_string(),
        allow(&["s3:ListBucket"]).to_string(),
    );
    let files = [
        File {
            name: "a",
            text: &first,
        },
        File {
            name: "b",
            text: &second,
        },
    ];
    let inventory = inventory();
    let after = After::of(&inventory, read(&files, &[CART.to_owned()]).unwrap());
    assert_eq!(counts(&judge(&after, &uses(&inventory), &[])), (20, 0, 0));
}

#[test]
fn a_denied_call_that_todays_policies_deny_too_is_told() {
    let mut inventory = inventory();
    inventory.roles[0].policies.remove(0);
    let check = checked_with(&inventory, &allow(&["sqs:*"]), &[]);
    assert_eq!(counts(&check), (0, 20, 0));
    assert_eq!(
        only(&check).denied_today,
        Some(10),
        "the list is granted by nothing known"
    );
    inventory.roles[0].policies[0].document = None;
    let check = checked_with(&inventory, &allow(&["sqs:*"]), &[]);
    assert_eq!(only(&check).denied_today, None, "today's policies are not known");
}

#[test]
fn a_role_that_the_inventory_does_not_know_is_judged_by_what_is_given() {
    let inventory = Inventory::default();
    assert_eq!(
        counts(&checked_with(&inventory, &allow(&["s3:GetObject"]), &[])),
        (10, 10, 0)
    );
}

#[test]
fn a_trust_policy_bears_on_issues_alone() {
    let narrowed = document(&json!([{
        "Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"},
        "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {"StringEquals": {"aws:RequestTag/kubernetes-namespace": "elsewhere"}}}]));
    let check = checked(&narrowed);
    assert_eq!(counts(&check), (0, 3, 0));
    assert_eq!(only(&check).replay, None);
    assert_eq!(check.changes[0].kind, crate::answer::ChangeKind::Trust);
}

fn recommended(policies: &Value, trust: &Value) -> Value {
    json!({"workload": ID, "recommendations": [{"role_arn": CART, "policies": policies, "trust": trust}]})
}

#[test]
fn a_recommendation_is_judged_for_its_workload_alone() {
    let policies = json!([
        {"name": "a", "kind": "managed", "document": allow(&["s3:GetObject"])},
        {"name": "b", "kind": "managed", "document": allow(&["s3:ListBucket"])}]);
    let file = recommended(&policies, &json!({"current": pods(), "proposed": pods()}));
    let inventory = inventory();
    let mut all = uses(&inventory);
    all.push(Use {
        id: "prod/shop/neighbour".into(),
        workload: Workload {
            service_account: "neighbour".into(),
            ..workload()
        },
        role: RoleInput {
            usage: vec![used("s3:PutObject", KEY)],
            ..all[0].role.clone()
        },
        ..all[0].clone()
    });
    for file in [file.clone(), json!([file])] {
        let text = file.to_string();
        let file = File {
            name: "r.json",
            text: &text,
        };
        let after = After::of(&inventory, read(&[file], &[]).unwrap());
        let check = judge(&after, &all, &[issue(pod_identity())]);
        assert_eq!(counts(&check), (20, 0, 0), "the neighbour keeps the role as it is");
        assert_eq!(only(&check).workload.as_deref(), Some(ID));
    }
}

#[test]
fn a_proposed_session_policy_limits_what_the_role_allows() {
    let session = json!([{"name": "a", "kind": "association", "document": allow(&["s3:GetObject", "sqs:*"])}]);
    let check = checked(&recommended(&session, &json!({})));
    assert_eq!(counts(&check), (10, 10, 0));
    assert_eq!(check.changes[0].kind, crate::answer::ChangeKind::Association);
}

#[test]
fn a_session_policy_takes_the_tags_away() {
    let mut inventory = inventory();
    let by_tag = document(&json!([{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/kubernetes-namespace": "shop"}}}]));
    inventory.roles[0].policies[1] = named(READ, true, Some(&by_tag));
    let session = json!([{"name": "a", "kind": "association", "document": allow(&["s3:*"])}]);
    let check = checked_with(&inventory, &recommended(&session, &json!({})), &[]);
    assert_eq!(counts(&check), (10, 10, 0), "{check:#?}");
    assert_eq!(only(&check).denied_today, Some(0));
}

#[test]
fn a_proposed_trust_policy_is_judged_when_it_is_another() {
    let nobody = document(&json!([]));
    let policies = json!([{"name": "a", "kind": "managed", "document": allow(&["s3:*"])}]);
    let check = checked(&recommended(&policies, &json!({"current": pods(), "proposed": nobody})));
    assert_eq!(counts(&check), (20, 3, 0));
}

#[test]
fn the_linter_reads_what_changes() {
    let check = checked(&allow(&["s3:GetObject", "s3:GetObjekt"]));
    assert!(
        check
            .lints
            .iter()
            .any(|lint| lint.pointer.starts_with("/Statement/0/Action")),
        "{:?}",
        check.lints
    );
    assert!(
        check
            .lints
            .iter()
            .all(|lint| lint.source == "f.json" && !lint.severity.is_empty())
    );
}

#[test]
fn without_history_nothing_is_said() {
    let text = allow(&["s3:*"]).to_string();
    let file = File { name: "f", text: &text };
    let inventory = inventory();
    let after = After::of(&inventory, read(&[file], &[OTHER.to_owned()]).unwrap());
    let check = judge(&after, &uses(&inventory), &[issue(pod_identity())]);
    assert_eq!(check.verdict, CheckVerdict::NoHistory);
    assert_eq!(check.untouched, [format!("{OTHER}: nothing in the history used it")]);
}
