//! Properties over arbitrary input.

use proptest::prelude::*;

use super::*;
use crate::catalog::catalog;

/// JSON with the keys and values the rules look for, in any place.
fn json_value() -> impl Strategy<Value = Value> {
    let key = prop_oneof![
        Just("items".to_owned()),
        Just("key".to_owned()),
        Just("bucketName".to_owned()),
        Just("tableName".to_owned()),
        Just("tags".to_owned()),
        Just("delete".to_owned()),
        Just("object".to_owned()),
        Just("versionId".to_owned()),
        Just("x-amz-copy-source".to_owned()),
        Just("transactItems".to_owned()),
        Just("put".to_owned()),
        Just("statement".to_owned()),
        Just("roleArn".to_owned()),
        Just("instanceId".to_owned()),
        Just("content".to_owned()),
        Just("tagSpecificationSet".to_owned()),
        Just("resourceType".to_owned()),
        Just("ARN".to_owned()),
        Just("encryptionContext".to_owned()),
        Just("operations".to_owned()),
        Just("prefix".to_owned()),
        Just("role".to_owned()),
        Just("jobFlowRole".to_owned()),
        Just("externalId".to_owned()),
        Just("trailName".to_owned()),
        ".*",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        "(arn:aws:s3:::[a-z%{}$*:/]{0,9}|%[0-9a-g]{0,3}|SELECT .{0,9})".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..5).prop_map(|m| m.into_iter().collect::<Value>()),
        ]
    })
}

fn event() -> impl Strategy<Value = (String, String)> {
    let names = [
        ("s3", "CopyObject"),
        ("s3", "DeleteObjects"),
        ("s3", "GetObject"),
        ("dynamodb", "BatchGetItem"),
        ("dynamodb", "TransactWriteItems"),
        ("dynamodb", "ExecuteStatement"),
        ("ec2", "RunInstances"),
        ("ec2", "CreateTags"),
        ("kms", "ReEncrypt"),
        ("lambda", "Invoke"),
        ("lambda", "CreateFunction20150331"),
        ("ssm", "SendCommand"),
        ("sts", "AssumeRole"),
        ("apigateway", "TagResource"),
        ("secretsmanager", "BatchGetSecretValue"),
        ("rds", "CreateDBInstance"),
        ("s3", "ListObjects"),
        ("s3", "RenameObject"),
        ("s3express", "GetObject"),
        ("kms", "CreateGrant"),
        ("kms", "Decrypt"),
        ("cloudtrail", "ListInsightsMetricData"),
        ("iot", "CreateTopicRule"),
        ("elasticmapreduce", "RunJobFlow"),
        ("s3", "PutBucketReplication"),
    ];
    let known = prop::sample::select(names.to_vec()).prop_map(|(s, n)| (format!("{s}.amazonaws.com"), n.to_owned()));
    prop_oneof![4 => known, 1 => (".*", ".*")]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_record_gives_one_line_and_only_existing_actions(
        (source, name) in event(), parameters in json_value(), resources in json_value(), response in json_value(),
        code in prop::option::of("(AccessDenied|NoSuchKey|.{0,5})"), message in ".{0,40}",
    ) {
        let record = json!({
            "eventSource": source, "eventName": name, "requestParameters": parameters, "resources": resources,
            "responseElements": response, "errorCode": code,
            "errorMessage": format!("x not authorized to perform: {message} on resource: {message}"),
        }).to_string();
        let line = map_line(&record);
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(&line, &map_line(&record));
        let mapping: Value = serde_json::from_str(&line).unwrap();
        for action in mapping["actions"].as_array().unwrap() {
            prop_assert!(catalog().is_action(action["action"].as_str().unwrap()).is_some());
            let resources = action["resources"].as_array().unwrap();
            prop_assert!(!resources.is_empty());
            for resource in resources {
                let resource = resource.as_str().unwrap();
                prop_assert!(resource == "*" || resource.starts_with("arn:"), "{}", resource);
            }
        }
    }

    #[test]
    fn any_text_gives_one_line(text in "\\PC*") {
        let answer: Value = serde_json::from_str(&map_line(&text)).unwrap();
        prop_assert!(answer["error"].is_string() || answer["actions"].is_array());
    }

    #[test]
    fn masked_values_never_reach_a_resource(star in "(HIDDEN_DUE_TO_SECURITY_REASONS|\\*\\*\\*|abc\\*\\*\\*\\*)") {
        let record = call("dynamodb", "GetItem", json!({"tableName": star}));
        prop_assert_eq!(pairs(&record), ["dynamodb:GetItem arn:aws:dynamodb:eu-west-1:111122223333:table/*"]);
    }
}

#[test]
fn deep_nesting_ends() {
    let deep = format!("{}1{}", "{\"a\":".repeat(100), "}".repeat(100));
    let line = format!(
        "{{\"eventSource\":\"ec2.amazonaws.com\",\"eventName\":\"StopInstances\",\"requestParameters\":{deep}}}"
    );
    let answer: Value = serde_json::from_str(&map_line(&line)).unwrap();
    assert_eq!(answer["actions"][0]["action"], "ec2:StopInstances");
    let too_deep = "[".repeat(100_000);
    assert!(map_line(&too_deep).contains("error"));
}

#[test]
fn a_parameter_that_is_no_arn_names_no_resource() {
    for value in [json!(0), json!("my-role"), json!(["x"])] {
        let found = pairs(&call("sts", "AssumeRole", json!({"roleArn": value})));
        assert!(
            found.iter().all(|pair| pair.contains(" arn:") || pair.ends_with(" *")),
            "{value}: {found:?}"
        );
        assert!(!found.is_empty());
    }
}

/// Over every operation, with parameters that many calls share: each ARN is of a type that the action names, or `*`.
#[test]
fn arns_made_up_from_nothing_fit_a_pattern_of_the_action() {
    let named = json!({"bucketName": "b", "key": "k", "tableName": "t", "name": "n", "roleArn": "r"});
    let mut wrong = Vec::new();
    // API Gateway's reference lists kinds of paths, not each path that IAM checks a verb on.
    for (prefix, list) in crate::catalog::operations()
        .services()
        .filter(|(p, _)| *p != "apigateway")
    {
        for operation in list {
            let mapping = mapped(&call(prefix, operation.name, named.clone()));
            for action in mapping["actions"].as_array().unwrap() {
                let name = action["action"].as_str().unwrap();
                let patterns = catalog().arn_patterns(name);
                let arns = action["resources"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|a| a.as_str().unwrap());
                let stray = arns.filter(|arn| *arn != "*" && !patterns.iter().any(|(_, p, _)| fits(p, arn)));
                wrong.extend(stray.map(|arn| format!("{prefix}:{} {name} {arn}", operation.name)));
            }
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// Whether an ARN can be of a pattern: its `${Variable}`s are any text, and a `*` of the ARN is any text too.
fn fits(pattern: &str, arn: &str) -> bool {
    let mut glob = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once("${") {
        glob.push_str(before);
        glob.push('*');
        rest = after.split_once('}').map_or("", |(_, tail)| tail);
    }
    glob.push_str(rest);
    crate::catalog::matches_ignoring_case(&glob, arn)
}

#[test]
fn what_is_of_one_call_is_told_from_what_lasts() {
    for key in [
        "s3:VersionId",
        "sts:RoleSessionName",
        "kms:EncryptionContext:aws:s3:arn",
        "KMS:encryptioncontext:x",
    ] {
        assert!(super::super::is_of_one_call(key), "{key}");
    }
    for key in [
        "s3:prefix",
        "kms:ViaService",
        "iam:PassedToService",
        "sts:ExternalId",
        "kms:EncryptionAlgorithm",
        "",
    ] {
        assert!(!super::super::is_of_one_call(key), "{key}");
    }
}
