//! `podtrail inventory FILE…`

use std::collections::BTreeSet;
use std::io::Read;

use podtrail_analysis::inventory::{Cluster, ImportHint, Inventory, Listed, Object, parse, resolve_cluster};
use podtrail_query::Engine;

use super::totals::Totals;
use crate::cli::Place;
use crate::cli::exit::{Outcome, Usage, unreadable};
use crate::output::Format;

/// Arguments of `inventory FILE…`.
// Flattened into arguments that have the group of this name already.
#[derive(Debug, clap::Args)]
#[group(skip)]
pub(super) struct Args {
    /// Answers of the command lines of AWS and Kubernetes (`README.md` lists them), told apart by content; `-` is
    /// standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// The cluster of the kubectl files, by name or ARN, when it cannot be told from the rest.
    #[arg(long, value_name = "NAME|ARN")]
    cluster: Option<String>,
    /// The kubectl files hold all that their clusters have of each kind that is in them (`-A`, no selector): what is
    /// known and not in them has ended.
    #[arg(long)]
    complete: bool,
    /// How the result is printed.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Reads every file, then keeps everything or, when one cannot be read, nothing.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let engine = place.engine().await?;
    let objects = read(&engine, &args.files, args.cluster.as_deref()).await?;
    let complete = if args.complete { lists(&objects) } else { Vec::new() };
    let mut totals = Totals::default();
    totals.add(engine.observe_inventory(&objects, &complete).await?);
    totals.print(args.format)?;
    Ok(Outcome::Done)
}

/// Of which clusters and kinds of Kubernetes there are objects.
fn lists(objects: &[Object]) -> Vec<Listed> {
    let of = |object: &Object| object.cluster().map(|cluster| Listed::cluster(object.kind(), cluster));
    let lists: BTreeSet<Listed> = objects.iter().filter_map(of).collect();
    lists.into_iter().collect()
}

/// The objects of all files; those of Kubernetes are given their cluster.
///
/// # Errors
/// When one file cannot be read, or its cluster cannot be told: nothing was imported then.
pub async fn read(engine: &Engine, files: &[String], cluster: Option<&str>) -> anyhow::Result<Vec<Object>> {
    let hint = ImportHint {
        cluster: cluster.map(str::to_owned),
    };
    let mut named = Vec::new();
    let mut nameless = Vec::new();
    for file in files {
        let text = text(file).map_err(|error| unreadable(file, &error))?;
        let objects = parse(&text, &hint).map_err(|error| Usage(format!("`{file}`: {error}")))?;
        if objects.iter().any(|object| object.cluster() == Some("")) {
            nameless.push((file, objects));
        } else {
            named.extend(objects);
        }
    }
    // Clusters, roles and associations of the same import help to tell whose ServiceAccounts these are.
    let zero = podtrail_event::time::Timestamp(0);
    let mut known = Inventory::clone(&*engine.inventory().await?);
    merge(
        &mut known,
        Inventory::from_objects(named.iter().map(|object| (object.clone(), zero))),
    );
    for (file, mut objects) in nameless {
        let cluster = resolve_cluster(&objects, &known).map_err(|error| Usage(format!("`{file}`: {error}")))?;
        objects.iter_mut().for_each(|object| object.assign_cluster(&cluster));
        named.extend(objects);
    }
    Ok(named)
}

fn merge(known: &mut Inventory, new: Inventory) {
    // A re-created cluster has the ARN of the one before.
    let same = |a: &Cluster, b: &Cluster| a.reference() == b.reference() && a.oidc_issuer == b.oidc_issuer;
    known
        .clusters
        .retain(|old| !new.clusters.iter().any(|cluster| same(cluster, old)));
    known.clusters.extend(new.clusters);
    known
        .roles
        .retain(|old| new.roles.iter().all(|role| role.arn != old.arn));
    known.roles.extend(new.roles);
    known
        .associations
        .retain(|old| new.associations.iter().all(|association| association.arn != old.arn));
    known.associations.extend(new.associations);
}

fn text(file: &str) -> std::io::Result<String> {
    if file == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file)
}
