//! Making packs: the contents of all shards of a folder in one file.

use std::collections::BTreeMap;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use super::index::{Indexed, made_or_kept};
use super::{CatalogError, path_of, threads};
use crate::error::{Error, Result};
use crate::shard::{Contents, Names, Pack, PackWriter, modified};
use crate::source::{ReadOptions, Shard};
use crate::store::several;

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
/// [`Shards::pack`](crate::dataset::Shards::pack).
pub(in crate::dataset) fn pack(
    shards: &[Shard],
    options: &ReadOptions,
    at_once: usize,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Packed> {
    let mut folders: BTreeMap<PathBuf, BTreeMap<String, Item>> = BTreeMap::new();
    for shard in shards {
        let path = path_of(shard)?;
        let of_folder = folders.entry(crate::atomic::folder_of(path).to_owned()).or_default();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Error::from(CatalogError::NotText).with_shard(&shard.redacted()))?;
        of_folder.insert(name.to_owned(), Item { path: path.to_owned(), is_given: true, old: None });
    }
    let at_once = if at_once == 0 { threads() } else { at_once };
    let mut packed = Packed::default();
    for (folder, items) in folders {
        let Indexed { made, kept, samples } =
            pack_folder(&folder, items, options, at_once, progress, &mut packed.files)?;
        let all = &mut packed.indexed;
        *all = Indexed { made: all.made + made, kept: all.kept + kept, samples: all.samples + samples };
    }
    Ok(packed)
}

fn pack_folder(
    folder: &Path,
    mut items: BTreeMap<String, Item>,
    options: &ReadOptions,
    at_once: usize,
    progress: &(dyn Fn(u64) + Sync),
    files: &mut Vec<PathBuf>,
) -> Result<Indexed> {
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
    let (made, samples) = (AtomicUsize::new(0), AtomicU64::new(0));
    let work = |item: &Item, _: &mut dyn FnMut(u64)| {
        let before = fs::metadata(&item.path).map_or(0, |data| modified(&data));
        let (contents, is_new) = contents(item, old.as_ref(), options, progress)?;
        let after = fs::metadata(&item.path).map_or(0, |data| modified(&data));
        if item.is_given {
            made.fetch_add(usize::from(is_new), Ordering::Relaxed);
            samples.fetch_add(contents.samples(), Ordering::Relaxed);
        }
        Ok((contents, if before == after { settled(after) } else { 0 }))
    };
    let mut outcome = Ok(());
    several(&items, at_once, work, &mut |_| (), &mut |_, found: Result<(Contents, u64)>| {
        if outcome.is_ok() {
            outcome = found.and_then(|(contents, modified)| writer.push(&contents, modified));
        }
        if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    outcome?;
    files.push(writer.finish()?);
    let (made, given) = (made.into_inner(), items.iter().filter(|item| item.is_given).count());
    Ok(Indexed { made, kept: given - made, samples: samples.into_inner() })
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
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Contents, bool)> {
    let shard = Shard::from_path(&item.path);
    if let Some((pack, at)) = old.zip(item.old) {
        let found = pack.check(at, &shard, options).and_then(|()| pack.contents(at, &|| false));
        match found.and_then(|contents| contents.check(&shard).map(|()| contents)) {
            Ok(contents) => {
                progress(contents.shard_size());
                return Ok((contents, false));
            }
            Err(error) => log::warn!("made anew: {error:#}"),
        }
    }
    made_or_kept(&item.path, options, progress)
}
