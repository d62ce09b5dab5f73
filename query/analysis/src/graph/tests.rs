//! Situations of the graph, and what holds for all of them.

use proptest::prelude::*;

use super::*;

fn used(workload: &str, role: &str, resource: &str, calls: u64) -> Use {
    Use {
        workload: format!("shop/ns/{workload}"),
        role_arn: role_arn(role),
        service: "s3".into(),
        resource: if resource == "*" {
            "*".into()
        } else {
            format!("arn:aws:s3:::{resource}")
        },
        calls,
        denied: 0,
        last_seen: Some(Timestamp(i64::try_from(calls).unwrap())),
    }
}

fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::111122223333:role/{name}")
}

fn way(workload: &str, roles: &[&str], calls: u64) -> Way {
    Way {
        workload: format!("shop/ns/{workload}"),
        chain: roles.iter().map(|role| role_arn(role)).collect(),
        calls,
        last_seen: Some(Timestamp(900)),
    }
}

fn make(uses: &[Use], ways: &[Way], limit: usize) -> Graph {
    graph(
        &uses.iter().collect::<Vec<_>>(),
        ways,
        limit,
        CoverageSummary::default(),
    )
}

/// Ids of nodes without their kind and ARN's beginning, by column.
fn columns(graph: &Graph) -> Vec<Vec<String>> {
    let last = graph.nodes.iter().map(|node| node.depth).max().unwrap_or_default();
    (0..=last)
        .map(|depth| {
            let column = graph.nodes.iter().filter(|node| node.depth == depth);
            column.map(|node| node.label.clone()).collect()
        })
        .collect()
}

fn calls(graph: &Graph, from: &str, to: &str) -> Option<u64> {
    let ends = |edge: &&GraphEdge| edge.from.ends_with(from) && edge.to.ends_with(to);
    graph.edges.iter().find(ends).map(|edge| edge.calls)
}

#[test]
fn one_use_is_a_path_through_every_column() {
    let graph = make(&[used("cart", "reader", "carts", 7)], &[], 10);
    assert_eq!(
        columns(&graph),
        [vec!["ns/cart"], vec!["reader"], vec!["s3"], vec!["carts"]]
    );
    let ids: Vec<_> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "workload:shop/ns/cart",
            "role:arn:aws:iam::111122223333:role/reader",
            "service:s3",
            "resource:arn:aws:s3:::carts"
        ]
    );
    assert_eq!(graph.edges.len(), 3);
    assert!(
        graph
            .edges
            .iter()
            .all(|edge| edge.calls == 7 && edge.last_seen == Some(Timestamp(7)))
    );
    assert_eq!(graph.omitted, Omitted::default());
}

#[test]
fn a_chain_puts_its_roles_in_columns() {
    let uses = [used("cart", "target", "carts", 5), used("cart", "base", "logs", 2)];
    let ways = [way("cart", &["base", "target"], 5), way("cart", &["base"], 3)];
    let graph = make(&uses, &ways, 10);
    assert_eq!(
        columns(&graph),
        [
            vec!["ns/cart".to_owned()],
            vec!["base".into()],
            vec!["target".into()],
            vec!["s3".into()],
            vec!["carts".into(), "logs".into()]
        ]
    );
    assert_eq!(
        calls(&graph, "ns/cart", "base"),
        Some(7),
        "all of it goes through the first role"
    );
    assert_eq!(calls(&graph, "base", "target"), Some(5));
    assert_eq!(calls(&graph, "target", "s3"), Some(5));
    assert_eq!(calls(&graph, "base", "s3"), Some(2));
}

#[test]
fn of_two_ways_to_a_role_the_most_called_carries_the_numbers_and_the_other_is_seen() {
    let uses = [used("cart", "target", "carts", 5)];
    let ways = [way("cart", &["target"], 1), way("cart", &["base", "target"], 4)];
    let graph = make(&uses, &ways, 10);
    assert_eq!(
        calls(&graph, "role/base", "role@2:arn:aws:iam::111122223333:role/target"),
        Some(5)
    );
    let direct = graph
        .edges
        .iter()
        .find(|edge| edge.to == format!("role:{}", role_arn("target")))
        .unwrap();
    assert_eq!((direct.calls, direct.last_seen), (0, Some(Timestamp(900))));
}

#[test]
fn roles_that_assume_each_other_make_no_loop() {
    let uses = [used("a", "two", "x", 1), used("b", "one", "y", 1)];
    let ways = [way("a", &["one", "two"], 1), way("b", &["two", "one"], 1)];
    let graph = make(&uses, &ways, 10);
    let depth = |id: &str| graph.nodes.iter().find(|node| node.id == id).unwrap().depth;
    assert!(graph.edges.iter().all(|edge| depth(&edge.from) < depth(&edge.to)));
    assert_eq!(columns(&graph)[1], ["one", "two"]);
    assert_eq!(columns(&graph)[2], ["one", "two"]);
}

#[test]
fn a_session_that_renews_itself_is_one_role() {
    let found = ways([
        way("cart", &["base", "base", "base"], 2),
        way("cart", &["base"], 3),
        way("cart", &["base", "target", "base"], 1),
    ]);
    assert_eq!(
        found,
        [way("cart", &["base"], 5), way("cart", &["base", "target", "base"], 1)]
    );
}

#[test]
fn any_resource_of_two_services_is_two() {
    let queue = Use {
        service: "sqs".into(),
        ..used("cart", "reader", "*", 1)
    };
    let graph = make(&[used("cart", "reader", "*", 1), queue], &[], 10);
    let ids: Vec<_> = graph
        .nodes
        .iter()
        .filter(|node| node.kind == NodeKind::Resource)
        .map(|node| &node.id)
        .collect();
    assert_eq!(ids, ["resource:s3:*", "resource:sqs:*"]);
}

#[test]
fn above_the_limit_the_least_called_are_one() {
    let uses: Vec<Use> = (1..=6)
        .map(|n| used(&format!("w{n}"), "reader", &format!("b{n}"), n))
        .collect();
    let cases = [
        (6, vec!["ns/w6", "ns/w5", "ns/w4", "ns/w3", "ns/w2", "ns/w1"], (0, 0)),
        (5, vec!["ns/w6", "ns/w5", "ns/w4", "ns/w3", "ns/w2", "ns/w1"], (0, 0)),
        (4, vec!["ns/w6", "ns/w5", "ns/w4", "ns/w3", "2 more"], (2, 3)),
        (1, vec!["ns/w6", "5 more"], (5, 15)),
    ];
    for (limit, expected, (folded, left_out)) in cases {
        let graph = make(&uses, &[], limit);
        assert_eq!(columns(&graph)[0], expected, "{limit}");
        let omitted = Omitted {
            workloads: folded,
            resources: folded,
            calls: left_out,
        };
        assert_eq!(graph.omitted, omitted, "{limit}");
    }
}

#[test]
fn denied_calls_stand_apart() {
    let refused = Use {
        calls: 0,
        denied: 4,
        ..used("cart", "reader", "carts", 1)
    };
    let graph = make(&[used("cart", "reader", "carts", 3), refused], &[], 10);
    assert!(graph.edges.iter().all(|edge| (edge.calls, edge.denied) == (3, 4)));
}

#[test]
fn no_use_is_an_empty_graph() {
    assert_eq!(make(&[], &[], 10), Graph::default());
}

prop_compose! {
    fn any_use()(w in 0_u8..30, r in 0_u8..8, b in 0_u8..40, calls in 0_u64..100, denied in 0_u64..5) -> Use {
        Use { denied, ..used(&format!("w{w}"), &format!("r{r}"), &format!("b{b}"), calls) }
    }
}

prop_compose! {
    fn any_way()(w in 0_u8..30, roles in proptest::collection::vec(0_u8..8, 1..4), calls in 0_u64..9) -> Way {
        let roles: Vec<String> = roles.iter().map(|r| format!("r{r}")).collect();
        way(&format!("w{w}"), &roles.iter().map(String::as_str).collect::<Vec<_>>(), calls)
    }
}

proptest! {
    #[test]
    fn no_call_is_lost_whatever_is_folded(
        uses in proptest::collection::vec(any_use(), 1..120),
        ways in proptest::collection::vec(any_way(), 0..40),
        limit in 1_usize..20,
    ) {
        let graph = make(&uses, &ways, limit);
        let total = |edges: &dyn Fn(&GraphEdge) -> bool| {
            let edges = graph.edges.iter().filter(|edge| edges(edge));
            edges.fold((0, 0), |(calls, denied), edge| (calls + edge.calls, denied + edge.denied))
        };
        let sums = uses.iter().fold((0, 0), |(calls, denied), one| (calls + one.calls, denied + one.denied));
        let depth: BTreeMap<&str, u32> = graph.nodes.iter().map(|node| (node.id.as_str(), node.depth)).collect();
        let last = graph.nodes.iter().map(|node| node.depth).max().unwrap();
        prop_assert_eq!(total(&|edge| depth[edge.from.as_str()] == 0), sums);
        prop_assert_eq!(total(&|edge| depth[edge.to.as_str()] == last - 1), sums);
        prop_assert_eq!(total(&|edge| depth[edge.to.as_str()] == last), sums);
        for column in 0..=last {
            let nodes = graph.nodes.iter().filter(|node| node.depth == column).count();
            prop_assert!(nodes <= limit + 1, "{} in column {}", nodes, column);
        }
        let unique: BTreeSet<&str> = graph.nodes.iter().map(|node| node.id.as_str()).collect();
        prop_assert_eq!(unique.len(), graph.nodes.len());
    }

    #[test]
    fn the_order_of_the_use_never_matters(
        uses in proptest::collection::vec(any_use(), 1..60),
        ways in proptest::collection::vec(any_way(), 0..20),
        limit in 1_usize..10,
    ) {
        let (mut other_uses, mut other_ways) = (uses.clone(), ways.clone());
        other_uses.reverse();
        other_ways.reverse();
        prop_assert_eq!(make(&uses, &ways, limit), make(&other_uses, &other_ways, limit));
    }
}
