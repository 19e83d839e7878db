//! How well orders mix: `cargo run --release --example mixing [FILE.svg]`.
//!
//! Of each way to go through a dataset it is counted how many different shards a batch has samples of, in the mean of an epoch.
//! Plans are asked, a shuffle buffer is run over shards that are written here. With a file it draws the picture of
//! `docs/training.md`, which is the same each time.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;

use atdata::dataset::{Plan, ShardSize};
use atdata::order::Order;
use atdata::{Dataset, Packable, ShardWriter, Shuffle};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const SHARDS: u32 = 1000;
const SAMPLES: u32 = 100;
const BATCH: u32 = 256;

/// A way to go through the dataset.
struct Way {
    name: String,
    /// Samples that it has at hand at a time, where it is not the order alone that mixes.
    held: Option<u32>,
    /// Different shards of a batch.
    shards: f64,
}

/// A sample that knows where it is from.
#[derive(Packable)]
struct Sample {
    shard: i64,
}

fn main() -> Result<()> {
    let mut ways = vec![planned("in order", Order::Stored, 1, None)?];
    let folder = tempfile::tempdir()?;
    let dataset = write(folder.path())?;
    for buffer in [100, 1_000, 10_000] {
        ways.push(buffered(&dataset, buffer)?);
    }
    for window in [40, 400, 2_000] {
        let name = format!("windows of {window} blocks of 25");
        ways.push(planned(&name, Order::blocks(25, window), 1, Some(25 * window))?);
    }
    ways.push(planned("8 lanes, windows of 400 blocks", Order::blocks(25, 400), 8, Some(8 * 25 * 400))?);
    ways.push(planned("global", Order::Global, 1, None)?);
    let chance = chance();
    println!("{SHARDS} shards of {SAMPLES} samples, batches of {BATCH}; by chance {chance:.0} shards");
    for Way { name, held, shards } in &ways {
        let held = held.map_or_else(|| "-".to_owned(), |held| held.to_string());
        println!("{name:<32} {held:>7} samples held {shards:>6.1} shards a batch");
    }
    if let Some(path) = std::env::args().nth(1) {
        std::fs::write(&path, picture(&ways, chance)?)?;
        println!("{path} is drawn.");
    }
    Ok(())
}

/// What as many independent draws would have.
fn chance() -> f64 {
    let (shards, batch) = (f64::from(SHARDS), f64::from(BATCH));
    shards * (1.0 - (1.0 - 1.0 / shards).powf(batch))
}

fn planned(name: &str, order: Order, lanes: u64, held: Option<u32>) -> Result<Way> {
    let sizes = (0..SHARDS).map(|_| ShardSize { samples: SAMPLES.into(), bytes: 100_000 });
    let plan = Plan::of(sizes).seed(7).batch(BATCH.into()).order(order).lanes(lanes).build()?;
    let shards_of =
        |step| plan.global_slots(step).iter().filter_map(|slot| plan.locate(slot.sample)).map(|at| at.0).collect();
    let batches: Vec<BTreeSet<usize>> = (0..plan.steps()).map(shards_of).collect();
    Ok(Way { name: name.to_owned(), held, shards: mean(batches.iter().map(BTreeSet::len)) })
}

fn buffered(dataset: &Dataset<Sample>, buffer: u32) -> Result<Way> {
    let mut batches = Vec::new();
    for batch in dataset.shuffle(Shuffle::new(7).buffer(buffer.try_into()?)).batches(BATCH.try_into()?) {
        batches.push(batch?.shard.into_iter().collect::<BTreeSet<_>>().len());
    }
    // The last one is not whole.
    batches.pop();
    Ok(Way { name: format!("shards and a buffer of {buffer}"), held: Some(buffer), shards: mean(batches.into_iter()) })
}

fn mean(batches: impl ExactSizeIterator<Item = usize>) -> f64 {
    let count = batches.len();
    let sum: usize = batches.sum();
    // Both are small.
    f64::from(u32::try_from(sum).unwrap_or(u32::MAX)) / f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

fn write(folder: &Path) -> Result<Dataset<Sample>> {
    let samples = (0..SHARDS).flat_map(|shard| (0..SAMPLES).map(move |_| Sample { shard: shard.into() }));
    let builder = ShardWriter::builder(folder.join("m-%04d.tar")).max_count(SAMPLES.into()).sha256(false);
    Ok(builder.write_all(samples)?.open()?)
}

/// Bars, on whatever ground.
fn picture(ways: &[Way], chance: f64) -> Result<String> {
    const LEFT: u32 = 230;
    const SCALE: f64 = 1.5;
    const LINE: u32 = 26;
    let height = LINE * (u32::try_from(ways.len())? + 3);
    let mut svg = String::new();
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\">"
    )?;
    writeln!(svg, "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>")?;
    writeln!(svg, "<text x=\"10\" y=\"20\" font-weight=\"bold\">Different shards in a batch of {BATCH}</text>")?;
    writeln!(
        svg,
        "<text x=\"10\" y=\"40\" fill=\"#555\">{SHARDS} shards of {SAMPLES} samples; the line is what chance gives, {chance:.0}</text>"
    )?;
    for (row, way) in (2..).zip(ways) {
        let (y, text) = (LINE * row + 4, LINE * row + 18);
        let width = way.shards * SCALE;
        writeln!(svg, "<text x=\"{}\" y=\"{text}\" text-anchor=\"end\">{}</text>", LEFT - 8, way.name)?;
        writeln!(svg, "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{width:.1}\" height=\"{}\" fill=\"#4878a8\"/>", LINE - 8)?;
        let held = way.held.map_or_else(String::new, |held| format!(", {held} samples held"));
        let x = f64::from(LEFT) + width + 6.0;
        writeln!(svg, "<text x=\"{x:.1}\" y=\"{text}\" fill=\"#555\">{:.0}{held}</text>", way.shards)?;
    }
    let x = f64::from(LEFT) + chance * SCALE;
    let end = height - 20;
    writeln!(
        svg,
        "<line x1=\"{x:.1}\" y1=\"50\" x2=\"{x:.1}\" y2=\"{end}\" stroke=\"#b04040\" stroke-dasharray=\"4 3\"/>"
    )?;
    svg.push_str("</svg>\n");
    Ok(svg)
}
