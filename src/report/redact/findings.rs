//! Findings and the texts that they point into, without the names of users. Lines and columns stay
//! what they are: in an excerpt a hash is as long as the name that it stands for.

use std::ops::Range;

use super::Redactor;
use crate::diagnostic::Diagnostic;
use crate::source::{Sources, Span};

impl Redactor {
    /// Findings, and the texts with them.
    #[must_use]
    pub fn findings(&self, sources: &Sources, found: &[Diagnostic]) -> (Sources, Vec<Diagnostic>) {
        let mut redacted = Sources::default();
        let mut moves: Vec<Vec<(Range<usize>, Range<usize>)>> = Vec::new();
        for id in sources.ids() {
            let (text, moved) = self.same_width(sources.text(id));
            redacted
                .add_changed((sources, id), self.text(sources.path(id)), text, |start| shifted(&moved, start, false));
            moves.push(moved);
        }
        let position = |span: Span| sources.ids().position(|id| id == span.source).unwrap_or(0);
        let moved = |span: Span| {
            let moves = &moves[position(span)];
            let (start, end) = (shifted(moves, span.start, false), shifted(moves, span.end, true));
            Span { start, end: end.max(start), ..span }
        };
        let found = found.iter().map(|diagnostic| {
            let mut redacted = diagnostic.clone();
            redacted.message = self.text(&diagnostic.message).into_owned();
            redacted.help = diagnostic.help.as_deref().map(|help| self.text(help).into_owned());
            redacted.span = moved(diagnostic.span);
            for (span, label) in &mut redacted.related {
                *span = moved(*span);
                *label = self.text(label).into_owned();
            }
            // A name can be spelled in escapes, which is not how it is known.
            let mut spans = std::iter::once(diagnostic.span).chain(diagnostic.related.iter().map(|(span, _)| *span));
            redacted.is_secret |= spans.any(|span| has_escapes(sources, span));
            redacted
        });
        let found = found.collect();
        (redacted, found)
    }

    /// A text in which each name is replaced by as many characters, and what has moved to where, in bytes.
    fn same_width(&self, text: &str) -> (String, Vec<(Range<usize>, Range<usize>)>) {
        let mut out = String::with_capacity(text.len());
        let mut moved = Vec::new();
        let mut end = 0;
        for (range, token) in self.find(text) {
            out.push_str(&text[end..range.start]);
            let start = out.len();
            let width = text[range.clone()].chars().count();
            out.extend(token.chars().chain(std::iter::repeat('.')).take(width));
            end = range.end;
            moved.push((range, start..out.len()));
        }
        out.push_str(&text[end..]);
        (out, moved)
    }
}

/// Where an offset is after names before it were replaced. Within a name it goes to one of its ends.
fn shifted(moves: &[(Range<usize>, Range<usize>)], offset: u32, to_end: bool) -> u32 {
    let offset = offset as usize;
    let at = moves.partition_point(|(from, _)| from.start <= offset);
    let Some((from, to)) = at.checked_sub(1).map(|at| &moves[at]) else { return offset as u32 };
    let shifted = if offset >= from.end {
        to.end + (offset - from.end)
    } else if to_end && offset > from.start {
        to.end
    } else {
        to.start
    };
    u32::try_from(shifted).unwrap_or(u32::MAX)
}

fn has_escapes(sources: &Sources, span: Span) -> bool {
    sources.text(span.source)[sources.line_of(span)].contains('\\')
}
