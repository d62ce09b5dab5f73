//! One account and region: its digests, its log files, and what no digest names.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use podtrail_event::time::Timestamp;

use super::Context;
use super::cover::{Cause, Kind, OVERDUE, Span, holes};
use super::files::Files;
use super::layout::{Area, DIGESTS, LOGS, pages};
use super::name::{At, Chain, DigestName, HOUR, log_stamp};
use super::report::{Findings, Outcome};
use super::vault::Entry;
use super::walk::Walk;
use crate::aws::Failure;

/// Verifies an area.
pub(super) async fn audit(context: &Context<'_>, area: &Area) -> Result<Findings, Failure> {
    let mut findings = Findings::new(&area.account, &area.region);
    let mut files = Files::default();
    let chains = digests(context, area).await?;
    let mut cover = Cover::default();
    for (chain, listed) in &chains {
        context.progress.found(listed.read.len() as u64);
        let walk = Walk::new(context, chain, &mut findings, &mut files);
        let mut spans = walk.run(&listed.read).await?;
        // What the hourly digests left out has a digest only where there is something.
        if !chain.backfill {
            spans.extend(listed.witness);
            tell_holes(context, area, &mut findings, (chain, &spans));
            cover.chain(&spans);
        }
    }
    files.finish(context, &mut findings).await?;
    let unnamed = Unnamed {
        context,
        area,
        files: &files,
        cover: &cover,
    };
    unnamed.tell(&mut findings, !chains.is_empty()).await?;
    Ok(findings)
}

/// The digests of a chain that are listed.
#[derive(Default)]
struct Listed {
    /// Those to read: keys and ends.
    read: BTreeMap<String, Timestamp>,
    /// The newest one that ended before the window, not long before.
    witness: Option<Span>,
    /// The first one after the window, which tells of the last ones in it.
    next: Option<(Timestamp, String)>,
}

/// Lists the digests of an area by chain.
async fn digests(context: &Context<'_>, area: &Area) -> Result<BTreeMap<Chain, Listed>, Failure> {
    let window = context.window;
    let from = window.since.map(|since| Timestamp(since.0 - OVERDUE));
    let to = Timestamp(window.until.0.saturating_add(2 * OVERDUE));
    let mut chains: BTreeMap<Chain, Listed> = BTreeMap::new();
    for root in &area.roots {
        let mut listing = pages(&**context.vault, &area.folder(root, DIGESTS), from, to);
        while let Some(entries) = listing.try_next().await? {
            for entry in entries {
                let Some(name) = DigestName::parse(&entry.key) else {
                    continue;
                };
                if name.chain.account == area.account && name.chain.region == area.region {
                    let listed = chains.entry(name.chain).or_default();
                    listed.add(entry.key, name.end, (from, window.since, window.until));
                }
            }
        }
    }
    for listed in chains.values_mut() {
        listed.read.extend(listed.next.take().map(|(end, key)| (key, end)));
    }
    chains.retain(|_, listed| listed.witness.is_some() || !listed.read.is_empty());
    Ok(chains)
}

impl Listed {
    /// Adds a digest, by its end.
    fn add(
        &mut self,
        key: String,
        end: Timestamp,
        (before, since, until): (Option<Timestamp>, Option<Timestamp>, Timestamp),
    ) {
        if end.0 >= until.0.saturating_add(HOUR) {
            let next = (end, key);
            self.next = Some(self.next.take().map_or(next.clone(), |known| known.min(next)));
        } else if since.is_none_or(|since| end > since) {
            self.read.insert(key, end);
        } else if before.is_some_and(|before| end >= before) {
            let end = self.witness.map_or(end, |known| known.to.max(end));
            let kind = Kind::Witness;
            self.witness = Some(Span {
                from: end,
                to: end,
                kind,
            });
        }
    }
}

fn tell_holes(context: &Context<'_>, area: &Area, findings: &mut Findings, (chain, spans): (&Chain, &[Span])) {
    let window = context.window;
    let folder = At::new(context.vault.bucket(), &digest_folder(area));
    for hole in holes(spans.to_vec(), window.since, window.until) {
        let trail = &chain.trail;
        let reason = match hole.cause {
            Cause::Restart => format!(
                "trail `{trail}` has no digest of this time, and the next one says that a chain starts with it: look for \
                 who stopped logging or validation (StopLogging, UpdateTrail, DeleteTrail)"
            ),
            Cause::Deleted => format!(
                "trail `{trail}` has no digest of this time, nor one after it that could tell of it: several were deleted \
                 in a row, restore them, or verify from a later time on if a lifecycle rule removed them"
            ),
            Cause::Ended => format!(
                "trail `{trail}` has no digest after this time began, and CloudTrail makes one an hour: look for who \
                 deleted them or stopped logging or validation, or verify until an earlier time if the trail has ended"
            ),
        };
        findings.gap(&folder, (hole.from, hole.to), reason);
    }
}

fn digest_folder(area: &Area) -> String {
    let root = area.roots.first().map_or("", String::as_str);
    area.folder(root, DIGESTS)
}

/// The time that the digests of all chains of an area cover.
#[derive(Default)]
struct Cover {
    spans: Vec<Span>,
    newest: Vec<Timestamp>,
}

impl Cover {
    fn chain(&mut self, spans: &[Span]) {
        self.newest.extend(spans.iter().map(|span| span.to).max());
        self.spans.extend(spans);
    }

    /// The end of the newest digest; where several chains go on, that of the one which is behind.
    fn newest(&self) -> Option<Timestamp> {
        let last = self.newest.iter().max()?;
        let goes_on = |end: &&Timestamp| end.0 + OVERDUE > last.0;
        self.newest.iter().filter(goes_on).min().copied()
    }

    /// The beginning of the oldest digest.
    fn first(&self) -> Option<Timestamp> {
        self.spans.iter().map(|span| span.from).min()
    }

    /// Whether a signed digest tells of a time.
    fn tells_of(&self, time: Timestamp) -> bool {
        let is_signed = |span: &&Span| matches!(span.kind, Kind::First | Kind::Linked);
        let mut signed = self.spans.iter().filter(is_signed);
        signed.any(|span| span.from <= time && time < span.to)
    }
}

/// The log files that no digest names.
struct Unnamed<'a> {
    context: &'a Context<'a>,
    area: &'a Area,
    files: &'a Files,
    cover: &'a Cover,
}

impl Unnamed<'_> {
    async fn tell(&self, findings: &mut Findings, has_digests: bool) -> Result<(), Failure> {
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
            let count = orphans.count;
            let reason = format!(
                "there is no digest at all, so nothing proves what lies there ({count} {}): log file validation is off, \
                 turn it on, or every digest was deleted, restore them",
                if count == 1 { "log file" } else { "log files" }
            );
            findings.gap(&folder, (window.since.unwrap_or(first), window.until), reason);
        }
        Ok(())
    }

    fn judge(&self, findings: &mut Findings, entry: &Entry) {
        let at = At::new(self.context.vault.bucket(), &entry.key);
        let Some(stamp) = self.stamp_in_window(entry).filter(|_| !self.files.name(&at)) else {
            return;
        };
        let before = self.context.window.since.is_none() && self.cover.first().is_some_and(|first| stamp < first);
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
