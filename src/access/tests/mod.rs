//! States in, text out: the answers as they are read.

mod coverage;
mod declared;
mod holding;
mod managing;
mod planned;
mod usage;

use std::collections::BTreeMap;

use super::{Answer, Question, Source, Standing, State};
use crate::platform::{Pack, built_in};
use crate::report::access_text;
use crate::state::{Attributes, Kind, Live, LiveObject, LiveUser, Value, attribute};

fn pack(name: &str) -> Pack {
    built_in(name).expect("it is carried")
}

/// A live state in the making.
#[derive(Default)]
struct Made(Live);

impl Made {
    /// A role with grants, separated by spaces, and further attributes.
    fn role(self, name: &str, grants: &str, attributes: &[(&str, Value)]) -> Self {
        let mut all: Attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        all.insert(attribute::PERMISSIONS.to_owned(), Value::names(grants.split_whitespace()));
        self.object(Kind::Role, name, all)
    }

    /// The last role is the built-in one of this key.
    fn built_in(mut self, key: &str) -> Self {
        let roles = self.0.objects.get_mut(&Kind::Role).expect("a role was made");
        roles.last_mut().expect("a role was made").built_in = Some(key.to_owned());
        self
    }

    fn object(mut self, kind: Kind, name: &str, attributes: Attributes) -> Self {
        let object =
            LiveObject { id: format!("id of {name}"), name: name.to_owned(), attributes, ..LiveObject::default() };
        self.0.objects.entry(kind).or_default().push(object);
        self.0.capabilities.kinds.entry(kind).or_default();
        self
    }

    /// Segments or classifications; a `-` before a name is one that is not enabled.
    fn terms(mut self, kind: Kind, names: &[&str]) -> Self {
        for name in names {
            let enabled = Value::Flag(!name.starts_with('-'));
            self = self.object(kind, name.trim_start_matches('-'), [("enabled".to_owned(), enabled)].into());
        }
        self
    }

    /// A user with roles, separated by commas; inactive with a `-` before the name.
    fn user(self, name: &str, roles: &str) -> Self {
        self.user_of_type(name, roles, "")
    }

    fn user_of_type(mut self, name: &str, roles: &str, user_type: &str) -> Self {
        let ids: Vec<String> =
            roles.split(", ").filter(|role| !role.is_empty()).map(|role| format!("id of {role}")).collect();
        let user_name = name.trim_start_matches('-');
        self.0.users.push(&LiveUser {
            user_name,
            id: user_name,
            version: "1",
            display_name: "",
            active: !name.starts_with('-'),
            user_type,
            roles: ids.iter().map(String::as_str).collect(),
        });
        self
    }
}

fn source(state: State, pack: &Pack) -> Source {
    Source {
        state,
        platform: pack.platform.clone(),
        target: (state != State::Desired).then(|| "https://roles.example.com/scim/v2".to_owned()),
        organization: None,
        environment: None,
        digest: None,
    }
}

/// An answer about a state as it is read, without the heading.
fn shown(standing: &Standing<'_>, answer: &Answer<'_>) -> String {
    let text = access_text(&source(State::Live, standing.pack), answer, standing.notes());
    let text = anstream::adapter::strip_str(&text).to_string();
    text.split_once("\n\n").expect("a heading and an answer").1.to_owned()
}

fn who_can(standing: &Standing<'_>, permission: &str) -> String {
    let question = Question::new(permission, standing).unwrap_or_else(|unknown| panic!("{unknown}"));
    shown(standing, &Answer::WhoCan(standing.who_can(&question)))
}

/// What every user may do, as a flat list.
fn everybody(standing: &Standing<'_>) -> BTreeMap<String, Vec<String>> {
    let users = standing.sorted.iter().map(|&row| standing.users.name(row));
    let grants = users.map(|user| {
        let access = standing.user(user).expect("it is listed");
        (user.to_owned(), access.grants.into_iter().collect())
    });
    grants.collect()
}
