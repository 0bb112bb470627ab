//! A pack as resource types and schemas (DESIGN.md §5).
//!
//! Responsible for saying truly what a platform's types look like on the wire: requiredness,
//! mutability, uniqueness and canonical values follow the pack, and what the pack lacks is not
//! announced. Not responsible for holding anybody to it. The only file of `scim` that knows packs.

use crate::platform::{
    self, Creation, CustomRole, EntityKind, Form, Pack, Presence, Section, UserTypeSource, VocabularyMode, wire_name,
};

use super::schema::{Attribute, Mutability, RESOURCE_TYPE, ResourceType, Returned, SCHEMA, Schema, USER, Uniqueness};

/// What a service with a pack's rules announces. Schema and resource type of one type stand at
/// the same index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// What is served where.
    pub resource_types: Vec<ResourceType>,
    /// What it looks like.
    pub schemas: Vec<Schema>,
}

/// The types of a pack. Our own schemas' URNs start with `urn_prefix`, by default
/// [`URN_PREFIX`](super::schema::URN_PREFIX).
#[must_use]
pub fn announce(pack: &Pack, urn_prefix: &str) -> Announced {
    let own = |name: &str| format!("{urn_prefix}{name}");
    let mut announced = Announced { resource_types: Vec::new(), schemas: Vec::new() };
    announced.push("User", "/Users", USER.to_owned(), "People, each with one role", user(pack));
    announced.push("Role", "/Roles", own("Role"), "What its holders may do", role(pack));
    if is_used(pack, Section::Classifications) {
        let attributes = vocabulary(pack, Section::Classifications);
        announced.push("Classification", "/Classifications", own("Classification"), "What roles are for", attributes);
    }
    if is_used(pack, Section::Segments) {
        let attributes = vocabulary(pack, Section::Segments);
        announced.push("Segment", "/Segments", own("Segment"), "Whom roles serve", attributes);
    }
    if has_user_types(pack) {
        announced.push(
            "UserType",
            "/UserTypes",
            own("UserType"),
            "Licence categories and their seats",
            user_type(pack),
        );
    }
    if !pack.catalogue.is_empty() {
        announced.push("Permission", "/Permissions", own("Permission"), "What roles can grant", permission(pack));
    }
    let attributes = organization(pack);
    announced.push("Organization", "/Organizations", own("Organization"), "Whose roles these are", attributes);
    announced
}

impl Announced {
    fn push(&mut self, name: &str, endpoint: &str, urn: String, description: &str, attributes: Vec<Attribute>) {
        self.resource_types.push(ResourceType {
            schemas: vec![RESOURCE_TYPE.to_owned()],
            id: Some(name.to_owned()),
            name: name.to_owned(),
            endpoint: endpoint.to_owned(),
            description: description.to_owned(),
            schema: urn.clone(),
            schema_extensions: Vec::new(),
        });
        self.schemas.push(Schema {
            schemas: vec![SCHEMA.to_owned()],
            id: urn,
            name: name.to_owned(),
            description: description.to_owned(),
            attributes,
        });
    }
}

/// Whether roles have an attribute whose names come from this vocabulary.
fn is_used(pack: &Pack, section: Section) -> bool {
    pack.roles.attributes.values().any(|attribute| attribute.of == Some(section))
}

fn has_user_types(pack: &Pack) -> bool {
    pack.users.user_type != UserTypeSource::None || is_used(pack, Section::UserTypes)
}

/// The part of core users that we serve (RFC 7643 §4.1, §8.7.1): what directories send. Left out are
/// groups and entitlements, for which roles stand, passwords, pictures, chats and certificates.
fn user(pack: &Pack) -> Vec<Attribute> {
    let mut attributes = vec![
        Attribute {
            required: true,
            uniqueness: Uniqueness::Server,
            ..string("userName", "The name that the user signs in with")
        },
        Attribute {
            sub_attributes: vec![
                string("formatted", "The whole name, as it is shown"),
                string("familyName", "The family name"),
                string("givenName", "The given name"),
                string("middleName", "The middle names"),
                string("honorificPrefix", "What stands before the name: a title"),
                string("honorificSuffix", "What stands behind the name"),
            ],
            ..typed("name", "complex", "The parts of the name")
        },
        string("displayName", "The name that people read"),
        string("nickName", "The casual name"),
        Attribute {
            kind: "reference".to_owned(),
            case_exact: true,
            reference_types: vec!["external".to_owned()],
            ..string("profileUrl", "A page about the user")
        },
        string("title", "The title in the organization"),
        string("preferredLanguage", "The language that the user reads best: `en-US`"),
        string("locale", "How dates and numbers are written: `en-US`"),
        string("timezone", "The time zone: `America/Los_Angeles`"),
        several("emails", "Addresses", "The address", &["work", "home", "other"]),
        several(
            "phoneNumbers",
            "Telephone numbers",
            "The number",
            &["work", "home", "mobile", "fax", "pager", "other"],
        ),
        Attribute {
            multi_valued: true,
            sub_attributes: vec![
                string("formatted", "The whole address, as it is written on an envelope"),
                string("streetAddress", "Street and number"),
                string("locality", "The city"),
                string("region", "The state or region"),
                string("postalCode", "The postal code"),
                string("country", "The country, by two letters"),
                Attribute {
                    canonical_values: ["work", "home", "other"].map(ToOwned::to_owned).to_vec(),
                    ..string("type", "What it is used for")
                },
                typed("primary", "boolean", "Whether it is the preferred one"),
            ],
            ..typed("addresses", "complex", "Postal addresses")
        },
        typed("active", "boolean", "Whether the user can sign in and takes a seat"),
    ];
    if has_user_types(pack) {
        let of_role = pack.roles.attributes.values().find(|attribute| attribute.of == Some(Section::UserTypes));
        let has_vendors = pack.vocabulary(Section::UserTypes).mode != VocabularyMode::Managed;
        attributes.push(Attribute {
            // Where every role is mapped to one, nobody is without.
            required: has_vendors && of_role.is_some_and(|attribute| attribute.presence == Presence::Required),
            canonical_values: vendors_values(pack, Section::UserTypes),
            ..string("userType", "The licence category that the user takes a seat of")
        });
    }
    attributes.push(Attribute {
        multi_valued: true,
        required: true,
        sub_attributes: vec![
            Attribute { required: true, case_exact: true, ..string("value", "The id of the role") },
            Attribute {
                kind: "reference".to_owned(),
                required: true,
                case_exact: true,
                reference_types: vec!["Role".to_owned()],
                ..string("$ref", "The role; derived when it is absent")
            },
            // On request, so that what is written and what is read back are equal.
            Attribute {
                mutability: Mutability::ReadOnly,
                returned: Returned::Request,
                ..string("display", "The name of the role")
            },
        ],
        ..typed("roles", "complex", "The user's role, exactly one")
    });
    attributes
}

/// An attribute with the usual parts (RFC 7643 §2.4).
fn several(name: &str, description: &str, value: &str, types: &[&str]) -> Attribute {
    Attribute {
        multi_valued: true,
        sub_attributes: vec![
            string("value", value),
            string("display", "How it is shown"),
            Attribute {
                canonical_values: types.iter().map(|name| (*name).to_owned()).collect(),
                ..string("type", "What it is used for")
            },
            typed("primary", "boolean", "Whether it is the preferred one"),
        ],
        ..typed(name, "complex", description)
    }
}

fn role(pack: &Pack) -> Vec<Attribute> {
    let mut attributes = vec![Attribute {
        required: true,
        uniqueness: Uniqueness::Server,
        mutability: mutability(pack, "name", pack.roles.name, None),
        ..string("displayName", "The name of the role")
    }];
    for (name, declared) in &pack.roles.attributes {
        attributes.push(Attribute {
            multi_valued: declared.form == Form::Names,
            required: declared.presence == Presence::Required,
            mutability: mutability(pack, name, declared.mutability, declared.of),
            canonical_values: canonical_values(pack, declared),
            ..string(&wire_name(name), &declared.description)
        });
    }
    // No word of the standard says that an attribute comes only after the resource.
    let (required, description) = match pack.roles.creation {
        Creation::OneRequest => {
            (pack.roles.permissions.presence == Presence::Required, "What holders of the role may do")
        }
        Creation::PermissionsFollow => {
            (false, "What holders of the role may do; not accepted when the role is made, but once it is there")
        }
    };
    attributes.push(Attribute {
        multi_valued: true,
        required,
        mutability: mutability(pack, "permissions", platform::Mutability::Changeable, None),
        sub_attributes: vec![
            Attribute { case_exact: true, ..string("value", "The grant in one word: entity, action and field") },
            Attribute { case_exact: true, ..string("entity", "What is acted on") },
            Attribute { case_exact: true, ..string("action", "What may be done") },
            Attribute { case_exact: true, ..string("field", "The field that it is limited to") },
        ],
        ..typed("grants", "complex", description)
    });
    attributes.push(Attribute {
        mutability: Mutability::ReadOnly,
        case_exact: true,
        canonical_values: pack.roles.built_in.roles.keys().cloned().collect(),
        ..string("builtIn", "The platform's key of a built-in role")
    });
    attributes.push(Attribute {
        mutability: Mutability::ReadOnly,
        returned: Returned::Request,
        ..typed("assignedUsers", "integer", "How many users hold the role")
    });
    attributes
}

fn vocabulary(pack: &Pack, section: Section) -> Vec<Attribute> {
    let mut attributes = vec![
        Attribute { required: true, uniqueness: Uniqueness::Server, ..string("displayName", "The name") },
        string("description", "What it means"),
        typed("enabled", "boolean", "Whether roles may use it"),
    ];
    close_unless_managed(pack, section, &mut attributes);
    attributes
}

/// The names of draft-ietf-scim-roles-entitlements for seats.
fn user_type(pack: &Pack) -> Vec<Attribute> {
    let mut attributes = vec![
        Attribute { required: true, uniqueness: Uniqueness::Server, ..string("displayName", "The name") },
        string("description", "What it means"),
        typed("limitedAssignmentsPermitted", "boolean", "Whether the number of seats is limited"),
        typed("totalAssignmentsPermitted", "integer", "How many seats there are"),
        Attribute {
            mutability: Mutability::ReadOnly,
            ..typed("totalAssignmentsUsed", "integer", "How many seats are taken")
        },
    ];
    close_unless_managed(pack, Section::UserTypes, &mut attributes);
    attributes
}

fn permission(pack: &Pack) -> Vec<Attribute> {
    let entities = || pack.catalogue.values();
    let kinds = [(EntityKind::Functionality, "functionality"), (EntityKind::Location, "location")];
    let kinds = kinds.iter().filter(|(kind, _)| entities().any(|entity| entity.kind == *kind));
    let mut attributes = vec![
        Attribute { required: true, case_exact: true, ..string("entity", "What is acted on") },
        string("displayName", "The name that people read"),
        Attribute {
            canonical_values: kinds.map(|(_, name)| (*name).to_owned()).collect(),
            ..string("kind", "What kind of entity it is")
        },
        Attribute { multi_valued: true, case_exact: true, ..string("actions", "What can be done with it") },
    ];
    if entities().any(|entity| !entity.fields.is_empty()) {
        let fields = string("fields", "What actions can be limited to");
        attributes.push(Attribute { multi_valued: true, case_exact: true, ..fields });
    }
    if entities().any(|entity| !entity.user_types.is_empty()) {
        attributes.push(Attribute {
            multi_valued: true,
            canonical_values: vendors_values(pack, Section::UserTypes),
            ..string("userTypes", "Whose roles may grant it; all, where it is empty")
        });
    }
    close(&mut attributes);
    attributes
}

fn organization(pack: &Pack) -> Vec<Attribute> {
    let mut attributes = vec![
        string("platform", "Which platform's rules hold"),
        Attribute {
            multi_valued: true,
            canonical_values: pack.subscriptions.keys().cloned().collect(),
            ..string("subscriptions", "What the organization has subscribed to")
        },
        string("caller", "The name of the credential that asks"),
        Attribute {
            canonical_values: ["viewer", "admin", "support"].map(ToOwned::to_owned).to_vec(),
            ..string("authority", "What the credential that asks may do")
        },
    ];
    close(&mut attributes);
    attributes
}

/// Whoever decides what a vocabulary holds is the only one who writes it.
fn close_unless_managed(pack: &Pack, section: Section, attributes: &mut [Attribute]) {
    if pack.vocabulary(section).mode != VocabularyMode::Managed {
        close(attributes);
    }
}

fn close(attributes: &mut [Attribute]) {
    for attribute in attributes {
        attribute.mutability = Mutability::ReadOnly;
    }
}

/// The names that an attribute can hold, where the vendor fixes them.
fn canonical_values(pack: &Pack, declared: &platform::Attribute) -> Vec<String> {
    match declared.of {
        Some(section) => vendors_values(pack, section),
        None => declared.values.clone(),
    }
}

fn vendors_values(pack: &Pack, section: Section) -> Vec<String> {
    let vocabulary = pack.vocabulary(section);
    match vocabulary.mode {
        VocabularyMode::Closed => vocabulary.values.iter().map(|value| value.name.clone()).collect(),
        _ => Vec::new(),
    }
}

/// Whether an attribute of roles, by its name in the files, can change: by its own declaration, by
/// what it maps to, and where custom roles are fixed as a whole only if a built-in role can change
/// in it.
fn mutability(pack: &Pack, name: &str, declared: platform::Mutability, of: Option<Section>) -> Mutability {
    let is_fixed = match pack.roles.custom_role {
        CustomRole::Changeable => false,
        CustomRole::MappingOnly => of == Some(Section::UserTypes),
        CustomRole::Immutable => !pack.roles.built_in.roles.values().any(|role| role.changeable.contains(name)),
    };
    if is_fixed || declared == platform::Mutability::Immutable { Mutability::Immutable } else { Mutability::ReadWrite }
}

fn string(name: &str, description: &str) -> Attribute {
    typed(name, "string", description)
}

fn typed(name: &str, kind: &str, description: &str) -> Attribute {
    Attribute {
        name: name.to_owned(),
        kind: kind.to_owned(),
        description: description.to_owned(),
        ..Attribute::default()
    }
}
