//! What a JSON object is: a CloudTrail record, a wrapping of one, or something else with a name.

use crate::walk::Member;

/// One of these keys makes an object a CloudTrail record.
pub(crate) fn is_record_key(key: &[u8]) -> bool {
    matches!(
        key,
        b"eventVersion" | b"eventTime" | b"eventSource" | b"eventName" | b"eventID" | b"userIdentity"
    )
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

/// The reason why this object is no CloudTrail record; `None` when it is one.
pub(crate) fn foreign(json: &str, members: &[Member]) -> Option<String> {
    let value = |key: &str| value_of(json, members, key);
    let has = |key: &str| value(key).is_some();
    if is_record(json, members) {
        // S3 notifications borrow CloudTrail's field names; their source is `aws:s3`.
        let source = value("eventSource").unwrap_or_default();
        let notification = source.starts_with("\"aws:") && !has("userIdentity") && !has("eventID");
        return notification.then(|| {
            "an S3 (or other service) notification, not a CloudTrail record: ingest the object that it names".to_owned()
        });
    }
    let looks_like = if has("digestS3Object") || has("digestEndTime") {
        "a CloudTrail digest file, which holds no records"
    } else if has("class_uid") || has("category_uid") {
        "an OCSF event (Security Lake); ingest the CloudTrail log files themselves"
    } else if value("apiVersion").is_some_and(|version| version.starts_with("\"audit.k8s.io")) || has("auditID") {
        "a Kubernetes audit event"
    } else if has("apiVersion") && has("kind") {
        "a Kubernetes object; give it to `podtrail inventory`"
    } else if has("detail-type") || has("detail") {
        return Some(bridge(value("detail-type").unwrap_or("\"\"")));
    } else if has("s3Bucket") || has("s3ObjectKey") {
        "a CloudTrail notification; ingest the object that it names"
    } else if value("Event") == Some("\"s3:TestEvent\"") {
        "the test message of an S3 notification"
    } else if has("TopicArn") || has("Message") {
        "an SNS message; ingest the objects that it names"
    } else if has("configurationItems") {
        "an AWS Config snapshot"
    } else {
        return Some(unknown(json, members));
    };
    Some(format!("not a CloudTrail record: it looks like {looks_like}"))
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
