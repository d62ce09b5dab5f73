//! Real records, where they are at hand (`../shared/data`, see its README): nothing of them is copied here.

use std::io::Read;
use std::path::{Path, PathBuf};

use podtrail_event::{Event, Limits, parse};

use super::*;
use crate::inventory::{ConfigurationEvent, RoleTrust, Version};

/// The folder of real records, or a message and nothing.
fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/real")
        .join(name);
    let found = path.is_dir().then_some(path);
    if found.is_none() {
        println!("skipped: no real records of `{name}` here");
    }
    found
}

/// The records of all files below a folder, each event once.
fn records(folder: &Path) -> Vec<Value> {
    let mut found: std::collections::BTreeMap<String, Value> = std::collections::BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            for record in of_file(&std::fs::read(path).unwrap()) {
                found.insert(record["eventID"].as_str().unwrap_or_default().to_owned(), record);
            }
        }
    }
    found.into_values().collect()
}

/// A file is `{"Records": […]}`, an array, or JSON lines; gzip or plain.
fn of_file(bytes: &[u8]) -> Vec<Value> {
    let mut plain = bytes.to_vec();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        plain.clear();
        flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap();
    }
    match serde_json::from_slice(&plain) {
        Ok(Value::Array(records)) => records,
        Ok(Value::Object(mut file)) if file.contains_key("Records") => {
            file["Records"].as_array_mut().map(std::mem::take).unwrap()
        }
        Ok(record) => vec![record],
        Err(_) => plain
            .split(|byte| *byte == b'\n')
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect(),
    }
}

/// An event's caller, as the engine fills it from the columns.
fn caller_of(event: &Event<'_>) -> Caller {
    let json = |text: &Option<std::borrow::Cow<'_, str>>| {
        text.as_deref()
            .and_then(|text| serde_json::from_str::<Value>(text).ok())
            .unwrap_or_default()
    };
    let (request, response) = (json(&event.request_parameters), json(&event.response_elements));
    let caller = CallerRef {
        identity_type: event.identity_type.as_deref(),
        principal_id: event.principal_id.as_deref(),
        identity_arn: event.identity_arn.as_deref(),
        identity_account_id: event.identity_account_id.as_deref(),
        access_key_id: event.access_key_id.as_deref(),
        user_name: event.user_name.as_deref(),
        invoked_by: event.invoked_by.as_deref(),
        issuer_arn: event.issuer_arn.as_deref(),
        issuer_id: event.issuer_id.as_deref(),
        session_name: event.session_name.as_deref(),
        session_created: event.session_created,
        federated_provider: event.federated_provider.as_deref(),
        ec2_role_delivery: event.ec2_role_delivery.as_deref(),
        shared_event_id: event.shared_event_id.as_deref(),
        issued_access_key_id: response["credentials"]["accessKeyId"].as_str(),
        requested_role_arn: request["roleArn"].as_str(),
        recipient_account_id: event.recipient_account_id.as_deref(),
        node_agent: node_agent(
            event.event_source.as_deref(),
            event.event_name.as_deref(),
            event.user_agent.as_deref(),
        ),
    };
    caller
        .reduced(event.event_source.as_deref(), event.event_name.as_deref())
        .to_caller()
}

fn sts_call_of(event: &Event<'_>) -> StsCall {
    let owned = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
    StsCall {
        event_id: event.event_id.to_string(),
        event_time: event.event_time,
        event_name: owned(&event.event_name).unwrap_or_default(),
        recipient_account_id: owned(&event.recipient_account_id),
        error_code: owned(&event.error_code),
        shared_event_id: owned(&event.shared_event_id),
        caller: caller_of(event),
        request_parameters: owned(&event.request_parameters),
        response_elements: owned(&event.response_elements),
    }
}

/// Every record's event name and attribution.
fn resolved(name: &str) -> Option<Vec<(String, Caller, Attribution)>> {
    let folder = folder(name)?;
    let texts: Vec<String> = records(&folder).iter().map(Value::to_string).collect();
    let events: Vec<Event<'_>> = texts
        .iter()
        .filter_map(|text| parse(text.as_bytes(), 0, &Limits::default()).ok())
        .collect();
    let sts = |event: &&Event<'_>| is_assume_role(event.event_source.as_deref(), event.event_name.as_deref());
    let evidence = Evidence {
        callers: events.iter().map(caller_of).collect(),
        sts_calls: events.iter().filter(sts).map(sts_call_of).collect(),
        shared_calls: Vec::new(),
        ..Evidence::default()
    };
    let lineage = resolve(&evidence, &Inventory::default());
    let rows = events.iter().map(|event| {
        let caller = caller_of(event);
        let row = attribution(&lineage, &caller);
        (event.event_name.as_deref().unwrap_or_default().to_owned(), caller, row)
    });
    Some(rows.collect())
}

/// Assumed-role calls, those joined to an issue by key, and those joined by principal id and creation time.
fn joins(name: &str) -> Option<(usize, usize, usize)> {
    let rows = resolved(name)?;
    let sessions: Vec<_> = rows
        .iter()
        .filter(|(_, caller, ..)| caller.identity_type.as_deref() == Some("AssumedRole"))
        .collect();
    let joined = |keyed: bool| {
        sessions
            .iter()
            .filter(|(_, caller, row)| caller.access_key_id.is_some() == keyed && row.evidence_event_id.is_some())
            .count()
    };
    Some((sessions.len(), joined(true), joined(false)))
}

#[test]
fn invictus_all_sessions_join_their_issue() {
    if let Some(joins) = joins("invictus") {
        assert_eq!(joins, (76, 70, 6));
    }
}

#[test]
fn stratus_sessions_whose_issue_is_there_join() {
    if let Some((sessions, by_key, by_time)) = joins("stratus") {
        assert_eq!((sessions, by_key + by_time), (68, 47));
    }
}

#[test]
fn nothing_in_accounts_without_kubernetes_is_a_workload() {
    for name in ["invictus", "stratus", "eventbridge"] {
        for (event, _, row) in resolved(name).into_iter().flatten() {
            assert_eq!(
                (row.workload_class, &row.namespace, &row.cluster.name),
                (Class::None, &None, &None),
                "{event}: {row:?}"
            );
            assert!(
                !matches!(row.mechanism, Mechanism::Irsa | Mechanism::PodIdentity),
                "{event}: {row:?}"
            );
        }
    }
}

#[test]
fn pod_identity_issues_name_their_pods_and_the_node_asks_in_its_own_name() {
    let Some(rows) = resolved("eks") else { return };
    let issues: Vec<String> = rows
        .iter()
        .filter(|(event, ..)| event == "AssumeRole")
        .map(|(.., row)| line(row))
        .collect();
    let cluster = "us-west-2:823571991546:cluster/eksworkshop-eksctl";
    assert_eq!(
        issues,
        [
            format!(
                "exact pod_identity {cluster}/ns-a/sa1 app1(exact) | issued credentials | 7b7e4636-4713-3d04-b86a-cd6774cdbae9 | - | eks-pod-s3-read-access-role"
            ),
            format!(
                "exact pod_identity {cluster}/app1/default app1-v1-56b9f94b4-dvd5c(exact) | issued credentials | 8164df1a-e944-36e0-a98f-380f0c97e81d | - | aws-sigv4-client"
            ),
        ]
    );
    let nodes: Vec<_> = rows
        .iter()
        .filter(|(event, ..)| event == "AssumeRoleForPodIdentity")
        .collect();
    assert_eq!(nodes.len(), 3);
    assert!(
        nodes
            .iter()
            .all(|(.., row)| (row.mechanism, row.workload_class) == (Mechanism::NodeRole, Class::None))
    );
}

#[test]
fn the_other_web_identity_is_not_eks() {
    let Some(rows) = resolved("eks") else { return };
    let federated: Vec<_> = rows
        .iter()
        .filter(|(_, caller, ..)| caller.federated_provider.is_some())
        .collect();
    assert_eq!(federated.len(), 1);
    for (.., row) in federated {
        assert!(
            line(row).starts_with("none other -/-/- -(none) | identity provider that is not eks"),
            "{row:?}"
        );
    }
}

#[test]
fn changes_of_trust_policies_are_read_from_the_log() {
    let Some(folder) = folder("invictus") else { return };
    let records: Vec<String> = records(&folder).iter().map(Value::to_string).collect();
    let owned = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
    let events: Vec<ConfigurationEvent> = (records.iter())
        .filter_map(|text| parse(text.as_bytes(), 0, &Limits::default()).ok())
        .map(|event| ConfigurationEvent {
            event_id: event.event_id.to_string(),
            event_time: event.event_time,
            event_source: owned(&event.event_source).unwrap_or_default(),
            event_name: owned(&event.event_name).unwrap_or_default(),
            recipient_account_id: owned(&event.recipient_account_id),
            aws_region: owned(&event.aws_region),
            error_code: owned(&event.error_code),
            request_parameters: owned(&event.request_parameters),
            response_elements: owned(&event.response_elements),
        })
        .collect();
    let history = Inventory::default().with_history(&[], &events).history;
    // Made for EC2, then opened to another account, then deleted.
    let backdoor: Vec<_> = (history.trusts.iter())
        .filter(|version| version.item.arn.ends_with(":role/stratus-red-team-backdoor-r-role"))
        .collect();
    let opened = |version: &&&Version<RoleTrust>| version.item.trust_policy.contains("193672423079");
    assert_eq!(backdoor.iter().filter(opened).count(), 1, "{backdoor:#?}");
    assert!(backdoor.iter().all(|version| version.until.is_some()), "{backdoor:#?}");
    assert!(
        backdoor.iter().all(|version| version.item.role_id.is_some()),
        "{backdoor:#?}"
    );
    assert_eq!(history.contradictions, []);
}
