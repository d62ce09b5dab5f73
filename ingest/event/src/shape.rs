//! What a JSON object is: a CloudTrail record, a Kubernetes audit event, a wrapping of one, or something else with a name.

use crate::walk::Member;

/// One of these keys makes an object a CloudTrail record.
pub(crate) fn is_record_key(key: &[u8]) -> bool {
    matches!(
        key,
        b"eventVersion" | b"eventTime" | b"eventSource" | b"eventName" | b"eventID" | b"userIdentity"
    )
}

/// How `apiVersion` of Kubernetes audit events begins, as JSON text.
const AUDIT_API: &[u8] = b"\"audit.k8s.io/";

/// Whether an array under this key, after these members of the same object, holds records: `Records` of log
/// files, `Events` of LookupEvents, `events` of FilterLogEvents and GetLogEvents, `logEvents` of CloudWatch Logs
/// subscriptions, `items` of a list of Kubernetes audit events.
pub(crate) fn is_container(key: &[u8], bytes: &[u8], members: &[Member]) -> bool {
    match key {
        b"Records" | b"Events" | b"events" | b"logEvents" => true,
        b"items" => members
            .iter()
            .any(|member| member.key.bytes(bytes) == b"apiVersion" && member.value.bytes(bytes).starts_with(AUDIT_API)),
        _ => false,
    }
}

/// What an object is.
pub(crate) enum Shape {
    /// A CloudTrail record.
    Record,
    /// A Kubernetes audit event.
    Audit,
    /// Neither, and why.
    Foreign(String),
}

/// What this object is.
pub(crate) fn of(json: &str, members: &[Member]) -> Shape {
    if is_record(json, members) {
        // S3 notifications borrow CloudTrail's field names; their source is `aws:s3`.
        let source = value_of(json, members, "eventSource").unwrap_or_default();
        let has = |key: &str| value_of(json, members, key).is_some();
        return if source.starts_with("\"aws:") && !has("userIdentity") && !has("eventID") {
            Shape::Foreign(
                "an S3 (or other service) notification, not a CloudTrail record: ingest the object that it names"
                    .to_owned(),
            )
        } else {
            Shape::Record
        };
    }
    let audit = value_of(json, members, "apiVersion").is_some_and(|api| api.as_bytes().starts_with(AUDIT_API));
    if audit && value_of(json, members, "kind") == Some("\"Event\"") {
        return Shape::Audit;
    }
    Shape::Foreign(foreign(json, members))
}

/// Whether one of the members makes this object a CloudTrail record.
pub(crate) fn is_record(json: &str, members: &[Member]) -> bool {
    members
        .iter()
        .any(|member| is_record_key(member.key.of(json).as_bytes()))
}

/// The value of the first member with this key, as it stands.
pub(crate) fn value_of<'a>(json: &'a str, members: &[Member], key: &str) -> Option<&'a str> {
    members
        .iter()
        .find(|member| member.level == 1 && member.key.of(json) == key)
        .map(|member| member.value.of(json))
}

/// The reason why this object is neither a CloudTrail record nor a Kubernetes audit event.
fn foreign(json: &str, members: &[Member]) -> String {
    let value = |key: &str| value_of(json, members, key);
    let has = |key: &str| value(key).is_some();
    let looks_like = if has("digestS3Object") || has("digestEndTime") {
        "a CloudTrail digest file, which holds no records"
    } else if has("class_uid") || has("category_uid") {
        "an OCSF event (Security Lake); ingest the CloudTrail log files themselves"
    } else if has("auditID") {
        "a Kubernetes audit event without `kind` and `apiVersion`; expected `audit.k8s.io/v1`"
    } else if has("message") && has("timestamp") {
        "a line of another log in CloudWatch Logs; of a cluster's log group only streams `kube-apiserver-audit-…` are read"
    } else if has("apiVersion") && has("kind") {
        "a Kubernetes object; give it to `podtrail inventory`"
    } else if has("detail-type") || has("detail") {
        return bridge(value("detail-type").unwrap_or("\"\""));
    } else if has("s3Bucket") || has("s3ObjectKey") {
        "a CloudTrail notification; ingest the object that it names"
    } else if value("Event") == Some("\"s3:TestEvent\"") {
        "the test message of an S3 notification"
    } else if has("TopicArn") || has("Message") {
        "an SNS message; ingest the objects that it names"
    } else if has("configurationItems") {
        "an AWS Config snapshot"
    } else {
        return unknown(json, members);
    };
    format!("not a CloudTrail record: it looks like {looks_like}")
}

fn bridge(detail_type: &str) -> String {
    let name: String = detail_type.trim_matches('"').chars().take(80).collect();
    format!(
        "not a CloudTrail record: it looks like an EventBridge event `{name}`, expected one whose `detail` is a CloudTrail record"
    )
}

fn unknown(json: &str, members: &[Member]) -> String {
    let short = |member: &Member| member.key.of(json).chars().take(40).collect::<String>();
    let keys: Vec<String> = members
        .iter()
        .filter(|member| member.level == 1)
        .take(5)
        .map(|member| format!("`{}`", short(member)))
        .collect();
    let seen = if keys.is_empty() {
        "no keys".to_owned()
    } else {
        format!("the keys {}", keys.join(", "))
    };
    format!(
        "not a CloudTrail record: it has {seen}; expected one of `eventVersion`, `eventTime`, `eventSource`, `eventName`, `eventID`, `userIdentity`"
    )
}
