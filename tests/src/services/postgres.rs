//! PostgreSQL.

use std::sync::atomic::{AtomicU32, Ordering};

use super::{Service, free_port};

/// A PostgreSQL that keeps what it was told when it is stopped and started again.
#[derive(Debug)]
pub struct Postgres {
    service: Option<Service>,
    arguments: Vec<String>,
    /// Schemas that nobody was given yet.
    next: AtomicU32,
    folder: tempfile::TempDir,
}

impl Postgres {
    #[track_caller]
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// One that takes encrypted connections only, with a certificate for `localhost`.
    #[track_caller]
    pub fn start_encrypted() -> Self {
        Self::with(&["tls"])
    }

    #[track_caller]
    fn with(more: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().to_str().expect("a path of the tests").to_owned();
        let mut arguments = vec![free_port(), path, "secret".to_owned()];
        arguments.extend(more.iter().map(|&argument| argument.to_owned()));
        let mut postgres = Self { service: None, arguments, next: AtomicU32::new(1), folder };
        postgres.start_again();
        postgres
    }

    #[track_caller]
    fn service(&self) -> &Service {
        self.service.as_ref().expect("it was not stopped")
    }

    /// The URL of the server, with user and password; a slash and the name of a database may follow.
    pub fn url(&self) -> &str {
        self.service().get("url")
    }

    /// The URL of the database `postgres`, where all tables are in the default schema.
    pub fn database(&self) -> String {
        format!("{}/postgres", self.url())
    }

    /// The name of a schema that is not there yet, and the URL by which it is the one that tables are made in.
    pub fn schema(&self) -> (String, String) {
        let name = format!("test_{}", self.next.fetch_add(1, Ordering::Relaxed));
        let url = format!("{}?options=-csearch_path%3D{name}", self.database());
        (name, url)
    }

    /// The certificate behind that of an [encrypted](Self::start_encrypted) one.
    pub fn authority(&self) -> String {
        self.folder.path().join("ca.crt").to_str().expect("a path of the tests").to_owned()
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
        self.service = Some(Service::start("postgres", &arguments));
    }
}
