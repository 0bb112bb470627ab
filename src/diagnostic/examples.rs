//! A wrong and a right file for each code, as `rolecall explain` shows them. Where files alone cause
//! the finding, the wrong one is a file under `examples/broken`, which a test validates; where it
//! takes a target, a comment says what is live.

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

/// The example of a code.
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
        Code::BadTable => (
            broken!("bad-table.csv"),
            "role,classifications,segments\nLoan Officer,Sales,Retail Mortgage\nBranch Manager,Manager,Insurance",
        ),
        Code::UnknownColumn => {
            (broken!("unknown-column.csv"), "role,classifications,segments\nLoan Officer,Sales,Retail Mortgage")
        }
        Code::TableCell => {
            (broken!("table-cell.csv"), "role,classifications,segments\nLoan Officer,Sales,Retail Mortgage")
        }
        Code::ReadAs => {
            (broken!("read-as.csv"), "role,classifications,segments\nLoan Officer,Sales,Credit Union – CRM")
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
        Code::LockedRole => (
            broken!("locked-role/manifests/roles.yaml"),
            "roles:\n  Report Reader: { class: Account, rank: User, permissions: [reports, users] }",
        ),
        Code::ReservedValues => {
            (broken!("reserved-values/manifests/roles.yaml"), "roles:\n  Head Office: { class: Account, rank: User }")
        }
        Code::PermissionBeyondType => (
            broken!("permission-beyond-type/manifests/roles.yaml"),
            "roles:\n  Reviewer:\n    user_type: AI member user\n    \
             permissions: { projects: [view], ai_drafting: [use] }",
        ),
        Code::ViewMissing => (
            broken!("view-missing/manifests/roles.yaml"),
            "roles:\n  Promoter: { class: Location, rank: User, permissions: { promotions: [view] } }",
        ),
        Code::CheaperUserType => (
            broken!("cheaper-user-type/manifests/roles.yaml"),
            "roles:\n  Reviewer:\n    user_type: Non-AI member user\n    \
             permissions: { projects: [view, respond], content_library: all }",
        ),
        Code::FileTooLarge => (
            "# One file of more than 256 MiB, such as a dump of millions of users.\nassignments:\n  u0000001@example.com: Loan Officer",
            "# One file for each branch, such as manifests/people/austin.yaml.\nassignments:\n  \
             u0000001@example.com: Loan Officer",
        ),
        Code::MoreFindings => (
            "# The first of thousands of lines with one and the same slip.\nassignments:\n  \
             u0000001@example.com: { rolle: Loan Officer }",
            "assignments:\n  u0000001@example.com: { role: Loan Officer }",
        ),
        other => with_target(other)?,
    };
    Some(Example { wrong, right })
}

/// The example of a code that only a target can cause: the files, and what is live in a comment.
fn with_target(code: Code) -> Option<(&'static str, &'static str)> {
    Some(match code {
        Code::UnknownRole => (
            "# On the target: the role Loan Officer.\nassignments:\n  ana@example.com: Loan Oficer",
            "# On the target: the role Loan Officer.\nassignments:\n  ana@example.com: Loan Officer",
        ),
        Code::StaleRow => (
            "# On the target: Loan Officer has the segments Insurance and Wholesale.\nbulk:\n  roles:\n    \
             Loan Officer:\n      segments: [Retail Mortgage]\n      expected: { segments: [Insurance] }",
            "# On the target: Loan Officer has the segments Insurance and Wholesale.\nbulk:\n  roles:\n    \
             Loan Officer:\n      segments: [Retail Mortgage]\n      expected: { segments: [Insurance, Wholesale] }",
        ),
        Code::NameCollision => (
            "# On the target: the roles `Loan Officer` and `LOAN OFFICER`.\nroles:\n  \
             Loan Officer: { description: Originates loans }",
            "# On the target: one of the two has been renamed to `Loan Officer (old)`.\nroles:\n  \
             Loan Officer: { description: Originates loans }",
        ),
        Code::ForeignOwner => (
            "# rolecall.yaml says `owner: acme`. On the target: Loan Officer with the mark umbrella:role/Loan Officer.\n\
             roles:\n  Loan Officer: { description: Originates loans }",
            "# The same file, applied with `--take-over \"role/Loan Officer\"` after talking to the other owner; or:\n\
             roles:\n  Acme Loan Officer: { description: Originates loans }",
        ),
        Code::HeldRole => (
            "# On the target: twelve users hold Temp.\nremoved:\n  roles: { Temp: }",
            "# On the target: twelve users hold Temp, and there is a role Loan Officer.\nremoved:\n  \
             roles: { Temp: { reassign_to: Loan Officer } }",
        ),
        Code::StillUsed => (
            "# On the target: our segment Wholesale, which the role Trader, in no file, still has.\n\
             segments: { Insurance: }",
            "# The role is managed too, so that nothing uses Wholesale any more.\nsegments: { Insurance: }\n\
             roles:\n  Trader: { segments: [Insurance] }",
        ),
        Code::NoSeat => (
            "# On the target: AI business user has one seat, and Ana has it.\nroles:\n  \
             Loan Officer: { user_type: AI business user }\nassignments:\n  ana@example.com: Loan Officer\n  \
             bo@example.com: Loan Officer",
            "# The seat goes from one to the other.\nroles:\n  Loan Officer: { user_type: AI business user }\n\
             assignments:\n  bo@example.com: Loan Officer\nremoved:\n  users: { ana@example.com: deactivate }",
        ),
        Code::CannotHold => (
            "# On the target: roles have no segments.\nroles:\n  Loan Officer: { segments: [Insurance] }",
            "# On the target: roles have no segments.\nroles:\n  Loan Officer: { description: Insures }",
        ),
        Code::SeveralRoles => (
            "# On the target: Ana holds Loan Officer and Underwriter.\nassignments:\n  ana@example.com: Loan Officer",
            "# On the target: Ana holds Loan Officer alone, as every user holds one role.\n\
             assignments:\n  ana@example.com: Loan Officer",
        ),
        Code::Degraded => (
            "# On the target: no ETags. Objects are read again just before they are written.\nroles:\n  \
             Loan Officer: { description: Originates loans }",
            "# On the target: ETags, which every write names.\nroles:\n  \
             Loan Officer: { description: Originates loans }",
        ),
        Code::Removals => (
            "# On the target: these three are half of six users, and `guards.min_population` is 5.\n\
             removed:\n  users:\n    ana@example.com: deactivate\n    bo@example.com: deactivate\n    cy@example.com: deactivate",
            "# The same file with `--allow removals=3`; or one user in each run:\nremoved:\n  \
             users: { ana@example.com: deactivate }",
        ),
        Code::RoleRemovals => (
            "# On the target: these three are three of ten roles.\nremoved:\n  roles: { Temp: , Intern: , Guest: }",
            "# The same file with `--allow role-removals=3`; or fewer in each run:\nremoved:\n  roles: { Temp: , Intern: }",
        ),
        Code::Changes => (
            "# On the target: ten roles, and the files change the descriptions of these four.\nroles:\n  \
             Loan Officer: { description: Originates }\n  Underwriter: { description: Decides }\n  \
             Processor: { description: Collects }\n  Closer: { description: Closes }",
            "# The same file with `--allow changes=4`; or fewer in each run:\nroles:\n  \
             Loan Officer: { description: Originates }\n  Underwriter: { description: Decides }",
        ),
        Code::PermissionRemovals => (
            "# On the target: Loan Officer is held and has ten permissions.\nroles:\n  \
             Loan Officer: { permissions: { campaigns: [view] } }",
            "# The same file with `--allow permission-removals=9`; or what it shall keep is written down:\nroles:\n  \
             Loan Officer:\n    permissions: { campaigns: [view, create, send], contacts: [view, create], loans: [view] }",
        ),
        Code::EmptyCollection => (
            "# On the target: two hundred users.\nassignments: {}",
            "# Without the section users are not looked at.\nroles:\n  Loan Officer: { description: Originates loans }",
        ),
        Code::SuspiciousRead => (
            "# On the target: the list of users is empty, while Loan Officer reports twelve holders.\n\
             assignments:\n  ana@example.com: Loan Officer",
            "# On the target: the token may see all users, so the list holds the twelve.\n\
             assignments:\n  ana@example.com: Loan Officer",
        ),
        Code::Administrators => (
            "# On the target: Ana and Bo are the only administrators, through the role Owner.\n\
             removed:\n  users: { ana@example.com: deactivate }",
            "# Somebody follows her first.\nassignments:\n  cy@example.com: Owner\n\
             removed:\n  users: { ana@example.com: deactivate }",
        ),
        Code::LockoutNeedsSeat => (
            "# On the target: Ana and Di are the only administrators, and AI business user has two seats, theirs.\n\
             roles:\n  Owner: { user_type: AI business user }\nassignments:\n  bo@example.com: Owner\n\
             removed:\n  users: { ana@example.com: deactivate }",
            "# One more seat: Bo takes it, and Ana goes after that.\n\
             user_types:\n  AI business user: { licenses: 3 }\n\
             roles:\n  Owner: { user_type: AI business user }\nassignments:\n  bo@example.com: Owner\n\
             removed:\n  users: { ana@example.com: deactivate }",
        ),
        Code::GuardOff => (
            "# rolecall.yaml, on a platform that does not say who is an administrator:\nversion: 1\nplatform: open",
            "# rolecall.yaml:\nversion: 1\nplatform: open\nadministrators: { roles: [Owner] }",
        ),
        Code::MoreThanStated => (
            "# On total-expert; the organization has enabled Retail Mortgage and Insurance.\n\
             segments: { Insurance: }",
            "# On total-expert; the organization has enabled Retail Mortgage and Insurance.\n\
             segments: { Retail Mortgage: , Insurance: }",
        ),
        Code::NeedsWord => (
            "# On total-expert; the live role has `campaigns: [view]`.\nroles:\n  Loan Officer:\n    \
             classifications: [Sales]\n    segments: [Insurance]\n    permissions: { campaigns: [view, send] }",
            "# The same file with `--acknowledge TICKET-17`; or a new role, which needs no word:\nroles:\n  \
             Campaign Sender:\n    classifications: [Sales]\n    segments: [Insurance]\n    \
             permissions: { campaigns: [view, send] }",
        ),
        Code::OwnCredential => (
            "# On the target: the token of this run is Ana's.\nremoved:\n  users: { ana@example.com: deactivate }",
            "# The same file, applied with the token of somebody who stays.\n\
             removed:\n  users: { ana@example.com: deactivate }",
        ),
        Code::SimilarAccount => (
            "# On the target: the user anna.diaz@example.com, whom no file names.\n\
             assignments:\n  ana.diaz@example.com: Loan Officer",
            "# On the target: the user anna.diaz@example.com, who is meant.\n\
             assignments:\n  anna.diaz@example.com: Loan Officer",
        ),
        Code::SpellingKept => (
            "# On the target: the role `Loan officer`, on a platform where names cannot change.\n\
             roles:\n  Loan Officer: { description: Originates loans }",
            "# On the target: the role `Loan officer`.\nroles:\n  Loan officer: { description: Originates loans }",
        ),
        Code::UnknownUser => (
            "# rolecall.yaml says `unknown_users: refuse`. On the target: no such user.\n\
             assignments:\n  ana@example.com: Loan Officer",
            "# rolecall.yaml says `unknown_users: create`, or Ana has an account already.\n\
             assignments:\n  ana@example.com: Loan Officer",
        ),
        Code::Unlisted => (
            "# rolecall.yaml says `unlisted: { roles: report }`. On the target: Loan Officer and Trader.\n\
             roles:\n  Loan Officer: { description: Originates loans }",
            "# The file names both.\nroles:\n  Loan Officer: { description: Originates loans }\n  \
             Trader: { description: Sells loans }",
        ),
        Code::UnlistedUnassigned => (
            "# rolecall.yaml says `unlisted: { users: deactivate }`.\nroles:\n  \
             Loan Officer: { description: Originates loans }",
            "# rolecall.yaml says `unlisted: { users: deactivate }`.\nroles:\n  \
             Loan Officer: { description: Originates loans }\nassignments:\n  ana@example.com: Loan Officer",
        ),
        Code::UnmetExpectation => (
            "# On total-expert; the organization has enabled Retail Mortgage alone.\n\
             segments: { Retail Mortgage: , Insurance: }",
            "# On total-expert; the organization has enabled Retail Mortgage alone.\nsegments: { Retail Mortgage: }",
        ),
        Code::Replace => (
            "# On bullseye, where `rank` cannot change; the live role has `rank: Admin`, and three users hold it.\n\
             roles:\n  Regional Rep: { class: Location, rank: User, permissions: { reports: [view] } }",
            "# The same file with `--allow-replace=3`; or what is live:\nroles:\n  \
             Regional Rep: { class: Location, rank: Admin, permissions: { reports: [view] } }",
        ),
        Code::Suspend => (
            "# On the target both user types are full; Ana is a Closer and Bo an Officer.\nassignments:\n  \
             ana@example.com: { role: Officer, active: true }\n  bo@example.com: { role: Closer, active: true }",
            "# The same file with `--allow-suspend=1`; or the two change places when a seat has come free:\n\
             assignments:\n  ana@example.com: Closer\n  bo@example.com: Officer",
        ),
        Code::NotReplaceable => (
            "# On bullseye, where `class` cannot change, on a target whose list of users cannot be read; the live\n\
             # role has `class: Location`.\n\
             roles:\n  Regional Rep: { class: Account, rank: User, permissions: { reports: [view] } }",
            "# The new role stands beside the old one, and users are moved by hand.\nroles:\n  \
             Regional Rep (account): { class: Account, rank: User, permissions: { reports: [view] } }",
        ),
        Code::NoSubscription => (
            "# On bullseye; the organization has not subscribed to User Management.\nroles:\n  \
             Regional Rep: { class: Account, rank: User, permissions: { reports: [view] } }",
            "# On bullseye; users can be given the roles that are there.\nassignments:\n  \
             ana@example.com: Location User",
        ),
        Code::BeyondAuthority => (
            "# On bullseye; the token of this run is Bo's, who holds Location Admin.\nassignments:\n  \
             ana@example.com: Account User",
            "# The same file, applied with the token of an Administrator; or what Bo may do:\nassignments:\n  \
             ana@example.com: Location User",
        ),
        Code::ImpossibleLive => (
            "# On total-expert; the live role Trader, in no file, has no classification.\nroles:\n  \
             Loan Officer: { classifications: [Sales], segments: [Insurance] }",
            "# The file declares it too, so that the plan puts it right.\nroles:\n  \
             Loan Officer: { classifications: [Sales], segments: [Insurance] }\n  \
             Trader: { classifications: [Sales], segments: [Insurance] }",
        ),
        Code::CatalogueDiffers => (
            "# On total-expert; the target's catalogue also lists the action `archive` of campaigns, which `all` takes in.\n\
             roles:\n  Campaign Owner:\n    classifications: [Sales]\n    segments: [Insurance]\n    \
             permissions: { campaigns: all }",
            "# What is listed by name means the same with either catalogue.\n\
             roles:\n  Campaign Owner:\n    classifications: [Sales]\n    segments: [Insurance]\n    \
             permissions: { campaigns: [view, create, modify, delete, send] }",
        ),
        Code::InterruptedReplacement => (
            "# On the target: `Regional Rep (new)` with the mark acme:role/Regional Rep#next, left by a run that was\n\
             # killed. The next apply of the same file goes on from there.\n\
             roles:\n  Regional Rep: { class: Account, rank: User, permissions: { reports: [view] } }",
            "# On the target: Regional Rep alone.\n\
             roles:\n  Regional Rep: { class: Account, rank: User, permissions: { reports: [view] } }",
        ),
        Code::TakenIn => (
            "# Planned with `--only user`. On the target: no role Regional Rep.\nroles:\n  \
             Regional Rep: { class: Account, rank: User, permissions: { reports: [view] } }\n\
             assignments:\n  ana@example.com: Regional Rep",
            "# Planned with `--only user`. On the target: the role Location User.\nassignments:\n  \
             ana@example.com: Location User",
        ),
        Code::BulkBySupport => (
            "# On total-expert; this is the first of thirty roles that get a segment more.\nroles:\n  \
             Loan Officer: { classifications: [Sales], segments: [Insurance, Wholesale] }",
            "# The same rows as a request to the vendor's support; or fewer in each run:\nroles:\n  \
             Loan Officer: { classifications: [Sales], segments: [Insurance, Wholesale] }",
        ),
        Code::OneByOne => (
            "# A bulk request, planned on total-expert with an administrator's token.\nbulk:\n  ticket: T-1041\n  roles:\n    \
             Loan Officer: { classifications: [Sales], segments: [Insurance] }\n    \
             Loan Manager: { classifications: [Manager], segments: [Insurance] }",
            "# The same, planned with the token of the vendor's support, or with `--one-by-one`.\nbulk:\n  ticket: T-1041\n  \
             roles:\n    Loan Officer: { classifications: [Sales], segments: [Insurance] }\n    \
             Loan Manager: { classifications: [Manager], segments: [Insurance] }",
        ),
        Code::ByBulk => (
            "# A bulk request, planned on total-expert with the token of the vendor's support.\nbulk:\n  ticket: T-1041\n  \
             roles:\n    Loan Officer: { classifications: [Sales], segments: [Insurance] }\n    \
             Loan Manager: { classifications: [Manager], segments: [Insurance] }",
            "# The same with `--bulk never` and `--one-by-one`: each role by a request of its own.\nbulk:\n  ticket: T-1041\n  \
             roles:\n    Loan Officer: { classifications: [Sales], segments: [Insurance] }\n    \
             Loan Manager: { classifications: [Manager], segments: [Insurance] }",
        ),
        Code::SeatsMiscounted => (
            "# On responsive; the target counts 12 used seats of AI business user, and lists 11 active users of it.\n\
             assignments:\n  ana@example.com: Manager (AI enabled)",
            "# On responsive; the token may see all users, so the list holds the twelve.\n\
             assignments:\n  ana@example.com: Manager (AI enabled)",
        ),
        Code::OrganizationUnknown => (
            "# On bullseye; the target has no resource that says what the organization has subscribed to.\nroles:\n  \
             Regional Rep: { class: Account, rank: User, permissions: { reports: [view] } }",
            "# On bullseye; the target says that it has subscribed to User Management.\nroles:\n  \
             Regional Rep: { class: Account, rank: User, permissions: { reports: [view] } }",
        ),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_lacks_an_example() {
        let without: Vec<&str> =
            Code::ALL.iter().filter(|code| example(**code).is_none()).map(|code| code.name()).collect();
        assert_eq!(without, [""; 0]);
    }
}
