//! From bytes to a request, whichever form they have.

use super::columns::holds;
use super::csv;
use super::decode::decode;
use super::request::{Field, Form, Request};
use super::rows::Said;
use super::wording::ruled;
use super::{rows, table, xlsx, yaml};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::document::{Findings, more_in_file};
use crate::platform::Pack;
use crate::source::{Cells, Sources, Span};

/// The longest request that is read, in bytes. Ten thousand rows take two million of them in any form.
pub const MAX_REQUEST_BYTES: usize = 32 * 1024 * 1024;

/// A request that was read, and what was found.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The request; nothing when something found is an error.
    pub request: Option<Request>,
    /// The texts and tables that findings point into.
    pub sources: Sources,
    /// Everything that was found.
    pub found: Diagnostics,
    /// How many rows there are, those that are wrong included.
    pub rows: usize,
}

/// Reads a request; `path` is what it is called in findings. Everything that is wrong is found at once, and
/// no bytes are too strange.
#[must_use]
pub fn read(path: &str, bytes: &[u8], form: Form, pack: &Pack) -> Reading {
    let mut sources = Sources::default();
    let mut report = Findings::default();
    let mut found = Diagnostics::default();
    let mut said = Said::default();
    if bytes.len() > MAX_REQUEST_BYTES {
        let top = Span::top(sources.add_table(path, "", Cells::default()));
        let message = format!("the file is larger than {} MiB", MAX_REQUEST_BYTES / (1024 * 1024));
        report.push(|| Diagnostic::new(Code::FileTooLarge, top, message).help("split it over several requests"));
    } else if form == Form::Xlsx {
        let grid = xlsx::read(path, bytes, &mut sources, &mut report);
        said = grid.map(|grid| table::read(&grid, &sources, pack, &mut report)).unwrap_or_default();
    } else {
        match decode(bytes) {
            Err(wrong) => {
                let source = sources.add(path, wrong.text.clone());
                report.push(|| wrong.finding(source));
            }
            Ok(text) if form == Form::Csv => {
                let grid = csv::read(path, text, &mut sources, &mut report);
                said = grid.map(|grid| table::read(&grid, &sources, pack, &mut report)).unwrap_or_default();
            }
            Ok(text) => {
                let source = sources.add(path, text);
                let (of_text, findings) = yaml::read(&sources, source);
                found.append(findings);
                said = of_text;
            }
        }
    }
    let Said { rows: raw, ticket, requested_by, table } = said;
    let count = raw.len();
    if let Some(source) = sources.ids().next()
        && !Field::ALL.iter().any(|&field| holds(pack, field))
    {
        let message = format!("roles of {} have neither classifications nor segments", pack.title);
        let help = "a bulk request is of these two; change roles by manifests";
        // What is wrong with names and headings then adds nothing.
        let (mut only, finding) =
            (Diagnostics::default(), Diagnostic::new(Code::NotAllowed, Span::top(source), message));
        only.push(ruled(finding.help(help), pack.roles.rule.as_ref()));
        return Reading { request: None, sources, found: only, rows: count };
    }
    let rows = rows::check(raw, form, pack, &mut report);
    found.append(report.finish(more_in_file));
    let is_whole = !found.has_errors() && !rows.is_empty();
    let request = is_whole.then(|| Request { sources: sources.clone(), form, ticket, requested_by, rows, table });
    Reading { request, sources, found, rows: count }
}
