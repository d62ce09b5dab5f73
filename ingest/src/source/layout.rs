//! How CloudTrail lays a bucket out: `[prefix/]AWSLogs/[o-id/]<account>/CloudTrail/<region>/YYYY/MM/DD/` (CloudTrail user
//! guide, "Finding your CloudTrail log files"). Prefixes may stand before it, and an organization's id may come twice.

use std::future::Future;

use podtrail_event::time::Timestamp;

/// Folders of an account that hold log files.
const LOGS: [&str; 2] = ["CloudTrail", "CloudTrail-NetworkActivity"];
/// Folders beside them that hold something else.
const BESIDE: [&str; 3] = ["/CloudTrail-Digest/", "/CloudTrail-Insight/", "/CloudTrail-Aggregated/"];

/// How many folders deep `AWSLogs/` is looked for.
const LEADING: usize = 4;
/// How many folders below a place are looked into for `AWSLogs/`: a bucket may hold much else.
const BREADTH: usize = 200;

const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

/// Whether a key is of something that CloudTrail delivers beside log files, such as a digest.
pub(super) fn is_beside(key: &str) -> bool {
    BESIDE.iter().any(|folder| key.contains(folder))
}

/// A day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(pub(super) i64);

impl Day {
    /// The UTC day of a time in microseconds.
    pub(super) const fn of(time: i64) -> Self {
        Self(time.div_euclid(MICROSECONDS_A_DAY))
    }

    /// Reads `YYYY-MM-DD`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        (text.len() == 10)
            .then(|| Timestamp::parse(&format!("{text}T00:00:00Z")))
            .flatten()
            .map(|time| Self::of(time.0))
    }

    /// `YYYY-MM-DD`.
    pub(super) fn text(self) -> String {
        Timestamp(self.start()).date_text()
    }

    /// `YYYY/MM/DD`.
    pub(super) fn path(self) -> String {
        self.text().replace('-', "/")
    }

    /// Its first microsecond.
    pub(super) const fn start(self) -> i64 {
        self.0 * MICROSECONDS_A_DAY
    }

    pub(super) const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// So many days earlier.
    pub(super) const fn before(self, days: i64) -> Self {
        Self(self.0 - days)
    }
}

/// The time, in microseconds, of `YYYYMMDDTHHmmZ`.
pub(super) fn minute(text: &str) -> Option<i64> {
    let part = |from: usize, to: usize| text.get(from..to);
    let whole = format!(
        "{}-{}-{}T{}:{}:00Z",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(9, 11)?,
        part(11, 13)?
    );
    Timestamp::parse(&whole).map(|time| time.0)
}

/// What is right below a folder on the way to log files.
enum Below {
    /// Regions.
    Regions,
    /// More of the way, these folders of it.
    Way(fn(&str) -> bool),
    /// It is a region, or within one.
    Region,
}

/// The folders of the regions below a prefix, such as `AWSLogs/111122223333/CloudTrail/eu-west-1/`; none where the prefix
/// does not lead to any. `folders` gives the folders right below one.
pub(super) async fn regions<E, F>(prefix: &str, folders: impl Fn(String) -> F) -> Result<Vec<String>, E>
where
    F: Future<Output = Result<Vec<String>, E>>,
{
    let mut found = Vec::new();
    let start = match prefix.rfind('/') {
        Some(end) if end + 1 < prefix.len() => format!("{prefix}/"),
        None if !prefix.is_empty() => format!("{prefix}/"),
        _ => prefix.to_owned(),
    };
    let mut open = vec![(start, 0)];
    while let Some((folder, depth)) = open.pop() {
        match below(&folder) {
            Below::Regions => found.extend(folders(folder).await?),
            Below::Region if folder.ends_with("/") && is_region(&folder) => found.push(folder),
            Below::Region => {}
            Below::Way(leads) => {
                let leading = !folder.contains("AWSLogs/");
                if leading && depth >= LEADING {
                    continue;
                }
                let next = folders(folder).await?.into_iter().filter(|folder| leads(last(folder)));
                let breadth = if leading { BREADTH } else { usize::MAX };
                open.extend(next.take(breadth).map(|folder| (folder, depth + 1)));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The name of a folder, without what is around it.
fn last(folder: &str) -> &str {
    let folder = folder.trim_end_matches('/');
    folder.rsplit_once('/').map_or(folder, |(_, name)| name)
}

fn below(folder: &str) -> Below {
    let name = last(folder);
    if LOGS.contains(&name) {
        Below::Regions
    } else if LOGS.iter().any(|logs| folder.contains(&format!("/{logs}/"))) {
        Below::Region
    } else if is_account(name) {
        Below::Way(|name| LOGS.contains(&name))
    } else if folder.contains("AWSLogs/") {
        Below::Way(|name| is_account(name) || name.starts_with("o-"))
    } else {
        Below::Way(|_| true)
    }
}

fn is_account(name: &str) -> bool {
    name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a folder is a region's own: the one right below `CloudTrail/`.
fn is_region(folder: &str) -> bool {
    folder
        .trim_end_matches('/')
        .rsplit_once('/')
        .is_some_and(|(parent, _)| LOGS.contains(&last(parent)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The folders right below one, of a bucket that holds these keys.
    fn of(keys: &[&str]) -> impl Fn(String) -> std::future::Ready<Result<Vec<String>, ()>> {
        let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        move |prefix| {
            let below: BTreeSet<String> = keys
                .iter()
                .filter_map(|key| key.strip_prefix(prefix.as_str()))
                .filter_map(|rest| rest.split_once('/').map(|(name, _)| format!("{prefix}{name}/")))
                .collect();
            std::future::ready(Ok(below.into_iter().collect()))
        }
    }

    #[tokio::test]
    async fn regions_are_found_wherever_the_prefix_points() {
        let bucket = [
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/01/a",
            "AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/01/a",
            "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/11/01/a",
            "AWSLogs/111122223333/elasticloadbalancing/us-east-1/2026/11/01/a",
            "AWSLogs/111122223333/CloudTrail-NetworkActivity/us-east-1/2026/11/01/a",
            "org/trail/AWSLogs/o-abc/o-abc/444455556666/CloudTrail/eu-west-1/2026/11/01/a",
            "else/where/a",
        ];
        let [network, first, second, org] = [
            "AWSLogs/111122223333/CloudTrail-NetworkActivity/us-east-1/",
            "AWSLogs/111122223333/CloudTrail/eu-west-1/",
            "AWSLogs/111122223333/CloudTrail/us-east-1/",
            "org/trail/AWSLogs/o-abc/o-abc/444455556666/CloudTrail/eu-west-1/",
        ];
        let cases: [(&str, &[&str]); 12] = [
            ("", &[network, first, second, org]),
            ("AWSLogs", &[network, first, second]),
            ("AWSLogs/", &[network, first, second]),
            ("AWSLogs/111122223333", &[network, first, second]),
            ("AWSLogs/111122223333/CloudTrail/", &[first, second]),
            ("AWSLogs/111122223333/CloudTrail/eu-west-1", &[first]),
            ("AWSLogs/111122223333/CloudTrail/eu-west-1/", &[first]),
            ("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/", &[]),
            ("org", &[org]),
            ("org/trail/AWSLogs/o-abc/", &[org]),
            ("else", &[]),
            ("no/such", &[]),
        ];
        for (prefix, expected) in cases {
            let found = regions(prefix, of(&bucket)).await.unwrap();
            assert_eq!(found, expected, "{prefix}");
        }
    }

    #[test]
    fn what_lies_beside_log_files_is_known() {
        assert!(is_beside("AWSLogs/1/CloudTrail-Digest/eu-west-1/2026/11/01/x.json.gz"));
        assert!(is_beside("AWSLogs/1/CloudTrail-Insight/eu-west-1/2026/11/01/x.json.gz"));
        assert!(!is_beside("AWSLogs/1/CloudTrail/eu-west-1/2026/11/01/x.json.gz"));
        assert!(!is_beside(
            "AWSLogs/1/CloudTrail-NetworkActivity/eu-west-1/2026/11/01/x.json.gz"
        ));
    }

    #[test]
    fn days_are_read_written_and_counted() {
        let day = Day::parse("2026-03-01").unwrap();
        assert_eq!(day.before(1).text(), "2026-02-28");
        assert_eq!(day.next().path(), "2026/03/02");
        assert_eq!(Day::of(day.start() + MICROSECONDS_A_DAY - 1), day);
        assert_eq!(Day::parse("2026-3-1"), None);
        assert_eq!(minute("20260301T0102Z"), Some(day.start() + 62 * 60_000_000));
    }
}
