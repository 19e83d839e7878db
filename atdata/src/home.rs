//! The home folder `~/.atdata`: an account's own index and shards are there where nothing else is said, as Python's
//! are.

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

/// `~/.atdata`; `what` is for the error.
pub(crate) fn folder(what: &'static str) -> Result<PathBuf> {
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    Ok(home.ok_or(NoHome { what })?.join(".atdata"))
}
