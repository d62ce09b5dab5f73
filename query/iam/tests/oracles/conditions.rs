//! Context keys with values, and conditions on them.

use serde_json::{Map, Value, json};

use super::random::Random;

/// A kind of context keys: the keys, the operators for them, and values that policies and requests share.
pub(crate) struct Class {
    keys: &'static [&'static str],
    operators: &'static [&'static str],
    /// In policies.
    values: &'static [&'static str],
    /// In requests.
    given: &'static [&'static str],
    /// Whether a request may give several.
    many: bool,
}

/// Keys that every action may carry, by type.
const CLASSES: [Class; 8] = [
    Class {
        keys: &[
            "aws:PrincipalTag/team",
            "aws:RequestedRegion",
            "aws:SourceVpc",
            "aws:UserAgent",
        ],
        operators: &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ],
        values: &[
            "blue",
            "Blue",
            "red",
            "b*",
            "?lue",
            "*",
            "eu-west-1",
            "gr*n",
            "",
            "${aws:PrincipalTag/team}",
            "a${*}c",
        ],
        given: &["blue", "red", "BLUE", "green", "eu-west-1", "a*c", "abc"],
        many: false,
    },
    Class {
        keys: &["aws:PrincipalOrgPaths", "aws:CalledVia"],
        operators: &[
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
        ],
        values: &[
            "o-a/r-b/ou-c/",
            "o-a/*",
            "o-?/r-b/*",
            "athena.amazonaws.com",
            "*.amazonaws.com",
            "O-A/r-b/ou-c/",
        ],
        given: &["o-a/r-b/ou-c/", "o-a/r-b/ou-d/", "athena.amazonaws.com", "o-z/"],
        many: true,
    },
    Class {
        keys: &["aws:MultiFactorAuthAge"],
        operators: &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        values: &["0", "10", "10.0", "300", "3600", "299.5"],
        given: &["0", "10", "300", "301"],
        many: false,
    },
    Class {
        keys: &["aws:CurrentTime", "aws:TokenIssueTime"],
        operators: &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        values: &[
            "2026-01-31T00:00:00Z",
            "2026-02-01T12:30:00Z",
            "2026-01-31",
            "1769817600",
            "2027-01-01T00:00:00Z",
        ],
        given: &["2026-01-31T00:00:00Z", "2026-02-01T12:30:00Z", "2026-06-01T00:00:00Z"],
        many: false,
    },
    Class {
        keys: &["aws:SecureTransport", "aws:MultiFactorAuthPresent", "aws:ViaAWSService"],
        operators: &["Bool"],
        values: &["true", "false"],
        given: &["true", "false"],
        many: false,
    },
    Class {
        keys: &["aws:SourceIp", "aws:VpcSourceIp"],
        operators: &["IpAddress", "NotIpAddress"],
        values: &[
            "10.0.0.0/8",
            "10.1.2.3",
            "10.1.2.3/32",
            "0.0.0.0/0",
            "192.0.2.0/24",
            "2001:db8::/32",
            "::/0",
        ],
        given: &["10.1.2.3", "192.0.2.9", "203.0.113.7", "2001:db8::1"],
        many: false,
    },
    Class {
        keys: &["aws:SourceArn"],
        operators: &[
            "ArnEquals",
            "ArnLike",
            "ArnNotEquals",
            "ArnNotLike",
            "StringLike",
            "StringEquals",
        ],
        values: &[
            "arn:aws:sns:eu-west-1:111122223333:topic",
            "arn:aws:sns:*:*:topic",
            "arn:aws:sns:*:topic",
            "arn:aws:s3:::bucke?",
            "*",
            "arn:*:sns:eu-west-?:111122223333:t*",
        ],
        given: &[
            "arn:aws:sns:eu-west-1:111122223333:topic",
            "arn:aws:s3:::bucket",
            "arn:aws:sns:us-east-1:444455556666:topic",
        ],
        many: false,
    },
    Class {
        keys: &["aws:userid"],
        operators: &["BinaryEquals", "StringEquals"],
        values: &["QmluYXJ5", "QmluYXJ6"],
        given: &["QmluYXJ5", "QmluYXJ4"],
        many: false,
    },
];

const AFFIXES: [(usize, (&str, &str)); 6] = [
    (60, ("", "")),
    (14, ("", "IfExists")),
    (9, ("ForAllValues:", "")),
    (9, ("ForAnyValue:", "")),
    (4, ("ForAllValues:", "IfExists")),
    (4, ("ForAnyValue:", "IfExists")),
];

/// The context of a request: some of the keys, each with a value.
pub(crate) fn context(random: &mut Random) -> Map<String, Value> {
    let mut context = Map::new();
    for class in &CLASSES {
        for key in class.keys {
            if !random.chance(65) {
                continue;
            }
            let value = if class.many {
                let count = 1 + random.below(2);
                json!((0..count).map(|_| random.pick(class.given)).collect::<Vec<_>>())
            } else {
                json!(random.pick(class.given))
            };
            context.insert((*key).to_owned(), value);
        }
    }
    context
}

/// A `Condition` of one or two operators.
pub(crate) fn condition(random: &mut Random) -> Value {
    let mut condition = Map::new();
    for _ in 0..1 + random.below(2) {
        let (operator, key, values) = one(random);
        let keys = condition.entry(operator).or_insert_with(|| json!({}));
        let same = |known: &String| known.eq_ignore_ascii_case(&key);
        // The same key twice is no policy.
        if !keys.as_object().is_some_and(|keys| keys.keys().any(same)) {
            keys[key] = values;
        }
    }
    Value::Object(condition)
}

fn one(random: &mut Random) -> (String, String, Value) {
    let class = &CLASSES[random.below(CLASSES.len())];
    let key = random.pick(class.keys);
    if random.chance(8) {
        return (
            "Null".to_owned(),
            key.to_owned(),
            json!(random.pick(&["true", "false"])),
        );
    }
    // A key of several values without a set operator is what the user guide warns of, and says no more.
    let affixes = if class.many { &AFFIXES[2..] } else { &AFFIXES };
    let (before, behind) = random.weighted(affixes);
    let operator = format!("{before}{}{behind}", random.pick(class.operators));
    let mut values = random.some(3, |random| random.pick(class.values));
    values.sort_unstable();
    values.dedup();
    let key = if random.chance(6) {
        key.to_lowercase()
    } else {
        key.to_owned()
    };
    match values.as_slice() {
        [only] if random.chance(70) => (operator, key, json!(only)),
        _ => (operator, key, json!(values)),
    }
}
