use super::{items, split};
use crate::Limits;

const A: &str = r#"{"eventVersion":"1.08","eventName":"A"}"#;
const B: &str = r#"{"eventVersion":"1.09","eventName":"B","resources":[{"ARN":"x"}]}"#;

#[test]
fn every_envelope_gives_its_records() {
    let quoted = serde_json::to_string(A).unwrap();
    let table = [
        ("log file", format!(r#"{{"Records":[{A},{B}]}}"#)),
        (
            "log file, spread out",
            format!("{{\n  \"Records\" : [\n {A} ,\n {B}\n ]\n}}\n"),
        ),
        ("bare array", format!("[{A}, {B}]")),
        ("JSON lines", format!("{A}\n{B}\n")),
        (
            "JSON lines with CR LF and blank lines",
            format!("\r\n{A}\r\n\r\n{B}\r\n"),
        ),
        ("concatenated objects", format!("{A}{B}")),
        ("byte order mark", format!("\u{feff}{{\"Records\":[{A},{B}]}}")),
        (
            "two log files, one after another",
            format!(r#"{{"Records":[{A}]}}{{"Records":[{B}]}}"#),
        ),
        ("a mix", format!("[{A}]\n{{\"Records\":[]}}\n{B}")),
        (
            "an array of log files",
            format!(r#"[{{"Records":[{A}]}},{{"Records":[{B}]}}]"#),
        ),
        (
            "keys around the array",
            format!(r#"{{"x":{{"y":[1]}},"Records":[{A},{B}],"z":[{{"Records":[1]}}]}}"#),
        ),
        (
            "EventBridge, single",
            format!(r#"{{"version":"0","detail-type":"AWS API Call via CloudTrail","detail":{A}}}{B}"#),
        ),
        (
            "EventBridge, in lines",
            format!("{{\"detail-type\":\"t\",\"detail\":{A}}}\n{{\"detail\":{B},\"id\":\"1\"}}\n"),
        ),
        (
            "EventBridge, in an array",
            format!(r#"[{{"detail-type":"t","detail":{A}}},{B}]"#),
        ),
        (
            "EventBridge, in Records",
            format!(r#"{{"Records":[{{"detail-type":"t","detail":{A}}},{{"detail-type":"t","detail":{B}}}]}}"#),
        ),
        (
            "EventBridge, detail as text",
            format!(r#"{{"detail-type":"t","detail":{quoted}}}{B}"#),
        ),
        (
            "LookupEvents answer",
            format!(
                r#"{{"Events":[{{"EventId":"1","ReadOnly":"true","CloudTrailEvent":{quoted}}},{B}],"NextToken":"n"}}"#
            ),
        ),
        (
            "LookupEvents answer, token first",
            format!(r#"{{"NextToken":"n","Events":[{{"CloudTrailEvent":{quoted}}}, {{"CloudTrailEvent":{B}}}]}}"#),
        ),
        ("arrays within arrays", format!("[[{A}],[[{B}]]]")),
    ];
    for (situation, input) in table {
        assert_eq!(split(&input), (vec![A.to_owned(), B.to_owned()], vec![]), "{situation}");
    }
}

#[test]
fn nothing_gives_nothing() {
    for input in [
        "",
        " \n\t",
        "\u{feff}",
        r#"{"Records":[]}"#,
        "[]",
        r#"{"Events":[],"NextToken":null}"#,
    ] {
        assert_eq!(split(input), (vec![], vec![]), "{input:?}");
    }
}

#[test]
fn broken_text_is_named_and_the_rest_is_read() {
    // What is between A and B, how many rejects, and what the first one says.
    let table = [
        (
            "line cut short",
            format!("{A}\n{{\"eventVersion\":\"1\",\n{B}"),
            "expected a key in `\"`",
        ),
        (
            "unclosed string in a line",
            format!("{A}\n{{\"eventVersion\":\"1\n{B}"),
            "closing `\"`",
        ),
        (
            "text between lines",
            format!("{A}\nhello {{world\n{B}"),
            "expected a JSON value",
        ),
        (
            "missing brace in an array",
            format!(r#"[{A},{{"eventVersion":"2","userIdentity":{{"type":"x" ,"eventName":"y"}},{B}]"#),
            "expected a key",
        ),
        (
            "missing quote in an array",
            format!(r#"{{"Records":[{A},{{"eventVersion":"2","a":"b}},{B}]}}"#),
            "expected `,` or `}`",
        ),
        (
            "missing value",
            format!(r#"[{A},{{"eventName":}},{B}]"#),
            "expected a JSON value",
        ),
        (
            "missing colon",
            format!(r#"[{A},{{"eventName" "x"}},{B}]"#),
            "expected `:`",
        ),
        ("bad escape", format!(r#"[{A},{{"eventName":"\x"}},{B}]"#), "escape"),
        (
            "bad unicode escape",
            format!(r#"[{A},{{"eventName":"\u12g4"}},{B}]"#),
            "escape",
        ),
        (
            "bad number",
            format!(r#"[{A},{{"eventName":1.}},{B}]"#),
            "expected a digit",
        ),
        (
            "leading zero",
            format!(r#"[{A},{{"eventName":01}},{B}]"#),
            "expected `,` or `}`",
        ),
        ("bad literal", format!(r#"[{A},{{"eventName":nul}},{B}]"#), "`null`"),
        ("scalar element", format!("[{A},17,{B}]"), "found a number"),
        ("string element", format!("[{A},\"x\",{B}]"), "found a string"),
        (
            "spread-out broken element",
            format!("[\n  {A},\n  {{\n    \"eventName\": ?\n  }},\n  {B}\n]"),
            "expected a JSON value",
        ),
        (
            "next document after a cut one",
            format!("{A}{{\"Records\":[{{\"eventName\":\"x\n{{\"Records\":[{B}]}}"),
            "closing",
        ),
        ("stray closing bracket", format!("{A}]\n{B}"), "expected a JSON value"),
        (
            "broken record within a string",
            format!(r#"{A}{{"CloudTrailEvent":"{{\"a\":"}}{B}"#),
            "cut off",
        ),
        (
            "record within a string is no object",
            format!(r#"{A}{{"CloudTrailEvent":"[1]"}}{B}"#),
            "found an array",
        ),
    ];
    for (situation, input, reason) in table {
        let (records, reasons) = split(&input);
        assert_eq!(records, [A, B], "{situation}: {reasons:?}");
        assert_eq!(reasons.len(), 1, "{situation}: {reasons:?}");
        assert!(reasons[0].contains(reason), "{situation}: {reasons:?}");
    }
}

#[test]
fn a_reject_says_where_it_begins_and_where_it_breaks() {
    let input = format!(r#"[{A},{{"eventName":}},{B}]"#);
    let found = items(input.as_bytes(), &[5], Limits::default());
    let reject = found[1].as_ref().unwrap_err();
    assert_eq!(reject.offset, 2 + A.len() as u64);
    let broken = reject.offset + r#"{"eventName":"#.len() as u64;
    assert!(reject.reason.contains(&format!("byte {broken}:")), "{}", reject.reason);
    assert_eq!(reject.bytes, br#"{"eventName":},"#);
    assert_eq!(found[2].as_ref().unwrap().0, input.find(B).unwrap() as u64);
}

#[test]
fn a_cut_off_end_is_said() {
    for (input, reason) in [
        (format!(r#"{{"Records":[{A},{{"eventName":"x"#), "inside a record"),
        (format!(r#"{{"Records":[{A}"#), "inside an array"),
        (format!(r#"{{"Records":[{A}],"NextTok"#), "inside a record"),
        (format!("{A}{{"), "inside a record"),
    ] {
        let (records, reasons) = split(&input);
        assert_eq!(records, [A], "{input}");
        assert!(
            reasons.len() == 1 && reasons[0].contains(reason),
            "{input}: {reasons:?}"
        );
    }
}

#[test]
fn a_long_record_is_one_reject_and_not_held() {
    let limits = Limits {
        record_bytes: 100,
        ..Limits::default()
    };
    let long = format!(r#"{{"eventName":"{}","x":[{{"a":"\"}}]"}}]}}"#, "y".repeat(5000));
    let string = format!("\"{}\"", "z".repeat(500));
    for (situation, input) in [
        ("object in an array", format!("[{A},{long},{B}]")),
        ("line", format!("{A}\n{long}\n{B}")),
        ("string", format!("[{A},{string},{B}]")),
        ("number", format!("[{A},{},{B}]", "1".repeat(300))),
        ("container's tail", format!(r#"{{"Records":[{A}],"x":{string}}}{B}"#)),
        (
            "unclosed string, next line",
            format!("{A}\n{{\"x\":\"{}\n{B}", "q".repeat(300)),
        ),
    ] {
        for size in [1, 7, 64, 10_000] {
            let found = items(input.as_bytes(), &[size], limits);
            let texts: Vec<_> = found.iter().flatten().map(|(_, text)| text.as_str()).collect();
            assert_eq!(texts, [A, B], "{situation} in chunks of {size}");
            let reasons: Vec<_> = found.iter().filter_map(|item| item.as_ref().err()).collect();
            assert_eq!(reasons.len(), 1, "{situation}: {reasons:?}");
            assert!(
                reasons[0].reason.contains("longer than the limit of 100 bytes"),
                "{situation}"
            );
        }
    }
}

#[test]
fn deep_nesting_is_refused_without_harm() {
    let deep = format!(r#"{{"eventName":{}1{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
    let (records, reasons) = split(&format!("{A}\n{deep}\n{B}"));
    assert_eq!(records, [A, B]);
    assert!(reasons[0].contains("no deeper nesting"), "{reasons:?}");
    let fits = format!(r#"{{"eventName":{}1{}}}"#, "[".repeat(127), "]".repeat(127));
    assert_eq!(split(&fits).0, [fits]);
}

#[test]
fn invalid_utf8_rejects_its_record_only() {
    let mut input = format!("[{A},{{\"eventName\":\"").into_bytes();
    input.extend_from_slice(b"\xc3\x28");
    input.extend_from_slice(format!("\"}},{B}]").as_bytes());
    let found = items(&input, &[11], Limits::default());
    assert_eq!(found.iter().flatten().count(), 2);
    assert!(found[1].as_ref().unwrap_err().reason.contains("invalid UTF-8"));
}

#[test]
fn what_is_not_json_is_refused_once() {
    for (input, hint) in [
        (
            b"CloudTrail validation message.\nsecond line\n".as_slice(),
            "expected a JSON value",
        ),
        (b"\x1f\x8b\x08\x00\x00\x01\x02", "gzip"),
        (b"\xff\xfe{\x00}\x00", "UTF-16"),
        (b"PAR1\x15\x04\x15", "expected a JSON value"),
        (b"\x00\x00\x00", "control character"),
    ] {
        let found = items(input, &[3], Limits::default());
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].as_ref().unwrap_err().reason.contains(hint), "{found:?}");
    }
}

#[test]
fn after_a_broken_record_the_next_is_found_whatever_its_first_key() {
    for first in ["additionalEventData", "awsRegion", "eventID", "recipientAccountId"] {
        let good = format!("{{\"{first}\":\"x\",\"eventName\":\"ListBuckets\"}}");
        let text = format!("{{\"Records\":[{{\"eventVersion\":\"1.08\",\"eventName\":oops}},{good},{good}]}}");
        let mut records = 0;
        let mut rejects = 0;
        let mut splitter = crate::Splitter::new(crate::Limits::default());
        let mut sink = |item: crate::Item<'_>| match item {
            crate::Item::Record { .. } => records += 1,
            crate::Item::Reject(_) => rejects += 1,
        };
        splitter.push(text.as_bytes(), &mut sink);
        splitter.finish(&mut sink);
        assert_eq!((records, rejects), (2, 1), "{first}");
    }
}
