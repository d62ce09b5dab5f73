//! Typed condition values: decimals, dates and networks, read from the text IAM keeps them as.

use std::net::IpAddr;

/// A decimal number, in units of 10⁻¹⁸, so that comparing is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Decimal(i128);

const FRACTION_DIGITS: usize = 18;

impl Decimal {
    /// Reads `-12`, `3.50`, `+1`. `None` for anything else, an exponent included.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || whole.len() + fraction.len() == 0 || fraction.len() > FRACTION_DIGITS {
            return None;
        }
        let zeros = FRACTION_DIGITS - fraction.len();
        let value: i128 = format!("{whole}{fraction}{:0<zeros$}", "").parse().ok()?;
        Some(Self(if negative { -value } else { value }))
    }
}

/// An instant, in units of 10⁻¹⁸ seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(Decimal);

impl Instant {
    /// Reads seconds since the epoch, or the W3C profile of ISO 8601 that IAM names: a year, a
    /// month, a day, or a day with a time and an offset. Without an offset UTC is meant.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        // Four digits alone are a year in the W3C profile, but IAM's other form is a number, and
        // epoch seconds are what policies hold.
        if let Some(epoch) = Decimal::parse(text) {
            return Some(Self(epoch));
        }
        let (date, time) = text
            .split_once(['T', 't', ' '])
            .map_or((text, None), |(d, t)| (d, Some(t)));
        let seconds = days(date)?.checked_mul(86_400)?;
        let (clock, fraction) = match time {
            Some(time) => clock(time)?,
            None => (0, Decimal(0)),
        };
        let scale = 10_i128.pow(18);
        Some(Self(Decimal(i128::from(seconds + clock) * scale + fraction.0)))
    }
}

/// Days from 1970-01-01 to a date `YYYY-MM` or `YYYY-MM-DD`.
fn days(date: &str) -> Option<i64> {
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4)?;
    let month = number(parts.next()?, 2).filter(|month| (1..=12).contains(month))?;
    let day = match parts.next() {
        Some(day) => number(day, 2).filter(|day| (1..=month_length(year, month)).contains(day))?,
        None => 1,
    };
    if parts.next().is_some() {
        return None;
    }
    // Years that start in March make the leap day the last one.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468)
}

fn month_length(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Seconds (offset taken off) and fraction of `hh:mm[:ss[.f]]` with `Z`, `±hh:mm`, `±hhmm` or nothing.
fn clock(time: &str) -> Option<(i64, Decimal)> {
    let (time, offset) = if let Some(time) = time.strip_suffix(['Z', 'z']) {
        (time, 0)
    } else if let Some(at) = time.rfind(['+', '-']) {
        let (time, zone) = time.split_at_checked(at)?;
        let sign = if zone.starts_with('-') { -1 } else { 1 };
        let zone: String = zone.chars().filter(char::is_ascii_digit).collect();
        let (hours, minutes) = zone.split_at_checked(2)?;
        (time, sign * (number(hours, 2)? * 3_600 + number(minutes, 2)? * 60))
    } else {
        (time, 0)
    };
    let mut parts = time.split(':');
    let hours = number(parts.next()?, 2).filter(|h| *h <= 24)?;
    let minutes = number(parts.next()?, 2).filter(|m| *m < 60)?;
    let (seconds, fraction) = match parts.next() {
        Some(seconds) => {
            let (whole, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, "0"));
            let kept = fraction.get(..FRACTION_DIGITS).unwrap_or(fraction);
            (
                number(whole, 2).filter(|s| *s <= 60)?,
                Decimal::parse(&format!("0.{kept}"))?,
            )
        }
        None => (0, Decimal(0)),
    };
    parts
        .next()
        .is_none()
        .then_some((hours * 3_600 + minutes * 60 + seconds - offset, fraction))
}

fn number(text: &str, digits: usize) -> Option<i64> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// An address range `address[/prefix]`, IPv4 or IPv6. A range of one family holds no address of the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    base: IpAddr,
    prefix: u8,
}

impl Network {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text
            .trim()
            .split_once('/')
            .map_or((text.trim(), None), |(a, p)| (a, Some(p)));
        let base: IpAddr = address.parse().ok()?;
        let width = if base.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(prefix) => prefix.parse().ok().filter(|length| *length <= width)?,
            None => width,
        };
        Some(Self { base, prefix })
    }

    pub(crate) fn contains(&self, address: IpAddr) -> bool {
        let outside = |width: u8, difference: u128| difference.checked_shr(u32::from(width - self.prefix)).unwrap_or(0);
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => outside(32, u128::from(base.to_bits() ^ address.to_bits())) == 0,
            (IpAddr::V6(base), IpAddr::V6(address)) => outside(128, base.to_bits() ^ address.to_bits()) == 0,
            _ => false,
        }
    }
}

/// Reads `true` or `false`, in any case.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.trim() {
        t if t.eq_ignore_ascii_case("true") => Some(true),
        f if f.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals() {
        let parsed = |text| Decimal::parse(text);
        assert_eq!(parsed("1.50"), parsed("1.5"));
        assert_eq!(parsed("-0"), parsed("0"));
        assert_eq!(parsed("+7"), parsed("7.0"));
        assert!(parsed("9007199254740993") > parsed("9007199254740992"));
        assert!(parsed("-2") < parsed("-1.999"));
        for text in [
            "",
            ".",
            "-",
            "1e3",
            "inf",
            "NaN",
            "0x10",
            "1.2.3",
            "1 2",
            &"9".repeat(60),
        ] {
            assert_eq!(parsed(text), None, "`{text}`");
        }
    }

    #[test]
    fn instants() {
        let parsed = |text| Instant::parse(text);
        for (text, epoch) in [
            ("1970-01-01T00:00:00Z", "0"),
            ("1970-01-02", "86400"),
            ("2000-03-01T00:00:00Z", "951868800"),
            ("2024-02-29T12:30Z", "1709209800"),
            ("2024-02-29T12:30:15.250Z", "1709209815.25"),
            ("2024-02-29T12:30:00+02:00", "1709202600"),
            ("2024-02-29T12:30:00-0530", "1709229600"),
            ("2024-02", "1706745600"),
            ("1969-12-31T23:59:59Z", "-1"),
            ("2024-02-29T12:30:00", "1709209800"),
        ] {
            assert!(parsed(text).is_some(), "`{text}`");
            assert_eq!(parsed(text), parsed(epoch), "`{text}`");
        }
        for text in [
            "",
            "today",
            "2023-02-29",
            "2024-13-01",
            "2024-01-01T25:00Z",
            "2024-01-01T",
            "2024-1-1",
            "é-01-01",
        ] {
            assert_eq!(parsed(text), None, "`{text}`");
        }
    }

    #[test]
    fn networks() {
        for (network, address, expected) in [
            ("0.0.0.0/0", "10.1.2.3", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "10.1.2.3", false),
            ("10.0.0.0/8", "10.1.2.3", true),
            ("10.0.0.0/8", "11.1.2.3", false),
            ("10.9.9.9/8", "10.1.2.3", true),
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.8", false),
            ("203.0.113.7/32", "203.0.113.7", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
        ] {
            let network_ = Network::parse(network).expect(network);
            assert_eq!(
                network_.contains(address.parse().unwrap()),
                expected,
                "{network} {address}"
            );
        }
        for text in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/-1", "10.0.0.0/"] {
            assert_eq!(Network::parse(text), None, "`{text}`");
        }
    }
}
