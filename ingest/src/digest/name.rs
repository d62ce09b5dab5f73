//! Where CloudTrail puts digests and log files (user guide, "CloudTrail digest file structure" and "Finding your
//! CloudTrail log files"), and what their names say.

use podtrail_event::time::Timestamp;

/// Microseconds in an hour, the time that a digest covers.
pub(super) const HOUR: i64 = 3_600_000_000;

/// A bucket and a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    /// The bucket.
    pub(super) bucket: String,
    /// The key.
    pub(super) key: String,
}

impl At {
    /// The place of an object.
    pub(super) fn new(bucket: &str, key: &str) -> Self {
        Self {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        }
    }
}

impl std::fmt::Display for At {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)
    }
}

/// What tells one chain of digests from another. The folder is no part of it: a trail keeps its chain when its prefix
/// changes or when it becomes an organization trail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Chain {
    /// The account that the files are about.
    pub(super) account: String,
    /// The region that the files are about.
    pub(super) region: String,
    /// The trail.
    pub(super) trail: String,
    /// The region in which the trail was created.
    pub(super) home: String,
    /// Whether these are the digests of files that the hourly ones left out: a chain of their own.
    pub(super) backfill: bool,
}

/// What the name of a digest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DigestName {
    /// The chain that it belongs to.
    pub(super) chain: Chain,
    /// The end of the time that it covers.
    pub(super) end: Timestamp,
}

impl DigestName {
    /// Reads `…/<account>_CloudTrail-Digest_<region>_<trail>_<home region>_<end>[_backfill].json.gz`.
    pub(super) fn parse(key: &str) -> Option<Self> {
        let name = file(key).strip_suffix(".json.gz")?;
        let (name, backfill) = name
            .strip_suffix("_backfill")
            .map_or((name, false), |name| (name, true));
        let (account, rest) = name.split_once("_CloudTrail-Digest_")?;
        let (region, rest) = rest.split_once('_')?;
        // The name of a trail may hold underscores; regions and times hold none.
        let (rest, end) = rest.rsplit_once('_')?;
        let (trail, home) = rest.rsplit_once('_')?;
        let sound = is_account(account) && is_region(region) && is_region(home) && !trail.is_empty();
        let end = compact(end).filter(|_| sound)?;
        let chain = Chain {
            account: account.to_owned(),
            region: region.to_owned(),
            trail: trail.to_owned(),
            home: home.to_owned(),
            backfill,
        };
        Some(Self { chain, end })
    }
}

/// The time stamp of a log file, to the minute, which is never later than its delivery: from its name, else the
/// beginning of the day whose folder it lies in.
pub(super) fn log_stamp(key: &str) -> Option<Timestamp> {
    let stamp = file(key).split('_').nth(3).filter(|stamp| stamp.len() == 14);
    let minute = stamp.and_then(|stamp| compact(&format!("{}00Z", stamp.get(..13)?)));
    minute.or_else(|| {
        let mut folders = key.rsplit('/').skip(1);
        let (day, month, year) = (folders.next()?, folders.next()?, folders.next()?);
        compact(&format!("{year}{month}{day}T000000Z"))
    })
}

/// The folder of a day below a region's: `2026/11/01/`.
pub(super) fn day_folder(day: Timestamp) -> String {
    let (year, month, day) = day.date();
    format!("{year:04}/{month:02}/{day:02}/")
}

/// Whether this is an account id: twelve digits.
pub(super) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether this can be a region. Names come from whoever may write to the bucket, and calls go to the region's host.
pub(super) fn is_region(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// Reads `20261101T091728Z`.
fn compact(text: &str) -> Option<Timestamp> {
    let digits = |from: usize, to: usize| {
        text.get(from..to)
            .filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (year, month, day) = (digits(0, 4)?, digits(4, 6)?, digits(6, 8)?);
    let (hour, minute, second) = (digits(9, 11)?, digits(11, 13)?, digits(13, 15)?);
    let framed = text.len() == 16 && text.get(8..9) == Some("T") && text.ends_with('Z');
    framed.then(|| Timestamp::parse(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z")))?
}

fn file(key: &str) -> &str {
    key.rsplit_once('/').map_or(key, |(_, file)| file)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: &str = "logs/AWSLogs/o-abc123/111122223333/CloudTrail-Digest/eu-west-1/2026/11/01/";

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_digest_tells_its_chain_and_its_end() {
        let parse = |file: &str| DigestName::parse(&format!("{FOLDER}{file}"));
        let file = "111122223333_CloudTrail-Digest_eu-west-1_audit_of_all_us-east-1_20261101T091728Z";
        let plain = parse(&format!("{file}.json.gz")).unwrap();
        assert_eq!(plain.end, at("2026-11-01T09:17:28Z"));
        let chain = Chain {
            account: "111122223333".into(),
            region: "eu-west-1".into(),
            trail: "audit_of_all".into(),
            home: "us-east-1".into(),
            backfill: false,
        };
        assert_eq!(plain.chain, chain);
        let backfill = parse(&format!("{file}_backfill.json.gz")).unwrap();
        let expected = Chain {
            backfill: true,
            ..chain
        };
        assert_eq!((backfill.chain, backfill.end), (expected, plain.end));
    }

    #[test]
    fn what_is_no_digest_has_no_chain() {
        for file in [
            "",
            "111122223333_CloudTrail_eu-west-1_20261101T0905Z_Ab3dEf6hIj9kLm2n.json.gz",
            "111122223333_CloudTrail-Digest_eu-west-1_t_us-east-1_20261101T091728Z.json",
            "111122223333_CloudTrail-Digest_eu-west-1_t_us-east-1_20261101T0917Z.json.gz",
            "111122223333_CloudTrail-Digest_eu-west-1_us-east-1_20261101T091728Z.json.gz",
            "11112222333_CloudTrail-Digest_eu-west-1_t_us-east-1_20261101T091728Z.json.gz",
            "111122223333_CloudTrail-Digest_eu-west-1_t_us-east-1_20261301T091728Z.json.gz",
            "111122223333_CloudTrail-Digest_eu-west-1_t_evil.example?_20261101T091728Z.json.gz",
            "111122223333_CloudTrail-Digest_eu-west-1_t_us-east-1_2026110éT0917Z.json.gz",
        ] {
            assert_eq!(DigestName::parse(&format!("{FOLDER}{file}")), None, "{file}");
        }
    }

    #[test]
    fn a_log_file_is_stamped_by_its_name_or_its_folder() {
        let folder = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/01/";
        for (file, expected) in [
            (
                "111122223333_CloudTrail_eu-west-1_20261101T0905Z_Ab3dEf6hIj9kLm2n.json.gz",
                "2026-11-01T09:05:00Z",
            ),
            ("planted.json", "2026-11-01T00:00:00Z"),
            (
                "111122223333_CloudTrail_eu-west-1_2026110T0905Z_Ab3d.json.gz",
                "2026-11-01T00:00:00Z",
            ),
        ] {
            assert_eq!(log_stamp(&format!("{folder}{file}")), Some(at(expected)), "{file}");
        }
        assert_eq!(
            log_stamp("AWSLogs/111122223333/CloudTrail/eu-west-1/planted.json"),
            None
        );
        assert_eq!(log_stamp("planted.json"), None);
    }

    #[test]
    fn a_day_has_a_folder() {
        assert_eq!(day_folder(at("2026-03-09T23:59:59Z")), "2026/03/09/");
    }
}
