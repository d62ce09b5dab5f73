//! Terraform plans, written by hand after the documented format.

use super::*;
use crate::answer::ChangeKind;

fn text(document: &Value) -> String {
    document.to_string()
}

fn read_policy(actions: &[&str]) -> Value {
    json!({"arn": READ, "name": "read", "path": "/", "policy": text(&allow(actions))})
}

fn inline(name: &str, actions: &[&str]) -> Value {
    json!({"name": name, "role": "cart", "policy": text(&allow(actions))})
}

fn attached(arn: &str) -> Value {
    json!({"role": "cart", "policy_arn": arn})
}

fn role(trust: &Value) -> Value {
    json!({"arn": CART, "name": "cart", "path": "/shop/", "assume_role_policy": text(trust)})
}

fn with(mut value: Value, key: &str, field: Value) -> Value {
    value[key] = field;
    value
}

fn paired(role_arn: &str) -> Value {
    json!({"association_arn": "arn:aws:eks:eu-west-1:111122223333:podidentityassociation/prod/a-1",
           "cluster_name": "prod", "namespace": "shop", "service_account": "cart", "role_arn": role_arn,
           "disable_session_tags": false})
}

#[test]
fn each_kind_of_change_does_what_it_says() {
    let none = || Value::Null;
    let empty = || json!({});
    type Situation<'r> = (&'r str, Row<'r>, (u64, u64, u64), ChangeKind);
    let table: Vec<Situation<'_>> = vec![
        (
            "a managed policy loses an action",
            (
                "aws_iam_policy",
                "read",
                &["update"],
                read_policy(&["s3:GetObject"]),
                read_policy(&["s3:PutObject"]),
                empty(),
            ),
            (10, 10, 0),
            ChangeKind::Policy,
        ),
        (
            "a managed policy gains an action",
            (
                "aws_iam_policy",
                "read",
                &["update"],
                read_policy(&["s3:GetObject"]),
                read_policy(&["s3:Get*"]),
                empty(),
            ),
            (20, 0, 0),
            ChangeKind::Policy,
        ),
        (
            "a managed policy is deleted",
            (
                "aws_iam_policy",
                "read",
                &["delete"],
                read_policy(&["s3:GetObject"]),
                none(),
                empty(),
            ),
            (10, 10, 0),
            ChangeKind::Policy,
        ),
        (
            "a managed policy is known after apply",
            (
                "aws_iam_policy",
                "read",
                &["update"],
                read_policy(&["s3:GetObject"]),
                json!({"arn": READ, "name": "read", "path": "/"}),
                json!({"policy": true}),
            ),
            (0, 0, 20),
            ChangeKind::Policy,
        ),
        (
            "an inline policy is removed",
            (
                "aws_iam_role_policy",
                "list",
                &["delete"],
                inline("list", &["s3:ListBucket"]),
                none(),
                empty(),
            ),
            (10, 10, 0),
            ChangeKind::Policy,
        ),
        (
            "an inline policy that denies is added",
            (
                "aws_iam_role_policy",
                "no",
                &["create"],
                none(),
                json!({"name": "no", "role": "cart", "policy":
                    text(&document(&json!([{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"}])))}),
                empty(),
            ),
            (10, 10, 0),
            ChangeKind::Policy,
        ),
        (
            "an inline policy changes",
            (
                "aws_iam_role_policy",
                "list",
                &["update"],
                inline("list", &["s3:ListBucket"]),
                inline("list", &["s3:ListBuckets"]),
                empty(),
            ),
            (10, 10, 0),
            ChangeKind::Policy,
        ),
        (
            "a policy is detached",
            (
                "aws_iam_role_policy_attachment",
                "read",
                &["delete"],
                attached(READ),
                none(),
                empty(),
            ),
            (10, 10, 0),
            ChangeKind::Attachment,
        ),
        (
            "a policy that nobody knows is attached",
            (
                "aws_iam_role_policy_attachment",
                "x",
                &["create"],
                none(),
                attached("arn:aws:iam::aws:policy/X"),
                empty(),
            ),
            (0, 0, 20),
            ChangeKind::Attachment,
        ),
        (
            "a policy that is known after apply is attached",
            (
                "aws_iam_role_policy_attachment",
                "x",
                &["create"],
                none(),
                json!({"role": "cart"}),
                json!({"policy_arn": true}),
            ),
            (0, 0, 20),
            ChangeKind::Attachment,
        ),
        (
            "one policy is attached for another",
            (
                "aws_iam_role_policy_attachment",
                "read",
                &["delete", "create"],
                attached(READ),
                attached(READ),
                empty(),
            ),
            (20, 0, 0),
            ChangeKind::Attachment,
        ),
        (
            "the role is deleted",
            ("aws_iam_role", "cart", &["delete"], role(&pods()), none(), empty()),
            (0, 20, 0),
            ChangeKind::Role,
        ),
        (
            "the trust policy shuts everyone out",
            (
                "aws_iam_role",
                "cart",
                &["update"],
                role(&pods()),
                role(&document(&json!([]))),
                empty(),
            ),
            (0, 3, 0),
            ChangeKind::Trust,
        ),
        (
            "the trust policy is known after apply",
            (
                "aws_iam_role",
                "cart",
                &["update"],
                role(&pods()),
                json!({"arn": CART, "name": "cart", "path": "/shop/"}),
                json!({"assume_role_policy": true}),
            ),
            (0, 0, 3),
            ChangeKind::Trust,
        ),
        (
            "inline policies of the role itself",
            (
                "aws_iam_role",
                "cart",
                &["update"],
                with(
                    role(&pods()),
                    "inline_policy",
                    json!([inline("list", &["s3:ListBucket"])]),
                ),
                with(
                    role(&pods()),
                    "inline_policy",
                    json!([inline("list", &["s3:PutObject"])]),
                ),
                empty(),
            ),
            (10, 10, 0),
            ChangeKind::Policy,
        ),
        (
            "attachments of the role itself",
            (
                "aws_iam_role",
                "cart",
                &["update"],
                with(role(&pods()), "managed_policy_arns", json!([READ])),
                with(role(&pods()), "managed_policy_arns", json!([])),
                empty(),
            ),
            (10, 10, 0),
            ChangeKind::Attachment,
        ),
        (
            "a boundary with a document that a role has",
            (
                "aws_iam_role",
                "cart",
                &["update"],
                role(&pods()),
                with(role(&pods()), "permissions_boundary", json!(READ)),
                empty(),
            ),
            (10, 10, 0),
            ChangeKind::Boundary,
        ),
        (
            "a boundary that nobody knows",
            (
                "aws_iam_role",
                "cart",
                &["update"],
                role(&pods()),
                with(
                    role(&pods()),
                    "permissions_boundary",
                    json!("arn:aws:iam::111122223333:policy/b"),
                ),
                empty(),
            ),
            (0, 0, 20),
            ChangeKind::Boundary,
        ),
        (
            "the association is deleted",
            (
                "aws_eks_pod_identity_association",
                "a",
                &["delete"],
                paired(CART),
                none(),
                empty(),
            ),
            (0, 20, 0),
            ChangeKind::Association,
        ),
        (
            "the association gives another role",
            (
                "aws_eks_pod_identity_association",
                "a",
                &["update"],
                paired(CART),
                paired(OTHER),
                empty(),
            ),
            (23, 0, 0),
            ChangeKind::Association,
        ),
        (
            "the association gives a role that nobody knows",
            (
                "aws_eks_pod_identity_association",
                "a",
                &["update"],
                paired(CART),
                paired("arn:aws:iam::111122223333:role/new"),
                empty(),
            ),
            (0, 0, 23),
            ChangeKind::Association,
        ),
        (
            "the association's role is known after apply",
            (
                "aws_eks_pod_identity_association",
                "a",
                &["update"],
                paired(CART),
                with(paired(CART), "role_arn", Value::Null),
                json!({"role_arn": true}),
            ),
            (0, 0, 23),
            ChangeKind::Association,
        ),
        (
            "the association gets a session policy",
            (
                "aws_eks_pod_identity_association",
                "a",
                &["update"],
                paired(CART),
                with(
                    with(paired(CART), "policy", json!(text(&allow(&["s3:GetObject"])))),
                    "disable_session_tags",
                    json!(true),
                ),
                empty(),
            ),
            (13, 10, 0),
            ChangeKind::Association,
        ),
        (
            "the association moves to another ServiceAccount",
            (
                "aws_eks_pod_identity_association",
                "a",
                &["delete", "create"],
                paired(CART),
                with(
                    with(paired(CART), "service_account", json!("cart-2")),
                    "association_arn",
                    Value::Null,
                ),
                json!({"association_arn": true}),
            ),
            (0, 20, 0),
            ChangeKind::Association,
        ),
    ];
    for (situation, row, expected, kind) in table {
        let check = checked(&plan(&[row]));
        assert_eq!(counts(&check), expected, "{situation}: {check:#?}");
        assert_eq!(check.changes[0].kind, kind, "{situation}");
        let unknown = check.changes.iter().any(|c| !c.unknown.is_empty()) || !missing(&check).is_empty();
        assert_eq!(
            check.unknown > 0,
            unknown,
            "{situation}: what is unknown has a reason: {check:#?}"
        );
    }
}

#[test]
fn what_does_not_change_is_not_judged() {
    let same = |kind, before: Value, after: Value| plan(&[(kind, "x", &["update"], before, after, json!({}))]);
    let spaced = with(
        read_policy(&["s3:GetObject"]),
        "policy",
        json!(format!(" {} ", text(&allow(&["s3:GetObject"])))),
    );
    for (situation, plan) in [
        (
            "the same JSON",
            same("aws_iam_policy", read_policy(&["s3:GetObject"]), spaced),
        ),
        (
            "a description",
            same(
                "aws_iam_role",
                role(&pods()),
                with(role(&pods()), "description", json!("x")),
            ),
        ),
        (
            "nothing",
            plan(&[("aws_iam_role", "x", &["no-op"], role(&pods()), role(&pods()), json!({}))]),
        ),
        (
            "no changes at all",
            json!({"format_version": "1.2", "planned_values": {}}),
        ),
    ] {
        let check = checked(&plan);
        assert_eq!(check.verdict, CheckVerdict::NoHistory, "{situation}: {check:?}");
        assert_eq!(check.changes, [], "{situation}");
    }
}

#[test]
fn an_association_deleted_here_and_made_there_is_one_that_changes() {
    let made = with(paired(OTHER), "association_arn", Value::Null);
    let check = checked(&plan(&[
        (
            "aws_eks_pod_identity_association",
            "a",
            &["delete"],
            paired(CART),
            Value::Null,
            json!({}),
        ),
        (
            "aws_eks_pod_identity_association",
            "b",
            &["create"],
            Value::Null,
            made,
            json!({"association_arn": true}),
        ),
    ]));
    assert_eq!(counts(&check), (23, 0, 0), "{check:#?}");
    assert!(only(&check).why.as_ref().unwrap().contains(OTHER));
}

#[test]
fn a_workload_with_other_credentials_may_live_without_the_association() {
    let inventory = inventory();
    let mut uses = uses(&inventory);
    uses[0].mechanisms.push(Mechanism::Irsa);
    let delete = plan(&[(
        "aws_eks_pod_identity_association",
        "a",
        &["delete"],
        paired(CART),
        Value::Null,
        json!({}),
    )]);
    let text = delete.to_string();
    let file = File { name: "p", text: &text };
    let after = After::of(&inventory, read(&[file], &[]).unwrap());
    assert_eq!(counts(&judge(&after, &uses, &[])), (0, 0, 20));
}

#[test]
fn an_association_of_another_cluster_of_the_name_is_anothers() {
    let elsewhere = "arn:aws:eks:us-east-1:111122223333:podidentityassociation/prod/b-1";
    let delete = with(paired(CART), "association_arn", json!(elsewhere));
    let check = checked(&plan(&[(
        "aws_eks_pod_identity_association",
        "a",
        &["delete"],
        delete,
        Value::Null,
        json!({}),
    )]));
    assert_eq!(check.verdict, CheckVerdict::NoHistory);
    assert!(
        check.untouched[0].contains("nothing in the history"),
        "{:?}",
        check.untouched
    );
}

/// A plan that makes a policy and attaches it: its ARN is known after apply, its document is not.
fn with_references(mut plan: Value, configured: Value) -> Value {
    plan["configuration"] = json!({"root_module": configured});
    plan
}

#[test]
fn a_policy_made_in_the_plan_is_found_by_reference() {
    let made = json!({"name": "new", "path": "/", "policy": text(&allow(&["s3:GetObject"]))});
    let changes = |index: &str| {
        let mut plan = plan(&[
            (
                "aws_iam_policy",
                "new",
                &["create"],
                Value::Null,
                made.clone(),
                json!({"arn": true}),
            ),
            (
                "aws_iam_role_policy_attachment",
                "read",
                &["delete"],
                attached(READ),
                Value::Null,
                json!({}),
            ),
            (
                "aws_iam_role_policy_attachment",
                "new",
                &["create"],
                Value::Null,
                json!({"role": "cart"}),
                json!({"policy_arn": true}),
            ),
        ]);
        for at in 0..3 {
            let address = plan["resource_changes"][at]["address"].as_str().unwrap().to_owned();
            plan["resource_changes"][at]["address"] = json!(format!("{address}{index}"));
        }
        plan
    };
    let resources = |references: &[&str]| {
        json!({"resources": [{"address": "aws_iam_role_policy_attachment.new", "expressions":
            {"policy_arn": {"references": references}}}]})
    };
    let direct = resources(&["aws_iam_policy.new.arn", "aws_iam_policy.new"]);
    let indexed = resources(&[
        "aws_iam_policy.new[0].arn",
        "aws_iam_policy.new[0]",
        "aws_iam_policy.new",
    ]);
    for (situation, plan, expected) in [
        ("direct", with_references(changes(""), direct.clone()), (20, 0, 0)),
        ("with an index", with_references(changes("[0]"), indexed), (20, 0, 0)),
        (
            "for each",
            with_references(changes("[\"a.b\"]"), direct.clone()),
            (20, 0, 0),
        ),
        ("without a configuration", changes(""), (0, 0, 20)),
        (
            "through a variable",
            with_references(changes(""), resources(&["var.arn"])),
            (0, 0, 20),
        ),
    ] {
        assert_eq!(counts(&checked(&plan)), expected, "{situation}");
    }
    let mut in_module = changes("");
    for at in 0..3 {
        let address = in_module["resource_changes"][at]["address"]
            .as_str()
            .unwrap()
            .to_owned();
        in_module["resource_changes"][at]["address"] = json!(format!("module.iam[\"x\"].{address}"));
    }
    let configured = json!({"module_calls": {"iam": {"module": direct}}});
    assert_eq!(
        counts(&checked(&with_references(in_module, configured))),
        (20, 0, 0),
        "in a module"
    );
}

#[test]
fn a_role_made_in_the_plan_is_found_by_reference() {
    let new = json!({"name": "new", "path": "/", "assume_role_policy": text(&pods())});
    let policy = json!({"name": "p", "role": "new", "policy": text(&allow(&["s3:GetObject"]))});
    let moved = with(paired(CART), "role_arn", Value::Null);
    let plan = plan(&[
        (
            "aws_eks_pod_identity_association",
            "a",
            &["update"],
            paired(CART),
            moved,
            json!({"role_arn": true}),
        ),
        (
            "aws_iam_role",
            "new",
            &["create"],
            Value::Null,
            new,
            json!({"arn": true, "managed_policy_arns": true}),
        ),
        (
            "aws_iam_role_policy",
            "p",
            &["create"],
            Value::Null,
            policy,
            json!({"id": true}),
        ),
    ]);
    let configured = json!({"resources": [{"address": "aws_eks_pod_identity_association.a", "expressions":
        {"role_arn": {"references": ["aws_iam_role.new.arn", "aws_iam_role.new"]}}}]});
    let check = checked(&with_references(plan, configured));
    assert_eq!(counts(&check), (13, 10, 0), "{check:#?}");
    assert!(only(&check).why.as_ref().unwrap().contains("aws_iam_role.new"));
}

#[test]
fn what_is_not_judged_is_told() {
    let check = checked(&plan(&[
        (
            "aws_iam_user_policy",
            "u",
            &["create"],
            Value::Null,
            json!({}),
            json!({}),
        ),
        (
            "aws_s3_bucket_policy",
            "b",
            &["update"],
            json!({}),
            json!({}),
            json!({}),
        ),
        (
            "aws_iam_role",
            "gone",
            &["forget"],
            role(&pods()),
            Value::Null,
            json!({}),
        ),
        (
            "aws_iam_role_policy",
            "x",
            &["create"],
            Value::Null,
            json!({"name": "x", "role": "nobody", "policy":
            text(&allow(&["s3:*"]))}),
            json!({}),
        ),
    ]));
    let told = check.untouched.join("\n");
    for part in [
        "aws_iam_user_policy.u",
        "1 other changed resource is not judged",
        "aws_iam_role.gone",
        "`nobody`",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
}
