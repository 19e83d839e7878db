//! A folder that is written to by paths, where the system has no handles of directories to go by.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::barecat::error::BarecatError;
use crate::barecat::node::Metadata;

/// The folder, and the directory that was entered last.
#[derive(Debug)]
pub(super) struct Place {
    root: PathBuf,
    here: PathBuf,
}

impl Place {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { root: folder.to_owned(), here: folder.to_owned() })
    }

    pub(super) fn enter(&mut self, path: &str) -> Result<(), BarecatError> {
        let mut here = self.root.clone();
        for name in path.split('/').filter(|name| !name.is_empty()) {
            here.push(checked(name)?);
            match fs::symlink_metadata(&here) {
                Ok(found) if found.is_dir() => {}
                Ok(_) => {
                    return Err(BarecatError::Path(format!(
                        "it is not extracted: \"{name}\" in the folder is a symlink or a file, and not the directory that it \
                         has to be; move it away"
                    )));
                }
                Err(_) => {
                    fs::create_dir(&here).map_err(|source| BarecatError::Io { what: "make its directory", source })?
                }
            }
        }
        self.here = here;
        Ok(())
    }

    pub(super) fn file(
        &self,
        name: &str,
        metadata: Metadata,
        replace: bool,
        write: &mut dyn FnMut(&mut File) -> Result<(), BarecatError>,
    ) -> Result<(), BarecatError> {
        let path = self.here.join(checked(name)?);
        let failed = |source| BarecatError::Io { what: "make the file", source };
        if !replace && fs::symlink_metadata(&path).is_ok() {
            return Err(BarecatError::Clash(
                "there is such a file in the folder already; it is replaced only if that is asked for".to_owned(),
            ));
        }
        let hidden = self.here.join(format!(".atdata-{}.tmp", std::process::id()));
        let mut file = File::create_new(&hidden).map_err(failed)?;
        let written = write(&mut file).and_then(|()| {
            if let Some(time) = metadata.mtime_ns.and_then(time) {
                file.set_modified(time).map_err(failed)?;
            }
            drop(file);
            fs::rename(&hidden, &path).map_err(failed)
        });
        if written.is_err() {
            let _ = fs::remove_file(&hidden);
        }
        written
    }

    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "directories have neither here")]
    pub(super) fn set_dir(&mut self, _: &str, _: Metadata) -> Result<(), BarecatError> {
        Ok(())
    }
}

/// A name that means a file in the directory and nothing else.
fn checked(name: &str) -> Result<&str, BarecatError> {
    if name.contains(['\\', ':']) {
        return Err(BarecatError::Path("it is not extracted: a name with `\\` or `:` leads elsewhere here".to_owned()));
    }
    Ok(name)
}

fn time(nanoseconds: i64) -> Option<SystemTime> {
    let since = Duration::from_nanos(nanoseconds.unsigned_abs());
    if nanoseconds < 0 { SystemTime::UNIX_EPOCH.checked_sub(since) } else { SystemTime::UNIX_EPOCH.checked_add(since) }
}
