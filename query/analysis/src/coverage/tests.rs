//! Situations of coverage.

use proptest::prelude::*;

use super::*;
use crate::answer::{ClassShare, Unattributed};
use crate::lineage::Mechanism;

fn time(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

/// Facts of one place: hours of `2026-10-01` with events, and with files.
fn facts(event_hours: u32, file_hours: u32) -> PlaceFacts {
    let mut facts = PlaceFacts {
        account: "111122223333".into(),
        region: "eu-west-1".into(),
        files: u64::from(file_hours.count_ones()),
        stored: 10,
        events: 10,
        ..PlaceFacts::default()
    };
    facts.add_event_hours(time("2026-10-01T00:00:00Z"), event_hours);
    facts.add_file_hours(time("2026-10-01T00:00:00Z"), file_hours);
    facts
}

#[test]
fn hours_without_a_file_are_gaps() {
    let cases = [
        ("all there", 0b1111_0000, 4, 0, vec![]),
        ("one missing", 0b1101_0000, 4, 1, vec![("05", "06", 1)]),
        (
            "two stretches",
            0b1_0010_1000,
            6,
            3,
            vec![("04", "05", 1), ("06", "08", 2)],
        ),
        ("one hour alone", 0b1, 1, 0, vec![]),
    ];
    for (situation, file_hours, hours, missing, expected) in cases {
        let place = place(&facts(0xff_ffff, file_hours));
        assert_eq!(place.basis, GapBasis::Files, "{situation}");
        assert_eq!((place.hours, place.missing_hours), (hours, missing), "{situation}");
        let expected: Vec<Gap> = expected
            .into_iter()
            .map(|(from, to, hours)| Gap {
                from: time(&format!("2026-10-01T{from}:00:00Z")),
                to: time(&format!("2026-10-01T{to}:00:00Z")),
                hours,
            })
            .collect();
        assert_eq!(place.gaps, expected, "{situation}");
    }
}

#[test]
fn a_window_begins_with_the_first_hour_and_ends_after_the_last() {
    let place = place(&facts(0b1, 0b110));
    assert_eq!(place.from, Some(time("2026-10-01T01:00:00Z")));
    assert_eq!(place.to, Some(time("2026-10-01T03:00:00Z")));
}

#[test]
fn gaps_cross_midnight() {
    let mut facts = facts(1, 1 << 22);
    facts.add_file_hours(time("2026-10-02T00:00:00Z"), 1 << 2);
    let place = place(&facts);
    assert_eq!(place.gaps.len(), 1);
    assert_eq!(place.gaps[0].from, time("2026-10-01T23:00:00Z"));
    assert_eq!(
        (place.gaps[0].to, place.missing_hours),
        (time("2026-10-02T02:00:00Z"), 3)
    );
}

#[test]
fn events_decide_where_files_do_not_tell_of_all() {
    let gone = |stored, files| PlaceFacts {
        stored,
        files,
        ..facts(0b1001, 0b1111)
    };
    let cases = [
        ("every event came in a file", 10, 4, GapBasis::Files, 0),
        ("retention dropped some events since", 30, 4, GapBasis::Files, 0),
        ("some came by the event history", 9, 4, GapBasis::Events, 2),
        ("no file has a trail's name", 0, 0, GapBasis::Events, 2),
    ];
    for (situation, stored, files, basis, missing) in cases {
        let place = place(&gone(stored, files));
        assert_eq!((place.basis, place.missing_hours), (basis, missing), "{situation}");
    }
}

#[test]
fn files_of_days_that_retention_dropped_are_no_window() {
    let mut facts = facts(0b100, 0b1100);
    facts.add_file_hours(time("2026-09-01T00:00:00Z"), 1);
    let place = place(&facts);
    assert_eq!(place.from, Some(time("2026-10-01T02:00:00Z")));
    assert_eq!(place.missing_hours, 0);
}

#[test]
fn the_longest_gaps_are_listed_and_all_are_counted() {
    let mut facts = facts(0b1, 0);
    facts.files = 1;
    // Two hours missing, sixty times, and once five.
    let mut hour = time("2026-10-01T00:00:00Z").0 / HOUR;
    for _ in 0..61 {
        facts.file_hours.insert(hour);
        hour += 3;
    }
    facts.file_hours.insert(hour + 3);
    let place = place(&facts);
    assert_eq!((place.gap_count, place.gaps.len()), (61, GAPS_SHOWN));
    assert_eq!(place.missing_hours, 60 * 2 + 5);
    assert_eq!(place.gaps.last().unwrap().hours, 5);
    assert!(place.gaps.is_sorted_by_key(|gap| gap.from));
}

#[test]
fn lags_are_nearest_ranks_over_files() {
    let lags = |files: &[(u64, u64)]| lag(&files.iter().copied().collect());
    assert_eq!(lags(&[]), None);
    let one = Lag {
        median: 60,
        p95: 60,
        max: 60,
    };
    assert_eq!(lags(&[(60, 1)]), Some(one));
    let many = Lag {
        median: 120,
        p95: 300,
        max: 4000,
    };
    assert_eq!(lags(&[(60, 40), (120, 50), (300, 5), (4000, 5)]), Some(many));
}

proptest! {
    #[test]
    fn covered_and_missing_hours_make_up_the_window(hours in proptest::collection::btree_set(0_i64..400, 1..80)) {
        let mut facts = facts(0, 0);
        facts.event_hours = hours.clone();
        facts.files = 0;
        let place = place(&facts);
        prop_assert_eq!(place.hours, place.missing_hours + hours.len() as u64);
        prop_assert_eq!((place.to.unwrap().0 - place.from.unwrap().0) / HOUR, i64::try_from(place.hours).unwrap());
    }
}

fn coverage() -> Coverage {
    Coverage {
        from: Some(time("2026-10-01T00:00:00Z")),
        data_event_sources: vec!["s3.amazonaws.com".into()],
        places: vec![place(&facts(0b11, 0b11))],
        ..Coverage::default()
    }
}

fn full_inventory() -> Inventory {
    let mut inventory = Inventory::default();
    inventory.clusters.push(Default::default());
    inventory.associations.push(Default::default());
    inventory.roles.push(Default::default());
    inventory.service_accounts.push(Default::default());
    inventory.pods.push(Default::default());
    inventory
}

#[test]
fn notes_say_what_is_missing_and_what_would_help() {
    let no_roles = Inventory {
        roles: Vec::new(),
        ..full_inventory()
    };
    let reason = |reason: &str| {
        vec![Unattributed {
            mechanism: Mechanism::Irsa,
            reason: reason.into(),
            calls: 7,
        }]
    };
    let cases: [(&str, Coverage, Inventory, &str); 7] = [
        (
            "an empty lake",
            Coverage::default(),
            full_inventory(),
            "podtrail ingest",
        ),
        (
            "no inventory",
            coverage(),
            Inventory::default(),
            "There is no inventory",
        ),
        ("no roles", coverage(), no_roles, "The inventory has no roles"),
        (
            "a gap",
            Coverage {
                places: vec![place(&facts(0b11, 0b101))],
                ..coverage()
            },
            full_inventory(),
            "There is nothing of 1 hour, in 1 of 1 account and region",
        ),
        (
            "issues before the window",
            Coverage {
                unattributed: reason(method::NO_ISSUE),
                ..coverage()
            },
            full_inventory(),
            "credentials of 7 calls is not in the lake",
        ),
        (
            "no data events",
            Coverage {
                data_event_sources: Vec::new(),
                ..coverage()
            },
            full_inventory(),
            "No data events",
        ),
        (
            "events from elsewhere",
            Coverage {
                places: vec![place(&facts(0b11, 0))],
                ..coverage()
            },
            full_inventory(),
            "In 1 of 1 account and region an hour counts as covered when there is an event",
        ),
    ];
    for (situation, coverage, inventory, expected) in cases {
        let found = notes(&coverage, &inventory);
        assert_eq!(found.len(), 1, "{situation}: {found:?}");
        assert!(found[0].contains(expected), "{situation}: {found:?}");
    }
    let other = Coverage {
        unattributed: reason(method::LAMBDA),
        ..coverage()
    };
    assert_eq!(
        notes(&other, &full_inventory()),
        Vec::<String>::new(),
        "nothing is missing"
    );
}

#[test]
fn the_summary_adds_up_classes_and_places() {
    let share = |class, calls| ClassShare { class, calls };
    let gap = place(&facts(0b11, 0b101));
    let coverage = Coverage {
        classes: vec![share(Class::Exact, 5), share(Class::Inferred, 3), share(Class::None, 2)],
        places: vec![gap.clone(), gap],
        ..coverage()
    };
    let summary = summary(&coverage);
    assert_eq!(
        (summary.exact, summary.inferred, summary.claimed, summary.none),
        (5, 3, 0, 2)
    );
    assert_eq!((summary.missing_hours, summary.from), (2, coverage.from));
}
