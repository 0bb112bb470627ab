//! A token is in no output, no log and no file, whatever happens on the way; not even where whoever
//! answers repeats it.

use std::path::Path;

use crate::support::proxy::{Act, Proxy};
use crate::support::{Folder, Server, TOKEN};

const PROJECT: &str = "version: 1\nplatform: open\nowner: acme\nguards: { max_changed: 100% }\n";

/// An answer of somebody who repeats what they were sent.
fn echo(status: u16) -> Act {
    let detail = format!("you sent authorization: Bearer {TOKEN}");
    let body = format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"{status}","scimType":"{TOKEN}","detail":"{detail}"}}"#
    );
    Act::Answer(status, "content-type: application/scim+json\r\n".to_owned(), body)
}

fn page() -> Act {
    let body = format!("<html><title>Bearer {TOKEN}</title></html>");
    Act::Answer(200, "content-type: text/html\r\n".to_owned(), body)
}

fn redirect() -> Act {
    Act::Answer(302, format!("location: https://elsewhere.example.com/{TOKEN}\r\n"), String::new())
}

fn media() -> Act {
    Act::Answer(200, format!("content-type: text/{TOKEN}\r\n"), "x".to_owned())
}

/// What happens to each of the first writes.
fn faults() -> Vec<Vec<Act>> {
    use Act::{Drop, Forward, Truncate};
    vec![
        vec![Drop],
        vec![Forward, Drop],
        vec![Forward, Truncate],
        vec![Act::status(429, "retry-after: 0\r\n")],
        vec![Forward, Act::status(502, "")],
        vec![echo(400)],
        vec![echo(409)],
        vec![echo(500)],
        vec![Forward, page()],
        vec![redirect()],
        vec![media()],
        vec![echo(403)],
    ]
}

#[test]
fn a_token_is_printed_logged_and_kept_nowhere() {
    // Each round changes everybody, so that each meets every fault.
    let files = |round: &str| -> String {
        let users = (0..24).map(|n| format!("  u{n}@example.com: {{ role: R, name: {round} }}\n"));
        format!("roles: {{ R: {{}} }}\nassignments:\n{}", users.collect::<String>())
    };
    let folder = Folder::of(&[("rolecall.yaml", PROJECT), ("manifests/all.yaml", &files("first"))]);
    let server = Server::start(&folder, "open", "server.db");
    let mut printed = String::new();
    for log in ["text", "json"] {
        for format in ["text", "json"] {
            let faults = faults();
            // The role's write passes: without it nobody gets one.
            let proxy = Proxy::before(&server.url, move |asked| faults.get(asked.write.wrapping_sub(2)).cloned());
            let environment = [("ROLECALL_URL", proxy.url.as_str()), ("ROLECALL_TOKEN", TOKEN)];
            folder.write("manifests/all.yaml", files(&format!("{log} {format}")));
            let common = ["-vv", "--log-format", log, "--format", format];
            for command in
                [&["plan", "--out", "p.json"][..], &["apply", "--yes"], &["resume"], &["undo", "latest", "--yes"]]
            {
                let run = folder.run_with(&[command, &common].concat(), &environment);
                assert!(matches!(run.code, 0 | 3..=6), "{command:?}: {}", run.words());
                printed.push_str(&run.words());
            }
            for command in [&["history"][..], &["history", "latest"]] {
                printed.push_str(&folder.run_with(&[command, &common].concat(), &environment).expect(0).words());
            }
        }
    }
    // Whoever answers in the target's place from the beginning on.
    for act in [echo(401), echo(403), echo(400), page(), redirect(), media()] {
        let proxy = Proxy::before(&server.url, move |_| Some(vec![act.clone()]));
        let environment = [("ROLECALL_URL", proxy.url.as_str()), ("ROLECALL_TOKEN", TOKEN)];
        let run = folder.run_with(&["plan", "-vv"], &environment);
        assert!(run.code != 0, "{}", run.words());
        printed.push_str(&run.words());
        let run = folder.run_with(&["doctor", "--probe-writes", "--yes", "-vv"], &environment);
        assert!(run.code != 0, "{}", run.words());
        printed.push_str(&run.words());
    }
    for line in printed.lines() {
        assert!(!line.contains(TOKEN), "{line}");
    }
    assert!(printed.contains("u23@example.com"), "what is searched is there");
    server.kill();
    let mut found = Vec::new();
    let count = search(folder.path(), TOKEN.as_bytes(), &mut found);
    assert!(count >= 4 && found.is_empty(), "{count} files: {found:?}");
    let _ = search(folder.path(), b"acme", &mut found);
    for name in ["p.json", "server.db"] {
        assert!(found.iter().any(|path| path.contains(name)), "{name} is searched: {found:?}");
    }
}

/// The files below a folder that hold a text; how many were looked at.
pub fn search(folder: &Path, text: &[u8], found: &mut Vec<String>) -> usize {
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            count += search(&path, text, found);
        } else {
            count += 1;
            let bytes = std::fs::read(&path).expect("a file can be read");
            if bytes.windows(text.len()).any(|part| part == text) {
                found.push(path.display().to_string());
            }
        }
    }
    count
}
