//! `podtrail retain --days N`

use serde_json::json;

use super::compact::VacuumArgs;
use super::exit::Outcome;
use super::{Place, clock};
use crate::output::{Format, print_objects};

/// Arguments of `retain`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Full days to keep before today (UTC), by the time of the event. Older days are dropped from `events`, and with
    /// the next question from all that is derived; rejects, and events without a time, stay.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=36_500))]
    days: u32,
    /// Only print what would be dropped.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    vacuum: VacuumArgs,
    /// How the row is printed.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Drops, removes files, and prints one row.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let lake = place.lake().await?;
    let dropped = lake.retain(args.days, clock(), args.dry_run).await?;
    let vacuumed = if args.dry_run {
        Vec::new()
    } else {
        args.vacuum.run(&lake).await?
    };
    let row = json!({
        "first_day": dropped.from, "days": dropped.days, "events": dropped.events, "files": dropped.files,
        "bytes": dropped.bytes, "removed": vacuumed.iter().map(|table| table.files).sum::<u64>(),
        "removed_bytes": vacuumed.iter().map(|table| table.bytes).sum::<u64>(),
    });
    let columns = [
        "first_day",
        "days",
        "events",
        "files",
        "bytes",
        "removed",
        "removed_bytes",
    ];
    let row = row.as_object().cloned().unwrap_or_default();
    print_objects(
        &mut std::io::stdout().lock(),
        Format::or_default(args.format),
        &columns,
        &[row],
    )?;
    Ok(Outcome::Done)
}
