//! `podtrail ingest SOURCE…`

use std::io::IsTerminal;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use podtrail_ingest::ledger::{Counts, Ledger};
use podtrail_ingest::pipeline::{Options, Progress, Silent, ingest};
use podtrail_ingest::{lake::Lake, source};
use serde_json::{Map, Value, json};

use super::exit::Outcome;
use super::{Place, clock};
use crate::output::{Format, print_objects};

/// Arguments of `ingest`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files or folders of CloudTrail records (gzip or plain, any of their forms), or `-` for standard input.
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<String>,
    /// How the ledger is printed.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Reads the sources and prints the ledger.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let ledger = read(&place.lake().await?, &args.sources).await?;
    print(Format::or_default(args.format), &ledger)?;
    let total = ledger.total();
    let nothing = total.read > 0 && total.rejected == total.read;
    Ok(if nothing {
        Outcome::NothingReadable
    } else {
        Outcome::Done
    })
}

/// Reads sources into a lake, with a bar on a terminal.
pub(super) async fn read(lake: &Lake, sources: &[String]) -> anyhow::Result<Ledger> {
    let sources = sources
        .iter()
        .map(|given| source::open(given))
        .collect::<Result<Vec<_>, _>>()?;
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let options = Options {
        workers,
        ..Options::new(clock)
    };
    let progress: Arc<dyn Progress> = if std::io::stderr().is_terminal() {
        Arc::new(Bar::new())
    } else {
        Arc::new(Silent)
    };
    Ok(ingest(lake, &sources, options, progress).await?)
}

/// Prints the ledger: `{sources: […], total: {…}}` as JSON, else a row for each source and the total.
fn print(format: Format, ledger: &Ledger) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    let mut rows: Vec<Map<String, Value>> = ledger
        .iter()
        .map(|(source, counts)| row(Some(source), counts))
        .collect();
    if matches!(format, Format::Json | Format::Jsonl) {
        let value = json!({"sources": rows, "total": row(None, &ledger.total())});
        return Ok(serde_json::to_writer(&mut out, &value).map(|()| println!())?);
    }
    rows.push(row(Some("total"), &ledger.total()));
    let columns = ["source", "read", "stored", "duplicate", "rejected", "conflict"];
    Ok(print_objects(&mut out, format, &columns, &rows)?)
}

fn row(source: Option<&str>, counts: &Counts) -> Map<String, Value> {
    let mut row = Map::new();
    row.extend(source.map(|source| ("source".to_owned(), json!(source))));
    if let Ok(Value::Object(counts)) = serde_json::to_value(counts) {
        row.extend(counts);
    }
    row
}

/// A bar over the bytes of the files, with the records read so far.
struct Bar {
    bar: ProgressBar,
    records: std::sync::atomic::AtomicU64,
}

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::new(0);
        let template = "{spinner} {bar:32} {bytes}/{total_bytes}  {msg}  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self {
            bar,
            records: std::sync::atomic::AtomicU64::new(0),
        }
    }
}

impl Progress for Bar {
    fn begin(&self, _objects: u64, bytes: u64) {
        self.bar.set_length(bytes);
    }

    fn object_done(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn records(&self, count: u64) {
        let total = self.records.fetch_add(count, std::sync::atomic::Ordering::Relaxed) + count;
        self.bar.set_message(format!("{total} records"));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
