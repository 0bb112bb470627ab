//! Differences told apart: what changed live, what in the files, what on both sides.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::super::{Base, Carried, Differs, Policy, Side, Since, Unlisted, drift};
use super::{open_pack, plan, planned, reading};
use crate::state::StepId;

/// An apply from one state to another, carried out as told; all steps are done, when nothing is told.
fn took(base: &mut Base, name: &str, (files, live): (&str, &str), told: &[(u32, Carried)]) {
    let plan = planned(files, live);
    let mut carried: BTreeMap<StepId, Carried> = told.iter().map(|&(step, carried)| (StepId(step), carried)).collect();
    if told.is_empty() {
        carried = plan.steps.iter().map(|step| (step.id, Carried::Done)).collect();
    }
    base.take(&Since { run: name.to_owned(), when: String::new() }, &plan, &carried);
}

/// One line for each object and field.
fn compared(files: &str, live: &str, base: &Base) -> String {
    let (desired, policy) = reading::desired(files);
    let live = reading::live(live);
    let plan = plan(&desired, &live, &open_pack(), &Policy { unlisted: Unlisted::default(), ..policy.clone() });
    let drift = drift(&desired, &live, &plan, &policy, base);
    let mut out = String::new();
    let since =
        |since: &Option<Since>| since.as_ref().map_or_else(String::new, |since| format!(" since {}", since.run));
    for object in &drift.objects {
        let differs = match object.differs {
            Differs::Fields => "differs",
            Differs::NotLive => "not live",
            Differs::NotInFiles => "not in files",
        };
        let _ = writeln!(out, "{}: {differs}, {}{}", object.address, side(object.changed), since(&object.since));
        for field in &object.fields {
            let _ = writeln!(out, "  {}: {}{}", field.path, side(field.changed), since(&field.since));
        }
    }
    for address in &drift.left_alone {
        let _ = writeln!(out, "left alone: {address}");
    }
    out
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Live => "live",
        Side::Files => "files",
        Side::Both => "both",
        Side::Unknown => "unknown",
    }
}

const FIRST: (&str, &str) = (
    "role LO description=d segments=A\nrole Old\nuser ana LO name=Ana\nuser bo LO",
    "segment A\nsegment B\nrole LO segments=B\nrole Else\nuser ana Else",
);

#[test]
fn each_field_is_told_apart() {
    let mut base = Base::default();
    took(&mut base, "r1", FIRST, &[]);
    let files = "role LO description=f segments=A,B user_type=T\nrole Old\nuser ana Old name=Ana\nuser bo LO";
    let live = "segment A\nsegment B\ntype T\nrole LO description=l segments=A\nrole Old\nrole Else\n\
                user ana LO name=Other\nuser bo Else";
    insta::assert_snapshot!(compared(files, live, &base), @"
    role/LO: differs, both
      description: both since r1
      segments: files since r1
      user_type: unknown
    user/ana: differs, both
      display_name: live since r1
      role: files since r1
    user/bo: differs, live
      role: live since r1
      user_type: unknown
    left alone: role/Else
    ");
    // Without an apply that is known, a difference is only that.
    insta::assert_snapshot!(compared(files, live, &Base::default()), @"
    role/LO: differs, unknown
      description: unknown
      segments: unknown
      user_type: unknown
    user/ana: differs, unknown
      display_name: unknown
      role: unknown
    user/bo: differs, unknown
      role: unknown
      user_type: unknown
    left alone: role/Else
    ");
}

#[test]
fn what_is_on_one_side_only_is_told_apart() {
    let mut base = Base::default();
    took(&mut base, "r1", FIRST, &[]);
    took(&mut base, "r2", ("remove role Else", "role Else"), &[]);
    // `Old` was deleted live, `LO` is in no file any more, `Else` is back, and `New` is new.
    let files = "role New\nrole Old\nuser ana New";
    let live = "segment A\nrole LO\nrole Else\nrole Third\nuser ana Third\nuser bo LO\nuser eve LO";
    insta::assert_snapshot!(compared(files, live, &base), @"
    role/Else: not in files, live since r2
    role/New: not live, unknown
    role/Old: not live, live since r1
    user/ana: differs, both
      role: both since r1
    user/bo: not in files, files since r1
    left alone: role/LO
    left alone: role/Third
    left alone: user/eve
    ");
    // What the project wants to hear of is no longer left alone.
    let reported = format!("{files}\nunlisted roles report");
    assert!(compared(&reported, live, &base).contains("role/Third: not in files, unknown\n"));
    let chosen = format!("{files}\nonly user/bo");
    assert_eq!(compared(&chosen, live, &base), "user/bo: not in files, files since r1\n");
}

#[test]
fn only_steps_that_are_known_to_be_done_count() {
    let (files, live) = ("role LO description=d", "role LO description=c");
    let later = "role LO description=e";
    let one = |told: &[(u32, Carried)]| {
        let mut base = Base::default();
        took(&mut base, "r1", ("role LO description=c", "role LO"), &[]);
        took(&mut base, "r2", (files, live), told);
        compared(later, live, &base)
    };
    // It was certainly not sent: what the apply before left is what is there.
    let not_sent = [(99, Carried::Done)];
    assert_eq!(one(&not_sent), "role/LO: differs, files\n  description: files since r1\n");
    assert_eq!(one(&[(1, Carried::InDoubt)]), "role/LO: differs, unknown\n  description: unknown\n");
    assert_eq!(one(&[(1, Carried::Done)]), "role/LO: differs, both\n  description: both since r2\n");
}

#[test]
fn a_rename_takes_along_what_is_known() {
    let mut base = Base::default();
    let first = "role LO description=d\nuser ana LO";
    took(&mut base, "r1", (first, "role Else\nuser ana Else"), &[]);
    took(&mut base, "r2", ("role Officer previously=LO", "role LO description=d\nuser ana LO"), &[]);
    let files = "role Officer description=d\nrole Else\nuser ana Officer";
    insta::assert_snapshot!(compared(files, "role Officer description=x\nrole Else\nuser ana Else", &base), @"
    role/Officer: differs, live
      description: live since r1
    user/ana: differs, live
      role: live since r1
    ");
}
