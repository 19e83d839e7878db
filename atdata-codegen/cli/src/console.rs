//! Standard output for results, standard error for problems, colours where a person looks.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use atdata_codegen::schema::Level;
use atdata_codegen::schema::unseen::is_unseen;

pub(crate) struct Console {
    out_colour: bool,
    error_colour: bool,
}

impl Console {
    pub(crate) fn new() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { out_colour: wanted && io::stdout().is_terminal(), error_colour: wanted && io::stderr().is_terminal() }
    }

    /// A line of the result. Whoever closed the pipe has seen enough.
    #[expect(clippy::unused_self, reason = "all that is printed goes through the console")]
    pub(crate) fn line(&mut self, text: impl Display) {
        let _ = writeln!(io::stdout(), "{text}");
    }

    /// A line in the colour of a level.
    pub(crate) fn levelled(&mut self, level: Level, text: impl Display) {
        let colour = match level {
            Level::Major => "\x1b[31m",
            Level::Minor => "\x1b[33m",
            _ => "\x1b[32m",
        };
        let (on, off) = if self.out_colour { (colour, "\x1b[0m") } else { ("", "") };
        self.line(format_args!("{on}{text}{off}"));
    }

    pub(crate) fn note(&mut self, message: impl Display) {
        let (on, off) = if self.error_colour { ("\x1b[1;36m", "\x1b[0m") } else { ("", "") };
        let _ = writeln!(io::stderr(), "{on}note:{off} {}", printable(&message.to_string()));
    }

    pub(crate) fn warning(&mut self, message: impl Display) {
        let (on, off) = if self.error_colour { ("\x1b[1;33m", "\x1b[0m") } else { ("", "") };
        let _ = writeln!(io::stderr(), "{on}warning:{off} {}", printable(&message.to_string()));
    }

    pub(crate) fn error(&mut self, message: impl Display) {
        let (on, off) = if self.error_colour { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        let _ = writeln!(io::stderr(), "{on}error:{off} {}", printable(&message.to_string()));
    }
}

/// Text without what a terminal could take for more than text: messages quote files and servers.
fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() || is_unseen(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_harmless() {
        assert_eq!(printable("a\u{1b}[0m\u{202e}é"), "a\\u{1b}[0m\\u{202e}é");
    }
}
