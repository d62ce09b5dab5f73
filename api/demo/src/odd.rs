//! Events that services make on their own, and records that strain a parser.

use serde_json::{Value, json};

use crate::calls::merge;
use crate::clock::iso;
use crate::estate::{Account, DATA, PLATFORM};
use crate::plan::at;
use crate::record::{Facts, Rendered, Scene, text};
use crate::session::Origin;
use crate::truth::{EventTruth, Mechanism};

/// The odd records, by what is odd about them.
pub(crate) static ODDITIES: &[&str] = &[
    "no_event_id",
    "no_event_time",
    "null_identity",
    "identity_without_type",
    "numbers_for_text",
    "unknown_fields",
    "parameters_are_text",
    "all_null",
    "insight",
    "root_login",
    "newer_version",
    "addendum",
];

/// An event that a service makes on its own: a log delivery check, a key rotation, a deletion.
pub(crate) fn service_event(scene: &mut Scene, kind: u32) -> Rendered {
    let service = at(&["cloudtrail", "kms", "secretsmanager"], kind)
        .copied()
        .unwrap_or("kms");
    let host = format!("{service}.amazonaws.com");
    let identity = match service {
        "cloudtrail" => json!({"type": "AWSService", "invokedBy": host}),
        _ => json!({"accountId": PLATFORM.id, "invokedBy": host}),
    };
    let mut facts = Facts::sts("GetBucketAcl", PLATFORM.region, &PLATFORM, identity);
    facts.ip.clone_from(&host);
    facts.agent = host;
    facts.host = None;
    match service {
        "cloudtrail" => {
            facts.source = "s3";
            facts.parameters = json!({"bucketName": "shopcloud-reports", "acl": "",
                "Host": "shopcloud-reports.s3.eu-west-1.amazonaws.com"});
            facts.shared = Some(scene.rng.uuid());
        }
        "kms" => {
            facts.source = "kms";
            facts.event = "RotateKey";
            facts.read_only = false;
        }
        _ => {
            facts.source = "secretsmanager";
            facts.event = "EndSecretVersionDelete";
            facts.read_only = false;
        }
    }
    let truth = scene.truth(&Origin::none(Mechanism::Other, "service"), None);
    let mut rendered = scene.rendered(&facts, truth, None);
    if service != "cloudtrail" {
        merge(
            &mut rendered.record,
            json!({"eventType": "AwsServiceEvent", "serviceEventDetails": {"note": "scheduled"}}),
        );
        rendered.truth.situations.push("service_event".to_owned());
    }
    rendered
}

/// One odd record. Nothing in it may be taken for a workload; what else a reader says of it is not stated.
pub(crate) fn oddity(scene: &mut Scene, kind: u32) -> Option<Rendered> {
    let name = at(ODDITIES, kind)?;
    let recipient: &'static Account = if kind.is_multiple_of(2) { &PLATFORM } else { &DATA };
    let identity = json!({"type": "AWSService", "invokedBy": "config.amazonaws.com"});
    let mut facts = Facts::sts("DescribeVpcs", recipient.region, recipient, identity);
    facts.source = "ec2";
    facts.ip = "config.amazonaws.com".to_owned();
    facts.agent = "config.amazonaws.com".to_owned();
    facts.host = None;
    let mut record = scene.record(&facts);
    distort(&mut record, name, recipient, scene);
    let mut truth = scene.truth(&Origin::none(Mechanism::Other, "odd"), None);
    truth = EventTruth {
        mechanism: None,
        event_id: text(&record, "eventID"),
        ..truth
    };
    truth.recipient_account_id = text(&record, "recipientAccountId");
    truth.situations.push(format!("odd_{name}"));
    Some(Rendered {
        recipient,
        region: recipient.region,
        record,
        truth,
        usage: None,
    })
}

fn distort(record: &mut Value, name: &str, recipient: &Account, scene: &mut Scene) {
    match name {
        "no_event_id" => remove(record, "eventID"),
        "no_event_time" => remove(record, "eventTime"),
        "null_identity" => merge(record, json!({"userIdentity": null})),
        "identity_without_type" => merge(
            record,
            json!({"userIdentity": {"accountId": recipient.id,
            "invokedBy": "health.amazonaws.com"}}),
        ),
        "numbers_for_text" => merge(
            record,
            json!({"eventVersion": 1.08, "userAgent": 17, "errorCode": 404,
            "sourceIPAddress": ["203.0.113.9"], "readOnly": "true"}),
        ),
        "unknown_fields" => {
            let identity =
                json!({"type": "AWSService", "invokedBy": "config.amazonaws.com", "futureField": {"a": [1, 2]}});
            merge(
                record,
                json!({"futureTop": {"deep": [{"x": null}]}, "userIdentity": identity}),
            );
        }
        "parameters_are_text" => merge(
            record,
            json!({"requestParameters": "HIDDEN_DUE_TO_SECURITY_REASONS",
            "responseElements": "omitted", "resources": {}, "additionalEventData": [1, "two"]}),
        ),
        "all_null" => all_null(record),
        "insight" => merge(record, insight(scene)),
        "root_login" => merge(record, root_login(recipient)),
        "newer_version" => merge(
            record,
            json!({"eventVersion": "2.0", "eventType": "AwsFutureEvent",
            "eventCategory": "Future"}),
        ),
        _ => merge(
            record,
            json!({"addendum": {"reason": "DELIVERY_DELAY", "updatedFields": null,
            "originalEventID": scene.rng.uuid()}}),
        ),
    }
}

fn remove(record: &mut Value, field: &str) {
    if let Some(fields) = record.as_object_mut() {
        fields.remove(field);
    }
}

/// Every field is there, and nothing but the key and the time has a value.
fn all_null(record: &mut Value) {
    let kept = ["eventID", "eventTime", "recipientAccountId"];
    for (name, value) in record.as_object_mut().into_iter().flatten() {
        if !kept.contains(&name.as_str()) {
            *value = Value::Null;
        }
    }
}

fn insight(scene: &mut Scene) -> Value {
    json!({"eventType": "AwsCloudTrailInsight", "eventCategory": "Insight", "userIdentity": null,
        "sharedEventID": scene.rng.uuid(), "eventTime": iso(scene.moment.at()),
        "insightDetails": {"state": "Start", "eventSource": "ssm.amazonaws.com", "eventName": "GetParameter",
            "insightType": "ApiCallRateInsight",
            "insightContext": {"statistics": {"baseline": {"average": 0.02}, "insight": {"average": 1.5}}}}})
}

fn root_login(recipient: &Account) -> Value {
    let arn = format!("arn:aws:iam::{}:root", recipient.id);
    json!({"eventType": "AwsConsoleSignIn", "eventSource": "signin.amazonaws.com", "eventName": "ConsoleLogin",
        "userIdentity": {"type": "Root", "principalId": recipient.id, "arn": arn, "accountId": recipient.id, "accessKeyId": ""},
        "sourceIPAddress": "192.0.2.77", "userAgent": "Mozilla/5.0", "responseElements": {"ConsoleLogin": "Success"}})
}
