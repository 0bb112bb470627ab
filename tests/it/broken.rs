//! `examples/broken`: one small file, or one directory with a project file, for each finding that
//! needs no target; a table is a bulk request. Each produces its finding and no other.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rolecall::bulk::{self, Form};
use rolecall::diagnostic::{Code, Diagnostics, Stage};
use rolecall::platform::{self, Pack};
use rolecall::project::{self, PlatformName, Setting};
use rolecall::source::{SourceId, Sources};
use rolecall::{document, manifest};

/// What no small file shows: the first is larger than 256 MB, the second has a thousand findings.
const TOO_LARGE_TO_SHIP: [Code; 2] = [Code::FileTooLarge, Code::MoreFindings];

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/broken")
}

struct Reader {
    sources: Sources,
    found: Diagnostics,
}

impl Reader {
    fn add(&mut self, path: &Path) -> SourceId {
        let shown = path.strip_prefix(directory()).expect("below examples/broken").display().to_string();
        self.sources.add(shown, std::fs::read_to_string(path).expect("it is UTF-8"))
    }

    fn manifests(&mut self, paths: &[PathBuf], pack: &Pack) {
        let ids: Vec<_> = paths.iter().map(|path| self.add(path)).collect();
        self.found.append(manifest::read(&self.sources, &ids, pack).1);
    }

    /// A bulk request on the platform that has a closed vocabulary.
    fn request(&mut self, path: &Path, form: Form) {
        let shown = path.strip_prefix(directory()).expect("below examples/broken").display().to_string();
        let bytes = std::fs::read(path).expect("it is readable");
        let pack = platform::built_in("total-expert").expect("it is built in");
        let reading = bulk::read(&shown, &bytes, form, &pack);
        (self.sources, self.found) = (reading.sources, reading.found);
    }

    /// A project as the command line reads it: the project file, its platform, its manifests.
    fn project(&mut self, directory: &Path) {
        let source = self.add(&directory.join("rolecall.yaml"));
        let (file, found) = project::read(&self.sources, source);
        self.found.append(found);
        let Ok(project) = file.expect("it can be read").environment(None) else { return };
        let pack = match &project.platform {
            Some(PlatformName::File(path)) => {
                let pack = self.add(&directory.join(&path.value));
                let (pack, found) = platform::read_pack(&self.sources, pack);
                self.found.append(found);
                pack
            }
            _ => match project.built_in_pack() {
                Ok(pack) => pack,
                Err(found) => return self.found.append(found),
            },
        };
        let Some(pack) = pack.filter(|_| !self.found.has_errors()) else { return };
        let mut paths = Vec::new();
        for pattern in &project.manifests {
            let matched = files(directory, pattern);
            if matched.is_empty() {
                self.found.push(project::pattern_without_match(pattern, source));
            }
            paths.extend(matched);
        }
        self.manifests(&paths, &pack);
    }
}

fn files(directory: &Path, pattern: &Setting<String>) -> Vec<PathBuf> {
    let pattern = directory.join(&pattern.value);
    glob::glob(pattern.to_str().expect("text")).expect("a pattern").map(|path| path.expect("readable")).collect()
}

/// Name, place, message and help of everything that is found in one example.
fn findings(path: &Path) -> (String, String) {
    let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
    let mut reader = Reader { sources: Sources::default(), found: Diagnostics::default() };
    if path.is_dir() {
        reader.project(path);
    } else if let Some(form) = Form::of_path(path).filter(|form| *form != Form::Yaml) {
        reader.request(path, form);
    } else if let Err(error) = String::from_utf8(std::fs::read(path).expect("it is readable")) {
        // The command line reads files and finds this; what it says is tested there.
        let at = error.utf8_error().valid_up_to();
        return (name, format!("{} at byte {at}\n", Code::NotUtf8));
    } else {
        reader.manifests(&[path.to_owned()], &platform::built_in("open").expect("it is built in"));
    }
    let mut text = String::new();
    for finding in reader.found.sorted() {
        let at = reader.sources.locate(finding.span);
        writeln!(text, "{} {}:{}:{}", finding.code, at.file, at.line, at.column).expect("text");
        writeln!(text, "  {}", finding.message).expect("text");
        for (span, what) in &finding.related {
            let at = reader.sources.locate(*span);
            writeln!(text, "  {}:{} {what}", at.line, at.column).expect("text");
        }
        if let Some(help) = &finding.help {
            writeln!(text, "  = {help}").expect("text");
        }
    }
    (name, text)
}

fn examples() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(directory()).expect("the directory is there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().map(|path| findings(path)).collect()
}

#[test]
fn each_example_shows_its_finding_and_no_other() {
    for (name, text) in examples() {
        let codes: Vec<&str> =
            text.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(codes, [name.as_str()], "{text}");
    }
}

#[test]
fn every_finding_that_needs_no_target_has_its_example() {
    let shown: BTreeSet<String> = examples().into_iter().map(|(name, _)| name).collect();
    let known: BTreeSet<String> = Code::ALL
        .iter()
        .filter(|code| code.stage() != Stage::Plan && !TOO_LARGE_TO_SHIP.contains(code))
        .map(|code| code.name().to_owned())
        .collect();
    assert_eq!(shown, known);
}

#[test]
fn more_than_a_thousand_findings_in_a_file_are_counted() {
    let mut sources = Sources::default();
    let source = sources.add("a.yaml", format!("roles: {{ A: {{ segments: [{}] }} }}", "1, ".repeat(1_005)));
    let (_, found, _) = manifest::read(&sources, &[source], &platform::built_in("open").expect("it is built in"));
    let more: Vec<_> = found.iter().filter(|finding| finding.code == Code::MoreFindings).collect();
    assert_eq!(more.len(), 1);
    assert_eq!(found.iter().count(), document::MAX_FINDINGS + 1);
}

#[test]
fn the_findings_are_worded_for_people() {
    let all: String = examples().into_iter().map(|(_, text)| text + "\n").collect();
    insta::assert_snapshot!(all, @"
        alias-limit alias-limit.yaml:26:53
          the aliases up to here stand for more than 200000 values
          = write the values out

        assigned-and-removed assigned-and-removed.yaml:5:12
          user `ana@example.com` is removed here, and assigned by the same files
          3:3 assigned here
          = keep one of the two

        bad-format bad-format.yaml:3:46
          `View` is not an identifier: lower-case letters, digits and underscores, a letter first

        bad-pack bad-pack/pack.yaml:6:13
          `segments` is closed and has no values, so nothing could be in it

        bad-setting bad-setting/rolecall.yaml:4:16
          `http://roles.example.com/scim/v2` would send the token in the clear
          = use https; plain http is only for this machine

        bad-table bad-table.csv:2:14
          this quoted cell has no end
          = close the quote where the cell ends

        cheaper-user-type cheaper-user-type/manifests/roles.yaml:4:16
          role `Reviewer` is mapped to `AI business user`, and a role of the cheaper `Non-AI member user` could grant the same
          = map it to `Non-AI member user`, if nothing else speaks for the dearer one

        duplicate-key duplicate-key.yaml:4:3
          `Loan Officer` is given twice
          3:3 first given here
          = keep one of the two

        duplicate-object duplicate-object.yaml:4:3
          user `Ana@Example.com` is assigned twice
          3:3 first assigned here
          = keep one of the two; `ana@example.com` and `Ana@Example.com` differ only in case or spaces, which do not count

        empty-project empty-project/manifests/later.yaml:1:1
          the manifests have nothing in them
          = an empty set would mean an empty platform; write what shall be there, beginning with `roles`

        equal-items equal-items.yaml:3:58
          `insurance` is in `segments` already
          3:30 first given here
          = remove one of the two; the list is a set

        key-not-text key-not-text.yaml:3:3
          a list cannot be a key
          = quote the key if it is meant as a text

        locked-role locked-role/manifests/roles.yaml:3:33
          the permissions of role `Administrator` cannot be changed: `api_access.manage_keys` would be taken away
          = leave `permissions` out

        merge-key merge-key.yaml:4:26
          merge keys are not part of YAML 1.2
          = write the keys out, or alias the whole value; quote the key if it is meant as a name

        missing-key missing-key.yaml:3:3
          `role` is missing in `ana@example.com`

        nesting-limit nesting-limit.yaml:2:72
          lists and maps are nested deeper than 64 levels here

        no-catalogue no-catalogue.yaml:3:25
          `all` means what the platform's catalogue lists, and `open` has none
          = list the actions: `entity: [action, action]`

        no-permissions no-permissions/manifests/roles.yaml:3:76
          role `Guest` has no permissions, so its holders may do nothing
          = give it some, or leave `permissions` out to keep what is live

        not-allowed not-allowed.yaml:3:29
          `remove` is not possible for `ana@example.com`
          = possible here: `deactivate`, `delete`

        not-enabled not-enabled/manifests/roles.yaml:4:61
          segment `Wholesale` is not enabled: `segments` does not list it
          = choose another one; if the organization has it, list it under `segments`

        not-utf8 at byte 73

        null-value null-value.yaml:3:19
          `segments` must be a list, but has no value
          = leave the field out to keep what is live, or write `[]` to empty it

        out-of-range out-of-range.yaml:3:33
          `licenses` must be at least 0, not -1

        pattern-without-match pattern-without-match/rolecall.yaml:4:33
          `manifest/people/*.yaml` matches no file
          = patterns start at the directory of the project file

        permission-beyond-type permission-beyond-type/manifests/roles.yaml:5:69
          a role of the user type `AI member user` cannot grant `settings.view`
          4:16 mapped here
          = leave it out, or map the role to one of these: `AI business user`, `Non-AI business user`

        previous-name-shared previous-name-shared.yaml:4:39
          `LO` is said to be the previous name of `Loan Officer` already
          3:32 first said here
          = keep it at the role that it was; the other one is a new role

        read-as read-as.csv:2:20
          segment `Credit Union — CRM` is taken for `Credit Union – CRM`

        reassign-cycle reassign-cycle.yaml:3:33
          the holders of `Temp` would get the very role that is removed
          = name a role that stays

        removed-role-named removed-role-named.yaml:3:20
          user `ana@example.com` is assigned the role `Temp`, which the same files remove
          5:12 removed here
          = assign another role

        rename-cycle rename-cycle.yaml:4:39
          the roles `Loan Officer`, `Senior Loan Officer` take each other's names, which looks the same before and after
          3:32 `Senior Loan Officer` is taken here
          = go through a third name: rename one of them to it first, and apply that

        rename-to-itself rename-to-itself.yaml:3:32
          role `Loan Officer` cannot have been called `loan officer` before: it is the same name
          = remove it; a change of case or spaces alone needs no `previously`

        reserved-values reserved-values/manifests/roles.yaml:3:40
          role `Head Office` has `class: Account` and `rank: Admin` together, which only `Administrator` can have
          = choose another value for one of them

        several-documents several-documents.yaml:4:1
          a second document begins here
          = one file is one document: split the file, or remove the `---`

        table-cell table-cell.csv:2:14
          this cell is a formula, not a text
          = write the value: copy the cells and paste them as values

        tag tag.yaml:3:32
          tags are not used in these files
          = remove the tag, or quote the value if the exclamation mark belongs to it

        unknown-column unknown-column.csv:1:6
          there is no column `clasifications`
          = did you mean `classifications`?

        unknown-environment unknown-environment/rolecall.yaml:4:22
          there is no environment `staging`
          = did you mean `stagging`?

        unknown-key unknown-key.yaml:3:19
          `descripton` is not known here
          = did you mean `description`?

        unknown-name unknown-name.yaml:4:30
          there is no segment `Retail Morgage`
          = did you mean `Retail Mortgage`?

        unknown-platform unknown-platform/rolecall.yaml:3:11
          there is no platform `opne`
          = did you mean `open`?

        user-type-mismatch user-type-mismatch.yaml:5:53
          user `ana@example.com` is said to be of type `Member`, but role `Loan Officer` is mapped to `AI member`
          3:30 mapped here
          = the type follows from the role: remove `user_type` here, or assign another role

        view-missing view-missing/manifests/roles.yaml:3:72
          `promotions.add` cannot be granted without `promotions.view`
          = write `promotions: [view]`, which means all that can be done with it

        wrong-type wrong-type.yaml:3:29
          `segments` must be a list, not a text
          = write a list of one: `[Retail Mortgage]`

        yaml-syntax yaml-syntax.yaml:3:29
          a `[` is closed by a `}`
          = close it with `]`
        ");
}
