//! The packs that this build carries.

use super::Pack;
use crate::document;
use crate::source::Sources;

/// By name, with the text of the pack.
const PACKS: &[(&str, &str)] = &[
    ("bullseye", include_str!("../../packs/bullseye.yaml")),
    ("open", include_str!("../../packs/open.yaml")),
    ("responsive", include_str!("../../packs/responsive.yaml")),
    ("total-expert", include_str!("../../packs/total-expert.yaml")),
];

/// The names of the packs that this build carries.
pub fn built_in_names() -> impl Iterator<Item = &'static str> {
    PACKS.iter().map(|(name, _)| *name)
}

/// The pack of this name, if this build carries it.
#[must_use]
pub fn built_in(name: &str) -> Option<Pack> {
    let (_, text) = PACKS.iter().find(|(known, _)| *known == name)?;
    let mut sources = Sources::default();
    let source = sources.add(format!("packs/{name}.yaml"), *text);
    // Not `read_pack`: compiling the schema costs milliseconds at every start, and a test has
    // already held every pack that is built in to it.
    let (tree, _) = document::parse(&sources, source);
    let pack = document::read(tree.expect("a built-in pack is YAML").root());
    Some(pack.expect("a built-in pack has the shape of a pack"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::read_pack;

    #[test]
    fn every_pack_that_is_built_in_has_its_own_name_and_no_contradiction() {
        for (name, text) in PACKS {
            let mut sources = Sources::default();
            let source = sources.add(format!("packs/{name}.yaml"), *text);
            let (pack, findings) = read_pack(&sources, source);
            assert_eq!(findings.sorted(), [], "{name}");
            let pack = pack.expect("a pack without findings");
            assert_eq!(pack.platform, *name);
            assert_eq!(built_in(name), Some(pack));
        }
        assert_eq!(built_in("closed"), None);
    }

    #[test]
    fn the_digest_depends_on_what_a_pack_says_alone() {
        let pack = built_in("open").expect("it is built in");
        let same: Pack = serde_json::from_str(&serde_json::to_string(&pack).expect("JSON")).expect("a pack");
        let other = Pack { title: "Other".into(), ..pack.clone() };
        assert_eq!(pack.digest(), same.digest());
        assert_ne!(pack.digest(), other.digest());
        assert_eq!(pack.digest().len(), 64);
    }
}
