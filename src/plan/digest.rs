//! The two digests of a plan.
//!
//! `digest` says what a reviewer has seen: the changes, origin and reason excepted, who is suspended
//! on the way, and the overrides. It stays the same when versions move on, so that `--expect` compares meaning.
//! `integrity` covers the whole document, so that a saved plan whose steps, findings or
//! preconditions were edited or torn is refused. It protects against slips, not against somebody
//! who computes it anew; for that the pipeline signs its artifacts.

use std::fmt::Write as _;
use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Action, Allowance, Change, Expected, FieldChange, Holder, Manual, Plan, Requested, Step, Way, Write};
use crate::state::{Address, Kind, StepId, Value, attribute};

/// The digest over the changes and the overrides, in hexadecimal.
pub(super) fn of_changes(
    changes: &[Change],
    manual: &[Manual],
    steps: &[Step],
    allow: &[Allowance],
    acknowledgement: Option<&str>,
    request: Option<&Requested>,
) -> String {
    #[derive(Serialize)]
    struct Seen<'a> {
        changes: Vec<SeenChange<'a>>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        manual: Vec<(&'a Address, &'a str)>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        suspended: Vec<&'a str>,
        allow: &'a [Allowance],
        acknowledgement: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        request: Option<SeenRequest<'a>>,
    }
    /// Which file it came in is not in it: one request in two forms is one.
    #[derive(Serialize)]
    struct SeenRequest<'a> {
        ticket: Option<&'a str>,
        requested_by: Option<&'a str>,
        rows: u64,
    }
    #[derive(Serialize)]
    struct SeenChange<'a> {
        address: &'a Address,
        kind: Kind,
        action: Action,
        fields: &'a [FieldChange],
        affected_users: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        replacement: Option<SeenReplacement<'a>>,
    }
    #[derive(Serialize)]
    struct SeenReplacement<'a> {
        way: Way,
        because: &'a [String],
        holders: &'a [Holder],
        temporary_name: Option<&'a str>,
    }
    fn seen(change: &Change) -> SeenChange<'_> {
        let Change { address, kind, action, fields, affected_users, origin: _, reason: _, replacement } = change;
        let replacement = replacement.as_ref().map(|replacement| SeenReplacement {
            way: replacement.way,
            because: &replacement.because,
            holders: &replacement.holders,
            temporary_name: replacement.temporary_name.as_deref(),
        });
        SeenChange { address, kind: *kind, action: *action, fields, affected_users: *affected_users, replacement }
    }
    let manual = manual.iter().map(|manual| (&manual.address, manual.request.as_str())).collect();
    of(&Seen {
        changes: changes.iter().map(seen).collect(),
        manual,
        suspended: suspended(steps),
        allow,
        acknowledgement,
        request: request.map(|Requested { ticket, requested_by, rows, file: _ }| SeenRequest {
            ticket: ticket.as_deref(),
            requested_by: requested_by.as_deref(),
            rows: *rows,
        }),
    })
}

/// Who is shut out by one step and comes back by another, sorted.
fn suspended(steps: &[Step]) -> Vec<&str> {
    let shuts_out = |earlier: StepId| {
        let earlier = steps.iter().find(|step| step.id == earlier);
        earlier.is_some_and(|earlier| match &earlier.write {
            Write::Update { attributes, .. } => attributes.get(attribute::ACTIVE) == Some(&Value::Flag(false)),
            _ => false,
        })
    };
    let comes_back = |step: &&Step| match (step.address.kind, &step.expects) {
        (Kind::User, Expected::After(earlier)) => shuts_out(*earlier),
        _ => false,
    };
    let mut names: Vec<&str> = steps.iter().filter(comes_back).map(|step| step.address.name.as_str()).collect();
    names.sort_unstable();
    names
}

/// The digest over a whole plan but for the field that holds it, in hexadecimal.
pub(super) fn of_document(plan: &Plan) -> String {
    // Destructured, so that a new field cannot be forgotten.
    let Plan {
        format_version,
        tool_version,
        platform,
        pack_digest,
        target,
        organization,
        environment,
        owner,
        partial,
        digest,
        integrity: _,
        summary,
        changes,
        access,
        seats,
        findings,
        allow,
        acknowledgement,
        steps,
        preconditions,
        manual,
        request,
        of_rows,
    } = plan;
    let others = (
        (
            format_version,
            tool_version,
            platform,
            pack_digest,
            target,
            organization,
            environment,
            owner,
            partial,
            digest,
        ),
        (summary, changes, access, seats, findings, allow, acknowledgement, steps, preconditions),
        manual,
    );
    // A plan that is not of rows has the digest that it had before there were such.
    match (request, of_rows) {
        (_, true) => of(&(others, request, of_rows)),
        (Some(_), false) => of(&(others, request)),
        (None, false) => of(&others),
    }
}

/// A digest of who the holders of a role are, whatever order they are listed in.
pub(super) fn of_holders(mut ids: Vec<&str>) -> String {
    ids.sort_unstable();
    of(&ids)
}

/// SHA-256 over the JSON of a value: fields in the order of their declaration, maps sorted, so the
/// same value always gives the same bytes.
fn of(value: &impl Serialize) -> String {
    struct Hashing(Sha256);
    impl io::Write for Hashing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    // Serialisation writes a few bytes at a time; hashing wants blocks.
    let mut writer = io::BufWriter::new(Hashing(Sha256::new()));
    serde_json::to_writer(&mut writer, value).expect("plans are JSON and hashing takes every byte");
    let hashing = writer.into_inner().map_err(io::IntoInnerError::into_error).expect("hashing takes every byte");
    let mut text = String::with_capacity(64);
    for byte in hashing.0.finalize() {
        write!(text, "{byte:02x}").expect("a String takes every byte");
    }
    text
}
