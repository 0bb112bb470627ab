//! Tests of planning: states in, text out.

mod applying;
mod matching;
mod promises;
mod reading;
mod refusing;
mod saved;
mod scheduling;
mod text;

use super::{Plan, plan};
use crate::platform::Pack;

/// The platform without a vendor's rules.
fn open_pack() -> Pack {
    use crate::platform::{Attribute, Form, Section, VocabularyMode};
    let managed = || crate::platform::Vocabulary { mode: VocabularyMode::Managed, values: Vec::new() };
    let attribute = |form, of| Attribute {
        form,
        of,
        values: Vec::new(),
        presence: crate::platform::Presence::Optional,
        mutability: crate::platform::Mutability::Changeable,
        description: String::new(),
    };
    let attributes = [
        ("description", attribute(Form::Text, None)),
        ("classifications", attribute(Form::Names, Some(Section::Classifications))),
        ("segments", attribute(Form::Names, Some(Section::Segments))),
        ("user_type", attribute(Form::Name, Some(Section::UserTypes))),
    ];
    Pack {
        platform: "open".to_owned(),
        title: "Open".to_owned(),
        vocabularies: crate::platform::Vocabularies {
            classifications: managed(),
            segments: managed(),
            user_types: managed(),
        },
        roles: crate::platform::RoleRules {
            name: crate::platform::Mutability::Changeable,
            attributes: attributes.into_iter().map(|(name, attribute)| (name.to_owned(), attribute)).collect(),
            permissions: crate::platform::PermissionRules::default(),
            administrators: None,
        },
        users: crate::platform::UserRules {
            user_name: crate::platform::UserName::Text,
            user_type: crate::platform::UserTypeSource::Role,
        },
        catalogue: std::collections::BTreeMap::new(),
    }
}

/// Plans from two texts (see `reading`).
fn planned(desired: &str, live: &str) -> Plan {
    let (desired, policy) = reading::desired(desired);
    plan(&desired, &reading::live(live), &open_pack(), &policy)
}

/// Plans from two texts and shows the plan (see `text`).
fn shown(desired: &str, live: &str) -> String {
    text::of(&planned(desired, live))
}
