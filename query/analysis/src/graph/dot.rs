//! A graph in DOT, the language of Graphviz (<https://graphviz.org/doc/info/lang.html>).

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::answer::{Graph, GraphEdge, GraphNode, NodeKind};

/// The graph as a DOT document, columns from left to right, ending with a line feed.
#[must_use]
pub fn dot(graph: &Graph) -> String {
    let mut out = String::from("digraph podtrail {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n");
    let mut columns: BTreeMap<u32, Vec<&GraphNode>> = BTreeMap::new();
    for node in &graph.nodes {
        columns.entry(node.depth).or_default().push(node);
    }
    for column in columns.values() {
        out.push_str("  { rank=same;\n");
        for node in column {
            let (id, label, shape) = (quoted(&node.id), quoted(&node.label), shape(node.kind));
            let tooltip = quoted(node.detail.as_deref().unwrap_or(&node.label));
            // Writing to a String cannot fail.
            let _ = writeln!(out, "    {id} [label={label}, shape={shape}, tooltip={tooltip}];");
        }
        out.push_str("  }\n");
    }
    for edge in &graph.edges {
        let (from, to, label) = (quoted(&edge.from), quoted(&edge.to), quoted(&label(edge)));
        let denied = if edge.denied > 0 { ", color=red" } else { "" };
        let _ = writeln!(out, "  {from} -> {to} [label={label}{denied}];");
    }
    out.push_str("}\n");
    out
}

fn label(edge: &GraphEdge) -> String {
    if edge.denied > 0 {
        format!("{} ({} denied)", edge.calls, edge.denied)
    } else {
        edge.calls.to_string()
    }
}

const fn shape(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Workload => "box",
        NodeKind::Role => "ellipse",
        NodeKind::Service => "hexagon",
        NodeKind::Resource => "folder",
        NodeKind::Rest => "plaintext",
    }
}

/// A quoted id. Inside quotes only `"` is escaped in DOT itself, but labels give `\` a meaning (`\n`, `\N`), so it is
/// doubled; a control character becomes a space, since names come from logs.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_control() => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{CoverageSummary, Omitted};

    #[test]
    fn names_cannot_leave_their_quotes() {
        let cases = [
            ("plain", r#""plain""#),
            (r#"a"]; evil -> b ["#, r#""a\"]; evil -> b [""#),
            (r"ends with \", r#""ends with \\""#),
            ("two\nlines\u{1b}[31m", r#""two lines [31m""#),
            ("<b>html</b>", r#""<b>html</b>""#),
            ("", r#""""#),
        ];
        for (text, expected) in cases {
            assert_eq!(quoted(text), expected, "{text}");
        }
    }

    #[test]
    fn a_document_has_columns_and_labelled_edges() {
        let node = |id: &str, kind, depth| GraphNode {
            id: id.into(),
            kind,
            label: id.into(),
            detail: None,
            depth,
        };
        let graph = Graph {
            nodes: vec![node("w", NodeKind::Workload, 0), node("r", NodeKind::Role, 1)],
            edges: vec![GraphEdge {
                from: "w".into(),
                to: "r".into(),
                calls: 5,
                denied: 2,
                last_seen: None,
            }],
            omitted: Omitted::default(),
            coverage: CoverageSummary::default(),
        };
        let text = dot(&graph);
        assert!(
            text.starts_with("digraph podtrail {\n") && text.ends_with("}\n"),
            "{text}"
        );
        assert!(
            text.contains(r#"    "w" [label="w", shape=box, tooltip="w"];"#),
            "{text}"
        );
        assert!(
            text.contains(r#"  "w" -> "r" [label="5 (2 denied)", color=red];"#),
            "{text}"
        );
        assert_eq!(text.matches("rank=same").count(), 2);
    }
}
