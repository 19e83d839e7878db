//! A network that is slow and breaks, between a client and a real server.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

/// A connection is let alone for so many requests: setting one up is not what is tried again.
const CALM: u32 = 40;

/// How bad it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// One of so many requests does not arrive, and its connection breaks; none with 0.
    pub cut_requests: u64,
    /// One of so many requests arrives, but its connection breaks before the answer.
    pub cut_answers: u64,
}

/// Passes on what comes to its own port, with pauses.
#[derive(Debug)]
pub struct BadNetwork {
    address: String,
    state: Arc<State>,
}

#[derive(Debug)]
struct State {
    server: String,
    weather: Weather,
    cuts: AtomicU32,
    /// Of a generator of random numbers, the same in each run.
    random: AtomicU64,
}

impl BadNetwork {
    /// In front of the server at `host:port`.
    pub fn start(server: &str, weather: Weather) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface has free ports");
        let address = listener.local_addr().expect("it is bound").to_string();
        let (cuts, random) = (AtomicU32::new(0), AtomicU64::new(42));
        let state = Arc::new(State { server: server.to_owned(), weather, cuts, random });
        let own = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&own);
                std::thread::spawn(move || state.pass(&client));
            }
        });
        Self { address, state }
    }

    /// `host:port`.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// How many connections were cut.
    pub fn cuts(&self) -> u32 {
        self.state.cuts.load(Ordering::Relaxed)
    }
}

impl State {
    fn pass(&self, client: &TcpStream) -> io::Result<()> {
        let server = TcpStream::connect(&self.server)?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (mut answers, mut out) = (server.try_clone()?, client.try_clone()?);
        std::thread::spawn(move || {
            io::copy(&mut answers, &mut out).ok();
            out.shutdown(Shutdown::Both).ok();
        });
        let outcome = self.pass_requests(client, &server);
        client.shutdown(Shutdown::Both).ok();
        server.shutdown(Shutdown::Both).ok();
        outcome
    }

    fn pass_requests(&self, mut client: &TcpStream, mut server: &TcpStream) -> io::Result<()> {
        let mut buffer = vec![0; 1 << 16];
        let mut requests = 0;
        loop {
            let length = client.read(&mut buffer)?;
            if length == 0 {
                return Ok(());
            }
            requests += 1;
            if self.one_of(8) {
                std::thread::sleep(Duration::from_millis(2));
            }
            if requests > CALM && self.one_of(self.weather.cut_requests) {
                self.cuts.fetch_add(1, Ordering::Relaxed);
                return Ok(());
            }
            let cut = requests > CALM && self.one_of(self.weather.cut_answers);
            if cut {
                client.shutdown(Shutdown::Both)?;
            }
            server.write_all(&buffer[..length])?;
            if cut {
                self.cuts.fetch_add(1, Ordering::Relaxed);
                // The server is to have done what it was asked for.
                std::thread::sleep(Duration::from_millis(20));
                return Ok(());
            }
        }
    }

    fn one_of(&self, many: u64) -> bool {
        let step =
            |state: u64| Some(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
        let state = self.random.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step).unwrap_or_default();
        many > 0 && (state >> 33).is_multiple_of(many)
    }
}
