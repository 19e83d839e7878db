//! `atdata diagnose`: what is wrong with a server, and how to mend it.

mod provider;
#[cfg(feature = "redis")]
mod redis;
mod store;

use std::io::{self, Write};

use atdata::{Error, ErrorKind};
use serde_json::json;

use crate::args::DiagnoseArgs;
use crate::console::Console;
use crate::json;
use crate::text::Plain;

/// One thing that was looked at.
pub(crate) struct Check {
    label: &'static str,
    detail: String,
    /// Whether it is as it should be; `None` where nothing is asked of it.
    good: Option<bool>,
    /// How to mend it.
    advice: Option<String>,
}

impl Check {
    fn good(label: &'static str, detail: impl Into<String>) -> Self {
        Self { label, detail: detail.into(), good: Some(true), advice: None }
    }

    #[cfg(feature = "redis")]
    fn info(label: &'static str, detail: impl Into<String>) -> Self {
        Self { label, detail: detail.into(), good: None, advice: None }
    }

    fn bad(label: &'static str, detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { label, detail: detail.into(), good: Some(false), advice: Some(advice.into()) }
    }

    fn failed(label: &'static str, error: &Error) -> Self {
        Self::bad(label, format!("{error:#}"), advice_for(error.kind()))
    }
}

/// A name that nobody has, not even the same process number in another container.
fn own_name() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    format!("atdata-diagnose-{}-{}", std::process::id(), now.as_nanos())
}

/// What helps against most errors of a kind.
fn advice_for(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Permission => "check user, password or keys, and what they are allowed to do",
        ErrorKind::Interrupted | ErrorKind::Io => {
            "check that the server runs, and that host and port are right: `atdata infra up -d` starts one on this machine"
        }
        ErrorKind::StorageFull => "make room on the disk that the message names, or on that of the server",
        ErrorKind::NotFound => "check the name; what it leads to has to be made first",
        ErrorKind::Throttled => "the server asks to be left alone for a while: try again later",
        ErrorKind::InvalidInput => {
            "name a database (redis://host:6379/0, postgres://user@host/database, sqlite:///path) or a bucket (s3://bucket)"
        }
        ErrorKind::Unsupported => "install the program with the feature that the message names",
        _ => "see the message",
    }
}

pub(crate) fn run(args: &DiagnoseArgs, console: &mut Console) -> io::Result<()> {
    let url = args.url.clone().unwrap_or_else(|| format!("redis://{}:{}/0", args.host, args.port));
    let mut checks = Vec::new();
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase()).unwrap_or_default();
    if scheme == "s3" && url.contains("://") {
        store::check(&url, args.read_only, &mut checks);
    } else {
        #[cfg(feature = "redis")]
        if scheme.starts_with("redis") {
            redis::check(&url, &mut checks);
        }
        if checks.iter().all(|check| check.good != Some(false) || check.label != "connection") {
            provider::check(&url, args.read_only, &mut checks);
        }
    }
    let failed = checks.iter().filter(|check| check.good == Some(false)).count();
    for check in &checks {
        let line = if args.json { as_json(check) } else { as_text(check) };
        writeln!(console.out(), "{line}")?;
    }
    if failed > 0 {
        console.exit_with(1);
    }
    if args.json {
        return Ok(());
    }
    let summary = if failed == 0 { "All is well.".to_owned() } else { format!("{failed} to mend.") };
    writeln!(console.out(), "\n{summary}")
}

fn as_text(check: &Check) -> String {
    let mark = match check.good {
        Some(true) => "✓",
        Some(false) => "✗",
        None => "·",
    };
    let advice = check.advice.as_ref().map(|advice| format!("\n    → {advice}")).unwrap_or_default();
    format!("{mark} {}: {}{advice}", check.label, Plain(&check.detail))
}

fn as_json(check: &Check) -> String {
    json::line(&json!({"check": check.label, "ok": check.good, "detail": check.detail, "advice": check.advice}))
}
