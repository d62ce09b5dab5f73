//! Situations in tables, and properties.

mod audit;
mod events;
mod properties;
mod real;
mod redaction;
mod splitting;
mod times;

use crate::{Item, Limits, Reject, Splitter};

/// All items of `input`, cut into chunks of the given sizes in turn: offsets and texts, or rejects.
fn items(input: &[u8], sizes: &[usize], limits: Limits) -> Vec<Result<(u64, String), Reject>> {
    let mut out = Vec::new();
    let mut sink = |item: Item<'_>| {
        out.push(match item {
            Item::Record { offset, json } => Ok((offset, String::from_utf8(json.to_vec()).unwrap())),
            Item::Reject(reject) => Err(reject),
        });
    };
    let mut splitter = Splitter::new(limits);
    let mut rest = input;
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (chunk, tail) = rest.split_at((*size).clamp(1, rest.len()));
        splitter.push(chunk, &mut sink);
        assert!(splitter.buffered() <= limits.record_bytes + chunk.len() + 2 * limits.reject_bytes + 4096);
        rest = tail;
    }
    splitter.finish(&mut sink);
    out
}

/// The records' texts, and the rejects' reasons.
fn split(input: &str) -> (Vec<String>, Vec<String>) {
    let (mut records, mut reasons) = (Vec::new(), Vec::new());
    for item in items(input.as_bytes(), &[usize::MAX], Limits::default()) {
        match item {
            Ok((_, text)) => records.push(text),
            Err(reject) => reasons.push(reject.reason),
        }
    }
    (records, reasons)
}
