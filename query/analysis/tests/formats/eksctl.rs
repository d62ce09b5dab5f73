//! eksctl publishes a JSON schema, but no package registry carries it; here it is held to by types of its documented
//! fields, and where `eksctl` is installed by the schema that it prints.

use std::process::Command;

use podtrail_analysis::answer::{PolicyKind, Recommendation};
use podtrail_analysis::formats::{Format, render};
use podtrail_analysis::lineage::Mechanism;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fixtures::{ROLE, made_of, shop, situations, with_documents};
use crate::parts::{python_json, run};
use crate::proposed::normal;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ClusterConfig {
    api_version: String,
    kind: String,
    metadata: Metadata,
    iam: Iam,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Metadata {
    name: String,
    /// The schema asks for it; it is left out, and that is said, where it is not known.
    region: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Iam {
    #[serde(rename = "withOIDC", default)]
    with_oidc: bool,
    #[serde(default)]
    service_accounts: Vec<ServiceAccount>,
    #[serde(default)]
    pod_identity_associations: Vec<Association>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ServiceAccount {
    metadata: Subject,
    attach_policy: Option<Value>,
    #[serde(rename = "attachPolicyARNs", default)]
    attach_policy_arns: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    name: String,
    namespace: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Association {
    namespace: String,
    service_account_name: String,
    permission_policy: Option<Value>,
    #[serde(rename = "permissionPolicyARNs", default)]
    permission_policy_arns: Vec<String>,
    #[serde(rename = "roleARN")]
    role_arn: Option<String>,
    #[serde(default)]
    disable_session_tags: bool,
    policy: Option<String>,
}

fn read(file: &str) -> Vec<ClusterConfig> {
    let configs: Vec<ClusterConfig> = serde_saphyr::from_multiple(file).unwrap_or_else(|e| panic!("{e}\n{file}"));
    for config in &configs {
        assert_eq!(
            (config.api_version.as_str(), config.kind.as_str()),
            ("eksctl.io/v1alpha5", "ClusterConfig")
        );
        assert!(
            config.metadata.region.is_some() || file.contains("add metadata.region"),
            "{file}"
        );
        // eksctl refuses ServiceAccounts without it.
        assert_eq!(config.iam.with_oidc, !config.iam.service_accounts.is_empty());
    }
    configs
}

fn only(one: &Recommendation) -> ClusterConfig {
    let mut all = read(&render(std::slice::from_ref(one), Format::Eksctl));
    assert_eq!(all.len(), 1);
    all.remove(0)
}

#[test]
fn every_situation_is_read_and_gives_each_service_account_one_role() {
    for (name, recommendations) in situations() {
        let file = render(&recommendations, Format::Eksctl);
        for config in read(&file) {
            let subject = |a: &Association| (a.namespace.clone(), a.service_account_name.clone());
            let mut subjects: Vec<_> = config.iam.pod_identity_associations.iter().map(subject).collect();
            subjects.extend(
                config
                    .iam
                    .service_accounts
                    .iter()
                    .map(|s| (s.metadata.namespace.clone(), s.metadata.name.clone())),
            );
            let all = subjects.len();
            subjects.sort();
            subjects.dedup();
            assert!(subjects.len() == all, "{name}\n{file}");
        }
    }
}

#[test]
fn the_mechanism_chooses_the_list() {
    let by_irsa = only(&shop(Mechanism::Irsa)).iam;
    assert_eq!(
        (by_irsa.service_accounts.len(), by_irsa.pod_identity_associations.len()),
        (1, 0)
    );
    let account = &by_irsa.service_accounts[0];
    assert_eq!(
        (account.metadata.namespace.as_str(), account.metadata.name.as_str()),
        ("shop", "cart")
    );
    let one = shop(Mechanism::Irsa);
    let expected = one.recommendations[0].policies[0].document.clone();
    assert_eq!(account.attach_policy, expected);
    for mechanism in [Mechanism::PodIdentity, Mechanism::NodeRole] {
        let config = only(&shop(mechanism));
        assert_eq!(
            (config.metadata.name.as_str(), config.metadata.region.as_deref()),
            ("prod", Some("eu-west-1"))
        );
        let association = &config.iam.pod_identity_associations[0];
        assert_eq!(
            (
                association.namespace.as_str(),
                association.service_account_name.as_str()
            ),
            ("shop", "cart")
        );
        assert_eq!(
            (&association.permission_policy, &association.role_arn),
            (&expected, &None)
        );
    }
}

#[test]
fn documents_of_every_shape_are_read_back() {
    for (name, all) in situations() {
        let Some(kind) = ["Managed", "Inline", "Association"]
            .iter()
            .find(|kind| name.starts_with(**kind))
        else {
            continue;
        };
        let document = all[0].recommendations[0].policies[0].document.clone().unwrap();
        let association = only(&all[0]).iam.pod_identity_associations.remove(0);
        if *kind == "Association" {
            assert_eq!(
                (association.role_arn.as_deref(), association.disable_session_tags),
                (Some(ROLE), true)
            );
            let policy: Value = serde_json::from_str(&association.policy.unwrap()).unwrap();
            assert_eq!(
                (normal(&policy), association.permission_policy),
                (normal(&document), None)
            );
        } else {
            assert_eq!(association.permission_policy, Some(document), "{name}");
        }
    }
}

#[test]
fn several_documents_are_named_and_not_cut() {
    let document =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "a:b", "Resource": "*"}]});
    let mut one = with_documents(PolicyKind::Managed, &[document.clone(), document]);
    let arns = [
        "arn:aws:iam::111122223333:policy/policy-0",
        "arn:aws:iam::111122223333:policy/policy-1",
    ];
    assert_eq!(only(&one).iam.pod_identity_associations[0].permission_policy_arns, arns);
    one.mechanism = vec![Mechanism::Irsa];
    assert_eq!(only(&one).iam.service_accounts[0].attach_policy_arns, arns);
    assert!(render(&[one], Format::Eksctl).contains("make these policies first"));
}

#[test]
fn roles_that_eksctl_does_not_set_up_are_named() {
    let (_, two) = situations().into_iter().find(|(name, _)| name == "two roles").unwrap();
    let file = render(&two, Format::Eksctl);
    assert!(
        file.contains("arn:aws:iam::444455556666:role/cart is left out, for it is in another account"),
        "{file}"
    );
    assert_eq!(read(&file)[0].iam.service_accounts.len(), 1);
    let mut chained = two[0].clone();
    chained.recommendations[1].role_arn = "arn:aws:iam::111122223333:role/second".to_owned();
    chained.recommendations[1].trust.current =
        Some(json!({"Statement": {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "sts:AssumeRole"}}));
    let file = render(&[chained], Format::Eksctl);
    assert!(
        file.contains("role/second is left out, for it is assumed with another role's sessions"),
        "{file}"
    );
    assert!(read(&file)[0].iam.service_accounts[0].attach_policy.is_some());
    let nothing = render(&[made_of(Vec::new(), Mechanism::Irsa)], Format::Eksctl);
    assert!(
        nothing.lines().all(|line| line.starts_with("# ")) && !nothing.is_empty(),
        "{nothing}"
    );
}

#[test]
fn the_schema_of_an_installed_eksctl_is_kept() {
    let Some(schema) = run(Command::new("eksctl").args(["utils", "schema"]), "") else {
        return;
    };
    let schema: Value = serde_json::from_slice(&schema.stdout).unwrap();
    let known: Vec<Vec<Recommendation>> = situations()
        .into_iter()
        .filter(|(name, _)| name != "all" && name != "an unknown cluster")
        .map(|(_, all)| all)
        .collect();
    let files: Vec<Value> = known
        .iter()
        .flat_map(|all| serde_saphyr::from_multiple::<Value>(&render(all, Format::Eksctl)).unwrap())
        .collect();
    let program = "import json, sys, jsonschema\nschema, files = json.load(sys.stdin)\n\
                   validator = jsonschema.Draft7Validator(schema)\n\
                   print(json.dumps([[error.message for error in validator.iter_errors(file)] for file in files]))";
    let Some(errors) = python_json(program, &json!([schema, files]).to_string()) else {
        return;
    };
    for (file, errors) in files.iter().zip(errors.as_array().unwrap()) {
        assert_eq!(errors, &json!([]), "{file}");
    }
}
