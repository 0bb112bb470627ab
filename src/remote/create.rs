//! Creating an object: sent once, and looked up whenever its answer is missing or says that the
//! name is taken.

use reqwest::{Method, StatusCode};
use serde_json::{Map, Value as Json, json};
use tokio::time::Instant;

use super::client::{Answer, Failure, jitter};
use super::error::RemoteError;
use super::shape::Meaning;
use super::step::{Left, Performed, Shown};
use super::verdict::{failed, is_conflict_of_names, left, never_twice, other_object, refused};
use super::wire::{Seen, encode, is_usable};
use super::write::{ACCEPTED, ACCEPTED_WAIT, One, request};
use super::{place, retry};
use crate::state::{Value, Version, attribute, fold};

/// Without a readable body the Location names the id, unless it is spelled in an unusual way.
pub(super) fn id_in(location: Option<&str>) -> Option<&str> {
    let id = location?.rsplit('/').next()?;
    (is_usable(id) && !id.contains(['%', '?', '#'])).then_some(id)
}

impl One<'_> {
    pub(super) async fn create(&self) -> Performed {
        let request = request(Method::POST, self.shape.url.clone(), None, Some(self.new_resource()));
        let mut attempt = 1;
        loop {
            let failure = match self.client.once(&request).await {
                Ok(answer) if answer.status == StatusCode::ACCEPTED => return self.await_created().await,
                Ok(answer) => return self.created(&answer).await,
                Err(failure) => failure,
            };
            let wait = retry::delay(attempt, failure.cause(), jitter());
            let error = match failure {
                Failure::NotSent(error) => error,
                Failure::Answered { error, .. } => match error.status() {
                    Some(429) => error,
                    // A gateway may say this of a request that has gone through.
                    Some(status @ 500..) => match self.resolve_create(&error.to_string()).await {
                        Some(resolved) => return resolved,
                        // It says itself that it could not, and there is nothing.
                        None if status == 503 => error,
                        None if status == 500 => return failed(&error),
                        None => return never_twice(&error),
                    },
                    _ => return self.create_refused(error).await,
                },
                Failure::Lost(error) => {
                    let resolved = self.resolve_create(&error.to_string()).await;
                    return resolved.unwrap_or_else(|| never_twice(&error));
                }
            };
            let Some(wait) = wait else { return failed(&error) };
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// A create that may or may not have been carried out: what the target has tells. `None`: it
    /// has nothing of the sort.
    pub(super) async fn resolve_create(&self, why: &str) -> Option<Performed> {
        match self.look_up().await {
            Ok(Some(seen)) => Some(match self.differences(&seen)[..] {
                [] => Performed::Applied { left: left(&seen), shown: Shown::AsPlanned },
                ref differences => {
                    let detail = format!("{why}; {}", other_object(&seen, differences));
                    Performed::Unknown { detail }
                }
            }),
            Ok(None) => None,
            Err(error) => Some(Performed::Unknown { detail: format!("{why}; then {error}") }),
        }
    }

    pub(super) async fn await_created(&self) -> Performed {
        let until = Instant::now() + self.connection.settle;
        loop {
            match self.resolve_create(ACCEPTED).await {
                None if Instant::now() < until => tokio::time::sleep(ACCEPTED_WAIT).await,
                resolved => return resolved.unwrap_or_else(|| Performed::Unknown { detail: ACCEPTED.to_owned() }),
            }
        }
    }

    pub(super) async fn created(&self, answer: &Answer) -> Performed {
        if let Ok(seen) = self.read_answer(answer) {
            let shown = self.shown(&seen);
            return Performed::Applied { left: left(&seen), shown };
        }
        if let Some(id) = id_in(answer.location.as_deref()) {
            let version = answer.etag.clone().filter(|_| self.etags).map(Version::Etag);
            return Performed::Applied { left: Left { id: id.to_owned(), version }, shown: Shown::Nothing };
        }
        let why = "the answer does not say which id the object has";
        self.resolve_create(why).await.unwrap_or_else(|| Performed::Unknown { detail: why.to_owned() })
    }

    /// The target says no: that the name is taken may only mean that it is ours already.
    pub(super) async fn create_refused(&self, error: RemoteError) -> Performed {
        if !is_conflict_of_names(&error) {
            return refused(&error);
        }
        match self.look_up().await {
            Ok(Some(seen)) => match self.differences(&seen)[..] {
                [] => Performed::AlreadyInPlace { left: left(&seen) },
                ref differences => Performed::Refused {
                    status: error.status().unwrap_or(409),
                    detail: other_object(&seen, differences),
                    rule: None,
                },
            },
            Ok(None) | Err(_) => refused(&error),
        }
    }

    /// Finds what the step would create, by our mark and by its name.
    pub(super) async fn look_up(&self) -> Result<Option<Seen>, RemoteError> {
        let text = |name: &str| match self.step.attributes.get(name) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let name = text(attribute::NAME).unwrap_or(&self.step.address.name);
        let mark = text(attribute::MARK);
        let is_it = |seen: &Seen| {
            let has = |attribute: &str, wanted: &str, exact: bool| match seen.attributes.get(attribute) {
                Some(Value::Text(text)) => text == wanted || (!exact && fold(text) == fold(wanted)),
                _ => false,
            };
            mark.is_some_and(|mark| has(attribute::MARK, mark, true)) || has(attribute::NAME, name, false)
        };
        if self.connection.has_filters() {
            let filters = [(Meaning::Mark, mark), (Meaning::Name, Some(name))];
            let mut is_answered = false;
            for (meaning, value) in filters {
                let (Some(column), Some(value)) = (self.shape.of(&meaning), value) else { continue };
                let filter = format!("{} eq {}", column.wire, json!(value));
                match self.connection.matching(self.shape, self.etags, filter).await {
                    // Whether it really matches is checked: a target may ignore a filter.
                    Ok(found) => {
                        is_answered = true;
                        if let Some(seen) = found.into_iter().find(|seen| is_it(seen)) {
                            return Ok(Some(seen));
                        }
                    }
                    // It has filters, but not on this attribute, or not for this value.
                    Err(error) if error.status() == Some(400) || error.minds_the_url() => {}
                    Err(error) if error.is_not_supported() => {}
                    Err(error) => return Err(error),
                }
            }
            if is_answered {
                return Ok(None);
            }
        }
        let everything = self.connection.everything(self.shape, self.etags).await?;
        Ok(everything.into_iter().find(is_it))
    }

    pub(super) fn new_resource(&self) -> Json {
        let mut resource = Map::from_iter([("schemas".to_owned(), json!([self.shape.schema]))]);
        for (path, value) in encode(self.shape, &self.step.attributes) {
            if let Some(value) = value {
                place::set(&mut resource, &path, value);
            }
        }
        Json::Object(resource)
    }
}
