use std::collections::BTreeSet;

use podtrail_iam::policy::Policy;
use podtrail_iam::policy::build::MANAGED_POLICY_LIMIT;
use serde_json::json;

use super::*;

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn sids(made: &RoleRecommendation) -> Vec<String> {
    statements(made)
        .iter()
        .map(|s| s["Sid"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn actions_with_equal_needs_share_a_statement() {
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/orders";
    let made = made_of(vec![
        used("dynamodb:GetItem", table),
        used("dynamodb:Query", table),
        used("dynamodb:Query", &format!("{table}/index/by-day")),
        used("dynamodb:PutItem", table),
    ]);
    assert_eq!(
        statements(&made),
        [
            json!({"Sid": "DynamoDBQueryOrders", "Effect": "Allow", "Action": ["dynamodb:Query"],
                "Resource": [table, format!("{table}/index/by-day")]}),
            json!({"Sid": "DynamoDBReadWriteOrders", "Effect": "Allow",
                "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": [table]}),
        ]
    );
}

#[test]
fn services_and_conditions_keep_statements_apart() {
    let made = made_of(vec![
        when(used("kms:Decrypt", KEY), "kms:ViaService", "s3.eu-west-1.amazonaws.com"),
        when(
            used("kms:GenerateDataKey", KEY),
            "kms:ViaService",
            "s3.eu-west-1.amazonaws.com",
        ),
        when(
            used("iam:PassRole", "arn:aws:iam::111122223333:role/task"),
            "iam:PassedToService",
            "ecs-tasks.amazonaws.com",
        ),
        used("sts:AssumeRole", "arn:aws:iam::444455556666:role/target"),
    ]);
    let made: Vec<(String, Value)> = statements(&made)
        .into_iter()
        .map(|s| (s["Sid"].as_str().unwrap().to_owned(), s["Condition"].clone()))
        .collect();
    let via = json!({"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}});
    let to = json!({"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}});
    assert_eq!(
        made,
        [
            ("IAMPassRoleTaskToEcsTasks".to_owned(), to),
            ("KMSWriteViaS3".to_owned(), via),
            ("STSAssumeRoleTarget".to_owned(), Value::Null),
        ]
    );
}

#[test]
fn a_condition_holds_only_where_every_call_shows_it() {
    let via = |service: &str| when(used("kms:Decrypt", KEY), "kms:ViaService", service);
    let (s3, sqs) = ("s3.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com");
    let either = made_of(vec![via(s3), via(sqs)]);
    assert_eq!(
        statements(&either)[0]["Condition"]["StringEquals"]["kms:ViaService"],
        json!([s3, sqs])
    );
    let direct = made_of(vec![via(s3), used("kms:Decrypt", KEY)]);
    assert_eq!(statements(&direct).len(), 1);
    assert_eq!(statements(&direct)[0]["Condition"], Value::Null);
}

#[test]
fn what_was_listed_of_a_bucket_limits_the_listing() {
    let list = |prefix: &str| when(used("s3:ListBucket", "arn:aws:s3:::b"), "s3:prefix", prefix);
    let condition = |rows: Vec<Usage>| statements(&made_of(rows))[0]["Condition"]["StringLike"]["s3:prefix"].clone();
    let dated = ["in/2026-11-01/", "in/2026-11-02/", "in/2026-11-03/"];
    let whole = used("s3:ListBucket", "arn:aws:s3:::b");
    for (situation, rows, expected) in [
        ("one prefix", vec![list("x/")], json!("x/")),
        ("two prefixes", vec![list("x/"), list("y/")], json!(["x/", "y/"])),
        ("a series", dated.map(list).to_vec(), json!("in/*/")),
        ("a star in the prefix is a letter", vec![list("a*/")], json!("a${*}/")),
        ("the whole bucket too", vec![list("x/"), whole.clone()], Value::Null),
        (
            "the empty prefix is the whole bucket",
            vec![list("x/"), list("")],
            Value::Null,
        ),
        (
            "very many without a common folder",
            (0..30).map(|n| list(&format!("{}", (b'A' + n) as char))).collect(),
            Value::Null,
        ),
        ("characters that IAM refuses", vec![list("日本/")], Value::Null),
    ] {
        assert_eq!(condition(rows.clone()), expected, "{situation}");
        assert_eq!(made_of(rows).replay.denied, 0, "{situation}");
    }
    let series = made_of(dated.map(list).to_vec());
    assert_eq!(
        (series.widened[0].pattern.as_str(), series.widened[0].from_count),
        ("s3:prefix=in/*/", 3)
    );
    assert_eq!(series.statements[0].widened, series.widened);
}

#[test]
fn what_an_unconditional_pattern_covers_needs_no_condition() {
    let role = |name: &str| format!("arn:aws:iam::111122223333:role/{name}");
    let made = made_of(vec![
        used("iam:PassRole", &role("*")),
        when(
            used("iam:PassRole", &role("task")),
            "iam:PassedToService",
            "ecs-tasks.amazonaws.com",
        ),
    ]);
    assert_eq!(statements(&made).len(), 1);
}

#[test]
fn buckets_and_their_objects_are_not_confused() {
    let made = made_of(vec![
        used("s3:ListBucket", "arn:aws:s3:::b"),
        used("s3:GetObject", "arn:aws:s3:::b/k"),
    ]);
    let resources: Vec<Value> = statements(&made).iter().map(|s| s["Resource"].clone()).collect();
    assert_eq!(resources, [json!(["arn:aws:s3:::b/k"]), json!(["arn:aws:s3:::b"])]);
}

#[test]
fn denied_calls_are_named_and_never_granted() {
    let table = "arn:aws:dynamodb:r:1:table/secret";
    let twice = Usage {
        calls: 5,
        sample_event_id: "later".into(),
        first_seen: Some(Timestamp(DAY)),
        ..denied("dynamodb:Scan", table)
    };
    let made = made_of(vec![
        twice,
        used("s3:GetObject", "arn:aws:s3:::b/k"),
        denied("dynamodb:Scan", table),
    ]);
    assert!(!statements(&made).iter().any(|s| s.to_string().contains("dynamodb")));
    assert_eq!(made.denied_demand.len(), 1);
    let denial = &made.denied_demand[0];
    assert_eq!(
        (denial.calls, denial.sample_event_id.as_str()),
        (15, "dynamodb:Scan@arn:aws:dynamodb:r:1:table/secret")
    );
}

#[test]
fn star_is_only_for_what_has_no_resources_or_names_none() {
    let made = made_of(vec![
        used("ec2:DescribeInstances", "arn:aws:ec2:r:1:instance/i-1"),
        used("ec2:DescribeVpcs", "*"),
        used("sqs:SendMessage", "*"),
    ]);
    let of: Vec<(String, Value)> = statements(&made)
        .into_iter()
        .map(|s| (s["Sid"].as_str().unwrap().to_owned(), s["Resource"].clone()))
        .collect();
    assert_eq!(
        of,
        [
            ("EC2List".to_owned(), json!(["*"])),
            ("SQSSendMessage".to_owned(), json!(["*"]))
        ]
    );
    let about: Vec<(&str, &str)> = made
        .warnings
        .iter()
        .map(|w| (w.code.as_str(), w.statement.as_deref().unwrap_or_default()))
        .collect();
    assert!(about.contains(&("star_resource", "EC2List")), "{about:?}");
    assert!(about.contains(&("resource_not_named", "SQSSendMessage")), "{about:?}");
}

#[test]
fn odd_names_are_escaped_and_still_allowed() {
    let made = made_of(vec![
        used("s3:GetObject", "arn:aws:s3:::b/a*b"),
        used("s3:GetObject", "arn:aws:s3:::b/what?"),
        used("s3:GetObject", "arn:aws:s3:::b/${aws:username}"),
        used("s3:PutObject", "arn:aws:s3:::b/日本"),
    ]);
    let resources: Vec<Value> = statements(&made).iter().map(|s| s["Resource"].clone()).collect();
    assert_eq!(
        resources,
        [
            json!([
                "arn:aws:s3:::b/${$}{aws:username}",
                "arn:aws:s3:::b/a${*}b",
                "arn:aws:s3:::b/what${?}"
            ]),
            json!(["arn:aws:s3:::b/*"]),
        ]
    );
    assert_eq!(codes(&made).iter().filter(|c| **c == "refused_characters").count(), 1);
    assert_eq!((made.replay.allowed, made.replay.denied), (40, 0));
}

#[test]
fn own_issues_are_no_use_of_the_role() {
    let trust = json!({"Statement": {"Effect": "Allow", "Principal": {"Service": "pods.eks.amazonaws.com"}, "Action": "sts:AssumeRole"}});
    let role = Role {
        trust_policy: Some(trust.to_string()),
        ..role(&json!([]))
    };
    let usage = vec![
        used("sts:AssumeRole", ROLE),
        used("sts:TagSession", ROLE),
        used("sts:AssumeRoleWithWebIdentity", ROLE),
        used("s3:GetObject", "arn:aws:s3:::b/k"),
    ];
    let made = made(&input(vec![RoleInput {
        role: Some(&role),
        ..with_usage(usage)
    }]));
    assert_eq!(sids(&made), ["S3GetObjectB"]);
    assert_eq!(made.replay.calls, 10);
}

#[test]
fn sids_are_unique_letters_and_digits() {
    let mut usage: Vec<Usage> = (0..5).map(|n| used("kms:Decrypt", &format!("{KEY}{n}"))).collect();
    usage.push(when(
        used("kms:Decrypt", &format!("{KEY}9")),
        "kms:ViaService",
        "a.amazonaws.com",
    ));
    usage.push(when(
        used("kms:Decrypt", &format!("{KEY}8")),
        "kms:ViaService",
        "a.eu-west-1.amazonaws.com",
    ));
    usage.push(used("s3:GetObject", "arn:aws:s3:::my.bucket-x/k"));
    let sids = sids(&made_of(usage));
    assert_eq!(
        sids,
        [
            "KMSDecrypt",
            "KMSDecryptViaAAC3F",
            "KMSDecryptViaA59F0",
            "S3GetObjectMyBucketX"
        ]
    );
}

#[test]
fn a_policy_over_the_limit_is_split_into_several_within_it() {
    let queue = |n: u32| format!("arn:aws:sqs:eu-west-1:111122223333:a-queue-with-quite-a-long-name-{n:03}");
    let usage: Vec<Usage> = (0..400)
        .flat_map(|n| {
            [
                used("sqs:SendMessage", &queue(n)),
                used("sqs:ReceiveMessage", &queue(n)),
            ]
        })
        .chain([used("s3:GetObject", "arn:aws:s3:::b/k")])
        .collect();
    let made = made_of(usage);
    assert!(made.policies.len() > 4, "{}", made.policies.len());
    for policy in &made.policies {
        assert!(
            policy.characters <= MANAGED_POLICY_LIMIT as u64,
            "{}",
            policy.characters
        );
        assert!(Policy::from_value(policy.document.as_ref().unwrap()).is_ok());
    }
    let names: BTreeSet<&str> = made.policies.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names.len(), made.policies.len());
    assert_eq!(names.first(), Some(&"shop-cart-cart"));
    let sids = sids(&made);
    assert_eq!(sids.iter().collect::<BTreeSet<_>>().len(), sids.len());
    assert_eq!((made.replay.denied, made.replay.allowed), (0, 8010));
    assert!(!codes(&made).contains(&"too_many_policies"));
}

#[test]
fn actions_are_split_too_where_one_resource_has_very_many() {
    let names = podtrail_iam::catalog::catalog().actions().iter().map(|a| a.name);
    let ec2: Vec<Usage> = names
        .filter(|n| n.starts_with("ec2:Describe"))
        .map(|n| used(n, "*"))
        .collect();
    let made = made_of(ec2);
    assert!(
        made.policies
            .iter()
            .all(|p| p.characters <= MANAGED_POLICY_LIMIT as u64)
    );
    assert!(made.policies.len() > 1);
    assert_eq!(made.replay.denied, 0);
}

#[test]
fn removed_and_unobservable_are_what_was_granted_and_not_kept() {
    let role = role(&json!([allow(
        &json!([
            "sqs:SendMessage",
            "sqs:DeleteQueue",
            "iam:PassRole",
            "lambda:InvokeFunction"
        ]),
        &json!("*")
    )]));
    let usage = vec![used("sqs:SendMessage", "arn:aws:sqs:r:1:q")];
    let mut input = input(vec![RoleInput {
        role: Some(&role),
        ..with_usage(usage)
    }]);
    let blind = made(&input);
    assert_eq!(
        (blind.granted, blind.removed.as_slice()),
        (
            4,
            ["iam:PassRole", "lambda:InvokeFunction", "sqs:DeleteQueue"]
                .map(str::to_owned)
                .as_slice()
        )
    );
    assert_eq!(blind.unobservable, ["iam:PassRole", "lambda:InvokeFunction"]);
    input.observed = ObservedSources::new(["lambda.amazonaws.com"]);
    assert_eq!(made(&input).unobservable, ["iam:PassRole"]);
}

#[test]
fn evidence_is_the_earliest_samples_of_each_action() {
    let sample = |id: &str, at: i64| Usage {
        first_seen: Some(Timestamp(at)),
        sample_event_id: id.into(),
        ..used("s3:GetObject", &format!("arn:aws:s3:::{id}/k"))
    };
    let made = made_of(vec![sample("d", 4), sample("b", 2), sample("a", 9), sample("c", 3)]);
    assert_eq!(made.evidence["s3:GetObject"], ["b", "c", "d"]);
}

#[test]
fn several_roles_have_several_recommendations_with_names_of_their_own() {
    let other = "arn:aws:iam::444455556666:role/cart";
    let second = RoleInput {
        role_arn: other.into(),
        usage: vec![Usage {
            role_arn: other.into(),
            ..used("s3:GetObject", "arn:aws:s3:::b/k")
        }],
        chained_from: vec![ROLE.into()],
        ..RoleInput::default()
    };
    let first = with_usage(vec![used("sts:AssumeRole", other)]);
    let made = recommend(&input(vec![second, first]));
    let names: Vec<&str> = made
        .recommendations
        .iter()
        .map(|r| r.policies[0].name.as_str())
        .collect();
    assert_eq!(names, ["shop-cart-cart-111122223333", "shop-cart-cart-444455556666"]);
    let documents = iam_documents(&made);
    assert_eq!(
        documents["shop-cart-cart-111122223333"],
        made.recommendations[0].policies[0].document.clone().unwrap()
    );
}

#[test]
fn one_policy_is_its_document_alone() {
    let made = recommend(&input(vec![with_usage(vec![used("s3:GetObject", "arn:aws:s3:::b/k")])]));
    assert_eq!(
        iam_documents(&made),
        made.recommendations[0].policies[0].document.clone().unwrap()
    );
    assert_eq!(iam_documents(&recommend(&input(vec![]))), json!({}));
}

#[test]
fn without_use_there_is_a_reason_instead_of_a_policy() {
    let unmapped = UnmappedCall {
        event_source: "x.amazonaws.com".into(),
        event_name: "Do".into(),
        calls: 3,
        sample_event_id: "e".into(),
    };
    for (roles, expected) in [
        (vec![], "no call of this workload is in the window"),
        (vec![with_usage(vec![])], "no call is in the window"),
        (
            vec![with_usage(vec![denied("s3:GetObject", "arn:aws:s3:::b/k")])],
            "all 10 calls were denied",
        ),
        (
            vec![RoleInput {
                unmapped: vec![unmapped.clone()],
                ..with_usage(vec![])
            }],
            "none of its 3 calls maps",
        ),
        (
            vec![RoleInput {
                unmapped: vec![unmapped.clone()],
                ..with_usage(vec![denied("s3:GetObject", "*")])
            }],
            "10 calls were denied and 3",
        ),
    ] {
        let made = recommend(&input(roles));
        assert_eq!(made.recommendations, []);
        let note = made.note.unwrap();
        assert!(note.contains(expected), "{note}");
    }
}
