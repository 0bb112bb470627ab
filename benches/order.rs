//! The order of a hundred thousand moves, timed alone: no files, no target, no names.
//!
//! `cargo bench --bench order` prints a table. Nothing here judges a figure, and no test depends
//! on one.

#![expect(clippy::print_stdout, reason = "a table is what a benchmark is for")]

use std::time::Instant;

use rolecall::plan::order::{Node, Problem, Step, solve};

/// Enough to see past one disturbed run.
const RUNS: usize = 11;

/// Moves of each case.
const MOVES: usize = 100_000;

fn main() {
    // `cargo test --benches` runs this without `--bench`; timing means nothing there.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    println!("{:<62} {:>10} {:>10}", format!("case ({MOVES} moves, median of {RUNS})"), "ms", "waits");
    row("a ring over three types, one spare seat", &ring(3, 1));
    row("a ring over three types, 64 spare seats", &ring(3, 64));
    row("a ring over twelve types, one spare seat each", &spare_everywhere(12));
    row("comers and goers, all through full types", &through());
    let mut locked = ring(3, 64);
    administrators(&mut locked, 1_000);
    row("64 spare seats, a thousand administrators change at the floor", &locked);
    let mut short = ring(3, 1);
    short.nodes[2].capacity = short.nodes[1].capacity;
    row("refused: a ring without a spare seat", &short);
}

/// Users in turn from each type to the next; the second type has the spare seats.
fn ring(types: usize, spare: u64) -> Problem {
    let goes = |user: usize| (1 + user % types, 1 + (user + 1) % types);
    let steps: Vec<Step> =
        (0..MOVES / types * types).map(|user| Step { goes: Some(goes(user)), ..Step::default() }).collect();
    let used = (steps.len() / types) as u64;
    let node = |at: usize| Node { capacity: Some(used + if at == 1 { spare } else { 0 }), used, change: None };
    Problem {
        nodes: std::iter::once(Node::default()).chain((0..types).map(node)).collect(),
        steps,
        ..Problem::default()
    }
}

fn spare_everywhere(types: usize) -> Problem {
    let mut problem = ring(types, 1);
    problem.nodes[1..].iter_mut().for_each(|node| node.capacity = Some(node.used + 1));
    problem
}

/// Half go, half come, each type as many, with no seat free.
fn through() -> Problem {
    let mut problem = ring(3, 0);
    for (at, step) in problem.steps.iter_mut().enumerate() {
        step.goes = step.goes.map(|(from, to)| if at < MOVES / 2 { (from, 0) } else { (0, to) });
    }
    problem.nodes[1..].iter_mut().for_each(|node| node.capacity = Some(node.used + 2));
    problem
}

/// So many of the first cease to be administrators, and as many of the last become some.
fn administrators(problem: &mut Problem, count: usize) {
    (problem.administrators, problem.floor) = (count as u64, count as u64);
    problem.losses = (0..count).map(|step| vec![step]).collect();
    problem.steps.iter_mut().rev().take(count).for_each(|step| step.gains = 1);
}

fn row(what: &str, problem: &Problem) {
    let mut times = Vec::new();
    let mut waits = 0;
    for _ in 0..RUNS {
        let start = Instant::now();
        let solved = solve(problem);
        times.push(start.elapsed());
        waits = solved.map_or(0, |solution| solution.waits.len());
    }
    times.sort_unstable();
    println!("{what:<62} {:>10.1} {waits:>10}", times[RUNS / 2].as_secs_f64() * 1000.0);
}
