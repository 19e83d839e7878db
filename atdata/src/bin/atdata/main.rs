//! The program `atdata`: looks into shards and says whether they are sound.
//!
//! Exit codes: 0 all is well, 1 something was found or could not be read, 2 the command line is wrong.

mod args;
mod array;
mod console;
mod head;
mod input;
mod inspect;
mod json;
mod progress;
mod text;
mod version;

use std::io;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use console::Console;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut console = Console::new();
    let run = match cli.command {
        Command::Inspect(args) => inspect::run(&args, &mut console),
        Command::Head(args) => head::run(&args, &mut console),
        Command::Version => version::run(&mut console),
    };
    match run.and_then(|()| console.finish()) {
        Ok(()) => {}
        // The reader has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) => console.error(&format_args!("cannot write the output: {error}")),
    }
    console.exit_code()
}
