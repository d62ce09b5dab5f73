use crate::*;

/// All items of `input`, cut into chunks of `size`: offsets and texts, or the reasons.
pub(super) fn items(input: &[u8], size: usize, limits: Limits) -> Vec<Result<(u64, String), Reject>> {
    let mut out = Vec::new();
    let mut sink = |item: Item<'_>| {
        out.push(match item {
            Item::Record { offset, json } => Ok((offset, String::from_utf8(json.to_vec()).unwrap())),
            Item::Reject(reject) => Err(reject),
        });
    };
    let mut splitter = Splitter::new(limits);
    for chunk in input.chunks(size.max(1)) {
        splitter.push(chunk, &mut sink);
    }
    splitter.finish(&mut sink);
    out
}

#[test]
fn records_of_a_log_file_are_found() {
    let found = items(
        br#"{"Records":[{"eventName":"a"},{"eventName":"b"}]}"#,
        7,
        Limits::default(),
    );
    let texts: Vec<_> = found.iter().map(|item| item.as_ref().unwrap().1.as_str()).collect();
    assert_eq!(texts, [r#"{"eventName":"a"}"#, r#"{"eventName":"b"}"#]);
}
