//! Writing the indexes of other programs.

use std::path::{Path, PathBuf};

use super::{CatalogError, over_all, path_of, threads};
use crate::error::Result;
use crate::shard::{Exported, IndexFormat};
use crate::source::{ReadOptions, Shard};

/// Writes an index for each shard, or one for all: see [`Shards::export`](crate::dataset::Shards::export).
pub(in crate::dataset) fn export(
    shards: &[Shard],
    options: &ReadOptions,
    format: IndexFormat,
    to: Option<&Path>,
    at_once: usize,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Vec<PathBuf>> {
    if format.is_of_all() && to.is_none() {
        return Err(CatalogError::NoFile.into());
    }
    let paths = shards.iter().map(path_of).collect::<Result<Vec<_>>>()?;
    let at_once = if at_once == 0 { threads() } else { at_once };
    let read = |path: &&Path| -> Result<Exported> {
        let exported = Exported::of(path, format, options)?;
        progress(exported.shard_size());
        Ok(exported)
    };
    #[cfg(any(feature = "json", feature = "barecat"))]
    if let Some(to) = to.filter(|_| format.is_of_all()) {
        let all = over_all(&paths, at_once, read)?;
        let all: Vec<_> = paths.into_iter().zip(all).collect();
        return Ok(vec![match format {
            #[cfg(feature = "barecat")]
            IndexFormat::Barecat => crate::shard::save_over(&all, to)?,
            #[cfg(feature = "json")]
            _ => crate::shard::save_of_all(&all, to)?,
            #[cfg(not(feature = "json"))]
            _ => to.to_path_buf(),
        }]);
    }
    #[cfg(feature = "json")]
    if format == IndexFormat::Energon {
        let saved = over_all(&paths, at_once, |path| {
            let exported = read(path)?;
            Ok((exported.save(path, to, format)?, exported.samples()))
        })?;
        let (mut files, counts): (Vec<_>, Vec<_>) = saved.into_iter().unzip();
        let counted: Vec<_> = paths.into_iter().zip(counts).collect();
        files.push(crate::shard::save_info(&counted, to)?);
        return Ok(files);
    }
    over_all(&paths, at_once, |path| read(path)?.save(path, to, format))
}
