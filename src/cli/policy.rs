//! What a plan is held to: the project's guards and the overrides of the command line.

use clap::Args;

use super::failure::Failure;
use super::load::Loaded;
use crate::diagnostic::{Code, Stage, near_misses};
use crate::plan::{Context, Guards, Policy, UnknownUsers, Unlisted, UnlistedRoles, UnlistedUsers};
use crate::project;
use crate::state::{Address, Desired, Kind, Live, Selector, fold};

/// What is looked at.
#[derive(Clone, Debug, Default, Args)]
pub struct SelectionArgs {
    /// Plan only for these: `role`, `role/Loan*`, `user/ana@example.com`; can be repeated
    #[arg(long, value_name = "SELECTOR", env = "ROLECALL_ONLY", hide_env_values = true)]
    only: Vec<Selector>,
    /// Plan for everything but these; can be repeated
    #[arg(long, value_name = "SELECTOR", env = "ROLECALL_EXCEPT", hide_env_values = true)]
    except: Vec<Selector>,
}

/// What is planned, and what may pass.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Plan")]
pub struct PolicyArgs {
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    allowances: AllowArgs,
    /// Let roles with N holders in all be replaced by new ones; the same as `--allow replace=N`
    #[arg(long, value_name = "N", env = "ROLECALL_ALLOW_REPLACE", hide_env_values = true)]
    allow_replace: Option<u64>,
    /// Let N users be shut out for a while where all seats are taken; the same as `--allow suspend=N`
    #[arg(long, value_name = "N", env = "ROLECALL_ALLOW_SUSPEND", hide_env_values = true)]
    allow_suspend: Option<u64>,
    /// The word for changes that need one; it is kept in the plan
    #[arg(long, value_name = "TEXT", env = "ROLECALL_ACKNOWLEDGE", hide_env_values = true)]
    acknowledge: Option<String>,
    /// Take this object over although it carries the mark of another owner, such as
    /// `role/Loan Officer`; can be repeated, and stands on lines of its own in the variable
    // A line break, because names may have every other character in them.
    #[arg(long, value_name = "ADDRESS", env = "ROLECALL_TAKE_OVER", hide_env_values = true, value_delimiter = '\n')]
    take_over: Vec<Address>,
}

/// What may pass, by its code.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Plan")]
pub struct AllowArgs {
    /// Let at most N findings of a code pass; can be repeated
    #[arg(long, value_name = "CODE=N", env = "ROLECALL_ALLOW", hide_env_values = true, value_delimiter = ',', value_parser = allowance)]
    allow: Vec<(Code, u64)>,
}

fn allowance(text: &str) -> Result<(Code, u64), String> {
    let (name, count) = text.split_once('=').ok_or("write CODE=N, such as `removals=12`")?;
    // A value that the organization has not enabled is found in the files or on the target.
    let in_plans = |code: &Code| code.stage() == Stage::Plan || *code == Code::NotEnabled;
    let codes = || Code::ALL.iter().copied().filter(in_plans);
    let code = codes().find(|code| code.name() == name).ok_or_else(|| {
        if Code::from_name(name).is_some() {
            return format!("no override lets `{name}` pass; `rolecall explain {name}` says what to do");
        }
        match near_misses(name, codes().map(Code::name)).first() {
            Some(near) => format!("there is no such code in a plan; did you mean `{near}`?"),
            None => "there is no such code in a plan; `rolecall explain` lists them".to_owned(),
        }
    })?;
    let count = count.parse().map_err(|_| "N is how many may pass: a whole number")?;
    Ok((code, count))
}

impl PolicyArgs {
    /// What is looked at and nothing else: for a command that carries nothing out.
    pub fn selecting(selection: SelectionArgs) -> Self {
        Self { selection, ..Self::default() }
    }

    /// Whether something was said that only a plan in the making can take in.
    pub fn has_overrides(&self) -> bool {
        !self.allowances.allow.is_empty()
            || self.allow_replace.is_some()
            || self.allow_suspend.is_some()
            || self.acknowledge.is_some()
            || !self.take_over.is_empty()
    }

    /// Refuses a selector of one object that is neither in the files nor on the target: a misspelt
    /// `--except` would let through what it was to keep out. A prefix may choose nothing.
    pub fn check_selectors(&self, desired: &Desired, live: &Live) -> Result<(), Failure> {
        for (flag, selector) in self
            .selection
            .only
            .iter()
            .map(|one| ("--only", one))
            .chain(self.selection.except.iter().map(|one| ("--except", one)))
        {
            let Some(address) = selector.address() else { continue };
            let (kind, name) = (address.kind, address.name.as_str());
            let is_there = if kind == Kind::User {
                desired.assignments.as_ref().is_some_and(|users| users.find(name).is_some())
                    || desired.removed_users.contains_key(name)
                    || live.users.find(name).is_some()
            } else {
                desired.find(kind, name).is_some()
                    || kind == Kind::Role && desired.removed_roles.contains_key(name)
                    || live.objects(kind).iter().any(|object| fold(&object.name) == name)
            };
            if !is_there {
                return Err(Failure::usage(format!("`{flag} {address}` names nothing in the files or on the target"))
                    .hint("nothing was written; check the name (case does not count)"));
            }
        }
        Ok(())
    }

    /// The policy for a target.
    pub fn policy(&self, loaded: &Loaded, target: &str) -> Policy {
        let project = loaded.project.as_ref();
        let mut policy = Policy {
            unlisted: project.map(unlisted).unwrap_or_default(),
            unknown_users: project.map(unknown_users).unwrap_or_default(),
            take_over: self.take_over.clone(),
            acknowledgement: self.acknowledge.clone(),
            only: self.selection.only.clone(),
            except: self.selection.except.clone(),
            ..self.allowances.policy(loaded, target)
        };
        let replaced = self.allow_replace.map(|count| (Code::Replace, count));
        let suspended = self.allow_suspend.map(|count| (Code::Suspend, count));
        for (code, count) in replaced.into_iter().chain(suspended) {
            *policy.allow.entry(code).or_default() += count;
        }
        policy
    }
}

impl AllowArgs {
    /// The policy for a target, for what wants only what it names: nothing is unlisted there.
    pub fn policy(&self, loaded: &Loaded, target: &str) -> Policy {
        let project = loaded.project.as_ref();
        let mut policy = Policy {
            context: Context {
                target: target.to_owned(),
                environment: project.and_then(|project| project.environment.clone()),
                owner: project.and_then(|project| project.owner.clone()),
                pack_digest: loaded.pack.as_ref().map(crate::platform::Pack::digest).unwrap_or_default(),
            },
            guards: project.map(|project| guards(project.guards)).unwrap_or_default(),
            administrators: project.map_or_else(Vec::new, |project| {
                project.administrators.iter().map(|role| role.value.clone()).collect()
            }),
            ..Policy::default()
        };
        for &(code, count) in &self.allow {
            *policy.allow.entry(code).or_default() += count;
        }
        policy
    }
}

fn guards(guards: project::Guards) -> Guards {
    let project::Guards { max_removed_percent, max_changed_percent, min_population, min_administrators } = guards;
    Guards { max_removed_percent, max_changed_percent, min_population, min_administrators }
}

fn unlisted(project: &project::Project) -> Unlisted {
    let roles = match project.unlisted_roles.value {
        project::UnlistedRoles::Ignore => UnlistedRoles::Ignore,
        project::UnlistedRoles::Report => UnlistedRoles::Report,
        project::UnlistedRoles::DeleteOwned => UnlistedRoles::DeleteOwned,
        project::UnlistedRoles::Delete => UnlistedRoles::Delete,
    };
    let users = match project.unlisted_users.value {
        project::UnlistedUsers::Ignore => UnlistedUsers::Ignore,
        project::UnlistedUsers::Report => UnlistedUsers::Report,
        project::UnlistedUsers::Deactivate => UnlistedUsers::Deactivate,
    };
    Unlisted { roles, users }
}

fn unknown_users(project: &project::Project) -> UnknownUsers {
    match project.unknown_users.value {
        project::UnknownUsers::Create => UnknownUsers::Create,
        project::UnknownUsers::Refuse => UnknownUsers::Refuse,
    }
}
