//! Who uses what, as a graph that stays small: workload → role → (further roles) → service → resource.
//!
//! Use comes in as sums. Each column keeps its most called nodes, and the others become one: no call is lost, so the
//! sums of a column are those of the use.

mod dot;
mod resource;

use std::collections::{BTreeMap, BTreeSet};

use podtrail_event::time::Timestamp;

use crate::answer::{CoverageSummary, Graph, GraphEdge, GraphNode, NodeKind, Omitted};

pub use dot::dot;
pub use resource::root as resource_root;

/// The use of one resource of one service, by one workload through one role.
#[derive(Debug, Clone, PartialEq)]
pub struct Use {
    /// `cluster/namespace/serviceaccount`.
    pub workload: String,
    /// The role whose permissions were checked.
    pub role_arn: String,
    /// Prefix of the actions: `s3`.
    pub service: String,
    /// [`resource_root`] of what was checked.
    pub resource: String,
    /// Checks that passed authorisation.
    pub calls: u64,
    /// Checks that were denied.
    pub denied: u64,
    /// Time of the last one.
    pub last_seen: Option<Timestamp>,
}

/// A chain of roles by which a workload came to the last of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// `cluster/namespace/serviceaccount`.
    pub workload: String,
    /// Role ARNs, root first.
    pub chain: Vec<String>,
    /// Calls made with sessions of this chain.
    pub calls: u64,
    /// Time of the last one.
    pub last_seen: Option<Timestamp>,
}

/// Ways with each role once in a row, however often a session renewed itself by assuming its own role; those that are
/// then the same are one.
#[must_use]
pub fn ways(seen: impl IntoIterator<Item = Way>) -> Vec<Way> {
    let mut merged: BTreeMap<(String, Vec<String>), Way> = BTreeMap::new();
    for mut way in seen {
        way.chain.dedup();
        match merged.get_mut(&(way.workload.clone(), way.chain.clone())) {
            Some(known) => {
                known.calls += way.calls;
                known.last_seen = known.last_seen.max(way.last_seen);
            }
            None => {
                merged.insert((way.workload.clone(), way.chain.clone()), way);
            }
        }
    }
    merged.into_values().collect()
}

/// The ways of each workload to each role, most called first. Their order decides which one carries the numbers of
/// the role: `usage` does not say by which chain a role was reached.
type Ways<'a> = BTreeMap<(&'a str, &'a str), Vec<&'a Way>>;

/// A node before it is known whether it is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Node<'a> {
    depth: u32,
    kind: NodeKind,
    /// Workload id, role ARN, service, or resource.
    name: &'a str,
    /// Of the resource `*`, the service; otherwise empty. `*` of two services are two.
    of: &'a str,
}

/// What an edge carries.
#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    calls: u64,
    denied: u64,
    last_seen: Option<Timestamp>,
}

impl Weight {
    fn add(&mut self, other: Self) {
        self.calls += other.calls;
        self.denied += other.denied;
        self.last_seen = self.last_seen.max(other.last_seen);
    }

    const fn total(self) -> u64 {
        self.calls + self.denied
    }
}

/// The graph of some use. Each column shows `limit` nodes; where there are more, the least called ones are one node
/// of the kind `rest`. `coverage` is handed through.
#[must_use]
pub fn graph(uses: &[&Use], ways: &[Way], limit: usize, coverage: CoverageSummary) -> Graph {
    let ways = by_role(ways);
    let columns = Columns::new(uses, &ways);
    let mut paths: Vec<Path<'_>> = uses
        .iter()
        .map(|one| (columns.path(one, chain(&ways, one)), weight(one)))
        .collect();
    paths.extend(columns.other_ways(uses, &ways));
    let shown = shown(&paths, limit);
    let edges = edges(&paths, &shown);
    Graph {
        nodes: nodes(&shown, &edges),
        edges: edges
            .into_iter()
            .map(|((from, to), weight)| edge(from, to, weight))
            .collect(),
        omitted: omitted(&paths, &shown),
        coverage,
    }
    .in_order()
}

fn weight(one: &Use) -> Weight {
    Weight {
        calls: one.calls,
        denied: one.denied,
        last_seen: one.last_seen,
    }
}

fn by_role(ways: &[Way]) -> Ways<'_> {
    let mut by_role = Ways::new();
    for way in ways {
        if let Some(role) = way.chain.last() {
            by_role.entry((&way.workload, role)).or_default().push(way);
        }
    }
    for ways in by_role.values_mut() {
        ways.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| a.chain.cmp(&b.chain)));
    }
    by_role
}

/// The chain that carries the numbers of a use: the most called one that ends in its role.
fn chain<'a>(ways: &Ways<'a>, one: &'a Use) -> &'a [String] {
    let known = ways.get(&(one.workload.as_str(), one.role_arn.as_str()));
    known
        .and_then(|ways| ways.first())
        .map_or(std::slice::from_ref(&one.role_arn), |way| way.chain.as_slice())
}

/// The nodes of a use from its workload on, and what it adds to each edge between them.
type Path<'a> = (Vec<Node<'a>>, Weight);

/// In which column services stand: after the deepest role.
struct Columns {
    service: u32,
}

impl Columns {
    fn new(uses: &[&Use], ways: &Ways<'_>) -> Self {
        let deepest = uses
            .iter()
            .filter_map(|one| ways.get(&(one.workload.as_str(), one.role_arn.as_str())))
            .flatten()
            .map(|way| way.chain.len())
            .max()
            .unwrap_or(1);
        Self {
            service: u32::try_from(deepest).unwrap_or(u32::MAX).saturating_add(1),
        }
    }

    fn path<'a>(&self, one: &'a Use, chain: &'a [String]) -> Vec<Node<'a>> {
        let of = if one.resource == "*" { one.service.as_str() } else { "" };
        let end = [
            (NodeKind::Service, self.service, one.service.as_str(), ""),
            (
                NodeKind::Resource,
                self.service.saturating_add(1),
                one.resource.as_str(),
                of,
            ),
        ];
        let end = end.map(|(kind, depth, name, of)| Node { depth, kind, name, of });
        self.roles(&one.workload, chain).into_iter().chain(end).collect()
    }

    /// A workload and the roles that it went through.
    fn roles<'a>(&self, workload: &'a str, chain: &'a [String]) -> Vec<Node<'a>> {
        let roles = (1..self.service)
            .zip(chain)
            .map(|(depth, role)| (NodeKind::Role, depth, role.as_str()));
        std::iter::once((NodeKind::Workload, 0, workload))
            .chain(roles)
            .map(|(kind, depth, name)| Node {
                depth,
                kind,
                name,
                of: "",
            })
            .collect()
    }

    /// Paths that were taken beside the ones that carry the numbers: edges without calls, with their last use.
    fn other_ways<'a>(&self, uses: &[&'a Use], ways: &Ways<'a>) -> Vec<Path<'a>> {
        let used: BTreeSet<(&str, &str)> = uses
            .iter()
            .map(|one| (one.workload.as_str(), one.role_arn.as_str()))
            .collect();
        used.iter()
            .filter_map(|key| ways.get(key))
            .flat_map(|ways| ways.iter().skip(1))
            .map(|way| {
                let weight = Weight {
                    last_seen: way.last_seen,
                    ..Weight::default()
                };
                (self.roles(&way.workload, &way.chain), weight)
            })
            .collect()
    }
}

/// For each node what stands for it: itself, or nothing where it is folded.
type Shown<'a> = BTreeMap<Node<'a>, bool>;

/// The most called nodes of each column. One node too many is shown all the same: a `rest` of one would save nothing.
fn shown<'a>(paths: &[Path<'a>], limit: usize) -> Shown<'a> {
    let mut weights: BTreeMap<Node<'a>, u64> = BTreeMap::new();
    for (path, weight) in paths {
        for node in path {
            *weights.entry(*node).or_default() += weight.total();
        }
    }
    let mut columns: BTreeMap<u32, Vec<(u64, Node<'a>)>> = BTreeMap::new();
    for (node, weight) in weights {
        columns.entry(node.depth).or_default().push((weight, node));
    }
    let mut shown = Shown::new();
    for (_, mut column) in columns {
        column.sort_by(|(a_weight, a), (b_weight, b)| b_weight.cmp(a_weight).then_with(|| a.cmp(b)));
        let keep = if column.len() == limit + 1 { column.len() } else { limit };
        shown.extend(
            column
                .into_iter()
                .enumerate()
                .map(|(rank, (_, node))| (node, rank < keep)),
        );
    }
    shown
}

/// A node as it is shown: itself, or the rest of its column.
fn stand_in<'a>(node: Node<'a>, shown: &Shown<'a>) -> Node<'a> {
    match shown.get(&node) {
        Some(false) => Node {
            kind: NodeKind::Rest,
            name: "",
            of: "",
            ..node
        },
        _ => node,
    }
}

type Edges<'a> = BTreeMap<(Node<'a>, Node<'a>), Weight>;

fn edges<'a>(paths: &[Path<'a>], shown: &Shown<'a>) -> Edges<'a> {
    let mut edges = Edges::new();
    for (path, weight) in paths {
        for (from, to) in path.iter().zip(path.iter().skip(1)) {
            let ends = (stand_in(*from, shown), stand_in(*to, shown));
            edges.entry(ends).or_default().add(*weight);
        }
    }
    edges
}

fn nodes(shown: &Shown<'_>, edges: &Edges<'_>) -> Vec<GraphNode> {
    let mut folded: BTreeMap<u32, u64> = BTreeMap::new();
    for (node, _) in shown.iter().filter(|(_, shown)| !**shown) {
        *folded.entry(node.depth).or_default() += 1;
    }
    let ends: BTreeSet<Node<'_>> = edges.keys().flat_map(|(from, to)| [*from, *to]).collect();
    ends.into_iter()
        .map(|node| node.show(folded.get(&node.depth).copied().unwrap_or_default()))
        .collect()
}

fn edge(from: Node<'_>, to: Node<'_>, weight: Weight) -> GraphEdge {
    GraphEdge {
        from: from.id(),
        to: to.id(),
        calls: weight.calls,
        denied: weight.denied,
        last_seen: weight.last_seen,
    }
}

fn omitted(paths: &[Path<'_>], shown: &Shown<'_>) -> Omitted {
    let counts = |kind| {
        shown
            .iter()
            .filter(|(node, shown)| node.kind == kind && !**shown)
            .count() as u64
    };
    let hidden = |path: &[Node<'_>]| {
        path.iter()
            .filter(|node| matches!(node.kind, NodeKind::Workload | NodeKind::Resource))
            .any(|node| shown.get(node) == Some(&false))
    };
    Omitted {
        workloads: counts(NodeKind::Workload),
        resources: counts(NodeKind::Resource),
        calls: paths
            .iter()
            .filter(|(path, _)| hidden(path))
            .map(|(_, weight)| weight.total())
            .sum(),
    }
}

impl Node<'_> {
    /// Unique in the graph: one role in two columns is two nodes, so that no path comes back to itself.
    fn id(&self) -> String {
        match self.kind {
            NodeKind::Workload => format!("workload:{}", self.name),
            NodeKind::Role if self.depth == 1 => format!("role:{}", self.name),
            NodeKind::Role => format!("role@{}:{}", self.depth, self.name),
            NodeKind::Service => format!("service:{}", self.name),
            NodeKind::Resource if self.of.is_empty() => format!("resource:{}", self.name),
            NodeKind::Resource => format!("resource:{}:{}", self.of, self.name),
            NodeKind::Rest => format!("rest:{}", self.depth),
        }
    }

    fn show(&self, folded: u64) -> GraphNode {
        let (label, detail) = match self.kind {
            NodeKind::Rest => (format!("{folded} more"), Some(folded.to_string())),
            NodeKind::Resource if self.name == "*" => {
                ("any resource".into(), Some(format!("{}, any resource", self.of)))
            }
            NodeKind::Role | NodeKind::Resource => (resource::short(self.name).to_owned(), Some(self.name.to_owned())),
            NodeKind::Workload => {
                let short = self.name.rsplitn(3, '/').take(2).collect::<Vec<_>>();
                (
                    short.iter().rev().copied().collect::<Vec<_>>().join("/"),
                    Some(self.name.to_owned()),
                )
            }
            NodeKind::Service => (self.name.to_owned(), None),
        };
        GraphNode {
            id: self.id(),
            kind: self.kind,
            label,
            detail,
            depth: self.depth,
        }
    }
}

impl Graph {
    /// Nodes by column and calls, edges by calls: the same use gives the same bytes.
    fn in_order(mut self) -> Self {
        let mut weights: BTreeMap<String, u64> = BTreeMap::new();
        for edge in &self.edges {
            *weights.entry(edge.from.clone()).or_default() += edge.calls + edge.denied;
            *weights.entry(edge.to.clone()).or_default() += edge.calls + edge.denied;
        }
        let weight = |id: &String| weights.get(id).copied().unwrap_or_default();
        let rank = |node: &GraphNode| {
            let rest = node.kind == NodeKind::Rest;
            (node.depth, rest, u64::MAX - weight(&node.id), node.id.clone())
        };
        self.nodes.sort_by_cached_key(rank);
        self.edges.sort_by(|a, b| {
            let by_calls = (b.calls + b.denied).cmp(&(a.calls + a.denied));
            by_calls.then_with(|| (&a.from, &a.to).cmp(&(&b.from, &b.to)))
        });
        self
    }
}

#[cfg(test)]
mod tests;
