//! `podtrail status`

use std::io::{IsTerminal, Write};

use podtrail_analysis::answer::{SourceStatus, Status};
use podtrail_event::time::Timestamp;
use serde_json::{Map, Value, json};

use super::Place;
use super::exit::Outcome;
use crate::output::{Format, print_objects, terminal_text};

const COLUMNS: [&str; 11] = [
    "source",
    "read",
    "stored",
    "duplicate",
    "rejected",
    "conflict",
    "last_event",
    "lag",
    "backlog",
    "failed",
    "last_run",
];

/// Arguments of `status`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print everything as JSON, as the API does.
    #[arg(long)]
    json: bool,
}

/// Tells people the ledger and the lake, programs everything.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let status = place.engine().await?.status().await?;
    let mut out = std::io::stdout().lock();
    if args.json || !std::io::stdout().is_terminal() {
        writeln!(out, "{}", serde_json::to_string(&status)?)?;
    } else {
        tell(&mut out, &status)?;
    }
    Ok(Outcome::Done)
}

fn tell(out: &mut dyn Write, status: &Status) -> std::io::Result<()> {
    let span = |time: Option<Timestamp>| time.map_or_else(|| "–".into(), |time| time.to_string());
    let lake = &status.lake;
    let (first, last) = (span(lake.first_event), span(lake.last_event));
    writeln!(out, "{} events from {first} to {last}", lake.events)?;
    writeln!(
        out,
        "{} files, {}; {} rejects (`podtrail sql 'SELECT * FROM lake.rejects'`)",
        lake.files,
        size(lake.bytes),
        lake.rejects
    )?;
    let kinds = status.inventory.iter().map(|(kind, count)| format!("{count} {kind}"));
    let kinds: Vec<String> = kinds.collect();
    let kinds = if kinds.is_empty() {
        "none".into()
    } else {
        kinds.join(", ")
    };
    writeln!(out, "inventory: {kinds}")?;
    let rows: Vec<Map<String, Value>> = status.sources.iter().map(row).collect();
    print_objects(out, Format::Table, &COLUMNS, &rows)?;
    for source in &status.sources {
        if let (Some(failed @ 1..), Some(problem)) = (source.failed_objects, &source.problem) {
            let told = format!(
                "`{}`: {failed} could not be read, the last because: {problem}",
                source.source
            );
            writeln!(out, "{}", terminal_text(&told))?;
        }
    }
    Ok(())
}

/// A source as a row of the table: what is unknown is absent.
fn row(source: &SourceStatus) -> Map<String, Value> {
    let backlog = source.backlog_objects.map(|objects| match source.backlog_bytes {
        Some(bytes @ 1..) => format!("{objects} ({})", size(bytes)),
        _ => objects.to_string(),
    });
    let row = json!({
        "source": source.source,
        "read": source.read,
        "stored": source.stored,
        "duplicate": source.duplicate,
        "rejected": source.rejected,
        "conflict": source.conflict,
        "last_event": source.last_event,
        "lag": source.lag_seconds.map(lag),
        "backlog": backlog,
        "failed": source.failed_objects,
        "last_run": source.last_run,
    });
    match row {
        Value::Object(row) => row,
        _ => Map::new(),
    }
}

/// Seconds in their two largest units: `2 d 4 h`.
pub(super) fn lag(seconds: u64) -> String {
    let parts = [
        (seconds / 86_400, "d"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "min"),
    ];
    let told: Vec<String> = parts
        .into_iter()
        .skip_while(|(count, _)| *count == 0)
        .take(2)
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    if told.is_empty() {
        "under a minute".into()
    } else {
        told.join(" ")
    }
}

/// Bytes in decimal units: `1.8 MB`.
fn size(bytes: u64) -> String {
    let mut unit = ["kB", "MB", "GB", "TB"].into_iter().peekable();
    let (mut tenths, mut name) = (bytes.saturating_mul(10), "B");
    while tenths >= 10_000
        && let Some(larger) = unit.next()
    {
        (tenths, name) = (tenths / 1000, larger);
    }
    if name == "B" || tenths >= 100 {
        format!("{} {name}", tenths / 10)
    } else {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use podtrail_analysis::answer::LakeStatus;

    use super::*;

    #[test]
    fn lags_are_told_in_their_two_largest_units() {
        let cases = [
            (0, "under a minute"),
            (59, "under a minute"),
            (60, "1 min"),
            (3599, "59 min"),
            (3600, "1 h"),
            (7500, "2 h 5 min"),
            (86_400 + 59 * 60, "1 d"),
            (187_200, "2 d 4 h"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(lag(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn sizes_are_told_in_decimal_units() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1_842_113, "1.8 MB"),
            (12_345_678, "12 MB"),
            (5_000_000_000_000_000, "5000 TB"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(size(bytes), expected, "{bytes}");
        }
    }

    #[test]
    fn people_read_what_is_behind_and_why() {
        let source = SourceStatus {
            source: "s3://trail".into(),
            read: 5,
            stored: 4,
            duplicate: 0,
            rejected: 1,
            conflict: 0,
            last_run: None,
            last_event: Timestamp::parse("2026-10-01T10:00:00Z"),
            lag_seconds: Some(7500),
            backlog_objects: Some(12),
            backlog_bytes: Some(34_000),
            failed_objects: Some(2),
            problem: Some("access denied\u{1b}[2J: allow s3:GetObject".into()),
            noted_at: None,
        };
        let status = Status {
            version: "1".into(),
            iam_data_date: "2026-10-01".into(),
            lake: LakeStatus {
                events_version: 3,
                derived_version: None,
                events: 4,
                rejects: 1,
                files: 1,
                bytes: 2_000,
                first_event: None,
                last_event: None,
            },
            sources: vec![source],
            inventory: vec![("role".into(), 2)],
        };
        let mut out = Vec::new();
        tell(&mut out, &status).unwrap();
        let text = String::from_utf8(out).unwrap();
        // The table wraps to the width of the terminal, so only short words are looked for in it.
        for expected in [
            "4 events from – to –",
            "2.0 kB",
            "inventory: 2 role",
            "34 kB",
            "2 h",
            "2 could not be read",
        ] {
            assert!(text.contains(expected), "`{expected}` in {text}");
        }
        assert!(
            text.contains("allow s3:GetObject") && !text.contains('\u{1b}'),
            "{text}"
        );
    }
}
