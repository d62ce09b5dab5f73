//! The policies of the README grant what the code asks of AWS, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use podtrail_aws::ACTIONS;
use podtrail_iam::policy::{ActionPattern, Effect, Pattern, Policy, PolicyKind, Selector, Statement};
use podtrail_live::kubernetes::{ISSUER_PATH, KINDS, VERBS};
use serde_json::Value;

/// How the README names the bucket and the prefix of a trail, and those of a lake.
const TRAIL: &str = "YOUR-TRAIL-BUCKET";
const LAKE: &str = "YOUR-LAKE-BUCKET";
/// What S3 sends to a queue when notifications are set up: spelled like an action, and none.
const TEST_EVENT: &str = "s3:TestEvent";
/// Whoever has credentials may ask whose they are.
const NEEDS_NONE: &str = "sts:GetCallerIdentity";
/// Actions that are granted on `*` alone, as they name no resource (Service Authorization Reference).
const UNNAMED: [&str; 8] = [
    "cloudtrail:LookupEvents",
    "cloudtrail:ListPublicKeys",
    "eks:ListClusters",
    "iam:GetAccountAuthorizationDetails",
    "iam:ListOpenIDConnectProviders",
    "ec2:DescribeInstances",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeNatGateways",
];

fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The policies of Podtrail itself, by use: those whose statements are named `Podtrail` and the use.
fn policies() -> BTreeMap<&'static str, Policy> {
    let readme = std::fs::read_to_string(checkout().join("README.md")).unwrap();
    let mut found = BTreeMap::new();
    for block in readme.split("```json\n").skip(1) {
        let text = block.split("```").next().unwrap();
        let Ok(policy) = Policy::parse(text) else {
            // What holds policies within is another document.
            let document: Value = serde_json::from_str(text).unwrap_or_default();
            assert!(document.get("Statement").is_none(), "no policy: {text}");
            continue;
        };
        policy.check(PolicyKind::Identity).unwrap();
        for (used, _) in ACTIONS {
            let sid = format!("podtrail{used}");
            let named = |statement: &Statement| {
                statement
                    .sid()
                    .is_some_and(|name| name.to_lowercase().starts_with(&sid))
            };
            if policy.statements().iter().any(named) {
                assert!(policy.statements().iter().all(named), "{used}: {text}");
                assert!(found.insert(used, policy.clone()).is_none(), "two policies for {used}");
            }
        }
    }
    found
}

fn granted(policy: &Policy) -> BTreeSet<&str> {
    policy
        .statements()
        .iter()
        .flat_map(|statement| match statement.actions() {
            Selector::Only(actions) => actions.iter().map(ActionPattern::source),
            Selector::Except(_) => panic!("a policy that grants all but some"),
        })
        .collect()
}

/// An ARN that the action is asked for on, as the README's placeholders make it.
fn resource(used: &str, action: &str) -> String {
    let bucket = if used == "lake" { LAKE } else { TRAIL };
    if UNNAMED.contains(&action) {
        return "*".to_owned();
    }
    match action.split(':').collect::<Vec<_>>()[..] {
        ["s3", "ListBucket"] => format!("arn:aws:s3:::{bucket}"),
        ["s3", _] if used == "lake" => format!("arn:aws:s3:::{bucket}/podtrail/events/_delta_log/0.json"),
        ["s3", _] => format!("arn:aws:s3:::{bucket}/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/01/a.json.gz"),
        ["sqs", _] => "arn:aws:sqs:eu-west-1:111122223333:trail-events".to_owned(),
        ["kms", _] => "arn:aws:kms:eu-west-1:111122223333:key/KEY-ID".to_owned(),
        ["sts", _] => "arn:aws:iam::111122223333:role/trail-reader".to_owned(),
        ["eks", "DescribePodIdentityAssociation"] => {
            "arn:aws:eks:eu-west-1:111122223333:podidentityassociation/prod/a-1".to_owned()
        }
        ["eks", _] => "arn:aws:eks:eu-west-1:111122223333:cluster/prod".to_owned(),
        ["iam", _] => "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0A".to_owned(),
        _ => panic!("no resource for {action}"),
    }
}

fn allows(statement: &Statement, action: &str, resource: &str) -> bool {
    let on = |patterns: &Selector<Pattern>| match patterns {
        Selector::Only(patterns) => patterns.iter().any(|pattern| pattern.matches(resource) == Some(true)),
        Selector::Except(_) => false,
    };
    statement.effect() == Effect::Allow
        && statement.conditions().is_empty()
        && statement.matches_action(action)
        && statement.resources().is_some_and(on)
}

#[test]
fn each_policy_grants_the_actions_of_its_use_and_no_other() {
    let policies = policies();
    for (used, actions) in ACTIONS {
        let policy = policies
            .get(used)
            .unwrap_or_else(|| panic!("no policy of README.md is for {used}"));
        let needed: BTreeSet<&str> = actions.iter().copied().collect();
        assert_eq!(granted(policy), needed, "{used}");
        for action in actions {
            let on = resource(used, action);
            let allowed = policy.statements().iter().any(|each| allows(each, action, &on));
            assert!(allowed, "{used}: {action} on {on}");
        }
    }
    assert_eq!(policies.len(), ACTIONS.len());
}

#[test]
fn a_policy_names_its_resources_where_an_action_has_any() {
    for (used, policy) in policies() {
        for statement in policy.statements() {
            let everywhere = allows_everything(statement);
            let Selector::Only(actions) = statement.actions() else {
                panic!("{used}")
            };
            let unnamed = actions.iter().all(|action| UNNAMED.contains(&action.source()));
            assert_eq!(everywhere, unnamed, "{used}: {statement:?}");
        }
    }
}

fn allows_everything(statement: &Statement) -> bool {
    match statement.resources() {
        Some(Selector::Only(patterns)) => patterns.iter().any(|pattern| pattern.source() == "*"),
        _ => true,
    }
}

#[test]
fn every_action_that_the_code_names_is_listed() {
    let listed: BTreeSet<&str> = ACTIONS
        .iter()
        .flat_map(|(_, actions)| actions.iter().copied())
        .collect();
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = ["ingest/aws/src", "ingest/src", "query/live/src", "api/src/cli"]
        .map(|folder| checkout().join(folder))
        .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    let mut seen = BTreeSet::new();
    for file in files {
        let is_list = file.ends_with("ingest/aws/src/lib.rs");
        let text = std::fs::read_to_string(&file).unwrap();
        for action in text.split('"').filter(|piece| is_action(piece)) {
            assert!(
                listed.contains(action),
                "{}: {action} is not in ACTIONS",
                file.display()
            );
            if !is_list {
                seen.insert(action.to_owned());
            }
        }
    }
    for asked in [
        "s3:ListBucket",
        "s3:GetObject",
        "sqs:ReceiveMessage",
        "cloudtrail:LookupEvents",
        "eks:DescribePodIdentityAssociation",
        "iam:GetAccountAuthorizationDetails",
        "ec2:DescribeVpcEndpoints",
    ] {
        assert!(seen.contains(asked), "{asked} was not found in the code: {seen:?}");
    }
}

/// Whether a text is an action of a service that Podtrail calls.
fn is_action(text: &str) -> bool {
    text.split_once(':').is_some_and(|(service, name)| {
        ["s3", "sqs", "cloudtrail", "sts", "kms", "eks", "iam", "ec2"].contains(&service)
            && name.starts_with(|first: char| first.is_ascii_uppercase())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric())
            && text != TEST_EVENT
            && text != NEEDS_NONE
    })
}

#[test]
fn the_cluster_role_allows_what_is_asked_of_kubernetes_and_no_more() {
    let readme = std::fs::read_to_string(checkout().join("README.md")).unwrap();
    let role = readme
        .split("```yaml\n")
        .find(|block| block.contains("kind: ClusterRole"))
        .unwrap();
    let role = role.split("```").next().unwrap();
    // Lists are written as JSON, so each can be read by itself.
    let lists = |name: &str| -> Vec<Vec<String>> {
        let named = role
            .lines()
            .filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix(name));
        named.map(|list| serde_json::from_str(list).unwrap()).collect()
    };
    let resources: Vec<String> = KINDS.iter().map(|kind| kind.resource().to_owned()).collect();
    assert_eq!(lists("resources: "), [resources]);
    assert_eq!(lists("apiGroups: "), [[""]]);
    assert_eq!(lists("nonResourceURLs: "), [[ISSUER_PATH]]);
    assert_eq!(
        lists("verbs: "),
        [VERBS.map(str::to_owned).to_vec(), vec!["get".to_owned()]]
    );
}
