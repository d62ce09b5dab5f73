//! Any document is answered, the same each time.

use proptest::prelude::*;

use super::*;

fn any_document() -> impl Strategy<Value = Value> {
    let text = prop::sample::select(vec![
        "*",
        "s3:*",
        "s3:GetObject",
        "iam:PassRole",
        "sts:AssumeRoleWithWebIdentity",
        "nosuch:Thing",
        "arn:aws:s3:::b/*",
        "arn:aws:iam::111122223333:oidc-provider/x.y/z",
        "arn:aws:s3",
        "${aws:x",
        "é€",
        "",
        "2012-10-17",
        "true",
    ]);
    let values = prop::collection::vec(text.clone(), 0..4).prop_map(|list| json!(list));
    let operator = prop::sample::select(vec![
        "StringEquals",
        "ForAllValues:StringLike",
        "Null",
        "IpAddress",
        "Nothing",
    ]);
    let key = prop::sample::select(vec![
        "aws:TagKeys",
        "s3:prefix",
        "x.y/z:sub",
        "kms:ViaService",
        "a:b",
        "aws:",
    ]);
    let statement = (
        values.clone(),
        values.clone(),
        values,
        operator,
        key,
        any::<[bool; 4]>(),
    );
    let statement = statement.prop_map(
        |(actions, resources, list, operator, key, [deny, except, principal, sid])| {
            let mut statement = json!({
                "Effect": if deny { "Deny" } else { "Allow" },
                if except { "NotAction" } else { "Action" }: actions,
                "Resource": resources,
                "Condition": { operator: { key: list } }
            });
            if principal {
                statement["Principal"] = json!({ "Federated": list });
            }
            if sid {
                statement["Sid"] = json!("a b");
            }
            statement
        },
    );
    prop::collection::vec(statement, 0..4).prop_map(|list| json!({ "Version": "2012-10-17", "Statement": list }))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_document_is_answered(document in any_document()) {
        for kind in [
            LintKind::Managed, LintKind::Inline, LintKind::Session,
            LintKind::Trust, LintKind::ServiceControl, LintKind::ResourceControl,
        ] {
            let found = lint(&document, kind);
            prop_assert_eq!(&found, &lint(&document, kind));
            for lint in &found {
                prop_assert!(lint.pointer.is_empty() || document.pointer(&lint.pointer).is_some(), "{:?}", lint);
            }
        }
    }
}
