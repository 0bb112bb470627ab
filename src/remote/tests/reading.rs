//! Reading: complete or an error, and every error in one line.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::hostile::{Heard, Hostile, Reply, SECRET, config, page_of, user};
use super::pack;
use crate::remote::{ErrorClass, Reader, RemoteError, Target, Token};
use crate::state::{Kind, Live};

async fn read(target: &Target) -> Result<Live, RemoteError> {
    Reader::connect(target).await?.read(&pack()).await
}

/// A page of `all` users for a request, at most `cap` at once.
fn users(heard: &Heard, all: usize, cap: usize) -> Option<Reply> {
    if !heard.path.starts_with("/scim/v2/Users") {
        return None;
    }
    let (start, count) = page_of(heard);
    let page: Vec<_> = (start..=all).take(count.min(cap)).map(user).collect();
    Some(Reply::list(all, start, &page))
}

/// The error of reading, its port replaced; nothing in it may show the token.
async fn failure(server: &Hostile) -> String {
    let error = read(&server.target()).await.expect_err("a failure");
    let text = format!("{error} [{:?}]", error.class());
    assert!(!format!("{text}{error:?}").contains(SECRET), "the token shows in {error:?}");
    let port = server.target().url;
    text.replace(port.trim_end_matches("/scim/v2"), "http://HOST")
}

#[tokio::test]
async fn a_list_takes_as_many_requests_as_it_has_pages() {
    // One page of a round number is asked what follows it.
    for (all, pages) in [(0, 1), (1, 1), (9, 1), (10, 2), (11, 2), (30, 3), (95, 10)] {
        let server = Hostile::start(move |heard, _| users(heard, all, usize::MAX)).await;
        let target = Target { page_size: 10, ..server.target() };
        let live = read(&target).await.expect("complete");
        assert_eq!(live.users.len(), all);
        let names: Vec<_> = live.users.iter().map(|user| user.user_name.to_owned()).collect();
        let expected: Vec<_> = (1..=all).map(|number| format!("user{number}@example.com")).collect();
        assert_eq!(names, expected, "in the order of the list");
        let reads = server.lines().iter().filter(|line| line.starts_with("GET /Users")).count();
        assert_eq!(reads, pages, "{all} users");
    }
}

#[tokio::test]
async fn a_target_that_gives_fewer_than_asked_is_still_read_whole() {
    let server = Hostile::start(|heard, _| users(heard, 95, 7)).await;
    let live = read(&server.target()).await.expect("complete");
    assert_eq!(live.users.len(), 95);
    assert_eq!(server.lines().iter().filter(|line| line.starts_with("GET /Users")).count(), 14);
}

#[tokio::test]
async fn a_page_that_comes_short_is_completed() {
    let server = Hostile::start(|heard, _| {
        let short = page_of(heard) == (11, 10);
        users(heard, 30, if short { 4 } else { 10 })
    })
    .await;
    let live = read(&Target { page_size: 10, ..server.target() }).await.expect("complete");
    assert_eq!(live.users.len(), 30);
    assert!(server.lines().contains(&"GET /Users?startIndex=15&count=6".to_owned()), "{:?}", server.lines());
}

#[tokio::test]
async fn values_arrive_as_they_were_sent() {
    let server = Hostile::start(|heard, _| users(heard, 1, 10)).await;
    let live = read(&server.target()).await.expect("complete");
    let user = live.users.get(0);
    assert_eq!((user.id, user.version, user.display_name), ("u1", "W/\"1\"", "Üser \"x\""));
    assert_eq!((user.active, user.roles), (true, vec!["r1"]));
    assert!(live.capabilities.etag && live.capabilities.patch);
    assert!(live.capabilities.kinds[&Kind::Role].writable.contains("permissions"));
    assert!(live.capabilities.kinds[&Kind::User].writable.contains("role"));
    let missing = |kind: &str| format!("the target holds no resources of type {kind}");
    assert_eq!(live.capabilities.degradations, ["Classification", "Segment", "UserType"].map(missing));
}

#[tokio::test]
async fn a_list_that_changes_while_it_is_read_is_read_again() {
    let walks = Arc::new(AtomicUsize::new(0));
    let server = Hostile::start(move |heard, _| {
        if !heard.path.starts_with("/scim/v2/Users") {
            return None;
        }
        let (start, _) = page_of(heard);
        let walk = if start == 1 { walks.fetch_add(1, Ordering::SeqCst) } else { walks.load(Ordering::SeqCst) - 1 };
        // During the first walk somebody is added after the first page.
        users(heard, if walk == 0 && start == 1 { 29 } else { 30 }, 10)
    })
    .await;
    let live = read(&Target { page_size: 10, ..server.target() }).await.expect("complete");
    assert_eq!(live.users.len(), 30);
}

#[tokio::test]
async fn a_list_that_is_not_what_it_announces_is_an_error() {
    let short = Hostile::start(|heard, _| {
        heard.path.starts_with("/scim/v2/Users").then(|| Reply::list(5, 1, &[user(1), user(2)]))
    })
    .await;
    insta::assert_snapshot!(failure(&short).await, @"the list of users is incomplete: 5 announced, 2 arrived, after a second reading too; later pages begin like the first: the target ignores `startIndex` (RFC 7644 §3.4.2.4), and its `.search` is no way round [Other]");
    let twice = Hostile::start(|heard, _| {
        heard.path.starts_with("/scim/v2/Users").then(|| Reply::list(2, 1, &[user(1), user(1)]))
    })
    .await;
    insta::assert_snapshot!(failure(&twice).await, @"the list of users is incomplete: 2 announced, 1 arrived, after a second reading too [Other]");
    let empty =
        Hostile::start(|heard, _| heard.path.starts_with("/scim/v2/Users").then(|| Reply::list(5, 1, &[]))).await;
    insta::assert_snapshot!(failure(&empty).await, @"the list of users is incomplete: 5 announced, 0 arrived, after a second reading too [Other]");
}

#[tokio::test]
async fn a_page_that_passes_itself_off_for_the_list_is_found_out() {
    // It holds 70 and gives 50 at a time, which it calls the total.
    let capped = Hostile::start(|heard, _| {
        let (start, count) = page_of(heard);
        let page: Vec<_> = (start..=70).take(count.min(50)).map(user).collect();
        heard.path.starts_with("/scim/v2/Users").then(|| Reply::list(page.len(), start, &page))
    })
    .await;
    insta::assert_snapshot!(failure(&capped).await, @"the list of users is incomplete: 50 announced, 51 arrived, after a second reading too [Other]");
    // What is said of an index behind the last hides nobody: nothing, an error, or the list again.
    let behind: [fn() -> Reply; 3] = [
        || Reply::list(0, 51, &[]),
        || Reply::error(400, Some("invalidValue"), "no such index"),
        || Reply::list(50, 1, &(1..=50).map(user).collect::<Vec<_>>()),
    ];
    for answer in behind {
        let server = Hostile::start(move |heard, _| {
            let is_behind = heard.path.starts_with("/scim/v2/Users") && page_of(heard).0 == 51;
            if is_behind { Some(answer()) } else { users(heard, 50, usize::MAX) }
        })
        .await;
        assert_eq!(read(&server.target()).await.expect("complete").users.len(), 50);
    }
}

#[tokio::test]
async fn every_failure_is_one_line_that_says_what_was_attempted() {
    let status = |status: u16, detail: &'static str| async move {
        failure(&Hostile::start(move |_, _| Some(Reply::error(status, None, detail))).await).await
    };
    insta::assert_snapshot!(status(401, "expired").await, @"GET http://HOST/scim/v2/ServiceProviderConfig: the target does not accept the token (401): expired [Credential]");
    insta::assert_snapshot!(status(403, "viewers\r\n\u{1b}[31m only").await, @"GET http://HOST/scim/v2/ServiceProviderConfig: the token may not do this (403): viewers [31m only [Credential]");
    insta::assert_snapshot!(status(400, "").await, @"GET http://HOST/scim/v2/ServiceProviderConfig: the target answers 400 [Other]");

    let html = "<html><head><title>Sign in\n to Example</title></head></html>";
    let html = Hostile::start(move |_, _| {
        let headers = vec![("content-type", "text/html; charset=utf-8".to_owned())];
        Some(Reply::Answer { status: 200, headers, body: html.to_owned() })
    })
    .await;
    insta::assert_snapshot!(failure(&html).await, @"GET http://HOST/scim/v2/ServiceProviderConfig: the answer is not SCIM: it is a web page titled `Sign in to Example`; is `target.url` the SCIM base URL? [Other]");

    let other = Hostile::start(|_, _| Some(Reply::json(200, &json!({"hello": "world"})))).await;
    insta::assert_snapshot!(failure(&other).await, @"GET http://HOST/scim/v2/ResourceTypes: the answer cannot be understood [Other]");

    let nameless = Hostile::start(|heard, _| {
        heard.path.starts_with("/scim/v2/Users").then(|| Reply::list(1, 1, &[json!({"id": "1"})]))
    })
    .await;
    insta::assert_snapshot!(failure(&nameless).await, @"a user on the target has no `userName` (its id is `1`) [Other]");

    // Nothing listens on a port that was just given back.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let client = super::super::client::Client::new(&Target::new(&url, Token::new(SECRET.into()))).expect("a client");
    let request = super::super::client::Request::get(client.base.clone());
    let error = client.once(&request).await.expect_err("refused").into_error();
    insta::assert_snapshot!(error.to_string().replace(&url, "http://HOST"), @"GET http://HOST/: nothing listens there (connection refused)");
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let elsewhere = Hostile::start(|_, _| None).await;
    let url = elsewhere.target().url;
    let to = url.clone();
    let server = Hostile::start(move |heard, _| {
        let location = format!("{to}{}", heard.path.trim_start_matches("/scim/v2"));
        Some(Reply::error(302, None, "").with("location", location))
    })
    .await;
    let text = failure(&server).await;
    assert!(text.contains("redirects to `http://127.0.0.1:"), "{text}");
    assert!(elsewhere.heard().is_empty(), "the token went elsewhere");
}

#[tokio::test]
async fn a_redirect_within_the_target_is_followed() {
    let server = Hostile::start(|heard, _| {
        let moved = heard.path == "/scim/v2/ServiceProviderConfig";
        moved
            .then(|| Reply::error(307, None, "").with("location", "/scim/v2/Config"))
            .or_else(|| (heard.path == "/scim/v2/Config").then(|| Reply::json(200, &config(true, true))))
    })
    .await;
    assert!(read(&server.target()).await.expect("followed").capabilities.etag);
}

#[tokio::test]
async fn an_endpoint_elsewhere_is_not_asked() {
    let server = Hostile::start(|heard, _| {
        heard.path.ends_with("/ResourceTypes").then(|| {
            let user =
                json!({"name": "User", "endpoint": "http://127.0.0.1:1/Users", "schema": crate::scim::schema::USER});
            Reply::list(1, 1, &[user])
        })
    })
    .await;
    let live = read(&server.target()).await.expect("nothing to read");
    assert!(live.capabilities.kinds.is_empty());
}

#[tokio::test]
async fn the_catalogue_is_read_page_by_page_where_it_is_announced() {
    let serve = |heard: &Heard, listed: bool| {
        let types = ["User", "Permission"].map(|name| {
            let schema = match name {
                "User" => crate::scim::schema::USER.to_owned(),
                _ => format!("{}{name}", crate::scim::schema::URN_PREFIX),
            };
            json!({"name": name, "endpoint": format!("/{name}s"), "schema": schema})
        });
        let all = [
            json!({"id": "1", "entity": "locations", "kind": "location", "actions": ["view"], "fields": ["phone"]}),
            json!({"id": "2", "entity": "leads", "actions": [{"value": "view"}], "userTypes": ["AI"]}),
            // One resource for each action is a way to list them too.
            json!({"id": "3", "entity": "leads", "Actions": ["assign"]}),
        ];
        if heard.path.ends_with("/ResourceTypes") {
            return Some(Reply::list(2, 1, &types));
        }
        let path = heard.path.starts_with("/scim/v2/Permissions");
        path.then(|| {
            let (start, count) = page_of(heard);
            let page: Vec<_> = all.iter().skip(start - 1).take(count.min(2)).cloned().collect();
            if listed { Reply::list(3, start, &page) } else { Reply::error(404, None, "") }
        })
    };
    let server = Hostile::start(move |heard, _| serve(heard, true)).await;
    let catalogue = read(&server.target()).await.expect("complete").catalogue.expect("it is announced");
    let shown: Vec<String> = (catalogue.iter())
        .map(|(id, entity)| {
            format!("{id} {:?} {:?} {:?} {:?}", entity.kind, entity.actions, entity.fields, entity.user_types)
        })
        .collect();
    assert_eq!(
        shown,
        [r#"leads None {"assign", "view"} {} {"AI"}"#, r#"locations Some("location") {"view"} {"phone"} {}"#]
    );
    let server = Hostile::start(move |heard, _| serve(heard, false)).await;
    assert_eq!(read(&server.target()).await.expect("complete").catalogue, None, "announced and not there");
}

/// RFC 7643 §2.5: an attribute that is announced and not there is empty. One that is not announced
/// says nothing.
#[tokio::test]
async fn subscriptions_are_told_by_a_target_that_announces_or_lists_them() {
    let told = async |attributes: &'static [&'static str], organization: serde_json::Value| {
        let server = Hostile::start(move |heard, _| {
            let schema = format!("{}Organization", crate::scim::schema::URN_PREFIX);
            let path = heard.path.trim_start_matches("/scim/v2/");
            Some(match path.split('?').next()? {
                "ResourceTypes" => {
                    let one = json!({"name": "Organization", "endpoint": "/Organizations", "schema": schema});
                    Reply::list(1, 1, &[one])
                }
                "Schemas" => {
                    let attribute = |name: &&str| json!({"name": name, "type": "string", "multiValued": true});
                    let attributes: Vec<_> = attributes.iter().map(attribute).collect();
                    Reply::list(1, 1, &[json!({"id": schema, "name": "Organization", "attributes": attributes})])
                }
                "Organizations" => Reply::list(1, 1, std::slice::from_ref(&organization)),
                _ => return None,
            })
        })
        .await;
        let organization = read(&server.target()).await.expect("complete").organization.expect("it is announced");
        organization.subscriptions.map(|all| all.into_iter().collect::<Vec<_>>().join(" "))
    };
    let some = |words: &str| Some(words.to_owned());
    assert_eq!(told(&[], json!({"id": "1"})).await, None);
    assert_eq!(told(&["caller"], json!({"id": "1", "subscriptions": null})).await, None);
    assert_eq!(told(&["Subscriptions"], json!({"id": "1"})).await, some(""));
    assert_eq!(told(&["subscriptions"], json!({"id": "1", "Subscriptions": ["a", {"value": "b"}]})).await, some("a b"));
    assert_eq!(told(&[], json!({"id": "1", "subscriptions": ["a"]})).await, some("a"));
}

#[tokio::test]
async fn a_target_without_discovery_is_one_of_core_users() {
    let server = Hostile::start(|heard, _| {
        users(heard, 3, 10)
            .or_else(|| Some(Reply::error(if heard.path.contains("Schemas") { 501 } else { 404 }, None, "")))
    })
    .await;
    let live = read(&server.target()).await.expect("users");
    assert_eq!(live.users.len(), 3);
    assert!(live.users.get(0).version.starts_with("sha256:"));
    insta::assert_snapshot!(live.capabilities.degradations.join("\n"), @r#"
the target announces no resource types; only users can be read and written, at /Users, and a role is the name that they carry
the target announces no schemas; attributes are taken from the platform's rules
the target does not announce what it supports; objects are read again before each write and written as a whole
"#);
}

#[tokio::test]
async fn a_target_that_is_busy_is_asked_again() {
    let server = Hostile::start(|heard, before| {
        let busy = heard.path.starts_with("/scim/v2/Users") && before < 2;
        let status = if before == 0 { 429 } else { 503 };
        busy.then(|| Reply::error(status, None, "").with("retry-after", "0"))
    })
    .await;
    let reader = Reader::connect(&server.target()).await.expect("connected");
    reader.read(&pack()).await.expect("in the end");
    assert!(!format!("{reader:?}").contains(SECRET));
    assert_eq!(reader.counts().reads, 3 + 3 + 1, "discovery, users three times, roles once");
}

#[tokio::test]
async fn a_token_is_read_anew_once() {
    let server = Hostile::start(|heard, _| {
        let old = heard.authorization == format!("Bearer {SECRET}");
        (old && heard.path.contains("/Users")).then(|| Reply::error(401, None, "expired"))
    })
    .await;
    let target = server.target();
    let token = Token::with_reread(SECRET.into(), Arc::new(|| Some("fresh".into())));
    read(&Target { token, ..target.clone() }).await.expect("the new one is accepted");
    let useless = Token::with_reread(SECRET.into(), Arc::new(|| Some(SECRET.into())));
    let error = read(&Target { token: useless, ..target }).await.expect_err("the new one is no better");
    assert_eq!(error.class(), ErrorClass::Credential);
}
