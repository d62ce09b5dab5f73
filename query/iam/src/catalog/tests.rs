use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

#[test]
fn tables_decode_and_say_where_they_are_from() {
    assert_eq!(catalog().data_date(), "2026-09-26");
    let names: Vec<_> = catalog().versions().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["iam-data", "botocore"]);
    assert!(catalog().actions().len() > 22_000, "{}", catalog().actions().len());
    assert!(catalog().services().len() > 450);
    assert!(
        ACTIONS.len() + operations::packed_size() < 300_000,
        "the tables stay small"
    );
}

#[test]
fn damaged_tables_are_refused() {
    assert!(decode::catalog(b"not zstd").is_err());
    for text in [
        "A\ts3:GetObject\tR\t\t\n",
        "S\ts3\t\nA\ts3:GetObject\tX\t\t\n",
        "S\ts3\t\nA\ts3:G\tR\tx\t\n",
        "Z\n",
    ] {
        let packed = zstd::bulk::compress(text.as_bytes(), 3).unwrap();
        assert!(decode::catalog(&packed).is_err(), "{text}");
    }
}

#[test]
fn every_action_is_found_in_any_case_and_its_indexes_hold() {
    let catalog = catalog();
    for action in catalog.actions() {
        assert_eq!(catalog.is_action(action.name), Some(action.name));
        assert_eq!(catalog.is_action(&action.name.to_uppercase()), Some(action.name));
        assert_eq!(catalog.types_of(action).len(), action.types.len(), "{}", action.name);
        assert_eq!(
            catalog.condition_keys(action.name).len(),
            action.keys.len(),
            "{}",
            action.name
        );
    }
    let patterns = catalog
        .services()
        .iter()
        .flat_map(|s| &s.types)
        .flat_map(|t| &t.patterns);
    assert!(
        patterns
            .into_iter()
            .all(|p| p.starts_with("arn:${Partition}:") || p.starts_with("arn:"))
    );
}

#[test]
fn what_is_no_action() {
    for name in [
        "",
        "s3",
        "s3:",
        ":GetObject",
        "s3:GetObjects",
        "nosuch:GetObject",
        "s3:Get*",
        "lambda:Invoke",
        "*",
    ] {
        assert_eq!(catalog().is_action(name), None, "{name}");
    }
}

#[test]
fn patterns_expand() {
    let expand = |pattern: &str| catalog().expand(pattern).collect::<Vec<_>>();
    assert_eq!(expand("sts:assumerole"), ["sts:AssumeRole"]);
    assert_eq!(
        expand("SQS:*Message"),
        ["sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"]
    );
    assert_eq!(expand("sns:Publis?"), ["sns:Publish"]);
    assert!(expand("s3:Get*").contains(&"s3:GetObject"));
    for all in ["*", "**", "*:*", "?*:*"] {
        assert_eq!(expand(all).len(), catalog().actions().len(), "{all}");
    }
    for none in ["", "s3", "s3:", "nosuch:*", "s3:Nothing*", ":*"] {
        assert_eq!(expand(none), [""; 0], "{none}");
    }
}

#[test]
fn suggestions() {
    let situations = [
        ("lambda:Invoke", Some("lambda:InvokeFunction")),
        ("s3:ListObjects", Some("s3:ListBucket")),
        ("s3:GetObjects", Some("s3:GetObject")),
        ("s33:GetObject", Some("s3:GetObject")),
        ("dynamodb:getitems", Some("dynamodb:GetItem")),
        ("s3:Xyzzy", None),
        ("qqqqqqqqqqqq:GetObject", None),
        ("s3", None),
    ];
    for (name, expected) in situations {
        assert_eq!(catalog().nearest(name), expected, "{name}");
    }
}

#[test]
fn resources_levels_and_keys() {
    let catalog = catalog();
    assert_eq!(catalog.has_resource_level("s3:GetObject"), Some(true));
    assert_eq!(catalog.has_resource_level("s3:ListAllMyBuckets"), Some(false));
    assert_eq!(catalog.has_resource_level("s3:Nothing"), None);
    assert_eq!(catalog.access_level("s3:GetObject"), Some(AccessLevel::Read));
    assert_eq!(catalog.access_level("s3:ListBucket"), Some(AccessLevel::List));
    assert_eq!(
        catalog.access_level("sqs:AddPermission"),
        Some(AccessLevel::PermissionsManagement)
    );
    assert_eq!(catalog.access_level("ec2:CreateTags"), Some(AccessLevel::Tagging));
    assert_eq!(
        catalog.arn_patterns("sqs:SendMessage"),
        [("queue", "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}", true)]
    );
    assert!(
        catalog
            .condition_keys("s3:ListBucket")
            .iter()
            .any(|k| k.name == "s3:prefix" && k.kind == "String")
    );
    assert!(
        catalog.service("sts").is_some_and(|s| s.rcp),
        "resource control policies apply to STS"
    );
    assert!(catalog.service("ec2").is_some_and(|s| !s.rcp));
}

#[test]
fn what_a_trail_shows() {
    use Observability::{Data, Management, NotObservable};
    let situations = [
        ("ec2:RunInstances", Management),
        ("kms:Decrypt", Management),
        ("kms:ReEncryptTo", Management),
        ("s3:CreateBucket", Management),
        ("s3:PutBucketCORS", Management),
        ("ec2:CreateTags", Management),
        ("sts:AssumeRole", Management),
        ("sts:TagSession", Management),
        ("secretsmanager:GetSecretValue", Management),
        ("bedrock:InvokeModel", Management),
        ("apigateway:GET", Management),
        ("s3:GetObject", Data),
        ("s3:GetObjectVersion", Data),
        ("s3:ListBucket", Data),
        ("dynamodb:GetItem", Data),
        ("dynamodb:PartiQLSelect", Data),
        ("lambda:InvokeFunction", Data),
        ("sqs:SendMessage", Data),
        ("sns:Publish", Data),
        ("kinesis:PutRecords", Data),
        ("iam:PassRole", NotObservable),
        ("ssmmessages:OpenDataChannel", NotObservable),
        ("execute-api:Invoke", NotObservable),
        ("rds-db:connect", NotObservable),
        ("s3:ReplicateObject", NotObservable),
        ("dynamodb:FullTableScan", NotObservable),
    ];
    for (action, expected) in situations {
        if catalog().is_action(action).is_some() {
            assert_eq!(catalog().observability(action), Some(expected), "{action}");
        }
    }
    assert_eq!(catalog().observability("s3:Nothing"), None);
}

#[test]
fn the_list_of_data_events_names_actions_that_exist() {
    for pattern in observe::patterns() {
        assert!(catalog().expand(pattern).next().is_some(), "{pattern}");
    }
}

#[test]
fn most_actions_can_be_seen() {
    let hidden = catalog()
        .actions()
        .iter()
        .filter(|a| a.observability() == Observability::NotObservable)
        .count();
    assert!(
        hidden * 4 < catalog().actions().len(),
        "{hidden} of {}",
        catalog().actions().len()
    );
}

#[test]
fn operations_are_sorted_and_found() {
    let mut prefixes = BTreeSet::new();
    for (prefix, list) in operations().services() {
        assert!(
            prefixes.insert(prefix) && catalog().service(prefix).is_some(),
            "{prefix}"
        );
        for operation in list {
            assert_eq!(
                operations().get(prefix, &operation.name.to_lowercase()).map(|o| o.name),
                Some(operation.name)
            );
        }
    }
    assert!(operations().get("s3", "Nothing").is_none() && operations().get("nosuch", "GetObject").is_none());
}

#[test]
fn references_say_where_they_are_wrong() {
    let situations = [
        ("{", "`f.json`: not JSON"),
        ("{}", "`f.json` at `/Name`: a text is expected"),
        (
            r#"{"Name": "a b"}"#,
            "`f.json` at `/Name`: `a b` is no name of a service or an action",
        ),
        (
            r#"{"Name": "s3", "Actions": {}}"#,
            "`f.json` at `/Actions`: a list is expected",
        ),
        (
            r#"{"Name": "s3", "Actions": [{"Name": "GetObject"}, {"Name": 1}]}"#,
            "`f.json` at `/Actions/1/Name`: a text is expected",
        ),
        (
            r#"[{"Name": "s3", "Resources": [{"Name": "x", "ARNFormats": ["nothing"]}]}]"#,
            "`f.json` at `/0/Resources/0/ARNFormats/0`: an ARN pattern is expected",
        ),
        (
            "{\"Name\": \"s3\", \"ConditionKeys\": [{\"Name\": \"s3:a\\tb\"}]}",
            "`f.json` at `/ConditionKeys/0/Name`: a text without control characters",
        ),
    ];
    for (text, expected) in situations {
        let error = reference::parse("f.json", text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

#[test]
fn an_index_lists_addresses_and_no_services() {
    let index = r#"[{"service": "s3", "url": "https://x/s3.json"}]"#;
    let s3 = ("s3".to_owned(), "https://x/s3.json".to_owned());
    assert_eq!(reference::parse_index("i", index).unwrap(), [s3]);
    assert_eq!(reference::parse("i", index).unwrap(), []);
    for text in ["", "[]", "{}", r#"[{"service": "s3"}]"#] {
        assert!(reference::parse_index("i", text).is_err(), "{text}");
    }
}

#[test]
fn nothing_merged_is_the_table_itself() {
    let merged = merge(embedded(), &[], "2027-01-31").unwrap();
    assert_eq!(merged.changes, Changes::default());
    let again = read(&merged.file).unwrap();
    assert_eq!(again.data_date(), "2027-01-31");
    assert_eq!(again.actions().len(), embedded().actions().len());
    // The generator writes a type of two pages twice.
    let patterns = |c: &Catalog, name: &str| c.arn_patterns(name).into_iter().collect::<BTreeSet<_>>();
    let keys =
        |c: &Catalog, name: &str| -> BTreeSet<_> { c.condition_keys(name).iter().map(|k| (k.name, k.kind)).collect() };
    for (now, before) in again.actions().iter().zip(embedded().actions()) {
        assert_eq!((now.name, now.level), (before.name, before.level));
        assert_eq!(
            patterns(&again, now.name),
            patterns(embedded(), now.name),
            "{}",
            now.name
        );
        assert_eq!(keys(&again, now.name), keys(embedded(), now.name), "{}", now.name);
    }
    assert!(
        again
            .services()
            .iter()
            .zip(embedded().services())
            .all(|(a, b)| (a.prefix, a.rcp) == (b.prefix, b.rcp))
    );
    // The same input gives the same file, and a file over itself changes nothing but its date.
    assert_eq!(merge(embedded(), &[], "2027-01-31").unwrap(), merged);
}

#[test]
fn files_that_lookups_could_not_use_are_refused() {
    let ok = "#format\t1\nS\ta\t\nA\ta:B\tR\t\t\n";
    for (text, refused) in [
        (ok.to_owned(), None),
        (ok.replace("#format\t1\n", ""), Some("format unstated")),
        (ok.replace("format\t1", "format\t9"), Some("format 9")),
        (format!("{ok}A\ta:A\tR\t\t\n"), Some("stands after")),
        (
            format!("{ok}A\ta:C\tR\t0\t\n"),
            Some("refers to what its service lacks"),
        ),
        (format!("{ok}A\tb:C\tR\t\t\n"), Some("refers to what its service lacks")),
        (format!("{ok}E\ta:X\ta:Y\n"), Some("does not exist")),
        (format!("{ok}?\n"), Some("no table of IAM data")),
    ] {
        let answer = read(&zstd::bulk::compress(text.as_bytes(), 3).unwrap()).map_err(|error| error.to_string());
        match refused {
            None => assert!(answer.is_ok(), "{answer:?}"),
            Some(why) => assert!(answer.unwrap_err().contains(why), "{text}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_is_answered(text in ".{0,200}") {
        let catalog = catalog();
        prop_assert_eq!(catalog.is_action(&text).is_some(), catalog.access_level(&text).is_some());
        prop_assert!(catalog.expand(&text).count() <= catalog.actions().len());
        prop_assert!(catalog.nearest(&text).is_none_or(|n| catalog.is_action(n) == Some(n)));
    }

    #[test]
    fn a_pattern_covers_what_it_was_made_from(at in 0usize..20_000, cut in 0usize..40) {
        let name = catalog().actions()[at].name;
        let (prefix, action) = name.split_once(':').unwrap();
        let pattern = format!("{prefix}:{}*", &action[..cut.min(action.len())]);
        prop_assert!(catalog().expand(&pattern).any(|n| n == name));
    }
}
