//! Real servers, started by the test that needs them and stopped with it. `tests/services/README.md` says how to add one.

pub mod faulty;
mod http;
mod pds;
mod postgres;
mod proxy;
mod radosgw;
mod redis;
mod s3;
mod weather;

use std::io::{BufRead, BufReader, Read, Seek};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

pub use http::Http;
pub use pds::{Account, Pds};
pub use postgres::Postgres;
pub use proxy::{Cut, Proxy};
pub use radosgw::RadosGw;
pub use redis::{Redis, Sentinel};
pub use s3::{ACCESS_KEY, BUCKET, SECRET_KEY, TestS3};
pub use weather::{BadNetwork, Weather};

/// Busy machines start servers slowly; one that answers is not waited for any longer.
const STARTED_WITHIN: Duration = Duration::from_secs(100);
const STOPPED_WITHIN: Duration = Duration::from_secs(15);

/// A server that a script of `tests/services` runs.
///
/// The script ends, and its children with it, when its standard input does: when this is dropped, and also when the
/// test process is killed.
#[derive(Debug)]
pub struct Service {
    script: Child,
    /// What the script said of the server.
    pub description: Value,
}

impl Service {
    /// Runs `start-{name}` with these arguments, until the server answers.
    #[track_caller]
    pub fn start(name: &str, arguments: &[&str]) -> Self {
        Self::try_start(name, arguments).unwrap_or_else(|reason| {
            panic!("the server `{name}` does not start; `tests/services/install {name}` installs it. {reason}")
        })
    }

    fn try_start(name: &str, arguments: &[&str]) -> Result<Self, String> {
        let mut messages = tempfile::tempfile().map_err(|error| error.to_string())?;
        let mut script = Command::new(script(name))
            .args(arguments)
            .env("STOP_WITH_STDIN", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(messages.try_clone().map_err(|error| error.to_string())?)
            .spawn()
            .map_err(|error| error.to_string())?;
        let line = first_line(script.stdout.take().expect("it was asked for"));
        match line.and_then(|line| serde_json::from_str(&line).map_err(|error| error.to_string())) {
            Ok(description) => Ok(Self { script, description }),
            Err(reason) => {
                stop(&mut script);
                let mut text = String::new();
                messages.rewind().and_then(|()| messages.read_to_string(&mut text)).ok();
                Err(format!("{reason}: {text}"))
            }
        }
    }

    /// A text that the script said of the server.
    #[track_caller]
    pub fn get(&self, field: &str) -> &str {
        self.description[field].as_str().unwrap_or_else(|| panic!("no `{field}` in {}", self.description))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        stop(&mut self.script);
    }
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("services").join(format!("start-{name}"))
}

/// The line that says that the server answers.
fn first_line(output: impl Read + Send + 'static) -> Result<String, String> {
    let (sender, line) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(output).read_line(&mut line).map(|_| line);
        sender.send(read).ok();
    });
    match line.recv_timeout(STARTED_WITHIN) {
        Ok(Ok(line)) if !line.is_empty() => Ok(line),
        Ok(Ok(_)) => Err("its script ended".to_owned()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("it did not answer within {STARTED_WITHIN:?}")),
    }
}

fn stop(script: &mut Child) {
    drop(script.stdin.take());
    let end = Instant::now() + STOPPED_WITHIN;
    while script.try_wait().is_ok_and(|status| status.is_none()) {
        if Instant::now() > end {
            script.kill().ok();
            script.wait().ok();
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A port of the loopback interface that nobody listens on.
pub fn free_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface has free ports");
    listener.local_addr().expect("it is bound").port().to_string()
}
