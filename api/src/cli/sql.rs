//! `podtrail sql QUERY`

use super::Place;
use super::exit::Outcome;
use crate::output::{Format, print_sql};

/// Arguments of `sql`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One SELECT over the views `events`, `sessions`, `activity`, `usage`, `permissions` and `ledger`.
    query: String,
    /// Rows at most [default: all].
    #[arg(long)]
    limit: Option<usize>,
    /// How rows are printed.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Answers and prints.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let answer = place.engine().await?.sql(&args.query, args.limit, None).await?;
    print_sql(Format::or_default(args.format), &answer)?;
    if answer.truncated {
        eprintln!("there are more rows than the limit");
    }
    Ok(Outcome::Done)
}
