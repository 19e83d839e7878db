//! `atdata sql`: the program `atdata-sql`, which is beside this one or where programs are looked for.
//!
//! It is a crate above the library, with an engine that takes longer to build than all else here.

use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::args::{Cli, SqlArgs};
use crate::console::Console;
use crate::env_file::replace;

const MISSING: &str = "\
    the program atdata-sql is neither beside this one nor in the PATH; in a checkout `cargo install --path atdata/sql` \
    builds it, else `cargo install --git <address of the repository> atdata-sql`";

pub(crate) fn run(args: &SqlArgs, cli: &Cli, console: &mut Console) -> ExitCode {
    let mut command = Command::new(program());
    command.args(cli.handed_on()).args(&args.arguments);
    if let Some(index) = &cli.index {
        command.env("ATDATA_INDEX", index);
    }
    replace(&mut command).unwrap_or_else(|error| {
        match error.kind() {
            io::ErrorKind::NotFound => console.error(&MISSING),
            _ => console.error(&format_args!("atdata-sql cannot be run: {error}")),
        }
        console.exit_code()
    })
}

/// That of the same installation goes before others.
fn program() -> PathBuf {
    let name = format!("atdata-sql{}", std::env::consts::EXE_SUFFIX);
    let beside = std::env::current_exe().ok().map(|this| this.with_file_name(&name));
    beside.filter(|beside| beside.is_file()).unwrap_or_else(|| name.into())
}
