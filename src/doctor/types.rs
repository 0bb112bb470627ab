//! The types that a platform has: which of them the target holds, whether their lists can be read
//! whole, and which of their attributes have no place there.
//!
//! Not responsible for how lists behave in detail (`lists`).

use std::collections::BTreeMap;

use super::checkup::{Announced, Area, Finding, Rows};
use super::page::Page;
use crate::plan::{counted, section};
use crate::platform::{CustomRole, Mutability, Pack, Presence, UserTypeSource, VocabularyMode};
use crate::remote::{Inspector, RemoteError};
use crate::state::{Kind, KindCapability, attribute};

/// The pages that a list may have to be read whole here. Every plan reads it, however many they are;
/// a check-up should not take as long as a plan of a million users. With the usual page size it is
/// 20,000 objects.
pub(super) const MOST_PAGES: u64 = 20;

/// How many objects of each kind the target says it has.
pub(super) type Totals = BTreeMap<Kind, u64>;

/// Looks at the types.
pub(super) async fn look(inspector: &Inspector, pack: &Pack, rows: &mut Rows) -> Result<Totals, RemoteError> {
    rows.area = Area::Discovery;
    documents(inspector, rows);
    rows.area = Area::Types;
    let mut totals = Totals::new();
    for kind in Kind::ALL.into_iter().rev().filter(|&kind| has(pack, kind)) {
        let Some(capability) = inspector.capabilities().kinds.get(&kind) else {
            missing(kind, rows);
            continue;
        };
        let first = inspector.first_page(kind, inspector.page_size()).await?;
        // Without a total there is no telling how many pages there are.
        let first = if inspector.reads_by_cursor() { Page::by_cursor(&first, 0) } else { Page::of(&first) };
        let announced = Announced::from(inspector.types().is_some());
        let (finding, seen, does) = match first {
            Ok(page) if page.total.div_ceil(page.len().max(1)) > MOST_PAGES && page.len() > 0 => {
                totals.insert(kind, page.total);
                let pages = page.total.div_ceil(page.len());
                let seen = format!("{}, not read whole here", counted(page.total, noun(kind)));
                (Finding::Unseen, seen, format!("every plan reads {}", counted(pages, "page")))
            }
            first => match inspector.whole(kind).await {
                Ok(count) => {
                    totals.insert(kind, count);
                    let seen = format!("{}, the list is whole", counted(count, noun(kind)));
                    (Finding::Kept, seen, does(pack, kind).to_owned())
                }
                Err(error) if error.is_of_credential() => return Err(error),
                Err(error) => {
                    totals.extend(first.as_ref().ok().map(|page| (kind, page.total)));
                    let seen = first.err().map_or_else(|| incomplete(&error), |why| format!("the list {why}"));
                    (Finding::Broken, seen, "refuses to plan: half a list could take access away".to_owned())
                }
            },
        };
        rows.push(finding, noun(kind).to_owned() + "s", announced, seen, does);
        attributes(pack, kind, capability, rows);
    }
    Ok(totals)
}

/// What a target says of itself, document by document.
fn documents(inspector: &Inspector, rows: &mut Rows) {
    let documents = [
        ("what it supports", inspector.config().is_some(), "re-reads before each write, and writes whole objects"),
        ("resource types", inspector.types().is_some(), "only users, at /Users; roles are names"),
        ("schemas", inspector.schemas().is_some(), "takes attributes from the platform's rules"),
    ];
    for (name, is_there, without) in documents {
        let (finding, seen, does) =
            if is_there { (Finding::Kept, "there", "goes by it") } else { (Finding::Fallback, "not there", without) };
        rows.push(finding, name, is_there, seen, does);
    }
}

/// Whether a platform has such objects.
fn has(pack: &Pack, kind: Kind) -> bool {
    section(kind).is_none_or(|section| pack.vocabulary(section).mode != VocabularyMode::Absent)
}

/// Whether the files decide which objects of a kind there are.
pub(super) fn is_managed(pack: &Pack, kind: Kind) -> bool {
    section(kind).is_none_or(|section| pack.vocabulary(section).mode == VocabularyMode::Managed)
}

fn does(pack: &Pack, kind: Kind) -> &'static str {
    if is_managed(pack, kind) { "reads and writes them" } else { "reads them; the vendor decides what there is" }
}

pub(super) fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::UserType => "user type",
        other => other.word(),
    }
}

fn missing(kind: Kind, rows: &mut Rows) {
    let (finding, does) = match kind {
        Kind::User => (Finding::Broken, "refuses every assignment"),
        Kind::Role => (Finding::Fallback, "a role is the name that users carry; the rest is left to a person"),
        Kind::UserType => (Finding::Fallback, "a type is the name that users carry; licences are left to a person"),
        Kind::Classification | Kind::Segment => (Finding::Fallback, "left to a person, as requests in the plan"),
    };
    rows.push(finding, noun(kind).to_owned() + "s", Announced::No, "not there", does);
}

fn incomplete(error: &RemoteError) -> String {
    match error {
        RemoteError::Incomplete { announced, arrived, restarts, .. } => {
            let ignored = if *restarts { "; `startIndex` is ignored" } else { "" };
            format!("{announced} announced, {arrived} arrived{ignored}")
        }
        RemoteError::Nameless { missing, .. } => format!("one has no `{missing}`"),
        other => other.to_string(),
    }
}

/// What the files can declare and the target cannot hold.
fn attributes(pack: &Pack, kind: Kind, capability: &KindCapability, rows: &mut Rows) {
    for Needed { name, is_required, can_change } in needed(pack, kind) {
        let capability_name = format!("{}: {name}", noun(kind));
        let is_immutable = capability.immutable.contains(name) && can_change;
        if capability.holds(name) && !is_immutable {
            continue;
        }
        let (seen, does) = match (is_immutable, kind) {
            (true, Kind::Role) => ("can be set only once", "replaces roles that differ, with --allow-replace"),
            (true, _) => ("can be set only once", "refuses plans that change it (cannot-hold)"),
            _ if capability.read_only.contains(name) => ("read only", "refuses plans that write it (cannot-hold)"),
            _ => ("no such attribute", "refuses plans that write it (cannot-hold)"),
        };
        let finding = if is_required && !is_immutable { Finding::Broken } else { Finding::Fallback };
        rows.push(finding, capability_name, capability.holds(name), seen, does);
    }
}

/// An attribute that the files can declare.
struct Needed<'p> {
    name: &'p str,
    /// Whether nothing of the kind can be written without it.
    is_required: bool,
    /// Whether the platform lets it change.
    can_change: bool,
}

fn needed(pack: &Pack, kind: Kind) -> Vec<Needed<'_>> {
    let one = |name, is_required| Needed { name, is_required, can_change: true };
    match kind {
        Kind::User => {
            let mut all =
                vec![one(attribute::ROLE, true), one(attribute::ACTIVE, false), one(attribute::DISPLAY_NAME, false)];
            if pack.users.user_type != UserTypeSource::None {
                all.push(one(attribute::USER_TYPE, false));
            }
            all
        }
        Kind::Role => {
            let is_changeable = pack.roles.custom_role == CustomRole::Changeable;
            let of_pack = pack.roles.attributes.iter().map(|(name, rules)| Needed {
                name,
                is_required: rules.presence == Presence::Required,
                can_change: is_changeable && rules.mutability != Mutability::Immutable,
            });
            let permissions = Needed {
                name: attribute::PERMISSIONS,
                is_required: pack.roles.permissions.presence == Presence::Required,
                can_change: is_changeable,
            };
            of_pack.chain([permissions]).collect()
        }
        Kind::UserType if is_managed(pack, kind) => vec![one(attribute::LICENSES, false)],
        Kind::Classification | Kind::Segment if is_managed(pack, kind) => vec![one(attribute::DESCRIPTION, false)],
        _ => Vec::new(),
    }
}
