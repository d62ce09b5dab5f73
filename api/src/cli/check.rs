//! `podtrail check --workload W --policy FILE`

use std::path::PathBuf;

use podtrail_iam::policy::Policy;
use podtrail_query::HistorySpan;

use super::Place;
use super::exit::{Outcome, Usage, unreadable};
use super::recommend::date;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// `cluster/namespace/serviceaccount`.
    #[arg(long)]
    workload: String,
    /// Policy documents, in place of all that the role has today.
    #[arg(long = "policy", required = true, value_name = "FILE")]
    policies: Vec<PathBuf>,
    /// One role of the workload, by ARN [default: each].
    #[arg(long, value_name = "ARN")]
    role: Option<String>,
    /// Use history from this day on (UTC) [default: the whole lake].
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
}

/// Prints the replay by role; the answer is "no" when one call that worked would be denied.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let span = HistorySpan {
        since: args.since.as_deref().map(date).transpose()?,
        until: None,
    };
    let policies = args.policies.iter().map(read).collect::<anyhow::Result<Vec<_>>>()?;
    let engine = place.engine().await?;
    let replays = engine
        .check(&args.workload, args.role.as_deref(), span, &policies)
        .await?;
    println!("{}", serde_json::to_string_pretty(&replays)?);
    let denied: u64 = replays.values().map(|replay| replay.denied).sum();
    if replays.values().all(|replay| replay.calls == 0) {
        eprintln!("the workload has no history to replay: this says nothing about the policy");
    }
    if denied > 0 {
        eprintln!("{denied} calls that worked would be denied");
    }
    Ok(if denied > 0 { Outcome::No } else { Outcome::Done })
}

fn read(path: &PathBuf) -> anyhow::Result<Policy> {
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(&path.display().to_string(), &error))?;
    Ok(Policy::parse(&text).map_err(|error| Usage(format!("the policy `{}`: {error}", path.display())))?)
}
