//! Python atdata in an environment of its own, for the tests that read and write with both.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// What to tell somebody who has none.
const HINT: &str = "install CPython 3.12 or 3.13, or name one in ATDATA_PYTHON; the packages of \
                    tests/python/requirements.txt are then installed into tests/.venv";

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The interpreter of the environment, made if it is not there; or why there is none.
pub fn environment() -> Result<&'static Path, &'static str> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let made = MADE.get_or_init(|| make().map_err(|reason| format!("{reason}: {HINT}")));
    made.as_deref().map_err(String::as_str)
}

fn make() -> Result<PathBuf, String> {
    let venv = folder().join(".venv");
    let requirements = folder().join("python/requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).map_err(|error| error.to_string())?;
    let python = venv.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    // Written last: an environment without it is half made.
    let complete = venv.join("installed.txt");
    if std::fs::read_to_string(&complete).is_ok_and(|installed| installed == wanted) && version(&python).is_some() {
        return Ok(python);
    }
    let base = find().ok_or("no CPython of at least 3.12 was found")?;
    eprintln!("Making tests/.venv with {} …", base.display());
    let arguments = ["-m".as_ref(), "venv".as_ref(), "--clear".as_ref(), venv.as_os_str()];
    run(&base, &arguments).map_err(|error| format!("cannot make a virtual environment ({error})"))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "-r"].map(OsStr::new);
    run(&python, &[&pip[..], &[requirements.as_os_str()]].concat())
        .map_err(|error| format!("cannot install tests/python/requirements.txt ({error})"))?;
    std::fs::write(complete, wanted).map_err(|error| error.to_string())?;
    Ok(python)
}

/// `ATDATA_PYTHON`, then what is on the path, then pyenv's.
fn find() -> Option<PathBuf> {
    let named = std::env::var_os("ATDATA_PYTHON").map(PathBuf::from);
    let on_path = ["python3.12", "python3.13", "python3", "python"].map(PathBuf::from);
    named
        .into_iter()
        .chain(on_path)
        .chain(pyenv())
        .find(|python| version(python).is_some_and(|version| version >= (3, 12)))
}

fn pyenv() -> Vec<PathBuf> {
    let home = || std::env::home_dir().map(|home| home.join(".pyenv"));
    let Some(root) = std::env::var_os("PYENV_ROOT").map(PathBuf::from).or_else(home) else { return Vec::new() };
    let versions = std::fs::read_dir(root.join("versions")).into_iter().flatten().flatten();
    let mut found: Vec<_> = versions.map(|version| version.path().join("bin/python")).collect();
    found.sort();
    found
}

/// The version of a working `CPython`.
fn version(python: &Path) -> Option<(u32, u32)> {
    let script = "import sys, ssl, venv; assert sys.implementation.name == 'cpython'; print(*sys.version_info[:2])";
    let output = Command::new(python).args(["-c", script]).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn run(program: &Path, arguments: &[&OsStr]) -> Result<(), String> {
    match Command::new(program).args(arguments).stdin(Stdio::null()).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(status.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// Runs `python/interop.py`.
#[track_caller]
pub fn interop(python: &Path, arguments: &[&OsStr]) {
    script(python, "interop.py", arguments);
}

/// Runs `python/archives.py`.
#[track_caller]
pub fn archives(python: &Path, arguments: &[&OsStr]) {
    script(python, "archives.py", arguments);
}

/// Runs `python/barecat_turns.py`.
#[track_caller]
pub fn barecat(python: &Path, arguments: &[&OsStr]) {
    script(python, "barecat_turns.py", arguments);
}

/// Runs `python/columns.py`.
#[track_caller]
pub fn columns(python: &Path, arguments: &[&OsStr]) {
    script(python, "columns.py", arguments);
}

/// Runs `python/env_files.py`.
#[track_caller]
pub fn env_files(python: &Path, arguments: &[&OsStr]) {
    script(python, "env_files.py", arguments);
}

/// Runs `python/manifests.py`.
#[track_caller]
pub fn manifests(python: &Path, arguments: &[&OsStr]) {
    script(python, "manifests.py", arguments);
}

/// Runs `python/members.py`.
#[track_caller]
pub fn members(python: &Path, arguments: &[&OsStr]) {
    script(python, "members.py", arguments);
}

/// Runs `python/queries.py`.
#[track_caller]
pub fn queries(python: &Path, arguments: &[&OsStr]) {
    script(python, "queries.py", arguments);
}

#[track_caller]
fn script(python: &Path, name: &str, arguments: &[&OsStr]) {
    let script = folder().join("python").join(name);
    run(python, &[&[script.as_os_str()], arguments].concat()).unwrap_or_else(|error| panic!("{name}: {error}"));
}
