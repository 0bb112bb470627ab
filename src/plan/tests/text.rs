//! A plan as a short text, for snapshots.

use std::fmt::Write;

use crate::plan::{Action, Expected, Holder, Plan, Write as Writes};
use crate::state::{Binding, Value};

pub(super) fn of(plan: &Plan) -> String {
    let mut text = String::new();
    let out = &mut text;
    for change in &plan.changes {
        let fields: Vec<String> = (change.fields.iter())
            .map(|field| match change.action {
                Action::Create => format!("{}={}", field.path, value(&field.after)),
                Action::Delete => format!("{}={}", field.path, value(&field.before)),
                _ => format!("{}: {} -> {}", field.path, value(&field.before), value(&field.after)),
            })
            .collect();
        let reason = change.reason.as_ref().map_or(String::new(), |reason| format!("  ({reason})"));
        line(out, &format!("{} {}  {}{reason}", sign(change.action), change.address, fields.join("; ")));
        if let Some(replacement) = &change.replacement {
            let holders: Vec<String> = (replacement.holders.iter())
                .map(|Holder { user_name, managed, active }| {
                    let unmanaged = if *managed { "" } else { " (in no file)" };
                    let inactive = if *active { "" } else { " (inactive)" };
                    format!("{user_name}{unmanaged}{inactive}")
                })
                .collect();
            let resumed = if replacement.resumed { "; goes on" } else { "" };
            let temporary = replacement.temporary_name.as_ref().map_or(String::new(), |name| format!("; as `{name}`"));
            line(
                out,
                &format!(
                    "  {:?} because [{}]; holders [{}]; {} requests{temporary}; {} -> {}{resumed}",
                    replacement.way,
                    replacement.because.join(", "),
                    holders.join(", "),
                    replacement.requests,
                    replacement.old_id.as_deref().unwrap_or("∅"),
                    binding(&replacement.new_id),
                ),
            );
        }
    }
    for manual in &plan.manual {
        line(out, &format!("! {}  {}", manual.address, manual.request));
    }
    for step in &plan.steps {
        let (what, attributes) = match &step.write {
            Writes::Create { attributes } => ("create".to_owned(), Some(attributes)),
            Writes::Update { id, attributes } => (format!("update {}", binding(id)), Some(attributes)),
            Writes::Delete { id } => (format!("delete {}", binding(id)), None),
        };
        let attributes: Vec<String> =
            (attributes.into_iter().flatten()).map(|(name, content)| format!("{name}={}", value(content))).collect();
        let waits: Vec<String> = step.waits_for.iter().map(ToString::to_string).collect();
        let waits = if waits.is_empty() { String::new() } else { format!("  after {}", waits.join(" ")) };
        let attributes = if attributes.is_empty() { String::new() } else { format!("  {}", attributes.join(" ")) };
        let broken = match &step.expects {
            Expected::After(earlier) if !step.waits_for.contains(earlier) => "  NOT AFTER WHAT IT BUILDS ON",
            _ => "",
        };
        line(out, &format!("{} {what} {}{attributes}{waits}{broken}", step.id, step.address));
    }
    for seats in &plan.seats {
        let capacity = seats.capacity.map_or("unlimited".to_owned(), |capacity| capacity.to_string());
        let used = format!("{} / {} / {}", seats.before, seats.worst, seats.after);
        line(out, &format!("seats {} {used} of {capacity}", seats.user_type));
    }
    findings(out, plan);
    if text.is_empty() { "nothing\n".to_owned() } else { text }
}

pub(super) fn findings(out: &mut String, plan: &Plan) {
    for finding in &plan.findings {
        let severity = format!("{:?}", finding.severity).to_lowercase();
        let allowed = if finding.allowed { " (allowed)" } else { "" };
        let rule = finding.rule.as_ref().map_or(String::new(), |rule| format!(" ({rule})"));
        line(out, &format!("{severity} {}{allowed}: {}{rule}", finding.code, finding.message));
        if let Some(help) = &finding.help {
            line(out, &format!("  help: {help}"));
        }
    }
}

fn line(out: &mut String, line: &str) {
    writeln!(out, "{}", line.trim_end()).expect("a String takes every text");
}

fn sign(action: Action) -> char {
    match action {
        Action::Create => '+',
        Action::Update => '~',
        Action::Replace => '±',
        Action::Delete => '-',
    }
}

fn binding(binding: &Binding) -> String {
    match binding {
        Binding::Id(id) => id.clone(),
        Binding::CreatedBy(step) => format!("made by {step}"),
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Absent => "∅".to_owned(),
        Value::Flag(flag) => flag.to_string(),
        Value::Count(count) => count.to_string(),
        Value::Text(text) => text.clone(),
        Value::Names(names) => format!("[{}]", names.iter().cloned().collect::<Vec<_>>().join(", ")),
        Value::Reference(id) => format!("<{}>", binding(id)),
    }
}
