//! Files that are made to exhaust a reader. Each would take minutes or all memory without a limit.

use super::parsed;
use crate::document::{MAX_ALIAS_NODES, MAX_FINDINGS, MAX_NESTING};

const TEN_MEGABYTES: usize = 10_000_000;

#[track_caller]
fn check(text: &str, expected: &str) {
    let found = parsed(text);
    assert!(found.contains(expected), "{}", found.chars().take(400).collect::<String>());
}

#[test]
fn ten_megabytes_of_brackets_braces_or_dashes_hit_the_nesting_limit() {
    for piece in ["[", "{a: {a: ", "- - - - ", "? ", "[a, {b: "] {
        check(&piece.repeat(TEN_MEGABYTES / piece.len()), "nesting-limit");
    }
}

#[test]
fn nesting_up_to_the_limit_is_read() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    check(&nested(MAX_NESTING), "[[[[");
    check(&nested(MAX_NESTING + 1), "nesting-limit");
    let mixed = |depth: usize| format!("{}{}", "- ".repeat(depth / 2), nested(depth / 2));
    check(&mixed(MAX_NESTING), "[[[[");
    check(&mixed(MAX_NESTING + 2), "nesting-limit");
}

#[test]
fn ten_megabytes_in_one_line_are_read() {
    check(&format!("a: {}", "x ".repeat(TEN_MEGABYTES / 2)), "x x x");
    check(&format!("a: '{}", "x ".repeat(TEN_MEGABYTES / 2)), "yaml-syntax");
}

#[test]
fn a_billion_laughs_end_in_the_alias_limit() {
    let mut text = String::from("a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n");
    for i in 1..20 {
        let before = format!("*a{}", i - 1);
        text = format!("{text}a{i}: &a{i} [{}]\n", [before.as_str(); 10].join(", "));
    }
    let found = parsed(&text);
    assert!(found.starts_with("5:") || found.starts_with("6:"), "{}", &found[..200]);
    assert_eq!(found.matches("alias-limit").count(), 1);
}

#[test]
fn aliases_of_one_long_text_count_by_its_length() {
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(1_000_000), "*a, ".repeat(100));
    check(&text, "alias-limit");
}

#[test]
fn aliases_that_nest_deeper_than_they_are_written_hit_the_nesting_limit() {
    let half = MAX_NESTING / 2;
    let nested = |inner: &str| format!("{}{inner}{}", "[".repeat(half), "]".repeat(half));
    let text = format!("- &a {}\n- &b {}\n- {}\n", nested("1"), nested(""), nested("*a"));
    check(&text, "nesting-limit");
}

#[test]
fn ordinary_use_of_aliases_is_far_from_the_limit() {
    let text = format!("a: &a [{}]\nb: [{}]\n", "x, ".repeat(199), "*a, ".repeat(999));
    const { assert!(200 * 999 < MAX_ALIAS_NODES) };
    assert!(!parsed(&text).contains("limit"));
}

#[test]
fn more_findings_than_anyone_reads_are_counted() {
    let text = format!("[{}]", "!t a, ".repeat(MAX_FINDINGS + 234));
    let found = parsed(&text);
    assert_eq!(found.matches(" tag ").count(), MAX_FINDINGS);
    check(&text, "1:1-1:1 more-findings 234 more findings in this file are not shown");
}
