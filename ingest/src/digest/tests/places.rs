//! Where trails deliver to.

use std::sync::Arc;

use proptest::prelude::*;

use super::trail::{BUCKET, Check, Memory, Trail, hours, minutes, told};
use crate::digest::Error;

const OTHER: &str = "444455556666";

/// Two accounts in two regions each, three hours.
fn estate() -> (Arc<Memory>, Vec<Trail>) {
    let memory = Arc::new(Memory::default());
    let mut trails = Vec::new();
    for (account, root) in [
        ("111122223333", "AWSLogs/o-abc123/111122223333/"),
        (OTHER, "AWSLogs/o-abc123/444455556666/"),
    ] {
        for region in ["eu-west-1", "us-east-1"] {
            let mut trail = Trail {
                root: format!("audit/{root}"),
                account,
                region,
                ..Trail::new()
            };
            trail.deliver(&memory, 0..=3);
            trails.push(trail);
        }
    }
    (memory, trails)
}

#[test]
fn accounts_and_regions_are_told_apart() {
    let (memory, trails) = estate();
    memory.delete(&trails[3].digest_key(hours(1)));
    let report = Check::after(3).run(&memory);
    let scopes: Vec<_> = report
        .scopes
        .iter()
        .map(|scope| {
            (
                scope.account.as_str(),
                scope.region.as_str(),
                scope.counts.valid,
                scope.counts.wrong(),
            )
        })
        .collect();
    let expected = [
        ("111122223333", "eu-west-1", 12, 0),
        ("111122223333", "us-east-1", 12, 0),
        (OTHER, "eu-west-1", 12, 0),
        (OTHER, "us-east-1", 9, 3),
    ];
    assert_eq!(scopes, expected);
    assert!(
        report
            .problems
            .iter()
            .all(|problem| problem.account == OTHER && problem.region == "us-east-1")
    );
}

#[test]
fn a_prefix_chooses_accounts_and_regions() {
    let (memory, _) = estate();
    for (prefix, scopes) in [
        ("", 4),
        ("audit", 4),
        ("audit/AWSLogs/", 4),
        ("audit/AWSLogs/o-abc123/111122223333", 2),
        ("audit/AWSLogs/o-abc123/111122223333/CloudTrail-Digest/eu-west-1/", 1),
        ("audit/AWSLogs/o-abc123/111122223333/CloudTrail/us-east-1", 1),
        ("elsewhere", 0),
        ("audit/AWSLogs/o-abc123/999999999999", 0),
    ] {
        let check = Check {
            prefix,
            ..Check::after(3)
        };
        let report = check.run(&memory);
        assert_eq!((report.scopes.len(), told(&report)), (scopes, vec![]), "{prefix}");
    }
    let check = Check {
        prefix: "audit/AWSLogs/o-abc123/111122223333/CloudTrail/us-east-1/2026/11",
        ..Check::after(3)
    };
    assert!(matches!(check.try_run(&memory), Err(Error::Prefix(_))));
}

#[test]
fn the_order_of_listings_and_of_reading_says_nothing() {
    let reports = [false, true].map(|backwards| {
        let (memory, trails) = estate();
        let mut memory = Arc::into_inner(memory).unwrap();
        memory.backwards = backwards;
        for trail in &trails {
            memory.delete(&trail.digest_key(hours(1)));
            memory.delete(&trail.digest_key(hours(2)));
            memory.delete(&trail.log_key(minutes(130), "Ab3dEf6hIj9kLm2n"));
            trail.put_file(&memory, minutes(150), "Planted0Planted0");
        }
        Check::after(3).run(&Arc::new(memory))
    });
    assert_eq!(reports[0], reports[1]);
    assert_eq!(reports[0].total().wrong(), 4 * (1 + 1 + 4 + 1 + 1));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is deleted, something is told, unless nothing is left.
    #[test]
    fn nothing_can_be_deleted_unseen(which in proptest::collection::btree_set(0_usize..12, 1..12)) {
        let memory = Arc::new(Memory::default());
        Trail::new().deliver(&memory, 0..=3);
        let keys = memory.keys();
        prop_assert_eq!(keys.len(), 12);
        for key in which.iter().map(|index| &keys[*index]) {
            memory.delete(key);
        }
        let report = Check::after(3).run(&memory);
        prop_assert_eq!(report.scopes.is_empty(), memory.keys().is_empty());
        prop_assert!(report.total().wrong() > 0 || report.scopes.is_empty(), "{:?}", report);
    }
}

#[test]
fn log_files_without_any_digest_are_a_gap() {
    let memory = Arc::new(Memory::default());
    assert_eq!(Check::after(0).run(&memory).scopes, []);
    Trail::new().put_file(&memory, minutes(-10), "Ab3dEf6hIj9kLm2n");
    let report = Check::after(0).run(&memory);
    assert_eq!(told(&report), [("gap", "-10..90".to_owned())]);
    let reason = &report.problems[0].reason;
    assert!(
        reason.contains("no digest at all") && reason.contains("(1 log file)"),
        "{reason}"
    );
}

#[test]
fn a_region_with_log_files_and_no_digest_is_a_gap_beside_others() {
    let (memory, _) = estate();
    let silent = Trail {
        root: format!("audit/AWSLogs/o-abc123/{OTHER}/"),
        account: OTHER,
        region: "sa-east-1",
        ..Trail::new()
    };
    for minute in [10, 70] {
        silent.put_file(&memory, minutes(minute), "Ab3dEf6hIj9kLm2n");
    }
    let report = Check::after(3).run(&memory);
    assert_eq!(told(&report).len(), 1, "{report:?}");
    let problem = &report.problems[0];
    assert_eq!((problem.outcome.name(), problem.region.as_str()), ("gap", "sa-east-1"));
    assert!(problem.reason.contains("2 log files"), "{}", problem.reason);
}

#[test]
fn a_chain_goes_on_when_its_prefix_or_bucket_changes() {
    let memory = Arc::new(Memory::default());
    let mut trail = Trail::new();
    trail.deliver(&memory, 0..=1);
    trail.root = "later/AWSLogs/o-abc123/111122223333/".into();
    trail.deliver(&memory, 2..=3);
    let whole = Check::after(3).run(&memory);
    assert_eq!((told(&whole), whole.total().valid), (vec![], 12));
    let check = Check {
        prefix: "later",
        ..Check::after(3)
    };
    let later = check.run(&memory);
    assert_eq!(
        (told(&later), later.total().valid),
        (vec![], 12),
        "it leads out of the prefix"
    );

    let memory = Arc::new(Memory::default());
    let mut trail = Trail {
        bucket: "old-bucket",
        ..Trail::new()
    };
    trail.deliver(&memory, 0..=1);
    trail.bucket = BUCKET;
    trail.deliver(&memory, 2..=3);
    let both = Check::after(3).run(&memory);
    assert_eq!(
        (told(&both), both.total().valid),
        (vec![], 12),
        "it leads into the bucket of before"
    );
}

#[test]
fn two_trails_may_deliver_to_one_folder() {
    let memory = Arc::new(Memory::default());
    Trail::new().deliver(&memory, 0..=3);
    let mut second = Trail {
        name: "second",
        ..Trail::new()
    };
    for hour in 0..=3 {
        let end = minutes(hour * 60 - 25);
        let file = second.put_file(&memory, minutes(hour * 60 - 40), "Second0Second000");
        second.put_digest(&memory, end, &[file]);
    }
    // Delivered after the second's newest digest, before the first's.
    second.put_file(&memory, minutes(160), "Second0Second000");
    let report = Check::after(3).run(&memory);
    assert_eq!((told(&report), report.total().not_yet_signed), (vec![], 1));
    memory.delete(&second.digest_key(minutes(95)));
    let report = Check::after(3).run(&memory);
    let file = second.log_key(minutes(80), "Second0Second000");
    assert_eq!(
        told(&report),
        [("deleted", second.digest_key(minutes(95))), ("unsigned", file)]
    );
}

#[test]
fn a_folder_copied_elsewhere_proves_nothing() {
    let memory = Arc::new(Memory::default());
    Trail::new().deliver(&memory, 0..=1);
    let copies: Vec<_> = memory
        .keys()
        .into_iter()
        .map(|key| (format!("copy/{key}"), memory.delete(&key)))
        .collect();
    for (key, object) in copies {
        memory.put(&key, object);
    }
    let report = Check::after(1).run(&memory);
    let counts = report.total();
    assert_eq!((counts.valid, counts.altered, counts.unsigned), (0, 2, 4));
    assert!(
        report
            .problems
            .iter()
            .any(|problem| problem.reason.contains("it was moved or copied here"))
    );
}
