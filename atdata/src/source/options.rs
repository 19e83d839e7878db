//! Options of reading: how shards are read.

#[cfg(feature = "http")]
mod remote;

#[cfg(feature = "http")]
use crate::source::RemoteOptions;

/// More than this in one piece is hardly meant: some kilobytes of a compressed shard can hold terabytes.
const MAX_MEMBER: u64 = 1 << 30;

/// Which warnings are errors, at the end of a shard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Refuse {
    Nothing,
    OddEnds,
    AllThatIsOdd,
}

/// How to read shards: built by `ReadOptions::new().require_end(true)`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct ReadOptions {
    pub(crate) map_unchanging_files: bool,
    pub(crate) read_ahead: bool,
    pub(crate) refuse: Refuse,
    pub(crate) max_member: u64,
    pub(crate) rust_beta: bool,
    /// Whether queries ask the manifests beside shards.
    #[cfg_attr(not(feature = "manifest"), allow(dead_code, reason = "there is nothing to ask"))]
    pub(crate) manifests: bool,
    /// Whether what follows the end of an archive is read, too, for what the source checks at its own end.
    pub(crate) whole: bool,
    #[cfg(feature = "http")]
    remote: RemoteOptions,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            map_unchanging_files: false,
            read_ahead: true,
            refuse: Refuse::Nothing,
            max_member: MAX_MEMBER,
            rust_beta: false,
            manifests: true,
            whole: false,
            #[cfg(feature = "http")]
            remote: RemoteOptions::default(),
        }
    }
}

impl ReadOptions {
    /// Whether shards of servers are fetched to a folder of this machine, and read from there.
    #[cfg_attr(not(feature = "http"), allow(clippy::unused_self, reason = "nothing is remote"))]
    pub(crate) fn has_cache(&self) -> bool {
        #[cfg(feature = "http")]
        let has_cache = self.remote.cache.is_some();
        #[cfg(not(feature = "http"))]
        let has_cache = false;
        has_cache
    }

    /// Reads through buffers, and only warns of archives with an odd end.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether plain local files, which the caller knows to stay as they are, are mapped into memory, or read through a
    /// buffer, the default.
    ///
    /// Samples of a mapped file are borrowed from the page cache: values that are kept, such as those of a
    /// [`DictSample`](crate::DictSample) or of a shuffle buffer, are no copies then. In return the caller promises that
    /// the file is left alone while it is read and while any sample of it is alive: if another process truncates it, as
    /// writers do that write in place, the next touch of the lost part kills this one (`SIGBUS` on Unix); if it is
    /// overwritten in place, borrowed samples change under their owner's hands, which Rust calls undefined behaviour.
    /// Files that are replaced by renaming, as this library writes them, are safe. Without a map neither can happen: a
    /// file that shrinks is a truncated one.
    ///
    /// Compressed files and streams are never mapped.
    #[must_use]
    pub fn map_unchanging_files(mut self, yes: bool) -> Self {
        self.map_unchanging_files = yes;
        self
    }

    /// Whether a plain local file that is read from its begin to its end is read ahead, on a thread of its own and by up
    /// to 1 MiB; so it is unless told otherwise. Samples that are small take half the time then. Nothing is read ahead
    /// of the first MiB, of who passes over most of a file, of a map, and where there is one core.
    ///
    /// Many readers that keep all cores busy anyway win nothing by it.
    #[must_use]
    pub fn read_ahead(mut self, yes: bool) -> Self {
        self.read_ahead = yes;
        self
    }

    /// Whether an archive that does not end as it should is an error, behind its last sample, or only a
    /// [`Warning`](crate::archive::Warning), the default: one without its two zero blocks, with data behind them, or with
    /// more zeros than archives are filled up with. A file that was cut exactly between two members, or has a hole in
    /// it, can be told by nothing else.
    #[must_use]
    pub fn require_end(mut self, yes: bool) -> Self {
        self.refuse = if yes { Refuse::OddEnds } else { Refuse::Nothing };
        self
    }

    /// How many bytes a member may have that is read, 1 GiB unless told otherwise. A larger one is an error of its
    /// sample, behind which comes the next; one that nobody asks for is passed over whatever its size. Where a sample is
    /// made of its members, they may not have more bytes together.
    ///
    /// The members of a shard decide how much memory it takes to read it, and compressed ones need not be as large as
    /// what they claim: whoever reads shards of strangers may want less.
    #[must_use]
    pub fn max_member(mut self, bytes: u64) -> Self {
        self.max_member = bytes;
        self
    }

    /// Whether shards that the Rust crate `atdata` 0.8.0-beta wrote are recognised, by their first member, and read; they
    /// are not unless told otherwise. All other shards are read as they always are.
    ///
    /// That crate names members by their keys alone, where readers of `WebDataset` look for `key.msgpack`, and puts
    /// `__key__` and `atdataSchemaVersion` into the map of each sample. Its samples are given without these two, so that
    /// types need not know of them: [`payload`](crate::shard::RawSample::payload) is the map without them, and not what
    /// is in the archive. A copy made by [`write_dataset`](crate::ShardWriter::write_dataset) is a shard as any other.
    /// Where a dataset has no other samples, and this is not set, the error says so.
    #[must_use]
    pub fn rust_beta(mut self, yes: bool) -> Self {
        self.rust_beta = yes;
        self
    }

    /// Whether [`query`](crate::Dataset::query) asks the [manifests](crate::docs::manifests) beside shards, as it does unless told
    /// otherwise: for who does not trust them. All samples are asked then. Without the feature `manifest` there is nothing to ask.
    #[must_use]
    pub fn manifests(mut self, yes: bool) -> Self {
        self.manifests = yes;
        self
    }

    /// Makes every warning an error at the end of its shard: for what counts and copies.
    pub(crate) fn strict(mut self) -> Self {
        self.refuse = Refuse::AllThatIsOdd;
        self
    }

    /// Without a cache: for what is no shard.
    #[cfg_attr(not(feature = "http"), allow(unused_mut, reason = "nothing is remote"))]
    pub(crate) fn uncached(mut self) -> Self {
        #[cfg(feature = "http")]
        {
            self.remote.cache = None;
        }
        self
    }

    #[cfg(feature = "http")]
    pub(crate) fn whole(mut self) -> Self {
        self.whole = true;
        self
    }
}
