//! Crates that are written and built by a test. They share a target folder, so that atdata is compiled for them once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The checkout.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A crate outside of the workspace.
pub(crate) struct Crate {
    pub(crate) folder: PathBuf,
}

impl Crate {
    /// An empty one, with the same versions of all dependencies as the workspace.
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("codegen").join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        fs::create_dir_all(folder.join("src")).unwrap();
        let path = |package: &str| root().join(package).display().to_string();
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
             atdata = {{ path = {:?} }}\ntempfile = \"3\"\n\n[build-dependencies]\natdata-codegen = {{ path = {:?} }}\n\n\
             [profile.dev]\ndebug = false\nincremental = false\n",
            path("atdata"),
            path("atdata-codegen"),
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        Self { folder }
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::write(self.folder.join(path), text).unwrap();
    }

    /// Runs cargo, without a network: all that is needed was needed for this test already.
    pub(crate) fn cargo(&self, command: &str) -> Output {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("codegen").join("target");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args([command, "--offline", "--quiet"]).current_dir(&self.folder).env("CARGO_TARGET_DIR", target);
        // What the outer cargo says of its own package is not for this one.
        cargo.env_remove("RUSTFLAGS").env("CARGO_TERM_COLOR", "never");
        cargo.output().unwrap()
    }
}

#[track_caller]
pub(crate) fn succeeded(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
