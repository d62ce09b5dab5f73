//! `podtrail workloads`

use podtrail_query::{WorkloadFilter, WorkloadSort};

use super::Place;
use super::exit::Outcome;
use crate::output::{Format, print_rows};

/// Arguments of `workloads`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Part of the cluster, namespace, ServiceAccount or role.
    #[arg(value_name = "TEXT")]
    q: Option<String>,
    /// How rows are printed.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Lists, worst first.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let filter = WorkloadFilter {
        q: args.q,
        ..WorkloadFilter::default()
    };
    let page = place
        .engine()
        .await?
        .workloads(&filter, WorkloadSort::Unused, true, 0, u64::MAX)
        .await?;
    let columns = [
        "id",
        "mechanisms",
        "class",
        "calls",
        "denied",
        "used",
        "unused",
        "unobservable",
        "last_seen",
    ];
    print_rows(Format::or_default(args.format), &columns, &page.items)?;
    Ok(Outcome::Done)
}
