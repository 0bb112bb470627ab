//! The seats of a plan as a table: how many are taken now, at most on the way, and in the end, of
//! how many, with a bar.
//!
//! The characters are those that every terminal has: a plan reads the same everywhere.

use std::fmt::Write;

use super::super::text::{FAINT, REMOVE, STRONG, styled, visible, width};
use crate::plan::SeatUse;

/// A longer name of a user type pushes its own numbers aside and not those of all others.
const WIDEST_NAME: usize = 40;

/// How wide a bar is: a tenth of the seats is seen, and the line still fits beside its numbers.
const CELLS: u64 = 10;

/// Appends the seats of the user types for which something happens.
pub(in crate::report) fn table(out: &mut String, seats: &[SeatUse]) {
    let is_told = |seats: &&SeatUse| {
        seats.before != seats.after
            || seats.worst != seats.before
            || seats.capacity.is_some_and(|all| most(seats) > all)
    };
    let told: Vec<&SeatUse> = seats.iter().filter(is_told).collect();
    if told.is_empty() {
        return;
    }
    let names = told.iter().map(|seats| width(&visible(&seats.user_type)));
    let widest = names.filter(|&width| width <= WIDEST_NAME).max().unwrap_or(0);
    let legend = if told.iter().any(|seats| seats.capacity.is_some()) { "  # after, + at most" } else { "" };
    let _ = writeln!(
        out,
        "\n{} {:>pad$} {:>9} {:>8} {:>8}{}",
        styled(STRONG, "Seats"),
        "now",
        "at most",
        "after",
        "of",
        styled(FAINT, legend),
        pad = widest + 4
    );
    for seats in told {
        let SeatUse { user_type, capacity, before, worst, after } = seats;
        let of = capacity.map_or_else(|| "no limit".to_owned(), |seats| seats.to_string());
        let name = visible(user_type);
        let padding = widest.saturating_sub(width(&name));
        let _ = write!(out, "  {name}{:padding$} {before:>7} {worst:>9} {after:>8} {of:>8}", "");
        if let Some(capacity) = *capacity {
            let _ = write!(out, "  {}", bar(seats, capacity));
            if let Some(over) = most(seats).checked_sub(capacity).filter(|&over| over > 0) {
                let _ = write!(out, " {}", styled(REMOVE, format_args!("{over} too many")));
            }
        }
        out.push('\n');
    }
}

/// The most seats that are taken at any time.
fn most(seats: &SeatUse) -> u64 {
    seats.before.max(seats.worst).max(seats.after)
}

/// `[######++..]`: what is taken in the end, what more on the way, and what is free at any time.
fn bar(seats: &SeatUse, capacity: u64) -> String {
    let after = cells(seats.after, capacity);
    let most = cells(most(seats), capacity);
    let row = |sign: &str, cells: u64| sign.repeat(usize::try_from(cells).unwrap_or(0));
    format!("[{}{}{}]", row("#", after), row("+", most.saturating_sub(after)), row(".", CELLS - most))
}

/// How much of a bar so many seats are: one seat is seen, and so is one that is free.
fn cells(taken: u64, capacity: u64) -> u64 {
    if taken == 0 {
        return 0;
    }
    if taken >= capacity {
        return CELLS;
    }
    let share = u128::from(taken) * u128::from(CELLS) / u128::from(capacity);
    u64::try_from(share).unwrap_or(CELLS).clamp(1, CELLS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seats(user_type: &str, capacity: Option<u64>, [before, worst, after]: [u64; 3]) -> SeatUse {
        SeatUse { user_type: user_type.to_owned(), capacity, before, worst, after }
    }

    #[track_caller]
    fn shown(seats: &[SeatUse]) -> String {
        let mut text = String::new();
        table(&mut text, seats);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn each_type_has_a_bar_of_its_seats() {
        let long = "A user type whose name is longer than any that somebody would give to one";
        insta::assert_snapshot!(shown(&[
            seats("Full", Some(2), [2, 2, 1]),
            seats("Grows", Some(40), [12, 14, 13]),
            seats("Large", Some(u64::MAX), [1, 2, 1]),
            seats("Endless", None, [3, 4, 4]),
            seats("Too few", Some(3), [5, 5, 4]),
            seats("Idle", Some(9), [4, 4, 4]),
            seats("Emptied", Some(1000), [1, 1, 0]),
            seats("Nearly", Some(1000), [998, 999, 999]),
            seats("None", Some(0), [0, 1, 1]),
            seats(long, Some(4), [0, 2, 2]),
        ]), @"
        Seats         now   at most    after       of  # after, + at most
          Full          2         2        1        2  [#####+++++]
          Grows        12        14       13       40  [###.......]
          Large         1         2        1 18446744073709551615  [#.........]
          Endless       3         4        4 no limit
          Too few       5         5        4        3  [##########] 2 too many
          Emptied       1         1        0     1000  [+.........]
          Nearly      998       999      999     1000  [#########.]
          None          0         1        1        0  [##########] 1 too many
          A user type whose name is longer than any that somebody would give to one       0         2        2        4  [#####.....]
        ");
    }

    #[test]
    fn endless_types_alone_need_no_legend() {
        insta::assert_snapshot!(shown(&[seats("Endless", None, [3, 4, 4])]), @"
        Seats         now   at most    after       of
          Endless       3         4        4 no limit
        ");
    }

    #[test]
    fn where_nothing_happens_there_is_no_table() {
        assert_eq!(shown(&[seats("Idle", Some(9), [4, 4, 4]), seats("Endless", None, [1, 1, 1])]), "");
    }
}
