//! `podtrail graph`

use std::io::Write;

use clap::ValueEnum;
use podtrail_analysis::graph::dot;
use podtrail_query::{DEFAULT_NODES, GraphFilter};

use super::Place;
use super::exit::Outcome;

/// Arguments of `graph`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One workload, as `cluster/namespace/serviceaccount` [default: all].
    workload: Option<String>,
    /// Workloads of one cluster, by name or ARN.
    #[arg(long, value_name = "NAME|ARN")]
    cluster: Option<String>,
    /// Workloads of one namespace.
    #[arg(long)]
    namespace: Option<String>,
    /// Use through one role.
    #[arg(long, value_name = "ARN")]
    role: Option<String>,
    /// Nodes of each column; the least called beyond are one.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_NODES, value_parser = clap::value_parser!(u64).range(1..=500))]
    nodes: u64,
    /// `json`: the answer of the API; `dot`: for Graphviz.
    #[arg(long, value_enum, default_value = "json")]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Json,
    Dot,
}

/// Prints the graph of who uses what.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let filter = GraphFilter {
        cluster: args.cluster,
        namespace: args.namespace,
        workload: args.workload,
        role: args.role,
    };
    let graph = place.engine().await?.graph(&filter, args.nodes).await?;
    let mut out = std::io::stdout().lock();
    match args.format {
        Form::Json => writeln!(out, "{}", serde_json::to_string(&graph)?)?,
        Form::Dot => out.write_all(dot(&graph).as_bytes())?,
    }
    Ok(Outcome::Done)
}
