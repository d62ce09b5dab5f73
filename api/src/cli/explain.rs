//! `podtrail explain EVENT_ID|ACCESS_KEY|WORKLOAD`

use std::io::{IsTerminal, Write};

use clap::ValueEnum;
use podtrail_analysis::answer::{Explanation, Party, PartyKind, Step};
use podtrail_analysis::lineage::Class;

use super::Place;
use super::exit::Outcome;
use crate::output::terminal_text;

/// Arguments of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// An event's id, a session's (its access key id), or a workload as `cluster/namespace/serviceaccount`.
    #[arg(value_name = "EVENT_ID|ACCESS_KEY|WORKLOAD")]
    id: String,
    /// `text`: for people; `json`: the answer of the API.
    #[arg(long, value_enum, default_value = "text")]
    format: Form,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
}

/// Explains an event, a session or a workload.
pub(super) async fn run(place: &Place, args: Args) -> anyhow::Result<Outcome> {
    let explanation = place.engine().await?.explain(&args.id).await?;
    let mut out = std::io::stdout().lock();
    match args.format {
        Form::Json => writeln!(out, "{}", serde_json::to_string(&explanation)?)?,
        Form::Text => tell(&mut out, &explanation, std::io::stdout().is_terminal())?,
    }
    Ok(Outcome::Done)
}

/// The chain with arrows, on a terminal in colours, and the words below it.
fn tell(out: &mut dyn Write, told: &Explanation, terminal: bool) -> std::io::Result<()> {
    let paint = Paint(terminal);
    writeln!(out, "{}", paint.bold(&terminal_text(&told.subject.title)))?;
    let mut before: Option<&Party> = None;
    for step in &told.steps {
        if before != Some(&step.from) {
            writeln!(out, "\n{}", paint.party(&step.from))?;
        }
        writeln!(out, "  {}", arrow(step, &paint))?;
        writeln!(out, "{}", paint.party(&step.to))?;
        before = Some(&step.to);
    }
    writeln!(out)?;
    for line in words(told) {
        writeln!(out, "{}", terminal_text(line))?;
    }
    Ok(())
}

/// The lines that the picture of the chain does not show already.
fn words(told: &Explanation) -> impl Iterator<Item = &String> {
    told.text
        .iter()
        .filter(|line| told.steps.iter().all(|step| step.text != **line))
}

fn arrow(step: &Step, paint: &Paint) -> String {
    let at = step.at.map_or_else(String::new, |at| format!(" at {at}"));
    let evidence = step
        .evidence_event_id
        .as_ref()
        .map_or_else(String::new, |id| format!(", event {id}"));
    let how = format!("{}: {}", class(step.class), step.method);
    format!(
        "↓ {}{}  {}",
        terminal_text(&step.action),
        terminal_text(&format!("{at}{evidence}")),
        paint.class(step.class, &terminal_text(&how))
    )
}

const fn class(class: Class) -> &'static str {
    match class {
        Class::Exact => "exact",
        Class::Inferred => "inferred",
        Class::Claimed => "claimed",
        Class::None => "not attributed",
    }
}

const fn kind(kind: PartyKind) -> &'static str {
    match kind {
        PartyKind::ServiceAccount => "ServiceAccount",
        PartyKind::Pod => "pod",
        PartyKind::Node => "instance",
        PartyKind::User => "user",
        PartyKind::Service => "service",
        PartyKind::Role => "role",
        PartyKind::Session => "session of",
        PartyKind::Unknown => "caller",
    }
}

/// Colours on a terminal, nothing elsewhere. What is painted holds no control characters of its own.
struct Paint(bool);

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        if self.0 {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn bold(&self, text: &str) -> String {
        self.with("1", text)
    }

    fn class(&self, class: Class, text: &str) -> String {
        let code = match class {
            Class::Exact => "32",
            Class::Inferred => "33",
            Class::Claimed => "35",
            Class::None => "31",
        };
        self.with(code, text)
    }

    fn party(&self, party: &Party) -> String {
        let label = self.bold(&terminal_text(&party.label));
        let role = party.role_arn.as_ref().filter(|role| party.id.as_ref() != Some(role));
        let ids: Vec<&str> = [party.id.as_ref(), role]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .filter(|id| *id != party.label)
            .collect();
        if ids.is_empty() {
            return format!("{} {label}", kind(party.kind));
        }
        format!("{} {label} ({})", kind(party.kind), terminal_text(&ids.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use podtrail_analysis::answer::{CoverageSummary, Subject, SubjectKind};
    use podtrail_analysis::lineage::Mechanism;

    use super::*;

    fn party(kind: PartyKind, label: &str, id: &str) -> Party {
        Party {
            kind,
            label: label.into(),
            id: Some(id.into()),
            role_arn: None,
        }
    }

    fn explanation() -> Explanation {
        let session = Party {
            role_arn: Some("arn:r/reader".into()),
            ..party(PartyKind::Session, "reader", "ASIA1")
        };
        let step = |from: Party, to: Party, action: &str, text: &str| Step {
            from,
            to,
            action: action.into(),
            at: None,
            evidence_event_id: None,
            class: Class::Exact,
            method: "access key".into(),
            text: text.into(),
        };
        Explanation {
            subject: Subject {
                kind: SubjectKind::Event,
                id: "e".into(),
                title: "s3:GetObject\u{1b}[2J".into(),
            },
            workload: None,
            pod: None,
            pod_uid: None,
            mechanism: Mechanism::Irsa,
            workload_class: Class::Exact,
            pod_class: Class::None,
            steps: vec![
                step(
                    party(PartyKind::ServiceAccount, "shop/cart", "w"),
                    session.clone(),
                    "sts:AssumeRole",
                    "one",
                ),
                step(session, party(PartyKind::Service, "s3", "s3"), "s3:GetObject", "two"),
            ],
            why_not_stronger: Vec::new(),
            text: vec!["who".into(), "one".into(), "two".into(), "why".into()],
            sessions: Vec::new(),
            roles: Vec::new(),
            methods: Vec::new(),
            coverage: CoverageSummary::default(),
        }
    }

    fn told(terminal: bool) -> String {
        let mut out = Vec::new();
        tell(&mut out, &explanation(), terminal).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_chain_is_drawn_once_with_arrows_and_told_in_the_words_that_remain() {
        let expected = "s3:GetObject\u{fffd}[2J

ServiceAccount shop/cart (w)
  ↓ sts:AssumeRole  exact: access key
session of reader (ASIA1, arn:r/reader)
  ↓ s3:GetObject  exact: access key
service s3

who
why
";
        assert_eq!(told(false), expected);
    }

    #[test]
    fn colours_are_for_terminals_and_never_from_a_log() {
        let painted = told(true);
        assert!(painted.contains("\u{1b}[32mexact: access key\u{1b}[0m"), "{painted}");
        assert!(!painted.contains("\u{1b}[2J"), "{painted}");
    }
}
