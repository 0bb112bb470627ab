//! A new role takes the place of one in which something that cannot change differs.

use super::{open_pack, reading, text};
use crate::plan::{Plan, Way, plan};
use crate::platform::{
    Administrators, Attribute, Creation, CustomRole, Form, Mutability, Pack, Presence, ReservedValues, Subscription,
};
use crate::state::{Kind, Live};

/// `class` and `rank` of a role cannot change; everything else can.
pub(super) fn classes() -> Pack {
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
pub(super) fn whole() -> Pack {
    let mut pack = open_pack();
    pack.roles.custom_role = CustomRole::Immutable;
    pack.roles.custom_role_rule = Some("R-UT-30".to_owned());
    pack
}

pub(super) fn planned(pack: &Pack, desired: &str, live: &str) -> Plan {
    let (desired, policy) = reading::desired(desired);
    plan(&desired, &held(reading::live(live)), pack, &policy)
}

/// The target has a place for what the pack's roles have.
pub(super) fn held(mut live: Live) -> Live {
    let roles = live.capabilities.kinds.get_mut(&Kind::Role).expect("roles");
    roles.writable.insert("class".to_owned());
    roles.writable.insert("rank".to_owned());
    live
}

/// Without what the guard of administrators has to say, which is another matter.
#[track_caller]
pub(super) fn shown(pack: &Pack, desired: &str, live: &str) -> String {
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
pub(super) const WANTED: &str = "owner acme
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
    let plan =
        planned(&pack, "role R class=b\nallow replace=9", "caller me subscriptions=\nrole R class=a\nuser ana R");
    assert!(plan.is_refused() && plan.summary.replace == 0);
    let plan =
        planned(&pack, "role R class=b\nallow replace=9", "caller me subscriptions=users\nrole R class=a\nuser ana R");
    assert!(!plan.is_refused() && plan.summary.replace == 1);
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

/// Who becomes an administrator by the new role goes through the temporary one: the last one waits for
/// them to be one, and the old role for the last one.
#[test]
fn the_last_administrator_can_leave_a_role_that_is_replaced() {
    let mut pack = whole();
    pack.roles.administrators =
        Some(Administrators { permissions: ["admin".to_owned()].into(), ..Administrators::default() });
    let live = "role Boss permissions=admin.all description=a\nrole Plain\nuser ana Boss\nuser bo Plain";
    let files = "min_administrators 1\nrole Boss permissions=admin.all description=b\nrole Plain\nuser ana Plain";
    insta::assert_snapshot!(shown(&pack, &format!("{files}\nuser bo Boss"), live), @"
    ± role/Boss  description: a -> b
      TwoHops because [description]; holders [ana]; 5 requests; as `Boss (next)`; role:Boss -> made by s5
    ~ user/ana  role: Boss -> Plain
    ~ user/bo  role: Plain -> Boss
    s1 create role/Boss (next)  description=b mark=rolecall:role/Boss#next name=Boss (next) permissions=[admin.all]
    s2 update user:bo user/bo  role=<made by s1>  after s1
    s3 update user:ana user/ana  role=<role:Plain>  after s2
    s4 delete role:Boss role/Boss  after s3
    s5 create role/Boss  description=b name=Boss permissions=[admin.all]  after s4
    s6 update user:bo user/bo  role=<made by s5>  after s2 s5
    s7 delete made by s1 role/Boss (next)  after s1 s6
    error replace: `role/Boss` would be replaced by a new role, because `description` cannot change; 1 holder (R-UT-30)
    ");
    insta::assert_snapshot!(shown(&pack, &format!("{files}\nuser cy Boss"), live), @"
    ± role/Boss  description: a -> b
      TwoHops because [description]; holders [ana]; 5 requests; as `Boss (next)`; role:Boss -> made by s4
    ~ user/ana  role: Boss -> Plain
    + user/cy  active=true; role=Boss
    s1 create role/Boss (next)  description=b mark=rolecall:role/Boss#next name=Boss (next) permissions=[admin.all]
    s2 update user:ana user/ana  role=<role:Plain>
    s3 delete role:Boss role/Boss  after s2
    s4 create role/Boss  description=b name=Boss permissions=[admin.all]  after s3
    s5 create user/cy  active=true name=cy role=<made by s4>  after s4
    s6 delete made by s1 role/Boss (next)  after s1
    error administrators: active administrators would fall below 1 on the way: who becomes one can only do so when another one has gone
      help: `--allow administrators=1` lets exactly this pass
    error replace: `role/Boss` would be replaced by a new role, because `description` cannot change; 1 holder (R-UT-30)
    ");
}

#[test]
fn what_is_left_of_a_role_in_no_file_leaves_the_declared_ones_unchanged() {
    let live = "role Rep\nrole Rep~(next) mark=acme:role/Rep#next\nrole Other";
    let summary = planned(&classes(), "owner acme\nrole Other", live).summary;
    assert_eq!((summary.replace, summary.unchanged), (1, 1));
    let summary = planned(&classes(), "owner acme\nrole Other\nrole Rep", live).summary;
    assert_eq!((summary.replace, summary.unchanged), (1, 1));
}
