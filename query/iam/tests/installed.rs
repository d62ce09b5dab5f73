//! Tables with AWS's service reference merged over them, installed as `podtrail` does at its start. The documents are
//! made for this test; `tidepool` and `sqs:PeekMessage` do not exist. One test: what is installed stays for the process.
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use podtrail_iam::catalog::{self, catalog, embedded, reference};
use podtrail_iam::map::map_line;
use podtrail_iam::simulate::simulate_line;
use serde_json::{Value, json};

fn documents() -> Vec<reference::ServiceReference> {
    let files = [
        ("sqs.json", include_str!("reference/sqs.json")),
        ("tidepool.json", include_str!("reference/tidepool.json")),
        ("kms.json", include_str!("reference/kms.json")),
    ];
    let read = files.map(|(file, text)| reference::parse(file, text).unwrap());
    read.into_iter().flatten().collect()
}

fn mapped(service: &str, name: &str) -> Value {
    let record = json!({
        "eventSource": format!("{service}.amazonaws.com"), "eventName": name, "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333",
    });
    serde_json::from_str(&map_line(&record.to_string())).unwrap()
}

#[test]
fn a_new_action_maps_and_evaluates() {
    let merged = catalog::merge(embedded(), &documents(), "2027-01-31").unwrap();
    let changes = json!(merged.changes);
    assert_eq!(changes["services"], 3);
    assert_eq!(changes["services_added"], json!(["tidepool"]));
    assert_eq!(
        changes["actions_added"],
        json!(["sqs:PeekMessage", "tidepool:FillPool", "tidepool:ListPools"])
    );
    assert_eq!(changes["actions_changed"]["kms:Decrypt"], json!(["keys", "level"]));
    let gone = changes["actions_gone"].as_array().unwrap();
    assert!(gone.contains(&json!("sqs:DeleteMessage")) && !gone.contains(&json!("sqs:SendMessage")));
    // One action alone, and neither an exception nor an action of the operation's name.
    assert_eq!(
        changes["operations_learned"],
        json!({"sqs:PeekMessageBatch": "sqs:PeekMessage"})
    );

    assert!(
        catalog::install(b"something else").is_err(),
        "refused, and nothing is installed"
    );
    catalog::install(&merged.file).unwrap();
    assert_eq!(catalog().data_date(), "2027-01-31");
    assert_eq!(catalog().is_action("SQS:peekmessage"), Some("sqs:PeekMessage"));
    assert_eq!(
        catalog().is_action("sqs:DeleteMessage"),
        Some("sqs:DeleteMessage"),
        "kept"
    );
    assert_eq!(
        catalog().access_level("kms:Decrypt"),
        Some(catalog::AccessLevel::PermissionsManagement)
    );
    assert_eq!(embedded().is_action("sqs:PeekMessage"), None);
    let in_use = catalog::install(&merged.file).unwrap_err().to_string();
    assert!(in_use.contains("in use already"), "{in_use}");

    assert_eq!(
        mapped("tidepool", "FillPool")["actions"][0]["action"],
        "tidepool:FillPool"
    );
    assert_eq!(
        mapped("sqs", "PeekMessageBatch")["actions"][0]["action"],
        "sqs:PeekMessage"
    );
    assert_eq!(
        mapped("sqs", "SendMessageBatch")["actions"][0]["action"],
        "sqs:SendMessage"
    );
    assert!(mapped("sqs", "MoveBetweenQueues")["unmapped"].is_string());

    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "tidepool:Fill*", "Resource": "arn:aws:tidepool:eu-west-1:111122223333:pool/a"},
        {"Effect": "Allow", "Action": "tidepool:ListPools", "Resource": "arn:aws:tidepool:eu-west-1:111122223333:pool/a"}
    ]});
    let situations = [
        ("tidepool:FillPool", "pool/a", "allow"),
        ("tidepool:FillPool", "pool/b", "implicit_deny"),
        // The reference gives it no resources, so an ARN in a policy does not reach it.
        ("tidepool:ListPools", "pool/a", "implicit_deny"),
    ];
    for (action, tail, expected) in situations {
        let request = json!({
            "principal": {"arn": "arn:aws:sts::111122223333:assumed-role/app/1"}, "identity_policies": [policy],
            "action": action, "resource": format!("arn:aws:tidepool:eu-west-1:111122223333:{tail}"),
        });
        let answer: Value = serde_json::from_str(&simulate_line(&request.to_string())).unwrap();
        assert_eq!(answer["decision"], expected, "{action} {tail}: {answer}");
    }
}
