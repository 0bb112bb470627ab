//! All files of a project, from their texts to findings and the desired state.

use rayon::prelude::*;

use super::built_in::with_spellings;
use super::desired::desired;
use super::file::Manifest;
use super::rules;
use super::schema::schema;
use super::set::Set;
use crate::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::document::{self, Schema};
use crate::platform::Pack;
use crate::source::{SourceId, Sources, Span};
use crate::state::{Desired, Kind};

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Files, the unreadable ones included.
    pub files: usize,
    /// Objects in them: vocabulary, roles, assignments and removals.
    pub objects: usize,
}

/// Reads all manifests of a project as one set. There is a desired state when nothing found is an
/// error; everything that is wrong is found at once.
#[must_use]
pub fn read(sources: &Sources, manifests: &[SourceId], pack: &Pack) -> (Option<Desired>, Diagnostics, Counts) {
    let schema = Schema::compile(&schema(pack)).expect("the generated schema of manifests compiles");
    let files: Vec<(Set, Diagnostics)> =
        manifests.par_iter().map(|&manifest| read_file(sources, manifest, &schema, pack)).collect();
    let mut found = Diagnostics::default();
    let mut set = Set::default();
    for (file, findings) in files {
        set.append(file);
        found.append(findings);
    }
    set.index(pack);
    found.append(rules::run(&set, pack));
    if let Some(&first) = manifests.first()
        && set.is_blank()
        && !found.has_errors()
    {
        let help = "an empty set would mean an empty platform; write what shall be there, beginning with `roles`";
        let message = "the manifests have nothing in them";
        found.push(Diagnostic::new(Code::EmptyProject, Span::top(first), message).help(help));
    }
    let counts = Counts { files: manifests.len(), objects: set.objects() };
    let desired = (!found.has_errors()).then(|| desired(set, pack, sources));
    (desired, found, counts)
}

/// Reads one file. The tree lives only as long as this.
fn read_file(sources: &Sources, manifest: SourceId, schema: &Schema, pack: &Pack) -> (Set, Diagnostics) {
    let (tree, mut found) = document::parse(sources, manifest);
    let Some(tree) = tree.filter(|tree| tree.root().kind() != document::Kind::Null) else {
        return (Set::default(), found);
    };
    let misfits = schema.check(&tree);
    let is_valid = !misfits.has_errors() && !found.has_errors();
    let manifest = document::read::<Manifest>(tree.root()).unwrap_or_else(|error| {
        if is_valid {
            // The schema and the types come from one source; a gap between them must not be silent.
            found.push(Diagnostic::new(Code::WrongType, error.span, "this cannot be read as a manifest"));
        }
        Manifest::default()
    });
    let set = Set::of_file(manifest, pack, &mut found);
    found.append(with_spellings(misfits, set.names(Kind::Role), pack));
    (set, found)
}
