//! One account and region: its chains of digests, and the times without one.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use podtrail_event::time::Timestamp;

use super::Context;
use super::cover::{Cause, Kind, OVERDUE, Span, holes};
use super::files::Files;
use super::layout::{Area, DIGESTS, pages};
use super::name::{At, Chain, DigestName, HOUR};
use super::report::{Findings, Window};
use super::unnamed::{Cover, Unnamed};
use super::walk::Walk;
use podtrail_aws::Failure;

/// Verifies an area.
pub(super) async fn audit(context: &Context<'_>, area: &Area) -> Result<Findings, Failure> {
    let mut findings = Findings::new(&area.account, &area.region);
    let mut files = Files::default();
    let chains = digests(context, area).await?;
    let mut covered = Vec::new();
    for (chain, listed) in &chains {
        context.progress.found(listed.read.len() as u64);
        let walk = Walk::new(context, chain, &mut findings, &mut files);
        let mut spans = walk.run(&listed.read).await?;
        // What the hourly digests left out has a digest only where there is something.
        if !chain.backfill {
            spans.extend(listed.witness);
            tell_holes(context, area, &mut findings, (chain, &spans));
            covered.push(spans);
        }
    }
    files.finish(context, &mut findings).await?;
    let unnamed = Unnamed {
        context,
        area,
        files: &files,
        cover: &Cover::of(&covered),
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

/// Lists the digests of an area by chain, from shortly before the window to shortly after it.
async fn digests(context: &Context<'_>, area: &Area) -> Result<BTreeMap<Chain, Listed>, Failure> {
    let window = context.window;
    let from = window.since.map(|since| Timestamp(since.0 - OVERDUE));
    let to = Timestamp(window.until.0.saturating_add(2 * OVERDUE));
    let mut chains: BTreeMap<Chain, Listed> = BTreeMap::new();
    for root in &area.roots {
        let mut listing = pages(&**context.vault, &area.folder(root, DIGESTS), from, to);
        while let Some(entries) = listing.try_next().await? {
            for entry in entries {
                let Some(DigestName { chain, end }) = DigestName::parse(&entry.key) else {
                    continue;
                };
                let is_here = chain.account == area.account && chain.region == area.region;
                if is_here && from.is_none_or(|from| from <= end) && end <= to {
                    chains.entry(chain).or_default().add(entry.key, end, window);
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
    fn add(&mut self, key: String, end: Timestamp, window: Window) {
        if end.0 >= window.until.0.saturating_add(HOUR) {
            let next = (end, key);
            self.next = Some(self.next.take().map_or(next.clone(), |known| known.min(next)));
        } else if window.since.is_none_or(|since| end > since) {
            self.read.insert(key, end);
        } else {
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
        let of = format!(
            "trail `{}` has no digest from {} to {}",
            chain.trail, hole.from, hole.to
        );
        let reason = match hole.cause {
            Cause::Restart => format!(
                "{of}, and the next one says that a chain starts with it: look for who stopped logging or validation \
                 (StopLogging, UpdateTrail, DeleteTrail)"
            ),
            Cause::Deleted => format!(
                "{of}, nor one after that which could tell of it: several were deleted in a row, restore them, or verify \
                 from a later time on if a lifecycle rule removed them"
            ),
            Cause::Ended => format!(
                "{of}, and CloudTrail makes one an hour: look for who deleted them or stopped logging or validation, or \
                 verify until an earlier time if the trail has ended"
            ),
        };
        findings.gap(&folder, (hole.from, hole.to), reason);
    }
}

/// The folder of digests that a gap is told of.
pub(super) fn digest_folder(area: &Area) -> String {
    let root = area.roots.first().map_or("", String::as_str);
    area.folder(root, DIGESTS)
}
