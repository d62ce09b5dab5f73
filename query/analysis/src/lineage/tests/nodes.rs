//! Instances: their cluster, their agents, and the pod that uses the node's role for want of its own.

use super::*;

const INSTANCE: &str = "i-07574d724fb843fda";

/// A call with the node's credentials that no agent makes.
fn caller() -> Caller {
    Caller {
        ec2_role_delivery: text("2.0"),
        ..session("ASIA1", "node", INSTANCE, 0)
    }
}

fn on_node(pod: Pod) -> Pod {
    Pod {
        node: text("n1"),
        ips: vec![format!("10.0.1.{}", pod.name.len())],
        ..pod
    }
}

/// In the network of its node.
fn on_host(pod: Pod) -> Pod {
    Pod {
        ips: vec!["10.0.0.9".to_owned()],
        ..on_node(pod)
    }
}

fn in_system(pod: Pod) -> Pod {
    Pod {
        namespace: "kube-system".to_owned(),
        ..pod
    }
}

fn plain(sa: &str) -> ServiceAccount {
    ServiceAccount {
        role_arn: None,
        ..annotated(sa, "x")
    }
}

fn known(pods: Vec<Pod>) -> Inventory {
    Inventory {
        clusters: vec![prod()],
        nodes: vec![node("n1", INSTANCE)],
        service_accounts: vec![plain("job"), plain("batch"), annotated("cart", "cart")],
        pods,
        ..Inventory::default()
    }
}

fn who_at(inventory: &Inventory, first: i64, last: i64) -> String {
    let source = CallerSource {
        caller_key: caller_key(&caller()),
        first_seen: at(first),
        last_seen: at(last),
        ..CallerSource::default()
    };
    let evidence = Evidence {
        sources: vec![source],
        ..evidence(vec![], vec![caller()])
    };
    let row = attribution(&resolve(&evidence, inventory), &caller());
    assert_eq!(row.mechanism, Mechanism::NodeRole);
    assert_eq!(row.cluster.arn.as_deref(), Some(CLUSTER), "the node's cluster");
    format!(
        "{} {}({}) | {}",
        word(row.workload_class),
        row.service_account.as_deref().unwrap_or("-"),
        pod_line(&row),
        row.method
    )
}

#[test]
fn the_only_pod_without_a_role_of_its_own_is_inferred() {
    let found = "inferred job(job-1(inferred) | only pod on the node without a role of its own) | \
                 only pod on this node without a role of its own";
    let nobody = "none -(-(none) | -) | pod on this node";
    let job = || on_node(pod("job-1", "job", 0, 100));
    let elsewhere = Pod {
        node: text("n2"),
        ..pod("batch-1", "batch", 0, 100)
    };
    for (situation, pods, expected) in [
        ("the only one", vec![job()], found),
        (
            "beside a pod with a role",
            vec![job(), on_node(pod("cart-1", "cart", 0, 100))],
            found,
        ),
        (
            "beside agents",
            vec![job(), in_system(on_host(pod("aws-node", "aws-node", 0, 100)))],
            found,
        ),
        ("beside pods of other nodes", vec![job(), elsewhere], found),
        (
            "beside one that was gone",
            vec![job(), on_node(pod("batch-1", "batch", 0, 9))],
            found,
        ),
        (
            "beside another",
            vec![job(), on_node(pod("batch-1", "batch", 0, 10))],
            nobody,
        ),
        (
            "its ServiceAccount is not known",
            vec![on_node(pod("who-1", "who", 0, 100))],
            nobody,
        ),
        (
            "beside one whose ServiceAccount is not known",
            vec![job(), on_node(pod("who-1", "who", 0, 100))],
            nobody,
        ),
        ("none", vec![], nobody),
    ] {
        assert_eq!(who_at(&known(pods), 10, 20), expected, "{situation}");
    }
}

#[test]
fn an_association_is_a_role_of_its_own() {
    let inventory = Inventory {
        associations: vec![association("prod", "job", "job")],
        ..known(vec![
            on_node(pod("job-1", "job", 0, 100)),
            on_node(pod("batch-1", "batch", 0, 100)),
        ])
    };
    assert!(who_at(&inventory, 10, 20).starts_with("inferred batch(batch-1"));
}

#[test]
fn a_hop_limit_of_one_keeps_pods_with_a_network_of_their_own_away() {
    let pods = || {
        vec![
            on_node(pod("job-1", "job", 0, 100)),
            on_host(pod("batch-1", "batch", 0, 100)),
        ]
    };
    for (limit, expected) in [
        (None, "none -"),
        (Some(2), "none -"),
        (Some(1), "inferred batch(batch-1"),
    ] {
        let instance = Instance {
            id: INSTANCE.to_owned(),
            hop_limit: limit,
            ..Instance::default()
        };
        let inventory = Inventory {
            instances: vec![instance],
            ..known(pods())
        };
        let who = who_at(&inventory, 10, 20);
        assert!(who.starts_with(expected), "{limit:?}: {who}");
    }
}

#[test]
fn without_the_times_of_its_calls_a_caller_may_be_any_pod_since_its_session_began() {
    let who = |pods| {
        let row = attribution(&resolve(&evidence(vec![], vec![caller()]), &known(pods)), &caller());
        row.service_account
    };
    let job = || on_node(pod("job-1", "job", -50, 100));
    assert_eq!(who(vec![job(), on_node(pod("batch-1", "batch", -50, -1))]), text("job"));
    assert_eq!(who(vec![job(), on_node(pod("batch-1", "batch", 900, 901))]), None);
}

#[test]
fn agents_and_forwarded_calls_are_no_pods() {
    let inventory = known(vec![on_node(pod("job-1", "job", 0, 100))]);
    let agent = Caller {
        node_agent: text(agents::KUBELET),
        ..caller()
    };
    let forwarded = Caller {
        invoked_by: text("secretsmanager.amazonaws.com"),
        ..caller()
    };
    for (caller, method) in [(agent, "node agent"), (forwarded, "credentials of an ec2 instance")] {
        assert_eq!(
            who(vec![], &caller, &inventory),
            format!("none node_role eu-west-1:111111111111:cluster/prod/-/- -(none) | {method} | - | ASIA1 | node")
        );
    }
}
