//! A connection that breaks where a test wants it to, between a client and an http server.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Where it breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The server gets this many bytes of the request.
    Request(usize),
    /// The server gets all of the request, and the client nothing of the answer.
    Answer,
}

type Cuts = dyn Fn(&str, usize) -> Option<Cut> + Send + Sync;

struct State {
    server: String,
    cuts: Box<Cuts>,
    requests: AtomicUsize,
    stopped: AtomicBool,
}

/// Passes on what it gets, but for the requests that `cuts` knows by their first line and number.
#[allow(missing_debug_implementations, reason = "it holds a closure")]
pub struct Proxy {
    host: String,
    state: Arc<State>,
}

impl Proxy {
    pub fn start(endpoint: &str, cuts: impl Fn(&str, usize) -> Option<Cut> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface has free ports");
        let host = listener.local_addr().expect("it is bound").to_string();
        let state = Arc::new(State {
            server: endpoint.trim_start_matches("http://").to_owned(),
            cuts: Box::new(cuts),
            requests: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let own = Arc::clone(&state);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if own.stopped.load(Ordering::Relaxed) {
                    return;
                }
                let state = Arc::clone(&own);
                std::thread::spawn(move || state.connect(&client));
            }
        });
        Self { host, state }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.host)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::Relaxed);
        TcpStream::connect(&self.host).ok();
    }
}

impl State {
    fn connect(&self, client: &TcpStream) {
        let Ok(server) = TcpStream::connect(&self.server) else { return };
        let loses_answer = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                self.requests(client, &server, &loses_answer).ok();
                close(client, &server);
            });
            answers(&server, client, &loses_answer).ok();
            close(client, &server);
        });
    }

    fn requests(&self, mut client: &TcpStream, mut server: &TcpStream, loses_answer: &AtomicBool) -> io::Result<()> {
        let mut block = vec![0; 16 << 10];
        let mut left = usize::MAX;
        loop {
            let count = client.read(&mut block)?;
            if count == 0 {
                return Ok(());
            }
            if let Some(line) = first_line(&block[..count]) {
                match (self.cuts)(&line, self.requests.fetch_add(1, Ordering::SeqCst)) {
                    Some(Cut::Request(bytes)) => left = bytes,
                    Some(Cut::Answer) => loses_answer.store(true, Ordering::SeqCst),
                    None => {}
                }
            }
            server.write_all(&block[..count.min(left)])?;
            if count >= left {
                return Ok(());
            }
            left = left.saturating_sub(count);
        }
    }
}

fn answers(mut server: &TcpStream, mut client: &TcpStream, lost: &AtomicBool) -> io::Result<()> {
    let mut block = vec![0; 16 << 10];
    loop {
        let count = server.read(&mut block)?;
        if count == 0 || lost.load(Ordering::SeqCst) {
            return Ok(());
        }
        client.write_all(&block[..count])?;
    }
}

fn close(client: &TcpStream, server: &TcpStream) {
    client.shutdown(Shutdown::Both).ok();
    server.shutdown(Shutdown::Both).ok();
}

/// A request begins with what one read gives.
fn first_line(block: &[u8]) -> Option<String> {
    let begins =
        [b"GET ".as_slice(), b"PUT ", b"POST ", b"HEAD ", b"DELETE "].iter().any(|method| block.starts_with(method));
    let end = block.iter().position(|&byte| byte == b'\r').filter(|_| begins)?;
    String::from_utf8(block[..end].to_vec()).ok()
}
