//! What a target announced for one kind of resource: where it is, and which attribute on the wire
//! is which in the files.
//!
//! Responsible for names, both ways. Not responsible for values (`wire`) nor for asking
//! (`discovery`).

use std::collections::BTreeMap;

use reqwest::Url;

use crate::platform::{Form, Pack, wire_name};
use crate::scim::schema::{Attribute, Mutability};
use crate::state::{Kind, KindCapability, attribute};

/// One kind on a target.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub kind: Kind,
    /// The collection.
    pub url: Url,
    /// The URN that a resource of this kind carries in `schemas`.
    pub schema: String,
    /// Where roles are, when what a user holds must say so by `$ref` too.
    pub role_reference: Option<Url>,
    /// Whether role and user type are where the project says, and not where the standard has them.
    pub is_mapped: bool,
    /// Columns by wire name in lower case, because attribute names ignore case (RFC 7643 §2.1).
    columns: BTreeMap<String, Column>,
    pub capability: KindCapability,
}

/// One attribute on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// The name on the wire, as announced; in an extension with its URN before it, as paths have it.
    pub wire: String,
    /// What it is to us.
    pub meaning: Meaning,
}

/// What an attribute on the wire is to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Name,
    Mark,
    BuiltIn,
    InUse,
    /// The grants of a role.
    Permissions,
    /// The roles of a user: one, by its id. The standard has a list of complex values.
    Role {
        many: bool,
        complex: bool,
    },
    /// Whether a user type has a limit, and which: together they are `licenses`.
    Limited,
    Limit,
    /// A plain attribute: text, name, flag, count, or a set of names, bare or as `{value}`.
    Plain {
        name: String,
        many: bool,
        complex: bool,
    },
}

/// The kinds' names on the wire.
pub(super) fn type_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Classification => "Classification",
        Kind::Segment => "Segment",
        Kind::UserType => "UserType",
        Kind::Role => "Role",
        Kind::User => "User",
    }
}

impl Shape {
    /// From announced attributes.
    pub fn new(kind: Kind, url: Url, schema: String, announced: &[Attribute], pack: Option<&Pack>) -> Self {
        let mut shape = Self {
            kind,
            url,
            schema,
            role_reference: None,
            is_mapped: false,
            columns: BTreeMap::new(),
            capability: KindCapability::default(),
        };
        if kind != Kind::User && !announced.iter().any(|one| one.name.eq_ignore_ascii_case("externalId")) {
            // A common attribute that schemas need not repeat (RFC 7643 §3.1).
            shape.take(&Attribute { name: "externalId".to_owned(), case_exact: true, ..Attribute::default() }, pack);
        }
        for attribute in announced {
            shape.take(attribute, pack);
        }
        shape
    }

    fn take(&mut self, announced: &Attribute, pack: Option<&Pack>) {
        if let Some(meaning) = meaning(self.kind, announced, pack) {
            self.add(&announced.name, announced, meaning);
        }
    }

    /// Users carry `name` (the role or the user type) in this attribute and in no other.
    pub fn map(&mut self, name: &str, path: &str, announced: &Attribute) {
        self.unmap(name);
        let (many, complex) = (announced.multi_valued, announced.kind == "complex");
        let meaning = if name == attribute::ROLE {
            Meaning::Role { many, complex }
        } else {
            Meaning::Plain { name: name.to_owned(), many, complex }
        };
        self.add(path, announced, meaning);
        self.is_mapped = true;
    }

    /// Takes the usual place of something away: the project says that it is elsewhere.
    pub fn unmap(&mut self, name: &str) {
        let is_it = |meaning: &Meaning| match meaning {
            Meaning::Role { .. } => name == attribute::ROLE,
            Meaning::Plain { name: other, .. } => name == other,
            _ => false,
        };
        self.columns.retain(|_, column| !is_it(&column.meaning));
        let KindCapability { writable, immutable, read_only } = &mut self.capability;
        for set in [writable, immutable, read_only] {
            set.remove(name);
        }
        self.is_mapped = true;
    }

    fn add(&mut self, path: &str, announced: &Attribute, meaning: Meaning) {
        let file_name = match &meaning {
            Meaning::Name => Some(attribute::NAME),
            Meaning::Mark => Some(attribute::MARK),
            Meaning::Permissions => Some(attribute::PERMISSIONS),
            Meaning::Role { .. } => Some(attribute::ROLE),
            Meaning::Limit => Some(attribute::LICENSES),
            Meaning::Plain { name, .. } => Some(name.as_str()),
            Meaning::BuiltIn | Meaning::InUse | Meaning::Limited => None,
        };
        if let Some(name) = file_name {
            let set = match announced.mutability {
                Mutability::ReadWrite => Some(&mut self.capability.writable),
                Mutability::Immutable => Some(&mut self.capability.immutable),
                Mutability::ReadOnly => Some(&mut self.capability.read_only),
                // What cannot be read cannot be compared, so there is no place for it.
                Mutability::WriteOnly => None,
            };
            if let Some(set) = set {
                set.insert(name.to_owned());
            }
        }
        let column = Column { wire: path.to_owned(), meaning };
        self.columns.insert(path.to_ascii_lowercase(), column);
    }

    /// The column of a name on the wire.
    pub fn column(&self, wire: &str) -> Option<&Column> {
        // Nearly every name is spelled as announced, and then costs no allocation when it is lower
        // case already.
        if wire.bytes().any(|byte| byte.is_ascii_uppercase()) {
            self.columns.get(&wire.to_ascii_lowercase())
        } else {
            self.columns.get(wire)
        }
    }

    /// The column of a user's role.
    pub fn role(&self) -> Option<(&Column, bool, bool)> {
        self.columns.values().find_map(|column| match column.meaning {
            Meaning::Role { many, complex } => Some((column, many, complex)),
            _ => None,
        })
    }

    /// The column of a meaning.
    pub fn of(&self, meaning: &Meaning) -> Option<&Column> {
        self.columns.values().find(|column| column.meaning == *meaning)
    }

    /// The column of a plain attribute, by its name in the files.
    pub fn plain(&self, name: &str) -> Option<&Column> {
        self.columns
            .values()
            .find(|column| matches!(&column.meaning, Meaning::Plain { name: other, .. } if other == name))
    }

    /// The URL of one resource.
    pub fn resource(&self, id: &str) -> Url {
        resource(&self.url, id)
    }
}

/// The URL of one resource of a collection.
pub(super) fn resource(collection: &Url, id: &str) -> Url {
    let mut url = collection.clone();
    url.path_segments_mut().expect("http URLs have paths").push(id);
    url
}

/// The URL of a question about a collection.
pub(super) fn question(collection: &Url, parameters: &[(&str, &str)]) -> Url {
    let mut url = collection.clone();
    // Spaces as `%20`, which every service reads: `+` stands for one only in forms.
    let query = url.query_pairs_mut().extend_pairs(parameters).finish().query().unwrap_or_default();
    let query = query.replace('+', "%20");
    url.set_query(Some(&query));
    url
}

impl Column {
    /// Whether a plain attribute is a list, and whether its values are complex.
    pub fn form(&self) -> (bool, bool) {
        match self.meaning {
            Meaning::Plain { many, complex, .. } => (many, complex),
            _ => (false, false),
        }
    }
}

fn meaning(kind: Kind, announced: &Attribute, pack: Option<&Pack>) -> Option<Meaning> {
    let wire = announced.name.to_ascii_lowercase();
    Some(match (kind, wire.as_str()) {
        (Kind::User, "username")
        | (Kind::Classification | Kind::Segment | Kind::UserType | Kind::Role, "displayname") => Meaning::Name,
        (Kind::User, "roles") => Meaning::Role { many: true, complex: true },
        (Kind::User, "displayname" | "active" | "usertype") => plain(announced, pack),
        // The rest of a person's record is not ours, their externalId the identity provider's.
        (Kind::User, _) | (_, "id" | "schemas" | "meta") => return None,
        (_, "externalid") => Meaning::Mark,
        (Kind::Role, "builtin") => Meaning::BuiltIn,
        (Kind::Role, "assignedusers") | (Kind::UserType, "totalassignmentsused") => Meaning::InUse,
        (Kind::Role, "grants") => Meaning::Permissions,
        (Kind::UserType, "limitedassignmentspermitted") => Meaning::Limited,
        (Kind::UserType, "totalassignmentspermitted") => Meaning::Limit,
        _ => plain(announced, pack),
    })
}

fn plain(announced: &Attribute, pack: Option<&Pack>) -> Meaning {
    let declared = pack.and_then(|pack| {
        pack.roles.attributes.keys().find(|name| wire_name(name).eq_ignore_ascii_case(&announced.name))
    });
    let name = declared.cloned().unwrap_or_else(|| file_name(&announced.name));
    Meaning::Plain { name, many: announced.multi_valued, complex: announced.kind == "complex" }
}

/// The name of an attribute in the files: `userType` is `user_type` (DETAILS.md, Files).
fn file_name(wire: &str) -> String {
    let mut name = String::with_capacity(wire.len() + 2);
    for c in wire.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// The attributes of a kind on a target that does not announce them: those of the standard for
/// users, of the pack for roles, of DESIGN.md §5 for the rest.
pub(super) fn assumed(kind: Kind, pack: Option<&Pack>) -> Vec<Attribute> {
    let one =
        |name: &str, kind: &str| Attribute { name: name.to_owned(), kind: kind.to_owned(), ..Attribute::default() };
    let many = |name: &str, kind: &str| Attribute { multi_valued: true, ..one(name, kind) };
    let read_only = |attribute: Attribute| Attribute { mutability: Mutability::ReadOnly, ..attribute };
    match kind {
        Kind::User => vec![
            one("userName", "string"),
            one("displayName", "string"),
            one("active", "boolean"),
            one("userType", "string"),
            many("roles", "complex"),
        ],
        Kind::Role => {
            let mut all =
                vec![one("displayName", "string"), many("grants", "complex"), read_only(one("builtIn", "string"))];
            for (name, attribute) in pack.iter().flat_map(|pack| &pack.roles.attributes) {
                let wire = wire_name(name);
                all.push(if attribute.form == Form::Names { many(&wire, "string") } else { one(&wire, "string") });
            }
            all
        }
        Kind::Classification | Kind::Segment => {
            vec![one("displayName", "string"), one("description", "string"), one("enabled", "boolean")]
        }
        Kind::UserType => vec![
            one("displayName", "string"),
            one("limitedAssignmentsPermitted", "boolean"),
            one("totalAssignmentsPermitted", "integer"),
            read_only(one("totalAssignmentsUsed", "integer")),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_files_are_snake_case() {
        assert_eq!(file_name("userType"), "user_type");
        assert_eq!(file_name("description"), "description");
    }

    #[test]
    fn what_is_announced_is_what_can_be_written() {
        let mut announced = assumed(Kind::UserType, None);
        announced[0].mutability = Mutability::Immutable;
        let url = Url::parse("http://localhost/UserTypes").expect("a URL");
        let shape = Shape::new(Kind::UserType, url, "urn:x".to_owned(), &announced, None);
        assert!(shape.capability.writable.contains("licenses"));
        assert!(shape.capability.writable.contains("mark"));
        assert!(shape.capability.immutable.contains("name"));
        assert_eq!(shape.resource("a/../b").as_str(), "http://localhost/UserTypes/a%2F..%2Fb");
        assert_eq!(shape.column("DISPLAYNAME").map(|column| &column.meaning), Some(&Meaning::Name));
    }
}
