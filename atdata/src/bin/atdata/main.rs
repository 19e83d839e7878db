//! The program `atdata`: looks into shards, says whether they are sound, and keeps indexes of datasets.
//!
//! Exit codes: 0 all is well, 1 something was found or could not be read, 2 the command line is wrong.

mod args;
mod array;
#[cfg(feature = "barecat")]
mod barecat;
mod columns;
mod console;
mod convert;
mod cp;
mod diagnose;
mod env_file;
mod gc;
mod head;
mod index;
mod index_shards;
mod infra;
mod input;
mod inspect;
mod json;
mod logger;
#[cfg(feature = "manifest")]
mod manifest;
#[cfg(feature = "atmosphere")]
mod network;
mod place;
mod places;
mod plan;
mod progress;
mod query;
mod repair;
mod rewrite;
mod schema;
mod secrets;
#[cfg(feature = "atmosphere")]
mod session;
mod sql;
mod text;
mod verify;
mod version;

use std::io;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use console::Console;

/// Samples may nest a thousand containers, which is more than the megabyte of stack that Windows gives a program.
const STACK: usize = 32 << 20;

fn main() -> ExitCode {
    #[cfg(feature = "barecat")]
    let cli = Cli::parse_from(args::with_two_dashes(std::env::args_os()));
    #[cfg(not(feature = "barecat"))]
    let cli = Cli::parse();
    if let Some(code) = env_file::enter(cli.env_file.as_deref(), &mut Console::new()) {
        return code;
    }
    logger::show_warnings();
    let program = std::thread::Builder::new().stack_size(STACK).spawn(move || run(&cli));
    // A thread that panicked has said why.
    program.map_or(ExitCode::FAILURE, |program| program.join().unwrap_or(ExitCode::FAILURE))
}

fn run(cli: &Cli) -> ExitCode {
    let mut console = Console::new();
    let given = cli.given();
    let run = match &cli.command {
        Command::Inspect(args) => inspect::run(args, given, &mut console),
        Command::Head(args) => head::run(args, given, &mut console),
        Command::Query(args) => query::run(args, given, &mut console),
        Command::Sql(args) => return sql::run(args, cli, &mut console),
        Command::Index(command) => index::run(command, given, &mut console),
        Command::Schema(command) => schema::run(command, given, &mut console),
        Command::Plan(args) => plan::run(args, given, &mut console),
        Command::IndexShards(args) => index_shards::run(args, given, &mut console),
        Command::Columns(command) => columns::run(command, given, &mut console),
        #[cfg(feature = "manifest")]
        Command::Manifest(command) => manifest::run(command, given, &mut console),
        Command::Verify(args) => verify::run(args, given, &mut console),
        Command::Cp(args) => cp::run(args, given, &mut console),
        Command::Convert(args) => convert::run(args, given, &mut console),
        Command::Reshard(args) => rewrite::reshard(args, given, &mut console),
        Command::Merge(args) => rewrite::merge(args, given, &mut console),
        Command::Subset(args) => rewrite::subset(args, given, &mut console),
        Command::Shuffle(args) => rewrite::shuffle(args, given, &mut console),
        Command::Repair(args) => repair::run(args, given, &mut console),
        Command::Gc(args) => gc::run(args, &mut console),
        Command::Diagnose(args) => diagnose::run(args, &mut console),
        Command::Infra(command) => infra::run(command, &mut console),
        #[cfg(feature = "barecat")]
        Command::Barecat(command) => barecat::run(command, &mut console),
        #[cfg(feature = "atmosphere")]
        Command::Network(command) => network::run(command, given, &mut console),
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
