//! Writes a dataset of several shards, for a test that kills it: `shard-writer PATTERN SHARDS LABEL [END]`.
//!
//! Each shard holds two samples, all of them with the same label, by which datasets are told apart. With `drop` as its end
//! the writer is dropped and not finished, with `panic` while the thread panics; what the library logs is printed. With `resume`,
//! `append`, `both` it goes on where it was, adds to what is there, or both, and the bytes are the same each time.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "it is a part of a test")]

use atdata::ShardWriter;
use atdata_tests::types::Text;

struct Print;

impl log::Log for Print {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        println!("{}: {}", record.level(), record.args());
    }

    fn flush(&self) {}
}

fn main() {
    log::set_logger(&Print).unwrap();
    log::set_max_level(log::LevelFilter::Warn);
    let args: Vec<_> = std::env::args().collect();
    let shards: i64 = args[2].parse().unwrap();
    let label = args[3].parse().unwrap();
    let end = args.get(4).map(String::as_str);
    let (resumes, adds) = (matches!(end, Some("resume" | "both")), matches!(end, Some("append" | "both")));
    if resumes || adds {
        let builder = ShardWriter::builder(&args[1]).max_count(2).mtime(0).threads(2).contents(true);
        let mut writer = builder.resume(resumes).append(adds).build().unwrap();
        for sample in i64::try_from(writer.resumed()).unwrap()..2 * shards {
            let text = Text { text: format!("sample {sample}"), label };
            writer.write_with_key(&format!("{label}-{sample}"), &text).unwrap();
        }
        return drop(writer.finish().unwrap());
    }
    let mut writer = ShardWriter::builder(&args[1]).max_count(2).build().unwrap();
    for sample in 0..2 * shards {
        writer.write(&Text { text: format!("sample {sample}"), label }).unwrap();
    }
    match end {
        Some("drop") => drop(writer),
        Some(end) => panic!("{end}"),
        None => drop(writer.finish().unwrap()),
    }
}
