//! Commands for a POSIX shell. What comes out of a log or an inventory is quoted: it must not run.

use serde_json::Value;

use podtrail_iam::policy::build::minified;

/// A word, quoted where the shell would take it for anything else than itself.
pub(crate) fn quote(word: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"_./:=@,+-".contains(&b);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A command of words.
pub(crate) fn command(words: &[&str]) -> String {
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

/// Replaces a role's trust policy.
pub(crate) fn update_trust(role_arn: &str, document: &Value) -> String {
    let name = role_name(role_arn);
    command(&[
        "aws",
        "iam",
        "update-assume-role-policy",
        "--role-name",
        name,
        "--policy-document",
        &minified(document),
    ])
}

/// The name of a role: what its ARN has behind the path.
pub(crate) fn role_name(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// The region of an EKS ARN.
pub(crate) fn region(arn: &str) -> &str {
    arn.split(':').nth(3).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_that_a_shell_would_read_otherwise_are_quoted() {
        for (word, quoted) in [
            ("role/x", "role/x"),
            ("", "''"),
            ("a b", "'a b'"),
            ("$(rm -rf /)", "'$(rm -rf /)'"),
            ("it's", r"'it'\''s'"),
            ("a\nb", "'a\nb'"),
            ("ü", "'ü'"),
        ] {
            assert_eq!(quote(word), quoted, "{word}");
        }
        assert_eq!(command(&["aws", "--role-name", "x y"]), "aws --role-name 'x y'");
    }

    /// The words of a line as a POSIX shell splits it; none where it would do more than split.
    fn split(line: &str) -> Option<Vec<String>> {
        let (mut words, mut word, mut chars) = (Vec::new(), None::<String>, line.chars());
        while let Some(c) = chars.next() {
            match c {
                '\'' => {
                    let word = word.get_or_insert_default();
                    loop {
                        match chars.next()? {
                            '\'' => break,
                            c => word.push(c),
                        }
                    }
                }
                '\\' => word.get_or_insert_default().push(chars.next()?),
                ' ' => words.extend(word.take()),
                c if c.is_ascii_alphanumeric() || "_./:=@,+-".contains(c) => word.get_or_insert_default().push(c),
                _ => return None,
            }
        }
        words.extend(word.take());
        Some(words)
    }

    proptest! {
        #[test]
        fn a_shell_gets_each_word_as_it_is(words in prop::collection::vec("\\PC{0,12}|[a-z' \\\\$`;\n\"]{0,8}", 1..5)) {
            let line = command(&words.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(split(&line), Some(words));
        }
    }
}
