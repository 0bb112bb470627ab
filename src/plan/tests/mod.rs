//! Tests of planning: states in, text out.

mod applying;
mod matching;
mod promises;
mod reading;
mod refusing;
mod saved;
mod scheduling;
mod text;

use super::{Plan, plan};
use crate::platform::Pack;

/// The platform without a vendor's rules.
fn open_pack() -> Pack {
    crate::platform::built_in("open").expect("the pack is built in")
}

/// Plans from two texts (see `reading`).
fn planned(desired: &str, live: &str) -> Plan {
    let (desired, policy) = reading::desired(desired);
    plan(&desired, &reading::live(live), &open_pack(), &policy)
}

/// Plans from two texts and shows the plan (see `text`).
fn shown(desired: &str, live: &str) -> String {
    text::of(&planned(desired, live))
}
