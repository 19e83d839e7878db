//! `atdata barecat ls`, `find`, `du` and `tree`.

use std::io::{self, Write};

use atdata::Result;
use atdata::barecat::{Archive, Node, Pattern};
use serde_json::{Value, json};

use super::{opened, told};
use crate::args::{BarecatLsArgs, DuArgs, FindArgs, TreeArgs};
use crate::console::Console;
use crate::json;
use crate::text::Plain;

pub(super) fn ls(args: &BarecatLsArgs, console: &mut Console) -> io::Result<()> {
    let Some(archive) = opened(&args.archive, console) else { return Ok(()) };
    let paths: Vec<&str> =
        if args.paths.is_empty() { vec![""] } else { args.paths.iter().map(String::as_str).collect() };
    for path in paths {
        let Some(nodes) = told(named(&archive, path), console) else { continue };
        if nodes.is_empty() {
            console.error(&format_args!("nothing in the archive matches \"{}\"", Plain(path)));
        }
        let nodes = sound(nodes, console);
        let is_alone = nodes.len() == 1;
        for node in nodes {
            match &node {
                // One directory is what is in it; of several, as the shell gives them, each is itself.
                Node::Dir(_) if args.recursive => {
                    let Some(below) = told(archive.walk(node.path()), console) else { continue };
                    each(below, console, |node, console| print(node, args, console))?;
                }
                Node::Dir(_) if is_alone => {
                    let Some(children) = told(archive.list_each(node.path()), console) else { continue };
                    each(children, console, |node, console| print(node, args, console))?;
                }
                _ => print(&node, args, console)?,
            }
        }
    }
    Ok(())
}

/// The file or directory of that path, or those that the pattern matches.
fn named(archive: &Archive, path: &str) -> Result<Vec<Result<Node>>> {
    if path.contains(['*', '?', '[']) && !archive.exists(path)? {
        return archive.glob_each(&Pattern::new(path));
    }
    Ok(vec![archive.stat(path)])
}

/// Those whose rows are not damaged; what is wrong with the others is told.
fn sound(nodes: impl IntoIterator<Item = Result<Node>>, console: &mut Console) -> Vec<Node> {
    nodes.into_iter().filter_map(|node| told(node, console)).collect()
}

fn each(
    nodes: impl Iterator<Item = Result<Node>>,
    console: &mut Console,
    mut act: impl FnMut(&Node, &mut Console) -> io::Result<()>,
) -> io::Result<()> {
    for node in nodes {
        if let Some(node) = told(node, console) {
            act(&node, console)?;
        }
    }
    Ok(())
}

fn print(node: &Node, args: &BarecatLsArgs, console: &mut Console) -> io::Result<()> {
    if args.json {
        return writeln!(console.out(), "{}", json::line(&as_json(node)));
    }
    let slash = if node.is_dir() { "/" } else { "" };
    if !args.long {
        return writeln!(console.out(), "{}{slash}", Plain(node.path()));
    }
    let metadata = node.metadata();
    let (mode, size) = (mode(node), node.size());
    let time = metadata.mtime_ns.map_or_else(|| "-".to_owned(), time);
    writeln!(console.out(), "{mode} {size:>12} {time:>19} {}{slash}", Plain(node.path()))
}

fn as_json(node: &Node) -> Value {
    let metadata = node.metadata();
    let mut value = match node {
        Node::File(file) => json!({
            "type": "file", "path": file.path, "size": file.size, "shard": file.shard, "offset": file.offset,
            "crc32c": file.crc32c,
        }),
        Node::Dir(dir) => json!({
            "type": "dir", "path": dir.path, "num_subdirs": dir.num_subdirs, "num_files": dir.num_files,
            "num_files_tree": dir.num_files_tree, "size_tree": dir.size_tree,
        }),
    };
    if let Some(object) = value.as_object_mut() {
        object.insert("mode".into(), json!(metadata.mode));
        object.insert("uid".into(), json!(metadata.uid));
        object.insert("gid".into(), json!(metadata.gid));
        object.insert("mtime_ns".into(), json!(metadata.mtime_ns));
    }
    value
}

/// `-rw-r--r--`, as `ls` has it.
fn mode(node: &Node) -> String {
    let kind = if node.is_dir() { 'd' } else { '-' };
    let Some(mode) = node.metadata().mode else { return format!("{kind}?????????") };
    let bits = (0..9).rev().zip("rwxrwxrwx".chars());
    std::iter::once(kind).chain(bits.map(|(bit, letter)| if mode >> bit & 1 == 1 { letter } else { '-' })).collect()
}

/// Seconds of a time as a date, in UTC.
fn time(nanoseconds: i64) -> String {
    let seconds = nanoseconds.div_euclid(1_000_000_000);
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // From the first of March of the year 0 on, in eras of 400 years.
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
}

/// How many directories below `root` it is.
fn depth(root: &str, path: &str) -> usize {
    let parts = |path: &str| path.split('/').filter(|part| !part.is_empty()).count();
    parts(path) - parts(root).min(parts(path))
}

pub(super) fn find(args: &FindArgs, console: &mut Console) -> io::Result<()> {
    let Some(archive) = opened(&args.archive, console) else { return Ok(()) };
    let Some(root) = told(archive.stat(&args.path), console) else { return Ok(()) };
    let path = root.path().to_owned();
    let below = if root.is_dir() { told(archive.walk(&path), console) } else { None };
    // In find's patterns names may begin with a dot, and of whole paths `/` is a character like others.
    let name = args.name.as_deref().map(|name| Pattern::flat(name).hidden(true));
    let whole = args.path_pattern.as_deref().map(|whole| Pattern::flat(&flattened(whole)).hidden(true));
    let is_wanted = |node: &Node| {
        name.as_ref().is_none_or(|name| name.matches(node.name()))
            && whole.as_ref().is_none_or(|whole| whole.matches(&flattened(node.path())))
            && args.r#type.as_deref().is_none_or(|kind| (kind == "d") == node.is_dir())
            && args.size.is_none_or(|size| !node.is_dir() && size.is_met(node.size()))
            && args.maxdepth.is_none_or(|most| depth(&path, node.path()) <= most)
    };
    // The root of the archive has no name to print.
    let root = Some(Ok(root)).filter(|_| !path.is_empty());
    each(root.into_iter().chain(below.into_iter().flatten()), console, |node, console| {
        if !is_wanted(node) {
            return Ok(());
        }
        match (args.json, args.print0) {
            (true, _) => writeln!(console.out(), "{}", json::line(&as_json(node))),
            (_, true) => write!(console.out(), "{}\0", node.path()),
            _ => writeln!(console.out(), "{}", Plain(node.path())),
        }
    })
}

/// A path as one name.
fn flattened(path: &str) -> String {
    path.replace('/', "\u{1}")
}

pub(super) fn du(args: &DuArgs, console: &mut Console) -> io::Result<()> {
    let Some(archive) = opened(&args.archive, console) else { return Ok(()) };
    let paths: Vec<&str> =
        if args.paths.is_empty() { vec![""] } else { args.paths.iter().map(String::as_str).collect() };
    for path in paths {
        let Some(root) = told(archive.stat(path), console) else { continue };
        if !args.summarize && root.is_dir() {
            let Some(below) = told(archive.walk(root.path()), console) else { continue };
            each(below, console, |node, console| {
                let is_near = args.max_depth.is_none_or(|most| depth(root.path(), node.path()) <= most);
                if (node.is_dir() || args.all) && is_near { size_line(node, args, console) } else { Ok(()) }
            })?;
        }
        size_line(&root, args, console)?;
    }
    Ok(())
}

fn size_line(node: &Node, args: &DuArgs, console: &mut Console) -> io::Result<()> {
    if args.json {
        let line = json!({"path": node.path(), "bytes": node.size()});
        return writeln!(console.out(), "{}", json::line(&line));
    }
    let size = if args.human_readable { human(node.size()) } else { node.size().to_string() };
    let path = if node.path().is_empty() { "." } else { node.path() };
    writeln!(console.out(), "{size}\t{}", Plain(path))
}

/// `1.5M`
fn human(size: u64) -> String {
    let (mut unit, mut shift) = ("", 0);
    for (name, bits) in [("K", 10), ("M", 20), ("G", 30), ("T", 40), ("P", 50)] {
        if size >> bits > 0 {
            (unit, shift) = (name, bits);
        }
    }
    let whole = size >> shift;
    if shift == 0 || whole >= 10 {
        return format!("{whole}{unit}");
    }
    let tenths = ((size >> (shift - 10)) & 1023) * 10 / 1024;
    format!("{whole}.{tenths}{unit}")
}

pub(super) fn tree(args: &TreeArgs, console: &mut Console) -> io::Result<()> {
    let Some(archive) = opened(&args.archive, console) else { return Ok(()) };
    let Some(root) = told(archive.stat(&args.path), console) else { return Ok(()) };
    writeln!(
        console.out(),
        "{}",
        if root.path().is_empty() { ".".to_owned() } else { Plain(root.path()).to_string() }
    )?;
    // What is still to be shown, each with the lines in front of it; the next one last.
    let mut waiting = children(&archive, &root, "", 1, args, console);
    let (mut dirs, mut files) = (0_u64, 0_u64);
    while let Some(Branch { node, before, is_last, depth }) = waiting.pop() {
        let (corner, below) = if is_last { ("└── ", "    ") } else { ("├── ", "│   ") };
        writeln!(console.out(), "{before}{corner}{}", Plain(node.name()))?;
        if node.is_dir() {
            dirs += 1;
            waiting.extend(children(&archive, &node, &format!("{before}{below}"), depth + 1, args, console));
        } else {
            files += 1;
        }
    }
    writeln!(console.out(), "\n{dirs} directories, {files} files")
}

struct Branch {
    node: Node,
    before: String,
    is_last: bool,
    depth: usize,
}

fn children(
    archive: &Archive,
    node: &Node,
    before: &str,
    depth: usize,
    args: &TreeArgs,
    console: &mut Console,
) -> Vec<Branch> {
    if !node.is_dir() || args.level.is_some_and(|most| depth > most) {
        return Vec::new();
    }
    let children = told(archive.list_each(node.path()), console);
    let mut nodes = sound(children.into_iter().flatten(), console);
    nodes.retain(|node| node.is_dir() || !args.dirs);
    let nodes = nodes.into_iter().rev().enumerate();
    nodes.map(|(at, node)| Branch { node, before: before.to_owned(), is_last: at == 0, depth }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates_in_utc() {
        assert_eq!(time(0), "1970-01-01 00:00:00");
        assert_eq!(time(1_234_567_890_123_456_789), "2009-02-13 23:31:30");
        assert_eq!(time(951_782_400_000_000_000), "2000-02-29 00:00:00");
        assert_eq!(time(-1), "1969-12-31 23:59:59");
    }

    #[test]
    fn sizes_for_people_are_short() {
        assert_eq!(
            ["0", "1023", "1.0K", "1.5M", "20G"].map(str::to_owned),
            [0, 1023, 1024, 3 << 19, 20 << 30].map(human)
        );
    }

    #[test]
    fn depths_are_counted_from_the_root_that_is_asked_for() {
        assert_eq!((depth("", "a"), depth("", "a/b"), depth("a", "a/b/c"), depth("a", "a")), (1, 2, 2, 0));
    }
}
