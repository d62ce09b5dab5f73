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
    #[arg(long)]
    gauge: bool,
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
    each(args.file.as_deref().unwrap_or("-"), podtrail_iam::map::map_line)
}

fn each(file: &str, answer: fn(&str) -> String) -> anyhow::Result<Outcome> {
    let input: Box<dyn BufRead> = if file == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(
            File::open(file).map_err(|error| unreadable(file, &error))?,
        ))
    };
    let mut out = BufWriter::new(io::stdout().lock());
    for line in input.split(b'\n') {
        // A line that is not UTF-8 is a bad line, and gets its answer like any other.
        writeln!(out, "{}", answer(&String::from_utf8_lossy(&line?)))?;
    }
    out.flush()?;
    Ok(Outcome::Done)
}
