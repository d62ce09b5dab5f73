//! A check as Markdown, for a pull request. Names come from logs and documents: all are escaped.

use std::fmt::Write as _;

use crate::answer::{ChangeKind, Check, CheckChange, CheckJudged, CheckLint, CheckVerdict};

/// Rows of a table or list before the rest is counted.
const ROWS: usize = 25;
/// Longest text of a cell, in characters.
const CELL: usize = 200;
/// Bytes after which the rest is counted: GitHub takes 65,536 characters for a comment.
const ALL: usize = 60_000;

/// The check in words: the verdict, whom it bears on, what would be denied, what is not known and why. What is beyond
/// [`ROWS`] or [`ALL`] is counted.
pub fn markdown(check: &Check) -> String {
    let mut out = String::new();
    out.push_str(&verdict(check));
    let head = [
        "Workload", "Role", "Calls", "Denied", "Unknown", "Issues", "Denied", "Unknown",
    ];
    let all: Vec<&CheckJudged> = check.judged.iter().collect();
    table(&mut out, "Judged", &head, &all, |one| judged(one));
    let (open, denied): (Vec<Miss<'_>>, Vec<Miss<'_>>) =
        misses(check).into_iter().partition(|m| m.decision == "unknown");
    let head = ["Workload", "What", "On, or by whom", "Times", "Event"];
    table(&mut out, "Would be denied", &head, &denied, |miss| {
        miss.row(code(miss.event))
    });
    let head = ["Workload", "What", "On, or by whom", "Times", "For want of"];
    table(&mut out, "Not decided", &head, &open, |miss| miss.row(miss.wanting()));
    let all: Vec<&CheckChange> = check.changes.iter().collect();
    table(
        &mut out,
        "Changes",
        &["Where", "What", "Role", "Not known"],
        &all,
        |one| change(one),
    );
    let all: Vec<&CheckLint> = check.lints.iter().collect();
    table(
        &mut out,
        "In the documents",
        &["Where", "Weight", "What"],
        &all,
        |one| lint(one),
    );
    list(&mut out, "Not judged", &check.untouched);
    out
}

fn verdict(check: &Check) -> String {
    let unknown = match check.unknown {
        0 => String::new(),
        n => format!(" {n} cannot be decided."),
    };
    let text = match check.verdict {
        CheckVerdict::Breaks => format!(
            "**Breaks**: {} of {} calls and credential issues that worked would be denied.",
            check.denied, check.calls
        ),
        CheckVerdict::Holds => format!(
            "**Holds**: of {} calls and credential issues that worked, none would be denied.",
            check.calls
        ),
        CheckVerdict::NoHistory => {
            "**No history**: nothing in the lake bears on these changes, so this says nothing about them.".to_owned()
        }
    };
    format!("### Podtrail check\n\n{text}{unknown}\n")
}

fn judged(one: &CheckJudged) -> Vec<String> {
    let calls = one.replay.as_ref().map(|r| [r.calls, r.denied, r.unknown]);
    let issues = one.issues.as_ref().map(|r| [r.calls, r.denied, r.unknown]);
    let mut row = vec![workload(one), role(one)];
    for numbers in [calls, issues] {
        match numbers {
            Some(numbers) => row.extend(numbers.iter().map(u64::to_string)),
            None => row.extend(["–", "–", "–"].map(str::to_owned)),
        }
    }
    row
}

fn workload(one: &CheckJudged) -> String {
    one.workload.as_deref().map_or_else(|| "others".to_owned(), code)
}

fn role(one: &CheckJudged) -> String {
    let mut text = code(&one.role_arn);
    if let Some(why) = &one.why {
        let _ = write!(text, "; {}", escaped(why));
    }
    if let Some(today) = one.denied_today.filter(|n| *n > 0) {
        let _ = write!(
            text,
            "; {today} of the calls are not allowed by today's policies either"
        );
    }
    text
}

/// Calls or issues that are denied, or not decided.
struct Miss<'c> {
    of: &'c CheckJudged,
    action: &'c str,
    on: &'c str,
    decision: &'c str,
    missing: &'c [String],
    times: u64,
    event: &'c str,
}

fn misses(check: &Check) -> Vec<Miss<'_>> {
    let mut all = Vec::new();
    for of in &check.judged {
        let calls = of.replay.iter().flat_map(|r| &r.counterexamples).map(|m| Miss {
            of,
            action: &m.action,
            on: &m.resource,
            decision: &m.decision,
            missing: &m.missing_keys,
            times: m.calls,
            event: &m.sample_event_id,
        });
        let issues = of.issues.iter().flat_map(|r| &r.counterexamples).map(|m| Miss {
            of,
            action: &m.action,
            on: &m.asker,
            decision: &m.decision,
            missing: &m.missing_keys,
            times: m.calls,
            event: &m.sample_event_id,
        });
        all.extend(calls.chain(issues));
    }
    all
}

impl Miss<'_> {
    fn row(&self, last: String) -> Vec<String> {
        vec![
            workload(self.of),
            code(self.action),
            code(self.on),
            self.times.to_string(),
            last,
        ]
    }

    fn wanting(&self) -> String {
        match self.missing {
            [] => "the call maps to no known action".to_owned(),
            missing => escaped(&missing.join(", ")),
        }
    }
}

fn change(change: &CheckChange) -> Vec<String> {
    let kind = match change.kind {
        ChangeKind::Policy => "policy",
        ChangeKind::Trust => "trust",
        ChangeKind::Association => "association",
        ChangeKind::Boundary => "boundary",
        ChangeKind::Attachment => "attachment",
        ChangeKind::Role => "role",
    };
    vec![
        code(&change.source),
        format!("{kind}: {}", escaped(&change.summary)),
        change.role_arn.as_deref().map(code).unwrap_or_default(),
        escaped(&change.unknown.join("; ")),
    ]
}

fn lint(lint: &CheckLint) -> Vec<String> {
    let place = format!("{} {}", lint.source, lint.pointer);
    vec![code(place.trim_end()), escaped(&lint.severity), escaped(&lint.message)]
}

fn table<T>(out: &mut String, title: &str, head: &[&str], items: &[T], row: impl Fn(&T) -> Vec<String>) {
    if items.is_empty() {
        return;
    }
    let _ = write!(
        out,
        "\n#### {title}\n\n| {} |\n|{}\n",
        head.join(" | "),
        " --- |".repeat(head.len())
    );
    lines(out, items, |item| format!("| {} |", row(item).join(" | ")));
}

fn list(out: &mut String, title: &str, items: &[String]) {
    if !items.is_empty() {
        let _ = write!(out, "\n#### {title}\n\n");
        lines(out, items, |item| format!("- {}", escaped(item)));
    }
}

/// A line for each item as far as there is room, and how many more there are.
fn lines<T>(out: &mut String, items: &[T], line: impl Fn(&T) -> String) {
    let mut shown = 0;
    for item in items.iter().take(ROWS) {
        let line = line(item);
        if out.len() + line.len() > ALL {
            break;
        }
        let _ = writeln!(out, "{line}");
        shown += 1;
    }
    if shown < items.len() {
        let _ = writeln!(out, "\nand {} more", items.len() - shown);
    }
}

/// A name as code. Within backticks nothing can be escaped, so it is HTML's.
fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// Plain text: each character that Markdown, a table or HTML may read becomes a character reference (CommonMark 0.31,
/// "Entity and numeric character references": it is then text and nothing else), also `@`, which would call people, and
/// what would make a link. Names stay readable: `s3:GetObject`, `aws_iam_role.a-b`.
fn escaped(text: &str) -> String {
    let all: Vec<char> = text.chars().take(CELL + 1).collect();
    let mut out = String::new();
    for (at, c) in all.iter().copied().enumerate() {
        if at == CELL {
            out.push('…');
            break;
        }
        let before = all.get(..at).unwrap_or_default();
        let next = all.get(at + 1).copied();
        if c.is_control() || is_format(c) {
            out.push('\u{fffd}');
        } else if !c.is_ascii() || is_plain(before, c, next) {
            out.push(c);
        } else {
            let _ = write!(out, "&#{};", u32::from(c));
        }
    }
    out
}

/// Whether an ASCII character stands for itself where it stands.
fn is_plain(before: &[char], c: char, next: Option<char>) -> bool {
    let inside = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric());
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' | ' ' | ',' | '/' | '?' | ';' | '(' | '=' | '%' => true,
        // `_` within a word is no emphasis, `-` behind a letter no list.
        '_' => inside(before.last()) && inside(next.as_ref()),
        '-' => !before.is_empty(),
        ':' => next != Some('/'),
        // `1.` and `1)` begin lists, `www.` a link.
        '.' | ')' => {
            let number = before.iter().all(char::is_ascii_digit);
            let link = before.len() >= 3 && before.iter().rev().take(3).all(|c| c.eq_ignore_ascii_case(&'w'));
            !number && !link
        }
        _ => false,
    }
}

/// Characters that are not seen and turn text around or hide it.
fn is_format(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
