//! Records, small and plain, for tests that count them.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

/// A call of an IAM user with this id, at a time such as `2026-10-01T10:00:00Z`. It is a management event, which every
/// source can give.
#[must_use]
pub fn record(id: &str, time: &str) -> Value {
    json!({
        "eventVersion": "1.11", "eventID": id, "eventTime": time, "eventSource": "iam.amazonaws.com",
        "eventName": "GetRole", "awsRegion": "eu-west-1", "recipientAccountId": "111122223333",
        "eventType": "AwsApiCall", "eventCategory": "Management", "managementEvent": true, "readOnly": true,
        "userIdentity": {"type": "IAMUser", "userName": "build", "accessKeyId": "AKIAEXAMPLE00000001"},
        "requestParameters": {"roleName": format!("role-{id}")},
    })
}

/// The content of a log file.
#[must_use]
pub fn log_file(records: &[Value]) -> Vec<u8> {
    gzip(json!({"Records": records}).to_string().as_bytes())
}

/// Bytes as gzip.
///
/// # Panics
/// Never: it writes to memory.
#[must_use]
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The key under which CloudTrail delivers a log file of a day such as `2026-10-01`, the `n`th of its minutes.
#[must_use]
pub fn log_key(day: &str, n: usize) -> String {
    let (account, region) = ("111122223333", "eu-west-1");
    let (path, compact) = (day.replace('-', "/"), day.replace('-', ""));
    let minute = format!("{:02}{:02}", n / 60, n % 60);
    format!(
        "AWSLogs/{account}/CloudTrail/{region}/{path}/{account}_CloudTrail_{region}_{compact}T{minute}Z_{n:016}.json.gz"
    )
}
