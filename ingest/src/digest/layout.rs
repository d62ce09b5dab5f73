//! Which accounts and regions lie below a prefix, and what is listed of them.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::stream::{BoxStream, unfold};
use podtrail_event::time::Timestamp;

use super::Error;
use super::name::{HOUR, day_folder, is_account, is_region};
use super::vault::{Entry, Vault};
use podtrail_aws::Failure;

/// The folder of log files below an account's.
pub(super) const LOGS: &str = "CloudTrail";

/// The folder of digests below an account's.
pub(super) const DIGESTS: &str = "CloudTrail-Digest";

/// How deep below the given prefix an `AWSLogs` is looked for.
const DEPTH: usize = 4;

/// Days from which on a region is listed as a whole, not day by day.
const MANY_DAYS: i64 = 400;

/// How many listings run at once.
const LISTINGS: usize = 8;

/// The log of an account in a region.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Area {
    /// The account.
    pub(super) account: String,
    /// The region.
    pub(super) region: String,
    /// The account's folders, `[prefix/]AWSLogs/[o-…/]<account>/`: several where trails have other prefixes.
    pub(super) roots: Vec<String>,
}

impl Area {
    /// A folder of one of its roots.
    pub(super) fn folder(&self, root: &str, kind: &str) -> String {
        format!("{root}{kind}/{}/", self.region)
    }
}

/// The accounts and regions below a prefix, sorted. The prefix may stand above, at or below `AWSLogs`, down to a region.
pub(super) async fn areas(vault: &dyn Vault, prefix: &str) -> Result<Vec<Area>, Error> {
    let start = Start::parse(prefix)?;
    let mut found: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for root in roots(vault, start.folder).await? {
        let account = last(&root).to_owned();
        for kind in [DIGESTS, LOGS] {
            let regions = vault.folders(&format!("{root}{kind}/")).await?;
            let wanted = |region: &String| start.region.as_ref().is_none_or(|only| only == region);
            for region in regions.into_iter().filter(|region| is_region(region) && wanted(region)) {
                let roots = found.entry((account.clone(), region)).or_default();
                if !roots.contains(&root) {
                    roots.push(root.clone());
                }
            }
        }
    }
    let areas = found.into_iter().map(|((account, region), mut roots)| {
        roots.sort();
        Area { account, region, roots }
    });
    Ok(areas.collect())
}

/// Where a prefix points.
#[derive(Debug, PartialEq, Eq)]
struct Start {
    /// A folder above the accounts, or that of one.
    folder: String,
    /// The only region that is meant.
    region: Option<String>,
}

impl Start {
    fn parse(prefix: &str) -> Result<Self, Error> {
        let prefix = prefix.trim_end_matches('/');
        let parts: Vec<&str> = prefix.split('/').collect();
        let base = parts.iter().position(|part| *part == "AWSLogs").unwrap_or(parts.len());
        let account = (base..parts.len()).find(|&at| parts.get(at).is_some_and(|part| is_account(part)));
        let (folder, below) = parts.split_at(account.map_or(parts.len(), |at| at + 1));
        let folder = match folder.join("/") {
            folder if folder.is_empty() => folder,
            folder => folder + "/",
        };
        let region = match below {
            [] | [LOGS | DIGESTS] => None,
            [LOGS | DIGESTS, region] => Some((*region).to_owned()),
            _ => return Err(Error::Prefix(prefix.to_owned())),
        };
        Ok(Self { folder, region })
    }
}

/// The folders of accounts at or below a folder.
async fn roots(vault: &dyn Vault, folder: String) -> Result<Vec<String>, Failure> {
    let mut roots = Vec::new();
    let mut open = vec![(folder, 0)];
    while let Some((folder, depth)) = open.pop() {
        let inside = folder.split('/').any(|part| part == "AWSLogs");
        if inside && is_account(last(&folder)) {
            roots.push(folder);
            continue;
        }
        for name in vault.folders(&folder).await? {
            // Below `AWSLogs` lie accounts, at times in the folder of their organization, and what other services log.
            let leads_on = if inside {
                is_account(&name) || name.starts_with("o-")
            } else {
                depth < DEPTH || name == "AWSLogs"
            };
            if leads_on {
                open.push((format!("{folder}{name}/"), depth + 1));
            }
        }
    }
    Ok(roots)
}

/// The last part of a folder.
fn last(folder: &str) -> &str {
    folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

/// All objects of a region's folder from the day of `from` to the day of `to`, and perhaps others, page by page in any
/// order.
pub(super) fn pages<'a>(
    vault: &'a dyn Vault,
    folder: &str,
    from: Option<Timestamp>,
    to: Timestamp,
) -> BoxStream<'a, Result<Vec<Entry>, Failure>> {
    let listings = prefixes(folder, from, to).into_iter().map(|prefix| {
        let first = Some((prefix, None));
        unfold(first, |state| async {
            let (prefix, next) = state?;
            let answer = vault.list(&prefix, next).await;
            let rest = answer.as_ref().ok().and_then(|page| page.next.clone());
            Some((answer.map(|page| page.entries), rest.map(|next| (prefix, Some(next)))))
        })
        .boxed()
    });
    futures::stream::iter(listings.collect::<Vec<_>>())
        .flatten_unordered(LISTINGS)
        .boxed()
}

fn prefixes(folder: &str, from: Option<Timestamp>, to: Timestamp) -> Vec<String> {
    const DAY: i64 = 24 * HOUR;
    let whole = || vec![folder.to_owned()];
    let Some(from) = from else { return whole() };
    let (first, last) = (from.0.div_euclid(DAY), to.0.div_euclid(DAY));
    if last - first > MANY_DAYS {
        return whole();
    }
    (first..=last)
        .map(|day| format!("{folder}{}", day_folder(Timestamp(day * DAY))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_may_stand_anywhere_down_to_a_region() {
        let parse = |prefix: &str| Start::parse(prefix).map(|start| (start.folder, start.region));
        let whole = |folder: &str| Some((folder.to_owned(), None));
        for (prefix, expected) in [
            ("", whole("")),
            ("audit", whole("audit/")),
            ("audit/AWSLogs/", whole("audit/AWSLogs/")),
            ("AWSLogs/o-abc123", whole("AWSLogs/o-abc123/")),
            ("111122223333/x", whole("111122223333/x/")),
            (
                "AWSLogs/o-abc123/o-abc123/111122223333",
                whole("AWSLogs/o-abc123/o-abc123/111122223333/"),
            ),
            (
                "AWSLogs/111122223333/CloudTrail-Digest/",
                whole("AWSLogs/111122223333/"),
            ),
            (
                "AWSLogs/111122223333/CloudTrail/eu-west-1/",
                Some(("AWSLogs/111122223333/".to_owned(), Some("eu-west-1".to_owned()))),
            ),
            ("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/", None),
            ("AWSLogs/111122223333/elasticloadbalancing", None),
        ] {
            assert_eq!(parse(prefix).ok(), expected, "{prefix}");
        }
    }

    #[test]
    fn days_are_listed_one_by_one_unless_they_are_many() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let (from, to) = (at("2026-02-28T23:00:00Z"), at("2026-03-01T01:00:00Z"));
        assert_eq!(prefixes("f/", Some(from), to), ["f/2026/02/28/", "f/2026/03/01/"]);
        assert_eq!(prefixes("f/", None, to), ["f/"]);
        assert_eq!(prefixes("f/", Some(at("2020-01-01T00:00:00Z")), to), ["f/"]);
    }
}
