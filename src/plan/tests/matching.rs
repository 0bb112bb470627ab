//! What differs, and which live object a declared one is.

use super::shown;

#[track_caller]
fn check(desired: &str, live: &str, expected: &[&str]) {
    let shown = shown(desired, live);
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected, "\n{shown}");
}

#[test]
fn states_that_agree_need_nothing() {
    check(
        "segment Retail
         role LO segments=retail permissions=b.x,a.x description=Originates user_type=
         user Ana@example.com lo name=Ana active",
        "segment Retail
         role LO segments=Retail permissions=a.x,b.x description=Originates
         user ana@example.com LO name=Ana",
        &["nothing"],
    );
}

#[test]
fn what_files_leave_out_keeps_its_live_value() {
    check(
        "role LO
         user ana LO",
        "type AI
         role LO description=Originates permissions=a.x
         user ana LO name=Ana inactive type=AI",
        &["nothing"],
    );
}

#[test]
fn an_empty_set_empties_and_a_description_is_exact() {
    check(
        "role LO permissions= description=originates",
        "role LO permissions=a.x description=Originates",
        &[
            "~ role/LO  description: Originates -> originates; permissions: [a.x] -> ∅",
            "s1 update role:LO role/LO  description=originates permissions=∅",
        ],
    );
}

#[test]
fn everything_is_created_in_the_order_of_need_and_marked() {
    check(
        "owner acme
         classification Sales
         segment Retail
         type AI licenses=2
         role LO classifications=sales segments=Retail user_type=AI permissions=a.x
         role Other
         user ana LO name=Ana
         user bo Other inactive",
        "",
        &[
            "+ classification/Sales",
            "+ segment/Retail",
            "+ user-type/AI  licenses=2",
            "+ role/LO  classifications=[Sales]; permissions=[a.x]; segments=[Retail]; user_type=AI",
            "+ role/Other",
            "+ user/ana  active=true; display_name=Ana; role=LO; user_type=AI",
            "+ user/bo  active=false; role=Other",
            "s1 create classification/Sales  mark=acme:classification/Sales name=Sales",
            "s2 create segment/Retail  mark=acme:segment/Retail name=Retail",
            "s3 create user-type/AI  licenses=2 mark=acme:user-type/AI name=AI",
            "s4 create role/LO  classifications=[Sales] mark=acme:role/LO name=LO permissions=[a.x] segments=[Retail] \
             user_type=AI  after s1 s2 s3",
            "s5 create role/Other  mark=acme:role/Other name=Other",
            "s6 create user/ana  active=true display_name=Ana name=ana role=<made by s4> user_type=AI  after s4",
            "s7 create user/bo  active=false name=bo role=<made by s5>  after s5",
            "seats AI 0 / 1 / 1 of 2",
        ],
    );
}

#[test]
fn a_rename_is_one_write_whoever_holds_the_role() {
    check(
        "owner acme
         role Officer previously=LO permissions=a.x
         user ana Officer
         user bo Officer",
        "role LO permissions=a.x mark=acme:role/LO
         user ana LO
         user bo LO",
        &[
            "~ role/Officer  name: LO -> Officer  (`LO` is renamed)",
            "s1 update role:LO role/Officer  mark=acme:role/Officer name=Officer",
        ],
    );
}

#[test]
fn a_satisfied_previous_name_is_silent_and_two_candidates_are_not() {
    check("role Officer previously=LO", "role Officer", &["nothing"]);
    check(
        "role Officer previously=LO",
        "role Officer
         role LO",
        &[
            "error name-collision: `Officer` (id role:Officer) and `LO` (id role:LO) are, by their names and by \
             `previously`, `role/Officer`",
            "  help: tell them apart on the target; until then neither is touched",
        ],
    );
}

#[test]
fn our_mark_finds_an_object_that_was_renamed_on_the_target() {
    check(
        "owner acme
         role LO",
        "role Officer mark=acme:role/LO",
        &[
            "~ role/LO  name: Officer -> LO  (`Officer` is renamed)",
            "s1 update role:Officer role/LO  mark=acme:role/LO name=LO",
        ],
    );
    check(
        "owner acme
         role LO description=x",
        "role Officer mark=acme:role/LO
         role LO",
        &[
            "error name-collision: `Officer` (id role:Officer) and `LO` (id role:LO) are, one by our mark and one by its \
             name, `role/LO`",
            "  help: tell them apart on the target; until then neither is touched",
        ],
    );
}

#[test]
fn a_name_is_taken_when_it_is_free_and_a_swap_is_refused() {
    check(
        "owner acme
         role A
         role B",
        "role B mark=acme:role/A",
        &[
            "~ role/A  name: B -> A  (`B` is renamed)",
            "+ role/B",
            "s1 update role:B role/A  mark=acme:role/A name=A",
            "s2 create role/B  mark=acme:role/B name=B  after s1",
        ],
    );
    check(
        "owner acme
         role A
         role B",
        "role B mark=acme:role/A
         role A mark=acme:role/B",
        &[
            "~ role/A  name: B -> A  (`B` is renamed)",
            "~ role/B  name: A -> B  (`A` is renamed)",
            "s1 update role:B role/A  mark=acme:role/A name=A",
            "s2 update role:A role/B  mark=acme:role/B name=B",
            "error name-collision: `A`, `B` have each other's names on the target",
            "  help: give one of them another name there",
        ],
    );
}

#[test]
fn an_unmarked_or_differently_marked_object_is_managed_by_its_name() {
    check("owner acme\nrole LO", "role LO mark=HR-17", &["nothing"]);
    check("owner acme\nrole LO", "role LO", &["nothing"]);
}

#[test]
fn a_user_type_follows_from_the_role_and_else_from_the_assignment() {
    check(
        "role LO user_type=AI
         role Free
         user ana LO
         user bo Free type=ai",
        "type AI
         role LO user_type=AI
         role Free
         user ana LO
         user bo Free",
        &[
            "~ user/ana  user_type: ∅ -> AI",
            "~ user/bo  user_type: ∅ -> AI",
            "s1 update user:ana user/ana  user_type=AI",
            "s2 update user:bo user/bo  user_type=AI",
            "seats AI 0 / 2 / 2 of unlimited",
        ],
    );
}

#[test]
fn a_user_with_no_role_or_several_gets_the_one_of_the_files() {
    check(
        "user ana A
         user bo A",
        "role A
         role B
         user ana roles=A,B
         user bo roles=",
        &[
            "~ user/ana  role: [A, B] -> A",
            "~ user/bo  role: ∅ -> A",
            "s1 update user:ana user/ana  role=<role:A>",
            "s2 update user:bo user/bo  role=<role:A>",
            "warning several-roles: live users with no role get the one that the files give: `bo`",
            "warning several-roles: live users with several roles get the one that the files give: `ana`",
            "note guard-off: nothing says who is an administrator, so nothing keeps the last one from being lost",
            "  help: name their roles in the project: `administrators: { roles: [Owner] }`",
        ],
    );
}

#[test]
fn a_removed_role_hands_its_holders_on_and_an_assignment_wins() {
    check(
        "administrators LO
         role LO
         role Other
         user bo Other
         remove role Temp LO",
        "role LO
         role Other
         role Temp permissions=a.x
         user ana Temp
         user bo Temp
         user cy Temp inactive",
        &[
            "- role/Temp  permissions=[a.x]",
            "~ user/ana  role: Temp -> LO  (role `Temp` is removed)",
            "~ user/bo  role: Temp -> Other",
            "~ user/cy  role: Temp -> LO  (role `Temp` is removed)",
            "s1 update user:ana user/ana  role=<role:LO>",
            "s2 update user:bo user/bo  role=<role:Other>",
            "s3 update user:cy user/cy  role=<role:LO>",
            "s4 delete role:Temp role/Temp  after s1 s2 s3",
        ],
    );
}

#[test]
fn removed_users_are_shut_out_or_deleted_and_moved_where_their_role_goes_too() {
    check(
        "administrators LO
         role LO
         remove role Temp LO
         remove user ana
         remove user bo delete
         remove user cy
         remove user nobody delete",
        "role LO
         role Temp
         user ana Temp
         user bo Temp
         user cy LO inactive",
        &[
            "- role/Temp",
            "~ user/ana  active: true -> false; role: Temp -> LO  (role `Temp` is removed)",
            "- user/bo  active=true; role=Temp",
            "s1 update user:ana user/ana  active=false role=<role:LO>",
            "s2 delete user:bo user/bo",
            "s3 delete role:Temp role/Temp  after s1 s2",
        ],
    );
}

#[test]
fn our_values_that_no_file_names_go_when_nothing_uses_them() {
    check(
        "owner acme
         segment Retail
         section types
         role LO segments=Retail",
        "segment Retail mark=acme:segment/Retail
         segment Old mark=acme:segment/Old
         segment Kept mark=acme:segment/Kept
         segment Theirs
         classification Sales mark=acme:classification/Sales
         type AI mark=acme:user-type/AI
         role LO segments=Retail,Old
         role Unlisted segments=kept",
        &[
            "- segment/Old",
            "- user-type/AI",
            "~ role/LO  segments: [Old, Retail] -> [Retail]",
            "s1 update role:LO role/LO  segments=[Retail]",
            "s2 delete type:AI user-type/AI",
            "s3 delete segment:Old segment/Old  after s1",
            "error empty-collection: `user_types` is empty while the target holds 1",
            "  help: `--allow empty-collection=1` lets exactly this pass",
            "note still-used: `segment/Kept` is in no file any more but still used: it stays",
        ],
    );
}

#[test]
fn selectors_leave_out_what_they_do_not_choose_but_not_what_it_needs() {
    check(
        "only user/ana
         segment Retail
         role LO segments=Retail
         role Other
         user ana LO
         user bo Other",
        "",
        &[
            "+ segment/Retail",
            "+ role/LO  segments=[Retail]",
            "+ user/ana  active=true; role=LO",
            "s1 create segment/Retail  name=Retail",
            "s2 create role/LO  name=LO segments=[Retail]  after s1",
            "s3 create user/ana  active=true name=ana role=<made by s2>  after s2",
            "note taken-in: `role/LO` is made although the selectors leave it out: a step needs it",
            "note taken-in: `segment/Retail` is made although the selectors leave it out: a step needs it",
        ],
    );
    check(
        "except role/L*
         role LO description=x
         role Other description=x",
        "role LO\nrole Other",
        &["~ role/Other  description: ∅ -> x", "s1 update role:Other role/Other  description=x"],
    );
}
