//! From what a request says to rows that mean something: the checks that all three forms share.
//!
//! Responsible for names of vocabularies whose values the pack lists, for what must be there
//! (R-TE-5, R-TE-6, R-TE-13, R-TE-14), and for one row to a role. Not responsible for what only a target
//! knows (`against`).

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::columns::{holds, is_needed};
use super::grid::is_space;
use super::names::{Known, Meaning};
use super::request::{Field, Form, Listed, Lists, Row, Table};
use super::wording::{few, ruled};
use crate::diagnostic::{Code, Diagnostic};
use crate::document::Findings;
use crate::document::Spanned;
use crate::platform::{Pack, Presence};
use crate::source::Span;
use crate::state::fold;

/// What a file says, whatever form it has.
#[derive(Debug, Default)]
pub(super) struct Said {
    pub rows: Vec<RawRow>,
    pub ticket: Option<Spanned<String>>,
    pub requested_by: Option<Spanned<String>>,
    /// The table, where it is one.
    pub table: Option<Table>,
}

/// A row as it is written.
#[derive(Debug)]
pub(super) struct RawRow {
    pub role: Spanned<String>,
    pub wanted: BTreeMap<Field, RawList>,
    pub expected: BTreeMap<Field, RawList>,
    /// The attributes that something was found about already, so that they are not missing, too.
    pub reported: BTreeSet<Field>,
}

/// A list of names as it is written.
#[derive(Debug)]
pub(super) struct RawList {
    pub items: Vec<Spanned<String>>,
    pub span: Span,
}

/// Checks the rows and takes them as what they mean.
pub(super) fn check(raw: Vec<RawRow>, form: Form, pack: &Pack, found: &mut Findings) -> Vec<Row> {
    let mut checker = Checker { pack, form, found, known: BTreeMap::new(), read_as: BTreeMap::new() };
    for field in Field::ALL {
        let values = &pack.vocabulary(field.section()).values;
        let spellings = values.iter().flat_map(|value| {
            let names = std::iter::once(&value.name).chain(&value.aliases);
            names.map(|name| (name.as_str(), value.name.as_str()))
        });
        checker.known.insert(field, Known::new(spellings));
    }
    let mut first: HashMap<String, Span> = HashMap::new();
    let rows = raw.into_iter().map(|row| checker.row(row, &mut first)).collect();
    checker.tell_spellings();
    rows
}

struct Checker<'a> {
    pack: &'a Pack,
    form: Form,
    found: &'a mut Findings,
    /// The canonical spelling of each value that the pack lists, by its spellings.
    known: BTreeMap<Field, Known<'a, &'a str>>,
    /// Spellings that are not the platform's: what each is taken for, where it is first, and how often.
    read_as: BTreeMap<(Field, String), (&'a str, Span, usize)>,
}

impl Checker<'_> {
    fn row(&mut self, raw: RawRow, first: &mut HashMap<String, Span>) -> Row {
        let RawRow { role, wanted, expected, reported } = raw;
        let role = role.map(|name| name.trim_matches(is_space).to_owned());
        let name_rule = self.pack.roles.name_rule.as_ref();
        if role.is_empty() {
            self.found
                .push(|| ruled(Diagnostic::new(Code::MissingKey, role.span, "this row names no role"), name_rule));
        } else if let Some(&first) = first.get(&*fold(&role)) {
            self.found.push(|| {
                let message = format!("role `{}` has two rows", role.value);
                Diagnostic::new(Code::DuplicateObject, role.span, message)
                    .help("keep one of the two: the number of rows is confirmed, and each row is one role")
                    .related(first, "the first row is here")
            });
        } else {
            first.insert(fold(&role).into_owned(), role.span);
        }
        for field in Field::ALL {
            let is_said = wanted.contains_key(&field) || reported.contains(&field);
            if !is_said && self.form == Form::Yaml && is_needed(self.pack, field) {
                let rule = self.pack.bulk.roles.as_ref().and_then(|rules| rules.complete_rule.as_ref());
                let message = format!("`{}` is missing in `{}`", field.attribute(), role.value);
                self.found.push(|| ruled(Diagnostic::new(Code::MissingKey, role.span, message), rule));
            }
        }
        if self.form == Form::Yaml
            && wanted.is_empty()
            && reported.is_empty()
            && !Field::ALL.iter().any(|&field| is_needed(self.pack, field))
        {
            let message = format!("role `{}` is asked for nothing", role.value);
            let help = "say its `classifications` or its `segments`";
            self.found.push(|| Diagnostic::new(Code::MissingKey, role.span, message).help(help));
        }
        let mut lists = |raw: BTreeMap<Field, RawList>, is_wanted: bool| {
            let mut lists = Lists::default();
            for (field, list) in raw {
                lists.put(field, Some(self.list(field, list, is_wanted, &role.value)));
            }
            lists
        };
        let (wanted, expected) = (lists(wanted, true), lists(expected, false));
        Row { role, wanted, expected }
    }

    fn list(&mut self, field: Field, raw: RawList, is_wanted: bool, role: &str) -> Listed {
        let name = field.attribute();
        let rules = self.pack.roles.attributes.get(name);
        if !holds(self.pack, field) && self.form == Form::Yaml {
            let message = format!("roles of {} have no {name}", self.pack.title);
            self.found
                .push(|| ruled(Diagnostic::new(Code::UnknownKey, raw.span, message), self.pack.roles.rule.as_ref()));
        }
        if let Some(rules) =
            rules.filter(|rules| is_wanted && rules.presence == Presence::Required && raw.items.is_empty())
        {
            let message = format!("`{name}` of role `{role}` must have at least 1 name");
            self.found.push(|| ruled(Diagnostic::new(Code::OutOfRange, raw.span, message), rules.rule.as_ref()));
        }
        let mut names: BTreeMap<String, Span> = BTreeMap::new();
        let mut folded: HashMap<String, Span> = HashMap::new();
        for item in raw.items {
            let meant = self.name(field, &item);
            if let Some(&first) = folded.get(&*fold(&meant)) {
                self.found.push(|| {
                    let finding =
                        Diagnostic::new(Code::EqualItems, item.span, format!("`{meant}` is in `{name}` already"));
                    ruled(finding, rules.and_then(|rules| rules.set_rule.as_ref()))
                        .help("remove one of the two; the list is a set")
                        .related(first, "first given here")
                });
                continue;
            }
            folded.insert(fold(&meant).into_owned(), item.span);
            names.insert(meant, item.span);
        }
        Listed { names: names.keys().cloned().collect(), span: raw.span, places: names }
    }

    /// The spelling that counts of a name, which is reported where it is none that the pack lists.
    fn name(&mut self, field: Field, item: &Spanned<String>) -> String {
        let vocabulary = self.pack.vocabulary(field.section());
        let name = item.value.as_str();
        if vocabulary.values.is_empty() {
            return name.to_owned();
        }
        let known = &self.known[&field];
        match known.find(name) {
            Meaning::Is(meant) => meant.to_owned(),
            Meaning::ReadAs(meant) => {
                let note = self.read_as.entry((field, name.to_owned())).or_insert((meant, item.span, 0));
                note.2 += 1;
                meant.to_owned()
            }
            Meaning::Several | Meaning::Nothing => {
                let form = self.form;
                self.found.push(|| {
                    let help = match (known.split_at_commas(name), known.near(name).first()) {
                        (Some(parts), _) => several(&parts, form),
                        (None, Some(near)) => format!("did you mean `{near}`?"),
                        (None, None) => {
                            format!("possible here: {}", few(vocabulary.values.iter().map(|value| value.name.as_str())))
                        }
                    };
                    let message = format!("there is no {} `{name}`", field.section().one());
                    ruled(Diagnostic::new(Code::NotAllowed, item.span, message), vocabulary.rule.as_ref()).help(help)
                });
                name.to_owned()
            }
        }
    }

    /// One note for each spelling, however often it is used.
    fn tell_spellings(&mut self) {
        for ((field, name), (meant, span, count)) in std::mem::take(&mut self.read_as) {
            let more = match count {
                1 => String::new(),
                2 => ", here and in one more place".to_owned(),
                count => format!(", here and in {} more places", count - 1),
            };
            let message = format!("{} `{name}` is taken for `{meant}`{more}", field.section().one());
            self.found.push(|| Diagnostic::new(Code::ReadAs, span, message));
        }
    }
}

/// How several names are written that stand with commas between them.
pub(super) fn several(names: &[&str], form: Form) -> String {
    match form {
        Form::Yaml => {
            format!("these are {} names: write `[{}]`, without quotes around all of it", names.len(), names.join(", "))
        }
        Form::Csv | Form::Xlsx => format!("these are {} names: write `{}`", names.len(), names.join("; ")),
    }
}
