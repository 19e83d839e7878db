//! nginx over a folder.

use std::path::Path;

use super::{Service, free_port};

/// A plain http server; its paths are listed in `tests/services/start-http`.
#[derive(Debug)]
pub struct Http {
    service: Service,
}

impl Http {
    #[track_caller]
    pub fn start(folder: &Path) -> Self {
        Self {
            service: Service::start(
                "http",
                &[&free_port(), &free_port(), folder.to_str().expect("a folder of the tests")],
            ),
        }
    }

    /// The URL of `path`, which begins without a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.service.get("url"))
    }

    /// The same over an encrypted connection.
    pub fn tls_url(&self, path: &str) -> String {
        format!("{}/{path}", self.service.get("tls_url"))
    }

    /// The file of the certificate that nobody but the tests trusts.
    pub fn certificate(&self) -> &str {
        self.service.get("certificate")
    }

    /// `host:port`.
    pub fn host(&self) -> &str {
        self.service.get("url").trim_start_matches("http://")
    }

    /// The requests so far, a line each.
    pub fn requests(&self) -> Vec<String> {
        let log = std::fs::read_to_string(self.service.get("log")).expect("nginx keeps a log");
        log.lines().map(str::to_owned).collect()
    }
}
