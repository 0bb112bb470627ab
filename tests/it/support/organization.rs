//! An organization in a sandbox of this process, with our own client before it: files in, findings of
//! a plan and what it leaves out.
//!
//! Not responsible for the wire: `raw` asks as a stranger does.

use rolecall::apply::{Options, Report, apply};
use rolecall::manifest;
use rolecall::plan::{self, Finding, Guards, Plan, Policy};
use rolecall::platform::{Pack, built_in};
use rolecall::remote::{Reader, Target, Token};
use rolecall::source::Sources;
use rolecall::state::{Desired, Live};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::raw::Platform;
use super::service::secret_of;

/// A platform that holds what a seed says.
pub struct Organization {
    pub platform: Platform,
    pub pack: Pack,
    /// Whose credential the client uses.
    pub who: &'static str,
    pub policy: Policy,
}

impl Organization {
    /// Without guards that its size would meet, and with no word and no override given.
    pub async fn of(platform: &str, seed: Vec<Value>, who: &'static str) -> Self {
        let pack = built_in(platform).expect("it is carried");
        let seed = (!seed.is_empty()).then_some(seed);
        // These are there on every platform.
        let more = if matches!(who, "ada" | "sue" | "vic") { vec![] } else { vec![who] };
        let platform = Platform::of(pack.clone(), seed, &more).await;
        let guards =
            Guards { max_removed_percent: 100, max_changed_percent: 100, min_population: 1000, min_administrators: 0 };
        let policy = Policy { guards, ..Policy::default() };
        Self { platform, pack, who, policy }
    }

    async fn reader(&self) -> Reader {
        self.reader_by(&self.platform.running.url()).await
    }

    async fn reader_by(&self, url: &str) -> Reader {
        let token = Token::new(SecretString::from(secret_of(self.who)));
        let mut target = Target::new(url, token);
        target.settle = std::time::Duration::from_secs(1);
        Reader::connect(&target).await.expect("the target answers")
    }

    /// Does what the files want by way of a URL, several steps in one request where that is right.
    pub async fn apply_together(&self, files: &str, url: &str, concurrency: usize) -> Report {
        let live = self.live().await;
        let plan = plan::plan(&self.desired(files), &live, &self.pack, &self.policy);
        let together = plan::together(&plan, &live, &self.pack);
        let approved = plan::approve(plan).unwrap_or_else(|plan| panic!("{:#?}", plan.findings));
        let reader = self.reader_by(url).await;
        reader.read(&self.pack).await.expect("discovery comes first");
        let (_stop, stopping) = watch::channel(false);
        let options = Options { concurrency, together: Some(&together), ..Options::default() };
        apply(&approved, reader, options, stopping).await
    }

    pub async fn live(&self) -> Live {
        self.reader().await.read(&self.pack).await.expect("the live state is complete")
    }

    /// What files mean that are valid by themselves.
    #[track_caller]
    fn desired(&self, files: &str) -> Desired {
        let mut sources = Sources::default();
        let source = sources.add("all.yaml", files);
        let (desired, found, _) = manifest::read(&sources, &[source], &self.pack);
        desired.unwrap_or_else(|| panic!("{:#?}\n{files}", found.sorted()))
    }

    pub async fn plan(&self, files: &str) -> Plan {
        plan::plan(&self.desired(files), &self.live().await, &self.pack, &self.policy)
    }

    /// Does what the files want, as long as nothing refuses it, one step after the other.
    pub async fn apply(&self, files: &str) {
        self.apply_at(files, 1).await;
    }

    /// The same with so many steps under way at once.
    pub async fn apply_at(&self, files: &str, concurrency: usize) {
        let plan = self.plan(files).await;
        let approved = plan::approve(plan).unwrap_or_else(|plan| panic!("{:#?}", plan.findings));
        let reader = self.reader().await;
        reader.read(&self.pack).await.expect("discovery comes first");
        let (_stop, stopping) = watch::channel(false);
        let options = Options { concurrency, ..Options::default() };
        let report = apply(&approved, reader, options, stopping).await;
        assert!(report.succeeded(), "{:#?}", report.outcomes);
    }
}

/// Code and rule of each finding, and what is said.
pub fn said(plan: &Plan) -> Vec<String> {
    let line =
        |finding: &Finding| format!("{} {} {}", finding.code, finding.rule.as_deref().unwrap_or("-"), finding.message);
    plan.findings.iter().map(line).collect()
}

/// A resource of a seed.
pub fn seeded(kind: &str, name: &str, mut attributes: Value) -> Value {
    attributes["meta"] = json!({ "resourceType": kind });
    // An organization has no name of its own here.
    if kind != "Organization" {
        attributes[if kind == "User" { "userName" } else { "displayName" }] = json!(name);
    }
    attributes
}

/// A user of a seed who holds these roles.
pub fn holder(name: &str, roles: &[&str], attributes: Value) -> Value {
    let mut user = seeded("User", name, attributes);
    user["roles"] = roles.iter().map(|role| json!({ "display": role })).collect();
    user
}
