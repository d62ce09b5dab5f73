//! The log files of an account and region that no digest names.

use futures::TryStreamExt;
use podtrail_event::time::Timestamp;

use super::Context;
use super::area::digest_folder;
use super::cover::{Kind, OVERDUE, Span};
use super::files::Files;
use super::layout::{Area, LOGS, pages};
use super::name::{At, HOUR, log_stamp};
use super::report::{Findings, Outcome};
use super::vault::Entry;
use podtrail_aws::Failure;

/// The time that the digests of all chains of an area cover.
pub(super) struct Cover {
    /// The end of the newest digest of each chain.
    newest: Vec<Timestamp>,
    /// The beginning of the oldest digest.
    first: Option<Timestamp>,
    /// The times of signed digests, sorted, those that touch as one.
    signed: Vec<(Timestamp, Timestamp)>,
}

impl Cover {
    /// The cover of chains, each by its spans.
    pub(super) fn of(chains: &[Vec<Span>]) -> Self {
        let spans = || chains.iter().flatten();
        let is_signed = |span: &&Span| matches!(span.kind, Kind::First | Kind::Linked);
        let mut times: Vec<_> = spans().filter(is_signed).map(|span| (span.from, span.to)).collect();
        times.sort_unstable();
        let mut signed: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (from, to) in times {
            match signed.last_mut().filter(|last| from <= last.1) {
                Some(last) => last.1 = last.1.max(to),
                None => signed.push((from, to)),
            }
        }
        Self {
            newest: chains
                .iter()
                .filter_map(|spans| spans.iter().map(|span| span.to).max())
                .collect(),
            first: spans().map(|span| span.from).min(),
            signed,
        }
    }

    /// The end of the newest digest; where several chains go on, that of the one which is behind.
    fn newest(&self) -> Option<Timestamp> {
        let last = self.newest.iter().max()?;
        let goes_on = |end: &&Timestamp| end.0 + OVERDUE > last.0;
        self.newest.iter().filter(goes_on).min().copied()
    }

    /// Whether a signed digest tells of a time.
    fn tells_of(&self, time: Timestamp) -> bool {
        let ends_after = self.signed.partition_point(|(_, to)| *to <= time);
        self.signed.get(ends_after).is_some_and(|(from, _)| *from <= time)
    }
}

/// The log files that no digest names.
pub(super) struct Unnamed<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) area: &'a Area,
    pub(super) files: &'a Files,
    pub(super) cover: &'a Cover,
}

impl Unnamed<'_> {
    /// Lists the log files, and tells those that no digest names. Without any digest they are told as one gap.
    pub(super) async fn tell(&self, findings: &mut Findings, has_digests: bool) -> Result<(), Failure> {
        let window = self.context.window;
        // The folder of a day holds files by their time stamps; a day more costs little and loses nothing.
        let day = 24 * HOUR;
        let from = window.since.map(|since| Timestamp(since.0 - day));
        let to = Timestamp(window.until.0.saturating_add(day));
        let mut orphans = Orphans::default();
        for root in &self.area.roots {
            let mut listing = pages(&**self.context.vault, &self.area.folder(root, LOGS), from, to);
            while let Some(entries) = listing.try_next().await? {
                for entry in entries {
                    if has_digests {
                        self.judge(findings, &entry);
                    } else if let Some(stamp) = self.stamp_in_window(&entry) {
                        orphans.add(stamp);
                    }
                }
            }
        }
        if let Some(first) = orphans.first {
            let folder = At::new(self.context.vault.bucket(), &digest_folder(self.area));
            let (from, to) = (window.since.unwrap_or(first), window.until);
            let files = if orphans.count == 1 { "log file" } else { "log files" };
            let reason = format!(
                "there is no digest at all from {from} to {to}, so nothing proves what lies there ({} {files}): log file \
                 validation is off, turn it on, or every digest was deleted, restore them",
                orphans.count
            );
            findings.gap(&folder, (from, to), reason);
        }
        Ok(())
    }

    fn judge(&self, findings: &mut Findings, entry: &Entry) {
        let at = At::new(self.context.vault.bucket(), &entry.key);
        let Some(stamp) = self.stamp_in_window(entry).filter(|_| !self.files.name(&at)) else {
            return;
        };
        let before = self.context.window.since.is_none() && self.cover.first.is_some_and(|first| stamp < first);
        if before {
            findings.scope.before_first_digest += 1;
        } else if self.is_to_be_signed(stamp, entry.modified) {
            findings.count(Outcome::NotYetSigned);
        } else {
            let reason = if self.cover.tells_of(stamp) {
                "no digest names it, so CloudTrail did not deliver it, or late: do not trust its records before a digest \
                 names it"
            } else {
                "no digest that can be trusted tells of its time, so nothing proves it: restore the digests of that time"
            };
            findings.tell(Outcome::Unsigned, &at, reason.to_owned());
        }
    }

    fn stamp_in_window(&self, entry: &Entry) -> Option<Timestamp> {
        let window = self.context.window;
        let is_folder = entry.key.ends_with('/') && entry.size == 0;
        let stamp = log_stamp(&entry.key).or(entry.modified)?;
        let inside = window.since.is_none_or(|since| stamp >= since) && stamp < window.until;
        (inside && !is_folder).then_some(stamp)
    }

    /// Whether the digest that is to name a file is still to come: it was delivered after the newest one, and the next
    /// is not overdue. A file's stamp is earlier than its delivery, by an hour at most where nothing is wrong.
    fn is_to_be_signed(&self, stamp: Timestamp, modified: Option<Timestamp>) -> bool {
        let Some(newest) = self.cover.newest() else {
            return false;
        };
        let delivered_after = modified.unwrap_or(stamp) > newest && stamp.0 >= newest.0 - HOUR;
        let young = stamp.0 + OVERDUE + HOUR > self.context.window.until.0;
        (stamp >= newest || delivered_after) && young
    }
}

/// Log files without any digest.
#[derive(Default)]
struct Orphans {
    count: u64,
    first: Option<Timestamp>,
}

impl Orphans {
    fn add(&mut self, stamp: Timestamp) {
        self.count += 1;
        self.first = Some(self.first.map_or(stamp, |first| first.min(stamp)));
    }
}
