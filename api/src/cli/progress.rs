//! Progress of long work: a bar on a terminal, log lines elsewhere.

use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};
use podtrail_ingest::ledger::Ledger;
use podtrail_ingest::pipeline::Progress;

/// A bar over the bytes of what is read, with the records so far, their rate and the time left.
pub(super) struct Bar {
    bar: ProgressBar,
    records: AtomicU64,
}

impl Bar {
    pub(super) fn new() -> Self {
        let bar = ProgressBar::new(0);
        let template = "{spinner} {bar:32} {bytes}/{total_bytes} {bytes_per_sec}  {msg}  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self {
            bar,
            records: AtomicU64::new(0),
        }
    }
}

impl Progress for Bar {
    fn expect(&self, _objects: u64, bytes: u64) {
        self.bar.inc_length(bytes);
    }

    fn object_done(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn records(&self, count: u64) {
        let total = self.records.fetch_add(count, Ordering::Relaxed) + count;
        let seconds = self.bar.elapsed().as_secs_f64().max(0.001);
        self.bar
            .set_message(format!("{total} records, {:.0}/s", total as f64 / seconds));
    }

    fn committed(&self, _ledger: &Ledger) {}
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// A log line for each commit.
#[derive(Debug, Default)]
pub(super) struct Lines {
    objects: AtomicU64,
    done: AtomicU64,
}

impl Progress for Lines {
    fn expect(&self, objects: u64, _bytes: u64) {
        self.objects.fetch_add(objects, Ordering::Relaxed);
    }

    fn object_done(&self, _bytes: u64) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    fn records(&self, _count: u64) {}

    fn committed(&self, ledger: &Ledger) {
        let total = ledger.total();
        tracing::info!(
            read = total.read,
            stored = total.stored,
            duplicate = total.duplicate,
            rejected = total.rejected,
            objects = self.done.load(Ordering::Relaxed),
            expected = self.objects.load(Ordering::Relaxed),
            "committed"
        );
    }
}
