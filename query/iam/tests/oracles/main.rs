//! The evaluator held against two others, on generated situations.
//!
//! `eval "$(bash tests/parts.sh oracles)"` installs the two and says where they are; each runs as a
//! program of its own. Where an oracle differs AWS's documentation decides, and [`differences`]
//! records it.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may stop at the first surprise"
)]

mod cases;
mod conditions;
mod differences;
mod random;
mod run;
mod view;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use podtrail_iam::simulate::simulate_line;
use serde_json::Value;

use differences::{Oracle, REASONS};
use view::View;

/// Writes cases to a file of the test's own folder.
fn write(name: &str, lines: &[String]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, lines.join("\n") + "\n").expect("a file of cases");
    path
}

fn our_verdict(line: &str) -> String {
    let answer: Value = serde_json::from_str(&simulate_line(line)).expect("one JSON line");
    match answer["decision"].as_str() {
        Some(decision) => decision.to_owned(),
        None => panic!("{line} is no case: {answer}"),
    }
}

#[test]
fn the_cases_are_the_same_each_time_and_all_kinds_of_verdict_are_common() {
    let cases: Vec<String> = cases::all().iter().map(Value::to_string).collect();
    assert_eq!(cases.len(), cases::COUNT);
    assert_eq!(cases[4_711], cases::case(4_711).to_string());
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    for line in &cases {
        *verdicts.entry(our_verdict(line)).or_default() += 1;
    }
    assert_eq!(
        verdicts.keys().collect::<Vec<_>>(),
        ["allow", "explicit_deny", "implicit_deny"]
    );
    assert!(verdicts.values().all(|count| count * 5 > cases.len()), "{verdicts:?}");
}

#[test]
fn the_oracles_agree_or_the_reason_is_recorded() {
    let Some(installed) = run::Installed::find() else {
        return;
    };
    let cases = cases::all();
    let lines: Vec<String> = cases.iter().map(Value::to_string).collect();
    let (first, second) = lines.split_at(lines.len() / 2);
    let halves = [
        installed.iam_simulate(&write("cases-1.jsonl", first)),
        installed.iam_simulate(&write("cases-2.jsonl", second)),
    ];
    let pmapper = installed.pmapper(&write("cases.jsonl", &lines));
    let ours: Vec<String> = lines.iter().map(|line| our_verdict(line)).collect();
    let iam_simulate: Vec<String> = halves.into_iter().flat_map(run::Running::verdicts).collect();
    let mut report = Report::default();
    report.compare(Oracle::IamSimulate, &cases, &ours, &iam_simulate);
    report.compare(Oracle::Pmapper, &cases, &ours, &pmapper.verdicts());
    report.print();
    report.check();
}

/// What the comparison found.
#[derive(Default)]
struct Report {
    /// By oracle: cases judged by both, and those with the same verdict.
    totals: BTreeMap<Oracle, (usize, usize)>,
    /// By reason: differences it covers, and those that no other reason covers.
    covered: BTreeMap<usize, (usize, usize)>,
    uncovered: Vec<String>,
}

impl Report {
    fn compare(&mut self, oracle: Oracle, cases: &[Value], ours: &[String], theirs: &[String]) {
        assert_eq!(ours.len(), theirs.len(), "{oracle:?} answers each case");
        for ((case, ours), theirs) in cases
            .iter()
            .zip(ours)
            .zip(theirs)
            .filter(|(_, theirs)| *theirs != "none")
        {
            let (judged, same) = self.totals.entry(oracle).or_default();
            *judged += 1;
            if ours == theirs {
                *same += 1;
                continue;
            }
            let view = View::new(case, ours);
            let reasons = REASONS.iter().enumerate();
            let of: Vec<usize> = reasons
                .filter(|(_, reason)| reason.oracle == oracle && (reason.applies)(&view))
                .map(|(at, _)| at)
                .collect();
            for reason in &of {
                let (all, alone) = self.covered.entry(*reason).or_default();
                *all += 1;
                *alone += usize::from(of.len() == 1);
            }
            if of.is_empty() {
                self.uncovered
                    .push(format!("{oracle:?} says {theirs}, we {ours}: {case}"));
            }
        }
    }

    fn print(&self) {
        for (oracle, (judged, same)) in &self.totals {
            let percent = 100.0 * *same as f64 / *judged as f64;
            println!("{oracle:?}: {same} of {judged} verdicts are ours ({percent:.2} %)");
            for (at, reason) in REASONS
                .iter()
                .enumerate()
                .filter(|(_, reason)| reason.oracle == *oracle)
            {
                let (all, alone) = self.covered.get(&at).copied().unwrap_or_default();
                println!(
                    "  {all:>5} ({alone} alone)  {}\n        {}",
                    reason.what, reason.documented
                );
            }
        }
    }

    fn check(&self) {
        let shown: Vec<&String> = self.uncovered.iter().take(5).collect();
        assert!(
            self.uncovered.is_empty(),
            "{} differences without a reason, such as {shown:#?}",
            self.uncovered.len()
        );
        for (at, reason) in REASONS.iter().enumerate() {
            let alone = self.covered.get(&at).is_some_and(|(_, alone)| *alone > 0);
            assert!(
                alone,
                "nothing needs the reason \"{}\" any more: take it out",
                reason.what
            );
        }
    }
}
