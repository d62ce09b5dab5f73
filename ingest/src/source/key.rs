//! The keys under which CloudTrail delivers, as its user guide ("Finding your CloudTrail log files") spells them.

/// What the key of a log file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogKey<'a> {
    /// The account whose trail received the records, 12 digits.
    pub account: &'a str,
    /// The region.
    pub region: &'a str,
    /// When the file was delivered, `YYYYMMDDTHHmmZ`: records in it may be of any earlier time.
    pub delivered: &'a str,
}

/// Reads `…/<acct>_CloudTrail_<region>_YYYYMMDDTHHmmZ_<random>.json[.gz]`; nothing for the key of anything else, such
/// as a digest (`…_CloudTrail-Digest_…`) or insights. What stands before the last `/` does not matter.
#[must_use]
pub fn parse_key(key: &str) -> Option<LogKey<'_>> {
    let name = key.rsplit_once('/').map_or(key, |(_, name)| name);
    let mut parts = name.splitn(5, '_');
    let account = parts.next()?;
    let kind = parts.next()?;
    let region = parts.next()?;
    let delivered = parts.next()?;
    parts.next()?;
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (is_account && matches!(kind, "CloudTrail" | "CloudTrail-NetworkActivity") && is_minute(delivered)).then_some(
        LogKey {
            account,
            region,
            delivered,
        },
    )
}

/// Whether this is `YYYYMMDDTHHmmZ`.
fn is_minute(text: &str) -> bool {
    text.len() == 14
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 => byte == b'T',
            13 => byte == b'Z',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_files_are_told_from_what_lies_beside_them() {
        let file = "111122223333_CloudTrail_eu-west-1_20261101T0905Z_Ab3dEf6hIj9kLm2n.json.gz";
        let expected = LogKey {
            account: "111122223333",
            region: "eu-west-1",
            delivered: "20261101T0905Z",
        };
        for before in [
            "",
            "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/01/",
            "some/prefix/AWSLogs/o-abc123/o-abc123/111122223333/CloudTrail/eu-west-1/2026/11/01/",
        ] {
            assert_eq!(parse_key(&format!("{before}{file}")), Some(expected), "{before}");
        }
        for other in [
            "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/11/01/111122223333_CloudTrail-Digest_eu-west-1_trail_eu-west-1_20261101T090500Z.json.gz",
            "111122223333_CloudTrail-Insight_eu-west-1_20261101T0905Z_Ab3dEf6hIj9kLm2n.json.gz",
            "AWSLogs/111122223333/CloudTrail/",
            "111122223333_CloudTrail_eu-west-1_20261101T0905_Ab3d.json.gz",
            "11112222333_CloudTrail_eu-west-1_20261101T0905Z_Ab3d.json.gz",
            "records.json",
            "",
        ] {
            assert_eq!(parse_key(other), None, "{other}");
        }
    }
}
