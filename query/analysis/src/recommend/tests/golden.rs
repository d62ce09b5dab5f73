//! One small recommendation in full, reviewed by eye.

use serde_json::json;

use super::*;

const BUCKET: &str = "arn:aws:s3:::shop-orders";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:orders";

fn golden_role() -> Role {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Federated": format!("arn:aws:iam::111122223333:oidc-provider/{ISSUER}")},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringLike": {format!("{ISSUER}:sub"): "system:serviceaccount:shop:*"}}}]});
    let granted = json!([
        "s3:GetObject",
        "s3:PutObject",
        "s3:ListBucket",
        "sqs:SendMessage",
        "sqs:DeleteQueue"
    ]);
    Role {
        trust_policy: Some(trust.to_string()),
        ..role(&json!([allow(&granted, &json!("*"))]))
    }
}

fn golden_usage() -> Vec<Usage> {
    let mut usage: Vec<Usage> = (1..=4)
        .map(|n| used("s3:GetObject", &format!("{BUCKET}/in/2026-11-0{n}.csv")))
        .collect();
    usage.push(used("s3:ListBucket", BUCKET));
    usage.push(when(
        used("kms:Decrypt", KEY),
        "kms:ViaService",
        "s3.eu-west-1.amazonaws.com",
    ));
    usage.push(used("sqs:SendMessage", QUEUE));
    usage.push(denied("s3:PutObject", "arn:aws:s3:::shop-audit/x"));
    usage
}

fn expected_policy() -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "KMSDecryptKViaS3", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [KEY],
         "Condition": {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}},
        {"Sid": "S3GetObjectShopOrders", "Effect": "Allow", "Action": ["s3:GetObject"],
         "Resource": ["arn:aws:s3:::shop-orders/in/*.csv"]},
        {"Sid": "S3ListBucketShopOrders", "Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [BUCKET]},
        {"Sid": "SQSSendMessageOrders", "Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": [QUEUE]}]})
}

fn expected_trust() -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"Federated": format!("arn:aws:iam::111122223333:oidc-provider/{ISSUER}")},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {
            format!("{ISSUER}:sub"): "system:serviceaccount:shop:cart", format!("{ISSUER}:aud"): "sts.amazonaws.com"}}}]})
}

#[test]
fn a_recommendation_in_full() {
    let role = golden_role();
    let cluster = cluster();
    let roles = vec![RoleInput {
        role: Some(&role),
        ..with_usage(golden_usage())
    }];
    let made = recommend(&RecommendInput {
        cluster: Some(&cluster),
        observed: ObservedSources::new(["s3.amazonaws.com"]),
        ..input(roles)
    });
    let mut found = serde_json::to_value(&made).unwrap();
    let one = found["recommendations"][0].take();
    let kept = |action: &str, resource: &str, calls: u64| json!({"action": action, "resources": [resource], "calls": calls, "last_seen": "1970-01-02T00:00:00Z"});
    let expected = json!({
        "role_arn": ROLE,
        "policies": [{"name": "shop-cart-cart", "kind": "managed", "characters": 615, "document": expected_policy()}],
        "current_policies": [{"name": "cart", "kind": "inline", "characters": 165,
            "document": serde_json::from_str::<Value>(role.policies[0].document.as_deref().unwrap()).unwrap()}],
        "trust": {
            "current": serde_json::from_str::<Value>(role.trust_policy.as_deref().unwrap()).unwrap(),
            "proposed": expected_trust(),
            "why": [
                "`system:serviceaccount:shop:*` narrowed to the ServiceAccounts seen: it lets others in",
                "audience fixed to `sts.amazonaws.com`: today a token for any audience is accepted"]},
        "replay": {"calls": 70, "allowed": 70, "denied": 0, "unknown": 0, "counterexamples": []},
        "granted": 5,
        "kept": [
            kept("kms:Decrypt", KEY, 10),
            kept("s3:GetObject", "arn:aws:s3:::shop-orders/in/*.csv", 40),
            kept("s3:ListBucket", BUCKET, 10),
            kept("sqs:SendMessage", QUEUE, 10)],
        "removed": ["s3:PutObject", "sqs:DeleteQueue"],
        "denied_demand": [{"action": "s3:PutObject", "resource": "arn:aws:s3:::shop-audit/x", "calls": 10,
            "last_seen": "1970-01-02T00:00:00Z", "sample_event_id": "s3:PutObject@arn:aws:s3:::shop-audit/x"}],
        "unobservable": [],
        "widened": [{"from_count": 4, "pattern": "arn:aws:s3:::shop-orders/in/*.csv",
            "why": "names that differ only in a date, number, UUID or hash"}],
        "warnings": [{"code": "used_not_granted", "statement": null, "message":
            "no policy of the role grants `kms:Decrypt`, which worked: by a resource policy, or a policy that has changed \
             since; the proposal keeps it, take it out if it is no longer wanted"}],
        "evidence": {
            "kms:Decrypt": [format!("kms:Decrypt@{KEY}")],
            "s3:GetObject": [
                "s3:GetObject@arn:aws:s3:::shop-orders/in/2026-11-01.csv",
                "s3:GetObject@arn:aws:s3:::shop-orders/in/2026-11-02.csv",
                "s3:GetObject@arn:aws:s3:::shop-orders/in/2026-11-03.csv"],
            "s3:ListBucket": [format!("s3:ListBucket@{BUCKET}")],
            "sqs:SendMessage": [format!("sqs:SendMessage@{QUEUE}")]},
    });
    assert_eq!(
        serde_json::to_string_pretty(&one).unwrap(),
        serde_json::to_string_pretty(&expected).unwrap()
    );
    assert_eq!(
        (&found["workload"], &found["mechanism"], &found["note"]),
        (&json!("prod/shop/cart"), &json!(["irsa"]), &json!(null))
    );
    assert_eq!(iam_documents(&made), expected_policy());
}
