//! The example with a build script, and what happens to it when its record changes.

use std::fs;
use std::path::Path;

use crate::crates::{Crate, root, succeeded};

const RECORD: &str = "schemas/published/atdata.example/Photo@1.2.0.json";

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

#[test]
fn a_changed_dtype_breaks_the_build_and_the_compiler_names_the_field() {
    let example = Crate::new("example");
    let source = root().join("examples/build_script");
    for part in ["src", "schemas"] {
        copy(&source.join(part), &example.folder.join(part));
    }
    fs::copy(source.join("build.rs"), example.folder.join("build.rs")).unwrap();
    succeeded(&example.cargo("run"));

    let record = fs::read_to_string(example.folder.join(RECORD)).unwrap();
    example.write(RECORD, &record.replace("\"dtype\": \"uint8\"", "\"dtype\": \"float32\""));
    let output = example.cargo("check");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "it still builds");
    assert!(errors.contains("&batch.image") && errors.contains("f32"), "{errors}");

    example.write(RECORD, &record.replace("\"uint8\"", "\"uint7\""));
    let output = example.cargo("check");
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let expected = format!(
        "{RECORD} at /schema/properties/image/dtype: expected a dtype such as \"float32\" or \"uint8\", found \"uint7\""
    );
    assert!(!output.status.success() && errors.contains(&expected), "{errors}");

    example.write(RECORD, &record);
    succeeded(&example.cargo("check"));
}
