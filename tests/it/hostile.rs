//! Files that nobody would write on purpose: no panic, and every finding has a place.

use rolecall::diagnostic::Severity;
use rolecall::manifest;
use rolecall::platform;
use rolecall::source::Sources;

use crate::generator::{Organization, Random, Size};
use crate::support::Folder;

/// Random texts and mutated manifests, as many of each.
const TEXTS: u64 = 10_000;

/// Reads a text as a project's only manifest; every finding must have a place within it.
#[track_caller]
fn check(text: &str, pack: &platform::Pack) -> usize {
    let mut sources = Sources::default();
    let source = sources.add("hostile.yaml", text);
    let (desired, found, _) = manifest::read(&sources, &[source], pack);
    assert_eq!(desired.is_none(), found.has_errors(), "what is wrong is said: {text:?}");
    let lines = text.split(['\n', '\r']).count() as u32 + 1;
    for diagnostic in found.iter() {
        let at = sources.locate(diagnostic.span);
        assert!((1..=lines).contains(&at.line) && at.column >= 1, "{diagnostic:?} in {text:?}");
        assert!(diagnostic.span.end as usize <= text.len(), "{diagnostic:?} in {text:?}");
        assert!(!diagnostic.message.is_empty());
    }
    found.count(Severity::Error)
}

#[test]
fn random_bytes_never_panic() {
    let pack = platform::built_in("open").expect("a pack of this build");
    let mut random = Random::new(1);
    // Bytes that mean something to YAML come often: others end in a syntax error at once.
    let telling = b"{}[]:,-#&*!|>'\"%@` \n\r\t\\?~ab01roles\xc3\xa9\xff\xef\xbb\xbf";
    for _ in 0..TEXTS {
        let length = random.below(120);
        let bytes: Vec<u8> = (0..length)
            .map(|_| if random.percent(85) { telling[random.below(telling.len())] } else { random.number() as u8 })
            .collect();
        check(&String::from_utf8_lossy(&bytes), &pack);
    }
}

#[test]
fn mutated_manifests_never_panic() {
    let pack = platform::built_in("open").expect("a pack of this build");
    let size = Size { roles: 3, users: 4, values: 2, user_types: 2, grants: 3, ..Size::default() };
    let manifests: Vec<String> = (0..20).map(|seed| Organization::generate(size, seed).yaml()).collect();
    let mut random = Random::new(2);
    let mut wrong = 0;
    for _ in 0..TEXTS {
        let mut text: Vec<char> = manifests[random.below(manifests.len())].chars().collect();
        for _ in 0..=random.below(4) {
            let at = random.below(text.len());
            match random.below(4) {
                0 => drop(text.remove(at)),
                1 => {
                    text.insert(at, ['{', '[', ':', '\n', '"', '&', '*', '!', '-', '\u{feff}', '日'][random.below(11)]);
                }
                2 => {
                    let last = text.len() - 1;
                    text.swap(at, (at + 1).min(last));
                }
                _ => {
                    let end = (at + random.below(40)).min(text.len());
                    let copy: Vec<char> = text[at..end].to_vec();
                    let to = random.below(text.len());
                    text.splice(to..to, copy);
                }
            }
        }
        wrong += usize::from(check(&text.into_iter().collect::<String>(), &pack) > 0);
    }
    assert!(wrong > TEXTS as usize / 4, "the mutations do break manifests: {wrong}");
}

#[test]
fn bytes_that_are_no_text_are_a_finding_of_the_binary_too() {
    let folder = Folder::new();
    let mut random = Random::new(3);
    for _ in 0..20 {
        let bytes: Vec<u8> = (0..200).map(|_| random.number() as u8).collect();
        folder.write("noise.yaml", bytes);
        let run = folder.run(&["validate", "noise.yaml", "--platform", "open", "--format", "json"]).expect(10).json();
        let found = run["diagnostics"].as_array().expect("a list");
        assert!(!found.is_empty());
        for diagnostic in found {
            assert!(diagnostic["line"].as_u64() >= Some(1) && diagnostic["column"].as_u64() >= Some(1), "{diagnostic}");
            assert_eq!(diagnostic["file"], "noise.yaml");
        }
    }
}

#[test]
fn ten_megabytes_of_brackets_and_an_alias_bomb_end_in_a_clear_error() {
    let folder = Folder::new();
    let bomb: String = (1..10)
        .map(|level| {
            [&format!("a{level}: &a{level} ["), &vec![format!("*a{}", level - 1); 9].join(", ")[..], "]\n"].concat()
        })
        .collect();
    let bomb = format!("a0: &a0 [x, x, x, x, x, x, x, x, x]\n{bomb}");
    for (text, code) in [("[".repeat(10 << 20), "nesting-limit"), (bomb, "alias-limit")] {
        folder.write("hostile.yaml", text);
        let run = folder.run(&["validate", "hostile.yaml", "--platform", "open", "--format", "json"]).expect(10).json();
        let codes: Vec<_> = run["diagnostics"].as_array().expect("a list").iter().map(|found| &found["code"]).collect();
        assert!(codes.contains(&&serde_json::json!(code)), "{codes:?}");
    }
}
