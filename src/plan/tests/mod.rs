//! Tests of planning: states in, text out.

mod administering;
mod applying;
mod built_in;
mod choosing;
mod drifting;
mod every_order;
mod foreign;
mod interrupted;
mod living;
mod managing;
mod matching;
mod promises;
mod reading;
mod refusing;
mod replacing;
mod requesting;
mod saved;
mod scheduling;
mod suspending;
mod text;
mod total_expert;
mod vendor;
mod wording;

use super::{Plan, plan};
use crate::platform::Pack;

/// The platform without a vendor's rules.
fn open_pack() -> Pack {
    crate::platform::built_in("open").expect("the pack is built in")
}

/// A platform with rules of each kind: the vendor decides what there is, role by role people are
/// told apart by their grants, and changes of permissions want a word.
fn vendor_pack() -> Pack {
    use crate::platform::{Administrators, Entity, Vocabulary, VocabularyMode, VocabularyValue};
    let values = |names: &[(&str, &[&str])]| -> Vec<VocabularyValue> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        names
            .iter()
            .map(|(name, aliases)| VocabularyValue {
                name: (*name).into(),
                aliases: owned(aliases),
                cheaper: Vec::new(),
            })
            .collect()
    };
    let mut pack = open_pack();
    pack.vocabularies.classifications = Vocabulary {
        mode: VocabularyMode::Closed,
        values: values(&[("Sales", &[]), ("Support", &[])]),
        rule: Some("R-TE-13".into()),
        enabled_rule: None,
    };
    pack.vocabularies.segments = Vocabulary {
        mode: VocabularyMode::Tenant,
        values: values(&[("Retail", &[]), ("Union–CRM", &["Union-CRM"]), ("Insurance", &[])]),
        rule: Some("R-TE-14".into()),
        enabled_rule: Some("R-TE-15".into()),
    };
    pack.vocabularies.user_types.mode = VocabularyMode::Tenant;
    pack.roles.permissions.change_needs_word = true;
    pack.roles.permissions.word_rule = Some("R-TE-9".into());
    pack.roles.administrators =
        Some(Administrators { permissions: ["admin".to_owned()].into(), ..Administrators::default() });
    let actions = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let contacts =
        Entity { actions: actions(&["export", "view"]), sensitive: actions(&["export"]), ..Entity::default() };
    pack.catalogue.insert("contacts".to_owned(), contacts);
    pack
}

/// Plans from two texts (see `reading`).
fn planned(desired: &str, live: &str) -> Plan {
    planned_with(&open_pack(), desired, live)
}

fn planned_with(pack: &Pack, desired: &str, live: &str) -> Plan {
    let (desired, policy) = reading::desired(desired);
    plan(&desired, &reading::live(live), pack, &policy)
}

/// Plans from two texts and shows the plan (see `text`).
fn shown(desired: &str, live: &str) -> String {
    text::of(&planned(desired, live))
}

/// So many lines.
fn many(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(|at| line(at) + "\n").collect()
}
