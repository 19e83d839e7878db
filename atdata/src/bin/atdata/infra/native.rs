//! The Redis server of the machine.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use atdata::{Error, ErrorKind, Result};

use super::Status;
use crate::args::UpArgs;

const PATIENCE: Duration = Duration::from_secs(20);

pub(super) fn is_installed() -> bool {
    let version = Command::new("redis-server").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

fn data(folder: &Path) -> PathBuf {
    folder.join("redis")
}

/// Where the port of the server is noted that runs, or ran.
fn note(folder: &Path) -> PathBuf {
    data(folder).join("port")
}

fn port(folder: &Path) -> Option<u16> {
    std::fs::read_to_string(note(folder)).ok()?.trim().parse().ok()
}

/// Starts the server; one that is not to be left behind is waited for until it ends.
pub(super) fn up(folder: &Path, args: &UpArgs) -> Result<()> {
    let port = args.redis_port;
    if answers(port) {
        let message = format!("something answers at port {port} already: choose another by --redis-port");
        return Err(Error::new(ErrorKind::Conflict, message));
    }
    let data = data(folder);
    std::fs::create_dir_all(&data)?;
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--appendonly", "yes"]);
    command.args(["--maxmemory-policy", "noeviction", "--daemonize", if args.detach { "yes" } else { "no" }]);
    command.arg("--dir").arg(&data).arg("--logfile").arg(data.join("redis.log")).stdin(Stdio::null());
    std::fs::write(note(folder), port.to_string())?;
    let status = command.stdout(Stdio::null()).status()?;
    let log = || format!("redis-server ended with {status}: see {}", data.join("redis.log").display());
    if !status.success() {
        return Err(Error::new(ErrorKind::Io, log()));
    }
    if !args.detach {
        return Ok(());
    }
    let end = Instant::now() + PATIENCE;
    while !answers(port) {
        if Instant::now() > end {
            return Err(Error::new(ErrorKind::Interrupted, log()));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Whether there was one to stop.
pub(super) fn down(folder: &Path, volumes: bool) -> Result<bool> {
    let running = port(folder).filter(|port| answers(*port));
    if let Some(port) = running.filter(|port| !is_ours(*port, folder)) {
        std::fs::remove_file(note(folder))?;
        let message = format!("the server at port {port} is not the one that was started here: it goes on running");
        return Err(Error::new(ErrorKind::Conflict, message));
    }
    if let Some(port) = running {
        say(port, "SHUTDOWN\r\n");
        let end = Instant::now() + PATIENCE;
        while answers(port) {
            if Instant::now() > end {
                return Err(Error::new(ErrorKind::Interrupted, format!("Redis at port {port} does not stop")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    if note(folder).exists() {
        std::fs::remove_file(note(folder))?;
    }
    if volumes && data(folder).exists() {
        std::fs::remove_dir_all(data(folder))?;
    }
    Ok(running.is_some())
}

pub(super) fn status(folder: &Path) -> Vec<Status> {
    let status = |port| Status {
        name: "redis",
        runs: answers(port) && is_ours(port, folder),
        url: format!("redis://localhost:{port}/0"),
    };
    port(folder).map(status).into_iter().collect()
}

/// Whether the server at that port keeps its data where one that was started here does: another may have taken the port.
fn is_ours(port: u16, folder: &Path) -> bool {
    let Ok(data) = data(folder).canonicalize() else { return false };
    let answer = say(port, "CONFIG GET dir\r\n").unwrap_or_default();
    let answer = String::from_utf8_lossy(&answer);
    answer.lines().any(|line| Path::new(line.trim_end()) == data)
}

/// Whether Redis is at that port of this machine.
fn answers(port: u16) -> bool {
    say(port, "PING\r\n").is_some_and(|answer| answer.starts_with(b"+PONG"))
}

fn say(port: u16, line: &str) -> Option<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&([127, 0, 0, 1], port).into(), Duration::from_secs(1)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    stream.write_all(line.as_bytes()).ok()?;
    let mut answer = vec![0; 8192];
    let len = stream.read(&mut answer).ok()?;
    answer.truncate(len);
    Some(answer)
}
