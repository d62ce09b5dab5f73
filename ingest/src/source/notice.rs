//! Messages that name objects of a bucket, in every form in which they reach a queue. Pure.
//!
//! S3's own notifications (`S3 user guide`, event message structure: keys are URL-encoded), those by way of SNS (`Message`
//! holds the inner one as text), CloudTrail's (`CloudTrail user guide`, SNS notifications: keys are not encoded, several
//! to a message) and EventBridge's `Object Created` (keys are not encoded).

use serde_json::Value;

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Notice {
    /// Objects to read; none when it only tells of things that are no log files.
    Objects(Vec<Named>),
    /// It could not be understood, and why.
    Unknown(String),
}

/// An object that a message names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) bucket: String,
    pub(super) key: String,
    /// In bytes, where the message tells.
    pub(super) size: Option<u64>,
}

/// SNS may wrap what SNS wrapped.
const WRAPPINGS: u32 = 3;

/// Reads the body of a message.
pub(super) fn parse(body: &str) -> Notice {
    parse_at(body, 0)
}

fn parse_at(body: &str, level: u32) -> Notice {
    // What CloudTrail sends when a topic is set up.
    if body.trim().starts_with("CloudTrail validation message") {
        return Notice::Objects(Vec::new());
    }
    let Ok(value) = serde_json::from_str::<Value>(body) else {
        return Notice::Unknown("the message is no JSON".to_owned());
    };
    if let (Some(inner), true) = (
        value.get("Message").and_then(Value::as_str),
        value.get("TopicArn").is_some(),
    ) {
        return if level < WRAPPINGS {
            parse_at(inner, level + 1)
        } else {
            Notice::Unknown(format!("the message is wrapped more than {WRAPPINGS} times"))
        };
    }
    if value.get("Event").and_then(Value::as_str) == Some("s3:TestEvent") {
        return Notice::Objects(Vec::new());
    }
    let named = if value.get("s3Bucket").is_some() {
        of_cloudtrail(&value)
    } else if value.get("detail-type").is_some() {
        of_event_bridge(&value)
    } else if let Some(records) = value.get("Records").and_then(Value::as_array) {
        records
            .iter()
            .map(of_s3)
            .collect::<Option<Vec<_>>>()
            .map(|named| named.concat())
    } else {
        None
    };
    named.map_or_else(
        || {
            Notice::Unknown(
                "the message names no object: expected a notification of S3, CloudTrail or EventBridge (`Object Created`)"
                    .to_owned(),
            )
        },
        Notice::Objects,
    )
}

fn of_cloudtrail(message: &Value) -> Option<Vec<Named>> {
    let bucket = message.get("s3Bucket")?.as_str()?;
    let keys = message.get("s3ObjectKey")?;
    let keys: Vec<&str> = match keys {
        Value::String(key) => vec![key],
        Value::Array(keys) => keys.iter().map(Value::as_str).collect::<Option<_>>()?,
        _ => return None,
    };
    Some(
        keys.into_iter()
            .map(|key| named(bucket, key.to_owned(), None))
            .collect(),
    )
}

fn of_event_bridge(event: &Value) -> Option<Vec<Named>> {
    if event.get("source")?.as_str()? != "aws.s3" {
        return None;
    }
    if event.get("detail-type")?.as_str()? != "Object Created" {
        return Some(Vec::new());
    }
    let bucket = event.pointer("/detail/bucket/name")?.as_str()?;
    let key = event.pointer("/detail/object/key")?.as_str()?;
    let size = event.pointer("/detail/object/size").and_then(Value::as_u64);
    Some(vec![named(bucket, key.to_owned(), size)])
}

fn of_s3(record: &Value) -> Option<Vec<Named>> {
    let name = record.get("eventName")?.as_str()?;
    let bucket = record.pointer("/s3/bucket/name")?.as_str()?;
    let key = decode(record.pointer("/s3/object/key")?.as_str()?)?;
    let size = record.pointer("/s3/object/size").and_then(Value::as_u64);
    let created = name.trim_start_matches("s3:").starts_with("ObjectCreated:");
    Some(if created {
        vec![named(bucket, key, size)]
    } else {
        Vec::new()
    })
}

fn named(bucket: &str, key: String, size: Option<u64>) -> Named {
    Named {
        bucket: bucket.to_owned(),
        key,
        size,
    }
}

/// Undoes the encoding of forms, in which a space is `+`; nothing when the result is no text.
fn decode(key: &str) -> Option<String> {
    let spaced = key.replace('+', " ");
    let bytes: Vec<u8> = percent_decode(spaced.as_bytes());
    String::from_utf8(bytes).ok()
}

fn percent_decode(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        let decoded = (*first == b'%')
            .then(|| tail.first_chunk::<2>().and_then(hex))
            .flatten();
        bytes.push(decoded.unwrap_or(*first));
        rest = if decoded.is_some() {
            tail.get(2..).unwrap_or_default()
        } else {
            tail
        };
    }
    bytes
}

fn hex(digits: &[u8; 2]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const KEY: &str = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/01/a b=c.json.gz";

    fn one(size: Option<u64>) -> Notice {
        Notice::Objects(vec![named("trail", KEY.into(), size)])
    }

    fn s3(event: &str) -> Value {
        json!({"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": event, "s3": {
            "bucket": {"name": "trail"},
            "object": {"key": "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/01/a+b%3Dc.json.gz", "size": 7, "eTag": "x"}}}]})
    }

    fn sns(inner: &Value) -> Value {
        let text = inner.as_str().map_or_else(|| inner.to_string(), str::to_owned);
        json!({"Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t", "Message": text})
    }

    #[test]
    fn every_form_names_its_objects() {
        let cloudtrail = json!({"s3Bucket": "trail", "s3ObjectKey": [KEY]});
        let bridge = json!({"source": "aws.s3", "detail-type": "Object Created",
            "detail": {"bucket": {"name": "trail"}, "object": {"key": KEY, "size": 7}}});
        let cases = [
            ("S3", s3("ObjectCreated:Put"), one(Some(7))),
            (
                "S3 by SNS",
                sns(&s3("ObjectCreated:CompleteMultipartUpload")),
                one(Some(7)),
            ),
            ("CloudTrail, raw", cloudtrail.clone(), one(None)),
            ("CloudTrail by SNS", sns(&cloudtrail), one(None)),
            (
                "CloudTrail, one key as text",
                json!({"s3Bucket": "trail", "s3ObjectKey": KEY}),
                one(None),
            ),
            ("EventBridge", bridge.clone(), one(Some(7))),
            ("EventBridge by SNS", sns(&bridge), one(Some(7))),
        ];
        for (name, body, expected) in cases {
            assert_eq!(parse(&body.to_string()), expected, "{name}");
        }
    }

    #[test]
    fn what_names_nothing_to_read_is_no_error() {
        let nothing = Notice::Objects(Vec::new());
        let cases = [
            (
                "test of S3",
                json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "trail"}).to_string(),
            ),
            ("removal", s3("ObjectRemoved:Delete").to_string()),
            ("set-up of CloudTrail", "CloudTrail validation message.".to_owned()),
            (
                "set-up of CloudTrail by SNS",
                sns(&json!("CloudTrail validation message.")).to_string(),
            ),
            (
                "deletion by EventBridge",
                json!({"source": "aws.s3", "detail-type": "Object Deleted", "detail": {}}).to_string(),
            ),
        ];
        for (name, body) in cases {
            assert_eq!(parse(&body), nothing, "{name}");
        }
    }

    #[test]
    fn what_cannot_be_understood_says_why() {
        let deep = sns(&sns(&sns(&sns(&json!({"s3Bucket": "b", "s3ObjectKey": ["k"]})))));
        let cases = [
            ("hello".to_owned(), "no JSON"),
            ("{}".to_owned(), "names no object"),
            (
                json!({"Records": [{"eventName": "GetObject"}]}).to_string(),
                "names no object",
            ),
            (
                json!({"s3Bucket": "b", "s3ObjectKey": [7]}).to_string(),
                "names no object",
            ),
            (deep.to_string(), "wrapped more than 3 times"),
        ];
        for (body, expected) in cases {
            match parse(&body) {
                Notice::Unknown(reason) => assert!(reason.contains(expected), "{body}: {reason}"),
                other => panic!("{body}: {other:?}"),
            }
        }
    }

    #[test]
    fn keys_are_decoded_as_forms_are() {
        for (encoded, expected) in [
            ("a+b", Some("a b")),
            ("a%2Bb", Some("a+b")),
            ("%E2%82%AC", Some("€")),
            ("100%", Some("100%")),
            ("%zz", Some("%zz")),
            ("%ff", None),
        ] {
            assert_eq!(decode(encoded).as_deref(), expected, "{encoded}");
        }
    }
}
