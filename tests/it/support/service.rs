//! A sandbox in the tests' own process, on a free port, that keeps nothing.

use std::sync::Arc;

use rolecall::platform::Pack;
use rolecall::sandbox::{Authority, Bounds, Database, Running, Settings, Token, start_within};
use rolecall::scim::schema::URN_PREFIX;
use serde_json::Value;

/// A sandbox that takes these people's credentials.
pub async fn serve(pack: Pack, people: &[(&str, Authority)], seed: Option<Vec<Value>>) -> Running {
    serve_within(Bounds::default(), pack, people, seed).await
}

/// The same with other bounds on what callers may take.
pub async fn serve_within(
    bounds: Bounds,
    pack: Pack,
    people: &[(&str, Authority)],
    seed: Option<Vec<Value>>,
) -> Running {
    let token = |&(name, authority): &(&str, Authority)| Token {
        name: name.to_owned(),
        authority,
        secret: secret_of(name).into(),
    };
    let settings = Settings {
        pack: Arc::new(pack),
        database: Database::Memory,
        listen: ([127, 0, 0, 1], 0).into(),
        tokens: people.iter().map(token).collect(),
        seed,
        urn_prefix: URN_PREFIX.to_owned(),
    };
    start_within(settings, bounds).await.expect("the sandbox starts")
}

/// What somebody's requests carry.
pub fn secret_of(name: &str) -> String {
    format!("{name}-secret")
}
