//! `podtrail findings`

use podtrail_query::FindingFilter;
use serde::de::DeserializeOwned;

use super::Place;
use super::exit::{Outcome, Usage};
use crate::output::{Format, print_rows};

/// Arguments of `findings`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Part of the id, title, subject, cause, a workload or a role.
    #[arg(value_name = "TEXT")]
    q: Option<String>,
    /// `critical`, `high`, `medium`, `low` or `info`.
    #[arg(long)]
    severity: Option<String>,
    /// A kind, such as `shared_role`.
    #[arg(long)]
    kind: Option<String>,
    /// A workload: `cluster/namespace/serviceaccount`.
    #[arg(long)]
    workload: Option<String>,
    /// A role, by ARN.
    #[arg(long, value_name = "ARN")]
    role: Option<String>,
    /// How rows are printed; JSON has the evidence and what to do.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Lists, worst first.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let filter = FindingFilter {
        severity: named("severity", args.severity.as_deref())?,
        kind: named("kind", args.kind.as_deref())?,
        workload: args.workload,
        role: args.role,
        q: args.q,
    };
    let found = place.engine().await?.findings(&filter, 0, u64::MAX).await?;
    let columns = ["severity", "kind", "subject", "title", "first_seen", "last_seen", "id"];
    print_rows(Format::or_default(args.format), &columns, &found.page.items)?;
    Ok(Outcome::Done)
}

/// A value by its name; a wrong one is told which there are.
fn named<T: DeserializeOwned>(option: &str, text: Option<&str>) -> anyhow::Result<Option<T>> {
    let Some(text) = text else { return Ok(None) };
    let parsed = serde_json::from_value(text.into());
    // The names are those of the type, which lists them in its own message.
    parsed
        .map(Some)
        .map_err(|error| Usage(format!("`--{option} {text}`: {error}")).into())
}
