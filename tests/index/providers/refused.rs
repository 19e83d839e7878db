//! Connections that cannot be made: why not, and within what time.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use atdata::{Error, ErrorKind};
use atdata_tests::provider::connect;
use atdata_tests::services::{Postgres, Redis, free_port};

use super::{entry, labelled, postgres, redis};

/// Longer than any connection is waited for, on a machine that is busy with other tests.
const BOUND: Duration = Duration::from_secs(9);

#[track_caller]
fn refused(url: &str, kind: ErrorKind) -> Error {
    let start = Instant::now();
    let error = connect(url).unwrap_err();
    let shown = format!("{error:?}");
    assert!(start.elapsed() < BOUND, "{:?}: {shown}", start.elapsed());
    assert_eq!(error.kind(), kind, "{shown}");
    assert!(!shown.contains("secret") && !shown.contains("wrong-word"), "{shown}");
    error
}

#[track_caller]
fn says(error: &Error, text: &str) {
    assert!(error.to_string().contains(text), "{error}");
}

#[test]
fn wrong_credentials_are_no_permission() {
    let server = Redis::with_password();
    let right = server.url().to_owned();
    connect(&right).unwrap();
    says(&refused(&right.replace("secret", "wrong-word"), ErrorKind::Permission), "password");
    says(&refused(&right.replace("default:secret@", ""), ErrorKind::Permission), "redis://:password@host");
    refused(&right.replace("default:secret@", "nobody:wrong-word@"), ErrorKind::Permission);

    let right = postgres().database();
    connect(&right).unwrap();
    says(&refused(&right.replace("secret", "wrong-word"), ErrorKind::Permission), "password");
    refused(&right.replace("test:secret", "nobody:wrong-word"), ErrorKind::Permission);
}

#[test]
fn a_database_that_is_not_there_is_not_found() {
    let error = refused(&format!("{}/5000", redis().url()), ErrorKind::NotFound);
    says(&error, "no database of this number");
    let error = refused(&format!("{}/nowhere", postgres().url()), ErrorKind::NotFound);
    says(&error, "nowhere");
}

/// The server that runs is told to be one of a cluster; it is one of this test alone.
#[test]
fn a_node_of_a_cluster_is_told_as_that() {
    let server = Redis::of_a_cluster();
    let error = refused(server.url(), ErrorKind::Unsupported);
    says(&error, "node of a Redis cluster");
    says(&error, "one of its own");
}

#[test]
fn a_server_that_is_not_there_is_not_waited_for() {
    let port = free_port();
    says(&refused(&format!("redis://:secret@127.0.0.1:{port}/0"), ErrorKind::Interrupted), "is the server running?");
    says(
        &refused(&format!("postgres://u:secret@127.0.0.1:{port}/db"), ErrorKind::Interrupted),
        "is the server running?",
    );
    refused("redis+unix:///no/such/socket", ErrorKind::Interrupted);
    // One that takes connections and never says anything.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    for url in [format!("redis://:secret@{address}/0"), format!("postgres://u:secret@{address}/db")] {
        let error = refused(&url, ErrorKind::Interrupted);
        assert!(error.is_retryable());
    }
    let start = Instant::now();
    refused(&format!("postgres://u:secret@{address}/db?connect_timeout=1"), ErrorKind::Interrupted);
    assert!(start.elapsed() < Duration::from_secs(4));
}

/// A server that is full, or that takes nobody from elsewhere, says so and closes the connection.
#[test]
fn what_a_server_says_before_it_closes_is_shown() {
    for (line, kind) in [
        ("-ERR max number of clients reached", ErrorKind::Interrupted),
        ("-DENIED Redis is running in protected mode because protected mode is enabled", ErrorKind::Permission),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().map(Result::unwrap) {
                write!(stream, "{line}\r\n").ok();
            }
        });
        says(&refused(&format!("redis://:secret@{address}/0"), kind), line.trim_start_matches('-'));
    }
}

#[test]
fn what_is_no_url_says_what_one_looks_like() {
    for url in ["redis://", "redis://:secret@host:port/0", "redis://:secret@h/one", "http://u:secret@h"] {
        says(&refused(url, ErrorKind::InvalidInput), "redis://");
    }
    for url in ["postgres://u:secret@h:port/db", "postgresql://u:secret@h/db?no-such=parameter"] {
        says(&refused(url, ErrorKind::InvalidInput), "postgres://");
    }
    refused("postgres://u:secret@h/db?sslmode=always", ErrorKind::InvalidInput);
}

#[test]
fn urls_are_shown_without_passwords() {
    let server = Redis::with_password();
    for url in [server.database(), postgres().database()] {
        let provider = connect(&url).unwrap();
        let shown = format!("{} {provider:?}", provider.url());
        assert!(!shown.contains("secret") && shown.contains("127.0.0.1"), "{shown}");
        assert!(provider.url().ends_with(url.rsplit('/').next().unwrap()), "{shown}");
    }
}

#[test]
fn a_socket_of_this_machine_leads_to_redis() {
    let provider = connect(&format!("redis+unix://{}?db=4000", redis().socket())).unwrap();
    let stored = entry("a", 1);
    provider.register(&stored, &labelled(&stored)).unwrap();
    assert_eq!(connect(&format!("{}/4000", redis().url())).unwrap().entries().unwrap(), [stored]);
}

#[test]
fn an_encrypted_redis_is_used_if_its_certificate_is_trusted() {
    let server = Redis::with_tls();
    let url = server.database();
    says(&refused(&url, ErrorKind::Io), "certificate");
    // What is trusted is read from the environment, of a process of its own.
    let mut writer = Command::new(env!("CARGO_BIN_EXE_provider_writer"));
    writer.args([&url, "encrypted", "3"]);
    assert!(!writer.output().unwrap().status.success(), "an unknown certificate was trusted");
    let output = writer.env("SSL_CERT_FILE", server.certificate()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // The other protocol to each.
    let plain = refused(&url.replace("rediss://", "redis://"), ErrorKind::Interrupted);
    says(&plain, "redis://127.0.0.1");
    let unencrypted = format!("rediss://{}/1", redis().url().trim_start_matches("redis://"));
    assert!(connect(&unencrypted).is_err());
}

#[test]
fn connections_to_postgres_are_encrypted_and_the_server_is_who_it_is_to_be() {
    let server = Postgres::start_encrypted();
    let url = server.database();
    let named = url.replace("127.0.0.1", "localhost");
    let with = |url: &str, parameters: &str| format!("{url}?{parameters}");
    // It takes no other.
    refused(&with(&url, "sslmode=disable"), ErrorKind::Permission);
    let root = format!("sslrootcert={}", server.authority());
    for sound in [
        url.clone(),
        with(&url, "sslmode=prefer"),
        with(&url, "sslmode=require"),
        with(&named, &format!("sslmode=verify-full&{root}")),
        with(&named, &format!("sslmode=verify-ca&{root}")),
    ] {
        let provider = connect(&sound).unwrap();
        let stored = entry("encrypted", 1);
        provider.register(&stored, &labelled(&stored)).unwrap();
        assert_eq!(provider.resolve("encrypted", None).unwrap(), Some(stored), "{sound}");
    }
    // Another name, another authority, no authority.
    assert!(connect(&with(&url, &format!("sslmode=verify-full&{root}"))).is_err());
    assert!(connect(&with(&named, "sslmode=verify-full")).is_err());
    refused(&with(&named, "sslmode=verify-full&sslrootcert=/no/such.pem"), ErrorKind::NotFound);
    // A server that cannot, where it has to be.
    assert!(connect(&with(&postgres().database(), "sslmode=require")).is_err());
}
