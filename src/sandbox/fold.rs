//! When two names are the same name.
//!
//! Written here on the sandbox's own account: whether the planner folds as the platform does is
//! one of the things that the sandbox is a witness of.

use unicode_normalization::UnicodeNormalization;

/// The form in which names are compared: NFC, lower case, without spaces around it and with one
/// space where there were several.
pub(super) fn fold(name: &str) -> String {
    if name.is_ascii() {
        // ASCII is composed already, and most names are of it.
        return spaced(&name.to_ascii_lowercase());
    }
    let lower = name.nfc().collect::<String>().to_lowercase();
    // Lower case can take a character apart (`İ`), so the form is made once more.
    spaced(&lower).nfc().collect()
}

fn spaced(lower: &str) -> String {
    let mut folded = String::with_capacity(lower.len());
    for word in lower.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn spaces_case_and_composition_do_not_make_another_name() {
        assert_eq!(fold("  Loan \t Officer "), "loan officer");
        assert_eq!(fold("Cafe\u{301}"), fold("CAFÉ"));
        assert_ne!(fold("Loan-Officer"), fold("Loan Officer"));
    }

    #[test]
    fn folding_twice_changes_nothing() {
        for name in ["İstanbul", "ǅ", "ΑΣ", "ﬁ"] {
            assert_eq!(fold(&fold(name)), fold(name));
        }
    }
}
