//! The program `atdata-codegen`: types from schema records, and what a project builds on.
//!
//! Exit codes: 0 all is well, 1 something was found, 2 the command line is wrong, a file cannot be read or written, or a
//! record cannot be had.

mod add;
mod args;
mod console;
mod diff;
mod fetch;
mod generate;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use console::Console;

/// How a command ended, if not well.
pub(crate) enum Failure {
    /// It found what it was to look for.
    Found,
    /// It could not do its work.
    Error(String),
}

impl From<atdata_codegen::Error> for Failure {
    fn from(error: atdata_codegen::Error) -> Self {
        Self::Error(error.to_string())
    }
}

pub(crate) type Outcome = Result<(), Failure>;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut console = Console::new();
    let outcome = match &cli.command {
        Command::Generate(args) => generate::run(args, &mut console),
        Command::Diff(args) => diff::run(args, &mut console),
        Command::Add(args) => add::run(args, &mut console),
        Command::Verify(args) => verify::run(args, &mut console),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Found) => ExitCode::from(1),
        Err(Failure::Error(message)) => {
            message.lines().for_each(|line| console.error(line));
            ExitCode::from(2)
        }
    }
}
