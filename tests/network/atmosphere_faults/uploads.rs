//! Uploads over slow lines, and to servers that take nothing any more.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use atdata::ErrorKind;
use atdata::atmosphere::Atmosphere;
use atdata::cid::Cid;
use atdata::source::Retry;
use serde_json::json;

use super::{DID, document};

/// A PDS that reads what is uploaded slowly, and from so many bytes on not at all.
fn slow_pds(pause: Duration, until: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let own = url.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let own = own.clone();
            std::thread::spawn(move || drop(answer(stream, &own, pause, until)));
        }
    });
    url
}

fn answer(mut stream: TcpStream, own: &str, pause: Duration, until: usize) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    if head.contains("uploadblob") {
        for (number, piece) in body.chunks_mut(512 << 10).enumerate() {
            if number * (512 << 10) >= until {
                std::thread::sleep(Duration::from_secs(59));
            }
            stream.read_exact(piece)?;
            std::thread::sleep(pause);
        }
    } else {
        stream.read_exact(&mut body)?;
    }
    let json = if head.contains("/plc/") {
        String::from_utf8(document(DID, own).body).unwrap()
    } else if head.contains("createsession") {
        json!({"did": DID, "handle": "alice.test", "accessJwt": "a", "refreshJwt": "r"}).to_string()
    } else {
        let cid = Cid::of_raw(&body).to_string();
        json!({"blob": {"$type": "blob", "ref": {"$link": cid}, "mimeType": "application/x-tar", "size": length}})
            .to_string()
    };
    write!(stream, "HTTP/1.1 200 X\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{json}", json.len())
}

fn client(url: &str, silence: Duration) -> Atmosphere {
    let retry = Retry::new().attempts(1).timeout(silence);
    let builder = Atmosphere::builder().pds(url).plc(format!("{url}/plc")).retry(retry);
    builder.login("alice.test", "pass").unwrap()
}

/// What came of an upload, when its first bytes went, and when its last.
fn upload(client: &Atmosphere, size: usize) -> (atdata::Result<()>, Instant, Instant) {
    let (mut first, mut last) = (None, Instant::now());
    let sent = client.upload_blob_with(vec![7; size], |_, _| {
        last = Instant::now();
        first.get_or_insert(last);
    });
    (sent.map(drop), first.unwrap(), last)
}

#[test]
fn an_upload_may_take_longer_than_a_server_may_be_silent() {
    const SILENCE: Duration = Duration::from_millis(700);
    let url = slow_pds(Duration::from_millis(90), usize::MAX);
    let (sent, first, last) = upload(&client(&url, SILENCE), 24 << 20);
    sent.unwrap();
    // Three times of that is what one that stands still is waited for.
    assert!(last - first > SILENCE * 3, "{:?}", last - first);
}

#[test]
fn an_upload_that_stands_still_is_given_up() {
    let url = slow_pds(Duration::ZERO, 1 << 20);
    let (sent, _, last) = upload(&client(&url, Duration::from_millis(300)), 20 << 20);
    let error = sent.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
    assert!(last.elapsed() < Duration::from_secs(15), "{:?}", last.elapsed());
}
