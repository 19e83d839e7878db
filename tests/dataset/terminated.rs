//! A training run that gets SIGTERM, as those on machines that are taken away do: it ends by itself, and goes on exactly.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "these are tests")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use atdata::dataset::{Tail, Token};
use atdata::{Dataset, ShardWriter};
use atdata_tests::types::Text;

const SAMPLES: i64 = 500;

fn write(folder: &Path) {
    let samples = (0..SAMPLES).map(|label| Text { text: format!("sample {label}"), label });
    ShardWriter::builder(folder.join("d-%03d.tar")).max_count(50).contents(true).write_all(samples).unwrap();
}

/// Starts a rank, lets it have so many batches and ends it in the midst of the next one; the batches that it had.
fn stretch(folder: &Path, rank: u64, ranks: u64, how: &str, batches: usize) -> Vec<String> {
    let args = [folder.to_str().unwrap().to_owned(), rank.to_string(), ranks.to_string(), how.to_owned()];
    let mut command = Command::new(env!("CARGO_BIN_EXE_trainer"));
    let mut child: Child = command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut output = BufReader::new(output);
    let mut seen = Vec::new();
    for _ in 0..batches {
        let mut line = String::new();
        if output.read_line(&mut line).unwrap() == 0 {
            break;
        }
        seen.push(line.trim().to_owned());
        if seen.len() < batches {
            // Behind the last batch of an epoch nobody reads it.
            let _ = input.write_all(b"\n");
        }
    }
    let killed = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status();
    assert!(killed.unwrap().success() || seen.len() < batches);
    drop(input);
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    // Ended by itself, and not by the signal.
    assert!(child.wait().unwrap().success());
    assert_eq!(rest, "", "nothing is given behind the signal");
    seen
}

fn undisturbed(folder: &Path) -> Vec<String> {
    let data = Dataset::<Text>::open(format!("{}/d-{{000..009}}.tar", folder.display())).unwrap();
    let loader = data.plan().seed(3).epoch(1).batch(12).tail(Tail::Pad).load().unwrap();
    let line = |labels: Vec<i64>| labels.iter().map(i64::to_string).collect::<Vec<_>>().join(" ");
    loader.map(|step| line(step.unwrap().batch.label)).collect()
}

#[test]
fn a_run_that_is_terminated_goes_on_exactly() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let expected = undisturbed(folder.path());
    let mut seen: Vec<String> = Vec::new();
    // At the first batch, twice in a row, with other numbers of ranks, and to the end.
    for (ranks, batches) in [(2, 1), (3, 1), (1, 7), (4, 12), (2, 3), (6, 1000)] {
        let pieces: Vec<Vec<String>> =
            (0..ranks).map(|rank| stretch(folder.path(), rank, ranks, "ordered", batches)).collect();
        let tokens: Vec<String> = (0..ranks)
            .map(|rank| fs::read_to_string(folder.path().join(format!("token-{rank}.json"))).unwrap())
            .collect();
        // All ranks stand at the same step, and so one token is that of all.
        assert!(tokens.iter().all(|token| token == &tokens[0]));
        assert_eq!(tokens[0].parse::<Token>().unwrap().position(), ((seen.len() + pieces[0].len()) * 12) as u64);
        fs::write(folder.path().join("token.json"), &tokens[0]).unwrap();
        for step in 0..pieces[0].len() {
            seen.push(pieces.iter().map(|piece| piece[step].as_str()).collect::<Vec<_>>().join(" "));
        }
    }
    assert_eq!(seen, expected);
}

/// Where batches come as they are ready, each rank goes on from its own token.
#[test]
fn a_relaxed_run_that_is_terminated_gives_each_batch_once() {
    for ranks in [1, 2] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path());
        let mut expected = undisturbed(folder.path());
        let mut all: Vec<Vec<String>> = Vec::new();
        for rank in 0..ranks {
            let cuts = [4, 1, 11, 1000];
            let mut seen: Vec<String> =
                cuts.iter().flat_map(|cut| stretch(folder.path(), rank, ranks, "relaxed", *cut)).collect();
            assert_eq!(seen.len(), expected.len());
            seen.sort();
            all.push(seen);
        }
        let labels = |lines: &[String]| {
            let mut labels: Vec<i64> =
                lines.iter().flat_map(|line| line.split(' ')).map(|label| label.parse().unwrap()).collect();
            labels.sort_unstable();
            labels
        };
        // Each piece once, and of one rank each batch as it is.
        assert_eq!(labels(&all.concat()), labels(&expected));
        if ranks == 1 {
            expected.sort();
            assert_eq!(all[0], expected);
        }
    }
}
