//! `podtrail compact`

use std::collections::BTreeMap;
use std::time::Duration;

use podtrail_ingest::lake::{Compaction, Lake, Vacuum, Vacuumed};
use serde::Serialize;

use super::exit::Outcome;
use super::{Place, clock};
use crate::output::{Format, print_rows};

/// Arguments of `compact`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    vacuum: VacuumArgs,
    /// How rows are printed.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Which files are removed from the storage at the end.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct VacuumArgs {
    /// Then remove the files that left their table this many hours ago, and files at least a day old that a killed
    /// writer left. A question or an ingest that runs for longer than that fails, and can be run again.
    #[arg(long, value_name = "HOURS", default_value_t = 168)]
    vacuum_older_than: u64,
}

impl VacuumArgs {
    /// Removes them; a row for each table.
    pub(super) async fn run(self, lake: &Lake) -> anyhow::Result<Vec<Vacuumed>> {
        let vacuum = Vacuum {
            older_than: Duration::from_secs(self.vacuum_older_than.saturating_mul(3600)),
            now: clock(),
        };
        Ok(lake.vacuum(&vacuum).await?)
    }
}

/// What was done to a table.
#[derive(Default, Serialize)]
struct Row {
    table: String,
    merged: u64,
    merged_bytes: u64,
    into: u64,
    into_bytes: u64,
    rows: u64,
    removed: u64,
    removed_bytes: u64,
}

/// Merges, removes, and prints a row for each table.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let lake = place.lake().await?;
    let compacted = lake.compact(&Compaction::new(clock())).await?;
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    for done in compacted {
        let row = rows.entry(done.table).or_default();
        (row.merged, row.merged_bytes) = (done.merged, done.merged_bytes);
        (row.into, row.into_bytes, row.rows) = (done.written, done.written_bytes, done.rows);
    }
    for done in args.vacuum.run(&lake).await? {
        let row = rows.entry(done.table).or_default();
        (row.removed, row.removed_bytes) = (done.files, done.bytes);
    }
    let rows: Vec<Row> = rows.into_iter().map(|(table, row)| Row { table, ..row }).collect();
    let columns = [
        "table",
        "merged",
        "merged_bytes",
        "into",
        "into_bytes",
        "rows",
        "removed",
        "removed_bytes",
    ];
    print_rows(Format::or_default(args.format), &columns, &rows)?;
    Ok(Outcome::Done)
}
