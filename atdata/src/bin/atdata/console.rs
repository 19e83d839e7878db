//! The console and exit codes: standard output for results, standard error for problems, and the code that follows.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use atdata::ErrorKind;

use crate::logger;
use crate::progress::Progress;
use crate::secrets::unsecret;

const USAGE: u8 = 2;

/// Whether the arguments have been understood, and work has begun.
static BEGUN: AtomicBool = AtomicBool::new(false);

/// From here on no error is one of the arguments: what a server refuses, or what is too large, is not.
pub(crate) fn begin() {
    BEGUN.store(true, Ordering::Relaxed);
}

pub(crate) struct Console {
    out: BufWriter<Stdout>,
    colour: bool,
    code: u8,
    pub(crate) progress: Progress,
}

impl Console {
    pub(crate) fn new() -> Self {
        let colour = io::stderr().is_terminal() && wants_colour(|name| std::env::var_os(name).map(|v| v.len()));
        Self { out: BufWriter::new(io::stdout()), colour, code: 0, progress: Progress::new() }
    }

    /// Standard output, which reports a closed pipe as an error and does not panic.
    pub(crate) fn out(&mut self) -> &mut impl Write {
        &mut self.out
    }

    /// Reports a problem.
    pub(crate) fn error(&mut self, message: &dyn Display) {
        self.code = self.code.max(1);
        self.line("error", "\x1b[1;31m", message);
    }

    /// Reports what the program does not count as a problem.
    pub(crate) fn warning(&mut self, message: &dyn Display) {
        self.line("warning", "\x1b[1;33m", message);
    }

    /// Says something beside the results, which scripts need not read.
    pub(crate) fn note(&mut self, message: &dyn Display) {
        self.line("note", "\x1b[1m", message);
    }

    /// Prints lines, or reports why there are none.
    pub(crate) fn lines(&mut self, lines: atdata::Result<Vec<String>>) -> io::Result<()> {
        self.progress.clear();
        match lines {
            Ok(lines) => lines.iter().try_for_each(|line| writeln!(self.out, "{line}")),
            Err(error) => {
                self.usage_or_error(&error);
                Ok(())
            }
        }
    }

    /// Reports an error, which is one of the arguments where its kind says so.
    pub(crate) fn usage_or_error(&mut self, error: &atdata::Error) {
        self.usage_if(error, error.kind() == ErrorKind::InvalidInput);
    }

    /// Reports why an argument stands for no shards. What is not built in, or not read, is one that cannot be given.
    pub(crate) fn no_shards(&mut self, error: &atdata::Error) {
        self.usage_if(error, matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported));
    }

    fn usage_if(&mut self, error: &atdata::Error, is_of_arguments: bool) {
        let message = format_args!("{error:#}");
        if is_of_arguments && !BEGUN.load(Ordering::Relaxed) {
            self.usage_error(&message);
        } else {
            self.error(&message);
        }
    }

    /// The exit code, without a message.
    pub(crate) fn exit_with(&mut self, code: u8) {
        self.code = self.code.max(code);
    }

    /// Reports a wrong argument.
    pub(crate) fn usage_error(&mut self, message: &dyn Display) {
        self.error(message);
        self.code = USAGE;
    }

    fn line(&mut self, label: &str, colour: &str, message: &dyn Display) {
        // On a terminal that shows both, what was printed before the problem stands before it.
        let _ = self.out.flush();
        let (on, off) = if self.colour { (colour, "\x1b[0m") } else { ("", "") };
        let message = unsecret(&message.to_string());
        // If standard error is closed, the exit code is all there is to say.
        self.progress.suspend(|| drop(writeln!(io::stderr(), "{on}{label}:{off} {message}")));
    }

    pub(crate) fn finish(&mut self) -> io::Result<()> {
        self.progress.clear();
        self.out.flush()
    }

    /// The exit code, to which belongs what the library has logged.
    pub(crate) fn exit_code(&self) -> ExitCode {
        self.code.max(u8::from(logger::has_left_out())).into()
    }
}

/// `value_len` is the length of an environment variable.
fn wants_colour(value_len: impl Fn(&str) -> Option<usize>) -> bool {
    let refused = value_len("NO_COLOR").is_some_and(|len| len > 0);
    // The old console of Windows shows escape sequences as they are.
    let understood = !cfg!(windows) || value_len("WT_SESSION").or_else(|| value_len("TERM")).is_some();
    !refused && understood
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_color_counts_unless_it_is_empty() {
        let with =
            |no_color: Option<usize>| wants_colour(move |name| if name == "NO_COLOR" { no_color } else { Some(1) });
        assert!(with(None) && with(Some(0)));
        assert!(!with(Some(1)));
    }
}
