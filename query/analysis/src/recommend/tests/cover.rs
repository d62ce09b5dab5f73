use super::super::cover::{covers, fits, overlap};

#[test]
fn a_policy_pattern_meets_the_arns_of_a_type_or_not() {
    const BUCKET: &str = "arn:${Partition}:s3:::${BucketName}";
    const OBJECT: &str = "arn:${Partition}:s3:::${BucketName}/${ObjectName}";
    const QUEUE: &str = "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}";
    for (policy, service, expected) in [
        ("arn:aws:s3:::b", BUCKET, true),
        ("arn:aws:s3:::b/*", BUCKET, false),
        ("arn:aws:s3:::b*", BUCKET, true),
        ("arn:aws:s3:::b*", OBJECT, true),
        ("arn:aws:s3:::b", OBJECT, false),
        ("arn:aws:s3:::b/x/*.csv", OBJECT, true),
        ("*", OBJECT, true),
        ("arn:aws:s3:::*", QUEUE, false),
        ("arn:aws:sqs:eu-west-1:1:q", QUEUE, true),
        ("arn:aws:sqs:*:*:*", QUEUE, true),
        ("arn:aws:sqs:::q", QUEUE, false),
        ("arn:*:*:*:*:q?", QUEUE, true),
    ] {
        assert_eq!(overlap(policy, service), expected, "`{policy}` and `{service}`");
    }
}

#[test]
fn a_text_fits_a_pattern_or_not() {
    for (pattern, text, expected) in [
        ("a*c", "abbc", true),
        ("a*c", "ab", false),
        ("a?c", "aéc", true),
        ("a?c", "ac", false),
        ("a${*}c", "a*c", true),
        ("a${*}c", "abc", false),
        ("${$}{x}", "${x}", true),
        ("${?}", "?", true),
        ("${x", "${x", true),
        ("a/*", "a/*", true),
        ("a/*/b", "a/x/y/b", true),
        ("", "", true),
        ("*", "", true),
        ("a", "", false),
    ] {
        assert_eq!(fits(pattern, text), expected, "`{pattern}` on `{text}`");
    }
}

#[test]
fn a_pattern_covers_another_or_not() {
    for (cover, pattern, expected) in [
        ("a*", "a*", true),
        ("a*", "ab?c*", true),
        ("a?", "a*", false),
        ("a?", "a?", true),
        ("a???", "a${*}", false),
        ("a?", "a${*}", true),
        ("*${?}", "a${?}", true),
        ("a${*}", "a*", false),
        ("a*b", "a*", false),
    ] {
        assert_eq!(covers(cover, pattern), expected, "`{cover}` over `{pattern}`");
    }
}
