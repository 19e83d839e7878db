//! A folder that is written to by handles of its directories: no symlink leads out of it, nor one that is put there meanwhile.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{
    AtFlags, Mode, OFlags, Timespec, Timestamps, UTIME_OMIT, fchmod, futimens, mkdirat, open, openat, renameat, statat,
    unlinkat,
};
use rustix::io::Errno;

use crate::barecat::error::BarecatError;
use crate::barecat::node::Metadata;

const PERMISSIONS: u32 = 0o777;
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// The folder, and the directories on the way to the one that was entered last.
#[derive(Debug)]
pub(super) struct Place {
    root: OwnedFd,
    way: Vec<(String, OwnedFd)>,
}

impl Place {
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self { root: open(folder, DIRECTORY, Mode::empty())?, way: Vec::new() })
    }

    /// Goes to a directory below the folder, and makes those that are not there.
    pub(super) fn enter(&mut self, path: &str) -> Result<(), BarecatError> {
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
        let common = self.way.iter().zip(&names).take_while(|((known, _), name)| known == *name).count();
        self.way.truncate(common);
        for name in names.into_iter().skip(common) {
            let dir = enter_one(self.here(), name).map_err(|errno| match errno {
                Errno::LOOP | Errno::NOTDIR => BarecatError::Path(format!(
                    "it is not extracted: \"{name}\" in the folder is a symlink or a file, and not the directory that it has \
                     to be; move it away"
                )),
                errno => BarecatError::Io { what: "make its directory", source: errno.into() },
            })?;
            self.way.push((name.to_owned(), dir));
        }
        Ok(())
    }

    fn here(&self) -> BorrowedFd<'_> {
        self.way.last().map_or(self.root.as_fd(), |(_, dir)| dir.as_fd())
    }

    /// Makes a file in the directory that was entered; it has its name when `write` is done.
    pub(super) fn file(
        &self,
        name: &str,
        metadata: Metadata,
        replace: bool,
        write: &mut dyn FnMut(&mut File) -> Result<(), BarecatError>,
    ) -> Result<(), BarecatError> {
        let dir = self.here();
        let failed = |errno: Errno| BarecatError::Io { what: "make the file", source: errno.into() };
        if !replace && statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
            return Err(there());
        }
        let hidden = hidden_name();
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut file = File::from(openat(dir, &hidden, flags, Mode::from_raw_mode(0o666)).map_err(failed)?);
        let written = write(&mut file).and_then(|()| {
            set(file.as_fd(), metadata)?;
            match rename(dir, &hidden, name, replace) {
                Err(Errno::EXIST) => Err(there()),
                renamed => renamed.map_err(failed),
            }
        });
        if written.is_err() {
            let _ = unlinkat(dir, &hidden, AtFlags::empty());
        }
        written
    }

    /// Gives a directory its permissions and its time.
    pub(super) fn set_dir(&mut self, path: &str, metadata: Metadata) -> Result<(), BarecatError> {
        self.enter(path)?;
        set(self.here(), metadata)
    }
}

fn there() -> BarecatError {
    BarecatError::Clash(
        "there is such a file in the folder already; it is replaced only if that is asked for".to_owned(),
    )
}

fn enter_one(dir: BorrowedFd<'_>, name: &str) -> Result<OwnedFd, Errno> {
    let flags = DIRECTORY | OFlags::NOFOLLOW;
    match openat(dir, name, flags, Mode::empty()) {
        Err(Errno::NOENT) => {}
        opened => return opened,
    }
    match mkdirat(dir, name, Mode::from_raw_mode(PERMISSIONS)) {
        Ok(()) | Err(Errno::EXIST) => openat(dir, name, flags, Mode::empty()),
        Err(errno) => Err(errno),
    }
}

fn hidden_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!(".atdata-{}-{}.tmp", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn rename(dir: BorrowedFd<'_>, from: &str, to: &str, replace: bool) -> Result<(), Errno> {
    #[cfg(target_os = "linux")]
    if !replace {
        use rustix::fs::{RenameFlags, renameat_with};
        match renameat_with(dir, from, dir, to, RenameFlags::NOREPLACE) {
            // Not every file system knows it.
            Err(Errno::INVAL | Errno::NOSYS) => {}
            renamed => return renamed,
        }
    }
    if !replace && statat(dir, to, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
        return Err(Errno::EXIST);
    }
    renameat(dir, from, dir, to)
}

/// Permissions without those that let others act as the owner.
fn set(file: BorrowedFd<'_>, metadata: Metadata) -> Result<(), BarecatError> {
    let set = || {
        if let Some(mode) = metadata.mode {
            fchmod(file, Mode::from_raw_mode((mode & PERMISSIONS) as rustix::fs::RawMode))?;
        }
        if let Some(time) = metadata.mtime_ns {
            let last_modification =
                Timespec { tv_sec: time.div_euclid(1_000_000_000), tv_nsec: time.rem_euclid(1_000_000_000) };
            let last_access = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
            futimens(file, &Timestamps { last_access, last_modification })?;
        }
        Ok(())
    };
    set().map_err(|errno: Errno| BarecatError::Io { what: "set its permissions and time", source: errno.into() })
}
