//! `atdata barecat remove`, `rename`, `defrag`, `merge`, `subset` and `reshard`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use atdata::barecat::{
    Added, Archive, CopyOptions, CreateOptions, DefragOptions, Defragmented, Node, Pattern, Writer, defrag,
};
use atdata::{Error, ErrorKind, Result};
use serde_json::json;

use super::put::{Exclude, print_added};
use crate::args::{
    BarecatMergeArgs, BarecatReshardArgs, BarecatSubsetArgs, CopyArgs, DefragArgs, RemoveArgs, RenameArgs,
};
use crate::console::Console;
use crate::json;
use crate::place::destination;
use crate::progress::Transfer;
use crate::text::Plain;

pub(super) fn remove(args: &RemoveArgs, console: &mut Console) -> io::Result<()> {
    // All or none: they are committed together.
    let removed = Writer::append(&args.archive).and_then(|writer| {
        let mut writer = writer.checkpoint_every(u64::MAX);
        for path in &args.paths {
            if args.recursive { writer.remove_all(path)? } else { writer.remove(path)? }
        }
        writer.finish()
    });
    match removed {
        Err(error) => console.error(&format_args!("{error:#}")),
        Ok(Added { removed, .. }) if args.json => {
            writeln!(console.out(), "{}", json::line(&json!({"removed": removed})))?;
        }
        Ok(Added { removed, .. }) => {
            writeln!(console.out(), "{removed} files were removed; `defrag` gives their bytes back.")?;
        }
    }
    Ok(())
}

pub(super) fn rename(args: &RenameArgs, console: &mut Console) -> io::Result<()> {
    let renamed = Writer::append(&args.archive).and_then(|mut writer| {
        writer.rename(&args.old, &args.new)?;
        writer.finish()
    });
    match renamed {
        Ok(_) => writeln!(console.out(), "{} is {} now.", Plain(&args.old), Plain(&args.new)),
        Err(error) => {
            console.error(&format_args!("{error:#}"));
            Ok(())
        }
    }
}

pub(super) fn defragment(args: &DefragArgs, console: &mut Console) -> io::Result<()> {
    let transfer = console.progress.transfer("moving");
    let done = defrag(&args.archive, &DefragOptions::new().dry_run(args.dry_run), &mut |bytes| transfer.add(bytes));
    console.progress.clear();
    match done {
        Err(error) => {
            console.error(&format_args!("{error:#}"));
            Ok(())
        }
        Ok(Defragmented { moved, moved_bytes, gaps, freed, .. }) if args.json => {
            let line = json!({"gaps": gaps, "moved": moved, "moved_bytes": moved_bytes, "freed": freed});
            writeln!(console.out(), "{}", json::line(&line))
        }
        Ok(done) if args.dry_run => writeln!(console.out(), "{} bytes of the shards are in no file.", done.gaps),
        Ok(done) => writeln!(console.out(), "{} files were moved, and {} bytes are free.", done.moved, done.freed),
    }
}

/// What is copied of an archive.
struct Chosen {
    pattern: Option<Pattern>,
    excluded: Vec<Exclude>,
}

impl Chosen {
    fn new(args: &CopyArgs) -> Self {
        let pattern = args.pattern.as_deref().map(Pattern::new);
        Self { pattern, excluded: args.exclude.iter().map(|pattern| Exclude::new(pattern)).collect() }
    }

    /// Whether it is copied, whose bytes then count.
    fn takes(&self, node: &Node, transfer: &Transfer) -> bool {
        let is_meant = self.is_meant(node);
        if is_meant && !node.is_dir() {
            transfer.add(node.size());
        }
        is_meant
    }

    fn is_meant(&self, node: &Node) -> bool {
        let path = node.path();
        // Of a pattern directories come along with their files.
        if self.pattern.as_ref().is_some_and(|pattern| node.is_dir() || !pattern.matches(path)) {
            return false;
        }
        let is_out = |path: &str, is_dir| self.excluded.iter().any(|exclude| exclude.matches(path, is_dir));
        let mut above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        !is_out(path, node.is_dir()) && !above.any(|dir| is_out(dir, true))
    }
}

/// Begins the archive that is copied to.
fn begin(args: &CopyArgs, append: bool) -> Result<Writer> {
    let output = destination(&args.output)?;
    if append {
        match Writer::append(&output) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            opened => return opened,
        }
    }
    let mut options = CreateOptions::new().replace(args.force);
    if let Some(limit) = args.shard_size_limit {
        options = options.shard_size_limit(limit);
    }
    Writer::create_with(output, &options)
}

pub(super) fn merge(args: &BarecatMergeArgs, console: &mut Console) -> io::Result<()> {
    let merged = merge_all(args, console);
    print_added(merged, args.copy.json, console)
}

fn merge_all(args: &BarecatMergeArgs, console: &mut Console) -> Result<Added> {
    // What is not there is known before anything is written.
    let archives = args.archives.iter().map(Archive::open).collect::<Result<Vec<_>>>()?;
    apart(&archives, &args.copy.output)?;
    let (chosen, transfer) = (Chosen::new(&args.copy), console.progress.transfer("merging"));
    let mut writer = begin(&args.copy, args.append)?;
    for archive in &archives {
        let mut prefix = args.prefix.clone().unwrap_or_default();
        if args.as_subdirs {
            let stem = archive.path().file_stem().unwrap_or_default().to_str().ok_or_else(|| {
                let text =
                    format!("the name of \"{}\" is no UTF-8, which paths of an archive are", archive.path().display());
                Error::new(ErrorKind::InvalidInput, text)
            })?;
            prefix = if prefix.is_empty() { stem.to_owned() } else { format!("{prefix}/{stem}") };
        }
        let options = CopyOptions::new().prefix(&prefix).skip_existing(args.ignore_duplicates);
        writer.add_archive(archive, &options, &mut |node| chosen.takes(node, &transfer))?;
    }
    writer.finish()
}

/// That none of what is read is written to.
fn apart(archives: &[Archive], output: &Path) -> Result<()> {
    let real = |path: &Path| path.canonicalize().ok();
    let output_is = real(output);
    match archives.iter().find(|archive| output_is.is_some() && real(archive.path()) == output_is) {
        None => Ok(()),
        Some(archive) => {
            let text =
                format!("\"{}\" would be read and written at once: name another output", archive.path().display());
            Err(Error::new(ErrorKind::InvalidInput, text))
        }
    }
}

pub(super) fn subset(args: &BarecatSubsetArgs, console: &mut Console) -> io::Result<()> {
    let transfer = console.progress.transfer("copying");
    let chosen = Chosen::new(&args.copy);
    let copied = Archive::open(&args.archive).and_then(|archive| {
        apart(std::slice::from_ref(&archive), &args.copy.output)?;
        let mut writer = begin(&args.copy, false)?;
        writer.add_archive(&archive, &CopyOptions::new(), &mut |node| chosen.takes(node, &transfer))?;
        writer.finish()
    });
    print_added(copied, args.copy.json, console)
}

pub(super) fn reshard(args: &BarecatReshardArgs, console: &mut Console) -> io::Result<()> {
    let transfer = console.progress.transfer("copying");
    let resharded = whole(&args.archive).and_then(|path| {
        let options = CreateOptions::new().shard_size_limit(args.shard_size_limit).replace(true);
        // The lock first: what is read then is what is replaced.
        let mut writer = Writer::create_with(&path, &options)?;
        let archive = Archive::open(&path)?;
        writer.add_archive(&archive, &CopyOptions::new(), &mut |node| {
            transfer.add(if node.is_dir() { 0 } else { node.size() });
            true
        })?;
        drop(archive);
        writer.finish()
    });
    print_added(resharded, args.json, console)
}

/// The archive, if it is one whose shards are its own: over tar archives they stay what they are.
fn whole(path: &Path) -> Result<PathBuf> {
    Archive::open(path)?;
    defrag(path, &DefragOptions::new().dry_run(true), &mut |_| ())?;
    Ok(path.to_owned())
}
