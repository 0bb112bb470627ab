//! The client against services that misbehave, over real HTTP.

mod bulk;
mod foreign;
pub(crate) mod hostile;
mod reading;
mod writing;

use crate::plan::{Access, FORMAT_VERSION, Plan, Step, Summary};
use crate::platform::Pack;

/// The `open` pack, as far as the client asks it.
pub(crate) fn pack() -> Pack {
    let names = |of: &str| serde_json::json!({"type": "names", "of": of});
    let pack = serde_json::json!({
        "platform": "open", "title": "Open",
        "vocabularies": {
            "classifications": {"mode": "managed"}, "segments": {"mode": "managed"}, "user_types": {"mode": "managed"},
        },
        "roles": {
            "attributes": {
                "description": {"type": "text"},
                "classifications": names("classifications"), "segments": names("segments"),
                "user_type": {"type": "name", "of": "user_types"},
            },
            "permissions": {},
        },
        "users": {"user_name": "text", "user_type": "role"},
    });
    serde_json::from_value(pack).expect("a pack")
}

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
        partial: false,
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
        manual: Vec::new(),
        request: None,
        of_rows: false,
    }
}
