//! Indexes in JSON: those of webshart and wids.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::{ImportError, ImportFormat, Index, LEEWAY, Named, check_places};
use crate::error::{Printable, Result};
use crate::shard::export::Listing;

/// What the index of wids may have, which is of all shards.
const MOST_OF_WIDS: u64 = 32 << 20;

/// What an entry of webshart has beside the name of its file, with whatever others add to it.
const ENTRY: u64 = 256;

/// What the index of webshart may have: a letter of a name may be six in JSON.
pub(super) fn most_of(listing: &Listing) -> u64 {
    let entries = listing.files.iter().map(|file| 6 * file.name.len() as u64 + ENTRY);
    entries.fold(LEEWAY, u64::saturating_add)
}

fn object(index: &Index) -> Result<Map<String, Value>, ImportError> {
    match serde_json::from_slice(&index.bytes) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(index.no_form("expected a JSON object")),
        Err(error) => Err(index.no_form(format!("expected JSON: {error}"))),
    }
}

fn number(of: &Value, name: &str) -> Option<u64> {
    of.get(name)?.as_u64()
}

/// Of webshart: the place of each file.
pub(super) fn check_files(index: &Index, listing: &Listing) -> Result<(), ImportError> {
    let object = object(index)?;
    let Some(Value::Object(files)) = object.get("files") else {
        return Err(index.no_form("expected `files`, an object"));
    };
    if let Some(size) = object.get("filesize").filter(|size| size.as_u64() != Some(listing.size)) {
        return Err(index.stale(format!("which has {} bytes, and {size} in the index", listing.size)));
    }
    let named = files.iter().map(|(name, place)| {
        let (offset, size) = (number(place, "offset"), number(place, "length"));
        let missing = || index.no_form(format!("expected `offset` and `length` of \"{}\"", Printable(name)));
        Ok(Named { name, offset: offset.ok_or_else(missing)?, size: size.ok_or_else(missing)? })
    });
    let named = named.collect::<Result<Vec<_>, ImportError>>()?;
    check_places(named.into_iter(), listing, |name, member| name == member).map_err(|what| index.stale(what))
}

/// The index of wids.
#[derive(Debug)]
pub(super) struct Wids {
    path: String,
    shards: Vec<OfWids>,
    /// Which is that of a file: by its whole path, and by its name if no other has that.
    by_path: HashMap<PathBuf, usize>,
    by_name: HashMap<OsString, Option<usize>>,
}

#[derive(Debug)]
struct OfWids {
    samples: u64,
    size: Option<u64>,
}

impl Wids {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let index = Index::read(ImportFormat::Wids, path, MOST_OF_WIDS)?;
        let object = object(&index)?;
        let Some(Value::Array(list)) = object.get("shardlist") else {
            return Err(index.no_form("expected `shardlist`, an array").into());
        };
        let folder = crate::atomic::folder_of(path);
        let shards = list.iter().enumerate().map(|(at, shard)| {
            let url = shard.get("url").and_then(Value::as_str);
            let missing = || index.no_form(format!("expected `url` and `nsamples` of shard {at}"));
            // Seen from the folder of the index; of a URL it is one that is nowhere.
            let path = folder.join(url.ok_or_else(missing)?);
            let of =
                OfWids { samples: number(shard, "nsamples").ok_or_else(missing)?, size: number(shard, "filesize") };
            Ok((path, of))
        });
        let shards = shards.collect::<Result<Vec<_>, ImportError>>()?;
        let (mut by_path, mut by_name) = (HashMap::new(), HashMap::new());
        for (at, (path, _)) in shards.iter().enumerate() {
            if let Ok(whole) = std::path::absolute(path) {
                by_path.entry(whole).or_insert(at);
            }
            if let Some(name) = path.file_name() {
                by_name.entry(name.to_owned()).and_modify(|only| *only = None).or_insert(Some(at));
            }
        }
        let shards = shards.into_iter().map(|(_, of)| of).collect();
        Ok(Self { path: path.to_string_lossy().into_owned(), shards, by_path, by_name })
    }

    /// By how many samples it has, and its size.
    pub(super) fn check(&self, shard: &Path, listing: &Listing) -> Result<(), ImportError> {
        let stale = |what: String| ImportError::Stale { path: self.path.clone(), what };
        let of = self.of(shard).ok_or_else(|| stale("which is not in the index".to_owned()))?;
        if let Some(size) = of.size.filter(|size| *size != listing.size) {
            return Err(stale(format!("which has {} bytes, and {size} in the index", listing.size)));
        }
        let (samples, found) = (of.samples, listing.of_wids as u64);
        if samples != found {
            return Err(stale(format!("in which wids counts {found} samples, and {samples} in the index")));
        }
        Ok(())
    }

    /// The entry of a file: of that path, or the only one of that name, where the index has URLs, or was moved.
    fn of(&self, shard: &Path) -> Option<&OfWids> {
        let by_path = std::path::absolute(shard).ok().and_then(|whole| self.by_path.get(&whole));
        let by_name = || self.by_name.get(shard.file_name()?).copied().flatten();
        self.shards.get(by_path.copied().or_else(by_name)?)
    }
}
