//! A workflow as a picture, in two languages.

use std::fmt::Write;

use super::{NodeRef, Workflow};

/// The color of a node, as `#rrggbb`.
pub(crate) type Painter<'a> = &'a dyn Fn(u32) -> &'static str;

/// Writing to a string never fails.
const INFALLIBLE: &str = "writing to a string";

pub(crate) fn dot(workflow: &Workflow, painter: Option<Painter<'_>>) -> String {
    let mut text = format!(
        "digraph {} {{\n  rankdir=LR;\n  node [shape=box, style=rounded];\n",
        quoted(workflow.name())
    );
    for node in workflow.nodes() {
        let name = quoted(node.name());
        match painter {
            None => writeln!(text, "  {name};"),
            Some(color) => {
                writeln!(text, "  {name} [style=\"rounded,filled\", fillcolor=\"{}\"];", color(node.id()))
            }
        }
        .expect(INFALLIBLE);
    }
    for node in workflow.nodes() {
        for dependency in node.dependencies() {
            writeln!(text, "  {} -> {};", quoted(dependency.name()), quoted(node.name())).expect(INFALLIBLE);
        }
    }
    text.push_str("}\n");
    text
}

/// A string of Graphviz's language.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

pub(crate) fn mermaid(workflow: &Workflow, painter: Option<Painter<'_>>) -> String {
    // Mermaid's own names are numbers here, since they may not have spaces or quotes.
    let mut text = "flowchart LR\n".to_owned();
    let number = |node: NodeRef<'_>| node.id();
    for node in workflow.nodes() {
        writeln!(text, "  n{}[\"{}\"]", number(node), escaped(node.name())).expect(INFALLIBLE);
        if let Some(color) = painter {
            let color = color(node.id());
            writeln!(text, "  style n{} fill:{color},color:#000", number(node)).expect(INFALLIBLE);
        }
    }
    for node in workflow.nodes() {
        for dependency in node.dependencies() {
            writeln!(text, "  n{} --> n{}", number(dependency), number(node)).expect(INFALLIBLE);
        }
    }
    text
}

/// A label of Mermaid's language, which has codes in the manner of HTML.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '#' | '&' | '<' | '>' | '`' | '\\' | '\n' => {
                write!(escaped, "#{};", u32::from(character)).expect(INFALLIBLE);
            }
            other => escaped.push(other),
        }
    }
    escaped
}
