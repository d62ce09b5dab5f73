//! What can happen to a chain of digests.

use std::sync::Arc;

use super::trail::{Check, Memory, Trail, forgers_key, gzip, hours, minutes, told};
use crate::digest::report::Counts;

/// A trail that delivered the digests of hours 0 to 5, with two log files each.
fn delivered() -> (Arc<Memory>, Trail) {
    let memory = Arc::new(Memory::default());
    let mut trail = Trail::new();
    trail.deliver(&memory, 0..=5);
    (memory, trail)
}

/// The two log files of an hour.
fn files(trail: &Trail, hour: i64) -> [String; 2] {
    [10, 50].map(|minute| trail.log_key(minutes((hour - 1) * 60 + minute), "Ab3dEf6hIj9kLm2n"))
}

fn inflated(bytes: &[u8]) -> String {
    let mut text = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(bytes), &mut text).unwrap();
    text
}

#[test]
fn a_whole_chain_is_valid() {
    let (memory, _) = delivered();
    let report = Check::after(5).run(&memory);
    assert_eq!(told(&report), []);
    let counts = Counts {
        valid: 6 + 12,
        ..Counts::default()
    };
    assert_eq!(report.total(), counts);
    assert_eq!(report.signed(), Some((hours(-1), hours(5))));
    let [scope] = report.scopes.as_slice() else {
        panic!("{report:?}")
    };
    assert_eq!(
        (scope.account.as_str(), scope.region.as_str()),
        ("111122223333", "eu-west-1")
    );
}

#[test]
fn what_happened_is_found_and_named() {
    type Deed = fn(&Memory, &mut Trail);
    /// Digests by hour and what is true of them, gaps in minutes, and the hours whose log files nothing proves.
    struct Expected {
        digests: &'static [(i64, &'static str, &'static str)],
        gaps: &'static [(&'static str, &'static str)],
        unsigned: &'static [i64],
    }
    let cases: [(&str, Deed, Expected); 13] = [
        (
            "a digest is deleted",
            |memory, trail| drop(memory.delete(&trail.digest_key(hours(2)))),
            Expected {
                digests: &[(2, "deleted", "names it, and it is not there")],
                gaps: &[],
                unsigned: &[2],
            },
        ),
        (
            "two digests are deleted in a row",
            |memory, trail| (2..=3).for_each(|hour| drop(memory.delete(&trail.digest_key(hours(hour))))),
            Expected {
                digests: &[(3, "deleted", "names it")],
                gaps: &[("60..120", "in a row")],
                unsigned: &[2, 3],
            },
        ),
        (
            "four digests are deleted in a row",
            |memory, trail| (1..=4).for_each(|hour| drop(memory.delete(&trail.digest_key(hours(hour))))),
            Expected {
                digests: &[(4, "deleted", "names it")],
                gaps: &[("0..180", "in a row")],
                unsigned: &[1, 2, 3, 4],
            },
        ),
        (
            "the oldest digest is deleted",
            |memory, trail| drop(memory.delete(&trail.digest_key(hours(0)))),
            Expected {
                digests: &[(0, "deleted", "lifecycle")],
                gaps: &[],
                unsigned: &[0],
            },
        ),
        (
            "the newest digest is deleted, and its log files with it",
            |memory, trail| {
                memory.delete(&trail.digest_key(hours(5)));
                for key in files(trail, 5) {
                    memory.delete(&key);
                }
            },
            Expected {
                digests: &[],
                gaps: &[("240..390", "CloudTrail makes one an hour")],
                unsigned: &[],
            },
        ),
        (
            "validation was off for two hours",
            |memory, trail| {
                trail.previous = None;
                trail.deliver(memory, 8..=9);
            },
            Expected {
                digests: &[],
                gaps: &[("300..420", "StopLogging")],
                unsigned: &[],
            },
        ),
        (
            "the chain starts anew without a pause",
            |memory, trail| {
                trail.previous = None;
                trail.deliver(memory, 6..=6);
            },
            Expected {
                digests: &[],
                gaps: &[],
                unsigned: &[],
            },
        ),
        (
            "a digest is changed",
            |memory, trail| {
                memory.change(&trail.digest_key(hours(2)), |object| {
                    let text = inflated(&object.bytes).replace(
                        "\"newestEventTime\":null",
                        "\"newestEventTime\":\"2026-11-01T08:00:00Z\"",
                    );
                    object.bytes = gzip(text.as_bytes());
                });
            },
            Expected {
                digests: &[(2, "altered", "its signature does not fit")],
                gaps: &[],
                unsigned: &[2],
            },
        ),
        (
            "a digest is changed and signed by a forger",
            |memory, trail| {
                let forger = Trail {
                    key: forgers_key(),
                    ..trail.clone()
                };
                memory.change(&trail.digest_key(hours(2)), |object| {
                    let text = inflated(&object.bytes).replace(&files(trail, 2)[0], &files(trail, 1)[0]);
                    object.bytes = gzip(text.as_bytes());
                    object.metadata.insert("signature".into(), forger.sign(text.as_bytes()));
                });
            },
            Expected {
                digests: &[(2, "altered", "its signature does not fit")],
                gaps: &[],
                unsigned: &[2],
            },
        ),
        (
            "the newest digest names a key that CloudTrail does not have",
            |memory, trail| {
                let mut forger = Trail {
                    key: forgers_key(),
                    fingerprint: "f0",
                    ..trail.clone()
                };
                forger.deliver(memory, 6..=6);
            },
            Expected {
                digests: &[(6, "altered", "`f0`, which is not among the public keys of the test")],
                gaps: &[],
                unsigned: &[6],
            },
        ),
        (
            "a digest is put in the place of another",
            |memory, trail| memory.put(&trail.digest_key(hours(2)), memory.get(&trail.digest_key(hours(3)))),
            Expected {
                digests: &[(2, "altered", "it was moved or copied here")],
                gaps: &[],
                unsigned: &[2],
            },
        ),
        (
            "a digest is overwritten by something else",
            |memory, trail| {
                memory.change(&trail.digest_key(hours(2)), |object| {
                    object.bytes = b"{\"Records\":[]}".to_vec()
                })
            },
            Expected {
                digests: &[(2, "altered", "it is no digest")],
                gaps: &[],
                unsigned: &[2],
            },
        ),
        (
            "a digest has lost its metadata, but the next one vouches for its content",
            |memory, trail| memory.change(&trail.digest_key(hours(2)), |object| object.metadata.clear()),
            Expected {
                digests: &[(2, "altered", "its metadata lacks `signature`")],
                gaps: &[],
                unsigned: &[],
            },
        ),
    ];
    for (situation, deed, expected) in cases {
        let (memory, mut trail) = delivered();
        deed(&memory, &mut trail);
        let last = if memory.keys().contains(&trail.digest_key(hours(9))) {
            9
        } else {
            5
        };
        let report = Check::after(last).run(&memory);
        let mut wanted: Vec<_> = expected
            .digests
            .iter()
            .map(|(hour, outcome, _)| (*outcome, trail.digest_key(hours(*hour))))
            .collect();
        wanted.extend(expected.gaps.iter().map(|(gap, _)| ("gap", (*gap).to_owned())));
        let unsigned = expected.unsigned.iter().flat_map(|hour| files(&trail, *hour));
        wanted.extend(unsigned.map(|key| ("unsigned", key)));
        let mut found = told(&report);
        wanted.sort();
        found.sort();
        assert_eq!(found, wanted, "{situation}");
        let reasons: Vec<&str> = report.problems.iter().map(|problem| problem.reason.as_str()).collect();
        for part in expected
            .digests
            .iter()
            .map(|digest| digest.2)
            .chain(expected.gaps.iter().map(|gap| gap.1))
        {
            assert!(
                reasons.iter().any(|reason| reason.contains(part)),
                "{situation}: {part}: {reasons:?}"
            );
        }
    }
}

#[test]
fn a_digest_that_is_signed_but_is_not_the_one_that_was_named_is_found() {
    // Two digests of one place and time, both signed: the later one of the chain knows only the first.
    let (memory, trail) = delivered();
    let mut other = Trail {
        previous: None,
        ..trail.clone()
    };
    other.put_digest(&memory, hours(2), &[]);
    let report = Check::after(5).run(&memory);
    let digest = trail.digest_key(hours(2));
    let mut expected: Vec<_> = files(&trail, 2).map(|key| ("unsigned", key)).into();
    expected.insert(0, ("altered", digest));
    let mut found = told(&report);
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn digests_of_files_that_were_left_out_are_a_chain_of_their_own() {
    let (memory, trail) = delivered();
    let late = trail.put_file(&memory, minutes(70), "LateLateLateLate");
    let mut backfill = Trail {
        backfill: true,
        previous: None,
        ..trail.clone()
    };
    let lone = Check::after(5).run(&memory);
    assert_eq!(
        told(&lone),
        [("unsigned", trail.log_key(minutes(70), "LateLateLateLate"))]
    );

    backfill.put_digest(&memory, hours(0), &[]);
    let second = backfill.put_digest(&memory, hours(2), std::slice::from_ref(&late));
    backfill.put_digest(&memory, hours(4), &[]);
    let check = Check::after(5);
    let report = check.run(&memory);
    assert_eq!(told(&report), [], "hours without such a digest are no gap");
    let asked = check.keys.asked.lock().unwrap().clone();
    assert!(
        asked.contains(&(hours(999), hours(1001))),
        "the key is that of the time when it was made: {asked:?}"
    );

    memory.delete(&second);
    let report = Check::after(5).run(&memory);
    let late = late["s3Object"].as_str().unwrap().to_owned();
    assert_eq!(told(&report), [("deleted", second), ("unsigned", late)]);
}
