//! `podtrail inventory FILE…` and `podtrail inventory live`: what exists beside the log.

mod files;
mod follow;
mod kubernetes;
mod live;
mod totals;

pub use files::read;

use clap::Subcommand;

use super::Place;
use super::exit::Outcome;

/// Arguments of `inventory`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    files: files::Args,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask the APIs of EKS, IAM, EC2 and Kubernetes what exists now.
    Live(live::Args),
}

/// Reads files or asks.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    match args.command {
        Some(Command::Live(args)) => live::run(place, args).await,
        None => files::run(place, args.files).await,
    }
}
