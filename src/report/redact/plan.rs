//! A plan, and what became of it, without the names of users. Every field of both is named here, so
//! that a new one cannot be forgotten.

use super::{Redactor, Sort, token};
use crate::apply::{Outcome, Recounted, Report};
use crate::plan::{
    Access, AccessChange, Change, Expected, FieldChange, Finding, Holder, Manual, Plan, Precondition, Replacement,
    Requested, Step, Write,
};
use crate::state::{Address, Attributes, Binding, Kind, Origin, Value, attribute};

impl Redactor {
    /// Learns every user that a plan names.
    pub fn learn_plan(&mut self, plan: &Plan) {
        let mut address = |address: &Address| {
            if address.kind == Kind::User {
                self.learn_user(&address.name);
            }
        };
        plan.changes.iter().for_each(|change| address(&change.address));
        plan.steps.iter().for_each(|step| address(&step.address));
        plan.manual.iter().for_each(|manual| address(&manual.address));
        for access in plan.access.gained.iter().chain(&plan.access.lost) {
            access.users.iter().for_each(|user| self.learn_user(user));
        }
        for change in &plan.changes {
            for holder in change.replacement.iter().flat_map(|replacement| &replacement.holders) {
                self.learn_user(&holder.user_name);
            }
            let fields = change.fields.iter().filter(|field| is_display_name(change.kind, &field.path));
            for value in fields.flat_map(|field| [&field.before, &field.after]) {
                if let Value::Text(name) = value {
                    self.learn_display_name(name);
                }
            }
        }
    }

    /// A plan without the names of users. Its digest and its integrity are those of the plan itself: it
    /// can be compared, and not applied.
    #[must_use]
    pub fn plan(&self, plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        let Plan {
            format_version: _,
            tool_version: _,
            platform,
            pack_digest: _,
            target,
            organization,
            environment,
            owner,
            partial: _,
            digest: _,
            integrity: _,
            summary: _,
            changes,
            access: Access { gained, lost },
            seats,
            findings,
            allow: _,
            acknowledgement,
            steps,
            preconditions,
            manual,
            request,
            of_rows: _,
        } = &mut plan;
        self.change_text(platform);
        self.change_text(target);
        self.change_texts([organization, environment, owner, acknowledgement].into_iter().flatten());
        for change in changes {
            self.change(change);
        }
        for AccessChange { permissions, sensitive: _, users } in gained.iter_mut().chain(lost) {
            self.change_texts(permissions);
            for user in users {
                *user = self.user(user);
            }
        }
        self.change_texts(seats.iter_mut().map(|seats| &mut seats.user_type));
        for Finding { code: _, rule: _, severity: _, message, help, allowed: _ } in findings {
            self.change_text(message);
            self.change_texts(help);
        }
        for step in steps {
            self.step(step);
        }
        for precondition in preconditions {
            self.precondition(precondition);
        }
        for Manual { address, action: _, request, origin } in manual {
            self.address(address);
            self.change_text(request);
            self.origin(origin);
        }
        if let Some(Requested { ticket, requested_by, rows: _, file: _ }) = request {
            if let Some(ticket) = ticket {
                self.change_text(ticket);
            }
            if let Some(who) = requested_by {
                *who = self.user(who);
            }
        }
        plan
    }

    /// What became of a plan, without the names of users.
    #[must_use]
    pub fn report(&self, report: &Report) -> Report {
        let mut report = report.clone();
        let Report {
            outcomes,
            writes: _,
            reads: _,
            interrupted: _,
            stopped_on_error: _,
            recounted,
            run: _,
            unrecorded,
        } = &mut report;
        for (_, address, outcome) in outcomes {
            self.address(address);
            self.outcome(outcome);
        }
        for Recounted { user_type, planned: _, used: _ } in recounted {
            self.change_text(user_type);
        }
        self.change_texts(unrecorded);
        report
    }

    /// An outcome without the names of users.
    fn outcome(&self, outcome: &mut Outcome) {
        match outcome {
            Outcome::Applied { id } | Outcome::AlreadyInPlace { id } => self.change_text(id),
            Outcome::Stale { detail }
            | Outcome::Refused { status: _, detail, rule: _ }
            | Outcome::Failed { detail, credential: _ }
            | Outcome::Unknown { detail } => self.change_text(detail),
            Outcome::NotSettled { attributes: _, detail } => {
                self.change_texts(detail);
            }
            Outcome::Skipped { because: _ } | Outcome::Cancelled => {}
        }
    }

    fn change_text(&self, text: &mut String) {
        if let std::borrow::Cow::Owned(redacted) = self.text(text) {
            *text = redacted;
        }
    }

    fn change_texts<'t>(&self, texts: impl IntoIterator<Item = &'t mut String>) {
        for text in texts {
            self.change_text(text);
        }
    }

    fn address(&self, address: &mut Address) {
        let Address { kind, name } = address;
        if *kind == Kind::User {
            *name = self.user(name);
        } else {
            self.change_text(name);
        }
    }

    fn origin(&self, origin: &mut Option<Origin>) {
        if let Some(Origin { file, line: _, column: _ }) = origin {
            self.change_text(file);
        }
    }

    fn change(&self, change: &mut Change) {
        let Change { address, kind, action: _, fields, affected_users: _, origin, reason, replacement } = change;
        self.address(address);
        self.origin(origin);
        self.change_texts(reason);
        for FieldChange { path, before, after } in fields {
            self.value(*kind, path, before);
            self.value(*kind, path, after);
        }
        let Some(Replacement { way: _, because, holders, requests: _, temporary_name, resumed: _, old_id, new_id }) =
            replacement
        else {
            return;
        };
        self.change_texts(because);
        for Holder { user_name, managed: _, active: _ } in holders {
            *user_name = self.user(user_name);
        }
        self.change_texts(temporary_name.iter_mut().chain(old_id));
        self.binding(new_id);
    }

    fn value(&self, kind: Kind, path: &str, value: &mut Value) {
        match value {
            Value::Absent | Value::Flag(_) | Value::Count(_) => {}
            Value::Text(text) if is_display_name(kind, path) => *text = token(text, Sort::DisplayName),
            Value::Text(text) if kind == Kind::User && path == attribute::NAME => *text = self.user(text),
            Value::Text(text) => self.change_text(text),
            Value::Names(names) => *names = names.iter().map(|name| self.text(name).into_owned()).collect(),
            Value::Reference(binding) => self.binding(binding),
        }
    }

    fn binding(&self, binding: &mut Binding) {
        match binding {
            Binding::Id(id) => self.change_text(id),
            Binding::CreatedBy(_) => {}
        }
    }

    fn step(&self, step: &mut Step) {
        let Step { id: _, address, write, waits_for: _, expects } = step;
        let kind = address.kind;
        self.address(address);
        let all = |attributes: &mut Attributes| {
            for (name, value) in attributes {
                self.value(kind, name, value);
            }
        };
        match write {
            Write::Create { attributes } => all(attributes),
            Write::Update { id, attributes } => {
                self.binding(id);
                all(attributes);
            }
            Write::Delete { id } => self.binding(id),
        }
        match expects {
            Expected::Nothing | Expected::Version(_) | Expected::After(_) => {}
        }
    }

    fn precondition(&self, precondition: &mut Precondition) {
        match precondition {
            Precondition::Object { address, id, version: _ }
            | Precondition::Holders { address, id, count: _, digest: _ } => {
                self.address(address);
                self.change_text(id);
            }
            Precondition::Nothing { address } => self.address(address),
            Precondition::Seats { user_type, capacity: _, used: _ } => self.change_text(user_type),
            Precondition::Administrators { roles, active: _ } => {
                self.change_texts(roles);
            }
        }
    }
}

/// In a change of a user the files' `name` is what people call them; in a step it is their userName.
fn is_display_name(kind: Kind, path: &str) -> bool {
    kind == Kind::User && path == attribute::DISPLAY_NAME
}
