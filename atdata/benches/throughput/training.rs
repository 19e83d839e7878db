//! The training loop: batches of a plan, samples found by number and key, and what it takes to begin.

use std::fs::File;
use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;

use atdata::dataset::{Plan, PlanBuilder, Ring, ShardSize, Tail, Token};
use atdata::order::Order;
use atdata::shard::Contents;
use atdata::{Dataset, DictSample, Packable, ShardWriter};
use tempfile::TempDir;

use crate::data::{Image, Text, images, text};
use crate::measure::Options;
use crate::scale::link_shards;

pub(crate) fn run(options: &Options) {
    if ["text", "access", "begin", "index"].iter().any(|name| options.wants(&format!("training, {name}"))) {
        let samples = options.samples(200_000);
        let shards = Shards::write(text(samples), samples as u64 / 20);
        batches_of_text(options, samples, &shards);
        access(options, samples, &shards);
        begin(options, samples, &shards);
        index(options, samples, &shards);
    }
    batches_of_images(options);
    plans(options);
    many_shards(options);
}

/// Shards of one dataset, with contents.
struct Shards {
    _folder: TempDir,
    paths: Vec<PathBuf>,
    bytes: u64,
}

impl Shards {
    fn write<S: Packable + 'static>(samples: Vec<S>, a_shard: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let builder = ShardWriter::builder(folder.path().join("data-%03d.tar")).max_count(a_shard).contents(true);
        let written = builder.write_all(samples).unwrap();
        Self { paths: written.paths(), bytes: written.bytes(), _folder: folder }
    }

    fn open<S: Packable + 'static>(&self) -> Dataset<S> {
        Dataset::open(self.paths.clone()).unwrap()
    }

    /// Reads the files and does nothing with them.
    fn read(&self) -> u64 {
        use std::io::Read;
        let mut buffer = vec![0; 256 << 10];
        let read = |path: &PathBuf| {
            let (mut file, mut sum) = (File::open(path).unwrap(), 0);
            loop {
                match file.read(&mut buffer).unwrap() {
                    0 => return sum,
                    len => sum += black_box(len) as u64,
                }
            }
        };
        self.paths.iter().map(read).sum()
    }
}

const BLOCKS: (u32, u32) = (256, 64);

fn plan<S>(dataset: &Dataset<S>, batch: u64, order: Order, threads: usize) -> PlanBuilder<S> {
    dataset.plan().seed(1).batch(batch).order(order).tail(Tail::Uneven).threads(threads)
}

fn batches_of_text(options: &Options, samples: usize, shards: &Shards) {
    let dataset = shards.open::<Text>();
    let Some(mut table) = options.table("training, text", samples, shards.bytes) else { return };
    let loaded = |order: Order, threads: usize| -> u64 {
        let steps = plan(&dataset, 256, order, threads).load().unwrap();
        steps.map(|step| black_box(step.unwrap().batch).text.len() as u64).sum()
    };
    table.base("batches(256), as they are stored", || {
        dataset.batches(256).map(|batch| black_box(batch.unwrap()).text.len() as u64).sum()
    });
    table.row("shuffled(1).batches(256), a buffer", || {
        dataset.shuffled(1).batches(256).map(|batch| black_box(batch.unwrap()).text.len() as u64).sum()
    });
    table.row("read() of the files, 256 KiB at a time", || shards.read());
    table.is_limit("read");
    let blocks = Order::blocks(BLOCKS.0, BLOCKS.1);
    for (name, order) in [("stored", Order::Stored), ("blocks:256x64", blocks), ("global", Order::Global)] {
        for threads in 0..3 {
            // A globally shuffled epoch is to be no slower than half of an ordered one.
            table.row_with_aim(&format!("loader, {name}, {threads} threads"), 0.5, move || loaded(order, threads));
        }
    }
    // No more memory than for a few batches: nothing is read together with what comes later.
    table.row("loader, global, 2 threads, 4 MiB", || {
        let steps = plan(&dataset, 256, Order::Global, 2).memory(4 << 20).load().unwrap();
        steps.map(|step| black_box(step.unwrap().batch).text.len() as u64).sum()
    });
    table.print();
}

fn batches_of_images(options: &Options) {
    if !options.wants("training, images") {
        return;
    }
    let samples = options.samples(1000);
    let shards = Shards::write(images(samples), samples as u64 / 5);
    let dataset = shards.open::<Image>();
    let whole: Vec<u8> = shards.paths.iter().flat_map(|path| std::fs::read(path).unwrap()).collect();
    let Some(mut table) = options.table("training, images", samples, shards.bytes) else { return };
    let a_batch = whole.len() / samples * 32;
    let loaded = |order: Order, threads: usize| -> u64 {
        let loader = plan(&dataset, 32, order, threads).load().unwrap();
        loader.map(|step| black_box(step.unwrap().batch).image.len() as u64).sum()
    };
    table.base("memcpy of 32 images at a time", || {
        whole.chunks(a_batch).map(|batch| black_box(batch.to_vec()).len() as u64).sum()
    });
    table.is_limit("memcpy");
    table.row("read() of the files, 256 KiB at a time", || shards.read());
    table.is_limit("read");
    table.row("batches(32), as they are stored", || {
        dataset.batches(32).map(|batch| black_box(batch.unwrap()).image.len() as u64).sum()
    });
    for (name, order) in [("stored", Order::Stored), ("global", Order::Global)] {
        for threads in 0..3 {
            table.row_with_aim(&format!("loader, {name}, {threads} threads"), 0.8, move || loaded(order, threads));
        }
    }
    table.row_with_aim("loader, stored, 2 threads, batches come back", 0.8, || {
        let ring = Arc::new(Ring::new(8));
        let steps = plan(&dataset, 32, Order::Stored, 2).load_into(&ring).unwrap();
        steps.map(|step| black_box(step.unwrap().batch).image.len() as u64).sum()
    });
    table.print();
}

/// A shard, and a place and length in it.
type Range = (usize, u64, usize);

/// Numbers at random, and the keys and ranges of their samples.
fn picks(count: usize, samples: usize, shards: &Shards) -> (Vec<usize>, Vec<String>, Vec<Range>) {
    let contents: Vec<Contents> = shards.paths.iter().map(|path| Contents::open(path).unwrap().unwrap()).collect();
    let a_shard = contents[0].samples();
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % samples
    };
    let numbers: Vec<usize> = (0..count).map(|_| next()).collect();
    let place = |number: &usize| {
        let number = *number as u64;
        let shard = usize::try_from(number / a_shard).unwrap();
        let place = contents[shard].sample(number % a_shard).unwrap();
        (place.key, (shard, place.start, usize::try_from(place.end - place.start).unwrap()))
    };
    let (keys, ranges) = numbers.iter().map(place).unzip();
    (numbers, keys, ranges)
}

fn access(options: &Options, samples: usize, shards: &Shards) {
    let count = options.samples(100_000);
    let (numbers, keys, ranges) = picks(count, samples, shards);
    let bytes = ranges.iter().map(|(_, _, len)| *len as u64).sum();
    let (numbers, keys) = (&numbers, &keys);
    let files: Vec<File> = shards.paths.iter().map(|path| File::open(path).unwrap()).collect();
    let mut buffer = vec![0; ranges.iter().map(|(_, _, len)| *len).max().unwrap_or(0)];
    let dataset = shards.open::<Text>();
    let Some(mut table) = options.table("training, access", count, bytes) else { return };
    table.base("pread of the same ranges, in that order", move || {
        let read = |(shard, from, len): &(usize, u64, usize)| read_at(&files[*shard], &mut buffer[..*len], *from);
        ranges.iter().map(read).sum()
    });
    table.is_limit("pread");
    table.row("at(number)", || {
        numbers.iter().map(|number| black_box(dataset.at(*number).unwrap()).text.len() as u64).sum()
    });
    table.row("select(1000 numbers)", || {
        let select = |numbers: &[usize]| black_box(dataset.select(numbers).unwrap()).len() as u64;
        numbers.chunks(1000).map(select).sum()
    });
    table.row("get(key)", || keys.iter().map(|key| black_box(dataset.get(key).unwrap()).text.len() as u64).sum());
    table.print();
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], from: u64) -> u64 {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, from).unwrap();
    buffer.len() as u64
}

#[cfg(not(unix))]
fn read_at(file: &File, buffer: &mut [u8], from: u64) -> u64 {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = file;
    file.seek(SeekFrom::Start(from)).unwrap();
    file.read_exact(buffer).unwrap();
    buffer.len() as u64
}

/// One batch, from nothing.
fn begin(options: &Options, samples: usize, shards: &Shards) {
    let Some(mut table) = options.table("training, begin", 256, shards.bytes / samples as u64 * 256) else { return };
    let first = |builder: &PlanBuilder<Text>| black_box(builder.load().unwrap().next()).unwrap().unwrap().rows as u64;
    let started = plan(&shards.open::<Text>(), 256, Order::Global, 1).build().unwrap();
    let token = |part: u64| -> Token { started.token(started.steps() * part / 100).unwrap() };
    table.base("batches(256): the first one", || {
        black_box(shards.open::<Text>().batches(256).next()).unwrap().unwrap().text.len() as u64
    });
    for threads in [0, 2] {
        table.row(&format!("loader: opened, planned, the first batch, {threads} threads"), move || {
            first(&plan(&shards.open::<Text>(), 256, Order::Global, threads))
        });
    }
    for part in [0, 50, 99] {
        let token = token(part);
        table.row(&format!("the same, resumed behind {part} % of the epoch"), move || {
            first(&shards.open::<Text>().plan().resume(&token).threads(0))
        });
    }
    table.print();
}

/// Contents of shards that have none.
fn index(options: &Options, samples: usize, shards: &Shards) {
    let Some(mut table) = options.table("training, index", samples, shards.bytes) else { return };
    table.before(|| {
        shards.paths.iter().for_each(|path| drop(std::fs::remove_file(Contents::path_of(path))));
    });
    table.base("read() of the files, 256 KiB at a time", || shards.read());
    table.is_limit("read");
    for threads in 1..3 {
        table.row(&format!("index-shards, {threads} threads"), move || {
            shards.open::<DictSample>().untyped().index(threads, &|_| ()).unwrap().samples
        });
    }
    table.print();
}

fn plans(options: &Options) {
    const MANY: u64 = 1_000_000_000;
    let planned = |shards: u64, samples: u64, order: Order| {
        let shards = (0..shards).map(move |_| ShardSize { samples: samples / shards, bytes: 1 << 30 });
        Plan::of(shards).seed(1).batch(1024).ranks(8).order(order).build().unwrap()
    };
    let plan = planned(10_000, MANY, Order::Global);
    let Some(mut table) = options.table("training, plan", 1_000_000_000, 0) else { return };
    table.base("a million samples in 100 shards", || planned(100, 1_000_000, Order::Global).steps());
    table.row("10^9 samples in 10,000 shards", || planned(10_000, MANY, Order::Global).steps());
    table.row("10^9 samples in 10,000 shards, in blocks", || planned(10_000, MANY, Order::blocks(256, 512)).steps());
    table.row("a thousand batches of a rank, of 10^9 samples", || {
        (0..1000).map(|step| black_box(plan.slots(3, step * 900)).len() as u64).sum()
    });
    table.print();
    let before = resident();
    let plan = black_box(planned(10_000, MANY, Order::Global));
    tell_memory("a plan of 10^9 samples in 10,000 shards", before);
    drop(plan);
}

/// Shards that are there by name, each with its contents: their samples are counted from these.
fn many_shards(options: &Options) {
    let count = options.samples(100_000);
    if !options.wants("training, many shards") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    link_shards(folder.path(), count, 1);
    let pattern = format!("{}/n-{{000000..{:06}}}.tar", folder.path().display(), count - 1);
    let open = || Dataset::<DictSample>::open(pattern.as_str()).unwrap();
    let heads: Vec<PathBuf> = (0..count).map(|number| folder.path().join(format!("n-{number:06}.tar.atx"))).collect();
    let Some(mut table) = options.table("training, many shards", count, 0) else { return };
    table.base("the begin of each sidecar, one after the other", || {
        let mut buffer = [0; 256];
        heads.iter().map(|path| read_at(&File::open(path).unwrap(), &mut buffer, 0)).sum()
    });
    table.row("open()", || open().shards().len() as u64);
    table.row("open() and len()", || open().len().unwrap() as u64);
    table.print();
    let before = resident();
    let dataset = black_box(open());
    tell_memory(&format!("{count} shards, opened"), before);
    black_box(dataset.len().unwrap());
    tell_memory(&format!("{count} shards, opened and counted"), before);
    many_shards_in_a_pack(options, count, &pattern, &heads);
}

/// The same, with their contents in one file: nothing of a shard is asked for but its size and time.
fn many_shards_in_a_pack(options: &Options, count: usize, pattern: &str, heads: &[PathBuf]) {
    let open = || Dataset::<DictSample>::open(pattern).unwrap();
    open().untyped().pack(0, &|_| ()).unwrap();
    let shards: Vec<PathBuf> = heads.iter().map(|head| head.with_extension("")).collect();
    let Some(mut table) = options.table("training, many shards in a pack", count, 0) else { return };
    table.base("the size of each shard, one after the other", || {
        shards.iter().map(|path| std::fs::metadata(path).unwrap().len()).sum()
    });
    table.row("open()", || open().shards().len() as u64);
    table.row("open() and len()", || open().len().unwrap() as u64);
    table.print();
    let before = resident();
    let dataset = black_box(open());
    tell_memory(&format!("{count} shards, opened"), before);
    black_box(dataset.len().unwrap());
    tell_memory(&format!("{count} shards in a pack, opened and counted"), before);
}

/// Bytes of memory that the process has in use, where the system tells it.
pub(crate) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

pub(crate) fn tell_memory(what: &str, before: Option<u64>) {
    if let Some((before, now)) = before.zip(resident()) {
        println!("  {what}: {} kB more in memory", now.saturating_sub(before) / 1024);
    }
}
