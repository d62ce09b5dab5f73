//! The command line: one file for each command, one registry ([`Command`]) that lists them.

mod check;
mod compact;
mod config;
mod coverage;
mod demo;
mod exit;
mod explain;
mod findings;
mod graph;
mod ingest;
mod inventory;
mod lines;
mod migrate;
mod progress;
mod recommend;
mod retain;
mod serve;
mod signals;
mod sql;
mod status;
mod update_iam_data;
mod verify;
mod workloads;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use podtrail_ingest::checkpoint::{Checkpoints, InMemory};
use podtrail_ingest::lake::Lake;
use podtrail_query::{Engine, Store};

use exit::Outcome;
pub use inventory::read as read_inventory;

/// Who did what in the clusters, and what each workload needs: CloudTrail, mapped back to Kubernetes ServiceAccounts.
#[derive(Debug, Parser)]
#[command(name = "podtrail", version = version(), propagate_version = true, max_term_width = 110)]
pub struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// Where things are kept.
#[derive(Debug, Clone, clap::Args)]
pub struct Place {
    /// Folder of the lake and the product database.
    #[arg(
        long,
        global = true,
        env = "PODTRAIL_DATA",
        value_name = "DIR",
        default_value = "podtrail-data"
    )]
    data: PathBuf,
    /// The lake, when it is elsewhere: a folder, a `file://` address, or `s3://bucket/prefix`.
    #[arg(long, global = true, env = "PODTRAIL_LAKE", value_name = "URL")]
    lake: Option<String>,
    /// The product database, when it is elsewhere: a file, a `sqlite://` or a `postgres://USER@HOST/DATABASE` address.
    // Its value may hold a password: help shows it neither from the environment nor from the settings file.
    #[arg(
        long,
        global = true,
        env = "PODTRAIL_DATABASE",
        value_name = "URL",
        hide_env_values = true,
        hide_default_value = true
    )]
    database: Option<String>,
    /// File with settings, named as the options are [default: podtrail.toml, where there is one].
    #[arg(long, global = true, env = "PODTRAIL_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Every command.
#[derive(Debug, Subcommand)]
enum Command {
    /// Make a synthetic estate with known truth, ingest it, and serve the dashboard.
    Demo(demo::Args),
    /// Read CloudTrail records into the lake, each once, and print the ledger.
    Ingest(ingest::Args),
    /// Read what exists: IAM, EKS and Kubernetes, from the answers of their own command lines.
    Inventory(inventory::Args),
    /// Ask the lake in SQL, read-only.
    Sql(sql::Args),
    /// List the workloads with what they use of what they are granted.
    Workloads(workloads::Args),
    /// Tell who made a call, who a session is, or how a workload gets its credentials: the chain with its evidence.
    Explain(explain::Args),
    /// Show who uses what: workloads, roles, services and resources as a graph, as JSON or for Graphviz.
    Graph(graph::Args),
    /// List what is wrong, or worth knowing, worst first.
    Findings(findings::Args),
    /// Recommend the least privilege for a workload, proved by replaying its history.
    Recommend(recommend::Args),
    /// Replay history through changed policies, trust or associations, from files or a Terraform plan; exit code 1 if a
    /// call that worked would be denied.
    Check(check::Args),
    /// Tell how to move a workload from IRSA to Pod Identity; exit code 1 if something stands against it.
    Migrate(migrate::Args),
    /// Verify that a trail's log is what CloudTrail delivered; exit code 1 if any of it was altered, deleted, added or
    /// left out.
    Verify(verify::Args),
    /// Show how far the lake reaches: each account and region with its gaps, and what is attributed.
    Coverage(coverage::Args),
    /// Show the lake, how far each source has been read, its ledger, and the inventory.
    Status(status::Args),
    /// Merge small files of the lake into large ones, and remove files that nobody reads any more.
    Compact(compact::Args),
    /// Drop the events of old days.
    Retain(retain::Args),
    /// Evaluate requests against policies: JSON lines in, JSON lines out.
    Simulate(lines::Args),
    /// Map CloudTrail records to IAM actions: JSON lines in, JSON lines out.
    Map(lines::MapArgs),
    /// Bring the tables of IAM's actions up to date from AWS's service reference, and print what changed.
    UpdateIamData(update_iam_data::Args),
    /// Serve the dashboard and the API on this machine.
    Serve(serve::Args),
}

fn version() -> String {
    format!(
        "{} (IAM data of {})",
        env!("CARGO_PKG_VERSION"),
        podtrail_iam::catalog::embedded().data_date()
    )
}

/// Runs the command line and gives the exit code: 0 done, 1 the answer is no, 2 wrong usage or nothing
/// readable, 3 a fault.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    let command = match config::apply(Cli::command(), &arguments) {
        Ok(command) => command,
        Err(error) => return exit::usage(&error),
    };
    let cli = match command
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches))
    {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(2)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    start_log();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::report(&anyhow::Error::from(error)),
    };
    match runtime.block_on(cli.run()) {
        Ok(outcome) => outcome.into(),
        Err(error) => exit::report(&error),
    }
}

/// Log lines go to standard error; `PODTRAIL_LOG` chooses which, as `RUST_LOG` would.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("PODTRAIL_LOG").unwrap_or_else(|_| {
        tracing_subscriber::EnvFilter::new(
            "warn,podtrail=info,podtrail_ingest=info,deltalake=error,deltalake_core=error",
        )
    });
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        // A log that cannot be written must not end the work.
        .log_internal_errors(false)
        .with_writer(std::io::stderr)
        .init();
}

impl Cli {
    async fn run(self) -> anyhow::Result<Outcome> {
        let place = self.place;
        update_iam_data::use_updated(&place);
        match self.command {
            Command::Demo(args) => demo::run(place, args).await,
            Command::Ingest(args) => ingest::run(&place, args).await,
            Command::Inventory(args) => inventory::run(&place, args).await,
            Command::Sql(args) => sql::run(&place, args).await,
            Command::Workloads(args) => workloads::run(&place, args).await,
            Command::Explain(args) => explain::run(&place, args).await,
            Command::Findings(args) => findings::run(&place, args).await,
            Command::Recommend(args) => recommend::run(&place, args).await,
            Command::Check(args) => check::run(&place, args).await,
            Command::Migrate(args) => migrate::run(&place, args).await,
            Command::Verify(args) => verify::run(args).await,
            Command::Graph(args) => graph::run(&place, args).await,
            Command::Coverage(args) => coverage::run(&place, args).await,
            Command::Status(args) => status::run(&place, args).await,
            Command::Compact(args) => compact::run(&place, args).await,
            Command::Retain(args) => retain::run(&place, args).await,
            Command::Simulate(args) => lines::simulate(&args),
            Command::Map(args) => lines::map(&args),
            Command::UpdateIamData(args) => update_iam_data::run(&place, args).await,
            Command::Serve(args) => serve::run(&place, args).await,
        }
    }
}

impl Place {
    async fn lake(&self) -> anyhow::Result<Lake> {
        let folder = self.data.join("lake").display().to_string();
        Ok(Lake::open(self.lake.as_deref().unwrap_or(&folder)).await?)
    }

    async fn engine(&self) -> anyhow::Result<Engine> {
        Ok(Engine::new(self.lake().await?, self.store().await?, clock))
    }

    async fn store(&self) -> anyhow::Result<Store> {
        let file = self.data.join("podtrail.db").display().to_string();
        Ok(Store::open(self.database.as_deref().unwrap_or(&file)).await?)
    }

    /// What was read before, out of the product database. Without the database an ingest goes on, as it may: the lake
    /// knows what it holds.
    async fn checkpoints(&self) -> Arc<dyn Checkpoints> {
        match self.store().await {
            Ok(store) => Arc::new(store),
            Err(error) => {
                let error = format!("{error:#}");
                tracing::warn!(
                    error,
                    "what was read is not remembered: all of it is read again next time"
                );
                Arc::new(InMemory::default())
            }
        }
    }
}

/// The time in milliseconds since the epoch: the only clock of the command line.
fn clock() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
