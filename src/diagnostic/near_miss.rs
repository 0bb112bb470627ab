//! "Did you mean": the candidates that a misspelt name is close to.

use std::collections::HashSet;

/// The candidates that are near to `name`, the nearest first, at most three: names that are equal
/// after folding case and separators, then names within a third of the length in edits.
#[must_use]
pub fn near_misses<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    /// More would be a list, not a hint.
    const MOST: usize = 3;
    let wanted = plain(name);
    let length = wanted.chars().count();
    // One edit in three letters is a slip; more is another word.
    let reach = (length / 3).max(1);
    let mut near: Vec<(usize, &str)> = distinct_names(candidates)
        .into_iter()
        .map(|candidate| (plain(candidate), candidate))
        // As many edits at least as the lengths differ by, without a comparison that takes their product.
        .filter(|(plain, _)| plain.chars().count().abs_diff(length) <= reach)
        .map(|(plain, candidate)| (strsim::damerau_levenshtein(&wanted, &plain), candidate))
        .filter(|&(distance, _)| distance <= reach)
        .collect();
    near.sort_unstable();
    near.dedup();
    near.truncate(MOST);
    near.into_iter().map(|(_, candidate)| candidate).collect()
}

/// The names, in their order, without those that differ from an earlier one only in case, spaces
/// and signs: other spellings of it.
#[must_use]
pub fn distinct_names<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = HashSet::new();
    names.into_iter().filter(|name| seen.insert(plain(name))).collect()
}

/// Lower case, letters and digits only, so that `user type`, `user_type` and `userType` meet.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::near_misses;

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        assert_eq!(near_misses("Salez", ["Sales", "Support", "Admin"]), ["Sales"]);
        assert_eq!(near_misses("userType", ["user_type", "users"]), ["user_type"]);
        assert_eq!(near_misses("Compliance", ["Sales", "Support"]), [""; 0]);
        // Without comparing it letter by letter.
        assert_eq!(near_misses(&"Sales".repeat(1_000_000), ["Sales", "Sales".repeat(100_000).as_str()]), [""; 0]);
    }

    #[test]
    fn of_two_spellings_of_a_name_the_first_is_shown() {
        assert_eq!(near_misses("Bank CRM", ["Bank – CRM", "Bank - CRM", "Bank CRN"]), ["Bank – CRM", "Bank CRN"]);
    }
}
