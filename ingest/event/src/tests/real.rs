//! The real records, where they are present.

use crate::{Event, Item, Limits, Reject, Splitter, parse};
use std::io::Read;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/real")
        .join(name);
    if !path.is_dir() {
        eprintln!("skipped: `{}` is absent", path.display());
        return None;
    }
    Some(path)
}

fn files(path: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found)
        } else {
            found.push(path)
        }
    }
    found.sort();
}

fn read(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if !bytes.starts_with(&[0x1f, 0x8b]) {
        return bytes;
    }
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice())
        .read_to_end(&mut out)
        .unwrap();
    out
}

/// Rows and rejects of one file, by both ways of reading.
fn rows(bytes: &[u8]) -> (Vec<Event<'static>>, Vec<Reject>) {
    let (mut events, mut rejects) = (Vec::new(), Vec::new());
    let limits = Limits::default();
    let mut splitter = Splitter::new(limits);
    let mut sink = |item: Item<'_>| match item {
        Item::Record { offset, json } => match parse(json, offset, &limits) {
            Ok(event) => events.push(event.into_owned()),
            Err(reject) => rejects.push(reject),
        },
        Item::Reject(reject) => rejects.push(reject),
    };
    splitter.push(bytes, &mut sink);
    splitter.finish(&mut sink);

    let (mut direct, mut refused) = (Vec::new(), Vec::new());
    let mut sink = |_: u64, row: Result<Event<'_>, Reject>| match row {
        Ok(event) => direct.push(event.into_owned()),
        Err(reject) => refused.push(reject),
    };
    splitter.push_events(bytes, &mut sink);
    splitter.finish_events(&mut sink);
    assert_eq!(events, direct);
    assert_eq!(rejects, refused);
    (events, rejects)
}

fn all(name: &str) -> Option<(Vec<Event<'static>>, Vec<Reject>)> {
    let mut paths = Vec::new();
    files(&folder(name)?, &mut paths);
    let (mut events, mut rejects) = (Vec::new(), Vec::new());
    for path in paths {
        let (new, bad) = rows(&read(&path));
        assert!(!new.is_empty() || !bad.is_empty(), "`{}` gave nothing", path.display());
        for reject in &bad {
            eprintln!("{}: {} {}", path.display(), reject.offset, reject.reason);
        }
        events.extend(new);
        rejects.extend(bad);
    }
    Some((events, rejects))
}

#[test]
fn invictus_is_read_whole() {
    let Some((events, rejects)) = all("invictus") else {
        return;
    };
    assert_eq!(rejects, []);
    assert_eq!(events.len(), 2900);
    assert!(
        events
            .iter()
            .all(|event| event.event_time.is_some() && event.event_id.len() == 36)
    );
    assert_eq!(events.iter().filter(|event| event.identity_type.is_none()).count(), 42);
    assert_eq!(events.iter().filter(|event| event.session_name.is_some()).count(), 76);
}

#[test]
fn stratus_is_read_whole() {
    let Some((events, rejects)) = all("stratus") else {
        return;
    };
    assert_eq!(rejects, []);
    assert_eq!(events.len(), 310);
}

#[test]
fn every_eventbridge_file_is_a_record() {
    let Some((events, rejects)) = all("eventbridge") else {
        return;
    };
    assert_eq!(rejects, []);
    assert_eq!(events.len(), 20);
    assert!(events.iter().all(|event| event.event_name.is_some()));
}

#[test]
fn pod_identity_issues_keep_their_tags_and_key_and_lose_their_token() {
    let Some((events, rejects)) = all("eks") else { return };
    assert_eq!(rejects, []);
    assert_eq!(events.len(), 11);
    let issues: Vec<_> = events
        .iter()
        .filter(|event| event.invoked_by.as_deref() == Some("pods.eks.amazonaws.com"))
        .collect();
    assert_eq!(issues.len(), 2);
    for issue in issues {
        assert!(
            issue
                .request_parameters
                .as_deref()
                .unwrap()
                .contains("kubernetes-service-account")
        );
        let answer: serde_json::Value = serde_json::from_str(issue.response_elements.as_deref().unwrap()).unwrap();
        assert!(
            answer["credentials"]["accessKeyId"]
                .as_str()
                .unwrap()
                .starts_with("ASIA")
        );
        assert_eq!(answer["credentials"]["sessionToken"], "[redacted]");
    }
}

#[test]
fn odd_shapes_are_read_or_rejected_with_a_reason() {
    let Some((events, rejects)) = all("odd-shapes") else {
        return;
    };
    assert!(rejects.iter().all(|reject| !reject.reason.is_empty()));
    // One record with a missing brace, two whose every key is misspelt.
    let reasons: Vec<_> = rejects.iter().map(|reject| reject.reason.as_str()).collect();
    assert_eq!(rejects.len(), 3, "{reasons:#?}");
    assert!(events.len() > 20);
}

#[test]
fn no_real_session_token_is_left() {
    for name in ["invictus", "stratus", "eks", "eventbridge"] {
        let Some((events, _)) = all(name) else { return };
        for event in events {
            let row = serde_json::to_string(&event).unwrap();
            assert!(!row.contains("IQoJb3JpZ2lu") && !row.contains("TOKEN-REMOVED"), "{row}");
        }
    }
}
