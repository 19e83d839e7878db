//! `atdata-codegen` takes schemas from a real PDS, and knows whether they are still what they were.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use atdata::Packable;
use atdata::atmosphere::{Atmosphere, Swap};
use atdata::ndarray::Array3;
use atdata_tests::services::Pds;
use serde_json::{Value, json};

const COLLECTION: &str = "science.alt.dataset.schema";

/// One photograph.
#[derive(Packable, Debug, Clone, PartialEq)]
#[packable(version = "1.0.0")]
struct Photo {
    /// Pixels.
    #[packable(shape = [_, _, 3])]
    image: Array3<u8>,
    #[packable(rename = "fileName")]
    file_name: Option<String>,
    stars: i64,
}

#[test]
fn a_published_schema_becomes_a_type_and_is_watched() {
    let pds = Pds::start();
    let account = pds.account("publisher");
    let builder = Atmosphere::builder().pds(pds.url()).plc(pds.plc());
    let atmosphere = builder.login(&account.handle, &account.app_password).unwrap();
    let published = atmosphere.publish_schema::<Photo>().unwrap();
    let (uri, handle, did) = (published.uri.to_string(), &account.handle, &account.did);
    let project = Project::new(&pds);

    let added = project.json(&["add", &format!("@{handle}/Photo@1.0.0"), "--json"]);
    let file = format!("schemas/published/{handle}/Photo@1.0.0.json");
    assert_eq!(added["file"], *file);
    assert_eq!((&added["uri"], &added["cid"]), (&json!(uri), &json!(published.cid)));
    let text = fs::read(project.folder.path().join(&file)).unwrap();
    let lock = fs::read(project.folder.path().join("schemas/atdata.lock")).unwrap();
    let code = project.well(&["generate", "schemas/atdata.lock"]);
    assert!(code.contains(&uri) && code.contains(&published.cid), "{code}");
    for line in [
        "/// One photograph.",
        "pub struct Photo {",
        "#[packable(shape = [_, _, 3])]",
        "pub image: ::atdata::ndarray::Array3<u8>,",
        "#[packable(rename = \"fileName\")]",
        "pub file_name: ::core::option::Option<::std::string::String>,",
        "pub stars: i64,",
    ] {
        assert!(code.contains(line), "{line} is not in\n{code}");
    }

    // By its address, and by the DID: the same record.
    for reference in [uri.clone(), format!("@{did}/Photo@1.0.0"), format!("at://{handle}/{}", tail(&uri))] {
        let again = project.json(&["add", &reference, "--json"]);
        assert_eq!(again, added, "{reference}");
    }
    assert_eq!(fs::read(project.folder.path().join(&file)).unwrap(), text);
    assert_eq!(fs::read(project.folder.path().join("schemas/atdata.lock")).unwrap(), lock);

    let verified = project.well(&["verify", "--online"]);
    assert_eq!(verified, "1 record is as pinned\n1 record is published as pinned\n");
    let error = project.fails(&["add", &format!("@{handle}/Photo@1.1.0")], 2);
    assert!(error.ends_with("has published no schema Photo@1.1.0; the versions that there are: 1.0.0\n"), "{error}");
    let error = project.fails(&["add", "@nobody.test/Photo@1.0.0"], 2);
    assert!(error.contains("Unable to resolve handle"), "{error}");

    // Another record of the same name and version, under another key: the newest counts, whatever its key.
    let mut newer = atmosphere.get_record(&published.uri).unwrap().value;
    newer["createdAt"] = "2999-01-01T00:00:00+00:00".into();
    newer["schema"]["properties"]["stars"]["type"] = "number".into();
    let newer = atmosphere.create_record(COLLECTION, &newer).unwrap();
    let error = project.fails(&["add", &format!("@{handle}/Photo@1.0.0")], 2);
    assert!(error.contains(&newer.cid) && error.contains("stars: type int -> float"), "{error}");
    project.well(&["verify", "--online"]);

    atmosphere.delete_record(COLLECTION, published.uri.rkey(), &Swap::default()).unwrap();
    let error = project.fails(&["verify", "--online"], 1);
    assert!(error.contains(&format!("{uri} is no longer published")), "{error}");
    project.well(&["verify"]);
}

/// `collection/key`
fn tail(uri: &str) -> &str {
    uri.trim_start_matches("at://").split_once('/').expect("an address").1
}

/// A folder in which the program runs, with the network that it asks.
struct Project {
    folder: tempfile::TempDir,
    pds: String,
    plc: String,
}

impl Project {
    fn new(pds: &Pds) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder, pds: pds.url().to_owned(), plc: pds.plc().to_owned() }
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(program())
            .args(args)
            .current_dir(self.folder.path())
            .env("ATDATA_PDS_URL", &self.pds)
            .env("ATDATA_PLC_URL", &self.plc)
            .output()
            .expect("the program runs")
    }

    /// Standard output of a run that ended well.
    #[track_caller]
    fn well(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.well(args)).unwrap()
    }

    /// Standard error of a run that ended with that code.
    #[track_caller]
    fn fails(&self, args: &[&str], code: i32) -> String {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

/// The program, built from the same sources.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is around it");
        // The workspace's own: `CARGO_TARGET_TMPDIR` is the folder `tmp` in it.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is in the target directory");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--offline", "--quiet", "--color=never", "-p", "atdata-codegen", "--features", "cli"])
            .current_dir(workspace)
            .env("CARGO_TARGET_DIR", target)
            .output()
            .expect("cargo runs");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        target.join("debug").join("atdata-codegen").with_extension(std::env::consts::EXE_EXTENSION)
    })
}
