//! The AT Protocol network: `atdata login`, `publish`, `ls @handle`, and what goes with them.

mod get;
mod publish;

use std::io::{self, BufRead, IsTerminal};

use atdata::Result;
use atdata::atmosphere::record::EntryRecord;
use atdata::atmosphere::{Atmosphere, Published};
use serde_json::{Value as Json, json};

use crate::args::{LoginArgs, NetworkCommand, NetworkLsArgs};
use crate::console::Console;
use crate::places::Given;
use crate::secrets::Secrets;
use crate::text::Plain;
use crate::{json, session};

pub(crate) fn run(command: &NetworkCommand, given: Given<'_>, console: &mut Console) -> io::Result<()> {
    let done = match command {
        NetworkCommand::Login(args) => login(args),
        NetworkCommand::Logout => session::logout(),
        NetworkCommand::Whoami { json } => session::whoami(*json),
        NetworkCommand::Publish(args) => publish::publish(args, given, console),
        NetworkCommand::Promote(args) => publish::promote(args, given, console),
        NetworkCommand::Resolve { name, show_secrets, json } => {
            let secrets = Secrets::shown(*show_secrets);
            checked(name).and_then(|()| session::with(console, |network, _| resolve(network, name, secrets, *json)))
        }
        NetworkCommand::Ls(args) => session::with(console, |network, console| ls(network, args, console)),
        NetworkCommand::Get { reference, folder, json } => checked(reference).and_then(|()| {
            session::with(console, |network, console| get::get(network, reference, folder, *json, given, console))
        }),
    };
    console.lines(done)
}

/// Fails for what is neither the reference of a dataset nor the name of an account, before anybody is asked.
fn checked(name: &str) -> Result<()> {
    name.parse::<atdata::index::Reference>().map(drop)
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

fn resolve(network: &Atmosphere, name: &str, secrets: Secrets, as_json: bool) -> Result<Vec<String>> {
    if name.starts_with("at://") || name.strip_prefix('@').is_some_and(|rest| rest.contains('/')) {
        let entry = network.entry(name)?;
        return Ok(if as_json { vec![json::line(&entry_json(&entry, secrets))] } else { entry_lines(&entry, secrets) });
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
    let secrets = Secrets::shown(args.show_secrets);
    let line = |uri: &dyn std::fmt::Display, cid: &str, name: &str, record: Json| {
        if args.json {
            json::line(&json!({"uri": uri.to_string(), "cid": cid, "record": secrets.json(record)}))
        } else {
            format!("{}  {uri}", Plain(&secrets.text(name)))
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

fn entry_json(entry: &Published<EntryRecord>, secrets: Secrets) -> Json {
    json!({"uri": entry.uri.to_string(), "cid": entry.cid, "record": secrets.json(entry.record.to_json())})
}

fn entry_lines(entry: &Published<EntryRecord>, secrets: Secrets) -> Vec<String> {
    let record = &entry.record;
    let mut lines = vec![
        format!("Name:     {}", Plain(&secrets.text(&record.name))),
        format!("URI:      {}", entry.uri),
        format!("CID:      {}", Plain(&entry.cid)),
        format!("Schema:   {}", Plain(&record.schema_ref)),
        format!("Shards:   {} ({})", record.storage.len(), record.storage.kind()),
    ];
    let shards = record.shard_urls(entry.did()).unwrap_or_default();
    lines.extend(shards.iter().map(|shard| format!("  - {}", Plain(&secrets.url(&shard.url)))));
    lines
}
