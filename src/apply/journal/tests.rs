//! Journals as they are written and read back, and as a crash or a hand leaves them.

use std::path::{Path, PathBuf};

use tokio::sync::watch;

use super::{Ended, Ending, Journal, Known, Opening, Place, Project, ReadError, RunId, Runs};
use crate::apply::{Options, Outcome, Report, apply};
use crate::plan::{Approved, Expected, Plan, Step, Write};
use crate::remote::tests::hostile::{Hostile, Reply};
use crate::remote::tests::plan_of;
use crate::remote::{Left, Reader};
use crate::state::{Address, Kind, StepId, Value};

fn creating(id: u32) -> Step {
    let name = id.to_string();
    let attributes = [("name".to_owned(), Value::text(name.as_str()))].into();
    Step {
        id: StepId(id),
        address: Address::new(Kind::Role, name),
        write: Write::Create { attributes },
        waits_for: Vec::new(),
        expects: Expected::Nothing,
    }
}

fn plan(steps: u32) -> Plan {
    Plan { integrity: format!("plan of {steps}"), ..plan_of((1..=steps).map(creating).collect()) }
}

fn opening(users_read: u64) -> Opening {
    Opening {
        project: Project { name: "shop".into(), folder: "f".into() },
        who: Some("ops".into()),
        commit: None,
        manifests: None,
        users_read,
        resumes: None,
        undoes: None,
    }
}

fn ended(step: u32) -> Ended {
    let id = format!("id-{step}");
    Ended { step: StepId(step), outcome: Outcome::Applied { id: id.clone() }, left: Some(Left { id, version: None }) }
}

struct Folder {
    _folder: tempfile::TempDir,
    runs: Runs,
}

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let runs = Runs::at(folder.path().join("runs"));
        Self { _folder: folder, runs }
    }

    /// A run of three steps, the third of which was never heard of again; `end` says whether it
    /// came to its end.
    async fn run(&self, end: bool) -> (RunId, PathBuf) {
        let plan = plan(4);
        let journal = self.runs.begin(opening(7), &plan).expect("it begins");
        journal.intend(&[StepId(1), StepId(2), StepId(3)]).await.expect("it is written");
        journal.ended(ended(1));
        journal.ended(Ended { step: StepId(2), outcome: Outcome::Skipped { because: StepId(1) }, left: None });
        if end {
            journal.end(&Report { writes: 2, ..Report::default() }).await.expect("it is written");
        }
        (journal.run().clone(), journal.path().to_owned())
    }
}

fn edit(path: &Path, change: impl Fn(&str) -> String) {
    let text = std::fs::read_to_string(path).expect("a journal");
    std::fs::write(path, change(&text)).expect("it is written");
}

#[tokio::test]
async fn a_run_reads_back_as_it_was_written() {
    let folder = Folder::new();
    let (run, _) = folder.run(true).await;
    let record = folder.runs.read(&run).expect("a journal");
    assert_eq!(record.plan, plan(4));
    assert_eq!((&record.head.run, record.head.users_read, record.head.plan.steps), (&run, 7, 4));
    let known = |outcome: Ended| Known::Ended { outcome: outcome.outcome, left: outcome.left };
    let skipped = Ended { step: StepId(2), outcome: Outcome::Skipped { because: StepId(1) }, left: None };
    let expected = [(StepId(1), known(ended(1))), (StepId(2), known(skipped)), (StepId(3), Known::InDoubt)];
    assert_eq!(record.known.into_iter().collect::<Vec<_>>(), expected);
    assert_eq!((record.end.expect("an end").writes, record.torn), (2, None));
    assert!(matches!(folder.runs.ending(&run), Ok(Ending::Ended(_))));
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_reads_a_journal() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let (_, path) = folder.run(true).await;
    let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(folder.runs.directory())), (0o600, 0o700));
}

#[tokio::test]
async fn how_a_run_ended_is_seen_from_its_last_line() {
    let folder = Folder::new();
    let journal = folder.runs.begin(opening(0), &plan(3000)).expect("it begins");
    let run = journal.run().clone();
    let ending = || folder.runs.ending(&run).expect("it can be read");
    assert_eq!(ending(), Ending::Running);
    drop(journal);
    assert_eq!(ending(), Ending::Killed { sent: false });
    let (run, _) = folder.run(false).await;
    assert_eq!(folder.runs.ending(&run).expect("it can be read"), Ending::Killed { sent: true });
}

#[tokio::test]
async fn what_a_crash_cut_off_is_left_out_and_said() {
    let folder = Folder::new();
    let (run, path) = folder.run(true).await;
    edit(&path, |text| text[..text.len() - 20].to_owned());
    let record = folder.runs.read(&run).expect("still a journal");
    assert_eq!((record.torn, record.end, record.known.len()), (Some(6), None, 3));
    assert_eq!(folder.runs.ending(&run).expect("it can be read"), Ending::Killed { sent: true });
    let checked = folder.runs.verify(&[run]).expect("listed").remove(0).1.expect("nothing is edited");
    assert_eq!((checked.lines, checked.torn, checked.ended), (5, Some(6), false));

    // Only its line feed is gone: it is whole.
    let (run, path) = folder.run(true).await;
    edit(&path, |text| text.trim_end().to_owned());
    assert!(folder.runs.read(&run).expect("a journal").end.is_some());

    // Killed while it began.
    for text in ["", "{\"line\":1,\"chain\":\"12"] {
        edit(&path, |_| text.to_owned());
        assert!(matches!(folder.runs.read(&run), Err(ReadError::NoPlan { .. })), "{text}");
    }
}

/// What reading says of a journal that was changed.
async fn wrong(change: impl Fn(&str) -> String) -> String {
    let folder = Folder::new();
    let (run, path) = folder.run(true).await;
    edit(&path, change);
    let read = folder.runs.read(&run).expect_err("it was changed").to_string();
    let checked = folder.runs.verify(&[run]).expect("listed").remove(0).1.expect_err("it was changed").to_string();
    assert_eq!(read, checked);
    let file = path.to_str().expect("UTF-8");
    read.replace(file, "FILE")
}

fn without_line(text: &str, number: usize) -> String {
    text.split_inclusive('\n').enumerate().filter(|(at, _)| at + 1 != number).map(|(_, line)| line).collect()
}

#[tokio::test]
async fn every_change_is_found_and_its_line_named() {
    let edited = |text: &str| text.replace("id-1", "id-9");
    assert_eq!(wrong(edited).await, "`FILE`, line 4: it was edited or added after it was written");
    let edited = |text: &str| text.replace("\"writes\":2", "\"writes\":3");
    assert_eq!(wrong(edited).await, "`FILE`, line 6: it was edited or added after it was written");
    let edited = |text: &str| text.replace("\"who\":\"ops\"", "\"who\":\"eve\"");
    assert_eq!(wrong(edited).await, "`FILE`, line 1: it was edited or added after it was written");
    assert_eq!(wrong(|text| without_line(text, 5)).await, "`FILE`, line 5: a line before it was removed");
    let added = |text: &str| text.replace("{\"line\":5", "{\"line\":4,\"ended\":{}}\n{\"line\":5");
    assert_eq!(wrong(added).await, "`FILE`, line 5: it is no line of a journal");
    let more = |text: &str| format!("{text}more\n");
    assert_eq!(wrong(more).await, "`FILE`, line 7: it is no line of a journal");
    assert_eq!(wrong(|_| "version: 1\n".to_owned()).await, "`FILE` is no journal");
    let newer =
        |text: &str| text.replace("\"format_version\":1,\"tool_version\"", "\"format_version\":9,\"tool_version\"");
    assert!(
        wrong(newer).await.starts_with("the journal `FILE` has format version 9, this build reads 1: use the build")
    );
}

#[tokio::test]
async fn a_journal_under_another_name_is_not_that_run() {
    let folder = Folder::new();
    let (run, path) = folder.run(true).await;
    let other: RunId = "20200101-000000-aaaa".parse().expect("a run");
    std::fs::rename(path, folder.runs.path(&other)).expect("renamed");
    let wrong = folder.runs.read(&other).expect_err("another run's").to_string();
    assert!(wrong.contains(&format!("is that of the run {run}")), "{wrong}");
}

#[tokio::test]
async fn lines_that_are_removed_from_the_end_are_missed_by_the_next_run() {
    let folder = Folder::new();
    let (first, path) = folder.run(true).await;
    let (second, _) = folder.run(true).await;
    let all = [first.clone(), second.clone()];
    let check = || folder.runs.verify(&all).expect("listed").into_iter().map(|(_, one)| one).collect::<Vec<_>>();
    assert!(check().iter().all(Result::is_ok));
    edit(&path, |text| without_line(text, 6));
    let mut checked = check();
    assert!(checked.pop().expect("two").is_ok());
    let wrong = checked.pop().expect("two").expect_err("it is shorter").to_string();
    assert!(wrong.ends_with(&format!("ends with line 5, and the run {second} saw more: lines were removed after it")));
    // Old journals are thrown away, and nobody misses them.
    std::fs::remove_file(path).expect("removed");
    assert!(folder.runs.verify(&[second]).expect("listed").remove(0).1.is_ok());
}

#[tokio::test]
async fn a_run_is_found_by_the_beginning_of_its_name() {
    let folder = Folder::new();
    assert!(folder.runs.find("latest").is_err());
    let (first, _) = folder.run(true).await;
    let (second, _) = folder.run(true).await;
    std::fs::write(folder.runs.directory().join("notes.jsonl"), "").expect("a stranger's file");
    let find = |wanted: &str| folder.runs.find(wanted).map_err(|error| error.to_string());
    assert_eq!(find("latest"), Ok(second.clone()));
    assert_eq!(find(first.as_str()), Ok(first.clone()));
    assert!(find("2").is_err_and(|error| error.contains("several runs")));
    assert!(find("nobody").is_err_and(|error| error.contains("no run `nobody`")));
}

#[tokio::test]
async fn the_newest_run_at_a_place_says_how_many_users_it_read() {
    let folder = Folder::new();
    let at = |target: &str| Plan { target: target.to_owned(), ..plan(1) };
    for (target, users) in [("one", 5), ("one", 8), ("other", 100)] {
        drop(folder.runs.begin(opening(users), &at(target)).expect("it begins"));
    }
    let last = |target| folder.runs.users_last_read(&Place::of(&at(target))).expect("listed");
    assert_eq!((last("one"), last("other"), last("third")), (Some(8), Some(100), None));
}

#[tokio::test]
async fn a_plan_is_used_up_by_a_run_that_may_have_written() {
    let folder = Folder::new();
    let used = || folder.runs.that_applied(&plan(4)).expect("listed").map(|(run, _)| run);
    drop(folder.runs.begin(opening(0), &plan(4)).expect("it begins"));
    assert_eq!(used(), None, "nothing was sent");
    let (run, _) = folder.run(false).await;
    assert_eq!(used(), Some(run));
    let (run, _) = folder.run(true).await;
    assert_eq!(used(), Some(run));
    assert_eq!(folder.runs.that_applied(&plan(5)).expect("listed"), None);
}

#[tokio::test]
async fn every_request_is_announced_before_it_is_sent_and_its_outcome_kept() {
    let folder = Folder::new();
    let plan = plan(40);
    let journal = folder.runs.begin(opening(0), &plan).expect("it begins");
    let path = journal.path().to_owned();
    // The service looks into the journal at every request.
    let server = Hostile::start(move |heard, _| {
        if heard.method != "POST" {
            return None;
        }
        let name = heard.body["displayName"].as_str().unwrap_or_default();
        let text = std::fs::read_to_string(&path).expect("a journal");
        let announced =
            text.lines().filter(|line| line.contains("\"intend\"")).any(|line| line.contains(&format!("\"s{name}\"")));
        let status = if announced && name != "13" { 201 } else { 400 };
        Some(Reply::json(status, &serde_json::json!({"id": name, "displayName": name, "meta": {"version": "1"}})))
    })
    .await;
    let reader = Reader::connect(&server.target()).await.expect("connected");
    let (_stop, stopped) = watch::channel(false);
    let options = Options { concurrency: 2, journal: Some(&journal), ..Options::default() };
    let report = apply(&Approved::unchecked(plan), reader, options, stopped).await;
    let refused = report.outcomes.iter().filter(|(_, _, outcome)| !outcome.is_success());
    assert_eq!(refused.map(|(step, ..)| step.0).collect::<Vec<_>>(), [13]);
    assert_eq!(report.run.as_ref(), Some(journal.run()));
    let record = folder.runs.read(journal.run()).expect("a journal");
    for (step, _, outcome) in &report.outcomes {
        let Some(Known::Ended { outcome: known, left }) = record.known.get(step) else { panic!("{step} is not known") };
        assert_eq!((known, left.is_some()), (outcome, outcome.is_success()));
    }
    assert_eq!(record.end.expect("an end").counts.applied, 39);
}

#[tokio::test]
async fn lines_come_to_the_disk_in_groups() {
    const STEPS: u32 = 20_000;
    let folder = Folder::new();
    let journal = folder.runs.begin(opening(0), &plan(1)).expect("it begins");
    let announced: Vec<_> = (1..=STEPS).map(|step| journal.announce(vec![StepId(step)])).collect();
    (1..=STEPS).for_each(|step| journal.ended(ended(step)));
    for announced in announced {
        announced.durable().await.expect("it is written");
    }
    journal.end(&Report::default()).await.expect("it is written");
    let record = folder.runs.read(journal.run()).expect("a journal");
    assert_eq!(record.known.len(), STEPS as usize);
    assert!(record.known.values().all(|known| matches!(known, Known::Ended { left: Some(_), .. })));
}

#[tokio::test]
async fn a_run_of_another_project_or_place_is_told_apart() {
    let folder = Folder::new();
    let (run, _) = folder.run(true).await;
    let head = folder.runs.head(&run).expect("a journal");
    let check = |change: &dyn Fn(&mut Project, &mut Place), expected: Option<&str>| {
        let (mut project, mut place) = (head.project.clone(), head.place.clone());
        change(&mut project, &mut place);
        let wrong = head.belongs_to(&project, &place).err().map(|wrong| wrong.to_string());
        assert_eq!(wrong, expected.map(|expected| format!("the run {run} {expected}")));
    };
    check(&|_, _| {}, None);
    check(&|project, _| project.name = "other".into(), Some("is of another project, `shop`"));
    check(&|project, _| project.folder = "g".into(), Some("is of another project, `shop`"));
    let environment = |_: &mut Project, place: &mut Place| place.environment = Some("production".into());
    check(&environment, Some("was for the environment `none`, and this is `production`"));
}

#[test]
fn a_journal_can_be_shared_by_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Journal>();
}
