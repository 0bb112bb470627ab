//! `rolecall doctor`: each promise that a target breaks is named with what follows, and trying writes
//! leaves nothing behind.

use crate::support::flawed::{Flaw, Flawed};
use crate::support::{Folder, Run, TOKEN, ended};
#[cfg(feature = "sandbox")]
use crate::support::{Server, VIEWER};
#[cfg(feature = "sandbox")]
use serde_json::json;
use std::process::Stdio;
use std::time::Duration;

/// Looks at a target of the tests, on the `open` platform.
fn look(url: &str, more: &[&str]) -> Run {
    let arguments = [&["doctor", "--platform", "open", "--settle", "300ms"], more].concat();
    Folder::new().run_with(&arguments, &[("ROLECALL_URL", url), ("ROLECALL_TOKEN", TOKEN)])
}

/// The line of a capability: its mark, and the rest in single spaces.
fn line(run: &Run, capability: &str) -> String {
    let is_it = |line: &&str| line.get(2..).is_some_and(|line| line.starts_with(capability));
    let line = run.stdout.lines().find(is_it).unwrap_or_else(|| panic!("no `{capability}` in\n{}", run.stdout));
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_broken_promise_is_named_with_what_follows() {
    use Flaw::*;
    for (flaw, code, capability, expected) in [
        (
            IgnoresStartIndex,
            0,
            "paging",
            "~ paging by index - `startIndex` is ignored: pages begin alike reads lists that come in one page, refuses to plan else",
        ),
        (
            IgnoresStartIndexInUrls,
            0,
            "paging",
            "~ paging by index - `startIndex` is ignored: pages begin alike reads longer lists through .search",
        ),
        (OnlyCursors, 0, "paging by index", "? paging by index no not looked at does not need it: reads by cursor"),
        (OnlyCursors, 0, "paging by cursor", "paging by cursor yes 12 users in pages of 2 reads lists whole by it"),
        (OnlyCursors, 0, "users", "users yes 12 users, the list is whole reads and writes them"),
        (
            TotalsOfPagesOfTen,
            5,
            "users",
            "! users yes 10 announced, 11 arrived refuses to plan: half a list could take access away",
        ),
        (
            TotalsOfPagesOfSeven,
            5,
            "page after the last",
            "! page after the last - somebody whom the total leaves out may take a part for the whole: no plan on it is to be trusted",
        ),
        (PagesOfFive, 0, "size", "~ size of pages - 5 came when 2 were asked for takes the pages as they come"),
        (
            HidesOne,
            5,
            "users",
            "! users yes 12 announced, 11 arrived refuses to plan: half a list could take access away",
        ),
        (
            TextTotal,
            5,
            "users",
            "! users yes the list has a `totalResults` that is no whole number refuses to plan: half a list could take access away",
        ),
        (
            IgnoresFilter,
            0,
            "filter: userName",
            "~ filter: userName eq yes 12 found of whom there is nobody: it is ignored checks each hit; a create without an answer may end as unknown, and is not sent twice",
        ),
        (FiltersExactly, 0, "filter: case", "~ filter: case - counts compares names itself, without case"),
        (
            NoVersionsInLists,
            0,
            "versions",
            "~ versions (ETag) yes with the object, not in lists re-reads before each write, which is not as safe",
        ),
        (
            RestlessVersions,
            5,
            "versions",
            "! versions (ETag) yes another one at each reading takes every object for changed: apply ends with 4",
        ),
        (NoVersions, 0, "versions", "~ versions (ETag) no none re-reads before each write, which is not as safe"),
        (
            NoNotFound,
            5,
            "an id",
            "! an id that is nobody's - 400 what is gone looks broken: its steps fail, apply ends with 4",
        ),
        (NoPatch, 0, "PATCH", "~ PATCH no not tried writes whole objects (PUT), having read them"),
        (NoRoles, 5, "user: role", "! user: role no no such attribute refuses plans that write it (cannot-hold)"),
    ] {
        let flawed = Flawed::with(12, &[flaw]);
        let run = look(&flawed.url, &[]).expect(code);
        assert_eq!(line(&run, capability), expected, "{flaw:?}");
        let is_question = |heard: &String| heard.starts_with("GET ") || heard == "POST /v2/Users/.search";
        assert!(flawed.heard().iter().all(is_question), "{flaw:?}: {:?}", flawed.heard());
    }
}

#[test]
fn each_broken_promise_about_writes_is_named_and_nothing_is_left_behind() {
    use Flaw::*;
    for (flaw, code, capability, expected) in [
        (PatchDoesNothing, 5, "PATCH", "! PATCH yes 200, and does not show changes are not done: apply ends with 4"),
        (
            IgnoresIfMatch,
            5,
            "If-Match, a wrong",
            "! If-Match, a wrong version yes 200 may overwrite what somebody else has changed meanwhile",
        ),
        (
            Duplicates,
            0,
            "the same name",
            "~ the same name again - 201 looks names up itself; two runs at once can make two of a name",
        ),
        (
            Bumps,
            0,
            "a change",
            "~ a change to the same - a new version repeats steps; plans made before are stale then",
        ),
        (NoPatch, 0, "PUT", "~ PUT - 200, and it shows writes whole objects, having read them"),
        (Forbids, 3, "creating", "! creating a user - 403 apply ends with 3"),
        (MakesLater, 0, "creating", "~ creating a user - 202 looks until it is there"),
        (CutsCreate, 5, "trying writes", "! trying writes"),
        (IgnoresFilter, 0, "made, then looked", "made, then looked up - seen at once reads back what it writes"),
    ] {
        let flawed = Flawed::with(12, &[flaw]);
        let before = flawed.users();
        let run = look(&flawed.url, &["--probe-writes", "--yes"]).expect(code);
        assert!(line(&run, capability).starts_with(expected), "{flaw:?}: {}", line(&run, capability));
        assert_eq!(flawed.users(), before, "{flaw:?}");
    }
}

#[test]
fn the_object_is_removed_although_trying_fails() {
    let flawed = Flawed::with(3, &[Flaw::CutsPatch]);
    let before = flawed.users();
    let run = look(&flawed.url, &["--probe-writes", "--yes"]).expect(5);
    assert!(line(&run, "trying writes").ends_with("what follows was not tried"), "{}", run.stdout);
    assert_eq!(flawed.users(), before);
}

#[test]
fn what_could_not_be_removed_is_said() {
    let flawed = Flawed::with(3, &[Flaw::KeepsDeleted]);
    let run = look(&flawed.url, &["--probe-writes", "--yes"]).expect(4);
    assert_eq!(line(&run, "deleting"), "! deleting it - 204, then 200 deletions are not done: apply ends with 4");
    let said = "user/rolecall-doctor-throw-away@example.invalid (id id00004) could not be removed";
    assert!(run.stdout.contains(&format!("left behind: {said}; remove it by hand")), "{}", run.stdout);
    assert!(run.stderr.contains("could not be removed (id id00004)"), "{}", run.stderr);

    // The next one finds it, and it is the one to remove by hand.
    let json = look(&flawed.url, &["--probe-writes", "--yes", "--format", "json"]).expect(4).json();
    assert_eq!(json["format_version"], 1);
    assert_eq!(json["left_behind"][0], "id00004");
}

#[test]
fn what_may_still_appear_is_said() {
    let flawed = Flawed::with(3, &[Flaw::MakesNever]);
    let run = look(&flawed.url, &["--probe-writes", "--yes"]).expect(4);
    let said = "user/rolecall-doctor-throw-away@example.invalid may have been made without an answer";
    assert!(run.stderr.contains(said), "{}", run.stderr);
}

#[cfg(unix)]
#[test]
fn whoever_is_stopped_makes_nothing_more_and_removes_what_it_made() {
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;
    // While it only reads, and once it writes.
    for (moment, may_write) in [("GET /v2/Users", false), ("POST /v2/Users", true)] {
        let flawed = Flawed::with(3, &[Flaw::Slow]);
        let before = flawed.users();
        let arguments = ["doctor", "--platform", "open", "--probe-writes", "--yes"];
        let folder = Folder::new();
        let mut command =
            folder.command(&arguments, &[("ROLECALL_URL", flawed.url.as_str()), ("ROLECALL_TOKEN", TOKEN)]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let has_come = || flawed.heard().iter().any(|heard| heard == moment);
        while !has_come() && process.try_wait().expect("it is ours").is_none() {
            std::thread::sleep(Duration::from_millis(5));
        }
        kill(Pid::from_raw(i32::try_from(process.id()).expect("a process id")), Signal::SIGINT).expect("it is running");
        let run = ended(process.wait_with_output().expect("it ends")).expect(8);
        assert_eq!(line(&run, "trying writes"), "? trying writes - stopped what follows was not tried");
        assert_eq!(flawed.users(), before, "{moment}");
        let is_write = |heard: &String| !heard.starts_with("GET ") && !heard.ends_with("/.search");
        assert_eq!(flawed.heard().iter().any(is_write), may_write, "{moment}: {:?}", flawed.heard());
    }
}

#[test]
fn a_url_that_is_not_the_base_is_guessed() {
    let flawed = Flawed::with(3, &[]);
    let run = look(flawed.url.trim_end_matches("/v2"), &[]).expect(5);
    assert!(run.stderr.contains("is the URL the base of the SCIM endpoints"), "{}", run.stderr);
}

#[test]
fn a_large_target_is_looked_at_with_few_requests() {
    let flawed = Flawed::with(300, &[]);
    let run = look(&flawed.url, &["--page-size", "10"]).expect(0);
    assert_eq!(line(&run, "users"), "? users yes 300 users, not read whole here every plan reads 30 pages");
    assert_eq!(
        line(&run, "paging by index"),
        "paging by index - 300 users in pages of 30, twice the same reads lists whole, in pages of 10"
    );
    assert!(flawed.heard().len() < 60, "{}", flawed.heard().len());
}

#[test]
fn nobody_is_asked_where_nobody_can_answer_and_no_token_is_shown() {
    let flawed = Flawed::with(2, &[]);
    let run = look(&flawed.url, &["--probe-writes"]).expect(64);
    assert!(run.stderr.contains("stdin is no terminal"), "{}", run.stderr);
    assert_eq!(flawed.heard(), [""; 0]);
    let run = look(&flawed.url, &["-vv"]).expect(0);
    assert!(!run.words().contains(TOKEN));
    let flawed = Flawed::with(2, &[Flaw::RepeatsHeader, Flaw::NoNotFound, Flaw::NoPatch]);
    // What answers 400 for what is gone looks as if it could not be removed.
    for (more, code) in [(&["-vv"][..], 5), (&["--probe-writes", "--yes", "--format", "json"], 4)] {
        let run = look(&flawed.url, more).expect(code);
        assert!(run.stdout.contains("(the token)") && !run.words().contains(TOKEN), "{}", run.words());
    }
    _ = look("http://127.0.0.1:1/v2", &[]).expect(1);
    _ = look(&flawed.url, &["--yes"]).expect(64);
}

#[cfg(feature = "sandbox")]
#[test]
fn the_example_s_sandbox_is_as_it_says() {
    let folder = Folder::of_example("open");
    _ = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let run = folder.run(&["doctor", "--sandbox", "--probe-writes", "--yes"]).expect(0);
    insta::assert_snapshot!(run.stdout, @"
    Check-up of sandbox (platform open)

    What it says of itself         announced  seen                                      what rolecall does
      what it supports             yes        there                                     goes by it
      resource types               yes        there                                     goes by it
      schemas                      yes        there                                     goes by it

    What it holds                  announced  seen                                      what rolecall does
      users                        yes        200 users, the list is whole              reads and writes them
      roles                        yes        16 roles, the list is whole               reads and writes them
      user types                   yes        4 user types, the list is whole           reads and writes them
      segments                     yes        4 segments, the list is whole             reads and writes them
      classifications              yes        7 classifications, the list is whole      reads and writes them

    Lists                          announced  seen                                      what rolecall does
      paging by index              yes        200 users in pages of 20, twice the same  reads lists whole, in pages of 1000
      size of pages                -          as asked for                              asks for large ones
      page after the last          -          empty, with the total                     does not ask for it
      paging by cursor             yes        200 users in pages of 20                  does not need it: reads by index
      filter: userName eq          yes        finds the one, and nobody else            looks up by it what a lost answer was about
      filter: case                 -          does not count                            compares names itself, without case
      filter: no such attribute    -          400 invalidFilter                         filters by names and marks alone
      sort                         yes        up and down                               does not need it: sorts itself
      selection of attributes      -          only what was asked for                   does not need it: reads whole objects
      .search by POST              -          the list                                  takes it where a URL will not do
      an id that is nobody's       -          404 with a SCIM body                      takes it for gone

    Versions                       announced  seen                                      what rolecall does
      versions (ETag)              yes        the same in list, object and again        sends If-Match with each write
      ETag header                  -          as in `meta.version`                      takes the header, then `meta.version`
      If-None-Match                -          304                                       does not need it

    Organization                   announced  seen                                      what rolecall does
      organization                 yes        there, without a name                     applies saved plans to no other one
      platform                     yes        `open`                                    goes by the same rules
      authority of the token       yes        `admin`                                   plans and applies
      used seats                   yes        told of 4 user types                      plans by the target's count

    Writes                         announced  seen                                      what rolecall does
      creating a segment           -          201 with its Location                     takes the id from the answer
      made, then asked for         -          seen at once                              reads back what it writes
      made, then looked up         -          seen at once                              reads back what it writes
      the same name again          -          409 uniqueness                            looks up what has the name
      a change to the same         -          keeps the version                         repeats steps without harm
      If-Match, a wrong version    yes        412                                       never overwrites what somebody else has changed
      If-Match, the right version  yes        200                                       sends it with each write
      emptying what is empty       -          200                                       empties what the files empty
      PATCH                        yes        200, and it shows                         changes attribute by attribute
      PUT                          -          200, and it shows                         does not need it
      Bulk                         yes        200 with 200 in it                        writes many at once, where the platform lets it
      deleting it                  -          204, then 404                             deletes what the files remove

    Check-up: 38 as they should be, 0 broken (!); 83 requests, 11 of them writes
    ");
    let again = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    assert_eq!(again.last_line(), "Nothing to do: 0 writes");
}

#[cfg(feature = "sandbox")]
#[test]
fn where_users_need_a_role_and_the_vendor_has_the_words_a_role_is_tried() {
    let folder = Folder::of_example("bullseye");
    _ = folder.run(&["apply", "--sandbox", "--yes"]).expect(0);
    let run = folder.run(&["doctor", "--sandbox", "--probe-writes", "--yes"]).expect(0);
    insta::assert_snapshot!(run.stdout, @"
    Check-up of sandbox (platform bullseye)

    What it says of itself         announced  seen                                      what rolecall does
      what it supports             yes        there                                     goes by it
      resource types               yes        there                                     goes by it
      schemas                      yes        there                                     goes by it

    What it holds                  announced  seen                                      what rolecall does
      users                        yes        200 users, the list is whole              reads and writes them
      roles                        yes        14 roles, the list is whole               reads and writes them

    Lists                          announced  seen                                      what rolecall does
      paging by index              yes        200 users in pages of 20, twice the same  reads lists whole, in pages of 1000
      size of pages                -          as asked for                              asks for large ones
      page after the last          -          empty, with the total                     does not ask for it
      paging by cursor             yes        200 users in pages of 20                  does not need it: reads by index
      filter: userName eq          yes        finds the one, and nobody else            looks up by it what a lost answer was about
      filter: case                 -          does not count                            compares names itself, without case
      filter: no such attribute    -          400 invalidFilter                         filters by names and marks alone
      sort                         yes        up and down                               does not need it: sorts itself
      selection of attributes      -          only what was asked for                   does not need it: reads whole objects
      .search by POST              -          the list                                  takes it where a URL will not do
      an id that is nobody's       -          404 with a SCIM body                      takes it for gone

    Versions                       announced  seen                                      what rolecall does
      versions (ETag)              yes        the same in list, object and again        sends If-Match with each write
      ETag header                  -          as in `meta.version`                      takes the header, then `meta.version`
      If-None-Match                -          304                                       does not need it

    Organization                   announced  seen                                      what rolecall does
      organization                 yes        there, without a name                     applies saved plans to no other one
      platform                     yes        `bullseye`                                goes by the same rules
      authority of the token       yes        `admin`                                   plans and applies
      subscriptions                yes        `user_management`                         refuses what needs another one
      catalogue of permissions     yes        13 entities                               checks permissions by it
      built-in roles (builtIn)     yes        in the schema                             knows them by it

    Writes                         announced  seen                                      what rolecall does
      creating a role              -          201 with its Location                     takes the id from the answer
      made, then asked for         -          seen at once                              reads back what it writes
      made, then looked up         -          seen at once                              reads back what it writes
      the same name again          -          409 uniqueness                            looks up what has the name
      a change to the same         -          keeps the version                         repeats steps without harm
      If-Match, a wrong version    yes        412                                       never overwrites what somebody else has changed
      If-Match, the right version  yes        200                                       sends it with each write
      emptying what is empty       -          200                                       empties what the files empty
      PATCH                        yes        200, and it shows                         changes attribute by attribute
      PUT                          -          200, and it shows                         does not need it
      Bulk                         yes        200 with 200 in it                        writes many at once, where the platform lets it
      deleting it                  -          204, then 404                             deletes what the files remove

    Check-up: 37 as they should be, 0 broken (!); 77 requests, 11 of them writes
    ");
}

#[cfg(feature = "sandbox")]
const FILES: &str = "\
segments: { Retail: }
roles: { Owner: { segments: [Retail] }, Clerk: }
assignments: { ana@example.com: Owner, bo@example.com: Clerk }
";

#[cfg(feature = "sandbox")]
#[test]
fn trying_writes_leaves_everything_as_it_was() {
    let folder = Folder::of(&[("all.yaml", FILES)]);
    let server = Server::start(&folder, "open", "box.db");
    let apply = ["apply", "--platform", "open", "--yes", "all.yaml"];
    _ = folder.run_with(&apply, &server.environment()).expect(0);
    let before = server.state();
    let run = look(&server.url, &["--probe-writes", "--yes"]).expect(0);
    assert!(run.last_line().ends_with("11 of them writes"), "{}", run.stdout);
    assert_eq!(server.state(), before);

    // What a run left that was killed goes too, and what only has its name stays.
    let about = "made by rolecall doctor to try this service; safe to delete";
    let mut left = json!({
        "schemas": ["urn:ietf:params:scim:schemas:extension:rolecall:1.0:Segment"],
        "displayName": "rolecall-doctor-throw-away", "description": about,
    });
    assert_eq!(server.request("POST", "Segments", Some(&left)).0, 201);
    let run = look(&server.url, &["--probe-writes", "--yes"]).expect(0);
    assert_eq!(line(&run, "an earlier"), "an earlier check-up - had left its object behind has removed it");
    assert_eq!(server.state(), before);
    left["description"] = json!("ours");
    assert_eq!(server.request("POST", "Segments", Some(&left)).0, 201);
    let with_it = server.state();
    let run = look(&server.url, &["--probe-writes", "--yes"]).expect(0);
    assert!(line(&run, "creating").ends_with("does not touch it: nothing was tried"), "{}", run.stdout);
    assert_eq!(server.state(), with_it);
}

#[cfg(feature = "sandbox")]
#[test]
fn a_token_that_may_only_read_looks_and_does_not_try() {
    let folder = Folder::new();
    let server = Server::start(&folder, "open", "box.db");
    let look = |token: &str, more: &[&str]| {
        let arguments = [&["doctor", "--platform", "open"], more].concat();
        folder.run_with(&arguments, &server.environment_of(token))
    };
    let run = look(VIEWER, &[]).expect(0);
    assert_eq!(
        line(&run, "authority"),
        "~ authority of the token yes `viewer` plans; apply ends with 3 before it writes"
    );
    let run = look(VIEWER, &["--probe-writes", "--yes"]).expect(3);
    assert!(run.stderr.contains("the token may only read"), "{}", run.stderr);
    _ = look("another", &[]).expect(3);
}
