//! Workflows as text for programs that draw.

use flow_workflow::{Context, Data, Executor, Workflow};

fn workflow() -> Workflow {
    Workflow::builder("an \"order\"")
        .node("a \"quoted\" \\ name", |_: &Context| Ok(()))
        .node("b<br>&#;\nline", |_: &Context| Err("as planned".into()))
        .after(["a \"quoted\" \\ name"])
        .node("c", |_: &Context| Ok(()))
        .after(["b<br>&#;\nline"])
        .build()
        .expect("no problem")
}

#[test]
fn graphviz_gets_nodes_and_arrows() {
    assert_eq!(
        workflow().to_dot(),
        r#"digraph "an \"order\"" {
  rankdir=LR;
  node [shape=box, style=rounded];
  "a \"quoted\" \\ name";
  "b<br>&#;\nline";
  "c";
  "a \"quoted\" \\ name" -> "b<br>&#;\nline";
  "b<br>&#;\nline" -> "c";
}
"#
    );
}

#[test]
fn mermaid_gets_numbers_and_labels() {
    assert_eq!(
        workflow().to_mermaid(),
        r#"flowchart LR
  n0["a #34;quoted#34; #92; name"]
  n1["b#60;br#62;#38;#35;;#10;line"]
  n2["c"]
  n0 --> n1
  n1 --> n2
"#
    );
}

#[test]
fn a_report_has_colors() {
    let error = Executor::new(1).run(&workflow(), &Data::new()).expect_err("b fails");
    let dot = error.report().to_dot();
    let line = |name: &str| dot.lines().find(|line| line.trim_start().starts_with(name)).map(str::trim);
    assert_eq!(line("\"c\""), Some("\"c\" [style=\"rounded,filled\", fillcolor=\"#f7dc9c\"];"));
    assert_eq!(error.report().to_mermaid().matches("style n").count(), 3);
}
