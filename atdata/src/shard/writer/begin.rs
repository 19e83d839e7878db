//! How a write begins: anew, behind the shards that are there, or where it was.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::beside::Beside;
use super::commit::{Commit, Free};
use super::error::{Step, WriteError, failed};
use super::file::Threads;
use super::keys::Keys;
use super::options::{Limits, WriteOptions};
use super::staging::{Begin, Staging};
use super::target::Target;
use super::{ShardSink, Unfinished};
use crate::archive::compression::Codec;
use crate::archive::tar::emit::Emitter;
use crate::atomic::{folder_of, sweep_dead};
use crate::digest::new_block;
use crate::error::{Error, Result};
use crate::shard::contents::{Builder, Contents};
use crate::store::Store;

impl ShardSink {
    /// Begins a write to `pattern`: the path of the one file or, with a limit, the pattern of many.
    ///
    /// With a limit `%d` or `%06d` in the path stands for the number of the shard, counted from 0, and `%%` for a
    /// percent sign; without a pattern `-%06d` goes before the suffix. Missing folders are made.
    pub(crate) fn create(pattern: &Path, options: &WriteOptions) -> Result<Self> {
        let limits = options.limits()?;
        let target = Target::files(pattern, limits.is_some())?;
        let mut mtime = options.header_time()?;
        let mut commit = Commit::new(None);
        if options.keeps_what_is_there() {
            commit.keep_what_is_there(Free::NoClobber);
        }
        let mut there = Self::find_there(&target, options, &mut commit)?;
        let mut first = there.last().map_or(0, |(number, _)| number + 1);
        let have_contents = !there.is_empty() && there.iter().all(|(_, path)| Contents::path_of(path).exists());
        let is_plain = Codec::of(&target.place(0).path)? == Codec::Plain;
        if options.wants_contents() && !is_plain {
            let error = Error::from(WriteError::NoContents { of: "a compressed shard" });
            return Err(error.with_shard(&pattern.to_string_lossy()));
        }
        let contents = is_plain && (options.wants_contents() || have_contents);
        if let (true, Target::Files(naming)) = (options.resumes(), &target) {
            if !naming.is_numbered() {
                return Err(Error::from(WriteError::ResumeOne).with_shard(&pattern.to_string_lossy()));
            }
            let name = naming.told();
            let begin = Begin {
                told: options.told(&name, contents),
                mtime,
                first,
                beside: Beside::of(contents, options.wants_manifest()),
            };
            let place = target.place(0);
            commit.make_folder(&place.path).map_err(|error| failed(Step::Folder, error, &place.url))?;
            let mut staging = Staging::open(&place.path, &name, &begin)?;
            if options.appends() && !staging.is_free(|number| target.place(number).path) {
                staging.renumber(first)?;
            }
            (mtime, first) = (staging.mtime, staging.first);
            // Not its own, of a run that was killed when they had their names.
            there.retain(|(number, _)| *number < first);
            commit.stage(staging, |number| target.place(first + number));
        }
        let mut sink = Self::new(target, limits, Emitter::new(mtime), commit, Threads::new(options));
        (sink.first, sink.there) = (first, there.into_iter().map(|(_, path)| path).collect());
        // What is lost of it is written by the next run.
        sink.unfinished.is_told = options.resumes();
        sink.resumed = sink.commit.samples();
        if contents {
            sink.contents = Some(Builder::default());
            sink.remember();
        }
        sink.next_file(options.digest())?;
        Ok(sink)
    }

    /// The shards that are there already, and their numbers, if the write adds to them.
    fn find_there(target: &Target, options: &WriteOptions, commit: &mut Commit) -> Result<Vec<(usize, PathBuf)>> {
        let Target::Files(naming) = target else { return Ok(Vec::new()) };
        if !options.appends() {
            return Ok(Vec::new());
        }
        let url = &target.place(0).url;
        if !naming.is_numbered() {
            return Err(Error::from(WriteError::AppendToOne).with_shard(url));
        }
        commit.keep_what_is_there(Free::Added);
        sweep_dead(folder_of(&target.place(0).path));
        naming.there().map_err(|error| failed(Step::Folder, error, url))
    }

    /// Begins a write of numbered objects below `prefix`: `{prefix}/data--{unique}--{number:06}.tar`. A limit that is not
    /// set is that of Python.
    ///
    /// The bytes of a shard go to the store while samples are packed; all objects appear when the write is finished,
    /// one after the other, and are removed again should a later one be refused.
    pub(crate) fn in_store(store: Arc<dyn Store>, prefix: &str, options: &WriteOptions) -> Result<Self> {
        if options.wants_contents() {
            return Err(WriteError::NoContents { of: "shards in a store" }.into());
        }
        if options.resumes() {
            return Err(WriteError::ResumeStore.into());
        }
        let limits = options.limits()?.unwrap_or_default();
        let emitter = Emitter::new(options.header_time()?);
        let commit = Commit::new(Some(Arc::clone(&store)));
        let target = Target::store(store, prefix)?;
        let mut sink = Self::new(target, Some(limits), emitter, commit, Threads::new(options));
        sink.next_file(options.digest())?;
        Ok(sink)
    }

    fn new(target: Target, limits: Option<Limits>, emitter: Emitter, commit: Commit, threads: Option<Threads>) -> Self {
        Self {
            target,
            limits,
            emitter,
            keys: Keys::default(),
            unfinished: Unfinished::default(),
            block: new_block(),
            filled: 0,
            written: None,
            contents: None,
            #[cfg(feature = "manifest")]
            manifests: None,
            first: 0,
            there: Vec::new(),
            resumed: 0,
            threads,
            file: None,
            commit,
        }
    }
}
