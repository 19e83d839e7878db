//! `atdata get`: the shards of a published dataset, into a folder.

use std::ops::ControlFlow;

use atdata::atmosphere::Atmosphere;
use atdata::atmosphere::record::Checksum;
use atdata::source::{Shard, path_to_write};
use atdata::store::{Copied, Copy, LocalStore, copy_all, sha256_of};
use atdata::{DictSample, LoadOptions, ReadOptions, Result};
use serde_json::json;

use crate::console::Console;
use crate::json;
use crate::places::Given;
use crate::text::Plain;

/// Files are called by the dataset and their number: blobs have no names.
pub(super) fn get(
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
    let checksums: Vec<_> = entry.record.shard_urls(entry.did())?.into_iter().map(|shard| shard.checksum).collect();
    let (mut lines, mut wanted) = (Vec::new(), Vec::new());
    for (number, shard) in dataset.shards().iter().enumerate() {
        let name = format!("{}-{number:06}{}", file_name(&entry.record.name), suffix(shard));
        let checksum = checksums.get(number).and_then(Option::as_ref);
        // What an earlier run has got need not come again.
        match checksum.and_then(Checksum::as_sha256).and_then(|sha256| there(&store, &name, &sha256)) {
            Some(there) => lines.push((number, received(shard, &there, "unchanged", as_json))),
            None => wanted.push((number, Copy { shard: shard.clone(), options: dataset.read_options().clone(), name })),
        }
    }
    let (places, copies): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
    let was_there: Vec<_> = copies.iter().map(|copy| store.root().join(&copy.name).exists()).collect();
    // A digest that is known is held against the bytes before the file gets its name.
    copy_all(&copies, &store, &mut |bytes| transfer.add(bytes), &mut |at, done| {
        console.progress.shard(at + 1, copies.len());
        match (done, places.get(at), copies.get(at)) {
            (Ok(done), Some(number), Some(Copy { shard, .. })) => {
                warn_of_unverified(&done, checksums.get(*number).and_then(Option::as_ref), console);
                let what = if was_there.get(at) == Some(&true) { "replaced" } else { "new" };
                lines.push((*number, received(shard, &done, what, as_json)));
                ControlFlow::Continue(())
            }
            (Err(error), ..) => {
                // What is wrong with one shard keeps no other from being received.
                console.error(&format_args!("{error:#}"));
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break(()),
        }
    });
    lines.sort_by_key(|(number, _)| *number);
    Ok(lines.into_iter().map(|(_, line)| line).collect())
}

/// The file of this name, if it has this digest: as it would be copied.
fn there(store: &LocalStore, name: &str, sha256: &str) -> Option<Copied> {
    let path = store.root().join(name);
    let (found, bytes) = sha256_of(&Shard::from_path(&path), &ReadOptions::new(), &mut |_| {}).ok()?;
    let file = Copied::new(path.to_string_lossy(), bytes, found);
    (file.sha256_hex() == sha256).then_some(file)
}

fn received(shard: &Shard, file: &Copied, what: &str, as_json: bool) -> String {
    let (path, bytes) = (&file.url, file.bytes);
    if as_json {
        let sha256 = file.sha256_hex();
        return json::line(
            &json!({"from": shard.redacted(), "to": path, "bytes": bytes, "sha256": sha256, "status": what}),
        );
    }
    let what = if what == "new" { String::new() } else { format!("  ({what})") };
    format!("{}  {bytes} bytes{what}", Plain(path))
}

/// Says of a copy that its record does not tell whether it is the right one.
fn warn_of_unverified(copied: &Copied, checksum: Option<&Checksum>, console: &mut Console) {
    let url = Plain(&copied.url).to_string();
    match checksum {
        Some(checksum) if checksum.as_sha256().is_some() => {}
        Some(checksum) if checksum.algorithm.to_ascii_lowercase().replace('-', "") == "sha256" => {
            let digest = Plain(&checksum.digest).to_string();
            console.error(&format_args!(
                "{url}: not verified: its checksum is `{digest}`, and not a SHA-256 of 64 hexadecimal digits"
            ));
        }
        Some(checksum) => {
            let algorithm = Plain(&checksum.algorithm).to_string();
            console.error(&format_args!("{url}: not verified: its checksum is of `{algorithm}`, and not a SHA-256"));
        }
        None => console.error(&format_args!("{url}: not verified: its record has no checksum")),
    }
}

/// How the name of a copy ends; a blob does not say.
fn suffix(shard: &Shard) -> &'static str {
    atdata::source::shard_suffix(&shard.redacted().to_ascii_lowercase()).unwrap_or(".tar")
}

/// A name that every file system takes; the dataset's is somebody else's.
fn file_name(name: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
    let name: String = name.chars().take(60).map(kept).collect();
    if name.trim_matches('_').is_empty() { "data".to_owned() } else { name }
}
