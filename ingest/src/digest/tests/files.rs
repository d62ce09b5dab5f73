//! What can happen to log files, and to reading them.

use std::sync::Arc;

use super::trail::{Check, Memory, Trail, gzip, hours, minutes, told};
use crate::digest::report::Outcome;
use crate::digest::{Error, TOLD};

fn delivered() -> (Arc<Memory>, Trail, String) {
    let memory = Arc::new(Memory::default());
    let mut trail = Trail::new();
    trail.deliver(&memory, 0..=2);
    let file = trail.log_key(minutes(10), "Ab3dEf6hIj9kLm2n");
    (memory, trail, file)
}

#[test]
fn what_happened_is_found_and_named() {
    type Deed = fn(&Memory, &str);
    let cases: [(&str, Deed, &str, &str); 4] = [
        (
            "a record is taken out",
            |memory, key| memory.change(key, |object| object.bytes = gzip(b"{\"Records\":[]}")),
            "altered",
            "its content is not what `s3://trail-bucket/AWSLogs/111122223333/CloudTrail-Digest/",
        ),
        (
            "it is cut short",
            |memory, key| memory.change(key, |object| object.bytes.truncate(40)),
            "altered",
            "cannot be inflated",
        ),
        (
            "it is emptied",
            |memory, key| memory.change(key, |object| object.bytes.clear()),
            "altered",
            "its content is not what",
        ),
        (
            "it is deleted",
            |memory, key| drop(memory.delete(key)),
            "deleted",
            "names it, and it is not there",
        ),
    ];
    for (situation, deed, outcome, reason) in cases {
        let (memory, _, file) = delivered();
        deed(&memory, &file);
        let report = Check::after(2).run(&memory);
        assert_eq!(told(&report), [(outcome, file)], "{situation}");
        let told = &report.problems[0].reason;
        assert!(told.contains(reason), "{situation}: {told}");
        assert_eq!(
            (report.total().valid, report.total().wrong()),
            (3 + 5, 1),
            "{situation}"
        );
    }
}

#[test]
fn a_file_stored_inflated_is_what_was_delivered() {
    let (memory, _, file) = delivered();
    memory.change(&file, |object| {
        let mut plain = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(object.bytes.as_slice()), &mut plain).unwrap();
        object.bytes = plain;
    });
    assert_eq!(told(&Check::after(2).run(&memory)), []);
}

#[test]
fn a_file_that_no_digest_names_is_unsigned_or_not_yet_signed() {
    let log = |trail: &Trail, minute| trail.log_key(minutes(minute), "Planted0Planted0");
    // The stamp in the name and the time of writing, in minutes; the newest digest ends at 120, the window at 210.
    let cases = [
        ("written in a digest's hour", 70, 75, Some(Outcome::Unsigned)),
        ("written now under an old name", 10, 205, Some(Outcome::Unsigned)),
        (
            "written now under a name of two hours ago",
            40,
            205,
            Some(Outcome::Unsigned),
        ),
        (
            "written before the newest digest ended",
            115,
            119,
            Some(Outcome::Unsigned),
        ),
        (
            "stamped before the newest digest ended and delivered after",
            115,
            122,
            Some(Outcome::NotYetSigned),
        ),
        (
            "delivered after the newest digest",
            150,
            155,
            Some(Outcome::NotYetSigned),
        ),
        ("delivered before the trail had digests", -90, -85, None),
        ("stamped after the window", 211, 205, None),
    ];
    for (situation, stamp, written, expected) in cases {
        let (memory, trail, _) = delivered();
        trail.put_file(&memory, minutes(stamp), "Planted0Planted0");
        memory.change(&log(&trail, stamp), |object| object.modified = minutes(written));
        let report = Check::after(2).run(&memory);
        let counts = report.total();
        let found = (counts.unsigned, counts.not_yet_signed);
        let wanted = match expected {
            Some(Outcome::Unsigned) => (1, 0),
            Some(_) => (0, 1),
            None => (0, 0),
        };
        assert_eq!(found, wanted, "{situation}");
        let named: Vec<_> = (wanted.0 == 1)
            .then(|| ("unsigned", log(&trail, stamp)))
            .into_iter()
            .collect();
        assert_eq!(told(&report), named, "{situation}");
        assert_eq!(
            report.scopes[0].before_first_digest,
            u64::from(stamp < -60),
            "{situation}"
        );
    }
}

#[test]
fn files_whose_digest_is_overdue_are_not_waited_for() {
    let (memory, trail, _) = delivered();
    trail.put_file(&memory, minutes(130), "Planted0Planted0");
    let report = Check::after(7).run(&memory);
    let planted = trail.log_key(minutes(130), "Planted0Planted0");
    assert_eq!(told(&report), [("gap", "120..510".to_owned()), ("unsigned", planted)]);
}

#[test]
fn an_object_of_any_name_among_log_files_is_unsigned_but_a_folder_is_not() {
    let (memory, trail, file) = delivered();
    let folder = file.rsplit_once('/').unwrap().0;
    let planted = format!("{folder}/planted.json");
    memory.put(&planted, memory.get(&file));
    let mut empty = memory.get(&file);
    empty.bytes.clear();
    memory.put(&format!("{folder}/"), empty);
    let check = Check {
        since: Some(minutes(-600)),
        ..Check::after(2)
    };
    let report = check.run(&memory);
    assert_eq!(told(&report), [("unsigned", planted)]);
    assert_eq!(trail.account, report.scopes[0].account);
}

#[test]
fn a_body_that_is_cut_is_read_again() {
    let (memory, trail, file) = delivered();
    memory.cut(&file, 2);
    memory.cut(&trail.digest_key(hours(1)), 1);
    assert_eq!(told(&Check::after(2).run(&memory)), []);
    memory.cut(&file, 3);
    let report = Check::after(2).run(&memory);
    assert_eq!(told(&report), [("unread", file)]);
    assert!(report.problems[0].reason.contains("connection reset"), "{report:?}");
}

#[test]
fn what_cannot_be_read_is_told_and_the_rest_is_verified() {
    let (memory, _, file) = delivered();
    memory.fail(&file, Some("InvalidObjectState"));
    let report = Check::after(2).run(&memory);
    assert_eq!(told(&report), [("unread", file)]);
    assert_eq!((report.total().valid, report.total().wrong()), (3 + 5, 0));
}

#[test]
fn a_failure_that_every_object_would_meet_ends_the_verification() {
    for code in [None, Some("ExpiredToken"), Some("InvalidAccessKeyId")] {
        let (memory, _, file) = delivered();
        memory.fail(&file, code);
        let error = Check::after(2).try_run(&memory).unwrap_err();
        assert!(matches!(error, Error::Access(_)), "{code:?}");
    }
    let (memory, trail, _) = delivered();
    for hour in 0..=2 {
        memory.fail(&trail.digest_key(hours(hour)), Some("AccessDenied"));
    }
    let error = Check::after(2).try_run(&memory).unwrap_err().to_string();
    assert!(error.contains("AccessDenied"), "nothing at all could be read: {error}");
}

#[test]
fn a_hash_of_another_kind_is_not_judged() {
    let memory = Arc::new(Memory::default());
    let mut trail = Trail::new();
    let mut file = trail.put_file(&memory, minutes(-30), "Ab3dEf6hIj9kLm2n");
    file["hashAlgorithm"] = "SHA-512".into();
    trail.put_digest(&memory, hours(0), &[file]);
    let report = Check::after(0).run(&memory);
    assert_eq!(report.total().unread, 1);
    assert!(report.problems[0].reason.contains("`SHA-512`"), "{report:?}");
}

#[test]
fn of_very_many_problems_the_first_are_told_and_all_are_counted() {
    let reports = [false, true].map(|backwards| {
        let (memory, trail, file) = delivered();
        let object = memory.get(&file);
        let mut memory = Arc::into_inner(memory).unwrap();
        for index in 0..TOLD + 50 {
            memory.put(
                &trail.log_key(minutes(10), &format!("Planted{index:09}")),
                object.clone(),
            );
        }
        memory.delete(&trail.digest_key(hours(1)));
        memory.backwards = backwards;
        Check::after(2).run(&Arc::new(memory))
    });
    assert_eq!(reports[0], reports[1]);
    let scope = &reports[0].scopes[0];
    assert_eq!((reports[0].problems.len(), scope.untold), (TOLD, 1 + 2 + 50));
    assert_eq!(scope.counts.unsigned, TOLD as u64 + 2 + 50);
    assert_eq!(reports[0].problems[0].outcome, Outcome::Deleted, "digests come first");
}
