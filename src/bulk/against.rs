//! A request against the live state: which roles are meant, what they have, and what cannot be.
//!
//! Responsible for what only a target knows: roles that exist (R-TE-25 to R-TE-27: none is ever made),
//! what is enabled (R-TE-15), what is expected. Not responsible for the difference and its guards (`plan`).

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::{HashMap, HashSet};

use super::names::{Known, Meaning};
use super::request::{Field, Listed, Lists, Request, Row};
use super::rows::several;
use super::wording::{few, ruled};
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::document::{Findings, more_in_file};
use crate::platform::Pack;
use crate::state::{Declared, Desired, DesiredObject, Kind, Live, LiveObject, Value, fold};

/// Names that are compared with a misspelt one, all misspelt names together: as many as take a tenth of a
/// second. Whose whole list of roles is wrong needs no hint for each of them.
const MAX_COMPARISONS: usize = 50_000;

/// What a request comes to on a target.
#[derive(Clone, Debug, Default)]
pub struct Against {
    /// What the rows want of roles that exist: those of [`Standing::AlreadyRight`] and
    /// [`Standing::Changes`].
    pub desired: Desired,
    /// What each row comes to, in the order of the request.
    pub rows: Vec<RowState>,
    /// Everything that was found, at the places of the request.
    pub found: Diagnostics,
}

/// What a row comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowState {
    /// The role as the target spells it; nothing where it is not there, or could be several.
    pub role: Option<String>,
    /// Whether there is something to do.
    pub standing: Standing,
}

/// Whether a row has something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The role has what the row wants.
    AlreadyRight,
    /// The role is to be changed.
    Changes,
    /// The row is not applied; the sentence says why, as the finding does.
    Wrong(String),
}

/// Holds a request to a live state.
#[must_use]
pub fn against(request: &Request, live: &Live, pack: &Pack) -> Against {
    let mut view = View::new(request, live, pack);
    let mut objects = BTreeMap::new();
    let mut rows = Vec::with_capacity(request.rows.len());
    for row in &request.rows {
        let (state, object) = view.row(row);
        rows.push(state);
        objects.extend(object.map(|object| (fold(&object.name).into_owned(), object)));
    }
    let desired = Desired {
        sources: request.sources.clone(),
        objects: BTreeMap::from([(Kind::Role, objects)]),
        // Nothing is ever removed by a request.
        removed_values: Some(BTreeSet::new()),
        ..Desired::default()
    };
    Against { desired, rows, found: view.finish() }
}

struct View<'a> {
    request: &'a Request,
    live: &'a Live,
    pack: &'a Pack,
    /// Live roles by name.
    roles: Known<'a, usize>,
    terms: BTreeMap<Field, Terms<'a>>,
    /// Live roles that a row is about, each with the first one.
    taken: HashMap<usize, &'a Row>,
    comparisons: usize,
    read_as: BTreeMap<(Field, &'a str), (&'a str, crate::source::Span, usize)>,
    found: Findings,
}

/// The live values of one vocabulary, where the target has such objects.
struct Terms<'a> {
    known: Known<'a, usize>,
    is_listed: bool,
    /// Folded names that are values of the vendor, with the folded canonical one.
    vendor: HashMap<String, String>,
}

impl<'a> View<'a> {
    fn new(request: &'a Request, live: &'a Live, pack: &'a Pack) -> Self {
        let named = |kind| live.objects(kind).iter().enumerate().map(|(index, object)| (object.name.as_str(), index));
        let terms = Field::ALL.map(|field| {
            let values = &pack.vocabulary(field.section()).values;
            let vendor = values.iter().flat_map(|value| {
                let spellings = std::iter::once(&value.name).chain(&value.aliases);
                spellings.map(|name| (fold(name).into_owned(), fold(&value.name).into_owned()))
            });
            let is_listed = live.capabilities.kinds.contains_key(&field.kind());
            (field, Terms { known: Known::new(named(field.kind())), is_listed, vendor: vendor.collect() })
        });
        Self {
            request,
            live,
            pack,
            roles: Known::new(named(Kind::Role)),
            terms: terms.into(),
            taken: HashMap::new(),
            comparisons: 0,
            read_as: BTreeMap::new(),
            found: Findings::default(),
        }
    }

    fn row(&mut self, row: &'a Row) -> (RowState, Option<DesiredObject>) {
        let index = match self.role(row) {
            Ok(index) => index,
            Err(why) => return (RowState { role: None, standing: Standing::Wrong(why) }, None),
        };
        let live = self.live;
        let role = &live.objects(Kind::Role)[index];
        let standing = self.standing(row, role);
        let object = match &standing {
            Standing::Wrong(_) => None,
            Standing::AlreadyRight | Standing::Changes => Some(DesiredObject {
                name: role.name.clone(),
                attributes: self.attributes(&row.wanted),
                span: Some(row.role.span),
                ..DesiredObject::default()
            }),
        };
        (RowState { role: Some(role.name.clone()), standing }, object)
    }

    /// The live role that a row means.
    fn role(&mut self, row: &'a Row) -> Result<usize, String> {
        let name = row.role.value.as_str();
        let index = match self.roles.find(name) {
            Meaning::Is(index) | Meaning::ReadAs(index) => index,
            Meaning::Several => {
                let message = format!("several live roles have names that mean `{name}`");
                let help = "they must be told apart on the target first";
                self.push(|| Diagnostic::new(Code::NameCollision, row.role.span, message.clone()).help(help));
                return Err(message);
            }
            Meaning::Nothing => {
                let message = format!("there is no role `{name}` on the target");
                let help = match self.near(name, None).first() {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "a request changes roles that exist, and makes none".to_owned(),
                };
                self.push(|| Diagnostic::new(Code::UnknownRole, row.role.span, message.clone()).help(help));
                return Err(message);
            }
        };
        if let Some(first) = self.taken.get(&index) {
            let message = format!("role `{}` has two rows", self.live.objects(Kind::Role)[index].name);
            let first = first.role.span;
            self.push(|| {
                Diagnostic::new(Code::DuplicateObject, row.role.span, message.clone())
                    .help("keep one of the two")
                    .related(first, "the first row is here")
            });
            return Err(message);
        }
        self.taken.insert(index, row);
        let role = &self.live.objects(Kind::Role)[index];
        if self.pack.roles.protected.iter().any(|protected| fold(protected) == fold(&role.name)) {
            let message = format!("role `{}` is above all that can be managed here", role.name);
            self.push(|| Diagnostic::new(Code::LockedRole, row.role.span, message.clone()).help("leave it out"));
            return Err(message);
        }
        Ok(index)
    }

    /// Live names that are near to one that is not there: roles, or those of a vocabulary.
    fn near(&mut self, name: &str, field: Option<Field>) -> Vec<&'a str> {
        let known = field.map_or(&self.roles, |field| &self.terms[&field].known);
        self.comparisons += known.len();
        if self.comparisons > MAX_COMPARISONS.max(known.len()) { Vec::new() } else { known.near(name) }
    }

    fn standing(&mut self, row: &'a Row, role: &LiveObject) -> Standing {
        let wrong: Vec<String> = Field::ALL
            .into_iter()
            .filter_map(|field| Some((field, row.wanted.get(field)?)))
            .flat_map(|(field, listed)| self.names(field, listed, role))
            .collect();
        if let Some(first) = wrong.into_iter().next() {
            return Standing::Wrong(first);
        }
        let differs = |lists: &Lists, view: &Self| {
            Field::ALL.into_iter().find(|&field| lists.get(field).is_some_and(|listed| !view.has(field, listed, role)))
        };
        if differs(&row.wanted, self).is_none() {
            return Standing::AlreadyRight;
        }
        let Some(field) = differs(&row.expected, self) else { return Standing::Changes };
        let expected = row.expected.get(field).expect("what differs is there");
        let is = shown(live_names(role, field));
        let message = format!(
            "`{}` of role `{}` was expected to be {}, and is {is} now",
            field.attribute(),
            role.name,
            shown(expected.names.iter().map(String::as_str)),
        );
        self.push(|| {
            Diagnostic::new(Code::StaleRow, expected.span, message.clone())
                .help("look at what has changed; if the row still holds, expect what is there now")
        });
        Standing::Wrong(message)
    }

    /// What is wrong with the names of a list, one sentence each.
    fn names(&mut self, field: Field, listed: &'a Listed, role: &LiveObject) -> Vec<String> {
        if !self.terms[&field].is_listed {
            return Vec::new();
        }
        let held: HashSet<String> = live_names(role, field).map(|name| self.key(field, name)).collect();
        let mut wrong = Vec::new();
        for name in &listed.names {
            let terms = &self.terms[&field];
            // What the role has already is the target's affair.
            if held.contains(&self.key(field, name)) {
                continue;
            }
            let found = terms.known.find(name);
            let vocabulary = self.pack.vocabulary(field.section());
            let (one, place) = (field.section().one(), listed.place(name));
            match found {
                Meaning::Is(index) | Meaning::ReadAs(index) if self.live.objects(field.kind())[index].is_enabled() => {
                    let live = self.live.objects(field.kind())[index].name.as_str();
                    if vocabulary.values.is_empty() && live != name {
                        self.read_as.entry((field, name)).or_insert((live, place, 0)).2 += 1;
                    }
                }
                Meaning::Several => {
                    let message = format!("several live {one}s have names that mean `{name}`");
                    self.push(|| Diagnostic::new(Code::NameCollision, place, message.clone()));
                    wrong.push(message);
                }
                Meaning::Nothing if !terms.vendor.contains_key(&*fold(name)) => {
                    let message = format!("there is no {one} `{name}` on the target");
                    let help = match terms.known.split_at_commas(name) {
                        Some(parts) => several(&parts, self.request.form),
                        None => match self.near(name, Some(field)).first() {
                            Some(near) => format!("did you mean `{near}`?"),
                            None => "declare it in a manifest and apply that first".to_owned(),
                        },
                    };
                    let rule = vocabulary.rule.as_ref();
                    self.push(|| ruled(Diagnostic::new(Code::UnknownName, place, message.clone()), rule).help(help));
                    wrong.push(message);
                }
                _ => {
                    let message = format!("{one} `{name}` is not enabled for this organization");
                    let enabled = self.live.objects(field.kind()).iter().filter(|object| object.is_enabled());
                    let rule = vocabulary.enabled_rule.as_ref();
                    self.push(|| {
                        let help = match few(enabled.map(|object| object.name.as_str())) {
                            none if none.is_empty() => {
                                "nothing is; the vendor enables what an organization uses".to_owned()
                            }
                            names => format!("enabled: {names}"),
                        };
                        ruled(Diagnostic::new(Code::NotEnabled, place, message.clone()), rule).help(help)
                    });
                    wrong.push(message);
                }
            }
        }
        wrong
    }

    /// What a name is compared by: folded, and where the vendor lists other spellings, the canonical one.
    fn key(&self, field: Field, name: &str) -> String {
        let folded = fold(name);
        let terms = &self.terms[&field];
        match terms.vendor.get(&*folded) {
            Some(canonical) => canonical.clone(),
            None => match terms.known.find(name) {
                Meaning::Is(index) | Meaning::ReadAs(index) => {
                    fold(&self.live.objects(field.kind())[index].name).into_owned()
                }
                Meaning::Several | Meaning::Nothing => folded.into_owned(),
            },
        }
    }

    fn has(&self, field: Field, listed: &Listed, role: &LiveObject) -> bool {
        let wanted: BTreeSet<String> = listed.names.iter().map(|name| self.key(field, name)).collect();
        wanted == live_names(role, field).map(|name| self.key(field, name)).collect()
    }

    fn attributes(&self, wanted: &Lists) -> BTreeMap<String, Declared> {
        let fields = Field::ALL.into_iter().filter_map(|field| Some((field, wanted.get(field)?)));
        let declared = fields.map(|(field, listed)| {
            let names = listed.names.iter().map(|name| self.spelling(field, name));
            (field.attribute().to_owned(), Declared { value: Value::names(names), span: Some(listed.span) })
        });
        declared.collect()
    }

    /// The target's spelling where it is the one that knows the names.
    fn spelling<'n>(&self, field: Field, name: &'n str) -> &'n str
    where
        'a: 'n,
    {
        if !self.pack.vocabulary(field.section()).values.is_empty() {
            return name;
        }
        match self.terms[&field].known.find(name) {
            Meaning::Is(index) | Meaning::ReadAs(index) => &self.live.objects(field.kind())[index].name,
            Meaning::Several | Meaning::Nothing => name,
        }
    }

    fn push(&mut self, make: impl FnOnce() -> Diagnostic) {
        self.found.push(make);
    }

    fn finish(mut self) -> Diagnostics {
        for ((field, name), (live, span, count)) in std::mem::take(&mut self.read_as) {
            let more = if count > 1 { format!(", here and in {} more", count - 1) } else { String::new() };
            let message = format!("{} `{name}` is taken for `{live}`{more}", field.section().one());
            self.found.push(|| Diagnostic::new(Code::ReadAs, span, message));
        }
        self.found.finish(more_in_file)
    }
}

/// The names that a live role has in one of the two.
pub(super) fn live_names(role: &LiveObject, field: Field) -> impl Iterator<Item = &str> {
    let value = role.attributes.get(field.attribute());
    let (many, one) = match value {
        Some(Value::Names(names)) => (Some(names), None),
        Some(Value::Text(name)) => (None, Some(name)),
        _ => (None, None),
    };
    many.into_iter().flatten().chain(one).map(String::as_str)
}

fn shown<'a>(names: impl Iterator<Item = &'a str>) -> String {
    match few(names) {
        none if none.is_empty() => "empty".to_owned(),
        names => names,
    }
}
