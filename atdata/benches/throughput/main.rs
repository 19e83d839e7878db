//! What reading and writing cost, beside what they are measured against, in one run.
//!
//! ```text
//! cargo bench -p atdata                       # everything
//! cargo bench -p atdata -- text               # the tables whose name contains "text"
//! cargo bench -p atdata -- --rounds 21 text   # more rounds
//! cargo bench -p atdata -- text --row mapped  # the rows whose name contains "mapped" only, for a profiler to look at
//! cargo bench -p atdata -- --quick            # a small run, to see that it all works
//! cargo bench -p atdata --features manifest -- queries   # a selective query of 1,000 shards, with manifests and without
//! cargo bench -p atdata --features image      # also what decodes images
//! ATDATA_BENCH_PYTHON=python cargo bench -p atdata -- members   # beside what that Python has of webdataset and atdata
//! ```
//!
//! Each round runs every row of a table once, one after the other, so that all of them meet the same noise. A row's
//! ratio is the median over the rounds of the base row's time divided by the row's own: 2.00 is twice as fast. The
//! columns behind the aim are the same against the limits of the table, such as copying as many bytes in memory: 0.80
//! is 80 % of it, and no row can be far beyond 1. `atdata/benches/speed.py` writes what matters of it into the README.
//! On a busy machine the best times say more of the code. Nothing is asserted.
//!
//! Data are made in a temporary folder (`TMPDIR` says where), and are in the page cache when it begins.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod data;
mod features;
mod images;
mod measure;
mod members;
mod naive;
mod python;
#[cfg(feature = "manifest")]
mod queries;
mod scale;
mod text;
mod training;
mod views;
mod write;

use measure::Options;

fn main() {
    let options = Options::from_args(std::env::args().skip(1));
    text::run(&options);
    images::run(&options);
    members::run(&options);
    features::run(&options);
    views::run(&options);
    write::run(&options);
    training::run(&options);
    scale::run(&options);
    #[cfg(feature = "manifest")]
    queries::run(&options);
}
