//! Every rule of the three source documents: the closed table, one file for each document.
//!
//! Responsible for finding a rule by its number. What the numbers mean to the code is said in the
//! packs.

mod bullseye;
mod bullseye_permissions;
mod responsive;
mod total_expert;

use super::{Code, Rule, near_misses};

/// Every rule, in the order of the documents.
pub fn rules() -> impl Iterator<Item = &'static Rule> + Clone {
    [total_expert::RULES, responsive::RULES, bullseye::RULES, bullseye_permissions::RULES].into_iter().flatten()
}

/// The rule with this number, however its letters are written.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id.eq_ignore_ascii_case(id))
}

/// The rules that a finding of this code can name.
pub fn rules_of(code: Code) -> impl Iterator<Item = &'static Rule> {
    rules().filter(move |rule| rule.codes().any(|named| named == code))
}

/// The codes and rules whose names are near to this one.
#[must_use]
pub fn near_codes_and_rules(name: &str) -> Vec<&'static str> {
    near_misses(name, Code::ALL.iter().map(|code| code.name()).chain(rules().map(|rule| rule.id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{DOCUMENTS, Held};

    #[test]
    fn each_document_has_its_rules_numbered_from_one() {
        let expected = [("R-TE-", 27), ("R-UT-", 34), ("R-BE-", 40)];
        let numbered = expected.iter().flat_map(|(prefix, last)| (1..=*last).map(move |n| format!("{prefix}{n}")));
        assert_eq!(rules().map(|rule| rule.id).collect::<Vec<_>>(), numbered.collect::<Vec<_>>());
        assert_eq!(DOCUMENTS.iter().map(|document| document.prefix).collect::<Vec<_>>(), expected.map(|(p, _)| p));
    }

    #[test]
    fn every_rule_says_what_it_means_and_where_it_is_held() {
        for known in rules() {
            let Rule { id, means, held, .. } = known;
            assert!(means.ends_with('.') && !known.place.is_empty(), "{id}");
            assert!(!held.is_empty(), "{id}: a rule has a code or a reason");
            for one in *held {
                let reason = match one {
                    Held::With(other) => {
                        assert!(rule(other).is_some_and(|other| other.id != *id), "{id}: {other}");
                        continue;
                    }
                    Held::Command(_, words)
                    | Held::Construction(words)
                    | Held::BulkRequest(words)
                    | Held::NotChecked(words) => words,
                    Held::Files(_) | Held::Plan(_) | Held::Sandbox(_) | Held::Unnamed(_) => continue,
                };
                assert!(!reason.is_empty() && !reason.ends_with('.'), "{id}: {reason}");
            }
            let is_found = held.iter().any(|held| matches!(held, Held::Files(_) | Held::Plan(_) | Held::With(_)));
            assert!(!is_found || known.example.is_some(), "{id}: what is found can be shown");
        }
    }

    #[test]
    fn a_rule_is_found_however_it_is_written_and_a_slip_is_helped() {
        assert_eq!(rule("r-be-24").map(|rule| rule.id), Some("R-BE-24"));
        assert_eq!(rule("R-BE-41"), None);
        assert!(near_codes_and_rules("rbe24").contains(&"R-BE-24"));
        assert!(near_codes_and_rules("unknwn-key").contains(&"unknown-key"));
    }
}
