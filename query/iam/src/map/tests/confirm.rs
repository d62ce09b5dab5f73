//! The mapping against the messages of denied calls.

use super::*;

fn denied(service: &str, name: &str, message: &str) -> Value {
    let record = with(call(service, name, json!({})), "errorCode", json!("AccessDenied"));
    with(record, "errorMessage", json!(message))
}

fn counted(records: &[Value]) -> Confirmation {
    let mut counting = Counting::default();
    for record in records {
        counting.add_line(&record.to_string());
    }
    counting.finish()
}

#[test]
fn each_kind_of_answer_is_counted_once() {
    let not = |action: &str| format!("User: u is not authorized to perform: {action} on resource: r");
    let counts = counted(&[
        call("s3", "ListObjects", json!({})),
        denied("s3", "ListObjects", &not("s3:ListBucket")),
        denied("s3", "ListBuckets", "Access Denied"),
        denied("connect", "ListTestCases", &not("connect:ListInstances")),
        denied("sqs", "SendMessage", &not("kms:GenerateDataKey")),
        denied("sqs", "SendMessage", &not("kms:GenerateDataKey")),
        json!("no record"),
    ]);
    let disagreement = |source: &str, name: &str, denied, mapped: &[&'static str], calls| Disagreement {
        event_source: format!("{source}.amazonaws.com"),
        event_name: name.to_owned(),
        denied,
        mapped: mapped.to_vec(),
        calls,
    };
    let expected = Confirmation {
        lines: 7,
        unreadable: 1,
        denied: 5,
        unnamed: 1,
        confirmed: 1,
        corrected: 1,
        contradicted: 2,
        disagreements: vec![
            disagreement("connect", "ListTestCases", "connect:ListInstances", &[], 1),
            disagreement("sqs", "SendMessage", "kms:GenerateDataKey", &["sqs:SendMessage"], 2),
        ],
    };
    assert_eq!(counts, expected);
}

#[test]
fn the_order_of_the_log_does_not_matter() {
    let not = |action: &str| format!("User: u is not authorized to perform: {action} on resource: r");
    let mut records = vec![
        denied("sqs", "SendMessage", &not("kms:Decrypt")),
        denied("s3", "GetObject", &not("s3:GetObjectVersion")),
        denied("s3", "GetObject", &not("s3:GetObject")),
    ];
    let there = counted(&records);
    records.reverse();
    assert_eq!(counted(&records), there);
}
