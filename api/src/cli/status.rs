//! `podtrail status`

use std::io::IsTerminal;

use super::Place;
use super::exit::Outcome;
use crate::output::{Format, print_rows};

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print everything as JSON, as the API does.
    #[arg(long)]
    json: bool,
}

/// Tells people the ledger and the lake, programs everything.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let status = place.engine().await?.status().await?;
    if args.json || !std::io::stdout().is_terminal() {
        println!("{}", serde_json::to_string(&status)?);
        return Ok(Outcome::Done);
    }
    let span = |time: Option<podtrail_event::time::Timestamp>| time.map_or_else(|| "–".into(), |time| time.to_string());
    let lake = &status.lake;
    println!(
        "{} events from {} to {}",
        lake.events,
        span(lake.first_event),
        span(lake.last_event)
    );
    println!(
        "{} files, {} bytes; {} rejects (`podtrail sql 'SELECT * FROM lake.rejects'`)",
        lake.files, lake.bytes, lake.rejects
    );
    let inventory: Vec<String> = status
        .inventory
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    println!(
        "inventory: {}",
        if inventory.is_empty() {
            "none".into()
        } else {
            inventory.join(", ")
        }
    );
    let columns = [
        "source",
        "read",
        "stored",
        "duplicate",
        "rejected",
        "conflict",
        "last_run",
    ];
    print_rows(Format::Table, &columns, &status.sources)?;
    Ok(Outcome::Done)
}
