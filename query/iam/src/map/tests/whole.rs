//! Checks over the whole of the tables and the rules' sources.

use super::*;
use crate::catalog::{catalog, operations};

/// The rules' sources, in which every action is written as a literal.
const RULES: &[&str] = &[
    include_str!("../rules/bedrock.rs"),
    include_str!("../rules/dynamodb.rs"),
    include_str!("../rules/ec2.rs"),
    include_str!("../rules/gateway.rs"),
    include_str!("../rules/iam.rs"),
    include_str!("../rules/kms.rs"),
    include_str!("../rules/lambda.rs"),
    include_str!("../rules/mod.rs"),
    include_str!("../rules/pass_role.rs"),
    include_str!("../rules/s3.rs"),
    include_str!("../rules/s3_express.rs"),
    include_str!("../rules/secrets.rs"),
    include_str!("../rules/ssm.rs"),
    include_str!("../rules/sts.rs"),
    include_str!("../rules/tags.rs"),
];

/// Condition keys look like actions; they begin with a lower-case letter or are these.
const KEYS: &[&str] = &[
    "ec2:CreateAction",
    "iam:PassedToService",
    "iam:AWSServiceName",
    "kms:EncryptionAlgorithm",
    "kms:GranteePrincipal",
    "kms:GrantOperations",
    "kms:MacAlgorithm",
    "kms:RetiringPrincipal",
    "kms:SigningAlgorithm",
    "kms:ViaService",
    "s3:versionid",
    "sts:ExternalId",
    "sts:RoleSessionName",
    "sts:SourceIdentity",
];

#[test]
fn every_action_in_the_rules_exists() {
    let mut seen = 0;
    for source in RULES {
        for literal in source.split('"').skip(1).step_by(2) {
            let Some((prefix, name)) = literal.split_once(':') else {
                continue;
            };
            let looks = !name.is_empty()
                && name.bytes().all(|b| b.is_ascii_alphanumeric())
                && name.starts_with(char::is_uppercase);
            if looks && catalog().service(prefix).is_some() && !KEYS.contains(&literal) {
                assert_eq!(catalog().is_action(literal), Some(literal));
                seen += 1;
            }
        }
    }
    assert!(seen > 80, "the scan finds the literals: {seen}");
}

#[test]
fn every_condition_key_in_the_rules_exists() {
    for key in KEYS {
        let service = catalog().service(key.split(':').next().unwrap()).unwrap();
        assert!(service.keys.iter().any(|k| k.name.eq_ignore_ascii_case(key)), "{key}");
    }
}

#[test]
fn every_exception_leads_to_existing_actions() {
    let mut events = std::collections::BTreeSet::new();
    for (event, targets) in names::exception_rows() {
        assert!(events.insert(event), "{event} stands twice");
        for target in targets.split(',') {
            assert_eq!(catalog().is_action(target), Some(target), "{event}");
        }
        assert!(!targets.split(',').any(|t| t == event), "{event} needs no exception");
    }
    assert!(events.len() > 150);
}

#[test]
fn every_role_passed_is_of_an_operation_that_exists() {
    let mut seen = std::collections::BTreeSet::new();
    for (operations_of, rest) in names::rows(include_str!("../../../data/passed_roles.tsv")) {
        let (prefix, pattern) = operations_of.split_once(':').unwrap();
        let known = operations()
            .services()
            .find(|(p, _)| *p == prefix)
            .map(|(_, list)| list);
        let list = known.unwrap_or_else(|| panic!("{prefix} has no operations"));
        let matches = |o: &&crate::catalog::Operation| crate::catalog::matches_ignoring_case(pattern, o.name);
        assert!(list.iter().find(matches).is_some(), "{operations_of}");
        let (paths, service) = rest.split_once('\t').unwrap();
        assert!(
            service == "-" || service.ends_with(".amazonaws.com"),
            "{operations_of}: {service}"
        );
        assert!(seen.insert((operations_of, paths)), "{operations_of} stands twice");
    }
    assert!(seen.len() > 100);
}

#[test]
fn every_host_alias_leads_to_a_service() {
    for (alias, prefix) in names::rows(include_str!("../../../data/hosts.tsv")) {
        assert!(catalog().service(prefix).is_some(), "{alias} → {prefix}");
    }
}

#[test]
fn every_operation_maps_to_existing_actions_or_says_why() {
    for (prefix, list) in operations().services() {
        for operation in list {
            let record = json!({"eventSource": format!("{prefix}.amazonaws.com"), "eventName": operation.name});
            let mapping = mapped(&record);
            let actions = mapping["actions"].as_array().unwrap();
            assert_eq!(actions.is_empty(), mapping["unmapped"].is_string(), "{mapping}");
            for action in actions {
                let name = action["action"].as_str().unwrap();
                assert_eq!(catalog().is_action(name), Some(name));
                assert!(
                    !action["resources"].as_array().unwrap().is_empty(),
                    "{record}: {mapping}"
                );
            }
        }
    }
}

#[test]
fn gauge_is_as_recorded() {
    let now = serde_json::to_string_pretty(&gauge()).unwrap();
    println!("{now}");
    assert_eq!(
        now.trim(),
        include_str!("../gauge.json").trim(),
        "review the change, then record it in src/map/gauge.json"
    );
}

#[test]
fn gauge_reaches_what_is_owed() {
    let gauge = gauge();
    assert_eq!(
        gauge.mapped + gauge.without_permission + gauge.unknown,
        gauge.operations
    );
    assert!(gauge.full_arn * 100 >= gauge.resource_level * 80, "{gauge:?}");
    let asked = gauge.operations - gauge.without_permission;
    assert!(gauge.mapped * 100 >= asked * 99, "{} of {asked}", gauge.mapped);
    let named: usize = gauge
        .known_unknowns
        .values()
        .flat_map(|s| s.values().map(Vec::len))
        .sum();
    assert_eq!(named, gauge.unknown, "every unknown operation is named");
}
