//! Which time the digests of a chain cover, and which they do not. Pure.

use podtrail_event::time::Timestamp;

use super::name::HOUR;

/// How far the digest after a missing one may begin from where an hour before would have it.
const SLACK: i64 = 5 * 60_000_000;

/// How long after the end of the newest digest another one must be there: the hour that it covers, and one more for
/// its delivery.
pub(super) const OVERDUE: i64 = 2 * HOUR;

/// The time of one digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// Its beginning.
    pub(super) from: Timestamp,
    /// Its end.
    pub(super) to: Timestamp,
    /// What is known about it.
    pub(super) kind: Kind,
}

/// What is known about a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is signed, and names the one before it, so that nothing is missing between the two.
    Linked,
    /// It is signed, and says that there is none before it.
    First,
    /// It is deleted or altered: an hour is assumed.
    Assumed,
    /// It ends before the window, so it was not read; that it is there says that the chain was alive.
    Witness,
}

impl Span {
    /// The hour of a digest that cannot be trusted or read.
    pub(super) fn assumed(end: Timestamp) -> Self {
        Self {
            from: Timestamp(end.0 - HOUR),
            to: end,
            kind: Kind::Assumed,
        }
    }
}

/// A time without a digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hole {
    /// Its beginning.
    pub(super) from: Timestamp,
    /// Its end.
    pub(super) to: Timestamp,
    /// Why.
    pub(super) cause: Cause,
}

/// Why there is no digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    /// The digest after it says that the chain starts there.
    Restart,
    /// The digest after it is missing or altered, and so cannot tell of the one before.
    Deleted,
    /// None came after it.
    Ended,
}

/// The times from `since` to `until` that no digest covers, newest first.
pub(super) fn holes(mut spans: Vec<Span>, since: Option<Timestamp>, until: Timestamp) -> Vec<Hole> {
    spans.sort_by_key(|span| std::cmp::Reverse((span.to, span.from)));
    let Some(newest) = spans.first() else { return Vec::new() };
    let mut holes = Vec::new();
    if until.0 - newest.to.0 > OVERDUE {
        holes.push(hole(newest.to, until, Cause::Ended));
    }
    let mut edge = *newest;
    for span in &spans {
        match edge.kind {
            Kind::First if span.to < edge.from => holes.push(hole(span.to, edge.from, Cause::Restart)),
            Kind::Assumed if span.to.0 < edge.from.0 - SLACK => holes.push(hole(span.to, edge.from, Cause::Deleted)),
            _ => {}
        }
        if span.from < edge.from {
            edge = *span;
        }
    }
    if let Some(since) = since.filter(|since| edge.kind == Kind::Assumed && since.0 < edge.from.0 - SLACK) {
        holes.push(hole(since, edge.from, Cause::Deleted));
    }
    for hole in &mut holes {
        hole.from = hole.from.max(since.unwrap_or(hole.from));
        hole.to = hole.to.min(until);
    }
    holes.retain(|hole| hole.from < hole.to);
    holes
}

fn hole(from: Timestamp, to: Timestamp, cause: Cause) -> Hole {
    Hole { from, to, cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Minutes of the day as a time.
    fn at(hour: i64, minute: i64) -> Timestamp {
        Timestamp((hour * 60 + minute) * 60_000_000)
    }

    fn span(from: i64, to: i64, kind: Kind) -> Span {
        Span {
            from: at(from, 17),
            to: at(to, 17),
            kind,
        }
    }

    fn linked(from: i64) -> Span {
        span(from, from + 1, Kind::Linked)
    }

    fn assumed(from: i64) -> Span {
        span(from, from + 1, Kind::Assumed)
    }

    fn told(spans: &[Span], since: Option<Timestamp>, until: Timestamp) -> Vec<(i64, i64, Cause)> {
        let minutes = |time: Timestamp| time.0 / 60_000_000;
        let forward = holes(spans.to_vec(), since, until);
        let backward = holes(spans.iter().rev().copied().collect(), since, until);
        assert_eq!(forward, backward, "the order of the spans says nothing");
        forward
            .iter()
            .map(|hole| (minutes(hole.from), minutes(hole.to), hole.cause))
            .collect()
    }

    #[test]
    fn time_without_a_digest_is_told_with_its_cause() {
        let first = |from: i64| span(from, from + 1, Kind::First);
        let until = at(12, 0);
        type Told = &'static [(i64, i64, Cause)];
        let cases: [(&str, &[Span], Told); 7] = [
            ("whole", &[first(8), linked(9), linked(10)], &[]),
            ("one is gone", &[first(8), assumed(9), linked(10)], &[]),
            (
                "two are gone in a row",
                &[first(7), assumed(9), linked(10)],
                &[(8 * 60 + 17, 9 * 60 + 17, Cause::Deleted)],
            ),
            (
                "validation was off",
                &[first(7), first(10)],
                &[(8 * 60 + 17, 10 * 60 + 17, Cause::Restart)],
            ),
            ("started anew without a pause", &[first(8), first(9), linked(10)], &[]),
            (
                "another chain covers it",
                &[first(8), linked(8), linked(9), first(10)],
                &[],
            ),
            (
                "a hole in the middle, two chains",
                &[first(5), linked(6), first(6), first(10)],
                &[(7 * 60 + 17, 10 * 60 + 17, Cause::Restart)],
            ),
        ];
        for (situation, spans, expected) in cases {
            assert_eq!(told(spans, None, until), expected, "{situation}");
        }
    }

    #[test]
    fn the_newest_digest_may_not_be_long_ago() {
        let spans = [linked(9), linked(10)];
        let ended = |until| told(&spans, None, until);
        assert_eq!(ended(at(13, 17)), []);
        assert_eq!(ended(at(13, 18)), [(11 * 60 + 17, 13 * 60 + 18, Cause::Ended)]);
        assert_eq!(ended(at(10, 0)), [], "a digest after the window");
    }

    #[test]
    fn a_hole_ends_with_the_window() {
        let spans = [linked(7), span(12, 13, Kind::First)];
        let expected = [(8 * 60 + 17, 10 * 60, Cause::Restart)];
        assert_eq!(told(&spans, None, at(10, 0)), expected);
    }

    #[test]
    fn the_beginning_of_the_window_is_an_edge() {
        let since = Some(at(9, 0));
        let until = at(11, 30);
        let witness = Span {
            from: at(8, 17),
            to: at(8, 17),
            kind: Kind::Witness,
        };
        assert_eq!(told(&[witness, linked(8), linked(9), linked(10)], since, until), []);
        assert_eq!(told(&[witness, assumed(8), linked(9), linked(10)], since, until), []);
        assert_eq!(
            told(&[witness], since, until),
            [(9 * 60, 11 * 60 + 30, Cause::Ended)],
            "a chain that was alive has nothing in the window"
        );
        assert_eq!(
            told(&[assumed(10)], since, until),
            [(9 * 60, 10 * 60 + 17, Cause::Deleted)],
            "whatever was before the missing one is missing too"
        );
        assert_eq!(told(&[span(10, 11, Kind::First)], since, until), [], "the trail began");
        assert_eq!(told(&[], since, until), []);
    }
}
