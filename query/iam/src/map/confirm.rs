//! Whether the mapping holds in somebody's own log: what denied calls say was checked, against what their names and
//! parameters map to.

use std::collections::BTreeMap;

use super::line::Record;
use super::{Call, Outcome, denial_reason, map_stated, outcome};

/// What the denied calls of a log say of the mapping. Calls are counted, disagreements are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Confirmation {
    /// Lines read.
    pub lines: u64,
    /// Lines that are no CloudTrail record.
    pub unreadable: u64,
    /// API calls that were denied.
    pub denied: u64,
    /// Of those, the ones whose message names no action of the table: EC2's encoded messages, messages cut short.
    pub unnamed: u64,
    /// The message names an action that the call maps to.
    pub confirmed: u64,
    /// The call maps to nothing, and the message names what it should map to.
    pub corrected: u64,
    /// The message names another action than those the call maps to.
    pub contradicted: u64,
    /// Each kind of call that was corrected or contradicted, sorted.
    pub disagreements: Vec<Disagreement>,
}

/// One kind of call of which denied calls say another action than the mapping.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Disagreement {
    /// `eventSource`.
    pub event_source: String,
    /// `eventName`.
    pub event_name: String,
    /// The action that the messages name.
    pub denied: &'static str,
    /// What the call maps to without its message; empty where no rule knows it.
    pub mapped: Vec<&'static str>,
    /// Number of such calls.
    pub calls: u64,
}

/// (event source, event name, the action denied, the actions mapped).
type Kind = (String, String, &'static str, Vec<&'static str>);

/// The counts while a log is read; its memory grows with kinds of disagreement and not with the log.
#[derive(Debug, Default)]
pub struct Counting {
    counts: Confirmation,
    kinds: BTreeMap<Kind, u64>,
}

impl Counting {
    /// Counts one record given as a line of JSON.
    pub fn add_line(&mut self, line: &str) {
        self.counts.lines += 1;
        match Record::parse(line) {
            Ok(record) => self.add(&record.call()),
            Err(_) => self.counts.unreadable += 1,
        }
    }

    /// Counts one call, if it was denied.
    fn add(&mut self, call: &Call<'_>) {
        if outcome(call.error_code) != Outcome::Denied {
            return;
        }
        let counts = &mut self.counts;
        counts.denied += 1;
        let Some(denial) = call.error_message.and_then(denial_reason) else {
            counts.unnamed += 1;
            return;
        };
        let mapping = map_stated(call);
        let mapped: Vec<_> = mapping.actions.iter().map(|a| a.action).collect();
        if mapped.contains(&denial.action) {
            counts.confirmed += 1;
            return;
        }
        match mapped.is_empty() {
            true => counts.corrected += 1,
            false => counts.contradicted += 1,
        }
        let names = (call.event_source.to_owned(), call.event_name.to_owned());
        *self.kinds.entry((names.0, names.1, denial.action, mapped)).or_default() += 1;
    }

    /// The counts, with the disagreements in order.
    pub fn finish(self) -> Confirmation {
        let disagreements = self.kinds.into_iter();
        let disagreements = disagreements.map(|((event_source, event_name, denied, mapped), calls)| Disagreement {
            event_source,
            event_name,
            denied,
            mapped,
            calls,
        });
        Confirmation {
            disagreements: disagreements.collect(),
            ..self.counts
        }
    }
}
