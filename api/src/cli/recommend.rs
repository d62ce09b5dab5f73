//! `podtrail recommend WORKLOAD|--all`

use anyhow::Context;
use clap::ValueEnum;
use podtrail_analysis::answer::{Grouping, PolicyKind, RecommendOptions};
use podtrail_analysis::formats::{Format, render, render_all};
use podtrail_event::time::Timestamp;
use podtrail_query::HistorySpan;

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
    /// One role by ARN: of the workload, or with `--all` of every workload that uses it [default: each].
    #[arg(long, value_name = "ARN")]
    role: Option<String>,
    /// Use history from this day on (UTC) [default: the whole lake].
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Use history to this day, itself included (UTC) [default: the whole lake].
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Recommend nothing for a role whose use goes back less than so many days.
    #[arg(long, value_name = "DAYS", default_value_t = 0)]
    min_age: u32,
    /// Grant this action whether used or not; without an ARN on today's resources, else `*`. May be repeated.
    #[arg(long, value_name = "ACTION[=ARN]")]
    keep: Vec<String>,
    /// Keep what these actions are granted today, as `backup:*`. May be repeated.
    #[arg(long, value_name = "PATTERN")]
    never_remove: Vec<String>,
    /// What shares a statement.
    #[arg(long, value_enum, default_value = "resources")]
    group: Group,
    /// What the policies are attached as; `association`: the session policy of the Pod Identity association, under the
    /// role as it is.
    #[arg(long, value_enum, default_value = "managed")]
    attach: Attach,
    /// Write namespace, ServiceAccount and cluster in resources as the session tags of Pod Identity.
    #[arg(long)]
    abac: bool,
    /// Limit each service to the VPC endpoints that all its calls came through.
    #[arg(long)]
    source_vpce: bool,
    /// `json`: everything with its proof; the others: the policies alone.
    #[arg(long, value_enum, default_value = "json")]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Group {
    /// Actions with the same resources and conditions.
    Resources,
    /// Of these, those of one access level.
    Level,
    /// Each action by itself.
    Action,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Attach {
    Managed,
    Inline,
    Association,
}

impl Args {
    fn options(&self) -> RecommendOptions {
        RecommendOptions {
            min_age_days: self.min_age,
            keep: self.keep.clone(),
            never_remove: self.never_remove.clone(),
            group: match self.group {
                Group::Resources => Grouping::Resources,
                Group::Level => Grouping::Level,
                Group::Action => Grouping::Action,
            },
            attach: match self.attach {
                Attach::Managed => PolicyKind::Managed,
                Attach::Inline => PolicyKind::Inline,
                Attach::Association => PolicyKind::Association,
            },
            abac: self.abac,
            source_vpce: self.source_vpce,
        }
    }

    fn span(&self) -> anyhow::Result<HistorySpan> {
        Ok(HistorySpan {
            since: self.since.as_deref().map(date).transpose()?,
            until: self.until.as_deref().map(date).transpose()?,
        })
    }
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
    let (span, options) = (args.span()?, args.options());
    let role = args.role.as_deref();
    let engine = place.engine().await?;
    let text = match &args.workload {
        Some(workload) => {
            let one = engine.recommendation(workload, role, span, &options).await?;
            if let Some(note) = &one.note {
                eprintln!("{note}");
            }
            match args.format.policies() {
                None => json(&one)?,
                Some(format) => render(&[one], format),
            }
        }
        None => {
            let all = engine.recommendations(role, span, &options).await?;
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
