//! The AT Protocol network: `atdata login`, `publish`, `ls @handle`, and what goes with them.

mod publish;
mod session;

use std::io;

use atdata::atmosphere::record::EntryRecord;
use atdata::atmosphere::{Atmosphere, Published};
use atdata::store::{LocalStore, copy};
use atdata::{DictSample, Result};
use serde_json::{Value as Json, json};

use crate::args::{NetworkCommand, NetworkLsArgs};
use crate::console::Console;
use crate::json;
use crate::text::Plain;

pub(crate) fn run(command: &NetworkCommand, url: Option<&str>, console: &mut Console) -> io::Result<()> {
    let done = match command {
        NetworkCommand::Login(args) => session::login(args),
        NetworkCommand::Logout => session::logout(),
        NetworkCommand::Whoami { json } => session::whoami(*json),
        NetworkCommand::Publish(args) => publish::publish(args, url, console),
        NetworkCommand::Promote(args) => publish::promote(args, url, console),
        NetworkCommand::Resolve { name, json } => session::with(console, |network, _| resolve(network, name, *json)),
        NetworkCommand::Ls(args) => session::with(console, |network, _| ls(network, args)),
        NetworkCommand::Get { reference, folder, json } => {
            session::with(console, |network, console| get(network, reference, folder, *json, console))
        }
    };
    console.lines(done)
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

fn ls(network: &Atmosphere, args: &NetworkLsArgs) -> Result<Vec<String>> {
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
        let all = network.datasets(account)?;
        all.iter().map(|p| line(&p.uri, &p.cid, &p.record.name, p.record.to_json())).collect()
    })
}

/// Files are called by the dataset and their number: blobs have no names.
fn get(
    network: &Atmosphere,
    reference: &str,
    folder: &str,
    as_json: bool,
    console: &mut Console,
) -> Result<Vec<String>> {
    let entry = network.entry(reference)?;
    let dataset = network.open::<DictSample>(&entry)?;
    let store = LocalStore::new(folder);
    let transfer = console.progress.transfer("receiving");
    let mut lines = Vec::new();
    let (digests, shards) = (entry.record.shard_urls(entry.did())?, dataset.shards());
    for (number, (shard, known)) in shards.iter().zip(digests).enumerate() {
        console.progress.shard(number + 1, shards.len());
        let name = format!("{}-{number:06}.tar", file_name(&entry.record.name));
        let copied = copy(shard, dataset.read_options(), &store, &name, &mut |bytes| transfer.add(bytes))?;
        if let Some(expected) = known.checksum.and_then(|checksum| checksum.as_sha256())
            && expected != copied.sha256_hex()
        {
            atdata::store::Store::remove(&store, &copied.url)?;
            let message = format!("expected the SHA-256 {expected}, found {}", copied.sha256_hex());
            return Err(atdata::Error::new(atdata::ErrorKind::Corrupt, message).with_shard(&shard.redacted()));
        }
        lines.push(if as_json {
            let (to, sha256) = (&copied.url, copied.sha256_hex());
            json::line(&json!({"from": shard.redacted(), "to": to, "bytes": copied.bytes, "sha256": sha256}))
        } else {
            format!("{}  {} bytes", Plain(&copied.url), copied.bytes)
        });
    }
    Ok(lines)
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
    lines.extend(shards.iter().map(|shard| format!("  - {}", Plain(&shard.url))));
    lines
}
