//! `--env-file`: the variables of a `.env` file, for all that is read from the environment.

use std::path::Path;
use std::process::{Command, ExitCode};

use atdata::source::read_env_file;

use crate::console::Console;

/// Tells the program that the file was read which this names.
const READ: &str = "ATDATA_ENV_FILE_READ";

/// Runs the program anew with the variables of the file, of which those that are set already stay as they are; nothing is
/// to be done where that has happened. (No variable can be set safely in a program that runs.)
pub(crate) fn enter(file: Option<&Path>, console: &mut Console) -> Option<ExitCode> {
    let file = file.filter(|file| std::env::var_os(READ).is_none_or(|read| read != file.as_os_str()))?;
    // What is set already stays as it is, within values as well.
    match read_env_file(file, &|name, own| std::env::var(name).ok().or_else(|| own.map(str::to_owned))) {
        Ok(variables) => {
            let new = variables.into_iter().filter(|(name, _)| std::env::var_os(name).is_none());
            Some(run(new, file, console))
        }
        Err(error) => {
            console.usage_error(&format_args!("{error:#}"));
            Some(console.exit_code())
        }
    }
}

fn run(variables: impl Iterator<Item = (String, String)>, file: &Path, console: &mut Console) -> ExitCode {
    let begun = std::env::current_exe().and_then(|program| {
        let mut command = Command::new(program);
        command.args(std::env::args_os().skip(1)).envs(variables).env(READ, file);
        replace(&mut command)
    });
    begun.unwrap_or_else(|error| {
        console.error(&format_args!("the program cannot be run with the variables of {}: {error}", file.display()));
        console.exit_code()
    })
}

/// In place of this process.
#[cfg(unix)]
pub(crate) fn replace(command: &mut Command) -> std::io::Result<ExitCode> {
    Err(std::os::unix::process::CommandExt::exec(command))
}

#[cfg(not(unix))]
pub(crate) fn replace(command: &mut Command) -> std::io::Result<ExitCode> {
    let code = command.status()?.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
