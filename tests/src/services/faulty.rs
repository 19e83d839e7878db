//! An http server that does what a test tells it to: cuts, stalls, lies.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What a client asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// How many came before it.
    pub number: usize,
    pub method: String,
    pub path: String,
    /// As long as its `Content-Length` says.
    pub body: Vec<u8>,
    headers: Vec<(String, String)>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The first byte of the range that it asks for.
    pub fn from(&self) -> usize {
        let range = self.header("range").and_then(|range| range.strip_prefix("bytes="));
        range.and_then(|range| range.split('-').next()).map_or(0, |from| from.parse().expect("a number"))
    }
}

/// What it gets.
#[derive(Debug, Clone)]
#[must_use]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// The connection is closed behind this many bytes of the body.
    pub cut: Option<usize>,
    /// Behind this many bytes of the body nothing comes any more, and the connection stays open.
    pub stall: Option<usize>,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), cut: None, stall: None }.with("Content-Length", "0")
    }

    /// The bytes that the request asks for, as a sound server gives them.
    pub fn file(request: &Request, bytes: &[u8], etag: &str) -> Self {
        let from = request.from();
        let part = bytes[from..].to_vec();
        let reply = Self { status: if from == 0 { 200 } else { 206 }, body: part, ..Self::status(200).bare() };
        let reply = reply.with("Content-Length", bytes.len() - from).with("ETag", format!("\"{etag}\""));
        if from == 0 {
            reply
        } else {
            reply.with("Content-Range", format!("bytes {from}-{}/{1}", bytes.len() - 1, bytes.len()))
        }
    }

    /// The whole file, whatever range was asked for.
    pub fn whole(bytes: &[u8], etag: &str) -> Self {
        let reply = Self { body: bytes.to_vec(), ..Self::status(200).bare() };
        reply.with("Content-Length", bytes.len()).with("ETag", format!("\"{etag}\""))
    }

    /// An answer of JSON.
    pub fn json(status: u16, json: &serde_json::Value) -> Self {
        let body = json.to_string().into_bytes();
        let reply = Self { body, ..Self::status(status).bare() };
        let length = reply.body.len();
        reply.with("Content-Length", length).with("Content-Type", "application/json")
    }

    /// Without any header.
    pub fn bare(mut self) -> Self {
        self.headers.clear();
        self
    }

    #[expect(clippy::needless_pass_by_value, reason = "numbers and texts, made for it")]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.headers.push((name, value.to_string()));
        self
    }

    pub fn cut(mut self, at: usize) -> Self {
        self.cut = Some(at);
        self
    }

    pub fn stall(mut self, at: usize) -> Self {
        self.stall = Some(at);
        self
    }
}

type Answer = dyn Fn(&Request) -> Reply + Send + Sync;

struct State {
    answer: Box<Answer>,
    requests: Mutex<Vec<Request>>,
    sent: AtomicUsize,
    broken: AtomicUsize,
    stopped: AtomicBool,
}

/// The server; each connection has one request.
#[allow(missing_debug_implementations, reason = "it holds a closure")]
pub struct Faulty {
    host: String,
    state: Arc<State>,
    accepting: Option<JoinHandle<()>>,
}

impl Faulty {
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback interface has free ports");
        let host = listener.local_addr().expect("it is bound").to_string();
        let state = Arc::new(State {
            answer: Box::new(answer),
            requests: Mutex::default(),
            sent: AtomicUsize::new(0),
            broken: AtomicUsize::new(0),
            stopped: AtomicBool::new(false),
        });
        let own = Arc::clone(&state);
        let accepting = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if own.stopped.load(Ordering::Relaxed) {
                    return;
                }
                let state = Arc::clone(&own);
                std::thread::spawn(move || {
                    if state.serve(&stream).is_err() {
                        state.broken.fetch_add(1, Ordering::SeqCst);
                    }
                });
            }
        });
        Self { host, state, accepting: Some(accepting) }
    }

    /// The URL of `path`, which begins without a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.host)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.state.requests.lock().expect("no test panics with it").clone()
    }

    /// How many bytes of bodies were handed to the network.
    pub fn sent(&self) -> usize {
        self.state.sent.load(Ordering::SeqCst)
    }

    /// How many connections were closed by the client before it had everything.
    pub fn broken(&self) -> usize {
        self.state.broken.load(Ordering::SeqCst)
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        self.state.stopped.store(true, Ordering::Relaxed);
        // Only when the thread has ended is the port closed: until then a connection is made, and reset.
        if TcpStream::connect(&self.host).is_ok()
            && let Some(thread) = self.accepting.take()
        {
            thread.join().ok();
        }
    }
}

impl State {
    fn serve(&self, stream: &TcpStream) -> io::Result<()> {
        let Some(request) = self.request(stream)? else { return Ok(()) };
        let reply = (self.answer)(&request);
        let mut out = stream;
        write!(out, "HTTP/1.1 {} X\r\nConnection: close\r\n", reply.status)?;
        for (name, value) in &reply.headers {
            write!(out, "{name}: {value}\r\n")?;
        }
        write!(out, "\r\n")?;
        let end = reply.cut.or(reply.stall).unwrap_or(reply.body.len()).min(reply.body.len());
        for piece in reply.body[..end].chunks(16 << 10) {
            out.write_all(piece)?;
            self.sent.fetch_add(piece.len(), Ordering::SeqCst);
        }
        if reply.stall.is_some() {
            // Ends when the client closes the connection, and says that it did.
            out.read_to_end(&mut Vec::new()).ok();
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        Ok(())
    }

    fn request(&self, stream: &TcpStream) -> io::Result<Option<Request>> {
        let mut stream = BufReader::new(stream);
        let mut lines = stream.by_ref().lines();
        let Some(first) = lines.next().transpose()? else { return Ok(None) };
        let mut words = first.split(' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut headers = Vec::new();
        for line in lines {
            let line = line?;
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_owned(), value.to_owned()));
        }
        let mut request = Request { number: 0, method, path, body: Vec::new(), headers };
        let length = request.header("content-length").map_or(0, |length| length.parse().expect("a number"));
        stream.take(length).read_to_end(&mut request.body)?;
        let mut requests = self.requests.lock().expect("no test panics with it");
        request.number = requests.len();
        requests.push(request.clone());
        Ok(Some(request))
    }
}
