//! Names of files that are on their way: hidden, and telling whose they are.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::hash::{BuildHasher, DefaultHasher, Hash, Hasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::folder_of;

/// The end of the name of a file that is not whole or has no name yet.
pub(super) const UNNAMED: &str = "tmp";
/// Of the file that had a name before another takes it.
pub(super) const REPLACED: &str = "old";

/// A new file of a hidden name beside `target`.
pub(super) fn hidden_file(target: &Path) -> io::Result<(File, PathBuf)> {
    loop {
        let hidden = hidden_name(target);
        match File::options().read(true).write(true).create_new(true).open(&hidden) {
            Ok(file) => return Ok((file, hidden)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// `.{name}.{host}-{process}-{random}.tmp` beside `target`, short enough for any file system.
pub(super) fn hidden_name(target: &Path) -> PathBuf {
    hidden_beside(target, UNNAMED)
}

/// The same, with another ending.
pub(super) fn hidden_beside(target: &Path, ending: &str) -> PathBuf {
    // Each `RandomState` has another key.
    let random = RandomState::new().hash_one(std::process::id());
    let name: String = target.file_name().unwrap_or_default().to_string_lossy().chars().take(50).collect();
    let (host, process) = (host(), std::process::id());
    folder_of(target).join(OsString::from(format!(".{name}.{host:08x}-{process}-{random:016x}.{ending}")))
}

/// What a hidden name tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Owner<'a> {
    pub(super) ending: &'a str,
    /// `None` in the names of versions that did not write it.
    host: Option<u32>,
    process: u32,
}

impl<'a> Owner<'a> {
    /// Of the name of a file, if it is one of ours.
    pub(super) fn of(name: &'a OsStr) -> Option<Self> {
        let (rest, ending) = name.to_str()?.strip_prefix('.')?.rsplit_once('.')?;
        let mut parts = rest.rsplit_once('.')?.1.split('-').rev();
        let random = parts.next().filter(|random| random.len() == 16)?;
        u64::from_str_radix(random, 16).ok()?;
        let process = parts.next()?.parse().ok()?;
        let host = match parts.next() {
            Some(host) => Some(u32::from_str_radix(host, 16).ok().filter(|_| host.len() == 8)?),
            None => None,
        };
        parts.next().is_none().then_some(Self { ending, host, process })
    }

    /// What the names of one process have in common.
    pub(super) fn id(self) -> (Option<u32>, u32) {
        (self.host, self.process)
    }

    /// Whether its process is known not to run any more: one of another machine, or of another container, may.
    pub(super) fn is_dead(self) -> bool {
        self.is_here() && !is_running(self.process)
    }

    /// Whether its process runs, or ran, where this one does.
    pub(super) fn is_here(self) -> bool {
        self.host == Some(host())
    }
}

/// Whether it is a regular file of the user that this process runs as. In a folder that many write to, anybody can make
/// a file that looks like one of ours.
pub(super) fn is_own_file(entry: &std::fs::DirEntry) -> bool {
    // Not what a link leads to.
    entry.metadata().is_ok_and(|found| is_own(&found))
}

/// The same of what is known of a file that is no link.
pub(super) fn is_own(found: &std::fs::Metadata) -> bool {
    #[cfg(unix)]
    let is_own = std::os::unix::fs::MetadataExt::uid(found) == rustix::process::geteuid().as_raw();
    #[cfg(not(unix))]
    let is_own = true;
    is_own && found.is_file()
}

/// Tells apart the machines, and the containers on one, that number their processes each for itself.
fn host() -> u32 {
    static HOST: OnceLock<u32> = OnceLock::new();
    *HOST.get_or_init(|| {
        let mut hasher = DefaultHasher::new();
        std::fs::read("/etc/machine-id").ok().hash(&mut hasher);
        // Not all systems have a file for either.
        #[cfg(unix)]
        rustix::system::uname().nodename().to_bytes().hash(&mut hasher);
        std::fs::read_link("/proc/self/ns/pid").ok().hash(&mut hasher);
        std::env::var_os("COMPUTERNAME").hash(&mut hasher);
        (hasher.finish() >> 32) as u32
    })
}

/// Whether there is such a process. Where that cannot be told there may be.
fn is_running(process: u32) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        use rustix::process::{Pid, test_kill_process};

        let process = i32::try_from(process).ok().and_then(Pid::from_raw);
        process.is_some_and(|process| test_kill_process(process) != Err(Errno::SRCH))
    }
    #[cfg(not(unix))]
    {
        let _ = process;
        true
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn hidden_names_are_short_and_never_the_same_and_tell_their_owner() {
        let target = PathBuf::from(format!("/d/{}.tar", "日".repeat(80)));
        let (one, two) = (hidden_name(&target), hidden_name(&target));
        assert_ne!(one, two);
        let name = one.file_name().unwrap();
        assert!(name.len() <= 255);
        let owner = Owner::of(name).unwrap();
        assert!(owner.is_here() && !owner.is_dead() && owner.ending == UNNAMED);
    }

    #[test]
    fn of_other_names_nothing_is_told() {
        for name in ["a.tar", ".a.tar", ".hidden.tmp", ".a.12-zz.tmp", ".a.x-0123456789abcdef.tmp", ".a..tmp", "."] {
            assert_eq!(Owner::of(OsStr::new(name)), None, "{name}");
        }
        let old = Owner::of(OsStr::new(".a.tar.12-0123456789abcdef.tmp")).unwrap();
        assert_eq!((old.host, old.process), (None, 12));
        assert!(!old.is_dead(), "it may be of any machine");
    }
}
