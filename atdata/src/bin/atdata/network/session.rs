//! The session that commands share: a file that only this account of the machine may read.

use std::fs::File;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;

use atdata::atmosphere::{Account, Atmosphere, AtmosphereBuilder};
use atdata::{Error, ErrorKind, Result};
use serde_json::{Value as Json, json};

use crate::args::LoginArgs;
use crate::json;
use crate::text::Plain;

fn path() -> Result<PathBuf> {
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty());
    let home = home.ok_or_else(|| Error::new(ErrorKind::NotFound, "this account has no home folder: set HOME"))?;
    Ok(home.join(".atdata").join("session.json"))
}

pub(super) fn login(args: &LoginArgs) -> Result<Vec<String>> {
    let password = password(args)?;
    let handle = args.handle.strip_prefix('@').unwrap_or(&args.handle);
    let network =
        Atmosphere::builder().pds(&args.pds).plc(&args.plc).login(handle, password.trim_end_matches(['\r', '\n']))?;
    save(&network, &args.pds, &args.plc)?;
    let account = network.whoami().ok_or_else(nobody)?;
    Ok(account_lines(&account))
}

fn password(args: &LoginArgs) -> Result<String> {
    if args.password_stdin || !std::io::stdin().is_terminal() {
        if let (false, Ok(password)) = (args.password_stdin, std::env::var("ATDATA_PASSWORD")) {
            return Ok(password);
        }
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        return Ok(line);
    }
    match std::env::var("ATDATA_PASSWORD") {
        Ok(password) => Ok(password),
        Err(_) => Ok(rpassword::prompt_password("App password: ")?),
    }
}

pub(super) fn logout() -> Result<Vec<String>> {
    let Some((network, ..)) = load()? else { return Err(nobody()) };
    // The file goes in any case: a server that cannot be reached keeps nobody logged in.
    let ended = network.logout();
    std::fs::remove_file(path()?)?;
    ended.map(|()| vec!["Logged out.".to_owned()])
}

pub(super) fn whoami(as_json: bool) -> Result<Vec<String>> {
    let account = load()?.and_then(|(network, ..)| network.whoami()).ok_or_else(nobody)?;
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
pub(super) fn with<T>(work: impl FnOnce(&Atmosphere) -> Result<T>) -> Result<T> {
    match load()? {
        Some((network, pds, plc)) => {
            let done = work(&network);
            // Its tokens may be new ones.
            save(&network, &pds, &plc)?;
            done
        }
        None => work(&anonymous()?),
    }
}

/// Works with the client of the session.
pub(super) fn logged_in<T>(work: impl FnOnce(&Atmosphere) -> Result<T>) -> Result<T> {
    with(|network| if network.whoami().is_some() { work(network) } else { Err(nobody()) })
}

fn anonymous() -> Result<Atmosphere> {
    let builder = Atmosphere::builder();
    let builder = std::env::var("ATDATA_PDS_URL").into_iter().fold(builder, AtmosphereBuilder::pds);
    std::env::var("ATDATA_PLC_URL").into_iter().fold(builder, AtmosphereBuilder::plc).anonymous()
}

fn load() -> Result<Option<(Atmosphere, String, String)>> {
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
    Ok(Some((network, pds, plc)))
}

/// Whole or not at all, and nobody else's to read at any moment.
fn save(network: &Atmosphere, pds: &str, plc: &str) -> Result<()> {
    let Ok(session) = network.export_session() else { return Ok(()) };
    let path = path()?;
    let new = path.with_extension(format!("{}.tmp", std::process::id()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&new)?;
    let written =
        writeln!(file, "{}", json!({"session": session, "pds": pds, "plc": plc})).and_then(|()| file.sync_all());
    written.and_then(|()| std::fs::rename(&new, &path)).inspect_err(|_| drop(std::fs::remove_file(&new)))?;
    Ok(())
}
