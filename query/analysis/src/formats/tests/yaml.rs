use proptest::prelude::*;
use serde_json::{Value, json};

use crate::formats::yaml::Yaml;

fn read(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn no_notes(_: Option<&str>) -> Vec<String> {
    Vec::new()
}

#[test]
fn texts_that_yaml_would_take_for_something_else() {
    let words = [
        "2012-10-17",
        "no",
        "on",
        "~",
        "null",
        "0x10",
        "1e3",
        "1_000",
        "12:30:45",
        "- a",
        "a: b",
        "a #b",
        "#",
        "!Ref x",
        "&a",
        "*a",
        "%TAG",
        "|",
        ">",
        "---",
        "...",
        "",
        " ",
        "{{resolve:ssm:x}}",
        "${aws:x}",
        "\"'\\",
        "\n\r\t\0\u{85}",
        "\u{2028}\u{FEFF}\u{1F600}",
        "é\u{A0}",
    ];
    for word in words {
        let value = json!({ word: [word, { word: word }] });
        assert_eq!(read(&Yaml::document(&value, no_notes).write()), value, "{word:?}");
    }
}

#[test]
fn empty_collections_and_scalars() {
    let value = json!({"a": [], "b": {}, "c": [[], {}, [[1]]], "d": null, "e": true, "f": -1.5, "yes": [{"a": {}}]});
    assert_eq!(read(&Yaml::document(&value, no_notes).write()), value);
}

#[test]
fn notes_stand_above_their_statements_and_nowhere_else() {
    let value = json!({"Version": "2012-10-17", "Statement": [{"Sid": "A", "Action": "a:b"}, {"Sid": "B"}]});
    let notes = |sid: Option<&str>| match sid {
        Some("B") => vec!["first\n- Sid: C".to_owned(), "second".to_owned()],
        _ => Vec::new(),
    };
    let text = Yaml::document(&value, notes).write();
    let expected = "Version: \"2012-10-17\"
Statement:
  - Sid: \"A\"
    Action: \"a:b\"
  # first - Sid: C
  # second
  - Sid: \"B\"
";
    assert_eq!((text.as_str(), read(&text)), (expected, value));
}

fn json_value() -> impl Strategy<Value = Value> {
    let text = "\\PC{0,8}|[-:#\"'\\n {}\\[\\]&*!|>%@`,?]{0,6}|(true|no|null|~|1|2012-10-17)";
    let leaf = prop_oneof![
        text.prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(Value::Null),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(text, inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_is_read_as_itself(value in json_value()) {
        let text = Yaml::document(&value, no_notes).write();
        prop_assert_eq!(read(&text), value, "{}", text);
    }
}
