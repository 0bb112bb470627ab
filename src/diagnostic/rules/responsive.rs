//! The rules of Responsive's document, and a wrong and a right file for each that can be broken.

use super::super::rule::Held::{Command, Construction, Files, Plan, Sandbox, Unnamed, With};
use super::super::rule::Rule;
use crate::diagnostic::Code;

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "R-UT-1",
        "Overview",
        "Every user has one role, which says what the user can do, and one user type, which says what is paid for.",
        &[Files(Code::MissingKey), Files(Code::WrongType), Plan(Code::SeveralRoles), Plan(Code::ImpossibleLive), Sandbox(400)],
    )
    .example("assignments:\n  ana@example.com: { name: Ana Diaz }", "assignments:\n  ana@example.com: { role: Project requestor, name: Ana Diaz }"),
    Rule::new(
        "R-UT-2",
        "Important",
        "Which licences are used depends on user types.",
        &[Construction("seats are counted by user type and by nothing else")],
    ),
    Rule::new(
        "R-UT-3",
        "Important; User role",
        "What a user has access to depends on the role.",
        &[Construction("access is computed from the permissions of the role, whatever its type")],
    ),
    Rule::new(
        "R-UT-4",
        "Important; Mapping roles to user types, 2",
        "Under a user type only those roles are on offer that are mapped to it.",
        &[Files(Code::UserTypeMismatch), Plan(Code::ImpossibleLive), Sandbox(400)],
    )
    .example(
        "assignments:\n  ana@example.com: { role: Project requestor, user_type: AI member user }",
        "assignments:\n  ana@example.com: { role: Project requestor, user_type: Non-AI member user }",
    ),
    Rule::new(
        "R-UT-5",
        "Important; Creating custom roles",
        "A custom role is mapped to a user type.",
        &[Files(Code::MissingKey), Plan(Code::ImpossibleLive), Sandbox(400)],
    )
    .example(
        "roles:\n  Writer: { permissions: { content: [create] } }",
        "roles:\n  Writer: { user_type: Non-AI member user, permissions: { content: [create] } }",
    ),
    Rule::new(
        "R-UT-6",
        "Important",
        "Every user's licence is accounted for, by the user's type and role.",
        &[
            Command("access --usage", "lists who takes which seat, by user type and role"),
            Command("plan", "shows seats, and warns where the target counts others than its users take"),
            Construction("the sandbox counts used seats from its users, each with one type"),
        ],
    )
    .reading("B12", "the Super Admin is above the seven roles and counts only where the target reports it")
    .no_request_case("the ledger is the vendor's own; what it counts is R-UT-8"),
    Rule::new(
        "R-UT-7",
        "User type",
        "The user type is the one licence category of a user.",
        &[Construction("a user has one user type at a time: the one that the role is mapped to"), Unnamed(400)],
    ),
    Rule::new(
        "R-UT-8",
        "User type",
        "Each user takes one licence of the user's type.",
        &[With("R-UT-26"), Construction("plan and sandbox count one seat for each active user")],
    )
    .reading("B7", "an inactive user takes none")
    .example(
        "# On the target: one seat of Non-AI member user, which Ana has.\nassignments:\n  \
         ana@example.com: Project requestor\n  bo@example.com: Project requestor",
        "# On the target: one seat of Non-AI member user, which Ana has. An inactive user needs none.\n\
         assignments:\n  ana@example.com: { role: Project requestor, active: false }\n  \
         bo@example.com: Project requestor",
    ),
    Rule::new(
        "R-UT-9",
        "User type, the list",
        "There are four user types: AI business user, Non-AI business user, AI member user, Non-AI member user.",
        &[Files(Code::NotAllowed), Plan(Code::ImpossibleLive), Sandbox(400)],
    )
    .reading("B2", "these four names count; the wording of the mapping table means the same and may be written")
    .example(
        "roles:\n  Writer: { user_type: AI guest user, permissions: { content: [create] } }",
        "roles:\n  Writer: { user_type: Member user without AI, permissions: { content: [create] } }",
    ),
    Rule::new(
        "R-UT-10",
        "User type",
        "Every role, default or custom, is mapped to exactly one user type.",
        &[With("R-UT-5"), Construction("`user_type` of a role holds one name")],
    )
    .reading("B3", "a default role with AI and the same one without it are two roles, so that each has one type")
    .example(
        "roles:\n  Writer: { permissions: { content: [create] } }",
        "roles:\n  Writer: { user_type: Non-AI member user, permissions: { content: [create] } }",
    ),
    Rule::new(
        "R-UT-11",
        "User type",
        "The licence goes by the user's type and not by the role: another role of the same type moves none.",
        &[Construction("only a change of the type moves a seat, in the plan as in the sandbox")],
    ),
    Rule::new(
        "R-UT-12",
        "User role, what it covers",
        "Permissions are of three kinds: access to modules; creating and approving content; managing settings and \
         viewing reports.",
        &[Construction("each entity of the pack's catalogue is of one of the three families")],
    )
    .no_request_case("the wire has no place for a permission's family"),
    Rule::new(
        "R-UT-13",
        "User role; User and Role Type mapping",
        "Seven roles are there from the start: the rows of the mapping table that are not the custom role's. They \
         are neither made nor deleted, and stay as they are.",
        &[Files(Code::LockedRole), Plan(Code::LockedRole), Sandbox(403)],
    )
    .reading("B11", "`Project requestor` is the name; `Project requester` means the same and may be written")
    .example(
        "removed:\n  roles: { Project requestor: { reassign_to: Team member (AI not enabled) } }",
        "removed:\n  roles: { Guest writer: { reassign_to: Team member (AI not enabled) } }",
    ),
    Rule::new(
        "R-UT-14",
        "User role",
        "Custom roles are created by Super Admins.",
        &[
            Command("apply", "ends with 3 before its first write where the credential may only read"),
            Sandbox(403),
        ],
    )
    .reading("B1", "a credential with the authority `admin` is the Super Admin's; a plan never touches that user"),
    Rule::new(
        "R-UT-15",
        "User role",
        "Roles stay what access is governed by: a user type gives none, it limits what a role can contain.",
        &[With("R-UT-32"), Construction("no permission belongs to a type")],
    )
    .example(
        "roles:\n  Writer: { user_type: Non-AI member user, permissions: [ai_assistant] }",
        "roles:\n  Writer: { user_type: AI member user, permissions: [ai_assistant] }",
    ),
    Rule::new(
        "R-UT-16",
        "Mapping roles to user types, 1",
        "A user is added with an e-mail address, which is nobody else's.",
        &[Files(Code::BadFormat), Files(Code::DuplicateObject), Sandbox(400), Sandbox(409)],
    )
    .example("assignments:\n  ana: Project requestor", "assignments:\n  ana@example.com: Project requestor"),
    Rule::new(
        "R-UT-17",
        "Mapping roles to user types, 1 to 3",
        "The user type is settled before the role is chosen.",
        &[With("R-UT-4"), Construction("an assignment may give the role alone: the type that it is mapped to is implied")],
    )
    .example(
        "assignments:\n  ana@example.com: { role: Project requestor, user_type: AI member user }",
        "assignments:\n  ana@example.com: Project requestor",
    ),
    Rule::new(
        "R-UT-18",
        "Mapping roles to user types, outcomes",
        "A user who has been added could only get a fitting role, has taken a licence of the type, and may do what \
         the role says.",
        &[With("R-UT-4"), With("R-UT-26"), Construction("the plan shows the seat and the access that an account brings")],
    )
    .example(
        "assignments:\n  ana@example.com: { role: Team member (AI enabled), user_type: Non-AI member user }",
        "assignments:\n  ana@example.com: { role: Team member (AI enabled), user_type: AI member user }",
    ),
    Rule::new(
        "R-UT-19",
        "User and Role Type mapping, row 1",
        "The admin with all permissions and AI is an AI business user.",
        &[With("R-UT-13"), Construction("the pack maps it")],
    )
    .example(
        "roles:\n  Admin with all permissions (AI enabled): { user_type: AI member user }",
        "assignments:\n  ana@example.com: { role: Admin with all permissions (AI enabled), user_type: AI business user }",
    ),
    Rule::new(
        "R-UT-20",
        "User and Role Type mapping, row 2",
        "The admin with all permissions and no AI is a Non-AI business user.",
        &[With("R-UT-13"), Construction("the pack maps it")],
    )
    .example(
        "roles:\n  Admin with all permissions (AI not enabled): { user_type: AI business user }",
        "assignments:\n  \
         ana@example.com: { role: Admin with all permissions (AI not enabled), user_type: Non-AI business user }",
    ),
    Rule::new(
        "R-UT-21",
        "User and Role Type mapping, row 3",
        "The team member with AI is an AI member user.",
        &[With("R-UT-13"), Construction("the pack maps it")],
    )
    .example(
        "roles:\n  Team member (AI enabled): { user_type: Non-AI member user }",
        "assignments:\n  ana@example.com: { role: Team member (AI enabled), user_type: AI member user }",
    ),
    Rule::new(
        "R-UT-22",
        "User and Role Type mapping, row 4",
        "The team member without AI is a Non-AI member user.",
        &[With("R-UT-13"), Construction("the pack maps it")],
    )
    .example(
        "roles:\n  Team member (AI not enabled): { user_type: AI member user }",
        "assignments:\n  ana@example.com: { role: Team member (AI not enabled), user_type: Non-AI member user }",
    ),
    Rule::new(
        "R-UT-23",
        "User and Role Type mapping, row 5",
        "The manager with AI is an AI business user, but without the admin's permission to create users.",
        &[Files(Code::LockedRole), Plan(Code::LockedRole), Sandbox(403)],
    )
    .reading("B4", "the manager may hold what business users hold, that one permission excepted")
    .example(
        "roles:\n  Manager (AI enabled): { permissions: { users: [create] } }",
        "assignments:\n  ana@example.com: Manager (AI enabled)",
    ),
    Rule::new(
        "R-UT-24",
        "User and Role Type mapping, row 6",
        "The manager without AI is a Non-AI business user, but without the admin's permission to create users.",
        &[Files(Code::LockedRole), Plan(Code::LockedRole), Sandbox(403)],
    )
    .reading("B4", "the manager may hold what business users hold, that one permission excepted")
    .example(
        "roles:\n  Manager (AI not enabled): { permissions: { users: [create] } }",
        "assignments:\n  ana@example.com: Manager (AI not enabled)",
    ),
    Rule::new(
        "R-UT-25",
        "User and Role Type mapping, row 8",
        "The project requestor is a Non-AI member user.",
        &[With("R-UT-13"), Construction("the pack maps it")],
    )
    .example(
        "roles:\n  Project requestor: { user_type: AI member user }",
        "assignments:\n  ana@example.com: { role: Project requestor, user_type: Non-AI member user }",
    ),
    Rule::new(
        "R-UT-26",
        "User and Role Type mapping, Note",
        "A change of user types, of one user or of many, needs enough licences of the types that are entered.",
        &[Plan(Code::NoSeat), Sandbox(409)],
    )
    .example(
        "# On the target: one seat of AI member user, which Ana has.\nassignments:\n  \
         ana@example.com: Team member (AI enabled)\n  bo@example.com: Team member (AI enabled)",
        "# On the target: one seat of AI member user, which Ana has, and one free seat of Non-AI member user.\n\
         assignments:\n  ana@example.com: Team member (AI enabled)\n  bo@example.com: Team member (AI not enabled)",
    ),
    Rule::new(
        "R-UT-27",
        "User and Role Type mapping, Note",
        "In a bulk update, licences that the selected users hold are neither shown nor used again.",
        &[
            Construction(
                "every step of a plan owns a free seat or keeps its own; `apply` puts users into one request who own one, and \
                 who keep a type only where a spare seat of it is there",
            ),
            Sandbox(409),
        ],
    )
    .reading(
        "B8, B9, B13",
        "it is about seats, those of users who keep their type included; what is given back can be used when the \
         bulk has finished",
    ),
    Rule::new(
        "R-UT-28",
        "User and Role Type mapping, Note",
        "When one user is updated alone, the licence that the user holds can be used again.",
        &[With("R-UT-26"), Construction("whoever keeps the type needs no further seat; whoever leaves one frees it at once")],
    )
    .example(
        "# On the target: one seat each of AI member user and Non-AI member user. Ana has the one and Bo the other.\n\
         assignments:\n  ana@example.com: Team member (AI not enabled)\n  bo@example.com: Team member (AI enabled)",
        "# On the target: the same, with a second seat of AI member user: Bo moves first, then Ana.\n\
         assignments:\n  ana@example.com: Team member (AI not enabled)\n  bo@example.com: Team member (AI enabled)",
    ),
    Rule::new(
        "R-UT-29",
        "Creating custom roles",
        "Custom roles can be created beside the seven.",
        &[Construction("any role of the files that is none of the seven is one; the sandbox takes it")],
    )
    .reading("B1", "by a credential with the authority `admin`, which is the Super Admin's here"),
    Rule::new(
        "R-UT-30",
        "Creating custom roles, Note",
        "A custom role that has been created and mapped cannot be modified.",
        &[Plan(Code::Replace), Sandbox(400)],
    )
    .reading(
        "B6",
        "nothing of it can, its name included; a pack can say `custom_role: mapping_only` for the other reading. Giving \
         it to users is no modification, and one that nobody holds can be deleted",
    )
    .example(
        "# On the target: Writer has `content: [create]`.\nroles:\n  Writer:\n    user_type: Non-AI member user\n    \
         permissions: { content: [create, approve] }",
        "# The same file with `--allow-replace=N`, N being the number of holders; or a new role beside it:\nroles:\n  \
         Approving writer:\n    user_type: Non-AI member user\n    permissions: { content: [create, approve] }",
    ),
    Rule::new(
        "R-UT-31",
        "Creating custom roles, 1",
        "A custom role has a name.",
        &[Files(Code::BadFormat), Files(Code::DuplicateObject), Sandbox(400), Sandbox(409)],
    )
    .example(
        "roles:\n  '  ': { user_type: Non-AI member user, permissions: { content: [create] } }",
        "roles:\n  Writer: { user_type: Non-AI member user, permissions: { content: [create] } }",
    ),
    Rule::new(
        "R-UT-32",
        "Creating custom roles, 2",
        "The user type decides which permissions a custom role can be given.",
        &[Files(Code::PermissionBeyondType), Plan(Code::PermissionBeyondType), Sandbox(400)],
    )
    .reading("B5", "whoever writes the role chooses the type; a permission that does not fit it is an error, never dropped")
    .example(
        "roles:\n  Writer: { user_type: Non-AI member user, permissions: { ai_drafting: [use] } }",
        "roles:\n  Writer: { user_type: AI member user, permissions: { ai_drafting: [use] } }",
    ),
    Rule::new(
        "R-UT-33",
        "Creating custom roles, 3",
        "The permissions that are needed are selected; only then the role is mapped.",
        &[Files(Code::OutOfRange), Files(Code::MissingKey), Plan(Code::ImpossibleLive), Sandbox(400)],
    )
    .reading("B10", "a custom role has at least one permission")
    .example(
        "roles:\n  Writer: { user_type: Non-AI member user, permissions: [] }",
        "roles:\n  Writer: { user_type: Non-AI member user, permissions: { content: [create] } }",
    ),
    Rule::new(
        "R-UT-34",
        "User and Role Type mapping, row 7",
        "A custom role gets its user type by the permissions that it has when it is created.",
        &[Files(Code::CheaperUserType), Plan(Code::CheaperUserType), With("R-UT-32")],
    )
    .reading("B5", "whoever writes the role chooses the type, which must fit the permissions and stays")
    .example(
        "roles:\n  Writer: { user_type: AI business user, permissions: { content: [create] } }",
        "roles:\n  Writer: { user_type: Non-AI member user, permissions: { content: [create] } }",
    ),
];
