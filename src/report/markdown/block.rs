//! Pieces of a comment that can be cut, and how they share the room that there is.
//!
//! A block is cut between its lines only, and says how many it leaves out. So whatever is cut,
//! every fence and every element is closed.

use std::fmt::Write;

use super::COMMENT_BYTES;
use super::text::longest_run;

/// Lines of one sort, in whatever holds them.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// What comes before the lines.
    open: String,
    /// Each with its line break; no more of them than could ever fit.
    lines: Vec<String>,
    /// How many there are in all.
    all: usize,
    /// What comes after the lines.
    close: String,
    /// What begins the line on those that are left out.
    bullet: &'static str,
    /// How many were left out.
    pub(super) left_out: usize,
}

impl Block {
    /// A list under a heading.
    pub(super) fn list<T>(heading: &str, items: impl IntoIterator<Item = T>, line: impl Fn(T) -> String) -> Self {
        let block = Self::of(items, line, "- ");
        Self { open: format!("**{heading}** ({})\n\n", block.all), close: "\n".into(), ..block }
    }

    /// A list that is folded.
    pub(super) fn folded<T>(summary: &str, items: impl IntoIterator<Item = T>, line: impl Fn(T) -> String) -> Self {
        let block = Self::of(items, line, "- ");
        let open = format!("<details><summary>{summary} ({})</summary>\n\n", block.all);
        Self { open, close: "\n</details>\n\n".into(), ..block }
    }

    /// Lines as they are, in colours where the site has them for differences, folded. Their control
    /// characters are gone already.
    pub(super) fn difference<T>(summary: &str, items: impl IntoIterator<Item = T>, line: impl Fn(T) -> String) -> Self {
        let block = Self::of(items, line, "");
        let fence = block.lines.iter().map(|line| longest_run(line)).max().unwrap_or(0);
        let fence = "`".repeat((fence + 1).max(3));
        let open = format!("<details><summary>{summary}</summary>\n\n{fence}diff\n");
        Self { open, close: format!("{fence}\n\n</details>\n\n"), ..block }
    }

    /// Makes no more lines than a comment has room for: there can be hundreds of thousands.
    fn of<T>(items: impl IntoIterator<Item = T>, line: impl Fn(T) -> String, bullet: &'static str) -> Self {
        let mut items = items.into_iter();
        let mut block = Self { bullet, ..Self::default() };
        let mut size = 0;
        while size <= COMMENT_BYTES {
            let Some(item) = items.next() else { break };
            let line = format!("{bullet}{}\n", line(item));
            size += line.len();
            block.lines.push(line);
        }
        block.all = block.lines.len() + items.count();
        block
    }

    /// How many bytes all of it takes.
    pub(super) fn size(&self) -> usize {
        self.frame() + self.lines.iter().map(String::len).sum::<usize>()
    }

    fn frame(&self) -> usize {
        self.open.len() + self.close.len()
    }

    /// Appends as much as fits into so many bytes, at most. Where not even a line on what is left out
    /// fits, nothing is appended.
    pub(super) fn write(&mut self, out: &mut String, room: usize) {
        if self.lines.is_empty() {
            return;
        }
        let mut shown = self.all;
        let mut more = String::new();
        if self.size() > room {
            // With the largest number that it can have.
            let reserved = self.more(self.all).len();
            let mut left = room.saturating_sub(self.frame() + reserved);
            let fits = |line: &&String| left.checked_sub(line.len()).inspect(|&rest| left = rest).is_some();
            shown = self.lines.iter().take_while(fits).count();
            self.left_out = self.all - shown;
            more = self.more(self.left_out);
            if self.frame() + reserved > room {
                return;
            }
        }
        let _ = write!(out, "{}{}{more}{}", self.open, self.lines[..shown].concat(), self.close);
    }

    fn more(&self, lines: usize) -> String {
        format!("{}… and {lines} more\n", self.bullet)
    }
}

/// Writes blocks into so many bytes: those that take less than their share leave the rest of it to
/// the others.
pub(super) fn write_all(blocks: &mut [Block], out: &mut String, room: usize) {
    let mut sizes: Vec<usize> = blocks.iter().map(Block::size).collect();
    sizes.sort_unstable();
    let (mut left, mut among) = (room, sizes.len());
    let mut share = room;
    for size in sizes {
        share = left / among;
        if size > share {
            break;
        }
        left -= size;
        among -= 1;
    }
    for block in blocks {
        let room = if block.size() <= share { block.size() } else { share };
        block.write(out, room);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_cut_between_its_lines_and_says_so() {
        let mut block = Block::folded("Roles", ["one", "two", "three"], str::to_owned);
        let (mut whole, size) = (String::new(), block.size());
        block.write(&mut whole, size);
        assert_eq!(whole, "<details><summary>Roles (3)</summary>\n\n- one\n- two\n- three\n\n</details>\n\n");
        let mut cut = String::new();
        block.write(&mut cut, whole.len() - 1);
        assert_eq!(cut, "<details><summary>Roles (3)</summary>\n\n- … and 3 more\n\n</details>\n\n");
        assert_eq!(block.left_out, 3);
        let mut nothing = String::new();
        block.write(&mut nothing, 20);
        assert_eq!((nothing.as_str(), block.left_out), ("", 3));
    }

    #[test]
    fn a_fence_is_longer_than_any_in_it() {
        let mut block = Block::difference("Roles", ["+ role/````"], str::to_owned);
        let mut out = String::new();
        block.write(&mut out, 1000);
        assert!(out.contains("\n`````diff\n+ role/````\n`````\n"), "{out}");
    }

    #[test]
    fn what_small_blocks_leave_is_for_the_large_ones() {
        let list = |count| Block::list("List", 0..count, |i| format!("line {i}"));
        let mut blocks = [list(1000), list(3), list(1_000_000)];
        let mut out = String::new();
        write_all(&mut blocks, &mut out, 1000);
        assert!(out.len() <= 1000 && out.len() > 950, "{}", out.len());
        assert_eq!(blocks[1].left_out, 0);
        assert!(out.ends_with("more\n\n") && blocks[2].left_out > 999_900, "{out}");
    }
}
