//! A wrong and a right file for each code that files alone can cause, as `rolecall explain` shows
//! them. The wrong ones are the files under `examples/broken`, each of which a test validates.

use super::Code;

/// A wrong file and the same file put right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// A file that causes the finding.
    pub wrong: &'static str,
    /// The same file without it.
    pub right: &'static str,
}

macro_rules! broken {
    ($path:literal) => {
        include_str!(concat!("../../examples/broken/", $path))
    };
}

/// The example of a code. There is none for codes that need a target, nor for those that only a
/// file of great length can cause.
#[must_use]
pub fn example(code: Code) -> Option<Example> {
    let (wrong, right) = match code {
        Code::EmptyProject => {
            (broken!("empty-project/manifests/later.yaml"), "roles:\n  Loan Officer: { description: Originates loans }")
        }
        Code::PatternWithoutMatch => (
            broken!("pattern-without-match/rolecall.yaml"),
            "version: 1\nplatform: open\nmanifests: [\"manifests/*.yaml\", \"manifests/people/*.yaml\"]",
        ),
        Code::UnknownPlatform => (broken!("unknown-platform/rolecall.yaml"), "version: 1\nplatform: open"),
        Code::UnknownEnvironment => (
            broken!("unknown-environment/rolecall.yaml"),
            "version: 1\nplatform: open\ndefault_environment: staging\nenvironments:\n  \
             staging: { target: { url: https://staging.example.com/scim/v2 } }",
        ),
        Code::BadSetting => (
            broken!("bad-setting/rolecall.yaml"),
            "version: 1\nplatform: open\n\
             target: { url: https://roles.example.com/scim/v2, token: { env: ROLECALL_TOKEN } }",
        ),
        Code::BadPack => (
            broken!("bad-pack/pack.yaml"),
            "# The same pack with the values that the vendor offers:\nvocabularies:\n  \
             segments: { mode: closed, values: [{ name: Retail Mortgage }, { name: Insurance }] }",
        ),
        Code::NotUtf8 => (
            "# Written in Latin-1, where one byte (E9) is an e with an accent.\nroles:\n  Caf\u{fffd} Manager: { description: Runs the bar }",
            "# Saved as UTF-8.\nroles:\n  Café Manager: { description: Runs the bar }",
        ),
        Code::YamlSyntax => {
            (broken!("yaml-syntax.yaml"), "roles:\n  Loan Officer: { segments: [Retail Mortgage, Insurance] }")
        }
        Code::NestingLimit => (broken!("nesting-limit.yaml"), "roles:\n  Loan Officer: { segments: [Insurance] }"),
        Code::AliasLimit => (
            broken!("alias-limit.yaml"),
            "# One alias for a list that several roles share is what they are for.\nroles:\n  \
             Loan Officer: { segments: &lending [Retail Mortgage, Insurance] }\n  \
             Underwriter: { segments: *lending }",
        ),
        Code::SeveralDocuments => (
            broken!("several-documents.yaml"),
            "roles:\n  Loan Officer: { description: Originates loans }\n  \
             Underwriter: { description: Decides on applications }",
        ),
        Code::Tag => (broken!("tag.yaml"), "roles:\n  Loan Officer: { description: \"!Originates loans\" }"),
        Code::MergeKey => (
            broken!("merge-key.yaml"),
            "roles:\n  Loan Officer: { segments: &lending [Retail Mortgage] }\n  \
             Senior Loan Officer: { segments: *lending, description: Originates large loans }",
        ),
        Code::KeyNotText => (
            broken!("key-not-text.yaml"),
            "assignments:\n  ana@example.com: Loan Officer\n  bo@example.com: Loan Officer",
        ),
        Code::DuplicateKey => {
            (broken!("duplicate-key.yaml"), "roles:\n  Loan Officer: { description: Originates and sells loans }")
        }
        Code::WrongType => (broken!("wrong-type.yaml"), "roles:\n  Loan Officer: { segments: [Retail Mortgage] }"),
        Code::NullValue => (
            broken!("null-value.yaml"),
            "# Empty, so that the role has no segments. Left out, the key would keep those it has.\nroles:\n  \
             Loan Officer: { segments: [] }",
        ),
        Code::UnknownKey => (broken!("unknown-key.yaml"), "roles:\n  Loan Officer: { description: Originates loans }"),
        Code::MissingKey => {
            (broken!("missing-key.yaml"), "assignments:\n  ana@example.com: { role: Loan Officer, name: Ana Diaz }")
        }
        Code::NotAllowed => (broken!("not-allowed.yaml"), "removed:\n  users: { ana@example.com: deactivate }"),
        Code::BadFormat => {
            (broken!("bad-format.yaml"), "roles:\n  Loan Officer: { permissions: { campaigns: [view] } }")
        }
        Code::OutOfRange => (broken!("out-of-range.yaml"), "user_types:\n  AI business user: { licenses: 40 }"),
        Code::DuplicateObject => (broken!("duplicate-object.yaml"), "assignments:\n  ana@example.com: Branch Manager"),
        Code::EqualItems => {
            (broken!("equal-items.yaml"), "roles:\n  Loan Officer: { segments: [Insurance, Retail Mortgage] }")
        }
        Code::UnknownName => (
            broken!("unknown-name.yaml"),
            "segments: { Retail Mortgage: , Insurance: }\nroles:\n  Loan Officer: { segments: [Retail Mortgage] }",
        ),
        Code::NotEnabled => (
            broken!("not-enabled/manifests/roles.yaml"),
            "segments: { Retail Mortgage: , Insurance: }\nroles:\n  \
             Account Executive: { classifications: [Sales], segments: [Insurance] }",
        ),
        Code::NoPermissions => (
            broken!("no-permissions/manifests/roles.yaml"),
            "roles:\n  Guest: { classifications: [Support], segments: [Insurance], permissions: { reports: [view] } }",
        ),
        Code::RenameToItself => (broken!("rename-to-itself.yaml"), "roles:\n  Loan Officer: { previously: [LO] }"),
        Code::PreviousNameShared => (
            broken!("previous-name-shared.yaml"),
            "roles:\n  Loan Officer: { previously: [LO] }\n  Senior Loan Officer:",
        ),
        Code::RenameCycle => (
            broken!("rename-cycle.yaml"),
            "# First this. When it is applied, `Loan Officer` can be the previous name of `Senior Loan Officer`,\n\
             # and then `Former Senior Loan Officer` that of `Loan Officer`.\nroles:\n  \
             Former Senior Loan Officer: { previously: [Senior Loan Officer] }",
        ),
        Code::AssignedAndRemoved => {
            (broken!("assigned-and-removed.yaml"), "removed:\n  users: { ana@example.com: deactivate }")
        }
        Code::RemovedRoleNamed => (
            broken!("removed-role-named.yaml"),
            "assignments:\n  ana@example.com: Loan Officer\nremoved:\n  \
             roles: { Temp: { reassign_to: Loan Officer } }",
        ),
        Code::ReassignCycle => {
            (broken!("reassign-cycle.yaml"), "removed:\n  roles: { Temp: { reassign_to: Loan Officer } }")
        }
        Code::UserTypeMismatch => (
            broken!("user-type-mismatch.yaml"),
            "roles:\n  Loan Officer: { user_type: AI member }\nassignments:\n  ana@example.com: Loan Officer",
        ),
        Code::NoCatalogue => {
            (broken!("no-catalogue.yaml"), "roles:\n  Owner: { permissions: { users: [view, create, edit, delete] } }")
        }
        _ => return None,
    };
    Some(Example { wrong, right })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Stage;

    #[test]
    fn every_code_that_a_small_file_can_cause_has_an_example() {
        let without: Vec<&str> = Code::ALL
            .iter()
            .filter(|code| code.stage() < Stage::Plan && example(**code).is_none())
            .map(|code| code.name())
            .collect();
        assert_eq!(without, ["file-too-large", "more-findings"]);
        assert!(Code::ALL.iter().all(|code| code.stage() < Stage::Plan || example(*code).is_none()));
    }
}
