//! Feeds altered policies and requests to the parser, the evaluator and the linter for as many seconds
//! as are given, and says how many there were and which took longest.
//!
//! `cargo run --release -p podtrail-iam --example fuzz -- 60 [SEED]`
//!
//! A panic ends it with the input that caused it on standard error; the same seed comes to it again.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the generator of the cases is a test's"
)]

#[path = "../tests/oracles/cases.rs"]
#[expect(dead_code, reason = "the test uses more of it")]
mod cases;
#[path = "../tests/oracles/conditions.rs"]
mod conditions;
#[path = "../tests/oracles/random.rs"]
mod random;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use podtrail_iam::lint::{LintKind, lint};
use podtrail_iam::policy::Policy;
use podtrail_iam::simulate::simulate_line;
use random::Random;
use serde_json::{Value, json};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Some(Ok(seconds)), Ok(seed)) = (arguments.next(), arguments.next().unwrap_or(Ok(1))) else {
        eprintln!("accepted: the seconds to run and, if wanted, a seed, both whole numbers");
        return ExitCode::FAILURE;
    };
    let mut random = Random::new(seed);
    let (start, mut inputs, mut bytes) = (Instant::now(), 0_u64, 0_u64);
    let mut slowest = (Duration::ZERO, String::new());
    while start.elapsed() < Duration::from_secs(seconds) {
        let line = input(&mut random);
        let begin = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| judge(&line))).is_err() {
            eprintln!("panicked on the input:\n{line}");
            return ExitCode::FAILURE;
        }
        inputs += 1;
        bytes += line.len() as u64;
        if begin.elapsed() > slowest.0 {
            slowest = (begin.elapsed(), line);
        }
    }
    println!("{inputs} inputs of {bytes} bytes, no panic");
    let start: String = slowest.1.chars().take(400).collect();
    println!(
        "the slowest took {:?} for {} bytes: {start}",
        slowest.0,
        slowest.1.len()
    );
    ExitCode::SUCCESS
}

/// Everything that reads what users give.
fn judge(line: &str) {
    drop(simulate_line(line));
    drop(Policy::parse(line));
    let Ok(value) = serde_json::from_str::<Value>(line) else {
        return;
    };
    for (layer, kind) in [
        ("identity_policies", LintKind::Managed),
        ("session_policies", LintKind::Session),
        ("resource_policy", LintKind::Trust),
        ("scps", LintKind::ServiceControl),
        ("rcps", LintKind::ResourceControl),
    ] {
        for document in documents(value.get(layer)) {
            drop(lint(document, kind));
        }
    }
}

/// The documents of a layer, in lists of whatever depth.
fn documents(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(list)) => list.iter().flat_map(|item| documents(Some(item))).collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    }
}

/// A generated case, altered a few times: as a tree, then at times as bytes.
fn input(random: &mut Random) -> String {
    let mut case = cases::case(random.below(cases::COUNT));
    for _ in 0..1 + random.below(6) {
        alter(random, &mut case);
    }
    let mut bytes = case.to_string().into_bytes();
    for _ in 0..random.below(3) {
        alter_bytes(random, &mut bytes);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Alters one place of the tree.
fn alter(random: &mut Random, value: &mut Value) {
    let stop = random.chance(15);
    match value {
        Value::Object(map) if !stop && !map.is_empty() => {
            let at = random.below(map.len());
            if let Some((_, inner)) = map.iter_mut().nth(at) {
                alter(random, inner);
            }
        }
        Value::Array(list) if !stop && !list.is_empty() => {
            let at = random.below(list.len());
            if let Some(inner) = list.get_mut(at) {
                alter(random, inner);
            }
        }
        Value::Array(list) if random.chance(60) => {
            // Many of the same.
            let copies: Vec<Value> = list
                .iter()
                .cycle()
                .take(list.len() * random.below(40))
                .cloned()
                .collect();
            list.extend(copies);
        }
        other => *other = replacement(random, other),
    }
}

fn replacement(random: &mut Random, old: &Value) -> Value {
    let text = old.as_str().unwrap_or("*");
    match random.below(12) {
        0 => json!(null),
        1 => json!([]),
        2 => json!({}),
        3 => json!([old, old]),
        4 => json!(random.below(usize::MAX)),
        5 => json!(true),
        6 => json!(""),
        7 => json!(format!("{text}{}", "*a".repeat(random.below(300)))),
        8 => json!(format!("{text}{}", "?".repeat(random.below(300)))),
        9 => json!(format!("{}${{aws:PrincipalTag/team, '{text}'}}", "")),
        10 => json!(text.replace(['a', '/'], "*")),
        _ => json!(text.replace('e', "\u{1F600}").to_uppercase()),
    }
}

/// Alters a few bytes: flips, cuts, copies.
fn alter_bytes(random: &mut Random, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let at = random.below(bytes.len());
    match random.below(4) {
        0 => bytes.truncate(at),
        1 => bytes.insert(at, *b"\"{}[],:*?$\\0\xff".get(random.below(12)).unwrap_or(&b'x')),
        2 => drop(bytes.remove(at)),
        _ => {
            let part: Vec<u8> = bytes.iter().skip(at).take(random.below(200)).copied().collect();
            bytes.extend(part);
        }
    }
}
