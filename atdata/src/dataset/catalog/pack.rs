//! Making packs: the contents of all shards of a folder in one file.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::index::{IndexOptions, Indexed, is_older, made_or_kept};
use super::{CatalogError, path_of};
use crate::error::{Error, Result};
use crate::shard::{Contents, Names, Pack, PackWriter, modified};
use crate::source::{ReadOptions, Shard};
use crate::store::{PACK, several};

/// Nanoseconds within which file systems may give two writes the same time.
const TICK: u128 = 20_000_000;

/// What [`Shards::pack`](crate::dataset::Shards::pack) did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Packed {
    /// Of the shards that were given.
    pub indexed: Indexed,
    /// The packs, one for each folder that the shards are in.
    pub files: Vec<PathBuf>,
}

/// A shard of a pack.
struct Item {
    path: PathBuf,
    /// Whether it was given, or is in the pack that there is.
    is_given: bool,
    /// Its place in the pack that there is.
    old: Option<usize>,
}

/// Makes the contents of all shards that have none, or stale ones, and keeps them in a file for each folder: see
/// [`Shards::pack_with`](crate::dataset::Shards::pack_with). Where nobody takes what is wrong with a shard, that is the end.
pub(in crate::dataset) fn pack(
    shards: &[Shard],
    options: &ReadOptions,
    how: IndexOptions,
    progress: &(dyn Fn(u64) + Sync),
    mut bad: Option<&mut dyn FnMut(Error)>,
) -> Result<Packed> {
    let mut folders: BTreeMap<PathBuf, BTreeMap<String, Item>> = BTreeMap::new();
    for shard in shards {
        let path = path_of(shard)?;
        let of_folder = folders.entry(crate::atomic::folder_of(path).to_owned()).or_default();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Error::from(CatalogError::NotText).with_shard(&shard.redacted()))?;
        of_folder.insert(name.to_owned(), Item { path: path.to_owned(), is_given: true, old: None });
    }
    let mut packed = Packed::default();
    for (folder, items) in folders {
        let bad = bad.as_mut().map(|bad| &mut **bad as &mut dyn FnMut(Error));
        let (indexed, file) = pack_folder(&folder, items, options, how, progress, bad)?;
        packed.indexed += indexed;
        packed.files.extend(file);
    }
    Ok(packed)
}

fn pack_folder(
    folder: &Path,
    mut items: BTreeMap<String, Item>,
    options: &ReadOptions,
    how: IndexOptions,
    progress: &(dyn Fn(u64) + Sync),
    mut bad: Option<&mut dyn FnMut(Error)>,
) -> Result<(Indexed, Option<PathBuf>)> {
    let old = Pack::in_folder(folder).unwrap_or_else(|error| {
        log::warn!("made anew: {error:#}");
        None
    });
    if let Some((pack, names)) = &old {
        add_old(folder, &mut items, pack, names, options);
    }
    let old = old.map(|(pack, _)| pack);
    let mut writer = PackWriter::create(folder, items.keys().map(String::as_str))?;
    let items: Vec<Item> = items.into_values().collect();
    let work = |item: &Item, _: &mut dyn FnMut(u64)| {
        let before = fs::metadata(&item.path).map_or(0, |data| modified(&data));
        let (contents, is_new) = contents(item, old.as_ref(), options, how, progress)?;
        let after = fs::metadata(&item.path).map_or(0, |data| modified(&data));
        Ok((contents, is_new, if before == after { settled(after) } else { 0 }))
    };
    let (mut outcome, mut indexed) = (Ok(()), Indexed::default());
    several(&items, how.at_once(), work, &mut |_| (), &mut |number, found: Result<(Contents, bool, u64)>| {
        let is_given = items.get(number).is_some_and(|item| item.is_given);
        match (found, &mut bad) {
            (Ok((contents, is_new, modified)), _) if outcome.is_ok() => {
                outcome = writer.push(&contents, modified);
                if is_given {
                    indexed.add(contents.samples(), is_new);
                }
            }
            (Err(error), Some(bad)) if outcome.is_ok() => {
                writer.leave_out();
                indexed.failed += usize::from(is_given);
                bad(error);
            }
            (Err(error), None) if outcome.is_ok() => outcome = Err(error),
            _ => {}
        }
        if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    outcome?;
    // Where all are bad what there is says as much.
    let is_of_any = writer.has_any();
    let file = is_of_any.then(|| writer.finish()).transpose()?;
    Ok((indexed, file))
}

/// A time that says when a file was changed: of one that was just written it may be that of the next write as well.
fn settled(modified: u64) -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_nanos());
    if u128::from(modified) + TICK < now { modified } else { 0 }
}

/// The other shards of the pack that there is, which stay in it as long as they are what they were.
fn add_old(folder: &Path, items: &mut BTreeMap<String, Item>, pack: &Pack, names: &Names, options: &ReadOptions) {
    for (at, name) in names.iter().enumerate() {
        if let Some(item) = items.get_mut(name) {
            item.old = Some(at);
            continue;
        }
        let path = folder.join(name);
        // Such as `C:` on Windows, which is another place.
        let is_here = path.parent() == Some(folder) && path.file_name().is_some_and(|own| own == name);
        match pack.check(at, &Shard::from_path(&path), options) {
            Ok(()) if is_here => {
                items.insert(name.to_owned(), Item { path, is_given: false, old: Some(at) });
            }
            Ok(()) => {}
            Err(error) => log::info!("left out of the pack: {error:#}"),
        }
    }
}

/// The contents of a shard, and whether they had to be made.
fn contents(
    item: &Item,
    old: Option<&Pack>,
    options: &ReadOptions,
    how: IndexOptions,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Contents, bool)> {
    let shard = Shard::from_path(&item.path);
    // Others are what the pack says, unless their size or ends tell of another.
    let is_changed = || item.is_given && is_older(&item.path.with_file_name(PACK), &item.path);
    if let Some((pack, at)) = old.zip(item.old).filter(|_| !how.is_anew() && !is_changed()) {
        let found = pack.check(at, &shard, options).and_then(|()| pack.contents(at, &|| false));
        match found.and_then(|contents| contents.check(&shard).map(|()| contents)) {
            Ok(contents) => {
                progress(contents.shard_size());
                return Ok((contents, false));
            }
            Err(error) => log::warn!("made anew: {error:#}"),
        }
    }
    made_or_kept(&item.path, options, how, progress)
}
