//! Documents that cannot be judged: the file, the place, what was found and what is accepted.

use super::*;

fn refused(text: &str, roles: &[String]) -> ReadError {
    read(&[File { name: "f.json", text }], roles).unwrap_err()
}

#[test]
fn each_wrong_document_is_told_with_its_place() {
    let role = [CART.to_owned()];
    let in_plan = |policy: &str| {
        let after = json!({"name": "read", "policy": policy});
        plan(&[("aws_iam_policy", "read", &["create"], Value::Null, after, json!({}))]).to_string()
    };
    let bucket = json!([{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]);
    let proposal = json!({"workload": ID, "recommendations": [
        {"role_arn": CART, "policies": [{"name": "a", "document": {"Statement": [{"Effect": "Maybe"}]}}]}]});
    for (situation, text, pointer, problem) in [
        ("no JSON", "{".to_owned(), "", "no JSON"),
        (
            "another object",
            json!({"name": "x", "version": 1}).to_string(),
            "",
            "an object with `name`, `version`",
        ),
        (
            "a list of something",
            json!([1]).to_string(),
            "",
            "a list that begins with a single value",
        ),
        (
            "a bucket's policy",
            document(&bucket).to_string(),
            "",
            "a policy of a resource",
        ),
        (
            "a policy with a typo",
            document(&json!([{"Effect": "allow", "Action": "s3:*", "Resource": "*"}])).to_string(),
            "/Statement/0/Effect",
            "",
        ),
        (
            "a plan with a broken policy",
            in_plan("{"),
            "/resource_changes/0/change/after/policy",
            "aws_iam_policy.read",
        ),
        (
            "a plan with a wrong policy",
            in_plan(r#"{"Statement":[{"Effect":"Maybe"}]}"#),
            "/resource_changes/0/change/after/policy",
            "in the policy at `/Statement/0",
        ),
        (
            "a plan of another age",
            json!({"format_version": "2.0", "resource_changes": []}).to_string(),
            "/format_version",
            "`2.0`",
        ),
        (
            "a plan with other actions",
            plan(&[("aws_iam_role", "r", &["explode"], Value::Null, json!({}), json!({}))]).to_string(),
            "/resource_changes/0/change/actions",
            "`explode`",
        ),
        (
            "a proposal with a wrong policy",
            proposal.to_string(),
            "/recommendations/0/policies/0/document/Statement/0",
            "",
        ),
        (
            "a proposal without a role",
            json!({"workload": ID, "recommendations": [{}]}).to_string(),
            "/recommendations/0/role_arn",
            "no text",
        ),
    ] {
        let error = refused(&text, &role);
        assert_eq!(error.file, "f.json");
        assert!(error.pointer.starts_with(pointer), "{situation}: {error}");
        assert!(error.problem.contains(problem), "{situation}: {error}");
        assert!(!error.accepted.is_empty(), "{situation}");
    }
}

#[test]
fn a_bare_policy_needs_somebody_whose_it_is() {
    let error = refused(&allow(&["s3:*"]).to_string(), &[]).to_string();
    assert!(error.contains("`f.json`") && error.contains("--workload"), "{error}");
}
