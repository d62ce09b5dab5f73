//! The edges of the window.

use std::sync::Arc;

use podtrail_event::time::Timestamp;

use super::trail::{Check, Memory, Trail, hours, minutes, told};

/// Digests of hours 0 to 9.
fn delivered() -> (Arc<Memory>, Trail) {
    let memory = Arc::new(Memory::default());
    let mut trail = Trail::new();
    trail.deliver(&memory, 0..=9);
    (memory, trail)
}

fn window(since: Option<Timestamp>, until: Timestamp) -> Check {
    Check {
        since,
        until,
        ..Check::after(0)
    }
}

#[test]
fn what_is_outside_the_window_is_not_missed() {
    let (memory, trail) = delivered();
    for hour in [0, 1, 8, 9] {
        memory.delete(&trail.digest_key(hours(hour)));
    }
    for (since, until) in [(2, 5), (1, 4), (3, 3)] {
        let check = window(Some(minutes(since * 60 + 20)), minutes(until * 60 + 40));
        assert_eq!(told(&check.run(&memory)), [], "{since} to {until}");
    }
}

#[test]
fn files_at_the_edges_are_judged_by_the_digests_that_name_them() {
    let (memory, _) = delivered();
    for edge in (0..60).step_by(5) {
        let check = window(Some(minutes(120 + edge)), minutes(240 + edge));
        let report = check.run(&memory);
        assert_eq!((told(&report), report.total().not_yet_signed), (vec![], 0), "{edge}");
    }
}

#[test]
fn digests_that_were_deleted_at_the_edges_are_found() {
    let (memory, trail) = delivered();
    let until = minutes(5 * 60 + 30);
    for hour in [5, 6] {
        memory.delete(&trail.digest_key(hours(hour)));
    }
    let found = told(&window(Some(hours(2)), until).run(&memory));
    assert!(found.contains(&("deleted", trail.digest_key(hours(6)))), "{found:?}");
    assert!(found.contains(&("gap", "240..300".to_owned())), "{found:?}");

    let (memory, trail) = delivered();
    for hour in [3, 4] {
        memory.delete(&trail.digest_key(hours(hour)));
    }
    let found = told(&window(Some(minutes(2 * 60 + 10)), hours(8)).run(&memory));
    assert!(found.contains(&("deleted", trail.digest_key(hours(4)))), "{found:?}");
    assert!(found.contains(&("gap", "130..180".to_owned())), "{found:?}");
}

#[test]
fn a_window_whose_digests_are_all_deleted_is_a_gap() {
    // With digests after it, before it, and nowhere.
    for (left, expected) in [
        (&[0, 1, 7, 8, 9][..], vec![("deleted", 6), ("gap", 0)]),
        (&[0, 1, 2], vec![("gap", 0)]),
        (&[0], vec![("gap", 0)]),
    ] {
        let (memory, trail) = delivered();
        for hour in (0..=9).filter(|hour| !left.contains(hour)) {
            memory.delete(&trail.digest_key(hours(hour)));
        }
        let found = told(&window(Some(minutes(130)), minutes(350)).run(&memory));
        for (outcome, hour) in expected {
            let is_there = found
                .iter()
                .any(|(told, place)| *told == outcome && (outcome == "gap" || *place == trail.digest_key(hours(hour))));
            assert!(is_there, "{left:?}: {outcome}: {found:?}");
        }
    }
}

#[test]
fn a_trail_that_begins_inside_the_window_has_no_gap_before() {
    let (memory, trail) = delivered();
    let report = window(Some(hours(-500)), minutes(10 * 60)).run(&memory);
    assert_eq!(told(&report), []);
    trail.put_file(&memory, hours(-5), "Before0Before000");
    let report = window(Some(hours(-500)), minutes(10 * 60)).run(&memory);
    let before = trail.log_key(hours(-5), "Before0Before000");
    assert_eq!(
        told(&report),
        [("unsigned", before)],
        "but what was delivered before is proved by nothing"
    );
}

#[test]
fn a_window_long_before_or_after_a_trail_has_nothing() {
    let (memory, _) = delivered();
    for (since, until) in [
        (None, hours(-100)),
        (Some(hours(-200)), hours(-100)),
        (Some(hours(100)), hours(200)),
    ] {
        let report = window(since, until).run(&memory);
        assert_eq!((report.scopes.len(), told(&report)), (0, vec![]), "{since:?} {until}");
    }
}
