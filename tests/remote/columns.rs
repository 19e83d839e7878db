//! Columns of shards on servers: what is asked for, and how much is sent.
#![allow(
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "these are tests"
)]

use std::path::{Path, PathBuf};

use atdata::{Dataset, ErrorKind, Packable, ShardWriter};
use atdata_tests::services::faulty::{Faulty, Reply, Request};
use ndarray::{Array2, Axis, s};

#[derive(Packable, Debug, Clone)]
#[packable(query)]
struct Cast {
    before: Array2<f32>,
    temperature: Array2<f32>,
    label: String,
    track: Array2<f32>,
}

const SAMPLES: u16 = 40;
/// Bytes of a temperature.
const SIZE: usize = 50 * 168 * 4;

fn cast(n: u16) -> Cast {
    let array = |rows, columns, begin: u16| {
        Array2::from_shape_fn((rows, columns), |(i, j)| f32::from(begin) + (i * 1000 + j) as f32)
    };
    // Larger than what is read along between two ranges.
    let track = array(usize::from(n % 7) + 9, 2000, n);
    Cast { before: array(200, 200, n + 1), temperature: array(50, 168, n), label: format!("cast {n}"), track }
}

fn write(folder: &Path) {
    let builder = ShardWriter::builder(folder.join("c-%d.tar")).max_count(20).contents(true);
    builder.write_all((0..SAMPLES).map(cast)).unwrap();
}

/// A server of a folder that counts what it sends.
fn serve(folder: PathBuf) -> Faulty {
    Faulty::start(move |request| match std::fs::read(folder.join(request.path.trim_start_matches('/'))) {
        Ok(bytes) => part(request, &bytes),
        Err(_) => Reply::status(404),
    })
}

/// What a request asks for, and no byte more.
fn part(request: &Request, bytes: &[u8]) -> Reply {
    let range = request.header("range").and_then(|range| range.strip_prefix("bytes=")?.split_once('-'));
    let Some((from, last)) = range else { return Reply::file(request, bytes, "one") };
    let (from, last) = (from.parse::<usize>().unwrap(), last.parse().unwrap_or(usize::MAX).min(bytes.len() - 1));
    let reply = Reply { status: 206, body: bytes[from..=last].to_vec(), ..Reply::status(206).bare() };
    let reply = reply.with("Content-Length", last + 1 - from).with("ETag", "\"one\"");
    reply.with("Content-Range", format!("bytes {from}-{last}/{}", bytes.len()))
}

fn open(server: &Faulty) -> Dataset<Cast> {
    Dataset::open(format!("{}-{{0..1}}.tar", server.url("/c"))).unwrap()
}

#[test]
fn only_the_bytes_of_the_field_are_sent() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let server = serve(folder.path().into());
    let temperature = open(&server).column(Cast::temperature()).unwrap();
    assert_eq!(temperature.len().unwrap(), usize::from(SAMPLES));
    let (asked, sent) = (server.requests().len(), server.sent());
    let read = temperature.read().unwrap();
    for (n, row) in (0..SAMPLES).zip(read.axis_iter(Axis(0))) {
        assert_eq!(row, cast(n).temperature);
    }
    let (asked, sent) = (server.requests().len() - asked, server.sent() - sent);
    let wanted = usize::from(SAMPLES) * SIZE;
    assert!((wanted..wanted + wanted / 4).contains(&sent), "{sent} for {wanted}");
    // Two of each sample, its header and its array, and a few to find the first.
    assert!(asked <= 2 * usize::from(SAMPLES) + 12, "{asked} requests");

    let sent = server.sent();
    let part = temperature.slice(s![..2, ..10]).read_at(&[31, 2]).unwrap();
    assert_eq!(part.index_axis(Axis(0), 0), cast(31).temperature.slice(s![..2, ..10]));
    assert_eq!(part.index_axis(Axis(0), 1), cast(2).temperature.slice(s![..2, ..10]));
    let sent = server.sent() - sent;
    assert!(sent < SIZE, "{sent} for a part of two arrays");
}

#[test]
fn arrays_of_different_sizes_are_found_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    let server = serve(folder.path().into());
    let casts = open(&server);
    let ragged = casts.column(Cast::track()).unwrap().ragged().read_range(11..29).unwrap();
    for (n, row) in (11..29).zip(ragged.rows()) {
        assert_eq!(row, cast(n).track);
    }
    let labels = casts.column(Cast::label()).unwrap().read_at(&[39, 0]).unwrap();
    assert_eq!(labels, ["cast 39", "cast 0"]);
}

/// Without contents a server can only be read from the begin of each shard.
#[test]
fn shards_without_contents_are_read_in_one_pass() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path());
    for shard in 0..2 {
        std::fs::remove_file(folder.path().join(format!("c-{shard}.tar.atx"))).unwrap();
    }
    let server = serve(folder.path().into());
    let temperature = open(&server).column(Cast::temperature()).unwrap();
    let read = temperature.slice(s![0, ..3]).read_at(&[25, 3, 25]).unwrap();
    for (row, n) in read.rows().into_iter().zip([25, 3, 25]) {
        assert_eq!(row, cast(n).temperature.slice(s![0, ..3]));
    }
    let whole = server
        .requests()
        .iter()
        .filter(|request| std::path::Path::new(&request.path).extension() == Some("tar".as_ref()))
        .count();
    assert_eq!(whole, 2);
    let error = open(&server).references(&["temperature"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}
