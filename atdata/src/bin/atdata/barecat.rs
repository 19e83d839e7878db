//! `atdata barecat`: archives of barecat.

mod change;
mod list;
mod put;

use std::io::{self, Read, Write};

use atdata::Result;
use atdata::barecat::{Archive, ExtractOptions, Node, Pattern, VerifyOptions};
use serde_json::json;

use crate::args::{BarecatCommand, BarecatVerifyArgs, CatArgs, ExtractArgs};
use crate::console::Console;
use crate::json;
use crate::place::destination;

pub(crate) fn run(command: &BarecatCommand, console: &mut Console) -> io::Result<()> {
    match command {
        BarecatCommand::Create(args) => put::create(args, console),
        BarecatCommand::Add(args) => put::add(args, console),
        BarecatCommand::Extract(args) => extract(args, console),
        BarecatCommand::Ls(args) => list::ls(args, console),
        BarecatCommand::Cat(args) => cat(args, console),
        BarecatCommand::Find(args) => list::find(args, console),
        BarecatCommand::Du(args) => list::du(args, console),
        BarecatCommand::Tree(args) => list::tree(args, console),
        BarecatCommand::Verify(args) => verify(args, console),
        BarecatCommand::Remove(args) => change::remove(args, console),
        BarecatCommand::Rename(args) => change::rename(args, console),
        BarecatCommand::Defrag(args) => change::defragment(args, console),
        BarecatCommand::Merge(args) => change::merge(args, console),
        BarecatCommand::Subset(args) => change::subset(args, console),
        BarecatCommand::Reshard(args) => change::reshard(args, console),
    }
}

/// What there is, or an error that was told.
fn opened(archive: &std::path::Path, console: &mut Console) -> Option<Archive> {
    told(Archive::open(archive), console)
}

fn told<T>(outcome: Result<T>, console: &mut Console) -> Option<T> {
    outcome.map_err(|error| console.error(&format_args!("{error:#}"))).ok()
}

fn cat(args: &CatArgs, console: &mut Console) -> io::Result<()> {
    let Some(archive) = opened(&args.archive, console) else { return Ok(()) };
    for path in &args.paths {
        // Checked before any of it is written, as long as it is not too large to be held.
        match archive.open_file(path).map(|file| file.size() <= 64 << 20) {
            Ok(true) => {
                if let Some(bytes) = told(archive.get(path), console) {
                    console.out().write_all(&bytes)?;
                }
            }
            Ok(false) => large(&archive, path, console)?,
            Err(error) => console.error(&format_args!("{error:#}")),
        }
    }
    Ok(())
}

/// In pieces, with the checksum compared at the end.
fn large(archive: &Archive, path: &str, console: &mut Console) -> io::Result<()> {
    let Some((mut file, Node::File(info))) =
        told(archive.open_file(path).and_then(|file| Ok((file, archive.stat(path)?))), console)
    else {
        return Ok(());
    };
    let mut buffer = vec![0; 1 << 20];
    let mut crc = 0;
    loop {
        let read = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) => {
                console.error(&format_args!("{:#}", atdata::Error::from(error)));
                return Ok(());
            }
        };
        let piece = buffer.get(..read).unwrap_or_default();
        crc = crc32c::crc32c_append(crc, piece);
        console.out().write_all(piece)?;
    }
    if info.crc32c.is_some_and(|expected| expected != crc) {
        console.error(&format_args!("{path}: what was written is damaged: its CRC32C is not that of the index"));
    }
    Ok(())
}

fn extract(args: &ExtractArgs, console: &mut Console) -> io::Result<()> {
    let Some(archive) = opened(&args.archive, console) else { return Ok(()) };
    let options = ExtractOptions::new().replace(args.force);
    let extractor = destination(&args.directory).and_then(|folder| archive.extractor(&folder, &options));
    let Some(mut extractor) = told(extractor, console) else { return Ok(()) };
    let pattern = args.pattern.as_deref().map(Pattern::new);
    let transfer = console.progress.transfer("extracting");
    let roots: Vec<&str> =
        if args.paths.is_empty() { vec![""] } else { args.paths.iter().map(String::as_str).collect() };
    for root in roots {
        let Some(node) = told(archive.stat(root), console) else { continue };
        let below = if node.is_dir() { told(archive.walk(root), console) } else { None };
        for node in std::iter::once(Ok(node)).chain(below.into_iter().flatten()) {
            // One that is damaged keeps no other from being extracted.
            let Some(node) = told(node, console) else { continue };
            let is_meant = pattern.as_ref().is_none_or(|pattern| !node.is_dir() && pattern.matches(node.path()));
            if is_meant && told(extractor.extract(&node), console).is_some() && !node.is_dir() {
                transfer.add(node.size());
            }
        }
    }
    let Some(extracted) = told(extractor.finish(), console) else { return Ok(()) };
    console.progress.clear();
    let (files, dirs, bytes) = (extracted.files, extracted.dirs, extracted.bytes);
    if args.json {
        return writeln!(console.out(), "{}", json::line(&json!({"files": files, "dirs": dirs, "bytes": bytes})));
    }
    writeln!(console.out(), "{files} files of {bytes} bytes were extracted.")
}

fn verify(args: &BarecatVerifyArgs, console: &mut Console) -> io::Result<()> {
    let Some(archive) = opened(&args.archive, console) else { return Ok(()) };
    let transfer = console.progress.transfer("reading");
    let options = VerifyOptions::new().quick(args.quick);
    let verified = archive.verify_with(&options, &mut |bytes| transfer.add(bytes));
    let Some(verified) = told(verified, console) else { return Ok(()) };
    console.progress.clear();
    let name = args.archive.display().to_string();
    for problem in &verified.problems {
        console.error(&format_args!("{name}: {problem}"));
    }
    if verified.unchecked > 0 {
        // What could not be looked at is not well.
        console.exit_with(1);
    }
    if args.json {
        let problems: Vec<_> =
            verified.problems.iter().map(|problem| json!({"path": problem.path, "message": problem.message})).collect();
        // Nobody knows that of what was not looked at.
        let is_sound = verified.is_sound() && verified.unchecked == 0 && verified.unread == 0;
        let line = json!({
            "archive": name, "sound": is_sound, "files": verified.files, "checked": verified.checked,
            "unchecked": verified.unchecked, "unread": verified.unread, "unused_bytes": verified.unused, "orphaned_bytes": verified.orphaned,
            "failed": verified.failed, "problems": problems,
        });
        return writeln!(console.out(), "{}", json::line(&line));
    }
    let (files, checked, unchecked, unread) = (verified.files, verified.checked, verified.unchecked, verified.unread);
    writeln!(console.out(), "{files} files, {checked} of them held against their CRC32C.")?;
    if unchecked > 0 {
        writeln!(console.out(), "{unchecked} files have no CRC32C: nothing can be said of their bytes.")?;
    }
    if verified.unused > 0 {
        let (unused, orphaned) = (verified.unused, verified.orphaned);
        writeln!(console.out(), "{unused} bytes of the shards are in no file, {orphaned} of them behind the last.")?;
    }
    let summary = match (verified.failed, unchecked, unread) {
        (0, 0, 0) => "The archive is sound.".to_owned(),
        (0, 0, _) => format!("Nothing wrong was found; the bytes of {unread} files were not read."),
        (0, ..) => "Some files were not checked.".to_owned(),
        (failed, ..) => format!("Verification FAILED: {failed} problems."),
    };
    writeln!(console.out(), "{summary}")
}
