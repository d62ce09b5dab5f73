//! `podtrail check [PATH…]`

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use podtrail_analysis::answer::{Check, CheckVerdict};
use podtrail_analysis::check::{File, markdown};
use podtrail_iam::policy::Policy;
use podtrail_query::{CheckQuestion, HistorySpan};

use super::Place;
use super::exit::{Outcome, Usage, unreadable};
use super::recommend::date;

/// Arguments of `check`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Policies, trust policies, Terraform plans (`terraform show -json`) and recommendations; of a folder each `.json`
    /// file below it, what is hidden left out.
    #[arg(value_name = "PATH", required_unless_present = "policies")]
    paths: Vec<PathBuf>,
    /// Only the history of `cluster/namespace/serviceaccount`; a bare policy is that of its roles.
    #[arg(long)]
    workload: Option<String>,
    /// Policy documents, in place of all that the role has today. Without a PATH the replay alone is printed, by role.
    #[arg(long = "policy", value_name = "FILE")]
    policies: Vec<PathBuf>,
    /// Only history through this role, by ARN; a bare policy is that role's [default: each].
    #[arg(long, value_name = "ARN")]
    role: Option<String>,
    /// Use history from this day on (UTC) [default: the whole lake].
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// `json`, or `markdown` for a pull request.
    #[arg(long, value_enum, default_value = "json")]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Json,
    Markdown,
}

/// Judges the history under what the documents change; the answer is "no" when a call or a credential issue that worked
/// would be denied.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    if let (Some(workload), [], Form::Json) = (&args.workload, args.paths.as_slice(), args.format) {
        return replay(place, workload, &args).await;
    }
    let mut files = Vec::new();
    for path in &args.paths {
        collect(path, &mut files)?;
    }
    files.extend(args.policies.iter().cloned());
    let texts = files.iter().map(|path| Ok((name(path), text(path)?)));
    let texts: Vec<(String, String)> = texts.collect::<Result<_, Usage>>()?;
    if texts.is_empty() {
        let paths: Vec<String> = args.paths.iter().map(|path| format!("`{}`", path.display())).collect();
        return Err(Usage(format!("there is no `.json` file in {}", paths.join(", "))).into());
    }
    let files: Vec<File<'_>> = texts.iter().map(|(name, text)| File { name, text }).collect();
    let question = CheckQuestion {
        files: &files,
        workload: args.workload.as_deref(),
        role: args.role.as_deref(),
        since: args.since.as_deref().map(date).transpose()?,
    };
    let check = place.engine().await?.check_changes(question).await?;
    match args.format {
        Form::Json => println!("{}", serde_json::to_string_pretty(&check)?),
        Form::Markdown => print!("{}", markdown(&check)),
    }
    Ok(outcome(&check))
}

fn outcome(check: &Check) -> Outcome {
    match check.verdict {
        CheckVerdict::Breaks => {
            eprintln!(
                "{} calls and credential issues that worked would be denied",
                check.denied
            );
            return Outcome::No;
        }
        CheckVerdict::NoHistory => {
            eprintln!("nothing in the history bears on the changes: this says nothing about them")
        }
        CheckVerdict::Holds => {}
    }
    Outcome::Done
}

/// Prints the replay by role of policies in place of a workload's own.
async fn replay(place: &Place, workload: &str, args: &Args) -> anyhow::Result<Outcome> {
    let span = HistorySpan {
        since: args.since.as_deref().map(date).transpose()?,
        until: None,
    };
    let policies = args
        .policies
        .iter()
        .map(|path| read(path))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let engine = place.engine().await?;
    let replays = engine.check(workload, args.role.as_deref(), span, &policies).await?;
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

fn read(path: &Path) -> anyhow::Result<Policy> {
    Ok(Policy::parse(&text(path)?).map_err(|error| Usage(format!("the policy `{}`: {error}", path.display())))?)
}

fn text(path: &Path) -> Result<String, Usage> {
    std::fs::read_to_string(path).map_err(|error| unreadable(&name(path), &error))
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// A file as it is; of a folder every `.json` file below it, sorted. What is hidden is left out: `.terraform` holds
/// JSON of its own. Links to folders are not followed.
fn collect(path: &Path, into: &mut Vec<PathBuf>) -> Result<(), Usage> {
    if !path.is_dir() {
        into.push(path.to_owned());
        return Ok(());
    }
    let failed = |error: std::io::Error| unreadable(&name(path), &error);
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    entries.sort();
    for entry in entries {
        let hidden = entry
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let is_json = entry.extension().is_some_and(|extension| extension == "json");
        if !hidden && ((entry.is_dir() && !entry.is_symlink()) || (is_json && entry.is_file())) {
            collect(&entry, into)?;
        }
    }
    Ok(())
}
