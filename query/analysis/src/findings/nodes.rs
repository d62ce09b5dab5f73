//! What pods can get from the node that they run on.

use std::collections::BTreeSet;

use super::draft::{Draft, Drafts, count};
use super::facts::Facts;
use crate::answer::Remedy;
use crate::inventory::Instance;
use crate::shell;

/// Instances shown with a command.
const COMMANDS: usize = 20;

/// Pods that use the role of their node.
pub(super) fn fallback(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    for used in &facts.node_calls {
        let draft = drafts.entry(&used.role_arn, || Draft::of_role(&used.role_arn));
        draft.why = "A pod without a role of its own, or somebody on the node, uses the node's role: every pod of the node can \
                     do the same, and which one did cannot be told."
            .to_owned();
        draft.workloads.extend(used.workload.as_ref().map(|w| facts.id(w)));
        let text = format!(
            "{} of `{}`, first this one",
            count(used.calls, "call"),
            used.event_source
        );
        draft.event(&used.sample_event_id, (used.first_seen, used.last_seen), text);
    }
    let mut found = drafts.into_vec();
    for draft in &mut found {
        let instances: Vec<&Instance> = alive(facts)
            .filter(|i| role_of(facts, i) == Some(draft.subject.as_str()))
            .collect();
        draft.cluster = cluster_of(facts, &instances);
        draft.remedy = Remedy {
            summary: "Give the pods that need it a role of their own, take those permissions from the node's role, and set \
                      the hop limit of the metadata service to 1, so that only pods in the host's network reach it. Set it \
                      in the launch template too, for nodes to come."
                .to_owned(),
            command: require(&instances),
            ..Remedy::default()
        };
    }
    found
}

/// Instances that hand out credentials to a plain GET.
pub(super) fn imds_v1(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    let mut instances: Vec<(String, &Instance)> = Vec::new();
    for instance in nodes(facts).filter(|i| i.http_tokens.as_deref() == Some("optional")) {
        let draft = by_role(facts, &mut drafts, instance);
        draft.note(format!("`{}` does not require IMDSv2", instance.id));
        instances.push((draft.subject.clone(), instance));
    }
    for used in &facts.imds_v1 {
        let draft = drafts.entry(&used.role_arn, || Draft::of_role(&used.role_arn));
        let text = format!("`{}` had its credentials by IMDSv1", used.instance_id);
        draft.event(&used.sample_event_id, (used.first_seen, used.last_seen), text);
    }
    let mut found = drafts.into_vec();
    for draft in &mut found {
        draft.why =
            "One forged request of a web application (SSRF) is enough to read the node's credentials.".to_owned();
        let own: Vec<&Instance> = instances
            .iter()
            .filter(|(s, _)| *s == draft.subject)
            .map(|(_, i)| *i)
            .collect();
        draft.cluster = cluster_of(facts, &own);
        draft.remedy = Remedy {
            summary: "Require IMDSv2, in the launch template too; look first for clients that still ask the old way."
                .to_owned(),
            command: require(&own),
            ..Remedy::default()
        };
    }
    found
}

/// Nodes whose metadata service answers over a hop, and so to pods.
pub(super) fn hop_limit(facts: &Facts<'_>) -> Vec<Draft> {
    let mut drafts = Drafts::default();
    let mut instances: Vec<(String, &Instance)> = Vec::new();
    for instance in nodes(facts).filter(|i| i.hop_limit.is_some_and(|limit| limit > 1)) {
        let draft = by_role(facts, &mut drafts, instance);
        let limit = instance.hop_limit.unwrap_or_default();
        draft.note(format!("`{}` has the hop limit {limit}", instance.id));
        instances.push((draft.subject.clone(), instance));
    }
    let mut found = drafts.into_vec();
    for draft in &mut found {
        draft.why =
            "Every pod on such a node can take the credentials of the node's role; a role of its own does not keep it \
                     from that."
                .to_owned();
        let own: Vec<&Instance> = instances
            .iter()
            .filter(|(s, _)| *s == draft.subject)
            .map(|(_, i)| *i)
            .collect();
        draft.cluster = cluster_of(facts, &own);
        draft.remedy = Remedy {
            summary: "Set the hop limit to 1, in the launch template too, once no pod needs the metadata service."
                .to_owned(),
            command: require(&own),
            ..Remedy::default()
        };
    }
    found
}

/// A draft for the instance's role; for the instance where its role is not known.
fn by_role<'d>(facts: &Facts<'_>, drafts: &'d mut Drafts, instance: &Instance) -> &'d mut Draft {
    match role_of(facts, instance) {
        Some(role) => drafts.entry(role, || Draft::of_role(role)),
        None => drafts.entry(&instance.id, || Draft {
            subject: instance.id.clone(),
            ..Draft::default()
        }),
    }
}

fn alive<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a Instance> + use<'a> {
    facts.inventory.instances.iter().filter(|i| i.ended_at.is_none())
}

/// Instances that are nodes: those that Kubernetes names; of a VPC of a cluster whose nodes are not known, all.
fn nodes<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a Instance> + use<'a> {
    let inventory = facts.inventory;
    alive(facts).filter(move |i| {
        let named = inventory.nodes.iter().any(|n| n.instance_id.as_deref() == Some(&i.id));
        let mut here = inventory
            .clusters
            .iter()
            .filter(|c| c.vpc_id.is_some() && c.vpc_id == i.vpc_id);
        named || here.any(|c| !inventory.nodes.iter().any(|n| n.cluster == c.reference()))
    })
}

/// The role of an instance.
pub(super) fn role_of<'a>(facts: &Facts<'a>, instance: &Instance) -> Option<&'a str> {
    let arn = instance.instance_profile_arn.as_deref()?;
    let profile = facts.inventory.instance_profiles.iter().find(|p| p.arn == arn)?;
    profile.roles.first().map(String::as_str)
}

/// The cluster that all of them are nodes of.
fn cluster_of(facts: &Facts<'_>, instances: &[&Instance]) -> Option<String> {
    let node = |i: &&Instance| {
        facts
            .inventory
            .nodes
            .iter()
            .find(|n| n.instance_id.as_deref() == Some(&i.id))
    };
    let clusters: BTreeSet<&str> = instances.iter().filter_map(node).map(|n| n.cluster.as_str()).collect();
    let only = clusters.first().filter(|_| clusters.len() == 1)?;
    Some(
        facts
            .cluster(only)
            .map_or_else(|| (*only).to_owned(), |c| c.name.clone()),
    )
}

fn require(instances: &[&Instance]) -> Option<String> {
    let one = |i: &&Instance| {
        let mut words = vec!["aws", "ec2", "modify-instance-metadata-options"];
        if let Some(region) = &i.region {
            words.extend(["--region", region]);
        }
        words.extend([
            "--instance-id",
            &i.id,
            "--http-tokens",
            "required",
            "--http-put-response-hop-limit",
            "1",
        ]);
        shell::command(&words)
    };
    let lines: BTreeSet<String> = instances.iter().map(one).collect();
    (!lines.is_empty()).then(|| lines.into_iter().take(COMMANDS).collect::<Vec<_>>().join("\n"))
}
