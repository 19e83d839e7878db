//! Writing a shard, beside writing the bytes that it is made of.
//!
//! A shard is hashed and synced, which a plain write is not: the rows in between say what each of them costs.

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{channel, sync_channel};

use atdata::{Packable, ShardWriter};
use sha2::{Digest, Sha256};

use crate::data::{Shard, features, images, text};
use crate::measure::Options;

pub(crate) fn run(options: &Options) {
    table(options, "write text", || text(options.samples(200_000)));
    table(options, "write images", || images(options.samples(2000)));
    table(options, "write features", || features(options.samples(50_000)));
}

fn table<S: Packable + Clone + 'static>(options: &Options, name: &str, samples: impl FnOnce() -> Vec<S>) {
    if !options.wants(name) {
        return;
    }
    let samples = samples();
    let shard = Shard::write(samples.clone());
    let content = shard.content();
    let target = shard.folder().join("written.tar");
    let plain = |steps| write_plain(&target, &content, steps);
    let Some(mut table) = options.table(name, samples.len(), shard.bytes) else { return };
    table.before(|| drop(std::fs::remove_file(&target)));

    table.base("memcpy and write, 1 MiB at a time", || plain(Steps { hash: false, sync: false }));
    table.is_limit("write");
    table.row("SHA-256 alone", || hash(&content));
    table.is_limit("hash");
    table.row("memcpy, write and SHA-256", || plain(Steps { hash: true, sync: false }));
    table.row("memcpy, write and fsync", || plain(Steps { hash: false, sync: true }));
    table.row("memcpy, write, SHA-256 and fsync", || plain(Steps { hash: true, sync: true }));
    table.row("pack() of all samples to a buffer, reused", || pack(&samples));
    table.row_with_aim("ShardWriter", 0.7, || write_shard(&target, &samples));
    table.base("memcpy and write, SHA-256 and fsync", || plain(Steps { hash: true, sync: true }));
    table.row("ShardWriter, against this", || write_shard(&target, &samples));
    table.base("memcpy and write, SHA-256 on another core, fsync", || write_hashing_aside(&target, &content));
    table.is_limit("both");
    table.row_with_aim("ShardWriter, against that", 0.8, || write_shard(&target, &samples));
    table.base("the same again: memcpy, write and fsync", || plain(Steps { hash: false, sync: true }));
    table.row_with_aim("ShardWriter without SHA-256", 0.8, || write_shard_unhashed(&target, &samples));
    table.print();
}

#[derive(Clone, Copy)]
struct Steps {
    hash: bool,
    sync: bool,
}

fn write_plain(target: &Path, content: &[u8], steps: Steps) -> u64 {
    let mut file = File::create(target).unwrap();
    let mut block = Vec::with_capacity(1 << 20);
    let mut hash = Sha256::new();
    for part in content.chunks(1 << 20) {
        block.clear();
        block.extend_from_slice(part);
        if steps.hash {
            hash.update(&block);
        }
        file.write_all(&block).unwrap();
    }
    if steps.sync {
        file.sync_all().unwrap();
    }
    hash.finalize().iter().map(|byte| u64::from(*byte)).sum()
}

fn hash(content: &[u8]) -> u64 {
    Sha256::digest(content).iter().map(|byte| u64::from(*byte)).sum()
}

/// The same with two threads, which hand each other as many blocks as there are.
fn write_hashing_aside(target: &Path, content: &[u8]) -> u64 {
    let mut file = File::create(target).unwrap();
    let (full, blocks) = sync_channel::<Vec<u8>>(4);
    let (used, empty) = channel();
    let hasher = std::thread::spawn(move || {
        let mut hash = Sha256::new();
        for block in blocks {
            hash.update(&block);
            // The writer may have ended.
            let _ = used.send(block);
        }
        hash.finalize()
    });
    for part in content.chunks(1 << 20) {
        let mut block = empty.try_recv().unwrap_or_else(|_| Vec::with_capacity(1 << 20));
        block.clear();
        block.extend_from_slice(part);
        file.write_all(&block).unwrap();
        full.send(block).unwrap();
    }
    drop(full);
    file.sync_all().unwrap();
    hasher.join().unwrap().iter().map(|byte| u64::from(*byte)).sum()
}

fn pack<S: Packable>(samples: &[S]) -> u64 {
    let mut block = Vec::with_capacity(2 << 20);
    let mut sum = 0;
    for sample in samples {
        sample.write(&mut block);
        if block.len() > 1 << 20 {
            sum += black_box(&block).len() as u64;
            block.clear();
        }
    }
    sum
}

fn write_shard_unhashed<S: Packable>(target: &Path, samples: &[S]) -> u64 {
    ShardWriter::builder(target).sha256(false).write_refs(samples).unwrap().bytes()
}

fn write_shard<S: Packable>(target: &Path, samples: &[S]) -> u64 {
    let mut writer = ShardWriter::builder(target).build().unwrap();
    for sample in samples {
        writer.write(sample).unwrap();
    }
    writer.finish().unwrap().bytes()
}
