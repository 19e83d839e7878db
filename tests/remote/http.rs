//! Shards behind a real web server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "these are tests")]

use std::io::Read;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use atdata::source::{Retry, Shard};
use atdata::{Dataset, DictSample, ErrorKind, ReadOptions};
use atdata_tests::remote::{check_reads, labels, pattern, text, write_shards};
use atdata_tests::services::Http;
use atdata_tests::types::Text;

use super::faults::wait_until;

const SHARDS: i64 = 4;

/// One server for all tests; it stops when their process ends.
fn server() -> &'static Http {
    static SERVER: OnceLock<(Http, tempfile::TempDir)> = OnceLock::new();
    let start = || {
        let folder = tempfile::tempdir().unwrap();
        write_shards(folder.path(), SHARDS);
        for suffix in ["gz", "bz2", "xz"] {
            Dataset::write(folder.path().join(format!("c.tar.{suffix}")), (0..20).map(text)).unwrap();
        }
        (Http::start(folder.path()), folder)
    };
    &SERVER.get_or_init(start).0
}

fn dataset(folder: &str) -> Dataset<Text> {
    Dataset::open(pattern(&server().url(folder), SHARDS)).unwrap()
}

fn once() -> ReadOptions {
    ReadOptions::new().retry(Retry::new().attempts(1))
}

#[test]
fn shards_are_read_in_every_way() {
    check_reads(&dataset(""), SHARDS);
}

#[test]
fn servers_without_ranges_or_etags_do_as_well() {
    assert_eq!(labels(dataset("norange/").ordered()).len(), 40);
    assert_eq!(labels(dataset("noetag/").ordered()).len(), 40);
}

#[test]
fn redirects_are_followed_but_not_for_ever() {
    assert_eq!(labels(dataset("redirect/").ordered()).len(), 40);
    let error = Dataset::<Text>::open(server().url("loop/d-0.tar")).unwrap().head(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("more than 10 redirects"), "{error}");
}

#[test]
fn compressed_shards_are_recognised() {
    for suffix in ["gz", "bz2", "xz"] {
        let dataset = Dataset::<Text>::open(server().url(&format!("c.tar.{suffix}"))).unwrap();
        assert_eq!(labels(dataset.ordered()), (0..20).collect::<Vec<_>>(), "{suffix}");
    }
}

#[test]
fn user_and_password_are_sent_and_not_shown() {
    let host = server().host();
    let open = |user: &str| Dataset::<Text>::open(format!("http://{user}{host}/private/d-0.tar")).unwrap();
    let dataset = open("user:p%40ss@");
    assert_eq!(labels(dataset.ordered()).len(), 10);
    let shown = format!("{dataset:?} {} {:?}", dataset.describe(), dataset.ordered().next());
    assert!(!shown.contains("p%40ss") && !shown.contains("p@ss") && !shown.contains("user"), "{shown}");

    let error = open("user:wrong@").head(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Permission);
    assert!(!format!("{error:?}").contains("wrong"), "{error:?}");
    let message =
        format!("http://{host}/private/d-0.tar: the server answered 401 Unauthorized; give the user and password");
    assert!(open("").head(1).unwrap_err().to_string().starts_with(&message));
}

#[test]
fn what_will_not_change_is_not_asked_for_again() {
    for (path, kind) in [
        ("status/403", ErrorKind::Permission),
        ("status/404", ErrorKind::NotFound),
        ("missing-a.tar", ErrorKind::NotFound),
    ] {
        let error = Dataset::<Text>::open(server().url(path)).unwrap().head(1).unwrap_err();
        assert_eq!((error.kind(), error.is_retryable()), (kind, false), "{error}");
        assert_eq!(error.shard(), Some(server().url(path).as_str()));
    }
    let asked = || server().requests().iter().filter(|line| line.contains("/missing-a.tar")).count();
    // It is in the log when the server has done with it, which may be a moment later.
    wait_until(|| asked() > 0);
    assert_eq!(asked(), 1);
}

#[test]
fn what_may_pass_is_asked_for_again() {
    let options =
        ReadOptions::new().retry(Retry::new().attempts(3).pauses(Duration::from_millis(5), Duration::from_secs(9)));
    for (path, kind) in [
        ("status/503", ErrorKind::Interrupted),
        ("status/500", ErrorKind::Interrupted),
        // Of what stands before a server.
        ("status/520", ErrorKind::Interrupted),
        ("status/429", ErrorKind::Throttled),
    ] {
        let dataset = Dataset::<Text>::open(server().url(path)).unwrap().with_options(options.clone());
        let start = Instant::now();
        let error = dataset.head(1).unwrap_err();
        assert_eq!((error.kind(), error.is_retryable()), (kind, true), "{error}");
        assert!(error.to_string().contains("(after 3 attempts in "), "{error}");
        // It says `Retry-After: 1`.
        assert!(kind != ErrorKind::Throttled || start.elapsed() > Duration::from_secs(2));
    }
    let impatient = options.retry(Retry::new().pauses(Duration::from_millis(5), Duration::from_millis(50)));
    let dataset = Dataset::<Text>::open(server().url("status/429")).unwrap().with_options(impatient);
    assert!(!dataset.head(1).unwrap_err().to_string().contains("attempts"), "a second is more than it would wait");
}

/// As one that was there would be: it may be restarting.
#[test]
fn a_server_that_was_never_there_is_not_waited_for_long() {
    let url = format!("http://127.0.0.1:{}/a.tar", atdata_tests::services::free_port());
    let error = Dataset::<DictSample>::open(url).unwrap().head(1).unwrap_err();
    assert!(error.to_string().contains("(after 4 attempts "), "{error}");
}

#[test]
fn a_server_that_is_not_there_is_said_to_be() {
    let url = format!("http://127.0.0.1:{}/a.tar?token=secret", atdata_tests::services::free_port());
    let error = Dataset::<DictSample>::open(url).unwrap().with_options(once()).head(1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    // With the reason, without which nobody knows whether it is the name, the port or the network.
    let text = error.to_string();
    assert!(text.contains("/a.tar: cannot connect to the server: ") && text.contains("refused"), "{error}");
    assert_eq!(text, format!("{error:#}"));
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}

#[test]
fn the_bytes_of_a_shard_are_those_that_are_stored() {
    let mut bytes = Vec::new();
    let shard = Shard::from_url(&server().url("c.tar.gz")).unwrap();
    shard.bytes(&once()).unwrap().read_to_end(&mut bytes).unwrap();
    assert!(bytes.starts_with(&[0x1f, 0x8b]) && shard.path().is_none());
    let missing = Shard::from_url(&server().url("none.tar.gz")).unwrap();
    let error = missing.bytes(&once()).unwrap().read_to_end(&mut bytes).unwrap_err();
    assert_eq!(atdata::Error::from(error).kind(), ErrorKind::NotFound);
}

#[test]
fn an_error_of_one_shard_leaves_the_others() {
    let urls = [server().url("d-0.tar"), server().url("none.tar"), server().url("d-1.tar")];
    let samples: Vec<_> = Dataset::<Text>::open(urls).unwrap().ordered().collect();
    assert_eq!(samples.iter().filter(|sample| sample.is_ok()).count(), 20);
    assert_eq!(samples[10].as_ref().unwrap_err().kind(), ErrorKind::NotFound);
}

/// What a process reads that trusts this certificate and no other.
fn read_trusting(certificate: &str, url: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_shard-reader"));
    child.arg(url).env("SSL_CERT_FILE", certificate);
    String::from_utf8(child.output().unwrap().stdout).unwrap()
}

#[test]
fn certificates_are_checked() {
    let (server, certificate) = (server(), server().certificate());
    let read = read_trusting(certificate, &server.tls_url("d-0.tar"));
    assert!(read.contains("read 10"), "{read}");
    // Somebody else's.
    let other = Http::start(std::env::temp_dir().as_path());
    let start = Instant::now();
    let refused = read_trusting(other.certificate(), &server.tls_url("d-0.tar"));
    assert!(
        refused.contains("Io ") && refused.contains("no encrypted connection to the server can be made"),
        "{refused}"
    );
    assert!(start.elapsed() < Duration::from_secs(5), "it is not asked again");
    let downgraded = read_trusting(certificate, &server.tls_url("downgrade/d-0.tar"));
    assert!(
        downgraded.contains("Unsupported") && downgraded.contains("refused a redirect from https to http"),
        "{downgraded}"
    );
}

#[test]
fn one_sample_does_not_fetch_the_shards_behind() {
    let urls = [server().url("d-0.tar?first"), server().url("d-1.tar?second")];
    let dataset = Dataset::<Text>::open(urls).unwrap();
    dataset.head(1).unwrap();
    assert!(!dataset.is_empty().unwrap());
    let requests = server().requests();
    assert!(
        requests.iter().any(|line| line.contains("?first")) && !requests.iter().any(|line| line.contains("?second"))
    );
}

#[tokio::test]
async fn it_works_inside_a_runtime_of_one_thread() {
    check_reads(&dataset(""), SHARDS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_works_inside_a_server_with_many_threads() {
    let readers = (0..6).map(|_| tokio::spawn(async { labels(dataset("").ordered()).len() }));
    let blocking = (0..6).map(|_| tokio::task::spawn_blocking(|| labels(dataset("").shuffled(1)).len()));
    for reader in readers.chain(blocking).collect::<Vec<_>>() {
        assert_eq!(reader.await.unwrap(), 40);
    }
}

/// A server in the runtime of the caller, which stands still while the caller waits: that has an end, and is no deadlock.
#[tokio::test]
async fn a_server_of_the_callers_own_runtime_is_read_from_another_thread() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.tar");
    Dataset::write(&path, (0..5).map(text)).unwrap();
    let bytes = std::fs::read(path).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/a.tar", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // An answer that comes before its request is none.
            let mut request = [0; 4096];
            loop {
                stream.readable().await.unwrap();
                match stream.try_read(&mut request) {
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                    _ => break,
                }
            }
            let head = format!("HTTP/1.1 200 X\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", bytes.len());
            let mut answer = [head.as_bytes(), &bytes].concat();
            while !answer.is_empty() {
                stream.writable().await.unwrap();
                match stream.try_write(&answer) {
                    Ok(count) => drop(answer.drain(..count)),
                    Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                    Err(_) => break,
                }
            }
        }
    });
    let read = move || {
        let retry = Retry::new().attempts(1).timeout(Duration::from_millis(500));
        let dataset = Dataset::<Text>::open(url).unwrap().with_options(ReadOptions::new().retry(retry));
        dataset.head(5).map(|samples| samples.len())
    };
    let start = Instant::now();
    assert_eq!(read.clone()().unwrap_err().kind(), ErrorKind::Interrupted);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(tokio::task::spawn_blocking(read).await.unwrap().unwrap(), 5);
}
