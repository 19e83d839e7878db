//! Servers that go away and come back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use atdata::ErrorKind;
use atdata::index::{Document, DocumentKind, Provider};
use atdata_tests::provider::connect;
use atdata_tests::services::{Postgres, Redis};

use super::{entry, labelled};

/// A server of either kind.
trait Server {
    fn address(&self) -> String;
    fn stop(&mut self);
    fn start_again(&mut self);
}

impl Server for Redis {
    fn address(&self) -> String {
        self.database()
    }
    fn stop(&mut self) {
        self.stop();
    }
    fn start_again(&mut self) {
        self.start_again();
    }
}

impl Server for Postgres {
    fn address(&self) -> String {
        self.database()
    }
    fn stop(&mut self) {
        self.stop();
    }
    fn start_again(&mut self) {
        self.start_again();
    }
}

/// Every kind of call, as the first after a restart.
fn calls() -> Vec<fn(&dyn Provider)> {
    vec![
        |provider| assert_eq!(provider.entry(&entry("a", 1).cid).unwrap(), Some(entry("a", 1))),
        |provider| assert_eq!(provider.resolve("a", None).unwrap(), Some(entry("a", 1))),
        |provider| assert!(provider.add_document(DocumentKind::Lens, &Document::new("new", "1.0.0", "{}")).unwrap()),
        |provider| provider.register(&entry("b", 2), &labelled(&entry("b", 2))).unwrap(),
        |provider| assert!(provider.remove_label("b", None).unwrap()),
        |provider| assert_eq!(provider.entries().unwrap().len(), 2),
    ]
}

#[track_caller]
fn an_idle_connection_is_made_anew(server: &mut dyn Server) {
    let provider = connect(&server.address()).unwrap();
    provider.register(&entry("a", 1), &labelled(&entry("a", 1))).unwrap();
    for call in calls() {
        server.stop();
        server.start_again();
        call(&*provider);
    }
}

/// Writes all the time while the server is restarted: whatever a call has confirmed has to be there.
#[track_caller]
fn nothing_that_was_confirmed_is_lost(server: &mut dyn Server) {
    let provider = connect(&server.address()).unwrap();
    let stopped = AtomicBool::new(false);
    let write = |thread: usize| {
        let mut number = 0;
        while !stopped.load(Ordering::Relaxed) {
            let entry = entry(&format!("{thread}-{number}"), thread * 1_000_000 + number);
            provider.register(&entry, &labelled(&entry)).unwrap();
            let document = Document::new(&entry.name, "1.0.0", &*entry.cid);
            assert!(provider.add_document(DocumentKind::Schema, &document).unwrap(), "{}", entry.name);
            number += 1;
        }
        number
    };
    let written = std::thread::scope(|scope| {
        let write = &write;
        let threads: Vec<_> = (0..3).map(|thread| scope.spawn(move || write(thread))).collect();
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(300));
            server.stop();
            server.start_again();
        }
        std::thread::sleep(Duration::from_millis(300));
        stopped.store(true, Ordering::Relaxed);
        threads.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(written.iter().all(|&count| count > 10), "{written:?}");
    let total: usize = written.iter().sum();
    assert_eq!(provider.entries().unwrap().len(), total);
    assert_eq!(provider.labels().unwrap().len(), total);
    assert_eq!(provider.documents(DocumentKind::Schema).unwrap().len(), total);
    for (thread, count) in written.into_iter().enumerate() {
        for number in (0..count).step_by(13) {
            let expected = entry(&format!("{thread}-{number}"), thread * 1_000_000 + number);
            assert_eq!(provider.resolve(&expected.name, None).unwrap(), Some(expected));
        }
    }
}

#[track_caller]
fn a_server_that_stays_away_is_an_error_in_time(server: &mut dyn Server) {
    let provider = connect(&server.address()).unwrap();
    provider.put_entry(&entry("a", 1)).unwrap();
    server.stop();
    let start = Instant::now();
    let error = provider.put_entry(&entry("b", 2)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted, "{error:?}");
    assert!(error.is_retryable() && !format!("{error:?}").contains("secret"), "{error:?}");
    let took = start.elapsed();
    assert!(took > Duration::from_secs(5) && took < Duration::from_secs(20), "{took:?}");
    server.start_again();
    assert_eq!(provider.entries().unwrap(), [entry("a", 1)]);
}

#[test]
fn redis_may_be_restarted_while_nothing_is_asked() {
    an_idle_connection_is_made_anew(&mut Redis::with_password());
}

#[test]
fn redis_may_be_restarted_while_it_is_written_to() {
    nothing_that_was_confirmed_is_lost(&mut Redis::start());
}

#[test]
fn redis_that_stays_away_is_an_error_in_time() {
    a_server_that_stays_away_is_an_error_in_time(&mut Redis::start());
}

#[test]
fn postgres_may_be_restarted_while_nothing_is_asked() {
    an_idle_connection_is_made_anew(&mut Postgres::start());
}

#[test]
fn postgres_may_be_restarted_while_it_is_written_to() {
    nothing_that_was_confirmed_is_lost(&mut Postgres::start());
}

#[test]
fn postgres_that_stays_away_is_an_error_in_time() {
    a_server_that_stays_away_is_an_error_in_time(&mut Postgres::start());
}
