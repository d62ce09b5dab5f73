//! `podtrail ingest SOURCE…`

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use podtrail_aws::Access;
use podtrail_ingest::checkpoint::{Checkpoints, InMemory};
use podtrail_ingest::lake::{Bounds, Lake};
use podtrail_ingest::ledger::{Counts, Ledger};
use podtrail_ingest::pipeline::{Options, Progress, Report, ingest};
use podtrail_ingest::source::{self, Opening, Stop};
use serde_json::{Map, Value, json};

use super::exit::Outcome;
use super::progress::{Bar, Lines};
use super::recommend::date;
use super::{Place, clock, verify};
use crate::output::{Format, print_objects, terminal_text};

/// Arguments of `ingest`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files, folders, `-` for standard input, `s3://bucket/prefix`, `sqs://` and the rest of a queue's address,
    /// `lookup://region[,region]`.
    #[arg(required = true, value_name = "SOURCE")]
    sources: Vec<String>,
    /// Go on when everything is read, and wait for more, until SIGTERM or SIGINT.
    #[arg(long)]
    follow: bool,
    /// Only what was delivered from this day or time on (buckets and LookupEvents).
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only what was delivered before this day or time (buckets and LookupEvents).
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Region of the bucket, where the environment names none.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// A role to assume for reading.
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
    /// The reader pays for a bucket of somebody else.
    #[arg(long)]
    requester_pays: bool,
    /// Days that a bucket is listed back from where the last run stood: files may arrive that late.
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    look_back: u32,
    /// Compare the log files of buckets with CloudTrail's signed digests too; exit code 1 if they are not as delivered.
    #[arg(long, conflicts_with = "follow")]
    verify: bool,
    /// Read again what was read before; nothing is stored twice.
    #[arg(long)]
    reread: bool,
    /// Threads that inflate and parse [default: one for each core].
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// Memory to stay within, in MiB.
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(256..))]
    memory: u32,
    /// Commit at the latest after so many records [default: as many as fit into the memory].
    #[arg(long, value_name = "N")]
    commit_rows: Option<usize>,
    /// Commit at the latest after so many seconds, so that what trickles in is seen.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    flush_after: u64,
    /// How the ledger is printed.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

impl Args {
    fn opening(&self) -> anyhow::Result<Opening> {
        let time = |given: &Option<String>| given.as_deref().map(date).transpose();
        Ok(Opening {
            access: Access {
                region: self.region.clone(),
                role_arn: self.role_arn.clone(),
            },
            window: (
                time(&self.since)?.map(|time| time.0),
                time(&self.until)?.map(|time| time.0),
            ),
            look_back_days: self.look_back,
            reread: self.reread,
            requester_pays: self.requester_pays,
            follow: self.follow,
            ..Opening::new(clock)
        })
    }

    fn options(&self) -> Options {
        let bounds = Bounds::within(self.memory);
        Options {
            workers: self.threads.unwrap_or_else(threads),
            bounds: Bounds {
                rows: self.commit_rows.unwrap_or(bounds.rows).clamp(1, bounds.rows),
                ..bounds
            },
            flush_after: Duration::from_secs(self.flush_after),
            ..Options::new(clock)
        }
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from)
}

/// Reads the sources and prints the ledger.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let checkpoints = place.checkpoints().await;
    let opening = args.opening()?;
    let report = read(
        &place.lake().await?,
        &args.sources,
        &opening,
        args.options(),
        &checkpoints,
    )
    .await?;
    let mut verified = Vec::new();
    let mut outcomes = vec![outcome(&report)];
    for source in args
        .sources
        .iter()
        .filter(|source| args.verify && source.starts_with("s3://"))
    {
        let (since, until) = (args.since.as_deref(), args.until.as_deref());
        let (proof, outcome) = verify::beside_ingest(source, since, until, &opening.access).await?;
        verified.push(json!({"source": source, "total": proof.total(), "problems": proof.problems}));
        outcomes.push(outcome);
    }
    print(
        Format::or_default(args.format),
        &report,
        args.verify.then_some(&verified),
    )?;
    tell_failures(&report);
    Ok(outcomes.into_iter().max().unwrap_or(Outcome::Done))
}

/// What could not be read is a fault; what is not there, wrong usage; and nothing readable, nothing readable.
fn outcome(report: &Report) -> Outcome {
    let total = report.ledger.total();
    if report.failures.iter().any(|failure| !failure.missing) {
        Outcome::Fault
    } else if report.failed > 0 || (total.read > 0 && total.rejected == total.read) {
        Outcome::NothingReadable
    } else {
        Outcome::Done
    }
}

/// Reads a folder into a lake, once and whole.
pub(super) async fn read_folder(lake: &Lake, folder: &Path) -> anyhow::Result<Report> {
    let options = Options {
        workers: threads(),
        ..Options::new(clock)
    };
    let nowhere: Arc<dyn Checkpoints> = Arc::new(InMemory::default());
    read(
        lake,
        &[folder.display().to_string()],
        &Opening::new(clock),
        options,
        &nowhere,
    )
    .await
}

/// Reads sources into a lake, with a bar on a terminal and log lines elsewhere. SIGINT and SIGTERM end it in order.
pub(super) async fn read(
    lake: &Lake,
    sources: &[String],
    opening: &Opening,
    options: Options,
    checkpoints: &Arc<dyn Checkpoints>,
) -> anyhow::Result<Report> {
    let sources = sources
        .iter()
        .map(|given| source::open(given, opening, checkpoints))
        .collect::<Result<Vec<_>, _>>()?;
    let progress: Arc<dyn Progress> = if std::io::stderr().is_terminal() {
        Arc::new(Bar::new())
    } else {
        Arc::new(Lines::default())
    };
    let stop = Stop::default();
    let signals = tokio::spawn(super::signals::stop_on_signal(stop.clone()));
    let report = ingest(lake, &sources, options, checkpoints, progress, &stop).await;
    signals.abort();
    Ok(report?)
}

/// Prints the ledger: `{sources: […], total: {…}, failed: […]}` as JSON, else a row for each source and the total.
fn print(format: Format, report: &Report, verified: Option<&Vec<Value>>) -> anyhow::Result<()> {
    let ledger: &Ledger = &report.ledger;
    let mut out = std::io::stdout().lock();
    let mut rows: Vec<Map<String, Value>> = ledger
        .iter()
        .map(|(source, counts)| row(Some(source), counts))
        .collect();
    if matches!(format, Format::Json | Format::Jsonl) {
        let failed: Vec<Value> = report
            .failures
            .iter()
            .map(|failure| json!({"source": *failure.source, "object": failure.object, "reason": failure.reason}))
            .collect();
        let mut value = json!({"sources": rows, "total": row(None, &ledger.total()), "failed": failed});
        if let (Some(verified), Some(members)) = (verified, value.as_object_mut()) {
            members.insert("verified".to_owned(), json!(verified));
        }
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

/// Names what could not be read, the first of it, and says what comes of it.
fn tell_failures(report: &Report) {
    const SHOWN: usize = 20;
    for failure in report.failures.iter().take(SHOWN) {
        eprintln!(
            "podtrail: `{}`: {}",
            terminal_text(&failure.source),
            terminal_text(&failure.reason)
        );
    }
    if report.failed > SHOWN as u64 {
        eprintln!(
            "podtrail: and {} more; `--format json` names them",
            report.failed - SHOWN as u64
        );
    }
    if report.failed > 0 {
        eprintln!(
            "podtrail: everything else was read; run the command again to read the rest, nothing is stored twice"
        );
    }
}
