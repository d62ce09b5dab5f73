//! Nodes.

use super::*;
use crate::inventory::{Instance, InstanceProfile, Node};

const NODE: &str = "arn:aws:iam::111122223333:role/node";
const ID: &str = "i-0a1f4c2be7d390615";

pub(super) fn with_node(w: &mut World, tokens: &str, hops: u32) {
    let profile = "arn:aws:iam::111122223333:instance-profile/node";
    w.inventory.instance_profiles.push(InstanceProfile {
        arn: profile.to_owned(),
        roles: vec![NODE.to_owned()],
    });
    w.inventory.instances.push(Instance {
        id: ID.to_owned(),
        region: text("eu-west-1"),
        vpc_id: text("vpc-1"),
        public_ip: text("203.0.113.9"),
        instance_profile_arn: text(profile),
        http_tokens: text(tokens),
        hop_limit: Some(hops),
        ..Instance::default()
    });
    w.inventory.nodes.push(Node {
        cluster: CLUSTER.to_owned(),
        name: "ip-10-0-0-1".to_owned(),
        instance_id: text(ID),
        ips: Vec::new(),
    });
}

#[test]
fn metadata_services() {
    check(&[
        ("as it should be", &|w| with_node(w, "required", 1), &[]),
        (
            "IMDSv1 is let in",
            &|w| with_node(w, "optional", 1),
            &["medium imds_v1 arn:aws:iam::111122223333:role/node"],
        ),
        (
            "pods reach it",
            &|w| with_node(w, "required", 2),
            &["medium imds_hop_limit arn:aws:iam::111122223333:role/node"],
        ),
        (
            "the role is not known",
            &|w| {
                with_node(w, "required", 2);
                w.inventory.instance_profiles.clear();
            },
            &["medium imds_hop_limit i-0a1f4c2be7d390615"],
        ),
        (
            "an instance that is no node",
            &|w| {
                with_node(w, "optional", 2);
                w.inventory.instances[0].id = "i-0ffffffff".to_owned();
            },
            &[],
        ),
        (
            "an instance of the cluster's VPC, whose nodes are not known",
            &|w| {
                with_node(w, "optional", 1);
                w.inventory.nodes.clear();
            },
            &["medium imds_v1 arn:aws:iam::111122223333:role/node"],
        ),
        (
            "a node that is gone",
            &|w| {
                with_node(w, "optional", 2);
                w.inventory.instances[0].ended_at = day(1);
            },
            &[],
        ),
        (
            "IMDSv1 in the log",
            &|w| {
                w.facts.imds_v1.push(InstanceUse {
                    role_arn: NODE.to_owned(),
                    instance_id: ID.to_owned(),
                    first_seen: day(1),
                    last_seen: day(2),
                    sample_event_id: "v1".to_owned(),
                });
            },
            &["medium imds_v1 arn:aws:iam::111122223333:role/node"],
        ),
    ]);
}

#[test]
fn a_pod_on_the_nodes_role() {
    let mut world = sound();
    with_node(&mut world, "required", 1);
    world.facts.node_calls.push(NodeCalls {
        workload: Some(workload("shop", "cart")),
        role_arn: NODE.to_owned(),
        event_source: "s3.amazonaws.com".to_owned(),
        calls: 3,
        first_seen: day(1),
        last_seen: day(2),
        sample_event_id: "get".to_owned(),
    });
    let finding = world.findings().remove(0);
    assert_eq!(line(&finding), format!("medium node_role_fallback {NODE}"));
    assert_eq!(finding.workloads, ["shop-prod/shop/cart"]);
    assert_eq!(finding.cluster.as_deref(), Some("shop-prod"));
    assert_eq!(
        finding.remedy.command.as_deref(),
        Some(
            "aws ec2 modify-instance-metadata-options --region eu-west-1 --instance-id i-0a1f4c2be7d390615 --http-tokens \
             required --http-put-response-hop-limit 1"
        )
    );
}

fn agent(user_agent: &str) -> AgentCalls {
    AgentCalls {
        role_arn: text(NODE),
        session_name: text(ID),
        user_agent: user_agent.to_owned(),
        address: text("203.0.113.9"),
        calls: 1,
        first_seen: day(1),
        last_seen: day(1),
        sample_event_id: "by-hand".to_owned(),
    }
}

#[test]
fn tokens_given_to_eks() {
    check(&[
        (
            "by the command line",
            &|w| {
                w.facts.agents.push(agent(
                    "aws-cli/2.15.38 md/x command/eks-auth.assume-role-for-pod-identity",
                ))
            },
            &["high cli_pod_identity_call arn:aws:iam::111122223333:role/node"],
        ),
        (
            "by the agent",
            &|w| {
                w.facts
                    .agents
                    .push(agent("aws-sdk-go-v2/1.30.3 os/linux api/eksauth#1.0.1"))
            },
            &[],
        ),
    ]);
}
