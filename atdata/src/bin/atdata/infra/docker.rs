//! Containers, by Docker Compose: those of Python atdata.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use atdata::{Error, ErrorKind, Result};

use super::Status;
use crate::args::UpArgs;

/// Whether there is a Docker engine, not the client alone.
pub(super) fn runs() -> bool {
    let mut info = Command::new("docker");
    info.arg("info").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    info.status().is_ok_and(|status| status.success())
}

fn file(folder: &Path) -> PathBuf {
    folder.join("docker-compose.yml")
}

pub(super) fn is_set_up(folder: &Path) -> bool {
    file(folder).is_file()
}

pub(super) fn up(folder: &Path, args: &UpArgs) -> Result<()> {
    std::fs::write(file(folder), compose(args))?;
    let detach: &[&str] = if args.detach { &["--detach", "--wait"] } else { &[] };
    run(folder, &[&["up"], detach].concat())
}

pub(super) fn down(folder: &Path, volumes: bool) -> Result<()> {
    run(folder, if volumes { &["down", "--volumes"] } else { &["down"] })
}

pub(super) fn status(folder: &Path) -> Result<Vec<Status>> {
    let output = compose_command(folder).args(["ps", "--services", "--status", "running"]).output()?;
    let running = String::from_utf8_lossy(&output.stdout).into_owned();
    let of = |name: &'static str| Status { name, runs: running.lines().any(|line| line == name), url: String::new() };
    Ok(vec![of("redis"), of("minio")])
}

fn compose_command(folder: &Path) -> Command {
    let mut command = Command::new("docker");
    command.args(["compose", "--project-name", "atdata", "--file"]).arg(file(folder)).stdin(Stdio::null());
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Result<()> {
    let status = compose_command(folder).args(arguments).status()?;
    if status.success() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Io, format!("docker compose ended with {status}")))
}

fn compose(args: &UpArgs) -> String {
    format!(
        "\
services:
  redis:
    image: redis:7.4-alpine
    container_name: atdata-redis
    command: redis-server --appendonly yes --maxmemory-policy noeviction
    ports: [\"127.0.0.1:{redis}:6379\"]
    volumes: [\"atdata-redis-data:/data\"]
  minio:
    image: minio/minio:RELEASE.2025-04-22T22-12-26Z
    container_name: atdata-minio
    command: server /data --console-address :9001
    environment:
      MINIO_ROOT_USER: minioadmin
      MINIO_ROOT_PASSWORD: minioadmin
    ports: [\"127.0.0.1:{minio}:9000\", \"127.0.0.1:{console}:9001\"]
    volumes: [\"atdata-minio-data:/data\"]
volumes:
  atdata-redis-data:
  atdata-minio-data:
",
        redis = args.redis_port,
        minio = args.minio_port,
        console = args.minio_console_port,
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// What a server does may change with the next release, and what it has stored be read by it no longer.
    #[test]
    fn images_are_of_releases_that_are_named() {
        use clap::Parser as _;

        let cli = crate::args::Cli::try_parse_from(["atdata", "infra", "up"]).unwrap();
        let crate::args::Command::Infra(crate::args::InfraCommand::Up(args)) = cli.command else { unreachable!() };
        let text = compose(&args);
        let images: Vec<_> = text.lines().filter_map(|line| line.trim().strip_prefix("image: ")).collect();
        assert_eq!(images.len(), 2);
        for image in images {
            let tag = image.rsplit_once(':').map(|(_, tag)| tag).unwrap();
            assert!(tag != "latest" && tag.contains(|c: char| c.is_ascii_digit()), "{image}");
        }
    }
}
