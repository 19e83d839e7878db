//! The home folder, and `~/.atdata` in it: where the index, shards and session of an account are, as Python has them.

use std::path::PathBuf;

use crate::error::{Cause, ErrorKind, Result};

#[derive(Debug, thiserror::Error)]
#[error("this account has no home folder to keep {what} in: set HOME, or name a place")]
struct NoHome {
    what: &'static str,
}

impl Cause for NoHome {
    fn kind(&self) -> ErrorKind {
        ErrorKind::NotFound
    }
}

/// The home folder of this account, if it has one. An empty `HOME` says that it has none: `.atdata` would be made in the
/// working folder, as Python makes it in `/`, or where the system's list of accounts says, which nobody named.
pub(crate) fn home() -> Option<PathBuf> {
    if cfg!(unix) && std::env::var_os("HOME").is_some_and(|home| home.is_empty()) {
        return None;
    }
    std::env::home_dir().filter(|home| !home.as_os_str().is_empty())
}

/// `~/.atdata`, the folder that an account's own index, shards and session are in; `what` is to be kept there, for the
/// error.
///
/// # Errors
/// [`NotFound`](ErrorKind::NotFound) for an account without a home folder.
pub fn home_folder(what: &'static str) -> Result<PathBuf> {
    Ok(home().ok_or(NoHome { what })?.join(".atdata"))
}
