//! `podtrail recommend WORKLOAD|--all`

use anyhow::Context;
use clap::ValueEnum;
use podtrail_analysis::formats::{Format, render, render_all};
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
    /// `json`: everything with its proof; the others: the policies alone.
    #[arg(long, value_enum, default_value = "json")]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Json,
    Iam,
    IamMinified,
    Terraform,
    Cloudformation,
    Eksctl,
}

impl Form {
    /// The form of the policies alone; none for JSON with its proof.
    fn policies(self) -> Option<Format> {
        match self {
            Self::Json => None,
            Self::Iam => Some(Format::Iam),
            Self::IamMinified => Some(Format::IamMinified),
            Self::Terraform => Some(Format::Terraform),
            Self::Cloudformation => Some(Format::Cloudformation),
            Self::Eksctl => Some(Format::Eksctl),
        }
    }
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
            match args.format.policies() {
                None => json(&one)?,
                Some(format) => render(&[one], format),
            }
        }
        None => {
            let all = engine.recommendations(since).await?;
            match args.format.policies() {
                None => json(&all)?,
                Some(format) => render_all(&all, format),
            }
        }
    };
    print!("{text}");
    Ok(Outcome::Done)
}

fn json(answer: &impl serde::Serialize) -> anyhow::Result<String> {
    let text = serde_json::to_string_pretty(answer).context("the recommendation could not be written as JSON")?;
    Ok(text + "\n")
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
