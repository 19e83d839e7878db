//! `atdata infra`: servers for development on this machine.

mod docker;
mod native;

use std::io::{self, Write};
use std::path::PathBuf;

use atdata::{Error, ErrorKind, Result};
use serde_json::json;

use crate::args::{InfraCommand, UpArgs};
use crate::console::Console;
use crate::json;

/// What runs, or not.
pub(crate) struct Status {
    name: &'static str,
    runs: bool,
    url: String,
}

pub(crate) fn run(command: &InfraCommand, console: &mut Console) -> io::Result<()> {
    let done = match command {
        InfraCommand::Up(args) => up(args, console),
        InfraCommand::Down { volumes } => down(*volumes),
        InfraCommand::Status { json } => status(*json, console),
    };
    console.lines(done)
}

/// `~/.atdata`, where the servers keep what they store.
fn folder() -> Result<PathBuf> {
    atdata::store::home_folder("servers")
}

fn up(args: &UpArgs, console: &mut Console) -> Result<Vec<String>> {
    let folder = folder()?;
    std::fs::create_dir_all(&folder)?;
    if docker::runs() {
        docker::up(&folder, args)?;
        return Ok(vec![
            format!("Redis:  redis://localhost:{}/0", args.redis_port),
            format!("S3:     http://localhost:{} (minioadmin, minioadmin)", args.minio_port),
        ]);
    }
    if !native::is_installed() {
        let message =
            "Docker does not run here, and redis-server is not installed: start the one, or install the other";
        return Err(Error::new(ErrorKind::NotFound, message));
    }
    console.warning(&"Docker does not run here: starting the Redis of this machine, and no S3 server");
    let url = format!("redis://localhost:{}/0", args.redis_port);
    if !args.detach {
        writeln!(console.out(), "Redis:  {url}  (Ctrl-C ends it)")?;
        console.out().flush()?;
    }
    native::up(&folder, args)?;
    Ok(if args.detach { vec![format!("Redis:  {url}")] } else { Vec::new() })
}

fn down(volumes: bool) -> Result<Vec<String>> {
    let folder = folder()?;
    let mut stopped = Vec::new();
    if docker::is_set_up(&folder) && docker::runs() {
        docker::down(&folder, volumes)?;
        stopped.push("The containers are stopped.".to_owned());
    }
    if native::down(&folder, volumes)? {
        stopped.push("Redis is stopped.".to_owned());
    }
    if stopped.is_empty() {
        stopped.push("Nothing runs.".to_owned());
    }
    Ok(stopped)
}

/// Exit code 0 if anything runs, 1 if nothing does.
fn status(as_json: bool, console: &mut Console) -> Result<Vec<String>> {
    let folder = folder()?;
    let mut all = native::status(&folder);
    if docker::is_set_up(&folder) && docker::runs() {
        all.extend(docker::status(&folder)?);
    }
    if !all.iter().any(|status| status.runs) {
        console.exit_with(1);
    }
    if as_json {
        let line =
            |status: &Status| json::line(&json!({"name": status.name, "running": status.runs, "url": status.url}));
        return Ok(all.iter().map(line).collect());
    }
    if all.is_empty() {
        return Ok(vec!["Nothing runs: `atdata infra up -d` starts what this machine has.".to_owned()]);
    }
    let line = |status: &Status| {
        let state = if status.runs { "running" } else { "stopped" };
        format!("{}: {state}  {}", status.name, status.url).trim_end().to_owned()
    };
    Ok(all.iter().map(line).collect())
}
