//! Points in time as CloudTrail writes them.

use std::fmt;

const DAY: i64 = 86_400;
const MICROS: i64 = 1_000_000;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Reads ISO 8601: `2023-07-10T12:40:00Z`, with a fraction or an offset too; without an
    /// offset UTC is meant. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(seconds) = whole_seconds(text.as_bytes()) {
            return Some(Self(seconds * MICROS));
        }
        let at = text
            .parse()
            .or_else(|_| format!("{text}Z").parse::<jiff::Timestamp>())
            .ok()?;
        Some(Self(at.as_microsecond()))
    }

    /// Reads the text of `responseElements.credentials.expiration` of STS events:
    /// `Jul 9, 2024, 4:41:37 PM` (UTC), the second comma being absent in older records; ISO 8601 too.
    pub fn parse_expiration(text: &str) -> Option<Self> {
        // Java writes a narrow no-break space before AM/PM in newer versions: any whitespace will do.
        let mut words = text
            .split(|c: char| c.is_whitespace() || c == ',')
            .filter(|word| !word.is_empty());
        let first = words.next()?;
        let Some(month) = month_number(first) else {
            return Self::parse(text.trim());
        };
        let day = words.next()?.parse().ok()?;
        let year = words.next()?.parse().ok()?;
        let mut clock = words.next()?.split(':');
        let (hour, minute): (i64, i64) = (clock.next()?.parse().ok()?, clock.next()?.parse().ok()?);
        let second: i64 = clock.next().map_or(Some(0), |s| s.parse().ok())?;
        let hour = match words.next().map(str::to_ascii_uppercase).as_deref() {
            Some("AM") if (1..=12).contains(&hour) => hour % 12,
            Some("PM") if (1..=12).contains(&hour) => hour % 12 + 12,
            None => hour,
            _ => return None,
        };
        if clock.next().is_some() || words.next().is_some() {
            return None;
        }
        Some(Self(seconds_of((year, month, day), (hour, minute, second))? * MICROS))
    }

    /// The UTC date: year, month (1 to 12), day (1 to 31).
    pub fn date(self) -> (i32, u32, u32) {
        let (year, month, day) = civil_from_days(self.0.div_euclid(DAY * MICROS));
        (
            i32::try_from(year).unwrap_or(i32::MAX),
            u32::try_from(month).unwrap_or(1),
            u32::try_from(day).unwrap_or(1),
        )
    }

    /// The UTC date as `YYYY-MM-DD`.
    pub fn date_text(self) -> String {
        let (year, month, day) = self.date();
        format!("{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC: `2023-07-10T12:40:00Z`, with a fraction only where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let second = self.0.div_euclid(MICROS).rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match self.0.rem_euclid(MICROS) {
            0 => f.write_str("Z"),
            micros if micros % 1000 == 0 => write!(f, ".{:03}Z", micros / 1000),
            micros => write!(f, ".{micros:06}Z"),
        }
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::invalid_value(serde::de::Unexpected::Str(&text), &"a time as `2023-07-10T12:40:00Z`")
        })
    }
}

/// The form nearly every record has, `YYYY-MM-DDTHH:MM:SSZ`, without a general parser.
fn whole_seconds(text: &[u8]) -> Option<i64> {
    let &[
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b'T',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
        b'Z',
    ] = text
    else {
        return None;
    };
    let year = digits(&[y1, y2, y3, y4])?;
    let date = (year, digits(&[m1, m2])?, digits(&[d1, d2])?);
    seconds_of(date, (digits(&[h1, h2])?, digits(&[n1, n2])?, digits(&[s1, s2])?))
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |sum, byte| {
        byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0'))
    })
}

fn month_number(name: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let name = name.to_ascii_lowercase();
    let short = name.get(..3)?;
    let index = MONTHS.iter().position(|month| *month == short)?;
    i64::try_from(index).ok().map(|index| index + 1)
}

fn seconds_of((year, month, day): (i64, i64, i64), (hour, minute, second): (i64, i64, i64)) -> Option<i64> {
    // Second 60 is a leap second; it is counted as the next second, as POSIX time does.
    let clock_ok = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
    let date_ok = (0..=9999).contains(&year) && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
    (clock_ok && date_ok).then(|| days_from_civil(year, month, day) * DAY + hour * 3600 + minute * 60 + second)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a Gregorian date; years are counted from March so that the leap day is last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}
