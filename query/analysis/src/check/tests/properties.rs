//! What holds for all documents.

use proptest::prelude::*;

use super::*;

/// A plan with every kind of change, of which any part may be replaced.
fn everything() -> Value {
    let policy = allow(&["s3:GetObject"]).to_string();
    let role = json!({"arn": CART, "name": "cart", "path": "/shop/", "assume_role_policy": pods().to_string(),
        "inline_policy": [{"name": "list", "policy": policy}], "managed_policy_arns": [READ],
        "permissions_boundary": READ, "tags_all": {"a": "b"}});
    let pair = json!({"association_arn": "arn:aws:eks:eu-west-1:111122223333:podidentityassociation/prod/a-1",
        "cluster_name": "prod", "namespace": "shop", "service_account": "cart", "role_arn": CART,
        "target_role_arn": null, "policy": null, "disable_session_tags": false});
    let managed = json!({"arn": READ, "name": "read", "path": "/", "policy": policy});
    let inline = json!({"name": "list", "role": "cart", "policy": policy});
    let attachment = json!({"role": "cart", "policy_arn": READ});
    let mut plan = plan(&[
        (
            "aws_iam_role",
            "cart",
            &["update"],
            role.clone(),
            role,
            json!({"tags_all": false}),
        ),
        (
            "aws_eks_pod_identity_association",
            "a",
            &["update"],
            pair.clone(),
            pair,
            json!({"policy": true}),
        ),
        (
            "aws_iam_policy",
            "read",
            &["delete", "create"],
            managed.clone(),
            managed,
            json!({}),
        ),
        (
            "aws_iam_role_policy",
            "list",
            &["update"],
            inline.clone(),
            inline,
            json!({"policy": true}),
        ),
        (
            "aws_iam_role_policy_attachment",
            "read",
            &["create"],
            Value::Null,
            attachment,
            json!({"policy_arn": true}),
        ),
    ]);
    plan["configuration"] = json!({"root_module": {"resources": [{"address": "aws_iam_role_policy_attachment.read",
        "expressions": {"policy_arn": {"references": ["aws_iam_policy.read.arn", "aws_iam_policy.read"]}}}],
        "module_calls": {}}});
    plan
}

fn pointers(value: &Value, at: &str, into: &mut Vec<String>) {
    into.push(at.to_owned());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, &format!("{at}/{index}"), into);
            }
        }
        Value::Object(map) => {
            for (key, item) in map {
                pointers(
                    item,
                    &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")),
                    into,
                );
            }
        }
        _ => {}
    }
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        prop_oneof![
            Just(CART),
            Just(OTHER),
            Just(READ),
            Just("other"),
            Just("{}"),
            Just("create"),
            Just("module.a[\"x.y\"].aws_iam_role.b[0]"),
            Just("data.aws_iam_policy.read.arn")
        ]
        .prop_map(Value::from),
        Just(json!([])),
        Just(json!({})),
        Just(json!(["delete"])),
        Just(json!(["create"])),
        Just(json!({"policy": true, "role_arn": true, "arn": true, "inline_policy": [{"policy": true}]})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever stands in a plan: it is refused with a place, or judged with sums that hold.
    #[test]
    fn a_plan_with_anything_in_it_is_refused_or_judged(edits in prop::collection::vec((any::<prop::sample::Index>(), anything()), 1..4)) {
        let mut plan = everything();
        for (which, value) in edits {
            let mut all = Vec::new();
            pointers(&plan, "", &mut all);
            let at = which.get(&all).clone();
            *plan.pointer_mut(&at).unwrap() = value;
        }
        let text = plan.to_string();
        match read(&[File { name: "f.json", text: &text }], &[CART.to_owned()]) {
            Err(error) => prop_assert!(!error.problem.is_empty() && !error.accepted.is_empty()),
            Ok(changes) => {
                let inventory = inventory();
                let after = After::of(&inventory, changes);
                let check = judge(&after, &uses(&inventory), &[issue(pod_identity())]);
                prop_assert_eq!(check.calls, check.allowed + check.denied + check.unknown);
                prop_assert!(check.calls <= 23, "each call is judged once");
                prop_assert_eq!(check.denied > 0, check.verdict == CheckVerdict::Breaks);
                prop_assert!(markdown(&check).len() < 65_536);
            }
        }
    }

    /// More in an Allow never denies what less allowed.
    #[test]
    fn a_policy_that_allows_more_denies_no_more(some in prop::sample::subsequence(vec!["s3:GetObject", "s3:ListBucket", "s3:Get*", "sqs:*"], 0..4)) {
        let mut more = some.clone();
        more.push("s3:ListBucket");
        let (less, more) = (checked(&allow(&some)), checked(&allow(&more)));
        prop_assert!(more.denied <= less.denied);
    }
}
