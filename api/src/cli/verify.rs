//! `podtrail verify s3://BUCKET/PREFIX`

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use podtrail_aws::Access;
use podtrail_event::time::Timestamp;
use podtrail_ingest::digest::{
    self, Bucket, Counts, Error, KeyFile, ListedKeys, Progress, PublicKeys, Report, Scope, Vault, Window,
};
use serde_json::json;

use super::clock;
use super::exit::{Outcome, Usage, unreadable};
use super::recommend::date;
use crate::output::{Format, print_rows, terminal_text};

/// Arguments of `verify`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The trail's bucket, and a prefix down to an account or a region.
    #[arg(value_name = "s3://BUCKET/PREFIX")]
    source: String,
    /// Verify what was delivered from this time on (UTC) [default: all that is there].
    #[arg(long, value_name = "DATE")]
    since: Option<String>,
    /// Verify what was delivered before this time (UTC) [default: now].
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// File with public keys: the answer of `aws cloudtrail list-public-keys`, PEM, or base64 [default: CloudTrail is
    /// asked in the region of each digest].
    #[arg(long, value_name = "FILE")]
    public_keys: Vec<PathBuf>,
    /// Region of the bucket.
    #[arg(long)]
    region: Option<String>,
    /// A role to assume for every call.
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,
    /// How the problems are printed; `json` prints the summary too.
    #[arg(long, value_enum)]
    format: Option<Format>,
}

/// Prints what is not as CloudTrail delivered it; the answer is "no" when there is anything.
pub(super) async fn run(args: Args) -> anyhow::Result<Outcome> {
    let window = window(args.since.as_deref(), args.until.as_deref())?;
    let access = Access {
        region: args.region,
        role_arn: args.role_arn,
    };
    let keys = keys(&args.public_keys, &access)?;
    let report = verified(&args.source, window, &*keys, &access).await?;
    print(Format::or_default(args.format), &report)?;
    outcome(&args.source, &report)
}

/// Verifies a trail's bucket, with a bar on a terminal.
async fn verified(source: &str, window: Window, keys: &dyn PublicKeys, access: &Access) -> anyhow::Result<Report> {
    let (bucket, prefix) = place(source)?;
    let vault: Arc<dyn Vault> = Arc::new(Bucket::open(bucket, access).await);
    let progress: Box<dyn Progress> = if std::io::stderr().is_terminal() {
        Box::new(Bar::new())
    } else {
        Box::new(())
    };
    let verified = digest::verify(&vault, prefix, keys, window, &*progress).await;
    verified.map_err(|error| match error {
        Error::Prefix(_) => Usage(error.to_string()).into(),
        Error::Access(failure) if failure.missing => Usage(failure.to_string()).into(),
        Error::Access(failure) => anyhow::Error::from(failure),
    })
}

/// Verifies what an ingest reads from a bucket, with CloudTrail's own public keys, and tells the problems; none where there
/// is nothing to verify.
pub(super) async fn beside_ingest(
    source: &str,
    since: Option<&str>,
    until: Option<&str>,
    access: &Access,
) -> anyhow::Result<(Report, Outcome)> {
    let keys = ListedKeys::new(access.clone());
    let report = verified(source, window(since, until)?, &keys, access).await?;
    for problem in &report.problems {
        eprintln!(
            "podtrail: `{}`: {}",
            terminal_text(&problem.place),
            terminal_text(&problem.reason)
        );
    }
    let outcome = outcome(source, &report)?;
    Ok((report, outcome))
}

/// The bucket and the prefix of an address.
fn place(source: &str) -> Result<(&str, &str), Usage> {
    let place = source.strip_prefix("s3://").unwrap_or_default();
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    if bucket.is_empty() {
        let message =
            format!("`{source}` cannot be verified: give a trail's bucket, `s3://BUCKET` or `s3://BUCKET/PREFIX`");
        return Err(Usage(message));
    }
    Ok((bucket, prefix))
}

fn window(since: Option<&str>, until: Option<&str>) -> anyhow::Result<Window> {
    let since = since.map(date).transpose()?;
    let until = match until {
        Some(until) => date(until)?,
        None => Timestamp(clock() * 1000),
    };
    if since.is_some_and(|since| since >= until) {
        let message =
            format!("--since must be before --until, which is `{until}`: give an earlier time, or a later --until");
        return Err(Usage(message).into());
    }
    Ok(Window { since, until })
}

fn keys(files: &[PathBuf], access: &Access) -> anyhow::Result<Box<dyn PublicKeys>> {
    if files.is_empty() {
        return Ok(Box::new(ListedKeys::new(access.clone())));
    }
    let mut keys = KeyFile::default();
    for file in files {
        let name = file.display().to_string();
        let content = std::fs::read(file).map_err(|error| unreadable(&name, &error))?;
        keys.add(&name, &content).map_err(|error| Usage(error.to_string()))?;
    }
    Ok(Box::new(keys))
}

/// Prints the problems, and as JSON everything.
fn print(format: Format, report: &Report) -> anyhow::Result<()> {
    if format == Format::Json {
        let (from, to) = report.signed().unzip();
        let value = json!({
            "window": report.window, "signed": {"from": from, "to": to}, "total": report.total(),
            "scopes": report.scopes, "problems": report.problems,
        });
        println!("{}", serde_json::to_string_pretty(&value)?);
        return Ok(());
    }
    let columns: &[&str] = match format {
        Format::Table if report.problems.is_empty() => return Ok(()),
        // The place tells account and region, and the reason of a gap its times.
        Format::Table => &["outcome", "place", "reason"],
        _ => &["outcome", "account", "region", "place", "from", "to", "reason"],
    };
    Ok(print_rows(format, columns, &report.problems)?)
}

fn outcome(source: &str, report: &Report) -> anyhow::Result<Outcome> {
    let total = report.total();
    if report.scopes.is_empty() {
        eprintln!(
            "there is nothing to verify: no digest and no log file of that time lies below `{source}`; give the prefix \
             above `AWSLogs/`, or other times"
        );
        return Ok(Outcome::NothingReadable);
    }
    eprintln!("{}", summary(report, &total));
    if total.wrong() > 0 {
        return Ok(Outcome::No);
    }
    if total.unread > 0 {
        bail!(
            "{} of the objects could not be read, so nothing is known of them: the reasons are told above",
            total.unread
        );
    }
    Ok(Outcome::Done)
}

fn summary(report: &Report, total: &Counts) -> String {
    let mut text = format!(
        "{} valid, {} altered, {} deleted, {} unsigned, {} {}",
        total.valid,
        total.altered,
        total.deleted,
        total.unsigned,
        total.gap,
        if total.gap == 1 { "gap" } else { "gaps" }
    );
    if let Some((from, to)) = report.signed() {
        text += &format!("; signed from {from} to {to}");
    }
    let sum = |count: fn(&Scope) -> u64| report.scopes.iter().map(count).sum::<u64>();
    for (count, meaning) in [
        (total.unread, "could not be read"),
        (total.not_yet_signed, "newer than the newest digest"),
        (
            sum(|scope| scope.before_first_digest),
            "older than the first digest, and nothing proves them",
        ),
        (sum(|scope| scope.untold), "counted and not told"),
    ] {
        if count > 0 {
            text += &format!("; {count} {meaning}");
        }
    }
    text
}

/// A bar over digests and log files; their number grows while digests are read.
struct Bar(ProgressBar);

impl Bar {
    fn new() -> Self {
        let bar = ProgressBar::new(0);
        let template = "{spinner} {bar:32} {pos}/{len} digests and log files  {per_sec}  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self(bar)
    }
}

impl Progress for Bar {
    fn found(&self, objects: u64) {
        self.0.inc_length(objects);
    }

    fn checked(&self) {
        self.0.inc(1);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_bucket_and_perhaps_a_prefix() {
        for (source, expected) in [
            ("s3://trail", Some(("trail", ""))),
            ("s3://trail/", Some(("trail", ""))),
            ("s3://trail/audit/AWSLogs/", Some(("trail", "audit/AWSLogs/"))),
            ("s3://", None),
            ("s3:///AWSLogs", None),
            ("trail/AWSLogs", None),
            ("sqs://trail", None),
        ] {
            assert_eq!(place(source).ok(), expected, "{source}");
        }
    }
}
