//! The estate's time: a window that the caller ends, a day and night rhythm, and the ways CloudTrail writes a time.

use jiff::Timestamp;

use crate::rng::Rng;

/// Seconds of a day.
pub(crate) const DAY: i64 = 86_400;
/// Days that the trail covers.
pub(crate) const WINDOW_DAYS: i64 = 14;

/// The time that the trail covers, in seconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Window {
    /// The fortnight that ends at `end`.
    pub(crate) fn ending(end: Timestamp) -> Self {
        let to = end.as_second();
        Window {
            from: to - WINDOW_DAYS * DAY,
            to,
        }
    }

    /// The part of it between two of its days.
    pub(crate) fn days(&self, (from, to): (i64, i64)) -> Self {
        Window {
            from: self.from + from * DAY,
            to: self.from + to * DAY,
        }
    }

    /// A moment that leaves `room` seconds before the window's end, drawn more often by day than by night.
    pub(crate) fn moment(&self, rng: &mut Rng, room: i64) -> i64 {
        let span = (self.to - self.from - room).max(1);
        // Draw again when the hour is quiet; eight draws are enough for a visible rhythm.
        let mut at = self.from;
        for _ in 0..8 {
            at = self.from + rng.span(span);
            if rng.below(100) < busyness(at) {
                break;
            }
        }
        at
    }
}

/// How busy an hour (UTC) is, in percent: shops sleep at night, and less on no day than by half.
fn busyness(at: i64) -> u64 {
    match at.rem_euclid(DAY) / 3600 {
        0..=4 => 25,
        5..=6 => 50,
        7..=8 => 75,
        9..=19 => 100,
        20..=21 => 70,
        _ => 40,
    }
}

/// A time as JSON and CloudTrail's `eventTime` write it: `2026-10-18T09:15:02Z`.
pub(crate) fn iso(at: i64) -> String {
    format(at, "%Y-%m-%dT%H:%M:%SZ")
}

/// The text form of `responseElements.credentials.expiration`: `Jul 9, 2024, 4:41:37 PM`.
pub(crate) fn expiration(at: i64) -> String {
    format(at, "%b %-d, %Y, %-I:%M:%S %p")
}

/// The folder of a delivery: `2026/10/18`.
pub(crate) fn folder(at: i64) -> String {
    format(at, "%Y/%m/%d")
}

/// The time in a trail file's name, to the minute: `20261018T0915Z`.
pub(crate) fn file_minute(at: i64) -> String {
    format(at, "%Y%m%dT%H%MZ")
}

/// The day of a time: `2026-10-18`.
pub(crate) fn day(at: i64) -> String {
    format(at, "%Y-%m-%d")
}

fn format(at: i64, form: &str) -> String {
    Timestamp::from_second(at)
        .unwrap_or(Timestamp::UNIX_EPOCH)
        .strftime(form)
        .to_string()
}
