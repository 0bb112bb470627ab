//! Everything at once: mistakes that different stages find, in one project, each at its place.

use super::read;

/// Twelve mistakes over all stages, with a byte order mark, CRLF and text that is wider in bytes
/// than in columns around them.
const TWELVE: &str = "\u{feff}# é 日本\r
segments: { Retail Mortgage: , ' Übersee': }\r
user_types: { AI: { licenses: '40' } }\r
roles:\r
  Büro: { descripton: x, segments: [Retial Mortgage], user_type: AI }\r
  Läufer: { segments: Retail Mortgage, classifications: null }\r
  büro: { permissions: { Berichte: [view] } }\r
  Bote: !role { permissions: all }\r
  Bote: {}\r
assignments:\r
  \"日本@example.com\": { role: Büro, user_type: Other }\r
  bo@example.com: { name: Bo }\r
removed: { users: { 日本@example.com: vanish } }\r
";

#[test]
fn a_file_with_twelve_mistakes_shows_all_of_them() {
    insta::assert_snapshot!(read(&[TWELVE]), @"
        2:32 bad-format: the key ` Übersee` is not a name: some text without white space at its ends
        3:31 not-allowed: `40` is not possible for `licenses` | take the quotes away
        5:11 unknown-key: `descripton` is not known here | did you mean `description`?
        5:37 unknown-name: there is no segment `Retial Mortgage` | did you mean `Retail Mortgage`?
        6:23 wrong-type: `segments` must be a list, not a text | write a list of one: `[Retail Mortgage]`
        6:57 null-value: `classifications` must be a list, but has no value | leave the field out to keep what is live, or write `[]` to empty it
        7:3 duplicate-object: role `büro` is declared twice | keep one of the two; `Büro` and `büro` differ only in case or spaces, which do not count | 1.yaml:5:3 first declared here
        7:26 bad-format: the key `Berichte` is not an identifier: lower-case letters, digits and underscores, a letter first
        8:9 tag: tags are not used in these files | remove the tag, or quote the value if the exclamation mark belongs to it
        8:30 no-catalogue: `all` means what the platform's catalogue lists, and `open` has none | list the actions: `entity: [action, action]`
        9:3 duplicate-key: `Bote` is given twice | keep one of the two | 1.yaml:8:3 first given here
        11:46 unknown-name: there is no user type `Other` | declare it under `user_types`
        11:46 user-type-mismatch: user `日本@example.com` is said to be of type `Other`, but role `Büro` is mapped to `AI` | the type follows from the role: remove `user_type` here, or assign another role | 1.yaml:5:66 mapped here
        12:3 missing-key: `role` is missing in `bo@example.com`
        13:37 not-allowed: `vanish` is not possible for `日本@example.com` | possible here: `deactivate`, `delete`
        ");
}

#[test]
fn a_file_that_is_not_yaml_does_not_hide_the_others() {
    insta::assert_snapshot!(read(&["roles: [", "roles: { A: { segments: [x, x] } }\nsegments: {}"]), @"
        1.yaml:1:8 yaml-syntax: the bracket is not closed | add the missing `]`
        2.yaml:1:26 unknown-name: there is no segment `x` | declare it under `segments`
        2.yaml:1:29 equal-items: `x` is in `segments` already | remove one of the two; the list is a set | 2.yaml:1:26 first given here
        ");
}

#[test]
fn a_section_of_the_wrong_type_does_not_hide_the_others() {
    insta::assert_snapshot!(read(&["
segments: [Retail]
classifications:
roles: { A: { segments: [Retial], classifications: [x, x], user_type: [AI], description: 3 } }
assignments: { ana: A, Ana: [A], bo: { role: A, active: no } }
removed: { roles: [A], users: { ana: delete } }
"]), @r#"
        2:11 wrong-type: `segments` must be a map, not a list | write entries, `key: value`, instead of items
        3:1 null-value: `classifications` must be a map, but has no value | write its fields below it, indented, or `{}` for a map without any
        4:53 unknown-name: there is no classification `x` | declare it under `classifications`
        4:56 equal-items: `x` is in `classifications` already | remove one of the two; the list is a set | 1.yaml:4:53 first given here
        4:71 wrong-type: `user_type` must be a text, not a list | write the item alone, without the list
        4:90 wrong-type: `description` must be a text, not the number 3 | quote it: `"3"`
        5:29 wrong-type: `Ana` must be a text or a map, not a list | write the item alone, without the list
        5:57 wrong-type: `active` must be `true` or `false`, not a text | write `false`, without quotes
        6:19 wrong-type: `roles` must be a map, not a list | write entries, `key: value`, instead of items
        6:33 assigned-and-removed: user `ana` is removed here, and assigned by the same files | keep one of the two | 1.yaml:5:16 assigned here
        "#);
}
