//! `podtrail migrate WORKLOAD`

use std::fmt::Write as _;

use anyhow::Context;
use clap::ValueEnum;
use podtrail_analysis::answer::Migration;

use super::Place;
use super::exit::Outcome;
use crate::output::terminal_text;

/// Arguments of `migrate`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// `cluster/namespace/serviceaccount`.
    workload: String,
    /// `text`: to read; `json`: everything; `shell`: the commands alone; `terraform`: the association.
    #[arg(long, value_enum, default_value = "text")]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
    Shell,
    Terraform,
}

/// Prints the plan. What stands against it makes the answer "no".
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let plan = place.engine().await?.migration(&args.workload).await?;
    let text = match args.format {
        Form::Text => text(&plan),
        Form::Json => serde_json::to_string_pretty(&plan).context("the plan could not be written as JSON")?,
        Form::Shell => shell(&plan),
        Form::Terraform => plan.terraform.clone().unwrap_or_default(),
    };
    println!("{}", text.trim_end());
    if args.format != Form::Text {
        for blocker in &plan.blockers {
            eprintln!("against it: {}", terminal_text(blocker));
        }
    }
    Ok(if plan.possible { Outcome::Done } else { Outcome::No })
}

fn text(plan: &Migration) -> String {
    let mut out = format!("{}: from IRSA to Pod Identity\n", plan.workload);
    if let Some(role) = &plan.role_arn {
        let _ = writeln!(out, "role {role}");
    }
    for blocker in &plan.blockers {
        let _ = writeln!(out, "\nAGAINST IT: {blocker}");
    }
    for (at, step) in plan.steps.iter().enumerate() {
        let _ = writeln!(out, "\n{}. {}\n   {}", at + 1, step.title, step.why);
        for line in step.command.iter().flat_map(|command| command.lines()) {
            let _ = writeln!(out, "     {line}");
        }
    }
    let _ = writeln!(
        out,
        "\nAfterwards sessions are called {}",
        plan.after.session_name_pattern
    );
    for tag in &plan.after.tags {
        let _ = writeln!(out, "  {} = {}", tag.key, tag.value);
    }
    for note in &plan.notes {
        let _ = writeln!(out, "\nNote: {note}");
    }
    terminal_text(&out)
}

fn shell(plan: &Migration) -> String {
    let step = |(at, step): (usize, &podtrail_analysis::answer::MigrationStep)| {
        format!(
            "# {}. {}\n{}\n",
            at + 1,
            step.title,
            step.command.as_deref().unwrap_or_default()
        )
    };
    plan.steps.iter().enumerate().map(step).collect::<Vec<_>>().join("\n")
}
