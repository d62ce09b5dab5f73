use super::*;

#[test]
fn a_broken_call_is_named_with_its_event() {
    let text = markdown(&checked(&allow(&["s3:ListBucket"])));
    for part in [
        "**Breaks**: 10 of 20 calls",
        "<code>s3:GetObject</code>",
        "<code>event-s3:GetObject</code>",
        "<code>prod/shop/cart</code>",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let holds = markdown(&checked(&allow(&["s3:*"])));
    assert!(
        holds.contains("**Holds**") && !holds.contains("Would be denied"),
        "{holds}"
    );
}

#[test]
fn what_is_unknown_is_named_with_its_reason() {
    let attached = json!({"role": "cart", "policy_arn": "arn:aws:iam::aws:policy/X"});
    let kind = "aws_iam_role_policy_attachment";
    let text = markdown(&checked(&plan(&[(
        kind,
        "x",
        &["create"],
        Value::Null,
        attached,
        json!({}),
    )])));
    assert!(text.contains("#### Not decided") && text.contains("policy/X"), "{text}");
    assert!(text.contains("20 cannot be decided"), "{text}");
}

/// Text from logs and documents: whatever it holds, it adds no cell, no line, no markup and no link.
#[test]
fn hostile_names_stay_text() {
    let plain = markdown(&checked(&allow(&["s3:ListBucket"])));
    let shape = |text: &str| -> Vec<(usize, usize)> {
        text.lines()
            .map(|line| (line.matches('|').count(), line.matches('<').count()))
            .collect()
    };
    for hostile in [
        "a|b|c",
        "a\nb\r\n# c",
        "`x` ``y``",
        "</code><script>alert(1)</script>",
        "<!-- x",
        "[x](https://evil.example)",
        "![x](https://evil.example/p.png)",
        "https://evil.example",
        "www.evil.example",
        "@everyone #1 GH-1",
        "**b** _i_ ~~s~~ \\| &lt;",
        "\u{202e}desrever\u{200b}",
        "\u{0}\u{7}",
    ] {
        let mut check = checked(&allow(&["s3:ListBucket"]));
        let one = &mut check.judged[0];
        one.workload = Some(hostile.to_owned());
        let miss = &mut one.replay.as_mut().unwrap().counterexamples[0];
        (miss.action, miss.resource) = (hostile.to_owned(), hostile.to_owned());
        miss.sample_event_id = hostile.to_owned();
        check.changes[0].source = hostile.to_owned();
        check.changes[0].summary = hostile.to_owned();
        check.changes[0].unknown = vec![hostile.to_owned()];
        let text = markdown(&check);
        assert_eq!(shape(&text), shape(&plain), "{hostile:?}: {text}");
        let hidden = text
            .chars()
            .any(|c| (c.is_control() && c != '\n') || "\u{202e}\u{200b}".contains(c));
        assert!(!hidden, "{hostile:?}");
        for markup in ["`", "](", "://", "www.", "@", "\\", "~~", "&lt;", "_i_"] {
            assert!(!text.contains(markup), "{hostile:?} leaves {markup}: {text}");
        }
        assert_eq!(text.matches("**").count(), 2, "{hostile:?}");
    }
}

#[test]
fn its_length_is_bounded() {
    let mut check = checked(&allow(&["s3:ListBucket"]));
    let replay = check.judged[0].replay.as_mut().unwrap();
    let mut miss = replay.counterexamples[0].clone();
    miss.resource = "|".repeat(10_000);
    replay.counterexamples = vec![miss; 10_000];
    check.untouched = vec!["x".repeat(10_000); 10_000];
    let text = markdown(&check);
    assert!(text.contains("and 9975 more") && text.len() < 50_000, "{}", text.len());
    check.judged = vec![check.judged[0].clone(); 40];
    for one in &mut check.judged {
        (one.role_arn, one.why) = ("|".repeat(10_000), Some("|".repeat(10_000)));
    }
    let text = markdown(&check);
    // GitHub takes 65,536 characters for a comment.
    assert!(text.contains("more") && text.len() < 62_000, "{}", text.len());
    assert!(
        text.ends_with("more\n") && text.contains("#### Not judged"),
        "each part is still told"
    );
}
