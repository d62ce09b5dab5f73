//! The variants: that each is there, and that the estate's evidence is what the truth says of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Made, SMALL, plain};
use crate::estate::told;
use crate::pods::standing_pods;
use crate::*;

#[test]
fn every_variant_occurs_in_a_small_estate() {
    let wanted = "irsa.boto3 irsa.go irsa.java irsa.javascript irsa.javascript_v2 irsa.rust irsa.ruby irsa.dotnet \
        irsa.php_global_endpoint irsa.named_after_pod irsa.pod_address irsa.only_pod irsa.token_request \
        irsa.self_managed_issuer irsa.recreated_cluster_before irsa.recreated_cluster_after irsa.same_cluster_name \
        irsa.no_issue_one_trusted irsa.no_issue_several_trusted pod_identity.tagged pod_identity.untagged \
        pod_identity.association_policy pod_identity.same_cluster_name pod_identity.target_role_same_account \
        pod_identity.target_role_other_account pod_identity.no_issue pod_identity.incoming_tags_alone \
        pod_identity.tags_of_another_account pod_identity.association_created pod_identity.association_changed \
        pod_identity.association_deleted chain.one_hop chain.two_hops chain.role_assumes_itself forwarded \
        forwarded_without_key node.agent node.only_pod_without_role static_key claimed_tags \
        claimed_tags_of_another_account forged_tags lambda ecs ec2 sso saml other_oidc other_oidc_serviceaccount \
        service_linked";
    let events = SMALL.events();
    let found: BTreeSet<&str> = events.iter().map(|event| event.variant.as_str()).collect();
    let missing: Vec<_> = wanted.split_whitespace().filter(|name| !found.contains(name)).collect();
    assert!(
        missing.is_empty(),
        "not in the estate: {missing:?}; there are {found:?}"
    );
}

#[test]
fn the_audit_log_holds_what_its_truth_says() {
    let files: Vec<&File> = SMALL
        .files
        .iter()
        .filter(|file| file.path.starts_with("audit/"))
        .collect();
    let (mut records, mut answered, mut pods) = (0, 0, BTreeSet::new());
    for file in files {
        let bytes = plain(file);
        for envelope in serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>() {
            let envelope = envelope.unwrap();
            assert_eq!(envelope["logGroup"], "/aws/eks/data-prod/cluster");
            for line in envelope["logEvents"].as_array().unwrap() {
                let event: Value = serde_json::from_str(line["message"].as_str().unwrap()).unwrap();
                records += 1;
                answered += u64::from(event["stage"] == "ResponseComplete");
                if let Some(pod) = event["requestObject"]["spec"]["boundObjectRef"]["name"].as_str() {
                    pods.insert(pod.to_owned());
                }
            }
        }
    }
    assert_eq!(
        (records, answered),
        (SMALL.truth.audit.records, SMALL.truth.audit.stored)
    );
    let by_token = SMALL
        .events()
        .into_iter()
        .filter(|event| event.variant == "irsa.token_request");
    let named: BTreeSet<String> = by_token.filter_map(|event| event.pod).collect();
    assert!(named.len() > 1 && named.is_subset(&pods), "{named:?}");
}

#[test]
fn no_two_standing_pods_share_an_address() {
    let window = clock::Window::ending(Options::default().end);
    let mut of_address = BTreeMap::new();
    for workload in told().filter(|workload| !workload.job) {
        for pod in standing_pods(workload, 1, window) {
            let other = of_address.insert(pod.ip.clone(), pod.name.clone());
            assert_eq!(other, None, "{} has the address of another", pod.name);
        }
    }
    assert!(of_address.len() > 60);
}

/// The pod that lives on its node's role can be told only while nobody else there lacks a role of its own.
#[test]
fn a_pod_on_the_role_of_its_node_is_alone_in_that() {
    let window = clock::Window::ending(Options::default().end);
    for seed in 1..20 {
        let without = told().filter(|each| matches!(each.grant, estate::Grant::Node | estate::Grant::StaticKey(_)));
        let nodes: Vec<_> = without
            .flat_map(|each| standing_pods(each, seed, window))
            .map(|pod| pod.node)
            .collect();
        assert_eq!(nodes.len(), nodes.iter().collect::<BTreeSet<_>>().len(), "{nodes:?}");
    }
}

#[test]
fn findings_are_about_what_the_inventory_or_the_trail_holds() {
    let all: String = SMALL
        .files
        .iter()
        .filter(|file| file.path.starts_with("inventory/"))
        .map(|file| String::from_utf8_lossy(&file.bytes).into_owned())
        .collect();
    assert!(SMALL.truth.findings.len() > 25);
    for finding in &SMALL.truth.findings {
        let last = finding.about.rsplit('/').next().unwrap();
        let key = finding.kind == "static_key_from_cluster";
        assert!(
            key == last.starts_with("AKIA") && (key || all.contains(last)),
            "{finding:?}"
        );
    }
}

#[test]
fn workloads_by_number_act_and_are_granted_their_roles() {
    let options = Options {
        events: 4_000,
        workloads: 30,
        ..Options::default()
    };
    let made = Made::with(options);
    let numbered: Vec<_> = (made.truth.workloads.iter())
        .filter(|each| each.service_account.starts_with("service-"))
        .collect();
    assert_eq!(numbered.len(), 30);
    let iam: String = (made.files.iter())
        .filter(|file| file.path.starts_with("inventory/iam-"))
        .map(|file| String::from_utf8_lossy(&file.bytes).into_owned())
        .collect();
    for workload in &numbered {
        assert!(workload.calls > 0, "{workload:?}");
        for role in workload.used.keys() {
            assert!(iam.contains(role), "{role}");
        }
    }
    // The estate around them is the same as without them.
    let stories = |made: &Made| {
        let told = made
            .truth
            .workloads
            .iter()
            .filter(|each| !each.service_account.starts_with("service-"));
        told.map(|each| (each.cluster.clone(), each.service_account.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(stories(&made), stories(&SMALL));
}

#[test]
fn an_event_costs_32_bytes_of_plan() {
    assert_eq!(size_of::<plan::Moment>(), 32);
}
