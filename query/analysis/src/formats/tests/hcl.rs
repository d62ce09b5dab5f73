use std::io::Write as _;
use std::process::{Command, Stdio};

use hcl::eval::{Context, Evaluate};
use proptest::prelude::*;

use crate::formats::hcl::{Block, list, text};

/// What a reader of the language takes an expression for.
fn read(expression: &str) -> String {
    let body = hcl::parse(&format!("a = {expression}\n")).unwrap_or_else(|e| panic!("{expression}: {e}"));
    let attribute = body.attributes().next().unwrap();
    match attribute.expr.evaluate(&Context::new()) {
        Ok(hcl::Value::String(text)) => text,
        other => panic!("{expression}: {other:?}"),
    }
}

/// Texts that a naive writer gets wrong.
const HOSTILE: [&str; 16] = [
    "",
    "a\"b\\c${d}%{e}\n",
    "${aws:PrincipalTag/x}",
    "$${x}",
    "$$${x}",
    "$$$${x}",
    "%%{if}%%%{x}",
    "$%{x}%${y}%$${z}$%%{w}",
    "a$$b$",
    "\\${x}\\",
    "\" }\nresource \"x\" \"y\" {",
    "é\u{A0}\u{AD}ÿ",
    "\u{202E}\u{2028}\u{FEFF}\u{1F600}",
    "\0\u{7}\u{85}\t\r\n",
    "</script><!--",
    "&{x}~}${~x~}",
];

#[test]
fn a_text_is_read_as_itself() {
    for hostile in HOSTILE {
        assert_eq!(read(&text(hostile)), hostile, "{}", text(hostile));
    }
}

#[test]
fn terraform_itself_reads_it_so() {
    let expression: Vec<String> = HOSTILE.iter().map(|hostile| text(hostile)).collect();
    let folder = std::env::temp_dir();
    let started = Command::new("terraform")
        .arg("console")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut console) = started else {
        println!("skipped: there is no `terraform` on the PATH");
        return;
    };
    let asked = format!("base64encode(jsonencode([{}]))\n", expression.join(", "));
    console.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
    let answer = console.wait_with_output().unwrap();
    let expected = format!("\"{}\"", base64(go_json(&HOSTILE).as_bytes()));
    assert_eq!(String::from_utf8_lossy(&answer.stdout).trim(), expected, "{answer:?}");
}

/// JSON as `jsonencode` writes it: what HTML would read and two separators of lines are escaped.
fn go_json(texts: &[&str]) -> String {
    let json = serde_json::to_string(texts).unwrap();
    let escaped = json.chars().map(|c| match c {
        '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => format!("\\u{:04x}", u32::from(c)),
        c => c.to_string(),
    });
    escaped.collect()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for at in 0..4 {
            let letter = ALPHABET[(bits >> (18 - 6 * at) & 63) as usize] as char;
            out.push(if at > chunk.len() { '=' } else { letter });
        }
    }
    out
}

proptest! {
    #[test]
    fn any_text_is_read_as_itself(any in "\\PC{0,16}|[$%{}\"\\\\\\n a~&]{0,12}") {
        prop_assert_eq!(read(&text(&any)), any);
    }
}

#[test]
fn blocks_are_laid_out_as_terraform_does() {
    let inner = Block::new("statement", &[])
        .with_text("sid", "A")
        .with("effect", "\"Allow\"")
        .with("actions", list(&["1".to_owned(), "2".to_owned()]))
        .with("resources", list(&["\"*\"".to_owned()]));
    let block = Block::new("data", &["kind", "a\"b"])
        .with_text("version", "x")
        .holding(inner.noted(vec!["one\nline".to_owned()]));
    let expected = r#"data "kind" "a\"b" {
  version = "x"

  # one line
  statement {
    sid    = "A"
    effect = "Allow"
    actions = [
      1,
      2,
    ]
    resources = ["*"]
  }
}
"#;
    assert_eq!(block.write(), expected);
}
