//! Packs that contradict themselves, each contradiction at its place.

use std::fmt::Write as _;

use crate::platform::read_pack;
use crate::source::Sources;

#[track_caller]
fn check(text: &str) -> String {
    let mut sources = Sources::default();
    let source = sources.add("pack.yaml", text);
    let (_, found) = read_pack(&sources, source);
    let mut text = String::new();
    for finding in found.sorted() {
        let at = sources.locate(finding.span);
        writeln!(text, "{}:{} {}: {}", at.line, at.column, finding.code, finding.message).expect("text");
    }
    text
}

#[test]
fn every_contradiction_is_found_at_its_place() {
    insta::assert_snapshot!(check("
platform: own
title: Own
vocabularies:
  classifications: { mode: closed }
  segments: { mode: managed, values: [{ name: Retail }] }
  user_types: { mode: tenant, values: [{ name: AI, aliases: [Ai] }, { name: Other }, { name: other }] }
roles:
  administrators: {}
  attributes:
    name: { type: text }
    description: { type: name, values: [A] }
    segments: { type: names, of: classifications }
    class: { type: name, of: segments, values: [A, a] }
    note: { type: text, of: segments }
    free: { type: names }
    a_b: { type: text, values: [x] }
  permissions: {}
users: { user_name: text, user_type: role }
catalogue: { all: { actions: [view] }, campaigns: { actions: [all], sensitive: [export] } }
"), @"
        5:20 bad-pack: `classifications` is closed and has no values, so nothing could be in it
        6:38 bad-pack: `segments` is managed from the files, so the pack cannot list its values
        7:40 bad-pack: `Ai` means the same name as `AI`, which is listed before it
        7:86 bad-pack: `other` means the same name as `Other`, which is listed before it
        9:19 bad-pack: `administrators` names nobody
        11:11 bad-pack: an attribute cannot be called `name`: every role has something of that name
        12:18 bad-pack: `description` can only be `{ type: text }`
        13:15 bad-pack: `segments` can only be `{ type: names, of: segments }`
        14:12 bad-pack: `class` has both `of` and `values`; its names come from one of them
        14:52 bad-pack: `a` means the same name as `A`, which is listed before it
        15:11 bad-pack: `note` is a free text and has `of`
        16:11 bad-pack: `free` has neither `of` nor `values`
        17:10 bad-pack: `a_b` is a free text and has `values`
        19:38 bad-pack: a user's type comes from the role, and roles have no attribute `user_type`
        20:19 bad-pack: an entity cannot be called `all`: it is a word of the permission forms
        20:62 bad-pack: an action cannot be called `all`: it is a word of the permission forms
        20:81 bad-pack: `export` is sensitive and no action of `campaigns`
        ");
}

#[test]
fn what_no_file_could_break_or_nobody_could_do_is_found() {
    insta::assert_snapshot!(check("
platform: own
title: Own
vocabularies:
  classifications: { mode: managed, rule: R-OWN-1, enabled_rule: R-OWN-2 }
  segments: { mode: absent, values: [{ name: Retail }] }
  user_types: { mode: absent }
roles:
  administrators: { permissions: [campaigns, campaigns.fly, ships] }
  attributes:
    segments: { type: names, of: segments, rule: R-OWN-3 }
    note: { type: text, presence: required, rule: R-OWN-4, set_rule: R-OWN-5 }
  permissions: { presence: required, word_rule: R-OWN-6, empty_rule: R-OWN-7 }
users: { user_name: text, user_type: none }
catalogue: { campaigns: { actions: [view] } }
authorities: { guest: [], batch: [bulk_roles] }
"), @"
        5:43 bad-pack: every name can be in `classifications`, so `rule` cannot be broken
        5:66 bad-pack: only a `tenant` vocabulary has values that are not enabled, and `classifications` is none
        6:37 bad-pack: `segments` is absent and has values
        9:46 bad-pack: the catalogue has no `campaigns.fly`
        9:61 bad-pack: the catalogue has no `ships`
        11:34 bad-pack: `segments` takes its names from `segments`, which is absent
        11:50 bad-pack: `segments` is optional, so the rule that it must be there cannot be broken
        12:70 bad-pack: `note` holds no set of names, and has `set_rule`
        13:49 bad-pack: no change of permissions needs a word, and `word_rule` says that one does
        13:70 bad-pack: permissions are required, and `empty_rule` allows a role without any
        16:14 bad-pack: no authority may `write`, so nothing could ever be applied
        16:34 bad-pack: `batch` may change several roles at once but not one
        ");
}

#[test]
fn a_pack_of_the_wrong_shape_is_held_by_the_schema() {
    insta::assert_snapshot!(check("
platform: Own
title: ''
vocabularies: { classifications: { mode: open }, segments: { mode: managed } }
roles: { attributes: { Class: { type: word } }, permissions: {}, extra: 1 }
users: { user_name: text, user_type: role }
"), @"
    2:11 bad-format: `Own` is not a platform's name: lower-case letters, digits and hyphens, a letter first
    3:8 bad-format: `` is not a text with something in it
    4:1 missing-key: `user_types` is missing in `vocabularies`
    4:42 not-allowed: `open` is not possible for `mode`
    5:24 bad-format: the key `Class` is not an identifier: lower-case letters, digits and underscores, a letter first
    5:39 not-allowed: `word` is not possible for `type`
    5:66 unknown-key: `extra` is not known here
    ");
}

/// A pack that says nothing beside these lines; each stands at the beginning of a line.
fn pack(roles: &str, rest: &str) -> String {
    format!(
        "platform: own
title: Own
vocabularies:
  classifications: {{ mode: absent }}
  segments: {{ mode: absent }}
  user_types: {{ mode: closed, values: [{{ name: Full, cheaper: [Half] }}, {{ name: Half }}] }}
users: {{ user_name: text, user_type: role }}
roles:
  attributes:
    user_type: {{ type: name, of: user_types, presence: required }}
    class: {{ type: name, values: [Account, Location], presence: required, mutability: immutable }}
    tags: {{ type: names, values: [A, B] }}
{roles}
{rest}
"
    )
}

const CATALOGUE: &str = "
catalogue:
  reports: { actions: [view, export] }
  users: { actions: [view, create], user_types: [Full] }";

#[test]
fn what_built_in_roles_are_is_what_roles_can_be() {
    insta::assert_snapshot!(check(&pack("
  permissions: { presence: required }
  protected: [ROOT, Boss]
  built_in:
    deletable: true
    delete_rule: R-OWN-1
    roles:
      one:
        name: Boss
        attributes: { class: [Acount], colour: [Red], user_type: [Full, Half], tags: [C] }
        changeable: [name, class, colour, permissions]
        permissions: { only: [reports] }
      two:
        name: Owner
        aliases: [boss, Root]
        attributes: { class: [] }
        permissions: { except: [reports] }
", CATALOGUE)), @"
        15:15 bad-pack: `ROOT` is protected, and the name of the built-in role `two`
        15:21 bad-pack: `Boss` is protected, and the name of the built-in role `one`
        18:18 bad-pack: built-in roles can be deleted, and `delete_rule` says that they are always there
        22:31 bad-pack: `Acount` is none of the values of `class`
        22:48 bad-pack: roles have no attribute `colour`
        22:66 bad-pack: `user_type` holds one value, not 2
        22:87 bad-pack: `C` is none of the values of `tags`
        23:28 bad-pack: `class` is changeable here, and immutable for every role
        23:35 bad-pack: roles have no attribute `colour`
        27:19 bad-pack: `boss` means the same name as one of `one`
        28:30 bad-pack: `class` is required, and the role has none
        29:22 bad-pack: permissions are required, and `two` has none
        29:32 bad-pack: `except` leaves something out of `all`, which is not set
        ");
}

#[test]
fn what_built_in_roles_grant_is_there_to_be_granted() {
    insta::assert_snapshot!(check(&pack("
  permissions: { view_implies_all: true }
  built_in:
    roles:
      one:
        name: Boss
        attributes: { class: [Account], user_type: [Half] }
        permissions: { only: [users.create, reports.fly, ships, reports.export] }
        never: { permissions: [reports, cars] }
      two:
        name: Owner
        permissions: { all: true, except: [reports.print] }
        never: { permissions: [] }
", CATALOGUE)), @"
        20:22 bad-pack: `reports.export` cannot be granted without `reports.view`
        20:31 bad-pack: a role of its user type cannot grant `users.create`
        20:45 bad-pack: the catalogue has no `reports.fly`
        20:58 bad-pack: the catalogue has no `ships`
        21:32 bad-pack: `one` grants `reports` at first, and must never grant it
        21:41 bad-pack: the catalogue has no `cars`
        24:44 bad-pack: the catalogue has no `reports.print`
        25:31 bad-pack: there is nothing that it must never grant
        ");
    insta::assert_snapshot!(check(&pack("
  permissions: {}
  built_in: { roles: { one: { name: Boss, permissions: { all: true } } } }
", "")), @"15:63 bad-pack: `all` means what the catalogue lists, and there is none");
}

#[test]
fn reserved_values_are_those_of_one_built_in_role() {
    insta::assert_snapshot!(check(&pack("
  permissions: {}
  built_in:
    roles:
      one: { name: One, attributes: { class: [Account] } }
      two: { name: Two, attributes: { class: [Account] } }
      three: { name: Three, attributes: { class: [Location] } }
  reserved:
    - { values: { class: Account }, built_in: one }
    - { values: { class: Nobody, colour: Red }, built_in: one }
    - { values: { tags: A }, built_in: three }
    - { values: { class: Location }, built_in: four }
    - { values: {}, built_in: one }
", "")), @"
        18:37 bad-pack: `two` has these values, which are reserved for `one`
        22:26 bad-pack: `Nobody` is none of the values of `class`
        22:42 bad-pack: roles have no attribute `colour`
        22:59 bad-pack: `one` does not have these values itself
        23:25 bad-pack: `tags` does not hold one name, so no value of it is reserved
        23:40 bad-pack: `three` does not have these values itself
        24:48 bad-pack: no role with the key `four` is built in
        25:17 bad-pack: no values are reserved
        ");
}

#[test]
fn who_administers_and_who_manages_whom_is_told_by_what_roles_can_have() {
    insta::assert_snapshot!(check(&pack("
  permissions: {}
  administrators: { built_in: [boss] }
  managing:
    by: class
    permission: user
    managers:
      - { role: { class: Account, rank: Admin }, manages: [Account, Elsewhere] }
      - { role: { class: Location }, manages: [Location] }
      - { role: { class: Location, user_type: Full }, manages: [] }
", CATALOGUE)), @"
        15:32 bad-pack: no role with the key `boss` is built in
        18:17 bad-pack: the catalogue has no `user`
        20:41 bad-pack: roles have no attribute `rank`
        20:69 bad-pack: `Elsewhere` is none of the values of `class`
        22:9 bad-pack: an earlier row describes these roles already, and the first one counts
        ");
    insta::assert_snapshot!(check(&pack("
  permissions: {}
  managing: { by: colour, permission: users, managers: [{ role: {}, manages: [Red] }] }
", CATALOGUE)), @"15:19 bad-pack: roles have no attribute `colour`");
    insta::assert_snapshot!(check(&pack("
  permissions: {}
  managing: { by: tags, permission: users, managers: [] }
", CATALOGUE)), @"
        15:19 bad-pack: `tags` does not hold one name, so it does not divide the roles
        15:54 bad-pack: nobody manages anybody, so nothing could ever be applied
        ");
}

#[test]
fn the_catalogue_says_what_kind_each_entity_is() {
    insta::assert_snapshot!(check(&pack("
  permissions: { view_implies_all: true }
", "
catalogue:
  users: { actions: [create], fields: [name], user_types: [Quarter] }
  roles: { actions: [create], field_actions: [create], aliases: [users, groups] }
  groups: { kind: location, actions: [view], aliases: [all, crews] }
  places: { kind: location, actions: [view, add], fields: [phone, all], field_actions: [view, fly], aliases: [crews] }
  sites: { kind: location, actions: [view], fields: [phone] }
")), @"
        14:36 bad-pack: `view` means all on functionalities, and none in the catalogue has it
        18:39 bad-pack: `users` has fields and is a functionality
        18:60 bad-pack: `Quarter` is none of the values of `user_types`
        19:46 bad-pack: `roles` has actions that are limited to fields and is a functionality
        19:66 bad-pack: `users` means the entity `users` already
        19:73 bad-pack: `groups` means the entity `groups` already
        20:19 bad-pack: `groups` is a location and has no `fields`
        20:56 bad-pack: an entity cannot be called `all`: it is a word of the permission forms
        21:67 bad-pack: a field cannot be called `all`: it is a word of the permission forms
        21:95 bad-pack: `fly` can be limited to fields and is no action of `places`
        21:111 bad-pack: `crews` means the entity `groups` already
        22:53 bad-pack: no action of `sites` can be limited to its fields
        ");
}

#[test]
fn user_types_of_entities_need_user_types_of_roles() {
    insta::assert_snapshot!(check("
platform: own
title: Own
vocabularies:
  classifications: { mode: closed, values: [{ name: A, cheaper: [B] }, { name: B }] }
  segments: { mode: absent }
  user_types: { mode: absent }
users: { user_name: text, user_type: none, user_type_rule: R-OWN-1, seat_rule: R-OWN-2 }
roles:
  attributes: {}
  permissions: {}
  custom_role: mapping_only
catalogue: { users: { actions: [view], user_types: [Full] } }
bulk: { hides_held_seats: true, roles: { replaces: [] } }
authorities: { admin: [write] }
subscriptions: { extra: { label: Extra } }
"), @"
        5:66 bad-pack: only user types have a price, and `classifications` are none
        8:60 bad-pack: users have no types, so `user_type_rule` cannot be broken
        8:80 bad-pack: users have no types, so `seat_rule` cannot be broken
        12:16 bad-pack: custom roles keep their user type, and roles have no `user_type`
        13:53 bad-pack: roles have no `user_type`, so none could grant this
        14:27 bad-pack: users have no types, so they hold no seats
        14:40 bad-pack: no authority has the power `bulk_roles`, so nobody could use it
        14:52 bad-pack: a request for several roles could replace nothing
        16:25 bad-pack: `extra` decides over no roles
        ");
}

#[test]
fn nothing_costs_less_than_itself() {
    insta::assert_snapshot!(check("
platform: own
title: Own
vocabularies:
  classifications: { mode: absent }
  segments: { mode: absent }
  user_types:
    mode: closed
    values:
      - { name: A, cheaper: [B, Z] }
      - { name: B, cheaper: [C] }
      - { name: C, cheaper: [A] }
      - { name: D, cheaper: [D, A] }
users: { user_name: text, user_type: role }
roles:
  attributes: { user_type: { type: name, of: user_types } }
  permissions: {}
"), @"
        10:30 bad-pack: `A` would cost less than itself, through `B`
        10:33 bad-pack: `Z` is none of the values of `user_types`
        11:30 bad-pack: `B` would cost less than itself, through `C`
        12:30 bad-pack: `C` would cost less than itself, through `A`
        13:30 bad-pack: `D` would cost less than itself, through `D`
        ");
}

#[test]
fn a_rule_that_nobody_could_break_is_found() {
    insta::assert_snapshot!(check(&pack("
    note: { type: text, values_rule: R-OWN-1, mutability_rule: R-OWN-2 }
  permissions: { rule: R-OWN-3, user_type_rule: R-OWN-4, view_rule: R-OWN-5, field_rule: R-OWN-6 }
  creation_rule: R-OWN-7
  custom_role_rule: R-OWN-8
  built_in: { delete_rule: R-OWN-9, change_rule: R-OWN-10 }
", "
subscriptions: { extra: { label: Extra, built_in_roles_rule: R-OWN-11 } }
bulk: { held_seats_rule: R-OWN-12, roles: { replaces: [colour, permissions] } }
catalogue: { reports: { actions: [view] } }
")), @"
        14:38 bad-pack: `note` has no values of its own, so `values_rule` cannot be broken
        14:64 bad-pack: `note` can change, so `mutability_rule` cannot be broken
        15:24 bad-pack: permissions are optional, so the rule that they must be there cannot be broken
        15:49 bad-pack: every user type may hold everything in the catalogue, so `user_type_rule` cannot be broken
        15:69 bad-pack: `view` does not mean all, so `view_rule` cannot be broken
        15:90 bad-pack: every action on a location can be limited to fields, so `field_rule` cannot be broken
        16:18 bad-pack: a role is made with one request, so `creation_rule` cannot be broken
        17:21 bad-pack: custom roles can change, so `custom_role_rule` cannot be broken
        18:28 bad-pack: no roles are built in, so `delete_rule` cannot be broken
        18:50 bad-pack: no roles are built in, so `change_rule` cannot be broken
        21:62 bad-pack: no roles are built in, so `built_in_roles_rule` cannot be broken
        22:26 bad-pack: held seats are not hidden, so `held_seats_rule` cannot be broken
        22:56 bad-pack: roles have no attribute `colour`
        ");
    insta::assert_snapshot!(check(&pack("
  permissions: { presence: required }
  creation: permissions_follow
", "")), @"15:13 bad-pack: a role is made without permissions, and must never be without any");
}
