//! How a plan is carried out: what it takes to begin, what a failed step does to the rest, whether steps
//! share requests, and how it is told.

use clap::{Args, ValueEnum};

use super::format::PlanFormatArgs;
use crate::apply::{self, Options};
use crate::plan::{self, Plan, Together};
use crate::platform::Pack;
use crate::state::Live;

/// How a plan is carried out.
#[derive(Debug, Args)]
pub struct CarryingOutArgs {
    /// The environment's name, where the project wants it typed (`confirm: name`)
    #[arg(long, value_name = "NAME", env = "ROLECALL_CONFIRM", hide_env_values = true)]
    pub confirm: Option<String>,
    #[command(flatten)]
    pub told: PlanFormatArgs,
    /// End with 0 although steps are left to a person
    #[arg(long, env = "ROLECALL_SKIP_MANUAL", hide_env_values = true)]
    pub skip_manual: bool,
    /// When a step fails: go on with what does not depend on it, or finish what is under way and stop
    #[arg(long, value_name = "WHAT", default_value = "continue", env = "ROLECALL_ON_ERROR", hide_env_values = true)]
    on_error: OnError,
    #[command(flatten)]
    pub sending: SendingArgs,
}

/// Whether steps share requests.
#[derive(Debug, Args)]
pub struct SendingArgs {
    /// Send many steps that are ready with one request (SCIM Bulk) where the target takes it and the
    /// platform's rules let us, or never
    #[arg(long, value_name = "WHEN", default_value = "auto", env = "ROLECALL_BULK", hide_env_values = true)]
    bulk: Bulk,
}

/// What a failed step does to the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OnError {
    Continue,
    Stop,
}

/// Whether steps share requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Bulk {
    Auto,
    Never,
}

impl SendingArgs {
    /// Whether each step goes by a request of its own.
    pub fn is_one_by_one(&self) -> bool {
        self.bulk == Bulk::Never
    }
}

impl CarryingOutArgs {
    /// Which steps of a plan, which was made against this state, may share requests.
    pub fn together(&self, plan: &Plan, live: &Live, pack: &Pack) -> Option<Together> {
        (!self.sending.is_one_by_one()).then(|| plan::together(plan, live, pack))
    }

    /// The options of an apply, with what was said of it.
    pub fn options<'a>(&self, options: Options<'a>, together: Option<&'a Together>) -> Options<'a> {
        let on_error = match self.on_error {
            OnError::Continue => apply::OnError::Continue,
            OnError::Stop => apply::OnError::Stop,
        };
        Options { together, on_error, ..options }
    }
}
