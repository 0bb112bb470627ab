//! YAML in, findings out: one line for each, `line:column-line:column code message | help`.

mod broken;
mod limits;
mod reading;
mod schema;
mod shapes;

use super::{Schema, parse};
use crate::diagnostic::Diagnostic;
use crate::source::Sources;

fn line(sources: &Sources, finding: &Diagnostic) -> String {
    let at = |span| {
        let at = sources.locate(span);
        format!("{}:{}-{}:{}", at.line, at.column, at.end_line, at.end_column)
    };
    let mut line = format!("{} {} {}", at(finding.span), finding.code, finding.message);
    if let Some(help) = &finding.help {
        line.push_str(" | ");
        line.push_str(help);
    }
    for (span, what) in &finding.related {
        line = format!("{line} ({} {what})", at(*span));
    }
    line
}

/// What parsing finds, and the tree if there is one.
fn parsed(text: &str) -> String {
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", text);
    let (tree, findings) = parse(&sources, id);
    let mut lines: Vec<String> = findings.sorted().iter().map(|finding| line(&sources, finding)).collect();
    lines.push(tree.map_or_else(|| "no tree".into(), |tree| format!("{:?}", tree.root())));
    lines.join("\n")
}

/// What parsing and a schema find together.
fn checked(schema: &serde_json::Value, text: &str) -> String {
    let schema = Schema::compile(schema).expect("the schema is valid");
    let mut sources = Sources::default();
    let id = sources.add("a.yaml", text);
    let (tree, mut findings) = parse(&sources, id);
    if let Some(tree) = tree {
        findings.append(schema.check(&tree));
    }
    findings.sorted().iter().map(|finding| line(&sources, finding)).collect::<Vec<_>>().join("\n")
}

/// One line for each number.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().join("\n") + "\n"
}
