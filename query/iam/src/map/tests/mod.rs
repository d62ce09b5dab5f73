//! Situations of the mapping, by service; what each call must give is read from AWS's documentation.

mod compute;
mod confirm;
mod data;
mod identity;
mod properties;
mod real;
mod s3;
mod whole;

use serde_json::{Value, json};

use super::*;

/// A successful call by a role of account 111122223333 in eu-west-1.
fn call(service: &str, name: &str, parameters: Value) -> Value {
    json!({
        "eventID": "0",
        "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name,
        "eventType": "AwsApiCall",
        "awsRegion": "eu-west-1",
        "recipientAccountId": "111122223333",
        "userIdentity": {
            "type": "AssumedRole",
            "accountId": "111122223333",
            "arn": "arn:aws:sts::111122223333:assumed-role/app/1",
            "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::111122223333:role/app"}},
        },
        "requestParameters": parameters,
    })
}

/// The record with a top-level field set.
fn with(mut record: Value, field: &str, value: Value) -> Value {
    record[field] = value;
    record
}

/// Maps a record as the command line does.
fn mapped(record: &Value) -> Value {
    serde_json::from_str(&map_line(&record.to_string())).unwrap()
}

/// All `action resource` pairs of a record, in order.
fn pairs(record: &Value) -> Vec<String> {
    let mapping = mapped(record);
    let actions = mapping["actions"].as_array().unwrap_or_else(|| panic!("{mapping}"));
    let resources = |a: &Value| a["resources"].as_array().unwrap().clone();
    let pair = |a: &Value, r: &Value| format!("{} {}", a["action"].as_str().unwrap(), r.as_str().unwrap());
    actions
        .iter()
        .flat_map(|a| resources(a).iter().map(|r| pair(a, r)).collect::<Vec<_>>())
        .collect()
}

/// Each situation: its name, the record, and the pairs it must give.
fn check(situations: &[(&str, Value, &[&str])]) {
    for (name, record, expected) in situations {
        assert_eq!(pairs(record), *expected, "{name}: {}", mapped(record));
    }
}

/// The condition values of an action of the record.
fn condition(record: &Value, action: &str, key: &str) -> Vec<String> {
    let mapping = mapped(record);
    let found = mapping["actions"]
        .as_array()
        .unwrap()
        .iter()
        .find(|a| a["action"] == action)
        .cloned();
    let found = found.unwrap_or_else(|| panic!("no {action} in {mapping}"));
    found["conditions"][key]
        .as_array()
        .into_iter()
        .flatten()
        .map(|v| v.as_str().unwrap().to_owned())
        .collect()
}

/// Why a record maps to nothing.
fn unmapped(record: &Value) -> String {
    let mapping = mapped(record);
    assert_eq!(mapping["actions"], json!([]), "{mapping}");
    mapping["unmapped"].as_str().unwrap().to_owned()
}
