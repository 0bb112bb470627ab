//! From the text of a project file to findings and a project.

use std::fmt::Write as _;
use std::time::Duration;

use super::*;
use crate::diagnostic::Diagnostics;
use crate::source::Sources;

fn findings(sources: &Sources, found: Diagnostics) -> String {
    let mut text = String::new();
    for finding in found.sorted() {
        let at = sources.locate(finding.span);
        write!(text, "{}:{} {}: {}", at.line, at.column, finding.code, finding.message).expect("text");
        writeln!(text, "{}", finding.help.map(|help| format!(" | {help}")).unwrap_or_default()).expect("text");
    }
    text
}

#[track_caller]
fn wrong(text: &str) -> String {
    let mut sources = Sources::default();
    let source = sources.add("rolecall.yaml", text);
    let (_, found) = read(&sources, source);
    findings(&sources, found)
}

#[track_caller]
fn project(text: &str, environment: Option<&str>) -> Project {
    let mut sources = Sources::default();
    let source = sources.add("rolecall.yaml", text);
    let (file, found) = read(&sources, source);
    assert_eq!(findings(&sources, found), "");
    file.expect("a file without findings").environment(environment).expect("the environment exists")
}

const WHOLE: &str = "
version: 1
platform: open
target:
  url: https://roles.example.com/scim/v2
  token: { env: ROLECALL_TOKEN }
  ca: ca.pem
  settle: 500ms
  timeout: 2m
  page_size: 100
  concurrency: 4
  max_requests_per_second: 20
  urn_prefix: 'urn:example:'
  mapping: { role: groups, user_type: title }
manifests: ['manifests/**/*.yaml', more.yaml]
owner: acme
unlisted: { roles: delete-owned, users: report }
unknown_users: refuse
administrators: { roles: [Owner, Deputy] }
guards: { max_removed: 10%, max_changed: 100%, min_population: 5, min_administrators: 3 }
default_environment: staging
environments:
  staging: { target: { url: https://staging.example.com/scim/v2, mapping: { role: roles } }, owner: other }
  production:
    confirm: name
    target: { token: { command: [vault, read] } }
    guards: { max_removed: 5% }
    administrators: { roles: [Owner] }
    manifests: [live.yaml]
";

#[test]
fn what_is_left_out_has_its_default() {
    let project = project("version: 1\n", None);
    assert_eq!(project.environment, None);
    assert_eq!(project.platform, None);
    assert_eq!(project.target, Target::default());
    assert_eq!(project.target.settle, Duration::from_secs(10));
    assert_eq!(project.target.timeout, Duration::from_secs(30));
    assert_eq!((project.target.page_size, project.target.concurrency), (1_000, 8));
    assert_eq!(project.manifests, [Setting { value: "manifests/**/*.yaml".into(), span: None }]);
    assert_eq!(project.owner, None);
    assert_eq!(project.unlisted_roles.value, UnlistedRoles::Ignore);
    assert_eq!(project.unlisted_users.value, UnlistedUsers::Ignore);
    assert_eq!(project.unknown_users.value, UnknownUsers::Create);
    assert_eq!(project.guards, Guards::default());
}

#[test]
fn every_setting_is_read() {
    // A file without environments, so that nothing is laid over it.
    let text = WHOLE.split("default_environment").next().expect("the part before it");
    let project = project(text, None);
    let target = project.target;
    assert_eq!(target.url.expect("a URL").value, "https://roles.example.com/scim/v2");
    assert_eq!(target.token, Some(Token::Env("ROLECALL_TOKEN".into())));
    assert_eq!(target.ca.as_deref(), Some("ca.pem"));
    assert_eq!((target.settle, target.timeout), (Duration::from_millis(500), Duration::from_mins(2)));
    assert_eq!((target.page_size, target.concurrency, target.max_requests_per_second), (100, 4, Some(20)));
    assert_eq!(target.urn_prefix, "urn:example:");
    assert_eq!(target.mapping.role.expect("a role").value, "groups");
    assert_eq!(target.mapping.user_type.expect("a type").value, "title");
    assert_eq!(
        project.manifests.iter().map(|pattern| &*pattern.value).collect::<Vec<_>>(),
        ["manifests/**/*.yaml", "more.yaml"]
    );
    assert_eq!(project.owner.as_deref(), Some("acme"));
    assert_eq!(project.unlisted_roles.value, UnlistedRoles::DeleteOwned);
    assert!(project.unlisted_roles.span.is_some(), "a setting that is written has its place");
    assert_eq!(project.unlisted_users.value, UnlistedUsers::Report);
    assert_eq!(project.unknown_users.value, UnknownUsers::Refuse);
    assert_eq!(project.administrators.iter().map(|role| &*role.value).collect::<Vec<_>>(), ["Owner", "Deputy"]);
    let guards = Guards { max_removed_percent: 10, max_changed_percent: 100, min_population: 5, min_administrators: 3 };
    assert_eq!(project.guards, guards);
}

#[test]
fn an_environment_merges_maps_and_replaces_the_rest() {
    let staging = project(WHOLE, None);
    assert_eq!(staging.environment.as_deref(), Some("staging"));
    assert_eq!(staging.confirm, None);
    assert_eq!(staging.target.url.expect("a URL").value, "https://staging.example.com/scim/v2");
    assert_eq!(staging.target.token, Some(Token::Env("ROLECALL_TOKEN".into())));
    assert_eq!(staging.target.mapping.role.expect("a role").value, "roles");
    assert_eq!(staging.target.mapping.user_type.expect("a type").value, "title");
    assert_eq!(staging.owner.as_deref(), Some("other"));

    let production = project(WHOLE, Some("production"));
    assert_eq!(production.confirm, Some(Confirm::Name));
    assert_eq!(production.target.url.expect("a URL").value, "https://roles.example.com/scim/v2");
    assert_eq!(production.target.token, Some(Token::Command(vec!["vault".into(), "read".into()])));
    assert_eq!(production.guards.max_removed_percent, 5);
    assert_eq!(production.guards.max_changed_percent, 100);
    assert_eq!(production.administrators.len(), 1);
    assert_eq!(production.manifests.len(), 1);
}

#[test]
fn an_environment_that_is_asked_for_exists() {
    let mut sources = Sources::default();
    let source = sources.add("rolecall.yaml", WHOLE);
    let file = read(&sources, source).0.expect("a file");
    let unknown = file.environment(Some("prodution")).expect_err("there is none");
    insta::assert_snapshot!(findings(&sources, unknown), @"1:1 unknown-environment: there is no environment `prodution` | did you mean `production`?");
    let unknown = file.environment(Some("qa")).expect_err("there is none");
    insta::assert_snapshot!(findings(&sources, unknown), @"1:1 unknown-environment: there is no environment `qa` | the file has `staging`, `production`");
    insta::assert_snapshot!(wrong("version: 1\ndefault_environment: qa\n"), @"2:22 unknown-environment: there is no environment `qa` | the file has no `environments`");
}

#[test]
fn a_platform_is_a_pack_that_is_carried_or_a_path() {
    let of = |platform: &str| project(&format!("version: 1\nplatform: {platform}\n"), None);
    assert_eq!(of("open").built_in_pack().expect("it is carried").expect("a pack").platform, "open");
    assert!(matches!(of("packs/own.yaml").platform, Some(PlatformName::File(_))));
    assert!(matches!(of("own.yml").built_in_pack(), Ok(None)));
    assert!(of("opne").built_in_pack().is_err());
}

#[test]
fn settings_that_cannot_be_meant_are_found_in_every_environment() {
    insta::assert_snapshot!(wrong("
version: 1
target: { url: 'http://roles.example.com', timeout: 0s }
guards: { max_removed: 101%, max_changed: 999% }
unlisted: { roles: delete-owned }
environments:
  a: { target: { url: 'ftp://x' }, owner: acme }
  b: { target: { url: 'https://user:secret@host/' } }
  c: { target: { url: 'https://host/?x=1' } }
  d: { target: { url: host } }
"), @"
        3:16 bad-setting: `http://roles.example.com` would send the token in the clear | use https; plain http is only for this machine
        3:53 bad-setting: no request can be done in no time | give requests some seconds
        4:24 bad-setting: `101%` is more than everything | a share is at most `100%`
        4:43 bad-setting: `999%` is more than everything | a share is at most `100%`
        5:20 bad-setting: `delete-owned` deletes what carries our mark, and without `owner` nothing does | add `owner`
        7:23 bad-setting: `ftp://x` is no URL of a service | write it like `https://roles.example.com/scim/v2`
        8:23 bad-setting: the URL has a user or a password in it | remove it; the token is given under `token`
        9:23 bad-setting: `https://host/?x=1` has a query or a fragment, to which no path can be added | write only what comes before the endpoints' names
        10:23 bad-setting: `host` is no URL of a service | write it like `https://roles.example.com/scim/v2`
        ");
}

#[test]
fn what_has_the_wrong_shape_is_found_and_the_rest_is_checked() {
    insta::assert_snapshot!(wrong("
version: 2
platfrom: open
target: { url: 3, token: secret, settle: 10, timeout: 10 s, page_size: 0, concurrency: 65 }
guards: { max_removed: 25, min_population: -1 }
unlisted: { roles: remove }
owner: 'a:b'
environments:
  'a b': { version: 1 }
  c: { confirm: yes, target: { token: { env: A, file: b }, url: 'http://example.com' } }
"), @r#"
        2:10 not-allowed: `2` is not possible for `version` | did you mean `1`?
        3:1 unknown-key: `platfrom` is not known here | did you mean `platform`?
        4:16 wrong-type: `url` must be a text, not the number 3 | quote it: `"3"`
        4:26 wrong-type: a token is never written into the file | say where it comes from: `{ env: NAME }`, `{ file: PATH }` or `{ command: [PROGRAM, ARGUMENT] }`
        4:42 wrong-type: `settle` must be a text, not the number 10 | quote it: `"10"`
        4:55 bad-format: `10 s` is not a duration such as `500ms`, `10s` or `2m`
        4:72 out-of-range: `page_size` must be at least 1, not 0
        4:88 out-of-range: `concurrency` must be at most 64, not 65
        5:24 wrong-type: `max_removed` must be a text, not the number 25 | quote it: `"25"`
        5:44 out-of-range: `min_population` must be at least 0, not -1
        6:20 not-allowed: `remove` is not possible for `roles` | possible here: `ignore`, `report`, `delete-owned`, `delete`
        7:8 bad-format: `a:b` is not a word: letters, digits, dots, underscores and hyphens, a letter or digit first
        9:3 bad-format: the key `a b` is not a word: letters, digits, dots, underscores and hyphens, a letter or digit first
        9:12 unknown-key: `version` is not known here | known here: `administrators`, `confirm`, `guards`, `manifests`, `owner`, `platform`, `target`, `unknown_users`, `unlisted`
        10:17 not-allowed: `yes` is not possible for `confirm` | possible here: `name`
        10:39 out-of-range: `token` can have at most 1 entry, has 2
        10:65 bad-setting: `http://example.com` would send the token in the clear | use https; plain http is only for this machine
        "#);
    insta::assert_snapshot!(wrong("owner: 'a:b'\nguards: { max_removed: 200% }\nenvironments: { a: }"), @"
        1:1 missing-key: `version` is missing
        1:8 bad-format: `a:b` is not a word: letters, digits, dots, underscores and hyphens, a letter or digit first
        2:24 bad-setting: `200%` is more than everything | a share is at most `100%`
        3:17 null-value: `a` must be a map, but has no value | write its fields below it, indented, or `{}` for a map without any
        ");
    insta::assert_snapshot!(wrong(""), @"1:1 null-value: the file must be a map, but has no value");
    insta::assert_snapshot!(wrong("[]"), @"1:1 wrong-type: the file must be a map, not a list | write entries, `key: value`, instead of items");
}

#[test]
fn plain_http_reaches_this_machine_alone() {
    for good in ["http://localhost:8080/scim/v2", "http://127.0.0.1/", "http://[::1]:80", "https://x.example/scim/v2"] {
        assert_eq!(check_url(good), Ok(()), "{good}");
    }
    let bad = [
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost@example.com",
        "http://example.com\\@localhost",
    ];
    for bad in bad.into_iter().chain([
        "http://",
        "https://",
        "localhost:8080",
        "file:///x",
        "https://a b",
        "https://a\t.b",
        "https://x/#y",
        "",
    ]) {
        assert!(check_url(bad).is_err(), "{bad}");
    }
    let secret = check_url("https://ana:hunter2@example.com").expect_err("it has a password");
    assert!(!secret.0.contains("hunter2"), "a secret is not repeated");
}

#[test]
fn what_the_pack_says_the_project_does_not_say_again() {
    let against = |platform: &str, has_assignments| {
        let text = format!(
            "version: 1\nplatform: {platform}\nadministrators: {{ roles: [Owner] }}\nunlisted: {{ users: deactivate }}\n"
        );
        let mut sources = Sources::default();
        let source = sources.add("rolecall.yaml", text);
        let project = read(&sources, source).0.expect("it can be read").environment(None).expect("it has none");
        let pack = project.built_in_pack().expect("it is carried").expect("it is named");
        findings(&sources, project.against(&pack, has_assignments))
    };
    assert_eq!(against("open", true), "");
    insta::assert_snapshot!(against("open", false), @"4:20 bad-setting: `deactivate` is for users whom nothing assigns, and no manifest has `assignments` | add `assignments`, or remove this");
    insta::assert_snapshot!(against("total-expert", true), @"3:27 bad-setting: `total-expert` itself says who is an administrator | remove `administrators`");
}

#[test]
fn a_setting_without_a_value_is_no_question_of_what_is_live() {
    insta::assert_snapshot!(wrong("version: 1\nplatform:\ntarget: { url: , token: }\nmanifests:\nadministrators: { roles: }\n"), @"
        2:1 null-value: `platform` must be a text, but has no value | leave the key out, or give it a value
        3:11 null-value: `url` must be a text, but has no value | leave the key out, or give it a value
        3:18 null-value: `token` must be a map, but has no value | write its fields below it, indented
        4:1 null-value: `manifests` must be a list, but has no value | leave the key out, or give it a value
        5:19 null-value: `roles` must be a list, but has no value | leave the key out, or write `[]` for none
        ");
}
