//! What the files of a manifest are called that lie beside a shard.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Ending of the name of a manifest's header, in place of `.tar`.
pub(crate) const MANIFEST_HEADER: &str = ".manifest.json";

/// The same of its rows.
pub(crate) const MANIFEST_SAMPLES: &str = ".manifest.parquet";

/// The name of a shard without `.tar`: all of it where it ends in another way, for so does Python look for manifests.
pub(crate) fn manifest_stem(name: &str) -> &str {
    name.strip_suffix(".tar").unwrap_or(name)
}

/// The names, or URLs, of the header and the rows of the manifest of an object of that name.
pub(crate) fn manifest_names(name: &str) -> [String; 2] {
    [MANIFEST_HEADER, MANIFEST_SAMPLES].map(|ending| format!("{}{ending}", manifest_stem(name)))
}

/// The paths of the header and the rows of a shard's manifest.
pub(crate) fn manifest_paths(shard: &Path) -> [PathBuf; 2] {
    let name = shard.file_name().unwrap_or_default();
    [MANIFEST_HEADER, MANIFEST_SAMPLES].map(|ending| match name.to_str() {
        Some(name) => shard.with_file_name(format!("{}{ending}", manifest_stem(name))),
        // What is no text keeps its ending, whatever that is.
        None => {
            let mut name = OsString::from(name);
            name.push(ending);
            shard.with_file_name(name)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_ending_of_tar_files_is_replaced() {
        let header = |shard: &str| {
            let [header, _] = manifest_paths(Path::new(shard));
            header.to_string_lossy().into_owned()
        };
        assert_eq!(header("a/x.tar"), "a/x.manifest.json");
        assert_eq!(header("x.v1.tar"), "x.v1.manifest.json");
        assert_eq!(header("x.tar.gz"), "x.tar.gz.manifest.json");
        assert_eq!(header("x"), "x.manifest.json");
    }
}
