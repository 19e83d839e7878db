//! Files that attributes and macros name.

use std::path::{Path, PathBuf};

/// The folder of the user's `Cargo.toml`, where paths begin: the compiler does not tell macros of which file an item is.
pub(crate) fn folder() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default()
}

/// The text of the record at a path, or why there is none.
pub(crate) fn read(path: impl AsRef<Path>) -> Result<String, String> {
    let path = path.as_ref();
    std::fs::read_to_string(folder().join(path)).map_err(|error| {
        let path = path.display();
        if error.kind() == std::io::ErrorKind::NotFound {
            return format!(
                "there is no file `{path}`; write the path of a schema record, from the folder of this crate's `Cargo.toml`"
            );
        }
        format!("`{path}`, a path from the folder of this crate's `Cargo.toml`, cannot be read: {error}")
    })
}
