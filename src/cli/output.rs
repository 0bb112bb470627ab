//! The one way out: results to stdout, words about the run to stderr. Nothing else prints.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};

use anstream::adapter::strip_str;
use anstream::{AutoStream, ColorChoice};

use super::args::{Color, LogFormat};
use super::exit::Exit;
use super::failure::Failure;
use super::redact::Hiding;

/// Where results and words about the run go.
#[derive(Debug)]
pub struct Output {
    color: ColorChoice,
    logs: LogFormat,
    quiet: bool,
    closed: bool,
    /// What hides names.
    pub hiding: Hiding,
}

impl Output {
    /// An output as the arguments want it.
    pub fn new(color: Color, logs: LogFormat, quiet: bool) -> Self {
        let color = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::AlwaysAnsi,
            Color::Never => ColorChoice::Never,
        };
        Self { color, logs, quiet, closed: false, hiding: Hiding::default() }
    }

    /// The same, with names hidden.
    pub fn hiding(self, hiding: Hiding) -> Self {
        Self { hiding, ..self }
    }

    /// Writes a result. A reader that has gone away (`| head`) is not our failure: what follows
    /// is written nowhere and the exit code stays what it is.
    ///
    /// # Errors
    ///
    /// When stdout cannot be written for another reason: a full disk must not look like success.
    pub fn result(&mut self, text: &str) -> Result<(), Failure> {
        if self.closed {
            return Ok(());
        }
        let stdout = io::stdout();
        let plain = self.is_plain(&stdout);
        let mut stdout = stdout.lock();
        let written = if plain && text.contains('\u{1b}') {
            stdout.write_all(strip_str(text).to_string().as_bytes())
        } else {
            stdout.write_all(text.as_bytes())
        };
        let written = written.and_then(|()| stdout.flush());
        self.ended(written)
    }

    /// Writes a result that is too large to be one text, in the same way. It has no colours.
    ///
    /// # Errors
    ///
    /// As for [`Output::result`].
    pub fn stream(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        if self.closed {
            return Ok(());
        }
        let mut stdout = BufWriter::new(io::stdout().lock());
        let written = write(&mut stdout).and_then(|()| stdout.flush());
        // What a reader that has gone away has not taken is not written again when this is dropped.
        let _ = stdout.into_parts();
        self.ended(written)
    }

    fn ended(&mut self, written: io::Result<()>) -> Result<(), Failure> {
        match written {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Err(error) => Err(Failure::new(Exit::Error, format!("cannot write to stdout: {error}"))),
            Ok(()) => Ok(()),
        }
    }

    /// Says something about the run that is worth knowing without being asked for: which
    /// environment was taken, where a file was saved.
    pub fn note(&self, text: &str) {
        if self.quiet {
            return;
        }
        match self.logs {
            LogFormat::Text => self.words(&format!("{text}\n")),
            LogFormat::Json => tracing::info!("{}", self.hiding.text(&strip_str(text).to_string())),
        }
    }

    /// Says why the run ends early.
    pub fn failure(&self, failure: &Failure) {
        match self.logs {
            LogFormat::Text => self.words(&failure.text()),
            LogFormat::Json => tracing::error!("{}", self.hiding.text(&failure.line())),
        }
    }

    /// Writes to stderr. There is nobody to tell when that fails.
    pub fn words(&self, text: &str) {
        let stderr = io::stderr();
        let plain = self.is_plain(&stderr);
        let text = self.hiding.text(text);
        let text = if plain { strip_str(&text).to_string() } else { text.into_owned() };
        let _ = stderr.lock().write_all(text.as_bytes());
    }

    /// Whether a stream gets no colours: asked for, `NO_COLOR`, or not a terminal.
    fn is_plain<S: anstream::stream::RawStream>(&self, stream: &S) -> bool {
        let choice = if self.color == ColorChoice::Auto { AutoStream::choice(stream) } else { self.color };
        choice == ColorChoice::Never
    }

    /// Whether somebody sees progress: stderr is a terminal and nothing asks for silence.
    pub fn shows_progress(&self) -> bool {
        io::stderr().is_terminal() && !self.quiet && self.logs == LogFormat::Text
    }

    /// Whether stderr shows colours, for the log.
    pub fn colors_logs(&self) -> bool {
        !self.is_plain(&io::stderr())
    }
}
