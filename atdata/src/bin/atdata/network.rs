//! The AT Protocol network: `atdata login`, `publish`, `ls @handle`, and what goes with them.

mod publish;

use std::io::{self, BufRead, IsTerminal};

use atdata::atmosphere::record::{Checksum, EntryRecord};
use atdata::atmosphere::{Atmosphere, Published};
use atdata::source::{Shard, path_to_write};
use atdata::store::{Copied, LocalStore, copy};
use atdata::{DictSample, LoadOptions, Result};
use serde_json::{Value as Json, json};

use crate::args::{LoginArgs, NetworkCommand, NetworkLsArgs};
use crate::console::Console;
use crate::places::Given;
use crate::text::Plain;
use crate::{json, session};

pub(crate) fn run(command: &NetworkCommand, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let done = match command {
        NetworkCommand::Login(args) => login(args),
        NetworkCommand::Logout => session::logout(),
        NetworkCommand::Whoami { json } => session::whoami(*json),
        NetworkCommand::Publish(args) => publish::publish(args, given, console),
        NetworkCommand::Promote(args) => publish::promote(args, given, console),
        NetworkCommand::Resolve { name, json } => session::with(console, |network, _| resolve(network, name, *json)),
        NetworkCommand::Ls(args) => session::with(console, |network, console| ls(network, args, console)),
        NetworkCommand::Get { reference, folder, json } => {
            session::with(console, |network, console| get(network, reference, folder, *json, given, console))
        }
    };
    console.lines(done)
}

fn login(args: &LoginArgs) -> Result<Vec<String>> {
    let password = password(args)?;
    let handle = args.handle.strip_prefix('@').unwrap_or(&args.handle);
    session::login(handle, password.trim_end_matches(['\r', '\n']), &args.pds, &args.plc)
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

fn resolve(network: &Atmosphere, name: &str, as_json: bool) -> Result<Vec<String>> {
    if name.starts_with("at://") || name.strip_prefix('@').is_some_and(|rest| rest.contains('/')) {
        let entry = network.entry(name)?;
        return Ok(if as_json { vec![json::line(&entry_json(&entry))] } else { entry_lines(&entry) });
    }
    let account = network.resolve(name.strip_prefix('@').unwrap_or(name))?;
    if as_json {
        let object = json!({"did": account.did, "handle": account.handle, "pds": account.pds});
        return Ok(vec![json::line(&object)]);
    }
    let handle = account.handle.as_deref().unwrap_or("none");
    Ok(vec![
        format!("DID:     {}", account.did),
        format!("Handle:  {}", Plain(handle)),
        format!("Server:  {}", account.pds),
    ])
}

fn ls(network: &Atmosphere, args: &NetworkLsArgs, console: &mut Console) -> Result<Vec<String>> {
    let account = args.account.strip_prefix('@').unwrap_or(&args.account);
    let line = |uri: &dyn std::fmt::Display, cid: &str, name: &str, record: Json| {
        if args.json {
            json::line(&json!({"uri": uri.to_string(), "cid": cid, "record": record}))
        } else {
            format!("{}  {uri}", Plain(name))
        }
    };
    Ok(if args.schemas {
        let name = |schema: &atdata::SchemaRecord| format!("{}@{}", schema.schema.name, schema.schema.version);
        let all = network.schemas(account)?;
        all.iter().map(|p| line(&p.uri, &p.cid, &name(&p.record), p.record.to_local())).collect()
    } else if args.labels {
        let all = network.labels(account)?;
        let name = |label: &atdata::atmosphere::record::LabelRecord| match &label.version {
            Some(version) => format!("{}@{version}", label.name),
            None => label.name.clone(),
        };
        all.iter().map(|p| line(&p.uri, &p.cid, &name(&p.record), p.record.to_json())).collect()
    } else if args.lenses {
        let all = network.lenses(account)?;
        all.iter().map(|p| line(&p.uri, &p.cid, &p.record.name, p.record.to_json())).collect()
    } else {
        let (all, unreadable) = network.listing(account)?;
        for error in &unreadable {
            console.error(&format_args!("a dataset cannot be read, and is left out: {error:#}"));
        }
        all.iter().map(|p| line(&p.uri, &p.cid, &p.record.name, p.record.to_json())).collect()
    })
}

/// Files are called by the dataset and their number: blobs have no names.
fn get(
    network: &Atmosphere,
    reference: &str,
    folder: &str,
    as_json: bool,
    given: Given<'_>,
    console: &mut Console,
) -> Result<Vec<String>> {
    let entry = network.entry(reference)?;
    let loader = LoadOptions::new().atmosphere(network).schemes(given.schemes.unwrap_or_default()).check_schema(false);
    let dataset = loader.load_all::<DictSample>(&entry.uri.to_string())?;
    let store = LocalStore::new(path_to_write(folder)?);
    let transfer = console.progress.transfer("receiving");
    let mut lines = Vec::new();
    let (digests, shards) = (entry.record.shard_urls(entry.did())?, dataset.shards());
    for (number, (shard, known)) in shards.iter().zip(digests).enumerate() {
        console.progress.shard(number + 1, shards.len());
        let name = format!("{}-{number:06}{}", file_name(&entry.record.name), suffix(shard));
        // A digest that is known is held against the bytes before the file gets its name.
        let copied = copy(shard, dataset.read_options(), &store, &name, &mut |bytes| transfer.add(bytes))?;
        warn_of_unverified(&copied, known.checksum.as_ref(), console);
        lines.push(if as_json {
            let (to, sha256) = (&copied.url, copied.sha256_hex());
            json::line(&json!({"from": shard.redacted(), "to": to, "bytes": copied.bytes, "sha256": sha256}))
        } else {
            format!("{}  {} bytes", Plain(&copied.url), copied.bytes)
        });
    }
    Ok(lines)
}

/// Says of a copy that its record does not tell whether it is the right one.
fn warn_of_unverified(copied: &Copied, checksum: Option<&Checksum>, console: &mut Console) {
    let url = Plain(&copied.url).to_string();
    match checksum {
        Some(checksum) if checksum.as_sha256().is_some() => {}
        Some(checksum) => {
            let algorithm = Plain(&checksum.algorithm).to_string();
            console.error(&format_args!("{url}: not verified: its checksum is of `{algorithm}`, and not a SHA-256"));
        }
        None => console.warning(&format_args!("{url}: not verified: its record has no checksum")),
    }
}

/// How the name of a copy ends; a blob does not say.
fn suffix(shard: &Shard) -> &'static str {
    const COMPRESSED: [&str; 5] = [".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tgz"];
    let name = shard.redacted().to_ascii_lowercase();
    COMPRESSED.into_iter().find(|suffix| name.ends_with(suffix)).unwrap_or(".tar")
}

/// A name that every file system takes; the dataset's is somebody else's.
fn file_name(name: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
    let name: String = name.chars().take(60).map(kept).collect();
    if name.trim_matches('_').is_empty() { "data".to_owned() } else { name }
}

fn entry_json(entry: &Published<EntryRecord>) -> Json {
    json!({"uri": entry.uri.to_string(), "cid": entry.cid, "record": entry.record.to_json()})
}

fn entry_lines(entry: &Published<EntryRecord>) -> Vec<String> {
    let record = &entry.record;
    let mut lines = vec![
        format!("Name:     {}", Plain(&record.name)),
        format!("URI:      {}", entry.uri),
        format!("CID:      {}", Plain(&entry.cid)),
        format!("Schema:   {}", Plain(&record.schema_ref)),
        format!("Shards:   {} ({})", record.storage.len(), record.storage.kind()),
    ];
    let shards = record.shard_urls(entry.did()).unwrap_or_default();
    lines.extend(shards.iter().map(|shard| format!("  - {}", Plain(&atdata::source::without_secrets(&shard.url)))));
    lines
}
