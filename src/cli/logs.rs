//! What `-v` shows and `--log-format json` writes: events of all rooms, to stderr.

use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

use super::args::{Global, LogFormat};
use super::output::Output;
use super::redact::HidingLog;

/// Starts the log. Only our own events are written: those of the libraries below would show
/// headers, and with them a token.
pub fn start(global: &Global, output: &Output) {
    let level = match global.verbose {
        0 if global.quiet => Level::ERROR,
        0 if global.log_format == LogFormat::Json => Level::INFO,
        0 => Level::WARN,
        1 => Level::DEBUG,
        _ => Level::TRACE,
    };
    let ours = Targets::new().with_target("rolecall", level);
    let hiding = output.hiding.clone();
    let registry = tracing_subscriber::registry().with(ours);
    let layer = tracing_subscriber::fmt::layer().with_writer(move || HidingLog(hiding.clone())).with_target(false);
    // A second start in one process (a test) keeps the first log.
    let _ = match global.log_format {
        LogFormat::Text => registry.with(layer.without_time().with_ansi(output.colors_logs())).try_init(),
        LogFormat::Json => registry.with(layer.json().flatten_event(true)).try_init(),
    };
}
