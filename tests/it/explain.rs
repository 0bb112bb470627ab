//! `rolecall explain` knows every code.

use crate::cli::rolecall;

#[test]
fn every_code_is_listed_and_explained() {
    let list = rolecall(&["explain"]);
    assert_eq!(list.code, 0);
    let codes: Vec<&str> = list
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("  "))
        .filter_map(|line| line.split(' ').next())
        .collect();
    assert_eq!(codes.len(), rolecall::diagnostic::Code::ALL.len());
    let one = rolecall(&["explain", "duplicate-key"]);
    assert_eq!(one.code, 0);
    assert!(one.stdout.contains("Wrong\n") && one.stdout.contains("Right\n"), "{}", one.stdout);
}

#[test]
fn a_code_is_found_as_it_is_printed_and_a_slip_is_helped() {
    assert_eq!(rolecall(&["explain", "error[tag]"]).code, 0);
    let slip = rolecall(&["explain", "unknwn-key"]);
    assert_eq!((slip.code, slip.stdout.as_str()), (64, ""));
    assert!(slip.stderr.contains("did you mean `unknown-key`?"), "{}", slip.stderr);
}
