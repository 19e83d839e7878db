//! Atomic files: they appear under their name whole, or not at all.
//!
//! On Linux the file has no name while it is written (`O_TMPFILE`): whatever ends the process, nothing is left. Where
//! the system or the file system has no such files it is a hidden one beside its future name, removed on drop. A name
//! that is a symlink is written through: what it points to is replaced, and the link stays.

mod aside;
mod flush;
mod hidden;
mod journal;
mod lines;
mod sweep;
mod together;

#[cfg(test)]
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub(crate) use self::aside::Aside;
use self::flush::Flusher;
use self::hidden::{hidden_file, hidden_name};
pub(crate) use self::lines::{Lines, whole_lines};
#[cfg(feature = "barecat")]
pub(crate) use self::sweep::journal_in;
pub use self::sweep::{Swept, sweep, unfinished};
pub(crate) use self::sweep::{sweep_dead, warn_of_unfinished};
pub(crate) use self::together::commit_all;
use crate::error::{ErrorKind, kind_of_io};

/// A file on its way to `target`; dropping it discards it.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    /// `None` once committed.
    file: Option<File>,
    /// The hidden name, if it has one.
    hidden: Option<PathBuf>,
    target: PathBuf,
    flusher: Flusher,
}

impl AtomicFile {
    /// Begins the file that is to be `path`, in a folder that must exist.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        let target = target_of(path)?;
        if let Some(file) = unnamed::create(folder_of(&target)) {
            return Ok(Self::new(file, None, target));
        }
        Self::create_named(target)
    }

    fn create_named(target: PathBuf) -> io::Result<Self> {
        let (file, hidden) = hidden_file(&target)?;
        Ok(Self::new(file, Some(hidden), target))
    }

    fn new(file: File, hidden: Option<PathBuf>, target: PathBuf) -> Self {
        let file = Self { file: Some(file), hidden, target, flusher: Flusher::default() };
        file.be_as_private_as(&file.target);
        file
    }

    /// Lets nobody read or write the file who may not do so with the one at `path`, if there is one: before there is anything
    /// in it. What cannot be done here is told where it [takes over](Self::commit) the mode.
    #[cfg_attr(not(unix), expect(clippy::unused_self, reason = "there are no modes"))]
    pub(crate) fn be_as_private_as(&self, path: &Path) {
        #[cfg(unix)]
        if let (Some(file), Ok(old)) = (&self.file, fs::metadata(path))
            && old.is_file()
        {
            use std::os::unix::fs::PermissionsExt;
            // Of a file that may not be written to it is written here, perhaps by its name.
            let mode = (old.permissions().mode() & 0o777) | 0o600;
            let _ = file.set_permissions(fs::Permissions::from_mode(mode));
        }
        #[cfg(not(unix))]
        let _ = path;
    }

    /// The file at `staged`, of this file system, as one that is on its way to `path`: whole, synced and closed. What is at
    /// `staged` stays, where the file system has second names.
    pub(crate) fn staged(staged: &Path, path: &Path) -> io::Result<Self> {
        let target = target_of(path)?;
        let hidden = hidden_name(&target);
        fs::hard_link(staged, &hidden).or_else(|_| fs::rename(staged, &hidden))?;
        Ok(Self { file: None, hidden: Some(hidden), target, flusher: Flusher::default() })
    }

    /// What gets the bytes: the path it was created with, or what that points to.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The name of a [parked](Self::park) file until it gets its own, for those who can only write to a name.
    #[cfg(feature = "barecat")]
    pub(crate) fn parked(&self) -> Option<&Path> {
        self.hidden.as_deref()
    }

    /// Makes the bytes durable: to be called once, after the last of them.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        std::mem::take(&mut self.flusher).finish()?;
        self.file.as_ref().map_or(Ok(()), File::sync_all)
    }

    /// Writes over the first bytes, where there are as many; what is written next goes behind all of them.
    pub(crate) fn put_first(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        io::Seek::rewind(file)?;
        file.write_all(bytes)?;
        io::Seek::seek(file, io::SeekFrom::End(0)).map(drop)
    }

    /// Gives a synced file its hidden name, where it has none, and closes it: it costs no handle then, but a killed
    /// process leaves it behind.
    pub(crate) fn park(&mut self) -> io::Result<()> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        if self.hidden.is_none() {
            self.hidden = Some(match self.link_hidden(&file)? {
                Some(hidden) => hidden,
                None => self.copy_hidden(&mut file)?,
            });
        }
        Ok(())
    }

    /// Gives the file its name, replacing what is there, whose mode it takes over; whether nothing was. The name itself
    /// is durable after [`sync_folder`].
    pub(crate) fn commit(mut self) -> io::Result<bool> {
        if let (Some(file), None) = (&self.file, &self.hidden)
            && unnamed::link(file, &self.target)?
        {
            return Ok(true);
        }
        // It exists, or links are refused here; and Windows does not rename open files.
        self.park()?;
        let is_new = fs::symlink_metadata(&self.target).is_err();
        fs::rename(self.prepared()?, &self.target)?;
        self.hidden = None;
        Ok(is_new)
    }

    /// The hidden name of a parked file, which has the mode of the file that it will replace.
    fn prepared(&self) -> io::Result<&Path> {
        let hidden = self.hidden.as_deref().ok_or(io::ErrorKind::NotFound)?;
        #[cfg(unix)]
        if let Ok(old) = fs::metadata(&self.target)
            && old.is_file()
            && fs::metadata(hidden)?.permissions() != old.permissions()
        {
            fs::set_permissions(hidden, old.permissions())?;
        }
        Ok(hidden)
    }

    fn link_hidden(&self, file: &File) -> io::Result<Option<PathBuf>> {
        let hidden = hidden_name(&self.target);
        Ok(unnamed::link(file, &hidden)?.then_some(hidden))
    }

    /// Some sandboxes refuse to link what has no name: better copied than lost.
    fn copy_hidden(&self, file: &mut File) -> io::Result<PathBuf> {
        let mut copy = Self::create_named(self.target.clone())?;
        io::Seek::rewind(file)?;
        if let Some(out) = &mut copy.file {
            io::copy(file, out)?;
            out.sync_all()?;
        }
        copy.hidden.take().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(file) = &mut self.file else { return Ok(0) };
        let written = file.write(bytes)?;
        self.flusher.wrote(written, file);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        discard(&mut self.file, self.hidden.as_deref());
    }
}

/// Closes a file first, for Windows removes no open one.
fn discard(file: &mut Option<File>, hidden: Option<&Path>) {
    *file = None;
    if let Some(hidden) = hidden {
        let _ = fs::remove_file(hidden);
    }
}

/// A file that is only for its owner to read again: gone when it is dropped.
#[cfg(feature = "s3")]
#[derive(Debug)]
pub(crate) struct Scratch {
    file: Option<File>,
    hidden: Option<PathBuf>,
}

#[cfg(feature = "s3")]
impl Scratch {
    /// In the system's folder for such files.
    pub(crate) fn create() -> io::Result<Self> {
        let folder = std::env::temp_dir();
        if let Some(file) = unnamed::create(&folder) {
            return Ok(Self { file: Some(file), hidden: None });
        }
        let (file, hidden) = hidden_file(&folder.join("atdata"))?;
        Ok(Self { file: Some(file), hidden: Some(hidden) })
    }

    pub(crate) fn file(&mut self) -> io::Result<&mut File> {
        self.file.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

#[cfg(feature = "s3")]
impl Drop for Scratch {
    fn drop(&mut self) {
        discard(&mut self.file, self.hidden.as_deref());
    }
}

/// Makes the names in `folder` durable; systems that cannot are trusted to do so by themselves.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    match File::open(folder)?.sync_all() {
        Err(error) if !matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Err(error),
        _ => Ok(()),
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        Ok(())
    }
}

/// The folder that `path` lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether both are names of one file; not where that cannot be told.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let id = |path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
        id(one).is_some_and(|found| id(other) == Some(found))
    }
    #[cfg(not(unix))]
    {
        let _ = (one, other);
        false
    }
}

/// Holds a folder, so that nobody else who does the same changes it meanwhile; nothing where that is not possible.
pub(crate) fn hold_folder(folder: &Path) -> Option<File> {
    let folder = if cfg!(unix) { File::open(folder).ok()? } else { return None };
    folder.lock().ok()?;
    Some(folder)
}

/// The same, but that one who holds it for long is not waited for: nobody who does it for the names of files does.
pub(crate) fn hold_folder_soon(folder: &Path) -> Option<File> {
    const TRIES: usize = 1000;
    let folder = if cfg!(unix) { File::open(folder).ok()? } else { return None };
    for _ in 0..TRIES {
        match folder.try_lock() {
            Ok(()) => return Some(folder),
            Err(fs::TryLockError::WouldBlock) => std::thread::sleep(std::time::Duration::from_millis(10)),
            Err(fs::TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// `path`, or what it points to where it is a symlink. A rename over a folder would fail only at the end of the write.
fn target_of(path: &Path) -> io::Result<PathBuf> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ if path.file_name().is_none() => return Err(io::ErrorKind::IsADirectory.into()),
        _ => {}
    }
    let mut target = path.to_path_buf();
    // The system has told of links in a circle above.
    while fs::symlink_metadata(&target).is_ok_and(|found| found.is_symlink()) {
        target = folder_of(&target).join(fs::read_link(&target)?);
    }
    Ok(target)
}

/// What `path` is where a file may not take its place: a rename would replace even a device.
pub(crate) fn irregular(path: &Path) -> Option<&'static str> {
    let kind = fs::metadata(path).ok()?.file_type();
    if kind.is_file() || kind.is_dir() {
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return Some("a pipe");
        }
        if kind.is_socket() {
            return Some("a socket");
        }
    }
    Some("a device")
}

/// An error where `path` is a pipe or its like, which nobody can read here and there, and which waits for another process when
/// it is opened; what is not there is told by whoever opens it.
pub(crate) fn check_regular(path: &Path) -> io::Result<()> {
    match irregular(path) {
        Some(found) => {
            Err(io::Error::other(format!("expected a regular file, found {found}: write it to a file first")))
        }
        None => Ok(()),
    }
}

/// What the caller can act on, of an error that making or naming a file gave.
pub(crate) fn kind_of(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::IsADirectory | io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            ErrorKind::InvalidInput
        }
        _ => kind_of_io(error),
    }
}

/// Whether the process, or the system, has no handle left to open a file with.
pub(crate) fn out_of_handles(error: &io::Error) -> bool {
    // ENFILE and EMFILE, on every Unix; ERROR_TOO_MANY_OPEN_FILES on Windows.
    let codes: &[i32] = if cfg!(windows) { &[4] } else { &[23, 24] };
    error.raw_os_error().is_some_and(|code| codes.contains(&code))
}

#[cfg(target_os = "linux")]
mod unnamed {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd;
    use std::path::{Path, PathBuf};

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, fstatfs, linkat, open};
    use rustix::io::Errno;

    /// A file without a name in `folder`; `None` where that, or naming it later, does not work. What keeps any file
    /// from being made there is left to the named attempt to tell.
    pub(crate) fn create(folder: &Path) -> Option<File> {
        let mode = Mode::from_raw_mode(0o666);
        let file = File::from(open(folder, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, mode).ok()?);
        handle(&file).exists().then_some(file)
    }

    /// Names the file; `false` if the name is taken or links are refused here.
    pub(super) fn link(file: &File, path: &Path) -> io::Result<bool> {
        match linkat(CWD, handle(file), CWD, path, AtFlags::SYMLINK_FOLLOW) {
            Ok(()) => match sync_named(file) {
                Ok(()) => Ok(true),
                Err(error) => {
                    // Its bytes are in doubt: it must not keep the name.
                    let _ = std::fs::remove_file(path);
                    Err(error)
                }
            },
            Err(Errno::EXIST | Errno::PERM | Errno::ACCESS | Errno::OPNOTSUPP | Errno::XDEV | Errno::NOENT) => {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Makes durable that a synced file has a name now, but for the name itself. Some file systems, of which btrfs is one,
    /// take the sync of a file without a name for none; of those that do not the folder's sync is enough.
    fn sync_named(file: &File) -> io::Result<()> {
        const EXT4: u64 = 0xef53;
        const XFS: u64 = 0x5846_5342;
        const TMPFS: u64 = 0x0102_1994;
        match fstatfs(file) {
            Ok(found) if u64::try_from(found.f_type).is_ok_and(|kind| [EXT4, XFS, TMPFS].contains(&kind)) => Ok(()),
            _ => file.sync_data(),
        }
    }

    fn handle(file: &File) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
    }
}

#[cfg(not(target_os = "linux"))]
mod unnamed {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    pub(crate) fn create(_: &Path) -> Option<File> {
        None
    }

    #[allow(clippy::unnecessary_wraps)]
    pub(super) fn link(_: &File, _: &Path) -> io::Result<bool> {
        Ok(false)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]
    use super::*;

    type Create = fn(&Path) -> io::Result<AtomicFile>;
    const BOTH: [Create; 2] = [AtomicFile::create, |path| AtomicFile::create_named(path.into())];

    fn names(folder: &Path) -> Vec<OsString> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn a_committed_file_replaces_what_is_there() {
        for create in BOTH {
            let folder = tempfile::tempdir().unwrap();
            let target = folder.path().join("a.tar");
            for text in ["one", "two"] {
                let mut file = create(&target).unwrap();
                file.write_all(text.as_bytes()).unwrap();
                assert_ne!(fs::read_to_string(&target).ok().as_deref(), Some(text));
                file.sync().unwrap();
                assert_eq!(file.commit().unwrap(), text == "one", "whether the name was free");
                sync_folder(folder.path()).unwrap();
                assert_eq!(fs::read_to_string(&target).unwrap(), text);
            }
            assert_eq!(names(folder.path()), ["a.tar"]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_replaces_a_private_file_is_private_on_its_way() {
        use std::os::unix::fs::PermissionsExt;
        for create in BOTH {
            for mode in [0o600, 0o440] {
                let folder = tempfile::tempdir().unwrap();
                let target = folder.path().join("a.tar");
                fs::write(&target, "old").unwrap();
                fs::set_permissions(&target, fs::Permissions::from_mode(mode)).unwrap();
                let mut file = create(&target).unwrap();
                file.write_all(b"new").unwrap();
                file.sync().unwrap();
                file.park().unwrap();
                let mode_of = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
                assert_eq!(mode_of(file.hidden.as_deref().unwrap()), mode | 0o600);
                file.commit().unwrap();
                assert_eq!((mode_of(&target), fs::read(&target).unwrap()), (mode, b"new".to_vec()));
            }
        }
    }

    #[test]
    fn bytes_that_were_flushed_on_the_way_are_all_there() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.tar");
        let mut file = AtomicFile::create(&target).unwrap();
        (0..80).for_each(|n| file.write_all(&vec![n; 1 << 20]).unwrap());
        file.sync().unwrap();
        file.commit().unwrap();
        let bytes = fs::read(&target).unwrap();
        assert!(bytes.chunks(1 << 20).zip(0..80).all(|(chunk, n)| chunk.iter().all(|&byte| byte == n)));
        assert_eq!(bytes.len(), 80 << 20);
    }

    #[test]
    fn a_dropped_file_leaves_nothing() {
        for create in BOTH {
            let folder = tempfile::tempdir().unwrap();
            let mut file = create(&folder.path().join("a.tar")).unwrap();
            file.write_all(b"half").unwrap();
            drop(file);
            assert!(names(folder.path()).is_empty());
        }
    }

    #[test]
    fn a_parked_file_is_hidden_until_it_is_committed_or_dropped() {
        for create in BOTH {
            let folder = tempfile::tempdir().unwrap();
            let target = folder.path().join("a.tar");
            let parked = || {
                let mut file = create(&target).unwrap();
                file.write_all(b"bytes").unwrap();
                file.sync().unwrap();
                file.park().unwrap();
                file
            };
            let file = parked();
            assert!(file.file.is_none() && !target.exists());
            assert!(names(folder.path())[0].to_str().unwrap().starts_with(".a.tar."));
            drop(file);
            assert!(names(folder.path()).is_empty());
            assert!(parked().commit().unwrap());
            assert_eq!(fs::read(&target).unwrap(), b"bytes");
            assert_eq!(names(folder.path()), ["a.tar"]);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_symlink_is_written_through_wherever_it_points() {
        let folder = tempfile::tempdir().unwrap();
        let (link, elsewhere) = (folder.path().join("a.tar"), folder.path().join("elsewhere"));
        fs::create_dir(&elsewhere).unwrap();
        std::os::unix::fs::symlink("elsewhere/b.tar", &link).unwrap();
        // Dangling at first.
        for text in ["one", "two"] {
            let mut file = AtomicFile::create(&link).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file.sync().unwrap();
            file.commit().unwrap();
            assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
            assert_eq!(fs::read_to_string(&link).unwrap(), text);
            assert_eq!(names(&elsewhere), ["b.tar"]);
        }
        let circle = folder.path().join("circle");
        std::os::unix::fs::symlink("circle", &circle).unwrap();
        assert!(AtomicFile::create(&circle).is_err());
    }

    #[test]
    fn what_cannot_be_linked_is_copied() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.tar");
        let mut file = AtomicFile::create(&target).unwrap();
        file.write_all(b"bytes").unwrap();
        if file.hidden.is_none() {
            let mut inner = file.file.take().unwrap();
            let copy = file.copy_hidden(&mut inner).unwrap();
            assert_eq!(fs::read(copy).unwrap(), b"bytes");
        }
    }

    #[test]
    fn a_folder_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let error = AtomicFile::create(folder.path()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
    }

    #[test]
    fn a_missing_folder_is_named_by_the_system() {
        let folder = tempfile::tempdir().unwrap();
        let error = AtomicFile::create(&folder.path().join("no/a.tar")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
