//! Applying hand-made plans.

use crate::plan::{Access, FORMAT_VERSION, Plan, Step, Summary};

/// A plan of these steps and nothing else.
pub(crate) fn plan_of(steps: Vec<Step>) -> Plan {
    Plan {
        format_version: FORMAT_VERSION,
        tool_version: String::new(),
        platform: "open".to_owned(),
        pack_digest: String::new(),
        target: String::new(),
        organization: None,
        environment: None,
        owner: None,
        digest: String::new(),
        integrity: String::new(),
        summary: Summary::default(),
        changes: Vec::new(),
        access: Access::default(),
        seats: Vec::new(),
        findings: Vec::new(),
        allow: Vec::new(),
        acknowledgement: None,
        steps,
        preconditions: Vec::new(),
    }
}
