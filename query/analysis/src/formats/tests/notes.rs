use proptest::prelude::*;

use crate::formats::notes::{comment, line};

#[test]
fn nothing_ends_or_hides_in_a_comment() {
    for (text, written) in [
        ("plain, with é", "plain, with é"),
        ("a\nresource \"x\" {}", "a resource \"x\" {}"),
        ("a\r\nb\tc\u{85}d\u{2028}e", "a  b c d e"),
        ("\u{202E}txt\u{200B}", "?txt?"),
    ] {
        assert_eq!(line(text), written, "{text:?}");
    }
}

proptest! {
    #[test]
    fn a_comment_has_a_line_for_each_text(texts in prop::collection::vec(any::<String>(), 0..4)) {
        let written = comment(&texts);
        prop_assert_eq!(written.lines().count(), texts.len());
        prop_assert!(written.split('\n').all(|line| line.is_empty() || line.starts_with("# ")));
    }
}
