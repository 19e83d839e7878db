//! A run that is killed ten times at random, each time goes on with another number of ranks, and still sees the same
//! sequence of global batches as one that nobody disturbed: `cargo run --release --example resume`.
//!
//! Each rank is a process of its own. It writes down what it was given, and the token behind it, as a training run writes a
//! checkpoint; whoever starts the next ranks takes the last token that all of them reached.

use std::collections::hash_map::RandomState;
use std::error::Error;
use std::fs::{self, File};
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

use atdata::dataset::{Tail, Token};
use atdata::{Dataset, Packable, ShardWriter};

#[derive(Packable)]
struct Sample {
    number: i64,
}

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const SAMPLES: i64 = 6000;
const BATCH: u64 = 24;
const KILLS: usize = 10;
const RANKS: [u64; 6] = [3, 1, 4, 2, 8, 6];

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [folder, rank, ranks] = args.as_slice() {
        return train(Path::new(folder), rank.parse()?, ranks.parse()?);
    }
    let folder = tempfile::tempdir()?;
    let samples = (0..SAMPLES).map(|number| Sample { number });
    let writer = ShardWriter::builder(folder.path().join("data-%03d.tar")).max_count(500).contents(true);
    writer.write_all(samples)?;

    let mut seen: Vec<String> = Vec::new();
    let mut kills = 0;
    for ranks in RANKS.into_iter().cycle() {
        // The last time nobody disturbs it.
        let patience = (kills < KILLS).then(|| 1 + random() % 30);
        let (batches, token) = stretch(folder.path(), ranks, patience)?;
        kills += usize::from(patience.is_some());
        println!("{ranks} ranks: {} global batches{}", batches.len(), if patience.is_some() { ", killed" } else { "" });
        seen.extend(batches);
        if let Some(token) = token {
            fs::write(folder.path().join("token.json"), token)?;
        }
        if patience.is_none() {
            break;
        }
    }
    let undisturbed = undisturbed(folder.path())?;
    println!("{} global batches after {kills} kills, {} undisturbed", seen.len(), undisturbed.len());
    if seen != undisturbed {
        return Err("the sequence of global batches is another".into());
    }
    println!("they are the same");
    Ok(())
}

fn open(folder: &Path) -> atdata::Result<Dataset<Sample>> {
    Dataset::open(format!("{}/data-{{000..011}}.tar", folder.display()))
}

/// One rank: a line for each batch, with the samples and the token behind it.
fn train(folder: &Path, rank: u64, ranks: u64) -> Result<()> {
    let data = open(folder)?;
    let plan = data.plan().ranks(ranks).rank(rank).threads(2);
    let mut loader = match fs::read_to_string(folder.join("token.json")) {
        Ok(token) => plan.resume(&token.parse::<Token>()?).load()?,
        Err(_) => plan.seed(7).epoch(1).batch(BATCH).tail(Tail::Pad).load()?,
    };
    let mut log = File::create(log_of(folder, rank))?;
    while let Some(step) = loader.next() {
        let numbers: Vec<String> = step?.batch.number.iter().map(i64::to_string).collect();
        // In one call: a line is whole or not there.
        log.write_all(format!("{}\t{}\n", numbers.join(" "), loader.token()?).as_bytes())?;
        // This is where a model would be trained.
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

fn log_of(folder: &Path, rank: u64) -> PathBuf {
    folder.join(format!("rank-{rank}.log"))
}

/// Runs all ranks, and kills them once rank 0 has done so many steps; the global batches that all of them did, and the token
/// behind the last.
fn stretch(folder: &Path, ranks: u64, patience: Option<usize>) -> Result<(Vec<String>, Option<String>)> {
    for rank in 0..ranks {
        File::create(log_of(folder, rank))?;
    }
    let start = |rank: u64| {
        Command::new(std::env::current_exe()?).arg(folder).arg(rank.to_string()).arg(ranks.to_string()).spawn()
    };
    let mut children: Vec<Child> = (0..ranks).map(start).collect::<std::io::Result<_>>()?;
    if let Some(steps) = patience {
        while lines(folder, 0)?.len() < steps
            && children.iter_mut().any(|child| !matches!(child.try_wait(), Ok(Some(_))))
        {
            std::thread::sleep(Duration::from_millis(2));
        }
        for child in &mut children {
            child.kill()?;
        }
    }
    for mut child in children {
        let status = child.wait()?;
        if patience.is_none() && !status.success() {
            return Err("a rank failed".into());
        }
    }
    let logs = (0..ranks).map(|rank| lines(folder, rank)).collect::<Result<Vec<_>>>()?;
    let common = logs.iter().map(Vec::len).min().unwrap_or(0);
    let batch = |step: usize| {
        let pieces = logs.iter().filter_map(|log| log.get(step)).map(|(numbers, _)| numbers.as_str());
        pieces.collect::<Vec<_>>().join(" ")
    };
    let token = common.checked_sub(1).and_then(|last| logs.first()?.get(last)).map(|(_, token)| token.clone());
    Ok(((0..common).map(batch).collect(), token))
}

/// The whole lines of a rank's log.
fn lines(folder: &Path, rank: u64) -> Result<Vec<(String, String)>> {
    let text = fs::read_to_string(log_of(folder, rank))?;
    let whole = text.rfind('\n').map_or("", |end| text.get(..end).unwrap_or_default());
    let pair = |line: &str| line.split_once('\t').map(|(numbers, token)| (numbers.to_owned(), token.to_owned()));
    Ok(whole.lines().filter_map(pair).collect())
}

fn undisturbed(folder: &Path) -> Result<Vec<String>> {
    let loader = open(folder)?.plan().seed(7).epoch(1).batch(BATCH).tail(Tail::Pad).load()?;
    let batches = loader.map(|step| {
        let numbers: Vec<String> = step?.batch.number.iter().map(i64::to_string).collect();
        Ok(numbers.join(" "))
    });
    Ok(batches.collect::<atdata::Result<_>>()?)
}

fn random() -> usize {
    usize::try_from(RandomState::new().build_hasher().finish() % 1000).unwrap_or(0)
}
