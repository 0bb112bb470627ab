//! A new role takes the place of one in which something that cannot change differs.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::applying::Model;
use super::{open_pack, reading, text};
use crate::generator::Random;
use crate::plan::{Plan, Way, Write, plan};
use crate::platform::{
    Attribute, Creation, CustomRole, Form, Mutability, Pack, Presence, ReservedValues, Subscription,
};
use crate::state::{Binding, Kind, Live};

/// `class` and `rank` of a role cannot change; everything else can.
fn classes() -> Pack {
    let mut pack = open_pack();
    for (name, rule) in [("class", "R-BE-15"), ("rank", "R-BE-22")] {
        let attribute = Attribute {
            form: Form::Name,
            of: None,
            values: Vec::new(),
            presence: Presence::Optional,
            rule: None,
            set_rule: None,
            values_rule: None,
            mutability: Mutability::Immutable,
            mutability_rule: Some(rule.to_owned()),
            reassignment_needs_word: false,
            description: String::new(),
        };
        pack.roles.attributes.insert(name.to_owned(), attribute);
    }
    pack
}

/// Nothing of a custom role can change.
fn whole() -> Pack {
    let mut pack = open_pack();
    pack.roles.custom_role = CustomRole::Immutable;
    pack.roles.custom_role_rule = Some("R-UT-30".to_owned());
    pack
}

fn planned(pack: &Pack, desired: &str, live: &str) -> Plan {
    let (desired, policy) = reading::desired(desired);
    plan(&desired, &held(reading::live(live)), pack, &policy)
}

/// The target has a place for what the pack's roles have.
fn held(mut live: Live) -> Live {
    let roles = live.capabilities.kinds.get_mut(&Kind::Role).expect("roles");
    roles.writable.insert("class".to_owned());
    roles.writable.insert("rank".to_owned());
    live
}

/// Without what the guard of administrators has to say, which is another matter.
#[track_caller]
fn shown(pack: &Pack, desired: &str, live: &str) -> String {
    let shown = text::of(&planned(pack, &format!("{desired}\nadministrators Owner"), live));
    let asides = ["note guard-off", "  help: name their roles", "  help: `--allow-replace"];
    let is_else = |line: &&str| !asides.iter().any(|aside| line.starts_with(aside));
    shown.lines().filter(is_else).collect::<Vec<_>>().join("\n")
}

const HELD: &str = "role Rep class=Location permissions=x.view description=d mark=acme:role/Rep
    role Other class=Location
    user ana Rep
    user bo Rep inactive
    user cy Rep
    user di Other";
const WANTED: &str = "owner acme
    role Rep class=Account permissions=x.view,y.view
    role Other
    user ana Rep
    user cy Other
    user di Rep name=Di";

#[test]
fn where_names_change_a_new_role_gets_the_name_once_the_old_one_is_gone() {
    insta::assert_snapshot!(shown(&classes(), WANTED, HELD), @"
    ± role/Rep  class: Location -> Account; permissions: [x.view] -> [x.view, y.view]
      Rename because [class]; holders [ana, bo (in no file) (inactive), cy]; 6 requests; as `Rep (next)`; role:Rep -> made by s1
    ~ user/cy  role: Rep -> Other
    ~ user/di  display_name: ∅ -> Di; role: Other -> Rep
    s1 create role/Rep (next)  class=Account description=d mark=acme:role/Rep#next name=Rep (next) permissions=[x.view, y.view]
    s2 update user:ana user/ana  role=<made by s1>  after s1
    s3 update user:bo user/bo  role=<made by s1>  after s1
    s4 update user:cy user/cy  role=<role:Other>
    s5 update user:di user/di  display_name=Di role=<made by s1>  after s1
    s6 delete role:Rep role/Rep  after s2 s3 s4
    s7 update made by s1 role/Rep  mark=acme:role/Rep name=Rep  after s1 s6
    error replace: `role/Rep` would be replaced by a new role, because `class` cannot change; 3 holders (R-BE-15)
    ");
}

#[test]
fn a_role_that_is_made_in_two_steps_takes_one_request_more_and_whoever_gets_it_waits_for_both() {
    let mut pack = classes();
    pack.roles.creation = Creation::PermissionsFollow;
    insta::assert_snapshot!(shown(&pack, WANTED, HELD), @"
    ± role/Rep  class: Location -> Account; permissions: [x.view] -> [x.view, y.view]
      Rename because [class]; holders [ana, bo (in no file) (inactive), cy]; 7 requests; as `Rep (next)`; role:Rep -> made by s1
    ~ user/cy  role: Rep -> Other
    ~ user/di  display_name: ∅ -> Di; role: Other -> Rep
    s1 create role/Rep (next)  class=Account description=d mark=acme:role/Rep#next name=Rep (next)
    s2 update made by s1 role/Rep (next)  permissions=[x.view, y.view]  after s1
    s3 update user:ana user/ana  role=<made by s1>  after s1 s2
    s4 update user:bo user/bo  role=<made by s1>  after s1 s2
    s5 update user:cy user/cy  role=<role:Other>
    s6 update user:di user/di  display_name=Di role=<made by s1>  after s1 s2
    s7 delete role:Rep role/Rep  after s3 s4 s5
    s8 update made by s1 role/Rep  mark=acme:role/Rep name=Rep  after s1 s2 s7
    error replace: `role/Rep` would be replaced by a new role, because `class` cannot change; 3 holders (R-BE-15)
    ");
}

#[test]
fn where_nothing_changes_holders_go_through_a_temporary_role() {
    let live = "role Rep description=d permissions=x.view
        role Other
        user ana Rep
        user bo Rep inactive
        user cy Rep
        user di Other";
    let files = "role Rep description=e permissions=x.view
        user ana Rep name=Ana
        user cy Other
        user di Rep";
    insta::assert_snapshot!(shown(&whole(), files, live), @"
    ± role/Rep  description: d -> e
      TwoHops because [description]; holders [ana, bo (in no file) (inactive), cy]; 9 requests; as `Rep (next)`; role:Rep -> made by s6
    ~ user/ana  display_name: ∅ -> Ana
    ~ user/cy  role: Rep -> Other
    ~ user/di  role: Other -> Rep
    s1 create role/Rep (next)  description=e mark=rolecall:role/Rep#next name=Rep (next) permissions=[x.view]
    s2 update user:ana user/ana  display_name=Ana role=<made by s1>  after s1
    s3 update user:bo user/bo  role=<made by s1>  after s1
    s4 update user:cy user/cy  role=<role:Other>
    s5 delete role:Rep role/Rep  after s2 s3 s4
    s6 create role/Rep  description=e name=Rep permissions=[x.view]  after s5
    s7 update user:ana user/ana  role=<made by s6>  after s2 s6
    s8 update user:bo user/bo  role=<made by s6>  after s3 s6
    s9 update user:di user/di  role=<made by s6>  after s6
    s10 delete made by s1 role/Rep (next)  after s1 s7 s8
    error replace: `role/Rep` would be replaced by a new role, because `description` cannot change; 3 holders (R-UT-30)
    ");
}

#[test]
fn where_names_cannot_change_a_new_name_is_a_successor() {
    let live = "role Rep description=d permissions=x.view\nuser ana Rep\nuser bo Rep inactive";
    let files = "owner acme\nrole Boss previously=Rep description=d permissions=x.view\nuser ana Boss";
    insta::assert_snapshot!(shown(&whole(), files, live), @"
    ± role/Boss  name: Rep -> Boss
      Successor because [name]; holders [ana, bo (in no file) (inactive)]; 5 requests; role:Rep -> made by s1
    s1 create role/Boss  description=d mark=acme:role/Boss#next name=Boss permissions=[x.view]
    s2 update user:ana user/ana  role=<made by s1>  after s1
    s3 update user:bo user/bo  role=<made by s1>  after s1
    s4 delete role:Rep role/Rep  after s2 s3
    s5 update made by s1 role/Boss  mark=acme:role/Boss  after s1 s4
    error replace: `role/Boss` would be replaced by a new role, because `name` cannot change; 2 holders (R-UT-30)
    ");
}

#[test]
fn what_nobody_holds_is_deleted_and_made_anew_and_that_too_is_asked_about() {
    let files = "owner acme\nrole Rep permissions=x.view,y.view";
    insta::assert_snapshot!(shown(&whole(), files, "role Rep description=d permissions=x.view"), @"
    ± role/Rep  permissions: [x.view] -> [x.view, y.view]
      Recreate because [permissions]; holders []; 2 requests; role:Rep -> made by s2
    s1 delete role:Rep role/Rep
    s2 create role/Rep  description=d mark=acme:role/Rep name=Rep permissions=[x.view, y.view]  after s1
    error replace: `role/Rep` would be replaced by a new role, because `permissions` cannot change; 0 holders (R-UT-30)
    ");
}

#[test]
fn the_number_of_holders_has_to_be_named() {
    let allowed = |count: u64| {
        let plan = planned(&classes(), &format!("{WANTED}\nallow replace={count}"), HELD);
        (plan.is_refused(), plan.summary.replace, plan.summary.delete, plan.summary.requests)
    };
    assert_eq!(allowed(3), (false, 1, 0, 7), "3 holders and 3 more, and di's");
    assert_eq!(allowed(2), (true, 1, 0, 7));
    let nobody = |allow: &str| planned(&classes(), &format!("role R class=a{allow}"), "role R class=b").is_refused();
    assert!(nobody(""));
    assert!(!nobody("\nallow replace=0"));
}

#[test]
fn a_mapping_that_cannot_change_moves_seats_with_the_first_hop_alone() {
    let mut pack = open_pack();
    pack.roles.custom_role = CustomRole::MappingOnly;
    pack.roles.custom_role_rule = Some("R-UT-30".to_owned());
    pack.roles.name = Mutability::Immutable;
    let live = "type A licenses=2\ntype B licenses=2\nrole R user_type=A
        user ana R type=A
        user bo R type=A";
    let files = "type A\ntype B\nrole R user_type=B\nuser ana R";
    insta::assert_snapshot!(shown(&pack, files, live), @"
    ± role/R  user_type: A -> B
      TwoHops because [user_type]; holders [ana, bo (in no file)]; 8 requests; as `R (next)`; role:R -> made by s5
    ~ user/ana  user_type: A -> B
    ~ user/bo  user_type: A -> B  (role `R` is replaced)
    s1 create role/R (next)  mark=rolecall:role/R#next name=R (next) user_type=B
    s2 update user:ana user/ana  role=<made by s1> user_type=B  after s1
    s3 update user:bo user/bo  role=<made by s1> user_type=B  after s1
    s4 delete role:R role/R  after s2 s3
    s5 create role/R  name=R user_type=B  after s4
    s6 update user:ana user/ana  role=<made by s5>  after s2 s5
    s7 update user:bo user/bo  role=<made by s5>  after s3 s5
    s8 delete made by s1 role/R (next)  after s1 s6 s7
    seats A 2 / 2 / 0 of 2
    seats B 0 / 2 / 2 of 2
    error replace: `role/R` would be replaced by a new role, because `user_type` cannot change; 2 holders (R-UT-30)
    ");
}

#[test]
fn access_stays_as_it_is_for_who_keeps_the_same_permissions() {
    let plan = planned(&classes(), "role Rep class=b", "role Rep class=a permissions=x.view\nuser ana Rep");
    assert_eq!((plan.access.gained.len(), plan.access.lost.len()), (0, 0));
    let plan = planned(&whole(), "role Rep permissions=y.view", "role Rep permissions=x.view\nuser ana Rep");
    assert_eq!(plan.access.gained[0].permissions, ["y.view"]);
    assert_eq!(plan.access.lost[0].users, ["ana"]);
}

#[test]
fn a_value_that_is_not_set_is_set_once_but_not_where_nothing_changes() {
    insta::assert_snapshot!(shown(&classes(), "role R class=a", "role R\nuser ana R"), @"
    ~ role/R  class: ∅ -> a
    s1 update role:R role/R  class=a
    ");
    insta::assert_snapshot!(shown(&whole(), "role R description=a", "role R"), @"
    ± role/R  description: ∅ -> a
      Recreate because [description]; holders []; 2 requests; role:R -> made by s2
    s1 delete role:R role/R
    s2 create role/R  description=a name=R  after s1
    error replace: `role/R` would be replaced by a new role, because `description` cannot change; 0 holders (R-UT-30)
    ");
}

#[test]
fn what_the_target_announces_as_immutable_is() {
    let (desired, policy) = reading::desired("role R description=b\nallow replace=1");
    let mut live = reading::live("role R description=a\nuser ana R");
    let roles = live.capabilities.kinds.get_mut(&Kind::Role).expect("roles");
    roles.immutable = ["description", "name"].map(str::to_owned).into();
    let plan = plan(&desired, &live, &open_pack(), &policy);
    let replacement = plan.changes[0].replacement.as_ref().expect("a replacement");
    assert_eq!((replacement.way, replacement.requests), (Way::TwoHops, 6));
}

#[test]
fn a_difference_in_capitals_never_replaces() {
    insta::assert_snapshot!(shown(&whole(), "role rep", "role Rep\nuser ana Rep"), @"note spelling-kept: `role/rep` is spelled `Rep` on the target, where names cannot change");
}

#[test]
fn a_temporary_name_is_none_that_anybody_has() {
    let live = format!("{HELD}\nrole rep~(NEXT)");
    let plan = planned(&classes(), &format!("{WANTED}\nrole Else previously=Rep~(next~2)"), &live);
    let names: Vec<_> =
        plan.changes.iter().filter_map(|change| change.replacement.as_ref()?.temporary_name.clone()).collect();
    assert_eq!(names, ["Rep (next 3)"]);
}

#[test]
fn holders_of_a_removed_role_and_of_several_roles_get_the_new_one() {
    let live = "role R class=a\nrole Old\nrole Else\nuser ana R\nuser bo Old\nuser cy roles=R,Else";
    let files = "role R class=b\nrole Else\nremove role Old R\nuser ana R\nuser cy R";
    insta::assert_snapshot!(shown(&classes(), files, live), @"
    - role/Old
    ± role/R  class: a -> b
      Rename because [class]; holders [ana, cy]; 5 requests; as `R (next)`; role:R -> made by s1
    ~ user/bo  role: Old -> R  (role `Old` is removed)
    ~ user/cy  role: [Else, R] -> R
    s1 create role/R (next)  class=b mark=rolecall:role/R#next name=R (next)
    s2 update user:ana user/ana  role=<made by s1>  after s1
    s3 update user:bo user/bo  role=<made by s1>  after s1
    s4 update user:cy user/cy  role=<made by s1>  after s1
    s5 delete role:Old role/Old  after s3
    s6 delete role:R role/R  after s2 s4
    s7 update made by s1 role/R  mark=∅ name=R  after s1 s6
    error replace: `role/R` would be replaced by a new role, because `class` cannot change; 2 holders (R-BE-15)
    warning several-roles: live users with several roles get the one that the files give: `cy`
    ");
}

#[test]
fn who_swaps_two_roles_that_are_both_replaced_waits_for_nobody_who_waits_for_them() {
    let live = "role P description=a\nrole Q description=a\nuser ana P\nuser bo Q";
    let files = "role P description=b\nrole Q description=b\nuser ana Q\nuser bo P";
    insta::assert_snapshot!(shown(&whole(), files, live), @"
    ± role/P  description: a -> b
      TwoHops because [description]; holders [ana]; 6 requests; as `P (next)`; role:P -> made by s6
    ± role/Q  description: a -> b
      TwoHops because [description]; holders [bo]; 6 requests; as `Q (next)`; role:Q -> made by s10
    ~ user/ana  role: P -> Q
    ~ user/bo  role: Q -> P
    s1 create role/P (next)  description=b mark=rolecall:role/P#next name=P (next)
    s2 create role/Q (next)  description=b mark=rolecall:role/Q#next name=Q (next)
    s3 update user:ana user/ana  role=<made by s2>  after s2
    s4 update user:bo user/bo  role=<made by s1>  after s1
    s5 delete role:P role/P  after s3
    s6 create role/P  description=b name=P  after s5
    s7 update user:bo user/bo  role=<made by s6>  after s4 s6
    s8 delete made by s1 role/P (next)  after s1 s7
    s9 delete role:Q role/Q  after s4
    s10 create role/Q  description=b name=Q  after s9
    s11 update user:ana user/ana  role=<made by s10>  after s3 s10
    s12 delete made by s2 role/Q (next)  after s2 s11
    error replace: `role/P` would be replaced by a new role, because `description` cannot change; 1 holder (R-UT-30)
    error replace: `role/Q` would be replaced by a new role, because `description` cannot change; 1 holder (R-UT-30)
    ");
}

#[test]
fn one_that_has_a_value_which_only_one_role_has_is_not_replaced() {
    let mut pack = classes();
    let values = [("class", "Account"), ("rank", "Admin")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let reserved = ReservedValues { values: values.into(), built_in: "chief".into(), rule: Some("R-BE-24".into()) };
    pack.roles.reserved.push(reserved);
    let files = "role Chief class=Location rank=Admin\nallow replace=9";
    insta::assert_snapshot!(shown(&pack, files, "role Chief class=Account rank=Admin"), @"
    ~ role/Chief  class: Account -> Location
    s1 update role:Chief role/Chief  class=Location
    error not-replaceable: `class` of `role/Chief` cannot change, and the role cannot be replaced: there is only one role with Account and Admin, and no other can be made (R-BE-15)
    warning impossible-live: the target holds roles with class Account and rank Admin, which only one built-in role has: `Chief` (R-BE-24)
    ");
}

#[test]
fn without_the_subscription_nothing_is_replaced() {
    let mut pack = classes();
    let needed =
        Subscription { label: "Users".into(), custom_roles_rule: Some("R-BE-2".into()), built_in_roles_rule: None };
    pack.subscriptions.insert("users".into(), needed);
    let plan = planned(&pack, "role R class=b\nallow replace=9", "caller me\nrole R class=a\nuser ana R");
    assert!(plan.is_refused() && plan.summary.replace == 0);
    let plan =
        planned(&pack, "role R class=b\nallow replace=9", "caller me subscriptions=users\nrole R class=a\nuser ana R");
    assert!(!plan.is_refused() && plan.summary.replace == 1);
}

/// (i) The old role is there, and so is the new one, which lacks what its second step brings.
#[test]
fn a_run_that_ended_before_the_moves_is_gone_on_with() {
    let live = "role Rep class=Location permissions=x.view description=d mark=acme:role/Rep
        role Rep~(next) class=Account mark=acme:role/Rep#next
        role Other class=Location
        user ana Rep
        user bo Rep~(next) inactive
        user cy Rep
        user di Other";
    insta::assert_snapshot!(shown(&classes(), WANTED, live), @"
    ± role/Rep  class: Location -> Account; permissions: [x.view] -> [x.view, y.view]
      Rename because [class]; holders [ana, cy]; 5 requests; as `Rep (next)`; role:Rep -> role:Rep (next); goes on
    ~ user/cy  role: Rep -> Other
    ~ user/di  display_name: ∅ -> Di; role: Other -> Rep
    s1 update role:Rep (next) role/Rep (next)  description=d permissions=[x.view, y.view]
    s2 update user:ana user/ana  role=<role:Rep (next)>  after s1
    s3 update user:cy user/cy  role=<role:Other>
    s4 update user:di user/di  display_name=Di role=<role:Rep (next)>  after s1
    s5 delete role:Rep role/Rep  after s2 s3
    s6 update role:Rep (next) role/Rep  mark=acme:role/Rep name=Rep  after s1 s5
    error replace: `role/Rep` would be replaced by a new role, because `class` cannot change; 2 holders (R-BE-15)
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`
    ");
}

/// The files have changed meanwhile: what was made does not fit any more.
#[test]
fn what_was_made_for_other_files_goes_too() {
    let live = "role Rep class=Location mark=acme:role/Rep
        role Rep~(next) class=Third mark=acme:role/Rep#next
        user ana Rep
        user bo Rep~(next)";
    insta::assert_snapshot!(shown(&classes(), "owner acme\nrole Rep class=Account", live), @"
    ± role/Rep  class: Location -> Account
      Rename because [class]; holders [ana (in no file), bo (in no file)]; 6 requests; as `Rep (next 2)`; role:Rep -> made by s1; goes on
    s1 create role/Rep (next 2)  class=Account mark=acme:role/Rep#next name=Rep (next 2)
    s2 update user:ana user/ana  role=<made by s1>  after s1
    s3 update user:bo user/bo  role=<made by s1>  after s1
    s4 delete role:Rep role/Rep  after s2
    s5 delete role:Rep (next) role/Rep (next)  after s3
    s6 update made by s1 role/Rep  mark=acme:role/Rep name=Rep  after s1 s4 s5
    error replace: `role/Rep` would be replaced by a new role, because `class` cannot change; 2 holders (R-BE-15)
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`
    ");
}

/// (ii) The new role has its name already, or the files want the old one again.
#[test]
fn who_is_left_on_the_temporary_role_goes_to_the_one_that_stays() {
    let live = "role Rep description=e permissions=x.view
        role Rep~(next) mark=rolecall:role/Rep#next description=e permissions=x.view
        user ana Rep~(next)
        user bo Rep";
    insta::assert_snapshot!(shown(&whole(), "role Rep description=e\nuser ana Rep", live), @"
    ± role/Rep
      TwoHops because []; holders [ana]; 2 requests; role:Rep (next) -> role:Rep; goes on
    s1 update user:ana user/ana  role=<role:Rep>
    s2 delete role:Rep (next) role/Rep (next)  after s1
    error replace: `role/Rep` would take the place of `Rep (next)`, as a run that did not end has begun to; 1 holder
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`
    ");
    let reverted = "role Rep description=f mark=acme:role/Rep
        role Rep~(next) mark=acme:role/Rep#next
        user ana Rep
        user bo Rep~(next)";
    insta::assert_snapshot!(shown(&open_pack(), "owner acme\nrole Rep description=e", reverted), @"
    ± role/Rep  description: f -> e
      TwoHops because []; holders [bo (in no file)]; 3 requests; role:Rep (next) -> role:Rep; goes on
    s1 update role:Rep role/Rep  description=e
    s2 update user:bo user/bo  role=<role:Rep>  after s1
    s3 delete role:Rep (next) role/Rep (next)  after s2
    error replace: `role/Rep` would take the place of `Rep (next)`, as a run that did not end has begun to; 1 holder
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`
    ");
}

/// (iii) The old role is gone.
#[test]
fn where_only_the_temporary_role_is_left_it_gets_the_name_or_its_holders_a_new_one() {
    let live = "role Rep~(next) class=Account mark=acme:role/Rep#next permissions=x.view\nuser ana Rep~(next)";
    insta::assert_snapshot!(shown(&classes(), "owner acme\nrole Rep class=Account", live), @"
    ~ role/Rep  mark: acme:role/Rep#next -> acme:role/Rep; name: Rep (next) -> Rep  (`Rep (next)` is renamed)
    s1 update role:Rep (next) role/Rep  mark=acme:role/Rep name=Rep
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`
    ");
    let live =
        "role Rep~(next) mark=rolecall:role/Rep#next permissions=x.view\nuser ana Rep~(next)\nuser bo Rep~(next)";
    insta::assert_snapshot!(shown(&whole(), "role Rep description=e\nuser ana Rep", live), @"
    ± role/Rep
      TwoHops because []; holders [ana, bo (in no file)]; 4 requests; role:Rep (next) -> made by s1; goes on
    s1 create role/Rep  description=e name=Rep permissions=[x.view]
    s2 update user:ana user/ana  role=<made by s1>  after s1
    s3 update user:bo user/bo  role=<made by s1>  after s1
    s4 delete role:Rep (next) role/Rep (next)  after s2 s3
    error replace: `role/Rep` would take the place of `Rep (next)`, as a run that did not end has begun to; 2 holders
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`
    ");
}

#[test]
fn a_successor_that_was_made_gets_the_rest_and_at_last_its_own_mark() {
    let files = "owner acme\nrole Boss previously=Rep description=d\nuser ana Boss";
    let live = "role Rep description=d
        role Boss mark=acme:role/Boss#next description=d
        user ana Rep
        user bo Boss inactive";
    insta::assert_snapshot!(shown(&whole(), files, live), @"
    ± role/Boss
      Successor because []; holders [ana]; 3 requests; role:Rep -> role:Boss; goes on
    s1 update user:ana user/ana  role=<role:Boss>
    s2 delete role:Rep role/Rep  after s1
    s3 update role:Boss role/Boss  mark=acme:role/Boss  after s2
    error replace: `role/Boss` would take the place of `Rep`, as a run that did not end has begun to; 1 holder
    note interrupted-replacement: a run that did not end has left `Boss` (id role:Boss), which was to become `role/Boss`
    ");
    insta::assert_snapshot!(shown(&whole(), files, "role Boss mark=acme:role/Boss#next description=d\nuser ana Boss"), @"
    ~ role/Boss  mark: acme:role/Boss#next -> acme:role/Boss
    s1 update role:Boss role/Boss  mark=acme:role/Boss
    note interrupted-replacement: a run that did not end has left `Boss` (id role:Boss), which was to become `role/Boss`
    ");
    let nobody = "role Boss previously=Rep";
    insta::assert_snapshot!(shown(&whole(), nobody, "role Boss mark=rolecall:role/Boss#next\nuser ana Boss"), @"
    ~ role/Boss  mark: rolecall:role/Boss#next -> ∅
    s1 update role:Boss role/Boss  mark=∅
    note interrupted-replacement: a run that did not end has left `Boss` (id role:Boss), which was to become `role/Boss`
    ");
}

#[test]
fn what_is_left_of_a_role_that_no_file_has_follows_that_role() {
    let live = "role Rep class=Location
        role Rep~(next) class=Account mark=acme:role/Rep#next
        role Other
        user ana Rep
        user bo Rep~(next) inactive";
    insta::assert_snapshot!(shown(&classes(), "owner acme\nunlisted roles delete\nrole Other", live), @"
    ± role/Rep
      TwoHops because []; holders [bo (in no file) (inactive)]; 2 requests; role:Rep (next) -> role:Rep; goes on
    s1 update user:bo user/bo  role=<role:Rep>
    s2 delete role:Rep (next) role/Rep (next)  after s1
    error replace: `role/Rep` would take the place of `Rep (next)`, as a run that did not end has begun to; 1 holder
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`
    ");
    insta::assert_snapshot!(shown(&classes(), "owner acme\nrole Other\nremove role Rep Other", live), @"
    - role/Rep  class=Location
    - role/Rep (next)  class=Account  (it was to replace `role/Rep`)
    ~ user/ana  role: Rep -> Other  (role `Rep` is removed)
    ~ user/bo  role: Rep (next) -> Other  (role `Rep` is removed)
    s1 update user:ana user/ana  role=<role:Other>
    s2 update user:bo user/bo  role=<role:Other>
    s3 delete role:Rep role/Rep  after s1
    s4 delete role:Rep (next) role/Rep (next)  after s2
    ");
    let alone = "role Rep~(next) class=Account mark=acme:role/Rep#next\nrole Other\nuser bo Rep~(next)";
    insta::assert_snapshot!(shown(&classes(), "owner acme\nunlisted roles delete\nrole Other", alone), @"
    note interrupted-replacement: a run that did not end has left `Rep (next)` (id role:Rep (next)), which was to become `role/Rep`; that role is in no file
      help: declare `role/Rep`, or say who gets its holders: `removed.roles: { Rep: { reassign_to: … } }`
    ");
    insta::assert_snapshot!(shown(&classes(), "owner acme\nrole Other\nremove role Rep Other", alone), @"
    - role/Rep (next)  class=Account  (it was to replace `role/Rep`)
    ~ user/bo  role: Rep (next) -> Other  (role `Rep` is removed)
    s1 update user:bo user/bo  role=<role:Other>
    s2 delete role:Rep (next) role/Rep (next)  after s1
    ");
}

#[test]
fn another_owners_replacement_is_not_ours() {
    let live = "role Rep class=b\nrole Rep~(next) class=b mark=zeta:role/Rep#next\nuser ana Rep~(next)";
    insta::assert_snapshot!(shown(&classes(), "owner acme\nunlisted roles delete\nrole Rep class=b", live), @"");
}

#[test]
fn who_holds_a_role_whose_mapping_changes_in_place_gets_its_type_in_a_file_or_not() {
    let live = "type A\ntype B\nrole R user_type=A
        user ana R type=A
        user bo R type=A
        user cy R inactive type=A";
    insta::assert_snapshot!(shown(&open_pack(), "type A\ntype B\nrole R user_type=B\nuser ana R", live), @"
    ~ role/R  user_type: A -> B
    ~ user/ana  user_type: A -> B
    ~ user/bo  user_type: A -> B  (role `R` is mapped to this user type)
    ~ user/cy  user_type: A -> B  (role `R` is mapped to this user type)
    s1 update role:R role/R  user_type=B
    s2 update user:ana user/ana  user_type=B  after s1
    s3 update user:bo user/bo  user_type=B  after s1
    s4 update user:cy user/cy  user_type=B  after s1
    seats A 2 / 2 / 0 of unlimited
    seats B 0 / 2 / 2 of unlimited
    ");
}

/// A random organization and what files want of it, as texts.
fn random_texts(random: &mut Random) -> (String, String) {
    let mut files = String::from(
        "allow replace=1000 removals=1000 role-removals=1000 permission-removals=1000 changes=1000\nacknowledge agreed\ntype A\ntype B\n",
    );
    if random.percent(50) {
        files.push_str("owner acme\n");
    }
    let licenses = |random: &mut Random| {
        if random.percent(30) { format!(" licenses={}", 3 + random.below(6)) } else { String::new() }
    };
    let mut live = format!("type A{}\ntype B{}\n", licenses(random), licenses(random));
    let owned = files.contains("owner");
    let pick = |random: &mut Random, of: &[&str]| of[random.below(of.len())].to_owned();
    let role = |random: &mut Random, name: &str, extra: &str| {
        let class = pick(random, &["", " class=x", " class=y", " class=x"]);
        let permissions = pick(random, &["", " permissions=a.view", " permissions=a.view,b.view"]);
        let description = pick(random, &["", " description=d", " description=e"]);
        let user_type = pick(random, &[" user_type=A", " user_type=B", " user_type=A"]);
        format!("role {name}{class}{permissions}{description}{user_type}{extra}\n")
    };
    let names = ["P", "Q", "R", "S"];
    let mut wanted = Vec::new();
    for name in names {
        let mark = if owned && random.percent(60) { format!(" mark=acme:role/{name}") } else { String::new() };
        live.push_str(&role(random, name, &mark));
        match random.below(10) {
            0 => {}
            1 => files.extend([format!("remove role {name} Z\n")]),
            2 | 3 => {
                files.push_str(&role(random, &format!("{name}2"), &format!(" previously={name}")));
                wanted.push(format!("{name}2"));
            }
            _ => {
                files.push_str(&role(random, name, ""));
                wanted.push(name.to_owned());
            }
        }
    }
    files.push_str("role Z\n");
    wanted.push("Z".to_owned());
    live.push_str("role Z\n");
    let live_lines: Vec<String> = live.lines().map(str::to_owned).collect();
    for user in 0..random.below(9) {
        let held = pick(random, &names);
        let line = live_lines.iter().find(|line| line.starts_with(&format!("role {held} "))).expect("a role");
        let user_type = if line.contains("user_type=A") { "A" } else { "B" };
        let inactive = if random.percent(20) { " inactive" } else { "" };
        live.extend([format!("user u{user} {held}{inactive} type={user_type}\n")]);
        if random.percent(70) {
            let role = if random.percent(50) {
                pick(random, &wanted.iter().map(String::as_str).collect::<Vec<_>>())
            } else {
                wanted.iter().find(|name| name.starts_with(&held)).cloned().unwrap_or("Z".to_owned())
            };
            let active = pick(random, &["", "", " active", " inactive"]);
            files.extend([format!("user u{user} {role}{active}\n")]);
        }
    }
    (files, live)
}

fn random_pack(random: &mut Random) -> Pack {
    let mut pack = classes();
    match random.below(4) {
        0 => {}
        1 => pack.roles.name = Mutability::Immutable,
        2 => pack.roles.custom_role = CustomRole::MappingOnly,
        _ => pack.roles.custom_role = CustomRole::Immutable,
    }
    if random.percent(50) {
        pack.roles.creation = Creation::PermissionsFollow;
    }
    pack
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_run_that_ends_anywhere_is_completed_by_the_next(seed: u64) {
        let random = &mut Random::new(seed);
        let pack = random_pack(random);
        let (files, live) = random_texts(random);
        let (desired, policy) = reading::desired(&files);
        let mut model = Model::new(&held(reading::live(&live)));
        let mut told = format!("{:?} {:?} {:?}\n{files}---\n{live}", pack.roles.name, pack.roles.custom_role, pack.roles.creation);
        let ends = random.below(4);
        for run in 0.. {
            let plan = plan(&desired, &held(model.live()), &pack, &policy);
            told = format!("{told}--- run {run}\n{}", text::of(&plan));
            if plan.is_refused() {
                prop_assert!(run == 0, "{told}");
                break;
            }
            prop_assert!(crate::plan::verify(&plan).is_ok(), "{told}");
            let mut steps: BTreeMap<String, usize> = BTreeMap::new();
            for step in plan.steps.iter().filter(|step| step.address.kind == Kind::User) {
                *steps.entry(step.address.name.clone()).or_default() += 1;
            }
            let two_hops = plan.steps.iter().any(|step| matches!(step.write, Write::Delete { id: Binding::CreatedBy(_) })) || run > 0;
            prop_assert!(steps.values().all(|&count| count <= if two_hops { 2 } else { 1 }), "{told}");
            if plan.is_empty() {
                prop_assert!(plan.steps.is_empty(), "{told}");
                break;
            }
            prop_assert!(run <= ends, "{told}");
            let most = if run == ends { usize::MAX } else { random.below(plan.steps.len() + 1) };
            if let Err(why) = model.apply_some(&plan, &pack, random, most) {
                return Err(TestCaseError::fail(format!("{why}\n{told}")));
            }
        }
    }

    #[test]
    fn so_it_is_when_the_files_have_changed_meanwhile(seed: u64) {
        let random = &mut Random::new(seed);
        let pack = random_pack(random);
        let (files, live) = random_texts(random);
        let (desired, policy) = reading::desired(&files);
        let mut model = Model::new(&held(reading::live(&live)));
        let first = plan(&desired, &held(model.live()), &pack, &policy);
        if !first.is_refused() {
            let most = random.below(first.steps.len() + 1);
            prop_assert!(model.apply_some(&first, &pack, random, most).is_ok());
        }
        let (other_files, _) = random_texts(random);
        let (desired, policy) = reading::desired(&other_files);
        let second = plan(&desired, &held(model.live()), &pack, &policy);
        let told = || format!("{files}---\n{live}---\n{}---\n{other_files}---\n{}", text::of(&first), text::of(&second));
        if !second.is_refused() {
            model.meets_leftovers();
            if let Err(why) = model.apply(&second, &pack, random) {
                return Err(TestCaseError::fail(format!("{why}\n{}", told())));
            }
            let again = plan(&desired, &held(model.live()), &pack, &policy);
            prop_assert!(again.is_empty(), "{}---\n{}", told(), text::of(&again));
        }
    }
}
