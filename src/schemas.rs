//! The generated JSON Schemas, as the files under `schemas/`.
//!
//! Responsible for the list of them and their names. Not responsible for what is in them (each
//! room generates its own from its types) nor for writing them (`cli`).

use crate::platform::Pack;
use crate::{bulk, manifest, platform, project};

/// Every schema with the name of its file: one of manifests for each pack that is built in, one
/// of project files, one of packs, one of bulk requests. The texts are the same on every machine.
#[must_use]
pub fn generated_schemas() -> Vec<(String, String)> {
    let mut schemas = vec![
        ("bulk.schema.json".to_owned(), platform::schema_text(&bulk::schema())),
        ("pack.schema.json".to_owned(), platform::schema_text(&platform::schema())),
        ("project.schema.json".to_owned(), platform::schema_text(&project::schema())),
    ];
    for name in platform::built_in_names() {
        if let Some(pack) = platform::built_in(name) {
            schemas.push(of_manifests(&pack));
        }
    }
    schemas.sort();
    schemas
}

/// The schemas that a project of one platform needs: of its manifests and of project files.
#[must_use]
pub fn schemas_of(pack: &Pack) -> Vec<(String, String)> {
    vec![of_manifests(pack), ("project.schema.json".to_owned(), platform::schema_text(&project::schema()))]
}

fn of_manifests(pack: &Pack) -> (String, String) {
    (format!("{}.schema.json", pack.platform), platform::schema_text(&manifest::schema(pack)))
}
