//! Seats: who takes one, and whether one is free.
//!
//! Not responsible for counting them: the database's triggers do.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::database;
use super::fold::fold;
use super::refusal::Refusal;
use super::rules::{Case, text};
use super::served::Kind;
use super::tenant::seats;

/// The user type, folded, of which a user takes a seat.
pub(super) fn seat(user: &Map<String, Value>) -> Option<String> {
    text(user, "userType").filter(|_| database::is_active(user)).map(fold)
}

/// How many seats are free, of each user type that is limited, by its folded name.
pub(super) fn free(connection: &Connection) -> rusqlite::Result<BTreeMap<String, i64>> {
    let mut free = BTreeMap::new();
    for row in database::all(connection, Kind::UserType)? {
        let user_type = row.attributes();
        let name = text(&user_type, "displayName").map(fold).unwrap_or_default();
        if let Some(permitted) = seats(&user_type) {
            let used = database::counter(connection, "seats", &name)?;
            free.entry(name).or_insert(permitted - used);
        }
    }
    Ok(free)
}

pub(super) fn seat_numbers_are_not_negative(case: &Case<'_>) -> Result<(), Refusal> {
    match case.after(Kind::UserType).and_then(|after| after.get("totalAssignmentsPermitted")?.as_i64()) {
        Some(n) if n < 0 => Err(Refusal::value(format!("`totalAssignmentsPermitted` is {n}, which is below zero"))),
        _ => Ok(()),
    }
}

/// R-UT-27: in one request for several users, the seats that any of them holds are out of reach
/// until it is done: each of its operations needs a seat of its own of those that were free when
/// it began, who keeps a type included.
pub(super) fn a_bulk_request_uses_no_held_seat(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after(Kind::User) else { return Ok(()) };
    let (Some(request), Some(wanted)) = (case.bulk, seat(after)) else { return Ok(()) };
    let Some(left) = request.seats_left(&wanted).filter(|left| *left < 1) else { return Ok(()) };
    let row = database::by_key(case.connection, Kind::UserType, &wanted)?.map(|row| row.attributes());
    let name = row.as_ref().and_then(|row| text(row, "displayName")).unwrap_or(&wanted);
    let rule = case.pack().bulk.held_seats_rule.as_deref();
    let detail = format!(
        "no seat of `{name}` is left for this operation; those that the users of a bulk request hold are out of its reach"
    );
    Err(Refusal::new(409, detail).by_rule(rule, &[("userType", json!(name)), ("left", json!(left))]))
}

/// R-UT-26, R-UT-28: whoever becomes active, or takes another type, needs a free seat of it;
/// keeping one's type needs none.
pub(super) fn an_active_user_has_a_seat(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after(Kind::User) else { return Ok(()) };
    let Some(wanted) = seat(after) else { return Ok(()) };
    if case.before.and_then(seat).as_ref() == Some(&wanted) {
        return Ok(());
    }
    let Some(row) = database::by_key(case.connection, Kind::UserType, &wanted)? else { return Ok(()) };
    let user_type = row.attributes();
    let Some(permitted) = seats(&user_type) else { return Ok(()) };
    let used = database::counter(case.connection, "seats", &wanted)?;
    if used < permitted {
        return Ok(());
    }
    let name = text(&user_type, "displayName").unwrap_or(&wanted);
    let numbers = [("userType", json!(name)), ("permitted", json!(permitted)), ("used", json!(used))];
    Err(Refusal::new(409, format!("no free seat of `{name}`: {used} of {permitted} are taken"))
        .by_rule(case.pack().users.seat_rule.as_deref(), &numbers))
}

/// R-UT-26: the number of seats is not set below those that are taken.
pub(super) fn seats_in_use_are_not_taken_away(case: &Case<'_>) -> Result<(), Refusal> {
    let Some(after) = case.after(Kind::UserType) else { return Ok(()) };
    let name = text(after, "displayName").unwrap_or_default();
    let Some(now) = seats(after) else { return Ok(()) };
    let before = case.before.and_then(seats);
    let same_name = case.before.and_then(|before| text(before, "displayName")).map(fold) == Some(fold(name));
    // A state that is over-committed already may be mended step by step.
    if same_name && before.is_some_and(|before| now >= before) {
        return Ok(());
    }
    let used = database::counter(case.connection, "seats", &fold(name))?;
    if used <= now {
        return Ok(());
    }
    let numbers = [("userType", json!(name)), ("permitted", json!(now)), ("used", json!(used))];
    Err(Refusal::new(409, format!("{used} seats of `{name}` are taken; {now} would be too few"))
        .by_rule(case.pack().users.seat_rule.as_deref(), &numbers))
}
