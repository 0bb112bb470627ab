//! The closed list of codes: everything that `rolecall explain` explains.

use super::Severity;

/// The first stage that can say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// `rolecall.yaml` and what it points to.
    Project,
    /// A platform pack.
    Pack,
    /// The text of a file: encoding, YAML, limits.
    Text,
    /// The shape of a file, by its schema.
    Schema,
    /// References and rules over all files together.
    Set,
    /// Files against the live state: only known with a target.
    Plan,
}

impl Stage {
    /// The stable name, one word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Pack => "pack",
            Self::Text => "text",
            Self::Schema => "schema",
            Self::Set => "set",
            Self::Plan => "plan",
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $name:literal $severity:ident $stage:ident $meaning:literal)*) => {
        /// A kind of finding. The name is stable: people search for it, silence it and allow it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "every variant is explained by its meaning in the table")]
        pub enum Code { $($variant,)* }

        impl Code {
            /// Every code, in the order in which stages find them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable name, in kebab case.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// How bad a finding of this code is.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// The first stage that can find it.
            #[must_use]
            pub fn stage(self) -> Stage {
                match self { $(Self::$variant => Stage::$stage,)* }
            }

            /// What it means, in a few sentences for the person who got it.
            #[must_use]
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

codes! {
    EmptyProject "empty-project" Error Project
        "The project has no manifest with anything in it. An empty set would mean an empty platform, which is never what is wanted."
    PatternWithoutMatch "pattern-without-match" Error Project
        "A path or a pattern under `manifests` matches no file. A typo here would leave files out without a word."
    UnknownPlatform "unknown-platform" Error Project
        "`platform` names no pack that this build carries and no pack file that exists."
    UnknownEnvironment "unknown-environment" Error Project
        "The environment that was asked for, or `default_environment`, is not among `environments`."
    BadSetting "bad-setting" Error Project
        "A setting has the right type but cannot be meant: a URL that is none, plain http to a host that is not this machine, a share above 100 %, a pattern of manifests that leaves the project's directory."
    BadPack "bad-pack" Error Pack
        "A platform pack contradicts itself."

    NotUtf8 "not-utf8" Error Text
        "The file is not UTF-8 text. Save it as UTF-8; the place is the first byte that is not."
    FileTooLarge "file-too-large" Error Text
        "The file is larger than what is read. Split it: all files of a project are one set."
    YamlSyntax "yaml-syntax" Error Text
        "The text is not YAML 1.2. Only the first such error of a file is known; what comes after it was not read."
    NestingLimit "nesting-limit" Error Text
        "Lists or maps are nested deeper than any manifest needs."
    AliasLimit "alias-limit" Error Text
        "Aliases expand to more values than the limit allows."
    SeveralDocuments "several-documents" Error Text
        "A second YAML document begins here. One file is one document; split the file."
    Tag "tag" Error Text
        "YAML tags are not used in these files. Quote the value if the exclamation mark belongs to it."
    MergeKey "merge-key" Error Text
        "Merge keys (`<<`) are not part of YAML 1.2. Write the keys out, or alias the whole value."
    KeyNotText "key-not-text" Error Text
        "A key must be a plain or quoted text."
    DuplicateKey "duplicate-key" Error Text
        "A key is given twice in one map. Other readers would keep one of the two without a word."
    MoreFindings "more-findings" Note Text
        "The file has more findings than are shown. Put the shown ones right first; one cause often has many."

    BadTable "bad-table" Error Text
        "The file cannot be read as a table of roles: it is no such file, it is too large, a quoted cell has no end, or it cannot be told which sheet or which row has the headings."

    WrongType "wrong-type" Error Schema
        "The value has another type than the one that is expected here."
    NullValue "null-value" Error Schema
        "A field has no value. It can be read in two ways: leave the field out to keep what is live, or write an empty list (or text) to empty it."
    UnknownKey "unknown-key" Error Schema
        "The key means nothing here. A misspelt key would otherwise be ignored without a word."
    MissingKey "missing-key" Error Schema
        "A required key is absent."
    NotAllowed "not-allowed" Error Schema
        "The value is not one of those that are possible here."
    BadFormat "bad-format" Error Schema
        "The text does not have the form that is needed here."
    OutOfRange "out-of-range" Error Schema
        "The number or length is outside of what is possible here."
    UnknownColumn "unknown-column" Error Schema
        "A column of the table means nothing here. A misspelt heading would otherwise be ignored without a word, and what is below it with it."
    TableCell "table-cell" Error Schema
        "What people see in this cell is not simply a text that somebody wrote into it: it is hidden or merged, a formula, a number, a date or an error, or it has no heading. Nothing is applied that nobody saw, and nothing is guessed."

    DuplicateObject "duplicate-object" Error Set
        "One object is given twice: in two files, or under two spellings that mean the same name. Names are compared without regard to case and runs of spaces."
    EqualItems "equal-items" Warning Set
        "A list of names holds one twice. Lists of names are sets; it counts once."
    ReadAs "read-as" Note Set
        "A name of a bulk request is spelled otherwise than the platform spells it, with other spaces, dashes, quotation marks or capitals, and is taken for that one. The note says which."
    UnknownName "unknown-name" Error Set
        "A role or an assignment names something that the files do not declare, or a bulk request something that the target does not have."
    NotEnabled "not-enabled" Error Set
        "A name that the platform knows, but that is not enabled for this organization: the files' own section, which states what is expected, does not list it, or the target does not have it."
    NoPermissions "no-permissions" Warning Set
        "The role has no permissions: its holders may do nothing. That is allowed, and seldom meant."
    RenameToItself "rename-to-itself" Error Set
        "`previously` names the role itself. A change of case or spaces alone needs no `previously`."
    PreviousNameShared "previous-name-shared" Error Set
        "Two roles say that they had the same name before. Only one can have been it."
    RenameCycle "rename-cycle" Error Set
        "Roles that take each other's names look the same before and after, so nobody could tell whether it is done. Go through a third name, in two runs."
    AssignedAndRemoved "assigned-and-removed" Error Set
        "The same role or user is both declared and listed under `removed`."
    RemovedRoleNamed "removed-role-named" Error Set
        "An assignment, or a `reassign_to`, names a role that the same files remove."
    ReassignCycle "reassign-cycle" Error Set
        "`reassign_to` names the removed role itself. Its holders need another role."
    UserTypeMismatch "user-type-mismatch" Error Set
        "`user_type` in an assignment is a check: it must be the type that the role is mapped to."
    NoCatalogue "no-catalogue" Error Set
        "`all` and `all_except` need a catalogue of permissions to expand against, and this platform has none. List the actions."
    LockedRole "locked-role" Error Set
        "A role that the platform has brought along would be deleted, or changed in something that cannot be changed of it; or a role is named that is above all that can be managed."
    ReservedValues "reserved-values" Error Set
        "These values together only one role has, and the platform has brought it along. No other role can have them."
    PermissionBeyondType "permission-beyond-type" Error Set
        "The role grants what a role of its user type cannot grant. Nothing is dropped without a word: either the permission goes, or the role is mapped to another type."
    ViewMissing "view-missing" Error Set
        "On this platform a functionality is on or off: with `view` every action of it can be used, and none without. The role has another action and not `view`."
    CheaperUserType "cheaper-user-type" Warning Set
        "What the role grants, a role of a cheaper user type could grant as well. Each holder takes a licence of the dearer one."

    UnknownRole "unknown-role" Error Plan
        "A role is named in no file, in no pack and not on the target. A bulk request changes roles that exist and makes none."
    StaleRow "stale-row" Error Plan
        "A row of a bulk request says what its role is expected to have now, and the role has something else: somebody has changed it since the request was written. The row is not applied."
    NameCollision "name-collision" Error Plan
        "Two live objects have names that mean the same. Neither is touched until they are told apart on the target."
    ForeignOwner "foreign-owner" Error Plan
        "The live object carries the mark of another owner."
    HeldRole "held-role" Error Plan
        "A role that is removed still has holders. Say in `removed` which role they get: `reassign_to`."
    StillUsed "still-used" Note Plan
        "A classification, segment or user type carries our mark and is in no file any more, but something on the target still uses it. It stays until nothing does."
    NoSeat "no-seat" Error Plan
        "A user type has fewer seats than the plan needs at its end, or no order of the moves keeps within them."
    CannotHold "cannot-hold" Error Plan
        "The target announces no place for this. What cannot be held is refused before anything is written."
    SeveralRoles "several-roles" Warning Plan
        "A live user holds no role, or several. The plan writes the one that the files give."
    Degraded "degraded" Note Plan
        "The target lacks a capability. The note says what is done instead."
    Removals "removals" Error Plan
        "The plan takes access away from more users than `guards.max_removed` allows, or from more than 50."
    RoleRemovals "role-removals" Error Plan
        "The plan deletes a larger share of the roles than `guards.max_removed` allows, or more than five."
    Changes "changes" Error Plan
        "The plan changes a larger share of the roles than `guards.max_changed` allows."
    PermissionRemovals "permission-removals" Error Plan
        "A role that people hold loses more than half of its permissions."
    EmptyCollection "empty-collection" Error Plan
        "A section of the files is empty while the target holds such objects."
    SuspiciousRead "suspicious-read" Error Plan
        "The target answered with no users at all although its roles report holders. A read that went wrong looks like that, and a plan from it would take everybody for new."
    Administrators "administrators" Error Plan
        "The plan leaves fewer active administrators than `guards.min_administrators`."
    LockoutNeedsSeat "lockout-needs-seat" Error Plan
        "An administrator can only go after another one has come, who can only come to the seat that the first one leaves. No order keeps both the seats and the number of administrators."
    GuardOff "guard-off" Note Plan
        "A guard cannot work because it was not told what it needs. The note names what is missing."

    MoreThanStated "more-than-stated" Note Plan
        "The target has enabled more, or holds more licences, than the files state. Nothing is wrong; the files could be brought up to date."
    NeedsWord "needs-word" Error Plan
        "A change that somebody should have agreed to: the permissions of an existing role where the platform advises against changing them, or taking all of them from a role that people hold. `--acknowledge TEXT` lets it pass; the text says who agreed or which ticket it was, and is kept in the plan."
    OwnCredential "own-credential" Error Plan
        "The user whose credential this run uses would lose the account, the right to administer or that of managing users, and with it the way back."
    SimilarAccount "similar-account" Error Plan
        "A new account is spelled almost like a live user whom no file assigns. Mostly that is a slip, and the live user is meant."
    SpellingKept "spelling-kept" Note Plan
        "A name differs from the live one in nothing but capital letters or spaces, and cannot be changed. Nothing is written for it."
    UnknownUser "unknown-user" Error Plan
        "An assigned user is not on the target, and the project says `unknown_users: refuse`."
    Unlisted "unlisted" Note Plan
        "A live role or user is in no file. The project says that such are reported."
    UnlistedUnassigned "unlisted-unassigned" Error Plan
        "`unlisted.users: deactivate` without a section `assignments` would shut out everybody."
    Replace "replace" Error Plan
        "Something that cannot change differs, so that the role would be replaced by a new one and its holders moved. `--allow-replace=N` lets it happen, N being the number of holders."
    Suspend "suspend" Error Plan
        "Users change places and no seat is free, so that one of them is shut out of their account first and let in again, as what they shall be, when the others have moved. `--allow-suspend=N` lets it happen, N being how many; only somebody whose assignment says `active: true` is chosen, so that a run that ends between the two is completed by the next one. Without it the plan is refused as `no-seat`, whose help names who would be chosen."
    NotReplaceable "not-replaceable" Error Plan
        "Something that cannot change differs, and this role cannot be replaced by a new one."
    NoSubscription "no-subscription" Error Plan
        "The organization has not subscribed to what this change needs. Without it roles can be read, and their holders moved away, and nothing else."
    BeyondAuthority "beyond-authority" Error Plan
        "The user whose credential this run uses may not add or manage the users whom the plan would change."
    ImpossibleLive "impossible-live" Warning Plan
        "The target holds something that its platform calls impossible. The plan says which object it is; what the files declare of it is put right where the platform allows it."
    CatalogueDiffers "catalogue-differs" Warning Plan
        "The target's catalogue of permissions is not the one that the pack has. The target's counts: `all` is what it lists."
    InterruptedReplacement "interrupted-replacement" Note Plan
        "A role that was to take the place of another one, or gave its holders a place for a while, was left by a run that did not end. The plan brings it to its end."
    TakenIn "taken-in" Note Plan
        "A step needs an object that the selectors leave out. It is made, and nothing else of it is changed."
    BulkBySupport "bulk-by-support" Warning Plan
        "Many roles would be changed one by one. The vendor's support can do the same with one request."
    OneByOne "one-by-one" Error Plan
        "The platform leaves a bulk update of roles to the vendor's support, and this run would change the roles of a bulk request one after the other instead: the credential is no support's, the target takes no bulk requests, or `--bulk never` was said. That is allowed, and slower, and leaves the first ones changed when a later one fails. `--one-by-one` says that it is meant."
    ByBulk "by-bulk" Note Plan
        "The roles of a bulk request are changed together, by SCIM Bulk, as the platform lets the vendor's support do it."
    SeatsMiscounted "seats-miscounted" Warning Plan
        "The target counts more or fewer used seats of a user type than the users that it lists take. The plan goes by the target's count."
    OrganizationUnknown "organization-unknown" Warning Plan
        "The target does not say what the organization has subscribed to, or what this credential may do, or says it in a word that the pack does not have. What depends on it could not be checked."
    UnmetExpectation "unmet-expectation" Error Plan
        "The files state a value or a number of licences that the target does not have. What the files state of such a vocabulary is never written: either the files or the organization must change."
}

impl Code {
    /// The code with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Code;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_kebab_case_and_found_again() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            assert!(code.name().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{code}");
            assert_eq!(Code::from_name(code.name()), Some(*code));
            assert!(code.meaning().ends_with('.'), "{code}: the meaning is sentences");
        }
    }
}
