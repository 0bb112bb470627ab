//! The rules of Bullseye's document about permissions, about giving roles to users, and about
//! deleting roles. A wrong and a right file stand beside each that can be broken.

use super::super::rule::Held::{Construction, Files, Plan, Sandbox, Unnamed};
use super::super::rule::Rule;
use crate::diagnostic::Code;

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "R-BE-28",
        "Create a Custom Role, the example",
        "A role is saved with what is required of it first; its permissions are set after that.",
        &[Construction("a new role takes two steps, and whatever needs the role waits for the second"), Sandbox(400)],
    ),
    Rule::new(
        "R-BE-29",
        "Create a Custom Role, permission entities",
        "What permissions are for is of two kinds: locations and functionalities.",
        &[Construction("each entity of the catalogue is of one of the two kinds, and has no other")],
    ),
    Rule::new(
        "R-BE-30",
        "Create a Custom Role, permission entities, Location",
        "A location can be added, modified, viewed and deleted.",
        &[Construction("the catalogue lists the four actions, and another one is `not-allowed`"), Unnamed(400)],
    ),
    Rule::new(
        "R-BE-31",
        "Create a Custom Role, permission entities, Location",
        "Adding, modifying and viewing a location can be limited to some of its fields; deleting cannot.",
        &[Files(Code::NotAllowed), Sandbox(400)],
    )
    .reading("C10", "fields limit an action that the role has; there are none without it")
    .example(
        "roles:\n  Dealer Staff:\n    class: Location\n    rank: User\n    \
         permissions: { locations: { view: all, delete: [phone] } }",
        "roles:\n  Dealer Staff:\n    class: Location\n    rank: User\n    \
         permissions: { locations: { view: all, modify: [phone, hours] } }",
    ),
    Rule::new(
        "R-BE-32",
        "Create a Custom Role, permission entities, Functionality",
        "A functionality stands for something that the user can work with, such as promotions.",
        &[Construction("an entity without fields is one; the catalogue names them")],
    ),
    Rule::new(
        "R-BE-33",
        "Create a Custom Role, permission entities, Functionality",
        "Whoever can view a functionality can do everything with it.",
        &[
            Files(Code::ViewMissing),
            Plan(Code::ViewMissing),
            Construction("`view` and all actions together are one and the same"),
            Sandbox(400),
        ],
    )
    .reading("C9", "a functionality is on or off: another action without `view` cannot be had")
    .example(
        "roles:\n  Regional Rep: { class: Account, rank: User, permissions: { promotions: [add] } }",
        "roles:\n  Regional Rep: { class: Account, rank: User, permissions: { promotions: [view] } }",
    ),
    Rule::new(
        "R-BE-34",
        "Create a Custom Role, permission entities",
        "A new role has no permissions until some are set.",
        &[
            Files(Code::NoPermissions),
            Plan(Code::NoPermissions),
            Construction("nothing is granted that is not written"),
        ],
    )
    .example(
        "roles:\n  Regional Rep: { class: Account, rank: User, permissions: [] }",
        "roles:\n  Regional Rep: { class: Account, rank: User, permissions: [leads] }",
    ),
    Rule::new(
        "R-BE-35",
        "Create a Custom Role, permission entities",
        "Permissions are set one by one, or all at once with some taken away again.",
        &[Construction("`all` and `all_except` mean the list that they stand for when the plan is made")],
    )
    .no_request_case("it is about how permissions are written; a request lists them"),
    Rule::new(
        "R-BE-36",
        "Create a Custom Role, Save and Close",
        "A role that has been created can be given to users.",
        &[Construction("whoever gets a new role waits until it is made, permissions included"), Unnamed(400)],
    ),
    Rule::new(
        "R-BE-37",
        "Create a Custom Role, assigning",
        "A user is assigned by choosing a role: each user has exactly one.",
        &[
            Files(Code::MissingKey),
            Files(Code::WrongType),
            Plan(Code::SeveralRoles),
            Plan(Code::ImpossibleLive),
            Sandbox(400),
        ],
    )
    .example(
        "assignments:\n  rep@example.com: { name: Rex Lund }",
        "assignments:\n  rep@example.com: { role: Account User, name: Rex Lund }",
    ),
    Rule::new(
        "R-BE-38",
        "Delete Roles",
        "Roles can be deleted.",
        &[Construction("`removed.roles` deletes a custom role; a plan never does unless the project says so")],
    ),
    Rule::new(
        "R-BE-39",
        "Delete Roles, reassignment",
        "Before a role is deleted, whoever has it is given a different one.",
        &[
            Files(Code::ReassignCycle),
            Files(Code::RemovedRoleNamed),
            Plan(Code::HeldRole),
            Plan(Code::NeedsWord),
            Sandbox(409),
        ],
    )
    .reading("C8", "the other role may be of another class; then somebody has to say so, with `--acknowledge`")
    .example(
        "removed:\n  roles: { Trial Rep: { reassign_to: Trial Rep } }",
        "removed:\n  roles: { Trial Rep: { reassign_to: Account User } }",
    ),
    Rule::new(
        "R-BE-40",
        "Delete Roles, Note",
        "The Administrator role cannot be deleted.",
        &[Files(Code::LockedRole), Plan(Code::LockedRole), Sandbox(403)],
    )
    .example(
        "removed:\n  roles: { Administrator: { reassign_to: Account User } }",
        "removed:\n  users: { ana@example.com: deactivate }",
    ),
];
