//! `podtrail demo`

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use podtrail_demo::{File, Options, Truth, generate};

use super::exit::Outcome;
use super::{Place, ingest, inventory, serve};

/// Arguments of `demo`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Records to make, roughly.
    #[arg(long, default_value_t = Options::default().events)]
    events: u64,
    /// The same seed gives the same estate, byte for byte.
    #[arg(long, default_value_t = Options::default().seed)]
    seed: u64,
    /// Workloads to add to those that have a story, for long lists and large graphs.
    #[arg(long, default_value_t = 0)]
    workloads: u32,
    /// Address to listen on.
    #[arg(long, env = "PODTRAIL_LISTEN", value_name = "ADDR", default_value = "127.0.0.1:8750")]
    listen: SocketAddr,
    /// Make and ingest the estate, but do not serve it.
    #[arg(long)]
    no_serve: bool,
}

/// Makes the estate below the data folder, ingests it, imports its inventory, and serves it.
pub(super) async fn run(place: Place, args: Args) -> anyhow::Result<Outcome> {
    let estate = place.data.join("demo");
    let options = Options {
        events: args.events,
        seed: args.seed,
        workloads: args.workloads,
        ..Options::default()
    };
    let (truth, inventories) = write(&estate, &options)?;
    eprintln!(
        "made {} records of three accounts and five clusters in {}",
        truth.records,
        estate.display()
    );
    for (part, what) in [("trail", "records"), ("audit", "events of a cluster's audit log")] {
        let report = ingest::read_folder(&place.lake().await?, &estate.join(part)).await?;
        let total = report.ledger.total();
        eprintln!(
            "read {} {what}: {} stored, {} known already, {} rejected and kept",
            total.read, total.stored, total.duplicate, total.rejected
        );
    }
    let engine = place.engine().await?;
    import(&engine, &inventories).await?;
    engine.refresh().await?;
    if args.no_serve {
        return Ok(Outcome::Done);
    }
    serve::serve(engine, args.listen).await
}

/// Each inventory file is imported by itself, those of Kubernetes last, with the cluster that their name tells.
async fn import(engine: &podtrail_query::Engine, files: &[PathBuf]) -> anyhow::Result<()> {
    let mut files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    files.sort();
    let objects = inventory::read(engine, &files, None).await?;
    engine.import_inventory(&objects).await?;
    Ok(())
}

fn write(folder: &Path, options: &Options) -> anyhow::Result<(Truth, Vec<PathBuf>)> {
    let mut inventories = Vec::new();
    let truth = generate(options, &mut |file: File| -> std::io::Result<()> {
        let path = folder.join(&file.path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        if file.path.starts_with("inventory/") {
            inventories.push(path.clone());
        }
        std::fs::write(path, &file.bytes)
    })
    .with_context(|| format!("the estate could not be written to `{}`", folder.display()))?;
    Ok((truth, inventories))
}
