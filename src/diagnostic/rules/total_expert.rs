//! The rules of Total Expert's document, and a wrong and a right file for each that can be broken.

use super::super::rule::Held::{BulkRequest, Command, Construction, Files, Plan, Sandbox, Unnamed, With};
use super::super::rule::Rule;
use crate::diagnostic::Code;

pub(super) const RULES: &[Rule] = &[
    Rule::new(
        "R-TE-1",
        "Introduction",
        "What a user sees and can do is what the user's role allows. Nothing else adds to it or takes from it.",
        &[Construction("a user has one role, and permissions belong to roles alone"), Unnamed(400)],
    ),
    Rule::new(
        "R-TE-2",
        "Introduction",
        "One role can have any number of users, or none.",
        &[Construction("assignments give each user a role; nothing counts or limits a role's users")],
    ),
    Rule::new(
        "R-TE-3",
        "Introduction",
        "When the permissions of a role change, they change for all of its users at once.",
        &[Construction("the change is one write on the role and none on users; the plan says how many it reaches")],
    ),
    Rule::new(
        "R-TE-4",
        "Introduction, the two attributes",
        "Beside its permissions a role has two attributes, its classifications and its segments, and no other.",
        &[Files(Code::UnknownKey), Sandbox(400)],
    )
    .example(
        "roles:\n  Loan Officer:\n    description: Originates loans\n    classifications: [Sales]\n    \
         segments: [Insurance]",
        "roles:\n  Loan Officer: { classifications: [Sales], segments: [Insurance] }",
    ),
    Rule::new(
        "R-TE-5",
        "Introduction; Creating a New User Role, Note",
        "Both attributes are sets: any number of different options, in no order. An option given twice counts once.",
        &[Files(Code::EqualItems), Construction("sets are compared and written as sets")],
    )
    .example(
        "roles:\n  Loan Officer: { classifications: [Sales, Sales], segments: [Insurance] }",
        "roles:\n  Loan Officer: { classifications: [Sales], segments: [Insurance] }",
    ),
    Rule::new(
        "R-TE-6",
        "Introduction",
        "Each of the two attributes has at least one option whenever a role is saved, the first time and later.",
        &[
            Files(Code::OutOfRange),
            Files(Code::MissingKey),
            Files(Code::NullValue),
            Plan(Code::ImpossibleLive),
            Sandbox(400),
        ],
    )
    .reading("A2", "it holds for every way of saving a role, not only for the vendor's own pages")
    .example(
        "roles:\n  Loan Officer: { classifications: [], segments: [Insurance] }",
        "roles:\n  Loan Officer: { classifications: [Sales], segments: [Insurance] }",
    ),
    Rule::new(
        "R-TE-7",
        "Introduction, the vendor's uses",
        "The two attributes grant nothing: they say what a role is for, and the vendor measures and advises by them.",
        &[Construction("access is computed from permissions alone, so a change of purpose gives and takes none")],
    ),
    Rule::new(
        "R-TE-8",
        "Introduction, the vendor's uses",
        "Reports by classification and by segment are possible: which roles serve an option, and which options no \
         role serves.",
        &[Command("access --coverage", "counts roles by classification and segment and lists options without a role")],
    )
    .no_request_case("no request is about it: the report is made from what is read"),
    Rule::new(
        "R-TE-9",
        "Introduction, Note",
        "The permissions of an existing role are better not changed without asking the vendor's manager for the \
         implementation or for the customer. They are settled when the organization is set up.",
        &[Plan(Code::NeedsWord), Construction("the platform itself asks for no word, and neither does the sandbox")],
    )
    .reading("A1", "it is about permissions alone; the name, classifications and segments of a role change freely")
    .example(
        "# On the target: Loan Officer has `campaigns: [view]`.\nroles:\n  Loan Officer:\n    \
         classifications: [Sales]\n    segments: [Insurance]\n    permissions: { campaigns: [view, send] }",
        "# The same file with `--acknowledge TICKET-17`; or a new role, which needs no word:\nroles:\n  \
         Campaign Sender:\n    classifications: [Sales]\n    segments: [Insurance]\n    \
         permissions: { campaigns: [view, send] }",
    ),
    Rule::new(
        "R-TE-10",
        "Creating a New User Role, Note; the panel's stars",
        "Whoever creates a role gives its name, its classifications and its segments.",
        &[With("R-TE-6"), With("R-TE-11")],
    )
    .reading("A2", "it holds for every way of creating a role, not only for the vendor's own pages")
    .example(
        "roles:\n  Loan Officer: { classifications: [Sales] }",
        "roles:\n  Loan Officer: { classifications: [Sales], segments: [Insurance] }",
    ),
    Rule::new(
        "R-TE-11",
        "Creating a New User Role, 3a",
        "A role has a name, which is not blank and no other role's.",
        &[Files(Code::BadFormat), Files(Code::DuplicateObject), Sandbox(400), Sandbox(409)],
    )
    .reading("A3", "names are unique in an organization, whatever their case and spaces")
    .example(
        "roles:\n  '  ': { classifications: [Sales], segments: [Insurance] }",
        "roles:\n  Loan Officer: { classifications: [Sales], segments: [Insurance] }",
    ),
    Rule::new(
        "R-TE-12",
        "Creating a New User Role, 1; Updating Existing User Role, 1",
        "Roles are managed in the area of the organization's administrators, so it takes their authority.",
        &[Command("apply", "ends with 3 before its first write where the credential may only read"), Sandbox(403)],
    ),
    Rule::new(
        "R-TE-13",
        "Creating a New User Role, 3b",
        "Classifications are a closed list of seven: Admin, Sales, Support, Manager, Automation Only, Co-marketing \
         Partner, Compliance.",
        &[Files(Code::NotAllowed), Plan(Code::ImpossibleLive), Sandbox(400)],
    )
    .example(
        "roles:\n  Loan Officer: { classifications: [Legal], segments: [Insurance] }",
        "roles:\n  Loan Officer: { classifications: [Compliance], segments: [Insurance] }",
    ),
    Rule::new(
        "R-TE-14",
        "Creating a New User Role, 3c",
        "Segments are a closed list of seven: Retail Mortgage, Banking - CRM, Banking Automation, Credit Union - \
         Automation, Credit Union – CRM, Wholesale, Insurance.",
        &[Files(Code::NotAllowed), Plan(Code::ImpossibleLive), Sandbox(400)],
    )
    .reading("A4", "a dashed name may be written with a hyphen or with an en dash; both mean the same segment")
    .example(
        "roles:\n  Loan Officer: { classifications: [Sales], segments: [Leasing] }",
        "roles:\n  Loan Officer: { classifications: [Sales], segments: [Banking - CRM] }",
    ),
    Rule::new(
        "R-TE-15",
        "Creating a New User Role, 3c",
        "An organization has only those segments that were chosen when it was created. A role cannot name another.",
        &[Files(Code::NotEnabled), Plan(Code::NotEnabled), Plan(Code::UnmetExpectation), Sandbox(400)],
    )
    .example(
        "# The section says what the organization has.\nsegments: { Retail Mortgage: }\nroles:\n  \
         Loan Officer: { classifications: [Sales], segments: [Insurance] }",
        "segments: { Retail Mortgage: }\nroles:\n  \
         Loan Officer: { classifications: [Sales], segments: [Retail Mortgage] }",
    ),
    Rule::new(
        "R-TE-16",
        "Creating a New User Role, 3c",
        "Which segments an organization has is settled when it is created. Managing roles does not change it.",
        &[With("R-TE-15"), Construction("a section `segments` is an expectation and never written"), Unnamed(405)],
    )
    .example(
        "# On the target: Retail Mortgage alone is enabled.\nsegments: { Retail Mortgage: , Insurance: }",
        "# On the target: Retail Mortgage alone is enabled.\nsegments: { Retail Mortgage: }",
    ),
    Rule::new(
        "R-TE-17",
        "Creating a New User Role, 3d",
        "Any of the permissions can be given to a role; no least number is stated.",
        &[Files(Code::NoPermissions), Plan(Code::NoPermissions)],
    )
    .reading("A5", "a role without permissions is allowed, with a warning")
    .example(
        "roles:\n  Loan Officer: { classifications: [Sales], segments: [Insurance], permissions: [] }",
        "roles:\n  Loan Officer: { classifications: [Sales], segments: [Insurance], permissions: [campaigns] }",
    ),
    Rule::new(
        "R-TE-18",
        "Creating a New User Role, 3e; Updating Existing User Role, 3c",
        "All that was entered for a role is saved together, or nothing of it.",
        &[Construction("a role is made with one request, which the sandbox does whole or not at all")],
    ),
    Rule::new(
        "R-TE-19",
        "Updating Existing User Role, 2",
        "An update is of one selected role.",
        &[Construction("every step is one request on one role"), Unnamed(405)],
    )
    .reading("A6", "several roles cannot be selected for one update; that is the bulk update of R-TE-23"),
    Rule::new(
        "R-TE-20",
        "Updating Existing User Role, 3a",
        "Every part of an existing role can change: name, classifications, segments, permissions.",
        &[Construction("the pack has them all changeable; a rename is an update, and the holders stay")],
    ),
    Rule::new(
        "R-TE-21",
        "Updating Existing User Role, 3b",
        "An update starts from what the role has. What is not touched stays.",
        &[Construction("a field that the files leave out is neither compared nor written")],
    ),
    Rule::new(
        "R-TE-22",
        "Updating Existing User Role, 3b",
        "Options may be taken away and added freely, as long as each attribute has one when the role is saved.",
        &[With("R-TE-6"), Construction("a set is written whole, in one request: only what is there at the end counts")],
    )
    .example(
        "# On the target: Loan Officer has `classifications: [Sales]`.\nroles:\n  \
         Loan Officer: { classifications: [], segments: [Insurance] }",
        "# On the target: Loan Officer has `classifications: [Sales]`.\nroles:\n  \
         Loan Officer: { classifications: [Support], segments: [Insurance] }",
    ),
    Rule::new(
        "R-TE-23",
        "Bulk Updates",
        "Only a user of the vendor's support can update the classifications and segments of several roles at once.",
        &[Plan(Code::BulkBySupport), Plan(Code::OneByOne), Sandbox(403)],
    )
    .reading("A7", "single updates of many roles are no bulk update; above a number of them the support is suggested")
    .example(
        "# On the target: all roles of the organization, and the files give each of them another segment.\nroles:\n  \
         Loan Officer: { classifications: [Sales], segments: [Insurance] }\n  \
         Loan Manager: { classifications: [Manager], segments: [Insurance] }\n  \
         # … and so on",
        "# A few roles in each run; or a request to the vendor's support, and then:\nroles:\n  \
         Loan Officer: { classifications: [Sales], segments: [Insurance] }",
    ),
    Rule::new(
        "R-TE-24",
        "Bulk Updates",
        "A customer gets a bulk update by asking the vendor's support for it.",
        &[Command("bulk request", "writes what the customer sends, from what the files want")],
    )
    .no_request_case("it is asked of a person, not of a service"),
    Rule::new(
        "R-TE-25",
        "Bulk Updates, what to provide",
        "Such a request names the roles, and for each of them its classifications and its segments.",
        &[
            BulkRequest(
                "a row for each role, with both of the two: a heading or a key that is missing is `missing-key`, an empty \
                 cell `null-value`",
            ),
            Command("bulk request", "writes all three for every role that differs, or nothing"),
        ],
    )
    .no_request_case("it is asked of a person, not of a service"),
    Rule::new(
        "R-TE-26",
        "Bulk Updates",
        "A bulk update is of those two attributes, not of names or permissions.",
        &[
            Construction(
                "`apply` changes several roles with one request only where nothing but those two is replaced and the \
                 credential is the support's",
            ),
            BulkRequest("a column or a key of anything else is refused"),
            Command("bulk request", "names what else the files want as no part of the request"),
            Sandbox(403),
        ],
    ),
    Rule::new(
        "R-TE-27",
        "Bulk Updates, what to provide",
        "What a bulk request lists for a role is what the role shall have.",
        &[
            BulkRequest("its lists are all that a role shall have; the sandbox replaces the sets, too"),
            Construction("each list is written whole, in one request, under the version that it was planned against"),
        ],
    )
    .reading("A8", "the lists replace; they do not add"),
];
