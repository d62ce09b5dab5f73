//! `podtrail sql QUERY`

use super::Place;
use super::exit::Outcome;
use crate::output::{Format, print_objects, sql_objects};

/// Arguments of `sql`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// One SELECT over the views `events`, `sessions`, `activity`, `usage` and `permissions`.
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
    let columns: Vec<&str> = answer
        .schema
        .fields()
        .iter()
        .map(|field| field.name().as_str())
        .collect();
    let rows = sql_objects(&answer)?;
    print_objects(
        &mut std::io::stdout().lock(),
        Format::or_default(args.format),
        &columns,
        &rows,
    )?;
    if answer.truncated {
        eprintln!("there are more rows than the limit of {}", rows.len());
    }
    Ok(Outcome::Done)
}
