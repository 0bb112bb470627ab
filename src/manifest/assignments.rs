//! The assignments of one file, read straight into columns: a file may have a million of them.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::document::{Lenient, Spanned};
use crate::source::Span;
use crate::state::{Assignment, Assignments};

/// Assignments with the places that only findings need.
#[derive(Debug, Default)]
pub(super) struct AssignmentRows {
    /// Who holds what; the span of a row is that of its key.
    pub assignments: Assignments,
    /// Where each row names its role.
    pub roles: Vec<Span>,
    /// Rows that give a user type, and where.
    pub user_types: Vec<(usize, Span)>,
    /// Users whose name means that of an earlier row: the row, and where the second one is.
    pub doubled: Vec<(usize, Spanned<String>)>,
}

impl AssignmentRows {
    /// Takes in one assignment.
    fn push(&mut self, user: Spanned<&str>, body: &Body<'_>) {
        let Body { role, name: Lenient(name), active: Lenient(active), user_type: Lenient(user_type) } = body;
        let assignment = Assignment {
            user_name: user.value,
            role: role.value,
            display_name: *name,
            active: *active,
            user_type: user_type.map(|name| name.value),
            span: Some(user.span),
        };
        self.add(assignment, role.span, user_type.map(|name| name.span));
    }

    /// Takes in the rows of another file.
    pub fn append(&mut self, other: &Self) {
        let mut user_types = other.user_types.iter().peekable();
        for (row, (assignment, role)) in other.assignments.iter().zip(&other.roles).enumerate() {
            let user_type = user_types.next_if(|(of, _)| *of == row).map(|(_, span)| *span);
            self.add(assignment, *role, user_type);
        }
        // What is double within a file is so whichever row was the first of all.
        for (row, user) in &other.doubled {
            let first = self.assignments.find(other.assignments.get(*row).user_name);
            self.doubled.extend(first.map(|first| (first, user.clone())));
        }
    }

    fn add(&mut self, assignment: Assignment<'_>, role: Span, user_type: Option<Span>) {
        match self.assignments.push(assignment) {
            Ok(()) => {
                self.user_types.extend(user_type.map(|span| (self.roles.len(), span)));
                self.roles.push(role);
            }
            Err(row) => {
                let span = assignment.span.unwrap_or(role);
                self.doubled.push((row, Spanned { value: assignment.user_name.to_owned(), span }));
            }
        }
    }
}

impl<'de> Deserialize<'de> for AssignmentRows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RowsVisitor)
    }
}

struct RowsVisitor;

impl<'de> Visitor<'de> for RowsVisitor {
    type Value = AssignmentRows;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of assignments")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AssignmentRows, A::Error> {
        let mut rows = AssignmentRows::default();
        while let Some(user) = map.next_key::<Spanned<&str>>()? {
            match map.next_value::<Lenient<Spanned<Form<'_>>>>()?.0 {
                Some(Spanned { value: Form::Long(body), .. }) => rows.push(user, &body),
                Some(Spanned { value: Form::Short(role), span }) => {
                    rows.push(user, &Body::of_role(Spanned { value: role, span }));
                }
                None => {}
            }
        }
        Ok(rows)
    }
}

/// What stands behind a userName.
enum Form<'a> {
    Short(&'a str),
    Long(Body<'a>),
}

/// The long form. Only the role is needed: a row without one says nothing.
#[derive(serde::Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    role: Spanned<&'a str>,
    #[serde(borrow, default)]
    name: Lenient<&'a str>,
    #[serde(default)]
    active: Lenient<bool>,
    #[serde(borrow, default)]
    user_type: Lenient<Spanned<&'a str>>,
}

impl<'a> Body<'a> {
    fn of_role(role: Spanned<&'a str>) -> Self {
        Self { role, name: Lenient::default(), active: Lenient::default(), user_type: Lenient::default() }
    }
}

impl<'de> Deserialize<'de> for Form<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FormVisitor)
    }
}

struct FormVisitor;

impl<'de> Visitor<'de> for FormVisitor {
    type Value = Form<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a role, or a map")
    }

    fn visit_borrowed_str<E>(self, role: &'de str) -> Result<Form<'de>, E> {
        Ok(Form::Short(role))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Form<'de>, A::Error> {
        Body::deserialize(MapAccessDeserializer::new(map)).map(Form::Long)
    }
}
