//! Renders the plan in order of delivery, writes the trail, and keeps the truth's accounts.

use std::collections::BTreeMap;

use crate::File;
use crate::clock::{DAY, day, iso};
use crate::estate::{Grant, PLATFORM, Workload};
use crate::files::Shelf;
use crate::findings;
use crate::plan::Plan;
use crate::record::{Rendered, Usage, render};
use crate::truth::{AuditTruth, EventTruth, Mechanism, Truth, WorkloadTruth};

/// Good records that the file with the broken record holds.
const BROKEN_FILE_RECORDS: usize = 12;
/// Bytes of truth at which a file of it is full: a day of a large estate has several.
const TRUTH_BYTES: usize = 8 << 20;
/// Records that a delivery holds, about; the trail's pace sets how often that is.
const DELIVERY: i64 = 2_000;

/// Writes the trail and the truth of its events; returns the truth's summary.
pub(crate) fn write_trail<E>(plan: &Plan, sink: &mut dyn FnMut(File) -> Result<(), E>) -> Result<Truth, E> {
    let span = plan.window.to - plan.window.from;
    let records = i64::try_from(plan.moments.len()).unwrap_or(i64::MAX).max(1);
    let pace = (span.saturating_mul(DELIVERY) / records).clamp(1200, 14_400);
    let mut shelf = Shelf::new(plan.seed);
    let mut ledger = Ledger::new(plan);
    let mut aside: Vec<String> = Vec::new();
    let mut next = plan.window.from + pace;
    for moment in &plan.moments {
        if moment.delivered() >= next {
            shelf.deliver(next, sink)?;
            ledger.close(next, sink)?;
            next += ((moment.delivered() - next) / pace + 1) * pace;
        }
        for rendered in render(plan, *moment) {
            ledger.count(&rendered, moment.copy);
            // Once, some records of the platform's own region are kept aside for the file that breaks.
            let eligible = !moment.copy && rendered.recipient == &PLATFORM && rendered.region == PLATFORM.region;
            if eligible && moment.delivered() > plan.window.from + 5 * DAY && aside.len() < BROKEN_FILE_RECORDS {
                aside.push(rendered.record.to_string());
            } else {
                shelf.put(rendered.recipient, rendered.region, &rendered.record);
            }
        }
    }
    shelf.deliver(next, sink)?;
    sink(shelf.broken_record(PLATFORM.id, PLATFORM.region, next, &aside))?;
    sink(shelf.truncated(PLATFORM.id, PLATFORM.region, next + 300, &aside))?;
    ledger.close_all(sink)?;
    let mut truth = ledger.truth;
    truth.rejects = shelf.broken.iter().map(|file| file.rejects).sum();
    truth.broken = shelf.broken;
    Ok(truth)
}

/// A workload: its cluster's name and ARN, its namespace, its ServiceAccount.
type Path = (String, Option<String>, String, String);

/// The truth while it grows.
struct Ledger {
    truth: Truth,
    /// Place of a workload in the truth, by cluster, namespace and ServiceAccount.
    places: BTreeMap<Path, usize>,
    lines: Vec<u8>,
    today: String,
    /// Files of the truth that this day has.
    parts: u32,
}

impl Ledger {
    fn new(plan: &Plan) -> Self {
        let named: Vec<WorkloadTruth> = plan.workloads.iter().map(|each| workload_truth(each)).collect();
        let key = |each: &WorkloadTruth| {
            (
                each.cluster.clone(),
                each.cluster_arn.clone(),
                each.namespace.clone(),
                each.service_account.clone(),
            )
        };
        Ledger {
            places: named
                .iter()
                .enumerate()
                .map(|(place, each)| (key(each), place))
                .collect(),
            truth: Truth {
                seed: plan.seed,
                from: iso(plan.window.from),
                to: iso(plan.window.to),
                records: 0,
                distinct: 0,
                duplicates: 0,
                rejects: 0,
                broken: Vec::new(),
                situations: BTreeMap::new(),
                workloads: named,
                audit: AuditTruth::default(),
                findings: findings::expected(plan),
            },
            lines: Vec::new(),
            today: day(plan.window.from),
            parts: 0,
        }
    }

    fn count(&mut self, rendered: &Rendered, copy: bool) {
        self.truth.records += 1;
        if copy {
            self.truth.duplicates += 1;
            *self.truth.situations.entry("duplicate".to_owned()).or_default() += 1;
            return;
        }
        self.truth.distinct += 1;
        for situation in &rendered.truth.situations {
            *self.truth.situations.entry(situation.clone()).or_default() += 1;
        }
        if let Some(usage) = rendered.usage.as_ref().filter(|_| rendered.truth.counted) {
            self.use_of(&rendered.truth, usage);
        }
        // The types hold nothing that JSON cannot.
        self.lines
            .extend(serde_json::to_vec(&rendered.truth).unwrap_or_default());
        self.lines.push(b'\n');
    }

    fn use_of(&mut self, event: &EventTruth, usage: &Usage) {
        let (Some(cluster), Some(namespace), Some(account)) = (
            event.cluster.clone(),
            event.namespace.clone(),
            event.service_account.clone(),
        ) else {
            return;
        };
        let path = (cluster, event.cluster_arn.clone(), namespace, account);
        let Some(place) = self.places.get(&path) else {
            return;
        };
        let Some(workload) = self.truth.workloads.get_mut(*place) else {
            return;
        };
        workload.calls += 1;
        let book = if usage.authorised {
            &mut workload.used
        } else {
            &mut workload.denied
        };
        let action = book
            .entry(usage.role_arn.clone())
            .or_default()
            .entry(usage.action.to_owned())
            .or_default();
        action.calls += 1;
        if !action.resources.contains(&usage.resource) {
            action.resources.insert(usage.resource.clone());
        }
    }

    /// Gives out the truth of a day that is over, or of so many events that a file is full.
    fn close<E>(&mut self, at: i64, sink: &mut dyn FnMut(File) -> Result<(), E>) -> Result<(), E> {
        let today = day(at);
        if today != self.today || self.lines.len() >= TRUTH_BYTES {
            self.close_all(sink)?;
        }
        if today != self.today {
            (self.today, self.parts) = (today, 0);
        }
        Ok(())
    }

    fn close_all<E>(&mut self, sink: &mut dyn FnMut(File) -> Result<(), E>) -> Result<(), E> {
        self.parts += 1;
        let path = match self.parts {
            1 => format!("truth/{}.jsonl", self.today),
            part => format!("truth/{}-{part}.jsonl", self.today),
        };
        sink(File {
            path,
            bytes: std::mem::take(&mut self.lines),
        })
    }
}

fn workload_truth(workload: &Workload) -> WorkloadTruth {
    WorkloadTruth {
        cluster: workload.cluster.known().0.to_owned(),
        cluster_arn: workload.cluster.known().1,
        namespace: workload.namespace.to_owned(),
        service_account: workload.account.to_owned(),
        mechanism: match workload.grant {
            Grant::Irsa => Mechanism::Irsa,
            Grant::PodIdentity
            | Grant::PodIdentityUntagged
            | Grant::PodIdentityPolicy(_)
            | Grant::PodIdentityTarget(_) => Mechanism::PodIdentity,
            Grant::Node => Mechanism::NodeRole,
            Grant::StaticKey(_) => Mechanism::StaticKey,
        },
        calls: 0,
        used: BTreeMap::new(),
        denied: BTreeMap::new(),
    }
}
