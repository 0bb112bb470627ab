//! What a new project says.

use std::fmt::Write;

/// The project file.
pub fn project(platform: &str, url: Option<&str>) -> String {
    let mut text = String::from(
        "# yaml-language-server: $schema=schemas/project.schema.json\n\
         # What rolecall manages here, and where. The schema describes every key; editors show it.\n\
         version: 1\n",
    );
    let _ = writeln!(text, "platform: {platform}");
    match url {
        // JSON's quotes are YAML's: a URL can hold what YAML reads as something else.
        Some(url) => {
            let url = serde_json::Value::from(url);
            let _ = writeln!(text, "target:\n  url: {url}\n  token: {{ env: ROLECALL_TOKEN }}");
        }
        None => text.push_str(
            "# Where the roles live; ROLECALL_URL says it too. The token itself never stands in a file.\n\
             # target:\n\
             #   url: https://roles.example.com/scim/v2\n\
             #   token: { env: ROLECALL_TOKEN }\n",
        ),
    }
    text.push_str(
        "manifests: [\"manifests/**/*.yaml\"]\n\
         # The mark on what is created here, so that nobody takes it for theirs.\n\
         # owner: acme\n",
    );
    if platform == "open" {
        text.push_str("# Whose holders are administrators: a plan never takes the last ones away.\nadministrators: { roles: [Owner] }\n");
    }
    text.push_str(
        "# What becomes of live objects that no file names: ignore, report, or more.\n\
         # unlisted: { roles: report, users: report }\n\
         # How much one plan may take away or change before it wants a word: these are the defaults.\n\
         # guards: { max_removed: 25%, max_changed: 30%, min_population: 10, min_administrators: 2 }\n",
    );
    text
}

/// A small beginning for a platform.
pub fn manifest(platform: &str) -> &'static str {
    match platform {
        "total-expert" => include_str!("starter/total-expert.yaml"),
        "responsive" => include_str!("starter/responsive.yaml"),
        "bullseye" => include_str!("starter/bullseye.yaml"),
        _ => include_str!("starter/open.yaml"),
    }
}
