//! States in, files out; and whatever comes out is read and planned again.

mod fields;
mod pulling;
mod updating;

use std::fmt::Write as _;

use crate::diagnostic::Severity;
use crate::manifest;
use crate::plan::{self, Plan, Policy};
use crate::platform::{self, Pack};
use crate::pull::{LeftOut, Options, Pulled, Split, UpdateOptions, Updated, files, update};
use crate::source::{SourceId, Sources};
use crate::state::{Attributes, Desired, Kind, Live, LiveObject, LiveUser, Value};

fn pack(name: &str) -> Pack {
    platform::built_in(name).expect("a pack of this build")
}

/// What files mean that are valid.
#[track_caller]
fn desired<'t>(texts: impl IntoIterator<Item = (&'t str, &'t str)>, pack: &Pack) -> Desired {
    let mut sources = Sources::default();
    let ids: Vec<SourceId> = texts.into_iter().map(|(path, text)| sources.add(path, text)).collect();
    let (desired, found, _) = manifest::read(&sources, &ids, pack);
    desired.unwrap_or_else(|| {
        let texts: Vec<_> = ids.iter().map(|&id| sources.text(id)).collect();
        panic!("{:#?}\n{}", found.sorted(), texts.join("\n"))
    })
}

/// The plan of what was pulled, against what it was pulled from.
#[track_caller]
fn plan_of(pulled: &Pulled, live: &Live, pack: &Pack, owner: Option<&str>) -> Plan {
    let texts = pulled.files.iter().map(|file| (file.path.as_str(), file.text.as_str()));
    let mut policy = Policy::default();
    policy.context.owner = owner.map(str::to_owned);
    plan::plan(&desired(texts, pack), live, pack, &policy)
}

/// Pulls in both ways; the files mean what is live.
#[track_caller]
fn pull(live: &Live, pack: &Pack, owner: Option<&str>) -> Pulled {
    for split in [Split::ByRole, Split::ByKind] {
        let pulled = files(live, pack, &Options { split, owner: owner.map(str::to_owned), schema: None });
        let plan = plan_of(&pulled, live, pack, owner);
        assert_eq!((&plan.changes[..], plan.manual.len(), &pulled.problems[..]), (&[][..], 0, &[][..]), "{pulled:#?}");
        let errors = plan.findings.iter().filter(|finding| finding.severity == Severity::Error);
        assert_eq!(errors.collect::<Vec<_>>(), Vec::<&plan::Finding>::new(), "{pulled:#?}");
        if split == Split::ByKind {
            return pulled;
        }
    }
    unreachable!("the last way returns")
}

/// All files in one text, and what was left out.
fn told(pulled: &Pulled) -> String {
    let mut text: String = pulled.files.iter().map(|file| format!("== {}\n{}", file.path, file.text)).collect();
    for LeftOut { address, attribute, reason, .. } in &pulled.left_out {
        let attribute = attribute.as_deref().map(|name| format!(" {name}")).unwrap_or_default();
        writeln!(text, "-- {address}{attribute}: {reason}").expect("written");
    }
    text
}

fn object(live: &mut Live, kind: Kind, name: &str, attributes: impl IntoIterator<Item = (&'static str, Value)>) {
    let objects = live.objects.entry(kind).or_default();
    let attributes: Attributes = attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let id = format!("{}{}", kind.word(), objects.len());
    objects.push(LiveObject { id, name: name.to_owned(), attributes, ..LiveObject::default() });
}

fn user(live: &mut Live, name: &str, roles: &[&str]) {
    let user = LiveUser {
        user_name: name,
        id: &format!("u-{name}"),
        version: "1",
        display_name: "",
        active: true,
        user_type: "",
        roles: roles.to_vec(),
    };
    live.users.push(&user);
}

/// An active user.
fn person<'a>(name: &'a str, role: &'a str) -> LiveUser<'a> {
    LiveUser {
        user_name: name,
        id: name,
        version: "1",
        display_name: "",
        active: true,
        user_type: "",
        roles: vec![role],
    }
}

/// A target of this platform that can hold everything and holds nothing.
fn empty() -> Live {
    let organization = crate::generator::Organization::default();
    organization.live()
}

/// Manifests with what they mean.
struct Files {
    desired: Desired,
    manifests: Vec<SourceId>,
}

impl Files {
    #[track_caller]
    fn of(texts: &[(String, String)], pack: &Pack) -> Self {
        let desired = desired(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())), pack);
        let manifests = desired.sources.ids().collect();
        Self { desired, manifests }
    }

    fn texts(&self) -> Vec<(String, String)> {
        let sources = &self.desired.sources;
        self.manifests.iter().map(|&id| (sources.path(id).to_owned(), sources.text(id).to_owned())).collect()
    }

    fn updated(&self, live: &Live, pack: &Pack, options: &UpdateOptions) -> (Vec<(String, String)>, Updated) {
        let updated = update(&self.desired, &self.manifests, live, pack, options);
        let mut texts = self.texts();
        for edit in &updated.edits {
            let text = texts.iter_mut().find(|(path, _)| *path == edit.path).expect("an edit is of a file");
            text.1.clone_from(&edit.after);
        }
        (texts, updated)
    }

    fn plan(&self, live: &Live, pack: &Pack) -> Plan {
        plan::plan(&self.desired, live, pack, &Policy::default())
    }
}
