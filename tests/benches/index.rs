//! What storing and finding entries costs in each provider, and how it grows with their number.
//!
//! ```text
//! cargo bench -p atdata-tests --bench index                      # 10, 1,000 and 100,000 entries
//! cargo bench -p atdata-tests --bench index -- redis             # the provider of that name
//! cargo bench -p atdata-tests --bench index -- --sizes 10,1000   # other sizes
//! cargo bench -p atdata-tests --bench index -- --quick           # 10 and 1,000, less often
//! ```
//!
//! Servers run on the same processors, and Redis writes each change to its file before it answers, as SQLite does.
//! Entries are those of one shard with three values of metadata. Times are medians, in microseconds for one call; what a
//! list takes is for one entry of it. `growth` is what a lookup by name takes, relative to one among the first size.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use atdata::DictSample;
use atdata::index::{Entry, Label, Postgres, Provider, Redis, Sqlite};
use atdata_tests::services;

struct Options {
    sizes: Vec<usize>,
    rounds: usize,
    filter: String,
}

fn main() {
    let mut options = Options { sizes: vec![10, 1_000, 100_000], rounds: 2_000, filter: String::new() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => (options.sizes, options.rounds) = (vec![10, 1_000], 300),
            "--sizes" => {
                let sizes = arguments.next().unwrap_or_default();
                options.sizes = sizes.split(',').map(|size| size.parse().unwrap()).collect();
            }
            "--bench" => {}
            _ => options.filter = argument,
        }
    }
    println!(
        "{:<9} {:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}",
        "µs", "entries", "store", "by CID", "by name", "miss", "resolve", "label", "list/each", "growth"
    );
    if "sqlite".contains(&options.filter) {
        let folder = tempfile::tempdir().unwrap();
        measure("sqlite", &Sqlite::open(folder.path().join("index.db")).unwrap(), &options);
    }
    if "redis".contains(&options.filter) {
        let server = services::Redis::start();
        measure("redis", &Redis::connect(&server.database()).unwrap(), &options);
    }
    if "postgres".contains(&options.filter) {
        let server = services::Postgres::start();
        measure("postgres", &Postgres::connect(&server.database()).unwrap(), &options);
    }
}

fn entry(number: usize) -> Entry {
    let mut metadata = DictSample::new();
    metadata.insert("split", "train");
    metadata.insert("count", 10_000);
    metadata.insert("description", "images of things, each with a name");
    let url = format!("s3://bucket/datasets/{number:06}/data--0123456789abcdef--000000.tar");
    let entry = Entry::new(format!("dataset-{number}"), "atdata://local/schema/Sample@1.0.0", [url]);
    entry.unwrap().with_metadata(metadata)
}

fn measure(name: &str, provider: &dyn Provider, options: &Options) {
    let mut stored = 0;
    let mut first = None;
    for &size in &options.sizes {
        let mut store = Vec::new();
        while stored < size {
            let entry = entry(stored);
            let label = Label::new(&entry.name, &entry.cid);
            store.push(time(|| provider.register(&entry, &label).unwrap()));
            stored += 1;
        }
        // Spread over all of them, in an order that no cache foresees.
        let at = |round: usize| round.wrapping_mul(7919) % size;
        let each = |call: &dyn Fn(&Entry)| {
            let entries: Vec<_> = (0..options.rounds).map(|round| entry(at(round))).collect();
            median(entries.iter().map(|entry| time(|| call(entry))).collect())
        };
        let by_cid = each(&|entry| assert!(black_box(provider.entry(&entry.cid)).unwrap().is_some()));
        let by_name = each(&|entry| assert!(black_box(provider.entry_by_name(&entry.name)).unwrap().is_some()));
        // Whose name nobody has: many such must not slow down those who find what they look for.
        let missing = |entry: &Entry| format!("no-{}", entry.name);
        let miss = each(&|entry| assert!(black_box(provider.entry_by_name(&missing(entry))).unwrap().is_none()));
        let resolve = each(&|entry| assert!(black_box(provider.resolve(&entry.name, None)).unwrap().is_some()));
        let label = each(&|entry| assert!(black_box(provider.label(&entry.name, None)).unwrap().is_some()));
        let list = median((0..5).map(|_| time(|| assert_eq!(provider.entries().unwrap().len(), size))).collect());
        let growth = by_name.as_secs_f64() / *first.get_or_insert(by_name.as_secs_f64());
        println!(
            "{name:<9} {size:>8} {:>9.1} {:>9.1} {:>9.1} {:>9.1} {:>9.1} {:>9.1} {:>9.2} {growth:>9.2}",
            micros(median(store)),
            micros(by_cid),
            micros(by_name),
            micros(miss),
            micros(resolve),
            micros(label),
            micros(list) / f64::from(u32::try_from(size).unwrap()),
        );
    }
}

fn time(call: impl FnOnce()) -> Duration {
    let start = Instant::now();
    call();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
