//! A trace in the language of graphviz.

use std::fmt::Write as _;

use super::report::TraceReport;
use crate::cli::terminal_text::plain;

/// Draws a trace from what was there first to what came of it.
pub(super) fn draw(trace: &TraceReport) -> String {
    let mut text = String::from("digraph trace {\n  rankdir=LR;\n  node [shape=box];\n");
    for thing in &trace.things {
        let mut style = Vec::new();
        if thing.class {
            style.push("shape=folder");
        }
        if thing.relation == "carrier" {
            style.push("style=dashed");
        }
        if thing.id == trace.thing {
            style.push("penwidth=3");
        }
        let _ = writeln!(text, "  {} [{}];", quote(&thing.id), style.join(", "));
    }
    for link in &trace.links {
        let style = match link.kind.as_str() {
            "transformation" => "",
            _ => ", style=dashed",
        };
        let _ = writeln!(
            text,
            "  {} -> {} [label=\"{}\", tooltip={}{style}];",
            quote(&link.from),
            quote(&link.to),
            link.index,
            quote(&link.time)
        );
    }
    text.push_str("}\n");
    text
}

/// A string of graphviz, on one line.
fn quote(text: &str) -> String {
    let text = plain(text);
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
