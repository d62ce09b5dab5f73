//! `podtrail recommend WORKLOAD|--all`

use anyhow::Context;
use clap::ValueEnum;
use podtrail_analysis::recommend::iam_documents;
use podtrail_event::time::Timestamp;

use super::Place;
use super::exit::{Outcome, Usage};

/// Arguments of `recommend`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// `cluster/namespace/serviceaccount`.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    workload: Option<String>,
    /// Every workload.
    #[arg(long)]
    all: bool,
    /// One role of the workload, by ARN [default: each].
    #[arg(long, value_name = "ARN", conflicts_with = "all")]
    role: Option<String>,
    /// Use history from this day on (UTC) [default: the whole lake].
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// `json`: everything with its proof; `iam`: only the policy documents.
    #[arg(long, value_enum, default_value = "json")]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Json,
    Iam,
}

/// Prints the recommendation: one object, or with `--all` an array.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let since = args.since.as_deref().map(date).transpose()?;
    let engine = place.engine().await?;
    let text = match &args.workload {
        Some(workload) => {
            let one = engine.recommendation(workload, args.role.as_deref(), since).await?;
            if let Some(note) = &one.note {
                eprintln!("{note}");
            }
            match args.format {
                Form::Json => serde_json::to_string_pretty(&one),
                Form::Iam => serde_json::to_string_pretty(&iam_documents(&one)),
            }
        }
        None => {
            let all = engine.recommendations(since).await?;
            match args.format {
                Form::Json => serde_json::to_string_pretty(&all),
                Form::Iam => {
                    let documents: serde_json::Map<_, _> = all
                        .iter()
                        .map(|one| (one.workload.clone(), iam_documents(one)))
                        .collect();
                    serde_json::to_string_pretty(&documents)
                }
            }
        }
    };
    println!("{}", text.context("the recommendation could not be written as JSON")?);
    Ok(Outcome::Done)
}

/// A day or a time, as the start of history.
pub(super) fn date(text: &str) -> anyhow::Result<Timestamp> {
    let whole = if text.len() == 10 {
        format!("{text}T00:00:00Z")
    } else {
        text.to_owned()
    };
    Timestamp::parse(&whole).ok_or_else(|| Usage(format!("`{text}` is no date: give for example `2026-03-31`")).into())
}
