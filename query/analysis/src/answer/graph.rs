//! Who uses what, as a graph: workload → role → (further roles) → service → resource.

use podtrail_event::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::CoverageSummary;

/// `GET /api/v1/graph`, `podtrail graph`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Graph {
    /// The nodes, by depth, then most called first, then by id.
    pub nodes: Vec<GraphNode>,
    /// The edges, most called first, then by their ends.
    pub edges: Vec<GraphEdge>,
    /// What was folded into nodes of the kind `rest`.
    pub omitted: Omitted,
    /// How far the lake reaches.
    pub coverage: CoverageSummary,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GraphNode {
    /// Unique in the graph; the part after the first `:` is the workload's id, the role's ARN, and so on.
    pub id: String,
    /// Its kind.
    pub kind: NodeKind,
    /// A short name for people.
    pub label: String,
    /// The whole name where the label is not it, or how many things a `rest` stands for.
    pub detail: Option<String>,
    /// Its column: 0 workloads, from 1 on roles, the last two services and resources.
    pub depth: u32,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// A ServiceAccount of a cluster.
    Workload,
    /// An IAM role.
    Role,
    /// An AWS service, as the prefix of its actions: `s3`.
    Service,
    /// What IAM checked, without what is inside it: a bucket, a table, a queue.
    Resource,
    /// The smallest of one kind and column, together.
    Rest,
}

/// An edge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GraphEdge {
    /// Node id.
    pub from: String,
    /// Node id.
    pub to: String,
    /// Checks that passed authorisation.
    pub calls: u64,
    /// Checks that were denied.
    pub denied: u64,
    /// Time of the last one.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_seen: Option<Timestamp>,
}

/// What is not shown by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Omitted {
    /// Workloads folded into `rest`.
    pub workloads: u64,
    /// Resources folded into `rest`.
    pub resources: u64,
    /// Calls and denials at these workloads and resources, each once.
    pub calls: u64,
}
