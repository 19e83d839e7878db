//! Redis.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{Service, free_port};

/// A Redis that keeps what it was told when it is stopped and started again.
#[derive(Debug)]
pub struct Redis {
    service: Option<Service>,
    arguments: Vec<String>,
    /// Databases that nobody was given yet.
    next: AtomicU32,
    _folder: tempfile::TempDir,
}

impl Redis {
    /// Without password and encryption.
    #[track_caller]
    pub fn start() -> Self {
        Self::with(&[])
    }

    #[track_caller]
    pub fn with_password() -> Self {
        Self::with(&["secret"])
    }

    #[track_caller]
    pub fn with_tls() -> Self {
        Self::with(&["secret", "tls"])
    }

    /// The only node of a cluster, whose other parts are nowhere.
    #[track_caller]
    pub fn of_a_cluster() -> Self {
        Self::with(&["", "", "cluster"])
    }

    #[track_caller]
    fn with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().to_str().expect("a path of the tests").to_owned();
        let arguments = [free_port(), path].into_iter().chain(options.iter().map(|&option| option.to_owned()));
        let mut redis =
            Self { service: None, arguments: arguments.collect(), next: AtomicU32::new(1), _folder: folder };
        redis.start_again();
        redis
    }

    #[track_caller]
    fn service(&self) -> &Service {
        self.service.as_ref().expect("it was not stopped")
    }

    /// The URL of the server, with what it takes to be let in; a slash and the number of a database may follow.
    pub fn url(&self) -> &str {
        self.service().get("url")
    }

    /// The URL of a database that is empty.
    pub fn database(&self) -> String {
        format!("{}/{}", self.url(), self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// The file of the certificate that nobody but the tests trusts.
    pub fn certificate(&self) -> &str {
        self.service().get("certificate")
    }

    /// The file of a socket that leads to the same server.
    pub fn socket(&self) -> &str {
        self.service().get("socket")
    }

    /// `host:port`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.arguments[0])
    }

    pub fn stop(&mut self) {
        self.service = None;
    }

    /// On the same port, with what was stored.
    #[track_caller]
    pub fn start_again(&mut self) {
        self.stop();
        let arguments: Vec<_> = self.arguments.iter().map(String::as_str).collect();
        self.service = Some(Service::start("redis", &arguments));
    }
}

/// A sentinel that watches a master by the name `shards`.
#[derive(Debug)]
pub struct Sentinel {
    service: Service,
}

impl Sentinel {
    #[track_caller]
    pub fn of(master: &Redis) -> Self {
        Self { service: Service::start("sentinel", &[&free_port(), &master.arguments[0]]) }
    }

    pub fn url(&self) -> &str {
        self.service.get("url")
    }
}
