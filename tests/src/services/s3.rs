//! An S3 server inside the test process.

use std::net::TcpListener as StdListener;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::access::{S3Access, S3AccessContext};
use s3s::service::S3Service;
use s3s::{S3ErrorCode, S3Result};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

pub const ACCESS_KEY: &str = "AKTESTTESTTEST";
pub const SECRET_KEY: &str = "SKTESTTESTTESTTESTTEST";
pub const BUCKET: &str = "test-bucket";

/// `s3s-fs`: a bucket is a folder, an object a file in it. It checks signatures; it ignores `If-Match` and
/// `If-None-Match` on reads, which [`RadosGw`](super::RadosGw) does not.
#[derive(Debug)]
pub struct TestS3 {
    pub endpoint: String,
    folder: tempfile::TempDir,
    seen: Arc<Mutex<Vec<String>>>,
    runtime: Option<Runtime>,
}

/// What a server refuses: the name of an operation, and how many of that name came before, to the code of an error.
type Refuses = dyn Fn(&str, usize) -> Option<S3ErrorCode> + Send + Sync;

/// Asked before each operation.
struct Access {
    refuses: Box<Refuses>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl S3Access for Access {
    fn check<'a, 'b, 'c, 'f>(
        &'a self,
        context: &'b mut S3AccessContext<'c>,
    ) -> Pin<Box<dyn Future<Output = S3Result<()>> + Send + 'f>>
    where
        'a: 'f,
        'b: 'f,
        'c: 'f,
    {
        let name = context.s3_op().name().to_owned();
        let mut seen = self.seen.lock().expect("no test panics with it");
        let before = seen.iter().filter(|own| **own == name).count();
        let refused = match context.credentials() {
            None => Some(S3ErrorCode::AccessDenied),
            Some(_) => (self.refuses)(&name, before),
        };
        seen.push(name);
        Box::pin(std::future::ready(refused.map_or(Ok(()), |code| Err(code.into()))))
    }
}

impl TestS3 {
    #[track_caller]
    pub fn start() -> Self {
        Self::refusing(|_, _| None)
    }

    /// A server that refuses some of what it is asked for.
    #[track_caller]
    pub fn refusing(refuses: impl Fn(&str, usize) -> Option<S3ErrorCode> + Send + Sync + 'static) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("a folder in it");
        let mut builder =
            s3s::service::S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).expect("it exists"));
        builder.set_auth(s3s::auth::SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let seen = Arc::default();
        builder.set_access(Access { refuses: Box::new(refuses), seen: Arc::clone(&seen) });
        let listener = StdListener::bind("127.0.0.1:0").expect("the loopback interface has free ports");
        listener.set_nonblocking(true).expect("sockets can be made so");
        let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
        runtime.spawn(serve(listener, builder.build()));
        Self { endpoint, folder, seen, runtime: Some(runtime) }
    }

    /// The names of all operations that it was asked for.
    pub fn operations(&self) -> Vec<String> {
        self.seen.lock().expect("no test panics with it").clone()
    }

    /// How many uploads in parts were begun, and neither completed nor aborted, and how many parts are left of them.
    pub fn left_over(&self) -> (usize, usize) {
        let entries = std::fs::read_dir(self.folder.path()).expect("it exists");
        let names: Vec<_> =
            entries.map(|entry| entry.expect("a file").file_name().into_string().expect("text")).collect();
        let count =
            |begin: &str, end: &str| names.iter().filter(|name| name.starts_with(begin) && name.contains(end)).count();
        (count(".upload-", ".json"), count(".upload_id-", ".part-"))
    }

    /// Where the objects of the bucket are.
    pub fn bucket(&self) -> PathBuf {
        self.folder.path().join(BUCKET)
    }
}

impl Drop for TestS3 {
    fn drop(&mut self) {
        // Waiting for it to end is not possible inside of another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve(listener: StdListener, service: S3Service) {
    let listener = TcpListener::from_std(listener).expect("it does not block");
    while let Ok((socket, _)) = listener.accept().await {
        let service = service.clone();
        tokio::spawn(async move {
            let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(socket), service).await;
        });
    }
}
