//! Photographs as others have them: written by `webdataset`, looked at by the program, typed by code that is generated of them,
//! decoded, chosen, written anew, and read there again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use atdata::{Dataset, ShardWriter};
use atdata_tests::python::members;
use serde_json::Value as Json;

/// What `atdata-codegen generate` writes of the shards.
#[rustfmt::skip]
mod generated;

use generated::Photograph;

const COUNT: usize = 2000;
const SHARDS: &str = "photos-{000000..000002}.tar";

pub(crate) fn photographs_are_typed_by_generated_code_and_come_back(python: &Path) {
    let folder = tempfile::tempdir().unwrap();
    members(python, &["photographs".as_ref(), folder.path().as_os_str(), COUNT.to_string().as_ref()]);
    let expected = json(&folder.path().join("expected.json"));
    assert_eq!(expected.len(), COUNT);
    let shards = folder.path().join(SHARDS);
    let shards = shards.to_str().unwrap();

    let told = succeeded(&run(folder.path(), "atdata", &["inspect", "--stats", SHARDS]));
    for line in [
        "Samples:  2000",
        "Problems: none",
        "jpg: 1 picture size: jpeg 64 x 48 (2000)",
        "cls: 10 values: 0 (200), 1 (200), 2 (200)",
        "json.taken: 0 to 249.875",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }

    // The committed types are those that the generator makes of these shards.
    let code = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/photographs/generated.rs");
    let mut arguments =
        vec!["generate", "--from-shards", SHARDS, "--name", "Photograph", "--out", code.to_str().unwrap()];
    arguments.extend(["--replace", "Photograph.jpg=::atdata::format::Pixels"]);
    arguments.extend(std::env::var_os("BLESS").is_none().then_some("--check"));
    succeeded(&run(folder.path(), "atdata-codegen", &arguments));

    let dataset = Dataset::<Photograph>::open(shards).unwrap();
    let means: BTreeMap<String, f64> = serde_json::from_value(json_of(&folder.path().join("means.json"))).unwrap();
    let mut seen = [0; 10];
    for batch in dataset.shuffled(7).batches(64) {
        let batch = batch.unwrap();
        assert_eq!(batch.jpg.shape(), [batch.cls.len(), 48, 64, 3]);
        for (pixels, json) in batch.jpg.outer_iter().zip(&batch.json) {
            // The decoders may differ in the last bit of some pixels.
            let found = pixels.iter().map(|channel| f64::from(*channel)).sum::<f64>() / f64::from(48 * 64 * 3);
            let expected = means[&key_in(json["caption"].as_str().unwrap())];
            assert!((found - expected).abs() < 0.5, "{found} {expected}");
        }
        batch.cls.iter().for_each(|class| seen[usize::try_from(*class).unwrap()] += 1);
    }
    assert_eq!(seen, [COUNT / 10; 10]);

    let chosen = dataset.filter(|photo| photo.cls == 3);
    let copy = folder.path().join("chosen.tar");
    let mut writer = ShardWriter::<Photograph>::builder(&copy).build().unwrap();
    for photo in chosen.shuffled(1).with_keys() {
        let (key, photo) = photo.unwrap();
        writer.write_with_key(&key, &photo).unwrap();
    }
    writer.finish().unwrap();
    let read = read_back(python, folder.path(), &copy);
    assert_eq!(read.len(), COUNT / 10);
    for (key, sample) in &read {
        assert_eq!(sample, &expected[key], "{key}");
    }

    // Packed and members again, by the record and by the program.
    for arguments in [
        &["schema", "infer", SHARDS, "--name", "Photograph", "-o", "photograph.json"][..],
        &["convert", "--layout", "packed", "--schema", "photograph.json", SHARDS, "packed.tar"],
        &["convert", "--layout", "members", "--schema", "photograph.json", "packed.tar", "plain.tar"],
    ] {
        succeeded(&run(folder.path(), "atdata", arguments));
    }
    let packed = Dataset::<Photograph>::open(folder.path().join("packed.tar")).unwrap();
    assert_eq!(packed.select(&[7, 1999]).unwrap(), dataset.select(&[7, 1999]).unwrap());
    assert_eq!(read_back(python, folder.path(), &folder.path().join("plain.tar")), expected);
}

/// Runs a program of the workspace, which is built with its tests.
fn run(folder: &Path, program: &str, arguments: &[&str]) -> Output {
    let own = std::env::current_exe().unwrap();
    let beside = own.parent().and_then(Path::parent).unwrap();
    let path = beside.join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "{} is not built: `cargo build --workspace --all-features`", path.display());
    Command::new(path).args(arguments).current_dir(folder).output().unwrap()
}

#[track_caller]
fn succeeded(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn read_back(python: &Path, folder: &Path, shard: &Path) -> BTreeMap<String, Json> {
    let answer: PathBuf = folder.join("read.json");
    members(python, &["read".as_ref(), shard.as_os_str(), answer.as_os_str()]);
    json(&answer)
}

fn json(path: &Path) -> BTreeMap<String, Json> {
    serde_json::from_value(json_of(path)).unwrap()
}

fn json_of(path: &Path) -> Json {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// `000017` of `photograph 17, größer`
fn key_in(caption: &str) -> String {
    let number = caption.split([' ', ',']).nth(1).unwrap();
    format!("{number:0>6}")
}
