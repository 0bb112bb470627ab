//! A text in lines, and the splices that change it.
//!
//! Not responsible for YAML: here is only where lines begin and end, how they are indented and which of
//! them are comments.

/// A place in a text that gets another one; empty places are insertions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Splice {
    pub start: usize,
    pub end: usize,
    pub text: String,
}

/// A text that is looked at by lines.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines<'t> {
    pub text: &'t str,
    /// What ends a line in this text.
    pub newline: &'static str,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t str) -> Self {
        let first = text.find('\n');
        let is_crlf = first.is_some_and(|at| text[..at].ends_with('\r'));
        Self { text, newline: if is_crlf { "\r\n" } else { "\n" } }
    }

    /// Where the line of an offset begins.
    pub fn start(self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |before| before + 1)
    }

    /// Where the line of an offset ends: before what ends it.
    pub fn end(self, at: usize) -> usize {
        let end = self.text[at..].find('\n').map_or(self.text.len(), |length| at + length);
        if self.text[..end].ends_with('\r') { end - 1 } else { end }
    }

    /// Where the line after that of an offset begins.
    pub fn next(self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |length| at + length + 1)
    }

    /// The line of an offset.
    pub fn line(self, at: usize) -> &'t str {
        &self.text[self.start(at)..self.end(at)]
    }

    /// The line before one that begins here; `None` at the beginning.
    pub fn before(self, start: usize) -> Option<usize> {
        (start > 0).then(|| self.start(start - 1))
    }

    /// How far the line of an offset is indented; a byte order mark is no indentation.
    pub fn indent(self, at: usize) -> usize {
        let line = self.line(at).trim_start_matches('\u{feff}');
        line.len() - line.trim_start_matches(' ').len()
    }

    pub fn is_blank(self, at: usize) -> bool {
        self.line(at).trim().is_empty()
    }

    pub fn is_comment(self, at: usize) -> bool {
        self.line(at).trim_start().starts_with('#')
    }

    /// Whether two offsets are on one line.
    pub fn share(self, a: usize, b: usize) -> bool {
        !self.text[a.min(b)..a.max(b)].contains('\n')
    }

    /// The end of the last line of what ends at an offset and is indented so far: comments below that are
    /// indented more belong to it.
    pub fn extent(self, end: usize, indent: usize) -> usize {
        let mut extent = self.end(end);
        let mut at = self.next(end);
        while at < self.text.len() {
            if self.is_comment(at) && self.indent(at) > indent {
                extent = self.end(at);
            } else if !self.is_blank(at) {
                break;
            }
            at = self.next(at);
        }
        extent
    }

    /// Where the comments begin that stand right above a line, indented as it is; the line itself where
    /// there are none.
    pub fn with_comments(self, start: usize) -> usize {
        let indent = self.indent(start);
        let mut first = start;
        while let Some(before) = self.before(first).filter(|&at| self.is_comment(at) && self.indent(at) == indent) {
            first = before;
        }
        first
    }

    /// Takes whole lines out, from the one that begins at `start` to the one that `end` is on. Of blank
    /// lines on both sides one side goes.
    pub fn without(self, start: usize, end: usize) -> Splice {
        let mut next = self.next(end);
        let is_blank_before = self.before(start).is_none_or(|at| self.is_blank(at));
        while is_blank_before && next < self.text.len() && self.is_blank(next) {
            next = self.next(next);
        }
        // The last line of a text may have no end; then that of the line before goes.
        let ends = self.text[..next].ends_with('\n');
        let start = if ends || start == 0 { start } else { self.end(start - 1) };
        Splice { start, end: next, text: String::new() }
    }

    /// Lines below the line of an offset.
    pub fn below(self, end_of_line: usize, lines: &[String]) -> Splice {
        let text: String = lines.iter().flat_map(|line| [self.newline, line]).collect();
        Splice { start: end_of_line, end: end_of_line, text }
    }

    /// Lines above the line that begins at an offset.
    pub fn above(self, start_of_line: usize, lines: &[String]) -> Splice {
        let text: String = lines.iter().flat_map(|line| [line, self.newline]).collect();
        Splice { start: start_of_line, end: start_of_line, text }
    }

    /// The text with all of these; `None` where two of them overlap.
    pub fn spliced(self, mut splices: Vec<Splice>) -> Option<String> {
        splices.sort_by_key(|splice| (splice.start, splice.end));
        let mut result = String::with_capacity(self.text.len());
        let mut at = 0;
        for Splice { start, end, text } in splices {
            if start < at {
                return None;
            }
            result.push_str(&self.text[at..start]);
            result.push_str(&text);
            at = end;
        }
        result.push_str(&self.text[at..]);
        Some(result)
    }
}
