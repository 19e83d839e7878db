//! Servers that cut, stall and lie.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use atdata::source::{Retry, S3Config, Shard};
use atdata::{Dataset, Error, ErrorKind, ReadOptions};
use atdata_tests::remote::{labels, text, write_shards};
use atdata_tests::services::faulty::{Faulty, Reply, Request};
use atdata_tests::types::Text;

fn shard() -> Arc<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    write_shards(folder.path(), 1);
    Arc::new(std::fs::read(folder.path().join("d-0.tar")).unwrap())
}

fn quick() -> Retry {
    Retry::new().attempts(4).pauses(Duration::from_millis(1), Duration::from_secs(2)).timeout(Duration::from_secs(2))
}

fn open(server: &Faulty, name: &str) -> Dataset<Text> {
    Dataset::open(server.url(name)).unwrap().with_options(ReadOptions::new().retry(quick()))
}

/// The samples before the error, and the error.
fn read(server: &Faulty) -> (Vec<i64>, Option<Error>) {
    let mut error = None;
    let samples = open(server, "d.tar").ordered().map_while(|sample| match sample {
        Ok(sample) => Some(Ok(sample)),
        Err(found) => {
            error = Some(found);
            None
        }
    });
    (labels(samples), error)
}

#[track_caller]
fn assert_whole(server: &Faulty) {
    let (labels, error) = read(server);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(labels, (0..10).collect::<Vec<_>>());
}

#[test]
fn a_download_goes_on_where_it_broke_off() {
    let bytes = shard();
    let server = Faulty::start(move |request| Reply::file(request, &bytes, "v1").cut(5_000));
    assert_whole(&server);
    let requests = server.requests();
    assert!(requests.len() >= 4, "{}", requests.len());
    assert_eq!((requests[0].from(), requests[1].from(), requests[2].from()), (0, 5_000, 10_000));
    assert_eq!((requests[0].header("if-match"), requests[1].header("if-match")), (None, Some("\"v1\"")));
    assert!(requests.iter().all(|request| request.header("accept-encoding") == Some("identity")));
}

#[test]
fn a_download_that_does_not_go_on_is_given_up() {
    let bytes = shard();
    let server = Faulty::start(move |request| {
        Reply::file(request, &bytes, "v1").cut(if request.from() == 0 { 9_000 } else { 0 })
    });
    let (labels, error) = read(&server);
    let error = error.unwrap();
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Interrupted, true));
    assert!(error.to_string().contains("the connection broke (after 4 attempts in"), "{error}");
    assert!(error.to_string().starts_with(&server.url("d.tar")), "{error}");
    assert_eq!((labels, server.requests().len()), ((0..labels_in(9_000)).collect(), 4));
}

/// Samples that are whole in so many bytes: each is a header and four blocks.
fn labels_in(bytes: i64) -> i64 {
    bytes / 2_560
}

#[test]
fn a_server_that_ignores_ranges_is_read_again_from_the_start() {
    let bytes = shard();
    let server = Faulty::start(move |request| {
        let reply = Reply::whole(&bytes, "v1");
        if request.number < 2 { reply.cut(7_000 * (1 + request.number)) } else { reply }
    });
    assert_whole(&server);
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn a_part_is_asked_for_alone() {
    let bytes = shard();
    let expected = bytes[1000..1600].to_vec();
    let server = Faulty::start(move |request| match request.number {
        0 => Reply::status(503),
        1 => Reply::file(request, &bytes, "v1").cut(100),
        2 => Reply::file(request, &bytes, "v1"),
        _ => Reply::whole(&bytes, "v1"),
    });
    let shard = Shard::from_url(&server.url("d.tar")).unwrap();
    let options = ReadOptions::new().retry(quick());
    for _ in 0..2 {
        assert_eq!(shard.read_at(1000..1600, &options).unwrap(), expected);
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 4);
    assert!(requests.iter().all(|request| request.header("range") == Some("bytes=1000-1599")));
}

#[test]
fn a_shard_that_changes_while_it_is_read_is_not_mixed() {
    let bytes = shard();
    let changes: [fn(&Request, &[u8]) -> Reply; 4] = [
        |request, bytes| Reply::file(request, bytes, &format!("v{}", request.number)),
        |request, bytes| Reply::whole(bytes, &format!("v{}", request.number)),
        |_, _| Reply::status(412),
        |request, bytes| Reply::file(request, &[bytes, &[0; 512]].concat(), "v0"),
    ];
    for change in changes {
        let bytes = Arc::clone(&bytes);
        let server = Faulty::start(move |request| match request.number {
            0 => Reply::file(request, &bytes, "v0").cut(9_000),
            _ => change(request, &bytes),
        });
        let (_, error) = read(&server);
        let error = error.unwrap();
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Conflict, false), "{error}");
        assert!(
            error.to_string().contains("the shard changed on the server while it was read: expected ETag \"v0\""),
            "{error}"
        );
        assert_eq!(server.requests().len(), 2);
    }
}

#[test]
fn nothing_is_put_together_that_cannot_be_told_apart() {
    let bytes = shard();
    // The end of the connection is the end of the shard: a cut cannot be told from it, but for what the archive says.
    let server = Faulty::start(move |_| Reply { body: bytes.to_vec(), ..Reply::status(200).bare() }.cut(9_000));
    let (_, error) = read(&server);
    assert_eq!(error.unwrap().kind(), ErrorKind::Corrupt);
    assert_eq!(server.requests().len(), 1);

    let bytes = shard();
    let chunk = |bytes: &[u8]| [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat();
    let server = Faulty::start(move |_| {
        let reply = Reply { body: chunk(&bytes), ..Reply::status(200).bare() };
        reply.with("Transfer-Encoding", "chunked").cut(9_000)
    });
    let (_, error) = read(&server);
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("it sends neither ETag, Last-Modified nor length"), "{error}");
}

#[test]
fn parts_that_were_not_asked_for_are_refused() {
    let bytes = shard();
    let server = Faulty::start(move |request| match request.number {
        0 => Reply::file(request, &bytes, "v").cut(9_000),
        _ => {
            let reply = Reply { status: 206, body: bytes[9_500..].to_vec(), ..Reply::status(206).bare() };
            let range = format!("bytes 9500-{}/{}", bytes.len() - 1, bytes.len());
            reply.with("Content-Range", range).with("Content-Length", bytes.len() - 9_500).with("ETag", "\"v\"")
        }
    });
    let (_, error) = read(&server);
    let error = error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("asked for bytes from 9000 on, it sends those from 9500 on"), "{error}");
}

#[test]
fn more_bytes_than_were_promised_are_refused() {
    let bytes = shard();
    let server = Faulty::start(move |request| match request.number {
        0 => Reply::file(request, &bytes, "v").cut(9_000),
        _ => {
            let body = [&bytes[9_000..], &[0; 512]].concat();
            let reply = Reply { body, ..Reply::status(206).bare() }.with("ETag", "\"v\"");
            reply.with("Content-Range", format!("bytes 9000-{}/{}", bytes.len() - 1, bytes.len()))
        }
    });
    let error = read(&server).1.unwrap();
    assert!(error.to_string().contains("it sends more than the"), "{error}");
}

#[test]
fn a_server_that_falls_silent_is_asked_again() {
    let bytes = shard();
    let server = Faulty::start(move |request| match request.number {
        0 => Reply::file(request, &bytes, "v1").stall(9_000),
        _ => Reply::file(request, &bytes, "v1"),
    });
    assert_whole(&server);
    assert_eq!(server.requests()[1].from(), 9_000);
}

#[test]
fn a_throttling_server_is_left_alone_for_as_long_as_it_asks() {
    let bytes = shard();
    let server = Faulty::start(move |request| match request.number {
        0 => Reply::status(503).with("Retry-After", 1),
        1 => Reply::status(429),
        _ => Reply::file(request, &bytes, "v1"),
    });
    let start = Instant::now();
    assert_whole(&server);
    assert!(start.elapsed() >= Duration::from_secs(1));

    let server = Faulty::start(|_| Reply::status(429).with("Retry-After", 3600));
    let (_, error) = read(&server);
    assert_eq!(error.unwrap().kind(), ErrorKind::Throttled);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn encodings_are_left_to_the_reader_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.tar.gz");
    Dataset::write(&path, (0..10).map(text)).unwrap();
    let bytes = Arc::new(std::fs::read(path).unwrap());
    let gzip = Arc::clone(&bytes);
    assert_whole(&Faulty::start(move |request| Reply::file(request, &gzip, "v").with("Content-Encoding", "gzip")));

    let server = Faulty::start(move |request| Reply::file(request, &bytes, "v").with("Content-Encoding", "br"));
    let error = read(&server).1.unwrap();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("`Content-Encoding: br`"), "{error}");
}

fn open_s3(server: &Faulty, retry: Retry) -> Dataset<Text> {
    let config = S3Config::with_keys("id", "secret").endpoint(server.url("")).session_token("token");
    Dataset::open("s3://bucket/a/d.tar").unwrap().with_options(ReadOptions::new().retry(retry).s3(config))
}

#[test]
fn a_download_from_s3_is_signed_each_time_it_goes_on() {
    let bytes = shard();
    let server = Faulty::start(move |request| Reply::file(request, &bytes, "v1").cut(9_000));
    assert_eq!(labels(open_s3(&server, quick()).ordered()).len(), 10);
    for request in server.requests() {
        assert!(request.path.starts_with("/bucket/a/d.tar?X-Amz-Algorithm=AWS4-HMAC-SHA256"), "{}", request.path);
        assert!(request.path.contains("X-Amz-Signature=") && request.path.contains("X-Amz-Security-Token=token"));
    }
    assert_eq!(server.requests()[1].from(), 9_000);
}

#[test]
fn a_bucket_of_another_region_is_asked_there() {
    let bytes = shard();
    let server = Faulty::start(move |request| {
        if request.path.contains("%2Feu-west-1%2Fs3%2F") {
            return Reply::file(request, &bytes, "v1");
        }
        Reply::status(301).with("x-amz-bucket-region", "eu-west-1")
    });
    let dataset = open_s3(&server, quick());
    assert_eq!(labels(dataset.ordered()).len(), 10);
    // It is remembered.
    assert_eq!(labels(dataset.ordered()).len(), 10);
    assert_eq!(server.requests().len(), 3);
    // A server that names one region after the other is left.
    let number = AtomicUsize::new(0);
    let server = Faulty::start(move |_| {
        let region = format!("nowhere-{}", number.fetch_add(1, Ordering::Relaxed));
        Reply::status(301).with("x-amz-bucket-region", region)
    });
    let error = open_s3(&server, quick()).head(1).unwrap_err();
    assert!(error.to_string().contains("301"), "{error}");
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn what_s3_says_in_xml_is_understood() {
    let cases = [
        (503, "SlowDown", ErrorKind::Throttled, 4),
        (400, "ExpiredToken", ErrorKind::Permission, 1),
        (403, "RequestTimeTooSkewed", ErrorKind::Permission, 1),
        (301, "PermanentRedirect", ErrorKind::Io, 1),
        (500, "InternalError", ErrorKind::Interrupted, 4),
    ];
    for (status, code, kind, asked) in cases {
        let server = Faulty::start(move |_| {
            let said = "Request has expired &amp; is not read";
            let page = format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>{said}</Message></Error>");
            let reply = Reply { body: page.clone().into_bytes(), ..Reply::status(status).bare() };
            reply.with("Content-Length", page.len())
        });
        let error = open_s3(&server, quick()).head(1).unwrap_err();
        assert_eq!((error.kind(), server.requests().len()), (kind, asked), "{error}");
        assert!(error.to_string().contains(code) && !format!("{error:?}").contains("X-Amz"), "{error:?}");
        assert!(error.to_string().contains("Request has expired & is not read"), "{error}");
    }
}

type Answer = Box<dyn Fn() -> Reply + Send + Sync>;

/// The reason of a refusal, wherever it stands; but not what the server repeats of the request.
#[test]
fn what_a_server_says_is_shown_without_what_it_was_sent() {
    let reply = |body: &str| {
        Reply { body: body.as_bytes().to_vec(), ..Reply::status(403).bare() }.with("Content-Length", body.len())
    };
    let gated = "Access to this dataset is gated";
    let cases: [(Answer, &str); 5] = [
        (Box::new(move || reply(&format!("{{\"error\":\"{gated}\"}}"))), gated),
        (Box::new(move || reply(&format!("{{\"error\":{{\"message\":\"{gated}\"}}}}"))), gated),
        (Box::new(move || reply("").with("X-Error-Message", gated)), gated),
        (
            Box::new(move || reply("the signature a+secret/sig of me:pa/ssword is a%2Bsecret/sig\n")),
            "the signature … of me:…",
        ),
        (Box::new(move || reply("").with("X-Error-Message", "no: a+secret/sig")), "no: …"),
    ];
    for (answer, said) in cases {
        let server = Faulty::start(move |_| answer());
        let url = server.url("/d.tar?sig=a%2Bsecret/sig&v=1").replace("http://", "http://me:pa%2Fssword@");
        let error = Dataset::<Text>::open(&url).unwrap().head(1).unwrap_err();
        let (shown, debug) = (format!("{error:#}"), format!("{error:?}"));
        assert_eq!(error.kind(), ErrorKind::Permission, "{shown}");
        assert!(shown.contains(said), "{said}: {shown}");
        for secret in ["secret/sig", "ssword"] {
            assert!(!shown.contains(secret) && !debug.contains(secret), "{shown} {debug}");
        }
    }
}

/// A token is what no URL can hold; a password is.
#[test]
fn a_server_that_asks_for_a_token_is_told_as_that() {
    for (scheme, said) in [
        (
            "Bearer realm=\"https://huggingface.co\"",
            "; the server asks for a token, which is not sent: take a URL that is signed",
        ),
        ("Basic realm=\"x\"", "; give the user and password in the URL"),
        ("Basic realm=\"x\", Bearer", "; give the user and password in the URL"),
    ] {
        let server = Faulty::start(move |_| Reply::status(401).with("WWW-Authenticate", scheme));
        let error = Dataset::<Text>::open(server.url("/d.tar")).unwrap().head(1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Permission);
        assert!(error.to_string().contains(said), "{scheme}: {error}");
    }
}

/// A decompressor must not make damage of what is a broken connection.
#[test]
fn a_broken_connection_of_a_compressed_shard_is_no_damage() {
    for suffix in ["gz", "bz2", "xz", "zst"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("d.tar.{suffix}"));
        let bytes = if suffix == "zst" {
            // Nothing here writes zstd: one raw block that is longer than what the server sends.
            [&[0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58, 0x00, 0x35, 0x0c][..], &shard()[..20_000]].concat()
        } else {
            Dataset::write(&path, (0..300).map(text)).unwrap();
            std::fs::read(&path).unwrap()
        };
        let cut = bytes.len() / 2;
        let server = Faulty::start(move |request| {
            Reply::file(request, &bytes, "v").cut(if request.from() == 0 { cut } else { 0 })
        });
        let error = read(&server).1.unwrap();
        assert_eq!(error.kind(), ErrorKind::Interrupted, "{suffix}: {error:?}");
    }
}

#[test]
fn an_error_page_is_an_error_and_no_shard() {
    let server = Faulty::start(|_| Reply { status: 301, ..Reply::status(301) });
    assert_eq!(read(&server).1.unwrap().kind(), ErrorKind::Io);
    let server =
        Faulty::start(|_| Reply { body: b"<html>".to_vec(), ..Reply::status(200).bare() }.with("Content-Length", 6));
    assert_eq!(read(&server).1.unwrap().kind(), ErrorKind::Corrupt);
}

#[test]
fn dropping_an_iterator_stops_its_downloads() {
    let server = Faulty::start(|request| {
        let bytes = vec![0; 64 << 20];
        // A sound shard first, and behind it others that would take for ever.
        if request.path == "/first.tar" { Reply::file(request, &shard(), "v") } else { Reply::whole(&bytes, "v") }
    });
    let urls = ["first.tar", "a.tar", "b.tar", "c.tar", "d.tar"].map(|name| server.url(name));
    let options = ReadOptions::new().shards_ahead(2).bytes_ahead(3 << 20);
    let mut samples = Dataset::<Text>::open(urls).unwrap().with_options(options).ordered();
    assert_eq!(labels(samples.by_ref().take(3)), [0, 1, 2]);
    // The first, and two ahead.
    wait_until(|| server.requests().len() == 3 && server.sent() > 3 << 20);
    assert!(server.sent() < 32 << 20, "what nobody reads is not fetched: {}", server.sent());
    drop(samples);
    wait_until(|| server.broken() == 2);
    assert_eq!(server.requests().len(), 3);
}

#[track_caller]
pub(super) fn wait_until(condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < end, "it did not come to that");
        std::thread::sleep(Duration::from_millis(5));
    }
}
