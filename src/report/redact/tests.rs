//! Names in, hashes out; and that no name is left in any form.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::apply::{Outcome, Report};
use crate::diagnostic::{Code, Diagnostic};
use crate::plan::{Action, Holder, Manual, Replacement, Step, Way, Write};
use crate::report::plan_text::tests::{change, every_kind};
use crate::report::{
    FindingsSummary, findings_human, findings_json, plan_html, plan_json, plan_markdown, plan_text, results_html,
    results_json, results_markdown, results_text,
};
use crate::source::{Sources, Span};
use crate::state::{Address, Attributes, Binding, Kind, Origin, StepId, Value, attribute};

fn knowing(users: &[&str], display_names: &[&str]) -> Redactor {
    let mut redactor = Redactor::default();
    users.iter().for_each(|name| redactor.learn_user(name));
    display_names.iter().for_each(|name| redactor.learn_display_name(name));
    redactor
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let redactor = knowing(&["Ana@example.com", "ana", "service account", "<x>", "bo"], &["Ana Diaz"]);
    assert_eq!(redactor.text(text), expected);
}

#[test]
fn names_are_replaced_where_they_are_words() {
    let ana = token("ana@example.com", Sort::UserName);
    assert_eq!(ana.len(), "user-3f9a2c71".len());
    check("banana and anaconda", "banana and anaconda");
    check("`ana@EXAMPLE.com`, ana@example.com.", &format!("`{ana}`, {ana}."));
    check("of a Service Account or two", &format!("of a {} or two", token("service account", Sort::UserName)));
    check("ANA DIAZ is here", &format!("{} is here", token("ana diaz", Sort::DisplayName)));
    check("role/ana diaz's", &format!("role/{}'s", token("ana diaz", Sort::DisplayName)));
}

#[test]
fn short_names_are_replaced_only_where_they_are_called_names() {
    let bo = token("bo", Sort::UserName);
    check("bo and `bo` and user/bo", &format!("bo and `{bo}` and user/{bo}"));
}

#[test]
fn what_looks_like_an_address_is_replaced_although_nobody_knows_it() {
    let of = |name| token(name, Sort::UserName);
    check("see cy@example.org, please", &format!("see {}, please", of("cy@example.org")));
    check("<di+x@example.org>", &format!("<{}>", of("di+x@example.org")));
    check("a@b.", &format!("{}.", of("a@b")));
    check("@all and x@ and @", "@all and x@ and @");
    check("there is no `user/Some One` here", &format!("there is no `user/{}` here", of("Some One")));
    check("user/ed: failed", &format!("user/{}: failed", of("ed")));
}

#[test]
fn names_of_signs_alone_are_names_too() {
    check("`<x>`", &format!("`{}`", token("<x>", Sort::UserName)));
    let signs = knowing(&["----"], &[]);
    assert_eq!(signs.text("a ---- b"), format!("a {} b", token("----", Sort::UserName)));
}

#[test]
fn places_stay_what_they_are() {
    let mut sources = Sources::default();
    let text = "assignments:\n  bö@example.com: { rolle: LO }\n  \"\\u0062o@example.com\": { rolle: LO }\n";
    let id = sources.add("manifests/bö@example.com.yaml", text);
    let span = |needle: &str, nth: usize| {
        let start = text.match_indices(needle).nth(nth).expect("it is there").0;
        Span { source: id, start: start as u32, end: (start + needle.len()) as u32 }
    };
    let found = vec![
        Diagnostic::new(Code::UnknownKey, span("rolle", 0), "unknown key `rolle` of `bö@example.com`")
            .related(span("bö@example.com", 0), "of bö@example.com"),
        Diagnostic::new(Code::UnknownKey, span("rolle", 1), "unknown key `rolle`"),
    ];
    let redactor = knowing(&["bö@example.com", "bo@example.com"], &[]);
    let (redacted, hidden) = redactor.findings(&sources, &found);
    for (before, after) in found.iter().zip(&hidden) {
        let (before, after) = (sources.locate(before.span), redacted.locate(after.span));
        assert_eq!((before.line, before.column, before.end_column), (after.line, after.column, after.end_column));
    }
    let summary = FindingsSummary::default();
    for text in [findings_human(&redacted, &hidden, summary), findings_json(&redacted, &hidden, summary)] {
        assert!(!text.contains("example.com"), "{text}");
    }
    let (of_first, hash) = (redacted.slice(hidden[0].related[0].0), token("bö@example.com", Sort::UserName));
    assert!(of_first.starts_with(&hash) && of_first.chars().count() == "bö@example.com".chars().count());
}

/// A plan that names each of these wherever a name can stand.
fn plan_of(names: &[String]) -> crate::plan::Plan {
    let mut plan = every_kind();
    for (i, name) in names.iter().enumerate() {
        let address = Address::new(Kind::User, name.as_str());
        let text = Value::text(format!("{name} Display"));
        let fields = vec![
            (attribute::DISPLAY_NAME, text.clone(), Value::Absent),
            (attribute::ROLE, Value::text(format!("of {name}")), Value::names([name.as_str()])),
        ];
        let mut one = change([Action::Create, Action::Update, Action::Delete][i % 3], Kind::User, name, 1, fields);
        one.reason = Some(format!("because of {name} and `{name}`"));
        one.origin = Some(Origin { file: format!("users/{name}/all.yaml"), line: 1, column: 1 });
        plan.changes.push(one);
        let mut replaced = change(Action::Replace, Kind::Role, &format!("role of {name}"), 1, Vec::new());
        replaced.replacement = Some(Replacement {
            way: Way::Rename,
            because: vec!["class".into()],
            holders: vec![Holder { user_name: name.clone(), managed: true, active: true }],
            requests: 3,
            temporary_name: Some(format!("{name} (new)")),
            resumed: false,
            old_id: Some(name.clone()),
            new_id: Binding::Id(name.clone()),
        });
        plan.changes.push(replaced);
        for access in plan.access.gained.iter_mut().chain(&mut plan.access.lost) {
            access.users.push(name.clone());
        }
        for finding in &mut plan.findings {
            let _ = write!(finding.message, "; {name}, `user/{name}`");
            finding.help = Some(format!("say `{name}`"));
        }
        plan.manual.push(Manual {
            address: address.clone(),
            action: Action::Create,
            request: format!("tell {name}"),
            origin: None,
        });
        plan.steps.push(Step {
            id: StepId(i as u32 + 1),
            address,
            write: Write::Create {
                attributes: Attributes::from([
                    (attribute::NAME.to_owned(), Value::text(name.as_str())),
                    (attribute::DISPLAY_NAME.to_owned(), text),
                ]),
            },
            waits_for: Vec::new(),
            expects: crate::plan::Expected::Nothing,
        });
    }
    plan
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_name_is_left_in_any_form(
        // No words of ours: what a form itself says is not a name.
        names in prop::collection::btree_set("[qxzQXZ][qxzjkvQXéß ._'\"`<&|\\\\*\u{202e}-]{2,9}[qxzj](@[qxz]{2,6}\\.[qxz]{2,3})?", 1..8)
    ) {
        let names: Vec<String> = names.into_iter().collect();
        let plan = plan_of(&names);
        let mut redactor = Redactor::default();
        redactor.learn_plan(&plan);
        let outcomes = plan.steps.iter().map(|step| {
            let detail = format!("the server says {} is no good", step.address.name);
            (step.id, step.address.clone(), Outcome::Refused { status: 400, detail, rule: None })
        });
        let report = Report { outcomes: outcomes.collect(), ..Report::default() };
        let (plan, report) = (redactor.plan(&plan), redactor.report(&report));
        let forms = [
            plan_text(&plan), plan_json(&plan), plan_markdown(&plan), plan_html(&plan),
            results_text(&plan, &report, true), results_json(&plan, &report), results_markdown(&plan, &report),
            results_html(&plan, &report),
        ];
        for name in &names {
            let json = serde_json::to_string(name).expect("a text");
            let html = maud::html! { (name) }.into_string();
            let escaped: String = name.chars().flat_map(char::escape_default).collect();
            for spelled in [name.as_str(), json.trim_matches('"'), &html, &escaped, &crate::report::visible(name)] {
                for form in &forms {
                    let form = form.to_lowercase();
                    prop_assert!(!form.contains(&spelled.to_lowercase()), "{spelled:?} is in\n{form}");
                }
            }
        }
    }
}
