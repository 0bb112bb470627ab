//! What only a target tells: its catalogue, its organization, and states that its platform calls
//! impossible.

use super::{many, planned_with, text};
use crate::platform::{Pack, Presence, built_in};

fn bullseye() -> Pack {
    built_in("bullseye").expect("it is built in")
}

/// The vendor of the other tests, with user types that cost more or less.
fn typed_pack() -> Pack {
    let mut pack = super::vendor_pack();
    let value = |name: &str, cheaper: &[&str]| crate::platform::VocabularyValue {
        name: name.to_owned(),
        aliases: Vec::new(),
        cheaper: cheaper.iter().map(|name| (*name).to_owned()).collect(),
    };
    pack.vocabularies.user_types.mode = crate::platform::VocabularyMode::Closed;
    pack.vocabularies.user_types.rule = Some("R-UT-9".into());
    pack.vocabularies.user_types.values =
        vec![value("Full", &["Plain", "Lite"]), value("Plain", &["Lite"]), value("Lite", &[])];
    pack.roles.permissions.user_type_rule = Some("R-UT-32".into());
    pack.roles.permissions.change_needs_word = false;
    pack.roles.attributes.get_mut("user_type").expect("an attribute").presence = Presence::Required;
    pack.roles.attributes.get_mut("user_type").expect("an attribute").rule = Some("R-UT-5".into());
    pack.users.user_type_rule = Some("R-UT-4".into());
    pack.users.role_rule = Some("R-UT-1".into());
    pack.catalogue.get_mut("contacts").expect("an entity").user_types = ["Full".to_owned(), "Plain".to_owned()].into();
    pack
}

#[track_caller]
fn check(pack: &Pack, desired: &str, live: &str, expected: &str) {
    assert_eq!(text::of(&planned_with(pack, desired, live)), expected);
}

#[track_caller]
fn said(pack: &Pack, desired: &str, live: &str, expected: &[&str]) {
    let mut findings = String::new();
    text::findings(&mut findings, &planned_with(pack, desired, live));
    assert_eq!(findings.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn all_is_what_the_target_lists_and_the_difference_is_said() {
    let live = "entity contacts actions=view,archive,export
                entity loans actions=view
                role A permissions=contacts.view,contacts.archive,contacts.export,loans.view";
    check(
        &super::vendor_pack(),
        "role A grants=all",
        live,
        "warning catalogue-differs: the target's catalogue of permissions is not the pack's: `contacts` has other actions \
         (+archive); `loans` is new\n  help: the target's counts: `all` is what it lists\n",
    );
    let without = "role A grants=all,-loans,-contacts.archive";
    let plan = planned_with(&super::vendor_pack(), &format!("acknowledge T-1\n{without}"), live);
    assert!(text::of(&plan).contains(
        "[contacts.archive, contacts.export, contacts.view, loans.view] -> [contacts.export, contacts.view]\n"
    ));
    assert_eq!(plan.access, crate::plan::Access::default(), "nobody holds it");
}

#[test]
fn a_target_that_lists_what_the_pack_has_differs_in_nothing() {
    let live = "entity contacts actions=view,export\nrole A permissions=contacts.view,contacts.export";
    check(&super::vendor_pack(), "role A grants=all", live, "nothing\n");
}

/// R-BE-33 on both sides, whichever way either of them writes it.
#[test]
fn view_on_a_functionality_is_all_of_it() {
    let declared = "role Rep class=Account rank=User permissions=leads.view";
    let organization = "organization subscriptions=user_management authority=admin\n";
    let warned = "warning organization-unknown: the target does not say whose credential this is; not checked: whom they may manage\n";
    let live = |grants: &str| format!("{organization}role Rep class=Account rank=User permissions={grants}");
    for (files, target) in [
        ("leads.view", "leads.assign,leads.follow_up,leads.view"),
        ("leads.assign,leads.follow_up,leads.view", "leads.view"),
    ] {
        check(&bullseye(), &declared.replace("leads.view", files), &live(target), warned);
    }
    let pruned = planned_with(&bullseye(), declared, &live("reports.view"));
    let edit = &pruned.changes[0].fields[0];
    assert_eq!(format!("{:?}", edit.after), r#"Names({"leads.assign", "leads.follow_up", "leads.view"})"#);
}

/// R-BE-35: `all` without exceptions and the list that it comes to are one.
#[test]
fn all_but_some_is_the_list() {
    let left = "role Rep class=Account rank=User grants=all,-users,-roles,-locations.delete";
    let plan = planned_with(&bullseye(), left, "organization subscriptions=user_management");
    let crate::state::Value::Names(grants) = &plan.changes[0].fields[1].after else { panic!("{:?}", plan.changes[0]) };
    let listed = format!(
        "role Rep class=Account rank=User permissions={}",
        grants.iter().cloned().collect::<Vec<_>>().join(",")
    );
    let live = format!("organization subscriptions=user_management\n{listed}");
    assert!(planned_with(&bullseye(), left, &live).is_empty());
    assert!(grants.contains("locations.add") && !grants.iter().any(|grant| grant.starts_with("users.")));
}

/// R-BE-9: whatever its list says, and whatever the catalogue gets later.
#[test]
fn a_master_role_has_everything() {
    let live = "organization subscriptions=user_management
                entity anything actions=view,do
                role Administrator builtin=administrator class=Account rank=Admin
                role Rep class=Account rank=User permissions=anything.view
                user ana Rep";
    let plan = planned_with(&bullseye(), "user ana Administrator", live);
    let gained: Vec<&String> = plan.access.gained.iter().flat_map(|change| &change.permissions).collect();
    assert_eq!(gained, [""; 0], "`view` on a functionality was all of it already");
    let plan = planned_with(&bullseye(), "user bo Administrator", live);
    assert_eq!(plan.access.gained[0].permissions, ["anything.do", "anything.view"]);
}

#[test]
fn a_grant_that_the_target_does_not_list_is_an_error_with_what_is_near() {
    said(
        &super::vendor_pack(),
        "role New permissions=contacts.exprot,loan.view,contacts.view\nrole Old permissions=gone.view",
        "entity contacts actions=view,export\nentity loans actions=view\nrole Old permissions=gone.view",
        &[
            "error unknown-name: `contacts.exprot`, granted by role `New`, is not in the target's catalogue of permissions",
            "  help: near: `contacts.export`",
            "error unknown-name: `loan.view`, granted by role `New`, is not in the target's catalogue of permissions",
            "  help: near: `loans`",
            "warning catalogue-differs: the target's catalogue of permissions is not the pack's: `loans` is new",
            "  help: the target's counts: `all` is what it lists",
        ],
    );
}

#[test]
fn a_permission_is_held_to_a_user_type_that_only_the_target_knows() {
    let live = "type Full\ntype Lite\nrole A user_type=Lite permissions=alerts.view\nrole B user_type=Full permissions=contacts.view";
    said(
        &typed_pack(),
        "role A permissions=contacts.view\nrole B user_type=Lite",
        live,
        &[
            "error permission-beyond-type: role `A` grants `contacts.view`, which a role of user type `Lite` cannot (R-UT-32)",
            "  help: take it out of `permissions`, or map the role to a user type that may hold it",
            "error permission-beyond-type: role `B` grants `contacts.view`, which a role of user type `Lite` cannot (R-UT-32)",
            "  help: take it out of `permissions`, or map the role to a user type that may hold it",
        ],
    );
}

#[test]
fn a_cheaper_type_is_named_where_only_the_target_tells_the_other_half() {
    let live =
        "type Full\nrole A user_type=Full permissions=contacts.view\nrole B user_type=Full permissions=alerts.view";
    said(
        &typed_pack(),
        "role A permissions=contacts.view,contacts.export\nrole B user_type=Full",
        live,
        &[
            "warning cheaper-user-type: role `A` is mapped to `Full`; what it grants, a role of `Plain` could grant too",
            "  help: each holder takes a licence of the dearer one",
            "warning cheaper-user-type: role `B` is mapped to `Full`; what it grants, a role of `Lite` could grant too",
            "  help: each holder takes a licence of the dearer one",
        ],
    );
}

#[test]
fn a_role_that_would_be_made_without_permissions_is_a_warning() {
    said(
        &bullseye(),
        "role Rep class=Account rank=User\nrole Said class=Account rank=User permissions=",
        "caller ci subscriptions=user_management",
        &[
            "warning no-permissions: role `Rep` would be made without permissions, so its holders may do nothing (R-BE-34)",
        ],
    );
}

/// R-BE-2 and reading C4, R-BE-7: nothing but reading and moving holders away.
#[test]
fn without_the_subscription_roles_stay_and_their_holders_can_leave() {
    let live = "caller ci subscriptions=
                role Administrator builtin=administrator class=Account rank=Admin
                role Staff builtin=account_user class=Account rank=User permissions=leads.view
                role Rep class=Account rank=User
                role Old class=Account rank=User
                user ana Rep";
    let help = "  help: their holders can still be moved to other roles";
    said(
        &bullseye(),
        "role New class=Account rank=User permissions=leads.view
         role Rep description=x
         role Staff builtin=account_user permissions=reports.view
         remove role Old
         min_administrators 0",
        live,
        &[
            "error no-subscription: built-in roles cannot be changed without the subscription `User Management`: `Staff` (R-BE-7)",
            help,
            "error no-subscription: custom roles cannot be made or changed or deleted without the subscription `User \
             Management`: `New`, `Old`, `Rep` (R-BE-2)",
            help,
        ],
    );
    said(&bullseye(), "user ana Staff", live, &[]);
}

#[test]
fn what_the_target_does_not_say_of_itself_is_said_where_something_depends_on_it() {
    said(
        &bullseye(),
        "",
        "",
        &["warning organization-unknown: the target says nothing of its organization; not checked: whether it has \
             subscribed to `User Management`, whom the user of this credential may manage"],
    );
    said(
        &bullseye(),
        "",
        "caller ci authority=owner subscriptions=user_management,gold",
        &[
            "warning organization-unknown: the authority of this credential is `owner`, which the platform's rules do not know",
            "  help: what it may do was not checked",
            "warning organization-unknown: the organization has subscriptions that the platform's rules do not know: `gold`",
        ],
    );
    said(
        &bullseye(),
        "role Rep class=Account rank=User permissions=leads.view",
        "caller ci authority=admin",
        &[
            "warning organization-unknown: the target does not say what the organization has subscribed to; not checked: \
             `User Management`",
        ],
    );
    said(&super::open_pack(), "", "", &[]);
}

#[test]
fn a_built_in_role_changes_only_as_far_as_the_pack_says() {
    let live = "caller ci subscriptions=user_management
                role Administrator builtin=administrator class=Account rank=Admin permissions=leads.view
                role Staff builtin=account_user class=Account rank=User permissions=leads.view";
    said(
        &bullseye(),
        "role Administrator builtin=administrator description=x\nremove role Staff",
        live,
        &[
            "error locked-role: `description` of the built-in role `Administrator` cannot be changed (R-BE-8)",
            "  help: leave it out of the files, or write what is live",
            "error locked-role: role `Staff` is built in (`account_user`) and cannot be deleted (R-BE-6)",
            "  help: take it out of `removed`",
        ],
    );
    said(
        &bullseye(),
        "role Staff builtin=account_user description=x permissions=reports.view",
        live,
        &[
            "error locked-role: `description` of the built-in role `Staff` cannot be changed (R-BE-7)",
            "  help: leave it out of the files, or write what is live",
        ],
    );
    said(
        &bullseye(),
        "remove role Administrator",
        live,
        &[
            "error locked-role: role `Administrator` is built in (`administrator`) and cannot be deleted (R-BE-40)",
            "  help: take it out of `removed`",
        ],
    );
    // All of it, which is what it has.
    check(&bullseye(), "role Administrator builtin=administrator grants=all", live, "nothing\n");
}

#[test]
fn unlisted_roles_that_are_built_in_or_protected_stay_and_their_holders_too() {
    let mut pack = super::open_pack();
    pack.roles.protected = ["Root".to_owned()].into();
    let live = "role Root\nrole Builtin builtin=x\nrole A\nuser root Root\nuser ana A";
    check(
        &pack,
        "section roles\nrole B\nuser ana A\nunlisted roles delete\nunlisted users deactivate",
        live,
        "+ role/B\ns1 create role/B  name=B\n",
    );
    said(
        &pack,
        "role Root description=x\nuser root A\nmin_administrators 0",
        live,
        &[
            "error locked-role: holders of a role that is above all that can be managed would be changed: `root`",
            "  help: take them out of the files",
            "error locked-role: role `Root` is above all that can be managed",
            "note guard-off: nothing says who is an administrator, so nothing keeps the last one from being lost",
            "  help: name their roles in the project: `administrators: { roles: [Owner] }`",
        ],
    );
}

#[test]
fn what_the_platform_calls_impossible_is_named_and_put_right_where_the_files_declare_it() {
    let pack = typed_pack();
    let live = "type Full\ntype Gold\nsegment Retail
         role A user_type=Full permissions=alerts.view
         role Bare classifications=Sales
         role Odd user_type=Gold classifications=Janitor
         user ana A type=Full
         user bo roles=A,Bare type=Full
         user cy roles=
         user di A type=Gold
         user eve #gone type=Full
         user flo A type=Full
         user Flo A type=Full";
    let impossible = [
        "warning impossible-live: the target holds a user-type that the platform does not have: `Gold` (R-UT-9)",
        "warning impossible-live: the target holds roles with the classifications `Janitor`, which the platform does not have: \
         `Odd` (R-TE-13)",
        "warning impossible-live: the target holds roles with the user type `Gold`, which the platform does not have: `Odd` \
         (R-UT-9)",
        "warning impossible-live: the target holds roles without `user_type`, which every role has: `Bare` (R-UT-5)",
        "warning impossible-live: the target holds users who hold no role: `cy` (R-UT-1)",
        "warning impossible-live: the target holds users who hold several roles: `bo` (R-UT-1)",
        "warning impossible-live: the target holds users whose names mean the same as another's: `flo`",
        "warning impossible-live: the target holds users whose user type is not that of their role: `di` (R-UT-4)",
        "warning impossible-live: the target holds users with a role that it does not have: `eve`",
    ];
    said(&pack, "", live, &impossible);
    // Declared, all of it is put right.
    let plan = planned_with(
        &pack,
        "role Bare user_type=Full
         role Odd user_type=Full classifications=Support
         user bo A
         user cy Bare
         user di A
         min_administrators 0",
        live,
    );
    assert!(!plan.is_refused(), "{}", text::of(&plan));
    let changes: Vec<String> = plan.changes.iter().map(|change| change.address.to_string()).collect();
    assert_eq!(changes, ["role/Bare", "role/Odd", "user/bo", "user/cy", "user/di"]);
}

/// One role is the model of every platform, whether its documents have a rule for that or not; and
/// of whom the files give one it is said once.
#[test]
fn a_user_with_several_roles_is_named_everywhere_and_once() {
    let live = "role A\nrole B\nuser ana roles=A,B\nuser bo roles=A,B\nuser cy roles=";
    let impossible =
        |users: &str| format!("warning impossible-live: the target holds users who hold several roles: {users}");
    said(&super::open_pack(), "", live, &[&impossible("`ana`, `bo`")]);
    said(
        &super::open_pack(),
        "user ana A\nuser cy A\nmin_administrators 0\nadministrators A",
        live,
        &[
            "warning several-roles: live users with no role get the one that the files give: `cy`",
            "warning several-roles: live users with several roles get the one that the files give: `ana`",
            &impossible("`bo`"),
        ],
    );
}

#[test]
fn a_second_role_with_reserved_values_is_named() {
    said(
        &bullseye(),
        "",
        "caller ci subscriptions=user_management
         role Administrator builtin=administrator
         role Twin class=account rank=Admin",
        &[
            "warning impossible-live: the target holds roles with class Account and rank Admin, which only one built-in role has: \
             `Twin` (R-BE-24)",
        ],
    );
}

/// R-TE-23 with reading A7: one by one it is no bulk update, and the support could do it at once.
#[test]
fn many_single_updates_are_pointed_to_the_vendors_support() {
    let pack = built_in("total-expert").expect("it is built in");
    let roles = |segment: &str| {
        many(21, |at| format!("role R{at} segments={segment} classifications=Sales permissions=loans.view"))
    };
    let bulk = |authority: &str, count: usize| {
        let live =
            format!("caller ci authority={authority}\nsegment Insurance\nsegment Wholesale\n{}", roles("Insurance"));
        let files: String = roles("Insurance,Wholesale").lines().take(count).map(|line| format!("{line}\n")).collect();
        let plan = planned_with(&pack, &format!("{files}allow changes=21"), &live);
        plan.findings.iter().find(|finding| finding.code == "bulk-by-support").map(|finding| finding.message.clone())
    };
    assert_eq!(
        bulk("admin", 21).as_deref(),
        Some("21 roles would be changed one by one in nothing but classifications and segments")
    );
    assert_eq!((bulk("admin", 20), bulk("support", 21)), (None, None));
}
