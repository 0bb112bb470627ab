//! What the vendor has set up for one customer, as a seed, and databases that fall short of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{Probe, settings, strict_pack};
use crate::platform::{Pack, Section};
use crate::sandbox::{Database, Tenant};

/// The strict platform, which knows three segments and the vendor's two user types.
fn pack() -> Value {
    let mut pack = strict_pack();
    let names = |names: &[&str]| -> Value { names.iter().map(|name| json!({ "name": name })).collect() };
    pack["vocabularies"]["segments"]["values"] = names(&["Retail", "Wholesale", "Insurance"]);
    pack["vocabularies"]["user_types"] = json!({ "mode": "closed", "values": names(&["AI", "Non-AI"]) });
    pack["users"]["user_type"] = json!("role");
    pack["roles"]["attributes"]["user_type"] = json!({ "type": "name", "of": "user_types" });
    pack
}

fn tenant(enabled: &[&str], licenses: &[(&str, Option<u64>)]) -> Tenant {
    let enabled = enabled.iter().map(|&name| name.to_owned()).collect();
    let licenses = licenses.iter().map(|&(name, seats)| (name.to_owned(), seats)).collect();
    Tenant { enabled: BTreeMap::from([(Section::Segments, enabled)]), licenses, subscriptions: None }
}

fn seed(tenant: &Tenant) -> Vec<Value> {
    let pack: Pack = serde_json::from_value(pack()).expect("the pack is one");
    tenant.seed(&pack)
}

#[test]
fn a_tenant_is_written_as_segments_and_seats() {
    let lines: Vec<String> =
        seed(&tenant(&["Retail", "Insurance"], &[("AI", Some(3))])).iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    {"displayName":"Insurance","enabled":true,"meta":{"resourceType":"Segment"}}
    {"displayName":"Retail","enabled":true,"meta":{"resourceType":"Segment"}}
    {"displayName":"AI","limitedAssignmentsPermitted":true,"meta":{"resourceType":"UserType"},"totalAssignmentsPermitted":3}
    {"displayName":"Non-AI","limitedAssignmentsPermitted":false,"meta":{"resourceType":"UserType"}}
    "#);
}

#[test]
fn what_is_managed_from_the_files_or_absent_is_left_out() {
    let mut pack = pack();
    pack["vocabularies"]["segments"] = json!({ "mode": "managed" });
    pack["vocabularies"]["user_types"] = json!({ "mode": "absent" });
    let pack: Pack = serde_json::from_value(pack).expect("the pack is one");
    assert_eq!(tenant(&["Retail"], &[("AI", Some(3))]).seed(&pack), Vec::<Value>::new());
}

#[tokio::test]
async fn a_database_that_was_filled_earlier_says_where_it_falls_short() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sandbox.db");
    let unmet = async |tenant: &Tenant| {
        let database = Database::File(path.clone());
        let sandbox = Probe::start(settings(pack(), database, Some(seed(tenant)))).await.expect("it starts");
        let unmet = sandbox.running.unmet().to_vec();
        sandbox.running.stop().await;
        unmet
    };
    let none: [&str; 0] = [];
    assert_eq!(unmet(&tenant(&["Retail", "Insurance"], &[("AI", Some(3))])).await, none);
    assert_eq!(unmet(&tenant(&["Retail", "Insurance"], &[("AI", Some(3))])).await, none);
    // More than is asked for is no shortage.
    assert_eq!(unmet(&tenant(&["Retail"], &[("AI", Some(2)), ("Non-AI", Some(9))])).await, none);
    let more = tenant(&["Wholesale", "Retail"], &[("AI", Some(4)), ("Super", None)]);
    let expected =
        ["segment `Wholesale` is not enabled", "user type `AI` has 3 seats, not 4", "user type `Super` is not there"];
    assert_eq!(unmet(&more).await, expected);
    let unlimited = tenant(&[], &[("AI", None)]);
    assert_eq!(unmet(&unlimited).await, ["user type `AI` has 3 seats, not any number"]);
}

#[tokio::test]
async fn a_database_that_was_filled_earlier_says_what_it_has_not_subscribed_to() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("sandbox.db");
    let mut pack = pack();
    pack["subscriptions"] = json!({ "fleet": { "label": "Fleet" }, "radio": { "label": "Radio" } });
    let unmet = async |seed: Vec<Value>| {
        let settings = settings(pack.clone(), Database::File(path.clone()), Some(seed));
        let sandbox = Probe::start(settings).await.expect("it starts");
        let unmet = sandbox.running.unmet().to_vec();
        sandbox.running.stop().await;
        unmet
    };
    let to = |names: &[&str]| Tenant::organization(&names.iter().map(ToString::to_string).collect());
    let none: [&str; 0] = [];
    assert_eq!(unmet(vec![to(&["fleet"])]).await, none);
    assert_eq!(unmet(vec![to(&["fleet"])]).await, none);
    assert_eq!(unmet(vec![to(&[])]).await, none);
    assert_eq!(unmet(Vec::new()).await, none);
    assert_eq!(unmet(vec![to(&["fleet", "radio"])]).await, ["`radio` is not subscribed to"]);
    // What is said last is what holds.
    assert_eq!(unmet(vec![to(&["radio"]), to(&["fleet"])]).await, none);
}
