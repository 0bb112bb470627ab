//! Organizations of any size, made from a seed: the states that tests, counts and benchmarks
//! share.
//!
//! An [`Organization`] is one state, told in plain terms; it can be had as what files want, as
//! what a target holds, and as the text of a manifest. [`Organization::changed`] is the same
//! organization some time later. Written against the library's public names alone, so that it
//! serves unit tests, integration tests and benchmarks alike.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use rolecall::state::{
    Assignment, Assignments, Attributes, Capabilities, Declared, Desired, DesiredObject, Kind, KindCapability, Live,
    LiveObject, LiveUser, LiveUsers, RemovedRole, RemovedUser, Value, Version, attribute, fold,
};

/// How large an organization is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Roles.
    pub roles: usize,
    /// Users.
    pub users: usize,
    /// Classifications, and as many segments.
    pub values: usize,
    /// User types; roles are mapped to none when there are none.
    pub user_types: usize,
    /// Of a hundred user types, how many have their licences counted.
    pub limited_percent: u64,
    /// Grants of a role, at most.
    pub grants: usize,
}

/// A small, usual organization.
impl Default for Size {
    fn default() -> Self {
        Self { roles: 12, users: 200, values: 7, user_types: 4, limited_percent: 50, grants: 8 }
    }
}

/// Numbers that look random and are the same for the same seed (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 when that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.number() % end as u64) as usize }
    }

    /// True for so many of a hundred.
    pub fn percent(&mut self, percent: u64) -> bool {
        self.number() % 100 < percent
    }

    /// Some of the numbers below `end`, at most `most`, ascending.
    fn some_of(&mut self, end: usize, most: usize) -> Vec<usize> {
        let wanted = self.below(most.min(end) + 1);
        let mut chosen: Vec<usize> = (0..wanted).map(|_| self.below(end)).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }
}

/// One state of an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Organization {
    /// Classifications.
    pub classifications: Vec<String>,
    /// Segments.
    pub segments: Vec<String>,
    /// User types with their licences; `None`: not counted.
    pub user_types: Vec<(String, Option<u64>)>,
    /// Roles.
    pub roles: Vec<Role>,
    /// Users.
    pub users: Vec<User>,
    /// Roles that the files remove, with the position of the role that their holders get.
    pub removed_roles: Vec<(String, usize)>,
    /// Users that the files remove, and whether their account is deleted.
    pub removed_users: Vec<(String, bool)>,
}

/// A role; positions point into the vocabularies.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// What it is for; empty: nothing said.
    pub description: String,
    /// Positions of its classifications.
    pub classifications: Vec<usize>,
    /// Positions of its segments.
    pub segments: Vec<usize>,
    /// The position of the user type that it is mapped to.
    pub user_type: Option<usize>,
    /// Its grants as entity and action.
    pub grants: Vec<(String, String)>,
    /// The name that it had before.
    pub previously: Option<String>,
}

/// A user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The userName.
    pub name: String,
    /// The name that people read; empty: none.
    pub display_name: String,
    /// The position of their role.
    pub role: usize,
    /// Whether they may sign in.
    pub active: bool,
}

/// Words that need care in YAML or in comparing names, here and there.
const ODD: [&str; 6] = ["", ": Köln", " #2", " \"x\"", " – 日本", " 'y' & z"];
const ENTITIES: [&str; 6] = ["campaigns", "contacts", "reports", "settings", "templates", "users"];
const ACTIONS: [&str; 4] = ["create", "delete", "modify", "view"];

impl Organization {
    /// An organization of this size; the same for the same seed.
    pub fn generate(size: Size, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let named = |what: &str, count: usize| (0..count).map(|at| format!("{what} {at}{}", odd(at))).collect();
        let mut organization = Self {
            classifications: named("Class", size.values),
            segments: named("Segment", size.values),
            user_types: (0..size.user_types).map(|at| (format!("Type {at}"), None)).collect(),
            ..Self::default()
        };
        for at in 0..size.roles {
            let role = organization.new_role(format!("Role {at}{}", odd(at)), size, &mut random);
            organization.roles.push(role);
        }
        for at in 0..size.users {
            let user = organization.new_user(at, &mut random);
            organization.users.push(user);
        }
        for at in 0..size.user_types {
            if random.percent(size.limited_percent) {
                organization.user_types[at].1 = Some(organization.used(at) + random.below(4) as u64);
            }
        }
        organization
    }

    /// The same organization later: of a hundred objects about so many are changed, and a few are
    /// added and removed. What it removes and renames, it says so.
    #[must_use]
    pub fn changed(&self, percent: u64, size: Size, seed: u64) -> Self {
        let mut random = Random::new(seed ^ 0xc0ff_ee00);
        let mut next = self.clone();
        next.removed_roles.clear();
        next.removed_users.clear();
        for role in &mut next.roles {
            role.previously = None;
        }
        if random.percent(percent) {
            next.classifications.push(format!("Class new {}", seed % 1000));
        }
        if random.percent(percent) && !next.user_types.is_empty() {
            next.user_types.push((format!("Type new {}", seed % 1000), None));
        }
        for at in 0..next.roles.len() {
            if !random.percent(percent) {
                continue;
            }
            match random.below(5) {
                0 => next.roles[at].description = format!("Said anew {}", random.below(100)),
                1 => {
                    let old = next.roles[at].name.clone();
                    next.roles[at].name = format!("{old} renamed {}", seed % 1000);
                    next.roles[at].previously = Some(old);
                }
                _ => {
                    let name = next.roles[at].name.clone();
                    let description = next.roles[at].description.clone();
                    next.roles[at] = Role { description, ..next.new_role(name, size, &mut random) };
                }
            }
        }
        // Sometimes a name travels on: one role gets the name that another one gives up.
        if random.percent(percent) && next.roles.len() > 2 {
            let (first, second) = (random.below(next.roles.len()), random.below(next.roles.len()));
            let stays = |role: &Role| role.previously.is_none();
            if first != second && stays(&next.roles[first]) && stays(&next.roles[second]) {
                let (old, passed_on) = (next.roles[first].name.clone(), next.roles[second].name.clone());
                next.roles[second].name = format!("{passed_on} moved {}", seed % 1000);
                next.roles[second].previously = Some(passed_on.clone());
                next.roles[first].name = passed_on;
                next.roles[first].previously = Some(old);
            }
        }
        if random.percent(percent) {
            let role = next.new_role(format!("Role new {}", seed % 1000), size, &mut random);
            next.roles.push(role);
        }
        for at in (0..next.users.len()).rev() {
            if !random.percent(percent) {
                continue;
            }
            match random.below(6) {
                0 => next.users[at].display_name = format!("Name {}", random.below(100)),
                1 => next.users[at].active = !next.users[at].active,
                2 => {
                    let gone = next.users.swap_remove(at);
                    next.removed_users.push((gone.name, random.percent(50)));
                }
                _ => next.users[at].role = random.below(next.roles.len()),
            }
        }
        for at in 0..(self.users.len() * percent as usize / 400).max(random.below(2)) {
            let user = next.new_user(1_000_000 + (seed % 1000) as usize * 1000 + at, &mut random);
            next.users.push(user);
        }
        // Sometimes the last role goes. Its active holders get another one by `reassign_to`,
        // because no file names them any more, the others by an assignment.
        if next.roles.len() > 2 && random.percent(percent) && next.roles.last() == self.roles.last() {
            let at = next.roles.len() - 1;
            let target = random.below(at);
            let gone = next.roles.remove(at);
            next.removed_roles.push((gone.name, target));
            next.users.retain(|user| user.role != at || !user.active);
            for user in next.users.iter_mut().filter(|user| user.role == at) {
                user.role = random.below(at);
            }
        }
        for at in 0..next.user_types.len() {
            let used = next.used(at);
            let (_, licenses) = &mut next.user_types[at];
            if licenses.is_some_and(|licenses| licenses < used) || random.percent(percent) {
                *licenses = licenses.map(|_| used + random.below(3) as u64);
            }
        }
        next
    }

    /// Active users of a user type.
    pub fn used(&self, user_type: usize) -> u64 {
        let is_used = |user: &&User| user.active && self.roles[user.role].user_type == Some(user_type);
        self.users.iter().filter(is_used).count() as u64
    }

    fn new_role(&self, name: String, size: Size, random: &mut Random) -> Role {
        let grants = random.some_of(ENTITIES.len() * ACTIONS.len(), size.grants);
        let grant = |at: usize| (ENTITIES[at / ACTIONS.len()].to_owned(), ACTIONS[at % ACTIONS.len()].to_owned());
        let types = self.user_types.len();
        Role {
            description: if random.percent(50) { format!("What {name} does") } else { String::new() },
            classifications: random.some_of(self.classifications.len(), 3),
            segments: random.some_of(self.segments.len(), 3),
            user_type: (types > 0 && random.percent(90)).then(|| random.below(types)),
            grants: grants.into_iter().map(grant).collect(),
            previously: None,
            name,
        }
    }

    fn new_user(&self, at: usize, random: &mut Random) -> User {
        User {
            name: format!("user{at:07}@example.com"),
            display_name: if random.percent(30) { format!("User {at}{}", odd(at)) } else { String::new() },
            role: random.below(self.roles.len()),
            active: random.percent(95),
        }
    }

    /// What files want that describe this organization.
    pub fn desired(&self) -> Desired {
        let mut desired = Desired::default();
        let mut add = |kind: Kind, name: &str, attributes: Attributes, previously: Vec<String>| {
            let declare = |(name, value)| (name, Declared { value, span: None });
            let attributes = attributes.into_iter().map(declare).collect();
            let object = DesiredObject { name: name.to_owned(), attributes, previously, ..DesiredObject::default() };
            desired.objects.entry(kind).or_default().insert(fold(name).into_owned(), object);
        };
        for (kind, name, attributes) in self.values() {
            add(kind, name, attributes, Vec::new());
        }
        for role in &self.roles {
            add(Kind::Role, &role.name, self.attributes(role), role.previously.iter().cloned().collect());
        }
        let mut assignments = Assignments::default();
        for user in &self.users {
            let assignment = Assignment {
                user_name: &user.name,
                role: &self.roles[user.role].name,
                display_name: Some(user.display_name.as_str()).filter(|name| !name.is_empty()),
                active: Some(user.active),
                user_type: None,
                span: None,
            };
            assignments.push(assignment).expect("userNames are distinct");
        }
        desired.assignments = Some(assignments);
        for (name, target) in &self.removed_roles {
            let reassign_to = Some(self.roles[*target].name.clone());
            let removed = RemovedRole { name: name.clone(), reassign_to, span: None };
            desired.removed_roles.insert(fold(name).into_owned(), removed);
        }
        for (name, delete) in &self.removed_users {
            let removed = RemovedUser { user_name: name.clone(), delete: *delete, span: None };
            desired.removed_users.insert(fold(name).into_owned(), removed);
        }
        desired
    }

    /// What a target holds that is as this organization is. Ids are `c0`, `s0`, `t0`, `r0`, `u0`
    /// by position, versions are 1.
    pub fn live(&self) -> Live {
        let mut live = Live { capabilities: all_capabilities(), ..Live::default() };
        let mut add = |kind: Kind, name: &str, attributes: Attributes, in_use: Option<u64>| {
            let objects = live.objects.entry(kind).or_default();
            let object = LiveObject {
                id: format!("{}{}", letter(kind), objects.len()),
                version: Version::Etag("1".to_owned()),
                name: name.to_owned(),
                attributes,
                in_use,
                ..LiveObject::default()
            };
            objects.push(object);
        };
        let mut types = 0;
        for (kind, name, attributes) in self.values() {
            let in_use = (kind == Kind::UserType).then(|| {
                types += 1;
                self.used(types - 1)
            });
            add(kind, name, attributes, in_use);
        }
        for role in &self.roles {
            add(Kind::Role, &role.name, self.attributes(role), None);
        }
        let mut users = LiveUsers::default();
        for (at, user) in self.users.iter().enumerate() {
            let role = &self.roles[user.role];
            let role_id = format!("r{}", user.role);
            let user = LiveUser {
                user_name: &user.name,
                id: &format!("u{at}"),
                version: "1",
                display_name: &user.display_name,
                active: user.active,
                user_type: role.user_type.map_or("", |at| &self.user_types[at].0),
                roles: vec![&role_id],
            };
            users.push(&user);
        }
        live.users = users;
        live
    }

    /// The text of a manifest that describes this organization.
    pub fn yaml(&self) -> String {
        let mut text = String::new();
        for (section, names) in [("classifications", &self.classifications), ("segments", &self.segments)] {
            section_head(&mut text, section, names.is_empty());
            for name in names {
                line(&mut text, 1, &format!("{}:", quoted(name)));
            }
        }
        section_head(&mut text, "user_types", self.user_types.is_empty());
        for (name, licenses) in &self.user_types {
            let body = licenses.map_or(String::new(), |licenses| format!(" {{ licenses: {licenses} }}"));
            line(&mut text, 1, &format!("{}:{body}", quoted(name)));
        }
        section_head(&mut text, "roles", self.roles.is_empty());
        for role in &self.roles {
            self.role_yaml(&mut text, role);
        }
        section_head(&mut text, "assignments", self.users.is_empty());
        for user in &self.users {
            let role = quoted(&self.roles[user.role].name);
            let name = match user.display_name.as_str() {
                "" => String::new(),
                name => format!(", name: {}", quoted(name)),
            };
            let assignment = format!("{{ role: {role}{name}, active: {} }}", user.active);
            line(&mut text, 1, &format!("{}: {assignment}", quoted(&user.name)));
        }
        if !(self.removed_roles.is_empty() && self.removed_users.is_empty()) {
            line(&mut text, 0, "removed:");
        }
        if !self.removed_roles.is_empty() {
            line(&mut text, 1, "roles:");
            for (name, target) in &self.removed_roles {
                let target = quoted(&self.roles[*target].name);
                line(&mut text, 2, &format!("{}: {{ reassign_to: {target} }}", quoted(name)));
            }
        }
        if !self.removed_users.is_empty() {
            line(&mut text, 1, "users:");
            for (name, delete) in &self.removed_users {
                line(&mut text, 2, &format!("{}: {}", quoted(name), if *delete { "delete" } else { "deactivate" }));
            }
        }
        text
    }

    fn role_yaml(&self, text: &mut String, role: &Role) {
        let of = |names: &[String], chosen: &[usize]| {
            let names: Vec<String> = chosen.iter().map(|&at| quoted(&names[at])).collect();
            format!("[{}]", names.join(", "))
        };
        line(text, 1, &format!("{}:", quoted(&role.name)));
        line(text, 2, &format!("classifications: {}", of(&self.classifications, &role.classifications)));
        line(text, 2, &format!("segments: {}", of(&self.segments, &role.segments)));
        if !role.description.is_empty() {
            line(text, 2, &format!("description: {}", quoted(&role.description)));
        }
        if let Some(at) = role.user_type {
            line(text, 2, &format!("user_type: {}", quoted(&self.user_types[at].0)));
        }
        let mut actions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (entity, action) in &role.grants {
            actions.entry(entity).or_default().push(action);
        }
        let actions: Vec<String> =
            actions.iter().map(|(entity, actions)| format!("{entity}: [{}]", actions.join(", "))).collect();
        line(text, 2, &format!("permissions: {{ {} }}", actions.join(", ")));
        if let Some(name) = &role.previously {
            line(text, 2, &format!("previously: [{}]", quoted(name)));
        }
    }

    fn values(&self) -> impl Iterator<Item = (Kind, &str, Attributes)> {
        let classifications =
            self.classifications.iter().map(|name| (Kind::Classification, &**name, Attributes::new()));
        let segments = self.segments.iter().map(|name| (Kind::Segment, &**name, Attributes::new()));
        let user_types = self.user_types.iter().map(|(name, licenses)| {
            let licenses = licenses.map(|licenses| (attribute::LICENSES.to_owned(), Value::Count(licenses)));
            (Kind::UserType, &**name, licenses.into_iter().collect())
        });
        classifications.chain(segments).chain(user_types)
    }

    fn attributes(&self, role: &Role) -> Attributes {
        let of = |names: &[String], chosen: &[usize]| Value::names(chosen.iter().map(|&at| names[at].clone()));
        let grants = role.grants.iter().map(|(entity, action)| format!("{entity}.{action}"));
        let mut attributes = Attributes::from([
            (attribute::CLASSIFICATIONS.to_owned(), of(&self.classifications, &role.classifications)),
            (attribute::SEGMENTS.to_owned(), of(&self.segments, &role.segments)),
            (attribute::PERMISSIONS.to_owned(), Value::names(grants)),
        ]);
        if !role.description.is_empty() {
            attributes.insert(attribute::DESCRIPTION.to_owned(), Value::text(&*role.description));
        }
        if let Some(at) = role.user_type {
            attributes.insert(attribute::USER_TYPE.to_owned(), Value::text(&*self.user_types[at].0));
        }
        attributes
    }
}

/// What a target announces that can hold everything.
pub fn all_capabilities() -> Capabilities {
    let kind = |attributes: &[&str]| KindCapability {
        writable: attributes.iter().copied().chain([attribute::NAME, attribute::MARK]).map(str::to_owned).collect(),
        ..KindCapability::default()
    };
    let role = [
        attribute::DESCRIPTION,
        attribute::CLASSIFICATIONS,
        attribute::SEGMENTS,
        attribute::USER_TYPE,
        attribute::PERMISSIONS,
    ];
    let user = [attribute::DISPLAY_NAME, attribute::ROLE, attribute::USER_TYPE, attribute::ACTIVE];
    let kinds = [
        (Kind::Classification, kind(&[attribute::DESCRIPTION])),
        (Kind::Segment, kind(&[attribute::DESCRIPTION])),
        (Kind::UserType, kind(&[attribute::LICENSES])),
        (Kind::Role, kind(&role)),
        (Kind::User, kind(&user)),
    ];
    Capabilities { etag: true, patch: true, kinds: BTreeMap::from(kinds), ..Capabilities::default() }
}

fn letter(kind: Kind) -> char {
    match kind {
        Kind::Classification => 'c',
        Kind::Segment => 's',
        Kind::UserType => 't',
        Kind::Role => 'r',
        Kind::User => 'u',
    }
}

fn odd(at: usize) -> &'static str {
    if at.is_multiple_of(3) { ODD[at / 3 % ODD.len()] } else { "" }
}

/// A double-quoted YAML scalar; every JSON string is one.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("texts are JSON")
}

fn section_head(text: &mut String, section: &str, is_empty: bool) {
    line(text, 0, &format!("{section}:{}", if is_empty { " {}" } else { "" }));
}

fn line(text: &mut String, depth: usize, content: &str) {
    writeln!(text, "{:indent$}{content}", "", indent = depth * 2).expect("a String takes every text");
}
