//! A synthetic estate with known truth: three accounts and what is known of a partner's, five clusters, some fifty
//! workloads and a fortnight of CloudTrail. Every way to credentials is there, each named by a `variant`.
//!
//! Pure: options in, files and truth out. The same options give the same bytes on every machine. Files come out one
//! by one, so that millions of events need no more memory than their plan (about 70 bytes each, their sessions with
//! them) and one delivery.
//!
//! The files:
//! - `trail/AWSLogs/…`: trail files as CloudTrail delivers them, two of them broken;
//! - `audit/…`: the Kubernetes audit log of one cluster, as CloudWatch Logs delivers it;
//! - `inventory/*.json`: what the AWS command line and `kubectl` print of the same estate;
//! - `truth/YYYY-MM-DD.jsonl`: one [`EventTruth`] a line for each distinct event, by day of delivery; of a large estate
//!   `-2` and so on as well;
//! - `truth.json`: the [`Truth`] that [`generate`] also returns.

mod association;
mod audit;
mod calls;
mod clock;
mod estate;
mod files;
mod findings;
mod inventory;
mod issue;
mod ledger;
mod odd;
mod people;
mod plan;
mod pods;
mod record;
mod rng;
mod session;
mod staff;
mod truth;

#[cfg(test)]
mod tests;

use jiff::Timestamp;

pub use issue::TOKEN_MARK;
pub use truth::{
    ActionTruth, AuditTruth, BrokenFile, Class, EventTruth, FindingTruth, Mechanism, Truth, WorkloadTruth,
};

/// What to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Records to aim at; the estate's fixed situations and the copies move the result by some percent.
    pub events: u64,
    /// The same seed gives the same bytes.
    pub seed: u64,
    /// End of the fortnight that the trail covers.
    pub end: Timestamp,
    /// Workloads beside those with a story, in their clusters: hundreds make lists and graphs as long as they get.
    pub workloads: u32,
}

impl Default for Options {
    /// 20,000 events of the fortnight before 1 November 2026, with seed 1.
    fn default() -> Self {
        Options {
            events: 20_000,
            seed: 1,
            end: Timestamp::constant(1_793_491_200, 0),
            workloads: 0,
        }
    }
}

/// A file of the estate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Relative path, with `/`.
    pub path: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// Generates the estate, giving each file to `sink` as soon as it is whole.
///
/// # Errors
/// Whatever `sink` returns stops the generator and is returned.
pub fn generate<E>(options: &Options, sink: &mut dyn FnMut(File) -> Result<(), E>) -> Result<Truth, E> {
    let plan = plan::Plan::new(options);
    for file in inventory::files(&plan.workloads, options.seed, plan.window) {
        sink(file)?;
    }
    let (files, audit) = audit::files(options.seed, plan.window);
    for file in files {
        sink(file)?;
    }
    let mut truth = ledger::write_trail(&plan, sink)?;
    truth.audit = audit;
    sink(File {
        path: "truth.json".to_owned(),
        bytes: json_bytes(&truth),
    })?;
    Ok(truth)
}

/// Pretty JSON with a last newline. The truth's types hold nothing that JSON cannot, so this does not fail.
fn json_bytes(truth: &Truth) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(truth).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}
