//! An S3 server inside the test process.

use std::net::TcpListener as StdListener;
use std::path::PathBuf;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::service::S3Service;
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
    runtime: Option<Runtime>,
}

impl TestS3 {
    #[track_caller]
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("a folder in it");
        let mut builder =
            s3s::service::S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).expect("it exists"));
        builder.set_auth(s3s::auth::SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let listener = StdListener::bind("127.0.0.1:0").expect("the loopback interface has free ports");
        listener.set_nonblocking(true).expect("sockets can be made so");
        let endpoint = format!("http://{}", listener.local_addr().expect("it is bound"));
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
        runtime.spawn(serve(listener, builder.build()));
        Self { endpoint, folder, runtime: Some(runtime) }
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
