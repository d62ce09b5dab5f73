//! Writing HashiCorp's configuration language, laid out as `terraform fmt` does.

use std::fmt::Write as _;

use super::notes::comment;

/// A text as a quoted template that stands for exactly this text (HCL syntax specification, "Template Expressions" and
/// "Quoted Strings"): no interpolation or directive begins in it. Anything but printable ASCII and Latin-1 is escaped
/// as well, so that nothing hides in a review.
pub(crate) fn text(text: &str) -> String {
    let mut out = String::from("\"");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            // A doubled sign before `{` means one. A sign before a doubled one would be read otherwise, so it is escaped
            // by its number.
            '$' | '%' if chars.peek() == Some(&'{') => out.extend([c, c]),
            '$' | '%' if chars.peek() == Some(&c) => push_number(&mut out, c),
            ' '..='~' | '\u{A1}'..='\u{AC}' | '\u{AE}'..='\u{FF}' => out.push(c),
            _ => push_number(&mut out, c),
        }
    }
    out.push('"');
    out
}

fn push_number(out: &mut String, c: char) {
    let number = u32::from(c);
    let escape = if number > 0xFFFF {
        format!("\\U{number:08x}")
    } else {
        format!("\\u{number:04x}")
    };
    out.push_str(&escape);
}

/// Literals as a list: one in a line, several each in its own.
pub(super) fn list(literals: &[String]) -> String {
    match literals {
        [only] => format!("[{only}]"),
        _ => {
            let lines: String = literals.iter().map(|literal| format!("  {literal},\n")).collect();
            format!("[\n{lines}]")
        }
    }
}

/// A block: its head, what is said above it, what it holds.
#[derive(Debug, Default)]
pub(crate) struct Block {
    head: String,
    notes: Vec<String>,
    attributes: Vec<(&'static str, String)>,
    blocks: Vec<Block>,
}

impl Block {
    /// An empty block of a type, with its labels.
    pub(crate) fn new(kind: &str, labels: &[&str]) -> Self {
        let labels: String = labels.iter().map(|label| format!(" {}", text(label))).collect();
        Self {
            head: format!("{kind}{labels}"),
            ..Self::default()
        }
    }

    /// Says something above it.
    pub(super) fn noted(mut self, notes: Vec<String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// Adds an attribute whose value is an expression, as it is written.
    pub(crate) fn with(mut self, name: &'static str, expression: impl Into<String>) -> Self {
        self.attributes.push((name, expression.into()));
        self
    }

    /// Adds an attribute whose value is a text.
    pub(crate) fn with_text(self, name: &'static str, value: &str) -> Self {
        self.with(name, text(value))
    }

    /// Adds a block.
    pub(super) fn holding(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }

    /// The block as text, ending with a line feed.
    pub(crate) fn write(&self) -> String {
        let mut inner = self.aligned();
        for block in &self.blocks {
            if !inner.is_empty() {
                inner.push('\n');
            }
            inner.push_str(&block.write());
        }
        let mut out = comment(&self.notes);
        // Writing to a string does not fail.
        let _ = writeln!(out, "{} {{", self.head);
        for line in inner.lines() {
            let indent = if line.is_empty() { "" } else { "  " };
            let _ = writeln!(out, "{indent}{line}");
        }
        out.push_str("}\n");
        out
    }

    /// The attributes, with the `=` of neighbours of one line under one another.
    fn aligned(&self) -> String {
        let is_line = |(_, value): &&(&str, String)| !value.contains('\n');
        let mut out = String::new();
        let mut rest = self.attributes.as_slice();
        while !rest.is_empty() {
            let run = rest.iter().take_while(is_line).count();
            let (lines, after) = rest.split_at(run.max(1));
            let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
            for (name, value) in lines {
                let _ = writeln!(out, "{name:<width$} = {value}");
            }
            rest = after;
        }
        out
    }
}
