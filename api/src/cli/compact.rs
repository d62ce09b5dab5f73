//! `podtrail compact`

use std::collections::BTreeMap;
use std::time::Duration;

use podtrail_ingest::lake::{Compaction, Lake, Vacuum, Vacuumed};
use serde_json::{Map, Value, json};

use super::exit::Outcome;
use super::{Place, clock};
use crate::output::{Format, print_objects};

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

/// Merges, removes, and prints a row for each table.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let lake = place.lake().await?;
    let mut rows: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut add = |table: String, columns: Value| {
        let row = rows.entry(table.clone()).or_default();
        row.insert("table".into(), table.into());
        row.extend(columns.as_object().cloned().unwrap_or_default());
    };
    for done in lake.compact(&Compaction::new(clock())).await? {
        let columns = json!({
            "merged": done.merged, "merged_bytes": done.merged_bytes, "into": done.written,
            "into_bytes": done.written_bytes, "rows": done.rows,
        });
        add(done.table, columns);
    }
    for done in args.vacuum.run(&lake).await? {
        add(done.table, json!({"removed": done.files, "removed_bytes": done.bytes}));
    }
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
    let rows: Vec<_> = rows.into_values().collect();
    print_objects(
        &mut std::io::stdout().lock(),
        Format::or_default(args.format),
        &columns,
        &rows,
    )?;
    Ok(Outcome::Done)
}
