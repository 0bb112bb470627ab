//! Names as manifests spell them, and which texts can be names there.

use std::borrow::Cow;

use crate::plan::section;
use crate::platform::{Pack, Section};
use crate::state::{Kind, fold};

/// The longest key that every reader of YAML takes (YAML 1.2 §7.4.2), the quotes and escapes around it
/// counted in.
const LONGEST_KEY: usize = 1000;

/// Whether a text can be a name in manifests.
///
/// # Errors
///
/// Why not.
pub(super) fn name(text: &str) -> Result<(), String> {
    if text.trim().is_empty() {
        return Err("its name is blank".to_owned());
    }
    // A line break is what the schema's pattern does not step over.
    if text.trim() != text || text.contains(['\n', '\r', '\u{2028}', '\u{2029}']) {
        return Err("its name has white space at its ends, or line breaks".to_owned());
    }
    if super::scalar::scalar(text, super::scalar::Context::Flow, super::scalar::Quotes::Double).len() > LONGEST_KEY {
        return Err("its name is too long for a key".to_owned());
    }
    Ok(())
}

/// Whether a text has the form of an e-mail address that manifests ask for.
pub(super) fn email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_filled = |text: &str| !text.is_empty() && !text.contains(|c: char| c == '@' || c.is_whitespace());
    let has_dot = || domain.char_indices().any(|(at, c)| c == '.' && at > 0 && at + 1 < domain.len());
    is_filled(local) && is_filled(domain) && has_dot()
}

/// A name as it is compared: folded, and where the vendor lists other spellings, the canonical one.
pub(super) fn key(pack: &Pack, kind: Kind, name: &str) -> String {
    let name = section(kind).map_or(name, |section| spelled(pack, section, name));
    fold(name).into_owned()
}

/// A value of a vocabulary in the vendor's spelling; its own where the vendor lists none.
pub(super) fn spelled<'a>(pack: &'a Pack, section: Section, name: &'a str) -> &'a str {
    let folded = fold(name);
    let is_meant = |known: &String| fold(known) == folded;
    let mut values = pack.vocabulary(section).values.iter();
    let meant = values.find(|value| is_meant(&value.name) || value.aliases.iter().any(is_meant));
    meant.map_or(name, |value| &value.name)
}

/// A value of an attribute in the vendor's spelling.
pub(super) fn spelled_value<'a>(values: &'a [String], name: &'a str) -> &'a str {
    let folded: Cow<'_, str> = fold(name);
    values.iter().find(|known| fold(known) == folded).map_or(name, String::as_str)
}
