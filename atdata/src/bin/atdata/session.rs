//! The session that commands share: a file that only this account of the machine may read.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use atdata::atmosphere::{Account, Atmosphere, AtmosphereBuilder};
use atdata::{Error, ErrorKind, Result};
use serde_json::{Value as Json, json};

use crate::console::{self, Console};
use crate::json;
use crate::text::Plain;

fn path() -> Result<PathBuf> {
    Ok(atdata::store::home_folder("the session")?.join("session.json"))
}

/// Keeps the session that a handle and an app password begin at these servers.
pub(crate) fn login(handle: &str, password: &str, pds: &str, plc: &str) -> Result<Vec<String>> {
    let network = Atmosphere::builder().pds(pds).plc(plc).login(handle, password)?;
    let (session, path) = (network.export_session()?, path()?);
    let text = text_of(&session, pds, plc);
    locked(&path, || write(&path, &text))?;
    let account = network.whoami().ok_or_else(nobody)?;
    Ok(account_lines(&account))
}

pub(crate) fn logout() -> Result<Vec<String>> {
    let Some(stored) = load()? else { return Err(nobody()) };
    // The file goes in any case: a server that cannot be reached keeps nobody logged in.
    let ended = stored.network.logout();
    let path = path()?;
    locked(&path, || match std::fs::remove_file(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => Ok(removed?),
    })?;
    ended.map(|()| vec!["Logged out.".to_owned()])
}

pub(crate) fn whoami(as_json: bool) -> Result<Vec<String>> {
    let account = load()?.and_then(|stored| stored.network.whoami()).ok_or_else(nobody)?;
    if as_json {
        let object = json!({"did": account.did, "handle": account.handle, "pds": account.pds});
        return Ok(vec![json::line(&object)]);
    }
    Ok(account_lines(&account))
}

fn account_lines(account: &Account) -> Vec<String> {
    vec![format!("{}  {}", Plain(account.handle.as_deref().unwrap_or("(no handle)")), account.did)]
}

fn nobody() -> Error {
    Error::new(ErrorKind::Permission, "nobody is logged in: `atdata login HANDLE` does it")
}

/// Works with the client of the session, or with one that only reads.
pub(crate) fn with<T>(console: &mut Console, work: impl FnOnce(&Atmosphere, &mut Console) -> Result<T>) -> Result<T> {
    let stored = load()?;
    let Some(stored) = stored else {
        let network = anonymous()?;
        console::begin();
        return work(&network, console);
    };
    console::begin();
    let done = work(&stored.network, console);
    // What was done is done, whether or not its tokens can be kept.
    if let Err(error) = path().and_then(|path| stored.keep(&path)) {
        console.warning(&format_args!("the renewed session is not kept, and may have to be begun anew: {error:#}"));
    }
    done
}

/// Works with the client of the session.
pub(crate) fn logged_in<T>(
    console: &mut Console,
    work: impl FnOnce(&Atmosphere, &mut Console) -> Result<T>,
) -> Result<T> {
    with(console, |network, console| if network.whoami().is_some() { work(network, console) } else { Err(nobody()) })
}

/// A client that only reads, of the network that somebody has logged in to, or else of that of the environment.
pub(crate) fn reader() -> Result<Atmosphere> {
    match load()? {
        Some(stored) => Atmosphere::builder().pds(&stored.pds).plc(&stored.plc).anonymous(),
        None => anonymous(),
    }
}

fn anonymous() -> Result<Atmosphere> {
    let builder = Atmosphere::builder();
    let builder = std::env::var("ATDATA_PDS_URL").into_iter().fold(builder, AtmosphereBuilder::pds);
    std::env::var("ATDATA_PLC_URL").into_iter().fold(builder, AtmosphereBuilder::plc).anonymous()
}

/// The session as the file had it, and the client that was made of it.
struct Stored {
    network: Atmosphere,
    pds: String,
    plc: String,
    /// What the file said.
    text: String,
    session: String,
}

impl Stored {
    /// Keeps tokens that are new. What another process has stored since, or removed, stays as it is.
    fn keep(&self, path: &Path) -> Result<()> {
        let Ok(session) = self.network.export_session() else { return Ok(()) };
        if session == self.session {
            return Ok(());
        }
        locked(path, || match std::fs::read_to_string(path) {
            Ok(text) if text == self.text => write(path, &text_of(&session, &self.pds, &self.plc)),
            _ => Ok(()),
        })
    }
}

fn load() -> Result<Option<Stored>> {
    let path = path()?;
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::from(error).with_shard(&path.to_string_lossy())),
    };
    let parsed: Option<Json> = serde_json::from_str(&text).ok();
    let field = |name: &str| parsed.as_ref()?.get(name)?.as_str().map(str::to_owned);
    let (Some(session), Some(pds), Some(plc)) = (field("session"), field("pds"), field("plc")) else {
        let error = Error::new(ErrorKind::Corrupt, "the file of the session is damaged: log in again");
        return Err(error.with_shard(&path.to_string_lossy()));
    };
    let network = Atmosphere::builder().pds(&pds).plc(&plc).session(&session)?;
    // As the client writes it, so that it is seen whether it is another.
    let session = network.export_session()?;
    Ok(Some(Stored { network, pds, plc, text, session }))
}

fn text_of(session: &str, pds: &str, plc: &str) -> String {
    format!("{}\n", json!({"session": session, "pds": pds, "plc": plc}))
}

/// Works while no other process of this program does so.
fn locked<T>(path: &Path, work: impl FnOnce() -> Result<T>) -> Result<T> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let lock = File::options().create(true).truncate(false).write(true).open(path.with_extension("lock"))?;
    lock.lock()?;
    work()
}

/// Whole or not at all, and nobody else's to read at any moment.
fn write(path: &Path, text: &str) -> Result<()> {
    let new = path.with_extension(format!("{}.tmp", std::process::id()));
    // One that a killed process of this number has left.
    std::fs::remove_file(&new).ok();
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.and_then(|()| std::fs::rename(&new, path)).inspect_err(|_| drop(std::fs::remove_file(&new)))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn session(token: &str) -> String {
        format!("alice.test:::did:plc:abcdefghijklmnopqrstuvwx:::{token}:::refresh:::https://pds.example")
    }

    /// What a command has that has read `old`, and whose client has the tokens `new` by now.
    fn stored(old: &str, new: &str) -> Stored {
        let (pds, plc) = ("https://pds.example".to_owned(), "https://plc.example".to_owned());
        let network = Atmosphere::builder().pds(&pds).plc(&plc).session(&session(new)).unwrap();
        Stored { network, text: text_of(&session(old), &pds, &plc), session: session(old), pds, plc }
    }

    #[test]
    fn only_new_tokens_are_kept_and_only_where_nobody_else_has_stored_any() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        let read = || std::fs::read_to_string(&path).unwrap();
        let old = stored("old", "new");
        std::fs::write(&path, &old.text).unwrap();
        old.keep(&path).unwrap();
        assert!(read().contains(":::new:::"), "{}", read());
        // Another command, which has read what was there before, ends last: with its own new tokens, or the old ones.
        stored("old", "other").keep(&path).unwrap();
        stored("old", "old").keep(&path).unwrap();
        assert!(read().contains(":::new:::"), "{}", read());
        // What is as it was is not written again.
        std::fs::write(&path, "untouched").unwrap();
        stored("new", "new").keep(&path).unwrap();
        assert_eq!(read(), "untouched");
    }

    #[test]
    fn a_session_that_was_ended_meanwhile_stays_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("session.json");
        stored("old", "new").keep(&path).unwrap();
        assert!(!path.exists());
    }
}
