//! A pack from a file.
//!
//! Responsible for the shape (by the generated schema) and for giving each contradiction its
//! place. Not responsible for what contradicts what (`contradiction`).

use super::contradiction::contradictions;
use super::{Pack, schema_of};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::document::{self, Kind, NodeRef, Schema};
use crate::source::{SourceId, Sources, Span};

/// The schema of a pack file.
#[must_use]
pub fn schema() -> serde_json::Value {
    schema_of::<Pack>("pack.schema.json", "A platform pack of rolecall")
}

/// Reads a pack. There is none when its shape is wrong; contradictions are found in what was read,
/// so a pack may come with errors, and then it must not be used.
#[must_use]
pub fn read_pack(sources: &Sources, source: SourceId) -> (Option<Pack>, Diagnostics) {
    let (tree, mut findings) = document::parse(sources, source);
    let Some(tree) = tree else { return (None, findings) };
    let schema = Schema::compile(&schema()).expect("the generated schema of packs compiles");
    findings.append(schema.check(&tree));
    let pack: Option<Pack> = document::read(tree.root()).ok();
    if pack.is_none() && !findings.has_errors() {
        // The schema and the types come from one source; a gap between them must not be silent.
        findings.push(Diagnostic::new(Code::BadPack, Span::top(source), "the file cannot be read as a pack"));
    }
    for contradiction in pack.iter().flat_map(contradictions) {
        let span = place(tree.root(), &contradiction.path);
        let mut finding = Diagnostic::new(Code::BadPack, span, contradiction.message);
        finding.help = contradiction.help;
        findings.push(finding);
    }
    (pack, findings)
}

/// The place of the last step of a path that the file has; the root where it has none.
fn place(root: NodeRef<'_>, path: &[String]) -> Span {
    let mut node = root;
    let mut span = None;
    for step in path {
        let next = match node.kind() {
            Kind::List => {
                let index = step.parse().ok().and_then(|index| node.items().nth(index));
                index.or_else(|| node.items().find(|item| item.text() == Some(step)))
            }
            _ => node.get(step),
        };
        let Some(next) = next else { break };
        node = next;
        span = Some(node.span());
    }
    span.unwrap_or_else(|| Span::top(root.span().source))
}
