//! A role from what is written: its attributes as the pack declares them, its grants, its earlier
//! names.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::grants::{self, Grants};
use super::written::Written;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::document::{Entries, Lenient, Spanned};
use crate::platform::{Form, Pack};
use crate::source::Span;
use crate::state::{attribute, fold};

/// The key of a role's earlier names.
pub(super) const PREVIOUSLY: &str = "previously";

/// The keys of a role as they come.
#[derive(Debug, Default, Deserialize)]
pub(super) struct RoleBody(Entries<Lenient<Spanned<Written>>>);

/// A role that a file declares.
#[derive(Debug)]
pub(super) struct Role {
    pub name: Spanned<String>,
    /// The attributes that the pack declares, by name.
    pub attributes: BTreeMap<String, Spanned<Held>>,
    /// What its holders may do; `None` where the file does not say.
    pub grants: Option<Spanned<Grants>>,
    pub previously: Vec<Spanned<String>>,
    /// The pack's key of the role that it is, where the platform has brought it along; known once
    /// the whole set is (`built_in`).
    pub built_in: Option<String>,
}

/// What an attribute holds.
#[derive(Debug)]
pub(super) enum Held {
    Text(String),
    /// One name or several, each with its place; none where it is emptied.
    Names(Form, Vec<Spanned<String>>),
}

impl Role {
    /// The role that a key and its body declare. What fits no attribute has been reported by the
    /// schema and is left out.
    pub fn new(name: Spanned<String>, body: RoleBody, pack: &Pack, found: &mut Diagnostics) -> Self {
        let mut role = Self { name, attributes: BTreeMap::new(), grants: None, previously: Vec::new(), built_in: None };
        for (key, Lenient(value)) in body.0 {
            let Some(value) = value else { continue };
            let span = value.span;
            match (key.value.as_str(), value) {
                (attribute::PERMISSIONS, value) => {
                    role.grants = Some(Spanned { value: grants::read(value, pack, found), span });
                }
                (PREVIOUSLY, Spanned { value: Written::List(names), .. }) => {
                    role.previously = distinct(names, PREVIOUSLY, None, found);
                }
                (name, value) => {
                    if let Some(held) = held(name, value, pack, found) {
                        role.attributes.insert(key.value, held);
                    }
                }
            }
        }
        role
    }

    /// The one name that an attribute holds, if it is declared.
    pub fn name_in(&self, attribute: &str) -> Option<&Spanned<String>> {
        match &self.attributes.get(attribute)?.value {
            Held::Names(Form::Name, names) => names.first(),
            _ => None,
        }
    }

    /// The user type that decides what the role may grant. One that the platform has given is not
    /// changed by saying another one.
    pub fn mapping<'a>(&'a self, pack: &'a Pack) -> Mapping<'a> {
        if !pack.roles.attributes.contains_key(attribute::USER_TYPE) {
            return Mapping::To(None);
        }
        if let Some(built_in) = self.built_in.as_ref().and_then(|key| pack.roles.built_in.roles.get(key))
            && !built_in.changeable.contains(attribute::USER_TYPE)
        {
            let given = built_in.attributes.get(attribute::USER_TYPE).and_then(|names| names.first());
            return given.map_or(Mapping::Unknown, |name| Mapping::To(Some(name)));
        }
        match self.attributes.get(attribute::USER_TYPE) {
            Some(_) => Mapping::To(self.name_in(attribute::USER_TYPE).map(|name| name.value.as_str())),
            None => Mapping::Unknown,
        }
    }
}

/// The user type that a role is mapped to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mapping<'a> {
    /// This one, or none.
    To(Option<&'a str>),
    /// Only the target knows it.
    Unknown,
}

impl<'a> Mapping<'a> {
    /// The user type, where it is known and there is one.
    pub fn user_type(self) -> Option<&'a str> {
        match self {
            Self::To(user_type) => user_type,
            Self::Unknown => None,
        }
    }
}

fn held(name: &str, written: Spanned<Written>, pack: &Pack, found: &mut Diagnostics) -> Option<Spanned<Held>> {
    let rules = pack.roles.attributes.get(name)?;
    let span = written.span;
    let canonical = |mut one: Spanned<String>| {
        if let Some(section) = rules.of {
            one.value = pack.vocabulary(section).canonical(&one.value).to_owned();
        }
        one
    };
    let value = match (rules.form, written.value) {
        (Form::Text, Written::Text(text)) => Held::Text(text),
        // The empty text is how one name is emptied, as `[]` is for several.
        (Form::Name, Written::Text(text)) if text.is_empty() => Held::Names(Form::Name, Vec::new()),
        (Form::Name, Written::Text(text)) => Held::Names(Form::Name, vec![canonical(Spanned { value: text, span })]),
        (Form::Names, Written::List(names)) => {
            let names = names.into_iter().map(canonical).collect();
            Held::Names(Form::Names, distinct(names, name, rules.set_rule.as_ref(), found))
        }
        _ => return None,
    };
    Some(Spanned { value, span })
}

/// Lists of names are sets: a second item that means the same name is a warning, and not taken.
pub(super) fn distinct(
    items: Vec<Spanned<String>>,
    list: &str,
    rule: Option<&String>,
    found: &mut Diagnostics,
) -> Vec<Spanned<String>> {
    let mut seen: BTreeMap<String, Span> = BTreeMap::new();
    let mut taken = Vec::with_capacity(items.len());
    for item in items {
        let name = fold(&item.value);
        if let Some(&first) = seen.get(&*name) {
            let finding =
                Diagnostic::new(Code::EqualItems, item.span, format!("`{}` is in `{list}` already", item.value))
                    .help("remove one of the two; the list is a set")
                    .related(first, "first given here");
            found.push(match rule {
                Some(rule) => finding.rule(rule.clone()),
                None => finding,
            });
        } else {
            seen.insert(name.into_owned(), item.span);
            taken.push(item);
        }
    }
    taken
}
