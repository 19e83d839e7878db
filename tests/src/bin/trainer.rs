//! A rank of a training run, for a test that ends it by a signal: `trainer FOLDER RANK RANKS relaxed|ordered`.
//!
//! It goes on from `token.json` of the folder, or else its own `token-RANK.json`, prints the samples of each batch, and waits
//! after each for a byte, as for a device. On SIGTERM it ends as a training run does: it drops what is under way, and leaves
//! the token behind the last batch in `token-RANK.json`. Where no more bytes come it waits for the signal.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "it is a part of a test")]

#[cfg(unix)]
fn main() {
    use std::io::{Read as _, Write as _};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use atdata::Dataset;
    use atdata::dataset::{Tail, Token};
    use atdata_tests::types::Text;

    let terminated = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGTERM, Arc::clone(&terminated)).unwrap();
    let args: Vec<_> = std::env::args().collect();
    let folder = std::path::Path::new(&args[1]);
    let (rank, ranks): (u64, u64) = (args[2].parse().unwrap(), args[3].parse().unwrap());
    let own = folder.join(format!("token-{rank}.json"));
    let saved = [folder.join("token.json"), own.clone()].iter().find_map(|path| std::fs::read_to_string(path).ok());

    let data = Dataset::<Text>::open(format!("{}/d-{{000..009}}.tar", folder.display())).unwrap();
    let plan = data.plan().ranks(ranks).rank(rank).threads(3).relaxed(args[4] == "relaxed");
    let mut loader = match saved {
        Some(token) => plan.resume(&token.parse::<Token>().unwrap()).load().unwrap(),
        None => plan.seed(3).epoch(1).batch(12).tail(Tail::Pad).load().unwrap(),
    };
    let (mut out, mut input) = (std::io::stdout().lock(), std::io::stdin().lock());
    while !terminated.load(Ordering::Relaxed) {
        let Some(step) = loader.next() else { break };
        let labels: Vec<String> = step.unwrap().batch.label.iter().map(i64::to_string).collect();
        writeln!(out, "{}", labels.join(" ")).unwrap();
        out.flush().unwrap();
        let is_alone = input.read(&mut [0]).unwrap() == 0;
        while is_alone && !terminated.load(Ordering::Relaxed) {
            std::thread::yield_now();
        }
    }
    let token = loader.token().unwrap().to_json();
    drop(loader);
    let written = own.with_extension("new");
    std::fs::write(&written, token).unwrap();
    std::fs::rename(written, own).unwrap();
}

#[cfg(not(unix))]
fn main() {}
