//! Packs as data, and the few questions that are asked of them.
//!
//! Responsible for reading a pack, checking that it does not contradict itself, and answering
//! what a platform allows. Not responsible for holding anybody to it: `manifest` and `plan` do so
//! on the author's side, `sandbox` on its own account, and they share no code for it.

mod built_in;
mod contradiction;
mod generate;
mod pack;
mod read;
mod text_form;

pub use built_in::{built_in, built_in_names};
pub use generate::{schema_of, schema_text};
pub use pack::{
    Administrators, Attribute, Entity, Form, Mutability, Pack, PermissionRules, Power, Presence, RoleRules, Section,
    UserName, UserRules, UserTypeSource, Vocabularies, Vocabulary, VocabularyMode, VocabularyValue, wire_name,
};
pub use read::{read_pack, schema};
pub(crate) use text_form::text_forms;
pub use text_form::{Email, Filled, Identifier, KeyedBy, Name, Permission, PlatformId, RuleId};
