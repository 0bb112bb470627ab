//! Packs as data, and the few questions that are asked of them.
//!
//! Responsible for reading a pack, checking that it does not contradict itself, and answering
//! what a platform allows. Not responsible for holding anybody to it: `manifest` and `plan` do so
//! on the author's side, `sandbox` on its own account, and they share no code for it.

mod built_in;
mod built_in_role;
mod catalogue;
mod contradiction;
mod generate;
mod pack;
mod read;
mod role_rules;
mod text_form;

pub use built_in::{built_in, built_in_names};
pub use built_in_role::{BuiltInRole, BuiltInRoles, NeverGranted};
pub use catalogue::{Catalogue, Entity, EntityKind, GrantSet, entity_of, is_below};
pub use generate::{schema_of, schema_text};
pub use pack::{
    BulkRoles, BulkRules, Pack, Power, Section, Subscription, UserName, UserRules, UserTypeSource, Vocabularies,
    Vocabulary, VocabularyMode, VocabularyValue, wire_name,
};
pub use read::{read_pack, schema};
pub use role_rules::{
    Administrators, Attribute, Creation, CustomRole, Form, Manager, Managing, Mutability, PermissionRules, Presence,
    ReservedValues, RoleRules,
};
pub(crate) use text_form::text_forms;
pub use text_form::{Email, Filled, Grant, Identifier, KeyedBy, Name, Permission, PlatformId, RuleId};
