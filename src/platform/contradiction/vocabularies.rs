//! What a pack says of vocabularies.

use std::collections::BTreeMap;

use super::{Contradiction, plain, say};
use crate::platform::{Pack, Section, VocabularyMode};

/// A closed vocabulary lists its values; a managed one has none, because the files say what is in
/// it; an absent one holds nothing.
pub(super) fn vocabulary_and_its_values(pack: &Pack, found: &mut Vec<Contradiction>) {
    for section in Section::ALL {
        let vocabulary = pack.vocabulary(section);
        let path = ["vocabularies", section.key()];
        match (vocabulary.mode, vocabulary.values.is_empty()) {
            (VocabularyMode::Closed, true) => {
                say(
                    found,
                    &path,
                    format!("`{}` is closed and has no values, so nothing could be in it", section.key()),
                    None,
                );
            }
            (VocabularyMode::Managed, false) => {
                let message =
                    format!("`{}` is managed from the files, so the pack cannot list its values", section.key());
                say(found, &["vocabularies", section.key(), "values"], message, None);
            }
            (VocabularyMode::Absent, false) => {
                let message = format!("`{}` is absent and has values", section.key());
                say(found, &["vocabularies", section.key(), "values"], message, None);
            }
            _ => {}
        }
    }
}

/// A spelling, canonical or alias, means one value of its vocabulary or attribute.
pub(super) fn a_spelling_means_one_value(pack: &Pack, found: &mut Vec<Contradiction>) {
    for section in Section::ALL {
        let mut seen = BTreeMap::new();
        for (index, value) in pack.vocabulary(section).values.iter().enumerate() {
            let index = index.to_string();
            let path = ["vocabularies", section.key(), "values", &index];
            for spelling in std::iter::once(&value.name).chain(&value.aliases) {
                if let Some(first) = seen.insert(plain(spelling), spelling) {
                    say(
                        found,
                        &path,
                        format!("`{spelling}` means the same name as `{first}`, which is listed before it"),
                        None,
                    );
                }
            }
        }
    }
    for (name, attribute) in &pack.roles.attributes {
        let mut seen = BTreeMap::new();
        for (index, value) in attribute.values.iter().enumerate() {
            if let Some(first) = seen.insert(plain(value), value) {
                let path = ["roles", "attributes", name, "values", &index.to_string()];
                say(
                    found,
                    &path,
                    format!("`{value}` means the same name as `{first}`, which is listed before it"),
                    None,
                );
            }
        }
    }
}

/// What costs less than a user type is another one, and nothing costs less than itself. Other
/// vocabularies cost nothing.
pub(super) fn what_costs_less_is_another_value(pack: &Pack, found: &mut Vec<Contradiction>) {
    for section in Section::ALL {
        let values = &pack.vocabulary(section).values;
        let cheaper =
            |name: &str| values.iter().find(|value| value.name == name).map_or(&[][..], |value| &value.cheaper);
        for (index, value) in values.iter().enumerate() {
            let index = index.to_string();
            for other in &value.cheaper {
                let path = ["vocabularies", section.key(), "values", &index, "cheaper", other];
                if section != Section::UserTypes {
                    say(found, &path, format!("only user types have a price, and `{}` are none", section.key()), None);
                } else if !values.iter().any(|known| known.name == *other) {
                    say(found, &path, format!("`{other}` is none of the values of `{}`", section.key()), None);
                } else if leads_to(other, &value.name, &cheaper) {
                    let message = format!("`{}` would cost less than itself, through `{other}`", value.name);
                    say(found, &path, message, None);
                }
            }
        }
    }
}

/// Whether following what costs less leads from one value to another.
fn leads_to<'p>(from: &'p str, to: &str, cheaper: &impl Fn(&str) -> &'p [String]) -> bool {
    let mut seen = vec![from];
    let mut next = 0;
    while let Some(&name) = seen.get(next) {
        next += 1;
        if name == to {
            return true;
        }
        for other in cheaper(name) {
            if !seen.contains(&other.as_str()) {
                seen.push(other);
            }
        }
    }
    false
}
