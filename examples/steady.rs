//! Whether a loader's memory stays what it is: `cargo run --release --example steady -- --seconds 3600`.
//!
//! Epoch after epoch is loaded of images of several sizes and of texts, in an order that is another each time, and dropped; each minute it
//! is told how many samples there were, and how much memory the process has. The files are in the page cache, which is the system's and
//! not counted. With `--ring` batches are read into memory that is used again; `--every` says how many seconds are between two lines.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use atdata::dataset::{PlanBuilder, Ring, Tail};
use atdata::order::Order;
use atdata::{Dataset, Packable, ShardWriter};
use ndarray::{Array1, Array3};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[derive(Packable)]
struct Sample {
    number: i64,
    text: String,
    pixels: Array3<u8>,
    #[packable(ragged)]
    tokens: Array1<u32>,
}

const SAMPLES: i64 = 4000;
const BATCH: u64 = 64;
const MINUTE: Duration = Duration::new(60, 0);
/// How much more there may be at the end than behind the first epochs, in kB: what allocators keep.
const SLACK: u64 = 64 << 10;

struct Options {
    time: Duration,
    every: Duration,
    threads: usize,
    has_ring: bool,
}

#[expect(clippy::cast_precision_loss, reason = "a rate for people")]
fn main() -> Result<()> {
    let options = options()?;
    let folder = tempfile::tempdir()?;
    let samples = write(folder.path())?;
    let ring = Arc::new(Ring::new(2 * options.threads + 2));
    let orders = [Order::Global, Order::blocks(64, 16), Order::Stored];
    let (start, mut told, mut seen, mut begin) = (Instant::now(), Instant::now(), 0_u64, None);
    println!("{:>8} {:>12} {:>12} {:>10}", "seconds", "samples", "samples/s", "kB");
    for (epoch, order) in (0..).zip(orders.into_iter().cycle()) {
        let plan =
            samples.plan().seed(7).epoch(epoch).order(order).batch(BATCH).tail(Tail::Pad).threads(options.threads);
        seen += if options.has_ring { lent(&plan, &ring)? } else { owned(&plan)? };
        let is_over = start.elapsed() >= options.time;
        if told.elapsed() >= options.every || is_over || begin.is_none() && epoch == 5 {
            let (seconds, memory) = (start.elapsed().as_secs_f64(), resident()?);
            println!("{seconds:>8.0} {seen:>12} {:>12.0} {memory:>10}", seen as f64 / seconds);
            // Each order was there twice: what is held on to is there.
            if epoch >= 5 {
                begin.get_or_insert(memory);
            }
            told = Instant::now();
        }
        if is_over && epoch >= 5 {
            break;
        }
    }
    let (begin, end) = (begin.unwrap_or_default(), resident()?);
    println!("{begin} kB behind the first epochs, {end} kB at the end, at most {} kB", peak()?);
    if end > begin + SLACK {
        return Err(format!("memory grew by {} kB", end - begin).into());
    }
    Ok(())
}

fn owned(plan: &PlanBuilder<Sample>) -> Result<u64> {
    let mut seen = 0;
    for step in plan.load()? {
        seen += step?.batch.len() as u64;
    }
    Ok(seen)
}

fn lent(plan: &PlanBuilder<Sample>, ring: &Arc<Ring<SampleBatch>>) -> Result<u64> {
    let mut seen = 0;
    for step in plan.load_into(ring)? {
        seen += step?.batch.len() as u64;
    }
    Ok(seen)
}

fn options() -> Result<Options> {
    let mut options = Options { time: MINUTE, every: MINUTE, threads: 2, has_ring: false };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut number = || args.next().and_then(|text| text.parse().ok()).ok_or(format!("{arg} takes a number"));
        match arg.as_str() {
            "--seconds" => options.time = Duration::from_secs(number()?),
            "--every" => options.every = Duration::from_secs(number()?),
            "--threads" => options.threads = usize::try_from(number()?)?,
            "--ring" => options.has_ring = true,
            _ => return Err(format!("{arg} is none of --seconds N, --every N, --threads N, --ring").into()),
        }
    }
    Ok(options)
}

fn write(folder: &Path) -> Result<Dataset<Sample>> {
    let sample = |number: i64| {
        let words = usize::try_from(number * 7919 % 200)?;
        let (text, tokens) = (format!("{number} ").repeat(words), Array1::from_elem(words, 7));
        Ok(Sample { number, text, pixels: Array3::from_elem((64, 64, 3), number.to_le_bytes()[0]), tokens })
    };
    let samples = (0..SAMPLES).map(sample).collect::<Result<Vec<_>>>()?;
    let writer = ShardWriter::builder(folder.join("s-%02d.tar")).max_count(500).contents(true);
    Ok(writer.write_all(samples)?.open()?)
}

/// What the process has in memory, in kB.
fn resident() -> Result<u64> {
    of_status("VmRSS:")
}

fn peak() -> Result<u64> {
    of_status("VmHWM:")
}

fn of_status(name: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").map_err(|error| format!("only Linux tells: {error}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("the system does not tell")?;
    Ok(line.trim().trim_end_matches(" kB").trim().parse()?)
}
