use super::super::pattern::{exact, shape};
use super::super::widen::Patterns;

fn patterns(resources: &[String]) -> Vec<String> {
    Patterns::of(resources.iter().map(String::as_str))
        .patterns
        .into_keys()
        .collect()
}

fn many(count: u32, make: impl Fn(u32) -> String) -> Vec<String> {
    (0..count).map(make).collect()
}

/// A word of letters only, different for each number.
fn word(n: u32) -> String {
    ["al", "be", "ga", "de", "ep", "ze", "et", "th", "io", "ka"]
        .iter()
        .cycle()
        .skip(n as usize % 10)
        .step_by(3)
        .take(1 + n as usize / 10)
        .copied()
        .collect()
}

#[test]
fn names_are_written_so_that_they_fit_exactly_themselves() {
    for (resource, expected) in [
        ("arn:aws:s3:::b/plain/key.csv", "arn:aws:s3:::b/plain/key.csv"),
        ("arn:aws:s3:::b/a*b?c", "arn:aws:s3:::b/a${*}b${?}c"),
        ("arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/${$}{aws:username}"),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/*"),
        ("arn:aws:s3:::b/x/*/y", "arn:aws:s3:::b/x/*/y"),
        (
            "arn:aws:s3:eu-west-1:1:accesspoint/ap/object/k*",
            "arn:aws:s3:eu-west-1:1:accesspoint/ap/object/k${*}",
        ),
        (
            "arn:aws:secretsmanager:r:1:secret:db-??????",
            "arn:aws:secretsmanager:r:1:secret:db-??????",
        ),
        ("arn:aws:ec2:r:1:instance/*", "arn:aws:ec2:r:1:instance/*"),
        (
            "arn:aws:lambda:r:1:function:f:$LATEST",
            "arn:aws:lambda:r:1:function:f:${$}LATEST",
        ),
        ("arn:aws:s3:::b/naïve", "arn:aws:s3:::b/naïve"),
        ("*", "*"),
    ] {
        let written = exact(resource);
        assert_eq!(
            (written.pattern.as_str(), written.refused),
            (expected, false),
            "{resource}"
        );
    }
}

#[test]
fn characters_that_iam_refuses_become_a_wildcard() {
    for (resource, expected) in [
        ("arn:aws:s3:::b/日本.csv", "arn:aws:s3:::b/*.csv"),
        ("arn:aws:s3:::b/a\u{7}b\u{1F600}", "arn:aws:s3:::b/a*b*"),
    ] {
        let written = exact(resource);
        assert_eq!(
            (written.pattern.as_str(), written.refused),
            (expected, true),
            "{resource}"
        );
    }
}

#[test]
fn what_varies_in_a_name_is_told_from_words() {
    for (segment, expected) in [
        ("2026-11-23", Some("*")),
        ("export-2026-11-23.json", Some("export-*.json")),
        ("2026-11-23T08:15:00Z", Some("*")),
        ("0cda7f85-c1f9-4dee-b6e9-a0b50c8f3012", Some("*")),
        (
            "part-00001-0cda7f85-c1f9-4dee-b6e9-a0b50c8f3012.parquet",
            Some("part-*.parquet"),
        ),
        ("year=2026", Some("year=*")),
        ("9f86d081884c7d65", Some("*")),
        ("app-deadbeef01", Some("app-*")),
        ("orders", None),
        ("v2", None),
        ("s3-data", None),
        ("deadbeef", None),
        ("part1", None),
    ] {
        assert_eq!(shape(segment).as_deref(), expected, "{segment}");
    }
}

#[test]
fn few_names_stand_one_by_one() {
    let keys: Vec<String> = many(10, |n| format!("arn:aws:s3:::b/data/{}.csv", word(n)));
    assert_eq!(patterns(&keys), {
        let mut k = keys.clone();
        k.sort();
        k
    });
}

#[test]
fn a_series_becomes_one_pattern_and_says_so() {
    let keys = many(3, |n| format!("arn:aws:s3:::b/exports/2026-11-0{n}/all.csv"));
    let made = Patterns::of(keys.iter().map(String::as_str));
    assert_eq!(
        made.patterns.keys().collect::<Vec<_>>(),
        ["arn:aws:s3:::b/exports/*/all.csv"]
    );
    assert_eq!(made.widened.len(), 1);
    assert_eq!(
        (made.widened[0].from_count, made.widened[0].pattern.as_str()),
        (3, "arn:aws:s3:::b/exports/*/all.csv")
    );
    assert_eq!(patterns(&keys[..2]), keys[..2], "two are no series");
}

#[test]
fn many_names_become_their_directories_inside_one_bucket() {
    let mut keys = many(30, |n| format!("arn:aws:s3:::b/in/{}", word(n)));
    keys.extend(many(30, |n| format!("arn:aws:s3:::b/out/x/{}", word(n))));
    keys.push("arn:aws:s3:::b/readme".into());
    keys.push("arn:aws:s3:::other/readme".into());
    assert_eq!(
        patterns(&keys),
        [
            "arn:aws:s3:::b/in/*",
            "arn:aws:s3:::b/out/x/*",
            "arn:aws:s3:::b/readme",
            "arn:aws:s3:::other/readme"
        ]
    );
}

#[test]
fn a_bucket_of_loose_names_becomes_its_objects_never_the_bucket() {
    let keys = many(11, |n| format!("arn:aws:s3:::b/{}", word(n)));
    assert_eq!(patterns(&keys), ["arn:aws:s3:::b/*"]);
}

#[test]
fn what_is_no_hierarchy_is_never_widened() {
    for resources in [
        many(50, |n| format!("arn:aws:kms:r:1:key/{n}")),
        many(50, |n| format!("arn:aws:sqs:r:1:queue-{n}")),
        many(50, |n| format!("arn:aws:dynamodb:r:1:table/t{n}")),
        many(50, |n| format!("arn:aws:iam::1:role/team/r{n}")),
        many(50, |n| format!("arn:aws:s3:::bucket-{n}")),
        many(50, |n| format!("arn:aws:ec2:r:1:subnet/subnet-{n}")),
        many(50, |n| format!("arn:aws:secretsmanager:r:1:secret:s{n}-AbCdEf")),
        many(50, |n| format!("arn:aws:ecr:r:1:repository/team/{n}")),
        many(50, |n| format!("arn:aws:ssm:r:1:parameter/p{n}")),
    ] {
        let mut sorted = resources.clone();
        sorted.sort();
        assert_eq!(patterns(&resources), sorted);
    }
}

#[test]
fn inside_tables_streams_groups_functions_and_paths() {
    for (resources, expected) in [
        (
            many(4, |n| {
                format!("arn:aws:dynamodb:r:1:table/t/stream/2026-01-0{n}T00:00:00.000")
            }),
            "arn:aws:dynamodb:r:1:table/t/stream/*",
        ),
        (
            many(12, |n| format!("arn:aws:dynamodb:r:1:table/t/index/{}", word(n))),
            "arn:aws:dynamodb:r:1:table/t/index/*",
        ),
        (
            many(12, |n| {
                format!("arn:aws:logs:r:1:log-group:/aws/x:log-stream:{}", word(n))
            }),
            "arn:aws:logs:r:1:log-group:/aws/x:log-stream:*",
        ),
        (
            many(12, |n| format!("arn:aws:ssm:r:1:parameter/prod/{}", word(n))),
            "arn:aws:ssm:r:1:parameter/prod/*",
        ),
        (
            many(12, |n| format!("arn:aws:ec2:r:1:volume/vol-{n:08x}")),
            "arn:aws:ec2:r:1:volume/*",
        ),
        (
            many(5, |n| {
                format!("arn:aws:states:r:1:execution:m:0cda7f85-c1f9-4dee-b6e9-a0b50c8f301{n}")
            }),
            "arn:aws:states:r:1:execution:m:*",
        ),
    ] {
        assert_eq!(patterns(&resources), [expected]);
    }
    let ec2 = many(12, |n| format!("arn:aws:ec2:r:1:volume/vol-{n:08x}"));
    assert_eq!(Patterns::of(ec2.iter().map(String::as_str)).broad.len(), 1);
    assert_eq!(patterns(&ec2[..10]).len(), 10, "three volumes are no series");
}

#[test]
fn accounts_and_regions_stay_apart() {
    let mut resources = many(12, |n| format!("arn:aws:ssm:eu-west-1:1:parameter/prod/{}", word(n)));
    resources.extend(many(12, |n| {
        format!("arn:aws:ssm:us-east-1:2:parameter/prod/{}", word(n))
    }));
    assert_eq!(
        patterns(&resources),
        [
            "arn:aws:ssm:eu-west-1:1:parameter/prod/*",
            "arn:aws:ssm:us-east-1:2:parameter/prod/*"
        ]
    );
}

#[test]
fn everything_swallows_the_rest_and_a_directory_what_is_below() {
    let all = ["*".to_owned(), "arn:aws:s3:::b/x".to_owned()];
    assert_eq!(patterns(&all), ["*"]);
    let below = [
        "arn:aws:s3:::b/x/*".to_owned(),
        "arn:aws:s3:::b/x/y".to_owned(),
        "arn:aws:s3:::b/xy".to_owned(),
    ];
    assert_eq!(patterns(&below), ["arn:aws:s3:::b/x/*", "arn:aws:s3:::b/xy"]);
}

#[test]
fn a_secret_by_name_covers_the_same_secret_by_arn() {
    let secret = |suffix: &str| format!("arn:aws:secretsmanager:r:1:secret:db-{suffix}");
    assert_eq!(
        patterns(&[secret("??????"), secret("AbCdEf"), secret("other-AbCdEf")]),
        [secret("??????"), secret("other-AbCdEf")]
    );
}

#[test]
fn an_escaped_name_is_no_wildcard_and_may_be_covered_by_one() {
    let key = |name: &str| format!("arn:aws:s3:::b/{name}");
    let apart = [key("a*b"), key("axb")];
    assert_eq!(patterns(&apart), [key("a${*}b"), key("axb")]);
    assert_eq!(patterns(&[key("x/*"), key("x/a*b")]), [key("x/*")]);
}
