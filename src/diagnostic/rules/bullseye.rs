//! The rules of Bullseye's document about its roles: the default ones, class and rank. A wrong and
//! a right file stand beside each that can be broken.

use super::super::rule::Held::{Construction, Files, NotChecked, Plan, Sandbox, With};
use super::super::rule::Rule;
use crate::diagnostic::Code;

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "R-BE-1",
        "the opening sentence",
        "Custom roles are there for people whom no default role fits, to give them more or less than those do.",
        &[NotChecked("it says what custom roles are for; whether one is needed only the organization knows")],
    )
    .no_manifest_case("no file can break a purpose")
    .no_request_case("no request can break a purpose"),
    Rule::new(
        "R-BE-2",
        "Requirements",
        "Custom roles take the subscription User Management.",
        &[Plan(Code::NoSubscription), Sandbox(403)],
    )
    .reading("C4", "without it nothing can be done with custom roles but read them and move their holders away")
    .example(
        "# On the target: the organization has no subscription.\nroles:\n  \
         Regional Rep: { class: Account, rank: User, permissions: [leads] }",
        "# On the target: the organization has no subscription. Default roles can be given all the same.\n\
         assignments:\n  rep@example.com: Account User",
    ),
    Rule::new(
        "R-BE-3",
        "the list of default roles",
        "Every organization has four default roles: Administrator, Account User, Location Admin, Location User.",
        &[With("R-BE-6"), With("R-BE-40"), Construction("the pack lists the four, and the sandbox starts with them")],
    )
    .example(
        "removed:\n  roles: { Location User: { reassign_to: Location Admin } }",
        "assignments:\n  dealer@example.com: Location User",
    ),
    Rule::new(
        "R-BE-4",
        "default roles",
        "Each default role comes with its permissions.",
        &[Construction("the pack lists them, and the sandbox starts with them")],
    ),
    Rule::new(
        "R-BE-5",
        "default roles, the two examples",
        "Two kinds of people no default role fits: a representative for a region, who works at the account level and \
         is no administrator, and a dealer's employee who edits a few fields of the own location.",
        &[Construction("both can be written as custom roles, and the example project has both")],
    ),
    Rule::new(
        "R-BE-6",
        "Create a Custom Role, Manage Roles",
        "The list of roles always shows the default roles.",
        &[Files(Code::LockedRole), Plan(Code::LockedRole), Sandbox(403)],
    )
    .reading("C6", "no default role can be deleted")
    .example(
        "removed:\n  roles: { Account User: { reassign_to: Administrator } }",
        "# What was made by hand can go.\nremoved:\n  roles: { Trial Rep: { reassign_to: Account User } }",
    ),
    Rule::new(
        "R-BE-7",
        "Create a Custom Role, default roles",
        "With the subscription, the name and the permissions of a default role can change, those of the Administrator \
         excepted.",
        &[Plan(Code::LockedRole), Plan(Code::NoSubscription), With("R-BE-15"), With("R-BE-22"), Sandbox(403)],
    )
    .reading("C7", "nothing else of them can, class and rank included")
    .example(
        "# On the target: Account User without a description.\nroles:\n  Account User: { description: Staff of the company }",
        "# Its name and its permissions.\nroles:\n  Office Staff: { previously: [Account User], permissions: [leads, reports] }",
    ),
    Rule::new(
        "R-BE-8",
        "Create a Custom Role, default roles",
        "Nothing of the Administrator role can be changed, with or without the subscription.",
        &[Files(Code::LockedRole), Plan(Code::LockedRole), Sandbox(403)],
    )
    .example(
        "roles:\n  Administrator: { permissions: [leads, reports] }",
        "roles:\n  Head of Sales: { class: Account, rank: User, permissions: [leads, reports] }",
    ),
    Rule::new(
        "R-BE-9",
        "Create a Custom Role, default roles",
        "The Administrator role has the master permission: everything there is, what is added later included.",
        &[With("R-BE-8"), Construction("its permissions are whatever the catalogue has, not a list")],
    )
    .example(
        "roles:\n  Administrator: { permissions: { all_except: [imports] } }",
        "assignments:\n  ana@example.com: Administrator",
    ),
    Rule::new(
        "R-BE-10",
        "Create a Custom Role, Add Role",
        "New roles can be added, each with its own permissions.",
        &[Construction("any role of the files that is none of the four is one; the sandbox takes it")],
    ),
    Rule::new(
        "R-BE-11",
        "Create a Custom Role, Name",
        "A role has a name.",
        &[Files(Code::BadFormat), Files(Code::DuplicateObject), Sandbox(400), Sandbox(409)],
    )
    .reading("C11", "it is no other role's, whatever its case and spaces, and that of a default role is taken")
    .example(
        "roles:\n  '  ': { class: Account, rank: User }",
        "roles:\n  Regional Rep: { class: Account, rank: User }",
    ),
    Rule::new(
        "R-BE-12",
        "Create a Custom Role, Description",
        "A role can have a brief description.",
        &[Construction("`description` is a text that may be left out")],
    )
    .reading("C1", "it is not required"),
    Rule::new(
        "R-BE-13",
        "Create a Custom Role, Class",
        "The class of a role is Account, for the company's own staff, who work with the account and with all \
         locations, or Location, for the staff of a dealer.",
        &[Files(Code::NotAllowed), Plan(Code::ImpossibleLive), Sandbox(400)],
    )
    .example(
        "roles:\n  Regional Rep: { class: Region, rank: User }",
        "roles:\n  Regional Rep: { class: Account, rank: User }",
    ),
    Rule::new(
        "R-BE-14",
        "Create a Custom Role, Class",
        "Whoever creates a role gives its class.",
        &[Files(Code::MissingKey), Plan(Code::ImpossibleLive), Sandbox(400)],
    )
    .example("roles:\n  Regional Rep: { rank: User }", "roles:\n  Regional Rep: { class: Account, rank: User }"),
    Rule::new(
        "R-BE-15",
        "Create a Custom Role, Class",
        "The class of a role never changes.",
        &[Files(Code::LockedRole), Plan(Code::Replace), Plan(Code::NotReplaceable), Sandbox(400)],
    )
    .reading("C7", "that of a default role neither")
    .example(
        "# A default role. A custom one would be replaced by a new role, which takes `--allow-replace=N`.\nroles:\n  \
         Location User: { class: Account }",
        "roles:\n  Office Clerk: { class: Account, rank: User }",
    ),
    Rule::new(
        "R-BE-16",
        "Create a Custom Role, Rank",
        "The rank of a role is Admin or User, given when it is created. It decides who adds and manages users of the \
         class.",
        &[Files(Code::NotAllowed), Files(Code::MissingKey), Plan(Code::ImpossibleLive), Sandbox(400)],
    )
    .example(
        "roles:\n  Regional Rep: { class: Account, rank: Manager }",
        "roles:\n  Regional Rep: { class: Account, rank: User }",
    ),
    Rule::new(
        "R-BE-17",
        "Create a Custom Role, Rank",
        "A role of rank Admin adds and manages users of its class, provided that it has the permission for users.",
        &[Plan(Code::BeyondAuthority), Sandbox(403)],
    )
    .reading("C2, C3", "without that permission no role does, whatever its class and rank")
    .example(
        "# The token is Lea's, whose role is of class Location and rank Admin.\n\
         assignments:\n  office@example.com: Account User",
        "# The token is Lea's, whose role is of class Location and rank Admin and has `users`.\n\
         assignments:\n  dealer@example.com: Location User",
    ),
    Rule::new(
        "R-BE-18",
        "Create a Custom Role, Rank",
        "A role of rank User does not add or manage users of its own class.",
        &[With("R-BE-19"), With("R-BE-20")],
    )
    .example(
        "# The token is Rex's, whose role is of class Account and rank User.\n\
         assignments:\n  office@example.com: Account User",
        "# The token is an Administrator's.\nassignments:\n  office@example.com: Account User",
    ),
    Rule::new(
        "R-BE-19",
        "Create a Custom Role, Rank",
        "A role of class Account and rank User adds and manages users of class Location, never of class Account.",
        &[Plan(Code::BeyondAuthority), Sandbox(403)],
    )
    .reading("C3", "provided that it has the permission for users")
    .example(
        "# The token is Rex's, whose role is of class Account and rank User.\n\
         assignments:\n  office@example.com: Account User",
        "# The token is Rex's, whose role is of class Account and rank User and has `users`.\n\
         assignments:\n  dealer@example.com: Location User",
    ),
    Rule::new(
        "R-BE-20",
        "Create a Custom Role, Rank",
        "A role of class Location and rank User adds and manages nobody.",
        &[Plan(Code::BeyondAuthority), Sandbox(403)],
    )
    .example(
        "# The token is Dee's, whose role is of class Location and rank User.\n\
         assignments:\n  dealer@example.com: Location User",
        "# The token is Lea's, whose role is of class Location and rank Admin and has `users`.\n\
         assignments:\n  dealer@example.com: Location User",
    ),
    Rule::new(
        "R-BE-21",
        "Create a Custom Role, default roles",
        "An Administrator adds and manages users of both classes.",
        &[Construction("the pack lists both, and everything is permitted to that role")],
    ),
    Rule::new(
        "R-BE-22",
        "Create a Custom Role, Rank",
        "The rank of a role never changes.",
        &[Files(Code::LockedRole), Plan(Code::Replace), Plan(Code::NotReplaceable), Sandbox(400)],
    )
    .reading("C7", "that of a default role neither")
    .example(
        "# A default role. A custom one would be replaced by a new role, which takes `--allow-replace=N`.\nroles:\n  \
         Location User: { rank: Admin }",
        "roles:\n  Branch Manager: { class: Location, rank: Admin }",
    ),
    Rule::new(
        "R-BE-23",
        "Create a Custom Role, Note",
        "There is one role of class Account and rank Admin: the Administrator role.",
        &[With("R-BE-24"), With("R-BE-40"), Construction("the pack reserves the two values for it")],
    )
    .reading("C5", "the role is one; any number of users may have it")
    .example(
        "roles:\n  Second Administrator: { class: Account, rank: Admin }",
        "assignments:\n  ana@example.com: Administrator\n  bo@example.com: Administrator",
    ),
    Rule::new(
        "R-BE-24",
        "Create a Custom Role, Note",
        "Another role of class Account and rank Admin cannot be created.",
        &[Files(Code::ReservedValues), Plan(Code::ImpossibleLive), Sandbox(400)],
    )
    .example(
        "roles:\n  Head of Sales: { class: Account, rank: Admin }",
        "roles:\n  Head of Sales: { class: Account, rank: User }",
    ),
    Rule::new(
        "R-BE-25",
        "Create a Custom Role, Note",
        "Every further role of class Account is of rank User.",
        &[With("R-BE-24")],
    )
    .example(
        "roles:\n  Regional Rep: { class: Account, rank: Admin }",
        "roles:\n  Regional Rep: { class: Account, rank: User }",
    ),
    Rule::new(
        "R-BE-26",
        "Create a Custom Role, Rank",
        "A custom role of class Location and rank Admin is allowed.",
        &[Construction("only class Account and rank Admin together are reserved")],
    ),
    Rule::new(
        "R-BE-27",
        "Create a Custom Role, the example",
        "The document's own example, the Regional Rep, is of class Account and rank User.",
        &[Construction("the example project has it, and it applies")],
    ),
];
