//! `podtrail simulate FILE|-` and `podtrail map FILE|-`: one line out for each line in, in order.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};

use super::exit::{Outcome, unreadable};

/// Arguments of `simulate`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// JSON lines; `-` is standard input.
    #[arg(value_name = "FILE|-")]
    file: String,
}

/// Arguments of `map`.
#[derive(Debug, clap::Args)]
pub(super) struct MapArgs {
    /// CloudTrail records as JSON lines; `-` is standard input.
    #[arg(value_name = "FILE|-", required_unless_present = "gauge")]
    file: Option<String>,
    /// Print instead how much of AWS's API the mapping knows.
    #[arg(long, conflicts_with = "confirm")]
    gauge: bool,
    /// Print instead whether the messages of denied calls name the actions that the records map to; exit code 1 if
    /// one names another.
    #[arg(long)]
    confirm: bool,
}

/// Evaluates each line.
pub(super) fn simulate(args: &Args) -> anyhow::Result<Outcome> {
    each(&args.file, podtrail_iam::simulate::simulate_line)
}

/// Maps each line.
pub(super) fn map(args: &MapArgs) -> anyhow::Result<Outcome> {
    if args.gauge {
        println!("{}", serde_json::to_string_pretty(&podtrail_iam::map::gauge())?);
        return Ok(Outcome::Done);
    }
    let file = args.file.as_deref().unwrap_or("-");
    if args.confirm {
        return confirm(file);
    }
    each(file, podtrail_iam::map::map_line)
}

fn confirm(file: &str) -> anyhow::Result<Outcome> {
    let mut counting = podtrail_iam::map::Counting::default();
    for line in open(file)?.split(b'\n') {
        counting.add_line(&String::from_utf8_lossy(&line?));
    }
    let found = counting.finish();
    println!("{}", serde_json::to_string_pretty(&found)?);
    Ok(if found.contradicted == 0 {
        Outcome::Done
    } else {
        Outcome::No
    })
}

fn open(file: &str) -> anyhow::Result<Box<dyn BufRead>> {
    if file == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    let file = File::open(file).map_err(|error| unreadable(file, &error))?;
    Ok(Box::new(BufReader::new(file)))
}

fn each(file: &str, answer: fn(&str) -> String) -> anyhow::Result<Outcome> {
    let input = open(file)?;
    let mut out = BufWriter::new(io::stdout().lock());
    for line in input.split(b'\n') {
        // A line that is not UTF-8 is a bad line, and gets its answer like any other.
        writeln!(out, "{}", answer(&String::from_utf8_lossy(&line?)))?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}
