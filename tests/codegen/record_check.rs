//! A change of a schema record compiles the structs anew that are held against it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "these are tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SOURCE: &str = r#"
//! A crate with a sample type that has a record.

/// One photograph.
#[derive(atdata::Packable)]
#[packable(schema = "records/photo.json")]
pub struct Photo {
    /// Pixels.
    pub image: ndarray::Array3<u8>,
    /// What it shows.
    pub label: String,
}
"#;

const RECORD: &str = r#"{"name": "Photo", "version": "1.0.0", "fields": [
    {"name": "image", "fieldType": {"$type": "local#ndarray", "dtype": "uint8"}},
    {"name": "label", "fieldType": {"$type": "local#primitive", "primitive": "str"}}]}"#;

#[test]
fn a_changed_record_compiles_the_struct_anew() {
    let project = Project::new();
    project.write_record(RECORD);
    assert_builds(&project.build());

    project.write_record(&RECORD.replace("uint8", "float64"));
    let messages = failure(&project.build());
    let expected = "field `image`: `records/photo.json` says array<float64>, the struct has array<uint8, 3-d>";
    assert!(messages.contains(expected), "{messages}");

    // The library's metadata of the first build is still there: only the file can say that it is of no use.
    project.write_record(RECORD);
    assert_builds(&project.build());
}

/// A crate beside the workspace, built offline from the same sources.
struct Project {
    folder: tempfile::TempDir,
    workspace: PathBuf,
}

impl Project {
    fn new() -> Self {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is around it").to_owned();
        let project = Self { folder: tempfile::tempdir().expect("a temporary folder"), workspace };
        let atdata = project.workspace.join("atdata").display().to_string();
        // Dependencies are taken as the workspace has built them, where profile and features are the same.
        let manifest = format!(
            "[package]\nname = \"atdata-record-check\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
             [dependencies]\natdata = {{ path = {atdata:?} }}\n\
             ndarray = {{ version = \"*\", default-features = false }}\n\n\
             [profile.dev]\ndebug = \"line-tables-only\"\n\n[profile.dev.package.\"*\"]\ndebug = false\n",
        );
        project.write("Cargo.toml", &manifest);
        project.write("src/lib.rs", SOURCE);
        let lock = fs::read_to_string(project.workspace.join("Cargo.lock")).expect("the workspace has a lock file");
        project.write("Cargo.lock", &lock);
        project
    }

    fn write_record(&self, record: &str) {
        self.write("records/photo.json", record);
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file in a folder")).expect("the folder is writable");
        fs::write(path, text).expect("the folder is writable");
    }

    fn build(&self) -> Output {
        // The workspace's own: `CARGO_TARGET_TMPDIR` is the folder `tmp` in it.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target directory");
        Command::new(env!("CARGO"))
            .args(["build", "--offline", "--quiet", "--color=never"])
            .current_dir(self.folder.path())
            .env("CARGO_TARGET_DIR", target)
            .env_remove("RUSTFLAGS")
            .output()
            .expect("cargo runs")
    }
}

#[track_caller]
fn assert_builds(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[track_caller]
fn failure(output: &Output) -> String {
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "it builds, with:\n{messages}");
    messages
}
