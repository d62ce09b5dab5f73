//! `podtrail coverage`

use std::io::{IsTerminal, Write};

use podtrail_analysis::answer::{Coverage, GapBasis, PlaceCoverage};
use serde_json::{Map, Value, json};

use super::Place;
use super::exit::Outcome;
use super::status::lag;
use crate::output::{Format, print_objects, terminal_text};

const COLUMNS: [&str; 10] = [
    "account",
    "region",
    "from",
    "to",
    "hours",
    "missing",
    "longest_gap",
    "by",
    "lag_p95",
    "data_events",
];

/// Arguments of `coverage`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Print everything as JSON, as the API does.
    #[arg(long)]
    json: bool,
}

/// Tells people the places and what is missing, programs everything.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let coverage = place.engine().await?.coverage().await?;
    let mut out = std::io::stdout().lock();
    if args.json || !std::io::stdout().is_terminal() {
        writeln!(out, "{}", serde_json::to_string(&*coverage)?)?;
    } else {
        tell(&mut out, &coverage)?;
    }
    Ok(Outcome::Done)
}

fn tell(out: &mut dyn Write, coverage: &Coverage) -> std::io::Result<()> {
    let rows: Vec<Map<String, Value>> = coverage.places.iter().map(row).collect();
    print_objects(out, Format::Table, &COLUMNS, &rows)?;
    let calls: u64 = coverage.classes.iter().map(|share| share.calls).sum();
    for share in &coverage.classes {
        let class = serde_json::to_value(share.class)?;
        let class = class.as_str().unwrap_or_default();
        writeln!(
            out,
            "{class}: {} of {calls} calls ({})",
            share.calls,
            percent(share.calls, calls)
        )?;
    }
    if !coverage.unattributed.is_empty() {
        writeln!(out, "\nNot attributed, by reason:")?;
    }
    for reason in &coverage.unattributed {
        writeln!(out, "  {} calls: {}", reason.calls, terminal_text(&reason.reason))?;
    }
    for note in &coverage.notes {
        writeln!(out, "\n{}", terminal_text(note))?;
    }
    Ok(())
}

/// A place as a row of the table: what is unknown is absent.
fn row(place: &PlaceCoverage) -> Map<String, Value> {
    let longest = place.gaps.iter().max_by_key(|gap| gap.hours);
    let row = json!({
        "account": place.account,
        "region": place.region,
        "from": place.from,
        "to": place.to,
        "hours": place.hours,
        "missing": place.missing_hours,
        "longest_gap": longest.map(|gap| format!("{} h from {}", gap.hours, gap.from)),
        "by": match place.basis {
            GapBasis::Files => "files",
            GapBasis::Events => "events",
        },
        "lag_p95": place.lag_seconds.map(|seconds| lag(seconds.p95)),
        "data_events": place.data_sources,
    });
    match row {
        Value::Object(row) => row,
        _ => Map::new(),
    }
}

/// A share with one digit, cut off: `100 %` is all and nothing less.
fn percent(part: u64, whole: u64) -> String {
    let tenths = (u128::from(part) * 1000)
        .checked_div(u128::from(whole))
        .unwrap_or_default();
    match tenths % 10 {
        0 => format!("{} %", tenths / 10),
        digit => format!("{}.{digit} %", tenths / 10),
    }
}

#[cfg(test)]
mod tests {
    use podtrail_analysis::answer::{ClassShare, Gap, Lag, Unattributed};
    use podtrail_analysis::lineage::{Class, Mechanism};
    use podtrail_event::time::Timestamp;

    use super::*;

    #[test]
    fn shares_are_cut_off_so_that_all_means_all() {
        let cases = [
            (0, 0, "0 %"),
            (1, 3, "33.3 %"),
            (1, 2, "50 %"),
            (9999, 10_000, "99.9 %"),
            (5, 5, "100 %"),
        ];
        for (part, whole, expected) in cases {
            assert_eq!(percent(part, whole), expected, "{part} of {whole}");
        }
    }

    #[test]
    fn people_read_places_shares_reasons_and_notes() {
        let time = |text: &str| Timestamp::parse(text).unwrap();
        let place = PlaceCoverage {
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            from: Some(time("2026-10-01T00:00:00Z")),
            to: Some(time("2026-10-01T10:00:00Z")),
            basis: GapBasis::Files,
            hours: 10,
            missing_hours: 3,
            gaps: vec![Gap {
                from: time("2026-10-01T04:00:00Z"),
                to: time("2026-10-01T07:00:00Z"),
                hours: 3,
            }],
            gap_count: 1,
            files: 70,
            lag_seconds: Some(Lag {
                median: 60,
                p95: 7500,
                max: 9000,
            }),
            data_sources: vec!["s3.amazonaws.com".into()],
        };
        let coverage = Coverage {
            places: vec![place],
            classes: vec![ClassShare {
                class: Class::Exact,
                calls: 4,
            }],
            unattributed: vec![Unattributed {
                mechanism: Mechanism::Other,
                reason: "aws service\u{1b}".into(),
                calls: 2,
            }],
            notes: vec!["There is no inventory.".into()],
            ..Coverage::default()
        };
        let mut out = Vec::new();
        tell(&mut out, &coverage).unwrap();
        let text = String::from_utf8(out).unwrap();
        // The table wraps to the width of the terminal, so only short words are looked for in it.
        for expected in [
            "exact: 4 of 4 calls (100 %)",
            "2 calls: aws service",
            "There is no inventory.",
            "2 h",
        ] {
            assert!(text.contains(expected), "`{expected}` in {text}");
        }
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
