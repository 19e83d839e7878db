//! Checks for whatever gives shards by their URLs: a scheme, a server, a file system.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use atdata::ReadOptions;
//! use atdata::conformance::source::{Subject, all};
//!
//! let folder = tempfile::tempdir()?;
//! let put = |name: &str, bytes: &[u8]| {
//!     let path = folder.path().join(name);
//!     std::fs::write(&path, bytes)?;
//!     Ok(path.to_string_lossy().into_owned())
//! };
//! let missing = folder.path().join("no such.tar");
//! let subject = Subject::new(&put, missing.to_str().unwrap_or_default(), ReadOptions::new());
//! for check in all() {
//!     check.run_on(&subject)?;
//! }
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::io::Read;

use super::check::{Check, checks};
use super::{Outcome, holds, same};
use crate::dataset::{Dataset, ShardWriter};
use crate::error::{Error, ErrorKind, Result};
use crate::sample::DictSample;
use crate::source::{ReadOptions, Shard};
use crate::store::sha256_of;

/// What a check runs on.
pub struct Subject<'a> {
    put: &'a (dyn Fn(&str, &[u8]) -> Result<String> + Sync),
    missing: &'a str,
    options: ReadOptions,
}

impl<'a> Subject<'a> {
    /// `put` makes a shard of a name and bytes, and gives its URL; nothing is at `missing`; `options` are what it takes
    /// to read.
    pub fn new(
        put: &'a (dyn Fn(&str, &[u8]) -> Result<String> + Sync),
        missing: &'a str,
        options: ReadOptions,
    ) -> Self {
        Self { put, missing, options }
    }

    fn shard(&self, name: &str, bytes: &[u8]) -> Result<Shard> {
        Shard::from_url(&(self.put)(name, bytes)?)
    }

    fn read(&self, shard: &Shard) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        shard.bytes(&self.options)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("options", &self.options).finish_non_exhaustive()
    }
}

/// All checks. They do not depend on each other, and may run at the same time.
pub fn all<'a>() -> Vec<Check<Subject<'a>>> {
    checks![
        bytes_come_as_they_are,
        a_reader_may_stop_anywhere,
        many_read_the_same_shard_at_the_same_time,
        what_is_not_there_is_not_found,
        the_digest_is_that_of_the_bytes,
        samples_are_read_in_their_order,
    ]
}

fn bytes(count: usize) -> Vec<u8> {
    (0_u32..).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).take(count).collect()
}

fn bytes_come_as_they_are(subject: &Subject<'_>) -> Outcome {
    for size in [0, 1, 65_536, (3 << 20) + 5] {
        let shard = subject.shard(&format!("bytes-{size}.tar"), &bytes(size))?;
        let found = subject.read(&shard)?;
        holds(&format!("a shard of {size} bytes: found {}, or others", found.len()), found == bytes(size))?;
    }
    Ok(())
}

fn a_reader_may_stop_anywhere(subject: &Subject<'_>) -> Outcome {
    let content = bytes(8 << 20);
    let shard = subject.shard("stopped.tar", &content)?;
    for count in [0, 1, 100_000, 5 << 20] {
        let mut found = Vec::new();
        shard.bytes(&subject.options)?.take(count).read_to_end(&mut found).map_err(Error::from)?;
        holds(
            &format!("the first {count} bytes of a shard"),
            content.starts_with(&found) && found.len() as u64 == count,
        )?;
    }
    let found = subject.read(&shard)?;
    holds("all of it, behind those who stopped", found == content)
}

fn many_read_the_same_shard_at_the_same_time(subject: &Subject<'_>) -> Outcome {
    let content = bytes((2 << 20) + 1);
    let shard = subject.shard("shared.tar", &content)?;
    let all: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(|| subject.read(&shard))).collect();
        threads.into_iter().map(|thread| thread.join().ok()).collect()
    });
    for found in all {
        let found = found.ok_or_else(|| Error::new(ErrorKind::Caller, "a thread panicked"))??;
        holds("each reader gets all bytes", found == content)?;
    }
    Ok(())
}

fn what_is_not_there_is_not_found(subject: &Subject<'_>) -> Outcome {
    let shard = Shard::from_url(subject.missing)?;
    let kind = subject.read(&shard).err().map(|error| error.kind());
    same("the kind of error of reading it", kind, Some(ErrorKind::NotFound))?;
    let error = match Dataset::<DictSample>::open(&shard) {
        Ok(dataset) => dataset.with_options(subject.options.clone()).head(1).err(),
        Err(error) => Some(error),
    };
    same("the kind of error of reading samples", error.as_ref().map(Error::kind), Some(ErrorKind::NotFound))?;
    let named = error.as_ref().and_then(Error::shard).map(str::to_owned);
    same("the shard that the error names", named, Some(shard.redacted()))
}

fn the_digest_is_that_of_the_bytes(subject: &Subject<'_>) -> Outcome {
    let content = bytes((1 << 20) + 77);
    let shard = subject.shard("digest.tar", &content)?;
    let mut told = 0;
    let (digest, count) = sha256_of(&shard, &subject.options, &mut |count| told += count)?;
    same("the size", (count, told), (content.len() as u64, content.len() as u64))?;
    let expected: [u8; 32] = sha2::Digest::finalize(<sha2::Sha256 as sha2::Digest>::new_with_prefix(&content)).into();
    same("the digest", digest, expected)
}

/// Shards of ten samples, made in a folder of this machine.
fn shards(folder: &std::path::Path) -> Result<Vec<Vec<u8>>> {
    let samples = (0..30_i64).map(|number| {
        let mut sample = DictSample::new();
        sample.insert("number", number);
        sample.insert("text", "x".repeat(20_000));
        sample
    });
    let written = ShardWriter::builder(folder.join("%d.tar")).max_count(10).write_all(samples)?;
    written.paths().iter().map(|path| Ok(std::fs::read(path)?)).collect()
}

fn samples_are_read_in_their_order(subject: &Subject<'_>) -> Outcome {
    let folder = std::env::temp_dir().join(format!("atdata-{}", uuid::Uuid::new_v4()));
    let made = shards(&folder);
    std::fs::remove_dir_all(&folder).map_err(Error::from)?;
    let urls: Result<Vec<_>> = made?
        .iter()
        .enumerate()
        .map(|(number, shard)| subject.shard(&format!("samples-{number}.tar"), shard))
        .collect();
    let dataset = Dataset::<DictSample>::open(urls?)?.with_options(subject.options.clone());
    let numbers = |samples: &mut dyn Iterator<Item = Result<DictSample>>| -> Result<Vec<i64>> {
        samples
            .map(|sample| {
                sample?
                    .get("number")
                    .and_then(crate::sample::Value::as_i64)
                    .ok_or_else(|| Error::new(ErrorKind::Corrupt, "a sample without its number"))
            })
            .collect()
    };
    let expected: Vec<i64> = (0..30).collect();
    same("the samples", numbers(&mut dataset.iter())?, expected.clone())?;
    let mut shuffled = numbers(&mut dataset.shuffled(42))?;
    holds("another order when shuffled", shuffled != expected)?;
    shuffled.sort_unstable();
    same("the samples, shuffled", shuffled, expected)
}
